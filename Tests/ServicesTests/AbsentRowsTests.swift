import Audit
import Gate
import HouseTesting
import Identity
import Issuance
import Kernel
import Registry
import Services
import StateFolder
import StateTesting
import Storage
import Testing

extension TestState {
    /// Takes rows out of a table, or out of sight, with another program that remembers them elsewhere; gives back what puts them in again.
    func hide(_ table: String, _ sql: String) async throws -> [String] {
        let attach = "ATTACH '\(root)/kept-\(table).db' AS kept"
        try await tamperFromOutside([attach, "CREATE TABLE IF NOT EXISTS kept.\(table) AS SELECT * FROM main.\(table)", sql])
        return [attach, "DELETE FROM main.\(table)", "INSERT INTO main.\(table) SELECT * FROM kept.\(table)", "DROP TABLE kept.\(table)"]
    }

    /// Whether a deed is held back because of what another program wrote: at first since that is being looked into, then since rows are not what
    /// the log knows. What it said is told where it is neither.
    func holdsBack<T>(_ what: String, _ deed: () async throws -> T) async throws {
        for isSettled in [false, true] {
            let told = await cause { _ = try await deed() }
            let isHeld = told is AuditCorrupt || (!isSettled && (told as? Refusal)?.code == "data.in-doubt")
            #expect(isHeld, "\(what): \(told.map { "\($0)" } ?? "it was done")")
            // A row that is there and is not as the log knows it is told at once, and nothing is looked into.
            if told is AuditCorrupt || !isHeld { return }
            try await settleDoubt { proof.wholeness.faults > 0 }
        }
    }

    /// Does a deed once the doubt is over.
    func afterDoubt<T>(_ deed: () async throws -> T) async throws {
        var told: (any Error)?
        try await settleDoubt {
            told = await cause { _ = try await deed() }
            return told == nil
        }
        #expect(told == nil, "\(told.map { "\($0)" } ?? "")")
    }
}

/// Reading rows tells of none that is not there. Each deed that rests on absence, or on a number of rows, meets rows that another program took away
/// or moved out of sight under a running platform.
@Suite("What rests on the absence of rows asks whether the tables are whole") struct AbsentRowsTests {
    @Test(arguments: [
        "DELETE FROM services_cases", "UPDATE services_cases SET person = 'x' || person", "UPDATE services_cases SET state = 'refused'",
        "UPDATE services_cases SET service = 'x'", "UPDATE services_cases SET id = 'x' || id",
    ])
    func `nobody begins a second case of a service because hers is out of sight`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let foreigner = try await state.citizen(TestState.foreigner)
            let id = try await state.apply(foreigner, activity: "food").record.id
            // She is led to the one that is open.
            #expect(try await state.start(foreigner) == id)
            let back = try await state.hide("services_cases", hiding)
            let count = try await state.count("services_cases")
            try await state.holdsBack(hiding) { try await state.start(foreigner) }
            #expect(try await state.count("services_cases") == count)
            try await state.tamperFromOutside(back)
            try await state.afterDoubt { let again = try await state.start(foreigner); #expect(again == id) }
            #expect(try await state.count("services_cases") == 1)
        }
    }

    @Test(arguments: ["DELETE FROM services_cases WHERE submitted_at IS NOT NULL", "UPDATE services_cases SET submitted_at = 0 WHERE submitted_at IS NOT NULL"])
    func `what a person has sent is counted of the whole, and the doubt is not kept as the answer`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let owner = try await state.citizen(TestState.owner)
            _ = try await state.apply(owner)
            let id = try await state.start(adult)
            try await state.answer(id, as: adult.principal)
            let back = try await state.hide("services_cases", hiding)
            try await state.holdsBack(hiding) { try await state.submit(id, as: adult.principal) }
            // Her own draft is there and is gone on with.
            try await state.answer(id, activity: "carpentry", as: adult.principal)
            #expect(try await state.start(adult) == id)
            try await state.tamperFromOutside(back.filter { !$0.hasPrefix("DELETE") }.map { $0.replacing("INSERT INTO", with: "REPLACE INTO") })
            try await state.afterDoubt { try await state.submit(id, as: adult.principal) }
            #expect(try await state.rows("SELECT n FROM services_events WHERE kind = 'submitted' AND case_id = $1", [.text(id)]).count == 1)
        }
    }

    @Test(arguments: ["DELETE FROM services_papers", "UPDATE services_papers SET case_id = (SELECT id FROM services_cases WHERE state = 'draft')"])
    func `papers that are out of sight make no room for others, and no officer decides without them`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let foreigner = try await state.citizen(TestState.foreigner)
            let other = try await state.citizen(TestState.adult)
            _ = try await state.start(other)
            let id = try await state.apply(foreigner, activity: "food").record.id
            let officer = try await state.officer("commerce-1")
            let paper = try SuppliedPaper(bytes: Array("%PDF-1.4 permit".utf8))
            let supply = { try await state.platform.perform(SupplyPaper(id, paper: paper, note: "", services: state.services), as: foreigner.principal) }
            try await state.decide(try #require(try await state.task(officer)), .ask, as: officer)
            _ = try await supply()
            try await state.decide(try #require(try await state.task(officer)), .ask, as: officer)
            var back = try await state.hide("services_papers", hiding)
            try await state.holdsBack(hiding) { try await supply() }
            try await state.tamperFromOutside(back)
            try await state.afterDoubt { try await supply() }
            let task = try #require(try await state.task(officer))
            let read = { try await state.platform.perform(ReadTask(task.id, registers: state.registers), as: officer) }
            #expect(try await read().file.papers.map(\.name) == ["paper-1.pdf", "paper-2.pdf"])
            back = try await state.hide("services_papers", hiding)
            try await state.holdsBack(hiding) { try await read() }
            try await state.tamperFromOutside(back)
            try await state.afterDoubt { let count = try await read().file.papers.count; #expect(count == 2) }
        }
    }

    @Test(arguments: ["DELETE FROM gate_idempotency", "UPDATE gate_idempotency SET key = 'x' || key", "UPDATE gate_idempotency SET principal = 'x'"])
    func `what was answered is not done a second time because the answer is out of sight`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let id = try await state.start(adult)
            try await state.answer(id, as: adult.principal)
            let reference = try await state.submit(id, as: adult.principal)
            let back = try await state.hide("gate_idempotency", hiding)
            try await state.holdsBack(hiding) { try await state.submit(id, as: adult.principal) }
            try await state.tamperFromOutside(back)
            try await state.afterDoubt { let again = try await state.submit(id, as: adult.principal); #expect(again == reference) }
        }
    }

    @Test(arguments: [
        ("registry_driver", "DELETE FROM registry_driver"), ("registry_driver", "UPDATE registry_driver SET f_number = 'x' || f_number"),
        ("registry_driver", "UPDATE registry_driver SET valid_to = '2020-01-01'"), ("registry_person", "UPDATE registry_person SET f_cedula = 'x' || f_cedula"),
        ("registry_imports", "DELETE FROM registry_imports WHERE register = 'driver'"),
    ])
    func `no key is given twice, and no row loaded, because what stands in its way is out of sight`(table: String, hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let people = try state.registers["person"], drivers = try state.registers["driver"]
            let taken = try #require(try await state.rows("SELECT data FROM registry_driver ORDER BY row LIMIT 1").first).text(0)
            guard case .object(let data) = try JSON.parse(taken) else { return }
            let key = try #require(data["cedula"]?.string)
            let row = ImportRows.ImportedRow(row: PreparedRow(data, in: drivers), personKey: key, validFrom: "2026-01-01")
            let importing = ImportRows([row], into: drivers, people: people, source: .init(hash: SHA256.hash([1]), firstRow: 0))
            let deed = { try await state.platform.perform(importing, as: SystemPrincipals.imports) }
            #expect((await cause { try await deed() } as? Refusal)?.code == "import.key-taken")
            let back = try await state.hide(table, hiding)
            let count = try await state.count("registry_driver")
            try await state.holdsBack(hiding) { try await deed() }
            #expect(try await state.count("registry_driver") == count)
            try await state.tamperFromOutside(back)
            try await state.settleDoubt { (await cause { try await deed() } as? Refusal)?.code == "import.key-taken" }
            #expect((await cause { try await deed() } as? Refusal)?.code == "import.key-taken")
        }
    }

    @Test(arguments: ["DELETE FROM registry_series", "UPDATE registry_series SET year = 2020"])
    func `a series does not begin anew because its row is out of sight`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            #expect(try await state.apply(adult).record.state == .granted)
            let businesses = try state.registers["business"]
            let numbering = try #require(businesses.definition.numbering)
            let taking = UnderImport("business") { (grant: borrowing Grant, transaction: borrowing Transaction) in
                try businesses.nextNumber(numbering, year: 2026, under: grant, in: transaction)
            }
            let deed = { try await state.platform.perform(taking, as: SystemPrincipals.imports) }
            let second = try await deed()
            let back = try await state.hide("registry_series", hiding)
            try await state.holdsBack(hiding) { try await deed() }
            try await state.tamperFromOutside(back)
            try await state.afterDoubt { let third = try await deed(); #expect(third > second) }
        }
    }

    @Test(arguments: ["DELETE FROM registry_person", "UPDATE registry_person SET f_cedula = 'x' || f_cedula", "UPDATE registry_person SET valid_to = '2020-01-01'"])
    func `nobody is told that she is not in the register because her row is out of sight`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            _ = try await state.citizen(TestState.adult)
            let back = try await state.hide("registry_person", hiding)
            try await state.holdsBack(hiding) { try await state.citizen(TestState.adult) }
            try await state.tamperFromOutside(back)
            try await state.afterDoubt { try await state.citizen(TestState.adult) }
        }
    }

    @Test(arguments: ["UPDATE issuance_documents SET type = 'x'", "UPDATE issuance_documents SET person = 'x'", "DELETE FROM issuance_documents"])
    func `a document out of sight is not issued again, and its errand is done once it is back`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            try await state.performErrands()
            let held = try await state.rows("SELECT id, state FROM issuance_documents ORDER BY id").map(\.values)
            try #require(!held.isEmpty)
            let back = try await state.hide("issuance_documents", hiding)
            let count = try await state.count("issuance_documents")
            _ = try await state.citizen(TestState.adult)
            for _ in 0..<3 {
                try await state.retryErrands()
                try await state.settleDoubt { state.proof.wholeness.faults > 0 }
            }
            #expect(try await state.count("issuance_documents") == count)
            try await state.tamperFromOutside(back)
            // What was refused for a while is tried again, and nothing is due any more.
            try await state.settleDoubt {
                try await state.retryErrands()
                return try await state.rows("SELECT id FROM gate_errands WHERE state = 'waiting'").isEmpty
            }
            #expect(try await state.rows("SELECT id, state FROM issuance_documents WHERE person = $1 ORDER BY id", [.text(adult.person)]).map(\.values) == held)
            #expect(try await state.count("gate_errands") == 0)
        }
    }

    // MARK: The history of a case

    @Test(arguments: [
        "DELETE FROM services_events WHERE n = 2", "DELETE FROM services_events WHERE n = (SELECT max(n) FROM services_events)", "DELETE FROM services_events",
        "UPDATE services_events SET n = n + 100 WHERE n = 2", "UPDATE services_events SET case_id = 'x' WHERE n = (SELECT max(n) FROM services_events)",
        "UPDATE services_events SET details = '{\"x\":1}' WHERE n = 2", "UPDATE services_events SET at = at + 1 WHERE n = 1",
    ])
    func `a case's page shows its whole history as it was written, or says that it is not`(edit: String) async throws {
        try await TestState.with { (state) async throws in
            let foreigner = try await state.citizen(TestState.foreigner)
            let id = try await state.apply(foreigner, activity: "food").record.id
            let officer = try await state.officer("commerce-1")
            let task = try #require(try await state.task(officer))
            let before = try await state.file(id, as: foreigner.principal).kinds
            let back = try await state.hide("services_events", edit)
            // At once: what is shown rests on no look at everything.
            #expect((await cause { try await state.file(id, as: foreigner.principal) } as? AuditCorrupt)?.table == "services_events")
            #expect(await cause { try await state.platform.perform(ReadTask(task.id, registers: state.registers), as: officer) } != nil)
            try await state.tamperFromOutside(back)
            #expect(try await state.file(id, as: foreigner.principal).kinds == before)
        }
    }

    @Test func `a row that was taken away is not covered up by the next one under its key`() async throws {
        try await TestState.with { (state) async throws in
            let foreigner = try await state.citizen(TestState.foreigner)
            let id = try await state.apply(foreigner, activity: "food").record.id
            let officer = try await state.officer("commerce-1")
            let task = try #require(try await state.task(officer))
            let back = try await state.hide("services_events", "DELETE FROM services_events WHERE n = (SELECT max(n) FROM services_events)")
            let count = try await state.count("services_events")
            let decide = {
                _ = try await state.platform.perform(DecideTask(task.id, outcome: .ask, reason: "One paper is missing.", services: state.services), as: officer)
            }
            #expect((await cause { try await decide() } as? AuditCorrupt)?.table == "services_events")
            #expect(try await state.count("services_events") == count)
            try await state.tamperFromOutside(back)
            try await decide()
            #expect(try await state.file(id, as: foreigner.principal).kinds.last == .paperAsked)
        }
    }

    @Test func `the number of a row that was taken away is not given again`() async throws {
        try await TestState.with { (state) async throws in
            let drivers = try state.registers["driver"]
            let writing = UnderImport("driver") { (grant: borrowing Grant, transaction: borrowing Transaction) in
                let data: JSONObject = ["number": "LC-0000-9009", "cedula": .string(TestState.adult), "categories": "B", "issued": "2026-01-01", "expires": "2030-01-01"]
                return try drivers.create(data, person: nil, validFrom: CalendarDate("2026-01-01")!, under: grant, in: transaction).record
            }
            try await state.tamper("DELETE FROM registry_driver WHERE row = (SELECT max(row) FROM registry_driver)")
            let rows = try await state.count("registry_driver")
            let told = await cause { try await state.platform.perform(writing, as: SystemPrincipals.imports) }
            #expect((told as? AuditCorrupt)?.table == "registry_driver", "\(String(describing: told))")
            #expect(try await state.count("registry_driver") == rows)
        }
    }
}

/// A deed under the permission that loading registers has.
private struct UnderImport: UseCase {
    static let action = Action.changes("register.import")
    let register: String
    let deed: @Sendable (borrowing Grant, borrowing Transaction) throws -> String

    init(_ register: String, _ deed: @escaping @Sendable (borrowing Grant, borrowing Transaction) throws -> String) {
        self.register = register
        self.deed = deed
    }
    var resource: Resource { Resource("register/\(register)") }
    var purpose: Purpose { Purpose("register-import") }
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String { try deed(grant, transaction) }
}
