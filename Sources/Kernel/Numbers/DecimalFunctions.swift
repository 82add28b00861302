extension Decimal128 {
    /// This to the power of an integer; nil when too large, and for zero to a negative power. To the power of zero everything is one.
    public func raised(to power: Int) -> Decimal128? {
        if power == 0 { return .one }
        if isZero { return power > 0 ? .zero : nil }
        let base = WorkingDecimal(magnitude)
        let negative = isNegative && power & 1 == 1
        let limit = 20_000
        var value = base
        let count = power.magnitude
        // From the second-highest bit down, so that no step goes farther than the result.
        var bit = UInt(1) << UInt(UInt.bitWidth - 1 - count.leadingZeroBitCount)
        while bit > 1 {
            bit >>= 1
            value = value.multiplied(by: value)
            if count & bit != 0 { value = value.multiplied(by: base) }
            if abs(value.magnitudeExponent) > limit {
                return (value.magnitudeExponent > 0) == (power > 0) ? nil : .zero
            }
        }
        if power < 0 { value = WorkingDecimal(1).divided(by: value) }
        return (negative ? value.negated : value).result
    }

    /// This to any power; nil when too large, for zero to a negative power, and for a negative number to a power that is no integer. Where
    /// the power is no integer, the last digit may be off by one.
    public func raised(to power: Decimal128) -> Decimal128? {
        if let integer = power.int { return raised(to: integer) }
        if isZero { return power.isNegative ? nil : .zero }
        if isNegative {
            guard power.isInteger else { return nil }
            // An integer beyond 64 bits: only 0 and ±1 stay within range, but for the sign.
            let odd = power.modulo(2) == 1
            guard let value = magnitude.raised(to: power) else { return nil }
            return odd ? -value : value
        }
        if self == .one { return .one }
        return Self.exponential(WorkingDecimal(power).multiplied(by: Self.logarithm(WorkingDecimal(self))))
    }

    /// The square root, rightly rounded; nil below zero.
    public var squareRoot: Decimal128? {
        if isZero { return .zero }
        guard !isNegative else { return nil }
        // An even exponent and 69 or 70 digits give a root of 35.
        var places = 70 - DecimalPowers.digitCount(coefficient)
        if (exponent - places) % 2 != 0 { places -= 1 }
        let first = min(places, 38)
        let square = UInt256(coefficient, times: DecimalPowers.power(first)).multiplied(by: DecimalPowers.power(places - first))
        // Newton's steps from above come down to the root and stop there.
        var root = DecimalPowers.power(35)
        while true {
            let next = (root + square.divided(by: root).quotient.low) / 2
            if next >= root { break }
            root = next
        }
        let exact = square.subtracting(UInt256(root, times: root)).isZero
        return Self.rounding(negative: false, UInt256(root), exponent: (exponent - places) / 2, inexact: !exact)
    }

    /// e to this power; nil when too large.
    public var exponential: Decimal128? {
        Self.exponential(WorkingDecimal(self))
    }

    /// The natural logarithm; nil at zero and below.
    public var naturalLogarithm: Decimal128? {
        guard !isZero, !isNegative else { return nil }
        return Self.logarithm(WorkingDecimal(self)).result
    }

    // MARK: Series

    /// ln 10 in two parts; the first is so short that its product with any exponent is exact.
    private static let logarithmOf10 = (
        WorkingDecimal(coefficient: 230_258_509_299_404_568_401_799_145_468, exponent: -29),
        WorkingDecimal(coefficient: 43_642_076_011_014_886_287_729_760_333_279_009_676, exponent: -67)
    )

    private static func exponential(_ power: WorkingDecimal) -> Decimal128? {
        if power.isZero { return .one }
        // Beyond ±14,300 lies what cannot be written.
        if power.magnitudeExponent > 4 { return power.isNegative ? .zero : nil }
        // e^x is 10^k · e^r with r between −1.2 and 1.2.
        let quotient = power.divided(by: logarithmOf10.0).result?.rounded(scale: 0, .halfEven)
        guard let tens = quotient?.int else { return nil }
        let count = WorkingDecimal(-tens)
        let rest = power.adding(count.multiplied(by: logarithmOf10.0)).adding(count.multiplied(by: logarithmOf10.1))
        var term = WorkingDecimal(1)
        var sum = term
        var index = 1
        while !term.isZero, term.magnitudeExponent > -42 {
            term = term.multiplied(by: rest).divided(by: WorkingDecimal(index))
            sum = sum.adding(term)
            index += 1
        }
        return sum.scaled(by: tens).result
    }

    /// The natural logarithm of a positive number.
    private static func logarithm(_ value: WorkingDecimal) -> WorkingDecimal {
        // The number is m · 10^k with m between 0.3 and 3.2; ln m = 2 artanh((m − 1) / (m + 1)).
        var tens = value.magnitudeExponent
        var scaled = value.scaled(by: -tens)
        if !scaled.adding(WorkingDecimal(coefficient: 316, exponent: -2).negated).isNegative {
            tens += 1
            scaled = scaled.scaled(by: -1)
        }
        let one = WorkingDecimal(1)
        let above = scaled.adding(one.negated)
        var sum = WorkingDecimal(0)
        if !above.isZero {
            let ratio = above.divided(by: scaled.adding(one))
            let square = ratio.multiplied(by: ratio)
            var power = ratio
            let first = ratio.magnitudeExponent
            var index = 1
            while !power.isZero, power.magnitudeExponent > first - 42 {
                sum = sum.adding(power.divided(by: WorkingDecimal(index)))
                power = power.multiplied(by: square)
                index += 2
            }
            sum = sum.adding(sum)
        }
        let count = WorkingDecimal(tens)
        return count.multiplied(by: logarithmOf10.0).adding(count.multiplied(by: logarithmOf10.1).adding(sum))
    }
}
