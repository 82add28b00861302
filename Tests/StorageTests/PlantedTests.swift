import Foundation
import HouseTesting
import Storage
import Testing

@Suite("What somebody else put into the database does nothing, and is noticed")
struct PlantedTests {
    private func plant(_ sql: String, in store: SQLiteStore) async throws {
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in _ = try transaction.execute(sql) }
    }

    @Test(arguments: [
        "CREATE TRIGGER helper AFTER INSERT ON room_facts BEGIN UPDATE room_counter SET n = n + 1; END",
        "CREATE TRIGGER helper AFTER INSERT ON room_facts BEGIN DELETE FROM room_counter; END",
        "CREATE TRIGGER helper BEFORE INSERT ON room_facts BEGIN INSERT INTO room_notices (id, text) VALUES (new.id, 'x'); END",
    ])
    func `a trigger is denied while the store is open, and refused at the next start`(trigger: String) async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder) { (store) async throws in
                try await store.write { (transaction: borrowing Transaction) in
                    _ = try transaction.execute("INSERT INTO room_counter (name, n) VALUES ('a', 1)")
                    try Room.add(1, in: transaction)
                }
                try await plant(trigger, in: store)
                await #expect(throws: (any Error).self) {
                    try await store.write { (transaction: borrowing Transaction) in try Room.add(2, in: transaction) }
                }
                #expect(try await Room.facts(store) == [1])
                let rows = try await store.write { (transaction: borrowing Transaction) in
                    try transaction.query("SELECT n, (SELECT count(*) FROM room_notices) FROM room_counter").map { try [$0.int(0), $0.int(1)] }
                }
                #expect(rows == [[1, 0]])
            }
            let refusal = #expect(throws: StoreRefusesToStart.self) { try SQLiteStore(folder: folder, migrations: Room.migrations) }
            #expect("\(try #require(refusal))".contains("trigger helper"))
        }
    }

    @Test func `a view that stands for a table is denied, and refused at the next start`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder) { (store) async throws in
                try await store.write { (transaction: borrowing Transaction) in try Room.add(1, in: transaction) }
                try await plant("ALTER TABLE room_facts RENAME TO room_true", in: store)
                try await plant("CREATE VIEW room_facts AS SELECT id + 1 AS id, note FROM room_true", in: store)
                await #expect(throws: (any Error).self) { try await Room.facts(store) }
            }
            let refusal = #expect(throws: StoreRefusesToStart.self) { try SQLiteStore(folder: folder, migrations: Room.migrations) }
            #expect("\(try #require(refusal))".contains("view room_facts"))
        }
    }

    @Test func `the store's own checkpoints and readers are no other program`() async throws {
        var limits = StorageLimits.patient
        (limits.logFramesMax, limits.logFramesHard) = (1, 1)
        try await withStore(limits: limits) { (store) async throws in
            for id in 1...50 {
                try await store.write { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) }
                _ = try await store.publicView.query(PublicQuery("notices", tables: ["room_notices"], sql: "SELECT id FROM room_notices"))
            }
            #expect(store.figures.foreignWrites == 0)
        }
    }

    @Test func `bytes that somebody writes into the file are another's write, whatever SQLite knows of them`() async throws {
        var limits = StorageLimits.patient
        (limits.logFramesMax, limits.logFramesHard) = (1, 1)
        try await withFolder { (folder) async throws in
            try await withStore(limits: limits, folder: folder) { (store) async throws in
                func write(_ id: Int) async throws { try await store.write { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) } }
                for id in 1...3 { try await write(id) }
                #expect(store.figures.foreignWrites == 0)
                for round in 1...3 {
                    // What is written while commits are being copied is not told from that.
                    try await store.write { (transaction: borrowing Transaction) in }
                    let file = try #require(FileHandle(forUpdatingAtPath: folder + "/state.db"))
                    let first = try #require(try file.read(upToCount: 1))
                    try file.seek(toOffset: 0)
                    try file.write(contentsOf: first)
                    try file.close()
                    try await write(10 * round)
                    #expect(store.figures.foreignWrites == round)
                    try await write(10 * round + 1)
                    #expect(store.figures.foreignWrites == round, "told once, and the checkpoints in between are ours")
                }
            }
        }
    }

    @Test func `what another program commits while the store recovers is counted too`() async throws {
        try await withFolder { (folder) async throws in
            let data = folder + "/data"
            try await withStore(folder: data) { (store) async throws in
                func write(_ id: Int) async throws { try await store.write { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) } }
                try await write(1)
                let python = try #require(Programs.find("python3"))
                // The database is found locked, and what was begun then is committed while nobody looks.
                let script = """
                    import sqlite3, sys, time
                    b = sqlite3.connect(sys.argv[1], isolation_level=None)
                    b.execute('BEGIN IMMEDIATE'); b.execute('UPDATE room_facts SET id = id + 10')
                    open(sys.argv[2], 'w').close()
                    while not __import__('os').path.exists(sys.argv[3]): time.sleep(0.01)
                    b.execute('COMMIT')
                    """
                async let other = Programs.run(python, ["-c", script, data + "/state.db", folder + "/begun", folder + "/go"])
                #expect(try await eventually { FileManager.default.fileExists(atPath: folder + "/begun") })
                await #expect(throws: StorageUnavailable.self) { try await write(2) }
                _ = FileManager.default.createFile(atPath: folder + "/go", contents: nil)
                #expect(try await other.status == 0)
                #expect(try await eventually { store.state == .ready })
                try await write(3)
                #expect(store.figures.foreignWrites == 1)
            }
        }
    }

    @Test func `another program's commit is counted once, its own never`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder) { (store) async throws in
                func ground() async throws -> StoreGround { try await store.write { (transaction: borrowing Transaction) in transaction.ground } }
                for id in 1...3 { try await store.write { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) } }
                let before = try await ground()
                #expect(before.foreignWrites == 0)
                let python = try #require(Programs.find("python3"))
                let script = "import sqlite3, sys; b = sqlite3.connect(sys.argv[1]); b.execute('UPDATE room_facts SET id = id + 10'); b.commit()"
                #expect(try await Programs.run(python, ["-c", script, folder + "/state.db"]).status == 0)
                #expect(try await ground().foreignWrites == 1)
                #expect(try await ground() != before)
                #expect(try await ground().foreignWrites == 1)
                #expect(store.figures.foreignWrites == 1)
                // Reading from outside is nobody's writing.
                let reading = "import sqlite3, sys; b = sqlite3.connect(sys.argv[1]); print(b.execute('SELECT count(*) FROM room_facts').fetchone())"
                #expect(try await Programs.run(python, ["-c", reading, folder + "/state.db"]).status == 0)
                #expect(try await ground().foreignWrites == 1)
                // What upkeep may have altered is known no more.
                let turns = try await ground().turns
                try await store.maintain(.migrations) { (transaction: borrowing Transaction) in _ = try transaction.execute("UPDATE room_facts SET note = 'x'") }
                let after = try await ground()
                #expect(after.turns > turns && after.foreignWrites == 1)
            }
        }
    }
}
