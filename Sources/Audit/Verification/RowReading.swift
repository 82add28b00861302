import Kernel
import Storage

/// The second half of a verification: every row of a sealed table is as the newest entry about it wrote it, none is added and none gone.
struct RowReading {
    private(set) var report: AuditReport
    private let scratch: ScratchTable
    private let sealed: SealedTables
    private let now: Instant
    /// The key of the row that was read last.
    private var previous: [UInt8]?

    init(report: AuditReport, scratch: ScratchTable, sealed: SealedTables, now: Instant) {
        self.report = report
        self.scratch = scratch
        self.sealed = sealed
        self.now = now
    }

    mutating func read(in transaction: borrowing Transaction) throws {
        let tables = try transaction.tables()
        // A folder that the version before wrote has rows of these that no entry speaks of, until the next start takes them over together.
        let later = Set(sealed.sealedLater).intersection(tables)
        let isBefore = try later.isDisjoint(with: scratch.names())
        if isBefore, !later.isEmpty {
            report.add(notice: "rows of \(later.sorted().joined(separator: ", ")) are not sealed in this log yet: start the server once, and they are proved from then on")
        }
        for name in tables {
            if isBefore, later.contains(name) { continue }
            if let table = sealed.table(name) {
                previous = nil
                do { try read(name, table, in: transaction) } catch {
                    guard let words = AuditReport.unreadable(error) else { throw error }
                    report.fault("\(name), the row after \(previous.map { Self.words($0) } ?? "the beginning"): \(words); the rest of the table was not read")
                }
            } else if !sealed.isUnsealed(name) {
                report.fault("table \(name) is none of the program's")
            }
        }
        for name in try scratch.names() where !tables.contains(name) { report.fault("table \(name) is gone, and entries wrote rows of it") }
    }

    private mutating func read(_ name: String, _ table: SealedTable, in transaction: borrowing Transaction) throws {
        var present = 0
        let columns = try sealed.columns(of: name, table, in: transaction)
        try transaction.eachEncoded(of: name, key: table.key, columns: columns) { (key: [UInt8], row: [UInt8]) in
            report.rows += 1
            // Rows come in the order of their keys; a table made anew without its primary key could hold one twice, to hide that another is gone.
            if key == previous { report.fault("\(name) \(Self.words(key)): the row stands twice") }
            previous = key
            guard let note = try scratch.note(name, key) else {
                return report.fault("\(name) \(Self.words(key)): no entry of the log wrote this row, so it was put in behind the program's back")
            }
            guard !note.value.isEmpty else {
                return report.fault("\(name) \(Self.words(key)): entry \(note.number) says that this row is gone, and it is there again")
            }
            present += 1
            if try WrittenRows.hash(name, key, row).bytes != note.value {
                report.fault("\(name) \(Self.words(key)): the row is not what entry \(note.number) wrote, so it was changed behind the program's back")
            }
        }
        if try scratch.count(name) != present { try findMissing(name, table, columns, in: transaction) }
        for fault in try table.check?(name, transaction) ?? [] { report.fault(fault) }
        // What upkeep changes is not sealed; that it is of a size which can be read, is asked all the same.
        if let large = try transaction.oversized(name, columns: table.loose.sorted()) { report.fault("\(name): \(large)") }
    }

    private mutating func findMissing(_ name: String, _ table: SealedTable, _ columns: [String], in transaction: borrowing Transaction) throws {
        let limit = table.keptSeconds.map { now.adding(seconds: -$0).milliseconds } ?? .max
        try scratch.each(name) { (key: [UInt8], note: ScratchTable.Note) in
            // What is kept for a time only may be gone after it.
            if table.keptSeconds != nil, note.at <= limit { return true }
            var isThere = false
            try transaction.encoded(of: name, key: table.key, columns: columns, at: RowBytes.values(key) ?? []) { (_, _) in isThere = true }
            if !isThere {
                report.fault("\(name) \(Self.words(key)): the row that entry \(note.number) wrote is gone, and no entry says so")
            }
            return report.faults.count < AuditReport.faultsMax
        }
    }

    private static func words(_ key: [UInt8]) -> String { SealedRow(table: "", key: key).words }
}
