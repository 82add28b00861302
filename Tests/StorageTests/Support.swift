import Foundation
import HouseTesting
import Kernel
import Storage
import Synchronization
import Testing

/// A store of its own for one test, closed after it.
@discardableResult
func withStore<T>(
    _ migrations: [Migration] = Room.migrations, limits: StorageLimits = .patient, folder: String? = nil,
    announce: @escaping @Sendable (StoreState) -> Void = { _ in }, _ body: (SQLiteStore) async throws -> T
) async throws -> T {
    func run(_ folder: String) async throws -> T {
        let store = try SQLiteStore(folder: folder, migrations: migrations, limits: limits, announce: announce)
        let result: Result<T, any Error>
        do { result = .success(try await body(store)) } catch { result = .failure(error) }
        await store.close()
        return try result.get()
    }
    if let folder { return try await run(folder) }
    return try await withFolder(run)
}

/// A room with a few tables, for the tests.
enum Room {
    static let migrations = [
        Migration(
            "room-1", room: "room",
            steps: [
                .createTable(
                    "room_facts", columns: [Column("id", .integer), Column("note", .text, nullable: true)],
                    primaryKey: ["id"]),
                .createTable("room_blobs", columns: [Column("id", .serial), Column("bytes", .blob)]),
                .createTable("room_counter", columns: [Column("name", .text), Column("n", .integer)], primaryKey: ["name"]),
                .createTable(
                    "room_notices", columns: [Column("id", .integer), Column("text", .text)], primaryKey: ["id"],
                    isPublic: true),
            ])
    ]

    static func add(_ id: Int, in transaction: borrowing Transaction) throws {
        try transaction.execute("INSERT INTO room_facts (id) VALUES ($1)", [.int(id)])
    }

    static func facts(_ store: SQLiteStore) async throws -> [Int] {
        try await store.write { (transaction: borrowing Transaction) in
            try transaction.query("SELECT id FROM room_facts ORDER BY id").map { try $0.int(0) }
        }
    }

    /// Fills the disk or reaches the page limit.
    static func fill(in transaction: borrowing Transaction) throws {
        for _ in 0..<100_000 {
            try transaction.execute(
                "INSERT INTO room_blobs (bytes) VALUES ($1)", [.blob([UInt8](repeating: 1, count: 100_000))])
        }
    }
}

struct Fault: Error, Equatable { let text: String }

/// Holds the writer's thread until it is let go, so that a test decides what comes into one batch.
///
/// It is lent for a scope and opens at its end, however that comes: a test that fails leaves no thread behind.
final class Gatekeeper: Sendable {
    /// A thread that is held longer than this was forgotten.
    static let heldSecondsMax = 600
    private let isHolding = Mutex(false)
    private let isOpen = Mutex(false)
    private let leave = DispatchSemaphore(value: 0)

    private init() {}

    /// Lends a gatekeeper.
    static func with<T>(_ body: (Gatekeeper) async throws -> T) async throws -> T {
        let gatekeeper = Gatekeeper()
        defer { gatekeeper.letGo() }
        return try await body(gatekeeper)
    }

    /// Runs on the writer's thread. A second run, after a lost batch, passes at once.
    func hold() throws {
        guard
            isHolding.withLock({ isHolding in
                defer { isHolding = true }
                return !isHolding
            })
        else { return }
        guard leave.wait(timeout: .now() + .seconds(Self.heldSecondsMax)) == .success else {
            throw Fault(text: "the writer was held for \(Self.heldSecondsMax) s and nobody let it go")
        }
    }

    /// Holds the store's writer; returns once it is held.
    ///
    /// A store that gave up on the work before it ran, for having waited, is asked again.
    @discardableResult
    func hold(
        _ store: SQLiteStore, first: @escaping @Sendable (borrowing Transaction) throws -> Void = { (_: borrowing Transaction) in },
        then work: @escaping @Sendable (borrowing Transaction) throws -> Void = { (_: borrowing Transaction) in }
    ) async throws -> Task<Void, any Error> {
        while true {
            let held = Task {
                try await store.write { (transaction: borrowing Transaction) in
                    try first(transaction)
                    try self.hold()
                    try work(transaction)
                }
            }
            let hasEnded = Mutex(false)
            let watching = Task {
                _ = await held.result
                hasEnded.withLock { $0 = true }
            }
            guard try await eventually({ isHeld || hasEnded.withLock { $0 } }) else { throw Fault(text: "the writer was never held") }
            if isHeld { return held }
            await watching.value
            do { try await held.value } catch let error as StorageUnavailable where error.reason == .waitedTooLong { continue }
        }
    }

    private var isHeld: Bool { isHolding.withLock { $0 } }

    /// Opens the gate, once.
    func letGo() {
        let isFirst = isOpen.withLock { isOpen in
            defer { isOpen = true }
            return !isOpen
        }
        if isFirst { leave.signal() }
    }
}

/// Runs works as one batch: the writer is held until all of them wait. Those in `together` have no savepoint of their own.
func batch<T: Sendable>(
    _ store: SQLiteStore, together: Set<Int> = [], _ works: [@Sendable (borrowing Transaction) throws -> T]
) async throws -> [Result<T, any Error>] {
    try await Gatekeeper.with { (gatekeeper) async throws in
        let held = try await gatekeeper.hold(store)
        return try await withThrowingTaskGroup(of: (Int, Result<T, any Error>).self) { group in
            // A group that fails waits for its tasks, and they wait for the writer.
            defer { gatekeeper.letGo() }
            for (index, work) in works.enumerated() {
                group.addTask {
                    do {
                        let isTogether = together.contains(index)
                        return (index, .success(try await isTogether ? store.writeTogether(work) : store.write(work)))
                    } catch { return (index, .failure(error)) }
                }
                // In order: each waits before the next comes.
                guard try await eventually({ store.figures.waiting > index }) else {
                    throw Fault(text: "work \(index) never waited")
                }
            }
            gatekeeper.letGo()
            var answers: [Result<T, any Error>?] = works.map { _ in nil }
            for try await (index, answer) in group { answers[index] = answer }
            try await held.value
            return answers.compactMap { $0 }
        }
    }
}

/// The error that a body throws.
///
/// Stands for `#expect(throws:)` inside a lent transaction: Swift 6.3 gives a closure in a macro's argument and a later
/// one beside it the same symbol there, and silently runs the one for the other.
func caught(_ body: () throws -> Void) -> (any Error)? {
    do {
        try body()
        return nil
    } catch { return error }
}

extension Result {
    var error: Failure? { if case .failure(let error) = self { error } else { nil } }
    var value: Success? { if case .success(let value) = self { value } else { nil } }
}

/// A count that bodies change on the writer's thread.
final class Tally: Sendable {
    private let counts = Mutex<[Int: Int]>([:])
    func add(_ key: Int) { counts.withLock { $0[key, default: 0] += 1 } }
    subscript(_ key: Int) -> Int { counts.withLock { $0[key] ?? 0 } }
}

/// What a store announced.
final class Announcements: Sendable {
    private let states = Mutex<[StoreState]>([])
    func note(_ state: StoreState) { states.withLock { $0.append(state) } }
    var all: [StoreState] { states.withLock { $0 } }
}

enum Tools {
    static let strace = Programs.find("strace")

    /// The helper that drives a store in its own process.
    static var probe: String {
        get throws {
            if let path = Programs.built("StorageProbe") { return path }
            throw Fault(text: "StorageProbe is not in \(Programs.products): it is an executable target that the tests depend on")
        }
    }

    /// Mounts a small file system in memory, or returns nil where that is not permitted.
    static func mountSmallDisk(at folder: String, megabytes: Int) async throws -> Bool {
        guard getuid() == 0, let mount = Programs.find("mount") else { return false }
        return try await Programs.run(mount, ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0700", "tmpfs", folder]).status == 0
    }

    static func unmount(_ folder: String) async throws {
        if let umount = Programs.find("umount") { _ = try await Programs.run(umount, [folder]) }
    }
}

/// What a probe's store holds, and the answers that its callers got.
struct Ledger {
    private(set) var done: Set<String> = []
    private(set) var unknown: Set<String> = []
    private(set) var undone: Set<String> = []
    private(set) var others: [String] = []

    /// Reads the lines of `storage-probe load`.
    mutating func read(_ lines: [String]) {
        for line in lines {
            let words = line.split(separator: " ")
            guard words.count == 3 else {
                others.append(line)
                continue
            }
            let key = "\(words[1]) \(words[2])"
            switch words[0] {
            case "done": done.insert(key)
            case "unknown": unknown.insert(key)
            case "lost", "unavailable": undone.insert(key)
            default: others.append(line)
            }
        }
    }

    /// Compares with the lines of `storage-probe list`: everything acknowledged is there, nothing that was said to be
    /// undone is, and each fact has its entry. `isKilled` allows facts whose answer died with the process.
    func check(_ listed: [String], isKilled: Bool) -> [String] {
        var faults: [String] = []
        var present: Set<String> = []
        var isSummed = false
        for line in listed {
            if line.hasPrefix("fact ") {
                if !present.insert(String(line.dropFirst(5))).inserted { faults.append("doubled: \(line)") }
            } else if line == "gaps 0 entries-lines 0 entries-facts 0" {
                isSummed = true
            } else {
                faults.append(line)
            }
        }
        if !isSummed { faults.append("the store did not list its sums") }
        faults += done.subtracting(present).sorted().prefix(5).map { "acknowledged and lost: \($0)" }
        faults += undone.intersection(present).sorted().prefix(5).map { "said to be undone and there: \($0)" }
        if !isKilled {
            faults += present.subtracting(done).subtracting(unknown).sorted().prefix(5).map {
                "there and never answered: \($0)"
            }
        }
        return faults
    }
}
