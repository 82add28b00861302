internal import FEEL

/// Keeps the account while a model decides: the evaluator carries it along, and decisions, tables and boxed expressions tell it what they found.
final class TraceRecorder {
    /// In the order in which the decisions were made.
    private(set) var accounts: [DecisionTrace.Account] = []
    private var tables: [DecisionTrace.Table] = []
    private var steps: [DecisionTrace.Step] = []
    private var isCut = false
    /// Of the decisions in work that called the one above them through a function.
    private var waiting: [(tables: [DecisionTrace.Table], steps: [DecisionTrace.Step], isCut: Bool)] = []

    func begin() {
        waiting.append((tables, steps, isCut))
        tables = []
        steps = []
        isCut = false
    }

    func end(_ decision: DecisionModel.Decision, _ status: DecisionOutcome.Status, _ value: Value, _ frame: [Value]) {
        var own: DecisionTrace.Table?
        if let table = decision.table, let place = tables.lastIndex(where: { $0.table === table }) { own = tables.remove(at: place) }
        accounts.append(
            DecisionTrace.Account(
                decision: decision, status: status, value: value, table: own, tables: tables, steps: steps, isCut: isCut, frame: frame))
        if let outer = waiting.popLast() { (tables, steps, isCut) = outer }
    }

    func add(_ table: DecisionTrace.Table) {
        guard tables.count < DecisionTrace.tablesMax else {
            isCut = true
            return
        }
        tables.append(table)
    }

    /// A value that got a name on the way.
    func step(_ name: String, _ value: Value) {
        guard steps.count < DecisionTrace.stepsMax else {
            isCut = true
            return
        }
        steps.append(DecisionTrace.Step(name: name, value: value))
    }
}
