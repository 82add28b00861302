import FEEL
import Kernel
import Testing

/// A small generator of its own, so that a seed replays a run.
struct Dice {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func roll(_ bound: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(bound))
    }
}

@Suite("FEEL under random mutation") struct MutationTests {
    private static let seeds = [
        "if age >= 18 and name != null then \"y\" else \"n\"", "for x in [1, 2, 3], y in 1..x return x * y + partial[-1]", "some s in ships satisfies s.tons in [1..1000)",
        "ships[tons > 1000 and item.name != \"x\"][1].name", "{a: 1, \"b\": function(x: number) x ** 2, c: b(a)}.c", "years and months duration(birth date, today).years",
        "date and time(\"2026-01-31T10:30:00@Etc/UTC\") + duration(\"P1DT2H\")", "not(contains(name, \"a\")) or age between 1 and 5", "sort([3,1], function(a, b) a < b)",
        "@\"2026-01-31\" - @\"P1M\" instance of date", "(> 5), [1..5[, ]1..2], -", "string join(for i in 1..9 return string(i), \",\")", "number(\"1.000,5\", \".\", \",\") / 0", "a-b + a -b",
    ]
    private static let pieces = ["(", ")", "[", "]", "{", "}", "\"", ",", "..", ".", "?", "-", "not", "in", "if", "for", "1e999", "9999999999", "function", " ", "\\u", "@", "/*", "\u{1F415}", "0", "="]

    /// Each level may be read in two ways, so that forty of them would be read 2⁴⁰ times.
    @Test(arguments: ["1 in (not(", "1 in ((", "not(1 in (not(", "x in (y in (", "1 in (not([1] in (", "if 1 in (not(", "f(1 in (not("]) func `what could be read in very many ways is refused`(level: String) {
        for end in ["", "..", ")", "..2)", " 1..2)..3)", "}"] {
            let text = String(repeating: level, count: 40) + "1" + String(repeating: end, count: 40)
            #expect(throws: SyntaxError.self) { try Expression(parsing: text) }
            #expect(throws: SyntaxError.self) { try UnaryTests(parsing: text) }
        }
    }

    @Test func `tests inside one another are read`() throws {
        let text = String(repeating: "true in (not(", count: 21) + "false" + String(repeating: "))", count: 21)
        #expect(try Expression(parsing: text).evaluate(Scope()).value == true)
        #expect(try Expression(parsing: "(1 in ((0)..(3))) in ((true))").evaluate(Scope()).value == true)
    }

    @Test func `no text makes the reader or the evaluator crash or hang`() {
        var dice = Dice(0x5EED)
        var readable = 0
        for _ in 0..<60_000 {
            var scalars = Array(MutationTests.seeds[dice.roll(MutationTests.seeds.count)].unicodeScalars)
            for _ in 0...dice.roll(4) {
                let place = dice.roll(scalars.count + 1)
                switch dice.roll(4) {
                case 0 where place < scalars.count: scalars.remove(at: place)
                case 1: scalars.insert(contentsOf: MutationTests.pieces[dice.roll(MutationTests.pieces.count)].unicodeScalars, at: place)
                case 2 where place < scalars.count: scalars.swapAt(place, dice.roll(scalars.count))
                default:
                    let other = Array(MutationTests.seeds[dice.roll(MutationTests.seeds.count)].unicodeScalars)
                    scalars.insert(contentsOf: other.prefix(dice.roll(other.count)), at: place)
                }
            }
            let text = String(String.UnicodeScalarView(scalars))
            if let expression = try? Expression(parsing: text, names: Set(facts.keys)) {
                readable += 1
                let evaluation = expression.evaluate(Scope(facts))
                #expect(evaluation.problems.count <= Limits.problemsMax)
            }
            if let tests = try? UnaryTests(parsing: text, names: Set(facts.keys)) { _ = tests.matches(5, Scope(facts)) }
        }
        #expect(readable > 5_000)
    }
}
