import Decisions
import FEEL
import Kernel
import Testing

@Suite("Traces") struct TraceTests {
    static let text = Models.table(
        inputs: ["age", "resident"], outputs: ["outcome"], annotations: ["es", "en", "uk", "law"],
        rules: [
            ">= 18 | true | \"granted\" | Usted cumple. | You qualify. | Ви відповідаєте. | art. 3", "< 18 | - | \"refused\" | Menor. | Too young. | Замолоді. | art. 3.1",
            ">= 18 | false | \"refused\" | No reside. | Not a resident. | Не мешканець. | art. 4",
        ])

    @Test func `the matched rule brings its sentence per language and its law`() throws {
        let outcome = try Models.model(TraceTests.text).evaluate("d", ["age": 17, "resident": true])
        #expect(outcome.outputs == ["outcome": "refused"])
        #expect(outcome.sentence("es") == "Menor.")
        #expect(outcome.sentence("uk") == "Замолоді.")
        #expect(outcome.law == "art. 3.1")
        #expect(outcome.matched.map { $0.rule.id } == ["r2"])
    }

    @Test func `on a refusal the nearest welcome rule names the cells that failed`() throws {
        let trace = try Models.model(TraceTests.text).evaluate("d", ["age": 17, "resident": true]).trace
        let nearest = try #require(trace.nearest { $0["outcome"] == "granted" })
        #expect(nearest.rule.id == "r1")
        #expect(nearest.failing == [DecisionTrace.FailingCell(input: "age", value: 17, test: ">= 18", answer: .no, demands: [.greaterOrEqual(18)])])
        #expect(nearest.json["failing"]?[0]?["wants"] == [["greaterOrEqual": 18]])
    }

    @Test func `unknown is kept apart from no`() throws {
        let outcome = try Models.model(TraceTests.text).evaluate("d", ["age": 20, "resident": nil])
        #expect(outcome.status == .noRule)
        #expect(outcome.trace.cells == [[.yes, .unknown], [.no, .yes], [.yes, .unknown]])
        #expect(outcome.trace.nearest()?.failing.map { $0.answer } == [.unknown])
    }

    @Test func `the account is canonical JSON that says it all`() throws {
        let json = try Models.model(TraceTests.text).evaluate("d", ["age": 17, "resident": true]).trace.json
        #expect(json["inputs"] == ["age": ["value": 17, "origin": "given"], "resident": ["value": true, "origin": "given"]])
        #expect(json["status"] == "decided")
        #expect(json["cells"] == [["no", "yes"], ["yes", "yes"], ["no", "no"]])
        #expect(json["matched"]?[0]?["annotations"]?["law"] == "art. 3.1")
        #expect(json["matched"]?[0]?["number"] == 2)
        #expect(json["value"] == "refused")
        #expect(try JSON.parse(json.canonical) == json)
        #expect(json.canonical == (try Models.model(TraceTests.text).evaluate("d", ["resident": true, "age": 17]).trace.json.canonical))
    }

    @Test func `without a match the nearest rule is in the account`() throws {
        let json = try Models.model(TraceTests.text).evaluate("d", ["age": 20]).trace.json
        #expect(json["nearest"]?["rule"] == "r1")
        #expect(json["nearest"]?["failing"]?[0]?["answer"] == "unknown")
        #expect(json["problems"]?[0]?["reason"] == "unknownName")
    }
}
