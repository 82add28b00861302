package import Kernel
package import Templates

/// The public page that checks a document: in the reader's own browser, or here when it has no script.
package struct VerifyView: PageView {
    package static let template = "verify"
    /// What nobody has vouched for is shown so far, and with all that cannot be seen written out.
    private static let claimedScalarsMax = 200

    /// A kind of document that this state issues, for the browser to name what it has checked.
    package struct Kind: Hashable, Sendable {
        package var vct: String
        package var title: String
        /// The claim that holds the number.
        package var number: String
        /// What the result shows: claim → label, in order.
        package var claims: [(name: String, label: String)]
        /// Per claim the words for the values of an enumeration.
        package var values: [String: JSONObject]
        package init(
            vct: String, title: String, number: String, claims: [(name: String, label: String)], values: [String: JSONObject] = [:]
        ) {
            self.vct = vct
            self.title = title
            self.number = number
            self.claims = claims
            self.values = values
        }
        package static func == (one: Kind, other: Kind) -> Bool {
            one.vct == other.vct && one.title == other.title && one.number == other.number && one.claims.elementsEqual(other.claims, by: ==)
                && one.values == other.values
        }
        package func hash(into hasher: inout Hasher) {
            hasher.combine(vct)
        }
    }

    package struct Result: Hashable, Sendable {
        package enum Verdict: Hashable, Sendable {
            case valid
            case changed
            case expired(Instant)
            case notYetValid(Instant)
            /// As valid as can be told here: what was not looked at is said.
            case unchecked
            case notEntitled
            case otherAudience
            case unknownIssuer(String)
            /// With the reason's code, and what it is about.
            case malformed(String, about: String)
        }

        /// What a good signature covers beside the claims.
        package struct Signed: Hashable, Sendable {
            /// The kind of document as the document names it, where this state knows no such kind.
            package var kind: String?
            package var issuedAt: Instant?
            package var expiresAt: Instant?
            package var hasStatus: Bool
            /// For whom its holder proved it, and when, where it came with a proof for somebody else.
            package var audience: String?
            package var provedAt: Instant?

            package init(kind: String?, issuedAt: Instant?, expiresAt: Instant?, hasStatus: Bool, shownTo: (audience: String, at: Instant)?) {
                self.kind = kind
                self.issuedAt = issuedAt
                self.expiresAt = expiresAt
                self.hasStatus = hasStatus
                audience = shownTo?.audience
                provedAt = shownTo?.at
            }
        }
        package var verdict: Verdict
        /// The document's title and number, where they could be read.
        package var document: String?
        package var number: String?
        package var rows: [ValueRow]
        package var issuer: String?
        package var signed: Signed?
        package var checkedAt: Instant
        /// The list of issuers ought to have been renewed by now.
        package var isListStale: Bool

        package init(
            verdict: Verdict, document: String?, number: String?, rows: [ValueRow], issuer: String?, signed: Signed? = nil, checkedAt: Instant,
            isListStale: Bool = false
        ) {
            self.verdict = verdict
            self.document = document
            self.number = number
            self.rows = rows
            self.issuer = issuer
            self.signed = signed
            self.checkedAt = checkedAt
            self.isListStale = isListStale
        }
    }

    package var result: Result?
    package var faults: [FieldFault]
    package var typed: String
    /// The state's trust list as JSON, and when it was issued; the browser checks against it with the network off.
    package var trustList: String
    /// The thumbprint of the key that signs the list.
    package var stateKey: String
    package var trustAsOf: Instant
    package var kinds: [Kind]
    /// The state's time zone by its IANA name: its documents' days are days there, wherever the browser is.
    package var timeZone: String

    package init(
        result: Result? = nil, faults: [FieldFault] = [], typed: String = "", trustList: String, stateKey: String = "", trustAsOf: Instant,
        kinds: [Kind], timeZone: String
    ) {
        self.result = result
        self.faults = faults
        self.typed = typed
        self.trustList = trustList
        self.stateKey = stateKey
        self.trustAsOf = trustAsOf
        self.kinds = kinds
        self.timeZone = timeZone
    }

    package var hasFaults: Bool { !faults.isEmpty }
    package var script: String? { "verify.js" }
    package var frame: Frame { result == nil ? .measure : .sheet }
    package func title(_ words: Words) -> String { result.map { words("verdict.\(key($0.verdict))") } ?? words("verify.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "action": Address.verify, "typed": typed, "isForm": result == nil, "summary": faultFields(faults, anchors: ["document": "document"], words),
            "fault": faults.first { $0.field == "document" }?.message, "faultMark": Drawing.shape(.square),
            "trust": words("verify.trustAsOf", ["moment": words.moment(trustAsOf)]), "trustList": trustList,
            "stateKey": stateKey, "stateKeyLine": stateKey.isEmpty ? nil : words("verify.stateKey", ["key": stateKey]),
            "result": result.map { fields($0, words, drawing) },
            "kinds": kindsJSON(), "dictionary": dictionary(words), "tick": Drawing.large(.granted, onColour: true), "cross": Drawing.large(.refused, onColour: true),
            "template": blank(words),
        ]
    }

    private func key(_ verdict: Result.Verdict) -> String {
        switch verdict {
        case .valid: "valid"
        case .changed: "changed"
        case .expired: "expired"
        case .notYetValid: "notYetValid"
        case .unchecked: "unchecked"
        case .notEntitled: "notEntitled"
        case .otherAudience: "otherAudience"
        case .unknownIssuer: "unknownIssuer"
        case .malformed: "malformed"
        }
    }

    private func fields(_ result: Result, _ words: Words, _ drawing: Drawing) -> Fields {
        let key = key(result.verdict)
        let document = result.document ?? words("verdict.document")
        let subtitle = switch result.verdict {
        // The last day on which it was valid, as the document itself says it.
        case .expired(let at): words("verdict.expiredOn", ["document": document, "date": words.date(words.zone.date(at: at.adding(seconds: -1)))])
        case .notYetValid(let at): words("verdict.notYetOn", ["document": document, "date": words.date(words.zone.date(at: at))])
        case .valid, .unchecked, .changed, .notEntitled, .otherAudience, .unknownIssuer, .malformed: words("verdict.checkedAt", ["document": document, "moment": words.moment(result.checkedAt)])
        }
        var rows = result.rows.map { $0.fields(words) }
        if let issuer = result.issuer { rows.append(ValueRow(label: words("document.issuer"), value: .text(issuer)).fields(words)) }
        if let signed = result.signed {
            for row in said(signed, words) { rows.append(ValueRow(label: row.label, value: .text(row.text)).fields(words)) }
        }
        if case .unknownIssuer(let address) = result.verdict { rows.append(ValueRow(label: words("verdict.claimedIssuer"), value: .text(TerminalText.escaped(address, scalarsMax: Self.claimedScalarsMax))).fields(words)) }
        rows.append(ValueRow(label: words("verdict.signature"), value: .text(words("verdict.\(key)Signature"))).fields(words))
        if case .malformed(let code, let about) = result.verdict {
            rows.append(ValueRow(label: words("verdict.reason"), value: .text("\(words("verdict.about-\(about)")) (\(code))")).fields(words))
        }
        rows.append(ValueRow(label: words("verdict.whatToDo"), value: .text(words("verdict.\(key)Do"))).fields(words))
        if result.isListStale { rows.append(ValueRow(label: words("verdict.list"), value: .text(words("verdict.stale"))).fields(words)) }
        return [
            "word": words("verdict.\(key)"), "subtitle": subtitle, "good": result.verdict == .valid, "mark": Drawing.large(result.verdict == .valid ? .granted : .refused, onColour: true),
            "pattern": result.number.map(drawing.lines), "rows": rows, "note": result.number == nil ? nil : words("verdict.pattern"), "again": Address.verify,
        ]
    }

    /// What is said of every document whose signature is good, and what was not looked at.
    private func said(_ signed: Result.Signed, _ words: Words) -> [(label: String, text: String)] {
        var rows: [(label: String, text: String)] = []
        if let kind = signed.kind { rows.append((words("verdict.kind"), kind)) }
        if let issued = signed.issuedAt { rows.append((words("document.issued"), words.date(words.zone.date(at: issued)))) }
        // The last day on which it is valid.
        let end = signed.expiresAt.map { words.date(words.zone.date(at: $0.adding(seconds: -1))) }
        rows.append((words("document.expires"), end ?? words("document.noEnd")))
        if signed.hasStatus { rows.append((words("verdict.notChecked"), words("verdict.status"))) }
        if let audience = signed.audience, let at = signed.provedAt {
            let text = words("verdict.presentation", ["audience": audience, "date": words.date(words.zone.date(at: at))])
            rows.append((words("verdict.notChecked"), text))
        }
        return rows
    }

    /// The result panel without anything in it, for the browser to fill.
    private func blank(_ words: Words) -> Fields {
        ["word": nil, "subtitle": nil, "good": true, "mark": nil, "pattern": nil, "rows": [Fields](), "note": words("verdict.pattern"), "again": Address.verify]
    }

    private func kindsJSON() -> String {
        JSON.array(kinds.map { kind in
            var object = JSONObject()
            object["vct"] = .string(kind.vct)
            object["title"] = .string(kind.title)
            object["number"] = .string(kind.number)
            object["claims"] = .array(kind.claims.map { claim in .array([.string(claim.name), .string(claim.label), .object(kind.values[claim.name] ?? [:])]) })
            return .object(object)
        }).text
    }

    /// The words that the script paints with.
    private func dictionary(_ words: Words) -> String {
        var object = JSONObject()
        for verdict in ["valid", "unchecked", "changed", "expired", "notYetValid", "notEntitled", "otherAudience", "unknownIssuer", "malformed"] {
            for part in ["", "Signature", "Do"] { object["\(verdict)\(part)"] = .string(words("verdict.\(verdict)\(part)")) }
        }
        for key in [
            "document", "checkedHere", "expiredOn", "notYetOn", "claimedIssuer", "signature", "whatToDo", "list", "stale", "kind", "notChecked", "status",
            "presentation", "reason",
        ] {
            object[key] = .string(words("verdict.\(key)"))
        }
        for about in ["form", "size", "kind", "method", "holder", "damaged"] { object["about-\(about)"] = .string(words("verdict.about-\(about)")) }
        object["issuer"] = .string(words("document.issuer"))
        object["issued"] = .string(words("document.issued"))
        object["expires"] = .string(words("document.expires"))
        object["noEnd"] = .string(words("document.noEnd"))
        object["yes"] = .string(words("word.yes"))
        object["no"] = .string(words("word.no"))
        object["months"] = .array((1...12).map { .string(words("month.long\($0)")) })
        object["long"] = .string(words("date.long"))
        object["zone"] = .string(timeZone)
        return JSON.object(object).text
    }
}
