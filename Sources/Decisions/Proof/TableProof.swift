package import FEEL
internal import Kernel

/// What can be shown of a decision table without evaluating it: which cases no rule covers, which rules contradict each other, which never decide.
///
/// **Shape:** exact where every cell is a value, a list of values, a range, a comparison or `not(…)` of them, over numbers, texts, truth values,
/// dates, times and durations. A column's values are those of its type that its allowed values (or its input's) let through; a column
/// without a type is taken for what its cells speak of. Texts are the named ones and "any other", numbers are decimal (17.5 lies between 17
/// and 18), dates are days, clock times without a zone are those of one day. **Null is outside the proof**: an input that is unknown, or
/// that its allowed values turn away, is no gap. What a cell says of a region is asked of the evaluator, so that proof and evaluation agree.
///
/// Gaps and overlaps are *certain* where the columns that they speak of take their values freely and independently: inputs, parameters, their members,
/// and decisions whose tables write all their results out (a decision service that is handed other results for them is not looked at). Where a column is computed, or two hang on the same input, they are *possible* only.
/// Columns with the same expression are one.
///
/// **Limits:** ``ProofLimits``. **Standard:** DMN 1.5, 8.2.9 and 8.2.10 (hit policies, completeness).
package struct TableProof: Sendable {
    /// Columns with the values that stand for a case. **Shape:** in the order of the table; a column that may have any value has none here.
    package struct Example: Hashable, Sendable {
        package struct Part: Hashable, Sendable {
            package let column: Int
            package let label: String
            package let value: Value
            /// `18`, `"food"`, `any text other than "food"`.
            package let words: String
        }
        package let parts: [Part]
    }

    /// Cases as a rule would ask for them: a cell per column.
    package struct Gap: Hashable, Sendable {
        package let cells: [String]
        package let example: Example
        package let isCertain: Bool
    }

    /// Two rules that match the same case where the hit policy lets only one, or only one answer.
    package struct Overlap: Hashable, Sendable {
        package enum Outputs: Hashable, Sendable { case same, different, computed }
        /// **Shape:** from 0, the earlier rule first.
        package let rules: [Int]
        package let outputs: Outputs
        package let cells: [String]
        package let example: Example
        package let isCertain: Bool
    }

    /// A rule that decides no case.
    package struct Idle: Hashable, Sendable {
        package enum Reason: Hashable, Sendable {
            /// The cell of this column matches no value that the column can have.
            case cell(Int)
            /// Columns with the same expression ask for different things.
            case contradiction([Int])
            /// These rules come before it wherever it matches.
            case covered(by: [Int])
        }
        package let rule: Int
        package let reason: Reason
    }

    /// A value in a cell that the column can never have.
    package struct Stray: Hashable, Sendable {
        package let rule: Int
        package let column: Int
        /// Null for a constant that is none (`[5..3]`).
        package let value: Value
    }

    package enum Obstacle: Hashable, Sendable {
        /// The column's values have no order and no list to reason about.
        case column(Int, reason: String)
        /// The allowed values of the column are an expression.
        case allowedValues(Int)
        /// The cell says more than values, ranges and comparisons.
        case cell(rule: Int, column: Int)
        case rules(max: Int)
        case regions(max: Int)
    }

    package enum Verdict: Hashable, Sendable {
        /// Every case is covered, and no two rules contradict each other.
        case proven
        /// There are cases without a rule, or rules that contradict each other, or both.
        case refuted
        /// Neither was shown.
        case open
    }

    /// The gaps, the first ``ProofLimits/gapsMax`` of them, each as wide as it can be.
    package private(set) var gaps: [Gap] = []
    /// How many more there are, as far as they are counted (``ProofLimits/gapsCountedMax``).
    package private(set) var moreGaps = 0
    package private(set) var overlaps: [Overlap] = []
    package private(set) var moreOverlaps = 0
    package private(set) var idle: [Idle] = []
    package private(set) var strays: [Stray] = []
    package private(set) var obstacles: [Obstacle] = []
    /// Nil where it is not known.
    package private(set) var isComplete: Bool?
    package private(set) var isConsistent: Bool?

    package var verdict: Verdict {
        if isComplete == false || isConsistent == false { return .refuted }
        return isComplete == true && isConsistent == true ? .proven : .open
    }

    package init(_ placed: PlacedTable, limits: ProofLimits = .standard) {
        let table = placed.table
        guard table.rules.count <= limits.rulesMax else {
            obstacles.append(.rules(max: limits.rulesMax))
            isComplete = table.closesGaps ? true : nil
            isConsistent = table.mayContradict ? nil : true
            return
        }
        var work = ProofWork(placed, limits)
        work.prepare()
        strays = work.strays
        obstacles = work.obstacles
        idle = work.idle
        work.findOverlaps()
        (overlaps, moreOverlaps, isConsistent) = (work.overlaps, work.moreOverlaps, work.isConsistent)
        work.findGaps()
        (gaps, moreGaps, isComplete) = (work.gaps, work.moreGaps, work.isComplete)
        work.findCovered()
        idle = work.idle
        if work.search.isExhausted { obstacles.append(.regions(max: limits.regionsMax)) }
    }
}

/// What keeps a proof from running away.
package struct ProofLimits: Sendable {
    /// Groups of regions looked at per table, for gaps and covered rules together.
    package var regionsMax = 200_000
    /// Rules of one table.
    package var rulesMax = 10_000
    /// Gaps that are told apart; of more there is only the number.
    package var gapsMax = 5
    /// Pairs of rules that are told apart.
    package var overlapsMax = 5
    /// Gaps that are counted, and pairs of rules: a table with more is beyond mending one by one.
    package static let gapsCountedMax = 100
    package static let overlapsCountedMax = 100_000

    package init() {}
    package static let standard = ProofLimits()
}

extension DecisionTable {
    /// Whether there is a result where no rule matches.
    var closesGaps: Bool { outputs.contains { $0.standard != nil } }

    /// Whether two rules that match can be at odds.
    var mayContradict: Bool { hitPolicy == .unique || hitPolicy == .any }
}
