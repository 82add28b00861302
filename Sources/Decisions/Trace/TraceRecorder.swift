internal import FEEL

/// Keeps the account while a model decides: the evaluator carries it along, and decisions, tables and boxed expressions tell it what they found.
final class TraceRecorder {
    /// In the order in which the decisions were made.
    private(set) var accounts: [DecisionTrace.Account] = []
    private var tables: [DecisionTrace.Table] = []
    private var steps: [DecisionTrace.Step] = []
    private var isAccountCut = false
    /// Whether accounts were left out.
    private(set) var isCut = false
    /// Of the decisions in work, each called by the one before it through a service's function.
    private var waiting: [(decision: DecisionModel.Decision, tables: [DecisionTrace.Table], steps: [DecisionTrace.Step], isAccountCut: Bool)] = []

    func begin(_ decision: DecisionModel.Decision) {
        waiting.append((decision, tables, steps, isAccountCut))
        tables = []
        steps = []
        isAccountCut = false
    }

    func end(_ decision: DecisionModel.Decision, _ status: DecisionOutcome.Status, _ value: Value, _ frame: [Value]) {
        var table: DecisionTrace.Table?
        if let wanted = decision.table, let place = tables.lastIndex(where: { $0.table === wanted }) { table = tables.remove(at: place) }
        let own = (table, tables, steps, isAccountCut)
        if let outer = waiting.popLast() { (tables, steps, isAccountCut) = (outer.tables, outer.steps, outer.isAccountCut) }
        // The graph's own decisions are kept whatever their number; those of services may be made thousands of times in a loop.
        guard waiting.isEmpty || accounts.count < DecisionTrace.accountsMax else {
            isCut = true
            return
        }
        accounts.append(
            DecisionTrace.Account(
                decision: decision, within: waiting.last?.decision.id, status: status, value: value, table: own.0, tables: own.1, steps: own.2,
                isCut: own.3, frame: frame))
    }

    func add(_ table: DecisionTrace.Table) {
        guard tables.count < DecisionTrace.tablesMax else {
            isAccountCut = true
            return
        }
        tables.append(table)
    }

    /// A value that got a name on the way.
    func step(_ name: String, _ value: Value) {
        guard steps.count < DecisionTrace.stepsMax else {
            isAccountCut = true
            return
        }
        steps.append(DecisionTrace.Step(name: name, value: value))
    }
}
