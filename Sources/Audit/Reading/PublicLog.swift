package import Kernel
package import Storage

/// What everyone may read of the log: checkpoint, tiles, bundles; and the proofs that are made of them.
package struct PublicLog: Sendable {
    static let newestCheckpoint = PublicQuery(
        "audit.newest-checkpoint", tables: ["audit_checkpoints"], sql: "SELECT note FROM audit_checkpoints ORDER BY size DESC LIMIT 1")
    static let tile = PublicQuery(
        "audit.tile", tables: ["audit_tiles"], sql: "SELECT bytes FROM audit_tiles WHERE level = $1 AND tile = $2")

    /// Every public query of the log, for tests that enumerate them.
    package static let queries = [newestCheckpoint, newestSigning, tile]

    let view: PublicView

    package init(_ view: PublicView) { self.view = view }

    /// The newest checkpoint: a signed note, served at `/log/checkpoint`; nil before the sequencer's first pass.
    package func checkpoint() async throws -> String? {
        try await view.query(PublicLog.newestCheckpoint).first?.text(0)
    }

    /// What is served below `/log/` at this path: hashes or entries, as many as its width says; nil where the tree is not that wide yet.
    ///
    /// **Standard** C2SP tlog-tiles. The bytes of a path never change, so they may be cached for ever.
    package func resource(at path: TilePath) async throws -> [UInt8]? {
        switch path.content {
        case .hashes(let level):
            guard let bytes = try await tile(level, path.index), bytes.count >= path.width * 32 else { return nil }
            return Array(bytes.prefix(path.width * 32))
        case .entries:
            guard let bytes = try await tile(TreeWriter.bundles, path.index), let entries = Tiles.entries(bytes), entries.count >= path.width
            else { return nil }
            return Tiles.bundle(Array(entries.prefix(path.width)))
        }
    }

    /// Entries about a person with all that shows they are in the log: what `HistoryCheck` checks.
    ///
    /// **Shape** the entries in the order given; `count` from `AuditLog.lastNumber`, read with them. An entry without a place, or numbered after
    /// the newest checkpoint was signed, is in it as pending.
    /// **Throws** `AuditCorrupt` where tiles are missing.
    package func proof(of records: [AuditRecord], about person: String, count: Int) async throws -> HistoryProof {
        let note = try await checkpoint() ?? ""
        let size = SignedNote(note).flatMap { Checkpoint(noteText: $0.text) }?.size ?? 0
        let tiles = try await tiles(for: records.compactMap { $0.index }.filter { $0 < size }, size: size)
        var entries: [EntryProof] = []
        entries.reserveCapacity(records.count)
        for record in records {
            var place: EntryProof.Place?
            if let index = record.index, index < size {
                let path = Merkle.inclusionProof(index: index, size: size) { (level: Int, index: UInt64) in
                    Tiles.hash(level: level, index: index) { (level: Int, index: UInt64) -> [Digest]? in tiles[Address(level: level, index: index)] }
                }
                guard let path else { throw AuditCorrupt("the tiles do not hold the path of entry \(index) in a tree of \(size)") }
                place = EntryProof.Place(index: index, path: path)
            }
            var line: EntryProof.Line?
            if let stored = record.line {
                line = ChunkProofs.shared.proof(of: stored.people, position: stored.position, secret: stored.secret)
                guard line != nil else { throw AuditCorrupt("an entry about many people lacks a line that points to it") }
            }
            entries.append(EntryProof(number: record.number, payload: record.payload, nonce: record.nonce, place: place, line: line))
        }
        return HistoryProof(person: person, count: count, checkpoint: note, entries: entries)
    }

    /// That the tree of `old` leaves is a prefix of the one of `new`; nil unless 0 < old ≤ new and the tree has `new` leaves.
    package func consistencyProof(from old: UInt64, to new: UInt64) async throws -> [Digest]? {
        guard old > 0, old <= new, new <= Merkle.sizeMax, let note = try await checkpoint(),
            let newest = SignedNote(note).flatMap({ Checkpoint(noteText: $0.text) }), new <= newest.size
        else { return nil }
        // A consistency proof is made of the siblings on the old tree's last path.
        let tiles = try await tiles(for: [old - 1], size: new)
        return Merkle.consistencyProof(from: old, to: new) { (level: Int, index: UInt64) in
            Tiles.hash(level: level, index: index) { (level: Int, index: UInt64) -> [Digest]? in tiles[Address(level: level, index: index)] }
        }
    }

    private struct Address: Hashable {
        let level: Int
        let index: UInt64
    }

    /// The tiles that paths from these leaves touch: on each level the one above the leaf and the rightmost ones.
    private func tiles(for leaves: [UInt64], size: UInt64) async throws -> [Address: [Digest]] {
        var needed: Set<Address> = []
        var level = 0
        while size >> UInt64(level * Tiles.height) > 0 {
            let shift = UInt64((level + 1) * Tiles.height)
            for leaf in leaves + [size - 1, size] {
                let address = Address(level: level, index: shift < 64 ? leaf >> shift : 0)
                if Tiles.width(level: level, index: address.index, size: size) > 0 { needed.insert(address) }
            }
            level += 1
        }
        var tiles: [Address: [Digest]] = [:]
        for address in needed {
            // Wider than this tree needs is right too: a tile only ever grows.
            guard let hashes = try await tile(address.level, address.index).flatMap({ Tiles.hashes($0) }) else {
                throw AuditCorrupt("tile \(address.level)/\(address.index) is missing")
            }
            tiles[address] = hashes
        }
        return tiles
    }

    private func tile(_ level: Int, _ index: UInt64) async throws -> [UInt8]? {
        guard let index = Int64(exactly: index) else { return nil }
        return try await view.query(PublicLog.tile, [.int(level), .integer(index)]).first?.blob(0)
    }
}
