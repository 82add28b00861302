package import Kernel
package import Storage

/// One entry about a person, read back.
package struct AuditRecord: Sendable {
    /// The entry's number among those about the person.
    package let number: Int
    package let at: Instant
    /// Canonical JSON, letter for letter.
    package let payload: String
    /// Its place in the tree; none until the sequencer has passed.
    package let index: UInt64?
    let nonce: [UInt8]
    let line: Line?

    /// The person's line in an entry about many.
    struct Line: Sendable {
        let position: Int
        let secret: [UInt8]
        let people: [UInt8]
    }

    /// The entry as a value.
    package var entry: JSON? { try? JSON.parse(payload) }
    /// The entry is about many people, and this person is one of them.
    package var isBulk: Bool { line != nil }
}

extension AuditLog {
    /// The entries about a person, newest first; under `house`, the house journal.
    ///
    /// **Shape** at most `limit` of them, those numbered below `before` where it is given.
    package static func history(
        about person: String, before: Int? = nil, limit: Int, in transaction: borrowing Transaction
    ) throws -> [AuditRecord] {
        try transaction.query(
            """
            SELECT n, position, entry, at, payload, nonce,
                   CASE WHEN position IS NULL THEN NULL ELSE line_secret END, CASE WHEN position IS NULL THEN NULL ELSE line_people END
            FROM audit_lines JOIN audit_entries ON id = entry
            WHERE person = $1 AND n < $2 ORDER BY n DESC LIMIT $3
            """, [.text(person), .integer(before.map { Int64($0) } ?? .max), .int(limit)]
        ).map { try record($0, in: transaction) }
    }

    /// One entry about a person; nil where she has none of that number.
    package static func record(about person: String, number: Int, in transaction: borrowing Transaction) throws -> AuditRecord? {
        guard number >= 1, number < Int.max else { return nil }
        return try history(about: person, before: number + 1, limit: 1, in: transaction).first { $0.number == number }
    }

    private static func record(_ row: Row, in transaction: borrowing Transaction) throws -> AuditRecord {
        var line: AuditRecord.Line?
        if let position = try row.optionalInt(1) {
            line = AuditRecord.Line(position: position, secret: try row.blob(6), people: try row.blob(7))
        }
        return AuditRecord(
            number: try row.int(0), at: try row.instant(3), payload: String(decoding: try row.blob(4), as: UTF8.self),
            index: try place(of: Int64(try row.int(2)), in: transaction), nonce: try row.blob(5), line: line)
    }

    /// The index that an entry has in the tree.
    private static func place(of entry: Int64, in transaction: borrowing Transaction) throws -> UInt64? {
        guard let row = try transaction.first(
            "SELECT first_entry, first_index, count FROM audit_tree WHERE first_entry <= $1 ORDER BY first_entry DESC LIMIT 1", [.integer(entry)])
        else { return nil }
        let distance = entry - Int64(try row.int(0))
        return distance < Int64(try row.int(2)) ? UInt64(Int64(try row.int(1)) + distance) : nil
    }
}
