import Synchronization

/// Lists of written rows that need not be held to their entries once more: this process wrote them itself, or has done so.
///
/// A case's row is proved before each of its changes, by the list of the change before; and a bulk load's list is long, and its people come one
/// after another.
///
/// **Shape** at most `bytesMax` and `countMax`; beyond them those that came first go.
final class WrittenLists: Sendable {
    static let bytesMax = 8_388_608
    static let countMax = 8_192

    /// With each its entry's nonce, which tells whether it is the same entry: one whose commit failed leaves its id to another.
    struct Kept {
        let nonce: [UInt8]
        let bytes: [UInt8]
    }

    private struct State {
        var kept: [Int64: Kept] = [:]
        /// Their entries in the order in which they came, from `first` on.
        var order: [Int64] = []
        var first = 0
        var bytes = 0
    }
    private let state = Mutex(State())

    subscript(entry: Int) -> Kept? { state.withLock { $0.kept[Int64(entry)] } }

    func keep(_ bytes: [UInt8], of entry: Int64, nonce: [UInt8]) {
        guard bytes.count <= Self.bytesMax else { return }
        state.withLock { state in
            if let before = state.kept.updateValue(Kept(nonce: nonce, bytes: bytes), forKey: entry) {
                state.bytes -= before.bytes.count
            } else {
                state.order.append(entry)
            }
            state.bytes += bytes.count
            while state.bytes > Self.bytesMax || state.order.count - state.first > Self.countMax, state.first < state.order.count {
                if let gone = state.kept.removeValue(forKey: state.order[state.first]) { state.bytes -= gone.bytes.count }
                state.first += 1
            }
            if state.first > Self.countMax {
                state.order.removeFirst(state.first)
                state.first = 0
            }
        }
    }
}
