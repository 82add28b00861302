/// Tiles: a log's tree cut into pieces 256 hashes wide, so that it can be served as files that never change.
/// **Standard**: C2SP tlog-tiles.
public enum Tiles {
    /// Hashes in a full tile, and entries in a full bundle.
    public static let width = 256
    /// Tree levels that one tile spans: 2^8 = 256.
    public static let height = 8
    /// The highest level a tile can have.
    public static let levelMax = 63
    /// The longest entry that a bundle can hold, in bytes.
    public static let entryBytesMax = 65_535

    /// How many hashes the tile has in a tree of that size: 0 when it does not exist, 256 when it is full.
    public static func width(level: Int, index: UInt64, size: UInt64) -> Int {
        let shift = level * height
        guard level >= 0, shift < 64 else { return 0 }
        let hashes = size >> UInt64(shift)
        let (start, overflow) = index.multipliedReportingOverflow(by: UInt64(width))
        guard !overflow, hashes > start else { return 0 }
        return Int(min(hashes - start, UInt64(width)))
    }

    /// The hashes of a tile, from its bytes. **Shape**: nil unless there are 1 to 256 hashes of 32 bytes.
    public static func hashes(_ bytes: [UInt8]) -> [Digest]? {
        guard !bytes.isEmpty, bytes.count % 32 == 0, bytes.count <= width * 32 else { return nil }
        var hashes: [Digest] = []
        hashes.reserveCapacity(bytes.count / 32)
        var offset = 0
        while offset < bytes.count {
            guard let hash = Digest(Array(bytes[offset..<offset + 32])) else { return nil }
            hashes.append(hash)
            offset += 32
        }
        return hashes
    }

    /// The bytes of a tile.
    public static func bytes(_ hashes: [Digest]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(hashes.count * 32)
        for hash in hashes { bytes.append(contentsOf: hash.bytes) }
        return bytes
    }

    /// The bundle of entries: each behind its length in two bytes, big-endian.
    /// **Shape**: nil when an entry is longer than `entryBytesMax` or there are more than 256.
    public static func bundle(_ entries: [[UInt8]]) -> [UInt8]? {
        guard entries.count <= width else { return nil }
        var bytes: [UInt8] = []
        for entry in entries {
            guard entry.count <= entryBytesMax else { return nil }
            bytes.append(UInt8(entry.count >> 8))
            bytes.append(UInt8(entry.count & 0xff))
            bytes.append(contentsOf: entry)
        }
        return bytes
    }

    /// The entries of a bundle. **Shape**: nil when a length runs past the end or there are more than 256.
    public static func entries(_ bundle: [UInt8]) -> [[UInt8]]? {
        var entries: [[UInt8]] = []
        var offset = 0
        while offset < bundle.count {
            guard offset + 2 <= bundle.count, entries.count < width else { return nil }
            let length = Int(bundle[offset]) << 8 | Int(bundle[offset + 1])
            offset += 2
            guard offset + length <= bundle.count else { return nil }
            entries.append(Array(bundle[offset..<offset + length]))
            offset += length
        }
        return entries
    }

    /// Reads complete subtrees out of tiles: what `Merkle.root(size:_:)` and the proofs ask for.
    ///
    /// `tile` returns the hashes of a tile, at least as many as the tree in question has there. A level between two tile levels
    /// is hashed from the tile below it.
    /// **Shape**: nil when the tile is missing or too narrow.
    public static func hash<E: Error>(
        level: Int, index: UInt64, tile: (_ level: Int, _ index: UInt64) throws(E) -> [Digest]?
    ) throws(E) -> Digest? {
        let tileLevel = level / height
        let levelInTile = level % height
        let span = 1 << levelInTile
        guard let hashes = try tile(tileLevel, index >> UInt64(height - levelInTile)) else { return nil }
        let start = Int(index & UInt64(width / span - 1)) * span
        guard start + span <= hashes.count else { return nil }
        if span == 1 { return hashes[start] }
        return Merkle.root(Array(hashes[start..<start + span]))
    }
}

/// The address of one tile or bundle below a log's prefix: `tile/0/x001/x234/067.p/5`, `tile/entries/000`.
///
/// **Standard**: C2SP tlog-tiles, sections Merkle Tree, Partial Tiles, Log entries.
public struct TilePath: Hashable, Sendable {
    /// What is addressed.
    public enum Content: Hashable, Sendable {
        /// Hashes, at a tile level 0 … 63.
        case hashes(level: Int)
        /// The log's entries themselves.
        case entries
    }

    public let content: Content
    /// The position in its level.
    public let index: UInt64
    /// Hashes or entries, 1 … 256; 256 is a full tile and has no suffix.
    public let width: Int

    /// **Shape**: nil when the level or the width is out of range.
    public init?(_ content: Content, index: UInt64, width: Int = Tiles.width) {
        if case .hashes(let level) = content, level < 0 || level > Tiles.levelMax { return nil }
        guard width >= 1, width <= Tiles.width else { return nil }
        self.content = content
        self.index = index
        self.width = width
    }

    /// Reads a path that begins with `tile/`. Only the one spelling that `text` gives back is accepted.
    public init?(_ text: String) {
        var parts: [[UInt8]] = [[]]
        for byte in text.utf8 {
            if byte == UInt8(ascii: "/") { parts.append([]) } else { parts[parts.count - 1].append(byte) }
        }
        guard parts.count >= 3, parts.count <= 12, parts[0] == Array("tile".utf8) else { return nil }

        let content: Content
        if parts[1] == Array("entries".utf8) {
            content = .entries
        } else {
            guard let level = TilePath.decimal(parts[1], digitsMax: 2) else { return nil }
            content = .hashes(level: Int(level))
        }

        var width = UInt64(Tiles.width)
        var groups = Array(parts[2...])
        if groups.count >= 2, groups[groups.count - 2].suffix(2).elementsEqual(".p".utf8) {
            guard let partial = TilePath.decimal(groups.removeLast(), digitsMax: 3), partial < UInt64(Tiles.width) else { return nil }
            width = partial
            groups[groups.count - 1].removeLast(2)
        }
        var index: UInt64 = 0
        for position in groups.indices {
            var group = groups[position]
            if position < groups.count - 1 {
                guard group.first == UInt8(ascii: "x") else { return nil }
                group.removeFirst()
            }
            guard group.count == 3 else { return nil }
            for byte in group {
                guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
                let (scaled, overflow) = index.multipliedReportingOverflow(by: 10)
                let (sum, carried) = scaled.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
                guard !overflow, !carried else { return nil }
                index = sum
            }
        }
        self.init(content, index: index, width: Int(width))
        // A needless group of zeros in front would be a second name for the same tile.
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    /// The path, without a leading slash.
    public var text: String {
        var text = "tile/"
        switch content {
        case .hashes(let level): text += "\(level)/"
        case .entries: text += "entries/"
        }
        var groups = [index % 1000]
        var rest = index / 1000
        while rest > 0 {
            groups.append(rest % 1000)
            rest /= 1000
        }
        for position in groups.indices.reversed() {
            if position > 0 { text += "x" }
            if groups[position] < 100 { text += "0" }
            if groups[position] < 10 { text += "0" }
            text += "\(groups[position])"
            if position > 0 { text += "/" }
        }
        if width < Tiles.width { text += ".p/\(width)" }
        return text
    }

    /// A decimal without leading zeros.
    private static func decimal(_ bytes: [UInt8], digitsMax: Int) -> UInt64? {
        guard !bytes.isEmpty, bytes.count <= digitsMax, bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else { return nil }
        var value: UInt64 = 0
        for byte in bytes {
            guard byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
        }
        return value
    }
}
