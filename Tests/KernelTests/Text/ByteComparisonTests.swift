import HouseTesting
import Kernel
import Testing

@Suite("Text is bytes in JSON, too") struct ByteComparisonTests {
    static let marks = "a" + String(repeating: "\u{301}\u{316}", count: 100_000)
    static let turned = "a" + String(repeating: "\u{316}\u{301}", count: 100_000)

    @Test func `values, names and pointers that only look alike are two`() {
        let one: JSON = ["caf\u{E9}": "K"], other: JSON = ["cafe\u{301}": "K"], kelvin: JSON = ["caf\u{E9}": "\u{212A}"]
        #expect(one != other && one != kelvin && Set([one, other, kelvin]).count == 3)
        #expect(one["cafe\u{301}"] == nil)
        #expect(JSONPointer("/caf\u{E9}") != JSONPointer("/cafe\u{301}"))
        #expect(Set([JSONPointer("/caf\u{E9}"), JSONPointer("/cafe\u{301}")]).count == 2)
        var many: JSONObject = [:]
        for number in 0..<40 { many["caf\u{E9}\(number)"] = .integer(number) }
        #expect(many["caf\u{E9}31"] == 31 && many["cafe\u{301}31"] == nil)
        var turned = JSONObject()
        for number in (0..<40).reversed() { turned["caf\u{E9}\(number)"] = .integer(number) }
        #expect(turned == many && JSON.object(turned).hashValue == JSON.object(many).hashValue)
    }

    @Test func `half a megabyte of marks is compared and hashed in linear time`() throws {
        let seconds = try ProcessorTime.seconds {
            let one = JSON.string(Self.marks), other = JSON.string(Self.turned)
            #expect(one != other)
            #expect(Set([one, other, one]).count == 2)
            #expect(ByteString(Self.marks) != ByteString(Self.turned))
            var object = JSONObject()
            for number in 0..<20 { object[String(Self.marks.unicodeScalars.prefix(20_000 + number))] = 1 }
            #expect(object.count == 20)
            let read = try JSON.parse(JSON.array([one, other, one]).bytes)
            #expect(read == [one, other, one])
            #expect(JSONPointer("/" + Self.marks) == nil)
        }
        #expect(seconds < 3)
    }

    @Test func `a text for a terminal moves no cursor, turns no direction and hides nothing`() {
        #expect(TerminalText.escaped("Ana Díaz, 日本, שלום, e\u{301}") == "Ana Díaz, 日本, שלום, e\u{301}")
        #expect(TerminalText.escaped("a\u{1B}[2K\r\nvalid") == "a\\u{1B}[2K\\u{D}\\u{A}valid")
        #expect(TerminalText.escaped("\u{9B}2J\u{85}\u{7F}\u{0}") == "\\u{9B}2J\\u{85}\\u{7F}\\u{0}")
        #expect(TerminalText.escaped("\u{202E}a\u{2066}b\u{2028}c\u{200B}d\u{FEFF}") == "\\u{202E}a\\u{2066}b\\u{2028}c\\u{200B}d\\u{FEFF}")
        #expect(TerminalText.escaped("\u{600}\u{1B}") == "\\u{600}\\u{1B}")
        #expect(TerminalText.escaped("\u{301}x") == "\\u{301}x")
        #expect(TerminalText.escaped("a" + String(repeating: "\u{301}", count: 6)).hasSuffix("\\u{301}\\u{301}"))
        #expect(TerminalText.escaped(String(repeating: "x", count: 5_000)).hasSuffix("xx… (1000 more)"))
        // No scalar that could do harm comes through, whichever it is.
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let shown = TerminalText.escaped("a" + String(scalar))
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate, .unassigned:
                if !shown.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { Issue.record("U+\(String(value, radix: 16)) comes through") }
            default: break
            }
        }
    }

    /// The rule is stated by properties and a list; here it is held against every scalar that there is.
    @Test func `no scalar that joins the next one, or that nobody sees, stands in people's text`() {
        var joined = 0
        for value in UInt32(0x80)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let category = scalar.properties.generalCategory
            var text = String.UnicodeScalarView()
            text.append(scalar)
            text.append("x")
            // Where the scalar and a letter behind it are one character, it is a Prepend.
            let joins = String(text).count == 1
            if joins { joined += 1 }
            let isHidden = scalar.properties.isDefaultIgnorableCodePoint || category == .format || category == .control
            guard joins || isHidden else { continue }
            if PeopleText.fault(in: "a" + String(text)) == nil { Issue.record("U+\(String(value, radix: 16)) may stand") }
        }
        #expect(joined >= 13, "the standard library tells where characters end")
    }
}
