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
        takesAny = SettledTests.takesAny(tests)
        let demands = tests.demands
        if demands.allSatisfy({ SettledTests.isProvable($0) }) {
            self.tests = tests
            settled = demands
            isBroken = false
        } else if let bare = SettledTests.constant(tests.text) {
            // Read without the names around it: its slots are its own, so that it can be evaluated by itself.
            self.tests = bare
            settled = SettledTests.settled(bare.tests, bare.demands)
            isBroken = settled != nil
        } else {
            self.tests = tests
            settled = nil
            isBroken = false
        }
    }

    static func takesAny(_ tests: UnaryTests) -> Bool { tests.tests.contains { if case .any = $0 { true } else { false } } }

    /// The tests of a text that nothing but itself says anything of; nil for any other.
    private static func constant(_ text: String) -> UnaryTests? {
        guard let bare = try? UnaryTests(parsing: text), bare.names.isEmpty else { return nil }
        for word in ["?", "today", "now"] where text.firstRange(of: word) != nil { return nil }
        return bare
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
                // The slot of the tested value, which no constant asks for.
                evaluator.locals = [.null]
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
