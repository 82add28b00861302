package import Storage

/// What the schema of a data folder may be: what the migrations make that have run in it, and what the program says it made beside them.
package struct ExpectedSchema: Sendable {
    let migrations: [Migration]
    /// Nil where the folder is from before that was written down.
    let made: @Sendable (_ transaction: borrowing Transaction) throws -> [SchemaObject]?

    package init(
        _ migrations: [Migration], made: @escaping @Sendable (_ transaction: borrowing Transaction) throws -> [SchemaObject]? = { (_: borrowing Transaction) in [] }
    ) {
        self.migrations = migrations
        self.made = made
    }
}

/// Holds everything that is no row of a sealed table and none of the log's to what it can be reckoned from: the schema, the record of migrations, the
/// counters of serial numbers.
struct SchemaReading {
    private(set) var report: AuditReport
    private let expected: ExpectedSchema

    init(report: AuditReport, expected: ExpectedSchema) {
        self.report = report
        self.expected = expected
    }

    mutating func read(serials: [(table: String?, last: Int64?)], in transaction: borrowing Transaction) throws {
        let ran = try transaction.ranMigrations(of: expected.migrations)
        for fault in ran.faults { report.fault(fault) }
        let image: SchemaImage
        do { image = try SchemaImage(ran.migrations) } catch {
            return report.fault("the migrations that storage_migrations names do not follow one another: its record was changed")
        }
        let made = try expected.made(transaction)
        if made == nil { report.add(notice: "this folder does not say yet which tables and indexes were made for its registers: start the server once") }
        for fault in image.faults(of: try transaction.schema(), made: made) { report.fault(fault) }
        let declared = try transaction.declaredTables()
        for table in declared where !image.declared.contains(table) { report.fault("storage_tables names \(table.name) as no migration declares it") }
        for table in image.declared where !declared.contains(where: { $0.name == table.name }) { report.fault("storage_tables has lost \(table.name)") }
        let counted = image.objects.filter { $0.type == "table" && $0.sql?.contains("AUTOINCREMENT") == true }.map(\.name)
        try readSerials(serials, of: counted, in: transaction)
    }

    /// A counter is there once its table has had a row, and is never behind the rows.
    private mutating func readSerials(_ serials: [(table: String?, last: Int64?)], of tables: [String], in transaction: borrowing Transaction) throws {
        var seen: Set<String> = []
        for (table, last) in serials {
            guard let table, tables.contains(table), seen.insert(table).inserted else {
                report.fault("sqlite_sequence counts \(table.map { "‘\($0)’" } ?? "nothing"), which has no such counter, or has one already")
                continue
            }
            let newest = try transaction.first("SELECT max(rowid) FROM \(table)")?.optionalInt(0).map { Int64($0) } ?? 0
            guard let last, last >= newest else {
                report.fault("sqlite_sequence was set back: \(table) has numbers up to \(newest)")
                continue
            }
        }
        for table in tables where !seen.contains(table) {
            if try transaction.first("SELECT 1 FROM \(table) LIMIT 1") != nil { report.fault("sqlite_sequence has lost the counter of \(table)") }
        }
    }
}
