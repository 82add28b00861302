/// What a test asks for, in a form that a sentence can be made of ("18 or more").
package indirect enum Demand: Hashable, Sendable {
    case any
    case equal(Value)
    case less(Value), lessOrEqual(Value), greater(Value), greaterOrEqual(Value)
    case different(Value)
    case within(Interval)
    case not([Demand])
    /// Something that only the expression itself says.
    case condition
}

extension UnaryTests {
    /// What the tests ask for: one of these must hold.
    package var demands: [Demand] { tests.map { UnaryTests.demand($0) } }

    private static func demand(_ test: Test) -> Demand {
        switch test {
        case .any: return .any
        case .not(let tests): return .not(tests.map { demand($0) })
        case .condition: return .condition
        case .value(let node):
            guard case .literal(let value) = node.kind else { return .condition }
            if case .range(let interval) = value { return .within(interval) }
            return .equal(value)
        case .relation(let relation, let node):
            guard case .literal(let value) = node.kind else { return .condition }
            switch relation {
            case .equal: return .equal(value)
            case .notEqual: return .different(value)
            case .less: return .less(value)
            case .lessOrEqual: return .lessOrEqual(value)
            case .greater: return .greater(value)
            case .greaterOrEqual: return .greaterOrEqual(value)
            }
        }
    }
}
