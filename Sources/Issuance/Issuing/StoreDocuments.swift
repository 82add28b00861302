import Audit
package import Gate
package import Kernel
package import Storage

/// Keeps signed documents for their holder; the ones they replace stay, marked.
package struct StoreDocuments: UseCase {
    package static let action = Action.changes("document.issue")

    package struct Signed: Sendable {
        let draft: DraftDocument
        let credential: String

        package init(draft: DraftDocument, credential: String) {
            self.draft = draft
            self.credential = credential
        }
    }
    private let person: String
    private let documents: [Signed]
    private let errand: String

    package init(_ documents: [Signed], for person: String, errand: String) {
        self.documents = documents
        self.person = person
        self.errand = errand
    }

    package var resource: Resource { Resource("document", person: person) }
    package var purpose: Purpose { Purpose("document-issue") }
    /// A second attempt of an errand may bring what the first could not sign: that is another storing.
    package var repetition: Repetition? {
        let sources = documents.map { JSON.string("\($0.draft.type) \($0.draft.record) \($0.draft.sourceRecordedAt.milliseconds)") }
        let hash = SHA256.hash(JSON.array(sources).canonicalBytes).hex
        return Repetition(key: "\(errand)-\(hash.prefix(32))", request: ["person": .string(person)])
    }
    package static func remember(_ output: Int) -> JSON? { .number(Decimal128(output)) }
    package static func recall(_ json: JSON) -> Int? { json.int }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int {
        for signed in documents {
            let draft = signed.draft
            // All of them: a current document that somebody took out of sight would be issued a second time.
            let before = try grant.rows.all(
                "SELECT id FROM issuance_documents WHERE person = $1 AND type = $2 AND record = $3 AND state = 'current'",
                [.text(person), .text(draft.type), .text(draft.record)], of: "issuance_documents", in: transaction)
            try transaction.executeEach("UPDATE issuance_documents SET state = 'replaced' WHERE id = $1", before.map { [$0[0]] })
            try transaction.execute(
                """
                INSERT INTO issuance_documents (\(IssuedDocument.columns), access)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'current', $9, $10, $11)
                """,
                [
                    .text(grant.newIdentifier().text), .text(draft.type), .text(person), .text(draft.record),
                    .integer(draft.sourceRecordedAt.milliseconds), .text(draft.number), .integer(grant.now.milliseconds),
                    .integer(draft.expiresAt.milliseconds), .text(JSON.object(draft.claims).canonical),
                    .text(signed.credential), .text(grant.access.text),
                ])
            grant.note(person: person, register: draft.type, record: draft.record, fields: draft.claims.keys)
        }
        return documents.count
    }
}
