internal import Audit
internal import Gate
internal import Identity
internal import Issuance
internal import Kernel
internal import Oversight

extension Route {
    /// The citizen's own data as JSON, under her session; refusals are problem+json (RFC 9457).
    static let api: [Route] = [
        .get("/api/me/documents", .citizen, [ListDocuments.action]) { visit in
            let (session, person) = try visit.citizen()
            let documents = try await visit.portal.platform.perform(ListDocuments(person: person), as: session.principal)
            return .json(["documents": .array(documents.map { $0.json(withCredential: false) })])
        },
        .get("/api/me/documents/{id}", .citizen, [ReadDocument.action]) { visit in
            let session = try visit.signedIn()
            let document = try await visit.portal.platform.perform(ReadDocument(visit.parameter("id")), as: session.principal)
            return .json(document.json(withCredential: true))
        },
        .get("/api/me/history", .citizen, [ReadHistory.action]) { visit in
            let (session, person) = try visit.citizen()
            let history = try await visit.portal.platform.perform(
                ReadHistory(person: person, before: visit.query("before").flatMap { Int($0) }), as: session.principal)
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
    fileprivate func json(withCredential: Bool) -> JSON {
        var json: JSONObject = [
            "id": .string(id), "type": .string(type), "number": .string(number), "issued": .string(issuedAt.rfc3339),
            "expires": .string(expiresAt.rfc3339), "recorded": .string(sourceRecordedAt.rfc3339), "claims": .object(claims),
        ]
        if withCredential {
            json["format"] = "dc+sd-jwt"
            json["credential"] = .string(credential)
        }
        return .object(json)
    }
}
