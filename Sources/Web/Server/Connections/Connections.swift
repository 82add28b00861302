internal import NIOCore
import Synchronization

/// All connections of the process, and those of them that we wait for, not they for us: those may be closed to let others in.
package final class Connections: Sendable {
    struct State {
        var open = 0
        var byAddress: [AddressKey: Int] = [:]
        var waiting: [ObjectIdentifier: (since: NIODeadline, channel: any Channel)] = [:]
        var figures = Figures()
    }

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

    package init(_ limits: ConnectionLimits) { self.limits = limits }

    package var open: Int { state.withLock { $0.open } }
    package var figures: Figures { state.withLock { $0.figures } }
    /// Of how many connections we wait for something.
    package var waiting: Int { state.withLock { $0.waiting.count } }

    func opened(_ address: AddressKey) -> Admission {
        state.withLock { state in
            state.open += 1
            state.byAddress[address, default: 0] += 1
            let isFull = state.open > limits.openMax
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

    func waits(_ id: ObjectIdentifier, _ channel: any Channel, since: NIODeadline) {
        state.withLock { $0.waiting[id] = (since, channel) }
    }
    func works(_ id: ObjectIdentifier) { state.withLock { $0.waiting[id] = nil } }
    func timedOut() { state.withLock { $0.figures.timedOut += 1 } }
}
