/// Spells migrations for SQLite and records them.
enum SQLiteSchema {
    /// Tables of the store's own.
    static let ownTables = [
        """
        CREATE TABLE IF NOT EXISTS storage_migrations (id TEXT NOT NULL PRIMARY KEY, room TEXT NOT NULL,
        position INTEGER NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT
        """,
        """
        CREATE TABLE IF NOT EXISTS storage_tables (name TEXT NOT NULL PRIMARY KEY, room TEXT NOT NULL,
        is_public INTEGER NOT NULL) STRICT
        """,
        "CREATE TABLE IF NOT EXISTS storage_heartbeat (id INTEGER NOT NULL PRIMARY KEY, at INTEGER NOT NULL) STRICT",
        "CREATE TABLE IF NOT EXISTS storage_marks (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT",
    ]

    /// Applies one step.
    ///
    /// **Throws** `StatementForbidden` for a name outside the room or not of small letters, digits and `_`;
    /// `StatementFailure`.
    static func apply(_ step: Migration.Step, room: String, on connection: SQLiteConnection) throws {
        func name(_ text: String) throws -> String {
            guard isName(text) else {
                throw StatementForbidden(sql: text, reason: "a name is of small letters, digits and _, at most 63")
            }
            return text
        }
        func table(_ text: String) throws -> String {
            guard text.hasPrefix(room + "_") else {
                throw StatementForbidden(sql: text, reason: "a table of room \(room) is named \(room)_…")
            }
            return try name(text)
        }
        switch step {
        case .createTable(let title, let columns, let primaryKey, let unique, let isPublic, let clustered):
            let title = try table(title)
            var lines = try columns.map { try spell($0, name: name($0.name)) }
            if !primaryKey.isEmpty { lines.append("PRIMARY KEY (\(try primaryKey.map(name).joined(separator: ", ")))") }
            for key in unique { lines.append("UNIQUE (\(try key.map(name).joined(separator: ", ")))") }
            try connection.run(
                "CREATE TABLE \(title) (\(lines.joined(separator: ", "))) STRICT\(clustered ? ", WITHOUT ROWID" : "")")
            try connection.run(
                "INSERT INTO storage_tables (name, room, is_public) VALUES ($1, $2, $3)",
                [.text(title), .text(room), .bool(isPublic)])
        case .createIndex(let title, let on, let columns, let unique, let condition):
            let columns = try columns.map { column in
                // `name DESC` is a column too.
                let words = column.split(separator: " ").map(String.init)
                guard let first = words.first,
                    words.count == 1 || (words.count == 2 && ["ASC", "DESC"].contains(words[1].uppercased()))
                else {
                    throw StatementForbidden(sql: column, reason: "an index has columns, each with ASC or DESC at most")
                }
                return ([try name(first)] + words.dropFirst()).joined(separator: " ")
            }
            let kind = unique ? "UNIQUE INDEX" : "INDEX"
            let part = condition.map { " WHERE \($0)" } ?? ""
            try connection.run("CREATE \(kind) \(name(title)) ON \(table(on)) (\(columns.joined(separator: ", ")))\(part)")
        case .addColumn(let column, let title):
            guard column.isNullable || column.defaultValue != nil else {
                throw StatementForbidden(
                    sql: column.name, reason: "a new column is nullable or has a default: old rows have no value for it")
            }
            try connection.run("ALTER TABLE \(try table(title)) ADD COLUMN \(spell(column, name: try name(column.name)))")
        case .dropIndex(let title):
            try connection.run("DROP INDEX \(try name(title))")
        case .dropTable(let title):
            try connection.run("DROP TABLE \(try table(title))")
            try connection.run("DELETE FROM storage_tables WHERE name = $1", [.text(title)])
        case .sql(let statement):
            if statement.containsRollbackClause {
                throw StatementForbidden(
                    sql: statement, reason: "a conflict must not end the transaction: no ROLLBACK clause")
            }
            if statement.containsDeferredConstraint {
                throw StatementForbidden(sql: statement, reason: "constraints are not deferred")
            }
            try connection.run(statement)
        }
    }

    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first), text.utf8.count <= 63 else { return false }
        return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F }
    }

    private static func spell(_ column: Column, name: String) -> String {
        var text = name
        switch column.word {
        case .id, .text, .json: text += " TEXT"
        case .integer, .instant: text += " INTEGER"
        case .blob: text += " BLOB"
        case .serial: return name + " INTEGER PRIMARY KEY AUTOINCREMENT"
        }
        if !column.isNullable { text += " NOT NULL" }
        if let value = column.defaultValue { text += " DEFAULT \(literal(value))" }
        if !column.oneOf.isEmpty {
            text += " CHECK (\(name) IN (\(column.oneOf.map { literal(.text($0)) }.joined(separator: ", "))))"
        }
        if let references = column.references { text += " REFERENCES \(references)" }
        return text
    }

    private static func literal(_ value: SQLValue) -> String {
        switch value {
        case .null: "NULL"
        case .integer(let value): String(value)
        case .text(let value):
            "'" + value.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
        case .blob(let value): "x'" + value.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "'"
        }
    }

    /// What of the database's schema is not as its migrations made it, in words; tables that no migration made are their rooms' to look at.
    static func faults(_ migrations: [Migration], on connection: SQLiteConnection, folder: String) throws -> [String] {
        do {
            let ran = try RanMigrations(migrations, recorded: connection.rows(RanMigrations.query))
            let image = try SchemaImage(ran.migrations)
            var faults = ran.faults + image.faults(of: try connection.rows(SchemaObject.query).map { try SchemaObject($0) })
            let ours = Set(image.declared.map(\.name))
            let declared = try connection.rows(SchemaImage.DeclaredTable.query).map { try SchemaImage.DeclaredTable($0) }
            if declared.filter({ ours.contains($0.name) }) != image.declared {
                faults.append("storage_tables does not say what the migrations declare")
            }
            return faults
        } catch let refusal as StoreRefusesToStart {
            throw refusal
        } catch { throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(error)")) }
    }

    /// The names of the tables declared public.
    static func publicTables(on connection: SQLiteConnection) throws -> Set<String> {
        Set(try connection.rows("SELECT name FROM storage_tables WHERE is_public = 1").map { try $0.text(0) })
    }
}
