import Decisions
import Definitions
import FEEL
import Kernel
import Testing

@Suite("Reading DMN") struct ReaderTests {
    /// A file with a marker before the faulty place, and words of the message.
    struct Fault: CustomTestStringConvertible, Sendable {
        let text: String
        let words: [String]
        init(_ text: String, _ words: String...) {
            self.text = text
            self.words = words
        }
        var testDescription: String { words.joined(separator: ", ") }
    }

    private static func decision(_ logic: String, before: String = "") -> String {
        Models.definitions("\(before)<inputData id=\"i\" name=\"age\"><variable name=\"age\"/></inputData>\n<decision id=\"d\" name=\"d\"><variable name=\"d\"/><informationRequirement><requiredInput href=\"#i\"/></informationRequirement>\n\(logic)</decision>")
    }

    @Test(arguments: [
        Fault(decision("<literalExpression><text>  1️⃣agee + 1</text></literalExpression>"), "‘agee’", "did you mean ‘age’"),
        Fault(decision("<literalExpression><text>age +1️⃣</text></literalExpression>"), "ends too early"),
        Fault(decision("1️⃣<literalExpression/>"), "no ‘text’"),
        Fault(decision("<literalExpression>1️⃣<text></text></literalExpression>"), "expression is missing"),
        Fault(decision("<decisionTable hitPolicy=\"UNIQUE\"><input><inputExpression><text>age</text></inputExpression></input><output/><rule><inputEntry><text>&gt;=1️⃣</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable>"), "ends too early"),
        Fault(decision("<decisionTable><input><inputExpression><text>age</text></inputExpression></input><output/>1️⃣<rule><inputEntry><text>1</text></inputEntry></rule></decisionTable>"), "1 input and 0 output entries"),
        Fault(decision("1️⃣<decisionTable hitPolicy=\"BEST\"><output/></decisionTable>"), "‘BEST’", "UNIQUE"),
        Fault(decision("1️⃣<decisionTable hitPolicy=\"COLLECT\" aggregation=\"MEAN\"><output/></decisionTable>"), "‘MEAN’", "SUM"),
        Fault(decision("1️⃣<decisionTable/>"), "no output"),
        Fault(decision("<decisionTable>1️⃣<output/><output name=\"b\"/></decisionTable>"), "give this one a name"),
        Fault(decision("<literalExpression 1️⃣expressionLanguage=\"urn:javascript\"><text>1</text></literalExpression>"), "‘urn:javascript’", "FEEL"),
        Fault(Models.definitions("1️⃣<decision id=\"d\" name=\"d\"><variable name=\"d\"/></decision>"), "no logic"),
        Fault(Models.definitions("1️⃣<decisionService id=\"s\" name=\"s\"/>"), "no output"),
        Fault(Models.definitions("<import name=\"x\" namespace=\"y\" 1️⃣importType=\"z\"/>"), "kind ‘z’"),
        Fault(Models.definitions("1️⃣<dicision id=\"d\"/>"), "‘dicision’"),
        Fault(decision("<literalExpression><text>1</text></literalExpression>", before: "<decision id=\"x\" name=\"x\"><variable name=\"x\"/><informationRequirement>1️⃣<requiredInput href=\"#j\"/></informationRequirement><literalExpression><text>1</text></literalExpression></decision>"), "‘j’, which is not there"),
        Fault(decision("<literalExpression><text>1</text></literalExpression>", before: "<inputData id=\"k\" name=\"k\"><variable name=\"k\" 1️⃣typeRef=\"nummber\"/></inputData>"), "‘nummber’", "did you mean ‘number’"),
        Fault("1️⃣<definitions xmlns=\"urn:other\"/>", "namespace"), Fault("1️⃣<html/>", "no DMN model"),
        Fault(decision("<literalExpression><text>1</text></literalExpression>", before: "<inputData id=\"k\" name=\"k\"/>1️⃣<inputData id=\"k\" name=\"k\"/>"), "used twice"),
        Fault(Models.definitions("<decision id=\"a\" name=\"a\"><variable name=\"a\"/><informationRequirement>1️⃣<requiredDecision href=\"#a\"/></informationRequirement><literalExpression><text>a</text></literalExpression></decision>"), "needs itself"),
    ]) func `what cannot be read is refused with place and mend`(fault: Fault) throws {
        let parts = fault.text.split(separator: "1️⃣", maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        let before = parts[0]
        let line = before.count { $0 == "\n" } + 1
        let column = (before.split(separator: "\n", omittingEmptySubsequences: false).last ?? "").unicodeScalars.count + 1
        let (model, diagnostics) = Models.read(String(parts[0] + parts[1]))
        #expect(model == nil)
        let first = try #require(diagnostics.first { diagnostic in fault.words.allSatisfy { diagnostic.message.contains($0) } }, "\(diagnostics.map { $0.description })")
        #expect(first.position == Position(line: line, column: column), "\(first.description)")
    }

    @Test func `several faults are reported at once`() {
        let (_, diagnostics) = Models.read(Models.table(inputs: ["x"], rules: [">= | 1", "1 | y", "(1..  | 2"]))
        #expect(diagnostics.count == 3, "\(diagnostics.map { $0.description })")
    }

    @Test func `requirements in a circle are refused`() {
        func decision(_ id: String, _ needs: String) -> String {
            "<decision id=\"\(id)\" name=\"\(id)\"><variable name=\"\(id)\"/><informationRequirement><requiredDecision href=\"#\(needs)\"/></informationRequirement><literalExpression><text>\(needs)</text></literalExpression></decision>"
        }
        let (model, diagnostics) = Models.read(Models.definitions(decision("a", "b") + decision("b", "c") + decision("c", "a")))
        #expect(model == nil)
        #expect(diagnostics.contains { $0.message.contains("needs itself") })
    }

    @Test func `a chain of decisions has a limit`() {
        var text = "<decision id=\"d0\" name=\"d0\"><variable name=\"d0\"/><literalExpression><text>1</text></literalExpression></decision>"
        for index in 1...2_000 {
            text += "<decision id=\"d\(index)\" name=\"d\(index)\"><variable name=\"d\(index)\"/><informationRequirement><requiredDecision href=\"#d\(index - 1)\"/></informationRequirement><literalExpression><text>d\(index - 1) + 1</text></literalExpression></decision>"
        }
        let (model, diagnostics) = Models.read(Models.definitions(text))
        #expect(model == nil)
        #expect(diagnostics.contains { $0.message.contains("chain of more than") })
    }

    @Test func `diagrams, notes and other tools' extensions are passed over`() throws {
        let text = ReaderTests.decision(
            "<description>x</description><literalExpression><description>y</description><text>age</text></literalExpression>",
            before: "<textAnnotation id=\"t\"><text>note</text></textAnnotation><extensionElements><x xmlns=\"urn:x\"/></extensionElements><di:DMNDI xmlns:di=\"urn:di\"><di:decisionService/></di:DMNDI>")
        #expect(try Models.model(text).evaluate("d", ["age": 3]).value == 3)
    }

    @Test func `random mutations of a model neither crash nor hang`() {
        var state: UInt64 = 0xD31
        func roll(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let seeds = [TraceTests.text, GraphTests.text, Models.table(policy: "COLLECT SUM", inputs: ["x", "y"], rules: ["> 1 | - | 2", "[1..2] | \"a\" | x"]), DecisionServiceTests.text, Models.definitions(ImportTests.main),
            BoxedTests.model("<for iteratorVariable=\"e\"><in><filter><in><literalExpression><text>[1, x, 3]</text></literalExpression></in><match><literalExpression><text>item > 1</text></literalExpression></match></filter></in><return><conditional><if><literalExpression><text>e > 2</text></literalExpression></if><then><literalExpression><text>partial</text></literalExpression></then><else><literalExpression><text>e</text></literalExpression></else></conditional></return></for>"),
        ].map { Array($0.utf8) }
        var readable = 0
        for _ in 0..<4_000 {
            var bytes = seeds[roll(seeds.count)]
            for _ in 0...roll(3) {
                let place = roll(bytes.count)
                switch roll(3) {
                case 0: bytes[place] = UInt8(roll(96) + 32)
                case 1: bytes.removeSubrange(place..<min(place + roll(30) + 1, bytes.count))
                default: bytes.insert(contentsOf: bytes[place..<min(place + roll(60), bytes.count)], at: roll(bytes.count))
                }
                if bytes.isEmpty { bytes = seeds[0] }
            }
            let (model, diagnostics) = Models.read(String(decoding: bytes, as: UTF8.self), beside: [ImportTests.persons], strictness: roll(2) == 0 ? .strict : .lenient)
            if let model {
                readable += 1
                for id in model.decisions.map({ $0.id }) + model.services.map({ $0.id }) { _ = model.evaluate(id, ["age": 17, "resident": true, "x": 2, "y": "a", "birth date": "2008-01-31"]).trace.json.canonical }
            } else {
                #expect(diagnostics.contains { $0.contains(": error: ") })
            }
        }
        #expect(readable > 100)
    }
}
