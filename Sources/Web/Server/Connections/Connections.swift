internal import NIOCore
import Synchronization

/// All connections of the process, and those of them that we wait for, not they for us: those may be closed to let others in.
package final class Connections: Sendable {
    struct State {
        var isListening = false
        var open = 0
        var byAddress: [AddressKey: Int] = [:]
        var waiting: [ObjectIdentifier: (since: NIODeadline, channel: any Channel)] = [:]
        var figures = Figures()
        /// For each loop, what of the requests that were sent ahead is worked on.
        var ahead: [ObjectIdentifier: Ahead] = [:]
    }

    /// Requests that were sent before the answer to the one before them.
    struct Ahead {
        /// When the next is looked at.
        var next: NIODeadline
        var working = 0
    }

    /// A loop takes one request in so long that was sent ahead, and works on so many of them. It works off all that is at hand before it listens to
    /// the network again, so that what is sent ahead without end would keep everybody else waiting.
    private static let aheadEvery: TimeAmount = .milliseconds(1), aheadMax = 4

    /// Counted since the start.
    package struct Figures: Hashable, Sendable {
        /// Turned away: too many of one address, or too many in all and none to close.
        package var refused = 0
        /// Closed to let another in.
        package var evicted = 0
        /// Closed for taking too long.
        package var timedOut = 0
    }

    enum Admission {
        case admitted(evict: (any Channel)?)
        /// Turned away with a word of why.
        case refused
        case closed
    }

    private let state = Mutex(State())
    package let limits: ConnectionLimits

    /// Whether an address may open one more now.
    private let admits: @Sendable (AddressKey) -> Bool

    package init(_ limits: ConnectionLimits, admits: @escaping @Sendable (AddressKey) -> Bool = { _ in true }) {
        self.limits = limits
        self.admits = admits
    }

    /// Whether the portal's address is taken and heard: a start that finds it taken was never ready.
    var isListening: Bool { state.withLock { $0.isListening } }
    func listens() { state.withLock { $0.isListening = true } }

    package var open: Int { state.withLock { $0.open } }
    package var figures: Figures { state.withLock { $0.figures } }
    /// Of how many connections we wait for something.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    func opened(_ address: AddressKey) -> Admission {
        let isTooOften = !admits(address)
        return state.withLock { state in
            state.open += 1
            state.byAddress[address, default: 0] += 1
            let isFull = state.open > limits.openMax
            if isTooOften {
                // A word to each would cost what is to be saved.
                state.figures.refused += 1
                return .closed
            }
            if let most = limits.perAddressMax, state.byAddress[address, default: 0] > most {
                state.figures.refused += 1
                return state.open > limits.openMax + ConnectionLimits.farewellsMax ? .closed : .refused
            }
            guard isFull else { return .admitted(evict: nil) }
            guard let longest = state.waiting.min(by: { $0.value.since < $1.value.since }) else {
                state.figures.refused += 1
                return state.open > limits.openMax + ConnectionLimits.farewellsMax ? .closed : .refused
            }
            state.figures.evicted += 1
            state.waiting[longest.key] = nil
            return .admitted(evict: longest.value.channel)
        }
    }

    func closed(_ address: AddressKey, _ id: ObjectIdentifier) {
        state.withLock { state in
            state.open -= 1
            let left = state.byAddress[address, default: 1] - 1
            state.byAddress[address] = left > 0 ? left : nil
            state.waiting[id] = nil
        }
    }

    /// When a request that was sent ahead may be taken on this loop: connections come in the order in which they were answered.
    func ahead(on loop: any EventLoop, at now: NIODeadline) -> NIODeadline {
        state.withLock { state in
            let due = max(now, state.ahead[ObjectIdentifier(loop)]?.next ?? now)
            state.ahead[ObjectIdentifier(loop), default: Ahead(next: due)].next = due + Self.aheadEvery
            return due
        }
    }

    /// False where enough of them are worked on, and its turn comes later.
    func beginsAhead(on loop: any EventLoop) -> Bool {
        state.withLock { state in
            guard let working = state.ahead[ObjectIdentifier(loop)]?.working, working < Self.aheadMax else { return false }
            state.ahead[ObjectIdentifier(loop)]?.working = working + 1
            return true
        }
    }
    func endsAhead(on loop: any EventLoop) { state.withLock { $0.ahead[ObjectIdentifier(loop)]?.working -= 1 } }

    func waits(_ id: ObjectIdentifier, _ channel: any Channel, since: NIODeadline) {
        state.withLock { $0.waiting[id] = (since, channel) }
    }
    func works(_ id: ObjectIdentifier) { state.withLock { $0.waiting[id] = nil } }
    func timedOut() { state.withLock { $0.figures.timedOut += 1 } }
}
