package import Audit
package import Gate
import FEEL
import Kernel
package import Storage

/// A citizen's page of all her documents: one access, one entry.
package struct ListDocuments: UseCase {
    package static let action = Action.reads("document.list-own")
    private let person: String

    package init(person: String) { self.person = person }

    package var resource: Resource { Resource("document", person: person) }
    package var purpose: Purpose { Purpose("own-data") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> [IssuedDocument] {
        try HeldDocuments.current(of: person, under: grant, in: transaction)
    }
}

/// One document, whole, with its signed form.
package struct ReadDocument: UseCase {
    package static let action = Action.reads("document.read-own")
    private let id: String

    package init(_ id: String) { self.id = id }

    package var resource: Resource { Resource("document", id: id) }
    package var purpose: Purpose { Purpose("own-data") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> IssuedDocument {
        // The policy has read it, in this transaction.
        guard let row = grant.row else { throw Refusal(.notFound, "document.not-found") }
        return try IssuedDocument(row).noted(grant)
    }
}

/// What other rooms may ask about documents, on their own transaction and grant.
package enum HeldDocuments {
    /// More documents than this are not one person's.
    static let listMax = 200

    package static func current(
        of person: String, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> [IssuedDocument] {
        let rows = try grant.rows.present(
            """
            SELECT \(IssuedDocument.columns) FROM issuance_documents WHERE person = $1 AND state = 'current'
            ORDER BY issued_at DESC, id LIMIT \(listMax)
            """, [.text(person)], of: "issuance_documents", isShown: true, in: transaction)
        return try rows.map { try IssuedDocument($0).noted(grant) }
    }

    /// Those that were made from one record of a register.
    package static func current(
        of person: String, from record: String, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> [IssuedDocument] {
        let rows = try grant.rows.present(
            """
            SELECT \(IssuedDocument.columns) FROM issuance_documents WHERE person = $1 AND state = 'current' AND record = $2
            ORDER BY issued_at DESC, id LIMIT \(listMax)
            """, [.text(person), .text(record)], of: "issuance_documents", isShown: true, in: transaction)
        return try rows.map { try IssuedDocument($0).noted(grant) }
    }
}

extension IssuedDocument {
    /// Itself, noted for its holder's log: every field that it says.
    fileprivate func noted(_ grant: borrowing Grant) -> IssuedDocument {
        grant.note(person: person, register: type, record: record, fields: claimsText.keys)
        return self
    }
}

/// Whose a document is, with the document itself for the use case that asks.
package struct DocumentFacts: FactLookup {
    package let kind = "document"
    private static let select = "SELECT \(IssuedDocument.columns) FROM issuance_documents WHERE id = $1"

    package init() {}

    package func facts(of id: String, by rows: RowReader, in transaction: borrowing Transaction) throws -> ResourceFacts? {
        try rows.first(Self.select, [.text(id)], of: "issuance_documents", isShown: true, in: transaction).map { row in
            ResourceFacts(person: try row.text(2), values: ["state": .string(try row.text(8))], row: row)
        }
    }
}
