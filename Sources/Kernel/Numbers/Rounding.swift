/// How a number between two neighbours is brought to one of them.
public enum RoundingRule: Hashable, Sendable {
    /// To the nearer; from the middle to the even one.
    case halfEven
    /// To the nearer; from the middle away from zero.
    case halfUp
    /// To the nearer; from the middle towards zero.
    case halfDown
    /// Away from zero.
    case up
    /// Towards zero.
    case down
    /// Towards minus infinity.
    case floor
    /// Towards plus infinity.
    case ceiling

    /// Where the part that is cut off lies within one step. It is never zero.
    enum Comparison {
        case below, half, above

        init(_ remainder: UInt128, half: UInt128, inexact: Bool) {
            self = remainder < half ? .below : remainder > half || inexact ? .above : .half
        }
    }

    /// Whether the last digit grows by one.
    func increments(odd: Bool, comparison: Comparison, negative: Bool) -> Bool {
        switch self {
        case .halfEven: comparison == .above || comparison == .half && odd
        case .halfUp: comparison != .below
        case .halfDown: comparison == .above
        case .up: true
        case .down: false
        case .floor: negative
        case .ceiling: !negative
        }
    }
}

extension Decimal128 {
    /// The nearest number with `scale` places after the point; a negative scale rounds to tens, hundreds and so on. Nil when too large.
    ///
    /// **Standard** DMN 1.5 table 76: `decimal` is `.halfEven`, `round up` is `.up`, and so on.
    public func rounded(scale: Int = 0, _ rule: RoundingRule = .halfEven) -> Decimal128? {
        let scale = min(max(scale, -Self.exponents.upperBound), -Self.exponents.lowerBound)
        let drop = -scale - exponent
        guard drop > 0, !isZero else { return self }
        if drop > 38 {
            // At least four digits of zeros lie between the number and the last place that is kept.
            let grows = rule.increments(odd: false, comparison: .below, negative: isNegative)
            return Self.normalized(negative: isNegative, grows ? 1 : 0, -scale)
        }
        let power = DecimalPowers.power(drop)
        var (quotient, remainder) = coefficient.quotientAndRemainder(dividingBy: power)
        if remainder != 0 {
            let comparison = RoundingRule.Comparison(remainder, half: power / 2, inexact: false)
            if rule.increments(odd: quotient & 1 == 1, comparison: comparison, negative: isNegative) { quotient += 1 }
        }
        return Self.normalized(negative: isNegative, quotient, -scale)
    }

    /// The largest integer that is not larger.
    public var floor: Decimal128 { rounded(scale: 0, .floor) ?? self }

    /// The smallest integer that is not smaller.
    public var ceiling: Decimal128 { rounded(scale: 0, .ceiling) ?? self }

    /// The integer part.
    public var truncated: Decimal128 { rounded(scale: 0, .down) ?? self }
}
