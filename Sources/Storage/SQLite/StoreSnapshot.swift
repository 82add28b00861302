internal import Foundation
internal import GRDBSQLite
internal import Kernel

/// A data folder as it was at one commit, for reading alone: beside a serving process, which it neither locks out nor waits for.
///
/// While it is open the serving process cannot shorten its write-ahead log, which grows with what is written meanwhile.
/// **Shape** used by one thread at a time.
package final class StoreSnapshot {
    private let connection: SQLiteConnection

    /// Opens the folder's store as of its last commit.
    ///
    /// **Throws** `StoreRefusesToStart` where it cannot be read.
    package init(folder: String) throws {
        try SharedIndex.refuseForeign(folder)
        connection = try SQLiteConnection(path: folder + "/state.db", folder: folder, use: .reader)
        do {
            try connection.run("BEGIN")
            // The snapshot is taken by the first read.
            _ = try connection.rows("SELECT count(*) FROM storage_migrations")
        } catch {
            throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(error)"))
        }
    }

    deinit { close() }

    package func close() { connection.close() }

    /// Lends the snapshot as a transaction that can only read.
    package func read<T>(_ body: (borrowing Transaction) throws -> T) throws -> T {
        let session = SQLiteSession(connection: connection, task: nil, schemaDidChange: {})
        session.readsOnly = true
        defer { session.finish() }
        return try body(Transaction(session: session))
    }

    /// The last numbers that `serial` columns have given, counted apart from the rows; a table twice, or one without a number, is told of as such.
    package func serials() throws -> [(table: String?, last: Int64?)] {
        guard try !connection.rows("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'").isEmpty else { return [] }
        // Its columns take any kind of value.
        return try connection.rows("SELECT CAST(name AS TEXT), CASE typeof(seq) WHEN 'integer' THEN seq END FROM sqlite_sequence").map {
            (try $0.optionalText(0), try $0.optionalInt(1).map { Int64($0) })
        }
    }

    /// What SQLite itself finds wrong with its pages, at most a dozen lines; empty when nothing is.
    package func damage() throws -> [String] {
        do {
            let lines = try connection.rows("PRAGMA integrity_check(\(Self.damageMax))").map { try $0.text(0) }
            return lines == ["ok"] ? [] : lines
        } catch let failure as StatementFailure where failure.isDamage {
            return [failure.message]
        } catch let failure as StatementFailure where failure.isOversize {
            // One row ended it; the other tables are looked at all the same.
            let tables = try connection.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map { try $0.text(0) }
            return try Array(tables.flatMap { table in try Scrub.damage(in: table, on: connection).map { "\(table): \($0)" } }.prefix(Self.damageMax))
        }
    }

    private static let damageMax = 12

    /// What the database's header says that the program never writes there, in words, with what mends it.
    package func headerFaults() throws -> [String] {
        let expected: [(name: String, value: SQLValue, repair: String)] = [
            ("user_version", .integer(0), "set it back while no server runs: sqlite3 state.db 'PRAGMA user_version = 0'"),
            ("application_id", .integer(0), "set it back while no server runs: sqlite3 state.db 'PRAGMA application_id = 0'"),
            ("encoding", .text("UTF-8"), "restore the backup"),
        ]
        return try expected.compactMap { (name, value, repair) in
            try connection.pragma(name) == value ? nil : "the database's header names another \(name) than the program's: another program has written it; \(repair)"
        }
    }

    /// What an operator's upkeep has left in the header and nothing of any row rests on, in words, with what puts it back.
    package func headerNotices() throws -> [String] {
        guard try connection.pragma("auto_vacuum") != .integer(0) else { return [] }
        return [
            "the database gives free pages back by itself (auto_vacuum), which the program does not ask for: nothing rests on it; to put it back while no server "
                + "runs: sqlite3 state.db 'PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM'"
        ]
    }
}
