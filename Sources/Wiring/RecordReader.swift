internal import Definitions
internal import Kernel
internal import Registry
internal import Schemas
internal import StateFolder

/// Reads the rows of `records.csv` as records: each value as its field's type, each row checked against the schema.
struct RecordReader {
    private let definition: RegisterDefinition
    private let register: RegisterTable
    private let path: String
    private let validFrom: String
    private var csv: CSVReader
    /// Per column its field; found with the header.
    private var fields: [FieldDefinition]?

    init(_ definition: RegisterDefinition, _ register: RegisterTable, path: String, validFrom: CalendarDate) {
        self.definition = definition
        self.register = register
        self.path = path
        self.validFrom = validFrom.text
        csv = CSVReader(path: path)
    }

    /// The line on which the last record began.
    var line: Int { csv.position(0).line }

    /// The next record; nil after the last.
    ///
    /// **Throws** with path, line and column for a row that cannot be read or that the schema refuses.
    mutating func next(_ more: () throws -> [UInt8]?) throws -> ImportRows.ImportedRow? {
        while true {
            switch try csv.advance() {
            case .needsInput:
                if let bytes = try more() { csv.feed(bytes) } else { csv.finish() }
            case .row: return try record()
            case .end: return nil
            }
        }
    }

    private mutating func record() throws -> ImportRows.ImportedRow {
        let fields = try self.fields ?? header()
        self.fields = fields
        var data = JSONObject()
        for (column, field) in fields.enumerated() where !csv.isEmpty(column) {
            data[field.name] = try value(csv.text(column), of: field, column)
        }
        let json = JSON.object(data)
        if !definition.compiled.isValid(json), let fault = definition.compiled.validate(json).first {
            let column = fields.firstIndex { "/" + $0.name == fault.fault.pointer } ?? 0
            throw Diagnostic("\(fault.fault.pointer) \(fault.fault.message["en"])", at: csv.position(column), in: path)
        }
        var personKey: String?
        if case .field(let name) = definition.person { personKey = data[name]?.string }
        return ImportRows.ImportedRow(row: PreparedRow(data, in: register), personKey: personKey, validFrom: validFrom)
    }

    private func header() throws -> [FieldDefinition] {
        try csv.header.map { name in
            guard let field = definition.fields.first(where: { $0.name == name }) else {
                throw Diagnostic("the register has no field '\(name)': mend the header or the schema", at: Position(line: 1, column: 1), in: path)
            }
            return field
        }
    }

    private func value(_ text: String, of field: FieldDefinition, _ column: Int) throws -> JSON {
        switch field.type {
        case .text, .date: return .string(text)
        case .integer, .decimal:
            guard let number = Decimal128(text) else {
                throw Diagnostic("'\(text)' is no number: \(field.name) is one", at: csv.position(column), in: path)
            }
            return .number(number)
        case .boolean:
            guard text == "true" || text == "false" else {
                throw Diagnostic("'\(text)': \(field.name) is true or false", at: csv.position(column), in: path)
            }
            return .bool(text == "true")
        }
    }
}
