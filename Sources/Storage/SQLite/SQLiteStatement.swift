internal import GRDBSQLite

/// A prepared statement with its parameters' order, computed once.
final class SQLiteStatement {
    let handle: OpaquePointer
    let sql: String
    /// For each place of SQLite's own numbering the place in the values: SQLite numbers `$2, $1` by first occurrence.
    let order: [Int]
    let parameterCount: Int
    let columns: ColumnNames
    /// The tables that it reads or writes.
    let tables: Set<String>
    /// Whether it makes or alters tables.
    let changesSchema: Bool
    /// Whether it changes nothing.
    let isReading: Bool
    /// Whether it reads a gated table, once that was asked; one store asks one question.
    var gated: Bool?
    /// Whether it is being stepped.
    var isInUse = false
    /// Whether its connection keeps it for the next time.
    var isKept = false

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
    private static let persistent = UInt32(SQLITE_PREPARE_PERSISTENT)

    /// Prepares one statement, whole.
    ///
    /// **Throws** `StatementFailure` for SQL that SQLite does not take, `StatementForbidden` for text after it and for
    /// parameters other than `$1…$n`.
    init(_ sql: String, on connection: SQLiteConnection) throws {
        connection.touched.removeAll(keepingCapacity: true)
        connection.changesSchema = false
        connection.preparing = sql
        defer { connection.preparing = "" }
        var handle: OpaquePointer?
        var hasTail = false
        let code = sql.utf8CString.withUnsafeBufferPointer { text in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(
                connection.handle, text.baseAddress, Int32(text.count), Self.persistent, &handle, &tail)
            while let character = tail?.pointee, character != 0 {
                if character != 0x20, character != 0x0A, character != 0x0D, character != 0x09 { hasTail = true }
                tail = tail?.advanced(by: 1)
            }
            return code
        }
        guard code == SQLITE_OK else { throw connection.failure(code, sql) }
        guard let handle else { throw StatementForbidden(sql: sql, reason: "it is empty") }
        var order: [Int] = []
        do {
            if hasTail { throw StatementForbidden(sql: sql, reason: "one statement a call, without a semicolon") }
            for place in 0..<sqlite3_bind_parameter_count(handle) {
                guard let name = sqlite3_bind_parameter_name(handle, place + 1), name.pointee == 0x24,
                    let number = Int(String(cString: name + 1)), number >= 1
                else { throw StatementForbidden(sql: sql, reason: "parameters are $1…$n") }
                order.append(number - 1)
            }
            let missing = Set(0..<(order.count)).subtracting(order).min()
            if let missing {
                throw StatementForbidden(
                    sql: sql, reason: "parameter $\(missing + 1) is not used: number them $1…$n without a gap")
            }
        } catch {
            sqlite3_finalize(handle)
            throw error
        }
        self.handle = handle
        self.sql = sql
        self.order = order
        self.parameterCount = order.count
        self.tables = connection.touched
        self.changesSchema = connection.changesSchema
        self.isReading = sqlite3_stmt_readonly(handle) != 0
        self.columns = ColumnNames(
            (0..<sqlite3_column_count(handle)).map { String(cString: sqlite3_column_name(handle, $0)) })
    }

    /// The names of the columns that a statement answers with.
    static func names(_ sql: String, on connection: SQLiteConnection) throws -> [String] {
        let statement = try SQLiteStatement(sql, on: connection)
        defer { statement.finalize() }
        return statement.columns.names
    }

    func finalize() {
        sqlite3_finalize(handle)
        bound.deallocate()
        bound = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }

    /// Where the short texts and bytes of one run lie, so that SQLite need not copy each into memory of its own: it looks at them
    /// until the next binding, and a statement is bound anew, whole, before each run.
    private var bound = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// Longer ones are copied by SQLite and let go with its copy.
    private static let boundMax = 4_096

    /// Makes room for what will be bound. Nothing bound earlier is looked at any more.
    private func makeRoom(for values: [SQLValue]) {
        var needed = 0
        for value in values {
            let count: Int
            switch value {
            case .text(let text): count = text.utf8.count
            case .blob(let bytes): count = bytes.count
            case .null, .integer: continue
            }
            if count <= Self.boundMax { needed += count }
        }
        guard needed > bound.count else { return }
        sqlite3_clear_bindings(handle)
        bound.deallocate()
        bound = .allocate(byteCount: max(needed, 256), alignment: 1)
    }

    /// Copies bytes to the end of what is bound already.
    @inline(__always)
    private func keep(_ bytes: UnsafeRawBufferPointer, at end: inout Int) -> UnsafeRawPointer? {
        guard let start = bytes.baseAddress, bytes.count <= Self.boundMax, let room = bound.baseAddress else { return nil }
        let place = room + end
        place.copyMemory(from: start, byteCount: bytes.count)
        end += bytes.count
        return UnsafeRawPointer(place)
    }

    /// Binds every parameter; the values' number must be right.
    func bind(_ values: [SQLValue]) throws {
        guard values.count == parameterCount else {
            throw StatementForbidden(sql: sql, reason: "it takes \(parameterCount) values and got \(values.count)")
        }
        makeRoom(for: values)
        var end = 0
        for place in order.indices {
            let source = order[place]
            let index = Int32(truncatingIfNeeded: place + 1)
            let code: Int32
            switch values[source] {
            case .null: code = sqlite3_bind_null(handle, index)
            case .integer(let value): code = sqlite3_bind_int64(handle, index, value)
            case .text(var value):
                // An empty string may have no address, and SQLite would take that for null.
                code = value.withUTF8 { bytes in
                    let kept = keep(UnsafeRawBufferPointer(bytes), at: &end)
                    let start = kept ?? UnsafeRawPointer(bytes.baseAddress)
                    return sqlite3_bind_text(
                        handle, index, start?.assumingMemoryBound(to: CChar.self) ?? Self.empty, Int32(bytes.count),
                        kept == nil ? Self.transient : nil)
                }
            case .blob(let value):
                code =
                    value.isEmpty
                    ? sqlite3_bind_zeroblob(handle, index, 0)
                    : value.withUnsafeBytes { bytes in
                        let kept = keep(bytes, at: &end)
                        return sqlite3_bind_blob(
                            handle, index, kept ?? bytes.baseAddress, Int32(bytes.count), kept == nil ? Self.transient : nil)
                    }
            }
            guard code == SQLITE_OK else {
                throw StatementForbidden(sql: sql, reason: "value \(source + 1) cannot be bound (code \(code))")
            }
        }
    }

    /// The current row.
    func row() -> Row {
        let count = Int32(truncatingIfNeeded: columns.names.count)
        return Row(
            values: [SQLValue](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
                for column in 0..<count { (buffer.baseAddress! + Int(column)).initialize(to: value(column)) }
                filled = Int(count)
            }, columns: columns)
    }

    /// The current row as bytes: the first columns as its key, the others with their names, save those that are null.
    ///
    /// **Shape** a value is a byte for its kind (0 null, 1 integer, 2 text, 3 bytes), then 8 bytes of the integer with its sign bit turned, so
    /// that bytes sort as numbers do, or 4 bytes of length and the content; big-endian. A name is a byte of length and its UTF-8.
    func encodedRow(_ names: [[UInt8]], keyColumns: Int) -> (key: [UInt8], row: [UInt8]) {
        var key: [UInt8] = []
        key.reserveCapacity(40)
        var row: [UInt8] = []
        row.reserveCapacity(1_024)
        for (column, name) in names.enumerated() {
            let place = Int32(truncatingIfNeeded: column)
            if column < keyColumns {
                encode(place, to: &key)
            } else if sqlite3_column_type(handle, place) != SQLITE_NULL {
                row.append(UInt8(truncatingIfNeeded: name.count))
                row.append(contentsOf: name)
                encode(place, to: &row)
            }
        }
        return (key, row)
    }

    private func encode(_ column: Int32, to bytes: inout [UInt8]) {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_NULL: RowBytes.appendNull(to: &bytes)
        case SQLITE_INTEGER: RowBytes.append(sqlite3_column_int64(handle, column), to: &bytes)
        // The program stores none, so one is another value than anything that was hashed.
        case SQLITE_FLOAT: RowBytes.append(float: sqlite3_column_double(handle, column), to: &bytes)
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, column)
            RowBytes.append(.bytes, UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))), to: &bytes)
        default:
            let start = sqlite3_column_text(handle, column)
            RowBytes.append(.text, UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))), to: &bytes)
        }
    }

    private func value(_ column: Int32) -> SQLValue {
        switch sqlite3_column_type(handle, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(handle, column))
        case SQLITE_NULL: return .null
        case SQLITE_BLOB:
            let start = sqlite3_column_blob(handle, column)
            return .blob([UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))))
        default:
            // The bytes as they lie there: asked for a text, SQLite would copy each to put a zero behind it. A float can come out of
            // an expression only and is handed over as its text, which loses nothing that a store promises.
            let start = sqlite3_column_blob(handle, column)
            return .text(String(decoding: UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))), as: UTF8.self))
        }
    }

    /// A place with a zero byte that lives for ever.
    nonisolated(unsafe) private static let empty: UnsafePointer<CChar> = {
        let place = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
        place.initialize(to: 0)
        return UnsafePointer(place)
    }()
}
