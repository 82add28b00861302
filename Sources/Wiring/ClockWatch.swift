internal import Foundation
internal import Kernel
internal import Synchronization

/// Holds the wall clock to the machine's own count of time, which nobody sets.
final class ClockWatch: Sendable {
    /// A clock that is set by more than this is told of; slower corrections are the time service at work.
    static let jumpSecondsMax: Int64 = 60
    /// How long after the log's newest entry a start is nothing unusual, in seconds.
    static let pauseSecondsMax: Int64 = 30 * 86_400

    private let clock: Clock
    private let count: @Sendable () -> Duration
    private struct State {
        let wall: Instant
        let count: Duration
        var skew: Int64 = 0
    }
    private let state: Mutex<State>

    /// - Parameter count: time that passes, whatever the wall clock says.
    init(clock: Clock, count: @escaping @Sendable () -> Duration) {
        self.clock = clock
        self.count = count
        state = Mutex(State(wall: clock.now(), count: count()))
    }

    convenience init(clock: Clock) {
        let start = ContinuousClock.now
        self.init(clock: clock, count: { start.duration(to: .now) })
    }

    /// Seconds by which the clock has left the count since the start.
    var skew: Int64 {
        state.withLock { state in
            clock.now().seconds - state.wall.seconds - (count() - state.count).components.seconds
        }
    }

    /// Words about a jump since the last look; nil where there was none.
    func jump() -> String? {
        let now = skew
        let before = state.withLock { state -> Int64 in
            defer { if abs(now - state.skew) > Self.jumpSecondsMax { state.skew = now } }
            return state.skew
        }
        guard abs(now - before) > Self.jumpSecondsMax else { return nil }
        return "the clock was set \(now > before ? "forward" : "back") by \(abs(now - before)) s while the server ran: it says "
            + "\(clock.now().rfc3339). If that is wrong, stop the server, mend the clock and start again"
    }

    /// Holds the clock to the newest thing in the log, at start.
    ///
    /// **Throws** ``ClockBehind``. Returns words about a clock that is far ahead.
    static func check(_ now: Instant, newest: Instant?, isAccepted: Bool) throws -> String? {
        guard let newest else { return nil }
        if now.seconds < newest.seconds - jumpSecondsMax {
            guard isAccepted else { throw ClockBehind(now: now, newest: newest) }
            return "gone on with a clock that is behind the log, as --accept-clock says: it says \(now.rfc3339), the newest entry \(newest.rfc3339)"
        }
        guard now.seconds > newest.seconds + pauseSecondsMax else { return nil }
        return "the clock says \(now.rfc3339), and the newest entry of the log is of \(newest.rfc3339): if the clock is wrong, stop and mend it"
    }
}

/// The clock stands before the newest entry of the log.
package struct ClockBehind: Error, CustomStringConvertible {
    let now: Instant
    let newest: Instant
    package var description: String {
        "the clock says \(now.rfc3339), and the newest entry of the log is of \(newest.rfc3339): mend the clock. If it is right now and was wrong "
            + "then, start once with --accept-clock: that is recorded in the log"
    }
}
