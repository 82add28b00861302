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

@Suite("A rule is asked again when its row is made, and one open case is enough")
struct AskedAgainTests {
    /// A deed under the permission that loading registers has: a row that comes from somewhere else.
    private struct Entering: UseCase {
        static var action: Action { .changes("register.import") }
        let deed: @Sendable (borrowing Grant, borrowing Transaction) throws -> Void
        var resource: Resource { Resource("register/business") }
        var purpose: Purpose { Purpose("register-import") }
        func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws { try deed(grant, transaction) }
    }

    private func business(_ number: String, status: String = "active", cedula: String = TestState.adult) -> JSONObject {
        [
            "number": .string(number), "cedula": .string(cedula), "trade_name": "La Otra", "activity": "retail", "street": "Calle 1",
            "township": "Casco Viejo", "district": "Ciudad Canal", "province": "Canal", "postal_code": "0810", "start_date": "2026-07-01",
            "registered": "2026-07-01", "status": .string(status),
        ]
    }

    private func enter(_ data: JSONObject, of person: String, _ state: TestState) async throws {
        let register = try state.registers["business"]
        _ = try await state.platform.perform(
            Entering { (grant: borrowing Grant, transaction: borrowing Transaction) in
                _ = try register.create(data, person: person, validFrom: CalendarDate("2026-07-15")!, under: grant, in: transaction)
            }, as: SystemPrincipals.imports)
    }

    private func active(_ state: TestState, of person: String) async throws -> Int {
        try await state.rows(
            "SELECT row FROM registry_business WHERE person = $1 AND f_status = 'active' AND recorded_to IS NULL AND valid_to IS NULL", [.text(person)]).count
    }

    // MARK: Asked again

    @Test func `an officer's grant is refused in words when the registers no longer allow it, and the case goes on`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let officer = try await state.officer("commerce-1")
            let file = try await state.apply(citizen, activity: "food")
            try await enter(business("EI-2026-00777"), of: citizen.person, state)
            let task = try #require(try await state.task(officer))
            let refused = try #require(try await refusal { try await state.decide(task, .grant, as: officer) })
            #expect(refused.kind == .conflict && refused.code == "case.rule-refuses-now")
            for language in ["es", "en", "uk"] { #expect(refused.faults.first?.message.values[language]?.isEmpty == false, "in the rule's own words") }
            #expect(try await state.file(file.record.id, as: citizen.principal).record.state == .review)
            #expect(try await active(state, of: citizen.person) == 1)
            #expect(state.failures.isEmpty)
            try await state.decide(task, .refuse, reason: "She has a business by now.", as: officer)
            #expect(try await state.file(file.record.id, as: citizen.principal).record.state == .refused)
            #expect(try await state.rows("SELECT last FROM registry_series").isEmpty, "no number was used up")
        }
    }

    @Test func `what changed without changing the rule's answer does not stand in the way`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let officer = try await state.officer("commerce-1")
            let file = try await state.apply(citizen, activity: "food")
            try await enter(business("EI-2026-00777", status: "closed"), of: citizen.person, state)
            // Her card has run out meanwhile; the law asks for the day of the application.
            state.clock.advance(days: 3_000)
            try await state.decide(try #require(try await state.task(officer)), .grant, as: officer)
            #expect(try await state.file(file.record.id, as: citizen.principal).record.state == .granted)
        }
    }

    @Test func `a ruling that the registers have overtaken is made anew when it is recorded`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal)
            _ = try await state.submit(id, as: citizen.principal)
            let (facts, service, _) = try await state.platform.perform(
                CollectFacts(id, services: state.services, today: CalendarDate("2026-07-15")!), as: SystemPrincipals.rules)
            let ruling = Ruling(service.decision, facts, service, at: state.clock.now)
            #expect(ruling.outcome == .grant)
            try await enter(business("EI-2026-00777"), of: citizen.person, state)
            _ = try await state.platform.perform(
                RecordDecision(id, element: "decide", ruling: ruling, services: state.services, errand: "errand-1"), as: SystemPrincipals.rules)
            let file = try await state.file(id, as: citizen.principal)
            #expect(file.record.state == .refused && file.record.decision["trace"]?["matched"]?[0]?["rule"] == "registered-already")
            #expect(try await active(state, of: citizen.person) == 1)
        }
    }

    @Test func `where the rule forgets what the register holds once, a person decides, and no second row is made`() async throws {
        try await TestState.with(change: { folder in
            let name = "services/sole-proprietor/decision.dmn"
            try folder.write(
                name, folder.text(name).replacing("<outputEntry><text>\"refuse\"</text></outputEntry>", with: "<outputEntry><text>\"grant\"</text></outputEntry>"))
        }) { (state) async throws in
            let owner = try await state.citizen(TestState.owner)
            let file = try await state.apply(owner)
            #expect(file.record.state == .review)
            #expect(file.events.first { $0.kind == .decided }?.details["held"] == "register.once-taken")
            let officer = try await state.officer("commerce-1")
            let task = try #require(try await state.task(officer))
            #expect(try await refusal { try await state.decide(task, .grant, as: officer) }?.code == "register.once-taken")
            #expect(try await active(state, of: owner.person) == 1)
            #expect(state.failures.isEmpty)
        }
    }

    // MARK: One open case, and not without end

    @Test func `who has an open case is led to it, whatever it waits for; after its end another may begin`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let officer = try await state.officer("commerce-1")
            let file = try await state.apply(citizen, activity: "food")
            #expect(try await state.start(citizen) == file.record.id)
            let task = try #require(try await state.task(officer))
            try await state.decide(task, .ask, reason: "Please send the municipal permit.", as: officer)
            #expect(try await state.start(citizen) == file.record.id)
            _ = try await state.platform.perform(
                SupplyPaper(file.record.id, paper: nil, note: "Here it is.", services: state.services), as: citizen.principal)
            try await state.decide(try #require(try await state.task(officer)), .refuse, reason: "The permit has lapsed.", as: officer)
            #expect(try await state.start(citizen) != file.record.id)
            #expect(try await state.count("services_cases") == 2)
        }
    }

    @Test func `a person's cases come in pages, each once, and her home shows the open ones alone`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await fill(45, state)
            var seen: [String] = []
            var before: String?
            repeat {
                let page = try await state.platform.perform(ListCases(person: citizen.person, before: before), as: citizen.principal)
                #expect(page.sent.count <= 20 && page.begun.map(\.id) == [id])
                seen += page.sent.map(\.id)
                before = page.hasMore ? page.sent.last?.id : nil
            } while before != nil
            #expect(seen.count == 45 && Set(seen).count == 45)
            let home = try await state.platform.perform(ReadHome(person: citizen.person, since: state.clock.now), as: citizen.principal)
            #expect(home.cases.map(\.id) == [id])
            let foreign = try await state.citizen(TestState.foreigner)
            #expect(try await state.platform.perform(ListCases(person: foreign.person, before: seen[3]), as: foreign.principal).isEmpty)
        }
    }

    /// Cases that the person began and sent, as a loop would leave them behind.
    private func fill(_ count: Int, _ state: TestState) async throws {
        _ = try await state.rows(
            """
            WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < $1)
            INSERT INTO services_cases (id, reference, service, version, person, state, application, sources, process, decision, created_at,
            updated_at, submitted_at, closed_at, answered)
            SELECT 'filled-' || n, 'SP-' || n, service, version, person, 'refused', application, sources, process, decision, created_at, updated_at,
            created_at, created_at, answered FROM services_cases, counted WHERE reference LIKE 'SP-____-____'
            """, [.integer(Int64(count))])
    }

    @Test func `beginning without end has its end for a day, and for one person alone`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await fill(StartCase.perDayMax - 1, state)
            #expect(try await state.start(citizen) == id, "what is open goes on")
            try await state.platform.perform(DiscardCase(id), as: citizen.principal)
            #expect(try await refusal { try await state.start(citizen) }?.code == "case.too-many-begun")
            let other = try await state.citizen(TestState.foreigner)
            _ = try await state.start(other)
            state.clock.advance(days: 1)
            _ = try await state.start(citizen)
        }
    }

    @Test func `sending without end has its end for a day`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal)
            try await fill(SubmitCase.perDayMax, state)
            #expect(try await refusal { try await state.submit(id, as: citizen.principal) }?.code == "case.too-many-sent")
            state.clock.advance(days: 1)
            _ = try await state.submit(id, key: "the next day", as: citizen.principal)
        }
    }

    @Test func `a page that was never shown cannot be passed over, be it that the registers filled it`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            let given: [(pointer: JSONPointer, value: JSON?)] = [
                (JSONPointer("/trade_name")!, "Ebanistería"), (JSONPointer("/activity")!, "carpentry"), (JSONPointer("/start_date")!, "2026-08-01"),
                (JSONPointer("/email")!, "maria@istmo.example"),
            ]
            var record = try await state.platform.perform(AnswerPage(id, page: "name", answers: given), as: citizen.principal)
            let pages = try state.service.form.route(record.application).map(\.id)
            for page in pages where page != "name" {
                let refused = try await refusal { try await state.submit(id, key: SubmitCase.key(of: record), as: citizen.principal) }
                #expect(refused?.code == "case.page-open" && refused?.parameters["page"] == page)
                record = try await state.platform.perform(AnswerPage(id, page: page, answers: []), as: citizen.principal)
            }
            _ = try await state.submit(id, key: SubmitCase.key(of: record), as: citizen.principal)
        }
    }

    @Test func `papers have a limit for a case, in words`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let officer = try await state.officer("commerce-1")
            let file = try await state.apply(citizen, activity: "food")
            let page = Array("%PDF-1.7".utf8) + [UInt8](repeating: 0x20, count: CasePaper.bytesMax - 8)
            for number in 1...6 {
                try await state.decide(try #require(try await state.task(officer)), .ask, reason: "Please send another page.", as: officer)
                let services = state.services
                let supplied = try await refusal {
                    try await state.platform.perform(
                        SupplyPaper(file.record.id, paper: SuppliedPaper(bytes: page), note: "", services: services), as: citizen.principal)
                }
                #expect(supplied?.code == (number == 6 ? "paper.case-full" : nil))
            }
        }
    }
}
