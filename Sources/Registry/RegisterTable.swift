internal import Audit
package import Gate
package import Kernel
package import StateFolder
package import Storage

/// A register as the platform keeps it: one table made from its schema, in which history is never overwritten.
///
/// Each row: a record's identifier, whose it is, valid from/to (when it is true in the world), recorded from/to (when the
/// state knew it), the access that wrote it, the canonical data, and a typed, indexed column for each searchable field.
/// "Now" is a partial index over rows whose two ends are open.
package struct RegisterTable: Sendable {
    package let definition: RegisterDefinition
    let table: String
    let searchable: [FieldDefinition]
    /// The fields with a typed column: those that are searched, and those that may stand once.
    let columns: [FieldDefinition]
    /// What a present row forbids to a new one.
    let once: OnceRule?
    // Statements that are run for each row: written once.
    private let selection: String
    private let insertion: String
    private let ownerByKey: String

    package init(_ definition: RegisterDefinition) {
        self.definition = definition
        table = "registry_" + definition.id.replacing("-", with: "_")
        searchable = definition.fields.filter { $0.searchable || $0.name == definition.key }
        let isKept = Set((definition.once?.fields ?? []) + (definition.once?.condition.map(\.field) ?? []))
        let kept = definition.fields.filter { $0.searchable || $0.name == definition.key || isKept.contains($0.name) }
        columns = kept
        once = definition.once.map { OnceRule($0, columns: kept, table: "registry_" + definition.id.replacing("-", with: "_")) }
        selection = "SELECT record, person, valid_from, recorded_from, data, row FROM \(table)"
        ownerByKey =
            "SELECT record FROM \(table) WHERE \(Self.column(definition.key)) = $1 AND recorded_to IS NULL AND valid_to IS NULL"
        let names = kept.map { ", " + Self.column($0.name) }.joined()
        let places = kept.indices.map { ", $\($0 + 7)" }.joined()
        insertion = """
            INSERT INTO \(table) (record, person, valid_from, recorded_from, access, data\(names))
            VALUES ($1, $2, $3, $4, $5, $6\(places)) ON CONFLICT DO NOTHING
            """
    }

    static func column(_ field: String) -> String { "f_" + field.lowercased().replacing("-", with: "_") }

    /// The row of a record as it is now, with the named fields only.
    package func current(
        _ record: String, fields: [String], under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> RegisterRow? {
        try grant.rows.first(statement("record = $1"), [.text(record)], of: table, in: transaction).map { try noted($0, fields, isAsLogged: true, grant) }
    }

    /// The rows about a person as they are now, with the named fields only: all of them, so that who decides on what is not there may.
    package func current(
        ofPerson person: String, fields: [String], under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> [RegisterRow] {
        try grant.rows.all(statement("person = $1"), [.text(person)], of: table, in: transaction).map { try noted($0, fields, isAsLogged: true, grant) }
    }

    /// The rows about a person as they are now, also those that are not what the log knows: ``RegisterRow/isAsLogged`` tells them apart, so that one
    /// of them does not stop the others.
    package func judged(
        ofPerson person: String, fields: [String], under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> [RegisterRow] {
        try grant.rows.judged(statement("person = $1"), [.text(person)], of: table, in: transaction).map { (row, isAsLogged) in
            try noted(row, fields, isAsLogged: isAsLogged, grant)
        }
    }

    /// The row of a record as it is now, whether or not it is what the log knows.
    package func judged(
        _ record: String, fields: [String], under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> RegisterRow? {
        try grant.rows.judged(statement("record = $1"), [.text(record)], of: table, in: transaction).first.map { (row, isAsLogged) in
            try noted(row, fields, isAsLogged: isAsLogged, grant)
        }
    }

    /// The rows in which a searchable field has the value.
    package func find(
        _ field: String, equals value: String, fields: [String], under grant: borrowing Grant,
        in transaction: borrowing Transaction
    ) throws -> [RegisterRow] {
        guard let searched = searchable.first(where: { $0.name == field }) else {
            throw RegistryFault.notSearchable(register: definition.id, field: field)
        }
        guard let stored = searched.stored(.string(value)) else { return [] }
        let question = statement("\(Self.column(field)) = $1")
        // A key stands once: where it is found, nothing else is asked for.
        let rows = try field == definition.key
            ? grant.rows.first(question, [stored], of: table, in: transaction).map { [$0] } ?? []
            : grant.rows.all(question, [stored], of: table, in: transaction)
        let found = try rows.map { try noted($0, ["*"], noting: fields, isAsLogged: true, grant) }
        // The column that was searched repeats the data and is not sealed itself: the data are.
        guard found.allSatisfy({ $0.data[field].flatMap(searched.stored) == stored }) else {
            throw AuditCorrupt("\(table): the searchable column of \(field) says something else than the row's data")
        }
        return found.map { $0.only(fields) }
    }

    private func statement(_ condition: String) -> String {
        "\(selection) WHERE \(condition) AND recorded_to IS NULL AND valid_to IS NULL ORDER BY row LIMIT \(Self.rowsMax)"
    }

    private func noted(
        _ row: Row, _ fields: [String], noting noted: [String]? = nil, isAsLogged: Bool, _ grant: borrowing Grant
    ) throws -> RegisterRow {
        let whole = try RegisterRow(definition.id, row, isAsLogged: isAsLogged)
        if let person = whole.person {
            grant.note(person: person, register: definition.id, record: whole.record, fields: noted ?? fields)
        }
        return whole.only(fields)
    }

    /// More rows than this about one person or value are a mistake of the question.
    static let rowsMax = 500

    /// Writes a new record. The data were validated against the schema before.
    package func create(
        _ data: JSONObject, person: String?, validFrom: CalendarDate, under grant: borrowing Grant,
        in transaction: borrowing Transaction
    ) throws -> RegisterRow {
        let record = grant.newIdentifier().text
        try insert(record, PreparedRow(data, in: self), person: person, validFrom: validFrom, grant, transaction)
        if let person {
            grant.note(person: person, register: definition.id, record: record, fields: data.keys)
        }
        return RegisterRow(
            register: definition.id, record: record, person: person, validFrom: validFrom, recordedAt: grant.now, data: data)
    }

    /// Closes the record's current row and writes the new one: the old stays readable for ever.
    package func amend(
        _ record: String, to data: JSONObject, validFrom: CalendarDate, under grant: borrowing Grant,
        in transaction: borrowing Transaction
    ) throws -> RegisterRow {
        let owner = try close(record, validTo: validFrom, under: grant, in: transaction)
        try insert(record, PreparedRow(data, in: self), person: owner, validFrom: validFrom, grant, transaction)
        if let owner { grant.note(person: owner, register: definition.id, record: record, fields: data.keys) }
        return RegisterRow(
            register: definition.id, record: record, person: owner, validFrom: validFrom, recordedAt: grant.now, data: data)
    }

    /// Ends a record: it is no longer true from that day on. Returns whose it was.
    @discardableResult
    package func close(
        _ record: String, validTo: CalendarDate, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> String? {
        // Held to the log before it is changed: the entry about the change makes nothing true that somebody else wrote there.
        let current = try grant.rows.first(
            "SELECT row, person FROM \(table) WHERE record = $1 AND recorded_to IS NULL AND valid_to IS NULL", [.text(record)], of: table,
            in: transaction)
        guard let row = current else { throw Refusal(.notFound, "register.no-record") }
        try transaction.execute(
            "UPDATE \(table) SET valid_to = $2, recorded_to = $3 WHERE row = $1",
            [row[0], .text(validTo.text), .integer(grant.now.milliseconds)])
        let owner = try row.optionalText(1)
        if let owner { grant.note(person: owner, register: definition.id, record: record, fields: ["*"]) }
        return owner
    }

    /// Whose current rows have the value in one of the fields, as far as these are searchable: for leading to what another room holds about
    /// them, never for showing. Who is shown in the end is for the caller to note.
    package func owners(
        of fields: [String], equal value: String, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> [String] {
        var owners: [String] = []
        for field in searchable where fields.contains(field.name) {
            guard let stored = field.stored(.string(value)) else { continue }
            let sql = "SELECT person FROM \(table) \(Self.now) AND \(Self.column(field.name)) = $1 AND person IS NOT NULL ORDER BY row LIMIT \(Self.rowsMax)"
            for row in try transaction.list(sql, [stored]) {
                let owner = try row.text(0)
                if !owners.contains(owner) { owners.append(owner) }
            }
        }
        return owners
    }

    /// Who owns the current row whose key is this: for links between registers, never for showing.
    func owner(key: SQLValue, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String? {
        try grant.rows.lines(ownerByKey, [key], in: transaction).first?.text(0)
    }

    private func insert(
        _ record: String, _ row: PreparedRow, person: String?, validFrom: CalendarDate, _ grant: borrowing Grant,
        _ transaction: borrowing Transaction
    ) throws {
        // Asked before the key is, and also where rows that stand twice already keep the unique index from being made.
        if let once, try once.isTaken(row, under: grant, in: transaction) { throw takenOnce }
        guard try write(record, row, person: person, validFrom: validFrom.text, grant, transaction) else {
            throw Refusal(.conflict, "register.key-taken", parameters: ["register": definition.id])
        }
    }

    /// Refuses in words data that the register may not take beside a present row: before a number of its series is used up for them.
    package func checkOnce(_ data: JSONObject, under grant: borrowing Grant, in transaction: borrowing Transaction) throws {
        if let once, try once.isTaken(PreparedRow(data, in: self), under: grant, in: transaction) { throw takenOnce }
    }

    private var takenOnce: Refusal { Refusal(.conflict, "register.once-taken", parameters: ["register": definition.id]) }

    /// Returns whether the row was written; a key that is taken leaves everything as it was.
    func write(
        _ record: String, _ row: PreparedRow, person: String?, validFrom: String, _ grant: borrowing Grant,
        _ transaction: borrowing Transaction
    ) throws -> Bool {
        var values: [SQLValue] = [
            .text(record), person.map { .text($0) } ?? .null, .text(validFrom), .integer(grant.now.milliseconds),
            .text(grant.access.text), .text(row.data),
        ]
        values += row.columns
        return try grant.rows.put(insertion, values, in: transaction)
    }
}

/// A row made ready outside the transaction: its canonical text and the typed columns.
package struct PreparedRow: Sendable {
    let data: String
    let columns: [SQLValue]

    package init(_ data: JSONObject, in register: RegisterTable) {
        self.data = JSON.object(data).canonical
        columns = register.columns.map { field in data[field.name].flatMap(field.stored) ?? .null }
    }
}

/// One record's state, as it is now.
package struct RegisterRow: Sendable {
    package let register: String
    package let record: String
    package let person: String?
    package let validFrom: CalendarDate
    package let recordedAt: Instant
    package let data: JSONObject
    /// Whether it is what the log says was written. One that is not is handed out by ``RegisterTable/judged(ofPerson:fields:under:in:)`` alone.
    package var isAsLogged = true
}

extension RegisterRow {
    fileprivate init(_ register: String, _ row: Row, isAsLogged: Bool) throws {
        guard case .object(let data) = try JSON.parse(row.text(4)), let validFrom = CalendarDate(try row.text(2)) else {
            throw RegistryFault.unreadable(register: register, record: try row.text(0))
        }
        try self.init(
            register: register, record: row.text(0), person: row.optionalText(1), validFrom: validFrom,
            recordedAt: row.instant(3), data: data, isAsLogged: isAsLogged)
    }

    /// The row with the named fields only; `*` names all.
    func only(_ fields: [String]) -> RegisterRow {
        guard !fields.contains("*") else { return self }
        var kept = JSONObject()
        for field in fields { if let value = data[field] { kept[field] = value } }
        return RegisterRow(
            register: register, record: record, person: person, validFrom: validFrom, recordedAt: recordedAt, data: kept,
            isAsLogged: isAsLogged)
    }
}

extension FieldDefinition {
    /// The field's value as its column holds it; `nil` when the value does not fit the type.
    func stored(_ value: JSON) -> SQLValue? { type.stored(value) }
}

extension FieldDefinition.FieldType {
    func stored(_ value: JSON) -> SQLValue? {
        switch self {
        case .text, .date, .decimal:
            value.string.map { .text($0) } ?? value.number.map { .text($0.text) }
        case .integer:
            value.int.map { .integer(Int64($0)) } ?? value.string.flatMap { Int64($0) }.map { .integer($0) }
        case .boolean:
            value.bool.map { .integer($0 ? 1 : 0) } ?? value.string.map { .integer($0 == "true" ? 1 : 0) }
        }
    }
}

/// A mistake of the platform or its folder, not of a person.
package enum RegistryFault: Error, Hashable, Sendable, CustomStringConvertible {
    case notSearchable(register: String, field: String)
    case unknownRegister(String)
    case unreadable(register: String, record: String)
    case changedType(register: String, field: String)
    case keyTwice(register: String, field: String, groups: Int, records: [String])

    /// Records that a message names at most.
    static let recordsMax = 6

    package var description: String {
        switch self {
        case .notSearchable(let register, let field):
            "register \(register): \(field) is no searchable field: write ‘searchable: true’ in registry.yaml"
        case .unknownRegister(let register): "register \(register): there is no such register in the state's folder"
        case .unreadable(let register, let record): "register \(register): record \(record) cannot be read: restore the data folder from its backup"
        case .keyTwice(let register, let field, let groups, let records):
            "register \(register): its key is \(field) now, and \(groups) of its values stand in more than one present row, as in the records "
                + "\(records.joined(separator: ", ")): put the earlier key back, start, end the wrong records, then make \(field) the key"
        case .changedType(let register, let field):
            "register \(register): the rows hold \(field) as another type than schema.json says now: restore the type, or give the new one a new field"
        }
    }
}

extension RegisterTable {
    /// The next number of the register's own series, without gaps: it is taken in the transaction that uses it.
    package func nextNumber(
        _ numbering: Numbering, year: Int, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> String {
        let known = try grant.rows.first(
            "SELECT register, year, last FROM registry_series WHERE register = $1 AND year = $2", [.text(definition.id), .integer(Int64(year))],
            of: "registry_series", in: transaction)
        // The first of a year goes on after the numbers that were imported.
        let next = try known.map { try $0.int(2) + 1 } ?? (highestNumber(numbering, year: year, in: transaction) + 1)
        let row = try transaction.first(
            """
            INSERT INTO registry_series (register, year, last) VALUES ($1, $2, $3)
            ON CONFLICT (register, year) DO UPDATE SET last = excluded.last RETURNING last
            """,
            [.text(definition.id), .integer(Int64(year)), .integer(Int64(next))])
        guard let last = try row?.int(0) else { throw RegistryFault.unknownRegister(definition.id) }
        return numbering.key(year: year, number: last)
    }
}

extension RegisterTable {
    /// The highest number of the year that the register holds already, 0 when there is none: asked once for each year.
    ///
    /// A number that somebody hid or invented there is no second use: keys are unique among the present rows.
    private func highestNumber(_ numbering: Numbering, year: Int, in transaction: borrowing Transaction) throws -> Int {
        // Numbers of other years, and keys of other patterns, do not count.
        var highest = 0
        try transaction.listEach("SELECT \(Self.column(definition.key)) FROM \(table)") { (row: Row) in
            guard let found = numbering.number(in: try row.text(0)), found.year ?? year == year else { return }
            highest = max(highest, found.number)
        }
        return highest
    }
}
