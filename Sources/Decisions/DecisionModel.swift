package import FEEL
package import Kernel

/// A DMN model: decisions, the data and knowledge they need, and the law they rest on. Read once, evaluated without side effects.
///
/// **Standard:** DMN 1.5, chapter 6.
package final class DecisionModel: Sendable {
    package struct InputData: Sendable {
        package let id: String
        /// With the names of imports before it (`shared.age`) where the input is imported.
        package let name: String
        /// The name in its own file.
        package let plainName: String
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
        package let sources: [KnowledgeSource]
        /// The ids of the inputs and decisions that it asks for directly.
        package let requiredInputs: [String]
        package let requiredDecisions: [String]
        /// The ids of the knowledge models and decision services that it asks for directly.
        package let requiredKnowledge: [String]
        let requirements: [Requirement]
        let logic: Boxed?
        let type: TypeName?
        /// What a table declares of itself besides ``type``.
        let logicType: TypeName?

        init(
            id: String, name: String, question: String, allowedAnswers: String, sources: [KnowledgeSource], requiredInputs: [String],
            requiredDecisions: [String], requiredKnowledge: [String], requirements: [Requirement], logic: Boxed?, type: TypeName?, logicType: TypeName?
        ) {
            self.logicType = logicType
            self.id = id
            self.name = name
            self.question = question
            self.allowedAnswers = allowedAnswers
            self.sources = sources
            self.requiredInputs = requiredInputs
            self.requiredDecisions = requiredDecisions
            self.requiredKnowledge = requiredKnowledge
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
        /// What could not be read; the model is refused.
        case nothing
    }

    /// What only the outside knows: the day, the time, the rules of time zones.
    package struct Facts: Sendable {
        package var today: CalendarDate?
        package var now: DateTime?
        package var zones: Zones

        package init(today: CalendarDate? = nil, now: DateTime? = nil, zones: Zones = .none) {
            self.today = today
            self.now = now
            self.zones = zones
        }
    }

    package let name: String
    package let namespace: String
    package let inputs: [InputData]
    package let decisions: [Decision]
    package let sources: [KnowledgeSource]
    package let knowledge: [KnowledgeModel]
    package let services: [DecisionService]
    let types: [String: TypeDefinition]
    /// Per decision, the places of all inputs that it needs.
    private let needed: [[Int]]
    let read: ReadTables

    init(
        name: String, namespace: String, inputs: [InputData], decisions: [Decision], sources: [KnowledgeSource], knowledge: [KnowledgeModel],
        services: [DecisionService], types: [String: TypeDefinition], read: ReadTables
    ) {
        self.read = read
        self.knowledge = knowledge
        self.services = services
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
                case .knowledge, .nothing: break
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

    /// By id, else by name.
    package func service(_ id: String) -> DecisionService? { serviceIndex(of: id).map { services[$0] } }

    private func serviceIndex(of id: String) -> Int? {
        services.firstIndex { $0.id == id } ?? services.firstIndex { $0.name == id }
    }

    // MARK: Evaluation

    /// Decides. Nothing is stored, nothing is asked of the outside: the same inputs and facts give the same outcome, byte for byte.
    ///
    /// - Parameters:
    ///   - decisionID: a decision's id or name, or a decision service's. A service's value is its output's, or a context of several.
    ///   - inputs: by the names of the input data, and of a service's input decisions. An imported input is asked for under its full name
    ///     (`shared.age`), then under its plain one. A string is read as a date, time or duration where the model declares one; what is missing is
    ///     unknown (null), and so is, with a problem, what does not fit its type.
    package func evaluate(_ decisionID: String, _ inputs: [String: Value], facts: Facts = Facts()) -> DecisionOutcome {
        guard let index = index(of: decisionID) else {
            if let index = serviceIndex(of: decisionID) { return evaluate(serviceAt: index, inputs, facts) }
            return DecisionOutcome(
                decision: decisionID, status: .failed("there is no decision ‘\(decisionID)’"), value: .null, places: [], problems: [], model: self,
                inputs: inputs, facts: facts)
        }
        var run = Run(self, inputs, facts)
        let (status, value, matched) = run.outcome(of: index)
        return DecisionOutcome(
            decision: decisions[index].id, status: status, value: value, places: matched, problems: run.evaluator.problems, model: self, inputs: inputs,
            facts: facts)
    }

    private func evaluate(serviceAt index: Int, _ inputs: [String: Value], _ facts: Facts) -> DecisionOutcome {
        var run = Run(self, inputs, facts)
        run.override(services[index])
        let value = run.value(of: services[index])
        return DecisionOutcome(
            decision: services[index].id, status: .decided, value: value, places: [], problems: run.evaluator.problems, model: self, inputs: inputs, facts: facts)
    }

    /// A decision service, called as a function: what it is given is all that its decisions know.
    func serve(_ index: Int, _ arguments: [Value], _ evaluator: inout Evaluator) -> Value {
        guard evaluator.charge(1 + (decisions.count + inputs.count) / 16) else { return .null }
        var run = Run(self, continuing: evaluator)
        run.give(arguments, to: services[index])
        let value = run.value(of: services[index])
        let locals = evaluator.locals
        evaluator = run.evaluator
        evaluator.locals = locals
        return value
    }

    /// One evaluation of a requirement graph: each decision at most once.
    struct Run {
        let model: DecisionModel
        let inputs: [String: Value]
        var evaluator: Evaluator
        private var inputValues: [Value?]
        private var decided: [Value?]

        init(_ model: DecisionModel, _ inputs: [String: Value], _ facts: Facts) {
            self.init(model, inputs, Evaluator(Scope([:], today: facts.today, now: facts.now, zones: facts.zones, types: model.types)))
            evaluator.engine = model
        }

        /// A run inside another one: its inputs are not known here.
        init(_ model: DecisionModel, continuing evaluator: Evaluator) {
            self.init(model, [:], evaluator)
        }

        private init(_ model: DecisionModel, _ inputs: [String: Value], _ evaluator: Evaluator) {
            self.model = model
            self.inputs = inputs
            self.evaluator = evaluator
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
            guard let value = inputs[input.name] ?? inputs[input.plainName] else {
                return evaluator.note(.unknownName, "the input ‘\(input.name)’ is missing")
            }
            return adopted(value, as: input.type, "the input ‘\(input.name)’")
        }

        /// A value from outside: texts are read as what JSON has no kind for.
        private mutating func adopted(_ value: Value, as type: TypeName?, _ what: @autoclosure () -> String) -> Value {
            guard let type, !value.isNull else { return value }
            return evaluator.conformed(Adoption(types: model.types).value(value, as: type), to: type, what())
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
                case .nothing: frame.append(.null)
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
            var outcome: (status: DecisionOutcome.Status, value: Value, matched: [Int])
            switch decision.logic {
            case .table(let table)?:
                switch table.result(&evaluator) {
                case .decided(let value, let rules): outcome = (rules.isEmpty && table.hitPolicy != .collect(.count) ? .standard : .decided, value, rules)
                case .noRule: outcome = (.noRule, .null, [])
                case .conflict(let message, let rules):
                    _ = evaluator.note(.notComparable, message)
                    outcome = (.failed(message), .null, rules)
                }
            case let logic?: outcome = (.decided, logic.evaluate(&evaluator), [])
            case nil: outcome = (.failed("the decision ‘\(decision.name)’ has no logic"), .null, [])
            }
            if let type = decision.logicType { outcome.value = evaluator.conformed(outcome.value, to: type, "the result of the decision ‘\(decision.name)’") }
            if let type = decision.type { outcome.value = evaluator.conformed(outcome.value, to: type, "the result of the decision ‘\(decision.name)’") }
            decided[index] = outcome.value
            return outcome
        }

        // MARK: Services

        /// Takes the results of a service's input decisions from the inputs; they are not decided here.
        mutating func override(_ service: DecisionService) {
            for index in service.shape.inputDecisions {
                let decision = model.decisions[index]
                guard let value = inputs[decision.name] else {
                    decided[index] = evaluator.note(.unknownName, "the input decision ‘\(decision.name)’ is missing")
                    continue
                }
                decided[index] = adopted(value, as: decision.type, "the input decision ‘\(decision.name)’")
            }
        }

        /// Gives a service its arguments, which fit their parameters already.
        mutating func give(_ arguments: [Value], to service: DecisionService) {
            for (index, value) in zip(service.shape.inputs, arguments) { inputValues[index] = value }
            for (index, value) in zip(service.shape.inputDecisions, arguments.dropFirst(service.shape.inputs.count)) { decided[index] = value }
        }

        /// The value of a service: its one output's, or a context of several.
        mutating func value(of service: DecisionService) -> Value {
            var result = Value.null
            if service.shape.outputs.count == 1 {
                result = value(of: service.shape.outputs[0].decision)
            } else {
                var context = Context()
                for output in service.shape.outputs { context[output.name] = value(of: output.decision) }
                result = .context(context)
            }
            guard let type = service.shape.type else { return result }
            return evaluator.conformed(result, to: type, "the result of the service ‘\(service.name)’")
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
struct Adoption {
    let types: [String: TypeDefinition]

    /// The value with its texts read as the dates, times and durations that the type wants; what cannot be read stays as it is.
    func value(_ value: Value, as type: TypeName) -> Value { self.value(value, as: type, depth: 0) }

    private func value(_ value: Value, as type: TypeName, depth: Int) -> Value {
        guard depth < Limits.nestingMax else { return value }
        switch (type, value) {
        case (.date, .string(let text)), (.time, .string(let text)), (.dateTime, .string(let text)), (.dayTime, .string(let text)),
            (.yearMonth, .string(let text)):
            return Value(temporal: text, as: type) ?? value
        case (.list(let element), .list(let items)):
            return .list(items.map { self.value($0, as: element, depth: depth + 1) })
        case (.context(let members), .context(var context)):
            for member in members {
                if let own = context[member.name] { context[member.name] = self.value(own, as: member.type, depth: depth + 1) }
            }
            return .context(context)
        case (.named(let key), _):
            guard let definition = types[key] else { return value }
            return self.value(value, as: definition.type, depth: depth + 1)
        default:
            return value
        }
    }
}
