import Gate
import HouseTesting
import Identity
import Kernel
import Registry
import Services
import StateFolder
import StateTesting
import Storage
import Testing
import Web
import Wiring

@Suite("A case outlives crashes and changes of its service")
struct DurableCaseTests {
    // MARK: Versions

    /// The rule turned round: whoever was granted is refused.
    private static func turn(_ folder: inout ExampleFolder) throws {
        let name = "services/sole-proprietor/decision.dmn"
        let text = try folder.text(name)
        try folder.write(name, text.replacing("<outputEntry><text>\"grant\"</text></outputEntry>", with: "<outputEntry><text>\"refuse\"</text></outputEntry>"))
    }

    @Test func `a running case stays on the version that it began with, a new one takes the new`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let foreigner = try await state.citizen(TestState.foreigner)
            let old = try state.service.version
            let id = try await state.start(adult)
            try await state.reopen(change: Self.turn)
            #expect(try state.service.version != old)
            try await state.answer(id, as: adult.principal)
            _ = try await state.submit(id, as: adult.principal)
            try await state.performErrands()
            let file = try await state.file(id, as: adult.principal)
            #expect(file.record.state == .granted && file.record.version == old.hex)
            let fresh = try await state.apply(foreigner)
            let new = try state.service.version.hex
            #expect(fresh.record.state == .refused && fresh.record.version == new)
        }
    }

    @Test func `a case that waits for an officer goes on on its version after two changes`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let file = try await state.apply(citizen, activity: "food")
            try await state.reopen(change: Self.turn)
            try await state.reopen { folder in
                try folder.replace("minutes: 6", with: "minutes: 7", in: "services/sole-proprietor/service.yaml")
            }
            #expect(try await state.rows("SELECT DISTINCT version FROM services_versions").count == 3)
            let officer = try await state.officer("commerce-1")
            try await state.decide(try #require(try await state.task(officer)), .grant, as: officer)
            #expect(try await state.file(file.record.id, as: citizen.principal).record.state == .granted)
        }
    }

    @Test func `a case that was sent, but not decided, is decided by its own version`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal)
            _ = try await state.submit(id, as: citizen.principal)
            try await state.reopen(change: Self.turn)
            try await state.performErrands()
            #expect(try await state.file(id, as: citizen.principal).record.state == .granted)
        }
    }

    // MARK: Crashes

    /// A case that was sent, and the errand that waits to decide it.
    private func sent(_ state: TestState) async throws -> (citizen: (principal: Principal, person: String), id: String, errand: Errand) {
        let citizen = try await state.citizen(TestState.adult)
        try await state.performErrands()
        let id = try await state.start(citizen)
        try await state.answer(id, as: citizen.principal)
        _ = try await state.submit(id, as: citizen.principal)
        let row = try #require(try await state.rows("SELECT id, kind, subject, payload FROM gate_errands").first)
        let errand = try Errand(id: row.text(0), kind: row.text(1), subject: row.text(2), payload: JSON.parse(row.text(3)), attempts: 1)
        return (citizen, id, errand)
    }

    private func isWhole(_ id: String, _ state: TestState, as citizen: Principal) async throws {
        let file = try await state.file(id, as: citizen)
        #expect(file.record.state == .granted)
        #expect(file.kinds == [.started, .submitted, .decided, .registered, .issued, .granted])
        #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").count == 1)
        #expect(try await state.rows("SELECT id FROM issuance_documents WHERE type = 'sole-proprietor-certificate'").count == 1)
        #expect(try await state.count("gate_errands") == 0)
        #expect(try await state.rows("SELECT last FROM registry_series WHERE year = 2026").map { try $0.int(0) } == [1])
    }

    @Test func `a crash after the facts were read changes nothing twice`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, id, _) = try await sent(state)
            _ = try await state.platform.perform(
                CollectFacts(id, services: state.services, today: CalendarDate("2026-07-15")!), as: SystemPrincipals.rules)
            try await state.reopen()
            try await state.performErrands()
            try await isWhole(id, state, as: citizen.principal)
        }
    }

    @Test func `a crash after the decision was recorded changes nothing twice`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, id, errand) = try await sent(state)
            // All that the errand does, but not the runner's note that it is done.
            try await DecideCase(services: state.services, zone: state.open.portal.zone, principal: SystemPrincipals.rules)
                .perform(errand, on: state.platform)
            #expect(try await state.file(id, as: citizen.principal).kinds.contains(.registered))
            try await state.reopen()
            try await state.performErrands()
            try await isWhole(id, state, as: citizen.principal)
        }
    }

    @Test func `a crash after the documents, before the case went on, changes nothing twice`() async throws {
        try await TestState.with { (state) async throws in
            let (citizen, id, _) = try await sent(state)
            #expect(try await state.open.errands.performDue() == 1)
            let row = try #require(try await state.rows("SELECT id, kind, subject, payload FROM gate_errands").first)
            let errand = try Errand(id: row.text(0), kind: row.text(1), subject: row.text(2), payload: JSON.parse(row.text(3)), attempts: 1)
            #expect(errand.kind == "documents.refresh")
            let services = state.services
            try await ContinueCase.afterDocuments(errand, services: services, on: state.platform, as: SystemPrincipals.issuance)
            try await state.reopen()
            try await state.performErrands()
            let file = try await state.file(id, as: citizen.principal)
            #expect(file.kinds.count { $0 == .issued } == 1 && file.record.state == .granted)
            try await isWhole(id, state, as: citizen.principal)
        }
    }

    @Test func `a crash in each gap between commits ends in the same case`() async throws {
        // Each reopening is a process that died after its last commit; the lease of what it had taken runs out.
        try await TestState.with { (state) async throws in
            let (citizen, id, _) = try await sent(state)
            for _ in 0..<6 {
                _ = try await state.open.errands.performDue()
                try await state.reopen()
                state.clock.advance(seconds: 61)
            }
            try await isWhole(id, state, as: citizen.principal)
        }
    }

    // MARK: Stuck

    @Test func `a case whose version can no longer be read stops alone, and is answered as failed, not lost`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal)
            try await state.store.maintain(.versions) { (transaction: borrowing Transaction) in
                try transaction.execute("DELETE FROM services_versions WHERE path LIKE '%.bpmn'")
            }
            try await state.reopen(change: Self.turn)
            var error: (any Error)?
            do { _ = try await state.submit(id, as: citizen.principal) } catch let caught { error = caught }
            #expect(error is Failure)
            #expect(try await state.file(id, as: citizen.principal).record.state == .draft)
            // Others go on.
            let other = try await state.citizen(TestState.foreigner)
            #expect(try await state.apply(other).record.state == .refused)
        }
    }
}
