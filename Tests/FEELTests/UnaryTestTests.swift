import FEEL
import Kernel
import Testing

@Suite("FEEL unary tests") struct UnaryTestTests {
    private func matches(_ text: String, _ input: Value) throws -> Bool? {
        try UnaryTests(parsing: text, names: ["limit"]).matches(input, Scope(["limit": 18]))
    }

    @Test(arguments: [
        ("-", nil, true), ("18", 18, true), ("18", 17, false), (">= 18", 18, true), (">= 18", 17, false), (">= 18", nil, nil), (">= 18", "x", nil), ("> limit", 19, true),
        ("[18..65]", 65, true), ("[18..65)", 65, false), ("(18..65)", 18, false), ("< 1, > 9", 10, true), ("\"a\", \"b\"", "b", true), ("\"a\", \"b\"", "c", false),
        ("not(\"a\", \"b\")", "c", true), ("not(\"a\", \"b\")", "a", false), ("not(> 5)", 6, false), ("not(> 5)", nil, nil), ("null", nil, true), ("null", 1, false), ("not(null)", 1, true),
        ("not(null)", nil, false), ("true", true, true), ("true", false, false), ("false", nil, false), ("[1, 2, 3]", 2, true), ("? > 3 and ? < 5", 4, true), ("contains(?, \"x\")", "axb", true),
        ("not(contains(?, \"x\"))", "axb", false), ("= 3", 3, true), ("!= 3", 3, false), ("limit", 18, true), ("limit + 1", 19, true), ("-5", -5, true), ("- 5", -5, true), ("\"a\"", nil, false),
        ("date(\"2026-01-31\")", .date(CalendarDate("2026-01-31")!), true), (">= @\"2026-01-31\"", .date(CalendarDate("2026-02-01")!), true),
        ("[@\"2026-01-01\"..@\"2026-12-31\"]", .date(CalendarDate("2026-02-01")!), true),
    ] as [(String, Value, Bool?)]) func `a cell is met, not met or unknown`(text: String, input: Value, expected: Bool?) throws {
        #expect(try matches(text, input) == expected)
    }

    @Test func `constants are answered at a glance as the evaluator would`() throws {
        let cells = ["5", "> 5", ">= 5", "< 5", "<= 5", "[5..7]", "(5..7)", "\"a\"", "true", "5, 9", "not(5, 9)", "not(> 5, \"a\")", "@\"2026-01-31\""]
        let inputs: [Value] = [4, 5, 6, 7, 9, "a", "b", true, false, nil, .date(CalendarDate("2026-01-31")!), [5], 5.5]
        for cell in cells {
            for input in inputs {
                let quick = try UnaryTests(parsing: cell).matches(input, Scope())
                let slow = try Expression(parsing: "v in (\(cell))", names: ["v"]).evaluate(Scope(["v": input])).value
                #expect(quick == slow.boolean, "\(cell) of \(input)")
            }
        }
    }

    @Test(arguments: [("", 0), (">", 1), ("1,", 2), ("not(1", 5), ("[1..", 4), ("1 2", 2)]) func `a cell that cannot be read says where`(text: String, offset: Int) {
        let error = #expect(throws: SyntaxError.self) { try UnaryTests(parsing: text) }
        #expect(error?.offset == offset, "\(error?.reason ?? "")")
    }
}

extension Value: ExpressibleByFloatLiteral {
    package init(floatLiteral value: Double) { self = .number(Decimal128("\(value)")!) }
}

@Suite("FEEL values") struct ValueTests {
    @Test func `values go to JSON and come back`() throws {
        let json = try JSON.parse("{\"a\":[1,2.5,\"x\",true,null],\"b\":{\"c\":\"2026-01-31\"}}")
        #expect(Value(json: json).json == json)
        #expect(Value.date(CalendarDate("2026-01-31")!).json == "2026-01-31")
    }

    @Test func `contexts keep their order, and are equal in any`() {
        var one = Context()
        var other = Context()
        for index in 0..<40 { one["k\(index)"] = .number(Decimal128(index)) }
        for index in (0..<40).reversed() { other["k\(index)"] = .number(Decimal128(index)) }
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one.keys.first == "k0" && other.keys.first == "k39")
        one["k3"] = nil
        #expect(one["k3"] == nil && one["k39"] == 39 && one.count == 39)
    }

    @Test(arguments: ["P1Y2M", "-P3DT4H5M6.7S", "PT0S", "P0M", "-PT0.5S", "P999999999Y"]) func `durations are written as they were read`(text: String) throws {
        #expect(try evaluate("duration(\"\(text)\")").value.innerText == text)
    }
}
