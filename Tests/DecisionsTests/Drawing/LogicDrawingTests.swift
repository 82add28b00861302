import Decisions
import FEEL
import Testing

@Suite("A decision's logic drawn") struct LogicDrawingTests {
    /// A drawing as an outline, a line per box.
    static func outline(_ logic: DrawnLogic, _ indent: String = "") -> String {
        func inside(_ logic: DrawnLogic) -> String { outline(logic, indent + "  ") }
        func entries(_ entries: [DrawnLogic.Entry]) -> String { entries.map { "\(indent)- \($0.name):\n\(outline($0.logic, indent + "  "))" }.joined() }
        switch logic {
        case .literal(let expression): return "\(indent)\(expression.text)\n"
        case .table(let table): return "\(indent)table \(table.hitPolicy.sign), \(table.rules.count) rules, otherwise \(table.outputs.map { $0.standardExpression?.text ?? "nothing" })\n"
        case .context(let members, let result): return "\(indent)context\n" + entries(members) + (result.map { "\(indent)=\n" + inside($0) } ?? "")
        case .invocation(let name, let bindings): return "\(indent)call \(name)\n" + entries(bindings)
        case .list(let items): return "\(indent)list\n" + items.map(inside).joined()
        case .relation(let columns, let rows): return "\(indent)relation \(columns)\n" + rows.map { $0.map(inside).joined() }.joined()
        case .function(let parameters, let body): return "\(indent)function \(parameters)\n" + inside(body)
        case .conditional(let test, let yes, let no): return "\(indent)if\n" + inside(test) + "\(indent)then\n" + inside(yes) + "\(indent)else\n" + inside(no)
        case .filter(let list, let match): return "\(indent)filter\n" + inside(list) + "\(indent)where\n" + inside(match)
        case .loop(let loop, let variable, let list, let body): return "\(indent)\(loop) \(variable)\n" + inside(list) + "\(indent)gives\n" + inside(body)
        case .missing: return "\(indent)?\n"
        }
    }

    private func drawn(_ logic: String) throws -> String {
        let model = try Models.model(
            Models.definitions(
                """
                <inputData id="n" name="n"><variable name="n" typeRef="number"/></inputData>
                <businessKnowledgeModel id="twice" name="twice"><variable name="twice"/><encapsulatedLogic><formalParameter name="x" typeRef="number"/>
                  <literalExpression><text>2 * x</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
                <decision id="d" name="d"><variable name="d"/><informationRequirement><requiredInput href="#n"/></informationRequirement>
                  <knowledgeRequirement><requiredKnowledge href="#twice"/></knowledgeRequirement>\(logic)</decision>
                """))
        return LogicDrawingTests.outline(try #require(model.decisions[0].drawn))
    }

    private static func literal(_ text: String) -> String { "<literalExpression><text>\(text.escaped)</text></literalExpression>" }

    @Test(arguments: [
        (literal("n + 1"), "n + 1\n"),
        ("<context><contextEntry><variable name=\"a\"/>\(literal("n"))</contextEntry><contextEntry>\(literal("a + 1"))</contextEntry></context>", "context\n- a:\n  n\n=\n  a + 1\n"),
        (
            "<invocation>\(literal("twice"))<binding><parameter name=\"x\"/>\(literal("n"))</binding></invocation>",
            "call twice\n- x:\n  n\n"
        ),
        ("<list>\(literal("1"))\(literal("n"))</list>", "list\n  1\n  n\n"),
        ("<relation><column name=\"town\"/><column name=\"sum\"/><row>\(literal("\"a\""))\(literal("2"))</row></relation>", "relation [\"town\", \"sum\"]\n  \"a\"\n  2\n"),
        ("<functionDefinition><formalParameter name=\"x\"/>\(literal("x + n"))</functionDefinition>", "function [\"x\"]\n  x + n\n"),
        (
            "<conditional><if>\(literal("n > 1"))</if><then>\(literal("1"))</then><else>\(literal("n"))</else></conditional>",
            "if\n  n > 1\nthen\n  1\nelse\n  n\n"
        ),
        ("<filter><in>\(literal("[1, n]"))</in><match>\(literal("item > 1"))</match></filter>", "filter\n  [1, n]\nwhere\n  item > 1\n"),
        ("<for iteratorVariable=\"i\"><in>\(literal("[1, n]"))</in><return>\(literal("i * 2"))</return></for>", "each i\n  [1, n]\ngives\n  i * 2\n"),
        ("<every iteratorVariable=\"i\"><in>\(literal("[1, n]"))</in><satisfies>\(literal("i > 0"))</satisfies></every>", "every i\n  [1, n]\ngives\n  i > 0\n"),
        ("<some iteratorVariable=\"one\"><in>\(literal("[1, n]"))</in><satisfies>\(literal("one > 0"))</satisfies></some>", "some one\n  [1, n]\ngives\n  one > 0\n"),
        (
            "<decisionTable hitPolicy=\"FIRST\"><input label=\"n\"><inputExpression><text>n</text></inputExpression></input><output><defaultOutputEntry><text>0</text></defaultOutputEntry></output>"
                + "<rule><inputEntry><text>1</text></inputEntry><outputEntry><text>2</text></outputEntry></rule></decisionTable>",
            "table F, 1 rules, otherwise [\"0\"]\n"
        ),
    ])
    func `every boxed expression is drawn with all its parts`(logic: String, outline: String) throws {
        #expect(try drawn(logic) == outline)
    }

    @Test func `knowledge models are drawn, too, and services stand in the graph with what they answer`() throws {
        let model = try Models.model(
            Models.definitions(
                """
                <decision id="d" name="d"><variable name="d"/><literalExpression><text>1</text></literalExpression></decision>
                <businessKnowledgeModel id="k" name="k"><variable name="k"/><encapsulatedLogic><formalParameter name="x"/><literalExpression><text>x</text></literalExpression></encapsulatedLogic></businessKnowledgeModel>
                <decisionService id="s" name="s"><variable name="s"/><outputDecision href="#d"/></decisionService>
                """))
        #expect(LogicDrawingTests.outline(try #require(model.knowledge[0].drawn)) == "x\n")
        let graph = RequirementGraph(model)
        #expect(graph.nodes.map { $0.kind } == [.decision, .knowledge, .service])
        #expect(graph.requirements(of: "s", .part).map { $0.id } == ["d"])
    }
}
