import Audit
import Gate
import Kernel
import StateFolder
import Storage

/// What a register may hold once, as its table keeps it: a partial unique index over the present rows, and a question before each writing.
struct OnceRule: Sendable {
    private let table: String
    private let fields: [(column: String, place: Int)]
    private let conditions: [(place: Int, value: SQLValue)]
    /// The rows that count, as a condition that the index and the question share.
    private let present: String

    init(_ definition: OnceDefinition, columns: [FieldDefinition], table: String) {
        self.table = table
        fields = definition.fields.compactMap { name in
            columns.firstIndex { $0.name == name }.map { (RegisterTable.column(name), $0) }
        }
        var conditions: [(place: Int, value: SQLValue)] = []
        var present = RegisterTable.now
        for condition in definition.condition {
            guard let place = columns.firstIndex(where: { $0.name == condition.field }), let value = columns[place].stored(condition.value)
            else { continue }
            conditions.append((place, value))
            present += " AND \(RegisterTable.column(condition.field)) = \(Self.literal(value))"
        }
        self.conditions = conditions
        self.present = present
    }

    /// Whether a present row forbids this one.
    func isTaken(_ row: PreparedRow, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Bool {
        guard conditions.allSatisfy({ row.columns[$0.place] == $0.value }), fields.allSatisfy({ !row.columns[$0.place].isNull }) else {
            return false
        }
        let same = fields.enumerated().map { "\($1.column) = $\($0 + 1)" }.joined(separator: " AND ")
        return try !grant.rows.none(
            "SELECT record FROM \(table) \(present) AND \(same) LIMIT 1", fields.map { row.columns[$0.place] }, in: transaction)
    }

    /// The rule in words of the table, by which a changed one is told.
    var text: String { "(\(names)) \(present)" }

    private var names: String { fields.map(\.column).joined(separator: ", ") }

    /// Makes the index, unique; a plain one for the question's sake where rows stand twice, whose newest is told.
    func make(_ register: String, in transaction: borrowing Transaction) throws -> StandingTwice? {
        do {
            try transaction.execute("CREATE UNIQUE INDEX \(table)_once ON \(table) (\(names)) \(present)", [])
            return nil
        } catch let failure as StatementFailure where failure.kind == .unique {
            try transaction.execute("CREATE INDEX \(table)_once ON \(table) (\(names)) \(present)", [])
            let twice = "SELECT max(row) AS newest, count(*) AS rows FROM \(table) \(present) GROUP BY \(names) HAVING count(*) > 1"
            guard let found = try transaction.first("SELECT count(*), max(newest) FROM (\(twice)) AS twice"), try found.int(0) > 0,
                let newest = try transaction.first("SELECT record FROM \(table) WHERE row = $1", [found[1]])
            else { throw failure }
            return try StandingTwice(register: register, groups: found.int(0), row: found.int(1), record: newest.text(0))
        }
    }

    private static func literal(_ value: SQLValue) -> String {
        switch value {
        case .integer(let number): String(number)
        case .text(let text): "'" + text.replacing("'", with: "''") + "'"
        case .null, .blob: "NULL"
        }
    }
}

/// Present rows of a register that stand twice although its folder says that they may stand once.
package struct StandingTwice: Error, Hashable, Sendable, CustomStringConvertible {
    package let register: String
    /// How many values have more than one row.
    package let groups: Int
    /// The newest of these rows: its number in the table, from 1, and its record.
    package let row: Int
    package let record: String

    package var description: String {
        "register \(register): \(groups) of what may stand once by ‘once_per’ stand twice, the newest as record \(record): "
            + "they stay as they are, and no further one is written beside them; end the wrong ones, then start again"
    }
}

extension RegisterTable {
    /// Makes the index of what may stand once, anew when the folder's rule has changed or rows stood twice before.
    func prepareOnce(in transaction: borrowing Transaction) throws -> StandingTwice? {
        let known = try transaction.first("SELECT rule FROM registry_once WHERE register = $1", [.text(definition.id)])?.text(0)
        guard known != once?.text else { return nil }
        try transaction.execute("DROP INDEX IF EXISTS \(table)_once", [])
        try transaction.execute("DELETE FROM registry_once WHERE register = $1", [.text(definition.id)])
        guard let once else { return nil }
        if let twice = try once.make(definition.id, in: transaction) { return twice }
        try transaction.execute(
            "INSERT INTO registry_once (register, rule) VALUES ($1, $2)", [.text(definition.id), .text(once.text)])
        return nil
    }
}
