package import FEEL
package import Kernel

/// What was decided, by which rules, and, for those who ask, why.
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

    package let decision: String
    package let status: Status
    package let value: Value
    /// What went wrong on the way, if anything; a null in a result is explained here.
    package let problems: [Problem]
    private let places: [Int]
    private let model: DecisionModel
    private let inputs: [String: Value]
    private let facts: DecisionModel.Facts

    init(
        decision: String, status: Status, value: Value, places: [Int], problems: [Problem], model: DecisionModel, inputs: [String: Value],
        facts: DecisionModel.Facts
    ) {
        self.decision = decision
        self.status = status
        self.value = value
        self.places = places
        self.problems = problems
        self.model = model
        self.inputs = inputs
        self.facts = facts
    }

    /// The rules that matched, in the order in which they count.
    package var matched: [Matched] {
        guard let table = model.decision(decision)?.table else { return [] }
        return places.map { Matched(place: $0, rule: table.rules[$0]) }
    }

    /// Per result its outputs by name: one, or one per rule where the hit policy gives a list.
    package var rows: [[String: Value]] {
        guard let decision = model.decision(decision) else { return [] }
        switch value {
        case .null: return []
        case .list(let items) where decision.table?.hitPolicy.isList == true: return items.map { row($0, of: decision) }
        default: return [row(value, of: decision)]
        }
    }

    private func row(_ value: Value, of decision: DecisionModel.Decision) -> [String: Value] {
        let outputs = decision.table?.outputs ?? []
        if outputs.count == 1, !outputs[0].name.isEmpty { return [outputs[0].name: value] }
        if case .context(let context) = value {
            var row: [String: Value] = [:]
            for index in context.keys.indices { row[context.keys[index]] = context.values[index] }
            return row
        }
        return [decision.name: value]
    }

    /// The outputs by name; those of the first result where there are several.
    package var outputs: [String: Value] { rows.first ?? [:] }

    /// The sentence of the first matched rule in a language.
    package func sentence(_ language: String) -> String? { matched.first?.rule.annotation(language) }

    /// The article that the first matched rule rests on, else the decision's source of authority.
    package var law: String? {
        matched.first?.rule.annotation("law") ?? model.decision(decision)?.sources.first?.name
    }

    /// How every cell answered. Evaluates again, in full: a decision is a pure function, so that the plain way need not pay for this.
    package var trace: DecisionTrace { DecisionTrace(model, decision, inputs, facts, self) }
}

/// The full account of one decision.
package struct DecisionTrace: Sendable {
    package enum Answer: String, Hashable, Sendable { case yes, no, unknown }

    /// One cell that kept a rule from matching.
    package struct FailingCell: Hashable, Sendable {
        package let input: String
        package let value: Value
        package let test: String
        package let answer: Answer
        /// What the cell asks for; one of these must hold.
        package let demands: [Demand]

        package init(input: String, value: Value, test: String, answer: Answer, demands: [Demand]) {
            self.demands = demands
            self.input = input
            self.value = value
            self.test = test
            self.answer = answer
        }
    }

    /// The rule that came closest, and what it would have wanted.
    package struct NearestRule: Sendable {
        package let place: Int
        package let rule: DecisionTable.Rule
        package let failing: [FailingCell]
    }

    package let decision: String
    package let name: String
    package let sources: [DecisionModel.KnowledgeSource]
    /// The input data that was asked for, in the model's order.
    package let inputs: [(name: String, value: Value)]
    /// The table's input values by column, where the decision is a table.
    package let columns: [(label: String, value: Value)]
    /// Per rule, per column.
    package let cells: [[Answer]]
    package let outcome: DecisionOutcome
    private let table: DecisionTable?
    /// Evaluates the outputs of a rule, which only the search for the nearest one asks for.
    private let outputs: @Sendable (Int) -> [String: Value]

    init(_ model: DecisionModel, _ id: String, _ inputs: [String: Value], _ facts: DecisionModel.Facts, _ outcome: DecisionOutcome) {
        self.outcome = outcome
        outputs = { DecisionTrace.outputs(ofRule: $0, model, id, inputs, facts) }
        decision = id
        var run = DecisionModel.Run(model, inputs, facts)
        guard let index = model.index(of: id) else {
            name = ""
            sources = []
            self.inputs = []
            columns = []
            cells = []
            table = nil
            return
        }
        let decision = model.decisions[index]
        name = decision.name
        sources = decision.sources
        var asked: [(name: String, value: Value)] = []
        for place in model.inputPlaces(ofDecisionAt: index) { asked.append((model.inputs[place].name, run.input(place))) }
        self.inputs = asked
        table = decision.table
        guard let table = decision.table else {
            columns = []
            cells = []
            return
        }
        run.evaluator.locals = run.frame(decision)
        let values = table.inputValues(&run.evaluator) ?? []
        columns = zip(table.inputs, values).map { ($0.label, $1) }
        var cells: [[Answer]] = []
        cells.reserveCapacity(table.rules.count)
        for rule in table.rules {
            var answers: [Answer] = []
            answers.reserveCapacity(values.count)
            for (value, cell) in zip(values, rule.cells) {
                // FEEL says that null does not equal "a"; to a citizen that is not no but unknown.
                switch run.evaluator.meets(value, cell) {
                case true?: answers.append(.yes)
                case false?: answers.append(value.isNull ? .unknown : .no)
                case nil: answers.append(.unknown)
                }
            }
            cells.append(answers)
        }
        self.cells = cells
    }

    /// The rule with the fewest cells that failed, the earlier one of equals; rules that matched are left out.
    ///
    /// - Parameter wanted: which outcomes would have been welcome ("granted"), by output name.
    package func nearest(where wanted: ([String: Value]) -> Bool = { _ in true }) -> NearestRule? {
        guard let table else { return nil }
        var best: (place: Int, failing: Int)?
        for (place, answers) in cells.enumerated() {
            let failing = answers.count { $0 != .yes }
            guard failing > 0, failing < best?.failing ?? Int.max, wanted(outputs(place)) else { continue }
            best = (place, failing)
        }
        guard let best else { return nil }
        let rule = table.rules[best.place]
        var failing: [FailingCell] = []
        for (index, answer) in cells[best.place].enumerated() where answer != .yes {
            failing.append(FailingCell(input: columns[index].label, value: columns[index].value, test: rule.cells[index].text, answer: answer, demands: rule.cells[index].demands))
        }
        return NearestRule(place: best.place, rule: rule, failing: failing)
    }

    private static func outputs(
        ofRule place: Int, _ model: DecisionModel, _ id: String, _ inputs: [String: Value], _ facts: DecisionModel.Facts
    ) -> [String: Value] {
        guard let decision = model.decision(id), let table = decision.table else { return [:] }
        var run = DecisionModel.Run(model, inputs, facts)
        run.evaluator.locals = run.frame(decision)
        var row: [String: Value] = [:]
        for (output, value) in zip(table.outputs, table.outputValues(table.rules[place], &run.evaluator)) {
            row[output.name.isEmpty ? decision.name : output.name] = value
        }
        return row
    }

    // MARK: JSON

    /// The account as JSON; its canonical form is what a receipt hashes.
    package var json: JSON {
        var object: JSONObject = ["decision": .string(decision), "name": .string(name)]
        if !sources.isEmpty {
            object["law"] = .array(
                sources.map { source in
                    var entry: JSONObject = ["name": .string(source.name)]
                    if !source.location.isEmpty { entry["location"] = .string(source.location) }
                    return .object(entry)
                })
        }
        var asked = JSONObject()
        for input in inputs { asked[input.name] = input.value.json }
        object["inputs"] = .object(asked)
        object["status"] = .string(statusWord)
        if case .failed(let message) = outcome.status { object["message"] = .string(message) }
        object["value"] = outcome.value.json
        object["matched"] = .array(outcome.matched.map { .object(DecisionTrace.rule($0.place, $0.rule)) })
        if table != nil {
            object["columns"] = .array(columns.map { ["label": .string($0.label), "value": $0.value.json] })
            object["cells"] = .array(cells.map { .array($0.map { .string($0.rawValue) }) })
        }
        if outcome.matched.isEmpty, let nearest = nearest() { object["nearest"] = nearest.json }
        if !outcome.problems.isEmpty {
            object["problems"] = .array(outcome.problems.map { ["reason": .string($0.reason.rawValue), "message": .string($0.message)] })
        }
        return .object(object)
    }

    private var statusWord: String {
        switch outcome.status {
        case .decided: "decided"
        case .standard: "default"
        case .noRule: "no rule"
        case .failed: "failed"
        }
    }

    fileprivate static func rule(_ place: Int, _ rule: DecisionTable.Rule) -> JSONObject {
        var annotations = JSONObject()
        for annotation in rule.annotations { annotations[annotation.name] = .string(annotation.text) }
        return ["rule": .string(rule.id), "number": JSON.integer(place + 1), "annotations": .object(annotations)]
    }
}

extension DecisionTrace.NearestRule {
    /// The rule and its failing cells as JSON.
    package var json: JSON {
        var object = DecisionTrace.rule(place, rule)
        object["failing"] = .array(
            failing.map { cell in
                [
                    "input": .string(cell.input), "value": cell.value.json, "test": .string(cell.test), "answer": .string(cell.answer.rawValue),
                    "wants": .array(cell.demands.map { DecisionTrace.json($0) }),
                ]
            })
        return .object(object)
    }
}

extension DecisionTrace {
    /// `{"greaterOrEqual":18}`, `{"not":[{"equal":"a"}]}`, `{"condition":true}`
    static func json(_ demand: Demand) -> JSON {
        switch demand {
        case .any: return ["any": true]
        case .equal(let value): return ["equal": value.json]
        case .different(let value): return ["different": value.json]
        case .less(let value): return ["less": value.json]
        case .lessOrEqual(let value): return ["lessOrEqual": value.json]
        case .greater(let value): return ["greater": value.json]
        case .greaterOrEqual(let value): return ["greaterOrEqual": value.json]
        case .within(let interval):
            return [
                "from": (interval.low ?? .null).json, "fromIncluded": .bool(interval.lowIncluded), "to": (interval.high ?? .null).json,
                "toIncluded": .bool(interval.highIncluded),
            ]
        case .not(let demands): return ["not": .array(demands.map { json($0) })]
        case .condition: return ["condition": true]
        }
    }
}
