import Decisions
import Foundation
import HouseTesting
import Testing

@Suite("DMN TCK") struct ConformanceTests {
    private func level(_ name: String) throws -> DecisionCases.Report? {
        guard SharedData.isPresent else {
            print("skipped: the DMN TCK is not beside this repository; set DOVIRA_SHARED")
            return nil
        }
        let reports = DecisionCases.run(try SharedData.url("conformance/dmn-tck/TestCases/\(name)"))
        return try #require(reports.count == 1 ? reports[0] : nil)
    }

    @Test func `compliance level 2 passes whole`() throws {
        guard let report = try level("compliance-level-2") else { return }
        #expect(report.failures.isEmpty, "\(report.failures)")
        #expect(report.passed == 116)
    }

    @Test func `of compliance level 3 only functions in Java fail`() throws {
        guard let report = try level("compliance-level-3") else { return }
        #expect(report.count == 3_275)
        #expect(report.passed >= 3_261, "\(report.failures)")
        let others = report.failures.filter { !$0.id.hasPrefix("0076-feel-external-java/") }
        #expect(others.isEmpty, "\(others)")
        for failure in report.failures { #expect(failure.reason.contains("not run here"), "\(failure)") }
    }

    @Test func `a folder without cases has none, and one that is not there neither`() {
        let reports = DecisionCases.run(URL(fileURLWithPath: "/nowhere/at/all"))
        #expect(reports.map { $0.count } == [0])
    }
}
