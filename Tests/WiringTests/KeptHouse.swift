import Audit
import Definitions
import Foundation
import Gate
import HouseTesting
import Kernel
import StateFolder
import StateTesting
import Storage
import Synchronization
import Testing
import Wiring

/// What an opening told its operator.
final class Told: Sendable {
    private let lines = Mutex<[String]>([])
    func note(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

/// A small Istmo in `root/istmo`, its data in `root/data`, on a clock that the test moves.
struct KeptHouse {
    let root: String
    let clock = TestClock(TestState.start)
    let told = Told()
    var data: String { root + "/data" }
    var head: String { root + "/data.head" }

    init(_ root: String) throws {
        self.root = root
        _ = try ExampleFolder(at: root + "/istmo")
    }

    func open(_ change: (inout OpenState.Settings) -> Void = { _ in }) async throws -> OpenState {
        let files = try StateFiles.read(root + "/istmo")
        var diagnostics = Diagnostics()
        let state = try #require(StateDefinition.read(files, zones: ZoneFile.all, into: &diagnostics))
        var settings = OpenState.Settings(dataFolder: data, origin: TestState.origin, clock: clock.clock, onFailure: { told.note("\($0) \($1) \($2)") })
        settings.limits = .patient
        settings.onNotice = { told.note($0) }
        change(&settings)
        return try await OpenState.open(state, files: files, settings)
    }

    /// Opens, runs a body, gives every entry its place and closes.
    func run(_ body: @Sendable (OpenState) async throws -> Void = { _ in }) async throws {
        try await runWith({ _ in }, body)
    }

    /// The same with other settings.
    func runWith(_ change: (inout OpenState.Settings) -> Void, _ body: @Sendable (OpenState) async throws -> Void = { _ in }) async throws {
        let open = try await open(change)
        let result: Result<Void, any Error>
        do {
            try await body(open)
            clock.advance(seconds: 2)
            result = .success(_ = try await open.sequencer.pass())
        } catch { result = .failure(error) }
        await open.platform.store.close()
        try result.get()
    }

    func copy(_ from: String, _ to: String) throws {
        try? FileManager.default.removeItem(atPath: root + to)
        try FileManager.default.copyItem(atPath: root + from, toPath: root + to)
    }

    /// A few entries in the house journal: something that the log has to hold.
    static func write(_ count: Int, _ open: OpenState, at moment: Instant = TestState.start) async throws {
        let pen = open.platform.journal.pen
        for _ in 0..<count {
            try await open.platform.store.maintain(.sequencer) { (transaction: borrowing Transaction) in
                try AuditLog.recordAcceptance("log.accept-clock", [], at: moment, pen: pen, in: transaction)
            }
        }
    }
}
