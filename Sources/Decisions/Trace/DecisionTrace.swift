package import FEEL
package import Kernel

/// The full account of one evaluation: by which rules, on which law, from which inputs, decision by decision and cell by cell.
///
/// It is made while deciding, not afterwards; ``json`` is its canonical form, ``digest`` what a receipt signs, and
/// ``recompute(_:with:zones:)`` decides again from the stored form alone.
package struct DecisionTrace: Sendable {
    /// Decisions that are kept of services called in loops, and others.
    package static let accountsMax = 1_000
    /// Tables inside one decision's expressions that are kept; there may be thousands in a loop.
    package static let tablesMax = 100
    /// Named values inside one decision's expressions that are kept.
    package static let stepsMax = 200

    /// What a cell said to its value.
    package enum Answer: UInt8, Hashable, Sendable {
        case no = 0, yes = 1
        /// There was no value to ask, or the cell could not tell.
        case unknown = 2

        /// FEEL says that null does not equal "a"; to a citizen that is not no but unknown.
        @inline(__always)
        init(_ answer: Bool?, _ value: Value) {
            switch answer {
            case true?: self = .yes
            case false?: self = value.isNull ? .unknown : .no
            case nil: self = .unknown
            }
        }

        /// `yes`, `no`, `unknown`.
        package var word: String {
            switch self {
            case .yes: "yes"
            case .no: "no"
            case .unknown: "unknown"
            }
        }
    }

    /// Input data that the decision needs.
    package struct Input: Sendable {
        package let name: String
        /// What the caller gave; nil where it gave nothing.
        package let given: Value?
        /// What the model took it for: a text is a date where the model says so, what does not fit is null.
        package let value: Value
        /// Where it comes from, in the caller's words; `"given"` where it said nothing.
        package let origin: JSON
    }

    /// A value that got a name inside an expression: an entry of a context, an argument of an invocation.
    package struct Step: Sendable {
        package let name: String
        package let value: Value
    }

    /// A table as it was asked.
    package struct Table: Sendable {
        package let table: DecisionTable
        /// By column.
        package let values: [Value]
        /// Row by row.
        private let answers: [UInt8]
        /// The rules that made the result, in the order in which they count; where they contradict one another, those that matched.
        package let matched: [Int]

        init(table: DecisionTable, values: [Value], answers: [UInt8], result: DecisionTable.Result) {
            self.table = table
            self.values = values
            self.answers = answers
            switch result {
            case .decided(_, let rules), .conflict(_, let rules): matched = rules.array
            case .noRule: matched = []
            }
        }

        package subscript(rule: Int, column: Int) -> Answer {
            Answer(rawValue: answers[rule * values.count + column]) ?? .unknown
        }

        package func answers(ofRule rule: Int) -> [Answer] { values.indices.map { self[rule, $0] } }
    }

    /// One decision of the graph.
    package struct Account: Sendable {
        package let decision: DecisionModel.Decision
        /// The decision whose logic called the service in which this one was made; nil for the graph's own.
        package let within: String?
        package let status: DecisionOutcome.Status
        package let value: Value
        /// The decision's own table; nil where its logic is another expression.
        package let table: Table?
        /// Tables inside its expression and in the knowledge that it called, in the order in which they were asked.
        package let tables: [Table]
        /// What was named on the way.
        package let steps: [Step]
        /// Whether tables or steps beyond the limits were left out.
        package let isCut: Bool
        /// What filled the slots of its logic, so that outputs of rules that did not match can be looked at.
        let frame: [Value]

        /// The rules that matched, in the order in which they count.
        package var matched: [DecisionOutcome.Matched] {
            guard let table else { return [] }
            return table.matched.map { DecisionOutcome.Matched(place: $0, rule: table.table.rules[$0]) }
        }
    }

    package let outcome: DecisionOutcome
    /// The input data that the decision needs, directly or through others, in the model's order.
    package let inputs: [Input]
    /// The decisions of the graph in the order in which they were made; the one that was asked for is the last.
    package let accounts: [Account]
    /// Whether decisions beyond ``accountsMax`` were left out.
    package let isCut: Bool
    let setting: DecisionModel.Setting?
    /// The outputs that would have been welcome (`outcome`: `"grant"`). Where the decision says otherwise, ``json`` tells the rule that came
    /// nearest to saying so.
    package var seeking: [String: Value] = [:]

    init(outcome: DecisionOutcome, inputs: [Input], accounts: [Account], isCut: Bool, setting: DecisionModel.Setting?) {
        self.isCut = isCut
        self.outcome = outcome
        self.inputs = inputs
        self.accounts = accounts
        self.setting = setting
    }

    /// The account of the decision that was asked for; nil where the model has none of that name, and for a service.
    package var asked: Account? { outcome.element == nil ? nil : accounts.last }

    /// The account of another decision of the graph, by id or name.
    package func account(_ id: String) -> Account? {
        accounts.first { $0.within == nil && $0.decision.id == id } ?? accounts.first { $0.within == nil && $0.decision.name == id }
    }

    package var decision: String { outcome.decision }
    package var name: String { outcome.element?.name ?? outcome.service?.name ?? "" }
    package var version: Digest? { outcome.element?.version ?? outcome.service?.version }
    package var sources: [DecisionModel.KnowledgeSource] { outcome.element?.sources ?? [] }
    /// The day whose law was applied.
    package var lawDate: CalendarDate? { setting?.facts.lawDate }

    /// The values of the asked table by column, where the decision is a table.
    package var columns: [(label: String, value: Value)] {
        guard let table = asked?.table else { return [] }
        return zip(table.table.inputs, table.values).map { ($0.label, $1) }
    }

    /// Per rule of the asked table, per column.
    package var cells: [[Answer]] {
        guard let table = asked?.table else { return [] }
        return table.table.rules.indices.map { table.answers(ofRule: $0) }
    }
}
