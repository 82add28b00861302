internal import NIOCore
import Synchronization

/// All connections of the process, and those of them that may be closed to let others in: we wait for their client, or they for their turn.
package final class Connections: Sendable {
    struct State {
        var isListening = false
        var open = 0
        var holders: [AddressKey: Holder] = [:]
        var waiting = 0
        /// The addresses with the most connections that may be closed, as of the last look: the one that has waited longest last.
        var crowd: [(address: AddressKey, since: NIODeadline)] = []
        var crowdCount = 0
        var figures = Figures()
        /// For each loop, what of the requests that were sent ahead is worked on.
        var ahead: [ObjectIdentifier: Ahead] = [:]
    }

    /// The connections of one address.
    struct Holder {
        var open = 0
        /// Those that may be closed.
        var waiting: [ObjectIdentifier: Waiting] = [:]
    }

    struct Waiting {
        let since: NIODeadline
        let channel: any Channel
        /// It has asked, and waits for its turn: it makes room for who holds less, and for nobody else.
        let turn: Turns.Wait?
        /// Its client still takes in an answer: it makes room for no other either.
        let takesAnswer: Bool
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
    package var waiting: Int { state.withLock { $0.waiting } }

    func opened(_ address: AddressKey) -> Admission {
        let isTooOften = !admits(address)
        return state.withLock { state in
            state.open += 1
            state.holders[address, default: Holder()].open += 1
            let own = state.holders[address]?.open ?? 0
            let isFull = state.open > limits.openMax
            if isTooOften {
                // A word to each would cost what is to be saved.
                state.figures.refused += 1
                return .closed
            }
            if let most = limits.perAddressMax, own > most {
                state.figures.refused += 1
                return state.open > limits.openMax + ConnectionLimits.farewellsMax ? .closed : .refused
            }
            guard isFull else { return .admitted(evict: nil) }
            guard let evicted = state.evict(for: own) else {
                state.figures.refused += 1
                return state.open > limits.openMax + ConnectionLimits.farewellsMax ? .closed : .refused
            }
            state.figures.evicted += 1
            return .admitted(evict: evicted)
        }
    }

    func closed(_ address: AddressKey, _ id: ObjectIdentifier) {
        state.withLock { state in
            state.open -= 1
            state.take(id, of: address)
            state.holders[address]?.open -= 1
            if state.holders[address]?.open == 0 { state.holders[address] = nil }
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

    func waits(_ id: ObjectIdentifier, of address: AddressKey, _ channel: any Channel, since: NIODeadline, turn: Turns.Wait? = nil, takesAnswer: Bool = false) {
        state.withLock { state in
            guard state.holders[address] != nil else { return }
            let before = state.holders[address]?.waiting.updateValue(Waiting(since: since, channel: channel, turn: turn, takesAnswer: takesAnswer), forKey: id)
            if before == nil { state.waiting += 1 }
        }
    }
    func works(_ id: ObjectIdentifier, of address: AddressKey) { state.withLock { _ = $0.take(id, of: address) } }
    func timedOut() { state.withLock { $0.figures.timedOut += 1 } }
}

extension Connections.State {
    /// It is not to be closed from here on.
    @discardableResult
    mutating func take(_ id: ObjectIdentifier, of address: AddressKey) -> (any Channel)? {
        guard let taken = holders[address]?.waiting.removeValue(forKey: id) else { return nil }
        waiting -= 1
        return taken.channel
    }

    /// Of the address that has the most connections which may be closed, the one that has waited longest; nil where none makes room.
    ///
    /// All addresses are looked through once for each time that those with the most are used up, not once for each newcomer.
    ///
    /// - Parameter own: how many the newcomer's address holds.
    mutating func evict(for own: Int) -> (any Channel)? {
        for isAnew in [false, true] {
            if isAnew { lookThrough() }
            while let next = crowd.popLast() {
                // What moved since the look is seen by the next one.
                guard holders[next.address]?.waiting.count ?? 0 >= crowdCount, let longest = longest(of: next.address, for: own),
                    isAnew || longest.since == next.since
                else { continue }
                return take(longest.id, of: next.address)
            }
        }
        // Those with the most all wait for their turn, and the newcomer's address holds as many.
        for address in holders.keys { if let longest = longest(of: address, for: own) { return take(longest.id, of: address) } }
        return nil
    }

    private func longest(of address: AddressKey, for own: Int) -> (id: ObjectIdentifier, since: NIODeadline)? {
        guard let holder = holders[address] else { return nil }
        var found: (id: ObjectIdentifier, since: NIODeadline)?
        for (id, one) in holder.waiting where one.since < found?.since ?? .distantFuture {
            if holder.open <= own, one.turn != nil || one.takesAnswer { continue }
            if let turn = one.turn, !turn.isWaiting { continue }
            found = (id, one.since)
        }
        return found
    }

    private mutating func lookThrough() {
        for (address, holder) in holders {
            // Their turn has come meanwhile.
            for (id, one) in holder.waiting { if let turn = one.turn, !turn.isWaiting { take(id, of: address) } }
        }
        crowdCount = max(1, holders.values.reduce(0) { max($0, $1.waiting.count) })
        crowd = holders.filter { $0.value.waiting.count == crowdCount }
            .map { (address: $0.key, since: $0.value.waiting.values.map(\.since).min() ?? .distantFuture) }
            .sorted { $0.since > $1.since }
    }
}
