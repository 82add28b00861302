import Foundation
import HouseTesting
import Kernel
import Storage
import Testing

@Suite("Migrations")
struct MigrationTests {
    private static let first = Migration(
        "room-1", room: "room",
        steps: [
            .createTable("room_ships", columns: [Column("id", .id), Column("name", .text)], primaryKey: ["id"])
        ])
    private static let second = Migration(
        "room-2", room: "room",
        steps: [
            .addColumn(Column("flag", .text, default: "PA"), to: "room_ships"),
            .addColumn(Column("scrapped", .instant, nullable: true), to: "room_ships"),
            .createIndex("room_ships_name", on: "room_ships", columns: ["name", "flag DESC"]),
            .sql("UPDATE room_ships SET flag = 'UA' WHERE name LIKE 'K%'"),
        ])
    private static let other = Migration(
        "port-1", room: "port", steps: [.createTable("port_berths", columns: [Column("id", .serial)])])

    private func refusal(_ folder: String, _ migrations: [Migration]) -> StoreRefusesToStart.Reason? {
        let error = #expect(throws: StoreRefusesToStart.self) { _ = try SQLiteStore(folder: folder, migrations: migrations) }
        return error?.reason
    }

    @Test func `old rows meet a new migration, and it runs once`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore([Self.first], folder: folder) { (store) async throws in
                try await store.write { (transaction: borrowing Transaction) throws in
                    try transaction.executeEach(
                        "INSERT INTO room_ships (id, name) VALUES ($1, $2)", [["a", "Kyiv"], ["b", "Colón"]])
                }
            }
            for _ in 0..<2 {
                try await withStore([Self.first, Self.other, Self.second], folder: folder) { (store) async throws in
                    try await store.write { (transaction: borrowing Transaction) throws in
                        let rows = try transaction.query("SELECT id, name, flag, scrapped FROM room_ships ORDER BY id")
                        #expect(rows.map(\.values) == [["a", "Kyiv", "UA", nil], ["b", "Colón", "PA", nil]])
                        let recorded = try transaction.query("SELECT id FROM storage_migrations ORDER BY position").map {
                            try $0.text(0)
                        }
                        #expect(recorded == ["room-1", "port-1", "room-2"])
                    }
                }
            }
        }
    }

    @Test func `a store of a newer version is refused by name`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore([Self.first, Self.second], folder: folder) { _ in }
            #expect(refusal(folder, [Self.first]) == .newerMigration("room-2"))
            try await withStore([Self.first, Self.second], folder: folder) { _ in }
        }
    }

    @Test func `a migration that ran and reads differently now is refused`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore([Self.first], folder: folder) { _ in }
            let changed = Migration(
                "room-1", room: "room",
                steps: [
                    .createTable(
                        "room_ships", columns: [Column("id", .id), Column("name", .text, nullable: true)], primaryKey: ["id"]
                    )
                ])
            #expect(refusal(folder, [changed]) == .changedMigration("room-1"))
        }
    }

    @Test func `a migration before one that ran is refused`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore([Self.first], folder: folder) { _ in }
            let early = Migration("room-0", room: "room", steps: [.createTable("room_early", columns: [Column("id", .id)])])
            #expect(refusal(folder, [early, Self.first]) == .migrationsOutOfOrder("room-0"))
        }
    }

    @Test func `a migration that fails leaves nothing of any`() async throws {
        try await withFolder { (folder) async throws in
            let faulty = Migration(
                "room-2", room: "room", steps: [.createTable("room_half", columns: [Column("id", .id)]), .sql("SELEKT")])
            guard case .faultyMigration(let text) = refusal(folder, [Self.first, faulty]) else {
                Issue.record("not refused")
                return
            }
            #expect(text.contains("room-2"))
            try await withStore([Self.first], folder: folder) { (store) async throws in
                try await store.write { (transaction: borrowing Transaction) throws in
                    let error = caught { _ = try transaction.query("SELECT id FROM room_half") }
                    #expect(error is StatementFailure)
                    #expect(try transaction.query("SELECT id FROM room_ships").isEmpty)
                }
            }
        }
    }

    @Test(arguments: [
        Migration.Step.createTable("port_x", columns: [Column("id", .id)]),
        .createTable("room_X", columns: [Column("id", .id)]),
        .createTable("room_x", columns: [Column("id; DROP TABLE x", .id)]),
        .createTable("room_" + String(repeating: "x", count: 60), columns: [Column("id", .id)]),
        .createIndex("room_i", on: "port_x", columns: ["id"]),
        .createIndex("room_i", on: "room_ships", columns: ["id COLLATE x"]),
        .addColumn(Column("flag", .text), to: "room_ships"), .dropTable("storage_migrations"),
        .sql("CREATE TABLE room_c (id TEXT UNIQUE ON CONFLICT ROLLBACK)"),
    ])
    func `a step outside the room or against the rules is refused`(step: Migration.Step) async throws {
        try await withFolder { (folder) async throws in
            guard case .faultyMigration = refusal(folder, [Self.first, Migration("room-2", room: "room", steps: [step])])
            else {
                Issue.record("\(step) was not refused")
                return
            }
        }
    }

    @Test func `two migrations of one name are refused`() async throws {
        try await withFolder { (folder) async throws in
            guard case .faultyMigration = refusal(folder, [Self.first, Self.first]) else {
                Issue.record("not refused")
                return
            }
        }
    }

    @Test func `a checksum changes with every word of a migration`() {
        func checksum(_ column: Column, key: [String] = [], isPublic: Bool = false) -> String {
            Migration("a-1", room: "a", steps: [.createTable("a_t", columns: [column], primaryKey: key, isPublic: isPublic)])
                .checksum
        }
        let all = [
            checksum(Column("a", .text)), checksum(Column("b", .text)), checksum(Column("a", .id)),
            checksum(Column("a", .text, nullable: true)), checksum(Column("a", .text, references: "a_u(x)")),
            checksum(Column("a", .text, oneOf: ["x"])), checksum(Column("a", .text, default: "x")),
            checksum(Column("a", .text, default: nil)), checksum(Column("a", .text, default: .null)),
            checksum(Column("a", .text), key: ["a"]), checksum(Column("a", .text), isPublic: true),
        ]
        #expect(Set(all).count == all.count - 1, "only the default that is not given twice is the same")
        #expect(checksum(Column("a", .text)) == checksum(Column("a", .text)))
    }

    @Test func `every column word stores its kind and refuses the others`() async throws {
        let words: [(Column.Word, SQLValue)] = [
            (.id, "x"), (.text, "x"), (.integer, 1), (.blob, .blob([1])), (.instant, 1), (.json, "{}"),
        ]
        let migrations = words.map { word, _ in
            Migration(
                "word-\(word.rawValue)", room: "word\(word.rawValue)",
                steps: [.createTable("word\(word.rawValue)_t", columns: [Column("v", word)])])
        }
        try await withStore(migrations) { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                for (word, value) in words {
                    let insert = "INSERT INTO word\(word.rawValue)_t (v) VALUES ($1)"
                    try transaction.execute(insert, [value])
                    #expect(try transaction.first("SELECT v FROM word\(word.rawValue)_t")?[0] == value)
                    let nothing = caught { try transaction.execute(insert, [.null]) }
                    #expect((nothing as? StatementFailure)?.kind == .notNull)
                    guard word == .integer || word == .instant || word == .blob else { continue }
                    let words = caught { try transaction.execute(insert, ["words"]) }
                    #expect(words is StatementFailure)
                }
            }
        }
    }

    @Test func `a serial number is never given twice`() async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                let insert = "INSERT INTO room_blobs (bytes) VALUES ($1) RETURNING id"
                #expect(try transaction.first(insert, [.blob([])])?.int(0) == 1)
                #expect(try transaction.first(insert, [.blob([])])?.int(0) == 2)
                try transaction.execute("DELETE FROM room_blobs")
                #expect(try transaction.first(insert, [.blob([])])?.int(0) == 3)
            }
        }
    }
}
