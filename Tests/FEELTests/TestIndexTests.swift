import FEEL
import Kernel
import Testing

@Suite("Columns of tests turned round") struct TestIndexTests {
    private static func column(_ cells: [String]) throws -> [UnaryTests] { try cells.map { try UnaryTests(parsing: $0) } }

    private static let values: [Value] = [
        nil, true, false, 0, 1, 2, 3, 4, 5, 6, 7, 99, -1, .number(Decimal128("2.5")!), "", "a", "b", "ä", "a\u{308}", "abc", "zz", .date(CalendarDate("2026-01-01")!),
        .date(CalendarDate("2026-06-30")!), .date(CalendarDate("2025-12-31")!), .date(CalendarDate("2026-12-31")!), [1], [], ["a": 1], .dayTime(.zero),
    ]

    /// Columns whose cells are of one kind.
    private static let columns: [[String]] = [
        ["1", "2", "3", "-"], ["< 3", "[3..5]", "(5..7)", ">= 7", "not(1)", "!= 2", "1, 5, 99"], ["(1..3)", "[1..3)", "(1..3]", "]1..3[", "<= 2.5", "> 2.5", "[2.5..2.5]", "(= 3)", "(!= 3)", "not(> 3)"],
        ["\"a\"", "\"b\", \"zz\"", "not(\"a\", \"b\")", "-", "!= \"a\"", "\"ä\"", "\"a\u{308}\"", "\"\""], ["true", "false", "-", "not(true)", "!= false", "true, false"],
        ["@\"2026-01-01\"", "[@\"2026-01-01\"..@\"2026-06-30\"]", "> @\"2026-06-30\"", "not(< @\"2026-01-01\")", "-"], ["-", "-"], ["[1, 2, 3]", "[2.5]", "[]"], ["[[1..2], 5]", "-"],
        [],
    ]

    @Test(arguments: columns) func `a value's set has the tests that the value meets, each asked alone`(cells: [String]) throws {
        let tests = try Self.column(cells)
        let index = try #require(TestIndex(tests))
        for value in Self.values {
            guard let set = index.set(of: value) else { continue }
            for (place, test) in tests.enumerated() {
                let isMet = index.word(place / 64, ofSet: set) >> UInt64(place % 64) & 1 == 1
                #expect(isMet == (test.matches(value, Scope()) == true), "\(cells[place]) asked of \(value.innerText)")
            }
        }
    }

    @Test func `values of another kind are left to the evaluator, which says why`() throws {
        let numbers = try #require(TestIndex(try Self.column(["1", "> 5"])))
        #expect(numbers.set(of: "a") == nil)
        #expect(numbers.set(of: nil) == nil)
        #expect(numbers.set(of: 1) != nil)
        #expect(try #require(TestIndex(try Self.column(["-"]))).set(of: nil) == 0)
    }

    @Test(arguments: [["1", "\"a\""], ["? > 5"], ["> x"], ["null"], ["@\"10:00:00\""], ["1", "not(null)"], ["[\"a\"..\"b\"]"], ["today()"]]) func `columns of several kinds, or that are no constants, are not turned round`(
        cells: [String]
    ) throws {
        #expect(TestIndex(try Self.column(cells)) == nil)
    }

    @Test func `thousands of random cells answer as when asked alone`() throws {
        var state: UInt64 = 0xC01
        func roll(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        var cells: [String] = []
        for _ in 0..<2_000 {
            let low = roll(100), high = low + roll(20)
            switch roll(6) {
            case 0: cells.append("\(low)")
            case 1: cells.append("\(roll(2) == 0 ? "<" : ">=") \(low)")
            case 2: cells.append("\(roll(2) == 0 ? "[" : "(")\(low)..\(high + 1)\(roll(2) == 0 ? "]" : ")")")
            case 3: cells.append("not(\(low), [\(high)..\(high + 5)])")
            case 4: cells.append("\(low), \(high), > \(high + 50)")
            default: cells.append("-")
            }
        }
        let tests = try Self.column(cells)
        let index = try #require(TestIndex(tests))
        #expect(index.words == 32)
        for number in -1...150 {
            let value = Value.number(Decimal128(number))
            let set = try #require(index.set(of: value))
            for (place, test) in tests.enumerated() {
                let isMet = index.word(place / 64, ofSet: set) >> UInt64(place % 64) & 1 == 1
                #expect(isMet == (test.matches(value, Scope()) == true))
            }
        }
    }

    @Test func `a column that would need too much room is asked test by test`() throws {
        let cells = (0..<12_000).map { "\($0)" }
        #expect(TestIndex(try Self.column(cells)) == nil)
        #expect(TestIndex(try Self.column(Array(cells.prefix(5_000)))) != nil)
    }
}
