import Foundation
import HouseTesting

extension Suite {
    /// The DMN TCK, counted in test cases: all levels, one level, or one suite of it.
    static let decisions = Suite(name: "dmn-tck", about: "PATH: the folder dmn-tck, its TestCases, one compliance level, or one suite") { path in
        guard FileManager.default.fileExists(atPath: path) else { throw Missing(path: path) }
        var outcome = SuiteOutcome()
        for report in DecisionCases.run(URL(fileURLWithPath: path)) {
            let title = report.name.replacingOccurrences(of: "compliance-", with: "").replacingOccurrences(of: "level-", with: "level ")
            print("\(title): \(report.passed) of \(report.count)\(report.isCounted ? "" : " (not counted)")")
            for failure in report.failures where !report.isCounted { print("not counted: \(failure.id): \(failure.reason)") }
            guard report.isCounted else { continue }
            for _ in 0..<report.passed { outcome.pass() }
            for failure in report.failures { outcome.fail(failure.id, failure.reason) }
        }
        return outcome
    }

    private struct Missing: Error, CustomStringConvertible {
        let path: String
        var description: String { "there is nothing at \(path)" }
    }
}
