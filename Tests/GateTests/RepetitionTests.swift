import Gate
import HouseTesting
import Kernel
import Storage
import Testing

@Suite("A repeated request gets the first one's answer")
struct RepetitionTests {
    /// Decides under a key; counts its runs by the notes that it writes.
    private func decide(_ house: House, key: String, request: JSON = ["grant": true], as principal: Principal? = nil, ending: (any Error)? = nil)
        async throws -> String
    {
        let error = ending as? Refusal
        let breaks = ending != nil && error == nil
        return try await house.platform.perform(
            Decide(repetition: Repetition(key: key, request: request)) { grant, transaction in
                grant.note(person: House.ana)
                if let error { throw error }
                if breaks { throw Breakage() }
                try Notes.write(grant.access.text, in: transaction)
                return grant.access.text
            }, as: principal ?? house.registrar)
    }

    @Test func `Gate-5: the same request under the same key runs once`() async throws {
        try await House.with { (house) async throws in
            let first = try await decide(house, key: "k-1")
            house.clock.advance(seconds: 3_600)
            #expect(try await decide(house, key: "k-1") == first)
            #expect(try await house.notes() == [first])
            #expect(try await house.entries(about: House.ana).count == 1)
        }
    }

    @Test func `Gate-5: it holds over a new start`() async throws {
        try await House.with { (house) async throws in
            let first = try await decide(house, key: "k-1")
            try await house.reopen()
            #expect(try await decide(house, key: "k-1") == first)
            #expect(try await house.notes() == [first])
        }
    }

    @Test func `Gate-5: a hundred presses at once run once`() async throws {
        try await House.with { (house) async throws in
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<100 { group.addTask { try await decide(house, key: "k-1") } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(answers.count == 1)
            #expect(try await house.notes() == Array(answers))
        }
    }

    @Test func `Gate-5: a refusal is kept whole, with its faults, and given again`() async throws {
        try await House.with { (house) async throws in
            let wrong = Refusal(
                .invalid, "case.incomplete", parameters: ["max": "3"],
                faults: [Fault(pointer: "/email", code: "format", parameters: ["format": "email"], message: ["es": "no es un correo", "en": "no e-mail"])],
                reasons: ["because"])
            let first = await refusal { try await decide(house, key: "k-1", ending: wrong) }
            #expect(first == wrong)
            // The second time it would be granted, were it run.
            let second = await refusal { try await decide(house, key: "k-1") }
            #expect(second == wrong)
            #expect(try await house.notes().isEmpty)
        }
    }

    @Test func `Gate-5: the policy's refusal is kept too`() async throws {
        try await House.with { (house) async throws in
            let first = await refusal { try await decide(house, key: "k-1", as: house.examiner) }
            #expect(first?.kind == .forbidden)
            let again = await refusal { try await decide(house, key: "k-1", as: house.examiner) }
            #expect(again == first)
        }
    }

    @Test func `Gate-5: another request under the same key is refused, and that stands on record`() async throws {
        try await House.with { (house) async throws in
            let first = try await decide(house, key: "k-1")
            let other = await refusal { try await decide(house, key: "k-1", request: ["grant": false]) }
            #expect(other == Refusal(.conflict, "idempotency.other-request"))
            #expect(try await house.notes() == [first])
            #expect(try await house.entries(about: "").map { $0["outcome"]?.string } == ["refused"])
            // The refusal took nothing away from the first one.
            #expect(try await decide(house, key: "k-1") == first)
        }
    }

    @Test func `a request is the same whatever the order of its members`() async throws {
        try await House.with { (house) async throws in
            let first = try await decide(house, key: "k-1", request: ["a": 1, "b": 2])
            #expect(try await decide(house, key: "k-1", request: ["b": 2, "a": 1]) == first)
        }
    }

    @Test func `a key belongs to one principal`() async throws {
        try await House.with { (house) async throws in
            let first = try await decide(house, key: "k-1")
            let second = try await decide(house, key: "k-1", as: house.colleague)
            #expect(first != second)
            #expect(try await house.notes().count == 2)
        }
    }

    @Test func `a key belongs to one action`() async throws {
        try await House.with { (house) async throws in
            let key = Repetition(key: "k-1", request: ["same": true])
            let deed: Deed = { grant, transaction in
                try Notes.write(grant.action.name, in: transaction)
                return grant.action.name
            }
            let both = Principal(
                kind: .citizen, id: House.ana, name: "", body: nil, roles: ["commerce-registry/registrar"], session: nil)
            #expect(try await house.platform.perform(Answer(repetition: key, deed: deed), as: both) == "case.answer")
            let denied = await refusal { try await house.platform.perform(Decide(repetition: key, deed: deed), as: both) }
            #expect(denied?.kind == .forbidden, "asked anew, not answered with what the other action said")
            #expect(try await house.notes() == ["case.answer"])
        }
    }

    @Test func `a failure is not kept: the same request may be tried again`() async throws {
        try await House.with { (house) async throws in
            let failed = await failure { try await decide(house, key: "k-1", ending: Breakage()) }
            #expect(failed is Failure)
            let done = try await decide(house, key: "k-1")
            #expect(try await house.notes() == [done])
        }
    }

    @Test(arguments: [0, 129])
    func `a key that is empty or too long is refused before anything runs`(length: Int) async throws {
        try await House.with { (house) async throws in
            let refused = await refusal { try await decide(house, key: String(repeating: "k", count: length)) }
            #expect(refused == Refusal(.invalid, "idempotency.key-length"))
            #expect(try await house.notes().isEmpty)
            #expect(try await house.entries(about: "").map { $0["outcome"]?.string } == ["refused"])
        }
    }

    @Test func `answers are kept seven days and then forgotten`() async throws {
        try await House.with { (house) async throws in
            let runner = ErrandRunner(platform: house.platform, handlers: [], onFailure: { _, _ in })
            let first = try await decide(house, key: "k-1")
            let kept: () async throws -> Int = { try await house.rows("SELECT key FROM gate_idempotency").count }
            house.clock.advance(seconds: 7 * 86_400 - 1)
            let early = Task { await runner.run() }
            try await Task.sleep(for: .milliseconds(300))
            #expect(try await kept() == 1)
            early.cancel()
            await early.value
            #expect(try await decide(house, key: "k-1") == first)
            house.clock.advance(seconds: 2)
            let late = Task { await runner.run() }
            #expect(try await eventually { try await kept() == 0 })
            late.cancel()
            await late.value
            #expect(try await decide(house, key: "k-1") != first)
            #expect(try await house.rows("SELECT key FROM gate_idempotency").count == 1)
        }
    }
}
