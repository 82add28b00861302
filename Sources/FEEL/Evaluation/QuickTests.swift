internal import Kernel

/// Tests whose bounds are constants, flattened so that a table's cell is answered without walking a tree.
///
/// What is not settled at a glance (a value of another kind, null) is left to the evaluator, which also says why.
final class QuickTests: Sendable {
    private enum Quick: Sendable {
        case any
        case text(String)
        case number(Decimal128)
        case boolean(Bool)
        case date(CalendarDate)
        case atLeast(Decimal128, included: Bool)
        case atMost(Decimal128, included: Bool)
        case between(Decimal128, lowIncluded: Bool, Decimal128, highIncluded: Bool)
    }

    private let tests: [Quick]
    private let negated: Bool

    /// Nil where a test is not of this kind.
    init?(_ tests: [Test]) {
        if tests.count == 1, case .not(let inner) = tests[0] {
            guard let quick = QuickTests.flattened(inner) else { return nil }
            self.tests = quick
            negated = true
        } else {
            guard let quick = QuickTests.flattened(tests) else { return nil }
            self.tests = quick
            negated = false
        }
    }

    private static func flattened(_ tests: [Test]) -> [Quick]? {
        var quick: [Quick] = []
        for test in tests {
            guard let one = flattened(test) else { return nil }
            quick.append(one)
        }
        return quick
    }

    private static func flattened(_ test: Test) -> Quick? {
        switch test {
        case .any: return .any
        case .relation(let relation, let node):
            guard case .literal(.number(let bound)) = node.kind else { return nil }
            switch relation {
            case .less: return .atMost(bound, included: false)
            case .lessOrEqual: return .atMost(bound, included: true)
            case .greater: return .atLeast(bound, included: false)
            case .greaterOrEqual: return .atLeast(bound, included: true)
            case .equal: return .number(bound)
            case .notEqual: return nil
            }
        case .value(let node):
            guard case .literal(let value) = node.kind else { return nil }
            switch value {
            case .string(let text): return .text(text)
            case .number(let number): return .number(number)
            case .boolean(let value): return .boolean(value)
            case .date(let date): return .date(date)
            case .range(let interval):
                guard case .number(let low)? = interval.low, case .number(let high)? = interval.high else { return nil }
                return .between(low, lowIncluded: interval.lowIncluded, high, highIncluded: interval.highIncluded)
            default: return nil
            }
        case .condition, .not: return nil
        }
    }

    /// Whether the value meets one of the tests; nil where the evaluator has to say.
    @inline(__always)
    func answer(_ value: Value) -> Bool? {
        for test in tests {
            guard let met = QuickTests.meets(value, test) else { return nil }
            if met { return !negated }
        }
        return negated
    }

    @inline(__always)
    private static func meets(_ value: Value, _ test: Quick) -> Bool? {
        switch (test, value) {
        case (.any, _): true
        case (.text(let wanted), .string(let text)): Texts.equal(wanted, text)
        case (.number(let wanted), .number(let number)): wanted == number
        case (.boolean(let wanted), .boolean(let value)): wanted == value
        case (.date(let wanted), .date(let date)): wanted == date
        case (.atLeast(let bound, let included), .number(let number)): included ? number >= bound : number > bound
        case (.atMost(let bound, let included), .number(let number)): included ? number <= bound : number < bound
        case (.between(let low, let lowIncluded, let high, let highIncluded), .number(let number)):
            (lowIncluded ? number >= low : number > low) && (highIncluded ? number <= high : number < high)
        default: nil
        }
    }
}
