internal import Synchronization

/// Whether the log grows, for the server's operators.
package final class SequencerHealth: Sendable {
    private struct State {
        var fault: String?
        var failures = 0
        var lastFailure: String?
    }
    private let state = Mutex(State())

    package init() {}

    /// Why the sequencer stopped for good: the stored log contradicts itself, or another one has taken its place.
    package var fault: String? { state.withLock { $0.fault } }
    /// Passes that failed.
    package var failures: Int { state.withLock { $0.failures } }

    func stop(_ reason: String) { state.withLock { $0.fault = $0.fault ?? reason } }

    /// Counts a failure; true where it is another one than the last, so that each is told once.
    func failed(_ text: String) -> Bool {
        state.withLock { state in
            state.failures += 1
            defer { state.lastFailure = text }
            return state.lastFailure != text
        }
    }

    func passed() { state.withLock { $0.lastFailure = nil } }
}

/// An error after which nothing further may be signed.
package protocol EndsTheLog: Error {
    var endsTheLog: Bool { get }
}

extension AuditCorrupt: EndsTheLog {
    package var endsTheLog: Bool { true }
}
