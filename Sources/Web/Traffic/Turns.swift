package import Kernel
internal import Synchronization

/// How many requests are worked on at once.
package struct WorkLimits: Sendable {
    /// Of all together: some for each core, and some that wait for the store meanwhile.
    package var wholeMax = 64
    /// Of one address; none is no limit but the whole's.
    package var perAddressMax: Int? = 16
    /// Requests of one address that wait for their turn. Of all together no more wait than there are connections, each with one request.
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
/// - *Turn-5* Who leaves while she waits waits no longer: a crowd that asks and leaves takes up no room.
/// - *Turn-6* Nothing here is searched but the places, of which there are `wholeMax`, and nothing is kept of who is gone.
package final class Turns: Sendable {
    /// A place that is held, or was.
    package struct Turn: Sendable {
        fileprivate let place: Int
        fileprivate let number: UInt64
    }

    /// A request in the line, from which it can be taken.
    package struct Wait: Sendable {
        fileprivate let number: UInt64
        fileprivate let turns: Turns

        /// Whoever asked is gone. Once the turn has come, nothing is left to be taken.
        package func end() { turns.leave(number) }

        /// Whether the turn has not come yet.
        var isWaiting: Bool { turns.state.withLock { $0.waiters[number] != nil } }
    }

    fileprivate typealias Answer = Result<Turn, Refusal>
    fileprivate struct Waiter {
        let sender: AddressKey
        let since: ContinuousClock.Instant
        let continuation: CheckedContinuation<Answer, Never>
    }
    fileprivate struct Sender {
        var places = 0
        /// Its requests that wait, by their numbers.
        var line = Line<UInt64>()
        var waiting = 0
        /// Its entry in the ring; nil where it has none.
        var ticket: UInt64?
    }
    fileprivate struct Slot {
        var sender: AddressKey?
        var since: ContinuousClock.Instant
        var number: UInt64 = 0
    }
    fileprivate struct State {
        var places: [Slot]
        var free: [Int]
        /// Those that have places or wait.
        var senders: [AddressKey: Sender] = [:]
        /// The addresses that wait and may have one place more, in the order of their turns.
        var ring = Line<(sender: AddressKey, ticket: UInt64)>()
        var inRing = 0
        /// Those who wait, and their numbers in the order in which they will have waited too long.
        var waiters: [UInt64: Waiter] = [:]
        var arrivals = Line<UInt64>()
        /// Requests at work whose place has passed on.
        var adrift: Set<UInt64> = []
        /// The last number or ticket that was given.
        var last: UInt64 = 0
        var isWatched = false
        var refused = 0
        var left = 0
        var passedOn = 0

        mutating func next() -> UInt64 {
            last += 1
            return last
        }
    }
    private typealias Answers = [(CheckedContinuation<Answer, Never>, Answer)]

    /// How often it is looked whether somebody holds a place for too long, while others wait.
    private static let watchEvery: Duration = .milliseconds(50)
    /// What a client may wait before it comes again.
    private static let retrySeconds = 5

    private let limits: WorkLimits
    fileprivate let state: Mutex<State>
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
        /// Told to come again, gone while they waited, and places passed on, since the start.
        package let refused: Int
        package let left: Int
        package let passedOn: Int
        /// What is kept for all that: addresses, and entries of lines.
        package let kept: Int
    }
    package var figures: Figures {
        state.withLock { state in
            Figures(
                working: state.places.count - state.free.count, waiting: state.waiters.count, refused: state.refused, left: state.left,
                passedOn: state.passedOn,
                kept: state.senders.count + state.ring.kept + state.arrivals.kept + state.senders.values.reduce(0) { $0 + $1.line.kept })
        }
    }

    /// Waits until it is this sender's turn. // Turn-1, Turn-2
    ///
    /// - Parameter onWait: called where the turn does not come at once, with what ends the waiting; so does the task's cancellation. // Turn-5
    /// **Throws** when it would take too long, and where the waiting was ended.
    package func take(_ sender: AddressKey, onWait: (@Sendable (Wait) -> Void)? = nil) async throws(Refusal) -> Turn {
        let began = now()
        let (turn, number) = state.withLock { state -> (Turn?, UInt64) in
            if let turn = place(for: sender, at: began, &state) { return (turn, 0) }
            return (nil, state.next())
        }
        if let turn { return turn }
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Answer, Never>) in
                let answers = state.withLock { queue(number, Waiter(sender: sender, since: began, continuation: continuation), &$0) }
                resume(answers)
                if Task.isCancelled { leave(number) }
                onWait?(Wait(number: number, turns: self))
            }
        } onCancel: {
            leave(number)
        }
        return try answer.get()
    }

    /// Gives the place back, if it has not passed on.
    package func give(_ turn: Turn) {
        let answers = state.withLock { state -> Answers in
            guard state.places[turn.place].number == turn.number, state.places[turn.place].sender != nil else {
                state.adrift.remove(turn.number)
                return []
            }
            free(turn.place, &state)
            return state.waiters.isEmpty ? [] : goRound(at: now(), &state)
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
        guard !state.free.isEmpty, state.inRing == 0 else { return nil }
        if let own = state.senders[sender], own.waiting > 0 || own.places >= limits.perAddressMax ?? Int.max { return nil }
        return occupy(sender, at: moment, &state)
    }

    private func occupy(_ sender: AddressKey, at moment: ContinuousClock.Instant, _ state: inout State) -> Turn {
        let place = state.free.removeLast()
        state.senders[sender, default: Sender()].places += 1
        state.places[place] = Slot(sender: sender, since: moment, number: state.next())
        return Turn(place: place, number: state.places[place].number)
    }

    private func free(_ place: Int, _ state: inout State) {
        guard let sender = state.places[place].sender else { return }
        state.places[place].sender = nil
        state.free.append(place)
        state.senders[sender]?.places -= 1
        settle(sender, &state)
    }

    private func passOn(at moment: ContinuousClock.Instant, _ state: inout State) {
        for place in state.places.indices
        where state.adrift.count < limits.adriftMax && state.places[place].sender != nil && moment - state.places[place].since > limits.slice {
            free(place, &state)
            state.adrift.insert(state.places[place].number)
            state.passedOn += 1
        }
    }

    /// Whether an address stands in the ring, and whether it is known at all, follows from what it has.
    private func settle(_ sender: AddressKey, _ state: inout State) {
        guard let own = state.senders[sender] else { return }
        let mayHaveMore = own.waiting > 0 && own.places < limits.perAddressMax ?? Int.max
        if mayHaveMore, own.ticket == nil {
            let ticket = state.next()
            state.senders[sender]?.ticket = ticket
            state.ring.append((sender, ticket))
            state.inRing += 1
        } else if !mayHaveMore, own.ticket != nil {
            state.senders[sender]?.ticket = nil
            state.inRing -= 1
            if state.ring.isUntidy(state.inRing) {
                let senders = state.senders
                state.ring.tidy { senders[$0.sender]?.ticket == $0.ticket }
            }
        }
        if own.places == 0, own.waiting == 0 { state.senders[sender] = nil }
    }

    // MARK: Waiting

    private func queue(_ number: UInt64, _ waiter: Waiter, _ state: inout State) -> Answers {
        guard state.senders[waiter.sender]?.waiting ?? 0 < limits.waitingPerAddressMax else {
            state.refused += 1
            return [(waiter.continuation, .failure(Self.tooLong))]
        }
        state.waiters[number] = waiter
        state.arrivals.append(number)
        state.senders[waiter.sender, default: Sender()].line.append(number)
        state.senders[waiter.sender]?.waiting += 1
        settle(waiter.sender, &state)
        if !state.isWatched {
            state.isWatched = true
            Task { await self.watch() }
        }
        return goRound(at: waiter.since, &state)
    }

    /// Takes somebody out of the line; nil where she is not in it.
    private func remove(_ number: UInt64, _ state: inout State) -> Waiter? {
        guard let waiter = state.waiters.removeValue(forKey: number) else { return nil }
        state.senders[waiter.sender]?.waiting -= 1
        if let own = state.senders[waiter.sender], own.line.isUntidy(own.waiting) {
            let waiters = state.waiters
            state.senders[waiter.sender]?.line.tidy { waiters[$0] != nil }
        }
        if state.arrivals.isUntidy(state.waiters.count) {
            let waiters = state.waiters
            state.arrivals.tidy { waiters[$0] != nil }
        }
        settle(waiter.sender, &state)
        return waiter
    }

    private func leave(_ number: UInt64) {
        let waiter = state.withLock { state -> Waiter? in
            guard let waiter = remove(number, &state) else { return nil }
            state.left += 1
            return waiter
        }
        waiter?.continuation.resume(returning: .failure(Self.tooLong))
    }

    private func goRound(at moment: ContinuousClock.Instant, _ state: inout State) -> Answers {
        var answers: Answers = []
        while !state.free.isEmpty, let (sender, ticket) = state.ring.next() {
            guard let own = state.senders[sender], own.ticket == ticket else { continue }
            state.senders[sender]?.ticket = nil
            state.inRing -= 1
            while let number = state.senders[sender]?.line.next() {
                guard state.waiters[number] != nil else { continue }
                let turn = occupy(sender, at: moment, &state)
                if let waiter = remove(number, &state) { answers.append((waiter.continuation, .success(turn))) }
                break
            }
        }
        return answers
    }

    private func refuseLate(at moment: ContinuousClock.Instant, _ state: inout State, _ answers: inout Answers) {
        while let number = state.arrivals.first {
            if let waiter = state.waiters[number], moment - waiter.since <= limits.waitMax { return }
            _ = state.arrivals.next()
            guard let waiter = remove(number, &state) else { continue }
            state.refused += 1
            answers.append((waiter.continuation, .failure(Self.tooLong)))
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
                state.isWatched = !state.waiters.isEmpty
                return state.isWatched
            }
            guard goesOn else { return }
        }
    }
}

/// First come, first served. What has gone meanwhile stays until its turn comes, or until there is more of it than of what is still there: then all
/// of it is taken out at once, so that each going costs no more than a coming.
private struct Line<Element> {
    /// So many entries are never tidied up.
    private static var keptMin: Int { 64 }
    private var entries: [Element] = []
    /// The entries before it are gone.
    private var head = 0

    var kept: Int { entries.count - head }
    var first: Element? { head < entries.count ? entries[head] : nil }

    mutating func append(_ element: Element) { entries.append(element) }

    mutating func next() -> Element? {
        guard head < entries.count else { return nil }
        let element = entries[head]
        head += 1
        // Nothing is moved for each of them.
        if head == entries.count {
            entries.removeAll(keepingCapacity: head <= Self.keptMin)
            head = 0
        } else if head > Self.keptMin, head * 2 > entries.count {
            entries.removeFirst(head)
            head = 0
        }
        return element
    }

    /// - Parameter count: how many are still there.
    func isUntidy(_ count: Int) -> Bool { kept > Self.keptMin && kept > 2 * count }

    mutating func tidy(_ isThere: (Element) -> Bool) {
        entries = entries[head...].filter(isThere)
        head = 0
    }
}

/// One request's place, given back while the request waits for its client.
final class Place: Sendable {
    private let turns: Turns
    private let sender: AddressKey
    private let held: Mutex<Turns.Turn?>
    private let onWait: @Sendable (Turns.Wait) -> Void

    init(_ turn: Turns.Turn, of sender: AddressKey, in turns: Turns, onWait: @escaping @Sendable (Turns.Wait) -> Void) {
        self.turns = turns
        self.sender = sender
        self.onWait = onWait
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
        let turn = try await turns.take(sender, onWait: onWait)
        held.withLock { $0 = turn }
    }
}
