package import Audit
import StateFolder
package import Storage

/// What the program has made of the database for the registers: tables, columns, indexes, and the rules of what stands once.
///
/// No migration makes these, for they follow the state's folder. So they are written down, and the log seals what is written: a table or an
/// index that somebody dropped, exchanged or added is told by a start and by a verification.
package enum RegisterShape {
    /// Everything that is written down; nil in a folder from before it was.
    package static func recorded(in transaction: borrowing Transaction) throws -> [SchemaObject]? {
        guard try transaction.tables().contains("registry_objects") else { return nil }
        let objects = try transaction.query("SELECT type, name, place, sql FROM registry_objects").map {
            SchemaObject(type: try $0.text(0), name: try $0.text(1), table: try $0.text(2), sql: try $0.optionalText(3))
        }
        return objects.isEmpty ? nil : objects
    }

    /// Writes down what an earlier version made without saying so, or holds the schema to what is written.
    ///
    /// - Parameter migrations: which have run: what they made is not the registers'.
    /// **Throws** ``RegistersAltered`` where tables or indexes are not what is written, or what is written is not what the log knows.
    package static func check(_ migrations: [Migration], _ store: any Store, journal: HouseJournal) async throws {
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in
            let image = try SchemaImage(transaction.ranMigrations(of: migrations).migrations)
            let actual = try transaction.schema()
            for table in ["registry_objects", "registry_columns", "registry_once"] {
                let faults = try journal.faults(of: table, in: transaction)
                guard faults.isEmpty else { throw RegistersAltered(faults: faults) }
            }
            guard let recorded = try recorded(in: transaction) else {
                let ours = actual.filter { object in !image.objects.contains { $0.type == object.type && $0.name == object.name } && isOurs(object) }
                try save(ours, in: transaction)
                return try journal.takeOver("registry_objects", in: transaction)
            }
            let faults = image.faults(of: actual, made: recorded)
            guard faults.isEmpty else { throw RegistersAltered(faults: faults) }
        }
    }

    private static func isOurs(_ object: SchemaObject) -> Bool {
        object.table.hasPrefix("registry_") && (object.type == "table" || object.type == "index")
    }

    // MARK: Changes by the program

    /// What is written about one register, by the row that it stands in.
    struct Marks {
        fileprivate var rows: [SealedRow: [SQLValue]] = [:]
    }

    static func marks(of table: RegisterTable, in transaction: borrowing Transaction) throws -> Marks {
        var marks = Marks()
        let id: SQLValue = .text(table.definition.id)
        for row in try transaction.query("SELECT register, field, type FROM registry_columns WHERE register = $1", [id]) {
            marks.rows[SealedRow("registry_columns", [row[0], row[1]])] = row.values
        }
        for row in try transaction.query("SELECT register, rule FROM registry_once WHERE register = $1", [id]) {
            marks.rows[SealedRow("registry_once", [row[0]])] = row.values
        }
        for row in try transaction.query("SELECT type, name, place, sql FROM registry_objects WHERE place = $1", [.text(table.table)]) {
            marks.rows[SealedRow("registry_objects", [row[0], row[1]])] = row.values
        }
        return marks
    }

    /// Writes down how the register's table stands now, and has the log seal what is another than before.
    static func record(_ table: RegisterTable, since before: Marks, _ journal: HouseJournal, in transaction: borrowing Transaction) throws {
        let objects = try transaction.schema().filter { $0.table == table.table && isOurs($0) }
        try transaction.execute("DELETE FROM registry_objects WHERE place = $1", [.text(table.table)])
        try save(objects, in: transaction)
        let after = try marks(of: table, in: transaction)
        let written = after.rows.keys.filter { after.rows[$0] != before.rows[$0] }
        try journal.note(
            "register.shape", written: written, gone: before.rows.keys.filter { after.rows[$0] == nil }, in: transaction)
    }

    private static func save(_ objects: [SchemaObject], in transaction: borrowing Transaction) throws {
        try transaction.executeEach(
            "INSERT INTO registry_objects (type, name, place, sql) VALUES ($1, $2, $3, $4)",
            objects.map { [.text($0.type), .text($0.name), .text($0.table), .optional($0.sql)] })
    }
}

/// The registers' tables or indexes are not what the program made.
package struct RegistersAltered: Error, Hashable, Sendable, CustomStringConvertible {
    package let faults: [String]

    package var description: String {
        "\(faults.prefix(5).joined(separator: "; ")): find out who did that (`dovira audit verify` says more), and restore the backup"
    }
}
