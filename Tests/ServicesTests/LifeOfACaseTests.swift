import Gate
import HouseTesting
import Issuance
import Kernel
import Services
import StateFolder
import StateTesting
import Storage
import Testing

@Suite("A case from its first answer to its end")
struct LifeOfACaseTests {
    // MARK: The draft

    @Test func `a draft is prefilled from the registers, each value with its source`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            let record = try await state.file(id, as: citizen.principal).record
            #expect(record.state == .draft)
            #expect(
                record.application == [
                    "street": "Avenida Central, casa 14", "township": "Casco Viejo", "district": "Ciudad Canal", "province": "Canal",
                    "postal_code": "0810",
                ])
            #expect(record.sources["/street"] == ["register": "address", "recorded": .string(TestState.start.rfc3339)])
            #expect(record.sources.count == 5)
            let parts = record.reference.split(separator: "-")
            #expect(parts.map(\.count) == [2, 4, 4] && parts[0] == "SP")
            #expect(!parts.dropFirst().joined().contains { "ILOU".contains($0) }, "no letters that look alike")
        }
    }

    @Test func `beginning stands in her log with what was read for it, and no more was read`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            let entry = try #require(try await state.entries(about: citizen.person).last)
            #expect(entry["action"] == "case.start" && entry["purpose"] == "apply" && entry["law"] == "ley-5-2022-art-7")
            let records = try #require(entry["records"]?.array)
            #expect(records.compactMap { $0["register"]?.string } == ["address", "case"])
            #expect(records[0]["fields"] == ["street", "township", "district", "province", "postal_code"])
            #expect(records[1]["record"] == .string(id))
            #expect(entry["case"]?.string?.hasPrefix("SP-") == true)
        }
    }

    @Test func `an own answer takes the source's place`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            let same: JSON = "Casco Viejo"
            try await state.answer(id, as: citizen.principal, but: ["/street": "Calle Nueva 1", "/township": same])
            let record = try await state.file(id, as: citizen.principal).record
            #expect(record.application["street"] == "Calle Nueva 1" && record.sources["/street"] == nil)
            #expect(record.sources["/township"] != nil, "said again, it is still the register's")
        }
    }

    @Test func `who comes back goes on with her draft`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal)
            try await state.reopen()
            #expect(try await state.start(citizen) == id)
            let record = try await state.file(id, as: citizen.principal).record
            #expect(record.application["trade_name"] == "Ebanistería Quintero")
            #expect(try await state.count("services_cases") == 1)
        }
    }

    @Test func `an answer can be taken back`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal, but: ["/phone": "6612-3456"])
            try await state.answer(id, as: citizen.principal, but: ["/phone": nil])
            #expect(try await state.file(id, as: citizen.principal).record.application["phone"] == nil)
        }
    }

    @Test func `an application that nobody typed is refused`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            let refused = try await refusal {
                try await state.answer(id, as: citizen.principal, but: ["/trade_name": .string(String(repeating: "x", count: 70_000))])
            }
            #expect(refused?.kind == .tooLarge)
            #expect(try await state.file(id, as: citizen.principal).record.application["trade_name"] == nil)
        }
    }

    @Test func `a discarded draft forgets what was typed, and the next one is new`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal)
            try await state.platform.perform(DiscardCase(id), as: citizen.principal)
            let row = try await state.rows("SELECT state, application, sources FROM services_cases WHERE id = $1", [.text(id)])[0]
            #expect(try row.text(0) == "discarded" && row.text(1) == "{}" && row.text(2) == "{}")
            #expect(try await state.platform.perform(ListCases(person: citizen.person), as: citizen.principal).isEmpty)
            for attempt in 0..<2 {
                let refused = try await refusal {
                    if attempt == 0 {
                        try await state.platform.perform(DiscardCase(id), as: citizen.principal)
                    } else {
                        _ = try await state.submit(id, as: citizen.principal)
                    }
                }
                #expect(refused == Refusal(.conflict, "case.already-submitted"))
            }
            #expect(try await state.start(citizen) != id)
            #expect(try await state.entries(about: citizen.person).contains { $0["action"] == "case.discard" })
        }
    }

    // MARK: Sending

    @Test func `an incomplete application is refused with what is missing, and stays a draft`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal, but: ["/email": "nobody", "/trade_name": nil])
            let refused = try #require(try await refusal { try await state.submit(id, key: "k-1", as: citizen.principal) })
            #expect(refused.kind == .invalid && refused.code == "case.incomplete")
            #expect(Set(refused.faults.map(\.pointer)) == ["/email", "/trade_name"])
            for fault in refused.faults {
                for language in ["es", "en", "uk"] { #expect(fault.message.values[language]?.isEmpty == false, "\(fault.pointer) in \(language)") }
            }
            #expect(try await state.file(id, as: citizen.principal).record.state == .draft)
            #expect(try await state.rows("SELECT id FROM gate_errands WHERE kind = 'case.decide'").isEmpty)
        }
    }

    @Test func `after a mend it is sent, though the first try was refused`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal, but: ["/email": "nobody"])
            let wrong = SubmitCase.key(of: try await state.file(id, as: citizen.principal).record)
            for _ in 0..<2 {
                #expect(try await refusal { try await state.submit(id, key: wrong, as: citizen.principal) }?.code == "case.incomplete")
            }
            try await state.answer(id, as: citizen.principal)
            let mended = SubmitCase.key(of: try await state.file(id, as: citizen.principal).record)
            #expect(mended != wrong && mended.utf8.count <= 128)
            let reference = try await state.submit(id, key: mended, as: citizen.principal)
            #expect(try await state.file(id, as: citizen.principal).record.reference == reference)
        }
    }

    @Test func `pressed twice it is sent once`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let id = try await state.start(citizen)
            try await state.answer(id, as: citizen.principal)
            let references = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 { group.addTask { try await state.submit(id, as: citizen.principal) } }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(references.count == 1)
            #expect(try await state.rows("SELECT id FROM gate_errands WHERE kind = 'case.decide'").count == 1)
            try await state.performErrands()
            #expect(try await state.submit(id, as: citizen.principal) == references.first, "also after it was decided")
            #expect(try await state.file(id, as: citizen.principal).kinds.count { $0 == .submitted } == 1)
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").count == 1)
        }
    }

    @Test func `what was sent stands`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let file = try await state.apply(citizen)
            let refused = try await refusal { try await state.answer(file.record.id, as: citizen.principal) }
            #expect(refused == Refusal(.conflict, "case.already-submitted"))
        }
    }

    // MARK: Decided by rule

    @Test func `granted at once: a row, a document, a history, a decision with its rule`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let file = try await state.apply(citizen)
            #expect(file.record.state == .granted && file.record.closedAt == state.clock.now)
            #expect(file.kinds == [.started, .submitted, .decided, .registered, .issued, .granted])
            #expect(file.record.decision["outcome"] == "grant")
            #expect(file.record.decision["facts"]?["age"] == 34)
            #expect(file.record.decision["version"] == .string(file.record.version))
            #expect(file.openTasks.isEmpty)
            let row = try #require(try await state.rows("SELECT data, person FROM registry_business WHERE f_number = 'EI-2026-00001'").first)
            let data = try JSON.parse(row.text(0))
            #expect(try row.text(1) == citizen.person)
            #expect(data["trade_name"] == "Ebanistería Quintero" && data["status"] == "active" && data["registered"] == "2026-07-15")
            #expect(data["cedula"] == .string(TestState.adult))
            let home = try await state.platform.perform(
                ReadHome(person: citizen.person, since: TestState.start), as: citizen.principal)
            let certificate = try #require(home.documents.first { $0.type == "sole-proprietor-certificate" })
            #expect(certificate.number == "EI-2026-00001")
            #expect(file.events.first { $0.kind == .registered }?.details["number"] == "EI-2026-00001")
            #expect(state.failures.isEmpty)
        }
    }

    @Test(arguments: [
        (TestState.owner, "registered-already", "ley-14-2024-art-6"), (TestState.minor, "under-age", "ley-14-2024-art-5-1"),
        (TestState.expired, "cedula-expired", "ley-14-2024-art-5-2"),
    ])
    func `refused with the rule and its law, in each language`(key: String, rule: String, law: String) async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(key)
            let file = try await state.apply(citizen)
            #expect(file.record.state == .refused)
            #expect(file.kinds == [.started, .submitted, .decided, .refused])
            let matched = try #require(file.record.decision["trace"]?["matched"]?[0])
            #expect(matched["rule"]?.string == rule)
            #expect(matched["annotations"]?["law"]?.string == law)
            for language in ["es", "en", "uk"] { #expect(matched["annotations"]?[language]?.string?.isEmpty == false) }
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").isEmpty)
        }
    }

    @Test func `the machine's look stands in her log, with the fields that the service reads`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let file = try await state.apply(citizen)
            let entries = try await state.entries(about: citizen.person).filter { $0["case"]?.string == file.record.reference }
            #expect(
                entries.compactMap { $0["action"]?.string }.removingRepetitions == [
                    "case.start", "case.answer", "case.submit", "case.decide", "decision.record", "case.continue", "case.read-own",
                ])
            let look = try #require(entries.first { $0["action"] == "case.decide" })
            #expect(look["actor"] == ["id": "rules", "kind": "system", "name": "rules"])
            let fields = Dictionary(
                (look["records"]?.array ?? []).map { ($0["register"]?.string ?? "", $0["fields"]?.array?.compactMap(\.string) ?? []) },
                uniquingKeysWith: { first, _ in first })
            #expect(fields["person"] == ["cedula", "given_names", "first_surname", "second_surname", "birth_date", "cedula_expires"])
            #expect(fields["address"] == ["street", "township", "district", "province", "postal_code"])
        }
    }

    @Test func `would I get it: answered, and nothing kept but the entry`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.owner)
            let service = try state.service
            let before = try await state.entries(about: citizen.person).count
            let facts = try await state.platform.perform(
                DryRun(
                    service, person: citizen.person, application: ["activity": "carpentry"], registers: state.registers,
                    today: CalendarDate("2026-07-15")!), as: citizen.principal)
            let ruling = Ruling(service.decision, facts, service, at: state.clock.now)
            #expect(ruling.outcome == .refuse)
            #expect(ruling.json["trace"]?["matched"]?[0]?["rule"] == "registered-already")
            let entries = try await state.entries(about: citizen.person)
            #expect(entries.count == before + 1)
            #expect(entries.last?["action"] == "service.dry-run" && entries.last?["purpose"] == "dry-run")
            #expect(try await state.count("services_cases") == 0)
        }
    }

    // MARK: Referred to an officer

    @Test func `referred, asked, supplied, decided: granted by a person, with her reason`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let officer = try await state.officer("commerce-1")
            let file = try await state.apply(citizen, activity: "food")
            #expect(file.record.state == .review)
            #expect(file.kinds == [.started, .submitted, .decided, .referred])
            #expect(file.record.decision["trace"]?["matched"]?[0]?["rule"] == "permit-needed")

            let task = try #require(try await state.task(officer))
            #expect(task.caseID == file.record.id && task.holder == "commerce-registry/registrar")
            #expect(task.dueOn == CalendarDate("2026-07-25"))
            let opened = try await state.platform.perform(ReadTask(task.id, registers: state.registers), as: officer)
            #expect(opened.file.record.application["activity"] == "food")
            let look = try #require(try await state.entries(about: citizen.person).last)
            #expect(look["action"] == "case.review" && look["actor"]?["name"] == "Edilberto Samaniego" && look["case"]?.string == file.record.reference)

            try await state.decide(task, .ask, reason: "Please send the municipal permit.", as: officer)
            let asked = try await state.file(file.record.id, as: citizen.principal)
            #expect(asked.record.state == .waiting)
            #expect(asked.events.last { $0.kind == .paperAsked }?.details["reason"] == "Please send the municipal permit.")
            #expect(try await state.task(officer) == nil, "it is the citizen's turn")

            let paper = try SuppliedPaper(bytes: Array("%PDF-1.7 permit".utf8))
            _ = try await state.platform.perform(
                SupplyPaper(file.record.id, paper: paper, note: "Here it is.", services: state.services), as: citizen.principal)
            let supplied = try await state.file(file.record.id, as: citizen.principal)
            #expect(supplied.record.state == .review && supplied.papers.map(\.name) == ["paper-1.pdf"])

            let second = try #require(try await state.task(officer))
            #expect(second.id != task.id)
            let read = try await state.platform.perform(ReadPaper(supplied.papers[0].id, of: second.id), as: officer)
            #expect(read.bytes == Array("%PDF-1.7 permit".utf8) && read.type == "application/pdf" && read.name == "paper-1.pdf")
            try await state.decide(second, .grant, as: officer)
            let ended = try await state.file(file.record.id, as: citizen.principal)
            #expect(ended.record.state == .granted)
            #expect(
                ended.kinds == [
                    .started, .submitted, .decided, .referred, .paperAsked, .paperSupplied, .referred, .decided, .registered, .issued, .granted,
                ])
            let officers = try #require(ended.record.decision["officer"])
            #expect(officers["reason"] == "The permit MP-2026-0418 is valid." && officers["name"] == "Edilberto Samaniego")
            #expect(ended.record.decision["outcome"] == "refer", "the rule's own word stays beside it")
        }
    }

    @Test func `an officer may refuse, and no row is made`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let officer = try await state.officer("commerce-1")
            let file = try await state.apply(citizen, activity: "transport")
            try await state.decide(try #require(try await state.task(officer)), .refuse, reason: "The permit has lapsed.", as: officer)
            let ended = try await state.file(file.record.id, as: citizen.principal)
            #expect(ended.record.state == .refused)
            #expect(ended.record.decision["officer"]?["reason"] == "The permit has lapsed.")
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").isEmpty)
        }
    }

    @Test func `of two officers one decides, the other is told that it is done`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let (first, second) = (try await state.officer("commerce-1"), try await state.officer("commerce-2"))
            _ = try await state.apply(citizen, activity: "food")
            let task = try #require(try await state.task(first))
            try await state.decide(task, .grant, as: first)
            let refused = try await refusal { try await state.decide(task, .refuse, reason: "The permit has lapsed.", as: second) }
            #expect(refused == Refusal(.gone, "task.done"))
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").count == 1)
        }
    }

    @Test func `only the role that holds a task sees it and decides it`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let registrar = try await state.officer("commerce-1")
            _ = try await state.apply(citizen, activity: "food")
            let task = try #require(try await state.task(registrar))
            for id in ["commerce-3", "transit-1", "data-1"] {
                let other = try await state.officer(id)
                if other.kind == .officer {
                    let seen = try await state.platform.perform(ListTasks(roles: ["commerce-registry/registrar"]), as: other)
                    #expect(seen.isEmpty, "a role that one asks for is no role that one has")
                }
                #expect(try await refusal { try await state.platform.perform(ReadTask(task.id, registers: state.registers), as: other) }?.kind == .forbidden)
                #expect(try await refusal { try await state.decide(task, .grant, as: other) }?.kind == .forbidden)
            }
            #expect(try await refusal { try await state.platform.perform(ReadTask(task.id, registers: state.registers), as: citizen.principal) }?.kind == .forbidden)
        }
    }

    @Test func `a list of three cases is three entries`() async throws {
        try await TestState.with { (state) async throws in
            var people: [String] = []
            for key in [TestState.adult, TestState.foreigner, "N-2000-106"] {
                let citizen = try await state.citizen(key)
                people.append(citizen.person)
                #expect(try await state.apply(citizen, activity: "repair").record.state == .review)
            }
            let officer = try await state.officer("commerce-1")
            let before = try await state.count("audit_entries")
            let list = try await state.platform.perform(ListTasks(roles: Array(officer.roles)), as: officer)
            #expect(list.count == 3)
            #expect(try await state.count("audit_entries") == before + 3)
            for person in people { #expect(try await state.entries(about: person).last?["action"] == "task.list") }
        }
    }

    @Test func `a decision without a reason is none`() async throws {
        try await TestState.with { (state) async throws in
            let services = state.services
            #expect(throws: Refusal.self) { try DecideTask("t", outcome: .grant, reason: "", services: services) }
            #expect(throws: Refusal.self) { try DecideTask("t", outcome: .refuse, reason: "no permit", services: services) }
            #expect(throws: Refusal.self) { try DecideTask("t", outcome: .ask, reason: String(repeating: "x", count: 2_001), services: services) }
        }
    }

    // MARK: Papers

    @Test func `a paper is what its bytes say, not its name`() throws {
        #expect(try SuppliedPaper(bytes: [0xFF, 0xD8, 0xFF, 0xE0]).type == "image/jpeg")
        #expect(throws: Refusal(.invalid, "paper.kind")) { try SuppliedPaper(bytes: Array("<html>".utf8)) }
        #expect(throws: Refusal(.invalid, "paper.empty")) { try SuppliedPaper(bytes: []) }
        #expect(throws: Refusal(.tooLarge, "paper.too-large", parameters: ["megabytes": "5"])) {
            try SuppliedPaper(bytes: Array("%PDF-".utf8) + [UInt8](repeating: 0, count: CasePaper.bytesMax))
        }
    }

    @Test func `what nobody asked for is not taken`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let file = try await state.apply(citizen, activity: "food")
            let refused = try await refusal {
                try await state.platform.perform(
                    SupplyPaper(file.record.id, paper: nil, note: "Here it is.", services: state.services), as: citizen.principal)
            }
            #expect(refused == Refusal(.conflict, "case.nothing-asked"))
            let other = try await state.citizen(TestState.owner)
            let foreign = try await refusal {
                try await state.platform.perform(
                    SupplyPaper(file.record.id, paper: nil, note: "Here it is.", services: state.services), as: other.principal)
            }
            #expect(foreign?.kind == .forbidden)
        }
    }

    @Test func `another's case is nobody's business, and she reads that it was tried`() async throws {
        try await TestState.with { (state) async throws in
            let citizen = try await state.citizen(TestState.adult)
            let other = try await state.citizen(TestState.owner)
            let id = try await state.start(citizen)
            #expect(try await refusal { try await state.file(id, as: other.principal) }?.kind == .forbidden)
            #expect(try await refusal { try await state.answer(id, as: other.principal) }?.kind == .forbidden)
            #expect(try await refusal { try await state.submit(id, as: other.principal) }?.kind == .forbidden)
            #expect(try await state.entries(about: citizen.person).suffix(3).map { $0["outcome"]?.string } == ["refused", "refused", "refused"])
            #expect(try await refusal { try await state.file("nothing", as: other.principal) } == Refusal(.notFound, "case.not-found"))
        }
    }
}

extension [String] {
    /// Each run of the same once.
    fileprivate var removingRepetitions: [String] { reduce(into: []) { if $0.last != $1 { $0.append($1) } } }
}
