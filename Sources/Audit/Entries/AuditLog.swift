package import Kernel
package import Storage

/// The log of every use of people's data.
///
/// - *Audit-1* An entry commits with the fact that it tells of, or neither does: `append` runs in the use case's own transaction.
/// - *Audit-2* The entries about one person bear 1, 2, 3 … without a gap: the next number is read and taken in one transaction, and the
///   primary key of `audit_lines` forbids a second use.
/// - *Audit-3* Entries and lines are inserted and never changed; so are tree places and checkpoints. Only the rightmost, unfinished tile of
///   each level is written anew, and then only longer.
/// - *Audit-4* Each committed entry gets one place in the tree, in the order of ids; none is skipped and none repeated, whenever the process dies.
/// - *Audit-5* A checkpoint is signed for a tree that extends every tree signed before, and is seen by nobody until it has been committed
///   together with that tree.
/// - *Audit-6* A payload is canonical JSON and names its person and number; the tree holds neither, only a commitment to it with a nonce
///   that stays inside (`AuditLeaf`).
/// - *Audit-7* An entry about many people carries the root of a tree of lines, one for each, so that one person's proof tells her nothing of the
///   others.
/// - *Audit-8* An entry for a change carries the hash of every row that was written with it (`WrittenRows`), so the log proves rows too.
/// - *Audit-9* An entry bears the mark of the process that wrote it (`EntryMark`), and none without one gets a place in the tree.
///
/// Entries about nobody are numbered under the person `""`: the house journal.
package enum AuditLog {
    /// The person under whom entries about nobody are numbered.
    package static let house = ""
    /// The most people that one entry can have lines for.
    package static let linesMax = 65_536

    /// Writes an entry about one person, or in the house journal.
    ///
    /// **Shape** one index seek and two inserts.
    /// **Throws** the store's errors alone.
    /// **Crash** nothing of the entry exists until the transaction commits, and then the fact does too. // Audit-1
    @discardableResult
    package static func append(
        _ entry: AuditEntry, about person: String, written: WrittenRows? = nil, pen: AuditPen, in transaction: borrowing Transaction
    ) throws -> AuditReceipt {
        let number = try lastNumber(about: person, in: transaction) + 1
        let payload = entry.payload(about: person, number: number, written: try written?.hash())
        let nonce = pen.random.bytes(AuditLeaf.nonceBytes)
        let id = try insert(payload, nonce, at: entry.at, nil, nil, written, pen, in: transaction)
        try transaction.execute(
            "INSERT INTO audit_lines (person, n, entry) VALUES ($1, $2, $3)", [.text(person), .int(number), .integer(id)])
        return AuditReceipt(entry: id, person: person, number: number, at: entry.at, payload: payload, nonce: nonce)
    }

    /// Writes one entry about many people: a chunk of a bulk load. It stands in the house journal, and each person has a line in it.
    ///
    /// **Shape** 1 to `linesMax` people, in the order of their rows; a person may occur twice. `entry.records` must fit everyone, because
    /// everyone may read it: name registers and fields, no records.
    /// **Throws** the store's errors alone.
    @discardableResult
    package static func appendChunk(
        _ entry: AuditEntry, about people: [String], written: WrittenRows? = nil, pen: AuditPen, in transaction: borrowing Transaction
    ) throws -> AuditReceipt {
        precondition(!people.isEmpty && people.count <= linesMax, "a chunk has 1 to \(linesMax) people")
        let secret = pen.random.bytes(AuditLeaf.nonceBytes)
        var lines = ChunkLines()
        lines.reserve(people.count)
        var taken: [String: Int] = [:]
        taken.reserveCapacity(people.count)
        for person in people {
            let last = try taken[person] ?? lastNumber(about: person, in: transaction)
            taken[person] = last + 1
            lines.append(person: person, number: last + 1)
        }
        let number = try (taken[house] ?? lastNumber(about: house, in: transaction)) + 1
        let summary = LineSummary(count: people.count, root: Merkle.root(lines.leafHashes(secret: secret)))
        let payload = entry.payload(about: house, number: number, lines: summary, written: try written?.hash())
        let nonce = pen.random.bytes(AuditLeaf.nonceBytes)
        let id = try insert(payload, nonce, at: entry.at, secret, lines.encoded, written, pen, in: transaction)
        try transaction.execute(
            "INSERT INTO audit_lines (person, n, entry) VALUES ($1, $2, $3)", [.text(house), .int(number), .integer(id)])
        try transaction.executeEach(
            "INSERT INTO audit_lines (person, n, entry, position) VALUES ($1, $2, $3, $4)",
            lines.all.enumerated().lazy.map { (position, line) in [.text(line.person), .int(line.number), .integer(id), .int(position)] })
        return AuditReceipt(entry: id, person: house, number: number, at: entry.at, payload: payload, nonce: nonce)
    }

    /// How many entries there are about a person.
    package static func lastNumber(about person: String, in transaction: borrowing Transaction) throws -> Int {
        try transaction.first("SELECT n FROM audit_lines WHERE person = $1 ORDER BY n DESC LIMIT 1", [.text(person)])?.int(0) ?? 0
    }

    private static func insert(
        _ payload: [UInt8], _ nonce: [UInt8], at: Instant, _ secret: [UInt8]?, _ people: [UInt8]?, _ written: WrittenRows?, _ pen: AuditPen,
        in transaction: borrowing Transaction
    ) throws -> Int64 {
        let id = try transaction.insert(
            """
            INSERT INTO audit_entries (at, payload, nonce, line_secret, line_people, mark, written)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                .instant(at), .blob(payload), .blob(nonce), secret.map { .blob($0) } ?? .null, people.map { .blob($0) } ?? .null,
                .blob(pen.mark.code(payload: payload, nonce: nonce)), (written?.bytes).map { .blob($0) } ?? .null,
            ])
        if let written {
            try written.index(under: id, in: transaction)
            pen.lists.keep(written.bytes, of: id, nonce: nonce)
        }
        return id
    }
}

/// What an appended entry is known by, before it has a place in the tree.
package struct AuditReceipt: Hashable, Sendable {
    /// The entry's id in the store.
    package let entry: Int64
    package let person: String
    /// The entry's number among those about the person.
    package let number: Int
    package let at: Instant
    /// Canonical JSON.
    package let payload: [UInt8]
    package let nonce: [UInt8]

    /// The hash that the entry's leaf will have in the tree.
    package var leafHash: Digest {
        Merkle.leafHash(AuditLeaf.entry(nonce: nonce, payload: payload))
    }
}

/// The stored log contradicts itself: a fault in the program, in the disk or of somebody who wrote past the program.
package struct AuditCorrupt: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String
    /// The table of the row that is not what the log knows, where it is about one.
    package let table: String?

    package init(_ description: String, table: String? = nil) {
        self.description = description
        self.table = table
    }
}
