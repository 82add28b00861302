package import Audit
package import Kernel
package import StateFolder
package import Storage

/// All registers of the state, by name, and the making of their tables.
package struct Registers: Sendable {
    private let tables: [String: RegisterTable]
    package let definitions: [RegisterDefinition]
    /// The register that says who the people are.
    package static let personRegister = "person"

    package init(_ definitions: [RegisterDefinition]) {
        self.definitions = definitions
        tables = Dictionary(definitions.map { ($0.id, RegisterTable($0)) }, uniquingKeysWith: { first, _ in first })
    }

    package subscript(_ id: String) -> RegisterTable {
        get throws {
            guard let table = tables[id] else { throw RegistryFault.unknownRegister(id) }
            return table
        }
    }

    package static let migrations: [Migration] = [
        Migration(
            "registry-1", room: "registry",
            steps: [
                .createTable(
                    "registry_columns",
                    columns: [Column("register", .text), Column("field", .text), Column("type", .text)], primaryKey: ["register", "field"]),
                .createTable(
                    "registry_series",
                    columns: [Column("register", .text), Column("year", .integer), Column("last", .integer)],
                    primaryKey: ["register", "year"]),
                .createTable(
                    "registry_imports",
                    columns: [
                        Column("register", .text), Column("source", .blob), Column("rows", .integer),
                        Column("finished_at", .instant, nullable: true),
                    ], primaryKey: ["register"], isPublic: true),
            ]),
        // By which rule a register's index of what stands once was made: a changed rule makes it anew.
        Migration(
            "registry-2", room: "registry",
            steps: [
                .createTable("registry_once", columns: [Column("register", .text), Column("rule", .text)], primaryKey: ["register"])
            ]),
        // The registers' tables and indexes as the program made them: the database's schema is held to it.
        Migration(
            "registry-3", room: "registry",
            steps: [
                .createTable(
                    "registry_objects",
                    columns: [Column("type", .text), Column("name", .text), Column("place", .text), Column("sql", .text, nullable: true)],
                    primaryKey: ["type", "name"])
            ]),
    ]

    /// Every register, its series of numbers and the marks of its imports. Searchable columns repeat what the data say, and are held to them.
    package static let sealed = [
        SealedTable("registry_series", key: ["register", "year"]),
        SealedTable("registry_imports", key: ["register"], loose: ["finished_at"]),
        SealedTable("registry_columns", key: ["register", "field"], isSealedLater: true),
        SealedTable("registry_once", key: ["register"], isSealedLater: true),
        SealedTable("registry_objects", key: ["type", "name"], isSealedLater: true),
        SealedTable("registry_", key: ["row"], derivedPrefix: "f_", isFamily: true) { (table: String, transaction: borrowing Transaction) in
            try RegisterTable.columnFaults(of: table, in: transaction)
        },
    ]
    /// Makes the tables of new registers, and the columns of fields that became searchable, filled from the data.
    ///
    /// A register that waits for its first import gets its indexes at the import's end: sorted in one go they cost a fraction of
    /// what five thousand scattered insertions a chunk would.
    ///
    /// A crash here leaves whole steps: each register is prepared in one transaction and found prepared at the next start.
    ///
    /// Returns what stands twice although a register's folder says that it may stand once: rows from before it said so. They stay,
    /// and no further one is written beside them.
    @discardableResult
    package func prepare(_ store: any Store, journal: HouseJournal) async throws -> [StandingTwice] {
        var found: [StandingTwice] = []
        for definition in definitions {
            let table = try self[definition.id]
            let twice = try await store.maintain(.migrations) { (transaction: borrowing Transaction) -> StandingTwice? in
                let before = try RegisterShape.marks(of: table, in: transaction)
                try table.prepare(in: transaction)
                var twice: StandingTwice?
                if try !definition.hasRecords || ImportMark.isFinished(definition.id, in: transaction) {
                    do { try table.index(in: transaction) } catch let failure as StatementFailure where failure.kind == .unique {
                        throw try table.keyTwice(in: transaction) ?? failure
                    }
                    twice = try table.prepareOnce(in: transaction)
                }
                try RegisterShape.record(table, since: before, journal, in: transaction)
                return twice
            }
            if let twice { found.append(twice) }
        }
        return found
    }

    /// Ends a register's import: its keys are proved unique, its indexes made, its mark set.
    ///
    /// A crash before it commits leaves the import unfinished with all its rows, and the next start comes here again.
    /// **Throws** a `Refusal` that names a row whose key an earlier row has.
    package func finishImport(of id: String, at now: Instant, _ store: any Store, journal: HouseJournal) async throws {
        let table = try self[id]
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in
            let before = try RegisterShape.marks(of: table, in: transaction)
            do { try table.index(in: transaction) } catch let failure as StatementFailure where failure.kind == .unique {
                guard let row = try table.repeatedKey(in: transaction) else { throw failure }
                throw Refusal(.conflict, "import.key-taken", parameters: ["register": id, "row": String(row - 1)])
            }
            if let twice = try table.prepareOnce(in: transaction) {
                throw Refusal(.conflict, "import.once-taken", parameters: ["register": id, "row": String(twice.row - 1)])
            }
            try ImportMark.finish(id, at: now, in: transaction)
            try RegisterShape.record(table, since: before, journal, in: transaction)
        }
    }
}

extension RegisterTable {
    fileprivate func prepare(in transaction: borrowing Transaction) throws {
        let known = try transaction.query("SELECT field, type FROM registry_columns WHERE register = $1", [.text(definition.id)])
        if known.isEmpty { try create(in: transaction) }
        let types = try Dictionary(known.map { try ($0.text(0), $0.text(1)) }, uniquingKeysWith: { first, _ in first })
        // The column of a field that is no longer searched is no longer filled: it counts as new when the field is searched again.
        for name in types.keys where !columns.contains(where: { $0.name == name }) {
            _ = try transaction.execute("DELETE FROM registry_columns WHERE register = $1 AND field = $2", [.text(definition.id), .text(name)])
        }
        for field in columns {
            if let type = types[field.name] {
                guard type == field.type.rawValue else {
                    throw RegistryFault.changedType(register: definition.id, field: field.name)
                }
            } else {
                try addColumn(field, in: transaction)
            }
        }
    }

    private func create(in transaction: borrowing Transaction) throws {
        _ = try transaction.execute(
            """
            CREATE TABLE \(table) (row INTEGER PRIMARY KEY, record TEXT NOT NULL, person TEXT, valid_from TEXT NOT NULL,
            valid_to TEXT, recorded_from BIGINT NOT NULL, recorded_to BIGINT, access TEXT NOT NULL, data TEXT NOT NULL)
            """, [])
        // The rows of a chunk have neighbouring identifiers: this index costs an import little, and every look-up needs it.
        _ = try transaction.execute("CREATE UNIQUE INDEX \(table)_now ON \(table) (record) \(Self.now)", [])
    }

    /// The rows of a register's table whose searchable columns say something else than their data.
    static func columnFaults(of table: String, in transaction: borrowing Transaction) throws -> [String] {
        let fields = try transaction.query("SELECT register, field, type FROM registry_columns").compactMap { row -> SearchedField? in
            guard "registry_" + (try row.text(0)).replacing("-", with: "_") == table else { return nil }
            return SearchedField(name: try row.text(1), type: FieldDefinition.FieldType(rawValue: try row.text(2)))
        }
        guard !fields.isEmpty else { return [] }
        var faults: [String] = []
        let columns = fields.map { column($0.name) }.joined(separator: ", ")
        try transaction.each("SELECT row, data, \(columns) FROM \(table)") { (row: Row) in
            guard let data = try? JSON.parse(row.text(1)) else { return }
            for (place, field) in fields.enumerated() where row[place + 2] != (data[field.name].flatMap { field.type?.stored($0) } ?? .null) {
                faults.append("\(table) \(try row.int(0)): the searchable column of \(field.name) says something else than the row's data")
            }
        }
        return faults
    }

    private struct SearchedField {
        let name: String
        let type: FieldDefinition.FieldType?
    }

    static let now = "WHERE recorded_to IS NULL AND valid_to IS NULL"

    /// Makes the indexes that are missing, and anew those that the folder asks for otherwise than before: a field that became the key may stand once,
    /// one that is the key no longer may stand often, and one that is searched no longer has none.
    ///
    /// **Throws** a `StatementFailure` of kind `unique` where a key stands twice.
    fileprivate func index(in transaction: borrowing Transaction) throws {
        let ofFields = "\(table)_f_"
        for object in try transaction.schema() where object.type == "index" && object.table == table && object.name.hasPrefix(ofFields) {
            let field = searchable.first { "\(table)_\(Self.column($0.name))" == object.name }
            let isUnique = object.sql?.hasPrefix("CREATE UNIQUE ") == true
            if field.map({ ($0.name == definition.key) != isUnique }) ?? true { _ = try transaction.execute("DROP INDEX \(object.name)", []) }
        }
        if case .field = definition.person {
            _ = try transaction.execute("CREATE INDEX IF NOT EXISTS \(table)_person ON \(table) (person) \(Self.now)", [])
        }
        for field in searchable {
            let column = Self.column(field.name)
            let unique = field.name == definition.key ? "UNIQUE " : ""
            _ = try transaction.execute("CREATE \(unique)INDEX IF NOT EXISTS \(table)_\(column) ON \(table) (\(column)) \(Self.now)", [])
        }
    }

    /// The number, from 1, of a row whose key an earlier row has.
    fileprivate func repeatedKey(in transaction: borrowing Transaction) throws -> Int? {
        let key = Self.column(definition.key)
        return try transaction.first(
            "SELECT max(row) FROM \(table) \(Self.now) AND \(key) IS NOT NULL GROUP BY \(key) HAVING count(*) > 1 LIMIT 1"
        )?.optionalInt(0)
    }

    /// What stands twice of the field that is the key now; nil where nothing does.
    fileprivate func keyTwice(in transaction: borrowing Transaction) throws -> RegistryFault? {
        let key = Self.column(definition.key)
        let twice = "SELECT \(key) AS k FROM \(table) \(Self.now) AND \(key) IS NOT NULL GROUP BY \(key) HAVING count(*) > 1"
        let records = try transaction.query(
            "SELECT record FROM \(table) \(Self.now) AND \(key) IN (\(twice)) ORDER BY \(key), row LIMIT \(RegistryFault.recordsMax)").map { try $0.text(0) }
        let groups = try transaction.first("SELECT count(*) FROM (\(twice)) AS twice")?.int(0) ?? 0
        return groups == 0 ? nil : .keyTwice(register: definition.id, field: definition.key, groups: groups, records: records)
    }

    private func addColumn(_ field: FieldDefinition, in transaction: borrowing Transaction) throws {
        let column = Self.column(field.name)
        if try !transaction.columns(of: table).contains(column) {
            _ = try transaction.execute("ALTER TABLE \(table) ADD COLUMN \(column) \(field.type.column)", [])
        } else {
            _ = try transaction.execute("UPDATE \(table) SET \(column) = NULL", [])
        }
        let rows = try transaction.query("SELECT row, data FROM \(table)", [])
        for row in rows {
            guard let value = try JSON.parse(row.text(1))[field.name], let stored = field.stored(value) else { continue }
            _ = try transaction.execute("UPDATE \(table) SET \(column) = $2 WHERE row = $1", [row[0], stored])
        }
        _ = try transaction.execute(
            "INSERT INTO registry_columns (register, field, type) VALUES ($1, $2, $3)",
            [.text(definition.id), .text(field.name), .text(field.type.rawValue)])
    }
}

extension FieldDefinition.FieldType {
    fileprivate var column: String {
        switch self {
        case .text, .date, .decimal: "TEXT"
        case .integer, .boolean: "BIGINT"
        }
    }
}
