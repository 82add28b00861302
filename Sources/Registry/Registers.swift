import Kernel
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
            ])
    ]

    /// Makes the tables of new registers, and the columns of fields that became searchable, filled from the data.
    ///
    /// A crash here leaves whole steps: each register is prepared in one transaction and found prepared at the next start.
    package func prepare(_ store: any Store) async throws {
        for definition in definitions {
            let table = RegisterTable(definition)
            try await store.maintain(.migrations) { (transaction: borrowing Transaction) in
                try table.prepare(in: transaction)
            }
        }
    }
}

extension RegisterTable {
    fileprivate func prepare(in transaction: borrowing Transaction) throws {
        let known = try transaction.query("SELECT field, type FROM registry_columns WHERE register = $1", [.text(definition.id)])
        if known.isEmpty { try create(in: transaction) }
        let types = try Dictionary(known.map { try ($0.text(0), $0.text(1)) }, uniquingKeysWith: { first, _ in first })
        for field in searchable {
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
        let now = "WHERE recorded_to IS NULL AND valid_to IS NULL"
        _ = try transaction.execute("CREATE UNIQUE INDEX \(table)_now ON \(table) (record) \(now)", [])
        if case .field = definition.person {
            _ = try transaction.execute("CREATE INDEX \(table)_person ON \(table) (person) \(now)", [])
        }
    }

    private func addColumn(_ field: FieldDefinition, in transaction: borrowing Transaction) throws {
        let column = Self.column(field.name)
        let isKey = field.name == definition.key
        _ = try transaction.execute("ALTER TABLE \(table) ADD COLUMN \(column) \(field.type.column)", [])
        let rows = try transaction.query("SELECT row, data FROM \(table)", [])
        for row in rows {
            guard let value = try JSON.parse(row.text(1))[field.name], let stored = field.stored(value) else { continue }
            _ = try transaction.execute("UPDATE \(table) SET \(column) = $2 WHERE row = $1", [row[0], stored])
        }
        _ = try transaction.execute(
            """
            CREATE \(isKey ? "UNIQUE " : "")INDEX \(table)_\(column) ON \(table) (\(column))
            WHERE recorded_to IS NULL AND valid_to IS NULL
            """, [])
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
