import Foundation
import HouseTesting
import Kernel
import Storage
import Synchronization
import Testing

@Suite("A lent transaction")
struct TransactionTests {
    @Test func `every kind of value comes back as it went in`() async throws {
        try await withStore { (store) async throws in
            let texts = ["", "a", "Панама", "with ' quote", "a\u{0}b", String(repeating: "ñ", count: 100_000)]
            let blobs: [[UInt8]] = [[], [0], Array(0...255), [UInt8](repeating: 9, count: 1_000_000)]
            try await store.write { (transaction: borrowing Transaction) throws in
                for text in texts { #expect(try transaction.first("SELECT $1", [.text(text)])?.text(0) == text) }
                for blob in blobs { #expect(try transaction.first("SELECT $1", [.blob(blob)])?.blob(0) == blob) }
                for number in [0, 1, -1, Int.max, Int.min] {
                    #expect(try transaction.first("SELECT $1", [.int(number)])?.int(0) == number)
                }
                #expect(try transaction.first("SELECT $1", [.null])?[0] == .null)
                #expect(try transaction.first("SELECT $1", [true])?.bool(0) == true)
                let instant = Instant(milliseconds: 1_234_567_890_123)
                #expect(try transaction.first("SELECT $1 AS at", [.instant(instant)])?.instant("at") == instant)
            }
        }
    }

    @Test func `a statement that is run again keeps nothing of the values before, short or long`() async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                for length in [0, 1, 15, 16, 300, 4_096, 4_097, 20_000, 5, 0] {
                    let text = String(repeating: "ñ", count: length)
                    let bytes = [UInt8](repeating: UInt8(length & 0xFF), count: length)
                    let row = try transaction.first("SELECT $1, $2, $3, $1", [.text(text), .blob(bytes), .int(length)])
                    #expect(row?.values == [.text(text), .blob(bytes), .int(length), .text(text)])
                }
                // Inside a walk the same statement is a second one, with values of its own.
                var seen: [String] = []
                for word in ["first", "second"] {
                    try transaction.each("SELECT $1 UNION ALL SELECT $1", [.text(word)]) { row in
                        let inner = try transaction.first("SELECT $1 UNION ALL SELECT $1", [.text("inner " + word)])
                        seen += [try row.text(0), try inner?.text(0) ?? ""]
                    }
                }
                #expect(seen == ["first", "inner first", "first", "inner first", "second", "inner second", "second", "inner second"])
            }
        }
    }

    @Test func `an insert returns the key of its row, and adds no fewer and no more`() async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                let insert = "INSERT INTO room_blobs (bytes) VALUES ($1)"
                let first = try transaction.insert(insert, [.blob([1])])
                let second = try transaction.insert(insert, [.blob([2])])
                #expect(second == first + 1)
                #expect(try transaction.first("SELECT bytes FROM room_blobs WHERE id = $1", [.integer(second)])?.blob(0) == [2])
                let none = caught { _ = try transaction.insert("INSERT INTO room_blobs (bytes) SELECT $1 WHERE 1 = 0", [.blob([3])]) }
                let two = caught { _ = try transaction.insert("INSERT INTO room_blobs (bytes) VALUES ($1), ($1)", [.blob([3])]) }
                #expect(none is StatementForbidden && two is StatementForbidden)
            }
        }
    }

    @Test func `parameters are bound by their number and not by their place`() async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                let row = try transaction.first("SELECT $2, $1, $3, $2", ["one", "two", "three"])
                #expect(row?.values == ["two", "one", "three", "two"])
                let many = try transaction.first(
                    "SELECT $11, $2, $1, $10, $3, $4, $5, $6, $7, $8, $9", (1...11).map { .int($0) })
                #expect(many?.values == [11, 2, 1, 10, 3, 4, 5, 6, 7, 8, 9])
            }
        }
    }

    @Test(arguments: [
        ("SELECT ?", "parameters are $1…$n"), ("SELECT :a", "parameters are $1…$n"), ("SELECT $a", "parameters are $1…$n"),
        ("SELECT $0", "parameters are $1…$n"),
        ("SELECT $2", "parameter $1 is not used"), ("SELECT $1, $3", "parameter $2 is not used"),
        ("SELECT 1; SELECT 2", "one statement a call"), ("SELECT 1;", ""), (" ", "it is empty"),
        ("SELECT $1, $2", "it takes 2 values and got 1"),
    ])
    func `a statement is one statement with parameters one to n`(sql: String, reason: String) async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                if reason.isEmpty {
                    _ = try transaction.query(sql)
                    return
                }
                let error = caught { _ = try transaction.query(sql, sql.contains("$") ? ["x"] : []) } as? StatementForbidden
                #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "")")
            }
        }
    }

    @Test(arguments: [
        "BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT x", "RELEASE dovira", "PRAGMA synchronous = OFF", "ATTACH 'x' AS y",
        "DETACH y", "VACUUM", "CREATE TABLE room_x (a TEXT)",
        "DROP TABLE room_facts", "ALTER TABLE room_facts ADD COLUMN x TEXT",
        "INSERT OR ROLLBACK INTO room_facts (id) VALUES (1)", "UPDATE OR\n rollback room_facts SET id = 1",
        "CREATE TABLE room_y (a TEXT UNIQUE ON CONFLICT ROLLBACK)",
    ])
    func `Storage-4: what would end or escape the batch is refused`(sql: String) async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                try Room.add(1, in: transaction)
                let error = caught { try transaction.execute(sql) }
                #expect(
                    error is StatementForbidden
                        || (error as? StatementFailure)?.message.hasSuffix("within a transaction") == true,
                    "\(String(describing: error))")
                try Room.add(2, in: transaction)
            }
            #expect(try await Room.facts(store) == [1, 2])
            #expect(store.figures.lost == 0)
        }
    }

    @Test func `Storage-4: a constraint is not deferred`() async throws {
        let deferred = Migration(
            "room-2", room: "room",
            steps: [.sql("CREATE TABLE room_kids (id INTEGER REFERENCES room_facts (id) DEFERRABLE INITIALLY DEFERRED)")])
        try await withFolder { (folder) async throws in
            let error = #expect(throws: StoreRefusesToStart.self) {
                _ = try SQLiteStore(folder: folder, migrations: Room.migrations + [deferred])
            }
            #expect(error?.description.contains("constraints are not deferred") == true)
        }
        try await withStore { (store) async throws in
            await #expect(throws: StatementForbidden.self) {
                try await store.maintain(.migrations) { (transaction: borrowing Transaction) throws in
                    try transaction.execute(
                        "CREATE TABLE room_kids (id INTEGER REFERENCES room_facts (id) DEFERRABLE INITIALLY DEFERRED)")
                }
            }
        }
    }

    @Test func `a failed statement says its kind, and the transaction goes on`() async throws {
        let migrations =
            Room.migrations + [
                Migration(
                    "room-2", room: "room",
                    steps: [
                        .createTable(
                            "room_strict",
                            columns: [
                                Column("id", .id), Column("fact", .integer, references: "room_facts(id)"),
                                Column("state", .text, oneOf: ["open", "it's done"]),
                            ], primaryKey: ["id"])
                    ])
            ]
        try await withStore(migrations) { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                try Room.add(1, in: transaction)
                let insert = "INSERT INTO room_strict (id, fact, state) VALUES ($1, $2, $3)"
                try transaction.execute(insert, ["a", 1, "it's done"])
                let cases: [([SQLValue], StatementFailure.Kind)] = [
                    (["a", 1, "open"], .unique), (["b", 2, "open"], .foreignKey), (["c", .null, "open"], .notNull),
                    (["d", 1, "shut"], .check), (["e", "x", "open"], .other),
                ]
                for (values, kind) in cases {
                    let failure = caught { try transaction.execute(insert, values) } as? StatementFailure
                    #expect(failure?.kind == kind, "\(failure?.message ?? "")")
                }
                let unknown = caught { _ = try transaction.query("SELEKT") }
                #expect(unknown is StatementFailure)
                try Room.add(2, in: transaction)
            }
            #expect(try await Room.facts(store) == [1, 2])
        }
    }

    @Test func `an attempt undoes a refusal's work and keeps the rest`() async throws {
        try await withStore { (store) async throws in
            let outcome = try await store.write { (transaction: borrowing Transaction) throws in
                try Room.add(1, in: transaction)
                let outcome: Result<Int, Refusal> = try transaction.attempt {
                    try Room.add(2, in: transaction)
                    let inner: Result<Int, Refusal> = try transaction.attempt {
                        try Room.add(3, in: transaction)
                        return 3
                    }
                    #expect(inner == .success(3))
                    throw Refusal(.forbidden, "room.no")
                }
                try Room.add(4, in: transaction)
                let kept: Result<Int, Refusal> = try transaction.attempt {
                    try Room.add(5, in: transaction)
                    return 5
                }
                #expect(kept == .success(5))
                return outcome
            }
            #expect(outcome == .failure(Refusal(.forbidden, "room.no")))
            #expect(try await Room.facts(store) == [1, 4, 5])
        }
    }

    @Test func `an error that is no refusal passes an attempt and is caught by the one for any error`() async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                let passed = caught {
                    let _: Result<Void, Refusal> = try transaction.attempt {
                        try Room.add(1, in: transaction)
                        throw Fault(text: "no")
                    }
                }
                #expect(passed as? Fault == Fault(text: "no"))
                let outcome: Result<Void, any Error> = try transaction.attemptAny {
                    try Room.add(2, in: transaction)
                    throw Fault(text: "any")
                }
                #expect(outcome.error as? Fault == Fault(text: "any"))
                let refused: Result<Void, any Error> = try transaction.attemptAny {
                    try Room.add(3, in: transaction)
                    throw Refusal(.gone, "x")
                }
                #expect(refused.error is Refusal)
                try Room.add(4, in: transaction)
            }
            #expect(try await Room.facts(store) == [4])
        }
    }

    @Test func `what a body throws comes out, and nothing of its work stays`() async throws {
        try await withStore { (store) async throws in
            await #expect(throws: Fault(text: "no")) {
                try await store.write { (transaction: borrowing Transaction) in
                    try Room.add(1, in: transaction)
                    throw Fault(text: "no")
                }
            }
            await #expect(throws: Refusal.self) {
                try await store.write { (transaction: borrowing Transaction) in
                    try Room.add(2, in: transaction)
                    throw Refusal(.gone, "x")
                }
            }
            #expect(try await Room.facts(store) == [])
        }
    }

    @Test func `one that was smuggled out has ended`() async throws {
        try await withStore { (store) async throws in
            // What no safe code can do: the bytes of the lent value are kept past its end.
            nonisolated(unsafe) let stolen = UnsafeMutablePointer<Transaction>.allocate(capacity: 1)
            try await store.write { (transaction: borrowing Transaction) throws in
                try Room.add(1, in: transaction)
                withUnsafePointer(to: transaction) { place in
                    UnsafeMutableRawPointer(stolen).copyMemory(from: place, byteCount: MemoryLayout<Transaction>.size)
                    _ = UnsafeRawPointer(place).load(as: Unmanaged<AnyObject>.self).retain()
                }
            }
            #expect(throws: TransactionEnded.self) { _ = try stolen.pointee.query("SELECT 1") }
            #expect(throws: TransactionEnded.self) { try stolen.pointee.execute("DELETE FROM room_facts") }
            #expect(throws: TransactionEnded.self) { let _: Result<Void, Refusal> = try stolen.pointee.attempt {} }
            try await store.write { (_: borrowing Transaction) in
                let error = caught { try stolen.pointee.execute("DELETE FROM room_facts") }
                #expect(error is TransactionEnded, "in another one's time too")
            }
            stolen.deinitialize(count: 1)
            stolen.deallocate()
            let facts = try await Room.facts(store)
            #expect(facts == [1])
        }
    }

    @Test func `rows can be read one by one while others are written, by the same text too`() async throws {
        try await withStore { (store) async throws in
            let seen = try await store.write { (transaction: borrowing Transaction) throws in
                try transaction.executeEach(
                    "INSERT INTO room_facts (id, note) VALUES ($1, $2)", (1...5).map { [.int($0), .text("n\($0)")] })
                var seen: [String] = []
                try transaction.each("SELECT id, note FROM room_facts WHERE id <= $1 ORDER BY id", [3]) { row in
                    var inner = 0
                    try transaction.each("SELECT id, note FROM room_facts WHERE id <= $1 ORDER BY id", [2]) { _ in inner += 1
                    }
                    try transaction.execute("UPDATE room_facts SET note = $2 WHERE id = $1", [row["id"], "seen"])
                    seen.append("\(try row.int("id")) \(try row.text("note")) \(inner)")
                }
                return seen
            }
            #expect(seen == ["1 n1 2", "2 n2 2", "3 n3 2"])
        }
    }

    @Test func `changes are counted, and a returning statement gives its rows`() async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                #expect(
                    try transaction.executeEach("INSERT INTO room_facts (id) VALUES ($1)", (1...10).map { [.int($0)] }) == 10
                )
                #expect(try transaction.execute("UPDATE room_facts SET note = 'x' WHERE id > $1", [7]) == 3)
                #expect(try transaction.execute("INSERT INTO room_facts (id) VALUES ($1) ON CONFLICT DO NOTHING", [1]) == 0)
                #expect(try transaction.execute("DELETE FROM room_facts WHERE id = $1", [99]) == 0)
                #expect(try transaction.execute("SELECT 1") == 0)
                let rows = try transaction.query(
                    "UPDATE room_facts SET note = $1 WHERE id <= $2 RETURNING id, note", ["y", 2])
                #expect(rows.map(\.values) == [[1, "y"], [2, "y"]])
                #expect(rows.first?.names == ["id", "note"])
            }
        }
    }

    @Test func `a column of another kind fails the reading and names the column only`() async throws {
        try await withStore { (store) async throws in
            let found = try await store.write { (transaction: borrowing Transaction) in
                try transaction.first("SELECT 'secret' AS name, 1 AS n, NULL AS empty")
            }
            let row = try #require(found)
            let mismatch = #expect(throws: RowMismatch.self) { try row.int("name") }
            #expect(mismatch == RowMismatch(column: "name", expected: "an integer"))
            #expect(throws: RowMismatch.self) { try row.text("n") }
            #expect(throws: RowMismatch.self) { try row.text("empty") }
            #expect(throws: RowMismatch.self) { try row.text("absent") }
            #expect(throws: RowMismatch.self) { try row.identifier("name") }
            #expect(try row.optionalText("empty") == nil)
            #expect(try row.optionalText("name") == "secret")
            #expect(row["absent"] == .null)
        }
    }

    @Test func `upkeep touches its own tables only`() async throws {
        let migrations =
            Room.migrations + [
                Migration(
                    "gate-1", room: "gate",
                    steps: [.createTable("gate_errands", columns: [Column("id", .id)], primaryKey: ["id"])])
            ]
        try await withStore(migrations) { (store) async throws in
            try await store.maintain(.errands) { (transaction: borrowing Transaction) throws in
                try transaction.execute("INSERT INTO gate_errands (id) VALUES ($1)", ["a"])
                for sql in [
                    "SELECT id FROM room_facts", "INSERT INTO room_facts (id) VALUES (1)", "DELETE FROM room_facts",
                    "INSERT INTO gate_errands (id) SELECT note FROM room_facts",
                ] {
                    let error = caught { try transaction.execute(sql) } as? StatementForbidden
                    #expect(error?.reason == "this upkeep may not touch room_facts")
                }
                let created = caught { try transaction.execute("CREATE TABLE gate_more (id TEXT)") }
                let applied = caught {
                    try transaction.apply(.createTable("gate_more", columns: [Column("id", .id)]), room: "gate")
                }
                #expect(created is StatementForbidden)
                #expect(applied is StatementForbidden)
            }
        }
    }

    @Test func `a statement kept from a migration is refused to a use case`() async throws {
        try await withStore { (store) async throws in
            let create = "CREATE TABLE IF NOT EXISTS room_late (id INTEGER)"
            try await store.maintain(.migrations) { (transaction: borrowing Transaction) in try transaction.execute(create) }
            await #expect(throws: StatementForbidden.self) {
                try await store.write { (transaction: borrowing Transaction) in try transaction.execute(create) }
            }
            try await store.write { (transaction: borrowing Transaction) in
                try transaction.execute("INSERT INTO room_late (id) VALUES (1)")
            }
        }
    }

    @Test func `a table made while the store runs can be used by what was prepared before`() async throws {
        try await withStore { (store) async throws in
            let sql = "SELECT * FROM room_facts"
            try await store.write { (transaction: borrowing Transaction) in
                try Room.add(1, in: transaction)
                #expect(try transaction.query(sql).first?.count == 2)
            }
            try await store.maintain(.migrations) { (transaction: borrowing Transaction) throws in
                try transaction.apply(.addColumn(Column("extra", .text, default: "old"), to: "room_facts"), room: "room")
                try transaction.apply(
                    .createTable("room_new", columns: [Column("id", .id)], primaryKey: ["id"], isPublic: true), room: "room")
            }
            try await store.write { (transaction: borrowing Transaction) throws in
                let row = try transaction.first(sql)
                #expect(row?.names == ["id", "note", "extra"])
                #expect(try row?.text("extra") == "old")
                try transaction.execute("INSERT INTO room_new (id) VALUES ('x')")
            }
            let rows = try await store.publicView.query(
                PublicQuery("new", tables: ["room_new"], sql: "SELECT id FROM room_new"))
            #expect(rows.map(\.values) == [["x"]])
        }
    }
}
