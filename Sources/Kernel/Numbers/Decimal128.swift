/// A decimal number of up to 34 digits, as FEEL reckons.
///
/// **Shape** 16 bytes: sign, a coefficient below 10³⁴, an exponent from −6176 to 6111. There is one form for each value, so 1.0 and 1.00 are
/// equal and hash alike; there is no minus zero, no infinity and no NaN: an operation without a finite result is nil. Results that need
/// more digits are rounded half to even; results nearer to zero than 10⁻⁶¹⁷⁶ become zero or that.
/// **Standard** DMN 1.5 section 10.3.2.3.1; IEEE 754-2019 decimal128.
public struct Decimal128: Hashable, Comparable, Sendable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// The digits that a coefficient may have.
    public static let digitsMax = 34
    static let exponents = -6176...6111
    static let coefficientLimit = DecimalPowers.power(digitsMax)

    // From the top: sign, 14 bits of biased exponent, 113 bits of coefficient.
    private let high: UInt64
    private let low: UInt64

    private static let bias = 6176

    /// The bits of the one form: an integer below 10³⁴ has exponent 0, a larger number all 34 digits, any other no trailing zero.
    @inline(__always)
    private init(bits negative: Bool, _ coefficient: UInt128, _ exponent: Int) {
        high = (negative ? 1 << 63 : 0) | UInt64(exponent + Self.bias) << 49 | UInt64(truncatingIfNeeded: coefficient >> 64)
        low = UInt64(truncatingIfNeeded: coefficient)
    }

    public static let zero = Decimal128(bits: false, 0, 0)
    public static let one = Decimal128(bits: false, 1, 0)

    /// The largest number, (10³⁴ − 1) · 10⁶¹¹¹.
    public static let greatest = Decimal128(bits: false, coefficientLimit - 1, exponents.upperBound)

    public init(_ value: Int) {
        self.init(bits: value < 0, UInt128(value.magnitude), 0)
    }

    public init(integerLiteral value: Int) {
        self.init(value)
    }

    /// Whether it is below zero.
    public var isNegative: Bool { high >> 63 != 0 }
    public var isZero: Bool { coefficient == 0 }

    /// The digits, without sign and point.
    var coefficient: UInt128 { UInt128(high & 0x1_FFFF_FFFF_FFFF) << 64 | UInt128(low) }
    /// The power of ten that the coefficient is multiplied by.
    var exponent: Int { Int(high >> 49 & 0x3FFF) - Self.bias }
    /// The exponent of the first digit: 2 for 123, −2 for 0.0123.
    var magnitudeExponent: Int { exponent + DecimalPowers.digitCount(coefficient) - 1 }

    public var isInteger: Bool { exponent >= 0 }

    /// The value, if it is an integer that fits.
    public var int: Int? {
        guard exponent == 0, let magnitude = UInt(exactly: coefficient) else { return nil }
        return isNegative ? (magnitude <= Int.min.magnitude ? Int(truncatingIfNeeded: 0 &- magnitude) : nil) : Int(exactly: magnitude)
    }

    /// The value, unless it has a fraction or lies outside 64 bits; on every platform alike.
    public var int64: Int64? {
        guard exponent == 0, let magnitude = UInt64(exactly: coefficient) else { return nil }
        return isNegative
            ? (magnitude <= Int64.min.magnitude ? Int64(truncatingIfNeeded: 0 &- magnitude) : nil) : Int64(exactly: magnitude)
    }

    public init(_ value: Int64) {
        self.init(bits: value < 0, UInt128(value.magnitude), 0)
    }

    // MARK: Making the one form

    /// ± coefficient · 10^exponent, rounded to 34 digits; nil when too large.
    /// `inexact` says that the true value lies above the coefficient by less than one; the coefficient has then at least 35 digits, so that
    /// a digit is there to be cut off.
    static func rounding(
        negative: Bool, _ value: UInt256, exponent: Int, inexact: Bool = false, _ rule: RoundingRule = .halfEven
    ) -> Decimal128? {
        var value = value, exponent = exponent, inexact = inexact
        var drop = max(value.digitCount - digitsMax, exponents.lowerBound - exponent)
        if drop > 38 {
            // Far below the smallest exponent: cut off in two steps, remembering that something was cut.
            let first = min(max(value.digitCount - digitsMax - 2, 0), 38)
            let (quotient, remainder) = value.divided(by: DecimalPowers.power(first))
            value = quotient
            inexact = inexact || remainder != 0
            exponent += first
            drop -= first
            if drop > 38 {
                guard !value.isZero || inexact else { return .zero }
                guard rule.increments(odd: false, comparison: .below, negative: negative) else { return .zero }
                return Decimal128(bits: negative, 1, exponents.lowerBound)
            }
        }
        var coefficient = value.low
        if drop > 0 {
            let power = DecimalPowers.power(drop)
            let (quotient, remainder) = value.divided(by: power)
            coefficient = quotient.low
            exponent += drop
            if remainder != 0 || inexact {
                let comparison = RoundingRule.Comparison(remainder, half: power / 2, inexact: inexact)
                if rule.increments(odd: coefficient & 1 == 1, comparison: comparison, negative: negative) { coefficient += 1 }
            }
        }
        return normalized(negative: negative, coefficient, exponent)
    }

    /// The one form of ± coefficient · 10^exponent, where the coefficient is at most 10³⁴ and the exponent not below the smallest.
    static func normalized(negative: Bool, _ coefficient: UInt128, _ exponent: Int) -> Decimal128? {
        var coefficient = coefficient, exponent = exponent
        if coefficient == 0 { return .zero }
        if coefficient == coefficientLimit {
            coefficient /= 10
            exponent += 1
        }
        if exponent > 0 {
            let room = min(exponent, digitsMax - DecimalPowers.digitCount(coefficient))
            coefficient *= DecimalPowers.power(room)
            exponent -= room
            guard exponent <= exponents.upperBound else { return nil }
        } else if exponent < 0 {
            (coefficient, exponent) = stripped(coefficient, exponent)
        }
        return Decimal128(bits: negative, coefficient, exponent)
    }

    /// Takes trailing zeros off while the exponent is below zero.
    private static func stripped(_ coefficient: UInt128, _ exponent: Int) -> (UInt128, Int) {
        var coefficient = coefficient, exponent = exponent
        if coefficient >> 64 != 0 {
            for step in [16, 8, 4, 2, 1] where exponent <= -step {
                let (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: DecimalPowers.power(step))
                if remainder == 0 {
                    coefficient = quotient
                    exponent += step
                }
            }
        }
        if coefficient >> 64 == 0 {
            var small = UInt64(truncatingIfNeeded: coefficient)
            while exponent < 0, small % 10 == 0 {
                small /= 10
                exponent += 1
            }
            return (UInt128(small), exponent)
        }
        while exponent < 0, coefficient % 10 == 0 {
            coefficient /= 10
            exponent += 1
        }
        return (coefficient, exponent)
    }

    // MARK: Order

    public static func < (left: Decimal128, right: Decimal128) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? isSmaller(right, left) : isSmaller(left, right)
    }

    /// Whether the first is nearer to zero.
    private static func isSmaller(_ left: Decimal128, _ right: Decimal128) -> Bool {
        let a = left.coefficient, b = right.coefficient
        if left.exponent == right.exponent { return a < b }
        if a == 0 || b == 0 { return a == 0 && b != 0 }
        if left.magnitudeExponent != right.magnitudeExponent { return left.magnitudeExponent < right.magnitudeExponent }
        // Equal magnitudes: the exponents differ by less than 34.
        let difference = left.exponent - right.exponent
        return difference > 0
            ? UInt256(a, times: DecimalPowers.power(difference)).isLess(than: UInt256(b))
            : UInt256(a).isLess(than: UInt256(b, times: DecimalPowers.power(-difference)))
    }

    // MARK: Arithmetic

    public static prefix func - (value: Decimal128) -> Decimal128 {
        value.isZero ? value : Decimal128(bits: !value.isNegative, value.coefficient, value.exponent)
    }

    /// The value without its sign.
    public var magnitude: Decimal128 { Decimal128(bits: false, coefficient, exponent) }

    /// The sum; nil when too large.
    public func adding(_ other: Decimal128) -> Decimal128? {
        if exponent == other.exponent { return Self.sum(self, UInt256(coefficient), other, UInt256(other.coefficient), exponent) }
        if isZero { return other }
        if other.isZero { return self }
        return exponent > other.exponent ? Self.add(self, other) : Self.add(other, self)
    }

    /// The difference; nil when too large.
    public func subtracting(_ other: Decimal128) -> Decimal128? { adding(-other) }

    /// Adds where the first has the larger exponent and neither is zero.
    private static func add(_ large: Decimal128, _ small: Decimal128) -> Decimal128? {
        let difference = large.exponent - small.exponent
        // With 37 digits of the larger number, anything below its last place only tips the rounding.
        let spare = 37 - DecimalPowers.digitCount(large.coefficient)
        if small.magnitudeExponent < large.exponent - spare {
            let scaled = UInt256(large.coefficient, times: DecimalPowers.power(spare)).multiplied(by: 10)
            let tipped = large.isNegative == small.isNegative ? scaled.adding(UInt256(1)) : scaled.subtracting(UInt256(1))
            return rounding(negative: large.isNegative, tipped, exponent: large.exponent - spare - 1)
        }
        let first = min(difference, 38)
        let scaled = UInt256(large.coefficient, times: DecimalPowers.power(first)).multiplied(by: DecimalPowers.power(difference - first))
        return sum(large, scaled, small, UInt256(small.coefficient), small.exponent)
    }

    private static func sum(_ left: Decimal128, _ a: UInt256, _ right: Decimal128, _ b: UInt256, _ exponent: Int) -> Decimal128? {
        if left.isNegative == right.isNegative { return rounding(negative: left.isNegative, a.adding(b), exponent: exponent) }
        if a.isLess(than: b) { return rounding(negative: right.isNegative, b.subtracting(a), exponent: exponent) }
        return rounding(negative: left.isNegative, a.subtracting(b), exponent: exponent)
    }

    /// The product; nil when too large.
    public func multiplied(by other: Decimal128) -> Decimal128? {
        Self.rounding(
            negative: isNegative != other.isNegative, UInt256(coefficient, times: other.coefficient), exponent: exponent + other.exponent)
    }

    /// The quotient; nil when the divisor is zero or the result too large.
    public func divided(by other: Decimal128) -> Decimal128? {
        guard !other.isZero else { return nil }
        if isZero { return .zero }
        // A dividend of 34 digits, scaled by one more than the divisor's digits, gives a quotient of 35 or 36.
        let fill = Self.digitsMax - DecimalPowers.digitCount(coefficient)
        let scale = DecimalPowers.digitCount(other.coefficient) + 1
        let dividend = UInt256(coefficient * DecimalPowers.power(fill), times: DecimalPowers.power(scale))
        let (quotient, remainder) = dividend.divided(by: other.coefficient)
        return Self.rounding(
            negative: isNegative != other.isNegative, quotient, exponent: exponent - fill - scale - other.exponent,
            inexact: remainder != 0)
    }

    /// What is left of the division with the quotient rounded down, so that it has the divisor's sign. Nil when the divisor is zero.
    ///
    /// **Standard** DMN 1.5 table 76, `modulo`.
    public func modulo(_ divisor: Decimal128) -> Decimal128? {
        guard !divisor.isZero else { return nil }
        let difference = exponent - divisor.exponent
        var rest: Decimal128?
        if difference >= 0 {
            var remainder = coefficient % divisor.coefficient
            var left = difference
            while left > 0, remainder != 0 {
                let step = min(left, 38)
                remainder = UInt256(remainder, times: DecimalPowers.power(step)).divided(by: divisor.coefficient).remainder
                left -= step
            }
            rest = Self.normalized(negative: isNegative, remainder, divisor.exponent)
        } else if -difference + DecimalPowers.digitCount(divisor.coefficient) > 38 {
            rest = self
        } else {
            rest = Self.normalized(
                negative: isNegative, coefficient % (divisor.coefficient * DecimalPowers.power(-difference)), exponent)
        }
        guard let rest else { return nil }
        return rest.isZero || rest.isNegative == divisor.isNegative ? rest : rest.adding(divisor)
    }

    public var description: String { text }
}
