import Definitions
import Kernel
import Testing

@Suite("YAML becomes nodes that know their place")
struct YAMLTests {
    private func read(_ text: String) -> (node: Node?, found: [String]) {
        var diagnostics = Diagnostics()
        let node = YAMLReader.read(Array(text.utf8), path: "a.yaml", into: &diagnostics)
        return (node, diagnostics.all.map { $0.description })
    }

    @Test func `scalars follow the core schema narrowed to what JSON has`() throws {
        let (node, found) = read("""
            text: hola
            flag: true
            norway: no
            number: 12.50
            code: 04127
            date: 2026-11-24
            quoted: "12"
            nothing:
            tilde: ~
            list: [1, dos, {tres: 3}]
            """)
        #expect(found.isEmpty)
        let expected: JSON = [
            "text": "hola", "flag": true, "norway": "no", "number": .number(try #require(Decimal128("12.5"))), "code": "04127",
            "date": "2026-11-24", "quoted": "12", "nothing": .null, "tilde": .null, "list": [1, "dos", ["tres": 3]],
        ]
        #expect(node?.json == expected)
    }

    @Test func `every node stands where it is written`() throws {
        let source = Marked("""
            a: 1️⃣uno
            ї:
              - 2️⃣"dos"
              - 3️⃣b: 4️⃣{c: 5️⃣'ñ'}
            """)
        let node = try #require(read(source.text).node)
        func place(_ node: Node?) -> String { node.map { "a.yaml:\($0.position.line):\($0.position.column): " } ?? "" }
        #expect(place(node["a"]) == source.place(1, in: "a.yaml"))
        #expect(place(node["ї"]?[0]) == source.place(2, in: "a.yaml"))
        #expect(place(node["ї"]?[1]) == source.place(3, in: "a.yaml"))
        #expect(place(node["ї"]?[1]?["b"]) == source.place(4, in: "a.yaml"))
        #expect(place(node["ї"]?[1]?["b"]?["c"]) == source.place(5, in: "a.yaml"))
    }

    @Test(arguments: [
        ("a: uno 1️⃣dos", "a", 4),
        ("a: \"u\\\"o\\u00f1 1️⃣x\"", "a", 5),
        ("a: 'it''s 1️⃣x'", "a", 5),
        ("a: |\n    one\n    tw1️⃣o", "a", 6),
        ("a: >-\n  one\n  t1️⃣wo", "a", 5),
        ("a: one\n  1️⃣two", "a", 4),
    ])
    func `a character inside a scalar has a place`(marked: String, key: String, offset: Int) throws {
        let source = Marked(marked)
        let node = try #require(read(source.text).node?[key])
        let position = node.position(ofCharacter: offset)
        #expect("a.yaml:\(position.line):\(position.column): " == source.place(1, in: "a.yaml"))
    }

    @Test(arguments: [
        ("a: 1\nb: 2\n1️⃣a: 3", "the key ‘a’ stands twice in this mapping (first in line 1); keep one"),
        ("x:\n  1: a\n  1️⃣\"1\": b", "the key ‘1’ stands twice in this mapping (first in line 2); keep one"),
        ("a: 1️⃣&x [1]\nb: *x", "anchors (&name) and aliases (*name) are not read"),
        ("b: 1️⃣*x", "aliases (*name) are not read"),
        ("a: {1️⃣<<: {b: 1}}", "merge keys (<<) are not read"),
        ("a: 1️⃣!!binary aGk=", "the tag ‘tag:yaml.org,2002:binary’ is not read; delete it"),
        ("a: 1\n1️⃣---\nb: 2", "a second document begins here"),
        ("a: b1️⃣: c", "a colon with a blank after it"),
        ("a: 1\n1️⃣b\n", "a key without a colon"),
        ("1️⃣? [a, b]\n: c", "a key must be a word, not a list"),
        ("a: \"abc1️⃣", "the file ends within a quoted text"),
    ])
    func `what definition files do not use is refused at its place`(marked: String, message: String) {
        let source = Marked(marked)
        let found = read(source.text).found
        #expect(found.contains { $0.contains(message) }, "\(found)")
        #expect(found.contains { $0.hasPrefix("a.yaml:") })
        if !message.contains("a key must be") && !message.contains("within a quoted") && !message.contains("without a colon") {
            #expect(found.contains { $0.hasPrefix(source.place(1, in: "a.yaml")) }, "\(found)")
        }
    }

    /// libyaml places the end of the file on a line of its own, and counts characters as line ends that editors do not.
    @Test(arguments: ["{a: ", "[", "a: [1,\u{2028}\u{2028}2", "\u{85}\u{85}a: {", "'\u{2029}\u{2029}"]) func `a fault at the end stands in the file`(text: String) throws {
        var diagnostics = Diagnostics()
        #expect(YAMLReader.read(Array(text.utf8), path: "f.yaml", into: &diagnostics) == nil)
        let fault = try #require(diagnostics.all.first)
        #expect(fault.position.line == 1)
        #expect((1...text.unicodeScalars.count + 1).contains(fault.position.column))
    }

    @Test func `bombs are refused in no time`() {
        // A billion laughs as values, and as keys, where the tree would be hashed.
        var values = "a0: &a0 x\n", keys = "a0: &a0 x\n"
        for level in 1...30 {
            values += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1), *a\(level - 1)]\n"
            keys += "a\(level): &a\(level) {? [*a\(level - 1), *a\(level - 1)] : 1}\n"
        }
        let clock = ContinuousClock()
        let duration = clock.measure {
            for text in [values, keys, String(repeating: "[", count: 100_000), "a: " + String(repeating: "{a: ", count: 50_000),
                         String(repeating: "- ", count: 60_000) + "x"] {
                let (node, found) = read(text)
                #expect(node == nil)
                #expect(!found.isEmpty)
            }
        }
        #expect(duration < .seconds(300), "it ends")
    }

    @Test func `depth, size and encoding are limited by name`() {
        let deep = String(repeating: "[", count: Node.depthMax + 1) + String(repeating: "]", count: Node.depthMax + 1)
        #expect(read(deep).found.first?.contains("nested deeper than 64 levels") == true)
        let fits = String(repeating: "[", count: Node.depthMax) + String(repeating: "]", count: Node.depthMax)
        #expect(read(fits).found.isEmpty)
        var diagnostics = Diagnostics()
        #expect(YAMLReader.read([0x61, 0x3A, 0x20, 0x0A, 0x62, 0xFF], path: "b.yaml", into: &diagnostics) == nil)
        #expect(diagnostics.all.first?.description == "b.yaml:2:2: error: this is not UTF-8; save the file with the encoding UTF-8")
    }
}

@Suite("A mapping is read by its keys and types")
struct MappingReaderTests {
    private enum Effect: String, CaseIterable { case permit, forbid }

    @Test func `all mistakes are found in one pass, each with what to write instead`() throws {
        let source = Marked("""
            1️⃣tittle: Hola
            effect: 2️⃣permitt
            months: 3️⃣"12"
            flag: 4️⃣yes
            name: 5️⃣12
            list: 6️⃣uno
            7️⃣zzz: 1
            """)
        var diagnostics = Diagnostics()
        let node = try #require(YAMLReader.read(source.bytes, path: "p.yaml", into: &diagnostics))
        var found = MappingReader(node, "the policy", into: &diagnostics)
        _ = found?.optionalText("title", into: &diagnostics)
        _ = found?.choice("effect", of: Effect.self, into: &diagnostics)
        _ = found?.integer("months", in: 1...120, into: &diagnostics)
        _ = found?.flag("flag", default: false, into: &diagnostics)
        _ = found?.text("name", into: &diagnostics)
        _ = found?.list("list", into: &diagnostics)
        _ = found?.text("law", into: &diagnostics)
        found?.finish(into: &diagnostics)
        let lines = Set(diagnostics.all.map { $0.description })
        func expected(_ marker: Int, _ message: String) -> String { source.place(marker, in: "p.yaml") + "error: " + message }
        #expect(lines == [
            expected(1, "the policy lacks ‘law’; add it"),
            expected(1, "unknown key ‘tittle’; did you mean ‘title’?"),
            expected(2, "‘effect’ cannot be ‘permitt’; did you mean ‘permit’?"),
            expected(3, "‘months’ must be a whole number from 1 to 120"),
            expected(4, "‘flag’ must be true or false"),
            expected(5, "‘name’ must be text; put it in quotes: \"12\""),
            expected(6, "‘list’ must be a list; write its entries under it, each after ‘- ’"),
            expected(7, "unknown key ‘zzz’ in the policy; it may hold ‘effect’, ‘flag’, ‘law’, ‘list’, ‘months’, ‘name’, ‘title’"),
        ])
    }

    @Test func `a missing key that is only misspelt is reported once`() throws {
        var diagnostics = Diagnostics()
        let node = try #require(YAMLReader.read(Array("tittle: Hola".utf8), path: "p.yaml", into: &diagnostics))
        var reader = MappingReader(node, "the page", into: &diagnostics)
        _ = reader?.text("title", into: &diagnostics)
        reader?.finish(into: &diagnostics)
        #expect(diagnostics.all.map { $0.message } == ["the page lacks ‘title’; did you mean it by ‘tittle’?"])
    }
}

@Suite("Did you mean")
struct NearestTests {
    @Test(arguments: [("tittle", "title"), ("regsiter", "register"), ("Body", "body"), ("cedla", "cedula")])
    func `a slip is recognised`(word: String, meant: String) {
        #expect(Nearest.name(to: word, among: ["title", "register", "body", "cedula", "names"]) == meant)
    }

    @Test func `a different word is not`() {
        #expect(Nearest.name(to: "emblem", among: ["title", "register"]) == nil)
        #expect(Nearest.advice(for: "emblem", among: ["title", "register"]) == "; write one of ‘register’, ‘title’")
    }
}
