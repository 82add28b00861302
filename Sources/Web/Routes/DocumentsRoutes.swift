internal import Gate
internal import Identity
internal import Issuance
internal import Kernel
internal import Messages
internal import Services
internal import StateFolder
internal import Templates

extension Route {
    static let documents: [Route] = [
        .get("/documents", .citizen, [ListDocuments.action]) { visit in
            let (session, person) = try visit.citizen()
            let documents = try await visit.portal.platform.perform(ListDocuments(person: person), as: session.principal)
            let services = visit.portal.services.current.filter { $0.document != nil }
            return .page(
                DocumentsView(
                    documents: visit.portal.covers(documents, visit),
                    services: services.map { visit.portal.row($0, visit.language) }))
        },
        // Drawn from the address alone: no person's data are read.
        .get("/lines/{key}", .everyone) { visit in
            guard let lines = try visit.portal.pages.lines(visit.parameter("key")) else { throw Refusal(.notFound, "page.not-found") }
            return .picture(Array(lines.text.utf8), type: "image/svg+xml")
        },
        .get("/documents/{id}", .citizen, [ReadDocument.action]) { visit in
            let document = try await visit.portal.read(visit)
            return .page(try visit.portal.page(document, visit))
        },
        .get("/documents/{id}/credential", .citizen, [ReadDocument.action]) { visit in
            let document = try await visit.portal.read(visit)
            return .file(
                Array(document.credential.utf8), type: "application/dc+sd-jwt", name: "\(document.type)-\(document.number).sd-jwt")
        },
    ]
}

extension Portal {
    fileprivate func read(_ visit: Visit) async throws -> IssuedDocument {
        try await platform.perform(ReadDocument(visit.parameter("id")), as: visit.signedIn().principal)
    }

    /// The documents as covers, the newest last and whole.
    func covers(_ documents: [IssuedDocument], _ visit: Visit) -> [Cover] {
        documents.reversed().compactMap { cover($0, visit) }
    }

    func cover(_ document: IssuedDocument, _ visit: Visit) -> Cover? {
        guard let definition = state.document(document.type) else { return nil }
        return Cover(
            title: definition.names[visit.language], number: document.number, standing: standing(document, at: visit.now),
            face: Face(rawValue: definition.cover.rawValue) ?? .a, address: "/documents/\(document.id)")
    }

    private func standing(_ document: IssuedDocument, at now: Instant) -> Standing {
        // The last day on which it is valid, not the first on which it is not.
        let last = zone.date(at: document.expiresAt.adding(seconds: -1))
        return document.isExpired(at: now) ? .expired(last) : .valid(until: last)
    }

    fileprivate func page(_ document: IssuedDocument, _ visit: Visit) throws -> DocumentView {
        guard let definition = state.document(document.type), let register = state.register(definition.register) else {
            throw IssuanceFault.unknownDocument(document.type)
        }
        let claims = try document.claims()
        let shown = definition.claims.compactMap { claim -> (String, DocumentView.Claim)? in
            // The number stands on the sheet by itself.
            guard let value = claims[claim.name], claim.isOfHolder || claim.fieldName != definition.number else { return nil }
            let field = state.field(of: claim, in: definition)
            return (claim.name, DocumentView.Claim(label: claim.names[visit.language], value: Shown(value, field, visit.language)))
        }
        let face = definition.face.compactMap { name in shown.first { $0.0 == name }?.1 }
        return DocumentView(
            title: definition.names[visit.language], number: document.number,
            issuer: state.bodyName(definition.body, visit.language) ?? definition.body, face: face,
            claims: shown.filter { !definition.face.contains($0.0) }.map(\.1), standing: standing(document, at: visit.now),
            issuedAt: document.issuedAt, expires: zone.date(at: document.expiresAt.adding(seconds: -1)),
            checkedAt: document.sourceRecordedAt, register: register.names[visit.language], hasPortrait: definition.hasPortrait,
            download: "/documents/\(document.id)/credential", disclosable: definition.claims.count(where: \.disclosable))
    }
}

extension StateDefinition {
    /// The register's field that a claim is taken from.
    func field(of claim: ClaimDefinition, in document: DocumentDefinition) -> FieldDefinition? {
        let register = claim.isOfHolder ? "person" : document.register
        return self.register(register)?.fields.first { $0.name == claim.fieldName }
    }
}

extension Shown {
    /// A register's value as its field says it is to be read: a date as a date, a code by its label.
    init(_ value: JSON, _ field: FieldDefinition?, _ language: String) {
        if let label = field?.label(of: value, language) {
            self = .text(label)
        } else if let text = value.string {
            self = (field?.type == .date ? CalendarDate(text).map { .date($0) } : nil) ?? .text(text)
        } else if let flag = value.bool {
            self = .flag(flag)
        } else if let number = value.number {
            self = .number(number)
        } else if let items = value.array {
            self = .list(items.map { item in field?.label(of: item, language) ?? item.string ?? item.text })
        } else {
            self = .text(value.isNull ? "" : value.text)
        }
    }
}
