import Decisions
import FEEL
import Kernel
import Testing

@Suite("Boxed expressions") struct BoxedTests {
    static func literal(_ text: String) -> String { "<literalExpression><text>\(text.escaped)</text></literalExpression>" }

    static func model(_ logic: String, types: String = "", type: String = "") -> String {
        Models.definitions("\(types)<inputData id=\"i\" name=\"x\"><variable name=\"x\"/></inputData>\n<decision id=\"d\" name=\"d\"><variable name=\"d\"\(type)/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement>\n\(logic)</decision>")
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let logic: String
        let input: Value
        let expected: String
        init(_ logic: String, _ input: Value = .null, _ expected: String) {
            self.logic = logic
            self.input = input
            self.expected = expected
        }
        var testDescription: String { "\(logic.prefix(60)) x = \(input.innerText)" }
    }

    private static func conditional(_ condition: String, _ then: String, _ otherwise: String) -> String {
        "<conditional><if>\(condition)</if><then>\(then)</then><else>\(otherwise)</else></conditional>"
    }

    private static func filter(_ source: String, _ match: String) -> String { "<filter><in>\(source)</in><match>\(match)</match></filter>" }
    private static func each(_ source: String, _ body: String, _ name: String = "e") -> String { "<for iteratorVariable=\"\(name)\"><in>\(source)</in><return>\(body)</return></for>" }
    private static func quantified(_ word: String, _ source: String, _ body: String) -> String { "<\(word) iteratorVariable=\"e\"><in>\(source)</in><satisfies>\(body)</satisfies></\(word)>" }

    private static let rows = literal("[{name: \"a\", n: 1}, {name: \"b\", n: 2}, {name: \"c\", n: 3}]")

    @Test(arguments: [
        Case(conditional(literal("x > 1"), literal("\"more\""), literal("\"less\"")), 2, "\"more\""),
        Case(conditional(literal("x > 1"), literal("\"more\""), literal("\"less\"")), 1, "\"less\""),
        Case(conditional(literal("x > 1"), literal("\"more\""), literal("\"less\"")), nil, "\"less\""),
        Case(conditional(literal("true"), conditional(literal("x = 1"), literal("1"), literal("2")), literal("3")), 1, "1"),
        Case(filter(rows, literal("n > 1")), nil, "[{name: \"b\", n: 2}, {name: \"c\", n: 3}]"),
        Case(filter(rows, literal("item.n >= x")), 3, "[{name: \"c\", n: 3}]"), Case(filter(rows, literal("2")), nil, "{name: \"b\", n: 2}"),
        Case(filter(rows, literal("-1")), nil, "{name: \"c\", n: 3}"), Case(filter(literal("[]"), literal("true")), nil, "[]"),
        Case(filter(literal("[1, 2, 3, 4]"), literal("item > 2")), nil, "[3, 4]"), Case(filter(literal("5"), literal("item > 2")), nil, "[5]"),
        Case(filter(rows, conditional(literal("n = 2"), literal("false"), literal("true"))), nil, "[{name: \"a\", n: 1}, {name: \"c\", n: 3}]"),
        Case(filter(filter(rows, literal("n > 1")), literal("name = \"c\"")), nil, "[{name: \"c\", n: 3}]"),
        Case(each(literal("[1, 2, 3]"), literal("e * 2")), nil, "[2, 4, 6]"), Case(each(literal("1..3"), literal("e")), nil, "[1, 2, 3]"),
        Case(each(literal("x..1"), literal("e")), 3, "[3, 2, 1]"), Case(each(literal("[1..3]"), literal("e")), nil, "[1, 2, 3]"),
        Case(each(literal("(1..4)"), literal("e")), nil, "[2, 3]"), Case(each(literal("[]"), literal("e")), nil, "[]"),
        Case(each(literal("7"), literal("e + 1")), nil, "[8]"), Case(each(literal("null"), literal("e")), nil, "null"),
        Case(each(literal("0..6"), literal("if e < 2 then 1 else partial[-1] + partial[-2]")), nil, "[1, 1, 2, 3, 5, 8, 13]"),
        Case(each(literal("[1, 2]"), each(literal("[10, 20]"), literal("e + f"), "f")), nil, "[[11, 21], [12, 22]]"),
        Case(each(rows, "<context><contextEntry><variable name=\"double\"/>\(literal("e.n * 2"))</contextEntry><contextEntry>\(literal("double + x"))</contextEntry></context>"), 1, "[3, 5, 7]"),
        Case(quantified("some", literal("[1, 2, 3]"), literal("e > 2")), nil, "true"), Case(quantified("some", literal("[1, 2]"), literal("e > 2")), nil, "false"),
        Case(quantified("some", literal("[]"), literal("true")), nil, "false"), Case(quantified("every", literal("[]"), literal("false")), nil, "true"),
        Case(quantified("every", literal("1..3"), literal("e < 4")), nil, "true"), Case(quantified("every", literal("[1, 5]"), literal("e < 4")), nil, "false"),
        Case(quantified("some", literal("[1, null]"), literal("e > 2")), nil, "null"), Case(quantified("every", literal("null"), literal("true")), nil, "null"),
        Case("<list>\(each(literal("1..2"), literal("e")))\(literal("x"))</list>", 9, "[[1, 2], 9]"),
        Case("<invocation>\(literal("abs"))<binding><parameter name=\"n\"/>\(literal("-3"))</binding></invocation>", nil, "3"),
        Case("<invocation><functionDefinition><formalParameter name=\"n\"/>\(literal("n + x"))</functionDefinition><binding><parameter name=\"n\"/>\(literal("1"))</binding></invocation>", 4, "5"),
        Case("<relation><column name=\"a\" typeRef=\"number\"/><row>\(literal("x"))</row><row>\(literal("\"t\""))</row></relation>", 4, "[{a: 4}, {a: null}]"),
        Case("<functionDefinition><formalParameter name=\"n\"/>\(literal("n"))</functionDefinition>", nil, "function"),
        Case("<context><contextEntry><variable name=\"f\"/><functionDefinition><formalParameter name=\"n\" typeRef=\"number\"/><for iteratorVariable=\"i\"><in>\(literal("1..n"))</in><return>\(literal("i * x"))</return></for></functionDefinition></contextEntry><contextEntry>\(literal("f(3)"))</contextEntry></context>", 2, "[2, 4, 6]"),
    ]) func `evaluate as FEEL's own forms do`(example: Case) throws {
        #expect(try Models.model(Self.model(example.logic)).evaluate("d", ["x": example.input]).value.innerText == example.expected)
    }

    @Test(arguments: [
        (conditional(literal("\"abc\""), literal("1"), literal("2")), "a condition that is a string"),
        (filter(rows, literal("\"a\"")), "a filter wants a condition or a place, not a string"), (filter(literal("null"), literal("true")), "a filter on null"),
        (filter(rows, literal("9")), "no element at place 9 of 3"), (each(literal("null"), literal("e")), "an iteration over null"),
        (each(literal("1..1000000"), literal("e")), "an iteration over more than 100000 elements"),
        (quantified("some", literal("[1, 2]"), literal("\"x\"")), "‘some’ wants a condition, and found a string"),
        ("<invocation>\(literal("x"))</invocation>", "‘x’ is no function"),
        ("<for iteratorVariable=\"e\"><in typeRef=\"number\">\(literal("[\"a\"]"))</in><return>\(literal("e + 1"))</return></for>", "an element of an iteration is a string, and the model declares number"),
        ("<list typeRef=\"string\">\(literal("1"))\(literal("2"))</list>", "the value of a boxed ‘list’ is a list, and the model declares string"),
        ("<context typeRef=\"number\"><contextEntry><variable name=\"a\"/>\(literal("1"))</contextEntry></context>", "the value of a boxed ‘context’ is a context, and the model declares number"),
    ]) func `what cannot be evaluated is null and says why`(logic: String, message: String) throws {
        let outcome = try Models.model(Self.model(logic)).evaluate("d", ["x": 1])
        #expect(outcome.problems.contains { $0.message == message }, "\(outcome.problems.map { $0.message }) \(outcome.value)")
    }

    @Test func `a million elements within one another end at the limit of steps`() throws {
        let inner = Self.each(Self.literal("1..3000"), Self.each(Self.literal("1..3000"), Self.literal("e + f"), "f"))
        let outcome = try Models.model(Self.model(inner)).evaluate("d", ["x": 1])
        #expect(outcome.problems.contains { $0.reason == .limitReached })
    }

    @Test func `knowledge that calls itself through boxes for ever ends at the limit of calls`() throws {
        var body = Self.literal("f(n + 1)")
        for _ in 0..<8 { body = "<list>\(Self.conditional(Self.literal("true"), body, Self.literal("0")))</list>" }
        let text = Models.definitions(
            "<businessKnowledgeModel id=\"b\" name=\"f\"><variable name=\"f\"/><encapsulatedLogic><formalParameter name=\"n\"/>\(body)</encapsulatedLogic></businessKnowledgeModel><decision id=\"d\" name=\"d\"><variable name=\"d\"/><knowledgeRequirement><requiredKnowledge href=\"#b\"/></knowledgeRequirement>\(Self.literal("f(1)"))</decision>")
        let outcome = try Models.model(text).evaluate("d", [:])
        #expect(outcome.problems.contains { $0.reason == .limitReached })
    }

    @Test(arguments: [
        ("<conditional><if>1️⃣<literalExpression/></if><then>\(literal("1"))</then><else>\(literal("2"))</else></conditional>", ["no ‘text’"]),
        ("1️⃣<conditional><if>\(literal("true"))</if><then>\(literal("1"))</then></conditional>", ["‘conditional’ wants a ‘else’"]),
        ("<conditional><if>\(literal("true"))</if>1️⃣<then/><else>\(literal("2"))</else></conditional>", ["‘then’ has no expression"]),
        ("<conditional><if>\(literal("true"))</if><then>\(literal("1"))1️⃣\(literal("2"))</then><else>\(literal("2"))</else></conditional>", ["has one expression", "remove this second"]),
        ("<filter><in>\(literal("[1]"))</in><match><literalExpression><text>1️⃣+</text></literalExpression></match></filter>", ["does not fit here"]),
        ("1️⃣<for><in>\(literal("[1]"))</in><return>\(literal("1"))</return></for>", ["‘iteratorVariable’"]),
        ("<for iteratorVariable=\"e\"><in>\(literal("[1]"))</in><return><literalExpression><text>1️⃣f</text></literalExpression></return></for>", ["‘f’ is not known here", "did you mean"]),
        ("<some iteratorVariable=\"e\"><in>\(literal("[1]"))</in>1️⃣<return>\(literal("1"))</return></some>", ["‘return’ cannot be read in ‘some’", "write one of ‘in’, ‘satisfies’"]),
        ("<every 1️⃣iteratorvariable=\"e\"><in>\(literal("[1]"))</in><satisfies>\(literal("true"))</satisfies></every>", ["no attribute ‘iteratorvariable’", "did you mean ‘iteratorVariable’"]),
        ("<relation><column name=\"a\"/>1️⃣<column name=\"a\"/></relation>", ["the column ‘a’ is there twice"]),
        ("<relation><column name=\"a\"/>1️⃣<row/></relation>", ["0 cells for 1 columns"]),
        ("<context><contextEntry>\(literal("1"))</contextEntry>1️⃣<contextEntry><variable name=\"a\"/>\(literal("1"))</contextEntry></context>", ["the context's result and its last"]),
        ("<context><contextEntry><variable name=\"a\"/>\(literal("1"))</contextEntry><contextEntry>1️⃣<variable name=\"a\"/>\(literal("1"))</contextEntry></context>", ["the context has ‘a’ twice"]),
        ("<invocation>\(literal("abs"))1️⃣<binding>\(literal("1"))</binding></invocation>", ["a ‘parameter’ with a name"]),
        ("<invocation>\(literal("abs"))<binding><parameter name=\"n\"/>\(literal("1"))</binding>1️⃣<binding><parameter name=\"n\"/>\(literal("1"))</binding></invocation>", ["bound twice"]),
        ("1️⃣<invocation><binding><parameter name=\"n\"/>\(literal("1"))</binding></invocation>", ["the function's name"]),
        ("<functionDefinition 1️⃣kind=\"Java\"><formalParameter name=\"n\"/>\(literal("1"))</functionDefinition>", ["kind ‘Java’", "write the function in FEEL"]),
        ("<functionDefinition><formalParameter name=\"n\"/>1️⃣<formalParameter name=\"n\"/>\(literal("1"))</functionDefinition>", ["the parameter ‘n’ is there twice"]),
        ("<literalExpression><text>{f: 1️⃣function(a) external {java: {class: \"c\"}}}</text></literalExpression>", ["functions of other languages"]),
        ("<literalExpression><text>x instance of 1️⃣tThing</text></literalExpression>", ["there is no type ‘tThing’"]),
        ("<literalExpression>1️⃣<importedValues name=\"a\" namespace=\"b\" importType=\"c\"><importedElement>d</importedElement></importedValues></literalExpression>", ["imported values"]),
        ("<literalExpression><text>1</text></literalExpression>1️⃣<literalExpression><text>2</text></literalExpression>", ["one expression; remove this second"]),
        ("1️⃣<script>1</script>", ["‘script’ cannot be read in ‘decision’"]),
        ("<literalExpression><text>1</text>1️⃣<texts/></literalExpression>", ["‘texts’ cannot be read in ‘literalExpression’", "did you mean ‘text’"]),
    ]) func `what cannot be read is refused with place and mend`(logic: String, words: [String]) throws {
        try Models.expectFault(Self.model(logic), words)
    }

    @Test func `boxes within boxes have a limit`() throws {
        var logic = Self.literal("1")
        for _ in 0..<45 { logic = "<list>\(logic)</list>" }
        let (model, found) = Models.read(Self.model(logic), beside: [])
        #expect(model == nil)
        #expect(found.contains { $0.contains("more than 40 boxed expressions inside one another") }, "\(found)")
    }

    @Test func `functions in Java are null with the reason where a model is read leniently`() throws {
        let text = Self.model("<context><contextEntry><variable name=\"f\"/><functionDefinition kind=\"Java\"><formalParameter name=\"n\"/><context><contextEntry><variable name=\"class\"/>\(Self.literal("\"c\""))</contextEntry></context></functionDefinition></contextEntry><contextEntry>\(Self.literal("f(1)"))</contextEntry></context>")
        let model = try #require(Models.read(text, beside: [], strictness: .lenient).model)
        let outcome = model.evaluate("d", ["x": 1])
        #expect(outcome.value == .null)
        #expect(outcome.problems.map { $0.reason } == [.notAvailable])
    }
}
