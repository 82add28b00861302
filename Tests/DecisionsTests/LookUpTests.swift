import Decisions
import FEEL
import Kernel
import Testing

@Suite("Tables that are looked up") struct LookUpTests {
    private static func large(_ policy: String, last: String = "-") throws -> DecisionModel {
        var rules: [String] = []
        for rule in 0..<500 { rules.append("\"P\(rule / 10)\" | [\(rule % 10 * 100)..\(rule % 10 * 100 + 100)) | - | \(rule)") }
        rules.append("\"P7\" | > 250 | \(last) | 1000")
        return try Models.model(Models.table(policy: policy, inputs: ["x", "y", "z"], rules: rules))
    }

    @Test(arguments: [("UNIQUE", "null"), ("FIRST", "73"), ("ANY", "null"), ("COLLECT", "[73, 1000]"), ("COLLECT SUM", "1073"), ("RULE ORDER", "[73, 1000]")]) func `hundreds of rules follow every policy`(
        policy: String, expected: String
    ) throws {
        let model = try Self.large(policy)
        #expect(model.evaluate("d", ["x": "P7", "y": 350, "z": 1]).value.innerText == expected)
        #expect(model.evaluate("d", ["x": "P49", "y": 999, "z": 1]).matched.map { $0.place } == [499])
        #expect(model.evaluate("d", ["x": "P50", "y": 999, "z": 1]).matched.isEmpty)
    }

    @Test func `looked up, asked one by one and traced are the same`() throws {
        // The condition in the last column keeps the whole table from being looked up; its cells are asked only where the others match.
        for (fast, slow) in [(try Self.large("COLLECT"), try Self.large("COLLECT", last: "? = ?")), (try Self.large("FIRST"), try Self.large("FIRST", last: "? = ?"))] {
            for x: Value in ["P0", "P7", "P49", "Q", nil, 7] {
                for y: Value in [0, 99, 100, 250, 251, 999, 1_000, nil, "a"] {
                    let inputs: [String: Value] = ["x": x, "y": y, "z": 1]
                    let looked = fast.evaluate("d", inputs), asked = slow.evaluate("d", inputs), traced = fast.trace("d", inputs)
                    #expect(looked.value == asked.value)
                    #expect(looked.value == traced.outcome.value)
                    #expect(looked.problems == traced.outcome.problems)
                    #expect(looked.matched.map { $0.place } == asked.matched.map { $0.place })
                }
            }
        }
    }

    @Test func `a value outside the column's allowed values is refused before it is looked up`() throws {
        let text = Models.definitions(
            """
            <inputData id="i" name="x"><variable name="x"/></inputData>
            <decision id="d" name="d"><variable name="d"/><informationRequirement><requiredInput href="#i"/></informationRequirement>
            <decisionTable><input label="x"><inputExpression typeRef="string"><text>x</text></inputExpression><inputValues><text>"a", "b"</text></inputValues></input><output/>
            <rule><inputEntry><text>-</text></inputEntry><outputEntry><text>1</text></outputEntry></rule></decisionTable></decision>
            """)
        let model = try Models.model(text)
        #expect(model.evaluate("d", ["x": "a"]).problems.isEmpty)
        let outcome = model.evaluate("d", ["x": "c"])
        #expect(outcome.problems.first?.message.contains("\"a\", \"b\"") == true)
        #expect(model.evaluate("d", ["x": 5]).problems.first?.reason == .wrongType)
    }

    @Test func `a decision made ready answers as by name`() throws {
        let model = try TracedGraph.model()
        let prepared = try #require(model.prepared("licence"))
        #expect(prepared.inputs == ["birth date", "province", "fines"])
        for inputs in [TracedGraph.inputs, ["birth date": "2010-01-01"], [:], ["birth date": "x", "province": "10", "fines": nil]] {
            let one = prepared.evaluate(prepared.inputs.map { inputs[$0] }, facts: TracedGraph.facts), other = model.evaluate("licence", inputs, facts: TracedGraph.facts)
            #expect(one.value == other.value)
            #expect(one.problems == other.problems)
            #expect(one.trace.digest == other.trace.digest)
        }
        #expect(model.prepared("licencia") == nil)
    }
}
