import Decisions
import FEEL
import Kernel
import Testing

@Suite("What can be proven of a table") struct ProofTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let policy: String
        let columns: [String]
        let rules: [String]
        let expected: [String]
        init(_ policy: String, _ columns: [String], _ rules: [String], _ expected: String...) {
            self.policy = policy
            self.columns = columns
            self.rules = rules
            self.expected = expected
        }
        var testDescription: String { "\(policy) \(columns) \(rules)" }
    }

    @Test(arguments: [
        Case("UNIQUE", ["x: number"], ["< 18 | 1", ">= 18 | 2"], "proven"),
        Case("UNIQUE", ["x: number"], ["<= 17 | 1", ">= 18 | 2"], "gap: (17..18)", "refuted"),
    ]) func `numbers`(item: Case) throws {
        #expect(try ProofSketch(policy: item.policy, columns: item.columns, rules: item.rules).findings() == item.expected)
    }
}
