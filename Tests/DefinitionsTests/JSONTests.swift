import Definitions
import Kernel
import Testing

@Suite("JSON becomes nodes that know their place")
struct JSONTests {
    private func read(_ text: String) -> (node: Node?, found: [String]) {
        var diagnostics = Diagnostics()
        let node = JSONReader.read(Array(text.utf8), path: "a.json", into: &diagnostics)
        return (node, diagnostics.all.map { $0.description })
    }

    @Test func `values, escapes and places`() throws {
        let source = Marked("{\n  \"a\": 1️⃣[1.50, -2e3, true, null, \"\\u00f1\\ud83d\\ude00\\n\"],\n  \"ї\": 2️⃣{}\n}")
        let (node, found) = read(source.text)
        #expect(found.isEmpty)
        let list: [JSON] = [.number(try #require(Decimal128("1.5"))), -2000, true, .null, "ñ😀\n"]
        #expect(node?.json == .object(["a": .array(list), "ї": [:]]))
        let first = try #require(node?["a"]?.position)
        #expect("a.json:\(first.line):\(first.column): " == source.place(1, in: "a.json"))
        let second = try #require(node?["ї"]?.position)
        #expect("a.json:\(second.line):\(second.column): " == source.place(2, in: "a.json"))
        #expect(node?.nearest(to: try #require(JSONPointer("/a/2/x"))).position.line == 2)
    }

    @Test(arguments: [
        ("{\"a\": 1, 1️⃣\"a\": 2}", "the key ‘a’ stands twice in this object (first in line 1); keep one"),
        ("{\"a\": 1,1️⃣}", "a comma before } ; delete it"),
        ("[1,1️⃣]", "a comma before ] ; delete it"),
        ("1️⃣// hi", "JSON has no comments; delete it"),
        ("{\"a\": 1️⃣01}", "‘01’ is not a number of JSON"),
        ("{\"a\": 1️⃣'x'}", "write \" for '"),
        ("{\"a\" 1️⃣1}", "a colon is expected after the key ‘a’"),
        ("{\"a\": 1️⃣True}", "a value is expected here"),
        ("[1] 1️⃣2", "the value ends before this"),
        ("[\"1️⃣\\q\"]", "an escape that JSON does not know"),
        ("[\"1️⃣\\ud800\"]", "half of a surrogate pair"),
        ("[1️⃣\"abc", "the file ends within this text"),
        ("[\"a1️⃣\nb\"]", "write \\n"),
        ("1️⃣", "the file is empty"),
    ])
    func `faults are placed and mended`(marked: String, message: String) {
        let source = Marked(marked)
        let (node, found) = read(source.text)
        #expect(node == nil)
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix(source.place(1, in: "a.json") + "error: ") == true, "\(found)")
        #expect(found.first?.contains(message) == true, "\(found)")
    }

    @Test func `all duplicate keys are reported`() {
        #expect(read("{\"a\": {\"b\": 1, \"b\": 2}, \"a\": 3}").found.count == 2)
    }

    @Test func `a file of one long line is read in no time`() throws {
        let text = "[" + (0..<150_000).map { "\"valor \($0)\"" }.joined(separator: ", ") + "]"
        var node: Node?
        let duration = ContinuousClock().measure { node = read(text).node }
        #expect(node?[149_999]?.position == Position(line: 1, column: text.unicodeScalars.count - "\"valor 149999\"]".count + 1))
        #expect(duration < .seconds(300), "it ends")
    }

    @Test func `depth is limited`() {
        #expect(read(String(repeating: "[", count: 100_000)).found.first?.contains("nested deeper") == true)
    }
}
