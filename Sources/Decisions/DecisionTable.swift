package import FEEL
internal import Kernel

/// A decision table, compiled once.
///
/// **Standard:** DMN 1.5, chapter 8.
package final class DecisionTable: Sendable {
    package final class Input: Sendable {
        package let label: String
        package let expression: Expression
        /// The values that the input may have, where the model names them.
        package let allowed: UnaryTests?
        let type: TypeName?

        init(label: String, expression: Expression, allowed: UnaryTests?, type: TypeName?) {
            self.label = label
            self.expression = expression
            self.allowed = allowed
            self.type = type
        }
    }

    package final class Output: Sendable {
        /// Empty for the single output of a table that names none.
        package let name: String
        package let label: String
        /// The values of the output in the order of their priority, where the model names them.
        package let values: [Value]
        let standard: Expression?
        let type: TypeName?

        init(name: String, label: String, values: [Value], standard: Expression?, type: TypeName?) {
            self.name = name
            self.label = label
            self.values = values
            self.standard = standard
            self.type = type
        }
    }

    package final class Rule: Sendable {
        package let id: String
        package let cells: [UnaryTests]
        package let outputs: [Expression]
        /// By column: a language code for the citizen's sentence, `law` for the article.
        package let annotations: [(name: String, text: String)]

        init(id: String, cells: [UnaryTests], outputs: [Expression], annotations: [(name: String, text: String)]) {
            self.id = id
            self.cells = cells
            self.outputs = outputs
            self.annotations = annotations
        }

        package func annotation(_ name: String) -> String? {
            for annotation in annotations where annotation.name == name { return annotation.text }
            return nil
        }
    }

    /// What it is the table of: a decision, a knowledge model, an entry of a context.
    package let name: String
    package let hitPolicy: HitPolicy
    package let inputs: [Input]
    package let outputs: [Output]
    package let rules: [Rule]

    init(name: String, hitPolicy: HitPolicy, inputs: [Input], outputs: [Output], rules: [Rule]) {
        self.name = name
        self.hitPolicy = hitPolicy
        self.inputs = inputs
        self.outputs = outputs
        self.rules = rules
    }

    // MARK: Evaluation

    /// What the rules say to the input values.
    enum Result {
        /// The value and the places of the rules that made it; none where it is the default.
        case decided(Value, rules: [Int])
        case noRule
        case conflict(String, rules: [Int])
    }

    func value(_ evaluator: inout Evaluator) -> Value {
        switch result(&evaluator) {
        case .decided(let value, _): return value
        case .noRule: return .null
        case .conflict(let message, _): return evaluator.note(.notComparable, message)
        }
    }

    /// The values of the columns. One that is none of its column's allowed values is null, and its column is barred: no cell is met there,
    /// not even `-` (DMN 1.5, 10.3.2.10).
    private func inputValues(_ evaluator: inout Evaluator, barring barred: inout [Int]) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(inputs.count)
        for (column, input) in inputs.enumerated() {
            let count = evaluator.problems.count
            var value = evaluator.evaluate(input.expression)
            if let type = input.type { value = evaluator.conformed(value, to: type) }
            if let allowed = input.allowed, !value.isNull, evaluator.meets(value, allowed) != true {
                _ = evaluator.note(.outOfRange, "‘\(input.label)’ is \(value.innerText), which is none of the allowed values: \(allowed.text)")
                value = .null
                barred.append(column)
            }
            if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(column: input.label)) }
            values.append(value)
        }
        return values
    }

    func result(_ evaluator: inout Evaluator) -> Result {
        var barred: [Int] = []
        let values = inputValues(&evaluator, barring: &barred)
        if let recorder = evaluator.companion as? TraceRecorder { return recorded(values, barred, recorder, &evaluator) }
        if !barred.isEmpty { return standard(&evaluator) }
        var matched: [Int] = []
        for index in rules.indices where matches(index, values, &evaluator) {
            matched.append(index)
            if hitPolicy == .first { break }
        }
        return result(of: matched, &evaluator)
    }

    private func result(of matched: [Int], _ evaluator: inout Evaluator) -> Result {
        matched.isEmpty ? standard(&evaluator) : combined(matched, &evaluator)
    }

    private func matches(_ rule: Int, _ values: [Value], _ evaluator: inout Evaluator) -> Bool {
        let cells = rules[rule].cells
        for column in values.indices where meets(values[column], cells[column], rule, column, &evaluator) != true { return false }
        return true
    }

    private func meets(_ value: Value, _ cell: UnaryTests, _ rule: Int, _ column: Int, _ evaluator: inout Evaluator) -> Bool? {
        let count = evaluator.problems.count
        let answer = evaluator.meets(value, cell)
        if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(row: rule, column: inputs[column].label)) }
        return answer
    }

    /// The same result, with the answer of every cell kept. Cells that the result does not depend on are asked too, without a mark on the evaluation.
    private func recorded(_ values: [Value], _ barred: [Int], _ recorder: TraceRecorder, _ evaluator: inout Evaluator) -> Result {
        var matched: [Int] = []
        let answers = [UInt8](unsafeUninitializedCapacity: rules.count * values.count) { buffer, count in
            for (place, rule) in rules.enumerated() {
                var isOpen = barred.isEmpty && !(hitPolicy == .first && !matched.isEmpty)
                let wasOpen = isOpen
                for (column, cell) in rule.cells.enumerated() {
                    let value = values[column]
                    let answer: Bool? = barred.contains(column) ? nil : isOpen ? meets(value, cell, place, column, &evaluator) : evaluator.wouldMeet(value, cell)
                    let word = DecisionTrace.Answer(answer, value)
                    if word != .yes { isOpen = false }
                    buffer[count] = word.rawValue
                    count += 1
                }
                if isOpen && wasOpen { matched.append(place) }
            }
        }
        let result = result(of: matched, &evaluator)
        recorder.add(DecisionTrace.Table(table: self, values: values, answers: answers, result: result))
        return result
    }

    /// The outputs when no rule matches: the defaults, where there are any.
    private func standard(_ evaluator: inout Evaluator) -> Result {
        if outputs.contains(where: { $0.standard != nil }) {
            let values = outputs.map { output in output.standard.map { typed(evaluator.evaluate($0), output, &evaluator) } ?? .null }
            return .decided(assembled(values), rules: [])
        }
        return .noRule
    }

    private func typed(_ value: Value, _ output: Output, _ evaluator: inout Evaluator) -> Value {
        guard let type = output.type else { return value }
        return evaluator.conformed(value, to: type)
    }

    func outputValues(_ rule: Int, _ evaluator: inout Evaluator) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(outputs.count)
        for index in outputs.indices {
            let count = evaluator.problems.count
            let value = evaluator.evaluate(rules[rule].outputs[index])
            values.append(typed(value, outputs[index], &evaluator))
            if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(row: rule, column: outputs[index].label)) }
        }
        return values
    }

    /// One output is its value; several are a context.
    func assembled(_ values: [Value]) -> Value {
        if values.count == 1 { return values[0] }
        var context = Context()
        for (output, value) in zip(outputs, values) { context[output.name] = value }
        return .context(context)
    }

    private func combined(_ matched: [Int], _ evaluator: inout Evaluator) -> Result {
        switch hitPolicy {
        case .unique:
            guard matched.count == 1 else {
                return .conflict("rules \(DecisionTable.places(matched)) all match, but only one may (hit policy UNIQUE)", rules: matched)
            }
            return .decided(assembled(outputValues(matched[0], &evaluator)), rules: matched)
        case .first:
            return .decided(assembled(outputValues(matched[0], &evaluator)), rules: matched)
        case .any:
            let first = outputValues(matched[0], &evaluator)
            for index in matched.dropFirst() where outputValues(index, &evaluator) != first {
                return .conflict(
                    "rules \(DecisionTable.places(matched)) match and disagree, but rules that match must say the same (hit policy ANY)", rules: matched)
            }
            return .decided(assembled(first), rules: matched)
        case .ruleOrder:
            return .decided(.list(matched.map { assembled(outputValues($0, &evaluator)) }), rules: matched)
        case .priority, .outputOrder:
            return ordered(matched, &evaluator)
        case .collect(let aggregation):
            return collected(matched, aggregation, &evaluator)
        }
    }

    /// Rule numbers as people count them.
    static func places(_ rules: [Int]) -> String { rules.map { String($0 + 1) }.joined(separator: ", ") }

    /// By the order in which the outputs' values are listed, the first output first.
    private func ordered(_ matched: [Int], _ evaluator: inout Evaluator) -> Result {
        var ranked: [(ranks: [Int], place: Int, values: [Value])] = []
        for index in matched {
            let values = outputValues(index, &evaluator)
            let ranks = zip(outputs, values).map { output, value in output.values.firstIndex(of: value) ?? output.values.count }
            ranked.append((ranks, index, values))
        }
        ranked.sort { one, other in
            one.ranks == other.ranks ? one.place < other.place : one.ranks.lexicographicallyPrecedes(other.ranks)
        }
        if hitPolicy == .priority {
            return .decided(assembled(ranked[0].values), rules: [ranked[0].place])
        }
        return .decided(.list(ranked.map { assembled($0.values) }), rules: ranked.map { $0.place })
    }

    private func collected(_ matched: [Int], _ aggregation: HitPolicy.Aggregation?, _ evaluator: inout Evaluator) -> Result {
        let values = matched.map { assembled(outputValues($0, &evaluator)) }
        guard let aggregation else { return .decided(.list(values), rules: matched) }
        let name: String
        switch aggregation {
        case .count:
            return .decided(.number(Decimal128(values.count)), rules: matched)
        case .sum: name = "sum"
        case .min: name = "min"
        case .max: name = "max"
        }
        return .decided(evaluator.callBuiltin(name, [.list(values)]), rules: matched)
    }
}

/// How the rules that match make one result.
package enum HitPolicy: Hashable, Sendable {
    package enum Aggregation: String, Hashable, Sendable { case sum = "SUM", min = "MIN", max = "MAX", count = "COUNT" }

    case unique, any, priority, first, ruleOrder, outputOrder
    case collect(Aggregation?)

    /// The letter (and sign) that is drawn in a table's corner.
    package var sign: String {
        switch self {
        case .unique: "U"
        case .any: "A"
        case .priority: "P"
        case .first: "F"
        case .ruleOrder: "R"
        case .outputOrder: "O"
        case .collect(nil): "C"
        case .collect(.sum?): "C+"
        case .collect(.min?): "C<"
        case .collect(.max?): "C>"
        case .collect(.count?): "C#"
        }
    }
}
