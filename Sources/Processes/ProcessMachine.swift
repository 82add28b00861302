package import Kernel
internal import FEEL

/// What happened to a running process.
package enum ProcessEvent: Hashable, Sendable {
    case started(variables: JSONObject)
    case decided(element: String, outputs: JSONObject)
    case taskCompleted(element: String, outputs: JSONObject)
    case serviceCompleted(element: String, outputs: JSONObject)
    case serviceFailed(element: String, reason: String)
    /// Somebody looked at an incident and wants the element tried again, with variables put right where that is needed.
    case retried(element: String, variables: JSONObject)
}

/// What the process wants done.
package enum ProcessCommand: Hashable, Sendable {
    case decide(element: String, decision: String)
    /// **Shape** group: `body/role`, or `applicant`.
    case createTask(element: String, name: String, group: String, form: String?)
    case callService(element: String, operation: String, parameters: JSONObject)
    case complete(endElement: String, name: String)
    /// The token stays where it is until the element is retried or its work reported done.
    case incident(element: String, reason: String)
    /// The event did not fit; nothing changed. A late or doubled report is no harm to the process.
    case refused(element: String, ProcessRefusal)
}

/// Why an event was not taken.
package enum ProcessRefusal: String, Hashable, Sendable {
    case notStarted, alreadyStarted, ended, unknownElement, notWaiting, wrongKind
}

/// A running process: events in, commands out, no side effects. Event and commands are to be stored in one transaction.
///
/// - *Process-1* From start to end there is exactly one token, and it stands on an element that waits, or that has an incident.
/// - *Process-2* An event either moves the token or is refused; a refused event changes nothing.
/// - *Process-3* A gateway without a true condition and without a default is an incident; the token stays on the gateway.
package struct ProcessMachine: Sendable {
    /// Elements passed in one step without waiting for anybody.
    package static let passedMax = 1_000

    private enum Phase: Hashable { case fresh, running, ended }

    package let definition: ProcessDefinition
    package private(set) var variables: JSONObject = [:]
    private var phase = Phase.fresh
    private var token: Int
    private var incident: String?

    package init(_ definition: ProcessDefinition) {
        self.definition = definition
        token = definition.start
    }

    package var isEnded: Bool { phase == .ended }

    /// The element on which the token stands, if the process is running.
    package var waitingAt: String? { phase == .running ? definition.elements[token].id : nil }

    /// Why the element waits for help, if it does.
    package var incidentReason: String? { incident }

    // MARK: State

    /// All that must be kept: where the token is and the variables. The definition is not in it.
    ///
    /// **Shape** `{"v":1,"process":…,"phase":"fresh|running|ended","at":…,"incident":…?,"variables":{…}}`
    package var state: JSON {
        var object: JSONObject = ["v": 1, "process": .string(definition.id)]
        switch phase {
        case .fresh: object["phase"] = "fresh"
        case .running: object["phase"] = "running"
        case .ended: object["phase"] = "ended"
        }
        object["at"] = .string(definition.elements[token].id)
        if let incident { object["incident"] = .string(incident) }
        object["variables"] = .object(variables)
        return .object(object)
    }

    /// Nil where the state is none of this process, such as one that stands on an element that another version had.
    package init?(_ definition: ProcessDefinition, state: JSON) {
        guard state["v"]?.int == 1, state["process"]?.string == definition.id, let at = state["at"]?.string,
            let token = definition.place(of: at), let variables = state["variables"]?.object
        else { return nil }
        switch (state["phase"]?.string, definition.elements[token].kind) {
        case ("fresh", .start): phase = .fresh
        case ("running", .userTask), ("running", .serviceTask), ("running", .businessRuleTask), ("running", .exclusiveGateway): phase = .running
        case ("ended", .end): phase = .ended
        default: return nil
        }
        self.definition = definition
        self.token = token
        self.variables = variables
        incident = state["incident"]?.string
        if case .exclusiveGateway = definition.elements[token].kind, incident == nil { return nil }
    }

    // MARK: Events

    package mutating func receive(_ event: ProcessEvent) -> [ProcessCommand] {
        switch event {
        case .started(let variables):
            let start = definition.elements[definition.start].id
            guard phase == .fresh else { return [.refused(element: start, phase == .ended ? .ended : .alreadyStarted)] }
            phase = .running
            merge(variables)
            return leave()
        case .decided(let element, let outputs):
            return finish(element, outputs) { if case .businessRuleTask = $0 { true } else { false } }
        case .taskCompleted(let element, let outputs):
            return finish(element, outputs) { if case .userTask = $0 { true } else { false } }
        case .serviceCompleted(let element, let outputs):
            return finish(element, outputs) { if case .serviceTask = $0 { true } else { false } }
        case .serviceFailed(let element, let reason):
            if let refusal = refusal(element) { return [.refused(element: element, refusal)] }
            switch definition.elements[token].kind {
            case .serviceTask, .businessRuleTask: return halt(reason)
            default: return [.refused(element: element, .wrongKind)]
            }
        case .retried(let element, let variables):
            if let refusal = refusal(element) { return [.refused(element: element, refusal)] }
            guard incident != nil else { return [.refused(element: element, .notWaiting)] }
            merge(variables)
            return arrive()
        }
    }

    private mutating func merge(_ outputs: JSONObject) {
        for output in outputs { variables[output.key] = output.value }
    }

    private func refusal(_ element: String) -> ProcessRefusal? {
        guard let place = definition.place(of: element) else { return .unknownElement }
        switch phase {
        case .fresh: return .notStarted
        case .ended: return .ended
        case .running: return place == token ? nil : .notWaiting
        }
    }

    private mutating func finish(_ element: String, _ outputs: JSONObject, _ fits: (ProcessDefinition.Kind) -> Bool) -> [ProcessCommand] {
        if let refusal = refusal(element) { return [.refused(element: element, refusal)] }
        guard fits(definition.elements[token].kind) else { return [.refused(element: element, .wrongKind)] }
        merge(outputs)
        return leave()
    }

    /// Process-3: the token stays.
    private mutating func halt(_ reason: String) -> [ProcessCommand] {
        incident = reason
        return [.incident(element: definition.elements[token].id, reason: reason)]
    }

    // MARK: The token

    /// Along the one flow that leaves an element which is no gateway.
    private mutating func leave() -> [ProcessCommand] {
        token = definition.flows[definition.elements[token].outgoing[0]].target
        return arrive()
    }

    /// From the element that the token has reached, through gateways, to one that waits or ends.
    private mutating func arrive() -> [ProcessCommand] {
        incident = nil
        for _ in 0..<ProcessMachine.passedMax {
            let element = definition.elements[token]
            switch element.kind {
            case .start:
                token = definition.flows[element.outgoing[0]].target
            case .exclusiveGateway(let standard):
                guard let flow = chosen(element, standard) else {
                    return halt("no condition of the gateway ‘\(element.name.isEmpty ? element.id : element.name)’ is true, and it has no default flow")
                }
                token = definition.flows[flow].target
            case .userTask(let group, let form):
                return [.createTask(element: element.id, name: element.name, group: group, form: form)]
            case .serviceTask(let operation, let parameters):
                return [.callService(element: element.id, operation: operation, parameters: parameters)]
            case .businessRuleTask(let decision):
                return [.decide(element: element.id, decision: decision)]
            case .end:
                phase = .ended
                return [.complete(endElement: element.id, name: element.name)]
            }
        }
        return halt("more than \(ProcessMachine.passedMax) elements were passed without waiting")
    }

    /// The first flow, in the order of the file, whose condition is true; else the default.
    private func chosen(_ gateway: ProcessDefinition.Element, _ standard: Int?) -> Int? {
        if gateway.outgoing.count == 1, definition.flows[gateway.outgoing[0]].condition == nil { return gateway.outgoing[0] }
        var values: [String: Value] = [:]
        for place in gateway.outgoing {
            for name in definition.flows[place].condition?.names ?? [] where values[name] == nil {
                if let variable = variables[name] { values[name] = Value(json: variable) }
            }
        }
        let scope = Scope(values)
        for place in gateway.outgoing where place != standard {
            if let condition = definition.flows[place].condition, condition.evaluate(scope).value == .boolean(true) { return place }
        }
        return standard
    }
}
