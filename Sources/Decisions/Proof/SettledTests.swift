internal import FEEL

/// The tests of a cell, or of allowed values, as a proof sees them.
struct SettledTests: Sendable {
    let tests: UnaryTests
    /// What the tests ask for, where that is values, ranges and comparisons throughout; else nil.
    let settled: [Demand]?
    /// Whether a test is a constant that cannot be: `[5..3]`, `date("2026-02-30")`.
    let isBroken: Bool
    /// `-`
    let takesAny: Bool

    init(_ tests: UnaryTests) {
        self.tests = tests
        takesAny = SettledTests.takesAny(tests)
        let demands = tests.demands
        if demands.allSatisfy({ SettledTests.isProvable($0) }) {
            settled = demands
            isBroken = false
        } else {
            settled = SettledTests.isConstant(tests.text) ? SettledTests.settled(tests.tests, demands) : nil
            isBroken = settled != nil
        }
    }

    static func takesAny(_ tests: UnaryTests) -> Bool { tests.tests.contains { if case .any = $0 { true } else { false } } }

    /// Whether nothing but the text itself says what the tests are.
    private static func isConstant(_ text: String) -> Bool {
        guard let bare = try? UnaryTests(parsing: text), bare.names.isEmpty else { return false }
        for word in ["?", "today", "now"] where text.firstRange(of: word) != nil { return false }
        return true
    }

    private static func settled(_ tests: [Test], _ demands: [Demand]) -> [Demand]? {
        var settled: [Demand] = []
        for (test, demand) in zip(tests, demands) {
            if isProvable(demand) {
                settled.append(demand)
                continue
            }
            switch (test, demand) {
            case (.value(let node), _), (.relation(_, let node), _):
                var evaluator = Evaluator(Scope())
                guard evaluator.evaluate(node).isNull else { return nil }
                settled.append(.equal(.null))
            case (.not(let inner), .not(let innerDemands)):
                guard let demands = SettledTests.settled(inner, innerDemands) else { return nil }
                settled.append(.not(demands))
            default: return nil
            }
        }
        return settled
    }

    private static func isProvable(_ demand: Demand) -> Bool {
        switch demand {
        case .condition: false
        case .not(let inner): inner.allSatisfy { isProvable($0) }
        case .equal(let value): isComparable(value)
        default: true
        }
    }

    /// Whether the value is one that axes are cut by, or a list of such.
    private static func isComparable(_ value: Value) -> Bool {
        switch value {
        case .list(let items): items.allSatisfy { isComparable($0) }
        case .context, .function: false
        default: true
        }
    }

    /// The values that the tests name one by one.
    var listed: [Value] {
        func listed(_ demands: [Demand]) -> [Value] {
            var values: [Value] = []
            for demand in demands {
                switch demand {
                case .equal(let value): if AxisKind(value) != nil { values.append(value) }
                case .not(let inner): values += listed(inner)
                default: break
                }
            }
            return values
        }
        return listed(settled ?? [])
    }
}
