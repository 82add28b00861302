internal import Foundation
internal import GRDBSQLite

/// Room on the disk for more than memory should hold: the newest note about each key, sorted, gone when it is closed.
///
/// **Shape** used by one thread; nothing in it is durable.
package final class ScratchTable {
    package struct Note: Hashable, Sendable {
        /// Counts up: a later note about a key replaces an earlier one.
        package let number: Int64
        package let at: Int64
        /// Empty says that the key's row is gone.
        package let value: [UInt8]

        package init(number: Int64, at: Int64, value: [UInt8]) {
            self.number = number
            self.at = at
            self.value = value
        }
    }

    private let connection: SQLiteConnection
    private let path: String
    private let put: SQLiteStatement
    private let find: SQLiteStatement

    /// Makes an empty table in a file of the temporary folder.
    package init() throws {
        path = NSTemporaryDirectory() + "dovira-\(ProcessInfo.processInfo.globallyUniqueString).scratch"
        connection = try SQLiteConnection(path: path, folder: path, use: .scratch)
        try connection.run("CREATE TABLE scratch (name TEXT, key BLOB, number INTEGER, at INTEGER, value BLOB, PRIMARY KEY (name, key)) WITHOUT ROWID")
        try connection.run("BEGIN")
        put = try SQLiteStatement(
            """
            INSERT INTO scratch VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (name, key) DO UPDATE SET number = excluded.number, at = excluded.at, value = excluded.value
            """, on: connection)
        find = try SQLiteStatement("SELECT number, at, value FROM scratch WHERE name = $1 AND key = $2", on: connection)
    }

    deinit { close() }

    /// Removes the file. Doing it again does nothing.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        put.finalize()
        find.finalize()
        connection.close()
        for end in ["", "-journal", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
    }

    private var isClosed = false

    package func put(_ note: Note, _ name: String, _ key: [UInt8]) throws {
        try put.bind([.text(name), .blob(key), .integer(note.number), .integer(note.at), .blob(note.value)])
        try connection.step(put)
    }

    package func note(_ name: String, _ key: [UInt8]) throws -> Note? {
        try find.bind([.text(name), .blob(key)])
        defer { sqlite3_reset(find.handle) }
        guard sqlite3_step(find.handle) == SQLITE_ROW else { return nil }
        return try Note(find.row())
    }

    /// How many keys of a name have a row.
    package func count(_ name: String) throws -> Int {
        try connection.rows("SELECT count(*) FROM scratch WHERE name = $1 AND length(value) > 0", [.text(name)])[0].int(0)
    }

    /// The names that have notes.
    package func names() throws -> [String] {
        try connection.rows("SELECT DISTINCT name FROM scratch ORDER BY name").map { try $0.text(0) }
    }

    /// The keys of a name, those of rows that are gone too, one after another.
    package func keys(_ name: String) throws -> Keys {
        let statement = try SQLiteStatement("SELECT key, number FROM scratch WHERE name = $1 ORDER BY key", on: connection)
        try statement.bind([.text(name)])
        return Keys(statement)
    }

    /// A walk over keys. **Shape** it ends before its table is closed.
    package final class Keys {
        private let statement: SQLiteStatement

        fileprivate init(_ statement: SQLiteStatement) { self.statement = statement }

        deinit { statement.finalize() }

        /// The next key with the number of its newest note; nil at the end.
        package func next() throws -> (key: [UInt8], number: Int64)? {
            guard sqlite3_step(statement.handle) == SQLITE_ROW else { return nil }
            let row = statement.row()
            return (try row.blob(0), Int64(try row.int(1)))
        }
    }

    /// Hands the keys of a name that have a row to `body`, sorted, until it returns false.
    package func each(_ name: String, _ body: (_ key: [UInt8], _ note: Note) throws -> Bool) throws {
        let statement = try SQLiteStatement(
            "SELECT number, at, value, key FROM scratch WHERE name = $1 AND length(value) > 0 ORDER BY key", on: connection)
        defer { statement.finalize() }
        try statement.bind([.text(name)])
        while sqlite3_step(statement.handle) == SQLITE_ROW {
            let row = statement.row()
            guard try body(row.blob(3), Note(row)) else { return }
        }
    }
}

extension ScratchTable.Note {
    fileprivate init(_ row: Row) throws {
        self.init(number: Int64(try row.int(0)), at: Int64(try row.int(1)), value: try row.blob(2))
    }
}
