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
