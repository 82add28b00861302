package import Kernel
import Synchronization

/// A clock that a test moves by hand.
package final class TestClock: Sendable {
    private let moment: Mutex<Instant>

    package init(_ start: Instant) { moment = Mutex(start) }

    package var clock: Clock { Clock { self.now } }
    package var now: Instant { moment.withLock { $0 } }

    package func advance(seconds: Int64) { moment.withLock { $0 = $0.adding(seconds: seconds) } }
    package func advance(days: Int64) { advance(seconds: days * 86_400) }
    package func set(_ instant: Instant) { moment.withLock { $0 = instant } }
}
