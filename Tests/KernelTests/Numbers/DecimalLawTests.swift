import Kernel
import Testing

@Suite("Decimal128: laws and edges") struct DecimalLawTests {
    /// Numbers of all sizes, with many zeros and nines among their digits.
    private static func some(_ random: Randomness) -> Decimal128 {
        let bytes = random.bytes(40)
        let digits = bytes[1..<(2 + Int(bytes[0] % 34))].map { byte in
            byte % 3 == 0 ? "0" : byte % 3 == 1 ? "9" : String(byte % 10)
        }
        let exponent = bytes[36] % 8 == 0 ? Int(bytes[37]) * 40 - 5000 : Int(bytes[37] % 60) - 40
        return Decimal128((bytes[38] % 2 == 0 ? "-" : "") + digits.joined() + "e" + String(exponent)) ?? 0
    }

    @Test func `sums and products do not depend on the order of two`() {
        let random = Randomness.seeded(10)
        for _ in 0..<3000 {
            let a = Self.some(random), b = Self.some(random)
            #expect(a.adding(b) == b.adding(a))
            #expect(a.multiplied(by: b) == b.multiplied(by: a))
            #expect(a.subtracting(b) == b.subtracting(a).map { -$0 })
            #expect(a.subtracting(a) == 0)
            #expect(a.adding(0) == a)
            #expect(a.multiplied(by: 1) == a)
            #expect((-a).multiplied(by: b) == a.multiplied(by: b).map { -$0 })
        }
    }

    @Test func `the order is total and agrees with the sign of the difference`() {
        let random = Randomness.seeded(11)
        for _ in 0..<3000 {
            let a = Self.some(random), b = Self.some(random), c = Self.some(random)
            #expect([a < b, a == b, a > b].count { $0 } == 1)
            if a < b, b < c { #expect(a < c) }
            if let difference = a.subtracting(b), !difference.isZero { #expect((a < b) == difference.isNegative) }
        }
    }

    @Test func `the text reads back to the same value, with or without needless zeros`() {
        let random = Randomness.seeded(12)
        for _ in 0..<2000 {
            let a = Self.some(random)
            #expect(Decimal128(a.text) == a)
            let padded = a.text.contains(".") ? a.text + "000" : a.text + ".000"
            #expect(Decimal128(padded) == a)
            #expect(Decimal128(padded)?.hashValue == a.hashValue)
            #expect(!a.text.contains(".") || !a.text.hasSuffix("0"))
        }
    }

    @Test func `small integers reckon as integers do`() {
        let random = Randomness.seeded(13)
        for _ in 0..<3000 {
            let bytes = random.bytes(8)
            let a = Int(bytes[0]) << 16 - Int(bytes[1]) << 20 + Int(bytes[2]), b = Int(bytes[3]) - Int(bytes[4]) * 7 + Int(bytes[5])
            let x = Decimal128(a), y = Decimal128(b)
            #expect(x.adding(y)?.int == a + b)
            #expect(x.multiplied(by: y)?.int == a * b)
            #expect((x < y) == (a < b))
            #expect(x.text == String(a))
            if b != 0 {
                #expect(x.modulo(y)?.int == ((a % b) + b) % b)
                #expect(x.divided(by: y)?.floor.int == Int((Double(a) / Double(b)).rounded(.down)))
            } else {
                #expect(x.modulo(y) == nil)
                #expect(x.divided(by: y) == nil)
            }
        }
    }

    @Test func `a rounded number is one of its two neighbours`() throws {
        let random = Randomness.seeded(14)
        for _ in 0..<2000 {
            let a = Self.some(random)
            let scale = Int(random.bytes(1)[0] % 20) - 5
            let low = try #require(a.rounded(scale: scale, .floor)), high = try #require(a.rounded(scale: scale, .ceiling))
            #expect(low <= a && a <= high)
            for rule in [RoundingRule.halfEven, .halfUp, .halfDown, .up, .down] {
                let rounded = try #require(a.rounded(scale: scale, rule))
                #expect(rounded == low || rounded == high)
                #expect(rounded.rounded(scale: scale, rule) == rounded)
            }
            #expect(a.rounded(scale: scale, .up)?.magnitude == max(low.magnitude, high.magnitude))
            #expect(a.rounded(scale: scale, .down)?.magnitude == min(low.magnitude, high.magnitude))
        }
    }

    @Test func `a quotient times its divisor comes back to within the last digit`() throws {
        let random = Randomness.seeded(15)
        for _ in 0..<2000 {
            let a = Self.some(random), b = Self.some(random)
            guard !a.isZero, let quotient = a.divided(by: b), !quotient.isZero, let product = quotient.multiplied(by: b) else { continue }
            let error = try #require(product.subtracting(a)).magnitude
            #expect(error <= (a.magnitude.multiplied(by: try #require(Decimal128("1e-33"))) ?? 0) || a.magnitude < (Decimal128("1e-6000") ?? 0))
        }
    }

    @Test func `one value has one form`() {
        #expect(Decimal128("1.0") == Decimal128("1.00"))
        #expect(Decimal128("-0.0") == 0)
        #expect(Decimal128("-0")?.isNegative == false)
        #expect(Decimal128("100e-2") == 1)
        #expect(Decimal128("1e3")?.text == "1000")
        #expect(Decimal128("1e3")?.isInteger == true)
        #expect(Decimal128("1e6144")?.int == nil)
        #expect(Decimal128("0.5")?.isInteger == false)
        #expect(Set([Decimal128("1e33"), Decimal128("10e32"), Decimal128("1000000000000000000000000000000000.000")]).count == 1)
        #expect(Set([Decimal128("1e40"), Decimal128("10000000000e30")]).count == 1)
    }

    @Test func `integers of the machine go in and out whole`() {
        for value in [Int.min, Int.min + 1, -1, 0, 1, Int.max - 1, Int.max] {
            #expect(Decimal128(value).int == value)
            #expect(Decimal128(value).int64 == Int64(value))
            #expect(Decimal128(value).text == String(value))
        }
        #expect(Decimal128("9223372036854775808")?.int == nil)
        #expect(Decimal128("-9223372036854775809")?.int == nil)
        #expect(Decimal128("-9223372036854775808")?.int == Int.min)
        #expect(Decimal128("1.5")?.int == nil)
    }

    @Test(arguments: ["", "-", "+", ".", "e5", "1e", "1e+", "1..2", "1.2.3", "0x10", " 1", "1 ", "1,5", "NaN", "Infinity", "--1", "1e5.0", "１"])
    func `what is no number is refused`(text: String) {
        #expect(Decimal128(text) == nil)
    }

    @Test func `what is too large is refused and what is too small is zero`() {
        #expect(Decimal128("1e6145") == nil)
        #expect(Decimal128("9.999999999999999999999999999999999e6144") == .greatest)
        #expect(Decimal128("9.9999999999999999999999999999999999e6144") == nil)
        #expect(Decimal128("1e999999999999999999999") == nil)
        #expect(Decimal128("1e-999999999999999999999") == 0)
        #expect(Decimal128("0e999999999999999999999") == 0)
        #expect(Decimal128("1e-6176")?.isZero == false)
        #expect(Decimal128("5e-6177") == 0)
        #expect(Decimal128("6e-6177") == Decimal128("1e-6176"))
        #expect(Decimal128.greatest.adding(.greatest) == nil)
        #expect(Decimal128.greatest.adding(1) == .greatest)
        #expect(Decimal128.greatest.multiplied(by: 2) == nil)
        #expect((-Decimal128.greatest).subtracting(.greatest) == nil)
        #expect(Decimal128(7).divided(by: 0) == nil)
    }

    @Test func `powers keep their edges`() {
        #expect(Decimal128(0).raised(to: 0) == 1)
        #expect(Decimal128(0).raised(to: -1) == nil)
        #expect(Decimal128(-2).raised(to: 3) == -8)
        #expect(Decimal128(2).raised(to: -2) == Decimal128("0.25"))
        #expect(Decimal128(10).raised(to: 6144)?.text.utf8.count == 6145)
        #expect(Decimal128(10).raised(to: 6145) == nil)
        #expect(Decimal128(10).raised(to: Int.max) == nil)
        #expect(Decimal128(10).raised(to: Int.min) == 0)
        #expect(Decimal128(1).raised(to: Int.min) == 1)
        #expect(Decimal128(-1).raised(to: Int.max) == -1)
        #expect(Decimal128("1.01")?.raised(to: 2)?.text == "1.0201")
        #expect(Decimal128(9).raised(to: Decimal128("0.5") ?? 0) == 3)
        #expect(Decimal128(-9).raised(to: Decimal128("0.5") ?? 0) == nil)
        #expect(Decimal128(-1).squareRoot == nil)
        #expect(Decimal128(0).naturalLogarithm == nil)
        #expect(Decimal128(-1).naturalLogarithm == nil)
        #expect(Decimal128(1).naturalLogarithm == 0)
        #expect(Decimal128(0).exponential == 1)
        #expect(Decimal128(20_000).exponential == nil)
        #expect(Decimal128(-20_000).exponential == 0)
        #expect(Decimal128.greatest.exponential == nil)
    }
}
