import Foundation
import HouseTesting
import Kernel
import Storage
import Testing

@Suite("The public view")
struct PublicViewTests {
    static let notices = PublicQuery(
        "notices", tables: ["room_notices"], sql: "SELECT id, text FROM room_notices WHERE id >= $1 ORDER BY id")

    private func note(_ id: Int, _ store: SQLiteStore) async throws {
        try await store.write { (transaction: borrowing Transaction) throws in
            try transaction.execute(
                "INSERT INTO room_notices (id, text) VALUES ($1, $2)", [.int(id), .text("notice \(id)")])
        }
    }

    @Test func `it reads what was declared public`() async throws {
        try await withStore { (store) async throws in
            try await note(1, store)
            try await note(2, store)
            let rows = try await store.publicView.query(Self.notices, [2])
            #expect(rows.map(\.values) == [[2, "notice 2"]])
        }
    }

    @Test(arguments: [
        PublicQuery("facts", tables: ["room_facts"], sql: "SELECT id FROM room_facts"),
        PublicQuery(
            "hidden", tables: ["room_notices"], sql: "SELECT n.id FROM room_notices n JOIN room_facts f ON f.id = n.id"),
        PublicQuery(
            "nested", tables: ["room_notices"], sql: "SELECT id FROM room_notices WHERE id IN (SELECT id FROM room_facts)"),
        PublicQuery("counted", tables: ["room_facts"], sql: "SELECT count(*) FROM room_facts"),
        PublicQuery("schema", tables: ["sqlite_master"], sql: "SELECT sql FROM sqlite_master"),
        PublicQuery("pragma", tables: ["room_notices"], sql: "PRAGMA query_only = 0"),
        PublicQuery("attach", tables: [], sql: "ATTACH 'other' AS other"),
        PublicQuery("drop", tables: ["room_notices"], sql: "DROP TABLE room_notices"),
        PublicQuery("with", tables: ["room_notices"], sql: "WITH f AS (SELECT id FROM room_facts) SELECT id FROM f"),
    ])
    func `it reads no other table and does nothing else`(query: PublicQuery) async throws {
        try await withStore { (store) async throws in
            try await note(1, store)
            await #expect(throws: StatementForbidden.self) { _ = try await store.publicView.query(query) }
            #expect(try await store.publicView.query(Self.notices, [0]).count == 1)
        }
    }

    @Test(arguments: [
        "INSERT INTO room_notices (id, text) VALUES (9, 'x')", "DELETE FROM room_notices",
        "UPDATE room_notices SET text = 'x'",
    ])
    func `Storage-4: it cannot write`(sql: String) async throws {
        try await withStore { (store) async throws in
            try await note(1, store)
            await #expect(throws: (any Error).self) {
                _ = try await store.publicView.query(PublicQuery("write", tables: ["room_notices"], sql: sql))
            }
            #expect(try await store.publicView.query(Self.notices, [0]).map(\.values) == [[1, "notice 1"]])
        }
    }

    @Test func `it does not wait for the writer, and sees what was committed`() async throws {
        try await withStore { (store) async throws in
            try await note(1, store)
            try await Gatekeeper.with { (gatekeeper) async throws in
                let held = try await gatekeeper.hold(
                    store,
                    first: { (transaction: borrowing Transaction) in
                        try transaction.execute("INSERT INTO room_notices (id, text) VALUES (2, 'open')")
                    })
                #expect(try await store.publicView.query(Self.notices, [0]).count == 1)
                gatekeeper.letGo()
                try await held.value
            }
            #expect(try await store.publicView.query(Self.notices, [0]).count == 2)
        }
    }

    @Test func `many readers beside a busy writer each see a whole state`() async throws {
        try await withStore { (store) async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for id in 0..<200 {
                        try await store.write { (transaction: borrowing Transaction) throws in
                            try transaction.execute("INSERT INTO room_notices (id, text) VALUES ($1, 'a')", [.int(id * 2)])
                            try transaction.execute(
                                "INSERT INTO room_notices (id, text) VALUES ($1, 'b')", [.int(id * 2 + 1)])
                        }
                    }
                }
                for _ in 0..<8 {
                    group.addTask {
                        for _ in 0..<100 {
                            let count = try await store.publicView.query(Self.notices, [0]).count
                            #expect(count % 2 == 0)
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `an answer has a limit`() async throws {
        var limits = StorageLimits.patient
        limits.publicRowsMax = 1
        try await withStore(limits: limits) { (store) async throws in
            try await note(1, store)
            #expect(try await store.publicView.query(Self.notices, [0]).count == 1)
            try await note(2, store)
            await #expect(throws: StatementForbidden.self) { _ = try await store.publicView.query(Self.notices, [0]) }
        }
    }
}
