import Audit
import Foundation
import HouseTesting
import Kernel
import Storage
import Testing

/// A room of the test's own beside the log: boats, whose place in the harbour changes without an entry.
struct Harbour {
    static let migrations = [
        Migration(
            "harbour-1", room: "harbour",
            steps: [
                .createTable(
                    "harbour_boats",
                    columns: [
                        Column("id", .serial), Column("name", .text), Column("owner", .text, nullable: true), Column("weight", .integer, nullable: true),
                        Column("place", .integer, default: 0),
                    ]),
                .createTable("harbour_marks", columns: [Column("id", .text)], primaryKey: ["id"]),
                .createTable("harbour_passes", columns: [Column("id", .text), Column("n", .integer)], primaryKey: ["id", "n"]),
            ])
    ]
    static let tables = [
        SealedTable("harbour_boats", key: ["id"], loose: ["place"]), SealedTable("harbour_passes", key: ["id", "n"], keptSeconds: 3600),
    ]

    let folder: String
    let store: SQLiteStore
    let key: LogKey
    let clock: TestClock
    let sealed: SealedTables
    let journal: HouseJournal

    init(_ folder: String, migrations: [Migration] = AuditTables.migrations + Harbour.migrations) throws {
        self.folder = folder
        store = try SQLiteStore(folder: folder, migrations: migrations)
        key = try #require(LogKey(origin: "harbour.example/log", seed: [UInt8](repeating: 4, count: 32)))
        clock = TestClock(Instant(seconds: 1_790_000_000))
        sealed = SealedTables(Harbour.tables, unsealed: ["harbour_marks"])
        journal = HouseJournal(pen: AuditPen(random: .seeded(5), mark: key.mark), sealed: sealed, clock: clock.clock)
    }

    static func with(_ body: (Harbour) async throws -> Void) async throws {
        try await withFolder { (folder) async throws in
            let harbour = try Harbour(folder)
            try await body(harbour)
            await harbour.store.close()
        }
    }

    /// Writes and has it sealed, as a use case does.
    func write(_ sql: [String], gone: [SealedRow] = []) async throws {
        let journal = journal
        try await store.write { (transaction: borrowing Transaction) in
            for sql in sql { try transaction.execute(sql) }
            try journal.note("boat.move", gone: gone, in: transaction)
        }
    }

    /// Writes past the program.
    func tamper(_ sql: String) async throws {
        try await store.write { (transaction: borrowing Transaction) in try transaction.execute(sql) }
    }

    func settle() async throws {
        clock.advance(seconds: 2)
        repeat {} while try await Sequencer(store: store, key: key, clock: clock.clock).pass().isFull
    }

    func verify() throws -> AuditReport {
        let snapshot = try StoreSnapshot(folder: folder)
        defer { snapshot.close() }
        return try AuditVerification(.init(keys: [key.noteKey], mark: key.mark, now: clock.now), sealed: sealed, schema: ExpectedSchema(AuditTables.migrations + Harbour.migrations)).run(snapshot)
    }

    func holds(_ boat: Int) async throws -> Bool {
        let proof = journal.proof
        return try await store.write { (transaction: borrowing Transaction) in try proof.holds("harbour_boats", [.int(boat)], in: transaction) }
    }
}

@Suite("Rows that the log seals") struct SealedRowsTests {
    @Test func `what the program writes is sound: inserted, changed, changed back, deleted with an entry`() async throws {
        try await Harbour.with { (harbour) async throws in
            try await harbour.write(["INSERT INTO harbour_boats (name, owner, weight) VALUES ('Ana', 'x', 5), ('Berta', NULL, NULL)"])
            try await harbour.write(["UPDATE harbour_boats SET owner = 'y' WHERE id = 1", "INSERT INTO harbour_marks (id) VALUES ('m')"])
            try await harbour.write(["UPDATE harbour_boats SET owner = 'x' WHERE id = 1"])
            try await harbour.write(["DELETE FROM harbour_boats WHERE id = 2"], gone: [SealedRow("harbour_boats", [2])])
            try await harbour.tamper("UPDATE harbour_boats SET place = 7")
            try await harbour.settle()
            let report = try harbour.verify()
            #expect(report.faults == [])
            #expect((report.entries, report.rows) == (4, 1))
            let entries = try await harbour.store.write { (transaction: borrowing Transaction) in
                try AuditLog.history(about: AuditLog.house, limit: 10, in: transaction)
            }
            #expect(entries.allSatisfy { $0.entry?["written"]?.string?.utf8.count == 44 })
        }
    }

    @Test(arguments: [
        ("UPDATE harbour_boats SET owner = 'z' WHERE id = 1", "harbour_boats 1: the row is not what entry 1 wrote"),
        // The same bytes in another column, another kind of value, nothing for something.
        ("UPDATE harbour_boats SET name = owner, owner = name WHERE id = 1", "harbour_boats 1: the row is not"),
        ("UPDATE harbour_boats SET owner = NULL WHERE id = 1", "harbour_boats 1: the row is not"),
        ("UPDATE harbour_boats SET owner = '' WHERE id = 2", "harbour_boats 2: the row is not"),
        ("UPDATE harbour_boats SET weight = 0 WHERE id = 2", "harbour_boats 2: the row is not"),
        ("DELETE FROM harbour_boats WHERE id = 2", "harbour_boats 2: the row that entry 1 wrote is gone"),
        ("INSERT INTO harbour_boats (name) VALUES ('Carla')", "harbour_boats 3: no entry"),
        ("UPDATE harbour_boats SET id = 9 WHERE id = 2", "harbour_boats 9: no entry"),
        ("DELETE FROM harbour_passes", "harbour_passes ‘p’ 1: the row that entry 2 wrote is gone"),
        ("DROP TABLE harbour_passes", "table harbour_passes is gone"),
    ]) func `a row that was changed, added or removed past the program is named`(_ sql: String, _ expected: String) async throws {
        try await Harbour.with { (harbour) async throws in
            try await harbour.write(["INSERT INTO harbour_boats (name, owner, weight) VALUES ('Ana', 'x', 5), ('Berta', NULL, NULL)"])
            try await harbour.write(["INSERT INTO harbour_passes (id, n) VALUES ('p', 1)"])
            try await harbour.settle()
            try await harbour.store.maintain(.migrations) { (transaction: borrowing Transaction) in try transaction.execute(sql) }
            let report = try harbour.verify()
            #expect(report.faults.contains { $0.contains(expected) }, "\(report.faults)")
        }
    }

    @Test func `what is kept for a time may be gone after it, and not before`() async throws {
        try await Harbour.with { (harbour) async throws in
            try await harbour.write(["INSERT INTO harbour_passes (id, n) VALUES ('p', 1)"])
            try await harbour.settle()
            try await harbour.tamper("DELETE FROM harbour_passes")
            #expect(try harbour.verify().faults.count == 1)
            harbour.clock.advance(seconds: 3600)
            #expect(try harbour.verify().faults == [])
        }
    }

    @Test func `a table that nobody declared, and a deletion that names no row, are not written`() async throws {
        try await Harbour.with { (harbour) async throws in
            try await harbour.store.maintain(.migrations) { (transaction: borrowing Transaction) in
                try transaction.execute("CREATE TABLE harbour_new (id TEXT)")
            }
            await #expect(throws: UndeclaredTable.self) { try await harbour.write(["INSERT INTO harbour_new (id) VALUES ('x')"]) }
            try await harbour.write(["INSERT INTO harbour_boats (name) VALUES ('Ana')"])
            await #expect(throws: UnnamedDeletion.self) { try await harbour.write(["DELETE FROM harbour_boats"]) }
            #expect(try harbour.verify().rows == 1)
        }
    }

    @Test func `what a savepoint undid is not sealed`() async throws {
        try await Harbour.with { (harbour) async throws in
            let journal = harbour.journal
            try await harbour.store.write { (transaction: borrowing Transaction) in
                try transaction.execute("INSERT INTO harbour_boats (name) VALUES ('Ana')")
                _ = try transaction.attempt {
                    try transaction.execute("UPDATE harbour_boats SET name = 'Berta'")
                    try transaction.execute("INSERT INTO harbour_boats (name) VALUES ('Carla')")
                    throw Refusal(.conflict, "no")
                }
                try journal.note("boat.move", in: transaction)
            }
            try await harbour.settle()
            let report = try harbour.verify()
            #expect(report.faults == [] && report.rows == 1)
        }
    }

    @Test func `a bulk load has one line in the index, and each of its rows is held to it`() async throws {
        try await Harbour.with { (harbour) async throws in
            try await harbour.write([
                "INSERT INTO harbour_boats (name) WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < 3000) SELECT 'boat ' || i FROM c"
            ])
            try await harbour.write(["UPDATE harbour_boats SET name = 'other' WHERE id = 1500"])
            try await harbour.settle()
            #expect(try harbour.verify().faults == [])
            for boat in [1, 1499, 1500, 1501, 3000] { #expect(try await harbour.holds(boat), "\(boat)") }
            #expect(try await !harbour.holds(3001))
            try await harbour.tamper("UPDATE harbour_boats SET name = 'boat 1500' WHERE id = 1500")
            try await harbour.tamper("UPDATE harbour_boats SET name = 'Boat 7' WHERE id = 7")
            for boat in [7, 1500] { #expect(try await !harbour.holds(boat), "\(boat)") }
            #expect(try await harbour.holds(8))
            // An index that is turned back to the load would make the older row look right: the verification says so.
            try await harbour.tamper("DELETE FROM audit_written WHERE run = 0")
            let faults = try harbour.verify().faults
            #expect(faults.count == 3 && faults.contains { $0.contains("harbour_boats 1500: the log's index names another entry") }, "\(faults)")
        }
    }

    @Test(arguments: [
        ("DELETE FROM audit_written WHERE run = 1", "harbour_boats 1: the log's index (audit_written) has lost"),
        ("DELETE FROM audit_written WHERE run = 0 AND entry = 2", "harbour_boats 30: the log's index names another entry"),
        ("UPDATE audit_written SET entry = 4 WHERE run = 1 AND entry = 3", "for a run of rows that it did not write"),
        ("UPDATE audit_written SET last = first WHERE run = 1", "for a run of rows that it did not write"),
        ("UPDATE audit_written SET first = last WHERE run = 1", "for a run of rows that it did not write"),
        ("INSERT INTO audit_written SELECT name, 1, first, last, 5 FROM audit_written WHERE run = 0 AND entry = 4", "for a run of rows that it did not write"),
        ("INSERT INTO audit_written SELECT 'harbour_ghosts', 0, first, last, 5 FROM audit_written LIMIT 1", "some were put in behind the program's back"),
        ("UPDATE audit_written SET last = x'00' WHERE run = 0", "an end that no single row has"),
        ("UPDATE audit_written SET first = x'018000000000000fff', last = x'018000000000000fff' WHERE run = 0 AND entry = 2", "and no entry wrote such a row"),
        ("DELETE FROM audit_written", "harbour_boats 99: the log's index (audit_written) has lost"),
    ]) func `the index is held to the entries' own lists, line by line and run by run`(_ sql: String, _ expected: String) async throws {
        try await Harbour.with { (harbour) async throws in
            func boats(_ from: Int, _ to: Int) -> String {
                "INSERT INTO harbour_boats (name) WITH RECURSIVE c(i) AS (SELECT \(from) UNION ALL SELECT i + 1 FROM c WHERE i < \(to)) SELECT 'boat ' || i FROM c"
            }
            try await harbour.write([boats(1, 100)])
            try await harbour.write(["UPDATE harbour_boats SET owner = 'x' WHERE id = 30"])
            try await harbour.write([boats(101, 200)])
            // Many rows that were changed together look like a run and are none.
            try await harbour.write(["UPDATE harbour_boats SET weight = 3 WHERE id BETWEEN 40 AND 80"])
            try await harbour.write(["DELETE FROM harbour_boats WHERE id = 90"], gone: [SealedRow("harbour_boats", [90])])
            try await harbour.settle()
            #expect(try harbour.verify().faults == [])
            try await harbour.tamper(sql)
            let report = try harbour.verify()
            #expect(report.faults.contains { $0.contains(expected) }, "\(report.faults.prefix(3))")
        }
    }

    @Test func `a list that was changed with its row proves nothing`() async throws {
        try await Harbour.with { (harbour) async throws in
            try await harbour.write(["INSERT INTO harbour_boats (name) VALUES ('Ana')"])
            try await harbour.write(["UPDATE harbour_boats SET name = 'Berta'"])
            try await harbour.tamper("UPDATE audit_entries SET written = (SELECT written FROM audit_entries WHERE id = 1) WHERE id = 2")
            try await harbour.tamper("UPDATE harbour_boats SET name = 'Ana'")
            // Who wrote the list knows it, and who only reads it finds that it contradicts its entry.
            #expect(try await !harbour.holds(1))
            let later = HouseJournal(pen: AuditPen(random: .seeded(6), mark: harbour.key.mark), sealed: harbour.sealed, clock: harbour.clock.clock).proof
            await #expect(throws: AuditCorrupt.self) {
                try await harbour.store.write { (transaction: borrowing Transaction) in try later.holds("harbour_boats", [.int(1)], in: transaction) }
            }
        }
    }

    @Test func `lists that are remembered are those of the entries that were committed`() async throws {
        struct Undone: Error {}
        try await Harbour.with { (harbour) async throws in
            try await harbour.write(["INSERT INTO harbour_boats (name) VALUES ('Ana')"])
            let journal = harbour.journal
            // The entry's number is given to the next one.
            await #expect(throws: Undone.self) {
                try await harbour.store.write { (transaction: borrowing Transaction) in
                    try transaction.execute("UPDATE harbour_boats SET name = 'Berta'")
                    try journal.note("boat.move", in: transaction)
                    throw Undone()
                }
            }
            try await harbour.write(["UPDATE harbour_boats SET name = 'Carla'"])
            #expect(try await harbour.holds(1))
            try await harbour.tamper("UPDATE harbour_boats SET name = 'Berta'")
            #expect(try await !harbour.holds(1))
        }
    }

    @Test func `more lists are written than are remembered, and every row still holds`() async throws {
        try await Harbour.with { (harbour) async throws in
            let journal = harbour.journal
            try await harbour.store.write { (transaction: borrowing Transaction) in
                try transaction.execute("INSERT INTO harbour_boats (name) VALUES ('Ana'), ('Berta')")
                try journal.note("boat.move", in: transaction)
            }
            for round in 0..<9 {
                try await harbour.store.write { (transaction: borrowing Transaction) in
                    for number in 0..<1_000 {
                        try transaction.execute("UPDATE harbour_boats SET weight = $1 WHERE id = 1", [.int(round * 1_000 + number)])
                        try journal.note("boat.move", in: transaction)
                    }
                }
            }
            #expect(try await harbour.holds(1))
            #expect(try await harbour.holds(2))
        }
    }

    // MARK: Folders from before

    @Test func `a table that began to be sealed later is taken over once, and rows that come into it otherwise are found`() async throws {
        try await Harbour.with { (harbour) async throws in
            try await harbour.write(["INSERT INTO harbour_boats (name) VALUES ('Ana')", "INSERT INTO harbour_marks (id) VALUES ('m'), ('n')"])
            let sealed = SealedTables(Harbour.tables + [SealedTable("harbour_marks", key: ["id"], isSealedLater: true)])
            let journal = HouseJournal(pen: harbour.journal.pen, sealed: sealed, clock: harbour.clock.clock)
            func faults() throws -> [String] {
                let snapshot = try StoreSnapshot(folder: harbour.folder)
                defer { snapshot.close() }
                let trust = AuditVerification.Trust(keys: [harbour.key.noteKey], mark: harbour.key.mark, now: harbour.clock.now)
                return try AuditVerification(trust, sealed: sealed, schema: ExpectedSchema(AuditTables.migrations + Harbour.migrations)).run(snapshot).faults
            }
            // Before the next start has taken them over, nothing is said against its rows.
            #expect(try faults() == [])
            for _ in 0..<2 { try await journal.takeOver(harbour.store) }
            try await harbour.settle()
            #expect(try faults() == [])
            try await harbour.tamper("INSERT INTO harbour_marks (id) VALUES ('o')")
            try await journal.takeOver(harbour.store)
            #expect(try faults().contains { $0.contains("harbour_marks ‘o’: no entry") })
            // The index of that table is emptied, so that the next start takes it over once more.
            try await harbour.write(["UPDATE harbour_boats SET name = 'Berta'"])
            try await harbour.tamper("DELETE FROM audit_written WHERE name = 'harbour_marks'")
            try await journal.takeOver(harbour.store)
            let again = try faults()
            #expect(again.contains { $0.contains("takes harbour_marks ‘m’ over, and an earlier entry wrote that row already") }, "\(again)")
        }
    }

    @Test func `an older folder goes on: its entries and rows are taken over, its leaves stay readable`() async throws {
        try await withFolder { (folder) async throws in
            // What the version before wrote: entries of the first form, rows that no entry speaks of.
            let older = try SQLiteStore(folder: folder, migrations: [AuditTables.migrations[0]] + Harbour.migrations)
            let payloads = (1...3).map { Array(#"{"action":"look","at":"2026-09-21T14:13:20Z","n":\#($0),"outcome":"done","person":"a","v":1}"#.utf8) }
            try await older.write { (transaction: borrowing Transaction) in
                for (number, payload) in payloads.enumerated() {
                    try transaction.execute(
                        "INSERT INTO audit_entries (at, payload, nonce) VALUES ($1, $2, $3)",
                        [.integer(1_790_000_000_000), .blob(payload), .blob([UInt8](repeating: 7, count: 32))])
                    try transaction.execute("INSERT INTO audit_lines (person, n, entry) VALUES ('a', $1, $1)", [.int(number + 1)])
                }
                try transaction.execute("INSERT INTO harbour_boats (name) VALUES ('Ana'), ('Berta')")
            }
            await older.close()
            let harbour = try Harbour(folder)
            try await harbour.journal.takeOver(harbour.store)
            try await harbour.journal.takeOver(harbour.store)
            try await harbour.write(["UPDATE harbour_boats SET name = 'Bella' WHERE id = 2"])
            try await harbour.settle()
            let report = try harbour.verify()
            #expect(report.faults == [])
            #expect((report.entries, report.treeSize, report.rows) == (5, 5, 2))
            let log = PublicLog(harbour.store.publicView)
            let records = try await harbour.store.write { (transaction: borrowing Transaction) in
                try AuditLog.history(about: "a", limit: 10, in: transaction)
            }
            let proof = try await log.proof(of: records, about: "a", count: 3)
            let check = HistoryCheck(proof, person: "a", keys: [harbour.key.noteKey])
            #expect(check.verdict(check.signatureChecks.map(LogSignatures.verify)).isComplete)
            try await harbour.tamper("UPDATE harbour_boats SET name = 'Anna' WHERE id = 1")
            #expect(try harbour.verify().faults.count == 1)
            // An older folder has no entry that sealed a row: an index that was emptied is told from one.
            try await harbour.tamper("DELETE FROM audit_written")
            let fault = await #expect(throws: AuditCorrupt.self) { try await harbour.journal.takeOver(harbour.store) }
            #expect(fault?.description.contains("audit_written is empty, and entry") == true)
            #expect(try harbour.verify().faults.contains { $0.contains("has lost which entry wrote this row") })
            // Neither does taking rows over once more make the changed row right, however it was brought about.
            try await harbour.store.maintain(.migrations) { [journal = harbour.journal] (transaction: borrowing Transaction) in
                try journal.takeOver("harbour_boats", in: transaction)
            }
            #expect(try harbour.verify().faults.contains { $0.contains("takes rows over after the log had begun to seal rows") })
            await harbour.store.close()
        }
    }
}
