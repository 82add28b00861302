import Decisions
import Definitions
import FEEL
import Kernel
import Testing

@Suite("Tables wherever they stand") struct ProofPlacesTests {
    static func tables(_ inside: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [PlacedTable] {
        try Models.model(Models.definitions(inside), sourceLocation: sourceLocation).placedTables()
    }

    static func input(_ name: String, _ type: String = "") -> String {
        "<inputData id=\"in-\(name)\" name=\"\(name)\"><variable name=\"\(name)\"\(type.isEmpty ? "" : " typeRef=\"\(type)\"")/></inputData>\n"
    }

    static func decision(_ id: String, inputs: [String] = [], decisions: [String] = [], knowledge: [String] = [], type: String = "", _ logic: String) -> String {
        "<decision id=\"\(id)\" name=\"\(id)\"><variable name=\"\(id)\"\(type.isEmpty ? "" : " typeRef=\"\(type)\"")/>"
            + inputs.map { "<informationRequirement><requiredInput href=\"#in-\($0)\"/></informationRequirement>" }.joined()
            + decisions.map { "<informationRequirement><requiredDecision href=\"#\($0)\"/></informationRequirement>" }.joined()
            + knowledge.map { "<knowledgeRequirement><requiredKnowledge href=\"#\($0)\"/></knowledgeRequirement>" }.joined() + logic + "</decision>\n"
    }

    static func literal(_ text: String) -> String { "<literalExpression><text>\(text.escaped)</text></literalExpression>" }

    static func words(_ inside: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> [[String]] {
        try tables(inside, sourceLocation: sourceLocation).map { ProofSketch.words(TableProof($0)) }
    }

    static let small = ProofSketch(columns: ["x: number"], rules: ["< 5 | 1", "> 5 | 2"]).table

    @Test func `in knowledge models, whose parameters are their inputs`() throws {
        let text = "<businessKnowledgeModel id=\"k\" name=\"k\"><variable name=\"k\"/><encapsulatedLogic><formalParameter name=\"x\" typeRef=\"number\"/><formalParameter name=\"y\" typeRef=\"boolean\"/>"
            + ProofSketch(columns: ["x", "y"], rules: ["< 5 | true | 1", ">= 5 | - | 2"]).table + "</encapsulatedLogic></businessKnowledgeModel>"
            + Self.decision("d", knowledge: ["k"], Self.literal("k(1, true)"))
        #expect(try Self.words(text) == [["gap: < 5; false", "refuted"]])
        #expect(try Self.tables(text).map { $0.owner } == ["k"])
    }

    @Test func `in contexts, whose entries may hang on the inputs`() throws {
        func context(_ columns: [String], _ rules: [String]) -> String {
            Self.input("x", "number") + Self.input("z", "number") + Self.decision("d", inputs: ["x", "z"],
                "<context><contextEntry><variable name=\"half\" typeRef=\"number\"/>\(Self.literal("x / 2"))</contextEntry><contextEntry>"
                    + ProofSketch(columns: columns, rules: rules).table + "</contextEntry></context>")
        }
        // An entry is computed, so that what is found is possible only; what is not found is not there.
        #expect(try Self.words(context(["half"], ["< 5 | 1", "> 5 | 2"])) == [["maybe gap: 5", "open"]])
        #expect(try Self.words(context(["half"], ["< 5 | 1", ">= 5 | 2"])) == [["proven"]])
        #expect(try Self.words(context(["x", "half"], ["< 5 | < 2.5 | 1", ">= 5 | - | 2"])) == [["maybe gap: < 5; >= 2.5", "open"]])
        #expect(try Self.words(context(["z"], ["< 5 | 1", "> 5 | 2"])) == [["gap: 5", "refuted"]])
    }

    @Test func `in functions, lists and invocations`() throws {
        let function = "<functionDefinition><formalParameter name=\"x\" typeRef=\"number\"/>\(Self.small)</functionDefinition>"
        let text = Self.input("x", "number") + Self.decision("a", function)
            + Self.decision("b", inputs: ["x"], "<list>\(Self.small)\(Self.literal("1"))</list>")
            + Self.decision("c", inputs: ["x"], "<context><contextEntry><variable name=\"f\"/>\(function)</contextEntry><contextEntry><invocation>\(Self.literal("f"))<binding><parameter name=\"x\"/>\(Self.small)</binding></invocation></contextEntry></context>")
        #expect(try Self.words(text) == [[String]](repeating: ["gap: 5", "refuted"], count: 4))
        #expect(try Self.tables(text).map { $0.owner } == ["a", "b", "c", "c"])
    }

    @Test func `over decisions, whose tables say what can come`() throws {
        let band = Self.decision("band", inputs: ["income"], ProofSketch(columns: ["income: number"], rules: ["< 100 | \"low\"", ">= 100 | \"high\""]).table)
        let inputs = Self.input("income", "number") + Self.input("age", "number")
        func table(_ columns: [String], _ rules: [String]) -> String {
            inputs + band + Self.decision("d", inputs: ["income", "age"], decisions: ["band"], ProofSketch(columns: columns, rules: rules).table)
        }
        #expect(try Self.words(table(["band: string"], ["\"low\" | 1", "\"high\" | 2"])).last == ["proven"])
        #expect(try Self.words(table(["band: string"], ["\"low\" | 1", "\"hihg\" | 2"])).last == ["gap: \"high\"", "idle 2 in 1", "refuted"])
        #expect(try Self.words(table(["band: string", "age: number"], ["\"low\" | - | 1", "\"high\" | < 18 | 2"])).last == ["gap: \"high\"; >= 18", "refuted"])
        // The band and the income hang together.
        #expect(try Self.words(table(["band: string", "income: number"], ["\"low\" | < 100 | 1", "\"high\" | >= 100 | 2"])).last == ["maybe gap: \"low\"; >= 100", "maybe gap: \"high\"; < 100", "open"])
        #expect(try Self.words(table(["band: string", "income: number"], ["\"low\" | - | 1", "- | < 200 | 2", "\"high\" | >= 200 | 3"])).last == ["maybe overlap 1 2 different: \"low\"; < 200", "open"])
    }

    @Test func `over decisions that compute`() throws {
        let score = Self.decision("score", inputs: ["income"], type: "number", Self.literal("income / 10"))
        let text = Self.input("income", "number") + score + Self.decision("d", decisions: ["score"], ProofSketch(columns: ["score"], rules: ["< 5 | 1", "> 5 | 2"]).table)
        #expect(try Self.words(text) == [["maybe gap: 5", "open"]])
    }

    @Test func `over types of the model and what they allow`() throws {
        let types = "<itemDefinition name=\"tSex\"><typeRef>string</typeRef><allowedValues><text>\"F\", \"M\"</text></allowedValues></itemDefinition>"
            + "<itemDefinition name=\"tAge\"><typeRef>number</typeRef><typeConstraint><text>[0..150]</text></typeConstraint></itemDefinition>"
            + "<itemDefinition name=\"tPerson\"><itemComponent name=\"age\"><typeRef>tAge</typeRef></itemComponent><itemComponent name=\"sex\"><typeRef>tSex</typeRef></itemComponent></itemDefinition>"
        func text(_ columns: [String], _ rules: [String]) -> String {
            types + Self.input("sex", "tSex") + Self.input("age", "tAge") + Self.input("person", "tPerson") + Self.decision("d", inputs: ["sex", "age", "person"], ProofSketch(columns: columns, rules: rules).table)
        }
        // The input's type holds where the column names none.
        #expect(try Self.words(text(["sex", "age"], ["\"F\" | - | 1", "\"M\" | [0..150] | 2"])) == [["proven"]])
        #expect(try Self.words(text(["sex: tSex", "age: tAge"], ["\"F\" | - | 1", "\"M\" | < 150 | 2"])) == [["gap: \"M\"; 150", "refuted"]])
        #expect(try Self.words(text(["sex", "age"], ["\"F\" | - | 1", "\"X\" | - | 2"])) == [["gap: \"M\"; -", "idle 2 in 1", "refuted"]])
        #expect(try Self.words(text(["s <- person.sex: tSex", "a <- person.age: tAge"], ["\"F\" | - | 1", "\"M\" | < 18 | 2"])) == [["gap: \"M\"; [18..150]", "refuted"]])
        #expect(try Self.words(text(["a <- person.age"], ["< 18 | 1", "> 18 | 2"])) == [["gap: 18", "refuted"]])
        // A column's own list narrows further.
        #expect(try Self.words(text(["age: tAge | < 18, 65"], ["< 18 | 1", "65 | 2"])) == [["proven"]])
        #expect(try Self.words(text(["age: tAge | < 18, 65"], ["[0..17] | 1", "65 | 2"])) == [["gap: (17..18)", "refuted"]])
    }

    @Test func `columns beyond the search are said to be`() throws {
        var limits = ProofLimits()
        limits.regionsMax = 20
        let sketch = ProofSketch(policy: "ANY", columns: ["a: number", "b: number", "c: number"], rules: (0..<30).map { "[\($0)..\($0 + 20)] | [\($0 % 7)..9] | < \($0 * 3 % 11) | 1" })
        #expect(try sketch.findings(limits: limits).contains("open regions"))
        limits.regionsMax = 100_000
        #expect(try sketch.findings(limits: limits).last == "refuted")
        limits.rulesMax = 29
        #expect(try sketch.findings(limits: limits) == ["open rules", "open"])
    }

    @Test func `a thousand rules over six columns are proven`() throws {
        // Boxes out of repeated cuts: disjoint and complete.
        var dice = ProofAgreementTests.Dice(state: 77)
        var boxes = [[ClosedRange<Int>](repeating: 0...1_000_000, count: 6)]
        while boxes.count < 1_000 {
            let box = dice.roll(boxes.count)
            let column = dice.roll(6)
            let side = boxes[box][column]
            guard side.count > 3 else { continue }
            let cut = side.lowerBound + 1 + dice.roll(side.count - 2)
            var other = boxes[box]
            boxes[box][column] = side.lowerBound...cut
            other[column] = cut...side.upperBound
            boxes.append(other)
        }
        var rules = boxes.enumerated().map { place, box in
            (box.map { side in
                side == 0...1_000_000 ? "-" : side.lowerBound == 0 ? "< \(side.upperBound)" : side.upperBound == 1_000_000 ? ">= \(side.lowerBound)" : "[\(side.lowerBound)..\(side.upperBound))"
            } + [String(place)]).joined(separator: " | ")
        }
        let columns = ["a", "b", "c", "d", "e", "f"].map { $0 + ": number" }
        #expect(try ProofSketch(columns: columns, rules: rules).findings() == ["proven"])
        // One rule less is one gap, of just that rule's size.
        let lost = rules.remove(at: 400)
        let findings = try ProofSketch(columns: columns, rules: rules).findings()
        #expect(findings == ["gap: " + lost.split(separator: " | ").dropLast().joined(separator: "; "), "refuted"])
    }
}
