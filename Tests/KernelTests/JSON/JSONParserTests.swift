import Foundation
import Kernel
import Testing

@Suite("JSON: reading") struct JSONParserTests {
    private func fault(_ text: String, _ limits: JSONLimits = .standard) -> JSONError? {
        do throws(JSONError) {
            _ = try JSON.parse(text, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test func `Nicolas Seriot's test suite`() throws {
        // Two texts that a lenient reader accepts and we do not, and what the suite leaves open and we read.
        let refusedByUs: Set<String> = ["y_object_duplicated_key", "y_object_duplicated_key_and_value"]
        let readByUs: Set<String> = [
            "i_number_real_underflow", "i_number_too_big_neg_int", "i_number_too_big_pos_int", "i_number_very_big_negative_int",
        ]
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Vectors/json-test-suite.txt")
        var counts: [Character: Int] = [:]
        for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") where !line.hasPrefix("#") {
            let fields = line.split(separator: " ").map(String.init)
            let name = fields[0]
            let bytes = fields[1] == "-" ? [] : [UInt8](try #require(Data(base64Encoded: fields[1])))
            counts[name.first ?? "?", default: 0] += 1
            let expected = name.hasPrefix("y_") && !refusedByUs.contains(name) || readByUs.contains(name)
            let value = try? JSON.parse(bytes)
            #expect((value != nil) == expected, "\(name)")
            if let value { #expect(try JSON.parse(value.text) == value, "\(name)") }
        }
        #expect(counts == ["y": 95, "n": 186, "i": 35])
    }

    @Test func `a hundred thousand open brackets are refused without using up the stack`() {
        #expect(fault(String(repeating: "[", count: 100_000))?.reason == .tooDeep)
        #expect(fault(String(repeating: "[{\"\":", count: 50_000))?.reason == .tooDeep)
    }

    @Test func `nesting is read to its limit and no further`() {
        let limits = JSONLimits(byteCountMax: 1000, depthMax: 4)
        #expect(fault("[[[[]]]]", limits) == nil)
        #expect(fault("[[{\"a\":[1]}]]", limits) == nil)
        #expect(fault("[[[[[]]]]]", limits)?.reason == .tooDeep)
        #expect(fault("[[[{\"a\":[]}]]]", limits)?.offset == 8)
        #expect(fault("7", JSONLimits(byteCountMax: 1000, depthMax: 0)) == nil)
        #expect(fault("[]", JSONLimits(byteCountMax: 1000, depthMax: 0))?.reason == .tooDeep)
        let deepest = JSONLimits.standard.depthMax
        #expect(fault(String(repeating: "[", count: deepest) + String(repeating: "]", count: deepest)) == nil)
    }

    @Test func `length is read to its limit and no further`() {
        let limits = JSONLimits(byteCountMax: 5, depthMax: 4)
        #expect(fault("[1,2]", limits) == nil)
        #expect(fault("[1,2] ", limits)?.reason == .tooLarge)
    }

    static let places: [(text: String, reason: JSONError.Reason, line: Int, column: Int)] = [
        ("", .unexpectedEnd, 1, 1), ("  \n ", .unexpectedEnd, 2, 2), ("[1,\n 2,]", .unexpectedCharacter, 2, 4), ("[1 2]", .unexpectedCharacter, 1, 4),
        ("{\"a\":1,\"a\":2}", .duplicateKey, 1, 8), ("{\"a\":1,\"\\u0061\":2}", .duplicateKey, 1, 8), ("{a:1}", .unexpectedCharacter, 1, 2),
        ("{\"a\" 1}", .unexpectedCharacter, 1, 6), ("{\"a\":}", .unexpectedCharacter, 1, 6), ("{\"a\":1,}", .unexpectedCharacter, 1, 8),
        ("\"ño\u{1}\"", .controlCharacter, 1, 4), ("\"a\nb\"", .controlCharacter, 1, 3), ("\"\\x\"", .invalidEscape, 1, 2),
        ("\"\\u12G4\"", .invalidEscape, 1, 6), ("\"\\ud800\"", .loneSurrogate, 1, 2), ("\"\\ud800\\u0041\"", .loneSurrogate, 1, 2),
        ("\"\\udc00\"", .loneSurrogate, 1, 2), ("\"\\udc00\\ud800\"", .loneSurrogate, 1, 2), ("\"abc", .unexpectedEnd, 1, 5), ("\"\\", .unexpectedEnd, 1, 3),
        ("\"\\u00", .unexpectedEnd, 1, 6), ("01", .invalidNumber, 1, 1), ("-", .unexpectedEnd, 1, 2), ("-x", .invalidNumber, 1, 2),
        ("1.", .unexpectedEnd, 1, 3), ("1.e5", .invalidNumber, 1, 3), ("1e", .unexpectedEnd, 1, 3), ("1e+x", .invalidNumber, 1, 4),
        (".5", .unexpectedCharacter, 1, 1), ("+1", .unexpectedCharacter, 1, 1), ("1e401", .numberOutOfRange, 1, 1), ("[1e-401]", .numberOutOfRange, 1, 2),
        ("tru", .unexpectedEnd, 1, 4), ("trux", .unexpectedCharacter, 1, 4), ("NaN", .unexpectedCharacter, 1, 1), ("null null", .trailingCharacters, 1, 6),
        ("[1]]", .trailingCharacters, 1, 4), ("'a'", .unexpectedCharacter, 1, 1), ("/**/1", .unexpectedCharacter, 1, 1), ("\u{FEFF}1", .unexpectedCharacter, 1, 1),
        ("[1,\r\n\"días\",\r\n x]", .unexpectedCharacter, 3, 2),
    ]

    @Test(arguments: places)
    func `a fault is placed and named`(text: String, reason: JSONError.Reason, line: Int, column: Int) {
        let fault = fault(text)
        #expect(fault?.reason == reason)
        #expect(fault?.line == line)
        #expect(fault?.column == column)
        #expect(fault?.message.hasPrefix("\(line):\(column): ") == true)
    }

    @Test func `bytes that are no UTF-8 are placed`() {
        do throws(JSONError) {
            _ = try JSON.parse(Array("[\"aé".utf8) + [0xFF, 0x22, 0x5D])
            Issue.record("read")
        } catch {
            #expect(error == JSONError(reason: .invalidUTF8, line: 1, column: 5, offset: 5))
        }
    }

    @Test func `escapes mean what they stand for`() throws {
        let text = #""\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\uDE02 plain \u0000""#
        #expect(try JSON.parse(text).string == "\"\\/\u{8}\u{C}\n\r\tA\u{E9}\u{20AC}\u{1F602} plain \u{0}")
    }

    @Test func `numbers keep their decimal value`() throws {
        #expect(try JSON.parse("0.1").number == Decimal128("0.1"))
        #expect(try JSON.parse("-0").number == 0)
        #expect(try JSON.parse("1E2") == 100)
        #expect(try JSON.parse("1.0") == 1)
        #expect(try JSON.parse("12345678901234567890.123456789").number?.text == "12345678901234567890.123456789")
        #expect(try JSON.parse("999999999999999999").int == 999_999_999_999_999_999)
        #expect(try JSON.parse("-9223372036854775808").int == Int.min)
        #expect(try JSON.parse("9223372036854775808").int == nil)
        #expect(try JSON.parse("1e400").number == Decimal128("1e400"))
    }

    @Test func `keys that only look alike are two, and an overlong one is none`() {
        // Names are bytes: what looks alike is two.
        #expect(fault("{\"\\u00e9\":1,\"e\\u0301\":2}") == nil)
        let long = String(repeating: "k", count: JSONLimits.keyByteCountMax)
        #expect(fault("{\"\(long)\":1}") == nil)
        #expect(fault("[{\"\(long)k\":1}]")?.reason == .keyTooLong)
    }

    @Test func `duplicates are found among many keys`() throws {
        let keys = (0..<500).map { "\"k\($0)\":\($0)" }
        let object = try #require(JSON.parse("{" + keys.joined(separator: ",") + "}").object)
        #expect(object.count == 500)
        #expect(object["k321"] == 321)
        #expect(fault("{" + keys.joined(separator: ",") + ",\"k3\":0}")?.reason == .duplicateKey)
    }

    /// Changed, cut and doubled texts must be read or refused, never crash, and what is read must be written and read alike.
    @Test func `damaged texts are read or refused`() throws {
        let random = Randomness.seeded(20)
        let seeds = [
            #"{"iss":"https://istmo.example","n":[1,-2.5,1e10,0.001],"ok":true,"no":null,"text":"Línea\n\u20ac\ud83d\ude02","deep":{"a":[[],{}]}}"#,
            #"[{"a":"b"},{"a":"\\\"/"},[[[[1]]]],"",0,-0.0,123456789012345678901234567890]"#, #""\u0000\u001f\ud834\udd1e""#,
        ].map { Array($0.utf8) }
        let pool = Array("{}[]\",:\\u0e9-+.dD8 \n\tntf\u{7F}".utf8) + [0x00, 0x80, 0xC3, 0xED, 0xF0, 0xFF]
        var read = 0, refused = 0
        for round in 0..<30_000 {
            var bytes = seeds[round % seeds.count]
            let dice = random.bytes(16)
            for step in 0..<(1 + Int(dice[0] % 4)) {
                let place = (Int(dice[1 + step * 3]) << 8 | Int(dice[2 + step * 3])) % max(bytes.count, 1)
                let new = pool[Int(dice[3 + step * 3]) % pool.count]
                switch dice[13 + step % 3] % 5 {
                case 0 where !bytes.isEmpty: bytes[place] = new
                case 1: bytes.insert(new, at: min(place, bytes.count))
                case 2 where !bytes.isEmpty: bytes.remove(at: place)
                case 3: bytes.removeLast(bytes.count - place)
                default: bytes.insert(contentsOf: bytes[place...].prefix(9), at: place)
                }
            }
            do throws(JSONError) {
                let value = try JSON.parse(bytes)
                read += 1
                #expect((try? JSON.parse(value.text)) == value)
                #expect((try? JSON.parse(value.canonical))?.canonical == value.canonical)
            } catch {
                refused += 1
                #expect(error.offset <= bytes.count && error.line >= 1 && error.column >= 1)
            }
        }
        #expect(read > 500 && refused > 5000)
    }
}
