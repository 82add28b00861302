import Kernel
package import Storage
import Synchronization

/// Asks the log whether rows are as it knows them, before something is signed or decided on them.
package final class RowProof: Sendable {
    private let sealed: SealedTables
    private let mark: EntryMark
    private let lists: WrittenLists

    /// What is known of the tables as a whole.
    package let wholeness = Wholeness()
    private let found = Atomic<Int>(0)

    /// Whether rows of a table are sealed, so that who acts on them reads them through a ``RowReader``. Made once, for it is lent to each access.
    package let isSealed: @Sendable (_ table: String) -> Bool

    init(sealed: SealedTables, mark: EntryMark, lists: WrittenLists) {
        self.sealed = sealed
        self.mark = mark
        self.lists = lists
        isSealed = { sealed.table($0) != nil }
    }

    /// How often a row was not what the log knows, since the start.
    package var faults: Int { found.load(ordering: .relaxed) }

    /// A reader for one access.
    package func reader() -> RowReader { RowReader(self) }

    /// How a table is sealed; nil where it is not.
    func table(_ name: String) -> SealedTable? { sealed.table(name) }

    /// The columns by which a table's rows are named.
    func key(of table: String) -> [String] { sealed.table(table)?.key ?? [] }

    // MARK: One row

    /// **Throws** ``AuditCorrupt`` unless the row is what the newest entry about it wrote.
    package func require(_ table: String, _ key: [SQLValue], in transaction: borrowing Transaction) throws {
        do {
            if try holds(table, key, in: transaction) { return }
        } catch let corrupt as AuditCorrupt {
            found.add(1, ordering: .relaxed)
            throw AuditCorrupt("\(table) \(RowWords.of(key)): \(corrupt.description)", table: table)
        }
        found.add(1, ordering: .relaxed)
        throw AuditCorrupt("\(table) \(RowWords.of(key)): the row is not what the log says was written there, so nothing is done on it", table: table)
    }

    /// Like ``require(_:_:in:)``, for rows that are only shown to whom they belong: once one was held to the log it counts until another program
    /// has written to the database, or the store has opened its file anew.
    func requireShown(_ table: String, _ key: [SQLValue], in transaction: borrowing Transaction) throws {
        let (row, ground) = (SealedRow(table, key), transaction.ground)
        let isKnown = shown.withLock { shown in
            if shown.ground != ground { shown = (ground, []) }
            return shown.rows.contains(row)
        }
        if isKnown { return }
        try require(table, key, in: transaction)
        shown.withLock { shown in
            if shown.rows.count >= Self.shownMax { shown.rows.removeAll(keepingCapacity: true) }
            shown.rows.insert(row)
        }
    }

    private let shown = Mutex<(ground: StoreGround, rows: Set<SealedRow>)>((StoreGround(), []))
    private static let shownMax = 20_000

    /// Whether the row of that key is what the newest entry about it wrote.
    ///
    /// **Throws** ``AuditCorrupt`` where index, list, payload and mark contradict each other.
    package func holds(_ table: String, _ key: [SQLValue], in transaction: borrowing Transaction) throws -> Bool {
        guard let description = sealed.table(table) else { return true }
        guard let expected = try sealedHash(of: SealedRow(table, key), in: transaction) else { return false }
        var count = 0
        var isSame = false
        try transaction.encoded(
            of: table, key: description.key, columns: sealed.columns(of: table, description, in: transaction), at: key
        ) { (key: [UInt8], row: [UInt8]) in
            count += 1
            isSame = try WrittenRows.hash(table, key, row) == expected
        }
        // A table that was made anew without its key could hold a second row beside the true one.
        return isSame && count == 1
    }

    /// A row of which the log says that it is there, and it is not.
    func missing(_ table: String, _ key: [SQLValue]) -> AuditCorrupt {
        found.add(1, ordering: .relaxed)
        return AuditCorrupt("\(table) \(RowWords.of(key)): the log says that this row was written, and it is gone without an entry, so nothing is done on it", table: table)
    }

    /// Whether the index names some row among these, whose keys are whole numbers that follow one another, or are in no order.
    func touches(_ table: String, _ keys: [[UInt8]], in transaction: borrowing Transaction) throws -> Bool {
        guard let first = keys.first, let last = keys.last, let start = RowBytes.integer(first),
            keys.enumerated().allSatisfy({ RowBytes.integer($0.element) == start &+ Int64($0.offset) })
        else { return true }
        let single = try transaction.first(
            "SELECT 1 FROM audit_written WHERE name = $1 AND run = 0 AND first >= $2 AND first <= $3 LIMIT 1", [.text(table), .blob(first), .blob(last)])
        let run = try transaction.first(
            "SELECT last FROM audit_written WHERE name = $1 AND run = 1 AND first <= $2 ORDER BY first DESC LIMIT 1", [.text(table), .blob(last)])
        return try single != nil || run.map { try !$0.blob(0).lexicographicallyPrecedes(first) } ?? false
    }

    /// The hash that the log has of a row; nil where the row is gone or no entry wrote it.
    func sealedHash(of row: SealedRow, in transaction: borrowing Transaction) throws -> Digest? {
        let own = try transaction.first(
            "SELECT entry FROM audit_written WHERE name = $1 AND run = 0 AND first = $2", [.text(row.table), .blob(row.key)])
        // Only rows under whole numbers are kept as runs.
        let run = try RowBytes.integer(row.key) == nil ? nil : transaction.first(
            "SELECT entry, last FROM audit_written WHERE name = $1 AND run = 1 AND first <= $2 ORDER BY first DESC LIMIT 1",
            [.text(row.table), .blob(row.key)])
        var entry = try own?.int(0)
        if let run, try !run.blob(1).lexicographicallyPrecedes(row.key) { entry = max(entry ?? 0, try run.int(0)) }
        guard let entry else { return nil }
        switch WrittenRows.find(row, in: try list(of: entry, in: transaction)) {
        case .there(let hash)?: return hash
        case .gone?: return nil
        case nil: throw AuditCorrupt("the index names entry \(entry) for a row that it did not write")
        }
    }

    /// The list of rows that an entry wrote, held to the entry's payload, and that to its mark.
    private func list(of entry: Int, in transaction: borrowing Transaction) throws -> [UInt8] {
        // The nonce tells whether it is the same entry: one whose commit failed leaves its id to another.
        if let known = lists[entry], try transaction.first("SELECT nonce FROM audit_entries WHERE id = $1", [.int(entry)])?.blob(0) == known.nonce {
            return known.bytes
        }
        let stored = try transaction.first("SELECT payload, nonce, mark, written FROM audit_entries WHERE id = $1", [.int(entry)])
        guard let stored, let bytes = try stored.optionalBlob(3), let own = try stored.optionalBlob(2),
            try AuditEntry.isWritten(fastHash(bytes), in: stored.blob(0)),
            mark.isOf(payload: try stored.blob(0), nonce: try stored.blob(1), own)
        else { throw AuditCorrupt("entry \(entry) and the list of rows that it wrote contradict each other") }
        let nonce = try stored.blob(1)
        lists.keep(bytes, of: Int64(entry), nonce: nonce)
        return bytes
    }
}
