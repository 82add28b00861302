import FEEL
import Gate
import Testing

@Suite("Conditions of the policy are bounded: everyone waits for them")
struct ConditionTimeTests {
    @Test(arguments: [
        "count(for i in 1..60000 return i) > 0", "some a in 1..300 satisfies some b in 1..300 satisfies a * b = 0 - 1",
        "count(for i in 1..9000 return contains(resource.state, \"z\")) > 0", "count(for i in 1..5000 return matches(resource.state, \"z+$\")) > 0",
    ])
    func `Policy-3: conditions that take too many steps deny, together as each alone`(condition: String) throws {
        let long = String(repeating: "a", count: 4_000)
        let rules = PolicyTests.rule("open", "permit") + PolicyTests.rule("endless", "forbid", when: "not(\(condition))")
        #expect(try PolicyTests.decide(rules, values: ["state": .string(long)]) == .denied(by: [], errors: ["endless"]))
        // Each within the limit, and together past it.
        let many = (1...9).map { PolicyTests.rule("long-\($0)", "permit", when: "count(for i in 1..4000 return i) > 0") }.joined()
        guard case .denied(_, let errors) = try PolicyTests.decide(many) else {
            Issue.record("nine long conditions were permitted")
            return
        }
        #expect(!errors.isEmpty && errors.count < 9)
    }
}
