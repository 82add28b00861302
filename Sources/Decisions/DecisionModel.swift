package import FEEL
package import Kernel

/// A DMN model: decisions, the data and knowledge they need, and the law they rest on. Read once, evaluated without side effects.
///
/// **Standard:** DMN 1.5, chapter 6.
package final class DecisionModel: Sendable {
    package struct InputData: Sendable {
        package let id: String
        package let name: String
        let type: TypeName?
        /// The type as the model writes it; empty where it writes none.
        package let typeName: String
        let allowed: UnaryTests?
    }

    /// A source of authority: the law, its article and where it can be read.
    package struct KnowledgeSource: Hashable, Sendable {
        package let id: String
        package let name: String
        package let type: String
        package let location: String
    }

    package final class Decision: Sendable {
        package let id: String
        package let name: String
        package let question: String
        package let allowedAnswers: String
        /// The law: the sources that it names, those of the knowledge that it uses, and those on which these rest.
        package let sources: [KnowledgeSource]
        /// The hash of its logic and of everything that it rests on; ``ElementVersions`` says over what.
        package let version: Digest
        /// The ids of the inputs and decisions that it asks for directly.
        package let requiredInputs: [String]
        package let requiredDecisions: [String]
        let requirements: [Requirement]
        let logic: Boxed?
        let type: TypeName?

        init(
            id: String, name: String, question: String, allowedAnswers: String, sources: [KnowledgeSource], requiredInputs: [String],
            requiredDecisions: [String], requirements: [Requirement], logic: Boxed?, type: TypeName?, version: Digest
        ) {
            self.version = version
            self.id = id
            self.name = name
            self.question = question
            self.allowedAnswers = allowedAnswers
            self.sources = sources
            self.requiredInputs = requiredInputs
            self.requiredDecisions = requiredDecisions
            self.requirements = requirements
            self.logic = logic
            self.type = type
        }

        /// The table, where the decision is one.
        package var table: DecisionTable? {
            if case .table(let table)? = logic { table } else { nil }
        }
    }

    /// What fills one slot of a decision's logic.
    enum Requirement: Sendable {
        case input(Int)
        case decision(Int)
        case knowledge(Function)
    }

    /// What only the outside knows: the day, the time, the rules of time zones, the day whose law is applied.
    package struct Facts: Sendable {
        package var today: CalendarDate?
        package var now: DateTime?
        package var zones: Zones
        /// The day whose law is applied, where it is not today; the account tells it, the logic does not know it.
        package var law: CalendarDate?

        package init(today: CalendarDate? = nil, now: DateTime? = nil, zones: Zones = .none, law: CalendarDate? = nil) {
            self.today = today
            self.now = now
            self.zones = zones
            self.law = law
        }

        /// The day whose law is applied.
        package var lawDate: CalendarDate? { law ?? today ?? now?.date }
    }

    package let name: String
    package let namespace: String
    package let inputs: [InputData]
    package let decisions: [Decision]
    package let sources: [KnowledgeSource]
    let types: [String: TypeName]
    /// Per decision, the places of all inputs that it needs.
    private let needed: [[Int]]

    init(
        name: String, namespace: String, inputs: [InputData], decisions: [Decision], sources: [KnowledgeSource], types: [String: TypeName]
    ) {
        self.name = name
        self.namespace = namespace
        self.inputs = inputs
        self.decisions = decisions
        self.sources = sources
        self.types = types
        needed = decisions.indices.map { DecisionModel.needed(by: $0, decisions) }
    }

    private static func needed(by start: Int, _ decisions: [Decision]) -> [Int] {
        var wanted: Set<Int> = []
        var seen: Set<Int> = [start]
        var waiting = [start]
        while let decision = waiting.popLast() {
            for requirement in decisions[decision].requirements {
                switch requirement {
                case .input(let input): wanted.insert(input)
                case .decision(let other): if seen.insert(other).inserted { waiting.append(other) }
                case .knowledge: break
                }
            }
        }
        return wanted.sorted()
    }

    /// By id, else by name.
    package func decision(_ id: String) -> Decision? {
        decisions.first { $0.id == id } ?? decisions.first { $0.name == id }
    }

    func index(of id: String) -> Int? {
        decisions.firstIndex { $0.id == id } ?? decisions.firstIndex { $0.name == id }
    }

    /// The input data that a decision needs, directly or through other decisions, in the model's order.
    package func inputs(of id: String) -> [InputData] {
        index(of: id).map { place in needed[place].map { inputs[$0] } } ?? []
    }

    func inputPlaces(ofDecisionAt place: Int) -> [Int] { needed[place] }

    // MARK: Evaluation

    /// Decides. Nothing is stored, nothing is asked of the outside: the same inputs and facts give the same outcome, byte for byte.
    ///
    /// - Parameter inputs: by the names of the input data. A string is read as a date, time or duration where the model declares one; what
    ///   is missing is unknown (null), and so is, with a problem, what does not fit its type.
    package func evaluate(_ decisionID: String, _ inputs: [String: Value], facts: Facts = Facts()) -> DecisionOutcome {
        guard let index = index(of: decisionID) else { return DecisionOutcome(unknown: decisionID) }
        var run = Run(self, inputs, facts)
        let (status, value, matched) = run.outcome(of: index)
        return DecisionOutcome(decisions[index], status, value, matched, run.evaluator.problems, Setting(self, inputs, facts))
    }

    /// Decides and keeps the account of it, in the same single evaluation.
    ///
    /// - Parameters:
    ///   - inputs: as for ``evaluate(_:_:facts:)``; the outcome is the same.
    ///   - origins: where each input comes from, by its name: any JSON, such as `{"register":"person","record":"…"}`. `"given"` where there is none.
    package func trace(_ decisionID: String, _ inputs: [String: Value], facts: Facts = Facts(), origins: [String: JSON] = [:]) -> DecisionTrace {
        let setting = Setting(self, inputs, facts)
        guard let index = index(of: decisionID) else {
            return DecisionTrace(outcome: DecisionOutcome(unknown: decisionID), inputs: [], accounts: [], setting: setting)
        }
        var run = Run(self, inputs, facts)
        let recorder = TraceRecorder()
        run.evaluator.companion = recorder
        let (status, value, matched) = run.outcome(of: index)
        let asked = needed[index].map { place in
            let name = self.inputs[place].name
            return DecisionTrace.Input(name: name, given: inputs[name], value: run.input(place), origin: origins[name] ?? "given")
        }
        return DecisionTrace(
            outcome: DecisionOutcome(decisions[index], status, value, matched, run.evaluator.problems, setting), inputs: asked,
            accounts: recorder.accounts, setting: setting)
    }

    /// A decision made ready to be asked many times, its inputs by place instead of by name.
    package struct Prepared: Sendable {
        private let model: DecisionModel
        private let index: Int
        /// The names of the inputs, in the order in which ``evaluate(_:facts:)`` wants their values.
        package let inputs: [String]

        fileprivate init(_ model: DecisionModel, _ index: Int) {
            self.model = model
            self.index = index
            inputs = model.needed[index].map { model.inputs[$0].name }
        }

        /// Decides as ``DecisionModel/evaluate(_:_:facts:)`` does.
        ///
        /// - Parameter values: one for each of ``inputs``; nil is missing.
        package func evaluate(_ values: [Value?], facts: Facts = Facts()) -> DecisionOutcome {
            precondition(values.count == inputs.count, "\(values.count) values for \(inputs.count) inputs")
            let named = Dictionary(uniqueKeysWithValues: zip(inputs, values).compactMap { name, value in value.map { (name, $0) } })
            return model.evaluate(model.decisions[index].id, named, facts: facts)
        }
    }

    /// The decision of that id or name, ready to be asked many times; nil where there is none.
    package func prepared(_ decisionID: String) -> Prepared? { index(of: decisionID).map { Prepared(self, $0) } }

    func evaluator(_ facts: Facts) -> Evaluator {
        Evaluator(Scope([:], today: facts.today, now: facts.now, zones: facts.zones, types: types))
    }

    /// What an evaluation was asked with, so that it can be asked again.
    struct Setting: Sendable {
        let model: DecisionModel
        let inputs: [String: Value]
        let facts: Facts

        init(_ model: DecisionModel, _ inputs: [String: Value], _ facts: Facts) {
            self.model = model
            self.inputs = inputs
            self.facts = facts
        }
    }

    /// One evaluation of a requirement graph: each decision at most once.
    struct Run {
        let model: DecisionModel
        let inputs: [String: Value]
        var evaluator: Evaluator
        private var inputValues: [Value?]
        private var decided: [Value?]

        init(_ model: DecisionModel, _ inputs: [String: Value], _ facts: Facts) {
            self.model = model
            self.inputs = inputs
            evaluator = model.evaluator(facts)
            inputValues = [Value?](repeating: nil, count: model.inputs.count)
            decided = [Value?](repeating: nil, count: model.decisions.count)
        }

        mutating func input(_ index: Int) -> Value {
            if let value = inputValues[index] { return value }
            let value = adopted(index)
            inputValues[index] = value
            return value
        }

        private mutating func adopted(_ index: Int) -> Value {
            let input = model.inputs[index]
            let count = evaluator.problems.count
            defer { if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(owner: "", column: input.name)) } }
            guard var value = inputs[input.name] else {
                return evaluator.note(.unknownName, "the input ‘\(input.name)’ is missing")
            }
            guard let type = input.type, !value.isNull else { return value }
            if case .string(let text) = value, let read = Adoption.value(text, as: type) { value = read }
            guard let fitting = evaluator.coerced(value, to: type) else {
                return evaluator.note(.wrongType, "the input ‘\(input.name)’ is a \(value.kindName), but the model declares \(type.words)")
            }
            if let allowed = input.allowed, !allows(allowed, fitting, type) {
                return evaluator.note(.outOfRange, "the input ‘\(input.name)’ is \(fitting.innerText), which is none of the allowed values: \(allowed.text)")
            }
            return fitting
        }

        private mutating func allows(_ allowed: UnaryTests, _ value: Value, _ type: TypeName) -> Bool {
            if case .list(let items) = value {
                for item in items where evaluator.meets(item, allowed) != true { return false }
                return true
            }
            return evaluator.meets(value, allowed) == true
        }

        /// The slots of a decision's logic, filled.
        mutating func frame(_ decision: Decision) -> [Value] {
            var frame: [Value] = []
            frame.reserveCapacity(decision.requirements.count + 4)
            for requirement in decision.requirements {
                switch requirement {
                case .input(let index): frame.append(input(index))
                case .decision(let index): frame.append(value(of: index))
                case .knowledge(let function): frame.append(.function(function))
                }
            }
            return frame
        }

        mutating func value(of index: Int) -> Value {
            if let value = decided[index] { return value }
            return outcome(of: index).value
        }

        /// The requirement graph has no circles, which the reader has made sure of, so that this ends.
        mutating func outcome(of index: Int) -> (status: DecisionOutcome.Status, value: Value, matched: [Int]) {
            let decision = model.decisions[index]
            evaluator.locals = frame(decision)
            let count = evaluator.problems.count
            let recorder = evaluator.companion as? TraceRecorder
            recorder?.begin()
            var outcome: (status: DecisionOutcome.Status, value: Value, matched: [Int])
            switch decision.logic {
            case .table(let table)?:
                switch table.result(&evaluator) {
                case .decided(let value, let rules): outcome = (rules.isEmpty ? .standard : .decided, value, rules)
                case .noRule: outcome = (.noRule, .null, [])
                case .conflict(let message, let rules):
                    _ = evaluator.note(.notComparable, message)
                    outcome = (.failed(message), .null, rules)
                }
            case let logic?: outcome = (.decided, logic.evaluate(&evaluator), [])
            case nil: outcome = (.failed("the decision ‘\(decision.name)’ has no logic"), .null, [])
            }
            if let type = decision.type { outcome.value = evaluator.conformed(outcome.value, to: type) }
            if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(owner: decision.id)) }
            decided[index] = outcome.value
            recorder?.end(decision, outcome.status, outcome.value, evaluator.locals)
            return outcome
        }
    }
}

extension HitPolicy {
    /// Whether the result is a list of what several rules say.
    var isList: Bool {
        switch self {
        case .ruleOrder, .outputOrder, .collect(nil): true
        default: false
        }
    }
}

/// Values from JSON come as strings where JSON has no kind of its own.
enum Adoption {
    static func value(_ text: String, as type: TypeName) -> Value? {
        switch type {
        case .date, .time, .dateTime, .dayTime, .yearMonth: Value(temporal: text, as: type)
        default: nil
        }
    }
}
