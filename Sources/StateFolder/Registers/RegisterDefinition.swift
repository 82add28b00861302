import Definitions
package import Kernel
package import Schemas

/// A column of a register.
package struct FieldDefinition: Hashable, Sendable {
    package enum FieldType: String, CaseIterable, Hashable, Sendable { case text, integer, decimal, date, boolean }

    package let name: String
    package let names: LocalText
    package let type: FieldType
    /// Has a typed, indexed column.
    package let searchable: Bool
    package let isRequired: Bool
    /// Words for the values of an enumeration.
    package let values: [String: LocalText]

    /// The word for a value of an enumeration; nil for other values.
    package func label(of value: JSON, _ language: String) -> String? { value.string.flatMap { values[$0]?[language] } }

    /// The words for all values of an enumeration.
    package func labels(_ language: String) -> JSONObject {
        values.sorted { $0.key < $1.key }.reduce(into: JSONObject()) { $0[$1.key] = .string($1.value[language]) }
    }
}

/// Whose data a register's rows are.
package enum PersonLink: Hashable, Sendable {
    /// Each row is a person.
    case isPerson
    /// The field holds the key of the person register.
    case field(String)
    /// Nobody's.
    case none
}

/// What a register may hold once: of its present rows that the condition fits, no two have the same values in these fields.
package struct OnceDefinition: Hashable, Sendable {
    package let fields: [String]
    /// Field and value that a row has while it counts; empty: every present row counts.
    package let condition: [Condition]

    package struct Condition: Hashable, Sendable {
        package let field: String
        package let value: JSON
    }

    static let fieldsMax = 4
}

/// A body's authoritative records.
package struct RegisterDefinition: Sendable {
    package let id: String
    package let names: LocalText
    package let body: String
    /// The field that is unique.
    package let key: String
    package let person: PersonLink
    /// Everybody may read it; it holds no personal data.
    package let isPublic: Bool
    package let schema: JSON
    package let compiled: CompiledSchema
    /// In the order of the schema.
    package let fields: [FieldDefinition]
    /// Whether `records.csv` is there.
    package let hasRecords: Bool
    /// How new keys are made.
    package let numbering: Numbering?
    /// The fields that name a row to a reader, such as a person's names.
    package let title: [String]
    /// What may stand in it once at a time.
    package let once: OnceDefinition?

    package func field(_ name: String) -> FieldDefinition? { fields.first { $0.name == name } }

    static func readAll(_ folder: inout Folder) -> [RegisterDefinition] {
        var registers: [RegisterDefinition] = [], isWhole = true
        var personRegister: String?
        for id in folder.folders(in: "registries") {
            let path = "registries/\(id)/registry.yaml"
            folder.checkIdentifier(id, "a register", at: .start, in: path)
            guard let (register, node) = read(id, &folder) else { isWhole = false; continue }
            if register.person == .isPerson {
                if let first = personRegister {
                    folder.diagnostics.error("‘\(first)’ is the register of people already; write ‘person: {field: …}’ or ‘person: none’", at: node)
                }
                personRegister = id
            }
            registers.append(register)
        }
        if personRegister == nil, isWhole {
            folder.diagnostics.error("no register holds the people; write ‘person: self’ in one registry.yaml", at: .start, in: "registries")
        }
        if isWhole { folder.registers = Dictionary(uniqueKeysWithValues: registers.map { ($0.id, $0) }) }
        return registers
    }

    private static func read(_ id: String, _ folder: inout Folder) -> (RegisterDefinition, person: Node)? {
        let base = "registries/\(id)/"
        let schemaNode = folder.json(base + "schema.json", for: "the JSON Schema of a record")
        guard let node = folder.yaml(base + "registry.yaml", for: "the register's names, body, key and fields"),
              var reader = MappingReader(node, "the register", into: &folder.diagnostics) else { return nil }
        let names = folder.localText("names", of: &reader)
        let bodyNode = reader.node("body", into: &folder.diagnostics)
        let body = bodyNode.flatMap { MappingReader.text($0, "body", into: &folder.diagnostics) }
        if let body, let bodyNode { folder.check(body, "body", among: folder.bodies?.keys, at: bodyNode) }
        let schema = schemaNode.flatMap { RecordSchema($0, &folder) }
        let known = schema.map { $0.properties.map { $0.name } }

        let keyNode = reader.node("key", into: &folder.diagnostics)
        let key = keyNode.flatMap { MappingReader.text($0, "key", into: &folder.diagnostics) }
        if let key, let keyNode, folder.check(key, "field", among: known, at: keyNode), let property = schema?.property(key), !property.isRequired {
            folder.diagnostics.error("the key ‘\(key)’ must be required by schema.json; add it to ‘required’ there", at: keyNode)
        }
        let personNode = reader.node("person", into: &folder.diagnostics)
        let person = personNode.flatMap { personLink($0, known, &folder) }
        let isPublic = reader.flag("public", default: false, into: &folder.diagnostics)
        if isPublic, let person, person != .none, let node = reader.optionalNode("public") {
            folder.diagnostics.error("a register about people cannot be public; delete ‘public’, or write ‘person: none’", at: node)
        }
        let fields = reader.node("fields", into: &folder.diagnostics).flatMap { Self.fields($0, schema, &folder) } ?? []
        let numbering = reader.optionalNode("numbering").flatMap { node -> Numbering? in
            guard let text = MappingReader.text(node, "numbering", into: &folder.diagnostics) else { return nil }
            if let numbering = Numbering(text) { return numbering }
            folder.diagnostics.error("‘\(text)’ is no numbering; write literal text with {year} at most once and {seq:5} once, such as EI-{year}-{seq:5}", at: node)
            return nil
        }
        var title: [String] = []
        if reader.node("title", into: &folder.diagnostics) != nil {
            for (field, item) in reader.texts("title", into: &folder.diagnostics) where folder.check(field, "field", among: known, at: item) { title.append(field) }
        }
        let once = once(&reader, schema, &folder)
        let expectsRecords = reader.flag("records", default: true, into: &folder.diagnostics)
        let hasRecords = folder.takeIfPresent(base + "records.csv") != nil
        if expectsRecords, !hasRecords {
            folder.diagnostics.error("the file is missing; it holds the first records: write it with a header row at least, or write ‘records: false’ in registry.yaml",
                                     at: .start, in: base + "records.csv")
        }
        reader.finish(into: &folder.diagnostics)
        guard let names, let body, let key, let person, let personNode, let schema, let compiled = schema.compiled else { return nil }
        return (RegisterDefinition(
            id: id, names: names, body: body, key: key, person: person, isPublic: isPublic, schema: schema.json, compiled: compiled, fields: fields,
            hasRecords: hasRecords, numbering: numbering, title: title, once: once), personNode)
    }

    /// `once_per: [cedula]`, and `while: {status: active}` where only rows in a certain state count.
    private static func once(_ reader: inout MappingReader, _ schema: RecordSchema?, _ folder: inout Folder) -> OnceDefinition? {
        let conditionNode = reader.optionalNode("while")
        guard let node = reader.optionalNode("once_per") else {
            if let conditionNode { folder.diagnostics.error("‘while’ belongs to ‘once_per’; write once_per: [field] beside it, or delete it", at: conditionNode) }
            return nil
        }
        let known = schema.map { $0.properties.map { $0.name } }
        var fields: [String] = []
        for (field, item) in reader.texts("once_per", into: &folder.diagnostics) where folder.check(field, "field", among: known, at: item) {
            if fields.contains(field) { folder.diagnostics.error("the field ‘\(field)’ stands twice; keep one", at: item) }
            if let property = schema?.property(field), !property.isRequired {
                folder.diagnostics.error("‘\(field)’ must be required by schema.json, for rows without it would all be allowed; add it to ‘required’ there", at: item)
            }
            fields.append(field)
        }
        if node.items?.isEmpty == true { folder.diagnostics.error("‘once_per’ is empty; name the fields that may stand once, or delete it", at: node) }
        if fields.count > OnceDefinition.fieldsMax { folder.diagnostics.error("‘once_per’ may name at most \(OnceDefinition.fieldsMax) fields", at: node) }
        var condition: [OnceDefinition.Condition] = []
        for (field, value) in conditionNode.flatMap({ folder.named($0, "while") }) ?? [] {
            guard folder.check(field.text, "field", among: known, at: field.node), let property = schema?.property(field.text) else { continue }
            guard let json = conditionValue(value, property, &folder) else { continue }
            condition.append(OnceDefinition.Condition(field: field.text, value: json))
        }
        return OnceDefinition(fields: fields, condition: condition.sorted { $0.field < $1.field })
    }

    private static func conditionValue(_ node: Node, _ property: RecordSchema.Property, _ folder: inout Folder) -> JSON? {
        let json = node.json
        switch property.type {
        case .boolean where json.bool != nil, .integer where json.int != nil: return json
        case .text where json.string != nil && !property.choices.isEmpty:
            return folder.check(json.string ?? "", "value of ‘\(property.name)’", among: property.choices, at: node) ? json : nil
        case .text where json.string != nil, .date where json.string != nil: return json
        case .decimal where json.number != nil: return json
        default:
            folder.diagnostics.error("‘\(property.name)’ is never \(node.kindInWords) by schema.json; write a value that it can have", at: node)
            return nil
        }
    }

    private static func personLink(_ node: Node, _ known: [String]?, _ folder: inout Folder) -> PersonLink? {
        if let word = node.text {
            if word == "self" { return .isPerson }
            if word == "none" { return PersonLink.none }
            folder.diagnostics.error("‘person’ cannot be ‘\(word)’; write self, none, or {field: …} with the field that holds the person's key", at: node)
            return nil
        }
        guard var reader = MappingReader(node, "person", into: &folder.diagnostics) else { return nil }
        let fieldNode = reader.node("field", into: &folder.diagnostics)
        reader.finish(into: &folder.diagnostics)
        guard let fieldNode, let field = MappingReader.text(fieldNode, "field", into: &folder.diagnostics) else { return nil }
        folder.check(field, "field", among: known, at: fieldNode)
        return .field(field)
    }

    private static func fields(_ node: Node, _ schema: RecordSchema?, _ folder: inout Folder) -> [FieldDefinition]? {
        guard let entries = folder.named(node, "fields") else { return nil }
        var written: [String: FieldDefinition] = [:]
        for (name, node) in entries {
            guard var reader = MappingReader(node, "the field ‘\(name.text)’", into: &folder.diagnostics) else { continue }
            let names = folder.localText("names", of: &reader)
            let searchable = reader.flag("searchable", default: false, into: &folder.diagnostics)
            let valuesNode = reader.optionalNode("values")
            let values = valuesNode.flatMap { folder.named($0, "values") } ?? []
            reader.finish(into: &folder.diagnostics)
            var words: [String: LocalText] = [:]
            for (value, node) in values { words[value.text] = folder.localText(node, value.text) ?? [:] }
            guard let schema else { continue }
            guard folder.check(name.text, "field", among: schema.properties.map { $0.name }, at: name.node), let property = schema.property(name.text) else { continue }
            if let valuesNode {
                for (value, _) in values { folder.check(value.text, "value of ‘\(name.text)’", among: property.choices, at: value.node) }
                let missing = property.choices.filter { words[$0] == nil }
                if !missing.isEmpty {
                    folder.diagnostics.error("‘values’ lacks " + missing.map { "‘\($0)’" }.joined(separator: ", ") + "; schema.json allows it, so it needs words", at: valuesNode)
                }
            }
            written[name.text] = FieldDefinition(name: name.text, names: names ?? [:], type: property.type, searchable: searchable, isRequired: property.isRequired, values: words)
        }
        guard let schema else { return nil }
        let missing = schema.properties.filter { written[$0.name] == nil && node[$0.name] == nil }
        if !missing.isEmpty {
            folder.diagnostics.error("‘fields’ lacks " + missing.map { "‘\($0.name)’" }.joined(separator: ", ") + "; name every property of schema.json", at: node)
        }
        return schema.properties.compactMap { written[$0.name] }
    }
}

/// The pattern of new keys: literal text, the year, and a number counted per year.
///
/// **Shape** `EI-{year}-{seq:5}`; `{seq:n}` once, with 1 to 12 digits, `{year}` at most once. Without `{year}` the count never begins anew.
package struct Numbering: Hashable, Sendable {
    package enum Part: Hashable, Sendable { case literal(String), year, sequence(digits: Int) }
    package let text: String
    package let parts: [Part]

    package init?(_ text: String) {
        var parts: [Part] = [], literal = "", rest = Substring(text)
        while let character = rest.first {
            if character == "{" {
                guard let end = rest.firstIndex(of: "}") else { return nil }
                if !literal.isEmpty { parts.append(.literal(literal)); literal = "" }
                let token = rest[rest.index(after: rest.startIndex)..<end]
                if token == "year" { parts.append(.year) }
                else if token.hasPrefix("seq:"), let digits = Int(token.dropFirst(4)), digits >= 1, digits <= 12 { parts.append(.sequence(digits: digits)) }
                else { return nil }
                rest = rest[rest.index(after: end)...]
            } else {
                guard character != "}" else { return nil }
                literal.append(character)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { parts.append(.literal(literal)) }
        let sequences = parts.count { if case .sequence = $0 { true } else { false } }
        guard sequences == 1, parts.count(where: { $0 == .year }) <= 1, text.utf8.count <= 60 else { return nil }
        self.text = text
        self.parts = parts
    }

    package var countsPerYear: Bool { parts.contains(.year) }

    /// The key for a number of a year. A number that has outgrown its digits is written whole.
    package func key(year: Int, number: Int) -> String {
        func padded(_ value: Int, _ digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        return parts.map { part in
            switch part {
            case .literal(let text): text
            case .year: padded(year, 4)
            case .sequence(let digits): padded(number, digits)
            }
        }.joined()
    }

    /// The year and the number in a key of this pattern, or nil for another key: to go on after the records that were imported.
    package func number(in key: String) -> (year: Int?, number: Int)? {
        var rest = Substring(key), year: Int?, number: Int?
        for part in parts {
            switch part {
            case .literal(let text):
                guard rest.hasPrefix(text) else { return nil }
                rest = rest.dropFirst(text.count)
            case .year:
                guard rest.count >= 4, let value = Int(rest.prefix(4)), value >= 0 else { return nil }
                year = value
                rest = rest.dropFirst(4)
            case .sequence(let digits):
                let run = rest.prefix { $0.isASCII && $0.isNumber }
                guard run.count >= digits, let value = Int(run) else { return nil }
                number = value
                rest = rest.dropFirst(run.count)
            }
        }
        guard rest.isEmpty, let number else { return nil }
        return (year, number)
    }
}

/// A `schema.json`: compiled, and its top-level properties looked through for what the platform must know of them.
struct RecordSchema {
    struct Property {
        enum Shape: Hashable { case text, integer, decimal, date, boolean, choice, choices, other }
        let name: String
        let shape: Shape
        /// Of an enumeration, or of the items of a list.
        let choices: [String]
        let isRequired: Bool
        let node: Node

        /// The register field's type.
        var type: FieldDefinition.FieldType {
            switch shape {
            case .integer: .integer
            case .decimal: .decimal
            case .date: .date
            case .boolean: .boolean
            case .text, .choice, .choices, .other: .text
            }
        }
    }

    let node: Node
    let json: JSON
    let compiled: CompiledSchema?
    let properties: [Property]

    /// Nil when the schema is no object schema at all. Register fields must be scalars; an application may also hold lists of choices.
    init?(_ node: Node, _ folder: inout Folder, allowsLists: Bool = false) {
        guard node.entries != nil else {
            folder.diagnostics.error("a schema is an object, not \(node.kindInWords)", at: node)
            return nil
        }
        self.node = node
        json = node.json
        compiled = SchemaCompiling.compile(node, &folder)
        guard let list = node["properties"], let entries = list.entries else {
            folder.diagnostics.error("the schema lacks ‘properties’; describe each field there", at: node)
            return nil
        }
        if node["type"]?.text != "object" {
            folder.diagnostics.error("the schema must say \"type\": \"object\"", at: node["type"] ?? node)
        }
        let required = Set((node["required"]?.items ?? []).compactMap { $0.text })
        var properties: [Property] = []
        for entry in entries {
            guard case .scalar(let name, _) = entry.key.content else { continue }
            folder.checkFieldName(name, at: entry.key)
            let (shape, choices) = Self.shape(Self.resolve(entry.value, in: node))
            if shape == .other || (shape == .choices && !allowsLists) {
                folder.diagnostics.error("‘\(name)’ must be text, an enumeration of texts, integer, number or boolean"
                    + (allowsLists ? ", or a list of enumerated texts" : "") + "; write its \"type\"", at: entry.value)
            }
            properties.append(Property(name: name, shape: shape, choices: choices, isRequired: required.contains(name), node: entry.value))
        }
        for item in node["required"]?.items ?? [] {
            if let name = item.text { folder.check(name, "property", among: properties.map { $0.name }, at: item) }
        }
        self.properties = properties
    }

    func property(_ name: String) -> Property? { properties.first { $0.name == name } }

    /// Follows a reference into the same file.
    private static func resolve(_ node: Node, in root: Node) -> Node {
        var node = node
        for _ in 0..<8 {
            guard let reference = node["$ref"]?.text, reference.hasPrefix("#"), let pointer = JSONPointer(String(reference.dropFirst())) else { return node }
            var target = root
            for token in pointer.tokens {
                guard let next = target[token] else { return node }
                target = next
            }
            node = target
        }
        return node
    }

    private static func shape(_ node: Node) -> (Property.Shape, choices: [String]) {
        if let items = node["enum"]?.items {
            let texts = items.compactMap { $0.text }
            return texts.count == items.count && !texts.isEmpty ? (.choice, texts) : (.other, [])
        }
        switch node["type"]?.text {
        case "string": return (node["format"]?.text == "date" ? .date : .text, [])
        case "integer": return (.integer, [])
        case "number": return (.decimal, [])
        case "boolean": return (.boolean, [])
        case "array":
            guard let items = node["items"] else { return (.other, []) }
            let (shape, choices) = shape(items)
            return shape == .choice ? (.choices, choices) : (.other, [])
        default: return (.other, [])
        }
    }
}
