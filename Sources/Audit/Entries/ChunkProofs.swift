internal import Kernel
internal import Synchronization

/// Proofs of lines in entries about many people, without hashing all lines of a chunk for each of its people.
///
/// Of every chunk that somebody asked about, the hashes of its subtrees of 64 lines are kept, some 2.5 kB; a proof then hashes the lines beside hers.
///
/// **Shape** at most `countMax` chunks; beyond them it starts afresh.
final class ChunkProofs: Sendable {
    static let countMax = 1_024
    /// The subtrees that are kept have 2 to this power lines.
    private static let level = 6

    static let shared = ChunkProofs()

    /// The secret of a chunk's nonces → its whole subtrees of `level`.
    private let kept = Mutex<[[UInt8]: [Digest]]>([:])

    init() {}

    /// What a person needs to show her line. **Shape** nil when there is no such line, or the bytes are not a chunk's.
    func proof(of people: [UInt8], position: Int, secret: [UInt8]) -> EntryProof.Line? {
        guard let lines = LinePlaces(people), lines.count > position, position >= 0 else { return nil }
        let subtrees: [Digest]
        if let known = kept.withLock({ $0[secret] }), known.count == lines.count >> Self.level {
            subtrees = known
        } else {
            subtrees = (0..<lines.count >> Self.level).map { lines.subtree(people, secret, level: Self.level, index: $0) }
            kept.withLock { kept in
                if kept.count >= Self.countMax { kept.removeAll(keepingCapacity: true) }
                kept[secret] = subtrees
            }
        }
        let upper = LeafTree(subtrees)
        let path = Merkle.inclusionProof(index: UInt64(position), size: UInt64(lines.count)) { (level: Int, index: UInt64) -> Digest? in
            if level >= Self.level { return upper.hash(level: level - Self.level, index: index) }
            return lines.subtree(people, secret, level: level, index: Int(index))
        }
        guard let path else { return nil }
        return EntryProof.Line(position: UInt64(position), nonce: AuditLeaf.lineNonce(secret: secret, position: UInt32(position)), path: path)
    }
}

/// Where the lines of a chunk begin in its bytes.
private struct LinePlaces {
    private var starts: [Int] = []

    var count: Int { starts.count }

    /// **Shape** as in `ChunkLines`: length of the id in two bytes, the id, the number in four.
    init?(_ bytes: [UInt8]) {
        var place = 0
        while place < bytes.count {
            guard place + 2 <= bytes.count else { return nil }
            starts.append(place)
            place += 2 + (Int(bytes[place]) << 8 | Int(bytes[place + 1])) + 4
        }
        guard place == bytes.count else { return nil }
    }

    /// The hash of 2 to the power of `level` lines. The tree asks for whole subtrees alone.
    func subtree(_ bytes: [UInt8], _ secret: [UInt8], level: Int, index: Int) -> Digest {
        if level == 0 { return leaf(bytes, secret, index) }
        return Merkle.nodeHash(subtree(bytes, secret, level: level - 1, index: index * 2), subtree(bytes, secret, level: level - 1, index: index * 2 + 1))
    }

    private func leaf(_ bytes: [UInt8], _ secret: [UInt8], _ position: Int) -> Digest {
        let start = starts[position], length = Int(bytes[start]) << 8 | Int(bytes[start + 1])
        let person = String(decoding: bytes[start + 2..<start + 2 + length], as: UTF8.self)
        let number = bytes[start + 2 + length..<start + 6 + length].reduce(0) { $0 << 8 | Int($1) }
        return Merkle.leafHash(AuditLeaf.line(nonce: AuditLeaf.lineNonce(secret: secret, position: UInt32(position)), person: person, number: number))
    }
}
