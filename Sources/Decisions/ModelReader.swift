package import Definitions
internal import FEEL
internal import Kernel

/// How strictly a model is read.
package enum Strictness: Sendable {
    /// Every name and every expression must be right: what a state folder is held to.
    case strict
    /// An unknown name, or an expression that cannot be read, is null where it is evaluated, as the standard has it.
    case lenient
}

extension DecisionModel {
    /// Reads DMN 1.2 to 1.5, with the models that it imports.
    ///
    /// Whatever is not understood is an error with its place; nothing is passed over that could change a decision. Nil when there was an error.
    /// - Parameter library: what imports may name.
    package static func read(
        _ root: XMLNode, into diagnostics: inout Diagnostics, strictness: Strictness = .strict, library: ModelLibrary = ModelLibrary()
    ) -> DecisionModel? {
        var reader = ModelReader(strictness, library)
        let model = reader.model(root)
        for diagnostic in reader.diagnostics.all { diagnostics.add(diagnostic) }
        return reader.diagnostics.hasErrors ? nil : model
    }
}

/// Reads a `definitions` element and those that it imports: first what there is, then who needs whom, then the logic, against the names that the
/// requirements bring.
struct ModelReader {
    static let namespaces: Set<String> = [
        "http://www.omg.org/spec/DMN/20180521/MODEL/", "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/", "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ]
    /// Inputs, decisions, knowledge models, services and sources in a model with its imports.
    static let elementsMax = 5_000
    /// Evaluation follows requirements by recursion; so many may stand on one another.
    static let chainMax = 100

    /// One file.
    struct Module {
        let root: XMLNode
        /// What stands before the ids of its elements: empty for the model itself, the namespace and # for imported files.
        let idPrefix: String
        /// What stands before the names of its elements where no file is spoken for: empty, or the imports' names with dots.
        let namePrefix: String
        var imports: [(prefix: String, module: Int)] = []
        var types: TypeReader
        /// By local id.
        var places: [String: Place] = [:]

        var namespace: String { root["namespace"] ?? "" }
    }

    /// A place in one of the tables below.
    enum Place: Hashable {
        case input(Int), source(Int), decision(Int), knowledge(Int), service(Int)
    }

    /// An element as it was found.
    struct Element {
        let node: XMLNode
        let module: Int
        let id: String
        /// The name under which its own file knows it.
        let name: String
    }

    /// That one element needs another, known by a name.
    struct Requirement {
        let place: Place
        let name: String
        let node: XMLNode
    }

    let strictness: Strictness
    let library: ModelLibrary
    var diagnostics = Diagnostics()
    var modules: [Module] = []
    /// The file that is being read.
    var module = 0
    /// Boxed expressions around the one that is being read.
    var boxes = 0
    /// The tables that were read, by file and place.
    var tables: [ReadTables.Key: DecisionTable] = [:]

    var inputs: [Element] = []
    var sources: [Element] = []
    var decisions: [Element] = []
    var knowledge: [Element] = []
    var services: [Element] = []
    /// What each element needs, as far as it can be evaluated.
    var needs: [Place: [Requirement]] = [:]
    var functions: [Place: Function] = [:]
    private var knowledgeModels: [Int: DecisionModel.KnowledgeModel] = [:]
    private var logicless: Set<Int> = []
    var versions: [Place: Digest] = [:]
    /// The sources of law that an element names itself, by their places.
    var ownLaw: [Place: [Int]] = [:]

    init(_ strictness: Strictness, _ library: ModelLibrary) {
        self.strictness = strictness
        self.library = library
    }

    var types: TypeReader { modules[module].types }

    mutating func error(_ message: String, at node: XMLNode) {
        diagnostics.error(message, at: node.position, in: node.path)
    }

    mutating func error(_ message: String, at attribute: XMLAttribute, of node: XMLNode) {
        diagnostics.error(message, at: attribute.position, in: node.path)
    }

    /// Whether the element speaks DMN; diagrams and extensions do not.
    func isModel(_ node: XMLNode) -> Bool { node.namespace == modules[module].root.namespace && !ModelGrammar.ignored.contains(node.name) }

    // MARK: First: what there is

    mutating func model(_ root: XMLNode) -> DecisionModel? {
        guard load(root) != nil else { return nil }
        for index in modules.indices { survey(index) }
        guard inputs.count + decisions.count + knowledge.count + services.count + sources.count <= ModelReader.elementsMax else {
            error("more than \(ModelReader.elementsMax) elements in one model; divide it", at: root)
            return nil
        }
        connect()
        refuseCircles()
        // A circle would not end below.
        guard !diagnostics.hasErrors || strictness == .strict && isAcyclic else { return nil }
        var definitions: [String: TypeDefinition] = [:]
        for module in modules { definitions.merge(module.types.definitions) { first, _ in first } }
        let readInputs = inputs.map { inputData($0) }
        for index in services.indices { functions[.service(index)] = serviceFunction(index) }
        for index in knowledge.indices { read(knowledgeAt: index) }
        let readDecisions = decisions.indices.map { decision($0) }
        return DecisionModel(
            name: root["name"] ?? "", namespace: root["namespace"] ?? "", inputs: readInputs, decisions: readDecisions,
            sources: sources.map { source($0) }, knowledge: knowledge.indices.compactMap { knowledgeModels[$0] },
            services: services.indices.map { service($0) }, imports: modules.dropFirst().map { $0.root.path }, types: definitions,
            read: ReadTables(self))
    }

    private mutating func survey(_ index: Int) {
        module = index
        for node in modules[index].root.children where isModel(node) {
            switch node.name {
            case "inputData": keep(node, in: \.inputs) { .input($0) }
            case "knowledgeSource": keep(node, in: \.sources) { .source($0) }
            case "decision": keep(node, in: \.decisions) { .decision($0) }
            case "businessKnowledgeModel": keep(node, in: \.knowledge) { .knowledge($0) }
            case "decisionService": keep(node, in: \.services) { .service($0) }
            default: break
            }
        }
    }

    /// Keeps an element under its id, or its name where it has none; an error where it has neither or another has it already.
    private mutating func keep(_ node: XMLNode, in table: WritableKeyPath<ModelReader, [Element]>, _ place: (Int) -> Place) {
        guard let id = node["id"] ?? node["name"], !id.isEmpty else {
            error("this ‘\(node.name)’ has neither id nor name; give it both", at: node)
            return
        }
        guard modules[module].places[id] == nil else {
            error("the id ‘\(id)’ is used twice; give this ‘\(node.name)’ another", at: node)
            return
        }
        let name = node.child("variable")?["name"] ?? node["name"] ?? ""
        if name.isEmpty, node.name != "knowledgeSource" { error("this ‘\(node.name)’ has no name; give it one", at: node) }
        modules[module].places[id] = place(self[keyPath: table].count)
        self[keyPath: table].append(Element(node: node, module: module, id: modules[module].idPrefix + id, name: name))
    }

    func element(_ place: Place) -> Element {
        switch place {
        case .input(let index): inputs[index]
        case .source(let index): sources[index]
        case .decision(let index): decisions[index]
        case .knowledge(let index): knowledge[index]
        case .service(let index): services[index]
        }
    }

    /// The name by which an element is known to those outside: with the imports' names before it.
    func outerName(_ element: Element) -> String { modules[element.module].namePrefix + element.name }

    // MARK: Second: who needs whom

    private mutating func connect() {
        for index in decisions.indices { connect(.decision(index)) }
        for index in knowledge.indices { connect(.knowledge(index)) }
        for index in services.indices { connect(serviceAt: index) }
    }

    private mutating func connect(_ place: Place) {
        let element = element(place)
        module = element.module
        var found: [Requirement] = []
        for requirement in element.node.children("informationRequirement") {
            for part in requirement.children where isModel(part) && (part.name == "requiredInput" || part.name == "requiredDecision") {
                if let required = required(part, isInput: part.name == "requiredInput") { found.append(required) }
            }
        }
        for requirement in element.node.children("knowledgeRequirement") {
            for part in requirement.children("requiredKnowledge") {
                guard let required = required(part, "knowledge model or decision service", among: { place in
                    switch place {
                    case .knowledge, .service: true
                    default: false
                    }
                }) else { continue }
                // A model that asks for itself calls itself by its own name, which it knows anyway.
                if required.place != place { found.append(required) }
            }
        }
        var seen: [String: Place] = [:]
        var kept: [Requirement] = []
        for requirement in found {
            if let other = seen[requirement.name] {
                if other == requirement.place { continue }
                if strictness == .strict {
                    error("two things that are needed here have the name ‘\(requirement.name)’; rename one", at: requirement.node)
                }
            }
            seen[requirement.name] = requirement.place
            kept.append(requirement)
        }
        needs[place] = kept
    }

    private mutating func connect(serviceAt index: Int) {
        let element = services[index]
        module = element.module
        var found: [Requirement] = []
        for name in ["outputDecision", "encapsulatedDecision", "inputDecision", "inputData"] {
            for part in element.node.children(name) {
                if let required = required(part, isInput: name == "inputData") { found.append(required) }
            }
        }
        if !found.contains(where: { $0.node.name == "outputDecision" }) && element.node.children("outputDecision").isEmpty {
            error("the service ‘\(element.name)’ has no output; add an ‘outputDecision’", at: element.node)
        }
        needs[.service(index)] = found
    }

    /// What `href` names, where it is of the wanted kind.
    /// Input data, or a decision.
    private mutating func required(_ node: XMLNode, isInput: Bool) -> Requirement? {
        required(node, isInput ? "input" : "decision") { place in
            switch place {
            case .input: isInput
            case .decision: !isInput
            default: false
            }
        }
    }

    private mutating func required(_ node: XMLNode, _ wanted: String, among fits: (Place) -> Bool) -> Requirement? {
        guard let (target, id) = reference(node) else { return nil }
        guard let place = modules[target].places[id], fits(place) else {
            let candidates = modules[target].places.filter { fits($0.value) }.map { $0.key }
            let attribute = node.attribute("href")
            diagnostics.error(
                "‘\(node.name)’ names ‘\(id)’, which is not there as \(wanted)\(Nearest.advice(for: id, among: candidates.sorted()))",
                at: attribute == nil ? node.position : node.position, in: node.path)
            return nil
        }
        let name = element(place).name
        guard target != module else { return Requirement(place: place, name: name, node: node) }
        let prefix = modules[module].imports.first { $0.module == target }?.prefix ?? ""
        return Requirement(place: place, name: prefix.isEmpty ? name : prefix + "." + name, node: node)
    }

    /// The file and the local id that a reference means: `#id` of this file, `namespace#id` of this or an imported one.
    private mutating func reference(_ node: XMLNode) -> (module: Int, id: String)? {
        guard let href = node["href"], !href.isEmpty else {
            error("‘\(node.name)’ wants an href; write href=\"#id\"", at: node)
            return nil
        }
        guard let mark = href.lastIndex(of: "#") else {
            error("the reference ‘\(href)’ has no #; write href=\"#id\"", at: node)
            return nil
        }
        let space = href[..<mark]
        let id = String(href[href.index(after: mark)...])
        if space.isEmpty || space == modules[module].namespace { return (module, id) }
        for (_, target) in modules[module].imports where modules[target].namespace == space { return (target, id) }
        for node in modules[module].root.children("import") where node["locationURI"] == String(space) {
            if let (_, target) = modules[module].imports.first(where: { modules[$0.module].namespace == node["namespace"] }) { return (target, id) }
        }
        error("the reference ‘\(href)’ leads out of this file; write href=\"#id\" of an element in it, or add an ‘import’ of that namespace", at: node)
        return nil
    }

    /// The sources of authority that an element names, by their places.
    mutating func authorities(of element: Element) -> [Int] {
        let before = module
        defer { module = before }
        module = element.module
        var found: [Int] = []
        for requirement in element.node.children("authorityRequirement") {
            for part in requirement.children("requiredAuthority") {
                guard let required = required(part, "knowledge source", among: { if case .source = $0 { true } else { false } }) else { continue }
                if case .source(let index) = required.place { found.append(index) }
            }
        }
        return found
    }

    func source(_ element: Element) -> DecisionModel.KnowledgeSource {
        DecisionModel.KnowledgeSource(
            id: element.id, name: element.name.isEmpty ? element.id : element.name, type: element.node.child("type")?.trimmedText.text ?? "",
            location: element.node["locationURI"] ?? "")
    }

    // MARK: Third: the logic

    private mutating func inputData(_ element: Element) -> DecisionModel.InputData {
        module = element.module
        let reference = element.node.child("variable")?.attribute("typeRef")
        let type = typed(reference, in: element.node)
        return DecisionModel.InputData(
            id: element.id, name: outerName(element), plainName: element.name, type: type, typeName: reference?.value ?? "",
            allowed: types.constraint(of: type))
    }

    /// The type that an attribute names; an unknown one is an error where the model must be right.
    mutating func typed(_ attribute: XMLAttribute?, in node: XMLNode) -> TypeName? {
        guard let attribute, !attribute.value.isEmpty else { return nil }
        guard types.knows(attribute.value) else {
            if strictness == .strict {
                error("there is no type ‘\(attribute.value)’\(Nearest.advice(for: attribute.value, among: types.known))", at: attribute, of: node)
            }
            return nil
        }
        let type = types.type(attribute.value)
        return type == .any ? nil : type
    }

    /// The type of what a function gives: of a function type its result, else the type itself.
    private mutating func resultType(of element: Element) -> TypeName? {
        guard let variable = element.node.child("variable"), let type = typed(variable.attribute("typeRef"), in: variable) else { return nil }
        if case .function(_, let result) = types.resolved(type) { return result == .any ? nil : result }
        return type
    }

    /// What the logic belongs to, for messages and for the priorities of its outputs.
    struct Hosting {
        let type: TypeName?
        let name: String
    }

    private mutating func decision(_ index: Int) -> DecisionModel.Decision {
        let element = decisions[index]
        module = element.module
        var requirements: [DecisionModel.Requirement] = []
        var names: [Binding] = []
        var requiredInputs: [String] = []
        var requiredDecisions: [String] = []
        var requiredKnowledge: [String] = []
        for need in needs[.decision(index)] ?? [] {
            names.append(Binding(need.name))
            let id = self.element(need.place).id
            switch need.place {
            case .input(let place):
                requirements.append(.input(place))
                requiredInputs.append(id)
            case .decision(let place):
                requirements.append(.decision(place))
                requiredDecisions.append(id)
            case .knowledge, .service, .source:
                requirements.append(functions[need.place].map { .knowledge($0) } ?? .nothing)
                requiredKnowledge.append(id)
            }
        }
        let node = element.node
        let type = node.child("variable").flatMap { typed($0.attribute("typeRef"), in: $0) }
        let logicNode = expressions(of: node).first
        for extra in expressions(of: node).dropFirst() {
            error("a decision has one expression; remove this second ‘\(extra.name)’", at: extra)
        }
        if logicNode == nil, strictness == .strict, !logicless.contains(index) {
            error("the decision ‘\(element.name)’ has no logic; add a decision table or a literal expression", at: node)
        }
        var logic = logicNode.flatMap { boxed($0, names, context: Hosting(type: type, name: element.name)) }
        var logicType: TypeName?
        // A table stays visible as the decision's own; what it declares besides is kept with the decision.
        if case .typed(.table(let table), let own, _)? = logic { (logic, logicType) = (.table(table), own) }
        return DecisionModel.Decision(
            id: element.id, name: outerName(element), question: node.child("question")?.trimmedText.text ?? "",
            allowedAnswers: node.child("allowedAnswers")?.trimmedText.text ?? "", sources: law(of: .decision(index)), requiredInputs: requiredInputs,
            requiredDecisions: requiredDecisions, requiredKnowledge: requiredKnowledge, requirements: requirements, logic: logic, type: type ?? logicType,
            logicType: type == nil ? nil : logicType, isImported: element.module != 0, version: version(of: .decision(index)))
    }

    /// The expressions directly in an element.
    func expressions(of node: XMLNode) -> [XMLNode] {
        node.children.filter { $0.namespace == node.namespace && ModelGrammar.expressions.contains($0.name) }
    }

    // MARK: Business knowledge and services

    private mutating func read(knowledgeAt index: Int) {
        // Requirements have no circles and their chains are short, so that this ends.
        guard functions[.knowledge(index)] == nil else { return }
        for need in needs[.knowledge(index)] ?? [] {
            if case .knowledge(let other) = need.place { read(knowledgeAt: other) }
        }
        let element = knowledge[index]
        module = element.module
        let required = needs[.knowledge(index)] ?? []
        let type = resultType(of: element)
        var parameters: [Function.Parameter] = []
        var body: Boxed?
        if let logic = element.node.child("encapsulatedLogic") {
            parameters = self.parameters(of: logic)
            if let refusal = refusal(ofKind: logic) {
                body = refusal
            } else if let bodyNode = expressions(of: logic).first {
                let names = required.map { Binding($0.name) } + [Binding(element.name)] + parameters.map { Binding($0.name) }
                body = boxed(bodyNode, names, context: Hosting(type: type, name: element.name))
                for extra in expressions(of: logic).dropFirst() { error("a function has one body; remove this second ‘\(extra.name)’", at: extra) }
            } else if strictness == .strict {
                error("the knowledge model ‘\(element.name)’ has no body; add an expression", at: logic)
            }
        } else if strictness == .strict {
            error("the knowledge model ‘\(element.name)’ has no ‘encapsulatedLogic’; add it", at: element.node)
        }
        let captured = required.map { need in functions[need.place].map { Value.function($0) } ?? .null }
        functions[.knowledge(index)] = ModelReader.function(captured, parameters, name: element.name, body: body, type: type)
        knowledgeModels[index] = DecisionModel.KnowledgeModel(
            id: element.id, name: outerName(element), requiredKnowledge: required.map { self.element($0.place).id }, sources: law(of: .knowledge(index)),
            parameters: parameters, logic: body)
    }

    private static func function(_ captured: [Value], _ parameters: [Function.Parameter], name: String, body: Boxed?, type: TypeName?) -> Function {
        Function(
            HostFunction(parameters: parameters) { itself, arguments, evaluator in
                guard let body else { return evaluator.note(.notAvailable, "the knowledge model ‘\(name)’ has no logic") }
                return evaluator.inside(captured + [.function(itself)] + arguments) { (evaluator: inout Evaluator) in
                    let value = body.evaluate(&evaluator)
                    guard let type else { return value }
                    return evaluator.conformed(value, to: type, "the result of ‘\(name)’")
                }
            })
    }

    mutating func parameters(of node: XMLNode) -> [Function.Parameter] {
        var parameters: [Function.Parameter] = []
        for parameter in node.children("formalParameter") {
            let name = parameter["name"] ?? ""
            if strictness == .strict {
                if name.isEmpty { error("this parameter has no name; give it one", at: parameter) }
                if parameters.contains(where: { $0.name == name }) { error("the parameter ‘\(name)’ is there twice; rename one", at: parameter) }
            }
            parameters.append(Function.Parameter(name: name, type: typed(parameter.attribute("typeRef"), in: parameter)))
        }
        return parameters
    }

    /// A function in another language is refused, or null with its reason; nil for one in FEEL.
    mutating func refusal(ofKind node: XMLNode) -> Boxed? {
        guard let kind = node.attribute("kind"), kind.value != "FEEL", !kind.value.isEmpty else { return nil }
        if strictness == .strict { error("functions of the kind ‘\(kind.value)’ are not run here; write the function in FEEL", at: kind, of: node) }
        return .refused("functions of the kind ‘\(kind.value)’ are not run here: write the function in FEEL")
    }

    /// The needs of a service by their element's name, in the order of the file.
    private func parts(_ index: Int, _ name: String) -> [Place] {
        (needs[.service(index)] ?? []).filter { $0.node.name == name }.map { $0.place }
    }

    private mutating func service(_ index: Int) -> DecisionModel.DecisionService {
        let element = services[index]
        func ids(_ name: String) -> [String] { parts(index, name).map { self.element($0).id } }
        return DecisionModel.DecisionService(
            id: element.id, name: outerName(element), outputs: ids("outputDecision"), encapsulated: ids("encapsulatedDecision"),
            inputDecisions: ids("inputDecision"), inputs: ids("inputData"), shape: shapes[index], version: version(of: .service(index)))
    }

    private var shapes: [Int: DecisionModel.DecisionService.Shape] = [:]

    /// The function that a service is: its input data, then its input decisions, are the parameters.
    private mutating func serviceFunction(_ index: Int) -> Function {
        let element = services[index]
        module = element.module
        var shape = DecisionModel.DecisionService.Shape()
        for place in parts(index, "outputDecision") {
            if case .decision(let decision) = place { shape.outputs.append((self.element(place).name, decision)) }
        }
        for place in parts(index, "inputData") {
            if case .input(let input) = place { shape.inputs.append(input) }
        }
        for place in parts(index, "inputDecision") {
            if case .decision(let decision) = place {
                shape.inputDecisions.append(decision)
                logicless.insert(decision)
            }
        }
        shape.type = resultType(of: element)
        checkScope(index)
        var parameters: [Function.Parameter] = []
        for place in parts(index, "inputData") + parts(index, "inputDecision") {
            let parameter = self.element(place)
            module = parameter.module
            let type = parameter.node.child("variable").flatMap { typed($0.attribute("typeRef"), in: $0) }
            parameters.append(Function.Parameter(name: parameter.name, type: type))
        }
        shape.parameters = parameters
        shapes[index] = shape
        return Function(
            HostFunction(parameters: parameters) { _, arguments, evaluator in
                guard let model = evaluator.engine as? DecisionModel else {
                    return evaluator.note(.notAvailable, "a decision service is called within its model only")
                }
                return model.serve(index, arguments, &evaluator)
            })
    }

    /// What the outputs rest on is decided inside or given by the caller; anything else the caller could not give.
    private mutating func checkScope(_ index: Int) {
        guard strictness == .strict else { return }
        let given = Set(parts(index, "inputData") + parts(index, "inputDecision"))
        for place in parts(index, "outputDecision") + parts(index, "encapsulatedDecision") where given.contains(place) {
            error("the service ‘\(services[index].name)’ has ‘\(element(place).name)’ as an input and as a decision of its own; keep one", at: services[index].node)
        }
        var waiting = parts(index, "outputDecision")
        var seen = Set(waiting)
        while let place = waiting.popLast() {
            for need in needs[place] ?? [] where !given.contains(need.place) && seen.insert(need.place).inserted {
                switch need.place {
                case .decision: waiting.append(need.place)
                case .input:
                    error("the service ‘\(services[index].name)’ needs the input ‘\(element(need.place).name)’ for ‘\(element(place).name)’; add an ‘inputData’ with href=\"#\(element(need.place).id)\"", at: services[index].node)
                default: break
                }
            }
        }
    }

    // MARK: Circles

    private var isAcyclic: Bool { !foundCircle }
    private var foundCircle = false

    /// What must be evaluated for an element. A service needs what it decides, not what it is given.
    private func edges(_ place: Place) -> [Requirement] {
        (needs[place] ?? []).filter { need in
            switch need.place {
            case .input, .source: false
            default: need.node.name != "inputDecision"
            }
        }
    }

    private mutating func refuseCircles() {
        var depths: [Place: Int] = [:]
        var inWork: Set<Place> = []
        let all = decisions.indices.map { Place.decision($0) } + knowledge.indices.map { .knowledge($0) } + services.indices.map { .service($0) }
        for start in all where depths[start] == nil {
            // An own stack: a chain may be as long as the file allows.
            var stack: [(place: Place, edges: [Requirement], next: Int, depth: Int)] = [(start, edges(start), 0, 1)]
            inWork.insert(start)
            while let top = stack.last {
                guard top.next < top.edges.count else {
                    depths[top.place] = top.depth
                    inWork.remove(top.place)
                    stack.removeLast()
                    if !stack.isEmpty { stack[stack.count - 1].depth = max(stack[stack.count - 1].depth, top.depth + 1) }
                    if top.depth > ModelReader.chainMax {
                        foundCircle = true
                        error("‘\(element(top.place).name)’ ends a chain of more than \(ModelReader.chainMax) requirements; shorten it", at: element(top.place).node)
                        return
                    }
                    continue
                }
                stack[stack.count - 1].next += 1
                let need = top.edges[top.next]
                if let known = depths[need.place] {
                    stack[stack.count - 1].depth = max(stack[stack.count - 1].depth, known + 1)
                } else if inWork.insert(need.place).inserted {
                    stack.append((need.place, edges(need.place), 0, 1))
                } else {
                    foundCircle = true
                    let way = stack.drop { $0.place != need.place }.map { "‘\(element($0.place).name)’" }.joined(separator: ", ")
                    error("‘\(element(need.place).name)’ needs itself, through \(way); remove one of the requirements", at: need.node)
                }
            }
        }
    }
}
