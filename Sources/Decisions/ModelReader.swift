package import Definitions
internal import FEEL

/// How strictly a model is read.
package enum Strictness: Sendable {
    /// Every name and every expression must be right: what a state folder is held to.
    case strict
    /// An unknown name, or an expression that cannot be read, is null where it is evaluated, as the standard has it.
    case lenient
}

extension DecisionModel {
    /// Reads DMN 1.2 to 1.5.
    ///
    /// Whatever is not understood is an error with its place; nothing is passed over that could change a decision. Nil when there was an error.
    package static func read(_ root: XMLNode, into diagnostics: inout Diagnostics, strictness: Strictness = .strict) -> DecisionModel? {
        var reader = ModelReader(root, strictness)
        let model = reader.model()
        for diagnostic in reader.diagnostics.all { diagnostics.add(diagnostic) }
        return reader.diagnostics.hasErrors ? nil : model
    }
}

/// Reads one `definitions` element in two passes: first what there is, then the logic, against the names that its requirements bring.
struct ModelReader {
    static let namespaces: Set<String> = [
        "http://www.omg.org/spec/DMN/20180521/MODEL/", "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/", "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ]
    /// Decisions and knowledge models in one file.
    static let elementsMax = 5_000

    let root: XMLNode
    let strictness: Strictness
    var diagnostics = Diagnostics()
    var types = TypeReader()

    private var inputs: [DecisionModel.InputData] = []
    private var sources: [String: DecisionModel.KnowledgeSource] = [:]
    private var sourceOrder: [String] = []
    private var sourceNodes: [String: XMLNode] = [:]
    private var inputPlaces: [String: Int] = [:]
    private var decisionNodes: [XMLNode] = []
    private var decisionPlaces: [String: Int] = [:]
    private var knowledgeNodes: [String: XMLNode] = [:]
    private var knowledge: [String: Function] = [:]
    private var knowledgeInWork: Set<String> = []
    private var versions: ElementVersions

    init(_ root: XMLNode, _ strictness: Strictness) {
        self.root = root
        self.strictness = strictness
        versions = ElementVersions(root)
    }

    mutating func error(_ message: String, at node: XMLNode) {
        diagnostics.error(message, at: node.position, in: node.path)
    }

    /// What this reader has no use for and no harm from.
    static let ignored: Set<String> = [
        "description", "extensionElements", "textAnnotation", "association", "group", "elementCollection", "performanceIndicator",
        "organizationUnit", "businessContextElement",
    ]

    /// Whether the element speaks DMN; diagrams and extensions do not.
    func isModel(_ node: XMLNode) -> Bool { node.namespace == root.namespace && !ModelReader.ignored.contains(node.name) }

    // MARK: First pass

    mutating func model() -> DecisionModel? {
        guard root.name == "definitions" else {
            error("‘\(root.name)’ is no DMN model; its root element is ‘definitions’", at: root)
            return nil
        }
        guard ModelReader.namespaces.contains(root.namespace) else {
            error("the namespace ‘\(root.namespace)’ is none of DMN 1.2 to 1.5; write xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\"", at: root)
            return nil
        }
        checkLanguage(of: root)
        types.collect(root.children("itemDefinition"))
        for node in root.children where isModel(node) { survey(node) }
        guard decisionNodes.count + knowledgeNodes.count <= ModelReader.elementsMax else {
            error("more than \(ModelReader.elementsMax) decisions and knowledge models in one file; divide it", at: root)
            return nil
        }
        types.check(root.children("itemDefinition"), &diagnostics)
        var decisions: [DecisionModel.Decision] = []
        for node in decisionNodes { decisions.append(decision(node)) }
        findCircles(decisions)
        return DecisionModel(
            name: root["name"] ?? "", namespace: root["namespace"] ?? "", inputs: inputs, decisions: decisions,
            sources: sourceOrder.compactMap { sources[$0] }, types: types.types)
    }

    /// FEEL is the one language here.
    mutating func checkLanguage(of node: XMLNode) {
        guard let attribute = node.attribute("expressionLanguage"), !attribute.value.isEmpty else { return }
        let language = attribute.value.lowercased()
        guard !language.hasSuffix("feel/"), !language.hasSuffix("feel") else { return }
        diagnostics.error("the expression language ‘\(attribute.value)’ cannot be read; write the expression in FEEL and leave the attribute out", at: attribute.position, in: node.path)
    }

    private mutating func survey(_ node: XMLNode) {
        switch node.name {
        case "itemDefinition": break
        case "inputData":
            guard let id = identify(node) else { return }
            inputPlaces[id] = inputs.count
            inputs.append(inputData(node, id))
        case "knowledgeSource":
            guard let id = identify(node) else { return }
            sourceOrder.append(id)
            sourceNodes[id] = node
            sources[id] = DecisionModel.KnowledgeSource(
                id: id, name: node["name"] ?? id, type: node.child("type")?.trimmedText.text ?? "", location: node["locationURI"] ?? "")
        case "decision":
            guard let id = identify(node) else { return }
            decisionPlaces[id] = decisionNodes.count
            decisionNodes.append(node)
        case "businessKnowledgeModel":
            guard let id = identify(node) else { return }
            knowledgeNodes[id] = node
        default:
            error("‘\(node.name)’ cannot be read here; use decisions, input data, business knowledge models and knowledge sources", at: node)
        }
    }

    /// The element's id, or its name where it has none; nil, with an error, where another element has it already.
    private mutating func identify(_ node: XMLNode) -> String? {
        guard let id = node["id"] ?? node["name"], !id.isEmpty else {
            error("this ‘\(node.name)’ has neither id nor name; give it both", at: node)
            return nil
        }
        guard inputPlaces[id] == nil, sources[id] == nil, decisionPlaces[id] == nil, knowledgeNodes[id] == nil else {
            error("the id ‘\(id)’ is used twice; give this ‘\(node.name)’ another", at: node)
            return nil
        }
        return id
    }

    /// The name under which expressions know an element: its variable's.
    static func variableName(_ node: XMLNode) -> String {
        node.child("variable")?["name"] ?? node["name"] ?? ""
    }

    private mutating func inputData(_ node: XMLNode, _ id: String) -> DecisionModel.InputData {
        let name = ModelReader.variableName(node)
        if name.isEmpty { error("this input has no name; give its ‘variable’ one", at: node) }
        let reference = node.child("variable")?.attribute("typeRef")
        let type = typed(reference, in: node)
        let allowed = reference.flatMap { types.constraint(of: $0.value, strictness, &diagnostics) }
        return DecisionModel.InputData(id: id, name: name, type: type, typeName: reference?.value ?? "", allowed: allowed)
    }

    /// The type that an attribute names; an unknown one is an error where the model must be right.
    mutating func typed(_ attribute: XMLAttribute?, in node: XMLNode) -> TypeName? {
        guard let attribute, !attribute.value.isEmpty else { return nil }
        let type = types.type(attribute.value)
        if case .named(let name) = type, types.types[name] == nil, !TypeReader.structural.contains(name) {
            if strictness == .strict {
                diagnostics.error("there is no type ‘\(name)’\(Nearest.advice(for: name, among: types.known))", at: attribute.position, in: node.path)
            }
            return nil
        }
        return type == .any ? nil : type
    }

    // MARK: Second pass

    private static let decisionParts: Set<String> = [
        "variable", "question", "allowedAnswers", "informationRequirement", "knowledgeRequirement", "authorityRequirement", "supportedObjective",
        "impactedPerformanceIndicator", "decisionMaker", "decisionOwner", "usingProcess", "usingTask",
    ]

    private mutating func decision(_ node: XMLNode) -> DecisionModel.Decision {
        var requirements: [DecisionModel.Requirement] = []
        var names: [String] = []
        var requiredInputs: [String] = []
        var requiredDecisions: [String] = []
        for requirement in node.children("informationRequirement") {
            for part in requirement.children where isModel(part) {
                guard let id = reference(part) else { continue }
                if part.name == "requiredInput", let place = inputPlaces[id] {
                    requirements.append(.input(place))
                    names.append(inputs[place].name)
                    requiredInputs.append(id)
                } else if part.name == "requiredDecision", let place = decisionPlaces[id] {
                    requirements.append(.decision(place))
                    names.append(ModelReader.variableName(decisionNodes[place]))
                    requiredDecisions.append(id)
                } else {
                    unresolved(part, id, among: Array(inputPlaces.keys) + Array(decisionPlaces.keys))
                }
            }
        }
        for (name, function) in knowledgeRequirements(of: node) {
            requirements.append(.knowledge(function))
            names.append(name)
        }
        let reference = node.child("variable")?.attribute("typeRef")
        let type = typed(reference, in: node)
        let logicNode = node.children.first { isModel($0) && !ModelReader.decisionParts.contains($0.name) }
        for extra in node.children where isModel(extra) && !ModelReader.decisionParts.contains(extra.name) && extra.position != logicNode?.position {
            error("a decision has one expression; remove this second ‘\(extra.name)’", at: extra)
        }
        let name = ModelReader.variableName(node)
        if name.isEmpty { error("this decision has no name; give it one", at: node) }
        if logicNode == nil, strictness == .strict {
            error("the decision ‘\(name)’ has no logic; add a decision table or a literal expression", at: node)
        }
        let logic = logicNode.flatMap { boxed($0, names, context: Hosting(type: type, name: name)) }
        return DecisionModel.Decision(
            id: node["id"] ?? name, name: name, question: node.child("question")?.trimmedText.text ?? "",
            allowedAnswers: node.child("allowedAnswers")?.trimmedText.text ?? "", sources: authorities(of: node), requiredInputs: requiredInputs,
            requiredDecisions: requiredDecisions, requirements: requirements, logic: logic, type: type,
            version: versions.version(of: node["id"] ?? node["name"] ?? ""))
    }

    /// What the logic belongs to, for messages and for the priorities of its outputs.
    struct Hosting {
        let type: TypeName?
        let name: String
    }

    /// `#id` of this file.
    private mutating func reference(_ node: XMLNode) -> String? {
        guard let href = node["href"] else {
            error("‘\(node.name)’ wants an href; write href=\"#id\"", at: node)
            return nil
        }
        if href.utf8.first == UInt8(ascii: "#") { return String(href.dropFirst()) }
        // A reference by the model's own namespace means this file, too.
        if let namespace = root["namespace"], href.hasPrefix(namespace + "#") { return String(href.dropFirst(namespace.count + 1)) }
        error("the reference ‘\(href)’ leads out of this file; write href=\"#id\" of an element in it", at: node)
        return nil
    }

    private mutating func unresolved(_ node: XMLNode, _ id: String, among candidates: [String]) {
        error("‘\(node.name)’ names ‘\(id)’, which is not there\(Nearest.advice(for: id, among: candidates))", at: node)
    }

    /// The sources of law of an element, of the knowledge that it uses, and those on which these sources rest, each once.
    private mutating func authorities(of node: XMLNode) -> [DecisionModel.KnowledgeSource] {
        var found: [DecisionModel.KnowledgeSource] = []
        var seen: Set<String> = []
        var waiting = [node]
        while let next = waiting.popLast() {
            var further: [XMLNode] = []
            for requirement in next.children("authorityRequirement") {
                for part in requirement.children where isModel(part) {
                    guard let id = reference(part), part.name == "requiredAuthority" else { continue }
                    guard let source = sources[id] else {
                        unresolved(part, id, among: Array(sources.keys))
                        continue
                    }
                    guard seen.insert(id).inserted else { continue }
                    found.append(source)
                    if let node = sourceNodes[id] { further.append(node) }
                }
            }
            for requirement in next.children("knowledgeRequirement") {
                for part in requirement.children where isModel(part) {
                    guard let id = reference(part), let required = knowledgeNodes[id], seen.insert(id).inserted else { continue }
                    further.append(required)
                }
            }
            waiting += further.reversed()
        }
        return found
    }

    // MARK: Business knowledge

    private mutating func knowledgeRequirements(of node: XMLNode) -> [(String, Function)] {
        var found: [(String, Function)] = []
        for requirement in node.children("knowledgeRequirement") {
            for part in requirement.children where isModel(part) {
                guard let id = reference(part) else { continue }
                guard let required = knowledgeNodes[id] else {
                    unresolved(part, id, among: Array(knowledgeNodes.keys))
                    continue
                }
                // A model that asks for itself calls itself by its own name, which it knows anyway.
                if required.position == node.position { continue }
                guard let function = knowledge(id, required) else {
                    error("‘\(id)’ asks for itself through other knowledge models; remove one of the requirements", at: part)
                    continue
                }
                found.append((ModelReader.variableName(required), function))
            }
        }
        return found
    }

    /// The function of a knowledge model; nil where it is being read already.
    private mutating func knowledge(_ id: String, _ node: XMLNode) -> Function? {
        if let function = knowledge[id] { return function }
        guard knowledgeInWork.insert(id).inserted else { return nil }
        defer { knowledgeInWork.remove(id) }
        let required = knowledgeRequirements(of: node)
        let name = ModelReader.variableName(node)
        guard let logic = node.child("encapsulatedLogic") else {
            if strictness == .strict { error("the knowledge model ‘\(name)’ has no ‘encapsulatedLogic’; add it", at: node) }
            return function(id, [], [], name: name, body: nil)
        }
        checkKind(logic)
        let parameters = self.parameters(of: logic)
        let bodyNode = logic.children.first { isModel($0) && $0.name != "formalParameter" && $0.name != "variable" }
        let names = required.map { $0.0 } + [name] + parameters.map { $0.name }
        let type = typed(node.child("variable")?.attribute("typeRef"), in: node)
        let body = bodyNode.flatMap { boxed($0, names, context: Hosting(type: type, name: name)) }
        return function(id, required.map { .function($0.1) }, parameters, name: name, body: body, type: type)
    }

    private mutating func function(
        _ id: String, _ captured: [Value], _ parameters: [Function.Parameter], name: String, body: Boxed?, type: TypeName? = nil
    ) -> Function {
        let function = Function(
            HostFunction(parameters: parameters) { itself, arguments, evaluator in
                guard let body else { return evaluator.note(.notAvailable, "the knowledge model ‘\(name)’ has no logic") }
                return evaluator.inside(captured + [.function(itself)] + arguments) { (evaluator: inout Evaluator) in
                    let value = body.evaluate(&evaluator)
                    guard let type else { return value }
                    return evaluator.conformed(value, to: type)
                }
            })
        knowledge[id] = function
        return function
    }

    mutating func parameters(of node: XMLNode) -> [Function.Parameter] {
        node.children("formalParameter").map { parameter in
            Function.Parameter(name: parameter["name"] ?? "", type: typed(parameter.attribute("typeRef"), in: parameter))
        }
    }

    /// Functions in FEEL only.
    mutating func checkKind(_ node: XMLNode) {
        guard let kind = node.attribute("kind"), kind.value != "FEEL" else { return }
        if strictness == .strict {
            diagnostics.error("functions of the kind ‘\(kind.value)’ are not run here; write the function in FEEL", at: kind.position, in: node.path)
        }
    }

    // MARK: Circles

    private mutating func findCircles(_ decisions: [DecisionModel.Decision]) {
        enum Mark { case fresh, inWork, done }
        var marks = [Mark](repeating: .fresh, count: decisions.count)
        for start in decisions.indices where marks[start] == .fresh {
            // An own stack: a chain of decisions may be as long as the file allows.
            var stack: [(decision: Int, next: Int)] = [(start, 0)]
            marks[start] = .inWork
            while let top = stack.last {
                let requirements = decisions[top.decision].requirements
                guard top.next < requirements.count else {
                    marks[top.decision] = .done
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                guard case .decision(let other) = requirements[top.next] else { continue }
                switch marks[other] {
                case .done: break
                case .fresh:
                    marks[other] = .inWork
                    stack.append((other, 0))
                case .inWork:
                    error("the decision ‘\(decisions[other].name)’ needs itself, through ‘\(decisions[top.decision].name)’; remove one of the requirements", at: decisionNodes[top.decision])
                }
            }
        }
        depthCheck(decisions)
    }

    /// Evaluation follows requirements by recursion.
    static let chainMax = 100

    private mutating func depthCheck(_ decisions: [DecisionModel.Decision]) {
        guard !diagnostics.hasErrors else { return }
        var depths = [Int?](repeating: nil, count: decisions.count)
        var stack = Array(decisions.indices)
        while let top = stack.last {
            if depths[top] != nil { stack.removeLast(); continue }
            var depth = 1
            var isReady = true
            for case .decision(let other) in decisions[top].requirements {
                if let known = depths[other] { depth = max(depth, known + 1) } else { stack.append(other); isReady = false }
            }
            guard isReady else { continue }
            depths[top] = depth
            stack.removeLast()
            if depth > ModelReader.chainMax {
                error("‘\(decisions[top].name)’ ends a chain of more than \(ModelReader.chainMax) decisions; shorten it", at: decisionNodes[top])
                return
            }
        }
    }
}
