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

        package init(perSecond: Int, secondsSaved: Int = Rate.secondsSavedMax) {
            self.perSecond = max(1, perSecond)
            self.secondsSaved = min(max(1, secondsSaved), Self.secondsSavedMax)
        }
    }

    /// What reads or changes a person's data, and so writes to the log for ever.
    package var perSession: Rate? = Rate(perSecond: 5)
    package var perPerson: Rate? = Rate(perSecond: 5)
    /// An address may be a whole school's or a telephone company's.
    package var perAddress: Rate? = Rate(perSecond: 100)
    package var whole: Rate? = Rate(perSecond: 5_000)
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
        /// Whatever may write entries to the log.
        case personal
        case signIn
    }

    /// Whose bucket ran dry.
    package enum Holder: String, CaseIterable, Sendable { case session, person, address, whole, signInAddress = "sign-in-address", signIns = "sign-ins" }

    private enum Key: Hashable {
        case session(ByteString)
        case person(ByteString)
        case address(AddressKey)
        case whole
        case signInAddress(AddressKey)
        case signIns

        var holder: Holder {
            switch self {
            case .session: .session
            case .person: .person
            case .address: .address
            case .whole: .whole
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

    /// Buckets that are kept. Beyond it the full ones go, and if that is not enough, all: the limit on the whole holds meanwhile.
    package static let bucketsMax = 100_000
    /// A page for everybody takes so many thousandths of an address's token.
    private static let openCost = 250, cost = 1_000

    private let limits: QuotaLimits
    private let state = Mutex(State())

    package init(_ limits: QuotaLimits) { self.limits = limits }

    /// How many were refused since the start, for each holder of a bucket.
    package var refused: [Holder: Int] { state.withLock { $0.refused } }
    package var count: Int { state.withLock { $0.buckets.count } }

    package func take(_ meter: Meter, session: Session?, address: AddressKey, at now: Instant) throws(Refusal) {
        switch meter {
        case .open: try take([(.address(address), limits.perAddress, Self.openCost)], at: now)
        case .personal:
            var wanted: [(Key, QuotaLimits.Rate?, Int)] = [(.whole, limits.whole, Self.cost), (.address(address), limits.perAddress, Self.cost)]
            if let session {
                wanted.append((.session(ByteString(session.principal.session ?? "")), limits.perSession, Self.cost))
                wanted.append((.person(ByteString(session.principal.key)), limits.perPerson, Self.cost))
            }
            try take(wanted, at: now)
        case .signIn:
            try take([(.signIns, limits.signIns, Self.cost), (.signInAddress(address), limits.signInsPerAddress, Self.cost)], at: now)
        }
    }

    /// Takes from all buckets or from none.
    private func take(_ wanted: [(key: Key, rate: QuotaLimits.Rate?, cost: Int)], at now: Instant) throws(Refusal) {
        let dry = state.withLock { state -> (holder: Holder, seconds: Int)? in
            var levels: [Int] = []
            for (key, rate, cost) in wanted {
                guard let rate else {
                    levels.append(0)
                    continue
                }
                let level = level(state.buckets[key], rate, at: now)
                if level < cost {
                    state.refused[key.holder, default: 0] += 1
                    // Thousandths of a token are tokens of a thousand seconds: rounded up to whole ones.
                    return (key.holder, max(1, (cost - level + rate.perSecond * 1_000 - 1) / (rate.perSecond * 1_000)))
                }
                levels.append(level - cost)
            }
            if state.buckets.count >= Self.bucketsMax { shrink(&state, at: now) }
            for (index, entry) in wanted.enumerated() where entry.rate != nil { state.buckets[entry.key] = Bucket(level: levels[index], at: now) }
            return nil
        }
        if let dry { throw Refusal(.tooMany, "quota.spent", parameters: ["seconds": String(dry.seconds)]) }
    }

    private func level(_ bucket: Bucket?, _ rate: QuotaLimits.Rate, at now: Instant) -> Int {
        let full = rate.perSecond * rate.secondsSaved * 1_000
        guard let bucket else { return full }
        // A clock that was set back fills nothing.
        let passed = min(max(0, now.milliseconds - bucket.at.milliseconds), Int64(rate.secondsSaved) * 1_000)
        return min(full, bucket.level + Int(passed) * rate.perSecond)
    }

    private func shrink(_ state: inout State, at now: Instant) {
        state.buckets = state.buckets.filter { now.milliseconds - $0.value.at.milliseconds < Int64(QuotaLimits.Rate.secondsSavedMax) * 1_000 }
        if state.buckets.count >= Self.bucketsMax { state.buckets = [:] }
    }
}

/// Memory for the bodies that are being read. One sender cannot take what the others need.
package final class BodyMemory: Sendable {
    /// Bytes of all bodies at once, and of one sender's.
    package static let bytesMax = 128 * 1_024 * 1_024, senderBytesMax = 48 * 1_024 * 1_024
    /// What is kept for forms without files: bodies that are larger leave so much free, so that whoever sends much shuts no form for others.
    package static let reserveBytes = 48 * 1_024 * 1_024, smallBytesMax = 256 * 1_024
    /// What a client may wait before it comes again.
    private static let retrySeconds = 3

    package enum Sender: Hashable, Sendable {
        case session(ByteString)
        case address(AddressKey)
    }
    private struct State {
        var all = 0
        var bySender: [Sender: Int] = [:]
    }
    private let state = Mutex(State())

    package init() {}

    package var bytes: Int { state.withLock { $0.all } }

    /// - Parameter held: what the same body has taken before.
    package func take(_ bytes: Int, for sender: Sender, held: Int = 0) throws(Refusal) {
        let isTaken = state.withLock { state -> Bool in
            let own = state.bySender[sender, default: 0] + bytes
            let room = held + bytes > Self.smallBytesMax ? Self.bytesMax - Self.reserveBytes : Self.bytesMax
            guard state.all + bytes <= room, own <= Self.senderBytesMax else { return false }
            state.all += bytes
            state.bySender[sender] = own
            return true
        }
        if !isTaken { throw Refusal(.unavailable, "form.no-room", parameters: ["seconds": String(Self.retrySeconds)]) }
    }

    package func give(_ bytes: Int, for sender: Sender) {
        state.withLock { state in
            state.all -= bytes
            let left = state.bySender[sender, default: 0] - bytes
            state.bySender[sender] = left > 0 ? left : nil
        }
    }
}
