/// A 256-bit product or scaled coefficient on its way to being rounded.
struct UInt256 {
    var high: UInt128
    var low: UInt128

    init(_ low: UInt128) {
        high = 0
        self.low = low
    }

    init(high: UInt128, low: UInt128) {
        self.high = high
        self.low = low
    }

    /// The full product.
    @inline(__always)
    init(_ left: UInt128, times right: UInt128) {
        if left >> 64 == 0, right >> 64 == 0 {
            self.init(left &* right)
        } else {
            let a = left & 0xFFFF_FFFF_FFFF_FFFF, b = left >> 64
            let c = right & 0xFFFF_FFFF_FFFF_FFFF, d = right >> 64
            let lower = a &* c
            let middle = b &* c &+ lower >> 64
            let other = a &* d &+ (middle & 0xFFFF_FFFF_FFFF_FFFF)
            self.init(
                high: b &* d &+ middle >> 64 &+ other >> 64, low: other << 64 | (lower & 0xFFFF_FFFF_FFFF_FFFF))
        }
    }

    /// This times `factor`, which the caller knows to fit.
    func multiplied(by factor: UInt128) -> UInt256 {
        let product = UInt256(low, times: factor)
        return UInt256(high: product.high &+ high &* factor, low: product.low)
    }

    func adding(_ other: UInt256) -> UInt256 {
        let (sum, carry) = low.addingReportingOverflow(other.low)
        return UInt256(high: high &+ other.high &+ (carry ? 1 : 0), low: sum)
    }

    /// This less `other`, which is no larger.
    func subtracting(_ other: UInt256) -> UInt256 {
        let (difference, borrow) = low.subtractingReportingOverflow(other.low)
        return UInt256(high: high &- other.high &- (borrow ? 1 : 0), low: difference)
    }

    func isLess(than other: UInt256) -> Bool {
        high == other.high ? low < other.low : high < other.high
    }

    var isZero: Bool { high == 0 && low == 0 }

    /// Quotient and remainder. `divisor` is not zero.
    func divided(by divisor: UInt128) -> (quotient: UInt256, remainder: UInt128) {
        if high == 0 {
            let (quotient, remainder) = low.quotientAndRemainder(dividingBy: divisor)
            return (UInt256(quotient), remainder)
        }
        let (upper, rest) = high.quotientAndRemainder(dividingBy: divisor)
        let (lower, remainder) = divisor.dividingFullWidth((rest, low))
        return (UInt256(high: upper, low: lower), remainder)
    }

    /// How many decimal digits it has; 0 for zero. Values below 10⁷⁶.
    var digitCount: Int {
        if high == 0 { return DecimalPowers.digitCount(low) }
        // 2¹²⁸ is more than 10³⁸, so the quotient has at least one digit.
        return 38 + DecimalPowers.digitCount(divided(by: DecimalPowers.power(38)).quotient.low)
    }
}

/// Powers of ten that fit in 128 bits.
enum DecimalPowers {
    private static let table: [UInt128] = {
        var powers: [UInt128] = [1]
        for _ in 1...38 { powers.append(powers[powers.count - 1] * 10) }
        return powers
    }()

    /// 10ⁿ for n from 0 to 38.
    @inline(__always)
    static func power(_ exponent: Int) -> UInt128 { table[exponent] }

    /// How many decimal digits `value` has; 0 for zero.
    static func digitCount(_ value: UInt128) -> Int {
        if value == 0 { return 0 }
        let bits = 128 - value.leadingZeroBitCount
        let estimate = (bits * 1233) >> 12  // log10(2) is just below 1233/4096
        return estimate < 39 && value >= table[min(estimate, 38)] ? estimate + 1 : estimate
    }
}
