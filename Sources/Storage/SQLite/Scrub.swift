internal import GRDBSQLite
internal import Synchronization

/// Looks for damage in the pages of the database: bytes that flipped, pages that were cut, indexes that miss a row.
enum Scrub {
    /// What is named of it at most.
    static let faultsMax = 10
    /// Steps of SQLite's machine between two looks at whether it is to stop.
    private static let stepsBetweenLooks: Int32 = 10_000

    /// Tells a running scrub to end: a store that closes does not wait for the rest of a large database.
    final class Stop: Sendable {
        private let isSet = Mutex(false)
        var isStopped: Bool { isSet.withLock { $0 } }
        func stop() { isSet.withLock { $0 = true } }
    }

    /// Reads every table and index; returns what is wrong, in SQLite's words.
    ///
    /// **Throws** `StoreRefusesToStart` where the database cannot be opened, `StorageUnavailable(.closed)` when it was stopped.
    static func run(path: String, folder: String, stop: Stop) throws -> [String] {
        let connection = try SQLiteConnection(path: path, folder: folder, use: .reader)
        defer { connection.close() }
        // It ends a reading alone: the writer's connection knows no such thing. // Storage-4
        sqlite3_progress_handler(
            connection.handle, stepsBetweenLooks, { Unmanaged<Stop>.fromOpaque($0!).takeUnretainedValue().isStopped ? 1 : 0 },
            Unmanaged.passUnretained(stop).toOpaque())
        defer { sqlite3_progress_handler(connection.handle, 0, nil, nil) }
        var faults: [String] = []
        do {
            let tables = try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table'").map { try $0.text(0) }
            for table in tables {
                var found = try damage(in: table, on: connection)
                if found.isEmpty, try isOversized(table, on: connection) { found = [StatementFailure.oversize] }
                for text in found where faults.count < faultsMax { faults.append("\(table): \(text)") }
            }
        } catch let failure as StatementFailure {
            switch failure.code & 0xFF {
            case SQLITE_CORRUPT, SQLITE_NOTADB: faults.append(failure.message)
            case SQLITE_INTERRUPT: throw StorageUnavailable(.closed)
            default: throw failure
            }
        }
        return faults
    }

    /// What SQLite finds wrong with a table and its indexes. A row that is too large for the program is told and not read.
    static func damage(in table: String, on connection: SQLiteConnection) throws -> [String] {
        let name = table.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        do {
            return try connection.rows("PRAGMA integrity_check('\(name)')").map { try $0.text(0) }.filter { $0 != "ok" }
        } catch let failure as StatementFailure where failure.isOversize || failure.isDamage { return [failure.message] }
    }

    /// Whether a table holds a value that is larger than the program writes: by the lengths of bytes, which stand before them, and for texts by
    /// SQLite's refusal to load one.
    static func isOversized(_ table: String, on connection: SQLiteConnection) throws -> Bool {
        guard SQLiteSchema.isName(table) else { return false }
        do {
            let columns = try SQLiteStatement.names("SELECT * FROM \(table)", on: connection)
            let isLarge = columns.map { "length(\"\($0)\") > \(SQLiteConnection.valueBytesMax)" }.joined(separator: " OR ")
            return try !connection.rows("SELECT 1 FROM \(table) WHERE \(isLarge) LIMIT 1").isEmpty
        } catch let failure as StatementFailure where failure.isOversize { return true }
    }
}
