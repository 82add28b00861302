import FEEL
import Gate
import Kernel
import Testing

@Suite("The policy permits only what it says")
struct PolicyTests {
    /// A rule of the house in a few words; the rest is the same for all.
    static func rule(_ id: String, _ effect: String, when: String? = nil, more: String = "") -> String {
        """
          - id: \(id)
            effect: \(effect)
            actions: [case.review]
            principals: [officer]
            law: ley-81-2021-art-6
        \(when.map { "    when: \($0)\n" } ?? "")\(more)
        """
    }

    static func decide(
        _ rules: String, _ principal: Principal? = nil, resource: Resource = Resource("case", id: "f-1"), purpose: String = "case-review",
        person: String? = House.ana, values: [String: Value] = [:]
    ) throws -> AccessDecision {
        let officer = Principal(
            kind: .officer, id: "commerce-1", name: "Edilberto Samaniego", body: "commerce-registry",
            roles: ["commerce-registry/registrar"], session: nil)
        return Policy(try House.policies(rules), sources: []).decide(
            principal ?? officer, Look.action, resource, Purpose(purpose), ResourceFacts(person: person, values: values))
    }

    @Test func `Policy-1: what no rule speaks of is denied, and nobody is named for it`() throws {
        let other = """
              - {id: other, effect: permit, actions: [task.list], principals: [officer], law: ley-81-2021-art-6}
            """
        #expect(try Self.decide(other) == .denied(by: [], errors: []))
    }

    @Test(arguments: [
        ("    principals: [citizen]", "for citizens only"), ("    roles: [transit-authority/examiner]", "for another role"),
        ("    resources: [task]", "for another kind of thing"), ("    purposes: [oversight]", "for another purpose"),
    ])
    func `Policy-1: a permit for somebody or something else permits nothing`(line: String, what: String) throws {
        let principals = line.contains("principals") ? "" : "    principals: [officer]\n"
        let rules = """
              - id: narrow
                effect: permit
                actions: [case.review]
                law: ley-81-2021-art-6
            \(principals)\(line)
            """
        #expect(try Self.decide(rules) == .denied(by: [], errors: []), "\(what)")
    }

    @Test(arguments: [House.ana, House.berta, "commerce-1", nil])
    func `an equality of two members decides as the same in more words does`(person: String?) throws {
        let citizen = Principal(kind: .citizen, id: House.ana, name: "", body: nil, roles: [], session: nil)
        let officer = Principal(kind: .officer, id: "commerce-1", name: "", body: nil, roles: ["commerce-registry/registrar"], session: nil)
        let conditions = [
            "resource.person = principal.person", "resource.person = principal.id", "principal.kind = resource.kind", "resource.id = resource.person",
            "resource.state = principal.kind", "resource.missing = principal.person", "resource.person = principal.roles",
            "principal.body = resource.person", "purpose.id = resource.id",
        ]
        // A room's own facts may say the person too.
        for values: [String: Value] in [["state": "officer"], ["person": "person-ana"], [:]] {
            for condition in conditions {
                for (principal, kind) in [(citizen, "citizen"), (officer, "officer")] {
                    func decide(_ condition: String) throws -> AccessDecision {
                        let rules = Self.rule("r", "permit", when: condition).replacing("principals: [officer]", with: "principals: [\(kind)]")
                        return try Self.decide(rules, principal, resource: Resource("case", id: "f-1"), person: person, values: values)
                    }
                    #expect(try decide(condition) == decide("(if true then \(condition) else false)"), "\(condition) by \(kind), \(values)")
                }
            }
        }
    }

    @Test(arguments: [
        "count(for i in 1..60000 return i) > 0", "some a in 1..300 satisfies some b in 1..300 satisfies a * b = 0 - 1",
        "count(for i in 1..9000 return contains(resource.state, \"z\")) > 0", "count(for i in 1..5000 return matches(resource.state, \"z+$\")) > 0",
    ])
    func `Policy-3: conditions that take too many steps deny, together as each alone`(condition: String) throws {
        let long = String(repeating: "a", count: 4_000)
        let rules = Self.rule("open", "permit") + Self.rule("endless", "forbid", when: "not(\(condition))")
        #expect(try Self.decide(rules, values: ["state": .string(long)]) == .denied(by: [], errors: ["endless"]))
        // Each within the limit, and together past it.
        let many = (1...9).map { Self.rule("long-\($0)", "permit", when: "count(for i in 1..4000 return i) > 0") }.joined()
        guard case .denied(_, let errors) = try Self.decide(many) else {
            Issue.record("nine long conditions were permitted")
            return
        }
        #expect(!errors.isEmpty && errors.count < 9)
    }

    @Test func `a permit gives its law, the first of several its own`() throws {
        let rules = Self.rule("first", "permit", when: "resource.state = \"open\"") + Self.rule("second", "permit")
        #expect(try Self.decide(rules, values: ["state": .string("open")]) == .permitted(rule: "first", law: "ley-81-2021-art-6"))
        #expect(try Self.decide(rules, values: ["state": .string("shut")]) == .permitted(rule: "second", law: "ley-81-2021-art-6"))
    }

    @Test(arguments: [true, false])
    func `Policy-2: a forbid beats every permit, whichever stands first`(forbidFirst: Bool) throws {
        let rules = [Self.rule("may", "permit"), Self.rule("may-too", "permit"), Self.rule("must-not", "forbid", when: "resource.sealed")]
        let text = (forbidFirst ? rules.reversed() : rules).joined()
        #expect(try Self.decide(text, values: ["sealed": .boolean(true)]) == .denied(by: ["must-not"], errors: []))
        guard case .permitted = try Self.decide(text, values: ["sealed": .boolean(false)]) else {
            Issue.record("a forbid whose condition does not hold forbids nothing")
            return
        }
    }

    @Test(arguments: ["permit", "forbid"], ["resource.nothing.known", "resource.weight > 10", "resource.weight"])
    func `Policy-3: a rule that errs or is no yes or no denies, beside a permit too`(effect: String, condition: String) throws {
        let rules = Self.rule("may", "permit") + Self.rule("odd", effect, when: condition)
        #expect(try Self.decide(rules, values: ["weight": .string("heavy")]) == .denied(by: [], errors: ["odd"]))
    }

    @Test func `a condition sees who asks, about whom and why`() throws {
        let rules = Self.rule(
            "all", "permit",
            when: "principal.kind = \"officer\" and principal.id = \"commerce-1\" and principal.body = \"commerce-registry\" and "
                + "list contains(principal.roles, \"commerce-registry/registrar\") and resource.kind = \"case\" and resource.id = \"f-1\" and "
                + "resource.person = \"person-ana\" and resource.state = \"open\" and purpose = \"case-review\"")
        #expect(try Self.decide(rules, values: ["state": .string("open")]) == .permitted(rule: "all", law: "ley-81-2021-art-6"))
    }

    @Test func `a resource that is not there is not found, for those who may look and those who may not`() async throws {
        try await House.with { (house) async throws in
            for principal in [house.registrar, house.examiner] {
                let refused = await refusal {
                    try await house.platform.perform(Look(resource: Resource("case", id: "f-0")) { _, _ in "" }, as: principal)
                }
                #expect(refused == Refusal(.notFound, "case.not-found"))
            }
            #expect(try await house.entries(about: "").map { $0["outcome"]?.string } == ["refused", "refused"])
        }
    }

    @Test func `a fact source's word counts, never the caller's`() async throws {
        try await House.with { (house) async throws in
            try await house.put("f-1", person: House.berta)
            // She names the file as her own; the store knows better.
            let refused = await refusal {
                try await house.platform.perform(
                    Answer(resource: Resource("case", id: "f-1", person: House.ana)) { _, _ in "" }, as: house.citizen)
            }
            #expect(refused?.kind == .forbidden)
            #expect(try await house.entries(about: House.berta).count == 1)
        }
    }

    @Test func `a sealed file is refused with the rule that sealed it`() async throws {
        try await House.with { (house) async throws in
            try await house.put("f-1", person: House.ana, isSealed: true)
            let refused = await refusal {
                try await house.platform.perform(Look(resource: Resource("case", id: "f-1")) { _, _ in "" }, as: house.registrar)
            }
            #expect(refused == Refusal(.forbidden, "access.denied", reasons: ["sealed-is-sealed"]))
        }
    }

    @Test func `the policy knows which actions some rule speaks of`() throws {
        let policy = Policy(try House.policies(House.rules), sources: [])
        #expect(policy.knows(Look.action))
        #expect(!policy.knows(.reads("document.list-own")))
    }
}
