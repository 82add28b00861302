internal import Audit
internal import Gate
internal import Identity
internal import Issuance
internal import Kernel
internal import Messages
internal import Oversight

extension Route {
    /// The citizen's own data as JSON, under her session; refusals are problem+json (RFC 9457).
    static let api: [Route] = [
        .get("/api/me/documents", .citizen, [ListDocuments.action]) { visit in
            let (session, person) = try visit.citizen()
            let documents = try await visit.portal.platform.perform(ListDocuments(person: person), as: session.principal)
            return .json(["documents": .array(try documents.map { try $0.json() })])
        },
        .get("/api/me/documents/{id}", .citizen, [ReadDocument.action]) { visit in
            let session = try visit.signedIn()
            let document = try await visit.portal.platform.perform(ReadDocument(visit.parameter("id")), as: session.principal)
            return .written(document.answer)
        },
        .get("/api/me/history", .citizen, [ReadHistory.action]) { visit in
            let (session, person) = try visit.citizen()
            let history = try await visit.portal.platform.perform(
                ReadHistory(person: person, before: visit.word("before").flatMap { Int($0.text) }), as: session.principal)
            let proof = try await visit.portal.publicLog.proof(of: history.records, about: person, count: history.count)
            // Beside the proof who each entry speaks of: a citizen whom it does not name is another one than the reader.
            var json = proof.json.object ?? JSONObject()
            json["actors"] = .array(history.records.map { .string($0.actor(readBy: person)) })
            return .json(.object(json))
        },
    ]
}

extension AuditRecord {
    /// `you`, `another-citizen`, or the kind of whoever acted.
    fileprivate func actor(readBy person: String) -> String {
        guard let entry = entry.flatMap({ AuditEntry(payload: $0) }) else { return AuditEntry.Actor.Kind.system.rawValue }
        guard entry.actor.kind == .citizen else { return entry.actor.kind.rawValue }
        return entry.actor.id == person ? "you" : "another-citizen"
    }
}

extension IssuedDocument {
    /// As one of a list: without the signed form.
    fileprivate func json() throws -> JSON {
        .object([
            "id": .string(id), "type": .string(type), "number": .string(number), "issued": .string(issuedAt.rfc3339),
            "expires": .string(expiresAt.rfc3339), "recorded": .string(sourceRecordedAt.rfc3339), "claims": .object(try claims()),
        ])
    }

    /// The whole document, its claims as they are kept.
    fileprivate var answer: [UInt8] {
        var json = JSONObjectWriter(reserving: credential.utf8.count + claimsText.text.utf8.count + Self.framing)
        json.member("id", id)
        json.member("type", type)
        json.member("number", number)
        json.member("issued", issuedAt.rfc3339)
        json.member("expires", expiresAt.rfc3339)
        json.member("recorded", sourceRecordedAt.rfc3339)
        json.member("claims", claimsText)
        json.member("format", "dc+sd-jwt")
        json.member("credential", credential)
        return json.finished()
    }

    /// Room for the names and the short members.
    private static let framing = 512
}

extension Reply {
    /// JSON that is written already.
    fileprivate static func written(_ json: [UInt8]) -> Reply { .file(json, type: "application/json", name: nil) }
}
