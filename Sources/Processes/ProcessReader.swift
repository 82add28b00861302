package import Definitions
package import FEEL
internal import Kernel

extension ProcessDefinition {
    /// Reads one process from a BPMN file and proves what can be proved before it runs. Nil when there was an error.
    ///
    /// - Parameter zones: the rules of named time zones, for the conditions of gateways.
    package static func read(_ root: XMLNode, zones: Zones = .none, into diagnostics: inout Diagnostics) -> ProcessDefinition? {
        var reader = ProcessReader(root, zones)
        let definition = reader.process()
        for diagnostic in reader.diagnostics.all { diagnostics.add(diagnostic) }
        return reader.diagnostics.hasErrors ? nil : definition
    }
}

/// Reads BPMN. What it does not know it refuses, by element and place: a process that runs differently from its drawing is worse than none.
struct ProcessReader {
    static let namespace = "http://www.omg.org/spec/BPMN/20100524/MODEL"
    /// Attributes of ours: `d:decision`, `d:group`, `d:form`, `d:operation`.
    static let ours = "urn:dovira:bpmn:1"
    private static let schema = "http://www.w3.org/2001/XMLSchema-instance"
    static let elementsMax = 2_000

    let root: XMLNode
    private let zones: Zones
    var diagnostics = Diagnostics()

    private struct Draft {
        let node: XMLNode
        let id: String
        let kind: DraftKind
        var incoming: [Int] = []
        var outgoing: [Int] = []
    }

    private enum DraftKind { case start, end, userTask, serviceTask, businessRuleTask, exclusiveGateway }

    private var drafts: [Draft] = []
    private var places: [String: Int] = [:]
    private var flows: [ProcessDefinition.Flow] = []
    private var flowPlaces: [String: Int] = [:]

    init(_ root: XMLNode, _ zones: Zones) {
        self.root = root
        self.zones = zones
    }

    private mutating func error(_ message: String, at node: XMLNode) {
        diagnostics.error(message, at: node.position, in: node.path)
    }

    private mutating func warning(_ message: String, at node: XMLNode) {
        diagnostics.warning(message, at: node.position, in: node.path)
    }

    /// Drawings, colours and other tools' notes are in namespaces of their own and change nothing here.
    private func isModel(_ node: XMLNode) -> Bool { node.namespace == ProcessReader.namespace }

    // MARK: The file

    mutating func process() -> ProcessDefinition? {
        guard root.name == "definitions", isModel(root) else {
            error("‘\(root.name)’ is no BPMN model; its root is ‘definitions’ with xmlns=\"\(ProcessReader.namespace)\"", at: root)
            return nil
        }
        if let language = root.attribute("expressionLanguage"), !ProcessReader.isFEEL(language.value) {
            diagnostics.error("the expression language ‘\(language.value)’ cannot be read; write conditions in FEEL and leave the attribute out", at: language.position, in: root.path)
        }
        var processes: [XMLNode] = []
        for child in root.children where isModel(child) {
            if child.name == "process" { processes.append(child) } else if child.name != "documentation" { refuse(child) }
        }
        guard let process = processes.first else {
            error("there is no ‘process’ in this file; add one", at: root)
            return nil
        }
        for extra in processes.dropFirst() { error("one file holds one process; move this one to a file of its own", at: extra) }
        return read(process)
    }

    private static func isFEEL(_ language: String) -> Bool {
        let language = language.lowercased()
        return language.isEmpty || language.hasSuffix("feel") || language.hasSuffix("feel/")
    }

    private mutating func refuse(_ node: XMLNode) {
        error(
            "‘\(node.name)’ cannot be run here; use startEvent, userTask, serviceTask, businessRuleTask, exclusiveGateway, endEvent and sequenceFlow",
            at: node)
    }

    private static let processAttributes: Set<String> = ["id", "name", "isExecutable", "isClosed", "processType"]
    private static let annotations: Set<String> = ["documentation", "textAnnotation", "association"]

    private mutating func read(_ process: XMLNode) -> ProcessDefinition? {
        checkAttributes(process, ProcessReader.processAttributes, ours: [])
        var flowNodes: [XMLNode] = []
        for child in process.children where isModel(child) {
            switch child.name {
            case "sequenceFlow": flowNodes.append(child)
            case "extensionElements": noteExtensions(child)
            case let name where ProcessReader.annotations.contains(name): break
            default: if let kind = ProcessReader.kind(child.name) { add(child, kind) } else { refuse(child) }
            }
        }
        guard drafts.count + flowNodes.count <= ProcessReader.elementsMax else {
            error("more than \(ProcessReader.elementsMax) elements and flows in one process; divide it", at: process)
            return nil
        }
        for node in flowNodes { addFlow(node) }
        for draft in drafts { checkReferences(draft) }
        let elements = drafts.map { element($0) }
        lint(process)
        guard !diagnostics.hasErrors, let start = drafts.firstIndex(where: { $0.kind == .start }) else { return nil }
        return ProcessDefinition(
            id: process["id"] ?? "", name: process["name"] ?? "", path: process.path, elements: elements.compactMap { $0 }, flows: flows, start: start)
    }

    private static func kind(_ name: String) -> DraftKind? {
        switch name {
        case "startEvent": .start
        case "endEvent": .end
        case "userTask": .userTask
        case "serviceTask": .serviceTask
        case "businessRuleTask": .businessRuleTask
        case "exclusiveGateway": .exclusiveGateway
        default: nil
        }
    }

    // MARK: Elements

    private mutating func identify(_ node: XMLNode) -> String? {
        guard let id = node["id"], !id.isEmpty else {
            error("this ‘\(node.name)’ has no id; give it one", at: node)
            return nil
        }
        guard places[id] == nil, flowPlaces[id] == nil else {
            error("the id ‘\(id)’ is used twice; give this ‘\(node.name)’ another", at: node)
            return nil
        }
        return id
    }

    private mutating func add(_ node: XMLNode, _ kind: DraftKind) {
        guard let id = identify(node) else { return }
        places[id] = drafts.count
        drafts.append(Draft(node: node, id: id, kind: kind))
        var attributes: Set<String> = ["id", "name"]
        var ours: Set<String>? = []
        switch kind {
        case .start, .end: attributes.insert("isInterrupting")
        case .userTask:
            attributes.formUnion(["startQuantity", "completionQuantity", "isForCompensation", "implementation"])
            ours = ["group", "form"]
        case .serviceTask:
            attributes.formUnion(["startQuantity", "completionQuantity", "isForCompensation", "implementation"])
            ours = nil
        case .businessRuleTask:
            attributes.formUnion(["startQuantity", "completionQuantity", "isForCompensation", "implementation"])
            ours = ["decision"]
        case .exclusiveGateway: attributes.formUnion(["default", "gatewayDirection"])
        }
        checkAttributes(node, attributes, ours: ours)
        for child in node.children where isModel(child) {
            switch child.name {
            case "incoming", "outgoing", "documentation": break
            case "extensionElements": noteExtensions(child)
            default:
                error("‘\(child.name)’ inside ‘\(node.name)’ cannot be run here; remove it", at: child)
            }
        }
    }

    /// - Parameter ours: the names allowed in our namespace; nil for any.
    private mutating func checkAttributes(_ node: XMLNode, _ known: Set<String>, ours: Set<String>?) {
        for attribute in node.attributes {
            if attribute.namespace == ProcessReader.ours {
                guard let ours, !ours.contains(attribute.name) else { continue }
                let advice = ours.isEmpty ? "" : Nearest.advice(for: attribute.name, among: ours)
                diagnostics.error("‘\(node.name)’ has no attribute ‘\(attribute.name)’ of ours\(advice)", at: attribute.position, in: node.path)
            } else if attribute.namespace.isEmpty, !known.contains(attribute.name) {
                diagnostics.error(
                    "the attribute ‘\(attribute.name)’ of ‘\(node.name)’ cannot be run here; remove it", at: attribute.position, in: node.path)
            }
        }
        for (name, harmless) in [("startQuantity", "1"), ("completionQuantity", "1"), ("isForCompensation", "false")] {
            guard let attribute = node.attribute(name), attribute.value != harmless else { continue }
            diagnostics.error(
                "\(name)=\"\(attribute.value)\" cannot be run here; write \"\(harmless)\" or leave it out", at: attribute.position, in: node.path)
        }
    }

    private mutating func noteExtensions(_ node: XMLNode) {
        for child in node.children {
            warning("the extension ‘\(child.name)’ has no effect here; what it asks for is not done", at: child)
        }
    }

    /// A required attribute of ours.
    private mutating func required(_ name: String, _ example: String, of draft: Draft) -> String? {
        if let value = draft.node[name, namespace: ProcessReader.ours], !value.isEmpty { return value }
        error("‘\(draft.id)’ wants the attribute \(name) of ours; write d:\(name)=\"\(example)\" with xmlns:d=\"\(ProcessReader.ours)\"", at: draft.node)
        return nil
    }

    private mutating func element(_ draft: Draft) -> ProcessDefinition.Element? {
        let node = draft.node
        var kind: ProcessDefinition.Kind?
        switch draft.kind {
        case .start: kind = .start
        case .end: kind = .end
        case .userTask:
            if let group = required("group", "body/role", of: draft) {
                if group != "applicant", group.split(separator: "/", omittingEmptySubsequences: false).count != 2 {
                    error("the group ‘\(group)’ is none; write d:group=\"body/role\" or d:group=\"applicant\"", at: node)
                }
                kind = .userTask(group: group, form: node["form", namespace: ProcessReader.ours])
            }
        case .serviceTask:
            if let operation = required("operation", "register.create", of: draft) {
                var parameters = JSONObject()
                for attribute in node.attributes where attribute.namespace == ProcessReader.ours && attribute.name != "operation" {
                    parameters[attribute.name] = .string(attribute.value)
                }
                kind = .serviceTask(operation: operation, parameters: parameters)
            }
        case .businessRuleTask:
            if let decision = required("decision", "eligibility", of: draft) { kind = .businessRuleTask(decision: decision) }
        case .exclusiveGateway:
            kind = .exclusiveGateway(standard: standardFlow(draft))
        }
        return kind.map {
            ProcessDefinition.Element(id: draft.id, name: node["name"] ?? "", kind: $0, position: node.position, outgoing: draft.outgoing)
        }
    }

    private mutating func standardFlow(_ draft: Draft) -> Int? {
        guard let attribute = draft.node.attribute("default") else { return nil }
        guard let place = flowPlaces[attribute.value], draft.outgoing.contains(place) else {
            let own = draft.outgoing.map { flows[$0].id }
            diagnostics.error(
                "the default flow ‘\(attribute.value)’ does not leave ‘\(draft.id)’\(Nearest.advice(for: attribute.value, among: own))", at: attribute.position,
                in: draft.node.path)
            return nil
        }
        if flows[place].condition != nil {
            diagnostics.error("the default flow ‘\(attribute.value)’ has a condition; remove it: the default is taken when no other is true", at: flows[place].position, in: draft.node.path)
        }
        return place
    }

    // MARK: Flows

    private mutating func addFlow(_ node: XMLNode) {
        guard let id = identify(node) else { return }
        checkAttributes(node, ["id", "name", "sourceRef", "targetRef", "isImmediate"], ours: [])
        guard let source = end("sourceRef", of: node), let target = end("targetRef", of: node) else { return }
        var condition: Expression?
        for child in node.children where isModel(child) {
            switch child.name {
            case "conditionExpression": condition = self.condition(child)
            case "documentation": break
            case "extensionElements": noteExtensions(child)
            default: error("‘\(child.name)’ inside a sequence flow cannot be run here; remove it", at: child)
            }
        }
        let place = flows.count
        flowPlaces[id] = place
        flows.append(
            ProcessDefinition.Flow(id: id, name: node["name"] ?? "", source: source, target: target, condition: condition, position: node.position))
        drafts[source].outgoing.append(place)
        drafts[target].incoming.append(place)
    }

    private mutating func end(_ name: String, of node: XMLNode) -> Int? {
        guard let attribute = node.attribute(name) else {
            error("this sequence flow has no \(name); add it", at: node)
            return nil
        }
        guard let place = places[attribute.value] else {
            diagnostics.error("\(name) names ‘\(attribute.value)’, which is not there\(Nearest.advice(for: attribute.value, among: places.keys))", at: attribute.position, in: node.path)
            return nil
        }
        return place
    }

    private mutating func condition(_ node: XMLNode) -> Expression? {
        if let language = node.attribute("language"), !ProcessReader.isFEEL(language.value) {
            diagnostics.error("the language ‘\(language.value)’ cannot be read; write the condition in FEEL", at: language.position, in: node.path)
            return nil
        }
        let (text, skipped) = node.trimmedText
        guard !text.isEmpty else {
            error("this condition is empty; write a FEEL expression that is true or false", at: node)
            return nil
        }
        do {
            return try Expression(parsing: text, zones: zones)
        } catch {
            diagnostics.error(error.reason, at: node.position(ofCharacter: skipped + error.offset), in: node.path)
            return nil
        }
    }

    /// `incoming` and `outgoing` repeat what the flows say; where they say otherwise the file is broken.
    private mutating func checkReferences(_ draft: Draft) {
        for child in draft.node.children where isModel(child) && (child.name == "incoming" || child.name == "outgoing") {
            let id = child.trimmedText.text
            let places = child.name == "incoming" ? draft.incoming : draft.outgoing
            if let place = flowPlaces[id], places.contains(place) { continue }
            if flowPlaces[id] != nil {
                error("the flow ‘\(id)’ does not \(child.name == "incoming" ? "enter" : "leave") ‘\(draft.id)’; correct its sourceRef or targetRef, or remove this line", at: child)
            } else {
                error("there is no flow ‘\(id)’\(Nearest.advice(for: id, among: flowPlaces.keys))", at: child)
            }
        }
    }

    // MARK: Lint

    private mutating func lint(_ process: XMLNode) {
        let starts = drafts.filter { $0.kind == .start }
        if starts.isEmpty { error("this process has no startEvent; add one", at: process) }
        for extra in starts.dropFirst() { error("a process has one startEvent; remove this one", at: extra.node) }
        if !drafts.contains(where: { $0.kind == .end }) { error("this process has no endEvent; add one", at: process) }
        for draft in drafts { lint(draft) }
        guard !diagnostics.hasErrors, let start = drafts.firstIndex(where: { $0.kind == .start }) else { return }
        let reached = reachable(from: [start]) { $0.outgoing.map { flows[$0].target } }
        let ends = drafts.indices.filter { drafts[$0].kind == .end }
        let ending = reachable(from: ends) { $0.incoming.map { flows[$0].source } }
        for (place, draft) in drafts.enumerated() {
            if !reached.contains(place) {
                error("‘\(draft.id)’ is never reached from the start; connect it or remove it", at: draft.node)
            } else if !ending.contains(place) {
                error("from ‘\(draft.id)’ no end is reached; add a way to an endEvent", at: draft.node)
            }
        }
        lintGatewayCircles()
    }

    private mutating func lint(_ draft: Draft) {
        let node = draft.node
        switch draft.kind {
        case .start:
            if !draft.incoming.isEmpty { error("a flow leads into the startEvent ‘\(draft.id)’; lead it to the element after it", at: node) }
        case .end:
            if !draft.outgoing.isEmpty { error("a flow leaves the endEvent ‘\(draft.id)’; let it leave a task or gateway", at: node) }
        default: break
        }
        if draft.kind == .exclusiveGateway {
            lintGateway(draft)
            return
        }
        if draft.kind != .end, draft.outgoing.isEmpty { error("no flow leaves ‘\(draft.id)’; connect it to the next element", at: node) }
        if draft.outgoing.count > 1 {
            error("\(draft.outgoing.count) flows leave ‘\(draft.id)’ without a gateway; put an exclusiveGateway behind it", at: node)
        }
        if draft.incoming.count > 1 {
            error("\(draft.incoming.count) flows enter ‘\(draft.id)’ without a gateway; put an exclusiveGateway before it that joins them", at: node)
        }
        for place in draft.outgoing where flows[place].condition != nil {
            diagnostics.error(
                "the flow ‘\(flows[place].id)’ has a condition but leaves no gateway; put an exclusiveGateway before it", at: flows[place].position, in: node.path)
        }
    }

    private mutating func lintGateway(_ draft: Draft) {
        guard !draft.outgoing.isEmpty else {
            error("no flow leaves the gateway ‘\(draft.id)’; connect it to the next element", at: draft.node)
            return
        }
        let standard = draft.node["default"].flatMap { flowPlaces[$0] }
        if draft.outgoing.count > 1 {
            for place in draft.outgoing where place != standard && flows[place].condition == nil {
                diagnostics.error(
                    "the flow ‘\(flows[place].id)’ has no condition; write one, or make it the gateway's default", at: flows[place].position, in: draft.node.path)
            }
        }
        let isConditional = draft.outgoing.contains { flows[$0].condition != nil }
        if isConditional, standard == nil {
            warning("the gateway ‘\(draft.id)’ has no default flow: when no condition is true the case stops with an incident; add default=\"…\"", at: draft.node)
        }
    }

    private func reachable(from starts: [Int], _ next: (Draft) -> [Int]) -> Set<Int> {
        var seen = Set(starts)
        var waiting = starts
        while let place = waiting.popLast() {
            for other in next(drafts[place]) where seen.insert(other).inserted { waiting.append(other) }
        }
        return seen
    }

    /// Gateways that lead to one another in a circle would spin without anybody to wait for.
    private mutating func lintGatewayCircles() {
        for (place, draft) in drafts.enumerated() where draft.kind == .exclusiveGateway {
            let followers = drafts[place].outgoing.map { flows[$0].target }.filter { drafts[$0].kind == .exclusiveGateway }
            let circle = reachable(from: followers) { draft in draft.outgoing.map { flows[$0].target }.filter { drafts[$0].kind == .exclusiveGateway } }
            if circle.contains(place) {
                error("the gateway ‘\(draft.id)’ leads back to itself through gateways alone; put a task into the circle", at: draft.node)
            }
        }
    }
}
