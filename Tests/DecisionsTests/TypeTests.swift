import Decisions
import FEEL
import Kernel
import Testing

@Suite("Types and their constraints") struct TypeTests {
    private static let types = """
        <itemDefinition name="tAge"><typeRef>number</typeRef><allowedValues><text>[0..150]</text></allowedValues></itemDefinition>
        <itemDefinition name="tAdult"><typeRef>tAge</typeRef><allowedValues><text>&gt;= 18</text></allowedValues></itemDefinition>
        <itemDefinition name="tColour"><typeRef>string</typeRef><allowedValues><text>"red", "blue"</text></allowedValues></itemDefinition>
        <itemDefinition name="tColours" isCollection="true"><typeRef>string</typeRef><allowedValues><text>"red", "blue"</text></allowedValues><typeConstraint><text>count(?) &lt;= 2</text></typeConstraint></itemDefinition>
        <itemDefinition name="tEven"><typeRef>number</typeRef><allowedValues><text>even(?)</text></allowedValues><typeConstraint><text>&lt; 10</text></typeConstraint></itemDefinition>
        <itemDefinition name="tPerson"><itemComponent name="name"><typeRef>string</typeRef><allowedValues><text>string length(?) &gt; 0</text></allowedValues></itemComponent><itemComponent name="age"><typeRef>tAge</typeRef></itemComponent><itemComponent name="born"><typeRef>date</typeRef></itemComponent></itemDefinition>
        <itemDefinition name="tPeople" isCollection="true"><typeRef>tPerson</typeRef></itemDefinition>
        <itemDefinition name="tTree"><itemComponent name="n"><typeRef>tAge</typeRef></itemComponent><itemComponent name="below" isCollection="true"><typeRef>tTree</typeRef></itemComponent></itemDefinition>
        <itemDefinition name="tTest"><functionItem outputTypeRef="boolean"><parameters name="n" typeRef="number"/></functionItem></itemDefinition>
        """

    private static func echo(_ type: String, _ expression: String = "x") -> String {
        Models.definitions(types + "<inputData id=\"i\" name=\"x\"><variable name=\"x\" typeRef=\"\(type)\"/></inputData>\n<decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement><literalExpression><text>\(expression)</text></literalExpression></decision>")
    }

    private static let person: Value = ["name": "a", "age": 3, "born": .date(CalendarDate("2020-01-01")!)]
    private static func person(_ key: String, _ value: Value) -> Value {
        var context = person.context ?? Context()
        context[key] = value
        return .context(context)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let type: String
        let input: Value
        /// Nil where the value is allowed.
        let message: String?
        init(_ type: String, _ input: Value, _ message: String? = nil) {
            self.type = type
            self.input = input
            self.message = message
        }
        var testDescription: String { "\(type) \(input.innerText)" }
    }

    @Test(arguments: [
        Case("tAge", 0), Case("tAge", 151, "is 151, which is none of the allowed values of tAge: [0..150]"), Case("tAge", "1", "is a string, and the model declares number"),
        Case("tAdult", 18), Case("tAdult", 17, "is 17, which is none of the allowed values of tAdult: >= 18"), Case("tAdult", 200, "is 200, which is none of the allowed values of tAge: [0..150]"),
        Case("tColours", ["red", "blue"]), Case("tColours", [], nil), Case("tColours", ["red", "green"], "has element 2 that is \"green\", which is none of the allowed values of tColours element: \"red\", \"blue\""),
        Case("tColours", ["red", "red", "red"], "is [\"red\", \"red\", \"red\"], which is none of the allowed values of tColours: count(?) <= 2"),
        Case("tEven", 8), Case("tEven", 12, "is 12, which is none of the allowed values of tEven: < 10"), Case("tEven", 3, "is 3, which is none of the allowed values of tEven: even(?)"),
        Case("tPerson", person), Case("tPerson", person("age", nil)), Case("tPerson", person("name", ""), "has a member ‘name’ that is \"\", which is none of the allowed values of tPerson.name: string length(?) > 0"),
        Case("tPerson", person("age", 151), "has a member ‘age’ that is 151, which is none of the allowed values of tAge: [0..150]"), Case("tPerson", person("born", 3), "has a member ‘born’ that is a number, and the model declares date"),
        Case("tPerson", ["name": "a"], "lacks the member ‘age’"),
        Case("tPeople", [person, person("age", 999)], "has element 2 with a member ‘age’ that is 999, which is none of the allowed values of tAge: [0..150]"),
        Case("tTree", ["n": 1, "below": [["n": 2, "below": []]]]), Case("tTree", ["n": 1, "below": [["n": 200, "below": []]]], "has a member ‘below’ with element 1 with a member ‘n’ that is 200, which is none of the allowed values of tAge: [0..150]"),
    ]) func `hold of inputs, with the place and the constraint named`(example: Case) throws {
        let outcome = try Models.model(Self.echo(example.type)).evaluate("d", ["x": example.input])
        if let message = example.message {
            #expect(outcome.value == .null)
            #expect(outcome.problems.first?.message == "the input ‘x’ " + message)
        } else {
            #expect(outcome.value == example.input)
            #expect(outcome.problems.isEmpty, "\(outcome.problems)")
        }
    }

    @Test func `texts of dates are read inside contexts and lists, too`() throws {
        let outcome = try Models.model(Self.echo("tPeople", "x.born[1].year")).evaluate("d", ["x": [Self.person("born", "1999-12-31")]])
        #expect(outcome.value == 1999)
    }

    @Test func `a single value and a list of one are the same to a type, one level deep`() throws {
        #expect(try Models.model(Self.echo("tColours")).evaluate("d", ["x": "red"]).value == ["red"])
        #expect(try Models.model(Self.echo("tColour")).evaluate("d", ["x": ["red"]]).value == "red")
        #expect(try Models.model(Self.echo("tColour")).evaluate("d", ["x": [["red"]]]).value == .null)
        #expect(try Models.model(Self.echo("tColours")).evaluate("d", ["x": "green"]).value == .null)
    }

    @Test(arguments: [
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"tAge\"/><literalExpression><text>200</text></literalExpression></decision>", "the result of the decision ‘d’ is 200, which is none of the allowed values of tAge: [0..150]"),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><literalExpression typeRef=\"tAge\"><text>100 + 100</text></literalExpression></decision>", "the value of ‘100 + 100’ is 200, which is none of the allowed values of tAge: [0..150]"),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><context><contextEntry><variable name=\"a\" typeRef=\"tAge\"/><literalExpression><text>200</text></literalExpression></contextEntry></context></decision>", "the entry ‘a’ is 200, which is none of the allowed values of tAge: [0..150]"),
        ("<businessKnowledgeModel id=\"b\" name=\"b\"><variable name=\"b\" typeRef=\"tAge\"/><encapsulatedLogic><literalExpression><text>200</text></literalExpression></encapsulatedLogic></businessKnowledgeModel><decision id=\"d\" name=\"d\"><variable name=\"d\"/><knowledgeRequirement><requiredKnowledge href=\"#b\"/></knowledgeRequirement><literalExpression><text>b()</text></literalExpression></decision>", "the result of ‘b’ is 200, which is none of the allowed values of tAge: [0..150]"),
        ("<businessKnowledgeModel id=\"b\" name=\"b\"><variable name=\"b\"/><encapsulatedLogic><formalParameter name=\"n\" typeRef=\"tAge\"/><literalExpression><text>n</text></literalExpression></encapsulatedLogic></businessKnowledgeModel><decision id=\"d\" name=\"d\"><variable name=\"d\"/><knowledgeRequirement><requiredKnowledge href=\"#b\"/></knowledgeRequirement><literalExpression><text>b(200)</text></literalExpression></decision>", "the argument ‘n’ is 200, which is none of the allowed values of tAge: [0..150]"),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><literalExpression><text>(function(n: tAge) n)(200)</text></literalExpression></decision>", "the argument ‘n’ is 200, which is none of the allowed values of tAge: [0..150]"),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><decisionTable typeRef=\"tAge\"><output/><rule><outputEntry><text>200</text></outputEntry></rule></decisionTable></decision>", "the result of the decision ‘d’ is 200, which is none of the allowed values of tAge: [0..150]"),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"tTest\"/><literalExpression><text>function(a, b) true</text></literalExpression></decision>", "the result of the decision ‘d’ is a function, and the model declares function"),
    ]) func `hold wherever a model declares them`(text: String, message: String) throws {
        let outcome = try Models.model(Models.definitions(Self.types + text)).evaluate("d", [:])
        #expect(outcome.value == .null || outcome.value == ["a": nil])
        #expect(outcome.problems.contains { $0.message == message }, "\(outcome.problems.map { $0.message })")
    }

    @Test func `what is an instance of a type does not depend on its constraints`() throws {
        #expect(try Models.model(Self.echo("number", "[x instance of tAge, x instance of tColour]")).evaluate("d", ["x": 200]).value == [true, false])
    }

    @Test(arguments: [
        ("<itemDefinition name=\"tA\">1️⃣<typeRef>tB</typeRef></itemDefinition><itemDefinition name=\"tB\"><typeRef>tA</typeRef></itemDefinition>", ["‘tA’ rests on itself"]),
        ("<itemDefinition name=\"tA\" isCollection=\"true\">1️⃣<typeRef>tA</typeRef></itemDefinition>", ["‘tA’ rests on itself"]),
        ("<itemDefinition name=\"tA\"><typeRef>1️⃣nummber</typeRef></itemDefinition>", ["there is no type ‘nummber’", "did you mean ‘number’"]),
        ("<itemDefinition name=\"tA\"><itemComponent name=\"a\"><typeRef>1️⃣tC</typeRef></itemComponent></itemDefinition>", ["there is no type ‘tC’"]),
        ("<itemDefinition name=\"tA\"><itemComponent name=\"a\"><typeRef>string</typeRef></itemComponent>1️⃣<itemComponent name=\"a\"><typeRef>string</typeRef></itemComponent></itemDefinition>", ["component ‘a’ is there twice"]),
        ("<itemDefinition name=\"tA\">1️⃣<itemComponent><typeRef>string</typeRef></itemComponent></itemDefinition>", ["component has no name"]),
        ("1️⃣<itemDefinition><typeRef>string</typeRef></itemDefinition>", ["type has no name"]),
        ("<itemDefinition name=\"tA\"><typeRef>string</typeRef></itemDefinition>1️⃣<itemDefinition name=\"tA\"><typeRef>string</typeRef></itemDefinition>", ["defined twice"]),
        ("<itemDefinition name=\"tA\"><typeRef>number</typeRef><allowedValues><text>&gt;1️⃣</text></allowedValues></itemDefinition>", ["ends too early"]),
        ("<itemDefinition name=\"tA\"><typeRef>number</typeRef><allowedValues><text>&gt; 1️⃣limit</text></allowedValues></itemDefinition>", ["‘limit’ is not known here", "of values and of ? alone"]),
        ("<itemDefinition name=\"tA\" 1️⃣isCollection=\"yes\"><typeRef>number</typeRef></itemDefinition>", ["true or false, not ‘yes’"]),
        ("<itemDefinition name=\"tA\" 1️⃣typeLanguage=\"urn:xsd\"><typeRef>number</typeRef></itemDefinition>", ["type language"]),
        ("<itemDefinition name=\"tA\"><functionItem 1️⃣outputTypeRef=\"tNone\"/></itemDefinition>", ["there is no type ‘tNone’"]),
        ("<itemDefinition name=\"tA\">1️⃣<typeRef>number</typeRef><itemComponent name=\"a\"><typeRef>string</typeRef></itemComponent></itemDefinition>", ["not both"]),
        ("<itemDefinition name=\"tA\"><typeRef>number</typeRef>1️⃣<allowedValue><text>1</text></allowedValue></itemDefinition>", ["‘allowedValue’ cannot be read in ‘itemDefinition’", "did you mean ‘allowedValues’"]),
    ]) func `definitions that cannot be read are refused with place and mend`(text: String, words: [String]) throws {
        try Models.expectFault(Models.definitions(text), words)
    }

    @Test func `circular definitions end where a model is read leniently, too`() throws {
        let text = Models.definitions("<itemDefinition name=\"tA\"><typeRef>tB</typeRef></itemDefinition><itemDefinition name=\"tB\"><typeRef>tA</typeRef></itemDefinition><decision id=\"d\" name=\"d\"><variable name=\"d\" typeRef=\"tA\"/><literalExpression><text>1</text></literalExpression></decision>")
        #expect(Models.read(text, beside: [], strictness: .lenient).model == nil)
    }
}

@Suite("Requirement graphs in full") struct RequirementTests {
    private static func literal(_ text: String) -> String { "<literalExpression><text>\(text)</text></literalExpression>" }
    private static func knowledge(_ id: String, _ needs: String, marker: String = "") -> String {
        "<businessKnowledgeModel id=\"\(id)\" name=\"\(id)\"><variable name=\"\(id)\"/><encapsulatedLogic>\(literal("1"))</encapsulatedLogic><knowledgeRequirement>\(marker)<requiredKnowledge href=\"#\(needs)\"/></knowledgeRequirement></businessKnowledgeModel>"
    }

    @Test(arguments: [
        (knowledge("a", "b") + knowledge("b", "a", marker: "1️⃣"), ["‘a’ needs itself, through ‘a’, ‘b’"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><knowledgeRequirement><requiredKnowledge href=\"#s\"/></knowledgeRequirement>\(literal("s()"))</decision><decisionService id=\"s\" name=\"s\">1️⃣<outputDecision href=\"#d\"/></decisionService>", ["‘d’ needs itself, through ‘d’, ‘s’"]),
        ("<decisionService id=\"s\" name=\"s\">1️⃣<outputDecision href=\"#d\"/></decisionService>", ["‘d’, which is not there as decision"]),
        ("<decisionService id=\"s\" name=\"s\">1️⃣<outputDecision/></decisionService>", ["wants an href"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/>\(literal("1"))</decision><decisionService id=\"s\" name=\"s\"><outputDecision href=\"#d\"/>1️⃣<inputDecision href=\"#e\"/></decisionService>", ["‘e’, which is not there as decision"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/>\(literal("1"))</decision><decisionService id=\"s\" name=\"s\"><outputDecision href=\"#d\"/>1️⃣<inputData href=\"#d\"/></decisionService>", ["‘d’, which is not there as input"]),
        ("<inputData id=\"i\" name=\"i\"><variable name=\"i\"/></inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement>\(literal("i"))</decision>1️⃣<decisionService id=\"s\" name=\"s\"><outputDecision href=\"#d\"/></decisionService>", ["needs the input ‘i’ for ‘d’", "add an ‘inputData’ with href=\"#i\""]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/>\(literal("1"))</decision>1️⃣<decisionService id=\"s\" name=\"s\"><outputDecision href=\"#d\"/><inputDecision href=\"#d\"/></decisionService>", ["as an input and as a decision of its own"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><knowledgeRequirement>1️⃣<requiredKnowledge href=\"k\"/></knowledgeRequirement>\(literal("1"))</decision>", ["has no #"]),
        ("<inputData id=\"i\" name=\"x\"><variable name=\"x\"/></inputData><inputData id=\"j\" name=\"x\"><variable name=\"x\"/></inputData><decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement><informationRequirement>1️⃣<requiredInput href=\"#j\"/></informationRequirement>\(literal("x"))</decision>", ["have the name ‘x’"]),
        ("<decision id=\"d\" name=\"d\" 1️⃣expressionlanguage=\"x\"><variable name=\"d\"/>\(literal("1"))</decision>", ["‘decision’ has no attribute ‘expressionlanguage’"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><decisionTable 1️⃣hitpolicy=\"FIRST\"><output/></decisionTable></decision>", ["no attribute ‘hitpolicy’", "did you mean ‘hitPolicy’"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><decisionTable hitPolicy=\"FIRST\" 1️⃣aggregation=\"SUM\"><output/></decisionTable></decision>", ["FIRST has no aggregation"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><decisionTable><output typeRef=\"string\"/><rule><outputEntry 1️⃣typeRef=\"number\"><text>1</text></outputEntry></rule></decisionTable></decision>", ["declared as number and its column as string"]),
        ("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><decisionTable><output/><rule>1️⃣<condition/><outputEntry><text>1</text></outputEntry></rule></decisionTable></decision>", ["‘condition’ cannot be read in ‘rule’"]),
        ("<businessKnowledgeModel id=\"b\" name=\"b\"><variable name=\"b\"/><encapsulatedLogic 1️⃣kind=\"PMML\">\(literal("1"))</encapsulatedLogic></businessKnowledgeModel>", ["kind ‘PMML’"]),
        ("<businessKnowledgeModel id=\"b\" name=\"b\"><variable name=\"b\"/>1️⃣<encapsulatedLogic/></businessKnowledgeModel>", ["has no body"]),
        ("1️⃣<businessKnowledgeModel id=\"b\" name=\"b\"><variable name=\"b\"/></businessKnowledgeModel>", ["has no ‘encapsulatedLogic’"]),
    ]) func `what leads nowhere or in a circle is refused at its place`(text: String, words: [String]) throws {
        try Models.expectFault(Models.definitions(text), words)
    }

    @Test func `a decision without logic is right where a service is given its result`() throws {
        let text = Models.definitions("<decision id=\"e\" name=\"e\"><variable name=\"e\"/></decision><decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredDecision href=\"#e\"/></informationRequirement>\(Self.literal("e + 1"))</decision><decisionService id=\"s\" name=\"s\"><outputDecision href=\"#d\"/><inputDecision href=\"#e\"/></decisionService>")
        #expect(try Models.model(text).evaluate("s", ["e": 1]).value == 2)
    }

    @Test func `what modelling tools write besides changes nothing`() throws {
        let text = """
            <definitions xmlns="\(Models.namespace)" xmlns:dmndi="https://www.omg.org/spec/DMN/20230324/DMNDI/" xmlns:camunda="http://camunda.org/schema/1.0/dmn" xmlns:triso="http://www.trisotech.com/2015/triso/modeling" xmlns:drools="http://www.drools.org/kie/dmn/1.2" id="defs" name="test" namespace="urn:test" label="l" exporter="A tool" exporterVersion="1.0" expressionLanguage="https://www.omg.org/spec/DMN/20230324/FEEL/" typeLanguage="https://www.omg.org/spec/DMN/20230324/FEEL/" triso:logoChoice="Default">
            <description>words</description><extensionElements><drools:decisionServices/><anything/></extensionElements>
            <itemDefinition id="t" name="tX" label="x" isCollection="false" triso:x="1"><description>d</description><typeRef>number</typeRef></itemDefinition>
            <inputData id="i" name="x" label="X"><description>d</description><extensionElements/><variable id="v" name="x" label="X" typeRef="tX"/></inputData>
            <decision id="d" name="d" label="D" camunda:historyTimeToLive="180" triso:useOutputTypeAsAnswer="false"><description>d</description><question>q?</question><allowedAnswers>a</allowedAnswers><variable id="dv" name="d" typeRef="number"/>
              <informationRequirement id="r"><requiredInput href="#i"/></informationRequirement><supportedObjective href="#o"/><impactedPerformanceIndicator href="#p"/><decisionMaker href="#u"/><decisionOwner href="#u"/><usingProcess href="urn:b#p"/><usingTask href="urn:b#t"/>
              <decisionTable id="dt" hitPolicy="UNIQUE" preferredOrientation="Rule-as-Row" outputLabel="out" label="table"><description>d</description><input id="in" label="X" camunda:inputVariable="x"><inputExpression id="ie" typeRef="number"><text>x</text></inputExpression><inputValues id="iv"><text>[0..9]</text></inputValues></input>
              <output id="o1" label="out" typeRef="number"><outputValues id="ov"><text>1, 2</text></outputValues></output><annotation name="notes"/><rule id="r1"><description>d</description><inputEntry id="e1" label="x"><description>d</description><text>&lt; 5</text></inputEntry><outputEntry id="e2"><text>1</text></outputEntry><annotationEntry><text>low</text></annotationEntry></rule><rule id="r2"><inputEntry id="e3"><text>&gt;= 5</text></inputEntry><outputEntry id="e4"><text>2</text></outputEntry></rule></decisionTable></decision>
            <knowledgeSource id="k" name="Law" locationURI="https://example.org"><authorityRequirement><requiredInput href="#i"/></authorityRequirement><type>law</type><owner href="#u"/></knowledgeSource>
            <textAnnotation id="ta" textFormat="text/plain"><text>note</text></textAnnotation><association id="as" associationDirection="None"><sourceRef href="#d"/><targetRef href="#ta"/></association><group id="g" name="g"/>
            <elementCollection id="c" name="c"><drgElement href="#d"/></elementCollection><performanceIndicator id="p" name="p" URI="u"><impactingDecision href="#d"/></performanceIndicator><organizationUnit id="u" name="u"><decisionMade href="#d"/></organizationUnit>
            <dmndi:DMNDI><dmndi:DMNDiagram><dmndi:DMNShape dmnElementRef="d"/></dmndi:DMNDiagram></dmndi:DMNDI></definitions>
            """
        #expect(try Models.model(text).evaluate("d", ["x": 7]).value == 2)
    }
}
