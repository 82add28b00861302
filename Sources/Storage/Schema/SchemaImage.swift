/// One thing that the database's own schema names: a table or an index, as the statement reads that made it.
package struct SchemaObject: Hashable, Sendable {
    /// `table`, `index`, `trigger` or `view`.
    package let type: String
    package let name: String
    /// The table that it is or belongs to.
    package let table: String
    /// Nil for the index of a key, which SQLite makes by itself.
    package let sql: String?

    package init(type: String, name: String, table: String, sql: String?) {
        self.type = type
        self.name = name
        self.table = table
        self.sql = sql.map(Self.plain)
    }

    package var words: String { "\(type) \(name)" }

    /// What a schema holds. (The casts: whoever writes into it past the program need not write texts.)
    static let query = "SELECT CAST(type AS TEXT), CAST(name AS TEXT), CAST(tbl_name AS TEXT), CAST(sql AS TEXT) FROM sqlite_master ORDER BY name, type"

    init(_ row: Row) throws {
        self.init(type: try row.optionalText(0) ?? "", name: try row.optionalText(1) ?? "", table: try row.optionalText(2) ?? "", sql: try row.optionalText(3))
    }

    /// The statement with one space for each stretch of white space outside quotes: versions have broken their lines elsewhere.
    private static func plain(_ sql: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(sql.utf8.count)
        var quote: UInt8?
        for byte in sql.utf8 {
            if let open = quote {
                if byte == open { quote = nil }
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`") {
                quote = byte
            } else if byte == UInt8(ascii: "[") {
                quote = UInt8(ascii: "]")
            } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
                if bytes.last != 0x20 { bytes.append(0x20) }
                continue
            }
            bytes.append(byte)
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// The schema that a list of migrations makes: they are run in memory, as the store's own words spell them.
package struct SchemaImage: Sendable {
    package let objects: [SchemaObject]
    /// What `storage_tables` says of the tables that migrations made.
    package let declared: [DeclaredTable]

    package struct DeclaredTable: Hashable, Sendable {
        package let name: String
        package let room: String
        package let isPublic: Int

        static let query = "SELECT name, room, is_public FROM storage_tables ORDER BY name"

        package init(_ row: Row) throws {
            name = try row.text(0)
            room = try row.text(1)
            isPublic = try row.int(2)
        }
    }

    /// **Throws** the store's errors, where the migrations do not follow one another.
    package init(_ migrations: [Migration]) throws {
        let connection = try SQLiteConnection(path: ":memory:", folder: ":memory:", use: .scratch)
        defer { connection.close() }
        for table in SQLiteSchema.ownTables { try connection.run(table) }
        for migration in migrations {
            for step in migration.steps { try SQLiteSchema.apply(step, room: migration.room, on: connection) }
        }
        objects = try connection.rows(SchemaObject.query).map { try SchemaObject($0) }
        declared = try connection.rows(DeclaredTable.query).map { try DeclaredTable($0) }
    }

    /// What is not as the migrations made it, in words.
    ///
    /// - Parameter made: what the program made beside the migrations, where it says so; without it tables that no migration made, and
    ///   what belongs to them, are not looked at.
    package func faults(of actual: [SchemaObject], made: [SchemaObject]? = nil) -> [String] {
        var faults: [String] = []
        let expected = Dictionary((objects + (made ?? [])).map { (Key($0), $0) }, uniquingKeysWith: { first, _ in first })
        let tables = Set(expected.values.lazy.filter { $0.type == "table" }.map(\.name))
        var seen: Set<Key> = []
        for object in actual where !Self.isStatistics(object) {
            let key = Key(object)
            if !seen.insert(key).inserted { faults.append("\(object.words) stands twice in the schema") }
            if object.type == "trigger" || object.type == "view" {
                faults.append("\(object.words) is none of the program's: it can change rows behind its back")
            } else if let known = expected[key] {
                if known != object {
                    faults.append("\(object.words) is not as the program made it: somebody has altered the schema behind its back")
                }
            } else if tables.contains(object.table) || object.name.utf8.starts(with: "sqlite_".utf8) {
                let place = object.type == "index" ? " on \(object.table)" : ""
                faults.append("\(object.words)\(place) is none of the program's")
            } else if made != nil, object.type == "table" {
                faults.append("\(object.words) is none of the program's")
            }
        }
        // The store's own tables are made at each start, whatever version made the others.
        let own = Set(["storage_heartbeat", "storage_marks"])
        for object in objects + (made ?? []) where !seen.contains(Key(object)) && !own.contains(object.table) {
            faults.append("\(object.words) is gone: somebody has altered the schema behind the program's back")
        }
        return faults
    }

    /// What an operator's `ANALYZE` leaves: it says which index to take, and nothing of any row. A start drops it.
    static func isStatistics(_ object: SchemaObject) -> Bool { object.type == "table" && statistics.contains(object.name) }
    static let statistics = ["sqlite_stat1", "sqlite_stat4"]

    private struct Key: Hashable {
        let type: String
        let name: String

        init(_ object: SchemaObject) {
            type = object.type
            name = object.name
        }
    }
}

/// How a database's schema is held to the migrations that it says have run.
package struct RanMigrations: Sendable {
    /// Those of the list that have run, in the order in which they did.
    package let migrations: [Migration]
    /// What the record says that the list does not, in words.
    package let faults: [String]

    /// Reads what is recorded and holds it to the list.
    package init(_ list: [Migration], recorded rows: [Row]) throws {
        let known = Dictionary(list.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var ran: [Migration] = []
        var faults: [String] = []
        for row in rows {
            let id = try row.text(0)
            guard let migration = known[id] else {
                faults.append("migration \(id) is unknown here: a newer program wrote the folder, and only that one can tell whether it is sound")
                continue
            }
            if try migration.checksum != row.text(2) || migration.room != row.text(1) { faults.append("the record of migration \(id) is not the one that was made when it ran") }
            ran.append(migration)
        }
        // A room's migrations ran in the order of the list, and none was left out.
        for (room, list) in Dictionary(grouping: list, by: \.room).sorted(by: { $0.key < $1.key }) {
            let inRoom = ran.filter { $0.room == room }.map(\.id)
            if inRoom != list.prefix(inRoom.count).map(\.id) { faults.append("the migrations of \(room) are not recorded in the order in which they run") }
        }
        migrations = ran
        self.faults = faults
    }

    static let query = "SELECT id, room, checksum FROM storage_migrations ORDER BY position, id"
}

extension Transaction {
    /// Tables, indexes, triggers and views as the database's schema names them.
    package borrowing func schema() throws -> [SchemaObject] { try session.query(SchemaObject.query, []).map { try SchemaObject($0) } }

    /// The migrations that are recorded as run, held to the list.
    package borrowing func ranMigrations(of list: [Migration]) throws -> RanMigrations {
        try RanMigrations(list, recorded: session.query(RanMigrations.query, []))
    }

    /// The tables that the record of migrations declares.
    package borrowing func declaredTables() throws -> [SchemaImage.DeclaredTable] {
        try session.query(SchemaImage.DeclaredTable.query, []).map { try SchemaImage.DeclaredTable($0) }
    }
}
