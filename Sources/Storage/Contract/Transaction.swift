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
