import Audit
import Definitions
import Foundation
import Gate
import HouseTesting
import Kernel
import StateFolder
import StateTesting
import Storage
import Testing
import Wiring

extension LivedFolder {
    /// A copy that somebody has written to with another program; what the verification says of it, and whether the platform starts on it.
    func written(
        _ sql: [String], file: (String) throws -> Void = { _ in }, knowing known: LogInspection.Known? = nil, starts: Bool = false
    ) async throws -> (report: AuditReport, refusal: String?) {
        let copy = data + "-written"
        try FileManager.default.copyItem(atPath: data, toPath: copy)
        defer { for end in ["", ".head"] { try? FileManager.default.removeItem(atPath: copy + end) } }
        try RawDatabase.run(copy + "/state.db", sql)
        try file(copy)
        let report = try await LogInspection.verify(copy, knowing: known ?? .init(), clock: clock) { _ in }
        return (report, starts ? await start(copy) : nil)
    }

    /// What a start on a folder says that does not begin.
    func start(_ copy: String) async -> String? {
        do {
            let files = try StateFiles.read(URL(fileURLWithPath: data).deletingLastPathComponent().path + "/istmo")
            var diagnostics = Diagnostics()
            let state = try #require(StateDefinition.read(files, zones: ZoneFile.all, into: &diagnostics))
            var settings = OpenState.Settings(dataFolder: copy, origin: TestState.origin, clock: clock, onFailure: { _, _, _ in })
            settings.limits = .patient
            settings.head = "none"
            let open = try await OpenState.open(state, files: files, settings)
            await open.platform.store.close()
            return nil
        } catch { return "\(error)" }
    }

    /// The tables of the folder with their columns, and which of these are their keys.
    func tables() throws -> [(name: String, columns: [(name: String, type: String)], key: [String])] {
        let snapshot = try StoreSnapshot(folder: data)
        defer { snapshot.close() }
        return try snapshot.read { (transaction: borrowing Transaction) in
            try transaction.query("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").map { row in
                let name = try row.text(0)
                let info = try transaction.query("SELECT name, type, pk FROM pragma_table_info('\(name)')")
                return try (name, info.map { try ($0.text(0), $0.text(1)) }, info.filter { try $0.int(2) > 0 }.map { try $0.text(0) })
            }
        }
    }
}

/// Every table of a served data folder, however it came there: its rows are sealed, reckoned anew, or named here with the reason why nothing rests on
/// them.
@Suite("No table of a data folder proves nothing by oversight") struct ProvenTablesTests {
    /// What a verification reckons from the entries, the migrations and the rows.
    private static let reckoned: Set<String> = [
        "audit_entries", "audit_lines", "audit_tree", "audit_tiles", "audit_checkpoints", "audit_signings", "audit_written", "storage_migrations",
        "storage_tables", "sqlite_sequence",
    ]
    /// What proves nothing, and why.
    private static let unproven = [
        "storage_heartbeat": "written to see whether the disk takes a write, and never read",
        "storage_marks": "where the head was kept and the portal's address, told when they differ; an orderly close saves a reading of the pages for damage: no right rests on them",
    ]
    /// Columns of proven tables that are not proved, and why nobody gains by changing them.
    private static let looseReasons: [(table: String, columns: Set<String>, reason: String)] = [
        ("gate_errands", ["due_at", "attempts", "state", "last_error"], "upkeep moves them: an errand is done later, or waits for an operator"),
        ("identity_sessions", ["seen_at"], "upkeep moves it: a session ends, or lives until its second limit"),
        (
            "registry_imports", ["finished_at"],
            "set back, the load is begun once more and finds its sealed number of rows in; set too early, the sealed number says that rows are missing"
        ),
        ("storage_migrations", ["position", "applied_at"], "nothing reads when a migration ran, and an order in which they could not have run is told"),
    ]
    private static let loose = Dictionary(uniqueKeysWithValues: looseReasons.map { ($0.table, $0.columns) })

    @Test func `each table is sealed row by row, reckoned anew, or named with its reason`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let sealed = OpenState.sealed()
            for (name, _, _) in try folder.tables() {
                let ways = [sealed.table(name) != nil && !name.hasPrefix("sqlite_"), Self.reckoned.contains(name), Self.unproven[name] != nil]
                #expect(ways.count { $0 } == 1, "\(name): seal it, let the verification reckon it, or say here why nothing rests on it")
            }
        }
    }

    @Test func `each column of each proven table: another value is noticed, and so are a row gone and a row more`() async throws {
        try await LivedFolder.with { (folder) async throws in
            var count = 0
            #expect(try await folder.written([]).report.faults == [])
            for (name, columns, key) in try folder.tables() where Self.unproven[name] == nil {
                let keys = key.isEmpty ? ["rowid"] : key
                let order = keys.map { "\($0) DESC" }.joined(separator: ", ")
                let last = "(\(keys.joined(separator: ", "))) = (SELECT \(keys.joined(separator: ", ")) FROM \(name) ORDER BY \(order) LIMIT 1)"
                var tried: [(what: String, sql: String)] = [("a row gone", "DELETE FROM \(name) WHERE \(last)")]
                for (column, type) in columns where Self.loose[name]?.contains(column) != true {
                    tried.append(("\(column) another", "UPDATE \(name) SET \(column) = \(Self.another(column, type)) WHERE \(last)"))
                }
                let moved = key.last ?? columns[0].name
                let copied = columns.map { $0.name == moved ? Self.another($0.name, $0.type) : $0.name }.joined(separator: ", ")
                tried.append(("a row more", "INSERT INTO \(name) SELECT \(copied) FROM \(name) WHERE \(last)"))
                for (what, sql) in tried {
                    // What a unique key forbids cannot be done.
                    let report: AuditReport
                    do { report = try await folder.written([sql]).report } catch let error as Unready where error.description.contains("constraint failed") { continue }
                    #expect(!report.faults.isEmpty, "\(name), \(what): \(sql)")
                    count += 1
                }
            }
            #expect(count > 150, "\(count)")
        }
    }

    /// Another value of the column's kind.
    private static func another(_ column: String, _ type: String) -> String {
        switch type {
        case "INTEGER", "BIGINT": "coalesce(\(column), 0) + 1000003"
        case "BLOB": "CAST(coalesce(\(column), x'') || x'01' AS BLOB)"
        case "TEXT": "coalesce(\(column), '') || 'x'"
        default: "CASE typeof(\(column)) WHEN 'text' THEN \(column) || 'x' ELSE \(column) + 1000003 END"
        }
    }

    // MARK: The schema, the header, what stands beside the rows

    private static let schema = "PRAGMA writable_schema = ON"

    /// What was done, a word of what the verification says, and whether a start refuses, too.
    private static let alterations: [(what: String, sql: [String], expected: String, refuses: Bool)] = [
        ("an index dropped", ["DROP INDEX services_cases_person"], "index services_cases_person is gone", true),
        ("a unique index of what stands once dropped", ["DROP INDEX registry_business_once"], "index registry_business_once is gone", true),
        ("a unique index made a plain one", ["DROP INDEX registry_person_f_cedula", "CREATE INDEX registry_person_f_cedula ON registry_person (f_cedula) WHERE recorded_to IS NULL AND valid_to IS NULL"], "index registry_person_f_cedula is not as the program made it", true),
        ("an index of another expression", ["DROP INDEX services_cases_sent", "CREATE INDEX services_cases_sent ON services_cases (person, submitted_at DESC, id)"], "index services_cases_sent is not as", true),
        ("an index of another collation", ["DROP INDEX gate_errands_subject", "CREATE INDEX gate_errands_subject ON gate_errands (subject COLLATE NOCASE)"], "index gate_errands_subject is not as", true),
        ("an index of fewer rows", ["DROP INDEX registry_business_once", "CREATE UNIQUE INDEX registry_business_once ON registry_business (f_cedula) WHERE recorded_to IS NULL AND valid_to IS NULL AND f_status = 'none'"], "index registry_business_once is not as", true),
        ("an index more", ["CREATE INDEX planted ON issuance_documents (person)"], "index planted on issuance_documents is none of the program's", true),
        ("an index more on a register", ["CREATE UNIQUE INDEX registry_person_once ON registry_person (record)"], "index registry_person_once on registry_person is none", true),
        ("a trigger", ["CREATE TRIGGER t AFTER INSERT ON services_events BEGIN DELETE FROM services_events WHERE n = 1; END"], "trigger t is none", true),
        ("a view", ["CREATE VIEW v AS SELECT 1"], "view v is none", true),
        ("a column with a default", ["ALTER TABLE services_cases ADD COLUMN extra TEXT NOT NULL DEFAULT 'x'"], "table services_cases is not as", true),
        ("a column of a register", ["ALTER TABLE registry_person ADD COLUMN f_extra TEXT"], "table registry_person is not as", true),
        ("a generated column", ["ALTER TABLE registry_business ADD COLUMN g TEXT GENERATED ALWAYS AS (person)"], "table registry_business is not as", true),
        ("a check", [schema, "UPDATE sqlite_master SET sql = replace(sql, ') STRICT', ', CHECK (1)) STRICT') WHERE name = 'services_tasks'"], "table services_tasks is not as", true),
        ("a table no longer strict", [schema, "UPDATE sqlite_master SET sql = replace(sql, ' STRICT', '') WHERE name = 'services_papers'"], "table services_papers is not as", true),
        ("a unique key let go", ["CREATE TABLE c AS SELECT * FROM services_cases", "DROP TABLE services_cases", "ALTER TABLE c RENAME TO services_cases"], "table services_cases is not as", true),
        ("a column renamed", ["ALTER TABLE identity_sessions RENAME COLUMN mode TO made"], "table identity_sessions is not as", true),
        ("a table dropped", ["DROP TABLE registry_once"], "table registry_once is gone", true),
        ("a table more", ["CREATE TABLE registry_secret (row INTEGER PRIMARY KEY)"], "table registry_secret is none of the program's", true),
        ("the record of what was made, altered with it", ["DROP INDEX registry_business_once", "DELETE FROM registry_objects WHERE name = 'registry_business_once'"], "registry_objects ‘index’ ‘registry_business_once’: the row that entry", true),
        ("the record of what was made, emptied", ["DROP INDEX registry_business_once", "DELETE FROM registry_objects"], "registry_objects", true),
        ("the record of a register's columns", ["DELETE FROM registry_columns WHERE register = 'business'"], "registry_columns ‘business’", true),
        ("a field's type", ["UPDATE registry_columns SET type = 'integer' WHERE register = 'person' AND field = 'cedula'"], "registry_columns ‘person’ ‘cedula’: the row is not what", true),
        ("a rule of what stands once", ["UPDATE registry_once SET rule = 'x'"], "registry_once ‘business’", true),
        ("a rule planted for a register that has none", ["INSERT INTO registry_once VALUES ('person', 'x')"], "registry_once ‘person’: no entry", true),
        ("a line of signature put into a checkpoint", ["UPDATE audit_checkpoints SET note = note || '— other.example/log AAAAAAAA' || char(10)"], "carries signatures or bytes that the log did not put there", false),
        ("a key that was used", ["UPDATE issuance_keys SET public_key = 'x' WHERE name = 'log'"], "issuance_keys ‘log’", true),
        ("a key that was used, forgotten", ["DELETE FROM issuance_keys WHERE name = 'log'"], "issuance_keys ‘log’", true),
        ("a migration forgotten", ["DELETE FROM storage_migrations WHERE id = 'services-2'"], "is none of the program's", true),
        ("a migration's record", ["UPDATE storage_migrations SET checksum = 'x' WHERE id = 'services-2'"], "the record of migration services-2", true),
        ("a private table declared public", ["UPDATE storage_tables SET is_public = 1 WHERE name = 'services_cases'"], "storage_tables names services_cases", true),
        ("a counter set back", ["UPDATE sqlite_sequence SET seq = seq - 1"], "sqlite_sequence was set back", false),
        ("a counter gone", ["DELETE FROM sqlite_sequence"], "sqlite_sequence has lost the counter of audit_entries", false),
        ("a counter of a text", ["UPDATE sqlite_sequence SET seq = 'x'"], "sqlite_sequence was set back", false),
        ("a counter twice", ["INSERT INTO sqlite_sequence VALUES ('audit_entries', 9000)"], "sqlite_sequence counts ‘audit_entries’", false),
        ("signings counted twice", ["INSERT INTO audit_signings SELECT 2, number, size FROM audit_signings"], "audit_signings holds more than its one row", false),
        ("a place given twice", ["INSERT INTO audit_tree VALUES (999999, 3, 1)"], "audit_tree does not give each place to one entry", false),
        ("a checkpoint of no size", ["INSERT INTO audit_checkpoints SELECT -5, at, note FROM audit_checkpoints LIMIT 1"], "checkpoints, and the tree has sizes for", false),
        ("the moment of an entry, by less than a second", ["UPDATE audit_entries SET at = at + 1 WHERE id = 40"], "entry 40 is kept under another time", false),
        ("the header's version", ["PRAGMA user_version = 7"], "PRAGMA user_version = 0", false),
        ("the header's application", ["PRAGMA application_id = 7"], "PRAGMA application_id = 0", false),
        // The index of written rows.
        ("all of the index gone", ["DELETE FROM audit_written"], "has lost which entry wrote this row", true),
        ("a table's part of the index gone", ["DELETE FROM audit_written WHERE name = 'services_cases'"], "services_cases", false),
        ("runs gone", ["DELETE FROM audit_written WHERE run = 1"], "has lost which entry wrote this row", false),
        ("a run moved", ["UPDATE audit_written SET entry = entry + 1 WHERE run = 1"], "for a run of rows that it did not write", false),
        ("a run made longer", ["UPDATE audit_written SET last = x'01ffffffffffffffff' WHERE run = 1"], "for a run of rows that it did not write", false),
        ("a run planted over newer lines", ["INSERT INTO audit_written SELECT name, 1, first, last, 99999 FROM audit_written WHERE name = 'services_cases' LIMIT 1"], "for a run of rows that it did not write", false),
        ("a line for nothing", ["INSERT INTO audit_written VALUES ('registry_person', 0, x'0180000000000f0000', x'0180000000000f0000', 5)"], "and no entry wrote such a row", false),
        ("a line for no table", ["INSERT INTO audit_written VALUES ('nothing', 0, x'01', x'01', 5)"], "some were put in behind the program's back", false),
        ("a line of another kind", ["UPDATE audit_written SET run = 2 WHERE name = 'gate_errands'"], "gate_errands", false),
        // Values of another kind or look.
        ("a text made bytes", ["UPDATE registry_person SET record = CAST(record AS BLOB) WHERE row = 1"], "registry_person 1: the row is not", false),
        ("a text with a zero byte", ["UPDATE registry_person SET data = data || char(0) WHERE row = 1"], "registry_person 1: the row is not", false),
        ("a text in another normal form", ["UPDATE registry_person SET data = replace(data, 'a', 'a' || char(769)) WHERE row = 1"], "registry_person 1: the row is not", false),
        ("a row's number", ["UPDATE registry_person SET row = 900 WHERE row = 1"], "registry_person 900: no entry", false),
        ("two rows exchanged", ["UPDATE registry_person SET row = -1 WHERE row = 1", "UPDATE registry_person SET row = 1 WHERE row = 2", "UPDATE registry_person SET row = 2 WHERE row = -1"], "registry_person 1: the row is not", false),
        ("a number made a fraction", ["UPDATE registry_person SET recorded_from = recorded_from + 0.5 WHERE row = 1"], "registry_person 1: the row is not", false),
        ("an older entry played once more", ["INSERT INTO audit_entries (at, payload, nonce, line_secret, line_people, mark, written) SELECT at, payload, nonce, line_secret, line_people, mark, written FROM audit_entries WHERE id = 45"], "is not found under the person", false),
    ]

    @Test func `what an operator's upkeep leaves is no fault, and a start takes it`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let aside = "PRAGMA journal_mode = DELETE"
            let upkeep: [[String]] = [
                ["ANALYZE"], ["ANALYZE", "UPDATE sqlite_stat1 SET stat = '1 1'"], ["PRAGMA optimize"], ["VACUUM"], ["REINDEX"], ["REINDEX services_cases_person"],
                [aside], ["PRAGMA journal_mode = TRUNCATE"], ["PRAGMA journal_mode = PERSIST"], ["PRAGMA wal_checkpoint(TRUNCATE)"], ["PRAGMA wal_checkpoint(RESTART)"],
                [aside, "PRAGMA page_size = 8192", "VACUUM"], [aside, "PRAGMA page_size = 1024", "VACUUM"], [aside, "PRAGMA page_size = 65536", "VACUUM"],
                [aside, "PRAGMA auto_vacuum = FULL", "VACUUM"], [aside, "PRAGMA auto_vacuum = INCREMENTAL", "VACUUM", "PRAGMA incremental_vacuum"],
                ["PRAGMA auto_vacuum = FULL", "VACUUM"], ["PRAGMA journal_size_limit = 0", "PRAGMA secure_delete = ON", "VACUUM"],
            ]
            for sql in upkeep {
                let (report, refusal) = try await folder.written(sql, starts: true)
                #expect(report.faults.isEmpty && refusal == nil, "\(sql): \(report.faults.prefix(3)) \(refusal ?? "")")
                // What is left of it is said with what puts it back, which does.
                let isLeft = sql.contains { $0.contains("auto_vacuum =") }
                #expect(report.notices.contains { $0.contains("PRAGMA auto_vacuum = NONE; VACUUM") } == isLeft, "\(sql): \(report.notices)")
                if isLeft {
                    let mended = try await folder.written(sql + [aside, "PRAGMA auto_vacuum = NONE", "VACUUM"], starts: true)
                    #expect(!mended.report.notices.contains { $0.contains("auto_vacuum") } && mended.report.faults.isEmpty && mended.refusal == nil, "\(mended)")
                }
            }
        }
    }

    @Test func `what is altered beside the rows is named by the verification, and refused by a start where rows could change by it`() async throws {
        try await LivedFolder.with { (folder) async throws in
            for (what, sql, expected, refuses) in Self.alterations {
                let (report, refusal) = try await folder.written(sql, starts: refuses)
                #expect(report.faults.contains { $0.contains(expected) }, "\(what): \(report.faults.prefix(3))")
                if refuses { #expect(refusal != nil, "\(what): a start took it") }
                for fault in report.faults { #expect(!fault.contains("Quintero") && !fault.contains("8-2000-"), "\(what): \(fault)") }
            }
        }
    }

    @Test func `an index that was emptied and its rows taken over once more is a fault for ever`() async throws {
        try await LivedFolder.with { (folder) async throws in
            // Both the record and its lines in the index are gone: the start cannot tell this from an older folder, and says so in the log.
            let copy = folder.data + "-again"
            try FileManager.default.copyItem(atPath: folder.data, toPath: copy)
            defer { for end in ["", ".head"] { try? FileManager.default.removeItem(atPath: copy + end) } }
            try RawDatabase.run(
                copy + "/state.db",
                ["DROP INDEX registry_business_once", "DELETE FROM registry_objects", "DELETE FROM audit_written WHERE name = 'registry_objects'"])
            #expect(await folder.start(copy) == nil)
            let report = try await LogInspection.verify(copy, clock: folder.clock) { _ in }
            #expect(report.faults.contains { $0.contains("takes rows over after the log had begun to seal rows") }, "\(report.faults)")
        }
    }

    @Test func `a row too large for memory is told and not read`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let large = "zeroblob(20000000)"
            for (sql, expected) in [
                ("UPDATE services_papers SET bytes = \(large)", "services_papers"),
                ("UPDATE audit_entries SET payload = \(large) WHERE id = 40", "the log, after entry 39"),
                ("UPDATE audit_entries SET written = \(large) WHERE id = 40", "the log, after entry 39"),
                ("UPDATE audit_tiles SET bytes = \(large) WHERE level = 0", "the log"),
                ("UPDATE gate_errands SET last_error = CAST(\(large) AS TEXT)", "gate_errands"),
                ("UPDATE registry_person SET data = CAST(\(large) AS TEXT) WHERE row = 3", "registry_person"),
                ("INSERT INTO storage_marks VALUES (CAST(\(large) AS TEXT), '')", "storage_marks"),
            ] {
                let report = try await folder.written([sql]).report
                #expect(report.faults.contains { $0.contains(expected) && $0.contains("is larger than 16 MB") }, "\(sql): \(report.faults.prefix(3))")
            }
        }
    }

    @Test func `what the disk turned in the pages of an index is found`() async throws {
        try await LivedFolder.with { (folder) async throws in
            let (report, _) = try await folder.written(["PRAGMA wal_checkpoint(TRUNCATE)"], file: { copy in
                let path = copy + "/state.db"
                var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                // Pages that are the leaves of an index bear 0x0A; one byte in the middle of each is turned.
                for page in stride(from: 4096, to: bytes.count, by: 4096) where bytes[page] == 0x0A { bytes[page + 4000] ^= 0x20 }
                try bytes.write(to: URL(fileURLWithPath: path))
            })
            #expect(report.faults.contains { $0.contains("the database file is damaged") }, "\(report.faults.prefix(3))")
        }
    }
}
