import Audit
import Gate
import HouseTesting
import Kernel
import Oversight
import Services
import StateTesting
import Storage
import Testing
import Web
import Wiring

@Suite("The citizen sees all that was done with her data, the overseer all but whose they are")
struct OversightTests {
    private func history(_ state: TestState, of person: String, as principal: Principal, before: Int? = nil) async throws -> ReadHistory.Page {
        try await state.platform.perform(ReadHistory(person: person, before: before), as: principal)
    }

    @Test func `her history is complete and without a gap, newest first`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            for _ in 0..<120 { _ = try await state.platform.perform(ListCases(person: person), as: citizen) }
            var numbers: [Int] = []
            var before: Int?
            var count = 0
            while true {
                let page = try await history(state, of: person, as: citizen, before: before)
                if before == nil { count = page.count }
                numbers += page.records.map(\.number)
                guard page.records.count == ReadHistory.pageSize else { break }
                before = numbers.last
            }
            // Three imports, a sign-in, 120 looks; reading on adds newer ones, which the pages below do not hold.
            #expect(count == 124)
            #expect(numbers == Array((1...124).reversed()))
        }
    }

    @Test func `reading it is an access too, which the next reading shows`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            let first = try await history(state, of: person, as: citizen)
            #expect(first.records.first?.entry?["action"] == "identity.sign-in")
            let second = try await history(state, of: person, as: citizen)
            #expect(second.count == first.count + 1)
            #expect(second.records.first?.entry?["action"] == "audit.read-own")
            #expect(second.since == TestState.start)
        }
    }

    @Test func `nobody reads another's history, and she reads that it was tried`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            let (other, _) = try await state.citizen(TestState.owner)
            for principal in [other, try await state.officer("commerce-1"), try await state.officer("data-1")] {
                do {
                    _ = try await history(state, of: person, as: principal)
                    Issue.record("\(principal.id) reads it")
                } catch let refusal as Refusal { #expect(refusal.kind == .forbidden) }
            }
            let page = try await history(state, of: person, as: citizen)
            #expect(page.records.prefix(3).map { $0.entry?["outcome"]?.string } == ["refused", "refused", "refused"])
            #expect(page.records.prefix(3).map { $0.entry?["actor"]?["kind"]?.string } == ["overseer", "officer", "citizen"])
        }
    }

    // MARK: Proofs

    private func verdict(_ state: TestState, of person: String, as citizen: Principal, change: (inout HistoryProof) -> Void = { _ in }) async throws
        -> HistoryVerdict
    {
        let page = try await history(state, of: person, as: citizen)
        var proof = try await PublicLog(state.store.publicView).proof(of: page.records, about: person, count: page.count)
        change(&proof)
        let key = try #require(NoteKey(vkey: state.open.portal.log.verificationKey))
        let check = HistoryCheck(proof, person: person, keys: [key])
        return check.verdict(check.signatureChecks.map(LogSignatures.verify))
    }

    @Test func `each entry is proved to be in the signed tree, those of bulk loads too`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            try await state.performErrands()
            try await state.settleLog()
            let found = try await verdict(state, of: person, as: citizen)
            guard case .signed(let checkpoint) = found.checkpoint else {
                Issue.record("the checkpoint is \(found.checkpoint)")
                return
            }
            #expect(checkpoint.origin == "ist.dovira/log")
            #expect(found.entries.count >= 5)
            #expect(found.entries.allSatisfy { $0 == .included })
            #expect(found.missing == nil && found.isComplete)
        }
    }

    @Test func `what is newer than the checkpoint is pending, and a missing entry is missed`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            try await state.settleLog()
            _ = try await state.platform.perform(ListCases(person: person), as: citizen)
            let found = try await verdict(state, of: person, as: citizen)
            #expect(found.entries.first == .pending)
            #expect(found.entries.dropFirst().allSatisfy { $0 == .included })
            let robbed = try await verdict(state, of: person, as: citizen) { proof in proof.entries.remove(at: 2) }
            #expect(robbed.missing != nil && !robbed.isComplete)
        }
    }

    @Test func `the log of a whole life verifies`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            try await state.performErrands()
            for _ in 0..<20 { _ = try await state.platform.perform(ListCases(person: person), as: citizen) }
            try await state.settleLog()
            let key = try #require(NoteKey(vkey: state.open.portal.log.verificationKey))
            // Beside the server that has the folder, and again once it is stopped: what the command line says.
            let report = try await LogInspection.verify(state.data, knowing: .init(key: key), clock: state.clock.clock) { _ in }
            #expect(report.faults == [])
            #expect(report.people == 9 && report.rows > 40)
            await state.store.close()
            let again = try await LogInspection.verify(state.data, clock: state.clock.clock) { _ in }
            #expect(again.faults == [] && again.entries == report.entries)
            try await state.reopen()
        }
    }

    // MARK: Overseers

    @Test func `an overseer sees what was done, and never to whom`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, person) = try await state.citizen(TestState.adult)
            _ = try await state.platform.perform(ListCases(person: person), as: citizen)
            let overseer = try await state.officer("data-1")
            let overview = try await state.platform.perform(OverseeLog(), as: overseer)
            #expect(overview.entries == overview.newest.count && overview.waiting > 0)
            #expect(overview.newest.first?.action == "identity.sign-in")
            #expect(overview.newest.contains { $0.action == "case.list-own" && $0.outcome == .done })
            let people = try await state.rows("SELECT record FROM registry_person").map { try $0.text(0) }
            for entry in overview.newest {
                let said = "\(entry)"
                for person in people { #expect(!said.contains(person), "\(entry.action) names a person") }
            }
        }
    }

    @Test func `overseeing stands in the house journal, and is for overseers alone`() async throws {
        try await TestState.with { (state) async throws in
            _ = try await state.platform.perform(OverseeLog(), as: state.officer("data-1"))
            #expect(try await state.entries(about: "").last?["action"] == "log.oversee")
            let (citizen, _) = try await state.citizen(TestState.adult)
            for principal in [citizen, try await state.officer("commerce-3")] {
                do {
                    _ = try await state.platform.perform(OverseeLog(), as: principal)
                    Issue.record("\(principal.id) oversees")
                } catch let refusal as Refusal { #expect(refusal.kind == .forbidden) }
            }
        }
    }
}
