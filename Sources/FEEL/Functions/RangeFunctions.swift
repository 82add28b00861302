internal import Kernel

/// How points and ranges lie to one another.
///
/// **Standard:** DMN 1.5, table 78.
extension Evaluator {
    /// A point is a range from itself to itself.
    private struct Span {
        let low: Value
        let high: Value
        let lowIncluded: Bool
        let highIncluded: Bool
        let isPoint: Bool
    }

    private mutating func span(_ call: Call, _ index: Int) -> Span? {
        let value = single(call[index])
        if case .range(let interval) = value {
            guard let low = interval.low, let high = interval.high, !low.isNull, !high.isNull else {
                _ = fail(.outOfRange, at: call.offset, "\(call.builtin.rawValue) of a range without an end")
                return nil
            }
            return Span(low: low, high: high, lowIncluded: interval.lowIncluded, highIncluded: interval.highIncluded, isPoint: false)
        }
        guard order(value, value) != nil else {
            _ = wrong(call, index, wants: "range or a value that has an order")
            return nil
        }
        return Span(low: value, high: value, lowIncluded: true, highIncluded: true, isPoint: true)
    }

    mutating func rangeFunction(_ call: Call) -> Value {
        if call.builtin == .range { return rangeFromText(call) }
        guard let one = span(call, 0), let other = span(call, 1) else { return .null }
        let wantsPoints: Bool
        switch call.builtin {
        case .before, .after: wantsPoints = true
        case .coincides: wantsPoints = one.isPoint == other.isPoint
        case .during, .starts, .finishes: wantsPoints = !other.isPoint
        case .includes, .startedBy, .finishedBy: wantsPoints = !one.isPoint
        default: wantsPoints = !one.isPoint && !other.isPoint
        }
        guard wantsPoints else { return fail(.wrongArguments, at: call.offset, "\(call.builtin.rawValue) wants a range where a point stands") }
        guard let low = order(one.low, other.low), let high = order(one.high, other.high), let lowHigh = order(one.low, other.high),
            let highLow = order(one.high, other.low)
        else { return fail(.notComparable, at: call.offset, "\(call.builtin.rawValue) of a \(one.low.kindName) and a \(other.low.kindName)") }
        return .boolean(Evaluator.relates(call.builtin, one, other, low: low, high: high, lowHigh: lowHigh, highLow: highLow))
    }

    private static func relates(_ builtin: Builtin, _ one: Span, _ other: Span, low: Int, high: Int, lowHigh: Int, highLow: Int) -> Bool {
        switch builtin {
        case .before: return highLow < 0 || highLow == 0 && !(one.highIncluded && other.lowIncluded)
        case .after: return lowHigh > 0 || lowHigh == 0 && !(one.lowIncluded && other.highIncluded)
        case .meets: return one.highIncluded && other.lowIncluded && highLow == 0
        case .metBy: return one.lowIncluded && other.highIncluded && lowHigh == 0
        case .overlaps:
            return (highLow > 0 || highLow == 0 && one.highIncluded && other.lowIncluded)
                && (lowHigh < 0 || lowHigh == 0 && one.lowIncluded && other.highIncluded)
        case .overlapsBefore:
            return (low < 0 || low == 0 && one.lowIncluded && !other.lowIncluded)
                && (highLow > 0 || highLow == 0 && one.highIncluded && other.lowIncluded)
                && (high < 0 || high == 0 && (!one.highIncluded || other.highIncluded))
        case .overlapsAfter:
            return (low > 0 || low == 0 && other.lowIncluded && !one.lowIncluded)
                && (lowHigh < 0 || lowHigh == 0 && one.lowIncluded && other.highIncluded)
                && (high > 0 || high == 0 && (one.highIncluded || !other.highIncluded))
        case .finishes:
            return one.highIncluded == other.highIncluded && high == 0
                && (one.isPoint || low > 0 || low == 0 && (!one.lowIncluded || other.lowIncluded))
        case .finishedBy:
            return one.highIncluded == other.highIncluded && high == 0
                && (other.isPoint || low < 0 || low == 0 && (one.lowIncluded || !other.lowIncluded))
        case .includes: return encloses(one, other, low: low, high: high)
        case .during: return encloses(other, one, low: -low, high: -high)
        case .starts:
            return low == 0 && one.lowIncluded == other.lowIncluded
                && (one.isPoint || high < 0 || high == 0 && (!one.highIncluded || other.highIncluded))
        case .startedBy:
            return low == 0 && one.lowIncluded == other.lowIncluded
                && (other.isPoint || high > 0 || high == 0 && (one.highIncluded || !other.highIncluded))
        default:
            return low == 0 && high == 0 && one.lowIncluded == other.lowIncluded && one.highIncluded == other.highIncluded
        }
    }

    /// Whether the outer holds all of the inner; the orders are those of outer to inner.
    private static func encloses(_ outer: Span, _ inner: Span, low: Int, high: Int) -> Bool {
        (low < 0 || low == 0 && (outer.lowIncluded || !inner.lowIncluded)) && (high > 0 || high == 0 && (outer.highIncluded || !inner.highIncluded))
    }

    /// `range("[1..10]")`: constants of one kind, at most one call deep.
    private mutating func rangeFromText(_ call: Call) -> Value {
        guard let text = string(call, 0) else { return wrong(call, 0, wants: "string") }
        do {
            let expression = try Expression(parsing: text)
            if case .range(let interval)? = expression.constant, interval.comparison == nil, !Evaluator.nestsCalls(text),
                let low = interval.low, let high = interval.high, low.isNull || high.isNull || low.kindName == high.kindName
            {
                return .range(interval)
            }
        } catch {
            return fail(.invalidText, at: call.offset, "\"\(text)\" is no range: \(error.reason)")
        }
        return fail(.invalidText, at: call.offset, "\"\(text)\" is no range of constants")
    }

    /// Whether a call stands inside another one.
    private static func nestsCalls(_ text: String) -> Bool {
        var depth = 0
        var quoted = false
        for (index, byte) in text.utf8.enumerated() {
            if byte == UInt8(ascii: "\"") { quoted.toggle() }
            guard !quoted, index > 0 else { continue }
            if byte == UInt8(ascii: "(") { depth += 1 }
            if byte == UInt8(ascii: ")") { depth -= 1 }
            if depth > 1 { return true }
        }
        return false
    }
}
