import Kernel
import Storage

/// Runs of rows as the entries' lists show them: `audit_written` may keep one line for each.
struct WrittenRuns {
    /// The first key of each run, with its last one, by the table and the entry.
    private let scratch: ScratchTable

    init(scratch: ScratchTable) { self.scratch = scratch }

    /// Notes what of an entry's list could be a run: all rows of one table, under whole numbers that follow one another.
    func put(_ items: [WrittenRows.Item], of entry: Int64, at: Int64) throws {
        var first = 0
        while first < items.count {
            let table = items[first].row.table
            let end = items[first...].firstIndex { $0.row.table != table } ?? items.count
            defer { first = end }
            guard end - first >= WrittenRows.runMin, items[first..<end].allSatisfy({ $0.hash != nil }), let start = RowBytes.integer(items[first].row.key),
                (first..<end).allSatisfy({ RowBytes.integer(items[$0].row.key) == start &+ Int64($0 - first) })
            else { continue }
            try scratch.put(ScratchTable.Note(number: entry, at: at, value: items[end - 1].row.key), Self.name(table, entry), items[first].row.key)
        }
    }

    /// The last key of the run that an entry wrote from a key on; nil where it wrote none.
    func last(_ table: String, _ entry: Int64, from first: [UInt8]) throws -> [UInt8]? { try scratch.note(Self.name(table, entry), first)?.value }

    private static func name(_ table: String, _ entry: Int64) -> String { "\(table) \(entry)" }
}

/// Holds `audit_written`, by which the running program finds the entry that wrote a row last, to the entries' own lists: an older entry there would
/// make an older row look right.
///
/// **Shape** one walk over the index and the rows' notes together, both sorted; in memory are the lines for runs alone, each of which an entry
/// accounts for.
struct IndexReading {
    private(set) var report: AuditReport
    private let scratch: ScratchTable
    private let runs: WrittenRuns
    /// The table that is being read, with the lines for its runs.
    private var name = ""
    private var known: [(first: [UInt8], last: [UInt8], entry: Int64)] = []
    /// How many of the runs begin at or before the last key that was asked for.
    private var passed = 0
    private var lines = 0

    init(report: AuditReport, scratch: ScratchTable, runs: WrittenRuns) {
        self.report = report
        self.scratch = scratch
        self.runs = runs
    }

    mutating func read(in transaction: borrowing Transaction) throws {
        for name in try scratch.names() { try read(name, in: transaction) }
        let count = try transaction.first("SELECT count(*) FROM audit_written")?.int(0) ?? 0
        if count != lines { report.fault("audit_written holds \(count) lines, and the entries account for \(lines): some were put in behind the program's back") }
    }

    private mutating func read(_ name: String, in transaction: borrowing Transaction) throws {
        self.name = name
        try readRuns(in: transaction)
        let keys = try scratch.keys(name)
        var next = try keys.next()
        try transaction.each("SELECT first, last, entry FROM audit_written WHERE name = $1 AND run = 0 ORDER BY first", [.text(name)]) { (row: Row) in
            let (key, entry) = (try row.blob(0), Int64(try row.int(2)))
            lines += 1
            if try row.blob(1) != key { fault(key, "the log's index (audit_written) gives its line an end that no single row has") }
            while let (earlier, number) = next, earlier.lexicographicallyPrecedes(key) {
                check(earlier, number, own: nil)
                next = try keys.next()
            }
            guard let (found, number) = next, found == key else { return fault(key, "the log's index (audit_written) names entry \(entry), and no entry wrote such a row") }
            check(key, number, own: entry)
            next = try keys.next()
        }
        while let (key, number) = next {
            check(key, number, own: nil)
            next = try keys.next()
        }
    }

    private mutating func readRuns(in transaction: borrowing Transaction) throws {
        known = []
        passed = 0
        try transaction.each("SELECT first, last, entry FROM audit_written WHERE name = $1 AND run = 1 ORDER BY first", [.text(name)]) { (row: Row) in
            let (first, last, entry) = (try row.blob(0), try row.blob(1), Int64(try row.int(2)))
            lines += 1
            guard try runs.last(name, entry, from: first) == last else {
                return fault(first, "the log's index (audit_written) names entry \(entry) for a run of rows that it did not write")
            }
            known.append((first, last, entry))
        }
    }

    /// What the program would find for a row must be the newest entry about it.
    private mutating func check(_ key: [UInt8], _ newest: Int64, own: Int64?) {
        while passed < known.count, !key.lexicographicallyPrecedes(known[passed].first) { passed += 1 }
        var found = own ?? 0
        if passed > 0, !known[passed - 1].last.lexicographicallyPrecedes(key) { found = max(found, known[passed - 1].entry) }
        guard found != newest else { return }
        fault(
            key,
            found == 0
                ? "the log's index (audit_written) has lost which entry wrote this row" : "the log's index names another entry than the newest about this row")
    }

    private mutating func fault(_ key: [UInt8], _ text: String) { report.fault("\(name) \(SealedRow(table: name, key: key).words): \(text)") }
}
