import Decisions
import FEEL
import Kernel
import Testing

@Suite("Recomputing accounts") struct RecomputationTests {
    private typealias Unreadable = DecisionTrace.Unreadable

    /// As it comes back from where it was kept.
    private static func stored(_ trace: DecisionTrace) throws -> JSON { try JSON.parse(trace.json.canonical) }

    private func changed(_ json: JSON, _ path: [String], _ value: JSON?) -> JSON {
        guard let key = path.first else { return value ?? .null }
        if case .array(var items) = json, let place = Int(key) {
            items[place] = changed(items[place], Array(path.dropFirst()), value)
            return .array(items)
        }
        guard case .object(var object) = json else { return json }
        object[key] = path.count == 1 ? value : changed(object[key] ?? [:], Array(path.dropFirst()), value)
        return .object(object)
    }

    @Test(arguments: [
        TracedGraph.inputs, ["birth date": "2010-01-01", "province": "9", "fines": 0], [:], ["birth date": "x", "province": "10", "fines": "y"],
        ["birth date": nil, "fines": [1, 2]],
    ]) func `an account is the same when it is made again`(inputs: [String: Value]) throws {
        let trace = try TracedGraph.trace(inputs)
        let result = try DecisionTrace.recompute(try Self.stored(trace), with: try TracedGraph.model())
        #expect(result.isSame)
        #expect(result.stored == trace.digest)
        #expect(result.versions.isEmpty)
        #expect(result.differences.isEmpty)
        #expect(result.again.outcome.value == trace.outcome.value)
    }

    @Test func `it is the same from the form in memory, too`() throws {
        let trace = try TracedGraph.trace(["birth date": "1990-05-01", "province": "8", "fines": .number(Decimal128("0.25")!)])
        #expect(try DecisionTrace.recompute(trace.json, with: try TracedGraph.model()).isSame)
    }

    /// A decision that gives its input back.
    private static let echo = Models.definitions(
        """
        <inputData id="i" name="x"><variable name="x"/></inputData>
        <decision id="d" name="d"><variable name="d"/><informationRequirement><requiredInput href="#i"/></informationRequirement><literalExpression><text>x</text></literalExpression></decision>
        """)
    private static let zones = Zones(["Europe/Kyiv": .utc, "Etc/UTC": .utc])

    @Test(arguments: [
        "null", "true", "9007199254740992", "9007199254740993", "-0.1", "1234567890.123456789012345678901234", "1e300", "\"text\"", "\"2026-01-31\"", "\"\"", "date(\"2026-01-31\")",
        "date(\"-0044-03-15\")", "time(\"10:30:00.5\")", "time(\"10:30:00+05:30\")", "time(\"23:59:59Z\")", "date and time(\"2026-01-31T00:00:00\")",
        "date and time(\"2026-06-30T10:00:00.000000001-03:00\")", "date and time(\"2026-06-30T10:00:00@Europe/Kyiv\")", "duration(\"-P1DT0.5S\")", "duration(\"P1Y2M\")", "duration(\"PT0S\")", "duration(\"P0M\")",
        "[]", "[1, [2.5, null], \"a\"]", "[date(\"2026-01-31\"), \"2026-01-31\"]", "{}", "{b: 1, a: 2}", "{a: {z: 0.5, y: [duration(\"P1D\")]}, \"b / ~\": null}", "[1..5)", "(date(\"2026-01-01\")..date(\"2026-12-31\")]",
        "[\"a\"..\"b\"]", "(< 5)", "(>= duration(\"P1D\"))", "(!= 0.5)", "(= \"x\")", "[[1..2], {r: (0.5..0.75)}]",
    ]) func `every kind of value comes back exactly`(text: String) throws {
        let value = try Expression(parsing: text).evaluate(Scope(zones: Self.zones)).value
        #expect(text == "null" || value != .null)
        let trace = try Models.model(Self.echo).trace("d", ["x": value], facts: .init(zones: Self.zones))
        let result = try DecisionTrace.recompute(try Self.stored(trace), with: try Models.model(Self.echo), zones: Self.zones)
        #expect(result.isSame, "\(result.differences)")
        #expect(result.again.inputs[0].given == value)
        #expect(result.again.inputs[0].given?.innerText == value.innerText)
        #expect(result.again.outcome.value == value)
    }

    @Test func `the day, the time and the law's day are those of the account`() throws {
        let text = Models.definitions("<decision id=\"d\" name=\"d\"><variable name=\"d\"/><literalExpression><text>[today(), now()]</text></literalExpression></decision>")
        guard case .dateTime(let now) = try Expression(parsing: "date and time(\"2026-01-31T10:00:00@Europe/Kyiv\")").evaluate(Scope(zones: Self.zones)).value else { Issue.record("no time"); return }
        let facts = DecisionModel.Facts(today: CalendarDate("2026-01-31"), now: now, zones: Self.zones, law: CalendarDate("2020-01-01"))
        let trace = try Models.model(text).trace("d", [:], facts: facts)
        #expect(trace.json["lawDate"] == "2020-01-01")
        let result = try DecisionTrace.recompute(try Self.stored(trace), with: try Models.model(text), zones: Self.zones)
        #expect(result.isSame)
        #expect(result.again.setting(today: facts.today))
    }

    /// What is put where, as JSON (nothing: it is taken away), and the place that is named.
    struct Change: CustomTestStringConvertible, Sendable {
        let path: [String]
        let value: String?
        let pointer: String
        init(_ path: String, _ value: String?, _ pointer: String? = nil) {
            self.path = path.split(separator: "/").map(String.init)
            self.value = value
            self.pointer = pointer ?? "/" + path
        }
        var testDescription: String { "/\(path.joined(separator: "/")) \(value ?? "taken away")" }
    }

    private func changed(_ json: JSON, _ change: Change) throws -> JSON {
        changed(json, change.path, try change.value.map { try JSON.parse($0) })
    }

    @Test(arguments: [
        Change("value/outcome", "\"refuse\""), Change("matched/0/rule", "\"minor\""), Change("cells/1/0", "\"yes\""), Change("decisions/0/value", "17"),
        Change("matched/0/annotations/es", "\"Usted no cumple.\""), Change("law/0/name", "\"Ley 9\""), Change("status", "\"default\""), Change("problems", "[]"), Change("note", "1"),
        Change("hitPolicy", nil), Change("decisions/1/matched/0/number", "2"),
    ]) func `what was changed in an account is found`(change: Change) throws {
        let trace = try TracedGraph.trace()
        let result = try DecisionTrace.recompute(changed(try Self.stored(trace), change), with: try TracedGraph.model())
        #expect(!result.isSame)
        #expect(result.recomputed == trace.digest)
        #expect(result.differences.map { $0.pointer } == [change.pointer])
        #expect(result.versions.isEmpty)
    }

    @Test func `a changed input shows in what follows from it`() throws {
        let forged = changed(try Self.stored(try TracedGraph.trace(["birth date": "2010-01-01", "province": "8", "fines": 0])), ["inputs", "birth date", "given", "value"], "1990-01-01")
        let result = try DecisionTrace.recompute(forged, with: try TracedGraph.model())
        #expect(!result.isSame)
        #expect(result.differences.contains { $0.pointer == "/decisions/0/value" && $0.stored == 16 && $0.recomputed == 36 })
        #expect(result.differences.count <= DecisionTrace.Recomputation.differencesMax)
    }

    @Test func `other rules are named with the decision that they belong to`() throws {
        let result = try DecisionTrace.recompute(
            try Self.stored(try TracedGraph.trace()), with: try TracedGraph.model(TracedGraph.text(years: "years and months duration(from, to).years - 20")))
        #expect(!result.isSame)
        #expect(result.versions.map { $0.decision } == ["licence", "age"])
        #expect(result.versions[0].now != nil)
        #expect(result.differences.contains { $0.pointer == "/decisions/0/value" })
        #expect(!result.differences.contains { $0.pointer.hasSuffix("/version") })
    }

    @Test func `rules that changed without changing this outcome are named all the same`() throws {
        let result = try DecisionTrace.recompute(try Self.stored(try TracedGraph.trace()), with: try TracedGraph.model(TracedGraph.text(typeWords: "\"8\", \"9\", \"10\"")))
        #expect(!result.isSame)
        #expect(result.versions.map { $0.decision } == ["licence", "resident"])
        #expect(result.differences.isEmpty)
    }

    @Test func `a decision that is gone from the model is named`() throws {
        let result = try DecisionTrace.recompute(
            changed(try Self.stored(try TracedGraph.trace()), ["decisions", "0", "decision"], "edad"), with: try TracedGraph.model())
        #expect(result.versions.map { $0.decision } == ["edad"])
        #expect(result.versions.first?.now == nil)
    }

    @Test(arguments: [
        Change("", "[]", ""), Change("format", "\"v2\""), Change("format", nil), Change("decision", "3"), Change("decision", "\"licencia\""), Change("inputs", "[]"),
        Change("inputs/fines", "3"), Change("inputs/fines/value", nil), Change("inputs/fines/origin", nil), Change("inputs/fines/missing", "true", "/inputs/fines"),
        Change("inputs/birth date/given", "1", "/inputs/birth date/given/value"), Change("inputs/fines/type", "\"money\"", "/inputs/fines/value"),
        Change("inputs/fines", #"{"value":"1","type":"money","origin":"x"}"#, "/inputs/fines/type"),
        Change("inputs/fines", #"{"value":"2026-13-01","type":"date","origin":"x"}"#, "/inputs/fines/value"), Change("inputs/fines", #"{"value":1,"type":"date","origin":"x"}"#, "/inputs/fines/value"),
        Change("inputs/fines", #"{"value":"a","type":"number","origin":"x"}"#, "/inputs/fines/value"), Change("inputs/fines", #"{"value":[1],"type":{"list":[]},"origin":"x"}"#, "/inputs/fines/type/list"),
        Change("inputs/fines", #"{"value":1,"type":{"list":[null]},"origin":"x"}"#, "/inputs/fines/type/list"),
        Change("inputs/fines", #"{"value":[1,{"a":0}],"type":{"list":[null,{"context":[{"key":"a","type":"date"}]}]},"origin":"x"}"#, "/inputs/fines/value/1/value/a/value"),
        Change("inputs/fines", #"{"value":{"a":1},"type":{"context":[]},"origin":"x"}"#, "/inputs/fines/type/context"),
        Change("inputs/fines", #"{"value":{"a":1},"type":{"context":[{"key":"b"}]},"origin":"x"}"#, "/inputs/fines/type/context/0"),
        Change("inputs/fines", #"{"value":"x","type":{"range":{}},"origin":"x"}"#, "/inputs/fines/type/range"),
        Change("inputs/fines", #"{"value":"x","type":{"range":{"lowIncluded":true,"highIncluded":true,"comparison":"~"}},"origin":"x"}"#, "/inputs/fines/type/range/comparison"),
        Change("inputs/fines", #"{"value":"x","type":{"range":{"lowIncluded":true,"highIncluded":true,"low":1}},"origin":"x"}"#, "/inputs/fines/type/range/low"),
        Change("inputs/fines", #"{"value":null,"type":"function","origin":"x"}"#, "/inputs/fines/type"), Change("inputs/fines", #"{"value":1,"type":{},"origin":"x"}"#, "/inputs/fines/type"),
        Change("inputs/fines", #"{"value":1,"type":7,"origin":"x"}"#, "/inputs/fines/type"), Change("inputs/fines", #"{"value":"10:00:00@Europe/Kyiv","type":"time","origin":"x"}"#, "/inputs/fines/value"),
        Change("today", "\"2026\""), Change("today", "5"), Change("lawDate", "\"soon\""), Change("now", "\"10:00\""),
    ]) func `what is no account is refused with the place`(change: Change) throws {
        let stored = change.path.isEmpty ? [] : try changed(try Self.stored(try TracedGraph.trace()), change)
        let model = try TracedGraph.model()
        let error = #expect(throws: Unreadable.self) { try DecisionTrace.recompute(stored, with: model) }
        #expect(error?.pointer == change.pointer, "\(error?.description ?? "")")
        #expect(error?.message.isEmpty == false)
    }

    @Test func `random mutations of a stored account neither crash nor hang`() throws {
        var state: UInt64 = 0x7ACE
        func roll(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        let model = try TracedGraph.model()
        let seed = Array(try TracedGraph.trace(["birth date": "2010-01-01", "fines": [1, .date(CalendarDate("2026-01-31")!)]]).json.canonical.utf8)
        var read = 0
        for _ in 0..<3_000 {
            var bytes = seed
            for _ in 0...roll(2) {
                let place = roll(bytes.count)
                switch roll(3) {
                case 0: bytes[place] = UInt8(roll(96) + 32)
                case 1: bytes.removeSubrange(place..<min(place + roll(12) + 1, bytes.count))
                default: bytes.insert(contentsOf: bytes[place..<min(place + roll(30), bytes.count)], at: roll(bytes.count))
                }
            }
            guard let json = try? JSON.parse(bytes) else { continue }
            do {
                let result = try DecisionTrace.recompute(json, with: model)
                read += 1
                #expect(result.isSame == (result.differences.isEmpty && result.versions.isEmpty))
            } catch {
                #expect(!error.description.isEmpty)
            }
        }
        #expect(read > 50)
    }
}

extension DecisionTrace {
    fileprivate func setting(today: CalendarDate?) -> Bool { json["today"]?.string == today?.text }
}
