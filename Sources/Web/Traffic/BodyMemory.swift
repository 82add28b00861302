package import Kernel
internal import Synchronization

/// Memory for the bodies that are being read. One sender cannot take what the others need, and who sends slowest makes room.
///
/// - *Body-1* A body counts for its session, its person and its address alike: many sessions or many addresses are no larger share.
/// - *Body-2* Bodies above a form's size leave so much free that forms without files always find room.
/// - *Body-3* Where a share is full, the body in it that came slowest of late is ended for the one that comes now.
/// - *Body-4* Where the whole is full, a body of the address that holds most makes room, the youngest too: nobody's upload ends for a crowd of
///   others'. Where it holds small bodies alone, the largest of them makes room for another's: a crowd of small bodies shuts no form for others.
package final class BodyMemory: Sendable {
    /// Bytes of all bodies at once; of one session's or person's; and of one address's, which may be a whole school's.
    package static let bytesMax = 128 * 1_024 * 1_024, senderBytesMax = 48 * 1_024 * 1_024, addressBytesMax = 64 * 1_024 * 1_024
    /// What is kept for forms without files: bodies that are larger leave so much free, so that whoever sends much shuts no form for others.
    package static let reserveBytes = 48 * 1_024 * 1_024, smallBytesMax = 256 * 1_024
    /// A body is given so long before it is compared with others, and compared by what came in so long.
    package static let window: Duration = .seconds(5)
    /// What a client may wait before it comes again.
    private static let retrySeconds = 3

    package enum Holder: Hashable, Sendable {
        case session(ByteString)
        case person(ByteString)
        case address(AddressKey)

        fileprivate var bytesMax: Int { if case .address = self { addressBytesMax } else { senderBytesMax } }
    }

    /// One body, from its first byte to its end.
    package struct Body: Hashable, Sendable { fileprivate let number: UInt64 }

    private struct Entry {
        let holders: [Holder]
        let began: ContinuousClock.Instant
        let end: @Sendable () -> Void
        var bytes = 0
        /// Bytes of the window that goes on, and of the one before.
        var windowBegan: ContinuousClock.Instant
        var current = 0
        var previous = 0

        mutating func roll(to now: ContinuousClock.Instant) {
            let passed = now - windowBegan
            guard passed >= BodyMemory.window else { return }
            previous = passed < BodyMemory.window * 2 ? current : 0
            current = 0
            windowBegan = now
        }

        /// Bytes that came in the last window, of the one before as much as still counts.
        func recent(at now: ContinuousClock.Instant) -> Double {
            var copy = self
            copy.roll(to: now)
            return Double(copy.current) + Double(copy.previous) * max(0, 1 - (now - copy.windowBegan) / BodyMemory.window)
        }
    }
    private struct State {
        var all = 0
        var byHolder: [Holder: Int] = [:]
        var entries: [Body: Entry] = [:]
        var last: UInt64 = 0
        var ended = 0
    }
    private let state = Mutex(State())

    package init() {}

    package var bytes: Int { state.withLock { $0.all } }
    /// Bodies that made room for others, since the start.
    package var ended: Int { state.withLock { $0.ended } }

    /// - Parameter end: breaks off what sends the body; called at most once.
    package func open(_ holders: [Holder], at now: ContinuousClock.Instant, end: @escaping @Sendable () -> Void) -> Body {
        state.withLock { state in
            state.last += 1
            let body = Body(number: state.last)
            state.entries[body] = Entry(holders: holders, began: now, end: end, windowBegan: now)
            return body
        }
    }

    /// **Throws** where there is no room, or where the body was ended for another.
    package func take(_ bytes: Int, for body: Body, at now: ContinuousClock.Instant) throws(Refusal) {
        var ends: [@Sendable () -> Void] = []
        let isTaken = state.withLock { state -> Bool in
            guard var entry = state.entries[body] else { return false }
            entry.roll(to: now)
            entry.current += bytes
            state.entries[body] = entry
            while let stand = obstacle(to: bytes, of: entry, in: state) {
                guard let other = ending(stand, at: now, in: state), other != body, let end = state.entries[other]?.end else { return false }
                ends.append(end)
                state.ended += 1
                remove(other, &state)
            }
            state.all += bytes
            for holder in entry.holders { state.byHolder[holder, default: 0] += bytes }
            state.entries[body]?.bytes += bytes
            return true
        }
        for end in ends { end() }
        if !isTaken { throw Refusal(.unavailable, "form.no-room", parameters: ["seconds": String(Self.retrySeconds)]) }
    }

    /// Whether the body still has what it took.
    package func holds(_ body: Body) -> Bool { state.withLock { $0.entries[body] != nil } }

    package func close(_ body: Body) { state.withLock { remove(body, &$0) } }

    /// Whose bodies stand in the way: one holder's, or anybody's, and whether the young ones count too, and the small ones.
    private struct Obstacle {
        let holder: Holder?
        let isAnyAge: Bool
        let isAnySize: Bool
    }

    /// What stands in the way; nil where there is room.
    private func obstacle(to bytes: Int, of entry: Entry, in state: State) -> Obstacle? {
        // Body-3
        for holder in entry.holders where state.byHolder[holder, default: 0] + bytes > holder.bytesMax {
            return Obstacle(holder: holder, isAnyAge: false, isAnySize: false)
        }
        // Body-2
        let isSmall = entry.bytes + bytes <= Self.smallBytesMax
        let room = isSmall ? Self.bytesMax : Self.bytesMax - Self.reserveBytes
        guard state.all + bytes > room else { return nil }
        // Body-4
        var most: (holder: Holder, bytes: Int)?
        for case (let holder, let held) in state.byHolder where held > most?.bytes ?? 0 {
            if case .address = holder { most = (holder, held) }
        }
        let isAnothers = most.map { !entry.holders.contains($0.holder) } ?? false
        return Obstacle(holder: most?.holder, isAnyAge: isAnothers, isAnySize: isAnothers && isSmall)
    }

    /// Which body makes room: of the large ones that stand in the way and have had their time, the one of which least came of late; where there is
    /// none and the small ones count, the largest.
    private func ending(_ obstacle: Obstacle, at now: ContinuousClock.Instant, in state: State) -> Body? {
        let entries = state.entries.filter { (_, entry) in obstacle.holder.map { entry.holders.contains($0) } ?? true }
        let large = entries.filter { (_, entry) in entry.bytes > Self.smallBytesMax && (obstacle.isAnyAge || now - entry.began >= Self.window) }
        if let slowest = large.min(by: { ($0.value.recent(at: now), $0.key.number) < ($1.value.recent(at: now), $1.key.number) }) { return slowest.key }
        guard obstacle.isAnySize else { return nil }
        return entries.max { ($0.value.bytes, $1.key.number) < ($1.value.bytes, $0.key.number) }?.key
    }

    private func remove(_ body: Body, _ state: inout State) {
        guard let entry = state.entries.removeValue(forKey: body) else { return }
        state.all -= entry.bytes
        for holder in entry.holders {
            let left = state.byHolder[holder, default: 0] - entry.bytes
            state.byHolder[holder] = left > 0 ? left : nil
        }
    }
}
