/// What a reader keeps of a log from one look to the next: enough to notice that the log was shortened or written anew.
///
/// **Shape**, as JSON: `{"origin": "…", "size": "12", "root": "base64", "count": 7}`; the size is a string, because script's numbers end at 2^53.
public struct LogMemory: Hashable, Sendable {
    /// The log's name.
    public let origin: String
    /// The largest tree that was seen signed, and its root.
    public let size: UInt64
    public let root: Digest
    /// How many entries about the reader there were.
    public let count: Int

    public init(origin: String, size: UInt64, root: Digest, count: Int) {
        self.origin = origin
        self.size = size
        self.root = root
        self.count = count
    }

    public init?(_ json: JSON) {
        guard let origin = json["origin"]?.string, let size = json["size"]?.string.flatMap({ UInt64($0) }), size <= Merkle.sizeMax,
            let root = json["root"]?.string.flatMap({ Base64.decode($0) }).flatMap({ Digest($0) }), let count = json["count"]?.int, count >= 0
        else { return nil }
        self.init(origin: origin, size: size, root: root, count: count)
    }

    public var json: JSON {
        [
            "origin": .string(origin), "size": .string("\(size)"), "root": .string(Base64.encode(root.bytes)),
            "count": .number(Decimal128(count)),
        ]
    }

    /// How what is shown now compares with what was kept.
    ///
    /// - Parameter proof: that the kept tree is the beginning of the present one; nil while nobody has been asked for it.
    /// **Shape** a checkpoint that is not to be trusted says nothing about the past: `.unproven`.
    public func compared(with checkpoint: CheckpointVerdict, count: Int, consistency proof: [Digest]?) -> MemoryVerdict {
        switch checkpoint {
        case .malformed, .unknownLog, .forged: return .unproven
        case .none: return size > 0 ? .shrunk : .kept
        case .signed(let now):
            if !now.origin.utf8.elementsEqual(origin.utf8) { return .otherLog }
            if now.size < size { return .shrunk }
            if count < self.count { return .fewer }
            // Every tree extends the empty one.
            if size == 0 { return .kept }
            if now.size == size { return now.root == root ? .kept : .forked }
            guard let proof else { return .unproven }
            return Merkle.verifyConsistency(old: size, oldRoot: root, new: now.size, newRoot: now.root, proof: proof) ? .kept : .forked
        }
    }
}

/// What came out when a log was held to what its reader had kept of it.
public enum MemoryVerdict: String, Hashable, Sendable {
    /// The kept tree is the beginning of the present one, and no entry about the reader has gone.
    case kept
    /// A proof is needed that was not given, or the present checkpoint is not to be trusted.
    case unproven
    /// The log is shorter than it was.
    case shrunk
    /// There are fewer entries about the reader than there were.
    case fewer
    /// The present tree does not begin with the kept one: entries were changed or taken out.
    case forked
    /// The checkpoint is of a log of another name.
    case otherLog
}
