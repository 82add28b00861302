import Foundation
import HouseTesting

extension Suite {
    /// The DMN TCK: a compliance level, or the folder that holds the levels.
    static let decisions = Suite(name: "dmn-tck", about: "PATH: a compliance level's folder of test cases") { path in
        var report = DecisionCases.Report()
        for suite in DecisionCases.suites(in: URL(fileURLWithPath: path)) { DecisionCases.run(suite, into: &report) }
        var outcome = SuiteOutcome()
        for _ in 0..<report.passed { outcome.pass() }
        for failure in report.failures {
            let suite = failure.id.split(separator: "/").first.map(String.init) ?? ""
            outcome.fail(failure.id, report.refused[suite] ?? failure.reason)
        }
        return outcome
    }
}
