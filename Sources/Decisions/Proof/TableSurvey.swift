internal import Definitions
internal import FEEL

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
