import Kernel

/// The people of one chunk with their numbers, in the order of their lines, and as the bytes that the entry keeps of them.
///
/// **Shape** of the bytes, for each line: length of the person's id in two bytes, the id in UTF-8, the number in four bytes; big-endian.
struct ChunkLines: Sendable {
    private(set) var all: [(person: String, number: Int)] = []

    init() {}

    /// **Shape** nil when the bytes are not what `encoded` writes.
    init?(_ bytes: [UInt8]) {
        var offset = 0
        func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard offset + count <= bytes.count else { return nil }
            defer { offset += count }
            return bytes[offset..<offset + count]
        }
        while offset < bytes.count {
            guard let length = take(2).map({ $0.reduce(0) { $0 << 8 | Int($1) } }), let person = take(length), let number = take(4) else { return nil }
            append(person: String(decoding: person, as: UTF8.self), number: number.reduce(0) { $0 << 8 | Int($1) })
        }
    }

    mutating func reserve(_ count: Int) { all.reserveCapacity(count) }

    mutating func append(person: String, number: Int) { all.append((person, number)) }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(all.count * 24)
        for (person, number) in all {
            let count = person.utf8.count
            precondition(count <= 0xffff, "a person's id has at most 65,535 bytes")
            bytes.append(UInt8(count >> 8))
            bytes.append(UInt8(count & 0xff))
            bytes.append(contentsOf: person.utf8)
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
        }
        return bytes
    }

    /// The leaves of the chunk's own tree. // Audit-7
    func leafHashes(secret: [UInt8]) -> [Digest] {
        var hashes: [Digest] = []
        hashes.reserveCapacity(all.count)
        for (position, line) in all.enumerated() {
            let nonce = AuditLeaf.lineNonce(secret: secret, position: UInt32(position))
            hashes.append(Merkle.leafHash(AuditLeaf.line(nonce: nonce, person: line.person, number: line.number)))
        }
        return hashes
    }
}

/// A whole tree in memory, every complete subtree hashed once.
struct LeafTree {
    private var levels: [[Digest]]

    init(_ leaves: [Digest]) {
        levels = [leaves]
        while let below = levels.last, below.count > 1 {
            levels.append(stride(from: 0, to: below.count - 1, by: 2).map { Merkle.nodeHash(below[$0], below[$0 + 1]) })
        }
    }

    func hash(level: Int, index: UInt64) -> Digest? {
        guard level < levels.count, index < levels[level].count else { return nil }
        return levels[level][Int(index)]
    }
}
