/// The Merkle tree of RFC 6962 over SHA-256: hashes, proofs, checks.
///
/// **Shape**: sizes and indices are `UInt64`, because a browser's `Int` has 32 bits; a tree holds at most `sizeMax` leaves.
/// **Standard**: RFC 6962, section 2.1 (RFC 9162, section 2.1, is the same tree).
public enum Merkle {
    /// The largest tree that is reckoned with: 2^62 leaves, so that no arithmetic on sizes can overflow.
    public static let sizeMax: UInt64 = 1 << 62

    /// The root of the empty tree, SHA-256 of nothing.
    public static let emptyRoot = SHA256.hash([])

    /// The hash of one leaf: SHA-256 of 0x00 and the leaf's data.
    public static func leafHash(_ data: [UInt8]) -> Digest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1 + data.count)
        bytes.append(0x00)
        bytes.append(contentsOf: data)
        return SHA256.hash(bytes)
    }

    /// The hash of an inner node: SHA-256 of 0x01 and its two children.
    public static func nodeHash(_ left: Digest, _ right: Digest) -> Digest {
        // No array: a log of a million entries hashes two million nodes.
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 65) { bytes in
            bytes[0] = 0x01
            left.write(to: UnsafeMutableBufferPointer(rebasing: bytes[1..<33]))
            right.write(to: UnsafeMutableBufferPointer(rebasing: bytes[33..<65]))
            return SHA256.hash(UnsafeBufferPointer(bytes))
        }
    }

    /// The root over leaf hashes in order; `emptyRoot` when there are none.
    public static func root(_ leafHashes: [Digest]) -> Digest {
        var frontier = MerkleFrontier()
        for leaf in leafHashes { frontier.append(leaf) }
        return frontier.root
    }

    /// The root of the tree of `size` leaves, from a reader of complete subtrees.
    ///
    /// The reader gets a level (0 = leaves) and an index in that level, and returns the hash of the 2^level leaves that begin at
    /// index · 2^level. Nothing else is asked of it, so it can be an array, a table of tiles or a network.
    /// **Shape**: nil when the reader lacks a hash or `size` exceeds `sizeMax`.
    public static func root<E: Error>(size: UInt64, _ read: (_ level: Int, _ index: UInt64) throws(E) -> Digest?) throws(E) -> Digest? {
        if size == 0 { return emptyRoot }
        guard size <= sizeMax else { return nil }
        return try rangeRoot(0, size, read)
    }

    /// MTH(D[start:end]); `start` is a multiple of the smallest power of two that is not below the range's width.
    static func rangeRoot<E: Error>(_ start: UInt64, _ end: UInt64, _ read: (Int, UInt64) throws(E) -> Digest?) throws(E) -> Digest? {
        let width = end - start
        if width & (width - 1) == 0 {
            let level = width.trailingZeroBitCount
            return try read(level, start >> UInt64(level))
        }
        let split = start + leftWidth(width)
        guard let left = try rangeRoot(start, split, read), let right = try rangeRoot(split, end, read) else { return nil }
        return nodeHash(left, right)
    }

    /// The largest power of two below `width`, which is at least 2.
    static func leftWidth(_ width: UInt64) -> UInt64 {
        1 << UInt64(63 - (width - 1).leadingZeroBitCount)
    }
}

/// The right edge of a growing tree: one hash for each one-bit of its size. It grows leaf by leaf in constant memory and knows
/// the root at every size, which is what a verifier that reads a whole log needs.
public struct MerkleFrontier: Hashable, Sendable {
    /// The number of leaves appended so far.
    public private(set) var size: UInt64 = 0
    /// Roots of the complete subtrees from left (largest) to right.
    private var subtrees: [Digest] = []

    public init() {}

    /// Appends a leaf hash. **Shape**: at most `Merkle.sizeMax` times.
    public mutating func append(_ leaf: Digest) {
        var node = leaf
        var merges = size
        while merges & 1 == 1, let left = subtrees.popLast() {
            node = Merkle.nodeHash(left, node)
            merges >>= 1
        }
        subtrees.append(node)
        size += 1
    }

    /// The root of the tree as it stands.
    public var root: Digest {
        guard var node = subtrees.last else { return Merkle.emptyRoot }
        for left in subtrees.dropLast().reversed() { node = Merkle.nodeHash(left, node) }
        return node
    }
}
