package import Kernel
package import Templates

/// All documents of a person.
package struct DocumentsView: PageView {
    package static let template = "documents"
    package var documents: [Cover]
    /// Services that end in a document.
    package var services: [RowView]

    package init(documents: [Cover], services: [RowView] = []) {
        self.documents = documents
        self.services = services
    }

    package var tab: Tab? { .documents }
    package func title(_ words: Words) -> String { words("documents.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "covers": Cover.stack(documents, words, drawing), "hasDocuments": !documents.isEmpty,
            "services": services.map { $0.fields(words) }, "hasServices": !services.isEmpty, "all": Address.services,
        ]
    }
}

/// One document's data page.
package struct DocumentView: PageView {
    package static let template = "document"
    package var title: String
    package var number: String
    package var issuer: String
    /// What stands on the face beside the portrait: at most four, the holder's names first.
    package var face: [Claim]
    /// The remaining claims of the sheet, in the order of the document's definition.
    package var claims: [Claim]
    package var standing: Standing
    package var issuedAt: Instant
    package var expires: CalendarDate?
    /// When the row behind the document was last compared with the register.
    package var checkedAt: Instant
    package var register: String
    /// A portrait stands on the sheet of a document that identifies its holder.
    package var hasPortrait: Bool
    /// An SVG of a QR code without a quiet zone of its own; nil shows none.
    package var qr: Markup?
    /// The credential as a file.
    package var download: String
    /// How many of the claims the holder may leave out when showing it.
    package var disclosable: Int

    package struct Claim: Sendable, Hashable {
        package var label: String
        package var value: Shown
        package init(label: String, value: Shown) {
            self.label = label
            self.value = value
        }
    }

    package init(
        title: String, number: String, issuer: String, face: [Claim], claims: [Claim], standing: Standing, issuedAt: Instant,
        expires: CalendarDate?, checkedAt: Instant, register: String, hasPortrait: Bool, qr: Markup? = nil, download: String, disclosable: Int
    ) {
        self.title = title
        self.number = number
        self.issuer = issuer
        self.face = face
        self.claims = claims
        self.standing = standing
        self.issuedAt = issuedAt
        self.expires = expires
        self.checkedAt = checkedAt
        self.register = register
        self.hasPortrait = hasPortrait
        self.qr = qr
        self.download = download
        self.disclosable = disclosable
    }

    package var frame: Frame { .sheet }
    package func title(_ words: Words) -> String { title }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        func claim(_ claim: Claim) -> Fields {
            let value = switch claim.value {
            case .date(let date): words.figures(date)
            case .list(let items): items.joined(separator: ", ")
            default: claim.value.text(words)
            }
            return ["label": claim.label, "value": value, "figures": claim.value.isFigures]
        }
        let number: Fields = ["label": words("document.number"), "value": number, "figures": true]
        let end: Fields = ["label": words("document.expires"), "value": expires.map(words.figures) ?? words("document.noEnd"), "figures": expires != nil]
        return [
            "back": Address.documents, "backLabel": words("tab.documents"), "title": title, "state": drawing.stateName, "emblem": drawing.look.emblem.twoTone,
            "pattern": drawing.twoToneLines(self.number), "portrait": hasPortrait ? Drawing.portrait : nil,
            "face": face.map(claim), "hasFace": !face.isEmpty, "strip": [number] + claims.map(claim) + [end],
            "qr": qr, "mark": Drawing.shape(standing.shape),
            "standing": standing.word(words), "isInForce": standing.shape == .ball,
            "checked": words("document.checked", ["register": register, "moment": words.moment(checkedAt)]),
            "rows": [
                ValueRow(label: words("document.issuer"), value: .text(issuer)).fields(words),
                ValueRow(label: words("document.issued"), value: .moment(issuedAt)).fields(words),
                ValueRow(label: words("document.from"), value: .text(register)).fields(words),
            ],
            "download": download, "choice": disclosable == 0 ? nil : words.count("document.disclosable", disclosable), "data": Address.myData, "verify": Address.verify,
        ]
    }
}
