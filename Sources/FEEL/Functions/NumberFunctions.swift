internal import Kernel

/// **Standard:** DMN 1.5, table 76.
extension Evaluator {
    mutating func numberFunction(_ call: Call) -> Value {
        if call.builtin == .abs {
            switch single(call[0]) {
            case .number(let number): return .number(number.magnitude)
            case .dayTime(let duration): return .dayTime(duration.isNegative ? duration.negated : duration)
            case .yearMonth(let duration): return .yearMonth(YearMonthDuration(months: Swift.abs(duration.months)))
            default: return wrong(call, 0, wants: "number or duration")
            }
        }
        guard let number = number(call, 0) else { return wrong(call, 0, wants: "number") }
        switch call.builtin {
        case .floor: return rounded(number, .floor, call)
        case .ceiling: return rounded(number, .ceiling, call)
        case .decimal: return rounded(number, .halfEven, call)
        case .roundUp: return rounded(number, .up, call)
        case .roundDown: return rounded(number, .down, call)
        case .roundHalfUp: return rounded(number, .halfUp, call)
        case .roundHalfDown: return rounded(number, .halfDown, call)
        case .modulo:
            guard let divisor = self.number(call, 1) else { return wrong(call, 1, wants: "number") }
            guard let rest = number.modulo(divisor) else { return fail(.divisionByZero, at: call.offset, "modulo of zero") }
            return .number(rest)
        case .sqrt: return result(Numbers.squareRoot(number), "the square root of \(number.text)", call)
        case .exp: return result(Numbers.exponential(number), "e to the power of \(number.text)", call)
        case .log: return result(Numbers.logarithm(number), "the logarithm of \(number.text)", call)
        default:
            guard number.isInteger, let rest = number.modulo(2) else { return .boolean(false) }
            return .boolean(rest.isZero == (call.builtin == .even))
        }
    }

    private mutating func result(_ number: Decimal128?, _ what: @autoclosure () -> String, _ call: Call) -> Value {
        number.map { .number($0) } ?? fail(.outOfRange, at: call.offset, "\(what()) is no number")
    }

    private mutating func rounded(_ number: Decimal128, _ rule: RoundingRule, _ call: Call) -> Value {
        var scale = 0
        if call.count > 1 {
            guard let wanted = self.number(call, 1) else { return wrong(call, 1, wants: "number") }
            guard let whole = wanted.truncated.int, (-6_111...6_176).contains(whole) else {
                return fail(.outOfRange, at: call.offset, "a scale of \(wanted.text); it lies from -6111 to 6176")
            }
            scale = whole
        }
        guard let result = number.rounded(scale: scale, rule) else { return fail(.tooLarge, at: call.offset, "a number of more than 34 digits") }
        return .number(result)
    }
}
