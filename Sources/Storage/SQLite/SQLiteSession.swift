internal import GRDBSQLite
internal import Glibc

/// What stands behind a lent `Transaction`: a connection inside its transaction, for as long as it is lent.
///
/// Only the thread that made it uses it; a `Transaction` that leaked elsewhere is turned away.
final class SQLiteSession {
    private let connection: SQLiteConnection
    private let thread = pthread_self()
    /// The only tables that statements may touch, if they are limited.
    private let allowedTables: Set<String>?
    private let mayMigrate: Bool
    private var isEnded = false
    /// Refuses statements that change anything.
    var readsOnly = false
    /// Set once the database ended the transaction by itself. // Storage-2
    private(set) var loss: TransactionLost?
    /// Whether the loss came from the disk itself and not from its being full.
    private(set) var isDiskFailing = false
    /// Called when a table was made or declared public.
    private let schemaDidChange: () -> Void

    init(connection: SQLiteConnection, task: Housekeeping?, schemaDidChange: @escaping () -> Void) {
        self.connection = connection
        self.allowedTables = task.flatMap { $0 == .migrations ? nil : Set($0.tables) }
        self.mayMigrate = task == .migrations
        self.schemaDidChange = schemaDidChange
    }

    /// From here on the lent transaction throws.
    func finish() { isEnded = true }

    // MARK: Statements

    /// Throws unless the transaction still stands, then finds the statement and marks it as being stepped.
    func begin(_ sql: String) throws -> SQLiteStatement {
        try check()
        let statement = try connection.statement(sql)
        if let allowedTables, !statement.tables.isSubset(of: allowedTables) {
            let foreign = statement.tables.subtracting(allowedTables).sorted().joined(separator: ", ")
            connection.giveBack(statement)
            throw StatementForbidden(sql: sql, reason: "this upkeep may not touch \(foreign)")
        }
        if statement.changesSchema, let reason = schemaFault(sql) {
            connection.giveBack(statement)
            throw StatementForbidden(sql: sql, reason: reason)
        }
        if readsOnly, !statement.isReading {
            connection.giveBack(statement)
            throw StatementForbidden(sql: sql, reason: "a use case that is marked as reading changes nothing: mark it .changes")
        }
        statement.isInUse = true
        return statement
    }

    private func schemaFault(_ sql: String) -> String? {
        if !mayMigrate { return "tables are made and altered inside maintain(.migrations)" }
        return sql.containsDeferredConstraint ? "constraints are not deferred" : nil
    }

    func end(_ statement: SQLiteStatement) { connection.giveBack(statement) }

    /// Binds, steps to the end and returns the number of changed rows.
    func run(_ statement: SQLiteStatement, _ values: [SQLValue]) throws -> Int {
        try check()
        try statement.bind(values)
        var code = sqlite3_step(statement.handle)
        while code == SQLITE_ROW { code = sqlite3_step(statement.handle) }
        guard code == SQLITE_DONE else { throw failure(code, statement) }
        sqlite3_reset(statement.handle)
        return statement.isReading || statement.changesSchema
            ? 0 : Int(sqlite3_changes(connection.handle))
    }

    func execute(_ sql: String, _ values: [SQLValue]) throws -> Int {
        let statement = try begin(sql)
        defer { end(statement) }
        return try run(statement, values)
    }

    /// The key of the row that was inserted.
    func insert(_ sql: String, _ values: [SQLValue]) throws -> Int64 {
        guard try execute(sql, values) == 1 else {
            throw StatementForbidden(sql: sql, reason: "insert adds one row, and this added none or several")
        }
        return sqlite3_last_insert_rowid(connection.handle)
    }

    func query(_ sql: String, _ values: [SQLValue]) throws -> [Row] {
        var rows: [Row] = []
        try each(sql, values) { rows.append($0) }
        return rows
    }

    func first(_ sql: String, _ values: [SQLValue]) throws -> Row? {
        let statement = try begin(sql)
        defer { end(statement) }
        try statement.bind(values)
        switch sqlite3_step(statement.handle) {
        case SQLITE_ROW: return statement.row()
        case SQLITE_DONE: return nil
        case let code: throw failure(code, statement)
        }
    }

    func each(_ sql: String, _ values: [SQLValue], _ body: (Row) throws -> Void) throws {
        let statement = try begin(sql)
        defer { end(statement) }
        try statement.bind(values)
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW:
                try body(statement.row())
                try check()
            case SQLITE_DONE: return
            case let code: throw failure(code, statement)
            }
        }
    }

    // MARK: Savepoints

    // All have one name: SQLite means the innermost.
    func openSavepoint() throws { try step(connection.own("SAVEPOINT dovira")) }
    func releaseSavepoint() throws { try step(connection.own("RELEASE dovira")) }

    /// Undoes the work since the savepoint and removes it.
    func undoSavepoint() throws {
        try step(connection.own("ROLLBACK TO dovira"))
        try releaseSavepoint()
    }

    private func step(_ statement: SQLiteStatement) throws {
        try check()
        let code = sqlite3_step(statement.handle)
        guard code == SQLITE_DONE else { throw failure(code, statement) }
        sqlite3_reset(statement.handle)
    }

    // MARK: Schema

    /// Applies one step of a schema. Only inside `maintain(.migrations)`.
    func apply(_ step: Migration.Step, room: String) throws {
        try check()
        guard mayMigrate else {
            throw StatementForbidden(sql: "\(step)", reason: "tables are made inside maintain(.migrations)")
        }
        connection.forgetStatements()
        try SQLiteSchema.apply(step, room: room, on: connection)
        schemaDidChange()
    }

    // MARK: Checks

    /// Before each statement. // Storage-2
    private func check() throws {
        if isEnded || pthread_equal(thread, pthread_self()) == 0 { throw TransactionEnded() }
        if let loss { throw loss }
        if !connection.isInTransaction { throw lose("the database ended the transaction") }
    }

    private func lose(_ detail: String) -> TransactionLost {
        let loss = TransactionLost(detail: detail)
        self.loss = loss
        return loss
    }

    private func failure(_ code: Int32, _ statement: SQLiteStatement) -> any Error {
        let failure = connection.failure(code, statement.sql)
        sqlite3_reset(statement.handle)
        // Only after the reset has SQLite ended what it ends by itself.
        if !connection.isInTransaction {
            isDiskFailing = code & 0xFF == SQLITE_IOERR
            return lose((failure as? StatementFailure).map { "\($0.message) (code \($0.code))" } ?? "\(failure)")
        }
        return failure
    }
}
