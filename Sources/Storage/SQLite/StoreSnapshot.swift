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

    /// The last number that a `serial` column of the table has given, counted apart from the rows; nil where it gave none.
    package func lastSerial(of table: String) throws -> Int64? {
        try connection.rows("SELECT seq FROM sqlite_sequence WHERE name = $1", [.text(table)]).first.map { Int64(try $0.int(0)) }
    }

    /// What SQLite itself finds wrong with its pages, at most a dozen lines; empty when nothing is.
    package func damage() throws -> [String] {
        let lines = try connection.rows("PRAGMA integrity_check(12)").map { try $0.text(0) }
        return lines == ["ok"] ? [] : lines
    }
}
