import Kernel
import Storage

/// Appends leaves to the stored tiles, within one transaction. It keeps the tiles that it has read or changed until `save`.
struct TreeWriter: ~Copyable {
    /// The level under which bundles of entries are stored.
    static let bundles = -1

    /// Leaves in the tree.
    private(set) var size: UInt64
    private var tiles: [Tile: [UInt8]] = [:]
    private var changed: Set<Tile> = []

    private struct Tile: Hashable {
        let level: Int
        let index: UInt64
    }

    init(size: UInt64) { self.size = size }

    /// Appends leaves: each one's data to the bundles, its hash to the tiles.
    mutating func append(_ leaves: [[UInt8]], in transaction: borrowing Transaction) throws {
        var position = size
        for leaf in leaves {
            guard let framed = Tiles.bundle([leaf]) else { throw AuditCorrupt("a leaf is too long for a bundle") }
            try extend(
                Tile(level: TreeWriter.bundles, index: position / UInt64(Tiles.width)), at: Int(position % UInt64(Tiles.width)), by: framed,
                in: transaction)
            position += 1
        }
        try append(leaves.map { try FastMerkle.leafHash($0) }, level: 0, at: size, in: transaction)
        size = position
    }

    /// Appends hashes to a level that has `count` of them, and the hashes of the tiles that this fills to the level above.
    private mutating func append(_ hashes: [Digest], level: Int, at count: UInt64, in transaction: borrowing Transaction) throws {
        var filled: [Digest] = []
        var position = count
        for hash in hashes {
            let tile = Tile(level: level, index: position / UInt64(Tiles.width))
            let width = Int(position % UInt64(Tiles.width))
            try extend(tile, at: width, by: hash.bytes, in: transaction)
            position += 1
            if width == Tiles.width - 1 {
                guard let all = Tiles.hashes(tiles[tile] ?? []), all.count == Tiles.width else {
                    throw AuditCorrupt("tile \(level)/\(tile.index) is not as wide as the tree says")
                }
                filled.append(try FastMerkle.root(all))
            }
        }
        if !filled.isEmpty { try append(filled, level: level + 1, at: count / UInt64(Tiles.width), in: transaction) }
    }

    /// Appends to a tile that has `width` elements.
    private mutating func extend(_ tile: Tile, at width: Int, by bytes: [UInt8], in transaction: borrowing Transaction) throws {
        if tiles[tile] == nil, let known = try TreeWriter.stored(tile, in: transaction) {
            // What stands there already was signed: written over it would be lost, and behind it the tree would be another.
            guard TreeWriter.width(known, level: tile.level) == width else {
                throw AuditCorrupt("tile \(tile.level)/\(tile.index) is not as wide as the tree says")
            }
            tiles[tile] = known
        }
        guard width == 0 || tiles[tile] != nil else { throw AuditCorrupt("tile \(tile.level)/\(tile.index) is missing") }
        tiles[tile, default: []].append(contentsOf: bytes)
        changed.insert(tile)
    }

    private mutating func read(_ tile: Tile, in transaction: borrowing Transaction) throws -> [UInt8] {
        if let known = tiles[tile] { return known }
        guard let bytes = try TreeWriter.stored(tile, in: transaction) else { throw AuditCorrupt("tile \(tile.level)/\(tile.index) is missing") }
        tiles[tile] = bytes
        return bytes
    }

    private static func stored(_ tile: Tile, in transaction: borrowing Transaction) throws -> [UInt8]? {
        try transaction.first(
            "SELECT bytes FROM audit_tiles WHERE level = $1 AND tile = $2", [.int(tile.level), .integer(Int64(tile.index))])?.blob(0)
    }

    /// How many elements a tile holds; nil where its bytes are none.
    private static func width(_ bytes: [UInt8], level: Int) -> Int? {
        level == bundles ? Tiles.entries(bytes)?.count : Tiles.hashes(bytes)?.count
    }

    /// Holds the rightmost tile and bundle to the size of the tree, and sees that none stands behind them.
    ///
    /// **Throws** `AuditCorrupt`.
    static func checkEnd(size: UInt64, in transaction: borrowing Transaction) throws {
        for level in [bundles, 0] {
            let row = try transaction.first("SELECT tile, bytes FROM audit_tiles WHERE level = $1 ORDER BY tile DESC LIMIT 1", [.int(level)])
            let stored = try row.map { UInt64(try $0.int(0)) * UInt64(Tiles.width) + UInt64(width(try $0.blob(1), level: level) ?? Tiles.width + 1) } ?? 0
            guard stored == size else {
                throw AuditCorrupt("the \(level == 0 ? "tiles" : "bundles") hold \(stored) leaves and the tree says \(size)")
            }
        }
    }

    /// The root of the tree as it stands, from the rightmost tiles.
    mutating func root(in transaction: borrowing Transaction) throws -> Digest {
        // Read first, so that the reader below needs no transaction.
        var level = 0
        while size >> UInt64(level * Tiles.height) > 0 {
            let hashes = size >> UInt64(level * Tiles.height)
            for index in Set([(hashes - 1) / UInt64(Tiles.width), hashes / UInt64(Tiles.width)])
            where Tiles.width(level: level, index: index, size: size) > 0 {
                _ = try read(Tile(level: level, index: index), in: transaction)
            }
            level += 1
        }
        let (tiles, size) = (tiles, size)
        let root = Merkle.root(size: size) { (level: Int, index: UInt64) in
            Tiles.hash(level: level, index: index) { (level: Int, index: UInt64) -> [Digest]? in
                tiles[Tile(level: level, index: index)].flatMap { Tiles.hashes($0) }
            }
        }
        guard let root else { throw AuditCorrupt("the rightmost tiles do not make a tree of \(size) leaves") }
        return root
    }

    /// Writes the changed tiles.
    mutating func save(in transaction: borrowing Transaction) throws {
        try transaction.executeEach(
            "INSERT INTO audit_tiles (level, tile, bytes) VALUES ($1, $2, $3) ON CONFLICT (level, tile) DO UPDATE SET bytes = excluded.bytes",
            changed.map { (tile: Tile) -> [SQLValue] in [.int(tile.level), .integer(Int64(tile.index)), .blob(tiles[tile] ?? [])] })
        changed = []
    }
}
