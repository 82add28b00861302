/// What boxed expressions ask of the evaluator.
///
/// **Standard:** DMN 1.5, 10.2.2 and 10.3.2.14.
extension Evaluator {
    /// The elements that a boxed iteration goes over: a list's, a range's, or a single value itself. Nil, with a problem noted, for null and
    /// for ranges that have no end or no steps.
    package mutating func elements(over value: Value) -> [Value]? {
        switch value {
        case .list(let items):
            return items
        case .null:
            _ = note(.wrongType, "an iteration over null")
            return nil
        case .range(let interval):
            guard let low = interval.low, let high = interval.high else {
                _ = note(.outOfRange, "an iteration over a range without an end")
                return nil
            }
            guard var items = steps(from: low, to: high, at: 0) else { return nil }
            if !interval.lowIncluded, let first = items.first, equal(first, low) == true { items.removeFirst() }
            if !interval.highIncluded, let last = items.last, equal(last, high) == true { items.removeLast() }
            return items
        default:
            return [value]
        }
    }

    /// The items that a boxed filter tests. Nil, with a problem noted, for null.
    package mutating func items(of value: Value) -> [Value]? {
        switch value {
        case .list(let items): return items
        case .null:
            _ = note(.wrongType, "a filter on null")
            return nil
        default: return [value]
        }
    }

    /// The item at a place counted from 1 or, below zero, from the end.
    package mutating func item(at place: Value, of items: [Value]) -> Value {
        guard case .number(let number) = place else { return note(.wrongType, "a filter wants a condition or a place, not a \(place.kindName)") }
        mark = problems.count
        return element(number, of: items, at: 0)
    }

    /// Counts work; false, with a problem noted once, when there was too much of it.
    package mutating func charge(_ steps: Int) -> Bool { spend(steps, at: 0) }

    /// Runs a body one level deeper; null, with a problem noted, at ``Limits/evaluationDepthMax``.
    package mutating func deeper(_ body: (inout Evaluator) -> Value) -> Value { nested(at: 0, body) }
}
