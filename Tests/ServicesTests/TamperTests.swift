import Audit
import Foundation
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

/// A data folder in which something of every kind has happened, closed; copies of it are written to past the program.
struct LivedFolder {
    let data: String
    let clock: Clock
    /// The person of the granted case.
    let person: String
    /// A checkpoint of the middle of its life, and the log's key, as a careful stranger keeps them.
    let kept: String
    let key: NoteKey

    static func with<T>(_ body: (LivedFolder) async throws -> T) async throws -> T {
        try await TestState.with { (state) async throws in
            let adult = try await state.citizen(TestState.adult)
            let foreigner = try await state.citizen(TestState.foreigner)
            try await state.performErrands()
            _ = try await state.apply(adult)
            try await state.settleLog()
            let log = PublicLog(state.store.publicView)
            let kept = try #require(try await log.checkpoint())
            // A business for which an officer asks for a paper, gets it, and refuses.
            let id = try await state.apply(foreigner, activity: "food").record.id
            let officer = try await state.officer("commerce-1")
            try await state.decide(try #require(try await state.task(officer)), .ask, as: officer)
            let paper = try SuppliedPaper(bytes: Array("%PDF-1.4 permit".utf8))
            _ = try await state.platform.perform(SupplyPaper(id, paper: paper, note: "Here it is.", services: state.services), as: foreigner.principal)
            try await state.decide(try #require(try await state.task(officer)), .refuse, as: officer)
            // Sessions: one open, one ended; an errand that waits; looks, the last ones without a place in the tree.
            let people = try state.registers["person"]
            for isEnded in [true, false] {
                let identified = try await state.platform.perform(
                    SignInAsPerson(key: TestState.owner, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn)
                let (_, session) = try await state.open.sessions.begin(identified)
                if isEnded { try await state.open.sessions.end(session) }
            }
            for round in 0..<30 {
                _ = try await state.platform.perform(ListCases(person: adult.person), as: adult.principal)
                if round % 10 == 0 { try await state.settleLog() }
            }
            let key = try #require(NoteKey(vkey: state.open.portal.log.verificationKey))
            // A start brings the head beside the folder up to date.
            try await state.reopen()
            await state.store.close()
            let folder = LivedFolder(data: state.data, clock: state.clock.clock, person: adult.person, kept: kept, key: key)
            let result = try await body(folder)
            try await state.reopen()
            return result
        }
    }

    /// A copy that `change` has written to; what the verification says of it.
    func report(
        knowing known: LogInspection.Known? = nil, _ change: @escaping @Sendable (borrowing Transaction) throws -> Void,
        then: (String, any Store) async throws -> Void = { _, _ in }
    ) async throws -> AuditReport {
        let copy = data + "-copy"
        try FileManager.default.copyItem(atPath: data, toPath: copy)
        defer { for end in ["", ".head"] { try? FileManager.default.removeItem(atPath: copy + end) } }
        let store = try SQLiteStore(folder: copy, migrations: OpenState.migrations)
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in try change(transaction) }
        try await then(copy, store)
        await store.close()
        return try await LogInspection.verify(copy, knowing: known ?? .init(), clock: clock) { _ in }
    }

    /// The log's key as whoever holds the folder has it.
    func stolenKey() throws -> LogKey {
        let text = try String(contentsOfFile: data + "/keys/log.key", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let seed = try #require(Base64.decode(text))
        return try #require(LogKey(origin: key.name, seed: seed))
    }

    /// Writes tree, tiles and checkpoints anew from the entries, signed with a key.
    func rebuild(_ store: any Store, with key: LogKey) async throws {
        try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
            for table in ["audit_tree", "audit_tiles", "audit_checkpoints", "audit_signings"] { try transaction.execute("DELETE FROM \(table)") }
        }
        let sequencer = Sequencer(store: store, key: key, clock: clock)
        repeat {} while try await sequencer.pass().isFull
    }
}

@Suite("What is written past the program is found") struct TamperTests {
    @Test func `a folder that only the program wrote is sound, with a kept key and checkpoint too`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let report = try await LogInspection.verify(
                folder.data, knowing: .init(key: folder.key, checkpoints: [folder.kept]), clock: folder.clock) { _ in }
            #expect(report.faults == [] && report.notices == [])
            #expect(report.rows > 50 && report.waiting > 0)
            // The test means something only while each table has rows.
            let snapshot = try StoreSnapshot(folder: folder.data)
            defer { snapshot.close() }
            let empty = try snapshot.read { (transaction: borrowing Transaction) in
                try transaction.tables().filter { OpenState.sealed().table($0) != nil }
                    .filter { try transaction.first("SELECT 1 FROM \($0) LIMIT 1") == nil }
            }
            #expect(empty == [])
        }
    }

    /// What was done, in SQL, and a word of what is to be said.
    private static let tamperings: [(what: String, sql: [String], expected: String)] = [
        // Rows outside the log: changed, added, removed.
        ("a person ten years older", ["UPDATE registry_person SET data = json_set(data, '$.birth_date', '1980-01-01') WHERE row = 1"], "registry_person 1: the row is not what"),
        ("a person gone", ["DELETE FROM registry_person WHERE row = 2"], "registry_person 2: the row that entry"),
        ("a business for nobody who asked", ["INSERT INTO registry_business (record, person, valid_from, recorded_from, access, data) SELECT '01forged00000000000000000a', person, valid_from, recorded_from, access, data FROM registry_business LIMIT 1"], "no entry of the log wrote this row"),
        ("whose a row is", ["UPDATE registry_address SET person = (SELECT person FROM registry_person WHERE row = 3) WHERE row = 1"], "registry_address 1: the row is not what"),
        ("an amended row opened again", ["UPDATE registry_business SET valid_to = '2020-01-01' WHERE row = 1"], "registry_business 1: the row is not what"),
        ("what is searched for", ["UPDATE registry_person SET f_cedula = '9-9-9' WHERE row = 1"], "the searchable column of cedula"),
        ("a series set back", ["UPDATE registry_series SET last = last - 1"], "registry_series"),
        ("an import's mark", ["UPDATE registry_imports SET rows = rows - 1"], "registry_imports"),
        ("a refusal made a grant", ["UPDATE services_cases SET state = 'granted' WHERE state = 'refused'"], "services_cases"),
        ("a decision emptied", ["UPDATE services_cases SET decision = NULL WHERE state = 'granted'"], "services_cases"),
        ("an application rewritten", ["UPDATE services_cases SET application = '{}' WHERE state = 'granted'"], "services_cases"),
        ("a case gone with its history", ["DELETE FROM services_events WHERE case_id = (SELECT id FROM services_cases WHERE state = 'granted')", "DELETE FROM services_cases WHERE state = 'granted'"], "services_cases"),
        ("who decided", ["UPDATE services_events SET actor = '{\"kind\":\"officer\",\"name\":\"Nobody\"}' WHERE kind = 'refused'"], "services_events"),
        ("an event taken out", ["DELETE FROM services_events WHERE n = 2"], "services_events"),
        ("a task given to others", ["UPDATE services_tasks SET holder = 'transit-authority/examiner'"], "services_tasks"),
        ("a paper exchanged", ["UPDATE services_papers SET bytes = x'255044462D'"], "services_papers"),
        ("an old version's rule", ["UPDATE services_versions SET bytes = x'00' WHERE path LIKE '%decision.dmn'"], "services_versions"),
        ("claims shown", ["UPDATE issuance_documents SET claims = '{}'"], "issuance_documents"),
        ("a credential's bytes", ["UPDATE issuance_documents SET credential = substr(credential, 1, 100) || 'AAAA' || substr(credential, 105)"], "issuance_documents"),
        ("a document gone", ["DELETE FROM issuance_documents WHERE rowid % 2 = 0"], "issuance_documents"),
        ("a session for somebody else", ["INSERT INTO identity_sessions (token_hash, kind, holder, name, roles, csrf, created_at, seen_at) SELECT x'0102030405060708', 'citizen', record, 'x', '[]', x'00', 0, 0 FROM registry_person LIMIT 1"], "identity_sessions 0102030405060708…: no entry"),
        ("a session's holder", ["UPDATE identity_sessions SET holder = (SELECT record FROM registry_person LIMIT 1)"], "identity_sessions"),
        ("an ended session begun again", ["INSERT INTO identity_sessions (token_hash, kind, holder, name, roles, csrf, created_at, seen_at) SELECT substr(first, 6), 'citizen', 'x', 'x', '[]', x'00', 0, 0 FROM audit_written WHERE name = 'identity_sessions' AND substr(first, 6) NOT IN (SELECT token_hash FROM identity_sessions)"], "is gone, and it is there again"),
        ("kept answers gone", ["DELETE FROM gate_idempotency"], "gate_idempotency"),
        ("a kept answer", ["UPDATE gate_idempotency SET outcome = '{}'"], "gate_idempotency"),
        ("an errand invented", ["INSERT INTO gate_errands (id, kind, subject, payload, created_at, due_at, attempts, state) VALUES ('01forged00000000000000000b', 'documents.refresh', 'x', '{}', 0, 0, 0, 'waiting')"], "gate_errands ‘01forged00000000000000000b’: no entry"),
        ("an errand dropped", ["DELETE FROM gate_errands"], "gate_errands"),
        ("an errand's work", ["UPDATE gate_errands SET payload = '{}'"], "gate_errands"),
        // The log itself, without its key.
        ("an entry's word", ["UPDATE audit_entries SET payload = CAST(replace(CAST(payload AS TEXT), '\"kind\":\"', '\"kind\":\"x') AS BLOB) WHERE id = 40"], "entry 40 does not bear the log's mark"),
        ("an entry's nonce", ["UPDATE audit_entries SET nonce = zeroblob(32) WHERE id = 40"], "entry 40 does not bear"),
        ("an entry's list of rows", ["UPDATE audit_entries SET written = zeroblob(40) WHERE id = (SELECT min(id) FROM audit_entries WHERE written IS NOT NULL)"], "the list of rows that entry"),
        ("an entry's list gone", ["UPDATE audit_entries SET written = NULL WHERE id = (SELECT max(id) FROM audit_entries WHERE written IS NOT NULL)"], "their list is gone"),
        ("the time an entry is kept under", ["UPDATE audit_entries SET at = at - 86400000 WHERE id = 40"], "entry 40 is kept under another time"),
        ("an entry gone", ["DELETE FROM audit_lines WHERE entry = 40", "DELETE FROM audit_entries WHERE id = 40"], "the entry at place 39 is missing"),
        ("an entry gone, its line kept", ["DELETE FROM audit_entries WHERE id = 40"], "the entry at place 39 is missing"),
        ("a line gone", ["DELETE FROM audit_lines WHERE entry = 40"], "entry 40 is not found"),
        ("a line given to another", ["UPDATE audit_lines SET person = '01zzz', n = 1 WHERE entry = 40"], "entry 40 is not found"),
        ("a line's number", ["UPDATE audit_lines SET n = n + 1000 WHERE entry = 40"], "entry 40 is not found"),
        ("a person taken out of an import", ["DELETE FROM audit_lines WHERE position = 3"], "is not found under the person"),
        ("two entries exchanged", ["UPDATE audit_entries SET id = -1 WHERE id = 40", "UPDATE audit_entries SET id = 40 WHERE id = 41", "UPDATE audit_entries SET id = 41 WHERE id = -1"], "is not found under the person"),
        ("an entry invented", ["INSERT INTO audit_entries (at, payload, nonce, mark) SELECT at, payload, randomblob(32), mark FROM audit_entries WHERE id = 40"], "does not bear the log's mark"),
        ("an entry invented in the older form", ["INSERT INTO audit_entries (at, payload, nonce) SELECT at, CAST(replace(CAST(payload AS TEXT), '\"v\":2', '\"v\":1') AS BLOB), nonce FROM audit_entries WHERE id = 45"], "has an older form"),
        ("waiting entries cut", ["DELETE FROM audit_lines WHERE entry > (SELECT max(id) - 3 FROM audit_entries)", "DELETE FROM audit_entries WHERE id > (SELECT max(id) - 3 FROM audit_entries)"], "the newest entries are missing"),
        ("the tail cut", ["DELETE FROM audit_lines WHERE entry > 50", "DELETE FROM audit_entries WHERE id > 50"], "the entry at place 50 is missing"),
        ("the newest checkpoint gone", ["DELETE FROM audit_checkpoints WHERE size = (SELECT max(size) FROM audit_checkpoints)"], "the newest checkpoints are missing"),
        ("a checkpoint in the middle gone", ["DELETE FROM audit_checkpoints WHERE size = (SELECT size FROM audit_checkpoints ORDER BY size LIMIT 1 OFFSET 1)"], "checkpoints before the one of size"),
        ("all checkpoints gone", ["DELETE FROM audit_checkpoints"], "all checkpoints are missing"),
        ("all checkpoints and their count gone", ["DELETE FROM audit_checkpoints", "DELETE FROM audit_signings"], "all checkpoints are missing"),
        ("a checkpoint's date", ["UPDATE audit_checkpoints SET at = 0"], "is kept under another time than it was signed at"),
        ("the tree rolled back", ["DELETE FROM audit_checkpoints WHERE size > (SELECT size FROM audit_checkpoints ORDER BY size LIMIT 1 OFFSET 1)", "UPDATE audit_tree SET count = (SELECT max(size) FROM audit_checkpoints)", "UPDATE audit_signings SET number = (SELECT count(*) FROM audit_checkpoints), size = (SELECT max(size) FROM audit_checkpoints)"], "holds other hashes than the entries give"),
        ("a tile", ["UPDATE audit_tiles SET bytes = zeroblob(length(bytes)) WHERE level = 0"], "tile 0/0 holds other"),
        ("a tile longer than the tree", ["UPDATE audit_tiles SET bytes = CAST(bytes || zeroblob(32) AS BLOB) WHERE level = 0"], "tile 0/0 holds other"),
        ("a tile too many", ["INSERT INTO audit_tiles (level, tile, bytes) VALUES (0, 7, zeroblob(32))"], "tiles and bundles"),
        ("all tiles gone", ["DELETE FROM audit_tiles"], "tile 0/0 holds other"),
        ("an index that points to an older entry", ["UPDATE audit_written SET entry = entry - 1 WHERE name = 'services_cases'"], "the log's index names another entry"),
        ("the log emptied", ["DELETE FROM audit_entries", "DELETE FROM audit_lines", "DELETE FROM audit_tree", "DELETE FROM audit_tiles", "DELETE FROM audit_checkpoints", "DELETE FROM audit_signings", "DELETE FROM audit_written", "DELETE FROM sqlite_sequence"], "there are rows and no entry"),
        ("a table of somebody's", ["CREATE TABLE services_secret (id TEXT)"], "none of the program's"),
    ]

    @Test func `each tampering without the log's key is found, in words that name the place`() async throws {
        try await LivedFolder.with { (folder) async throws in
            for (what, sql, expected) in Self.tamperings {
                let report = try await folder.report { (transaction: borrowing Transaction) in for sql in sql { try transaction.execute(sql) } }
                #expect(report.faults.contains { $0.contains(expected) }, "\(what): \(report.faults.prefix(3))")
                // What is said names tables, records and entries, and nothing of what stands in them.
                for fault in report.faults { #expect(!fault.contains("Quintero") && !fault.contains("8-2000-"), "\(what): \(fault)") }
            }
        }
    }

    @Test func `an invented entry gets no place, and the sequencer says so`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let sql = Self.tamperings.filter { $0.what.hasPrefix("an entry invented") }.map(\.sql)
            let key = try folder.stolenKey()
            for sql in sql {
                _ = try await folder.report { (transaction: borrowing Transaction) in
                    for sql in sql { try transaction.execute(sql) }
                } then: { (_, store) async throws in
                    await #expect(throws: AuditCorrupt.self) { try await Sequencer(store: store, key: key, clock: folder.clock).pass() }
                }
            }
        }
    }

    // MARK: Whoever holds the key

    /// Her look is another's, the entry marked and the whole log signed anew.
    private func rewrite(_ folder: LivedFolder, _ key: LogKey, knowing known: LogInspection.Known?) async throws -> AuditReport {
        let mark = key.mark
        return try await folder.report(knowing: known) { (transaction: borrowing Transaction) in
            for row in try transaction.query("SELECT id, payload, nonce FROM audit_entries WHERE id > 20") {
                let (text, nonce) = (String(decoding: try row.blob(1), as: UTF8.self), try row.blob(2))
                let payload = Array(text.replacing("\"outcome\":\"done\"", with: "\"outcome\":\"refused\"").utf8)
                try transaction.execute(
                    "UPDATE audit_entries SET payload = $2, mark = $3 WHERE id = $1",
                    [row[0], .blob(payload), .blob(mark.code(payload: payload, nonce: nonce))])
            }
        } then: { (_, store) async throws in try await folder.rebuild(store, with: key) }
    }

    @Test func `the key's holder can write the log anew, and an earlier checkpoint finds it`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let key = try folder.stolenKey()
            // Nothing inside the folder can contradict her; the report says what is missing to know.
            let alone = try await rewrite(folder, key, knowing: nil)
            #expect(alone.faults == [])
            #expect(alone.notices.contains { $0.contains("--since") } && alone.notices.contains { $0.contains("--key") })
            let known = try await rewrite(folder, key, knowing: .init(key: folder.key, checkpoints: [folder.kept]))
            #expect(known.faults.contains { $0.contains("the log was written anew") }, "\(known.faults)")
        }
    }

    @Test func `a log signed anew with another key is found by the kept key`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let other = try #require(LogKey(origin: folder.key.name, seed: [UInt8](repeating: 3, count: 32)))
            let report = try await folder.report(knowing: .init(key: folder.key)) { (transaction: borrowing Transaction) in
                for row in try transaction.query("SELECT id, payload, nonce FROM audit_entries") {
                    try transaction.execute(
                        "UPDATE audit_entries SET mark = $2 WHERE id = $1",
                        [row[0], .blob(other.mark.code(payload: try row.blob(1), nonce: try row.blob(2)))])
                }
            } then: { (copy, store) async throws in
                try await folder.rebuild(store, with: other)
                try Base64.encode([UInt8](repeating: 3, count: 32)).write(toFile: copy + "/keys/log.key", atomically: true, encoding: .utf8)
            }
            #expect(report.faults.contains { $0.contains("not the key that you trust") })
            #expect(report.faults.contains { $0.contains("is not signed with the log's key") })
        }
    }

    @Test func `entries cut off by the key's holder are missed by an earlier checkpoint, and by the head beside the folder`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let key = try folder.stolenKey()
            for hasHead in [false, true] {
                let report = try await folder.report(knowing: hasHead ? nil : .init(key: folder.key, checkpoints: [folder.kept])) {
                    (transaction: borrowing Transaction) in
                    try transaction.execute("DELETE FROM audit_lines WHERE entry > 20")
                    try transaction.execute("DELETE FROM audit_entries WHERE id > 20")
                    try transaction.execute("UPDATE sqlite_sequence SET seq = 20")
                } then: { (copy, store) async throws in
                    try await folder.rebuild(store, with: key)
                    if hasHead { try FileManager.default.copyItem(atPath: folder.data + ".head", toPath: copy + ".head") }
                }
                #expect(report.faults.contains { $0.contains(hasHead ? "the log is behind its head" : "the log has shrunk") })
            }
        }
    }

    @Test func `bytes that the disk turned are found`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let copy = folder.data + "-rot"
            try FileManager.default.copyItem(atPath: folder.data, toPath: copy)
            defer { try? FileManager.default.removeItem(atPath: copy) }
            var bytes = try Data(contentsOf: URL(fileURLWithPath: copy + "/state.db"))
            let born = try #require(bytes.range(of: Data("\"birth_date\":\"19".utf8)))
            bytes[born.upperBound] ^= 1
            try bytes.write(to: URL(fileURLWithPath: copy + "/state.db"))
            let report = try await LogInspection.verify(copy, clock: folder.clock) { _ in }
            #expect(report.faults.contains { $0.contains("registry_person") && $0.contains("the row is not what") }, "\(report.faults)")
        }
    }
}
