import Decisions
import FEEL
import Kernel
import Testing

@Suite("Decision tables") struct TableTests {
    /// A policy, rules over `x`, an input, and the result in FEEL's writing.
    struct Case: CustomTestStringConvertible, Sendable {
        let policy: String
        let rules: [String]
        let input: Value
        let expected: String
        init(_ policy: String, _ rules: [String], _ input: Value, _ expected: String) {
            self.policy = policy
            self.rules = rules
            self.input = input
            self.expected = expected
        }
        var testDescription: String { "\(policy) \(rules) x = \(input.innerText)" }
    }

    static let overlapping = ["> 0 | 1", "> 5 | 2", "> 9 | 3"]

    @Test(arguments: [
        Case("UNIQUE", ["< 5 | \"low\"", ">= 5 | \"high\""], 4, "\"low\""), Case("UNIQUE", ["< 5 | \"low\"", ">= 5 | \"high\""], 5, "\"high\""),
        Case("UNIQUE", overlapping, 3, "1"), Case("UNIQUE", overlapping, 6, "null"), Case("UNIQUE", overlapping, 0, "null"),
        Case("FIRST", overlapping, 20, "1"), Case("FIRST", ["> 9 | 3", "> 5 | 2", "- | 0"], 7, "2"), Case("FIRST", ["> 9 | 3", "> 5 | 2", "- | 0"], 1, "0"),
        Case("ANY", ["> 0 | 1", "> 5 | 1"], 6, "1"), Case("ANY", overlapping, 6, "null"), Case("ANY", overlapping, 4, "1"),
        Case("COLLECT", overlapping, 10, "[1, 2, 3]"), Case("COLLECT", overlapping, 6, "[1, 2]"), Case("COLLECT", overlapping, 0, "null"),
        Case("COLLECT SUM", overlapping, 10, "6"), Case("COLLECT MIN", overlapping, 10, "1"), Case("COLLECT MAX", overlapping, 10, "3"),
        Case("COLLECT COUNT", overlapping, 10, "3"), Case("COLLECT COUNT", overlapping, 0, "null"), Case("COLLECT SUM", overlapping, 0, "null"),
        Case("RULE ORDER", overlapping, 10, "[1, 2, 3]"), Case("UNIQUE", ["\"a\", \"b\" | 1", "not(\"a\", \"b\") | 2"], "c", "2"),
        Case("UNIQUE", ["\"a\", \"b\" | 1", "not(\"a\", \"b\") | 2"], "b", "1"), Case("UNIQUE", ["[@\"2026-01-01\"..@\"2026-06-30\"] | 1", "> @\"2026-06-30\" | 2"], .date(CalendarDate("2026-07-01")!), "2"),
        Case("UNIQUE", ["null | \"none\"", "not(null) | \"some\""], nil, "\"none\""), Case("UNIQUE", ["true | 1", "false | 2"], false, "2"), Case("UNIQUE", ["> 1 | x * 2", "<= 1 | -x"], 4, "8"),
        Case("UNIQUE", ["(1..2) | 1", "[2..3) | 2"], 2, "2"), Case("UNIQUE", [" | 7"], 1, "7"),
    ]) func `hit policies make one result of the rules that match`(example: Case) throws {
        let model = try Models.model(Models.table(policy: example.policy, inputs: ["x"], rules: example.rules))
        #expect(model.evaluate("d", ["x": example.input]).value.innerText == example.expected)
    }

    @Test func `several outputs are a context, and a list of them when collected`() throws {
        let rules = ["> 0 | \"yes\" | 1", "> 5 | \"no\" | 2"]
        let first = try Models.model(Models.table(policy: "FIRST", inputs: ["x"], outputs: ["answer", "fee"], rules: rules)).evaluate("d", ["x": 7])
        #expect(first.outputs == ["answer": "yes", "fee": 1])
        let all = try Models.model(Models.table(policy: "COLLECT", inputs: ["x"], outputs: ["answer", "fee"], rules: rules)).evaluate("d", ["x": 7])
        #expect(all.rows == [["answer": "yes", "fee": 1], ["answer": "no", "fee": 2]])
    }

    @Test(arguments: [("PRIORITY", "\"no\""), ("OUTPUT ORDER", "[\"no\", \"maybe\", \"yes\"]")]) func `priorities follow the order of the output values`(
        policy: String, expected: String
    ) throws {
        let text = Models.table(
            policy: policy, inputs: ["x"], rules: ["> 0 | \"yes\"", "> 1 | \"no\"", "> 2 | \"maybe\""],
            outputParts: ["result": "<outputValues><text>\"no\", \"maybe\", \"yes\"</text></outputValues>"])
        #expect(try Models.model(text).evaluate("d", ["x": 3]).value.innerText == expected)
    }

    @Test func `a default stands in when no rule matches`() throws {
        let text = Models.table(
            inputs: ["x"], rules: ["> 0 | \"yes\""], outputParts: ["result": "<defaultOutputEntry><text>\"no\"</text></defaultOutputEntry>"])
        let outcome = try Models.model(text).evaluate("d", ["x": -1])
        #expect(outcome.value == "no")
        #expect(outcome.status == .standard)
        #expect(outcome.matched.isEmpty)
    }

    @Test func `a table that contradicts itself fails with the rules named, and does not crash`() throws {
        let outcome = try Models.model(Models.table(inputs: ["x"], rules: TableTests.overlapping)).evaluate("d", ["x": 10])
        guard case .failed(let message) = outcome.status else { Issue.record("\(outcome.status)"); return }
        #expect(message.contains("rules 1, 2, 3"))
        #expect(outcome.value == .null)
        #expect(outcome.matched.map { $0.place } == [0, 1, 2])
        #expect(outcome.problems.count == 1)
    }

    @Test func `a missing input is unknown and says so`() throws {
        let outcome = try Models.model(Models.table(inputs: ["x"], rules: ["> 0 | 1", "<= 0 | 2"])).evaluate("d", [:])
        #expect(outcome.status == .noRule)
        #expect(outcome.problems.first?.message.contains("‘x’ is missing") == true)
    }

    @Test func `text is read as the date that the model declares`() throws {
        let text = Models.table(inputs: ["born"], rules: [">= @\"2008-02-01\" | \"minor\"", "< @\"2008-02-01\" | \"adult\""], types: ["born": "date"])
        let model = try Models.model(text)
        #expect(model.evaluate("d", ["born": "2008-01-31"]).value == "adult")
        #expect(model.evaluate("d", ["born": "31/01/2008"]).value == .null)
        #expect(model.inputs[0].typeName == "date")
    }

    @Test func `inputs outside the allowed values are refused with the values named`() throws {
        let text = """
            <itemDefinition name="tColour"><typeRef>string</typeRef><allowedValues><text>"red", "blue"</text></allowedValues></itemDefinition>
            <inputData id="i" name="colour"><variable name="colour" typeRef="tColour"/></inputData>
            <decision id="d" name="d"><variable name="d"/><informationRequirement><requiredInput href="#i"/></informationRequirement>
            <literalExpression><text>colour</text></literalExpression></decision>
            """
        let model = try Models.model(Models.definitions(text))
        #expect(model.evaluate("d", ["colour": "red"]).value == "red")
        let outcome = model.evaluate("d", ["colour": "green"])
        #expect(outcome.value == .null)
        #expect(outcome.problems.first?.message.contains("\"red\", \"blue\"") == true)
    }

    @Test(arguments: [
        "http://www.omg.org/spec/DMN/20180521/MODEL/", "https://www.omg.org/spec/DMN/20191111/MODEL/", "https://www.omg.org/spec/DMN/20211108/MODEL/",
        "https://www.omg.org/spec/DMN/20230324/MODEL/",
    ]) func `DMN 1.2 to 1.5 are read`(namespace: String) throws {
        let text = Models.definitions("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><literalExpression><text>1 + 1</text></literalExpression></decision>", namespace: namespace)
        #expect(try Models.model(text).evaluate("d", [:]).value == 2)
    }
}

@Suite("Requirement graphs") struct GraphTests {
    static let text = Models.definitions(
        """
        <inputData id="i" name="birth date"><variable name="birth date" typeRef="date"/></inputData>
        <inputData id="unused" name="unused"><variable name="unused"/></inputData>
        <knowledgeSource id="law" name="Ley 7, artículo 3" locationURI="https://example.org/7"/>
        <businessKnowledgeModel id="b" name="whole years"><variable name="whole years"/><encapsulatedLogic><formalParameter name="from" typeRef="date"/>
          <formalParameter name="to" typeRef="date"/><literalExpression><text>years and months duration(from, to).years</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
        <decision id="age" name="age"><variable name="age" typeRef="number"/><informationRequirement><requiredInput href="#i"/></informationRequirement>
          <knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement>
          <literalExpression><text>whole years(birth date, today())</text></literalExpression></decision>
        <decision id="adult" name="adult"><variable name="adult" typeRef="boolean"/><question>Is the person of age?</question>
          <informationRequirement><requiredDecision href="#age"/></informationRequirement>
          <authorityRequirement><requiredAuthority href="#law"/></authorityRequirement><literalExpression><text>age >= 18</text></literalExpression></decision>
        """)

    @Test func `decisions rest on inputs, knowledge and other decisions`() throws {
        let model = try Models.model(GraphTests.text)
        let facts = DecisionModel.Facts(today: CalendarDate("2026-01-31"))
        #expect(model.evaluate("adult", ["birth date": "2008-01-31"], facts: facts).value == true)
        #expect(model.evaluate("adult", ["birth date": "2008-02-01"], facts: facts).value == false)
        #expect(model.inputs(of: "adult").map { $0.name } == ["birth date"])
        #expect(model.decision("adult")?.requiredDecisions == ["age"])
    }

    @Test func `a required authority is the law of the decision`() throws {
        let model = try Models.model(GraphTests.text)
        #expect(model.decision("adult")?.sources.map { $0.name } == ["Ley 7, artículo 3"])
        #expect(model.evaluate("adult", [:]).law == "Ley 7, artículo 3")
    }

    @Test func `contexts, invocations, relations and lists are boxed expressions`() throws {
        let text = Models.definitions(
            """
            <businessKnowledgeModel id="b" name="twice"><variable name="twice"/><encapsulatedLogic><formalParameter name="n"/><literalExpression><text>n * 2</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><context>
              <contextEntry><variable name="first one"/><literalExpression><text>3</text></literalExpression></contextEntry>
              <contextEntry><variable name="called"/><invocation><literalExpression><text>twice</text></literalExpression><binding><parameter name="n"/><literalExpression><text>first one + 1</text></literalExpression></binding></invocation></contextEntry>
              <contextEntry><variable name="rows"/><relation><column name="a"/><column name="b"/><row><literalExpression><text>1</text></literalExpression><literalExpression><text>called</text></literalExpression></row></relation></contextEntry>
              <contextEntry><variable name="f"/><functionDefinition><formalParameter name="x"/><literalExpression><text>x + called</text></literalExpression></functionDefinition></contextEntry>
              <contextEntry><list><literalExpression><text>rows.b[1]</text></literalExpression><literalExpression><text>f(1)</text></literalExpression></list></contextEntry>
            </context></decision>
            """)
        #expect(try Models.model(text).evaluate("d", [:]).value == [8, 9])
    }

    @Test func `knowledge may call itself`() throws {
        let text = Models.definitions(
            """
            <businessKnowledgeModel id="b" name="fact"><variable name="fact"/><encapsulatedLogic><formalParameter name="n"/><literalExpression><text>if n &lt;= 1 then 1 else n * fact(n - 1)</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><literalExpression><text>fact(20)</text></literalExpression></decision>
            """)
        #expect(try Models.model(text).evaluate("d", [:]).value == 2_432_902_008_176_640_000)
    }
}
