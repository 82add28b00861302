extension Merkle {
    /// The path that shows that leaf `index` is in the tree of `size` leaves: sibling hashes from the leaf upward.
    ///
    /// **Shape**: nil when `index` is not in the tree or the reader (see `root(size:_:)`) lacks a hash.
    /// **Standard**: RFC 6962, section 2.1.1.
    public static func inclusionProof<E: Error>(
        index: UInt64, size: UInt64, _ read: (_ level: Int, _ index: UInt64) throws(E) -> Digest?
    ) throws(E) -> [Digest]? {
        guard index < size, size <= sizeMax else { return nil }
        var start: UInt64 = 0
        var end = size
        var path: [Digest] = []
        while end - start > 1 {
            let split = start + leftWidth(end - start)
            guard let sibling = index < split ? try rangeRoot(split, end, read) : try rangeRoot(start, split, read) else { return nil }
            path.append(sibling)
            if index < split { end = split } else { start = split }
        }
        path.reverse()
        return path
    }

    /// Whether the path leads from the leaf to the root.
    ///
    /// **Shape**: false, never a crash, for anything that does not fit: an index outside the tree, a path too short or too long.
    /// **Standard**: RFC 9162, section 2.1.3.2.
    public static func verifyInclusion(leaf: Digest, index: UInt64, size: UInt64, proof: [Digest], root: Digest) -> Bool {
        guard index < size, size <= sizeMax else { return false }
        var node = index
        var last = size - 1
        var hash = leaf
        for sibling in proof {
            if last == 0 { return false }
            if node & 1 == 1 || node == last {
                hash = nodeHash(sibling, hash)
                // The rightmost node of an incomplete level has no sibling there: climb to the level where it has one.
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                hash = nodeHash(hash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// The proof that the tree of `old` leaves is a prefix of the tree of `new` leaves.
    ///
    /// **Shape**: nil unless 0 < old ≤ new and the reader has every hash; empty when both sizes are equal.
    /// **Standard**: RFC 6962, section 2.1.2.
    public static func consistencyProof<E: Error>(
        from old: UInt64, to new: UInt64, _ read: (_ level: Int, _ index: UInt64) throws(E) -> Digest?
    ) throws(E) -> [Digest]? {
        guard old > 0, old <= new, new <= sizeMax else { return nil }
        var start: UInt64 = 0
        var end = new
        var proof: [Digest] = []
        var oldRootIsKnown = true  // the verifier has the old root already while the old tree is the whole subtree in view
        while end != old {
            let split = start + leftWidth(end - start)
            if old <= split {
                guard let right = try rangeRoot(split, end, read) else { return nil }
                proof.append(right)
                end = split
            } else {
                guard let left = try rangeRoot(start, split, read) else { return nil }
                proof.append(left)
                start = split
                oldRootIsKnown = false
            }
        }
        if !oldRootIsKnown {
            guard let rest = try rangeRoot(start, end, read) else { return nil }
            proof.append(rest)
        }
        proof.reverse()
        return proof
    }

    /// Whether the proof shows that the tree with `oldRoot` is a prefix of the tree with `newRoot`.
    ///
    /// **The rule for an old size of 0**: refused, whatever the proof. Every tree extends the empty one, so there is nothing to
    /// prove; a caller that begins with an empty log says so itself and asks for no proof. (C2SP's tlog-witness accepts an empty
    /// proof there; a witness decides that before it comes here.)
    /// **Standard**: RFC 9162, section 2.1.4.2.
    public static func verifyConsistency(old: UInt64, oldRoot: Digest, new: UInt64, newRoot: Digest, proof: [Digest]) -> Bool {
        guard old > 0, old <= new, new <= sizeMax else { return false }
        if old == new { return proof.isEmpty && oldRoot == newRoot }

        var node = old - 1
        var last = new - 1
        while node & 1 == 1 {
            node >>= 1
            last >>= 1
        }
        var rest = proof[...]
        // A complete old tree is a node of the new one: its root is the start and is not sent.
        let start: Digest
        if node == 0 {
            start = oldRoot
        } else {
            guard let first = rest.popFirst() else { return false }
            start = first
        }
        var oldHash = start
        var newHash = start
        for sibling in rest {
            if last == 0 { return false }
            if node & 1 == 1 || node == last {
                oldHash = nodeHash(sibling, oldHash)
                newHash = nodeHash(sibling, newHash)
                while node & 1 == 0, node != 0 {
                    node >>= 1
                    last >>= 1
                }
            } else {
                newHash = nodeHash(newHash, sibling)
            }
            node >>= 1
            last >>= 1
        }
        return last == 0 && oldHash == oldRoot && newHash == newRoot
    }
}
