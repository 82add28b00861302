internal import GRDBSQLite

/// Looks for damage in the pages of the database: bytes that flipped, pages that were cut, indexes that miss a row.
enum Scrub {
    /// What is named of one table at most.
    static let faultsMax = 10

    /// Reads every table and index; returns what is wrong, in SQLite's words.
    ///
    /// **Throws** `StoreRefusesToStart` where the database cannot be opened.
    static func run(path: String, folder: String) throws -> [String] {
        let connection = try SQLiteConnection(path: path, folder: folder, use: .reader)
        defer { connection.close() }
        var faults: [String] = []
        do {
            let tables = try connection.rows("SELECT name FROM sqlite_schema WHERE type = 'table'").map { try $0.text(0) }
            for table in tables {
                // A name that the program made: letters, digits and _.
                for row in try connection.rows("PRAGMA integrity_check('\(table)')") {
                    let text = try row.text(0)
                    if text != "ok", faults.count < faultsMax { faults.append("\(table): \(text)") }
                }
            }
        } catch let failure as StatementFailure where failure.code & 0xFF == SQLITE_CORRUPT || failure.code & 0xFF == SQLITE_NOTADB {
            faults.append(failure.message)
        }
        return faults
    }
}
