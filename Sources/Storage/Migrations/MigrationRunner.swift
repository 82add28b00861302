internal import Kernel

/// Brings a database to the state that a list of migrations describes, in one transaction: all of it or nothing.
enum MigrationRunner {
    /// Runs what is due; tells whether nothing had run before.
    ///
    /// **Throws** `StoreRefusesToStart` where the database is newer than the list, where a migration that ran reads
    /// differently now or stands in another order, and where one fails.
    static func run(_ migrations: [Migration], at now: Instant, folder: String, on connection: SQLiteConnection) throws -> Bool {
        func refuse(_ reason: StoreRefusesToStart.Reason) -> StoreRefusesToStart {
            StoreRefusesToStart(folder: folder, reason: reason)
        }
        if let twice = Dictionary(grouping: migrations, by: \.id).first(where: { $1.count > 1 }) {
            throw refuse(.faultyMigration("migration \(twice.key) is listed twice"))
        }
        do {
            try connection.run("BEGIN IMMEDIATE")
            for table in SQLiteSchema.ownTables { try connection.run(table) }
            var recorded: [String: (position: Int, checksum: String)] = [:]
            for row in try connection.rows("SELECT id, position, checksum FROM storage_migrations") {
                recorded[try row.text(0)] = (try row.int(1), try row.text(2))
            }
            let known = Set(migrations.map(\.id))
            if let unknown = recorded.filter({ !known.contains($0.key) }).min(by: { $0.value.position < $1.value.position })
            {
                throw refuse(.newerMigration(unknown.key))
            }
            var due: [String: String] = [:]
            var position = recorded.values.map(\.position).max() ?? 0
            for migration in migrations {
                if let ran = recorded[migration.id] {
                    guard ran.checksum == migration.checksum else { throw refuse(.changedMigration(migration.id)) }
                    if let earlier = due[migration.room] { throw refuse(.migrationsOutOfOrder(earlier)) }
                    continue
                }
                due[migration.room] = due[migration.room] ?? migration.id
                do {
                    for step in migration.steps { try SQLiteSchema.apply(step, room: migration.room, on: connection) }
                } catch {
                    throw refuse(.faultyMigration("migration \(migration.id) failed: \(error)"))
                }
                position += 1
                try connection.run(
                    "INSERT INTO storage_migrations (id, room, position, checksum, applied_at) VALUES ($1, $2, $3, $4, $5)",
                    [.text(migration.id), .text(migration.room), .int(position), .text(migration.checksum), .instant(now)])
            }
            // A crash before this line leaves the old schema whole, after it the new one.
            try connection.run("COMMIT")
            return recorded.isEmpty
        } catch {
            if connection.isInTransaction { try? connection.run("ROLLBACK") }
            if let refusal = error as? StoreRefusesToStart { throw refusal }
            throw refuse(.cannotOpen("\(error)"))
        }
    }
}

extension Migration {
    /// SHA-256 over the steps in words, so that every store records the same.
    package var checksum: String {
        var text = "\(id)\n\(room)\n"
        for step in steps { text += describe(step) + "\n" }
        return SHA256.hash(Array(text.utf8)).hex
    }

    private func describe(_ step: Step) -> String {
        switch step {
        case .createTable(let name, let columns, let primaryKey, let unique, let isPublic, let clustered):
            "table \(name) [\(columns.map(describe).joined(separator: "; "))] key \(primaryKey) unique \(unique)"
                + (isPublic ? " public" : "") + (clustered ? " clustered" : "")
        case .createIndex(let name, let on, let columns, let unique, let condition):
            "index \(name) on \(on) \(columns)\(unique ? " unique" : "")\(condition.map { " where \($0)" } ?? "")"
        case .addColumn(let column, let to): "column \(describe(column)) to \(to)"
        case .dropIndex(let name): "drop index \(name)"
        case .dropTable(let name): "drop table \(name)"
        case .sql(let statement): "sql \(statement)"
        }
    }

    private func describe(_ column: Column) -> String {
        var text = "\(column.name) \(column.word.rawValue)"
        if column.isNullable { text += " null" }
        if let references = column.references { text += " references \(references)" }
        if !column.oneOf.isEmpty { text += " one of \(column.oneOf)" }
        switch column.defaultValue {
        case nil: break
        case .null?: text += " default null"
        case .integer(let value)?: text += " default \(value)"
        case .text(let value)?: text += " default '\(value)'"
        case .blob(let value)?: text += " default \(value)"
        }
        return text
    }
}
