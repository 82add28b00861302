import Audit
import Foundation
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
import Web
import Wiring

extension TestState {
    /// Writes to the store's own connection past the gate: nothing but the row itself tells of it.
    func tamper(_ sql: String, _ values: [SQLValue] = []) async throws {
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in _ = try transaction.execute(sql, values) }
    }

    /// Writes to the database with another program, while the store is open.
    func tamperFromOutside(_ sql: [String]) async throws {
        let python = try #require(Programs.find("python3"))
        let script = """
            import sqlite3, sys
            base = sqlite3.connect(sys.argv[1], timeout=60)
            base.execute("PRAGMA wal_autocheckpoint = 0")
            for statement in sys.argv[2:]:
                base.execute(statement)
            base.commit()
            base.close()
            """
        let ended = try await Programs.run(python, ["-c", script, data + "/state.db"] + sql)
        try #require(ended.status == 0, "\(ended.complaint)")
    }

    var proof: RowProof { platform.journal.proof }

    /// Waits until what another program wrote has been looked into.
    func settleDoubt(_ isOver: () async throws -> Bool) async throws {
        let end = Date().addingTimeInterval(Patience.seconds)
        while Date() < end, try await !isOver() { try await Task.sleep(for: .milliseconds(50)) }
    }

    /// The errands that are put off are due again.
    func retryErrands() async throws {
        clock.advance(seconds: 5_000)
        try await performErrands()
    }
}

/// What an access ended with: the gate's failure gives its cause.
func cause<T>(of body: () async throws -> T) async -> (any Error)? {
    do {
        _ = try await body()
        return nil
    } catch let failure as Failure { return failure.cause } catch { return error }
}

@Suite("Rows are held to the log before they are acted on") struct ProvenRowsTests {
    // MARK: What a rule decides on

    @Test(arguments: [
        ("registry_person", "data = json_set(data, '$.birth_date', '1980-01-01')"), ("registry_person", "person = 'x'"),
        ("registry_person", "recorded_from = recorded_from + 1"), ("registry_address", "data = json_set(data, '$.district', 'Panamá')"),
    ])
    func `a rule does not decide on an edited row, and decides once it is put back`(table: String, edit: String) async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let id = try await state.start(adult)
            try await state.answer(id, as: adult.principal)
            _ = try await state.submit(id, as: adult.principal)
            let column = try #require(edit.split(separator: " ").first)
            let owner = table == "registry_person" ? "record" : "person"
            let row = try #require(try await state.rows("SELECT row, \(column) FROM \(table) WHERE \(owner) = $1", [.text(adult.person)]).first)
            try await state.tamper("UPDATE \(table) SET \(edit) WHERE row = $1", [row[0]])
            try await state.performErrands()
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").isEmpty)
            #expect(try await state.file(id, as: adult.principal).record.state == .submitted)
            #expect(state.failures.contains { $0.what == "case.decide" && $0.error.contains(table) && $0.error.contains("not what the log says") })
            #expect(state.proof.faults > 0)
            // What stood there before is what the log knows.
            try await state.tamper("UPDATE \(table) SET \(column) = $2 WHERE row = $1", [row[0], row[1]])
            try await state.retryErrands()
            #expect(try await state.file(id, as: adult.principal).record.state == .granted)
        }
    }

    @Test func `no form is filled, and nobody signs in, from an edited row`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            try await state.tamper("UPDATE registry_person SET data = json_set(data, '$.first_surname', 'Otra') WHERE record = $1", [.text(adult.person)])
            try await state.tamper("UPDATE registry_address SET data = json_set(data, '$.district', 'Otro') WHERE person = $1", [.text(adult.person)])
            #expect(await cause { try await state.start(adult) } is AuditCorrupt)
            #expect(await cause { try await state.citizen(TestState.adult) } is AuditCorrupt)
            #expect(try await state.count("services_cases") == 0)
        }
    }

    @Test func `whoever is found by a column that says something else than the row is not found`() async throws {
        try await TestState.with { (state) async throws in
            _ = try await state.citizen(TestState.adult)
            // The columns that are searched are not sealed; the data that they repeat are.
            try await state.tamper("UPDATE registry_person SET f_cedula = '9-9-9' WHERE f_cedula = $1", [.text(TestState.adult)])
            #expect(await cause { try await state.citizen("9-9-9") } is AuditCorrupt)
        }
    }

    // MARK: What an update would make true

    @Test func `an edited row is neither amended nor closed, so no entry makes the edit true`() async throws {
        try await TestState.with { (state) async throws in
            let drivers = try state.registers["driver"]
            let row = try #require(try await state.rows("SELECT record, row, data FROM registry_driver ORDER BY row LIMIT 1").first)
            let record = try row.text(0)
            try await state.tamper("UPDATE registry_driver SET data = json_set(data, '$.expires', '2099-01-01') WHERE row = $1", [row[1]])
            let before = try await state.rows("SELECT * FROM registry_driver WHERE record = $1", [row[0]]).count
            let day = try #require(CalendarDate("2026-07-15"))
            let closing = Changing { (grant: borrowing Grant, transaction: borrowing Transaction) in
                try drivers.close(record, validTo: day, under: grant, in: transaction)
            }
            #expect(await cause { try await state.platform.perform(closing, as: SystemPrincipals.imports) } is AuditCorrupt)
            let amending = Changing { (grant: borrowing Grant, transaction: borrowing Transaction) in
                _ = try drivers.amend(record, to: ["number": "x"], validFrom: day, under: grant, in: transaction)
                return nil
            }
            #expect(await cause { try await state.platform.perform(amending, as: SystemPrincipals.imports) } is AuditCorrupt)
            #expect(try await state.rows("SELECT row FROM registry_driver WHERE record = $1 AND valid_to IS NULL", [row[0]]).count == 1)
            #expect(try await state.rows("SELECT * FROM registry_driver WHERE record = $1", [row[0]]).count == before)
            // Put back, the row can be closed.
            try await state.tamper("UPDATE registry_driver SET data = $2 WHERE row = $1", [row[1], row[2]])
            _ = try await state.platform.perform(closing, as: SystemPrincipals.imports)
        }
    }

    @Test func `a room that changes or reads a sealed row past the proof fails`() async throws {
        try await TestState.with { (state) async throws in
            let unread = Changing { (grant: borrowing Grant, transaction: borrowing Transaction) in
                try transaction.execute("UPDATE registry_driver SET person = person WHERE row = 1")
                return nil
            }
            #expect(await cause { try await state.platform.perform(unread, as: SystemPrincipals.imports) } is UnprovenChange)
            for sql in ["SELECT data FROM registry_driver", "SELECT count(*) FROM services_cases", "SELECT c.id FROM audit_entries e JOIN services_cases c ON c.id = e.id"] {
                let reading = Changing { (grant: borrowing Grant, transaction: borrowing Transaction) in
                    _ = try transaction.query(sql)
                    return nil
                }
                #expect(await cause { try await state.platform.perform(reading, as: SystemPrincipals.imports) } is StatementForbidden, "\(sql)")
                let listing = Changing { (grant: borrowing Grant, transaction: borrowing Transaction) in
                    _ = try transaction.list(sql)
                    return nil
                }
                #expect(await cause { try await state.platform.perform(listing, as: SystemPrincipals.imports) } == nil, "\(sql)")
            }
        }
    }

    @Test func `a series that was set back gives no number, and an import whose mark was moved takes no row`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            _ = try await state.apply(adult)
            try await state.tamper("UPDATE registry_series SET last = last - 1")
            let foreigner = try await state.citizen(TestState.foreigner)
            _ = await cause { try await state.apply(foreigner) }
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").count == 1)

            try await state.tamper("UPDATE registry_imports SET rows = 0 WHERE register = 'driver'")
            let people = try state.registers["person"], drivers = try state.registers["driver"]
            let data: JSONObject = [
                "number": "LC-0000-9009", "cedula": .string(TestState.adult), "categories": "B", "issued": "2026-01-01", "expires": "2030-01-01",
            ]
            let row = ImportRows.ImportedRow(row: PreparedRow(data, in: drivers), personKey: TestState.adult, validFrom: "2026-01-01")
            let importing = ImportRows([row], into: drivers, people: people, source: .init(hash: SHA256.hash([1]), firstRow: 0))
            let count = try await state.count("registry_driver")
            #expect(await cause { try await state.platform.perform(importing, as: SystemPrincipals.imports) } is AuditCorrupt)
            #expect(try await state.count("registry_driver") == count)
        }
    }

    // MARK: Cases, tasks, papers, documents, answers, errands

    @Test func `an edited case, event, task or paper is not acted on, nor given out`() async throws {
        try await TestState.with { (state) async throws in
            let foreigner = try await state.citizen(TestState.foreigner)
            let id = try await state.apply(foreigner, activity: "food").record.id
            let officer = try await state.officer("commerce-1")
            try await state.decide(try #require(try await state.task(officer)), .ask, as: officer)
            let paper = try SuppliedPaper(bytes: Array("%PDF-1.4 permit".utf8))
            _ = try await state.platform.perform(SupplyPaper(id, paper: paper, note: "Here.", services: state.services), as: foreigner.principal)
            let task = try #require(try await state.task(officer))
            let kept = try #require(try await state.rows("SELECT id FROM services_papers").first).text(0)
            let read = { try await state.platform.perform(ReadPaper(kept, of: task.id), as: officer) }
            #expect(try await read().bytes == Array("%PDF-1.4 permit".utf8))
            let grant = { try await state.platform.perform(DecideTask(task.id, outcome: .grant, reason: "All is in order.", services: state.services), as: officer) }
            let open = { try await state.platform.perform(ReadTask(task.id, registers: state.registers), as: officer) }
            _ = try await open()

            for (edit, back) in [
                ("UPDATE services_papers SET bytes = CAST('%PDF-1.4 forged' AS BLOB)", "UPDATE services_papers SET bytes = CAST('%PDF-1.4 permit' AS BLOB)"),
                ("UPDATE services_papers SET type = 'image/png'", "UPDATE services_papers SET type = 'application/pdf'"),
            ] {
                try await state.tamper(edit)
                #expect((await cause { try await read() } as? AuditCorrupt)?.table == "services_papers")
                try await state.tamper(back)
                _ = try await read()
            }
            for (edit, back) in [
                ("UPDATE services_cases SET application = json_set(application, '$.activity', 'carpentry')", "UPDATE services_cases SET application = json_set(application, '$.activity', 'food')"),
                ("UPDATE services_cases SET person = 'x' || person", "UPDATE services_cases SET person = substr(person, 2)"),
                ("UPDATE services_cases SET process = replace(process, 'review', 'xeview')", "UPDATE services_cases SET process = replace(process, 'xeview', 'review')"),
                ("UPDATE services_tasks SET name = 'x' || name", "UPDATE services_tasks SET name = substr(name, 2)"),
                ("UPDATE services_tasks SET element = 'x' || element", "UPDATE services_tasks SET element = substr(element, 2)"),
            ] {
                let before = try await state.rows("SELECT c.process, c.application, t.name, t.element FROM services_cases c, services_tasks t")
                try await state.tamper(edit)
                let after = try await state.rows("SELECT c.process, c.application, t.name, t.element FROM services_cases c, services_tasks t")
                if try before.map({ try $0.text(0) + $0.text(1) + $0.text(2) + $0.text(3) }) == after.map({ try $0.text(0) + $0.text(1) + $0.text(2) + $0.text(3) }), !edit.contains("person") { continue }
                #expect(await cause { try await grant() } is AuditCorrupt, "\(edit)")
                #expect(await cause { try await open() } is AuditCorrupt, "\(edit)")
                try await state.tamper(back)
                _ = try await open()
            }
            try await state.tamper("UPDATE services_events SET details = '{}' WHERE kind = 'paper-supplied'")
            #expect(await cause { try await open() } is AuditCorrupt)
            #expect(await cause { try await state.file(id, as: foreigner.principal) } is AuditCorrupt)
            #expect(try await state.rows("SELECT row FROM registry_business WHERE f_number LIKE 'EI-2026-%'").isEmpty)
        }
    }

    @Test func `an edited document is not shown as hers, and one that stands twice is none`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            try await state.performErrands()
            let home = { try await state.platform.perform(ReadHome(person: adult.person, since: state.clock.now), as: adult.principal) }
            let held = try #require(try await home().documents.first)
            let read = { try await state.platform.perform(ReadDocument(held.id), as: adult.principal) }
            _ = try await read()
            let row = try #require(try await state.rows("SELECT claims, expires_at FROM issuance_documents WHERE id = $1", [.text(held.id)]).first)
            try await state.tamper("UPDATE issuance_documents SET claims = '{}' WHERE id = $1", [.text(held.id)])
            #expect(await cause { try await read() } is AuditCorrupt)
            #expect(await cause { try await home() } is AuditCorrupt)
            try await state.tamper("UPDATE issuance_documents SET claims = $2 WHERE id = $1", [.text(held.id), row[0]])
            _ = try await read()
            // From outside, too, although it was held to the log before.
            try await state.tamperFromOutside(["UPDATE issuance_documents SET expires_at = expires_at + 1 WHERE id = '\(held.id)'"])
            #expect(await cause { try await read() } is AuditCorrupt)
            try await state.tamperFromOutside(["UPDATE issuance_documents SET expires_at = expires_at - 1 WHERE id = '\(held.id)'"])
            _ = try await read()
            // A table without its key can hold the true row and another beside it.
            try await state.tamperFromOutside([
                "CREATE TABLE other AS SELECT * FROM issuance_documents", "DROP TABLE issuance_documents", "ALTER TABLE other RENAME TO issuance_documents",
                "INSERT INTO issuance_documents SELECT * FROM issuance_documents WHERE id = '\(held.id)'",
            ])
            #expect(await cause { try await read() } is AuditCorrupt)
        }
    }

    @Test func `a kept answer that was edited is not given again, nor is the work done twice`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let id = try await state.start(adult)
            try await state.answer(id, as: adult.principal)
            let reference = try await state.submit(id, as: adult.principal)
            #expect(try await state.submit(id, as: adult.principal) == reference)
            try await state.tamper("UPDATE gate_idempotency SET outcome = '{\"done\":\"forged\"}'")
            #expect(await cause { try await state.submit(id, as: adult.principal) } is AuditCorrupt)
            #expect(try await state.rows("SELECT n FROM services_events WHERE kind = 'submitted'").count == 1)
        }
    }

    @Test func `an errand that nobody ordered, or not so, is not done, and the others are`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let foreigner = try await state.citizen(TestState.foreigner)
            // Sign-in orders each of them an errand.
            try await state.tamper(
                "UPDATE gate_errands SET payload = 'no JSON' WHERE subject = $1", [.text(foreigner.person)])
            try await state.tamper(
                "INSERT INTO gate_errands (id, kind, subject, payload, created_at, due_at, attempts, state) VALUES ('01forged00000000000000000b', 'documents.refresh', 'x', $1, 0, 0, 0, 'waiting')",
                [.text("{\"person\":\"\(foreigner.person)\"}")])
            try await state.performErrands()
            #expect(try await state.rows("SELECT id FROM issuance_documents WHERE person = $1", [.text(foreigner.person)]).isEmpty)
            #expect(try await !state.rows("SELECT id FROM issuance_documents WHERE person = $1", [.text(adult.person)]).isEmpty)
            #expect(try await state.rows("SELECT state, last_error FROM gate_errands").map { try [$0.text(0), $0.text(1)] } == [["given-up", "AuditCorrupt"], ["given-up", "AuditCorrupt"]])
            #expect(state.failures.filter { $0.what == "errand documents.refresh" && $0.error.contains("gate_errands") }.count == 2)
        }
    }

    @Test func `a session that was changed or made by SQL opens nothing`() async throws {
        try await TestState.with { (state) async throws in
            let people = try state.registers["person"]
            let identified = try await state.platform.perform(
                SignInAsPerson(key: TestState.adult, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn)
            let officer = try await state.platform.perform(SignInAsOfficer(id: "commerce-1", bodies: state.open.state.bodies), as: SystemPrincipals.signIn)
            let (token, _) = try await state.open.sessions.begin(identified)
            let (officers, _) = try await state.open.sessions.begin(officer)
            let (untouched, _) = try await state.open.sessions.begin(identified)
            try await state.tamper("UPDATE identity_sessions SET holder = (SELECT record FROM registry_person WHERE record <> holder LIMIT 1) WHERE token_hash = $1", [.blob(SHA256.hash(try #require(Base64URL.decode(token))).bytes)])
            try await state.tamper("UPDATE identity_sessions SET roles = '[\"transit-authority/examiner\"]' WHERE token_hash = $1", [.blob(SHA256.hash(try #require(Base64URL.decode(officers))).bytes)])
            // And one that nobody began, a copy of a true one under a token of the forger's.
            let forged = [UInt8](repeating: 7, count: 32)
            let columns = "kind, holder, name, body, roles, csrf, created_at, seen_at, mode, folder"
            try await state.tamper(
                "INSERT INTO identity_sessions (token_hash, \(columns)) SELECT $1, \(columns) FROM identity_sessions WHERE token_hash = $2",
                [.blob(SHA256.hash(forged).bytes), .blob(SHA256.hash(try #require(Base64URL.decode(untouched))).bytes)])
            // What this process remembers of a session is its own; the store is asked anew after a minute.
            state.clock.advance(seconds: 120)
            #expect(try await state.open.sessions.session(token: token) == nil)
            #expect(try await state.open.sessions.session(token: officers) == nil)
            #expect(try await state.open.sessions.session(token: Base64URL.encode(forged)) == nil)
            #expect(try await state.open.sessions.session(token: untouched) != nil)
        }
    }

    @Test func `an older version's rule that was edited decides no case`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let id = try await state.start(adult)
            try await state.answer(id, as: adult.principal)
            let form = "services/sole-proprietor/form.json"
            try await state.reopen { (example) in try example.write(form, try example.text(form) + "\n") }
            // On an older version it goes on; the file that decides is exchanged for one that grants all, as far as SQL can.
            #expect(try state.services.service(of: try await state.file(id, as: adult.principal).record).id == "sole-proprietor")
            try await state.tamper("UPDATE services_versions SET bytes = CAST(replace(CAST(bytes AS TEXT), '18', '08') AS BLOB) WHERE path LIKE '%decision.dmn'")
            try await state.reopen()
            #expect(await cause { try await state.submit(id, as: adult.principal) } is CaseFault)
        }
    }

    // MARK: What is not there

    /// Edits by which something is no longer found: no row that is read can tell of them.
    private static let hidings = [
        "UPDATE registry_business SET valid_to = '2020-01-01' WHERE f_number LIKE 'EI-2026-%'",
        "UPDATE registry_business SET person = (SELECT record FROM registry_person ORDER BY row DESC LIMIT 1) WHERE f_number LIKE 'EI-2026-%'",
        "UPDATE registry_business SET f_status = 'closed' WHERE f_number LIKE 'EI-2026-%'",
        "DELETE FROM registry_business WHERE f_number LIKE 'EI-2026-%'",
        "DELETE FROM registry_business WHERE f_number LIKE 'EI-2026-%'; DELETE FROM audit_written WHERE name = 'registry_business'",
    ]

    @Test(arguments: hidings) func `a row that another program moved out of sight is missed before a rule decides`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            #expect(try await state.apply(adult).record.state == .granted)
            let foreigner = try await state.citizen(TestState.foreigner)
            try await state.tamperFromOutside(hiding.components(separatedBy: "; "))
            let rows = try await state.count("registry_business")
            for citizen in [adult, foreigner] {
                let first = await cause { try await state.start(citizen) }
                // A draft may begin where no register is asked for more than a row; what decides is asked for all.
                #expect(first == nil || (first as? Refusal)?.code == "data.in-doubt" || first is AuditCorrupt)
            }
            for _ in 0..<2 {
                for citizen in [adult, foreigner] { _ = await cause { try await state.apply(citizen) } }
                try await state.settleDoubt { state.proof.wholeness.faults > 0 }
                try await state.retryErrands()
            }
            #expect(state.proof.wholeness.faults > 0)
            #expect(try await state.count("registry_business") == rows)
            #expect(state.failures.contains { $0.what == "rows of the database" && $0.error.contains("registry_business") }, "\(state.failures)")
            // What is there, and what the log knows, goes on: her documents, her page.
            _ = try await state.platform.perform(ListCases(person: adult.person), as: adult.principal)
            _ = try await state.platform.perform(ReadHome(person: adult.person, since: state.clock.now), as: adult.principal)
        }
    }

    @Test(arguments: ["UPDATE issuance_documents SET state = 'revoked'", "DELETE FROM issuance_documents"])
    func `a document that another program took out of sight is not issued a second time`(hiding: String) async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            try await state.performErrands()
            let held = try await state.rows("SELECT id FROM issuance_documents WHERE person = $1 ORDER BY id", [.text(adult.person)])
            try #require(!held.isEmpty)
            try await state.tamperFromOutside(["CREATE TABLE kept AS SELECT * FROM issuance_documents", hiding])
            _ = await cause { try await state.citizen(TestState.adult) }
            try await state.retryErrands()
            try await state.tamperFromOutside(["DELETE FROM issuance_documents WHERE id IN (SELECT id FROM kept)", "INSERT INTO issuance_documents SELECT * FROM kept", "DROP TABLE kept"])
            let after = try await state.rows("SELECT id FROM issuance_documents WHERE person = $1 AND state = 'current' ORDER BY id", [.text(adult.person)])
            #expect(after.map { $0[0] } == held.map { $0[0] })
        }
    }

    @Test func `what another program wrote and put back leaves no doubt`() async throws {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            try await state.tamperFromOutside(["UPDATE registry_address SET valid_to = '2020-01-01' WHERE row = 1"])
            _ = await cause { try await state.apply(adult) }
            try await state.settleDoubt { state.proof.wholeness.faults > 0 }
            #expect(await cause { try await state.apply(adult) } != nil || state.proof.wholeness.faults > 0)
            try await state.tamperFromOutside(["UPDATE registry_address SET valid_to = NULL WHERE row = 1"])
            // The first who asks has it looked into.
            try await state.settleDoubt {
                await cause { try await state.platform.perform(DryRun(state.service, person: adult.person, application: [:], registers: state.registers, today: CalendarDate("2026-07-15")!), as: adult.principal) } == nil
            }
            #expect(state.proof.wholeness.faults == 0, "\(state.failures)")
            try await state.retryErrands()
            #expect(try await state.apply(adult).record.state == .granted)
        }
    }
}

/// A deed under the permission that loading registers has.
private struct Changing: UseCase {
    static let action = Action.changes("register.import")
    let deed: @Sendable (borrowing Grant, borrowing Transaction) throws -> String?
    var resource: Resource { Resource("register/driver") }
    var purpose: Purpose { Purpose("register-import") }
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String? { try deed(grant, transaction) }
}
