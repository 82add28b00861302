import Decisions
import Foundation
import HouseTesting
import Testing

@Suite("DMN TCK") struct ConformanceTests {
    @Test func `compliance level 2 passes whole`() throws {
        guard SharedData.isPresent else {
            print("skipped: the DMN TCK is not beside this repository; set DOVIRA_SHARED")
            return
        }
        var report = DecisionCases.Report()
        for suite in DecisionCases.suites(in: try SharedData.url("conformance/dmn-tck/TestCases/compliance-level-2")) { DecisionCases.run(suite, into: &report) }
        #expect(report.refused.isEmpty, "\(report.refused)")
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.passed == 126)
    }

    @Test func `compliance level 3 passes as far as the language is read`() throws {
        guard SharedData.isPresent else {
            print("skipped: the DMN TCK is not beside this repository; set DOVIRA_SHARED")
            return
        }
        var report = DecisionCases.Report()
        for suite in DecisionCases.suites(in: try SharedData.url("conformance/dmn-tck/TestCases/compliance-level-3")) { DecisionCases.run(suite, into: &report) }
        print("DMN TCK level 3: \(report.passed) passed, \(report.failures.count) failed")
        #expect(report.passed >= 3_239)
    }
}
