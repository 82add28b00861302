import Foundation
import HouseTesting
import Kernel
import Storage
import Testing

@Suite("One durable commit for many use cases")
struct BatchTests {
    /// A store on a disk of 8 MB where a file system may be mounted, else one with a limit of 8 MB on its pages.
    private func withSmallStore(
        _ announce: @escaping @Sendable (StoreState) -> Void = { _ in }, _ body: (SQLiteStore) async throws -> Void
    ) async throws {
        try await withFolder { (folder) async throws in
            var limits = StorageLimits.patient
            limits.freeBytesMin = 0
            let isMounted = try await Tools.mountSmallDisk(at: folder, megabytes: 8)
            if !isMounted {
                print("mounting a small disk is not permitted here: the same with a limit of 2,048 pages")
                limits.databasePagesMax = 2_048
            }
            let result: Result<Void, any Error>
            do { result = .success(try await withStore(limits: limits, folder: folder, announce: announce, body)) } catch {
                result = .failure(error)
            }
            if isMounted { try await Tools.unmount(folder) }
            try result.get()
        }
    }

    @Test func `Storage-2: a good, a refused, a faulting one and one that fills the disk each get their own answer`()
        async throws
    {
        try await withSmallStore { (store) async throws in
            let runs = Tally()
            let answers: [Result<Int, any Error>] = try await batch(
                store,
                [
                    { (transaction: borrowing Transaction) in
                        runs.add(1)
                        try Room.add(1, in: transaction)
                        return 1
                    },
                    { (transaction: borrowing Transaction) in
                        runs.add(2)
                        try Room.add(2, in: transaction)
                        throw Refusal(.conflict, "room.no")
                    },
                    { (transaction: borrowing Transaction) in
                        runs.add(3)
                        try Room.add(3, in: transaction)
                        throw Fault(text: "three")
                    },
                    { (transaction: borrowing Transaction) in
                        runs.add(4)
                        try Room.add(4, in: transaction)
                        try Room.fill(in: transaction)
                        return 4
                    },
                    { (transaction: borrowing Transaction) in
                        runs.add(5)
                        try Room.add(5, in: transaction)
                        return 5
                    },
                    { (transaction: borrowing Transaction) throws in
                        runs.add(6)
                        try Room.add(6, in: transaction)
                        return try transaction.first("SELECT count(*) FROM room_facts")?.int(0) ?? -1
                    },
                ])
            #expect(answers[0].value == 1)
            #expect((answers[1].error as? Refusal)?.code == "room.no")
            #expect(answers[2].error as? Fault == Fault(text: "three"))
            #expect(answers[3].error is TransactionLost)
            #expect(answers[4].value == 5)
            #expect(answers[5].value == 3, "the last one sees what was committed before it and nothing of the lost one")
            #expect(try await Room.facts(store) == [1, 5, 6])
            #expect(
                [1, 2, 3, 4, 5, 6].map { runs[$0] } == [2, 2, 2, 1, 1, 1],
                "who came before the loss runs again, once; the others run once")
            #expect(store.figures.lost == 1)
            #expect(store.figures.unknown == 0)
        }
    }

    @Test func `a work without a savepoint that throws is undone with its batch, and the others run again by themselves`() async throws {
        try await withStore { (store) async throws in
            let runs = Tally()
            let answers: [Result<Int, any Error>] = try await batch(
                store, together: [0, 1, 3],
                [
                    { (transaction: borrowing Transaction) in
                        runs.add(1)
                        try Room.add(1, in: transaction)
                        return 1
                    },
                    { (transaction: borrowing Transaction) in
                        runs.add(2)
                        try Room.add(2, in: transaction)
                        throw Fault(text: "two")
                    },
                    { (transaction: borrowing Transaction) in
                        runs.add(3)
                        try Room.add(3, in: transaction)
                        throw Fault(text: "three")
                    },
                    { (transaction: borrowing Transaction) in
                        runs.add(4)
                        try Room.add(4, in: transaction)
                        return 4
                    },
                ])
            #expect(answers[0].value == 1)
            #expect(answers[1].error as? Fault == Fault(text: "two"))
            #expect(answers[2].error as? Fault == Fault(text: "three"))
            #expect(answers[3].value == 4)
            #expect(try await Room.facts(store) == [1, 4], "nothing is left of those that threw")
            #expect([1, 2, 3, 4].map { runs[$0] } == [2, 1, 1, 1])
            #expect(store.state == .ready)
        }
    }

    @Test func `a batch of many gives each its own answer, and closing waits for all of them`() async throws {
        try await withFolder { (folder) async throws in
            let store = try SQLiteStore(folder: folder, migrations: Room.migrations, limits: .patient)
            let answers: [Result<Int, any Error>] = try await batch(
                store, together: Set(0..<40),
                (0..<40).map { number in
                    { @Sendable (transaction: borrowing Transaction) throws -> Int in
                        try Room.add(number, in: transaction)
                        return number
                    }
                })
            #expect(answers.map(\.value) == Array(0..<40))
            await store.close()
            let again = try SQLiteStore(folder: folder, migrations: Room.migrations)
            #expect(try await Room.facts(again) == Array(0..<40))
            await again.close()
        }
    }

    @Test func `Storage-2: a body that swallows the loss is lost all the same`() async throws {
        try await withSmallStore { (store) async throws in
            let answers: [Result<Int, any Error>] = try await batch(
                store,
                [
                    { (transaction: borrowing Transaction) in
                        try Room.add(1, in: transaction)
                        return 1
                    },
                    { (transaction: borrowing Transaction) throws in
                        try Room.add(2, in: transaction)
                        let outcome = try? transaction.attemptAny { try Room.fill(in: transaction) }
                        #expect(outcome == nil, "no attempt turns a loss into a value")
                        let later = caught { try Room.add(3, in: transaction) }
                        #expect(later is TransactionLost)
                        return 2
                    },
                ])
            #expect(answers[0].value == 1)
            #expect(answers[1].error is TransactionLost)
            #expect(try await Room.facts(store) == [1])
        }
    }

    @Test func `a full page limit loses only the use case that reached it`() async throws {
        var limits = StorageLimits.patient
        limits.databasePagesMax = 200
        try await withStore(limits: limits) { (store) async throws in
            let answers: [Result<Int, any Error>] = try await batch(
                store,
                [
                    { (transaction: borrowing Transaction) in
                        try Room.add(1, in: transaction)
                        return 1
                    },
                    { (transaction: borrowing Transaction) in
                        try Room.fill(in: transaction)
                        return 2
                    },
                    { (transaction: borrowing Transaction) in
                        try Room.add(3, in: transaction)
                        return 3
                    },
                ])
            #expect(answers.map { $0.value } == [1, nil, 3])
            #expect(answers[1].error is TransactionLost)
            #expect(try await Room.facts(store) == [1, 3])
        }
    }

    @Test func `what waits together is committed together`() async throws {
        try await withStore { (store) async throws in
            let before = store.figures.commits
            let answers: [Result<Void, any Error>] = try await batch(
                store,
                (0..<100).map { id in
                    { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) }
                })
            #expect(answers.allSatisfy { $0.error == nil })
            // The gatekeeper's, behind which they waited, and theirs.
            #expect(store.figures.commits - before == 2)
            #expect(store.figures.done >= 100)
        }
    }

    @Test func `a hundred concurrent counters lose no step`() async throws {
        try await withStore { (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                try transaction.execute("INSERT INTO room_counter (name, n) VALUES ($1, 0)", ["steps"])
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<64 {
                    group.addTask {
                        for _ in 0..<50 {
                            try await store.write { (transaction: borrowing Transaction) throws in
                                let n =
                                    try transaction.first("SELECT n FROM room_counter WHERE name = $1", ["steps"])?.int(0)
                                    ?? 0
                                try transaction.execute(
                                    "UPDATE room_counter SET n = $2 WHERE name = $1", ["steps", .int(n + 1)])
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            let n = try await store.write { (transaction: borrowing Transaction) in
                try transaction.first("SELECT n FROM room_counter")?.int(0)
            }
            #expect(n == 3_200)
        }
    }

    @Test func `Storage-4: a cancelled caller stops nothing on the writer`() async throws {
        try await withStore { (store) async throws in
            try await Gatekeeper.with { (gatekeeper) async throws in
                let held = try await gatekeeper.hold(
                    store, then: { (transaction: borrowing Transaction) in try Room.add(1, in: transaction) })
                held.cancel()
                gatekeeper.letGo()
                try await held.value
            }
            #expect(try await Room.facts(store) == [1])
        }
    }

    @Test func `a full queue is refused at once and loses nothing that waits`() async throws {
        var limits = StorageLimits.patient
        limits.queueMax = 3
        try await withStore(limits: limits) { (store) async throws in
            try await Gatekeeper.with { (gatekeeper) async throws in
                let held = try await gatekeeper.hold(store)
                let waiting = (1...3).map { id in
                    Task { try await store.write { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) } }
                }
                #expect(try await eventually { store.figures.waiting == 3 })
                let error = await #expect(throws: StorageUnavailable.self) {
                    try await store.write { (transaction: borrowing Transaction) in try Room.add(4, in: transaction) }
                }
                #expect(error?.reason == .busy)
                #expect(error?.refusal.kind == .unavailable)
                gatekeeper.letGo()
                try await held.value
                for task in waiting { try await task.value }
            }
            #expect(try await Room.facts(store) == [1, 2, 3])
        }
    }

    @Test func `who waited too long is refused and never run`() async throws {
        try await withFolder { (folder) async throws in
            var limits = StorageLimits.patient
            limits.waitMillisecondsMax = 1_000
            limits.batchMax = 1
            try await withStore(limits: limits, folder: folder) { (store) async throws in
                try await Gatekeeper.with { (gatekeeper) async throws in
                    let held = try await gatekeeper.hold(store)
                    let waiting = Task {
                        try await store.write { (transaction: borrowing Transaction) in try Room.add(1, in: transaction) }
                    }
                    #expect(try await eventually { store.figures.waiting == 1 })
                    try await Task.sleep(for: .milliseconds(limits.waitMillisecondsMax + 200))
                    gatekeeper.letGo()
                    try await held.value
                    let error = await #expect(throws: StorageUnavailable.self) { try await waiting.value }
                    #expect(error?.reason == .waitedTooLong)
                }
            }
            // By a store without that limit: on a busy machine the look itself could wait too long.
            let facts = try await withStore(folder: folder) { store in try await Room.facts(store) }
            #expect(facts == [])
        }
    }

    @Test func `closing finishes what was accepted and refuses the rest`() async throws {
        try await withFolder { (folder) async throws in
            try await withStore(folder: folder) { (store) async throws in
                try await Gatekeeper.with { (gatekeeper) async throws in
                    let held = try await gatekeeper.hold(
                    store, then: { (transaction: borrowing Transaction) in try Room.add(1, in: transaction) })
                    let accepted = Task {
                        try await store.write { (transaction: borrowing Transaction) in try Room.add(2, in: transaction) }
                    }
                    #expect(try await eventually { store.figures.waiting == 1 })
                    let closing = Task { await store.close() }
                    let isRefused = try await eventually {
                        do {
                            _ = try await store.publicView.query(
                                PublicQuery("notices", tables: ["room_notices"], sql: "SELECT id FROM room_notices"))
                            return false
                        } catch { return true }
                    }
                    #expect(isRefused)
                    gatekeeper.letGo()
                    try await held.value
                    try await accepted.value
                    await closing.value
                }
                let error = await #expect(throws: StorageUnavailable.self) {
                    try await store.write { (transaction: borrowing Transaction) in try Room.add(3, in: transaction) }
                }
                #expect(error?.reason == .closed)
                #expect(store.state == .closed)
                #expect(!FileManager.default.fileExists(atPath: folder + "/state.db-wal"), "the log was copied and removed")
            }
            let facts = try await withStore(folder: folder) { store in try await Room.facts(store) }
            #expect(facts == [1, 2])
        }
    }

    @Test func `a test that fails while the writer is held leaves no thread held`() async throws {
        try await withStore { (store) async throws in
            let failure = await #expect(throws: Fault.self) {
                try await Gatekeeper.with { (gatekeeper) async throws in
                    try await gatekeeper.hold(store)
                    throw Fault(text: "before it let go")
                }
            }
            #expect(failure?.text == "before it let go")
            try await store.write { (transaction: borrowing Transaction) in try Room.add(1, in: transaction) }
            #expect(try await Room.facts(store) == [1])
        }
    }
}
