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
        /// The law: the sources that it names, those of the knowledge that it uses, and those on which these rest.
        package let sources: [KnowledgeSource]
        /// The hash of its logic and of everything that it rests on; ``ElementVersions`` says over what.
        package let version: Digest
        /// The ids of the inputs and decisions that it asks for directly.
        package let requiredInputs: [String]
        package let requiredDecisions: [String]
        /// The ids of the knowledge models and decision services that it asks for directly.
        package let requiredKnowledge: [String]
        let requirements: [Requirement]
        let logic: Boxed?
        let type: TypeName?
        /// Whether it stands in another file than the model's own.
        package let isImported: Bool
        /// What a table declares of itself besides ``type``.
        let logicType: TypeName?
        fileprivate let scalar: Scalar?

        init(
            id: String, name: String, question: String, allowedAnswers: String, sources: [KnowledgeSource], requiredInputs: [String],
            requiredDecisions: [String], requiredKnowledge: [String], requirements: [Requirement], logic: Boxed?, type: TypeName?, logicType: TypeName?,
            isImported: Bool, version: Digest
        ) {
            self.isImported = isImported
            self.version = version
            self.logicType = logicType
            scalar = type.flatMap { Scalar($0) }
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
    package let knowledge: [KnowledgeModel]
    package let services: [DecisionService]
    /// The paths of the files that the model imports, directly or through others.
    package let imports: [String]
    let types: [String: TypeDefinition]
    /// Per decision, the places of all inputs that it needs.
    private let needed: [[Int]]
    /// Per decision, whether it needs no other.
    private let lone: [Bool]
    /// Per input, its type where the kind of a value settles it.
    private let scalars: [Scalar?]
    private let indexes: [String: Int]
    let read: ReadTables

    init(
        name: String, namespace: String, inputs: [InputData], decisions: [Decision], sources: [KnowledgeSource], knowledge: [KnowledgeModel],
        services: [DecisionService], imports: [String], types: [String: TypeDefinition], read: ReadTables
    ) {
        self.read = read
        self.imports = imports
        self.knowledge = knowledge
        self.services = services
        self.name = name
        self.namespace = namespace
        self.inputs = inputs
        self.decisions = decisions
        self.sources = sources
        self.types = types
        lone = decisions.map { decision in
            !decision.requirements.contains { requirement in if case .decision = requirement { true } else { false } }
        }
        scalars = inputs.map { $0.type.flatMap { Scalar($0) } }
        var indexes: [String: Int] = [:]
        // An id goes before a name, the first of several before the others.
        for index in decisions.indices where indexes[decisions[index].id] == nil { indexes[decisions[index].id] = index }
        for index in decisions.indices where indexes[decisions[index].name] == nil { indexes[decisions[index].name] = index }
        self.indexes = indexes
        needed = decisions.indices.map { DecisionModel.needed(by: [$0], but: [], decisions) }
    }

    private static func needed(by asked: [Int], but given: Set<Int>, _ decisions: [Decision]) -> [Int] {
        var wanted: Set<Int> = []
        var seen = given.union(asked)
        var waiting = asked
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
    package func decision(_ id: String) -> Decision? { indexes[id].map { decisions[$0] } }

    func index(of id: String) -> Int? { indexes[id] }

    /// The input data that a decision needs, directly or through other decisions, in the model's order.
    package func inputs(of id: String) -> [InputData] {
        index(of: id).map { place in needed[place].map { inputs[$0] } } ?? []
    }

    /// The names under which a decision's inputs are given, or a decision service's: of the latter its input decisions' names, too.
    package func inputNames(of id: String) -> [String] {
        if index(of: id) == nil, let service = serviceIndex(of: id) {
            return needed(byServiceAt: service).map { inputs[$0].name } + services[service].shape.inputDecisions.map { decisions[$0].name }
        }
        return inputs(of: id).map { $0.name }
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
            if let index = serviceIndex(of: decisionID) { return served(index, inputs, facts, nil).outcome }
            return DecisionOutcome(unknown: decisionID)
        }
        return decide(index, .named(inputs), facts)
    }

    private func decide(_ index: Int, _ inputs: Given, _ facts: Facts) -> DecisionOutcome {
        var run = Run(self, inputs, facts, isLone: lone[index])
        let (status, value, matched) = run.outcome(of: index)
        return DecisionOutcome(decisions[index], status, value, matched, run.evaluator.problems, Setting(self, inputs, facts))
    }

    /// Decides and keeps the account of it, in the same single evaluation.
    ///
    /// - Parameters:
    ///   - inputs: as for ``evaluate(_:_:facts:)``; the outcome is the same.
    ///   - origins: where each input comes from, by its name: any JSON, such as `{"register":"person","record":"…"}`. `"given"` where there is none.
    package func trace(_ decisionID: String, _ inputs: [String: Value], facts: Facts = Facts(), origins: [String: JSON] = [:]) -> DecisionTrace {
        let setting = Setting(self, .named(inputs), facts)
        let recorder = TraceRecorder()
        func account(_ outcome: DecisionOutcome, _ inputs: [DecisionTrace.Input]) -> DecisionTrace {
            DecisionTrace(outcome: outcome, inputs: inputs, accounts: recorder.accounts, isCut: recorder.isCut, setting: setting)
        }
        func input(_ name: String, _ plainName: String, _ value: Value) -> DecisionTrace.Input {
            DecisionTrace.Input(
                name: name, given: inputs[name] ?? inputs[plainName], value: value, origin: origins[name] ?? origins[plainName] ?? "given")
        }
        guard let index = index(of: decisionID) else {
            guard let index = serviceIndex(of: decisionID) else { return account(DecisionOutcome(unknown: decisionID), []) }
            var (outcome, run) = served(index, inputs, facts, recorder)
            let shape = services[index].shape
            let asked = needed(byServiceAt: index).map { input(self.inputs[$0].name, self.inputs[$0].plainName, run.input($0)) }
            let decided = shape.inputDecisions.map { input(decisions[$0].name, decisions[$0].name, run.value(of: $0)) }
            return account(outcome, asked + decided)
        }
        var run = Run(self, .named(inputs), facts)
        run.evaluator.companion = recorder
        let (status, value, matched) = run.outcome(of: index)
        let asked = needed[index].map { input(self.inputs[$0].name, self.inputs[$0].plainName, run.input($0)) }
        return account(DecisionOutcome(decisions[index], status, value, matched, run.evaluator.problems, setting), asked)
    }

    /// The inputs that a service's decisions need, but for those that only its input decisions would.
    private func needed(byServiceAt index: Int) -> [Int] {
        let shape = services[index].shape
        return DecisionModel.needed(by: shape.outputs.map { $0.decision }, but: Set(shape.inputDecisions), decisions)
    }

    /// A decision made ready to be asked many times, its inputs by place instead of by name.
    package struct Prepared: Sendable {
        private let model: DecisionModel
        private let index: Int
        /// The names of the inputs, in the order in which ``evaluate(_:facts:)`` wants their values.
        package let inputs: [String]
        /// Per input of the model, the place of its value.
        private let places: [Int]

        fileprivate init(_ model: DecisionModel, _ index: Int) {
            self.model = model
            self.index = index
            inputs = model.needed[index].map { model.inputs[$0].name }
            var places = [Int](repeating: -1, count: model.inputs.count)
            for (place, input) in model.needed[index].enumerated() { places[input] = place }
            self.places = places
        }

        /// Decides as ``DecisionModel/evaluate(_:_:facts:)`` does.
        ///
        /// - Parameter values: one for each of ``inputs``; nil is missing.
        package func evaluate(_ values: [Value?], facts: Facts = Facts()) -> DecisionOutcome {
            precondition(values.count == inputs.count, "\(values.count) values for \(inputs.count) inputs")
            return model.decide(index, .placed(values, places), facts)
        }
    }

    /// The decision of that id or name, ready to be asked many times; nil where there is none.
    package func prepared(_ decisionID: String) -> Prepared? { index(of: decisionID).map { Prepared(self, $0) } }

    func evaluator(_ facts: Facts) -> Evaluator {
        var evaluator = Evaluator(Scope([:], today: facts.today, now: facts.now, zones: facts.zones, types: types))
        evaluator.engine = self
        return evaluator
    }

    /// Values as the caller gave them.
    enum Given: Sendable {
        case named([String: Value])
        /// By place, and per input of the model its place, −1 for one that is not needed.
        case placed([Value?], [Int])

        func value(_ index: Int, _ model: DecisionModel) -> Value? {
            switch self {
            case .named(let values): values[model.inputs[index].name] ?? values[model.inputs[index].plainName]
            case .placed(let values, let places): places[index] < 0 ? nil : values[places[index]]
            }
        }

        /// Of a decision whose result is given, which goes by its name only.
        func value(_ decision: String) -> Value? {
            if case .named(let values) = self { values[decision] } else { nil }
        }

        func named(_ model: DecisionModel) -> [String: Value] {
            if case .named(let values) = self { return values }
            var values: [String: Value] = [:]
            for index in model.inputs.indices { if let value = value(index, model) { values[model.inputs[index].name] = value } }
            return values
        }
    }

    /// What an evaluation was asked with, so that it can be asked again.
    struct Setting: Sendable {
        let model: DecisionModel
        let inputs: Given
        let facts: Facts

        init(_ model: DecisionModel, _ inputs: Given, _ facts: Facts) {
            self.model = model
            self.inputs = inputs
            self.facts = facts
        }
    }

    private func served(_ index: Int, _ inputs: [String: Value], _ facts: Facts, _ recorder: TraceRecorder?) -> (outcome: DecisionOutcome, run: Run) {
        var run = Run(self, .named(inputs), facts)
        run.evaluator.companion = recorder
        run.override(services[index])
        let value = run.value(of: services[index])
        return (DecisionOutcome(services[index], value, run.evaluator.problems, Setting(self, .named(inputs), facts)), run)
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
        let inputs: Given
        var evaluator: Evaluator
        private var inputValues: [Value?]
        private var decided: [Value?]

        /// - Parameter isLone: whether one decision alone is made, and nothing is asked for twice.
        init(_ model: DecisionModel, _ inputs: Given, _ facts: Facts, isLone: Bool = false) {
            self.init(model, inputs, model.evaluator(facts), isLone: isLone)
        }

        /// A run inside another one: its inputs are not known here.
        init(_ model: DecisionModel, continuing evaluator: Evaluator) {
            self.init(model, .named([:]), evaluator, isLone: false)
        }

        private init(_ model: DecisionModel, _ inputs: Given, _ evaluator: Evaluator, isLone: Bool) {
            self.model = model
            self.inputs = inputs
            self.evaluator = evaluator
            inputValues = isLone ? [] : [Value?](repeating: nil, count: model.inputs.count)
            decided = isLone ? [] : [Value?](repeating: nil, count: model.decisions.count)
        }

        mutating func input(_ index: Int) -> Value {
            if inputValues.isEmpty { return adopted(index) }
            if let value = inputValues[index] { return value }
            let value = adopted(index)
            inputValues[index] = value
            return value
        }

        private mutating func adopted(_ index: Int) -> Value {
            let given = inputs.value(index, model)
            if let given, let scalar = model.scalars[index], scalar.holds(given) { return given }
            return examined(index, given)
        }

        private mutating func examined(_ index: Int, _ given: Value?) -> Value {
            let input = model.inputs[index]
            let count = evaluator.problems.count
            let value =
                given.map { adopted($0, as: input.type, "the input ‘\(input.name)’") }
                ?? evaluator.note(.unknownName, "the input ‘\(input.name)’ is missing")
            if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(owner: "", column: input.name)) }
            return value
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
            if !decided.isEmpty, let value = decided[index] { return value }
            return outcome(of: index).value
        }

        /// The requirement graph has no circles, which the reader has made sure of, so that this ends.
        mutating func outcome(of index: Int) -> (status: DecisionOutcome.Status, value: Value, matched: RulePlaces) {
            let decision = model.decisions[index]
            evaluator.locals = frame(decision)
            let count = evaluator.problems.count
            let recorder = evaluator.companion as? TraceRecorder
            recorder?.begin(decision)
            var outcome: (status: DecisionOutcome.Status, value: Value, matched: RulePlaces)
            switch decision.logic {
            case .table(let table)?:
                switch table.result(&evaluator) {
                case .decided(let value, let rules): outcome = (rules.isEmpty ? .standard : .decided, value, rules)
                case .noRule: outcome = (.noRule, .null, .empty)
                case .conflict(let message, let rules):
                    _ = evaluator.note(.notComparable, message)
                    outcome = (.failed(message), .null, rules)
                }
            case let logic?: outcome = (.decided, logic.evaluate(&evaluator), .empty)
            case nil: outcome = (.failed("the decision ‘\(decision.name)’ has no logic"), .null, .empty)
            }
            if let type = decision.logicType { outcome.value = evaluator.conformed(outcome.value, to: type, "the result of the decision ‘\(decision.name)’") }
            if let type = decision.type, decision.scalar?.holds(outcome.value) != true { outcome.value = evaluator.conformed(outcome.value, to: type, "the result of the decision ‘\(decision.name)’") }
            if evaluator.problems.count > count { evaluator.locate(from: count, Problem.Site(owner: decision.id)) }
            if !decided.isEmpty { decided[index] = outcome.value }
            recorder?.end(decision, outcome.status, outcome.value, evaluator.locals)
            return outcome
        }

        // MARK: Services

        /// Takes the results of a service's input decisions from the inputs; they are not decided here.
        mutating func override(_ service: DecisionService) {
            for index in service.shape.inputDecisions {
                let decision = model.decisions[index]
                guard let value = inputs.value(decision.name) else {
                    let count = evaluator.problems.count
                    decided[index] = evaluator.note(.unknownName, "the input decision ‘\(decision.name)’ is missing")
                    evaluator.locate(from: count, Problem.Site(owner: "", column: decision.name))
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
