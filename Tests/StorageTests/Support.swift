import Foundation
import Kernel
import Storage
import Synchronization
import Testing

/// A folder of its own for one test, removed after it.
@discardableResult
func withFolder<T>(_ body: (String) async throws -> T) async throws -> T {
    let folder = NSTemporaryDirectory() + "storage-tests-" + UUID().uuidString
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    return try await body(folder)
}

/// A store of its own for one test, closed after it.
@discardableResult
func withStore<T>(
    _ migrations: [Migration] = Room.migrations, limits: StorageLimits = StorageLimits(), folder: String? = nil,
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
final class Gatekeeper: Sendable {
    private let isHolding = Mutex(false)
    private let leave = DispatchSemaphore(value: 0)

    /// Runs on the writer's thread. A second run, after a lost batch, passes at once.
    func hold() {
        guard
            isHolding.withLock({ isHolding in
                defer { isHolding = true }
                return !isHolding
            })
        else { return }
        leave.wait()
    }

    /// Returns once the writer is held.
    func waitUntilHeld() async throws {
        guard try await eventually(within: 60, { isHolding.withLock { $0 } }) else {
            throw Fault(text: "the writer was never held")
        }
    }

    func letGo() { leave.signal() }
}

/// Runs works as one batch: the writer is held until all of them wait. Those in `together` have no savepoint of their own.
func batch<T: Sendable>(
    _ store: SQLiteStore, together: Set<Int> = [], _ works: [@Sendable (borrowing Transaction) throws -> T]
) async throws -> [Result<T, any Error>] {
    let gatekeeper = Gatekeeper()
    let held = Task { try await store.write { (_: borrowing Transaction) in gatekeeper.hold() } }
    try await gatekeeper.waitUntilHeld()
    return try await withThrowingTaskGroup(of: (Int, Result<T, any Error>).self) { group in
        for (index, work) in works.enumerated() {
            group.addTask {
                do {
                    let isTogether = together.contains(index)
                    return (index, .success(try await isTogether ? store.writeTogether(work) : store.write(work)))
                } catch { return (index, .failure(error)) }
            }
            // In order: each waits before the next comes.
            guard try await eventually(within: 60, { store.figures.waiting > index }) else {
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

/// Waits for something that another thread brings about.
func eventually(within seconds: Int = 120, _ condition: () async throws -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(1))
    }
    return try await condition()
}

/// A process that ended.
struct Finished: Sendable {
    let status: Int32
    let lines: [String]
    let complaint: String
}

enum Tools {
    /// Runs a program to its end.
    static func run(_ program: String, _ arguments: [String]) async throws -> Finished {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { _, new in new }
        let output = Pipe()
        let complaint = Pipe()
        process.standardOutput = output
        process.standardError = complaint
        try process.run()
        let errors = Task.detached { complaint.fileHandleForReading.readDataToEndOfFile() }
        let data = await Task.detached { output.fileHandleForReading.readDataToEndOfFile() }.value
        let errorData = await errors.value
        process.waitUntilExit()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        return Finished(
            status: process.terminationStatus, lines: lines, complaint: String(decoding: errorData, as: UTF8.self))
    }

    /// Finds a program in the usual places.
    static func find(_ name: String) -> String? {
        let folders =
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init) + [
                "/usr/bin", "/bin", "/usr/sbin", "/sbin",
            ]
        return folders.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    static let strace = find("strace")

    /// The folder of what this build made: the test bundle lies in it.
    static var products: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
        return (bundle as NSString).deletingLastPathComponent
    }

    /// The helper that drives a store in its own process.
    static var probe: String {
        get throws {
            for name in ["storage-probe", "StorageProbe"] {
                let path = products + "/" + name
                if FileManager.default.isExecutableFile(atPath: path) { return path }
            }
            throw Fault(text: "storage-probe is not in \(products): it is an executable target that the tests depend on")
        }
    }

    /// Mounts a small file system in memory, or returns nil where that is not permitted.
    static func mountSmallDisk(at folder: String, megabytes: Int) async throws -> Bool {
        guard getuid() == 0, let mount = find("mount") else { return false }
        return try await run(mount, ["-t", "tmpfs", "-o", "size=\(megabytes)m,mode=0700", "tmpfs", folder]).status == 0
    }

    static func unmount(_ folder: String) async throws {
        if let umount = find("umount") { _ = try await run(umount, [folder]) }
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
