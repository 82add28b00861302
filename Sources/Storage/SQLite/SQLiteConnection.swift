internal import Foundation
internal import GRDB
internal import GRDBSQLite

/// One connection, used by one thread at a time. GRDB opens and closes it; statements are stepped here, without a row's
/// detour.
final class SQLiteConnection {
    /// `scratch` is a file of one process that needs not outlive it.
    enum Use { case writer, reader, scratch }

    let handle: OpaquePointer
    /// What `PRAGMA synchronous` read back on a writer.
    private(set) var synchronous = SQLValue.null
    private let queue: DatabaseQueue
    private var statements: [String: SQLiteStatement] = [:]
    /// Texts that read the rows of sealed tables as bytes.
    var encodedTexts: [String: [EncodedPart: EncodedText]] = [:]
    private var ownStatements: [String: SQLiteStatement] = [:]
    /// Frames in the write-ahead log after the last commit, and of those the ones already copied into the database file.
    private var logFrames = 0 { didSet { if logFrames < copiedFrames { copiedFrames = 0 } } }
    private var copiedFrames = 0
    /// Frames that a checkpoint would copy.
    var uncopiedFrames: Int { logFrames - copiedFrames }
    /// What the connection knows of other programs' writing.
    private(set) var ground = StoreGround()
    private var dataVersion: Int64?
    /// The statement that is being prepared; empty while SQLite prepares one anew by itself.
    var preparing = ""
    /// What the authorizer saw while a statement was prepared: that it makes or alters tables.
    var changesSchema = false
    /// What the authorizer saw while a statement was prepared.
    var touched: Set<String> = []
    /// The rows that statements inserted, changed or deleted, in their order, while `notesChanges` is set.
    var changes: [RowChange] = []
    var notesChanges = false
    /// Table names that `changes` point to; there are a few dozen.
    private(set) var changedTables: [String] = []

    /// Prepared statements kept at most; past it all are dropped, since something then writes values into its SQL.
    static let statementsMax = 1_000
    /// Memory for pages, kilobytes.
    static let writerCacheKilobytes = 65_536
    static let readerCacheKilobytes = 4_096
    /// Memory in which an index is sorted before its parts go to the disk, kilobytes.
    static let sortingKilobytes = 16_384
    /// Bytes that a value, and a row, may have. The largest that the program writes is a paper of 5 MB; a larger one was put in past the program,
    /// and is refused before it is read into memory.
    static let valueBytesMax: Int32 = 16_777_216

    /// Opens the database.
    ///
    /// **Throws** `StoreRefusesToStart`, where `synchronous` does not read back as 2 too. // Storage-1
    init(path: String, folder: String, use: Use, pagesMax: Int? = nil) throws {
        var configuration = Configuration()
        configuration.readonly = use == .reader
        configuration.busyMode = .timeout(2)
        configuration.acceptsDoubleQuotedStringLiterals = false
        configuration.foreignKeysEnabled = true
        do {
            queue = try Self.queue(path, configuration, use)
        } catch {
            throw StoreRefusesToStart(folder: folder, reason: .cannotOpen(Self.words(error)))
        }
        handle = queue.unsafeReentrantWrite { $0.sqliteConnection! }
        // GRDB's hooks and its authorizer expect every statement to pass through GRDB.
        sqlite3_commit_hook(handle, nil, nil)
        sqlite3_rollback_hook(handle, nil, nil)
        sqlite3_update_hook(handle, nil, nil)
        sqlite3_set_authorizer(handle, nil, nil)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.valueBytesMax)
        do {
            switch use {
            case .writer:
                guard try pragma("journal_mode = WAL") == .text("wal") else {
                    throw StoreRefusesToStart(
                        folder: folder, reason: .cannotOpen("its file system does not take a write-ahead log"))
                }
                // After GRDB has opened the connection: its own set-up would put NORMAL back. // Storage-1
                try pragma("synchronous = FULL")
                // A checkpoint that fails inside a COMMIT would make a done commit look failed: they are made apart.
                try pragma("wal_autocheckpoint = 0")
                try pragma("cache_size = -\(Self.writerCacheKilobytes)")
                if let pagesMax { try pragma("max_page_count = \(pagesMax)") }
            case .reader:
                try pragma("query_only = 1")
                try pragma("cache_size = -\(Self.readerCacheKilobytes)")
            // The file is open for reading only: this connection makes no checkpoint, not even when it closes. // Storage-4
            case .scratch:
                try pragma("journal_mode = OFF")
                try pragma("synchronous = OFF")
                try pragma("cache_size = -\(Self.sortingKilobytes)")
            }
            try pragma("temp_store = MEMORY")
            try pragma("trusted_schema = OFF")
            try pragma("cell_size_check = ON")
            if use == .writer {
                synchronous = try pragma("synchronous")
                try Durability.check(synchronous: synchronous, folder: folder)
            }
        } catch let refusal as StoreRefusesToStart {
            try? queue.close()
            throw refusal
        } catch {
            try? queue.close()
            throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(error)"))
        }
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_set_authorizer(handle, Self.note, context)
        if use == .writer {
            sqlite3_wal_hook(handle, Self.count, context)
            sqlite3_update_hook(handle, Self.noteChange, context)
        }
    }

    /// Opens the file; for reading also where nothing can be written beside it (a read-only mount, a full disk), if it was closed in order.
    private static func queue(_ path: String, _ configuration: Configuration, _ use: Use) throws -> DatabaseQueue {
        do { return try DatabaseQueue(path: path, configuration: configuration) } catch {
            var status = stat()
            let hasLog = stat(path + "-wal", &status) == 0 && status.st_size > 0
            if use == .reader, hasLog, stat(path + "-shm", &status) != 0, access(path, R_OK) == 0 {
                throw UnreadableLog(path: path)
            }
            guard use == .reader, !hasLog,
                let whole = realpath(path, nil).map({ pointer -> String in
                    defer { free(pointer) }
                    return String(cString: pointer)
                }),
                let escaped = whole.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
            else { throw error }
            // Whoever could change it would have made the log that is not there.
            return try DatabaseQueue(path: "file:\(escaped)?immutable=1", configuration: configuration)
        }
    }

    /// The newest writes lie in the write-ahead log, and what is needed to read it cannot be made where nothing can be written.
    private struct UnreadableLog: Error {
        let path: String
    }

    private static func words(_ error: any Error) -> String {
        if let log = error as? UnreadableLog {
            return "its newest writes are in \(log.path)-wal, since it was not closed in order, and reading that needs a file beside it, which cannot be made here "
                + "(a read-only file system, no right to write): copy the whole folder to where you may write and name the copy"
        }
        guard let failure = error as? DatabaseError else { return "\(error)" }
        return "\(failure.message ?? "the database gives no reason") (code \(failure.extendedResultCode.rawValue))"
    }

    deinit { close() }

    /// Finalizes what was prepared and closes the connection. Doing it again does nothing.
    func close() {
        guard isOpen else { return }
        isOpen = false
        forgetStatements()
        for statement in ownStatements.values { statement.finalize() }
        ownStatements = [:]
        sqlite3_set_authorizer(handle, nil, nil)
        sqlite3_wal_hook(handle, nil, nil)
        sqlite3_update_hook(handle, nil, nil)
        try? queue.close()
    }

    private var isOpen = true

    /// Whether making an index spills to the disk: flat memory, however many rows. Set between transactions only.
    ///
    /// Elsewhere what is put aside stays in memory, since a savepoint of each use case puts pages aside.
    var sortsOnDisk = false {
        didSet {
            guard sortsOnDisk != oldValue else { return }
            // Where it fails, the sorting takes memory and nothing else.
            _ = try? pragma("temp_store = \(sortsOnDisk ? "FILE" : "MEMORY")")
            _ = try? pragma("cache_size = -\(sortsOnDisk ? Self.sortingKilobytes : Self.writerCacheKilobytes)")
        }
    }

    // MARK: Statements

    /// Makes the authorizer refuse what only the store itself may run.
    private var isGuarded = false

    /// The kept statement of a text, or a second one while the kept one is being stepped.
    func statement(_ sql: String) throws -> SQLiteStatement {
        if let kept = statements[sql], !kept.isInUse { return kept }
        if sql.containsRollbackClause {
            throw StatementForbidden(sql: sql, reason: "a conflict must not end the transaction: no ROLLBACK clause")
        }
        isGuarded = true
        defer { isGuarded = false }
        let statement = try SQLiteStatement(sql, on: self)
        if statements[sql] == nil {
            if statements.count >= Self.statementsMax { forgetStatements() }
            statements[sql] = statement
            statement.isKept = true
        }
        return statement
    }

    /// A statement of the store's own, kept apart and never dropped.
    func own(_ sql: String) throws -> SQLiteStatement {
        if let kept = ownStatements[sql] { return kept }
        let statement = try SQLiteStatement(sql, on: self)
        ownStatements[sql] = statement
        return statement
    }

    /// Gives a statement back; one that is not the kept one is finalized.
    func giveBack(_ statement: SQLiteStatement) {
        sqlite3_reset(statement.handle)
        statement.isInUse = false
        if !statement.isKept { statement.finalize() }
    }

    /// Drops every kept statement; one that is being stepped goes when it is given back.
    func forgetStatements() {
        for statement in statements.values {
            statement.isKept = false
            if !statement.isInUse { statement.finalize() }
        }
        statements.removeAll()
    }

    /// Runs SQL of the store's own that gives nothing back.
    func run(_ sql: String, _ values: [SQLValue] = []) throws {
        let statement = try SQLiteStatement(sql, on: self)
        defer { statement.finalize() }
        try statement.bind(values)
        var code = sqlite3_step(statement.handle)
        while code == SQLITE_ROW { code = sqlite3_step(statement.handle) }
        guard code == SQLITE_DONE else { throw failure(code, sql) }
    }

    /// All rows of SQL of the store's own.
    func rows(_ sql: String, _ values: [SQLValue] = []) throws -> [Row] {
        let statement = try SQLiteStatement(sql, on: self)
        defer { statement.finalize() }
        try statement.bind(values)
        var rows: [Row] = []
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW: rows.append(statement.row())
            case SQLITE_DONE: return rows
            case let code: throw failure(code, sql)
            }
        }
    }

    /// Steps a statement that gives no rows.
    func step(_ statement: SQLiteStatement) throws {
        let code = sqlite3_step(statement.handle)
        guard code == SQLITE_DONE else {
            let failure = failure(code, statement.sql)
            sqlite3_reset(statement.handle)
            throw failure
        }
        sqlite3_reset(statement.handle)
    }

    /// Writes one row durably, to prove that it can.
    func beat(_ milliseconds: Int64) throws {
        try run(
            "INSERT INTO storage_heartbeat (id, at) VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET at = excluded.at",
            [.integer(milliseconds)])
    }

    /// Sets or reads a pragma and returns its first value.
    @discardableResult
    func pragma(_ text: String) throws -> SQLValue { try rows("PRAGMA \(text)").first?[0] ?? .null }

    /// Rows that statements of this connection have inserted, changed or deleted.
    var totalChanges: Int32 { sqlite3_total_changes(handle) }

    /// True while a transaction is open.
    var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    /// Copies the write-ahead log into the database file.
    ///
    /// **Shape** returns the frames in the log and those copied. `isWhole` waits for readers and empties the log.
    @discardableResult
    func checkpoint(isWhole: Bool) throws -> (frames: Int, copied: Int, isBusy: Bool) {
        var frames: Int32 = 0
        var copied: Int32 = 0
        let code = sqlite3_wal_checkpoint_v2(
            handle, "main", isWhole ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE, &frames, &copied)
        guard code == SQLITE_OK || code & 0xFF == SQLITE_BUSY else { throw failure(code, "checkpoint") }
        copiedFrames = Int(copied)
        return (Int(frames), Int(copied), code != SQLITE_OK)
    }

    /// The last failure, in words.
    func failure(_ code: Int32, _ sql: String) -> any Error {
        let message =
            code & 0xFF == SQLITE_TOOBIG ? StatementFailure.oversize : String(cString: sqlite3_errmsg(handle))
        let kind: StatementFailure.Kind
        switch code {
        // SQLITE_CONSTRAINT with its extended part: check 1, foreign key 3, not null 5, primary key 6, unique 8, row id 10.
        case SQLITE_CONSTRAINT | 6 << 8, SQLITE_CONSTRAINT | 8 << 8, SQLITE_CONSTRAINT | 10 << 8: kind = .unique
        case SQLITE_CONSTRAINT | 3 << 8: kind = .foreignKey
        case SQLITE_CONSTRAINT | 5 << 8: kind = .notNull
        case SQLITE_CONSTRAINT | 1 << 8: kind = .check
        default:
            if code & 0xFF == SQLITE_AUTH {
                return StatementForbidden(sql: sql, reason: "the store alone runs such statements")
            }
            kind = code & 0xFF == SQLITE_FULL ? .full : .other
        }
        return StatementFailure(kind: kind, code: code, message: message, sql: sql)
    }

    // MARK: Other writers

    /// Looks, inside a transaction that has begun or at the end, whether another program has committed since the last look.
    func lookForOthers() throws {
        let statement = try own("PRAGMA data_version")
        guard sqlite3_step(statement.handle) == SQLITE_ROW else { throw failure(sqlite3_errcode(handle), statement.sql) }
        let version = sqlite3_column_int64(statement.handle, 0)
        sqlite3_reset(statement.handle)
        defer { dataVersion = version }
        if let dataVersion, dataVersion != version { noteForeignWrite() }
    }

    /// Somebody else may have written.
    func noteForeignWrite() { ground = StoreGround(foreignWrites: ground.foreignWrites + 1, turns: ground.turns + 1) }

    /// What was known of rows counts no more.
    func turnGround() { ground = StoreGround(foreignWrites: ground.foreignWrites, turns: ground.turns + 1) }

    /// Goes on from a connection that has noticed so much.
    func succeed(_ ground: StoreGround) {
        self.ground = ground
        turnGround()
    }

    // MARK: Callbacks

    /// Notes how long the log is after each commit.
    private static let count:
        @convention(c) (UnsafeMutableRawPointer?, OpaquePointer?, UnsafePointer<CChar>?, CInt) -> CInt = {
            context, _, _, frames in
            Unmanaged<SQLiteConnection>.fromOpaque(context!).takeUnretainedValue().logFrames = Int(frames)
            return SQLITE_OK
        }

    /// Notes a changed row. (Tables that are laid out by their key have no such rows; the log's lines are one.)
    private static let noteChange:
        @convention(c) (UnsafeMutableRawPointer?, CInt, UnsafePointer<CChar>?, UnsafePointer<CChar>?, sqlite3_int64) -> Void = {
            context, action, _, table, place in
            let connection = Unmanaged<SQLiteConnection>.fromOpaque(context!).takeUnretainedValue()
            guard connection.notesChanges, let table else { return }
            let kind: RowChange.Kind =
                switch action {
                case SQLITE_INSERT: .inserted
                case SQLITE_DELETE: .deleted
                default: .changed
                }
            connection.changes.append(RowChange(table: connection.number(ofTable: table), place: place, kind: kind))
        }

    /// The table's place in `changedTables`.
    private func number(ofTable name: UnsafePointer<CChar>) -> Int {
        // The last one first: a bulk load changes thousands of rows of one table.
        if let last = changes.last?.table, changedTables[last].utf8.elementsEqual(UnsafeBufferPointer(start: name, count: strlen(name)).lazy.map { UInt8(bitPattern: $0) }) {
            return last
        }
        let text = String(cString: name)
        if let known = changedTables.firstIndex(of: text) { return known }
        changedTables.append(text)
        return changedTables.count - 1
    }

    /// Whether the statement that is being prepared defines a table expression of that name.
    private func defines(_ name: String) -> Bool {
        preparing.utf8.contains("\(name) AS (".utf8) || preparing.utf8.contains("\(name)(".utf8)
    }

    /// Notes the tables of a statement that is being prepared, and refuses what would reach past the lent transaction.
    private static let note:
        @convention(c) (
            UnsafeMutableRawPointer?, CInt, UnsafePointer<CChar>?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
            UnsafePointer<CChar>?
        ) -> CInt = {
            context, action, first, _, _, origin in
            let connection = Unmanaged<SQLiteConnection>.fromOpaque(context!).takeUnretainedValue()
            // What a trigger does, or a view, be it in the place of a table that the statement names: the program has neither, so somebody else put
            // it there. What a statement itself defines (WITH) is told apart by its text.
            if let origin, !connection.defines(String(cString: origin)) { return SQLITE_DENY }
            switch action {
            case SQLITE_READ, SQLITE_INSERT, SQLITE_UPDATE:
                if let first { connection.touched.insert(String(cString: first)) }
                return SQLITE_OK
            case SQLITE_DELETE:
                guard let first else { return SQLITE_OK }
                let table = String(cString: first)
                connection.touched.insert(table)
                // The answer "ignore" lets a deletion proceed row by row, where all rows at once would pass the noting of changes by.
                return connection.isGuarded && !connection.changesSchema && !table.hasPrefix("sqlite_") ? SQLITE_IGNORE : SQLITE_OK
            case SQLITE_SELECT, SQLITE_FUNCTION, SQLITE_RECURSIVE:
                return SQLITE_OK
            case SQLITE_TRANSACTION, SQLITE_SAVEPOINT, SQLITE_PRAGMA, SQLITE_ATTACH, SQLITE_DETACH:
                return connection.isGuarded ? SQLITE_DENY : SQLITE_OK
            default:
                connection.changesSchema = true
                return SQLITE_OK
            }
        }
}

/// One row that a statement changed.
struct RowChange {
    enum Kind { case inserted, changed, deleted }
    /// In the connection's list of table names.
    let table: Int
    /// The row's number in its table.
    let place: Int64
    let kind: Kind
}

extension StatementFailure {
    static let oversize = "a row or a value is larger than \(SQLiteConnection.valueBytesMax >> 20) MB, which the program never writes"

    /// The file's bytes cannot be right.
    var isDamage: Bool { code & 0xFF == SQLITE_CORRUPT || code & 0xFF == SQLITE_NOTADB }

    /// A value was not read because it is larger than the program writes.
    package var isOversize: Bool { code & 0xFF == SQLITE_TOOBIG }
}

/// What the store asks of a connection before it promises anything.
package enum Durability {
    /// The value of `PRAGMA synchronous` that means FULL: each commit waits for the disk.
    package static let full = SQLValue.integer(2)

    /// **Throws** `StoreRefusesToStart.notDurable` unless the value that was read back is FULL. // Storage-1
    package static func check(synchronous: SQLValue, folder: String) throws {
        guard synchronous == full else {
            throw StoreRefusesToStart(folder: folder, reason: .notDurable(synchronous: "\(synchronous)"))
        }
    }
}

extension String {
    /// True where the text says `OR ROLLBACK` or `ON CONFLICT ROLLBACK`, which would end the whole batch. // Storage-4
    var containsRollbackClause: Bool {
        let words = lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return zip(words, words.dropFirst()).contains { ($0 == "or" || $0 == "conflict") && $1 == "rollback" }
    }

    /// True where the text defers a constraint to the commit. // Storage-4
    var containsDeferredConstraint: Bool {
        let words = lowercased().split { !($0.isLetter || $0.isNumber || $0 == "_") }
        return words.contains("deferrable") || words.contains("deferred")
    }
}
