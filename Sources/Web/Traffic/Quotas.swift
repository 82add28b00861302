internal import Gate
package import Identity
package import Kernel
import Synchronization

/// How much one sender, and all together, may ask for. None of a limit is no limit.
package struct QuotaLimits: Sendable {
    /// So many at once, and so many a second in the long run.
    package struct Rate: Hashable, Sendable {
        package let perSecond: Int
        /// Seconds that may be saved up: a page that is loaded again and again, a class that opens the portal together.
        package let secondsSaved: Int
        package static let secondsSavedMax = 120
        /// More than any machine answers, and little enough to reckon with.
        package static let perSecondMax = 1_000_000

        package init(perSecond: Int, secondsSaved: Int = Rate.secondsSavedMax) {
            self.perSecond = min(max(1, perSecond), Self.perSecondMax)
            self.secondsSaved = min(max(1, secondsSaved), Self.secondsSavedMax)
        }

        /// Thousandths of a token in a full bucket.
        fileprivate var full: Int { perSecond * secondsSaved * 1_000 }
    }

    /// What reads or changes a person's data, and so writes to the log for ever.
    package var perSession: Rate? = Rate(perSecond: 5)
    package var perPerson: Rate? = Rate(perSecond: 5)
    /// An address may be a whole school's or a telephone company's.
    package var perAddress: Rate? = Rate(perSecond: 100)
    package var whole: Rate? = Rate(perSecond: 5_000)
    /// Whatever else is answered, counted in pages for everybody: what is lighter counts as a part of one.
    package var opensPerAddress: Rate? = Rate(perSecond: 400, secondsSaved: 10)
    /// Connections that are opened, each with its handshake.
    package var connectsPerAddress: Rate? = Rate(perSecond: 100, secondsSaved: 20)
    /// Refusals that are explained on a page; the others are told in a line.
    var explanationsPerAddress = Rate(perSecond: 5, secondsSaved: 4)
    /// Whoever signs in again and again tries out names, or fills the store.
    package var signInsPerAddress: Rate? = Rate(perSecond: 5, secondsSaved: 20)
    package var signIns: Rate? = Rate(perSecond: 100, secondsSaved: 20)

    package init() {}
}

/// Buckets of tokens, in memory: they are full again after a restart.
package final class Quotas: Sendable {
    /// What a request takes.
    package enum Meter: Sendable {
        /// A page for everybody: computing, and no entry.
        case open
        /// A form for everybody, whose content is worked on.
        case openForm
        /// Whatever may write entries to the log.
        case personal
        case signIn
    }

    /// Whose bucket ran dry.
    package enum Holder: String, CaseIterable, Sendable {
        case session, person, address, whole, open, connects, signInAddress = "sign-in-address", signIns = "sign-ins"
    }

    private enum Key: Hashable {
        case session(ByteString)
        case person(ByteString)
        case address(AddressKey)
        case whole
        case open(AddressKey)
        case connects(AddressKey)
        case explanations(AddressKey)
        case signInAddress(AddressKey)
        case signIns

        /// Whether a stranger can have as many of them as she has addresses.
        var isOfAddress: Bool {
            switch self {
            case .address, .open, .connects, .explanations, .signInAddress: true
            case .session, .person, .whole, .signIns: false
            }
        }

        func rate(_ limits: QuotaLimits) -> QuotaLimits.Rate? {
            switch self {
            case .session: limits.perSession
            case .person: limits.perPerson
            case .address: limits.perAddress
            case .whole: limits.whole
            case .open: limits.opensPerAddress
            case .connects: limits.connectsPerAddress
            case .explanations: limits.explanationsPerAddress
            case .signInAddress: limits.signInsPerAddress
            case .signIns: limits.signIns
            }
        }

        /// Nil where nobody is refused.
        var holder: Holder? {
            switch self {
            case .session: .session
            case .person: .person
            case .address: .address
            case .whole: .whole
            case .open: .open
            case .connects: .connects
            case .explanations: nil
            case .signInAddress: .signInAddress
            case .signIns: .signIns
            }
        }
    }
    /// Thousandths of a token, as of a moment.
    private struct Bucket {
        var level: Int
        var at: Instant
    }
    private struct State {
        var buckets: [Key: Bucket] = [:]
        var refused: [Holder: Int] = [:]
    }

    /// Buckets that are kept. Beyond it those go that are full by now, for they say what none says; if that is not enough, those of addresses, of
    /// which a stranger may have any number: what people, sessions and the whole have spent stays known.
    package static let bucketsMax = 100_000
    /// Thousandths of a token. Any answer at all takes the light cost; what takes more to make takes more beside.
    private static let cost = 1_000, formCost = 4_000, lightCost = 50
    /// So many bytes of an answer take a thousandth.
    private static let bytesPerCost = 1_024

    private let limits: QuotaLimits
    private let state = Mutex(State())

    package init(_ limits: QuotaLimits) { self.limits = limits }

    /// How many were refused since the start, for each holder of a bucket.
    package var refused: [Holder: Int] { state.withLock { $0.refused } }
    package var count: Int { state.withLock { $0.buckets.count } }

    package func take(_ meter: Meter, session: Session?, address: AddressKey, at now: Instant) throws(Refusal) {
        switch meter {
        case .open: try take([(.open(address), Self.cost)], at: now)
        case .openForm: try take([(.open(address), Self.formCost)], at: now)
        case .personal:
            var wanted: [(Key, Int)] = [(.whole, Self.cost), (.address(address), Self.cost)]
            if let session {
                wanted.append((.session(ByteString(session.principal.session ?? "")), Self.cost))
                wanted.append((.person(ByteString(session.principal.key)), Self.cost))
            }
            try take(wanted, at: now)
        case .signIn: try take([(.signInAddress(address), Self.cost)], at: now)
        }
    }

    /// What a sign-in takes of what all may do together: only when it is about to happen, or anybody's worthless forms would shut out everybody.
    package func takeSignIn(at now: Instant) throws(Refusal) { try take([(.signIns, Self.cost)], at: now) }

    /// What any request takes, whatever its answer.
    package func takeLight(address: AddressKey, at now: Instant) throws(Refusal) {
        guard limits.opensPerAddress != nil else { return }
        try take([(.open(address), Self.lightCost)], at: now)
    }

    /// What an answer of so many bytes takes that is not made anew for each.
    package func take(bytes: Int, address: AddressKey, at now: Instant) throws(Refusal) {
        guard limits.opensPerAddress != nil else { return }
        try take([(.open(address), bytes / Self.bytesPerCost)], at: now)
    }

    /// Whether an address may open a connection more.
    package func admitsConnection(of address: AddressKey, at now: Instant) -> Bool {
        (try? take([(.connects(address), Self.cost)], at: now)) != nil
    }

    /// Whether a refusal is told on a page, or in a line: who goes on asking is not made pages for.
    package func explains(to address: AddressKey, at now: Instant) -> Bool {
        (try? take([(.explanations(address), Self.cost)], at: now)) != nil
    }

    /// Takes from all buckets or from none.
    private func take(_ wanted: [(key: Key, cost: Int)], at now: Instant) throws(Refusal) {
        let dry = state.withLock { state -> Int? in
            var levels: [Int?] = []
            for (key, cost) in wanted {
                guard let rate = key.rate(limits) else {
                    levels.append(nil)
                    continue
                }
                // A clock that was set back fills nothing, and from then on it fills as ever.
                if let known = state.buckets[key], known.at > now { state.buckets[key]?.at = now }
                let level = level(state.buckets[key], rate, at: now)
                // Nothing costs more than there can be.
                let cost = min(cost, rate.full)
                if level < cost {
                    if let holder = key.holder { state.refused[holder, default: 0] += 1 }
                    // Thousandths of a token are tokens of a thousand seconds: rounded up to whole ones.
                    return max(1, (cost - level + rate.perSecond * 1_000 - 1) / (rate.perSecond * 1_000))
                }
                levels.append(level - cost)
            }
            if state.buckets.count >= Self.bucketsMax { shrink(&state, at: now) }
            for (entry, level) in zip(wanted, levels) { if let level { state.buckets[entry.key] = Bucket(level: level, at: now) } }
            return nil
        }
        if let dry { throw Refusal(.tooMany, "quota.spent", parameters: ["seconds": String(dry)]) }
    }

    private func level(_ bucket: Bucket?, _ rate: QuotaLimits.Rate, at now: Instant) -> Int {
        guard let bucket else { return rate.full }
        let passed = min(max(0, now.milliseconds - bucket.at.milliseconds), Int64(rate.secondsSaved) * 1_000)
        return min(rate.full, bucket.level + Int(passed) * rate.perSecond)
    }

    private func shrink(_ state: inout State, at now: Instant) {
        state.buckets = state.buckets.filter { key, bucket in key.rate(limits).map { level(bucket, $0, at: now) < $0.full } ?? false }
        // Looked through again only when as many have come anew.
        if state.buckets.count > Self.bucketsMax / 2 { state.buckets = state.buckets.filter { !$0.key.isOfAddress } }
        if state.buckets.count > Self.bucketsMax / 2 {
            state.buckets = state.buckets.filter { key, _ in if case .whole = key { true } else if case .signIns = key { true } else { false } }
        }
    }
}
