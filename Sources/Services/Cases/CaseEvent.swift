import Audit
import Gate
package import Kernel
import Storage

/// One line of a case's history, as the citizen reads it.
package struct CaseEvent: Sendable {
    package enum Kind: String, Sendable {
        case started, submitted, decided, referred, paperAsked = "paper-asked", paperSupplied = "paper-supplied"
        case registered, issued, granted, refused, stuck, discarded
    }
    package let at: Instant
    package let kind: Kind
    /// `kind`, and for an officer `name`, `body`, `role`.
    package let actor: JSON
    package let details: JSON

    static func append(
        _ kind: Kind, to record: CaseRecord, details: JSON = [:], under grant: borrowing Grant,
        in transaction: borrowing Transaction
    ) throws {
        let principal = grant.principal
        var actor: JSONObject = ["kind": .string(principal.kind.rawValue)]
        if principal.kind != .citizen {
            actor["name"] = .string(principal.name)
            if let body = principal.body { actor["body"] = .string(body) }
        }
        try transaction.execute(
            """
            INSERT INTO services_events (case_id, n, at, kind, actor, details)
            SELECT $1, COALESCE(MAX(n), 0) + 1, $2, $3, $4, $5 FROM services_events WHERE case_id = $1
            """,
            [
                .text(record.id), .integer(grant.now.milliseconds), .text(kind.rawValue), .text(JSON.object(actor).canonical),
                .text(details.canonical),
            ])
    }

    /// The whole history: a line that somebody took out would be missed by nobody who reads the others.
    static func all(of record: CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> [CaseEvent] {
        try grant.rows.numbered(
            "SELECT at, kind, actor, details, case_id, n FROM services_events WHERE case_id = $1 ORDER BY n", [.text(record.id)],
            of: "services_events", in: transaction
        ).map { row in
            guard let kind = Kind(rawValue: try row.text(1)) else { throw CaseFault.unreadable(case: record.id) }
            return try CaseEvent(
                at: row.instant(0), kind: kind, actor: JSON.parse(row.text(2)), details: JSON.parse(row.text(3)))
        }
    }
}
