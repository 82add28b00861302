internal import Audit
internal import Definitions
internal import Foundation
package import Gate
package import HouseTesting
internal import Identity
internal import Issuance
package import Kernel
package import Registry
package import Services
internal import StateFolder
package import Storage
internal import Synchronization
internal import Web
package import Wiring

/// Istmo, open for one test: a folder with a few people, a data folder, a clock that stands, chance from a seed.
package final class TestState: Sendable {
    /// The moment at which every test begins: a morning in Istmo.
    package static let start = Instant(rfc3339: "2026-07-15T15:00:00Z")!
    /// Fixed people of the example; its README says what each stands for.
    package static let adult = "8-2000-101", owner = "8-2000-102", minor = "8-2000-103", expired = "3-2000-104", foreigner = "E-2000-105"
    package static let origin = "https://istmo.example"

    package let root: String
    package let clock: TestClock
    private let opened: Mutex<OpenState>
    private let log: FailureLog
    private let seed: UInt64

    package var folder: String { root + "/istmo" }
    package var data: String { root + "/data" }
    package var open: OpenState { opened.withLock { $0 } }
    package var platform: Platform { open.platform }
    package var services: ServiceCatalogue { open.portal.services }
    package var registers: Registers { open.registers }
    package var store: any Store { open.platform.store }
    /// The failures that were logged.
    package var failures: [(reference: String, what: String, error: String)] { log.all }

    private init(root: String, clock: TestClock, seed: UInt64, _ open: OpenState, _ log: FailureLog) {
        self.root = root
        self.clock = clock
        self.seed = seed
        self.log = log
        opened = Mutex(open)
    }

    /// Opens Istmo in a folder of its own, lends it, and closes it.
    ///
    /// - Parameter change: may change the state's files before they are read.
    @discardableResult
    package static func with<T>(
        seed: UInt64 = 1, isLoaded: Bool = true, change: (inout ExampleFolder) throws -> Void = { _ in }, _ body: (TestState) async throws -> T
    ) async throws -> T {
        try await withFolder { (root) async throws in
            let clock = TestClock(start)
            var example = try ExampleFolder(at: root + "/istmo")
            try change(&example)
            let log = FailureLog()
            let open = try await opened(root, clock, seed, log)
            let state = TestState(root: root, clock: clock, seed: seed, open, log)
            let result: Result<T, any Error>
            do {
                if isLoaded { try await state.load() }
                result = .success(try await body(state))
            } catch { result = .failure(error) }
            await state.store.close()
            return try result.get()
        }
    }

    private static func opened(_ root: String, _ clock: TestClock, _ seed: UInt64, _ log: FailureLog, acceptsClock: Bool = false) async throws -> OpenState {
        let files = try StateFiles.read(root + "/istmo")
        var diagnostics = Diagnostics()
        guard let state = StateDefinition.read(files, zones: ZoneFile.all, into: &diagnostics) else {
            throw Unready(diagnostics.all.map(\.description).joined(separator: "\n"))
        }
        var settings = OpenState.Settings(
            dataFolder: root + "/data", origin: origin, clock: clock.clock, randomness: .seeded(seed), onFailure: { log.say($0, $1, $2) })
        settings.limits = .patient
        settings.acceptsClock = acceptsClock
        return try await OpenState.open(state, files: files, settings)
    }

    /// What a new process finds: the store closed, the folder read anew, the state opened again.
    package func reopen(acceptsClock: Bool = false, change: (inout ExampleFolder) throws -> Void = { _ in }) async throws {
        await store.close()
        var example = ExampleFolder(existing: folder)
        try change(&example)
        // Another seed: a new process does not draw the same identifiers again.
        let open = try await TestState.opened(root, clock, seed &+ UInt64(bitPattern: clock.now.milliseconds), log, acceptsClock: acceptsClock)
        opened.withLock { $0 = open }
    }

    package func load() async throws {
        try await RegisterLoad(open, folder: folder, progress: { _, _ in }).run()
    }

    // MARK: People

    /// Signs a citizen in by her identity number, as the portal does.
    package func citizen(_ key: String) async throws -> (principal: Principal, person: String) {
        let people = try registers[Registers.personRegister]
        let identified = try await platform.perform(
            SignInAsPerson(key: key, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn)
        return (identified.principal(session: nil), identified.id)
    }

    /// Signs an officer or an overseer of `bodies.yaml` in.
    package func officer(_ id: String) async throws -> Principal {
        try await platform.perform(SignInAsOfficer(id: id, bodies: open.state.bodies), as: SystemPrincipals.signIn).principal(session: nil)
    }

    // MARK: What works beside the requests

    /// Performs all errands that are due, and those that they bring.
    package func performErrands() async throws {
        while try await open.errands.performDue() > 0 {}
    }

    /// Gives every entry its place in the log, and signs it.
    package func settleLog() async throws {
        repeat { clock.advance(seconds: 2) } while try await open.sequencer.pass().isFull
        clock.advance(seconds: 2)
        try await open.sequencer.pass()
    }

    // MARK: Looking behind the gate, as only a test may

    package func rows(_ sql: String, _ values: [SQLValue] = []) async throws -> [Row] {
        try await store.write { (transaction: borrowing Transaction) in try transaction.query(sql, values) }
    }

    package func count(_ table: String) async throws -> Int { try await rows("SELECT COUNT(*) FROM \(table)")[0].int(0) }

    /// The entries about a person, oldest first; the house journal for "".
    package func entries(about person: String) async throws -> [JSON] {
        try await store.write { (transaction: borrowing Transaction) in
            try AuditLog.history(about: person, limit: 10_000, in: transaction)
        }.reversed().compactMap(\.entry)
    }
}

/// The example's folder on the disk: all its definitions, and of its records a handful.
package struct ExampleFolder {
    package let path: String

    /// The people of the fixed book, their rows in the other registers, and a few ports.
    package init(at path: String) throws {
        self.path = path
        let source = Repository.example("Istmo").resolvingSymlinksInPath()
        for name in FileManager.default.subpaths(atPath: source.path) ?? [] {
            let from = source.appendingPathComponent(name)
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: from.path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            let to = URL(fileURLWithPath: path).appendingPathComponent(name)
            try FileManager.default.createDirectory(at: to.deletingLastPathComponent(), withIntermediateDirectories: true)
            guard name.hasSuffix("records.csv") else {
                try FileManager.default.copyItem(at: from, to: to)
                continue
            }
            let lines = try String(contentsOf: from, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            let kept = name.contains("/port/") ? Array(lines.dropFirst().prefix(20)) : lines.dropFirst().filter { $0.contains("-2000-1") }
            try Self.write([lines[0]] + kept, to: to.path)
        }
    }

    init(existing path: String) { self.path = path }

    private static func write(_ lines: [Substring], to path: String) throws {
        try (lines.joined(separator: "\n") + "\n").write(toFile: path, atomically: true, encoding: .utf8)
    }

    package func text(_ name: String) throws -> String { try String(contentsOfFile: path + "/" + name, encoding: .utf8) }

    package mutating func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path + "/" + name, atomically: true, encoding: .utf8)
    }

    /// Replaces a text that stands exactly once in a file.
    package mutating func replace(_ old: String, with new: String, in name: String) throws {
        let text = try text(name)
        guard text.components(separatedBy: old).count == 2 else { throw Unready("‘\(old)’ does not stand exactly once in \(name)") }
        try write(name, text.replacingOccurrences(of: old, with: new))
    }

    /// A register's records: the header line stays.
    package mutating func setRecords(_ register: String, _ lines: [String]) throws {
        let name = "registries/\(register)/records.csv"
        let header = try text(name).split(separator: "\n")[0]
        try write(name, ([String(header)] + lines).joined(separator: "\n") + "\n")
    }

    package func records(_ register: String) throws -> [String] {
        try text("registries/\(register)/records.csv").split(separator: "\n").dropFirst().map(String.init)
    }
}

/// The failures of a test's states.
private final class FailureLog: Sendable {
    private let heard = Mutex<[(reference: String, what: String, error: String)]>([])

    var all: [(reference: String, what: String, error: String)] { heard.withLock { $0 } }
    func say(_ reference: String, _ what: String, _ error: String) { heard.withLock { $0.append((reference, what, error)) } }
}
