import Decisions
import FEEL
import Kernel
import Testing

@Suite("Cells and nearest rules") struct CellTests {
    private func trace(_ rules: [String], inputs: [String] = ["x", "y"], policy: String = "UNIQUE", _ values: [String: Value]) throws -> DecisionTrace {
        try Models.model(Models.table(policy: policy, inputs: inputs, rules: rules)).trace("d", values)
    }

    /// A cell, its value, and what it says.
    struct Case: CustomTestStringConvertible, Sendable {
        let cell: String
        let value: Value
        let answer: DecisionTrace.Answer
        init(_ cell: String, _ value: Value, _ answer: DecisionTrace.Answer) {
            self.cell = cell
            self.value = value
            self.answer = answer
        }
        var testDescription: String { "\(cell) asked of \(value.innerText)" }
    }

    @Test(arguments: [
        Case("5", 5, .yes), Case("5", 4, .no), Case("5", nil, .unknown), Case("\"a\"", nil, .unknown), Case("\"a\"", "b", .no), Case("-", nil, .yes), Case("null", nil, .yes),
        Case("not(null)", nil, .unknown), Case("not(null)", 1, .yes), Case("not(\"a\")", "b", .yes), Case("> 5", nil, .unknown), Case("> 5", "a", .unknown), Case("> 5", 5, .no), Case("[1..3]", nil, .unknown),
        Case("? > 5", nil, .unknown), Case("? > 5", 6, .yes), Case("? in [1, 2]", 3, .no), Case("> y", 3, .unknown), Case("true", nil, .unknown), Case("true", false, .no), Case("\"a\", \"b\"", "c", .no), Case("5", "a", .unknown),
    ]) func `what is not known is kept apart from no`(example: Case) throws {
        let trace = try trace(["\(example.cell) | - | 1"], ["x": example.value])
        #expect(trace.cells == [[example.answer, .yes]])
        #expect(trace.json["cells"] == [[.string(example.answer.word), "yes"]])
        #expect((trace.outcome.matched.count == 1) == (example.answer == .yes))
    }

    @Test func `what a decision could not tell for want of an input is unknown to those that need it`() throws {
        let trace = try TracedGraph.trace(["birth date": "1990-05-01", "fines": 1])
        #expect(trace.account("resident")?.table?.answers(ofRule: 0) == [.unknown])
        #expect(trace.cells == [[.yes, .unknown, .yes], [.no, .yes, .yes]])
        let both = try TracedGraph.trace(["province": "8"])
        #expect(both.cells == [[.unknown, .yes, .unknown], [.unknown, .yes, .yes]])
    }

    @Test func `every cell is told, also behind one that said no`() throws {
        let trace = try trace(["1 | 1 | 1", "2 | 2 | 2", "- | > 5 | 3"], ["x": 1, "y": 2])
        #expect(trace.cells == [[.yes, .no], [.no, .yes], [.yes, .no]])
    }

    @Test func `telling the cells behind leaves no mark on the problems`() throws {
        let rules = ["1 | > \"a\" | 1", "2 | > z | 2", "2 | ? + 1 > 2 | 3"]
        for policy in ["UNIQUE", "FIRST", "COLLECT"] {
            let model = try #require(Models.read(Models.table(policy: policy, inputs: ["x", "y"], rules: rules), strictness: .lenient).model)
            for x: Value in [1, 2, 3] {
                let traced = model.trace("d", ["x": x, "y": 2])
                let plain = model.evaluate("d", ["x": x, "y": 2])
                #expect(traced.outcome.problems == plain.problems)
                #expect(traced.outcome.value == plain.value)
            }
        }
    }

    @Test func `a table of the first hit tells the rules behind it, too`() throws {
        let trace = try trace(["> 9 | - | 3", "> 5 | - | 2", "- | - | 0"], policy: "FIRST", ["x": 7, "y": 1])
        #expect(trace.outcome.value == 2)
        #expect(trace.outcome.matched.map { $0.place } == [1])
        #expect(trace.cells == [[.no, .yes], [.yes, .yes], [.yes, .yes]])
    }

    struct Near: CustomTestStringConvertible, Sendable {
        let rules: [String]
        let values: [String: Value]
        let number: Int
        init(_ number: Int, of rules: String..., values: [String: Value]) {
            self.rules = rules
            self.values = values
            self.number = number
        }
        var testDescription: String { "rule \(number) of \(rules)" }
    }

    @Test(arguments: [
        Near(2, of: "1 | 1 | 1", "2 | 1 | 2", values: ["x": 2, "y": 3]), Near(2, of: "1 | 1 | 1", "3 | 1 | 2", values: ["x": 3]), Near(2, of: "1 | 1 | 1", "- | 1 | 2", values: [:]),
        Near(2, of: "5 | - | 1", "- | > 3 | 2", values: ["x": 4]), Near(1, of: "5 | - | 1", "6 | - | 2", values: ["x": 4, "y": 1]), Near(2, of: "5 | 5 | 1", "- | 5 | 2", values: ["y": 4]),
        Near(2, of: "1 | 1 | 1", "2 | 2 | 2", "3 | - | 3", values: ["x": 4, "y": 2]),
    ]) func `the nearest rule has the fewest cells that say no, then the fewest unknown`(near: Near) throws {
        #expect(try trace(near.rules, near.values).nearest()?.place == near.number - 1)
    }

    @Test func `the nearest welcome rule may stand behind nearer ones`() throws {
        let trace = try trace(["1 | - | 1", "- | 2 | 1", "3 | 3 | 2"], ["x": 5, "y": 5])
        #expect(trace.nearest()?.place == 0)
        let welcome = try #require(trace.nearest { $0["result"] == 2 })
        #expect(welcome.place == 2)
        #expect(welcome.failing.map { $0.input } == ["x", "y"])
        #expect(welcome.failing.map { $0.demands } == [[.equal(3)], [.equal(3)]])
        #expect(trace.nearest { $0["result"] == 9 } == nil)
    }

    @Test func `outputs that are reckoned from inputs are welcome by their value`() throws {
        let trace = try trace(["1 | - | x * 2", "- | 2 | y + x"], ["x": 5, "y": 5])
        #expect(trace.nearest { $0["result"] == 10 }?.place == 0)
        #expect(trace.nearest { ($0["result"]?.number ?? 0) > 10 } == nil)
    }

    @Test func `a cell that fails says what it asks for`() throws {
        let json = try trace([">= 18 | not(\"a\", \"b\") | 1"], ["x": 17, "y": "b"]).json["nearest"]
        #expect(
            json?["failing"] == [
                ["input": "x", "value": 17, "test": ">= 18", "answer": "no", "wants": [["greaterOrEqual": 18]]],
                ["input": "y", "value": "b", "test": "not(\"a\", \"b\")", "answer": "no", "wants": [["not": [["equal": "a"], ["equal": "b"]]]]],
            ])
    }

    @Test func `a default says so, with the rule that came nearest`() throws {
        let text = Models.table(inputs: ["x"], rules: ["> 0 | \"yes\""], outputParts: ["result": "<defaultOutputEntry><text>\"no\"</text></defaultOutputEntry>"])
        let json = try Models.model(text).trace("d", ["x": -1]).json
        #expect(json["status"] == "default")
        #expect(json["outputs"] == [["result": "no"]])
        #expect(json["nearest"]?["number"] == 1)
    }

    @Test func `a contradiction names all rules that matched`() throws {
        let json = try trace(["> 0 | - | 1", "> 5 | - | 2"], ["x": 7]).json
        #expect(json["status"] == "failed")
        #expect(json["matched"]?.array?.count == 2)
        #expect(json["nearest"] == nil)
    }

    @Test func `a problem tells its decision, rule, column, expression and place`() throws {
        let problems = try trace(["1 | > \"a\" | 1", "- | 3 | 1 + \"b\""], ["x": 1, "y": 3]).json["problems"]
        #expect(
            problems == [
                [
                    "reason": "notComparable", "message": "a number cannot be compared with a string", "decision": "d", "rule": 1, "column": "y", "expression": "> \"a\"",
                    "offset": 2,
                ],
                ["reason": "wrongType", "message": "a sum of number and string", "decision": "d", "rule": 2, "column": "result", "expression": "1 + \"b\"", "offset": 2],
            ])
    }

    @Test func `a problem inside knowledge, or inside a function, tells the expression there`() throws {
        let text = Models.definitions(
            """
            <businessKnowledgeModel id="b" name="half"><variable name="half"/><encapsulatedLogic><formalParameter name="n"/><literalExpression><text>n / 0</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
            <decision id="d" name="d"><variable name="d"/><knowledgeRequirement><requiredKnowledge href="#b"/></knowledgeRequirement><context>
              <contextEntry><variable name="f"/><literalExpression><text>function(a) a + "x"</text></literalExpression></contextEntry>
              <contextEntry><literalExpression><text>[half(4), f(1)]</text></literalExpression></contextEntry></context></decision>
            """)
        let problems = try Models.model(text).trace("d", [:]).outcome.problems
        #expect(problems.map { $0.expression } == ["n / 0", "function(a) a + \"x\""])
        #expect(problems.map { $0.offset } == [2, 14])
        #expect(problems.map { $0.site.owner } == ["d", "d"])
    }

    @Test func `problems belong to the decision in which they happened`() throws {
        let problems = try TracedGraph.trace(["birth date": "1990-05-01", "province": "8", "fines": "x"], facts: .init()).outcome.problems
        var owners: [String] = []
        for problem in problems where owners.last != problem.site.owner { owners.append(problem.site.owner ?? "none") }
        #expect(owners == ["age", "", "licence"])
        #expect(problems.first { $0.site.owner == "" }?.site.column == "fines")
        #expect(problems[0].expression == "whole years(birth date, today())")
    }
}
