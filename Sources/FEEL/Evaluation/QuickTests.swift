internal import Kernel

/// Tests whose bounds are constants, flattened so that a table's cell is answered without walking a tree.
///
/// What is not settled at a glance (a value of another kind, null) is left to the evaluator, which also says why.
final class QuickTests: Sendable {
    enum Quick: Sendable {
        case any
        case text(String)
        case otherText(than: String)
        case boolean(Bool)
        case numbers(Span<Decimal128>)
        case dates(Span<CalendarDate>)
    }

    /// All from one bound to the other; nil is an open end.
    struct Span<Bound: Comparable & Sendable>: Sendable {
        let low: Bound?
        let lowIncluded: Bool
        let high: Bound?
        let highIncluded: Bool

        init(_ low: Bound?, _ lowIncluded: Bool, _ high: Bound?, _ highIncluded: Bool) {
            self.low = low
            self.lowIncluded = lowIncluded
            self.high = high
            self.highIncluded = highIncluded
        }

        /// What stands in a relation to a bound; all but one value are two spans.
        static func spans(_ relation: Relation, _ bound: Bound) -> [Span] {
            switch relation {
            case .equal: [Span(bound, true, bound, true)]
            case .less: [Span(nil, false, bound, false)]
            case .lessOrEqual: [Span(nil, false, bound, true)]
            case .greater: [Span(bound, false, nil, false)]
            case .greaterOrEqual: [Span(bound, true, nil, false)]
            case .notEqual: [Span(nil, false, bound, false), Span(bound, false, nil, false)]
            }
        }

        @inline(__always)
        func contains(_ value: Bound) -> Bool {
            if let low, value < low || (!lowIncluded && value == low) { return false }
            if let high, high < value || (!highIncluded && value == high) { return false }
            return true
        }
    }

    let tests: [Quick]
    let negated: Bool

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
            guard let some = flattened(test) else { return nil }
            quick += some
        }
        return quick
    }

    private static func flattened(_ test: Test) -> [Quick]? {
        switch test {
        case .any: return [.any]
        case .relation(let relation, let node):
            guard case .literal(let value) = node.kind else { return nil }
            return flattened(relation, value)
        case .value(let node):
            guard case .literal(let value) = node.kind else { return nil }
            switch value {
            case .range(let interval): return flattened(interval)
            case .list(let items):
                var quick: [Quick] = []
                for item in items {
                    let some: [Quick]?
                    if case .range(let interval) = item { some = flattened(interval) } else { some = flattened(.equal, item) }
                    guard let some else { return nil }
                    quick += some
                }
                return quick
            default: return flattened(.equal, value)
            }
        case .condition, .not: return nil
        }
    }

    private static func flattened(_ relation: Relation, _ value: Value) -> [Quick]? {
        switch (value, relation) {
        case (.number(let number), _): return Span.spans(relation, number).map { .numbers($0) }
        case (.date(let date), _): return Span.spans(relation, date).map { .dates($0) }
        case (.string(let text), .equal): return [.text(text)]
        case (.string(let text), .notEqual): return [.otherText(than: text)]
        case (.boolean(let value), .equal): return [.boolean(value)]
        case (.boolean(let value), .notEqual): return [.boolean(!value)]
        default: return nil
        }
    }

    private static func flattened(_ interval: Interval) -> [Quick]? {
        if interval.comparison == .notEqual { return interval.low.flatMap { flattened(.notEqual, $0) } }
        switch (interval.low, interval.high) {
        case (nil, nil): return nil
        case (.number(let low)?, .number(let high)?): return [.numbers(Span(low, interval.lowIncluded, high, interval.highIncluded))]
        case (.number(let low)?, nil): return [.numbers(Span(low, interval.lowIncluded, nil, false))]
        case (nil, .number(let high)?): return [.numbers(Span(nil, false, high, interval.highIncluded))]
        case (.date(let low)?, .date(let high)?): return [.dates(Span(low, interval.lowIncluded, high, interval.highIncluded))]
        case (.date(let low)?, nil): return [.dates(Span(low, interval.lowIncluded, nil, false))]
        case (nil, .date(let high)?): return [.dates(Span(nil, false, high, interval.highIncluded))]
        default: return nil
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
        case (.otherText(let other), .string(let text)): !Texts.equal(other, text)
        case (.boolean(let wanted), .boolean(let value)): wanted == value
        case (.numbers(let span), .number(let number)): span.contains(number)
        case (.dates(let span), .date(let date)): span.contains(date)
        default: nil
        }
    }
}
