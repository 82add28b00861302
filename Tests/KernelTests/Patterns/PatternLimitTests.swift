import Kernel
import Testing

@Suite("Patterns that want too much")
struct PatternLimitTests {
    @Test(arguments: ["^(a+)+$", "^(a|a)*$", "^(a*)*$", "^(?:a|aa)+$", "^(a?){30}a{30}$", "^((a+)+)+$", "(x+x+)+y", "^(?:.*a){12}$", "^(?:(?=a+)a)*$"])
    func `one that explodes elsewhere answers here`(_ text: String) throws {
        let pattern = try Pattern(text)
        // The searched text makes plain backtracking take a number of steps that is exponential in its length.
        let answer = pattern.search(String(repeating: "a", count: 400) + "!")
        #expect(answer == .absent)
    }

    @Test func `the noting of visited places changes no answer`() throws {
        let pattern = try Pattern("^(?:a|b|ab|ba|(?<=a)b)*c$")
        for length in [10, 100, 1_000, 5_000] {
            let body = String(repeating: "abba", count: length)
            #expect(pattern.search(body + "c") == .found)
            #expect(pattern.search(body) == .absent)
            #expect(pattern.search(body + "d") == .absent)
        }
    }

    @Test func `a look inside a loop is judged anew at each place`() throws {
        let pattern = try Pattern("^(?:(?:a|b)(?=(?:a|b|ab)*c))+c$")
        let body = String(repeating: "ab", count: 300)
        #expect(pattern.search(body + "c") == .found)
        #expect(pattern.search(body + "d") == .absent)
    }

    @Test func `back-references end at the step limit, undecided`() throws {
        let pattern = try Pattern("^(?:(a*)(a*)(a*)(a*)\\1\\2\\3\\4)*b$")
        let text = String(repeating: "a", count: 60)
        #expect(pattern.search(text) == .undecided)
        #expect(throws: PatternLimitReached.self) { try pattern.firstMatch(in: text) }
    }

    @Test func `searches share a budget`() throws {
        let pattern = try Pattern("^[a-z]*$")
        var steps = 1_000
        #expect(pattern.search(String(repeating: "a", count: 600), steps: &steps) == .found)
        #expect((1...399).contains(steps))
        #expect(pattern.search(String(repeating: "a", count: 600), steps: &steps) == .undecided)
        #expect(steps <= 0)
    }

    @Test func `a long text is read in one go`() throws {
        let text = String(repeating: "línea de texto, ", count: 20_000)
        #expect(try Pattern("^[^<>]*$").search(text) == .found)
        #expect(try Pattern("<script").search(text) == .absent)
        #expect(try Pattern("texto, $").search(text) == .found)
    }

    @Test(arguments: [
        String(repeating: "a", count: Pattern.lengthLimit + 1),
        String(repeating: "(", count: 5_000),
        String(repeating: "(?:", count: 5_000) + "a" + String(repeating: ")", count: 5_000 / 2),
        String(repeating: "[", count: 9_000),
        String(repeating: "()", count: Pattern.groupLimit + 1),
        "(?:a{1,9}b){99999}",
        "(?:(?:(?:ab){1,1000}){1,1000}){1,1000}",
        "(?:ab){2000000000000000000000}",
    ])
    func `beyond a limit it is refused`(_ text: String) {
        #expect(throws: PatternError.self) { try Pattern(text) }
    }

    @Test func `repeating nothing is nothing`() throws {
        let nothing = try Pattern("^(?:(?:(?:a{0}){9999}){9999}){9999}(?:){99999999}(?:(?:)*)*$")
        #expect(nothing.search("") == .found)
        #expect(nothing.search("a") == .absent)
        let single = try Pattern("^a{2,999999999}$")
        #expect(single.search("aaaa") == .found)
        #expect(single.search("a") == .absent)
    }
}

@Suite("Random patterns")
struct PatternPropertyTests {
    /// A pattern small enough to be matched by derivatives (Brzozowski 1964), which share nothing with the machine.
    private indirect enum Sample {
        case nothing, empty
        case letter(Character)
        case any
        case both(Sample, Sample)
        case either(Sample, Sample)
        case many(Sample)

        var text: String {
            switch self {
            case .nothing: "[]"
            case .empty: "(?:)"
            case .letter(let letter): String(letter)
            case .any: "[^]"
            case .both(let one, let other): one.text + other.text
            case .either(let one, let other): "(?:" + one.text + "|" + other.text + ")"
            case .many(let body): "(" + body.text + ")*"
            }
        }

        var isNullable: Bool {
            switch self {
            case .nothing, .letter, .any: false
            case .empty, .many: true
            case .both(let one, let other): one.isNullable && other.isNullable
            case .either(let one, let other): one.isNullable || other.isNullable
            }
        }

        func derived(by letter: Character) -> Sample {
            switch self {
            case .nothing, .empty: return .nothing
            case .letter(let own): return own == letter ? .empty : .nothing
            case .any: return .empty
            case .both(let one, let other):
                let first = Sample.joined(one.derived(by: letter), other)
                return one.isNullable ? Sample.chosen(first, other.derived(by: letter)) : first
            case .either(let one, let other): return Sample.chosen(one.derived(by: letter), other.derived(by: letter))
            case .many(let body): return Sample.joined(body.derived(by: letter), self)
            }
        }

        static func joined(_ one: Sample, _ other: Sample) -> Sample {
            if case .nothing = one { return .nothing }
            if case .empty = one { return other }
            return .both(one, other)
        }

        static func chosen(_ one: Sample, _ other: Sample) -> Sample {
            if case .nothing = one { return other }
            if case .nothing = other { return one }
            return .either(one, other)
        }

        static func random(_ depth: Int, _ generator: inout SampleGenerator) -> Sample {
            switch Int.random(in: 0..<(depth > 0 ? 9 : 4), using: &generator) {
            case 0: .empty
            case 1: .any
            case 2: .letter("b")
            case 3: .letter("a")
            case 4, 5: .both(random(depth - 1, &generator), random(depth - 1, &generator))
            case 6, 7: .either(random(depth - 1, &generator), random(depth - 1, &generator))
            default: .many(random(depth - 1, &generator))
            }
        }
    }

    @Test(arguments: 0..<8)
    func `the machine agrees with derivatives`(_ seed: Int) throws {
        var generator = SampleGenerator(seed: UInt64(seed))
        for _ in 0..<400 {
            let sample = Sample.random(5, &generator)
            let pattern = try Pattern("^" + sample.text + "$")
            for _ in 0..<6 {
                var text = ""
                for _ in 0..<Int.random(in: 0..<8, using: &generator) { text += ["a", "b", "é"].randomElement(using: &generator) ?? "" }
                var rest = sample
                for letter in text { rest = rest.derived(by: letter) }
                #expect(pattern.search(text) == (rest.isNullable ? .found : .absent), "^\(sample.text)$ on '\(text)'")
            }
        }
    }

    @Test(arguments: 0..<4)
    func `any text is a pattern or is refused, and its search ends`(_ seed: Int) {
        let pieces = [
            "a", "b", "é", "0", "-", "\\", "(", ")", "(?:", "(?=", "(?<!", "(?<n>", "\\k<n>", "[", "]", "[^", "|", "*", "+", "?", "{2}",
            "{0,3}", "{", "}", ",", "^", "$", ".", "\\d", "\\W", "\\b", "\\1", "\\u00e9", "\\p{L}", "\\p{Script=Greek}", "\\p{", "-[",
        ]
        var generator = SampleGenerator(seed: 100 + UInt64(seed))
        var accepted = 0
        for round in 0..<3_000 {
            var text = ""
            for _ in 0..<Int.random(in: 0..<12, using: &generator) { text += pieces.randomElement(using: &generator) ?? "" }
            do throws(PatternError) {
                let pattern = try Pattern(text, dialect: round % 2 == 0 ? .ecmaScript : .xpath)
                accepted += 1
                _ = pattern.search("aab-é01 ébba")
            } catch {
                #expect(error.offset <= text.unicodeScalars.count)
            }
        }
        #expect(accepted > 100)
    }
}

/// The same random numbers on every run (SplitMix64).
struct SampleGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
