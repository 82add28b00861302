internal import GRDBSQLite
internal import Synchronization

/// The connections of the public view, each on a thread of its own.
final class ReaderPool: Sendable {
    private struct Work: Sendable {
        let query: PublicQuery
        let values: [SQLValue]
        let done: @Sendable (Result<[Row], any Error>) -> Void
    }

    private let line: WaitingLine<Work>
    private let publicTables: Mutex<Set<String>>
    private let rowsMax: Int

    /// Opens the connections; the writer has made the database by then.
    init(path: String, folder: String, publicTables: Set<String>, limits: StorageLimits, running: RunningThreads) throws {
        self.line = WaitingLine(lengthMax: limits.readerQueueMax)
        self.publicTables = Mutex(publicTables)
        self.rowsMax = limits.publicRowsMax
        var connections: [SQLiteConnection] = []
        for _ in 0..<max(1, limits.readers) {
            connections.append(try SQLiteConnection(path: path, folder: folder, use: .reader))
        }
        for connection in connections {
            // The connection belongs to the thread from here on.
            nonisolated(unsafe) let connection = connection
            running.began()
            do {
                try StoreThread.start("dovira-reader", folder: folder) { [self] in
                    serve(connection)
                    connection.close()
                    running.ended()
                }
            } catch {
                // Those that have begun end with the line.
                running.ended()
                line.close()
                throw error
            }
        }
    }

    /// The tables that queries may read from now on.
    func declare(publicTables tables: Set<String>) { publicTables.withLock { $0 = tables } }

    func query(_ query: PublicQuery, _ values: [SQLValue]) async throws -> [Row] {
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<[Row], any Error>) in
            switch line.put(Work(query: query, values: values, done: { continuation.resume(with: $0) })) {
            case .taken: break
            case .full: continuation.resume(throwing: StorageUnavailable(.busy))
            case .closed: continuation.resume(throwing: StorageUnavailable(.closed))
            }
        }
    }

    /// Refuses new work; the threads answer what is waiting, close their connections and end.
    func stop() { line.close() }

    private func serve(_ connection: SQLiteConnection) {
        while let work = line.take(upTo: 1) {
            for work in work { work.done(Result { try answer(work, on: connection) }) }
        }
    }

    private func answer(_ work: Work, on connection: SQLiteConnection) throws -> [Row] {
        let query = work.query
        let statement = try connection.statement(query.sql)
        defer { connection.giveBack(statement) }
        let undeclared = statement.tables.subtracting(query.tables)
        guard undeclared.isEmpty else {
            throw StatementForbidden(
                sql: query.sql,
                reason:
                    "public query \(query.name) reads \(undeclared.sorted().joined(separator: ", ")), which it does not name"
            )
        }
        let personal = publicTables.withLock { statement.tables.subtracting($0) }
        guard personal.isEmpty else {
            throw StatementForbidden(
                sql: query.sql,
                reason:
                    "public query \(query.name) reads \(personal.sorted().joined(separator: ", ")), not declared public"
            )
        }
        statement.isInUse = true
        try statement.bind(work.values)
        var rows: [Row] = []
        while true {
            switch sqlite3_step(statement.handle) {
            case SQLITE_ROW:
                guard rows.count < rowsMax else {
                    throw StatementForbidden(sql: query.sql, reason: "more than \(rowsMax) rows: ask for pages")
                }
                rows.append(statement.row())
            case SQLITE_DONE: return rows
            case let code: throw connection.failure(code, query.sql)
            }
        }
    }
}
