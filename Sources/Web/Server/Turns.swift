package import Kernel
internal import Synchronization

/// How many requests are worked on at once.
package struct WorkLimits: Sendable {
    /// Of all together: some for each core, and some that wait for the store meanwhile.
    package var wholeMax = 64
    /// Of one address; none is no limit but the whole's.
    package var perAddressMax: Int? = 16
    /// Requests of one address that wait for their turn.
    package var waitingPerAddressMax = 512
    /// Whoever would wait longer is told to come again.
    package var waitMax: Duration = .seconds(5)
    /// Whoever works longer is taken to wait for something outside (the store, a signature), and the place passes on.
    package var slice: Duration = .milliseconds(250)
    /// So many requests whose place has passed on may still be at work; beyond that places are held to the end, or a crowd that computes would let
    /// in ever more.
    package var adriftMax = 256

    package init() {}
}

/// Whose request is worked on next. Without turns, one sender's crowd of requests is worked off before anybody else's.
///
/// - *Turn-1* At most so many requests of one address, and of all, have a place.
/// - *Turn-2* A free place goes round the addresses that wait, and among one address's requests to the one that came first.
/// - *Turn-3* A place is held for a slice, as long as not too many are at work without one: who waits for a body, the store or a signature
///   keeps nobody out.
/// - *Turn-4* Who would wait too long is refused, and told when to come again.
package final class Turns: Sendable {
    /// A place that is held, or was.
    package struct Turn: Sendable {
        fileprivate let place: Int
        fileprivate let use: UInt64
    }

    private typealias Answer = Result<Turn, Refusal>
    private struct Waiter {
        let since: ContinuousClock.Instant
        let continuation: CheckedContinuation<Answer, Never>
    }
    private struct Sender {
        var places = 0
        var waiters: [Waiter] = []
        /// The waiters before it are gone: nothing is moved for each of them.
        var first = 0
        var isInRing = false
        var waiting: Int { waiters.count - first }

        mutating func next() -> Waiter {
            let waiter = waiters[first]
            first += 1
            if first == waiters.count {
                (waiters, first) = ([], 0)
            } else if first > 1_024 {
                // One that always waits for something never empties it.
                waiters.removeFirst(first)
                first = 0
            }
            return waiter
        }
    }
    private struct Slot {
        var sender: AddressKey?
        var since: ContinuousClock.Instant
        var use: UInt64 = 0
    }
    private struct State {
        var places: [Slot]
        var free: [Int]
        var senders: [AddressKey: Sender] = [:]
        /// The addresses that wait and may have one place more, in the order of their turns.
        var ring: [AddressKey] = []
        var ringFirst = 0
        var waiting = 0
        /// Requests at work whose place has passed on.
        var adrift = 0
        var isWatched = false
        var refused = 0
        var passedOn = 0
    }
    private typealias Answers = [(CheckedContinuation<Answer, Never>, Answer)]

    /// How often it is looked whether somebody holds a place for too long, while others wait.
    private static let watchEvery: Duration = .milliseconds(50)
    /// What a client may wait before it comes again.
    private static let retrySeconds = 5

    private let limits: WorkLimits
    private let state: Mutex<State>
    private let now: @Sendable () -> ContinuousClock.Instant

    package init(_ limits: WorkLimits, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.limits = limits
        self.now = now
        let count = max(1, limits.wholeMax)
        state = Mutex(State(places: Array(repeating: Slot(sender: nil, since: now()), count: count), free: Array((0..<count).reversed())))
    }

    package struct Figures: Hashable, Sendable {
        package let working: Int
        package let waiting: Int
        /// Told to come again, and places passed on, since the start.
        package let refused: Int
        package let passedOn: Int
    }
    package var figures: Figures {
        state.withLock { Figures(working: $0.places.count - $0.free.count, waiting: $0.waiting, refused: $0.refused, passedOn: $0.passedOn) }
    }

    /// Waits until it is this sender's turn. // Turn-1, Turn-2
    ///
    /// **Throws** when it would take too long.
    package func take(_ sender: AddressKey) async throws(Refusal) -> Turn {
        let began = now()
        if let turn = state.withLock({ place(for: sender, at: began, &$0) }) { return turn }
        let answer = await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
            let answers = state.withLock { queue(Waiter(since: began, continuation: continuation), of: sender, &$0) }
            resume(answers)
        }
        return try answer.get()
    }

    /// Gives the place back, if it has not passed on. Called once for each turn.
    package func give(_ turn: Turn) {
        let answers = state.withLock { state -> Answers in
            guard state.places[turn.place].use == turn.use, state.places[turn.place].sender != nil else {
                state.adrift -= 1
                return []
            }
            free(turn.place, &state)
            return state.waiting > 0 ? goRound(at: now(), &state) : []
        }
        if !answers.isEmpty { resume(answers) }
    }

    /// Passes on the places that were held for too long, and refuses who has waited for too long. // Turn-3, Turn-4
    package func look() {
        let answers = state.withLock { state -> Answers in
            let moment = now()
            passOn(at: moment, &state)
            var answers = goRound(at: moment, &state)
            refuseLate(at: moment, &state, &answers)
            return answers
        }
        resume(answers)
    }

    // MARK: Places

    /// A place at once, where nobody waits who could have it.
    private func place(for sender: AddressKey, at moment: ContinuousClock.Instant, _ state: inout State) -> Turn? {
        guard !state.free.isEmpty, state.ringFirst == state.ring.count else { return nil }
        if let own = state.senders[sender], own.waiting > 0 || own.places >= limits.perAddressMax ?? Int.max { return nil }
        return occupy(sender, at: moment, &state)
    }

    private func occupy(_ sender: AddressKey, at moment: ContinuousClock.Instant, _ state: inout State) -> Turn {
        let place = state.free.removeLast()
        state.senders[sender, default: Sender()].places += 1
        state.places[place].sender = sender
        state.places[place].since = moment
        state.places[place].use &+= 1
        return Turn(place: place, use: state.places[place].use)
    }

    private func free(_ place: Int, _ state: inout State) {
        guard let sender = state.places[place].sender else { return }
        state.places[place].sender = nil
        state.free.append(place)
        guard var own = state.senders[sender] else { return }
        own.places -= 1
        // One that is in the ring is forgotten when its turn comes: forgotten now, it could stand there twice.
        state.senders[sender] = own.places == 0 && own.waiting == 0 && !own.isInRing ? nil : own
        enter(sender, &state)
    }

    private func passOn(at moment: ContinuousClock.Instant, _ state: inout State) {
        for place in state.places.indices
        where state.adrift < limits.adriftMax && state.places[place].sender != nil && moment - state.places[place].since > limits.slice {
            free(place, &state)
            state.adrift += 1
            state.passedOn += 1
        }
    }

    // MARK: Waiting

    private func queue(_ waiter: Waiter, of sender: AddressKey, _ state: inout State) -> Answers {
        guard state.senders[sender]?.waiting ?? 0 < limits.waitingPerAddressMax else {
            state.refused += 1
            return [(waiter.continuation, .failure(Self.tooLong))]
        }
        state.senders[sender, default: Sender()].waiters.append(waiter)
        state.waiting += 1
        enter(sender, &state)
        if !state.isWatched {
            state.isWatched = true
            Task { await self.watch() }
        }
        return goRound(at: waiter.since, &state)
    }

    /// Takes its place among the addresses that wait for the next free place.
    private func enter(_ sender: AddressKey, _ state: inout State) {
        guard var own = state.senders[sender], !own.isInRing, own.waiting > 0, own.places < limits.perAddressMax ?? Int.max else { return }
        own.isInRing = true
        state.senders[sender] = own
        state.ring.append(sender)
    }

    private func goRound(at moment: ContinuousClock.Instant, _ state: inout State) -> Answers {
        var answers: Answers = []
        while !state.free.isEmpty, state.ringFirst < state.ring.count {
            let sender = state.ring[state.ringFirst]
            state.ringFirst += 1
            state.senders[sender]?.isInRing = false
            guard let own = state.senders[sender], own.waiting > 0, own.places < limits.perAddressMax ?? Int.max,
                let waiter = state.senders[sender]?.next()
            else {
                // Its requests were refused while they waited.
                if let own = state.senders[sender], own.places == 0, own.waiting == 0 { state.senders[sender] = nil }
                continue
            }
            state.waiting -= 1
            answers.append((waiter.continuation, .success(occupy(sender, at: moment, &state))))
            enter(sender, &state)
        }
        if state.ringFirst == state.ring.count {
            state.ring.removeAll(keepingCapacity: true)
            state.ringFirst = 0
        } else if state.ringFirst > 1_024 {
            state.ring.removeFirst(state.ringFirst)
            state.ringFirst = 0
        }
        return answers
    }

    private func refuseLate(at moment: ContinuousClock.Instant, _ state: inout State, _ answers: inout Answers) {
        guard state.waiting > 0 else { return }
        for sender in Array(state.senders.keys) {
            while let own = state.senders[sender], own.waiting > 0, moment - own.waiters[own.first].since > limits.waitMax {
                guard let waiter = state.senders[sender]?.next() else { break }
                state.waiting -= 1
                state.refused += 1
                answers.append((waiter.continuation, .failure(Self.tooLong)))
            }
            // One that is in the ring is passed over and forgotten when its turn comes.
            if let own = state.senders[sender], own.places == 0, own.waiting == 0, !own.isInRing { state.senders[sender] = nil }
        }
    }

    private static var tooLong: Refusal { Refusal(.unavailable, "work.queue", parameters: ["seconds": String(retrySeconds)]) }

    private func resume(_ answers: Answers) {
        for (continuation, answer) in answers { continuation.resume(returning: answer) }
    }

    /// Looks while anybody waits.
    private func watch() async {
        while true {
            try? await Task.sleep(for: Self.watchEvery)
            look()
            let goesOn = state.withLock { state in
                state.isWatched = state.waiting > 0
                return state.isWatched
            }
            guard goesOn else { return }
        }
    }
}

/// One request's place, given back while the request waits for its client.
final class Place: Sendable {
    private let turns: Turns
    private let sender: AddressKey
    private let held: Mutex<Turns.Turn?>

    init(_ turn: Turns.Turn, of sender: AddressKey, in turns: Turns) {
        self.turns = turns
        self.sender = sender
        held = Mutex(turn)
    }

    deinit { give() }

    func give() {
        let turn = held.withLock { held in
            defer { held = nil }
            return held
        }
        if let turn { turns.give(turn) }
    }

    func takeAgain() async throws(Refusal) {
        let turn = try await turns.take(sender)
        held.withLock { $0 = turn }
    }
}
