internal import Kernel

/// Whether values meet tests, in a cell or after `in`.
///
/// **Standard:** DMN 1.5, 10.3.2.8.
extension Evaluator {
    /// Whether the value meets one of the tests of a cell; `?` is the value.
    package mutating func meets(_ value: Value, _ tests: UnaryTests) -> Bool? {
        if let answer = tests.quick?.answer(value) { return answer }
        locals.append(value)
        let count = problems.count
        let answer = meets(value, anyOf: tests.tests)
        locals.removeLast()
        if problems.count > count { attribute(from: count, to: tests.text) }
        return answer
    }

    /// Whether the value meets one of the tests of a cell that the decision itself did not look at: for the account, without a mark on
    /// the evaluation. Unknown, too, when looking took more than ``Limits/stepsMax``.
    package mutating func wouldMeet(_ value: Value, _ tests: UnaryTests) -> Bool? {
        if let answer = tests.quick?.answer(value) { return answer }
        return quietly { (evaluator: inout Evaluator) in evaluator.meets(value, tests) }
    }

    mutating func meets(_ value: Value, anyOf tests: [Test]) -> Bool? {
        var unknown = false
        for test in tests {
            switch meets(value, test) {
            case true?: return true
            case nil: unknown = true
            case false?: break
            }
        }
        return unknown ? nil : false
    }

    mutating func meets(_ value: Value, _ test: Test) -> Bool? {
        switch test {
        case .any:
            return true
        case .relation(let relation, let node):
            let before = problems.count
            let bound = evaluate(node)
            mark = before
            return compare(relation, value, bound, at: node.start)
        case .condition(let node):
            return truth(node)
        case .not(let tests):
            return meets(value, anyOf: tests).map { !$0 }
        case .value(let node):
            let before = problems.count
            let wanted = evaluate(node)
            mark = before
            return isWithin(value, wanted, at: node.start)
        }
    }

    /// Whether a value equals another, or is in it where that is a list or range.
    mutating func isWithin(_ value: Value, _ wanted: Value, at offset: Int) -> Bool? {
        switch wanted {
        case .range(let interval):
            if case .range = value { return equal(value, wanted) }
            return contains(interval, value, at: offset)
        case .list(let items):
            if case .list = value, equal(value, wanted) == true { return true }
            var unknown = false
            for item in items {
                let found: Bool?
                if case .range(let interval) = item {
                    if case .range = value { found = equal(value, item) } else { found = contains(interval, value, at: offset) }
                } else {
                    found = equal(value, item) ?? false
                }
                if found == true { return true }
                if found == nil { unknown = true }
            }
            return unknown ? nil : false
        case .boolean(let answer):
            // An expression that is true of itself, in a cell for values that are no booleans.
            if case .boolean(let own) = value { return own == answer }
            return value.isNull ? false : nil
        default:
            return compare(.equal, value, wanted, at: offset)
        }
    }

    mutating func contains(_ interval: Interval, _ value: Value, at offset: Int) -> Bool? {
        if value.isNull { return nil }
        if interval.comparison == .notEqual, let bound = interval.low { return compare(.notEqual, value, bound, at: offset) }
        var low: Bool? = true
        if let bound = interval.low { low = compare(interval.lowIncluded ? .lessOrEqual : .less, bound, value, at: offset) }
        if low == false { return false }
        var high: Bool? = true
        if let bound = interval.high { high = compare(interval.highIncluded ? .lessOrEqual : .less, value, bound, at: offset) }
        return both(low, high)
    }
}
