package import Kernel
package import Storage

/// The errands that wait or were given up, for the server's operators: kinds and subjects, never what they carry.
package enum ErrandList {
    /// Errands that are listed at most.
    package static let listMax = 1_000

    package struct Line: Hashable, Sendable {
        package let id: String
        package let kind: String
        package let subject: String
        package let state: String
        package let attempts: Int
        package let createdAt: Instant
        package let lastError: String?
    }

    package struct Counts: Hashable, Sendable {
        package let waiting: Int
        package let givenUp: Int
        /// When the oldest of those that wait was written.
        package let oldest: Instant?
    }

    package static func all(in transaction: borrowing Transaction) throws -> [Line] {
        try transaction.query(
            "SELECT id, kind, subject, state, attempts, created_at, last_error FROM gate_errands ORDER BY state, created_at, id LIMIT $1",
            [.int(listMax)]
        ).map { row in
            try Line(
                id: row.text(0), kind: row.text(1), subject: row.text(2), state: row.text(3), attempts: row.int(4),
                createdAt: Instant(milliseconds: Int64(row.int(5))), lastError: row.optionalText(6))
        }
    }

    package static func counts(in transaction: borrowing Transaction) throws -> Counts {
        let waiting = try transaction.first("SELECT count(*), min(created_at) FROM gate_errands WHERE state = 'waiting'")
        let givenUp = try transaction.first("SELECT count(*) FROM gate_errands WHERE state = 'given-up'")?.int(0) ?? 0
        let count = try waiting?.int(0) ?? 0
        return Counts(
            waiting: count, givenUp: givenUp, oldest: try count == 0 ? nil : waiting.map { Instant(milliseconds: Int64(try $0.int(1))) })
    }

    /// Lets an errand be tried anew, at once and with all its attempts; nil for `id` means every one that was given up. Returns how many.
    package static func revive(_ id: String?, at now: Instant, in transaction: borrowing Transaction) throws -> Int {
        if let id {
            return try transaction.execute(
                "UPDATE gate_errands SET state = 'waiting', attempts = 0, due_at = $2 WHERE id = $1", [.text(id), .integer(now.milliseconds)])
        }
        return try transaction.execute(
            "UPDATE gate_errands SET state = 'waiting', attempts = 0, due_at = $1 WHERE state = 'given-up'", [.integer(now.milliseconds)])
    }

    /// Lets go of what a process that has died had claimed: whoever holds the folder knows that nobody else works on them.
    package static func release(at now: Instant, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "UPDATE gate_errands SET due_at = $1 WHERE state = 'waiting' AND due_at > $1", [.integer(now.milliseconds)])
    }
}
