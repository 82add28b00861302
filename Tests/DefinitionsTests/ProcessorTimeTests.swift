import Definitions
import HouseTesting
import Testing

/// Half a megabyte of what is dearest to compare costs each reader next to nothing, and is refused in words.
@Suite("The cost of a file of marks") struct ProcessorTimeTests {
    static let marks = "a" + String(repeating: "\u{301}\u{316}", count: 120_000)
    static let escaped = "a" + String(repeating: "\\u0301\\u0316", count: 40_000)
    /// Of unoptimised code; by canonical equivalence each of these takes minutes.
    static let secondsMax = 2.0

    /// By their place: a test's name need not hold half a megabyte.
    private static let yaml = [
        "\"\(marks)\": 1\n\"\(marks)x\": 2\n", "\(marks): 1\n\(marks)x: 2\n", "? \"\(escaped)\"\n: 1\n? \"\(escaped)x\"\n: 2\n",
        "{\"\(escaped)\": 1, \"\(escaped)x\": 2}\n", "a: \"\(marks)\"\n",
    ]

    @Test(arguments: yaml.indices) func `YAML`(place: Int) {
        let text = Self.yaml[place]
        var diagnostics = Diagnostics()
        let seconds = ProcessorTime.seconds { _ = YAMLReader.read(Array(text.utf8), path: "a.yaml", into: &diagnostics) }
        #expect(seconds < Self.secondsMax)
        #expect(diagnostics.hasErrors)
        #expect(diagnostics.all.allSatisfy { $0.message.utf8.count < 2_048 })
    }

    @Test(arguments: [marks, escaped].indices) func `JSON`(place: Int) {
        let name = [Self.marks, Self.escaped][place]
        let text = "{\"\(name)\":1,\"\(name)x\":2}"
        var diagnostics = Diagnostics()
        let seconds = ProcessorTime.seconds { _ = JSONReader.read(Array(text.utf8), path: "a.json", into: &diagnostics) }
        #expect(seconds < Self.secondsMax)
        #expect(diagnostics.hasErrors)
    }

    @Test func `XML`() {
        var diagnostics = Diagnostics()
        let text = "<\(Self.marks) \(Self.marks)x=\"1\"/>"
        let seconds = ProcessorTime.seconds { _ = XMLReader.read(Array(text.utf8), path: "a.xml", into: &diagnostics) }
        #expect(seconds < Self.secondsMax)
        #expect(diagnostics.hasErrors)
    }

    @Test func `CSV`() throws {
        var reader = CSVReader(Array("\(Self.marks),\(Self.marks)x\n1,2\n".utf8), path: "a.csv")
        let seconds = ProcessorTime.seconds { #expect(throws: Diagnostic.self) { try reader.advance() } }
        #expect(seconds < Self.secondsMax)
        // Names that look alike are two columns.
        var other = CSVReader(Array("caf\u{E9},cafe\u{301}\n1,2\n".utf8), path: "a.csv")
        #expect(try other.advance() == .row)
        #expect(other.column("cafe\u{301}") == 1)
    }
}
