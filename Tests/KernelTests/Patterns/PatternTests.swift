import Kernel
import Testing

@Suite("Patterns in ECMA-262's Unicode dialect")
struct PatternTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let pattern: String
        let found: [String]
        let absent: [String]
        var testDescription: String { pattern }

        init(_ pattern: String, found: [String] = [], absent: [String] = []) {
            self.pattern = pattern
            self.found = found
            self.absent = absent
        }
    }

    static let cases = [
        Case("", found: ["", "a"]),
        Case("abc", found: ["abc", "xabcx"], absent: ["", "ab", "abd"]),
        Case("^a*$", found: ["", "aaa"], absent: ["b", "aab"]),
        Case("^abc$", found: ["abc"], absent: ["abc\n"]),
        Case("a|^$", found: ["", "ba"], absent: ["b"]),
        Case("^(?:ab|a)(?:c|bcd)$", found: ["abc", "abcd", "abbcd", "ac"], absent: ["abcdx", "bc"]),
        Case("^a{2}$", found: ["aa"], absent: ["a", "aaa"]),
        Case("^a{2,}$", found: ["aa", "aaaa"], absent: ["a"]),
        Case("^(?:ab){1,2}$", found: ["ab", "abab"], absent: ["", "ababab"]),
        Case("^[0-9]{1,3}?-$", found: ["1-", "123-"], absent: ["-", "1234-"]),
        Case("^[^a-c]$", found: ["d", "é", "\n"], absent: ["a", "b", ""]),
        Case("^[]$", absent: ["", "a"]),
        Case("^[^]$", found: ["a", "\n"], absent: ["", "ab"]),
        Case("^[\\]\\-a]+$", found: ["]-a"], absent: ["\\"]),
        Case("^[a-]+$", found: ["a-"], absent: ["b"]),
        Case("^[\\d-]+$", found: ["1-2"], absent: ["a"]),
        Case("^.$", found: ["a", "é", "𝒳", " "], absent: ["", "\n", "\r", "\u{2028}", "ab"]),
        Case("^\\w+$", found: ["aZ_9"], absent: ["é", "-"]),
        Case("^\\W$", found: ["é", "-"], absent: ["a"]),
        Case("^[\\W_]$", found: ["é", "_"], absent: ["a"]),
        Case("^[^\\W_]$", found: ["a"], absent: ["é", "_"]),
        Case("^\\s$", found: [" ", "\t", "\u{A0}", "\u{FEFF}", "\u{2029}"], absent: ["\u{180E}", "a"]),
        Case("^\\p{Lu}\\p{Ll}*$", found: ["Éric", "Ольга"], absent: ["éric", "ОЛЬГА"]),
        Case("^\\P{L}$", found: ["1"], absent: ["a"]),
        Case("^[^\\p{L}\\p{Nd}]$", found: ["-"], absent: ["é", "9", "৪"]),
        Case("^\\p{Script=Cyrillic}+$", found: ["Їжак"], absent: ["Jizak"]),
        Case("^\\p{sc=Latn}+$", found: ["España"], absent: ["1"]),
        Case("^\\p{Alphabetic}\\p{ASCII_Hex_Digit}$", found: ["Жf"], absent: ["1f", "Жg"]),
        Case("^\\p{digit}+$", found: ["42", "৪২"], absent: ["a"]),
        Case("^\\u00e9\\x41\\u{1F432}\\ud83d\\udc32\\cJ\\0$", found: ["éA🐲🐲\n\0"]),
        Case("^🐲*$", found: ["", "🐲🐲"], absent: ["🐉"]),
        Case("\\bco\\b", found: ["a co b", "co"], absent: ["cob", "aco"]),
        Case("a\\Bb", found: ["ab"], absent: ["a b"]),
        Case("^(?=.*[0-9])(?!.*x)[a-z0-9]+$", found: ["a1"], absent: ["ab", "x1", ""]),
        Case("(?<=\\$)\\d+", found: ["a$5"], absent: ["5", "€5"]),
        Case("(?<!\\$)\\b\\d+", found: ["5", "€5"], absent: ["$5"]),
        Case("(?<=a(?:b|cd))e", found: ["abe", "acde"], absent: ["ace", "be"]),
        Case("^(?<=)(?:(?=a)a)+$", found: ["aa"], absent: ["ab"]),
        Case("^(a+)-\\1$", found: ["a-a", "aa-aa"], absent: ["aa-a"]),
        Case("^(?<x>[a-z])\\k<x>$", found: ["aa"], absent: ["ab"]),
        Case("^\\k<x>(?<x>a)$", found: ["a"], absent: ["aa"]),
        Case("^(?:(a)|b)*\\1$", found: ["ab", "aa", "b"], absent: ["abc"]),
        Case("^(?:a?)*?$", found: ["", "aa"], absent: ["b"]),
        Case("^(?:(?:a*)*)*b$", found: ["b", "aaab"], absent: ["aaa"]),
        Case("^(?:|a)+$", found: ["", "aa"], absent: ["b"]),
        Case("(?:^a|b)c", found: ["ac", "xbc"], absent: ["xac"]),
        Case("^\\/\\^\\$\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|$", found: ["/^$.*+?()[]{}|"]),
        Case("^(PE|E|N|([1-9]|1[0-3])(AV|PI)?)-[0-9]{1,4}-[0-9]{1,6}$", found: ["8-123-45678", "13AV-1-1", "PE-12-345"], absent: ["14-1-1", "8-12345-1"]),
        Case("^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", found: ["gob.pa", "a-b.example.com"], absent: ["-a.pa", "a-.pa"]),
    ]

    @Test(arguments: cases)
    func `a pattern finds what it should and nothing else`(_ example: Case) throws {
        let pattern = try Pattern(example.pattern)
        for text in example.found { #expect(pattern.search(text) == .found, "\(text)") }
        for text in example.absent { #expect(pattern.search(text) == .absent, "\(text)") }
    }

    static let faults: [(pattern: String, offset: Int)] = [
        ("a**", 2), ("*a", 0), ("a{2,1}", 1), ("a{", 1), ("a{,3}", 1), ("{", 0), ("}", 0), ("]", 0), ("(", 0), ("a(b", 1), ("a)", 1),
        ("[a", 0), ("[b-a]", 1), ("[\\d-x]", 1), ("\\", 0), ("\\a", 0), ("\\-", 0), ("a\\Z", 1), ("\\1", 0), ("(a)\\2", 3),
        ("\\k<x>", 0), ("\\ka", 0), ("(?<x>a)(?<x>b)", 10), ("(?<1>a)", 3), ("(?<>a)", 3), ("(?#a)", 0), ("(?=a)*", 0), ("^*", 1), ("\\b+", 2),
        ("\\p{Foo}", 0), ("\\p{L", 0), ("\\pL", 0), ("\\p{Script=Klingon}", 0), ("\\u{110000}", 0), ("\\u12", 0), ("\\x1", 0), ("\\c1", 0),
        ("\\01", 0), ("a??b?+", 5),
    ]

    @Test(arguments: faults)
    func `what is no pattern is refused at its place`(_ pattern: String, _ offset: Int) {
        let error = #expect(throws: PatternError.self) { try Pattern(pattern) }
        #expect(error?.reason.isEmpty == false)
        let marks: [String: Int] = ["^*": 0, "\\b+": 0, "(?#a)": 1]
        #expect(error?.offset == marks[pattern] ?? offset, "\(error?.reason ?? "")")
    }

    @Test func `a match knows its groups`() throws {
        let pattern = try Pattern("(?<day>\\d\\d)\\.(\\d\\d)(?:\\.(\\d+))?")
        #expect(pattern.groupCount == 3)
        #expect(pattern.groupNames == ["day": 1])
        let match = try #require(try pattern.firstMatch(in: "né 31.12, 01.02.1990"))
        #expect(match.groups == [4..<9, 4..<6, 7..<9, nil])
        let next = try #require(try pattern.firstMatch(in: "né 31.12, 01.02.1990", from: match.range.upperBound))
        #expect(next.groups == [11..<21, 11..<13, 14..<16, 17..<21])
        #expect(try pattern.firstMatch(in: "né 31.12", from: 5) == nil)
    }

    @Test func `greed and laziness choose the length`() throws {
        func match(_ pattern: String, _ text: String) throws -> Range<Int>? { try Pattern(pattern).firstMatch(in: text)?.range }
        #expect(try match("a+", "aaa") == 0..<3)
        #expect(try match("a+?", "aaa") == 0..<1)
        #expect(try match("a{2,3}?b", "aaab") == 0..<4)
        #expect(try match("<.*>", "<a><b>") == 0..<6)
        #expect(try match("<.*?>", "<a><b>") == 0..<3)
        #expect(try match("é.??é", "éaéé") == 0..<5)
        #expect(try match("(?:a|ab)(?:c|bcd)(?:d*)", "abcd") == 0..<4)
    }
}

@Suite("Patterns in XPath's dialect")
struct XPathPatternTests {
    private func finds(_ pattern: String, _ text: String, _ flags: String = "") throws -> Bool {
        let options = try #require(Pattern.Options(letters: flags))
        return try Pattern(pattern, dialect: .xpath, options: options).search(text) == .found
    }

    @Test func `flags change what is found`() throws {
        #expect(try finds("^a.b$", "a\nb") == false)
        #expect(try finds("^a.b$", "a\nb", "s"))
        #expect(try finds("^b$", "a\nb\nc") == false)
        #expect(try finds("^b$", "a\nb\nc", "m"))
        #expect(try finds("ПРИВІТ straße", "привіт STRAßE") == false)
        #expect(try finds("ПРИВІТ", "привіт", "i"))
        #expect(try finds("^[^A-Z]$", "q", "i") == false)
        #expect(try finds("^(a)\\1$", "aA", "i"))
        #expect(try finds("a b # c", "ab#c", "x"))
        #expect(try finds("a.b", "a.b", "q"))
        #expect(try finds("a.b", "axb", "q") == false)
        #expect(Pattern.Options(letters: "z") == nil)
    }

    @Test(arguments: [
        ("k", "\u{212A}", true), ("\u{212A}", "K", true), ("[a-z]", "\u{212A}", true), ("[\u{212A}]", "k", true), ("[^k]", "\u{212A}", false),
        ("s", "\u{17F}", true), ("ς", "Σ", true), ("σ", "ς", true), ("µ", "Μ", true), ("å", "\u{212B}", true), ("ǆ", "ǅ", true), ("ß", "ẞ", true),
        ("\\p{Lu}", "a", false), ("[\\p{Lu}]", "ж", false), ("[\\p{Lu}b]", "B", true), ("\\p{Ll}", "ж", true), ("(\u{212A})\\1", "\u{212A}k", true),
        ("k", "x", false), ("[x\\d]", "X", true),
    ]) func `without regard to case, variants are found and categories stay what they are`(pattern: String, text: String, expected: Bool) throws {
        #expect(try finds("^\(pattern)$", text, "i") == expected)
    }

    @Test func `classes are those of XML Schema`() throws {
        #expect(try finds("^[a-z-[aeiou]]+$", "xyz"))
        #expect(try finds("^[a-z-[aeiou]]+$", "xyza") == false)
        #expect(try finds("^[\\w-[\\d_]]+$", "abé"))
        #expect(try finds("^[\\w-[\\d_]]+$", "ab1") == false)
        #expect(try finds("^\\i\\c*$", "_a-1"))
        #expect(try finds("^\\i\\c*$", "1a") == false)
        #expect(try finds("^\\d$", "৪"))
        #expect(try finds("^\\w$", "é"))
        #expect(try finds("^\\W$", "-"))
        #expect(try finds("^\\p{IsCyrillic}+$", "Київ"))
        #expect(try finds("^[\\-\\.]$", "-"))
    }

    @Test func `what XPath lacks is refused`() {
        for pattern in ["(?=a)", "\\b", "(?<n>a)", "\\u0041", "[a-z&&[b]]", "\\1(a)", "[]"] {
            #expect(throws: PatternError.self, "\(pattern)") { try Pattern(pattern, dialect: .xpath) }
        }
    }
}
