package import Kernel

/// A transaction, lent to a use case. It cannot be stored, returned, or carried over an `await`; it knows when it has ended.
///
/// **Shape** SQL in the dialect that SQLite and PostgreSQL share; one statement a call; parameters `$1…$n`, each used at
/// least once, bound by that number. Prepared statements are kept per text, so a text should be a constant.
/// **Throws** every call may throw `StatementFailure`, `StatementForbidden`, `TransactionLost` and `TransactionEnded`.
package struct Transaction: ~Copyable {
    let session: SQLiteSession

    init(session: SQLiteSession) { self.session = session }

    /// All rows of an answer (also of `INSERT … RETURNING`).
    package borrowing func query(_ sql: String, _ values: [SQLValue] = []) throws -> [Row] {
        try session.query(sql, values)
    }

    /// The first row of an answer, if there is one; the rest is not computed.
    package borrowing func first(_ sql: String, _ values: [SQLValue] = []) throws -> Row? {
        try session.first(sql, values)
    }

    /// Runs a statement and returns the number of rows that it inserted, changed or deleted.
    @discardableResult
    package borrowing func execute(_ sql: String, _ values: [SQLValue] = []) throws -> Int {
        try session.execute(sql, values)
    }

    /// Inserts one row into a table with a serial key and returns the key, as `RETURNING` it would. SQLite makes a table of its own
    /// for what a statement returns, which costs as much as the insert.
    package borrowing func insert(_ sql: String, _ values: [SQLValue] = []) throws -> Int64 {
        try session.insert(sql, values)
    }

    /// Runs one statement for many rows of parameters, which looks the plan up once, and returns the number of changed rows.
    @discardableResult
    package borrowing func executeEach(_ sql: String, _ rows: some Sequence<[SQLValue]>) throws -> Int {
        let statement = try session.begin(sql)
        defer { session.end(statement) }
        var changed = 0
        for values in rows { changed += try session.run(statement, values) }
        return changed
    }

    /// Hands each row to `body` as it is found, keeping none.
    package borrowing func each(_ sql: String, _ values: [SQLValue] = [], _ body: (Row) throws -> Void) throws {
        try session.each(sql, values, body)
    }

    /// From here on rows of the tables that `isGated` names are not read by `query`, `first` and `each`: a room that acts on what they say reads
    /// them through its grant, which holds each to the log, and one that lists them says so.
    package borrowing func gate(_ isGated: @escaping @Sendable (_ table: String) -> Bool) { session.isGated = isGated }

    /// Rows of any table, held to nothing: for lines of a list, counts, and what a later reading proves. Nothing is decided on them.
    package borrowing func list(_ sql: String, _ values: [SQLValue] = []) throws -> [Row] {
        let session = session
        return try session.ungated { try session.query(sql, values) }
    }

    /// Hands each row of a list to `body` as it is found, keeping none.
    package borrowing func listEach(_ sql: String, _ values: [SQLValue] = [], _ body: (Row) throws -> Void) throws {
        let session = session
        try session.ungated { try session.each(sql, values, body) }
    }

    /// The first row of a list.
    package borrowing func listFirst(_ sql: String, _ values: [SQLValue] = []) throws -> Row? {
        let session = session
        return try session.ungated { try session.first(sql, values) }
    }

    /// Whether another program has written to the database: see ``StoreGround``.
    package var ground: StoreGround { session.ground }

    /// Whether the transaction has inserted, changed or deleted rows of a table.
    package borrowing func hasChanged(_ table: String) -> Bool { session.hasChanged(table) }

    /// Whether the transaction has itself inserted the row of a table, by its number there.
    package borrowing func hasInserted(_ table: String, _ place: Int64) -> Bool { session.hasInserted(table, place) }

    /// The rows that were inserted, changed or deleted since the transaction was lent and not undone again. The store notes them by
    /// itself, whoever wrote the statement. (Rows of clustered tables are not noted.)
    package borrowing func changedRows() -> [ChangedRows] { session.changedRows() }

    /// Hands the canonical bytes of a table's rows to `body`: their key and their other columns with their names, nulls left out.
    ///
    /// **Shape** `places` are row numbers as ``changedRows()`` gives them; without them all rows, in the order of their keys.
    package borrowing func eachEncoded(
        of table: String, key: [String], columns: [String], places: ClosedRange<Int64>? = nil,
        _ body: (_ key: [UInt8], _ row: [UInt8]) throws -> Void
    ) throws {
        let sql = session.encodedText(places == nil ? .all : .places, of: table, key: key, columns: columns)
        let values: [SQLValue] = places.map { [.integer($0.lowerBound), .integer($0.upperBound)] } ?? []
        try session.eachEncoded(sql, values, keyColumns: key.count, body)
    }

    /// Hands the canonical bytes of the row of a key to `body`, where there is one.
    package borrowing func encoded(
        of table: String, key: [String], columns: [String], at values: [SQLValue], _ body: (_ key: [UInt8], _ row: [UInt8]) throws -> Void
    ) throws {
        try session.eachEncoded(session.encodedText(.one, of: table, key: key, columns: columns), values, keyColumns: key.count, body)
    }

    /// The names of all tables, the store's own too.
    package borrowing func tables() throws -> [String] {
        try session.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", []).map { try $0.text(0) }
            .filter { !$0.hasPrefix("sqlite_") }
    }

    /// Says so where one of the columns holds a value that is larger than the program writes; none is read.
    package borrowing func oversized(_ table: String, columns: [String]) throws -> String? {
        guard !columns.isEmpty else { return nil }
        let isLarge = columns.map { "length(\($0)) > \(SQLiteConnection.valueBytesMax)" }.joined(separator: " OR ")
        do { return try session.first("SELECT 1 FROM \(table) WHERE \(isLarge)", []) == nil ? nil : StatementFailure.oversize } catch let failure as StatementFailure
        where failure.isOversize { return failure.message }
    }

    /// The names of a table's columns.
    package borrowing func columns(of table: String) throws -> [String] { try session.columns(of: table) }

    /// Runs `body` in a savepoint. A `Refusal` undoes its work and is handed back; any other error undoes it too and
    /// passes on.
    package borrowing func attempt<T>(_ body: () throws -> T) throws -> Result<T, Refusal> {
        try session.openSavepoint()
        do {
            let value = try body()
            try session.releaseSavepoint()
            return .success(value)
        } catch let refusal as Refusal {
            try session.undoSavepoint()
            return .failure(refusal)
        } catch {
            try session.undoSavepoint()
            throw error
        }
    }

    /// Runs `body` in a savepoint. Any error undoes its work and is handed back, save those that ended the transaction.
    package borrowing func attemptAny<T>(_ body: () throws -> T) throws -> Result<T, any Error> {
        try session.openSavepoint()
        do {
            let value = try body()
            try session.releaseSavepoint()
            return .success(value)
        } catch let lost as TransactionLost {
            throw lost
        } catch let ended as TransactionEnded {
            throw ended
        } catch {
            try session.undoSavepoint()
            return .failure(error)
        }
    }

    /// Runs `body`, whose statements may only read: there is nothing to undo, so it costs no savepoint. Any error is handed back,
    /// save those that ended the transaction; `StatementForbidden` where a statement would change anything.
    package borrowing func attemptReading<T>(_ body: () throws -> T) throws -> Result<T, any Error> {
        session.readsOnly = true
        defer { session.readsOnly = false }
        do {
            return .success(try body())
        } catch let lost as TransactionLost {
            throw lost
        } catch let ended as TransactionEnded {
            throw ended
        } catch {
            return .failure(error)
        }
    }

    /// Makes or alters a table while the store runs (a register that was added). Only inside `maintain(.migrations)`,
    /// where `execute` takes `CREATE`, `ALTER` and `DROP` too.
    ///
    /// **Throws** `StatementForbidden` elsewhere.
    package borrowing func apply(_ step: Migration.Step, room: String) throws {
        try session.apply(step, room: room)
    }
}
