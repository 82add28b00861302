import Kernel
import Testing

@Suite("Hex, Base64 and Base64URL") struct EncodingTests {
    /// RFC 4648 section 10.
    static let published: [(String, String, String)] = [
        ("", "", ""), ("f", "Zg==", "66"), ("fo", "Zm8=", "666f"), ("foo", "Zm9v", "666f6f"), ("foob", "Zm9vYg==", "666f6f62"),
        ("fooba", "Zm9vYmE=", "666f6f6261"), ("foobar", "Zm9vYmFy", "666f6f626172"),
    ]

    @Test(arguments: published)
    func `the published examples are written and read`(text: String, base64: String, hex: String) {
        let bytes = Array(text.utf8)
        let unpadded = String(base64.prefix { $0 != "=" })
        #expect(Base64.encode(bytes) == base64)
        #expect(Base64.decode(base64) == bytes)
        #expect(Base64URL.encode(bytes) == unpadded)
        #expect(Base64URL.decode(unpadded) == bytes)
        #expect(Hex.encode(bytes) == hex)
        #expect(Hex.decode(hex) == bytes)
        #expect(Base64URL.length(of: bytes.count) == unpadded.utf8.count)
    }

    @Test func `the two alphabets differ in their last two characters`() {
        #expect(Base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(Base64URL.encode([0xFB, 0xFF]) == "-_8")
        #expect(Base64.decode("-_8=") == nil)
        #expect(Base64URL.decode("+/8") == nil)
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "Zm8", "Zm9v=", "Zh==", "Zm9=", "Z===", "====", "Zm 9v", "Zm9v\n", "Zm9é"])
    func `Base64 refuses what it would not write`(text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test(arguments: ["Zg==", "Z", "Zh", "Zm9", "Zm9vY", "Zm9v ", "Zm+v", "Zm9v\u{0}", "é"])
    func `Base64URL refuses what it would not write`(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test(arguments: ["0", "0g", "zz", "0x", " 00", "é"])
    func `hex refuses other characters and odd lengths`(text: String) {
        #expect(Hex.decode(text) == nil)
    }

    @Test func `hex reads capitals`() {
        #expect(Hex.decode("ABcdEF") == [0xAB, 0xCD, 0xEF])
    }

    @Test func `any bytes come back`() {
        let random = Randomness.seeded(1)
        for length in 0..<200 {
            let bytes = random.bytes(length)
            #expect(Base64.decode(Base64.encode(bytes)) == bytes)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
            #expect(Hex.decode(Hex.encode(bytes)) == bytes)
            var appended = Array("x".utf8)
            Base64URL.append(bytes, to: &appended)
            #expect(String(decoding: appended, as: UTF8.self) == "x" + Base64URL.encode(bytes))
        }
    }

    @Test func `every text of four characters that decodes is the one that encodes`() {
        let random = Randomness.seeded(2)
        let alphabet = Array("ABCxyz019-_=+/ ".utf8)
        var decoded = 0
        for _ in 0..<20_000 {
            let text = String(decoding: random.bytes(4).map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
            if let bytes = Base64URL.decode(text) {
                decoded += 1
                #expect(Base64URL.encode(bytes) == text)
            }
            if let bytes = Base64.decode(text) { #expect(Base64.encode(bytes) == text) }
        }
        #expect(decoded > 1000)
    }

    /// The ill-formed sequences of RFC 3629 sections 3 and 10, and their well-formed neighbours.
    static let sequences: [([UInt8], Bool)] = [
        ([], true), ([0x00], true), ([0x7F], true), ([0x80], false), ([0xC0, 0x80], false), ([0xC1, 0xBF], false), ([0xC2, 0x80], true),
        ([0xDF, 0xBF], true), ([0xC2], false), ([0xC2, 0x7F], false), ([0xC2, 0xC0], false), ([0xE0, 0x9F, 0xBF], false),
        ([0xE0, 0xA0, 0x80], true), ([0xED, 0x9F, 0xBF], true), ([0xED, 0xA0, 0x80], false), ([0xEE, 0x80, 0x80], true),
        ([0xEF, 0xBF, 0xBF], true), ([0xE1, 0x80], false), ([0xE1, 0x80, 0x7F], false), ([0xF0, 0x8F, 0xBF, 0xBF], false),
        ([0xF0, 0x90, 0x80, 0x80], true), ([0xF4, 0x8F, 0xBF, 0xBF], true), ([0xF4, 0x90, 0x80, 0x80], false),
        ([0xF5, 0x80, 0x80, 0x80], false), ([0xF0, 0x90, 0x80], false), ([0xF0, 0x90, 0x80, 0x7F], false), ([0xFE], false), ([0xFF], false),
    ]

    @Test(arguments: sequences)
    func `UTF-8 is checked to the letter`(bytes: [UInt8], valid: Bool) {
        #expect(UTF8Check.isValid(bytes) == valid)
        for padding in [1, 7, 8, 9] {
            let ascii = [UInt8](repeating: 0x61, count: padding)
            #expect(UTF8Check.isValid(ascii + bytes + ascii) == valid)
        }
    }

    @Test func `UTF-8 is checked as the standard library does it`() {
        let random = Randomness.seeded(3)
        let pool: [UInt8] = [0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC2, 0xDF, 0xE0, 0xE1, 0xED, 0xEF, 0xF0, 0xF3, 0xF4, 0xF5]
        for _ in 0..<20_000 {
            let bytes = random.bytes(Int(random.bytes(1)[0] % 12)).map { pool[Int($0) % pool.count] }
            #expect(UTF8Check.isValid(bytes) == (String(validating: bytes, as: UTF8.self) != nil))
        }
    }
}
