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
        fileprivate let scalar: Scalar?

        init(label: String, expression: Expression, allowed: UnaryTests?, type: TypeName?) {
            self.label = label
            self.expression = expression
            self.allowed = allowed
            self.type = type
            scalar = type.flatMap { Scalar($0) }
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
        fileprivate let scalar: Scalar?

        init(name: String, label: String, values: [Value], standard: Expression?, type: TypeName?) {
            self.name = name
            self.label = label
            self.values = values
            self.standard = standard
            self.type = type
            scalar = type.flatMap { Scalar($0) }
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
    /// Per column, where its cells can be turned round.
    private let indexes: [TestIndex?]
    /// The columns, where each is a bound name whose cells are indexed; else none.
    private let direct: [DirectColumn]

    private struct DirectColumn {
        let slot: Int
        let index: TestIndex
        let allowed: UnaryTests?
    }

    init(name: String, hitPolicy: HitPolicy, inputs: [Input], outputs: [Output], rules: [Rule]) {
        self.name = name
        self.hitPolicy = hitPolicy
        self.inputs = inputs
        self.outputs = outputs
        self.rules = rules
        let indexes = inputs.indices.map { column in TestIndex(rules.map { $0.cells[column] }) }
        self.indexes = indexes
        var direct: [DirectColumn] = []
        for (input, index) in zip(inputs, indexes) {
            guard let slot = input.expression.slot, let index, input.type.map({ index.settles($0) }) ?? true else { break }
            direct.append(DirectColumn(slot: slot, index: index, allowed: input.allowed))
        }
        self.direct = direct.count == inputs.count ? direct : []
    }

    // MARK: Evaluation

    /// What the rules say to the input values.
    enum Result {
        /// The value and the places of the rules that made it; none where it is the default.
        case decided(Value, rules: RulePlaces)
        case noRule
        case conflict(String, rules: RulePlaces)
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
            if let type = input.type, input.scalar?.holds(value) != true {
                value = evaluator.conformed(value, to: type, "the column ‘\(input.label)’")
            }
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
        let recorder = evaluator.companion as? TraceRecorder
        if recorder == nil, let matched = directMatches(&evaluator) { return result(of: matched, &evaluator) }
        var barred: [Int] = []
        let values = inputValues(&evaluator, barring: &barred)
        if let recorder { return recorded(values, barred, recorder, &evaluator) }
        return barred.isEmpty ? result(of: matches(values, &evaluator), &evaluator) : standard(&evaluator)
    }

    private func result(of matched: RulePlaces, _ evaluator: inout Evaluator) -> Result {
        matched.isEmpty ? standard(&evaluator) : combined(matched, &evaluator)
    }

    /// The rules that match, looked up with the values where they stand. Nil, with nothing done, where a value has to be looked at more closely.
    private func directMatches(_ evaluator: inout Evaluator) -> RulePlaces? {
        guard let first = direct.first else { return nil }
        if first.index.words == 1 {
            var bits = ~UInt64(0)
            for column in direct {
                guard let set = set(of: column, &evaluator) else { return nil }
                bits &= column.index.word(0, ofSet: set)
            }
            var places = RulePlaces.empty
            while bits != 0 {
                places.append(bits.trailingZeroBitCount)
                if hitPolicy == .first { break }
                bits &= bits &- 1
            }
            return places
        }
        return withUnsafeTemporaryAllocation(of: Int.self, capacity: direct.count) { sets in
            for (place, column) in direct.enumerated() {
                guard let set = set(of: column, &evaluator) else { return nil }
                sets[place] = set
            }
            return places(words: first.index.words) { word in
                var bits = ~UInt64(0)
                for (place, column) in direct.enumerated() { bits &= column.index.word(word, ofSet: sets[place]) }
                return bits
            }
        }
    }

    @inline(__always)
    private func set(of column: DirectColumn, _ evaluator: inout Evaluator) -> Int? {
        if let allowed = column.allowed, allowed.quickAnswer(evaluator.locals[column.slot]) != true { return nil }
        return column.index.set(ofSlot: column.slot, &evaluator)
    }

    @inline(__always)
    private func places(words: Int, _ word: (Int) -> UInt64) -> RulePlaces {
        var places = RulePlaces.empty
        for index in 0..<words {
            var bits = word(index)
            while bits != 0 {
                places.append(index * 64 + bits.trailingZeroBitCount)
                if hitPolicy == .first { return places }
                bits &= bits &- 1
            }
        }
        return places
    }

    private func matches(_ values: [Value], _ evaluator: inout Evaluator) -> RulePlaces {
        let sets = sets(of: values)
        var matched = RulePlaces.empty
        for rule in rules.indices where matches(rule, values, sets, &evaluator) {
            matched.append(rule)
            if hitPolicy == .first { break }
        }
        return matched
    }

    /// Per column the value's set, −1 where its cells have to be asked.
    private func sets(of values: [Value]) -> [Int] { values.indices.map { indexes[$0]?.set(of: values[$0]) ?? -1 } }

    private func isMet(_ rule: Int, _ column: Int, _ set: Int) -> Bool {
        guard let index = indexes[column] else { return false }
        return index.word(rule / 64, ofSet: set) >> UInt64(rule % 64) & 1 == 1
    }

    private func matches(_ rule: Int, _ values: [Value], _ sets: [Int], _ evaluator: inout Evaluator) -> Bool {
        let cells = rules[rule].cells
        for column in values.indices {
            if sets[column] >= 0 {
                guard isMet(rule, column, sets[column]) else { return false }
            } else {
                guard meets(values[column], cells[column], rule, column, &evaluator) == true else { return false }
            }
        }
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
        var matched = RulePlaces.empty
        let sets = sets(of: values)
        let answers = [UInt8](unsafeUninitializedCapacity: rules.count * values.count) { buffer, count in
            for rule in rules.indices {
                var isOpen = barred.isEmpty && !(hitPolicy == .first && !matched.isEmpty)
                for column in values.indices {
                    let answer: DecisionTrace.Answer
                    if barred.contains(column) {
                        answer = .unknown
                    } else if sets[column] >= 0 {
                        answer = isMet(rule, column, sets[column]) ? .yes : .no
                    } else {
                        let value = values[column]
                        let cell = rules[rule].cells[column]
                        answer = DecisionTrace.Answer(isOpen ? meets(value, cell, rule, column, &evaluator) : evaluator.wouldMeet(value, cell), value)
                    }
                    if answer != .yes { isOpen = false }
                    buffer[count] = answer.rawValue
                    count += 1
                }
                if isOpen { matched.append(rule) }
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
            return .decided(assembled(values), rules: .empty)
        }
        return .noRule
    }

    private func typed(_ value: Value, _ output: Output, _ evaluator: inout Evaluator) -> Value {
        if let scalar = output.scalar, scalar.holds(value) { return value }
        guard let type = output.type else { return value }
        return evaluator.conformed(value, to: type, "the output ‘\(output.label)’")
    }

    func outputValues(_ rule: Int, _ evaluator: inout Evaluator) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(outputs.count)
        for index in outputs.indices { values.append(output(index, of: rule, &evaluator)) }
        return values
    }

    private func output(_ index: Int, of rule: Int, _ evaluator: inout Evaluator) -> Value {
        let count = evaluator.problems.count
        let value = typed(evaluator.evaluate(rules[rule].outputs[index]), outputs[index], &evaluator)
        if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(row: rule, column: outputs[index].label)) }
        return value
    }

    /// One output is its value; several are a context.
    func assembled(_ values: [Value]) -> Value {
        if values.count == 1 { return values[0] }
        var context = Context()
        for (output, value) in zip(outputs, values) { context[output.name] = value }
        return .context(context)
    }

    /// What one rule says.
    private func said(_ rule: Int, _ evaluator: inout Evaluator) -> Value {
        guard outputs.count == 1 else { return assembled(outputValues(rule, &evaluator)) }
        return output(0, of: rule, &evaluator)
    }

    private func combined(_ places: RulePlaces, _ evaluator: inout Evaluator) -> Result {
        // One rule alone is the result of every policy that gives one value.
        if case .one(let rule) = places {
            switch hitPolicy {
            case .unique, .first, .any, .priority: return .decided(said(rule, &evaluator), rules: places)
            default: break
            }
        }
        let matched = places.array
        switch hitPolicy {
        case .unique:
            return .conflict("rules \(DecisionTable.places(matched)) all match, but only one may (hit policy UNIQUE)", rules: places)
        case .first:
            return .decided(said(matched[0], &evaluator), rules: places)
        case .any:
            let first = said(matched[0], &evaluator)
            for index in matched.dropFirst() where said(index, &evaluator) != first {
                return .conflict(
                    "rules \(DecisionTable.places(matched)) match and disagree, but rules that match must say the same (hit policy ANY)", rules: places)
            }
            return .decided(first, rules: places)
        case .ruleOrder:
            return .decided(.list(matched.map { said($0, &evaluator) }), rules: places)
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
            return .decided(assembled(ranked[0].values), rules: .one(ranked[0].place))
        }
        return .decided(.list(ranked.map { assembled($0.values) }), rules: .many(ranked.map { $0.place }))
    }

    private func collected(_ matched: [Int], _ aggregation: HitPolicy.Aggregation?, _ evaluator: inout Evaluator) -> Result {
        let values = matched.map { said($0, &evaluator) }
        guard let aggregation else { return .decided(.list(values), rules: .many(matched)) }
        let name: String
        switch aggregation {
        case .count:
            return .decided(.number(Decimal128(values.count)), rules: .many(matched))
        case .sum: name = "sum"
        case .min: name = "min"
        case .max: name = "max"
        }
        return .decided(evaluator.callBuiltin(name, [.list(values)]), rules: .many(matched))
    }
}

/// The places of the rules that matched, in the order in which they count. One of them, the common case, needs no array.
enum RulePlaces: Sendable {
    case empty
    case one(Int)
    case many([Int])

    var isEmpty: Bool { if case .empty = self { true } else { false } }

    var array: [Int] {
        switch self {
        case .empty: []
        case .one(let place): [place]
        case .many(let places): places
        }
    }

    mutating func append(_ place: Int) {
        switch self {
        case .empty: self = .one(place)
        case .one(let first): self = .many([first, place])
        case .many(var places):
            self = .empty
            places.append(place)
            self = .many(places)
        }
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
