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
        var constraint: UnaryTests?
        /// All that can come, where that is a list.
        var listed: [Value]?

        static let unknown = Origin(sources: nil, isFree: false, type: nil, constraint: nil, listed: nil)
    }

    package let table: DecisionTable
    /// The id of the decision or knowledge model that the table belongs to.
    package let owner: String
    let origins: [Origin]
    let types: [String: TypeName]
    private let node: XMLNode

    init(table: DecisionTable, owner: String, origins: [Origin], types: [String: TypeName], node: XMLNode) {
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

/// The tables of a model as they were read, and the file that says where they stand.
struct ReadTables: Sendable {
    let root: XMLNode
    /// By the place of their element.
    let tables: [Position: DecisionTable]
    let types: TypeReader
}

extension DecisionModel {
    /// All decision tables of the model, those inside contexts, functions and knowledge models too, in the order of the file.
    package func placedTables() -> [PlacedTable] {
        guard let read else { return [] }
        var survey = TableSurvey(self, read)
        return survey.placed()
    }
}

/// Walks through a model's file and says of each table what its columns depend on.
struct TableSurvey {
    private typealias Origin = PlacedTable.Origin
    private let model: DecisionModel
    private let read: ReadTables
    private var found: [PlacedTable] = []

    init(_ model: DecisionModel, _ read: ReadTables) {
        self.model = model
        self.read = read
    }

    mutating func placed() -> [PlacedTable] {
        for node in read.root.children {
            switch node.name {
            case "decision":
                let id = node["id"] ?? ModelReader.variableName(node)
                guard let place = model.index(of: id) else { continue }
                walk(node, names(of: model.decisions[place]), owner: id)
            case "businessKnowledgeModel":
                let id = node["id"] ?? ModelReader.variableName(node)
                for logic in node.children("encapsulatedLogic") { walkFunction(logic, knowledgeNames(of: node), owner: id) }
            default: break
            }
        }
        return found
    }

    // MARK: What names mean

    private func names(of decision: DecisionModel.Decision) -> [String: Origin] {
        var names: [String: Origin] = [:]
        for requirement in decision.requirements {
            if case .input(let place) = requirement {
                let input = model.inputs[place]
                names[input.name] = Origin(sources: [source(ofInput: place)], isFree: true, type: input.type, constraint: input.allowed, listed: nil)
            } else if case .decision(let place) = requirement {
                let other = model.decisions[place]
                let listed = other.table?.listedResults
                names[other.name] = Origin(
                    sources: Set(model.inputPlaces(ofDecisionAt: place).map { source(ofInput: $0) }), isFree: listed != nil, type: other.type,
                    constraint: nil, listed: listed)
            }
        }
        // What knowledge says depends on its arguments, which stand beside its name.
        if let node = read.root.children.first(where: { $0.name == "decision" && ($0["id"] ?? ModelReader.variableName($0)) == decision.id }) {
            names.merge(knowledgeNames(of: node)) { own, _ in own }
        }
        return names
    }

    private func source(ofInput place: Int) -> Origin.Source { Origin.Source(name: "input \(place)", path: []) }

    private func knowledgeNames(of node: XMLNode) -> [String: Origin] {
        var names: [String: Origin] = [:]
        for requirement in node.children("knowledgeRequirement") {
            for part in requirement.children("requiredKnowledge") {
                guard let href = part["href"] else { continue }
                for other in read.root.children("businessKnowledgeModel") where other["id"].map({ href.hasSuffix("#" + $0) }) == true {
                    names[ModelReader.variableName(other)] = Origin(sources: [], isFree: false, type: nil, constraint: nil, listed: nil)
                }
            }
        }
        return names
    }

    // MARK: The walk

    private mutating func walk(_ node: XMLNode, _ names: [String: Origin], owner: String) {
        switch node.name {
        case "decisionTable":
            guard let table = read.tables[node.position] else { return }
            let origins = table.inputs.map { origin(of: $0.expression.text, names) }
            found.append(PlacedTable(table: table, owner: owner, origins: origins, types: model.types, node: node))
        case "context":
            var names = names
            for entry in node.children("contextEntry") {
                for child in entry.children where child.name != "variable" { walk(child, names, owner: owner) }
                if let name = entry.child("variable")?["name"] { names[name] = made(by: entry, names) }
            }
        case "functionDefinition":
            walkFunction(node, names, owner: owner)
        default:
            var names = names
            // The iterator of a boxed loop or filter hides what has its name outside.
            if let iterator = node["iteratorVariable"] { names[iterator] = .unknown }
            for child in node.children { walk(child, names, owner: owner) }
        }
    }

    private mutating func walkFunction(_ node: XMLNode, _ names: [String: Origin], owner: String) {
        var names = names
        for parameter in node.children("formalParameter") {
            guard let name = parameter["name"] else { continue }
            let type = parameter["typeRef"].flatMap { $0.isEmpty ? nil : read.types.type($0) }
            let source = Origin.Source(name: "parameter \(name) \(parameter.position.line):\(parameter.position.column)", path: [])
            names[name] = Origin(sources: [source], isFree: true, type: type == .any ? nil : type, constraint: nil, listed: nil)
        }
        for child in node.children where child.name != "formalParameter" { walk(child, names, owner: owner) }
    }

    /// What the expressions inside an element depend on, all together.
    private func made(by node: XMLNode, _ names: [String: Origin]) -> Origin {
        var listed: [Value]?
        if let tableNode = node.child("decisionTable"), let table = read.tables[tableNode.position] { listed = table.listedResults }
        return Origin(
            sources: sources(inside: node, names), isFree: listed != nil, type: node.child("variable")?["typeRef"].map { read.types.type($0) }, constraint: nil,
            listed: listed)
    }

    private func sources(inside node: XMLNode, _ names: [String: Origin]) -> Set<Origin.Source>? {
        var found: Set<Origin.Source> = []
        if node.name == "text" {
            // A cell is no expression, but the names in it are read alike.
            let (text, _) = node.trimmedText
            guard !text.isEmpty else { return [] }
            let places: Set<String>
            if let tests = try? UnaryTests(parsing: text, names: Set(names.keys), members: read.types.members) { places = tests.names } else { return nil }
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
            return Origin(sources: Set(deeper), isFree: origin.isFree && origin.listed == nil && isMember, type: type, constraint: nil, listed: nil)
        }
        guard let expression = try? Expression(parsing: text, names: Set(names.keys), members: read.types.members) else { return .unknown }
        var sources: Set<Origin.Source> = []
        for name in expression.names {
            guard let more = names[name]?.sources else { return .unknown }
            sources.formUnion(more)
        }
        return Origin(sources: sources, isFree: false, type: nil, constraint: nil, listed: nil)
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
            for _ in 0..<16 {
                guard case .named(let name)? = type, let definition = model.types[name] else { break }
                type = definition
            }
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
