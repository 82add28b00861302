import Decisions
import FEEL
import Kernel
import Testing

@Suite("Decision services") struct DecisionServiceTests {
    private static func decision(_ id: String, _ needs: [String], _ text: String, type: String = "", knowledge: [String] = []) -> String {
        var result = "<decision id=\"\(id)\" name=\"\(id)\"><variable name=\"\(id)\"\(type.isEmpty ? "" : " typeRef=\"\(type)\"")/>"
        for need in needs {
            let isInput = need.hasPrefix("in-")
            result += "<informationRequirement><\(isInput ? "requiredInput" : "requiredDecision") href=\"#\(need)\"/></informationRequirement>"
        }
        for need in knowledge { result += "<knowledgeRequirement><requiredKnowledge href=\"#\(need)\"/></knowledgeRequirement>" }
        return result + "<literalExpression><text>\(text.escaped)</text></literalExpression></decision>\n"
    }

    private static func service(_ id: String, outputs: [String], encapsulated: [String] = [], decisions: [String] = [], inputs: [String] = [], type: String = "") -> String {
        func parts(_ name: String, _ ids: [String]) -> String { ids.map { "<\(name) href=\"#\($0)\"/>" }.joined() }
        return "<decisionService id=\"\(id)\" name=\"\(id)\"><variable name=\"\(id)\"\(type.isEmpty ? "" : " typeRef=\"\(type)\"")/>"
            + parts("outputDecision", outputs) + parts("encapsulatedDecision", encapsulated) + parts("inputDecision", decisions) + parts("inputData", inputs)
            + "</decisionService>\n"
    }

    private static let input = "<inputData id=\"in-x\" name=\"x\"><variable name=\"x\" typeRef=\"number\"/></inputData>\n"

    static let text = Models.definitions(
        input + decision("base", ["in-x"], "x * 10") + decision("twice", ["base"], "base * 2") + decision("sum", ["twice", "in-x"], "twice + x")
            + service("whole", outputs: ["sum"], encapsulated: ["twice", "base"], inputs: ["in-x"])
            + service("given", outputs: ["sum"], encapsulated: ["twice"], decisions: ["base"], inputs: ["in-x"])
            + service("both", outputs: ["sum", "twice"], encapsulated: ["base"], inputs: ["in-x"])
            + decision("caller", ["in-x"], "[whole(1), given(1, 5), given(base: 7, x: 0), both(2).twice, x]", knowledge: ["whole", "given", "both"])
            + decision("wrong", [], "given(1)", knowledge: ["given"]) + decision("unknown", [], "given(x: 1, y: 2)", knowledge: ["given"])
            + decision("mistyped", [], "whole(\"a\")", knowledge: ["whole"]))

    @Test func `one output is the value, several are a context`() throws {
        let model = try Models.model(Self.text)
        #expect(model.evaluate("whole", ["x": 1]).value == 21)
        #expect(model.evaluate("both", ["x": 1]).value == ["sum": 21, "twice": 20])
        #expect(model.service("both")?.outputs == ["sum", "twice"])
        #expect(model.service("given")?.inputDecisions == ["base"])
    }

    @Test func `the names of what is given are those of the inputs, and of a service's input decisions`() throws {
        let model = try Models.model(Self.text)
        #expect(model.inputNames(of: "sum") == ["x"])
        #expect(model.inputNames(of: "whole") == ["x"])
        #expect(model.inputNames(of: "given") == ["x", "base"])
        #expect(model.inputNames(of: "nobody").isEmpty)
    }

    @Test func `an input decision is given, not decided`() throws {
        let model = try Models.model(Self.text)
        #expect(model.evaluate("given", ["x": 1, "base": 100]).value == 201)
        let missing = model.evaluate("given", ["x": 1])
        #expect(missing.value == .null)
        #expect(missing.problems.first?.message == "the input decision ‘base’ is missing")
    }

    @Test func `a service is a function of its inputs, then its input decisions, and leaves the caller's own alone`() throws {
        #expect(try Models.model(Self.text).evaluate("caller", ["x": 3]).value == [21, 11, 14, 40, 3])
    }

    @Test(arguments: [("wrong", "1 arguments for 2 parameters"), ("unknown", "the argument ‘base’ is missing"), ("mistyped", "the argument ‘x’ is a string, and the model declares number")])
    func `arguments that do not fit give null with the reason`(id: String, message: String) throws {
        let outcome = try Models.model(Self.text).evaluate(id, [:])
        #expect(outcome.value == .null)
        #expect(outcome.problems.contains { $0.message == message }, "\(outcome.problems.map { $0.message })")
    }

    @Test func `the type of a service holds of its value`() throws {
        let type = "<itemDefinition name=\"tS\"><functionItem outputTypeRef=\"string\"><parameters name=\"x\" typeRef=\"number\"/></functionItem></itemDefinition>"
        let model = try Models.model(Models.definitions(type + Self.input + Self.decision("base", ["in-x"], "x") + Self.service("s", outputs: ["base"], inputs: ["in-x"], type: "tS")))
        let outcome = model.evaluate("s", ["x": 1])
        #expect(outcome.value == .null)
        #expect(outcome.problems.map { $0.message } == ["the result of the service ‘s’ is a number, and the model declares string"])
    }

    @Test func `a service called for each element stays within the steps of one evaluation`() throws {
        let text = Models.definitions(
            Self.input + Self.decision("base", ["in-x"], "x + 1") + Self.service("s", outputs: ["base"], inputs: ["in-x"])
                + Self.decision("many", [], "count(for i in 1..50000 return s(i))", knowledge: ["s"]) + Self.decision("more", [], "sum(for i in 1..200 return sum(for j in 1..9000 return s(j)))", knowledge: ["s"]))
        let model = try Models.model(text)
        #expect(model.evaluate("many", [:]).value == 50_000)
        let outcome = model.evaluate("more", [:])
        #expect(outcome.problems.contains { $0.reason == .limitReached }, "\(outcome.value) \(outcome.problems)")
    }

    @Test func `a service that is handed around ends at the limit of calls`() throws {
        let text = Models.definitions(
            "<inputData id=\"in-f\" name=\"f\"><variable name=\"f\"/></inputData>" + Self.decision("apply", ["in-f"], "f(f)") + Self.service("s", outputs: ["apply"], inputs: ["in-f"])
                + Self.decision("start", [], "s(s)", knowledge: ["s"]))
        let outcome = try Models.model(text).evaluate("start", [:])
        #expect(outcome.value == .null)
        #expect(outcome.problems.contains { $0.reason == .limitReached })
    }

    @Test func `knowledge and decisions tell which knowledge they need, for drawings`() throws {
        let text = Models.definitions(
            "<knowledgeSource id=\"law\" name=\"Law\"/>" + Self.input + Self.decision("base", ["in-x"], "x") + Self.service("s", outputs: ["base"], inputs: ["in-x"])
                + "<businessKnowledgeModel id=\"k\" name=\"k\"><variable name=\"k\"/><encapsulatedLogic><formalParameter name=\"n\" typeRef=\"number\"/><literalExpression><text>s(n)</text></literalExpression></encapsulatedLogic><knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement><authorityRequirement><requiredAuthority href=\"#law\"/></authorityRequirement></businessKnowledgeModel>"
                + Self.decision("d", [], "k(4)", knowledge: ["k"]))
        let model = try Models.model(text)
        #expect(model.evaluate("d", [:]).value == 4)
        let knowledge = try #require(model.knowledge.first)
        #expect(knowledge.requiredKnowledge == ["s"])
        #expect(knowledge.parameters.map { $0.name } == ["n"])
        #expect(knowledge.sources.map { $0.id } == ["law"])
        #expect(model.decision("d")?.requiredKnowledge == ["k"])
        #expect(model.services.map { $0.inputs } == [["in-x"]])
    }
}

@Suite("Imported models") struct ImportTests {
    private static func file(_ path: String, _ namespace: String, _ inside: String) -> (path: String, text: String) {
        (path, "<definitions xmlns=\"\(Models.namespace)\" name=\"m\" namespace=\"\(namespace)\">\n\(inside)\n</definitions>")
    }

    private static func importing(_ name: String, _ namespace: String, location: String = "") -> String {
        "<import name=\"\(name)\" namespace=\"\(namespace)\" importType=\"\(Models.namespace)\"\(location.isEmpty ? "" : " locationURI=\"\(location)\"")/>"
    }

    static let persons = file("shared/persons.dmn", "urn:persons", """
        <itemDefinition name="tAge"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues></itemDefinition>
        <inputData id="age" name="age"><variable name="age" typeRef="tAge"/></inputData>
        <decision id="adult" name="of age"><variable name="of age"/><informationRequirement><requiredInput href="#age"/></informationRequirement><literalExpression><text>age &gt;= 18</text></literalExpression></decision>
        <businessKnowledgeModel id="half" name="half of"><variable name="half of"/><encapsulatedLogic><formalParameter name="n" typeRef="tAge"/><literalExpression><text>n / 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
        <decisionService id="s" name="asked"><variable name="asked"/><outputDecision href="#adult"/><inputData href="#age"/></decisionService>
        """)

    static let main = importing("the persons", "urn:persons", location: "shared/persons.dmn") + """
        <inputData id="own" name="own"><variable name="own" typeRef="the persons.tAge"/></inputData>
        <decision id="d" name="d"><variable name="d"/><informationRequirement><requiredDecision href="urn:persons#adult"/></informationRequirement>
        <informationRequirement><requiredInput href="#own"/></informationRequirement><informationRequirement><requiredInput href="urn:persons#age"/></informationRequirement>
        <knowledgeRequirement><requiredKnowledge href="urn:persons#half"/></knowledgeRequirement><knowledgeRequirement><requiredKnowledge href="urn:persons#s"/></knowledgeRequirement>
        <literalExpression><text>[the persons.of age, the persons.half of(own), the persons.asked(own), the persons.age + 1, own instance of the persons.tAge]</text></literalExpression></decision>
        """

    private func read(_ text: String, _ files: [(path: String, text: String)], strictness: Strictness = .strict) -> (model: DecisionModel?, found: [String]) {
        Models.read(Models.definitions(text), beside: files, strictness: strictness)
    }

    @Test func `decisions, inputs, knowledge, services and types of another model are known by the import's name`() throws {
        let (model, found) = read(Self.main, [Self.persons])
        let outcome = try #require(model, "\(found)").evaluate("d", ["age": 17, "own": 40])
        #expect(outcome.value == [false, 20, true, 18, true])
        #expect(outcome.problems.isEmpty)
    }

    @Test func `imported elements keep their file's namespace in their ids and the import's name in their names`() throws {
        let model = try #require(read(Self.main, [Self.persons]).model)
        #expect(model.decisions.map { $0.id } == ["d", "urn:persons#adult"])
        #expect(model.decisions.map { $0.name } == ["d", "the persons.of age"])
        #expect(model.inputs(of: "d").map { $0.name } == ["own", "the persons.age"])
        #expect(model.imports == ["shared/persons.dmn"])
        #expect(model.evaluate("the persons.of age", ["the persons.age": 20, "age": 1]).value == true)
        #expect(model.evaluate("urn:persons#adult", ["age": 1]).value == false)
    }

    @Test func `constraints of imported types hold`() throws {
        let outcome = try #require(read(Self.main, [Self.persons]).model).evaluate("d", ["age": 17, "own": 200])
        #expect(outcome.problems.first?.message == "the input ‘own’ is 200, which is none of the allowed values of tAge: [0..150]")
    }

    @Test func `two ways to one model meet in one input`() throws {
        let left = Self.file("left.dmn", "urn:left", Self.importing("p", "urn:persons") + "<decision id=\"l\" name=\"l\"><variable name=\"l\"/><informationRequirement><requiredDecision href=\"urn:persons#adult\"/></informationRequirement><literalExpression><text>p.of age</text></literalExpression></decision>")
        let right = Self.file("right.dmn", "urn:right", Self.importing("q", "urn:persons") + "<decision id=\"r\" name=\"r\"><variable name=\"r\"/><informationRequirement><requiredInput href=\"urn:persons#age\"/></informationRequirement><literalExpression><text>q.age</text></literalExpression></decision>")
        let text = Self.importing("a", "urn:left") + Self.importing("b", "urn:right") + "<decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredDecision href=\"urn:left#l\"/></informationRequirement><informationRequirement><requiredDecision href=\"urn:right#r\"/></informationRequirement><literalExpression><text>[a.l, b.r]</text></literalExpression></decision>"
        let (model, found) = read(text, [left, right, Self.persons])
        #expect(try #require(model, "\(found)").evaluate("d", ["age": 21]).value == [true, 21])
        #expect(model?.inputs.map { $0.name } == ["a.p.age"])
    }

    @Test func `types of the same name in two models are two types`() throws {
        let other = Self.file("other.dmn", "urn:other", "<itemDefinition name=\"t\"><typeRef>number</typeRef><allowedValues><text>&gt; 10</text></allowedValues></itemDefinition><inputData id=\"n\" name=\"n\"><variable name=\"n\" typeRef=\"t\"/></inputData><decision id=\"e\" name=\"e\"><variable name=\"e\"/><informationRequirement><requiredInput href=\"#n\"/></informationRequirement><literalExpression><text>[n, n instance of t]</text></literalExpression></decision>")
        let text = Self.importing("o", "urn:other") + "<itemDefinition name=\"t\"><typeRef>string</typeRef></itemDefinition><inputData id=\"m\" name=\"m\"><variable name=\"m\" typeRef=\"t\"/></inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredInput href=\"#m\"/></informationRequirement><informationRequirement><requiredDecision href=\"urn:other#e\"/></informationRequirement><literalExpression><text>[m, m instance of t, m instance of o.t, o.e[1], o.e[2]]</text></literalExpression></decision>"
        let (model, found) = read(text, [other])
        #expect(try #require(model, "\(found)").evaluate("d", ["m": "a", "n": 11]).value == ["a", true, false, 11, true])
        #expect(model?.evaluate("d", ["m": "a", "n": 9]).problems.first?.message.contains("> 10") == true)
    }

    @Test func `an import without a name brings its names as they are`() throws {
        let text = Self.importing("", "urn:persons") + "<decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredDecision href=\"urn:persons#adult\"/></informationRequirement><literalExpression><text>of age</text></literalExpression></decision>"
        let (model, found) = read(text, [Self.persons])
        #expect(try #require(model, "\(found)").evaluate("d", ["age": 18]).value == true)
    }

    @Test(arguments: [
        ("1️⃣<import name=\"x\" namespace=\"urn:nowhere\" importType=\"\(Models.namespace)\"/>", ["‘urn:nowhere’ is not there", "urn:persons"]),
        ("1️⃣<import name=\"x\" namespace=\"urn:nowhere\" locationURI=\"none.dmn\" importType=\"\(Models.namespace)\"/>", ["‘none.dmn’", "put its file beside this one"]),
        ("<import name=\"x\" 1️⃣namespace=\"urn:person\" locationURI=\"shared/persons.dmn\" importType=\"\(Models.namespace)\"/>", ["has the namespace ‘urn:persons’, not ‘urn:person’"]),
        ("<import name=\"x\" namespace=\"urn:persons\" 1️⃣importType=\"http://www.w3.org/2001/XMLSchema\"/>", ["imports of the kind", "importType="]),
        ("1️⃣<import name=\"x\" importType=\"\(Models.namespace)\"/>", ["names the ‘namespace’"]),
        ("<import name=\"x\" namespace=\"urn:persons\" importType=\"\(Models.namespace)\"/>1️⃣<import name=\"x\" namespace=\"urn:loop\" importType=\"\(Models.namespace)\"/>", ["two imports have the name ‘x’"]),
        ("<import name=\"x\" namespace=\"urn:persons\" importType=\"\(Models.namespace)\"/><decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement>1️⃣<requiredDecision href=\"urn:persons#adul\"/></informationRequirement><literalExpression><text>1</text></literalExpression></decision>", ["‘adul’, which is not there as decision", "did you mean ‘adult’"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement>1️⃣<requiredDecision href=\"urn:persons#adult\"/></informationRequirement><literalExpression><text>1</text></literalExpression></decision>", ["leads out of this file", "add an ‘import’"]),
        ("<import name=\"x\" namespace=\"urn:persons\" importType=\"\(Models.namespace)\"/><inputData id=\"i\" name=\"i\"><variable name=\"i\" 1️⃣typeRef=\"x.tAges\"/></inputData>", ["there is no type ‘x.tAges’", "did you mean ‘x.tAge’"]),
    ]) func `imports that lead nowhere are refused at their place`(text: String, words: [String]) throws {
        let loop = Self.file("loop.dmn", "urn:loop", "")
        try Models.expectFault(Models.definitions(text), beside: [Self.persons, loop], words)
    }

    @Test func `models that import one another are refused`() {
        let one = Self.file("one.dmn", "urn:one", Self.importing("t", "urn:two"))
        let two = Self.file("two.dmn", "urn:two", Self.importing("o", "urn:one"))
        let (model, found) = read(Self.importing("o", "urn:one"), [one, two])
        #expect(model == nil)
        #expect(found == ["two.dmn:2:1: error: ‘one.dmn’ imports itself, through ‘two.dmn’; remove one of the imports"])
        let own = Models.read(Models.definitions(Self.importing("t", "urn:test")), beside: [])
        #expect(own.model == nil)
    }

    @Test func `a mistake in an imported model is reported in its own file`() {
        let broken = Self.file("broken.dmn", "urn:persons", "<decision id=\"adult\" name=\"of age\"><variable name=\"of age\"/><literalExpression><text>1 +</text></literalExpression></decision>")
        let (model, found) = read(Self.importing("p", "urn:persons"), [broken])
        #expect(model == nil)
        #expect(found.contains { $0.hasPrefix("broken.dmn:2:") && $0.contains("ends too early") }, "\(found)")
    }

    @Test func `a long chain of imports has a limit`() {
        var files: [(path: String, text: String)] = []
        for index in 0..<60 { files.append(Self.file("f\(index).dmn", "urn:\(index)", Self.importing("n", "urn:\(index + 1)"))) }
        files.append(Self.file("f60.dmn", "urn:60", ""))
        let (model, found) = read(Self.importing("n", "urn:0"), files)
        #expect(model == nil)
        #expect(found.contains { $0.contains("inside one another, are imported; join some") }, "\(found)")
    }

    @Test(arguments: [
        ("a.dmn", "services/x/decision.dmn", "services/x/a.dmn"), ("../../decisions/a.dmn", "services/x/decision.dmn", "decisions/a.dmn"),
        ("./a.dmn", "decision.dmn", "a.dmn"), ("../a.dmn", "decision.dmn", nil), ("/etc/a.dmn", "decision.dmn", nil), ("https://example.org/a.dmn", "decision.dmn", nil),
    ] as [(String, String, String?)]) func `locations are relative to the importing file and stay in the folder`(location: String, path: String, expected: String?) {
        #expect(ModelLibrary.resolved(location, from: path) == expected)
    }
}
