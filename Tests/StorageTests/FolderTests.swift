import Foundation
import HouseTesting
import Kernel
import Storage
import Testing

@Suite("A data folder that is moved, shortened, opened or damaged")
struct FolderTests {
    private static func add(_ id: Int, to store: SQLiteStore) async -> (any Error)? {
        do {
            try await store.write { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) }
            return nil
        } catch { return error }
    }

    private static func isReadOnly(_ store: SQLiteStore) -> Bool { if case .readOnly = store.state { true } else { false } }

    private static func move(_ from: String, _ to: String) throws { try FileManager.default.moveItem(atPath: from, toPath: to) }

    @Test(arguments: ["", "/state.db"])
    func `Storage-6: what was moved away takes no write, and takes them again when it is back`(name: String) async throws {
        try await withFolder { (folder) async throws in
            let data = folder + "/data"
            try await withStore(folder: data) { (store) async throws in
                #expect(await Self.add(1, to: store) == nil)
                #expect(store.isInPlace)
                try Self.move(data + name, folder + "/away")
                #expect(!store.isInPlace, "whoever asks is told at once, while the writer sleeps")
                let error = await Self.add(2, to: store)
                #expect((error as? StorageUnavailable)?.refusal.code == "storage.read-only")
                #expect("\(try #require(error))".contains("was moved or deleted while it was in use"))
                #expect(Self.isReadOnly(store) && !store.figures.isFolderInPlace)
                #expect(!FileManager.default.fileExists(atPath: data + "/state.db"), "nothing was begun in its place")
                try Self.move(folder + "/away", data + name)
                #expect(try await eventually { store.state == .ready })
                #expect(await Self.add(3, to: store) == nil)
                // A file that was given another name is not known for the one that it was.
                #expect(store.figures.foreignWrites == (name.isEmpty ? 0 : 1))
            }
            let facts = try await withStore(folder: data) { store in try await Room.facts(store) }
            #expect(facts == [1, 3])
        }
    }

    @Test(arguments: [
        ("DROP TABLE room_counter", "table room_counter is gone"), ("CREATE INDEX planted ON room_facts (id)", "index planted on room_facts is none of the program's"),
        ("ALTER TABLE room_facts ADD COLUMN planted TEXT DEFAULT 'x'", "table room_facts is not as the program made it"),
        ("CREATE TRIGGER planted AFTER INSERT ON room_facts BEGIN DELETE FROM room_facts; END", "trigger planted is none of the program's"),
        ("CREATE VIEW planted AS SELECT 1", "view planted is none"), ("UPDATE storage_tables SET is_public = 1", "storage_tables does not say"),
    ]) func `Storage-7: a store whose schema somebody altered does not start, and says what was altered`(_ sql: String, _ expected: String) async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder) { store in #expect(await Self.add(1, to: store) == nil) }
            try RawDatabase.run(folder + "/state.db", [sql])
            let refusal = await #expect(throws: StoreRefusesToStart.self) { try await withStore(folder: folder) { _ in } }
            #expect(refusal?.description.contains(expected) == true, "\(String(describing: refusal))")
        }
    }

    @Test func `Storage-7: a value larger than the store writes is not written, not read, and found by the scrub`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder) { store in
                #expect(await Self.add(1, to: store) == nil)
                await #expect(throws: StatementFailure.self) {
                    try await store.write { (transaction: borrowing Transaction) in
                        try transaction.execute("INSERT INTO room_blobs (bytes) VALUES (zeroblob(16777217))")
                    }
                }
            }
            try RawDatabase.run(folder + "/state.db", ["INSERT INTO room_blobs (bytes) VALUES (zeroblob(20000000))"])
            try await withStore(folder: folder) { store in
                let failure = await #expect(throws: StatementFailure.self) {
                    try await store.write { (transaction: borrowing Transaction) in try transaction.query("SELECT bytes FROM room_blobs").count }
                }
                #expect(failure?.isOversize == true && failure?.message.contains("larger than 16 MB") == true)
                let found = try await store.scrub()
                #expect(found.count == 1 && found.first?.hasPrefix("room_blobs: a row or a value is larger than 16 MB") == true, "\(found)")
            }
        }
    }

    @Test func `Storage-6: a folder that was removed is noticed although nothing is written`() async throws {
        try await withFolder { (folder) async throws in
            let announced = Announcements()
            var limits = StorageLimits.patient
            limits.watchMilliseconds = 20
            try await withStore(limits: limits, folder: folder + "/data", announce: { announced.note($0) }) { (store) async throws in
                #expect(await Self.add(1, to: store) == nil)
                try FileManager.default.removeItem(atPath: folder + "/data")
                #expect(try await eventually { Self.isReadOnly(store) })
            }
            #expect(announced.all.count == 2 && announced.all.last == .closed, "\(announced.all)")
        }
    }

    @Test func `Storage-6: a folder that another one took the place of takes no write`() async throws {
        try await withFolder { (folder) async throws in
            let data = folder + "/data"
            try await withStore(folder: data) { (store) async throws in
                try Self.move(data, folder + "/away")
                try FileManager.default.copyItem(atPath: folder + "/away", toPath: data)
                #expect(await Self.add(1, to: store) is StorageUnavailable)
            }
        }
    }

    @Test(arguments: ["wal", "shm"]) func `Storage-6: a removed log takes no write, and what it held is kept`(_ removed: String) async throws {
        try await withFolder { (folder) async throws in
            let data = folder + "/data"
            try await withStore(folder: data) { (store) async throws in
                #expect(await Self.add(1, to: store) == nil)
                try FileManager.default.removeItem(atPath: data + "/state.db-" + removed)
                #expect(await Self.add(2, to: store) is StorageUnavailable)
                // As a process that dies now leaves it.
                try FileManager.default.createDirectory(atPath: folder + "/copy", withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: data + "/state.db", toPath: folder + "/copy/state.db")
            }
            for place in ["/copy", "/data"] {
                let facts = try await withStore(folder: folder + place) { store in try await Room.facts(store) }
                #expect(facts == [1], "\(place)")
            }
        }
    }

    @Test(arguments: ["keys/log.key", "state.db-wal", "state.db-shm", "anything"])
    func `Storage-6: no empty state is begun beside what an earlier one left`(left: String) async throws {
        try await withFolder { (folder) async throws in
            let path = folder + "/data/" + left
            try FileManager.default.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try Data("x".utf8).write(to: URL(fileURLWithPath: path))
            let error = #expect(throws: StoreRefusesToStart.self) { _ = try SQLiteStore(folder: folder + "/data", migrations: Room.migrations) }
            #expect(error?.description.contains("restore the whole folder from its backup") == true)
            #expect(!FileManager.default.fileExists(atPath: folder + "/data/state.db"))
        }
    }

    @Test func `Storage-6: an emptied database beside keys is no new state`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder + "/data") { store in #expect(await Self.add(1, to: store) == nil) }
            try FileManager.default.createDirectory(atPath: folder + "/data/keys", withIntermediateDirectories: true)
            try Data().write(to: URL(fileURLWithPath: folder + "/data/state.db"))
            let error = #expect(throws: StoreRefusesToStart.self) { _ = try SQLiteStore(folder: folder + "/data", migrations: Room.migrations) }
            #expect(error?.reason == .leavings(["keys"]))
        }
    }

    @Test func `Storage-5: removing the lock file frees nothing`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder + "/data") { (store) async throws in
                try FileManager.default.removeItem(atPath: folder + "/data/lock")
                let other = try await Programs.run(try Tools.probe, ["list", folder + "/data"])
                #expect(other.status == 1 && other.output.contains("is in use by another process"), "\(other.output)")
                #expect(await Self.add(1, to: store) == nil)
            }
        }
    }

    @Test func `the store's files are its owner's alone, whoever made the folder`() async throws {
        try await withFolder { (folder) async throws in
            let data = folder + "/data"
            try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
            func modes() throws -> [String: Int] {
                var modes: [String: Int] = [:]
                for name in ["", "/state.db", "/state.db-wal", "/state.db-shm", "/lock"] where FileManager.default.fileExists(atPath: data + name) {
                    modes[name] = try FileManager.default.attributesOfItem(atPath: data + name)[.posixPermissions] as? Int
                }
                return modes
            }
            let expected = ["": 0o700, "/state.db": 0o600, "/state.db-wal": 0o600, "/state.db-shm": 0o600, "/lock": 0o600]
            try await withStore(folder: data) { (store) async throws in
                #expect(await Self.add(1, to: store) == nil)
                #expect(try modes() == expected)
            }
            // An older folder, which everyone could read.
            for name in ["/state.db", "/lock"] { try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: data + name) }
            try await withStore(folder: data) { (store) async throws in
                #expect(await Self.add(2, to: store) == nil)
                #expect(try modes() == expected)
            }
        }
    }

    @Test func `a database that is a link is refused`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder + "/data") { store in #expect(await Self.add(1, to: store) == nil) }
            try Self.move(folder + "/data/state.db", folder + "/elsewhere.db")
            try FileManager.default.createSymbolicLink(atPath: folder + "/data/state.db", withDestinationPath: folder + "/elsewhere.db")
            let error = #expect(throws: StoreRefusesToStart.self) { _ = try SQLiteStore(folder: folder + "/data", migrations: Room.migrations) }
            #expect(error?.description.contains("is a link") == true)
        }
    }

    // MARK: The clock

    @Test func `a clock that went back takes no write until it has come again`() async throws {
        let clock = TestClock(Instant(rfc3339: "2026-07-15T15:00:00Z")!)
        var limits = StorageLimits.patient
        limits.clockBackMillisecondsMax = 60_000
        limits.recoveryMilliseconds = 10
        try await withFolder { (folder) async throws in
            let store = try SQLiteStore(folder: folder, migrations: Room.migrations, clock: clock.clock, limits: limits)
            #expect(await Self.add(1, to: store) == nil)
            clock.advance(seconds: -50)
            #expect(await Self.add(2, to: store) == nil, "the time service corrects a little")
            clock.advance(seconds: -3_600)
            let error = await Self.add(3, to: store)
            #expect("\(error.map { "\($0)" } ?? "")".contains("the clock went back"))
            clock.advance(seconds: 3_600)
            #expect(try await eventually { store.state == .ready })
            #expect(await Self.add(4, to: store) == nil)
            #expect(try await Room.facts(store) == [1, 2, 4])
            await store.close()
        }
    }

    // MARK: Damage

    @Test func `bytes that flipped in a page are found by a scrub, and the store takes no more writes`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder) { (store) async throws in
                try await store.write { (transaction: borrowing Transaction) in
                    try transaction.executeEach("INSERT INTO room_facts (id, note) VALUES ($1, $2)", (3_000..<5_000).map { [.int($0), "a note"] })
                }
                #expect(store.wasClosedInOrder)
                #expect(try await store.scrub() == [])
            }
            // The header of the last page of a table's tree: not its content, which no page tells from another.
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder + "/state.db"))
            let size = try file.seekToEnd()
            try file.seek(toOffset: size - 4_096)
            try file.write(contentsOf: Data([0x77, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]))
            try file.close()
            try await withStore(folder: folder) { (store) async throws in
                #expect(try await !store.scrub().isEmpty)
                let error = await Self.add(9_000, to: store)
                #expect("\(try #require(error))".contains("the database is damaged"))
                #expect(Self.isReadOnly(store))
            }
        }
    }

    @Test func `a store knows whether it was closed in order`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder + "/data") { (store) async throws in
                #expect(store.wasClosedInOrder, "a new one")
                #expect(await Self.add(1, to: store) == nil)
                // As a process that dies now leaves it.
                try FileManager.default.copyItem(atPath: folder + "/data", toPath: folder + "/killed")
            }
            #expect(try await withStore(folder: folder + "/data") { store in store.wasClosedInOrder })
            #expect(try await !withStore(folder: folder + "/killed") { store in store.wasClosedInOrder })
            #expect(try await withStore(folder: folder + "/killed") { store in store.wasClosedInOrder })
        }
    }

    // MARK: Time at the writer

    @Test func `a use case that holds the writer past its limit is ended, and the others go on`() async throws {
        var limits = StorageLimits.patient
        limits.holdMillisecondsMax = 50
        limits.holdMillisecondsTold = 10
        try await withStore(limits: limits) { (store) async throws in
            let tally = Tally()
            let error = await #expect(throws: HeldTooLong.self) {
                try await store.write { (transaction: borrowing Transaction) in
                    try Room.add(1, in: transaction)
                    while tally[0] < 1_000_000_000 {
                        tally.add(0)
                        _ = try transaction.first("SELECT count(*) FROM room_facts")
                    }
                }
            }
            #expect(error?.description.contains("longer than 50 ms") == true)
            #expect(try await Room.facts(store) == [])
            #expect(store.figures.heldLong >= 1 && store.figures.heldMillisecondsLongest >= 50)
        }
    }

    @Test func `what was ended for its time can still be put on record`() async throws {
        var limits = StorageLimits.patient
        limits.holdMillisecondsMax = 50
        try await withStore(limits: limits) { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) in
                let outcome: Result<Int, any Error> = try transaction.attemptAny {
                    while true { _ = try transaction.first("SELECT count(*) FROM room_facts") }
                }
                #expect(outcome.error is HeldTooLong)
                try Room.add(7, in: transaction)
            }
            #expect(try await Room.facts(store) == [7])
        }
    }

    // MARK: Reading where nothing can be written

    @Test(.enabled(if: getuid() == 0, "needs root to mount")) func `a closed folder is read on a mount that takes no write`() async throws {
        try await withFolder { (folder) async throws in
            guard try await Tools.mountSmallDisk(at: folder, megabytes: 8) else {
                print("mounting a small disk is not permitted here: this test did not run")
                return
            }
            let result: Result<Void, any Error>
            do { result = .success(try await readOnly(folder)) } catch { result = .failure(error) }
            try await Tools.unmount(folder)
            try result.get()
        }
    }

    private func readOnly(_ folder: String) async throws {
        var limits = StorageLimits.patient
        limits.freeBytesMin = 0
        try await withStore(limits: limits, folder: folder + "/data") { store in #expect(await Self.add(1, to: store) == nil) }
        let mount = try #require(Programs.find("mount"))
        #expect(try await Programs.run(mount, ["-o", "remount,ro", folder]).status == 0)
        let snapshot = try StoreSnapshot(folder: folder + "/data")
        let facts = try snapshot.read { (transaction: borrowing Transaction) in
            try transaction.query("SELECT id FROM room_facts").map { try $0.int(0) }
        }
        snapshot.close()
        #expect(facts == [1])
    }

    // MARK: Words

    @Test func `what the store throws is told in words`() {
        let errors = [StorageUnavailable(.busy), StorageUnavailable(.waitedTooLong), StorageUnavailable(.readOnly("no room")), StorageUnavailable(.closed)]
        for error in errors {
            let text = "\(error)"
            #expect(!text.contains("(reason:") && !text.contains("Storage.") && !text.contains("StorageUnavailable"), "\(text)")
        }
    }
}
