/// A decimal of 38 digits for the steps of a long calculation: its four digits more than a result take up what rounding loses.
/// **Shape** the exponent is unbounded here; who makes a result of it checks the range.
struct WorkingDecimal {
    private static let digitsMax = 38

    let isNegative: Bool
    let coefficient: UInt128
    let exponent: Int

    private init(isNegative: Bool, coefficient: UInt128, exponent: Int) {
        self.isNegative = isNegative
        self.coefficient = coefficient
        self.exponent = exponent
    }

    init(_ value: Decimal128) {
        self.init(isNegative: value.isNegative, coefficient: value.coefficient, exponent: value.exponent)
    }

    init(_ value: Int) {
        self.init(isNegative: value < 0, coefficient: UInt128(value.magnitude), exponent: 0)
    }

    /// A positive constant. **Shape** at most 38 digits.
    init(coefficient: UInt128, exponent: Int) {
        self.init(isNegative: false, coefficient: coefficient, exponent: exponent)
    }

    private init(isNegative: Bool, rounding value: UInt256, exponent: Int) {
        let drop = value.digitCount - Self.digitsMax
        guard drop > 0 else {
            self.init(isNegative: isNegative, coefficient: value.low, exponent: exponent)
            return
        }
        let power = DecimalPowers.power(drop)
        let (quotient, remainder) = value.divided(by: power)
        let up = remainder > power / 2 || remainder == power / 2 && quotient.low & 1 == 1
        self.init(isNegative: isNegative, coefficient: quotient.low + (up ? 1 : 0), exponent: exponent + drop)
    }

    var isZero: Bool { coefficient == 0 }

    /// The exponent of the first digit.
    var magnitudeExponent: Int { exponent + DecimalPowers.digitCount(coefficient) - 1 }

    var negated: WorkingDecimal { WorkingDecimal(isNegative: !isNegative, coefficient: coefficient, exponent: exponent) }

    /// The same digits with the point so many places to the right.
    func scaled(by places: Int) -> WorkingDecimal {
        WorkingDecimal(isNegative: isNegative, coefficient: coefficient, exponent: exponent + places)
    }

    func multiplied(by other: WorkingDecimal) -> WorkingDecimal {
        WorkingDecimal(
            isNegative: isNegative != other.isNegative, rounding: UInt256(coefficient, times: other.coefficient),
            exponent: exponent + other.exponent)
    }

    /// The quotient. The divisor is not zero.
    func divided(by other: WorkingDecimal) -> WorkingDecimal {
        let fill = Self.digitsMax - DecimalPowers.digitCount(coefficient)
        let scale = DecimalPowers.digitCount(other.coefficient)
        let dividend = UInt256(coefficient * DecimalPowers.power(fill), times: DecimalPowers.power(scale))
        return WorkingDecimal(
            isNegative: isNegative != other.isNegative, rounding: dividend.divided(by: other.coefficient).quotient,
            exponent: exponent - fill - scale - other.exponent)
    }

    func adding(_ other: WorkingDecimal) -> WorkingDecimal {
        if isZero { return other }
        if other.isZero { return self }
        if exponent < other.exponent { return other.adding(self) }
        let difference = exponent - other.exponent
        let room = Self.digitsMax - DecimalPowers.digitCount(coefficient)
        // Too small to be seen in 38 digits.
        if other.magnitudeExponent < exponent - room - 1 { return self }
        let first = min(difference, 38)
        let scaled = UInt256(coefficient, times: DecimalPowers.power(first)).multiplied(by: DecimalPowers.power(difference - first))
        let small = UInt256(other.coefficient)
        if isNegative == other.isNegative {
            return WorkingDecimal(isNegative: isNegative, rounding: scaled.adding(small), exponent: other.exponent)
        }
        return scaled.isLess(than: small)
            ? WorkingDecimal(isNegative: other.isNegative, rounding: small.subtracting(scaled), exponent: other.exponent)
            : WorkingDecimal(isNegative: isNegative, rounding: scaled.subtracting(small), exponent: other.exponent)
    }

    /// The result of 34 digits; nil when too large.
    var result: Decimal128? {
        if isZero { return .zero }
        if magnitudeExponent > Decimal128.exponents.upperBound + Decimal128.digitsMax { return nil }
        if magnitudeExponent < Decimal128.exponents.lowerBound - 2 { return .zero }
        return Decimal128.rounding(negative: isNegative, UInt256(coefficient), exponent: exponent)
    }
}
