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
    /// Whether a statement met bytes in the file that cannot be right.
    private(set) var isDamaged = false
    /// After this no statement begins; it moves once, so that what was refused can still be put on record.
    private var deadline: ContinuousClock.Instant?
    private let holdMillisecondsMax: Int?
    private static let recordingGrace = Duration.seconds(1)
    /// Called when a table was made or declared public.
    private let schemaDidChange: () -> Void
    /// For each open savepoint, how many changes came before it.
    private var savepointMarks: [Int] = []

    init(connection: SQLiteConnection, task: Housekeeping?, holdMillisecondsMax: Int? = nil, schemaDidChange: @escaping () -> Void) {
        self.connection = connection
        self.allowedTables = task.flatMap { $0 == .migrations ? nil : Set($0.tables) }
        self.mayMigrate = task == .migrations
        self.holdMillisecondsMax = holdMillisecondsMax
        // Making an index over all rows of a register takes what it takes.
        self.deadline = task == .migrations ? nil : holdMillisecondsMax.map { .now + .milliseconds($0) }
        self.schemaDidChange = schemaDidChange
        connection.changes.removeAll(keepingCapacity: connection.changes.count < Self.changesKept)
        // What migrations write (a new column of a million rows) is nobody's deed.
        connection.notesChanges = task != .migrations
    }

    /// Room for changes that is kept from one use case to the next.
    private static let changesKept = 16_384

    /// From here on the lent transaction throws.
    func finish() { isEnded = true }

    // MARK: Statements

    /// Throws unless the transaction still stands, then finds the statement and marks it as being stepped.
    func begin(_ sql: String) throws -> SQLiteStatement {
        try check()
        try checkTime()
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
        try checkTime()
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
        try checkGate(statement)
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
        try checkGate(statement)
        try statement.bind(values)
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW:
                try body(statement.row())
                try check()
                try checkTime()
            case SQLITE_DONE: return
            case let code: throw failure(code, statement)
            }
        }
    }

    // MARK: Savepoints

    // All have one name: SQLite means the innermost.
    func openSavepoint() throws {
        try step(connection.own("SAVEPOINT dovira"))
        savepointMarks.append(connection.changes.count)
    }

    func releaseSavepoint() throws {
        try step(connection.own("RELEASE dovira"))
        _ = savepointMarks.popLast()
    }

    /// Undoes the work since the savepoint and removes it.
    func undoSavepoint() throws {
        try step(connection.own("ROLLBACK TO dovira"))
        if let mark = savepointMarks.last { connection.changes.removeLast(max(0, connection.changes.count - mark)) }
        try releaseSavepoint()
    }

    private func step(_ statement: SQLiteStatement) throws {
        try check()
        let code = sqlite3_step(statement.handle)
        guard code == SQLITE_DONE else { throw failure(code, statement) }
        sqlite3_reset(statement.handle)
    }

    // MARK: Rows that are to be proved

    /// Tables whose rows are read as ``ungated`` alone lets them be.
    var isGated: (@Sendable (_ table: String) -> Bool)?
    private var isUngated = false

    /// Lends `body` the reading of gated tables.
    func ungated<T>(_ body: () throws -> T) rethrows -> T {
        let before = isUngated
        isUngated = true
        defer { isUngated = before }
        return try body()
    }

    private func checkGate(_ statement: SQLiteStatement) throws {
        guard !isUngated, let isGated, statement.isReading else { return }
        let gated = statement.gated ?? statement.tables.contains(where: isGated)
        statement.gated = gated
        guard gated else { return }
        throw StatementForbidden(
            sql: statement.sql, reason: "what these rows say is acted on: read them through the grant, which holds them to the log, or list them")
    }

    /// Which other writing the connection has noticed.
    var ground: StoreGround { connection.ground }

    /// Whether the row of a table was inserted since the transaction was lent.
    func hasInserted(_ table: String, _ place: Int64) -> Bool {
        connection.changes.contains { $0.kind == .inserted && $0.place == place && connection.changedTables[$0.table] == table }
    }

    func hasChanged(_ table: String) -> Bool {
        connection.changes.contains { connection.changedTables[$0.table] == table }
    }

    // MARK: Changed rows, and rows as bytes

    /// What was changed since the transaction was lent and not undone, each row once: tables in the order of their first change, rows in
    /// the order of their numbers.
    func changedRows() -> [ChangedRows] {
        if connection.changes.isEmpty { return [] }
        var tables: [Int] = []
        var rows: [Int: [Int64: RowChange.Kind]] = [:]
        for change in connection.changes {
            if rows[change.table] == nil { tables.append(change.table) }
            let before = rows[change.table]?[change.place]
            // Inserted and then changed is inserted still.
            rows[change.table, default: [:]][change.place] = before == .inserted && change.kind == .changed ? .inserted : change.kind
        }
        return tables.map { table in
            let all = (rows[table] ?? [:]).sorted { $0.key < $1.key }
            return ChangedRows(
                table: connection.changedTables[table], places: all.filter { $0.value != .deleted }.map(\.key),
                amended: Set(all.lazy.filter { $0.value == .changed }.map(\.key)),
                deleted: all.count { $0.value == .deleted }, areNew: all.allSatisfy { $0.value == .inserted })
        }
    }

    /// Hands the canonical bytes of rows to `body`.
    func eachEncoded(_ sql: String, _ values: [SQLValue], keyColumns: Int, _ body: (_ key: [UInt8], _ row: [UInt8]) throws -> Void) throws {
        let statement = try begin(sql)
        defer { end(statement) }
        try statement.bind(values)
        let names = statement.columns.bytes
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW:
                let (key, row) = statement.encodedRow(names, keyColumns: keyColumns)
                try body(key, row)
                try check()
            case SQLITE_DONE: return
            case let code: throw failure(code, statement)
            }
        }
    }

    /// The text that reads a table's rows for ``eachEncoded(_:_:keyColumns:_:)``; composed once, for every change asks with it.
    func encodedText(_ part: EncodedPart, of table: String, key: [String], columns: [String]) -> String {
        if let known = connection.encodedTexts[table]?[part], known.key == key, known.columns == columns { return known.text }
        let text = "SELECT \((key + columns).joined(separator: ", ")) FROM \(table) \(part.clause(key))"
        connection.encodedTexts[table, default: [:]][part] = EncodedText(key: key, columns: columns, text: text)
        return text
    }

    /// The names of a table's columns.
    func columns(of table: String) throws -> [String] {
        guard SQLiteSchema.isName(table) else { throw StatementForbidden(sql: table, reason: "it is no table's name") }
        let statement = try begin("SELECT * FROM \(table)")
        defer { end(statement) }
        return statement.columns.names
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

    /// Holds a use case to its time at the writer, between statements: an interrupt would end the whole batch. // Storage-4
    private func checkTime() throws {
        guard let end = deadline, let limit = holdMillisecondsMax, ContinuousClock.now > end else { return }
        deadline = .now + Self.recordingGrace
        throw HeldTooLong(limitMilliseconds: limit)
    }

    private func lose(_ detail: String) -> TransactionLost {
        let loss = TransactionLost(detail: detail)
        self.loss = loss
        return loss
    }

    private func failure(_ code: Int32, _ statement: SQLiteStatement) -> any Error {
        let failure = connection.failure(code, statement.sql)
        sqlite3_reset(statement.handle)
        if code & 0xFF == SQLITE_CORRUPT || code & 0xFF == SQLITE_NOTADB { isDamaged = true }
        // Only after the reset has SQLite ended what it ends by itself.
        if !connection.isInTransaction {
            isDiskFailing = code & 0xFF == SQLITE_IOERR
            return lose((failure as? StatementFailure).map { "\($0.message) (code \($0.code))" } ?? "\(failure)")
        }
        return failure
    }
}

/// Which of a table's rows are read as bytes.
enum EncodedPart {
    case all, places, one

    func clause(_ key: [String]) -> String {
        switch self {
        case .all: "ORDER BY \(key.joined(separator: ", "))"
        case .places: "WHERE rowid >= $1 AND rowid <= $2 ORDER BY rowid"
        case .one: "WHERE \(key.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: " AND "))"
        }
    }
}

struct EncodedText {
    let key: [String]
    let columns: [String]
    let text: String
}
