import Kernel
package import Storage
import Synchronization

/// Whether the sealed tables are, as a whole, what the log knows: nothing added, nothing gone, nothing moved out of a question's sight.
///
/// While nobody but the program has written to the database they are what the start found. Another program's commit puts them in doubt
/// (`StoreGround`), and so does a start that finds the file otherwise than a close of the program left it, or does not know: then all rows are held
/// to the log once, beside the writer, and until that has ended well nothing is decided on what a register does not say. What is there and is
/// proved row by row goes on.
package final class Wholeness: Sendable {
    private struct State {
        /// The foreign writes up to which all rows were found as the log knows them.
        var provedUpTo = 0
        /// Those at which they were not.
        var failedAt: Int?
        var isLooking = false
        var look: (@Sendable () async throws -> [String])?
        var tell: (@Sendable (String) -> Void)?
        var faults = 0
        var looks = 0
        /// When the last look ended.
        var ended: ContinuousClock.Instant?
    }
    private let state = Mutex(State())
    /// How long somebody who meets the doubt is told to wait, in seconds.
    static let waitSeconds = 10

    init() {}

    /// - Parameters:
    ///   - look: holds all rows to the log, and gives back what is not so, in words.
    ///   - tell: says to the operators what was found.
    package func onDoubt(_ look: @escaping @Sendable () async throws -> [String], tell: @escaping @Sendable (String) -> Void) {
        state.withLock { state in
            state.look = look
            state.tell = tell
        }
    }

    /// How often everything was looked at.
    package var looks: Int { state.withLock { $0.looks } }

    /// Faults that the last look found.
    package var faults: Int { state.withLock { $0.faults } }

    /// Puts the whole in doubt before anything is done: nobody knows who wrote to the file while it was closed.
    package func doubtStart() { state.withLock { $0.provedUpTo = Self.nothing } }

    /// Looks at once, and returns when all was looked at.
    package func lookAtStart() async {
        guard let look = take() else { return }
        end(await Self.result(of: look), 0)
    }

    /// The same beside what the caller goes on with.
    package func beginAtStart() { begin(0) }

    /// Whether all was as the log knows it, up to so many foreign writes: what a close may leave word of.
    package func isProved(upTo foreignWrites: Int) -> Bool { state.withLock { $0.provedUpTo == foreignWrites } }

    private static let nothing = -1

    func require(_ ground: StoreGround) throws {
        let (isWhole, hasFailed) = state.withLock { ($0.provedUpTo == ground.foreignWrites, $0.failedAt == ground.foreignWrites) }
        if isWhole { return }
        guard !hasFailed else {
            throw AuditCorrupt(
                "somebody has written to the database past the program, and rows are not what the log says: what a register does not say is not acted on")
        }
        begin(ground.foreignWrites)
        throw Refusal(.unavailable, Refusal.doubt, parameters: ["seconds": String(Self.waitSeconds)])
    }

    /// Whoever uses the store begins the look that another program's commit wants, and does not wait for it: what is found is told though nobody
    /// asks for what is not there. At most one in so long, for a program may write without end.
    package func notice(_ ground: StoreGround) {
        let isDue = state.withLock { state in
            guard state.provedUpTo != ground.foreignWrites, state.failedAt != ground.foreignWrites, !state.isLooking else { return false }
            guard state.ended.map({ ContinuousClock.now - $0 > Self.noticeEvery }) ?? true else { return false }
            return true
        }
        if isDue { begin(ground.foreignWrites) }
    }
    private static let noticeEvery: Duration = .seconds(10)

    /// Looks once for each doubt, whoever meets it.
    private func begin(_ foreignWrites: Int) {
        guard let look = take() else { return }
        // What was committed before this line is in what is looked at; what comes later has a later number.
        Task.detached { self.end(await Self.result(of: look), foreignWrites) }
    }

    private typealias Look = @Sendable () async throws -> [String]

    private func take() -> Look? {
        state.withLock { state in
            guard !state.isLooking, let look = state.look else { return nil }
            state.isLooking = true
            state.looks += 1
            return look
        }
    }

    private static func result(of look: Look) async -> Result<[String], any Error> {
        do { return .success(try await look()) } catch { return .failure(error) }
    }

    private func end(_ found: Result<[String], any Error>, _ foreignWrites: Int) {
        let tell = state.withLock { state -> (@Sendable (String) -> Void)? in
            state.isLooking = false
            state.ended = .now
            // A look that failed says nothing: the next one who meets the doubt begins another.
            guard case .success(let faults) = found else { return state.tell }
            state.faults = faults.count
            if faults.isEmpty { state.provedUpTo = foreignWrites } else { state.failedAt = foreignWrites }
            return state.tell
        }
        guard let tell else { return }
        let who = foreignWrites == 0 ? "the database was written to while no server ran, or it is not known who did" : "another program has written to the database"
        switch found {
        case .failure(let error): tell("rows could not be held to the log: \(error)")
        // A start that finds all in order says nothing.
        case .success(let faults) where faults.isEmpty: if foreignWrites > 0 { tell("\(who); all rows are what the log knows") }
        case .success(let faults):
            tell("\(who); nothing is decided on what a register does not say, until it is mended and written to again:")
            for fault in faults.prefix(Self.toldMax) { tell(fault) }
        }
    }

    private static let toldMax = 20
}

extension Refusal {
    /// The code of a refusal while everything is held to the log.
    package static let doubt = "data.in-doubt"
}
