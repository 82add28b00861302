import Gate
import HouseTesting
import Identity
import Kernel
import Services
import StateFolder
import StateTesting
import Storage
import Testing

@Suite("An officers' queue is whole, however long, and tells nobody of another's case")
struct QueueTests {
    /// As many copies of the one open task, each of a case of its own, as a flood would bring.
    private func flood(_ count: Int, _ state: TestState) async throws {
        for number in 0..<count {
            let reference = "SP-FL00-\(String(number + 1000))"
            _ = try await state.rows(
                """
                INSERT INTO services_cases (id, reference, service, version, person, state, application, sources, process, decision, created_at,
                updated_at, submitted_at, closed_at, answered)
                SELECT $1, $2, service, version, person, state, application, sources, process, decision, created_at, updated_at, submitted_at, closed_at,
                answered FROM services_cases ORDER BY id LIMIT 1
                """, [.text("case-\(number)"), .text(reference)])
            _ = try await state.rows(
                """
                INSERT INTO services_tasks (id, case_id, element, name, holder, state, created_at, due_on)
                SELECT $1, $2, element, name, holder, state, created_at, due_on FROM services_tasks ORDER BY id LIMIT 1
                """, [.text("task-\(String(number + 1000))"), .text("case-\(number)")])
        }
    }

    private func list(_ state: TestState, _ officer: Principal, _ search: String = "", page: Int = 1) async throws -> ListTasks.Page {
        try await state.platform.perform(
            ListTasks(roles: Array(officer.roles), search: search, page: page, registers: state.registers), as: officer)
    }

    @Test func `after a flood everybody's case is on some page, and found by its number, her number and her names`() async throws {
        try await TestState.with { (state) async throws in
            let flooder = try await state.citizen(TestState.foreigner)
            _ = try await state.apply(flooder, activity: "food")
            try await flood(119, state)
            state.clock.advance(days: 1)
            let victim = try await state.citizen(TestState.adult)
            let file = try await state.apply(victim, activity: "repair")
            let officer = try await state.officer("commerce-2")
            var seen: [String] = []
            for page in 1...3 {
                let listed = try await list(state, officer, page: page)
                #expect(listed.total == 121 && listed.hasMore == (page < 3))
                seen += listed.map(\.record.reference)
            }
            #expect(seen.count == 121 && Set(seen).count == 121, "each once, in one order")
            #expect(seen.last == file.record.reference, "the nearest deadline first")
            for search in [file.record.reference, String(file.record.reference.lowercased().prefix(7)), TestState.adult, "Quintero", "María Elena"] {
                #expect(try await list(state, officer, search).map(\.record.id) == [file.record.id], "\(search)")
            }
            #expect(try await list(state, officer, "Nobody").isEmpty)
            #expect(try await list(state, officer, "sp-fl00").total == 119)
        }
    }

    @Test func `a queue is read from its index`() async throws {
        try await TestState.with { (state) async throws in
            let plan = try await state.rows(
                "EXPLAIN QUERY PLAN SELECT id FROM services_tasks t WHERE t.state = 'open' AND t.holder = $1 ORDER BY t.due_on, t.created_at, t.id LIMIT 50",
                [.text("commerce-registry/registrar")]
            ).map { try $0.text(3) }.joined(separator: "; ")
            #expect(plan.contains("services_tasks_queue") && !plan.contains("TEMP B-TREE"), "\(plan)")
        }
    }

    @Test func `a listing stands in each applicant's log with her own case and with what it shows, and nothing else`() async throws {
        try await TestState.with { (state) async throws in
            var references: [String: String] = [:]
            for key in [TestState.adult, TestState.foreigner] {
                let citizen = try await state.citizen(key)
                references[citizen.person] = try await state.apply(citizen, activity: "repair").record.reference
            }
            let officer = try await state.officer("commerce-1")
            #expect(try await list(state, officer).count == 2)
            for (person, reference) in references {
                let entry = try #require(try await state.entries(about: person).last)
                #expect(entry["action"] == "task.list" && entry["case"] == .string(reference))
                let other = try #require(references.values.first { $0 != reference })
                #expect(!entry.canonical.contains(other), "nobody else's case")
                #expect(entry["records"]?.array?.map { $0["fields"] } == [["reference", "service", "state"]])
            }
        }
    }

    @Test func `who is found by her name reads that her name was searched; her namesakes without a case are told nothing`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            _ = try await state.apply(citizen, activity: "repair")
            // Another of the same surname, without a case.
            let minor = try await state.citizen(TestState.minor)
            let before = try await state.entries(about: minor.person).count
            let officer = try await state.officer("commerce-1")
            #expect(try await list(state, officer, "Quintero").count == 1)
            let entry = try #require(try await state.entries(about: citizen.person).last)
            #expect(entry["records"]?.array?.contains { $0["register"] == "person" } == true)
            #expect(try await state.entries(about: minor.person).count == before)
        }
    }

    @Test func `opening a paper is an access of its own, which names the paper and not the answers`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let officer = try await state.officer("commerce-1")
            let file = try await state.apply(citizen, activity: "food")
            try await state.decide(try #require(try await state.task(officer)), .ask, reason: "Please send the municipal permit.", as: officer)
            let paper = try SuppliedPaper(bytes: Array("%PDF-1.7 permit".utf8))
            _ = try await state.platform.perform(
                SupplyPaper(file.record.id, paper: paper, note: "", services: state.services), as: citizen.principal)
            let supplied = try #require(try await state.file(file.record.id, as: citizen.principal).papers.first)
            let task = try #require(try await state.task(officer))
            _ = try await state.platform.perform(ReadPaper(supplied.id, of: task.id), as: officer)
            let entry = try #require(try await state.entries(about: citizen.person).last)
            #expect(entry["action"] == "paper.read" && entry["case"] == .string(file.record.reference))
            #expect(entry["records"] == [["fields": [.string(supplied.name)], "record": .string(supplied.id), "register": "paper"]])
        }
    }

    // MARK: Deadlines

    @Test(arguments: [
        ("2026-11-28T15:00:00Z", "", "2026-12-09"), ("2026-11-29T03:30:00Z", "", "2026-12-09"), ("2026-11-29T05:30:00Z", "", "2026-12-09"),
        ("2026-07-16T03:30:00Z", "", "2026-07-25"), ("2026-11-27T15:00:00Z", "answer_within: {days: 5, count: working}\n", "2026-12-07"),
        ("2026-12-04T15:00:00Z", "answer_within: {days: 3, count: working}\n", "2026-12-10"),
    ])
    func `a task is due on a day of the state, and on none of its holidays`(now: String, answer: String, due: String) async throws {
        try await TestState.with(change: { folder in
            try folder.replace("minutes: 6\n", with: "minutes: 6\n\(answer)", in: "services/sole-proprietor/service.yaml")
            if !answer.isEmpty { try folder.replace("emblem: emblem.svg\n", with: "emblem: emblem.svg\nweekend: [saturday, sunday]\n", in: "state.yaml") }
        }) { (state) async throws in
            state.clock.set(Instant(rfc3339: now)!)
            let citizen = try await state.citizen(TestState.adult)
            _ = try await state.apply(citizen, activity: "food")
            let officer = try await state.officer("commerce-1")
            #expect(try await state.task(officer)?.dueOn == CalendarDate(due))
        }
    }
}
