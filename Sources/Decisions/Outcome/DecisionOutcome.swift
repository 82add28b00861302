package import FEEL

/// What was decided and by which rules; ``DecisionModel/trace(_:_:facts:origins:)`` says why.
package struct DecisionOutcome: Sendable {
    package enum Status: Hashable, Sendable {
        /// Rules, or an expression, made the value.
        case decided
        /// No rule matched and the table's defaults hold.
        case standard
        case noRule
        /// The table contradicts itself for these inputs, or there is nothing to decide by; the words say which.
        case failed(String)
    }

    /// A rule that matched. **Shape:** `place` counts from 0.
    package struct Matched: Sendable {
        package let place: Int
        package let rule: DecisionTable.Rule
    }

    /// The id that was asked for.
    package let decision: String
    /// The decision itself; nil where the model has none of that id or name.
    package let element: DecisionModel.Decision?
    /// The decision service, where one was asked.
    package let service: DecisionModel.DecisionService?
    package let status: Status
    package let value: Value
    /// What went wrong on the way, if anything; a null in a result is explained here.
    package let problems: [Problem]
    private let places: RulePlaces
    private let setting: DecisionModel.Setting?

    init(
        _ element: DecisionModel.Decision, _ status: Status, _ value: Value, _ places: RulePlaces, _ problems: [Problem], _ setting: DecisionModel.Setting
    ) {
        decision = element.id
        self.element = element
        service = nil
        self.status = status
        self.value = value
        self.places = places
        self.problems = problems
        self.setting = setting
    }

    /// The value of a decision service.
    init(_ service: DecisionModel.DecisionService, _ value: Value, _ problems: [Problem], _ setting: DecisionModel.Setting) {
        decision = service.id
        element = nil
        self.service = service
        status = .decided
        self.value = value
        self.problems = problems
        places = .empty
        self.setting = setting
    }

    /// There is no such decision.
    init(unknown id: String) {
        decision = id
        element = nil
        service = nil
        status = .failed("there is no decision ‘\(id)’")
        value = .null
        places = .empty
        problems = []
        setting = nil
    }

    /// The rules that matched, in the order in which they count.
    package var matched: [Matched] {
        guard let table = element?.table else { return [] }
        return places.array.map { Matched(place: $0, rule: table.rules[$0]) }
    }

    /// Per result its outputs by name: one, or one per rule where the hit policy gives a list.
    package var rows: [[String: Value]] {
        if let element { return DecisionOutcome.rows(value, of: element) }
        guard let service, !value.isNull else { return [] }
        guard service.outputs.count > 1, case .context(let context) = value else { return [[service.name: value]] }
        return [DecisionOutcome.row(context)]
    }

    static func rows(_ value: Value, of decision: DecisionModel.Decision) -> [[String: Value]] {
        switch value {
        case .null: return []
        case .list(let items) where decision.table?.hitPolicy.isList == true: return items.map { row($0, of: decision) }
        default: return [row(value, of: decision)]
        }
    }

    private static func row(_ value: Value, of decision: DecisionModel.Decision) -> [String: Value] {
        let outputs = decision.table?.outputs ?? []
        if outputs.count == 1, !outputs[0].name.isEmpty { return [outputs[0].name: value] }
        if case .context(let context) = value { return row(context) }
        return [decision.name: value]
    }

    private static func row(_ context: Context) -> [String: Value] {
        var row: [String: Value] = [:]
        for index in context.keys.indices { row[context.keys[index]] = context.values[index] }
        return row
    }

    /// The outputs by name; those of the first result where there are several.
    package var outputs: [String: Value] { rows.first ?? [:] }

    /// The sentence of the first matched rule in a language.
    package func sentence(_ language: String) -> String? { matched.first?.rule.annotation(language) }

    /// The article that the first matched rule rests on, else the decision's source of authority.
    package var law: String? {
        matched.first?.rule.annotation("law") ?? element?.sources.first?.name
    }

    /// The account of this decision. It is made by deciding once more, on the same inputs; where it is wanted anyway,
    /// ``DecisionModel/trace(_:_:facts:origins:)`` gives both at once and knows the origins.
    package var trace: DecisionTrace {
        guard let setting else {
            return DecisionTrace(outcome: self, inputs: [], accounts: [], isCut: false, setting: nil)
        }
        return setting.model.trace(decision, setting.inputs.named(setting.model), facts: setting.facts)
    }
}
