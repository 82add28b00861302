package import Definitions
internal import FEEL

/// A decision table where it stands in its model: whose it is, what its columns depend on, and its places in the file.
package struct PlacedTable: Sendable {
    /// What a column's values come from.
    struct Origin: Sendable {
        /// Something that the table does not make itself: an input of the model, a parameter, or a member of one.
        struct Source: Hashable, Sendable {
            let name: String
            /// Members on the way down from it.
            let path: [String]

            /// Whether one says something of the other.
            func touches(_ other: Source) -> Bool { name == other.name && zip(path, other.path).allSatisfy { $0 == $1 } }
        }

        /// Nil where it may be anything.
        var sources: Set<Source>?
        /// Whether each value of the type can come: so for what the model is asked with, and not for what it computes.
        var isFree: Bool
        var type: TypeName?
        /// All that can come, where that is a list.
        var listed: [Value]? = nil

        static let unknown = Origin(sources: nil, isFree: false, type: nil)
    }

    package let table: DecisionTable
    /// The id of the decision or knowledge model that the table belongs to.
    package let owner: String
    let origins: [Origin]
    let types: [String: TypeDefinition]
    private let node: XMLNode

    init(table: DecisionTable, owner: String, origins: [Origin], types: [String: TypeDefinition], node: XMLNode) {
        self.table = table
        self.owner = owner
        self.origins = origins
        self.types = types
        self.node = node
    }

    // MARK: Places

    package var path: String { node.path }
    /// Of the table's `<`.
    package var position: Position { node.position }

    /// Of the rule's `<`. **Shape:** rules and columns count from 0.
    package func position(ofRule rule: Int) -> Position {
        let rules = node.children("rule")
        return rule < rules.count ? rules[rule].position : node.position
    }

    /// Of the first character in the column's expression.
    package func position(ofColumn column: Int) -> Position {
        let inputs = node.children("input")
        guard column < inputs.count else { return node.position }
        guard let text = inputs[column].child("inputExpression")?.child("text") else { return inputs[column].position }
        return text.position(ofCharacter: text.trimmedText.offset)
    }

    /// Of the first character in the cell.
    package func position(ofCell column: Int, inRule rule: Int) -> Position {
        let rules = node.children("rule")
        guard rule < rules.count else { return node.position }
        let entries = rules[rule].children("inputEntry")
        guard column < entries.count else { return rules[rule].position }
        guard let text = entries[column].child("text") else { return entries[column].position }
        return text.position(ofCharacter: text.trimmedText.offset)
    }
}

/// The tables of a model as they were read, the files they stand in, and what the names there mean.
struct ReadTables: Sendable {
    struct Key: Hashable {
        let module: Int
        let position: Position
    }

    /// A decision or knowledge model.
    struct Owner: Sendable {
        enum Need: Sendable { case input(Int), decision(Int), knowledge }
        let id: String
        let node: XMLNode
        let module: Int
        let needs: [(name: String, need: Need)]
    }

    let owners: [Owner]
    let tables: [Key: DecisionTable]
    /// By file.
    let types: [TypeReader]

    init(_ reader: ModelReader) {
        var owners: [Owner] = []
        for place in reader.decisions.indices.map({ ModelReader.Place.decision($0) }) + reader.knowledge.indices.map({ ModelReader.Place.knowledge($0) }) {
            let element = reader.element(place)
            var needs: [(name: String, need: Owner.Need)] = []
            for requirement in reader.needs[place] ?? [] {
                switch requirement.place {
                case .input(let index): needs.append((requirement.name, .input(index)))
                case .decision(let index): needs.append((requirement.name, .decision(index)))
                case .knowledge, .service, .source: needs.append((requirement.name, .knowledge))
                }
            }
            owners.append(Owner(id: element.id, node: element.node, module: element.module, needs: needs))
        }
        self.owners = owners.sorted { ($0.module, $0.node.position) < ($1.module, $1.node.position) }
        tables = reader.tables
        types = reader.modules.map { $0.types }
    }
}

extension DecisionModel {
    /// All decision tables of the model and of what it imports, those inside contexts, functions and knowledge models too, in the order of the files.
    package func placedTables() -> [PlacedTable] {
        var found: [PlacedTable] = []
        for owner in read.owners {
            var survey = TableSurvey(self, owner)
            found += survey.placed()
        }
        return found
    }
}

/// Walks through a decision or knowledge model and says of each table what its columns depend on.
struct TableSurvey {
    private typealias Origin = PlacedTable.Origin
    private let model: DecisionModel
    private let owner: ReadTables.Owner
    private var found: [PlacedTable] = []

    init(_ model: DecisionModel, _ owner: ReadTables.Owner) {
        self.model = model
        self.owner = owner
    }

    private var types: TypeReader { model.read.types[owner.module] }

    private func table(at node: XMLNode) -> DecisionTable? { model.read.tables[ReadTables.Key(module: owner.module, position: node.position)] }

    mutating func placed() -> [PlacedTable] {
        if owner.node.name == "decision" {
            walk(owner.node, names())
        } else {
            for logic in owner.node.children("encapsulatedLogic") { walkFunction(logic, names()) }
        }
        return found
    }

    // MARK: What names mean

    private func names() -> [String: Origin] {
        var names: [String: Origin] = [:]
        for (name, need) in owner.needs {
            switch need {
            case .input(let place):
                names[name] = Origin(sources: [source(ofInput: place)], isFree: true, type: model.inputs[place].type)
            case .decision(let place):
                let other = model.decisions[place]
                let listed = other.table?.listedResults
                names[name] = Origin(
                    sources: Set(model.inputPlaces(ofDecisionAt: place).map { source(ofInput: $0) }), isFree: listed != nil, type: other.type, listed: listed)
            case .knowledge:
                // What knowledge says depends on its arguments, which stand beside its name.
                names[name] = Origin(sources: [], isFree: false, type: nil)
            }
        }
        return names
    }

    private func source(ofInput place: Int) -> Origin.Source { Origin.Source(name: "input \(place)", path: []) }

    // MARK: The walk

    private mutating func walk(_ node: XMLNode, _ names: [String: Origin]) {
        switch node.name {
        case "decisionTable":
            guard let table = table(at: node) else { return }
            let origins = table.inputs.map { origin(of: $0.expression.text, names) }
            found.append(PlacedTable(table: table, owner: owner.id, origins: origins, types: model.types, node: node))
        case "context":
            var names = names
            for entry in node.children("contextEntry") {
                for child in entry.children where child.name != "variable" { walk(child, names) }
                if let name = entry.child("variable")?["name"] { names[name] = made(by: entry, names) }
            }
        case "functionDefinition":
            walkFunction(node, names)
        case "match":
            // The members of a filter's item may have any name.
            for child in node.children { walk(child, [:]) }
        default:
            var names = names
            // The iterator of a boxed loop hides what has its name outside.
            if let iterator = node["iteratorVariable"] {
                names[iterator] = .unknown
                names["partial"] = .unknown
            }
            for child in node.children { walk(child, names) }
        }
    }

    private mutating func walkFunction(_ node: XMLNode, _ names: [String: Origin]) {
        var names = names
        for parameter in node.children("formalParameter") {
            guard let name = parameter["name"] else { continue }
            let type = parameter["typeRef"].flatMap { $0.isEmpty ? nil : types.type($0) }
            let source = Origin.Source(name: "parameter \(name) \(parameter.position.line):\(parameter.position.column)", path: [])
            names[name] = Origin(sources: [source], isFree: true, type: type == .any ? nil : type)
        }
        for child in node.children where child.name != "formalParameter" { walk(child, names) }
    }

    /// What the expressions inside an element depend on, all together.
    private func made(by node: XMLNode, _ names: [String: Origin]) -> Origin {
        var listed: [Value]? = nil
        if let tableNode = node.child("decisionTable"), let table = table(at: tableNode) { listed = table.listedResults }
        return Origin(
            sources: sources(inside: node, names), isFree: listed != nil, type: node.child("variable")?["typeRef"].map { types.type($0) }, listed: listed)
    }

    private func sources(inside node: XMLNode, _ names: [String: Origin]) -> Set<Origin.Source>? {
        var found: Set<Origin.Source> = []
        if node.name == "text" {
            // A cell is no expression, but the names in it are read alike.
            let (text, _) = node.trimmedText
            guard !text.isEmpty else { return [] }
            let places: Set<String>
            if let tests = try? UnaryTests(parsing: text, names: Set(names.keys), members: types.members) { places = tests.names } else { return nil }
            for name in places {
                guard let more = names[name]?.sources else { return nil }
                found.formUnion(more)
            }
        }
        for child in node.children where child.name != "description" {
            guard let more = sources(inside: child, names) else { return nil }
            found.formUnion(more)
        }
        return found
    }

    /// What a column's expression depends on.
    private func origin(of text: String, _ names: [String: Origin]) -> Origin {
        if let origin = names[text] { return origin }
        if let (name, path) = member(text, names), let origin = names[name], let sources = origin.sources {
            let deeper = sources.map { Origin.Source(name: $0.name, path: $0.path + path) }
            let type = type(of: path, in: origin.type)
            // `birth.year` takes few of all numbers; a member of a context takes any of its type.
            let isMember = type != nil || (origin.type == nil && !TableSurvey.properties.contains(path[path.count - 1]))
            return Origin(sources: Set(deeper), isFree: origin.isFree && origin.listed == nil && isMember, type: type)
        }
        guard let expression = try? Expression(parsing: text, names: Set(names.keys), members: types.members) else { return .unknown }
        var sources: Set<Origin.Source> = []
        for name in expression.names {
            guard let more = names[name]?.sources else { return .unknown }
            sources.formUnion(more)
        }
        return Origin(sources: sources, isFree: false, type: nil)
    }

    /// Members that dates, times, durations and ranges have of their own.
    private static let properties: Set<String> = [
        "year", "month", "day", "weekday", "hour", "minute", "second", "timezone", "years", "months", "days", "hours", "minutes", "seconds", "start",
        "end",
    ]

    /// `person.address.town`: a name and the members behind it.
    private func member(_ text: String, _ names: [String: Origin]) -> (String, [String])? {
        for name in names.keys where text.hasPrefix(name + ".") {
            let path = text.dropFirst(name.count + 1).split(separator: ".", omittingEmptySubsequences: false)
            let isPlain = path.allSatisfy { part in
                !part.isEmpty && part.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
            }
            if isPlain { return (name, path.map { String($0) }) }
        }
        return nil
    }

    private func type(of path: [String], in type: TypeName?) -> TypeName? {
        var type = type
        for member in path {
            // The chain of definitions has no circles.
            while case .named(let name)? = type, let definition = model.types[name] { type = definition.type }
            guard case .context(let members)? = type else { return nil }
            type = members.first { $0.name == member }?.type
        }
        return type
    }
}

extension DecisionTable {
    /// All results that the table can have, null apart, where each is written out; else nil.
    var listedResults: [Value]? {
        guard outputs.count == 1, !hitPolicy.isList else { return nil }
        if case .collect = hitPolicy { return nil }
        var values: [Value] = []
        for expression in rules.map({ $0.outputs[0] }) + [outputs[0].standard].compactMap({ $0 }) {
            guard let value = expression.constant else { return nil }
            if !value.isNull, !values.contains(where: { Axis.same($0, value) }) { values.append(value) }
        }
        return values
    }
}
