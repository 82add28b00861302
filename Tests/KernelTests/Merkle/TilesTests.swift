import HouseTesting
import Kernel
import Testing

@Suite("Tiles of the tree") struct TilesTests {
    @Test(arguments: [
        ("tile/0/000", TilePath(.hashes(level: 0), index: 0)),
        ("tile/0/000.p/5", TilePath(.hashes(level: 0), index: 0, width: 5)),
        ("tile/3/x001/x234/067", TilePath(.hashes(level: 3), index: 1_234_067)),
        ("tile/63/x123/x456/078.p/255", TilePath(.hashes(level: 63), index: 123_456_078, width: 255)),
        ("tile/entries/x003/x057/500.p/2", TilePath(.entries, index: 3_057_500, width: 2)),
    ]) func `a path is read and written`(_ text: String, _ path: TilePath?) throws {
        #expect(TilePath(text) == path)
        #expect(try #require(path).text == text)
    }

    @Test(arguments: [
        "", "tile", "tile/0", "tile/0/", "tile/0/0", "tile/0/0000", "tile/00/000", "tile/64/000", "tile/-1/000", "tile/0/123/456", "tile/0/x000/001",
        "tile/0/x123/x456", "tile/0/x12/345", "tile/0/000.p", "tile/0/000.p/", "tile/0/000.p/0", "tile/0/000.p/00", "tile/0/000.p/05", "tile/0/000.p/256",
        "tile/0/000.p/999", "tile/0/000/1", "tile/0/000.q/1", "tile/Entries/000", "/tile/0/000", "tile/0/000/", "tile/0/00a", "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/3/5/123/456/078", "tile/3/-1/123/456/078",
    ]) func `another spelling is no path`(_ text: String) {
        #expect(TilePath(text) == nil)
    }

    @Test func `a tree of 70,000 has the tiles that the standard lists`() {
        // tlog-tiles: "273 full level 0 tiles, one partial of width 112, one full level 1 tile, one partial of 17, one partial level 2 tile of 1"
        #expect(Tiles.width(level: 0, index: 272, size: 70_000) == 256)
        #expect(Tiles.width(level: 0, index: 273, size: 70_000) == 112)
        #expect(Tiles.width(level: 0, index: 274, size: 70_000) == 0)
        #expect(Tiles.width(level: 1, index: 0, size: 70_000) == 256)
        #expect(Tiles.width(level: 1, index: 1, size: 70_000) == 17)
        #expect(Tiles.width(level: 2, index: 0, size: 70_000) == 1)
        #expect(Tiles.width(level: 3, index: 0, size: 70_000) == 0)
        #expect(Tiles.width(level: 9, index: .max, size: .max) == 0)
    }

    @Test func `bundles are read back, and broken ones refused`() throws {
        let entries: [[UInt8]] = [[], [1], [UInt8](repeating: 7, count: 300)]
        let bundle = try #require(Tiles.bundle(entries))
        #expect(Tiles.entries(bundle) == entries)
        #expect(Tiles.entries(Array(bundle.dropLast())) == nil)
        #expect(Tiles.entries([0]) == nil)
        #expect(Tiles.entries([UInt8](repeating: 0, count: 2 * 257)) == nil)
        #expect(Tiles.bundle([[UInt8](repeating: 0, count: 65_536)]) == nil)
        #expect(Tiles.hashes([UInt8](repeating: 0, count: 33)) == nil)
    }

    @Test func `proofs from tiles are those from leaves, over three levels of tiles`() throws {
        let size = 66_000
        let leaves = (0..<size).map { Merkle.leafHash([UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16)]) }
        var levels: [[Digest]] = [leaves]
        while let below = levels.last, below.count >= 256 {
            levels.append((0..<below.count / 256).map { Merkle.root(Array(below[$0 * 256..<$0 * 256 + 256])) })
        }
        #expect(levels.map { $0.count } == [66_000, 257, 1])
        func read(_ level: Int, _ index: UInt64) -> Digest? {
            Tiles.hash(level: level, index: index) { (level, index) -> [Digest]? in
                let width = Tiles.width(level: level, index: index, size: UInt64(size))
                return width == 0 ? nil : Array(levels[level][Int(index) * 256..<Int(index) * 256 + width])
            }
        }
        let root = Merkle.root(leaves)
        #expect(Merkle.root(size: UInt64(size), read) == root)
        for index in [0, 1, 255, 256, 65_535, 65_536, 65_999] {
            let proof = try #require(Merkle.inclusionProof(index: UInt64(index), size: UInt64(size), read))
            #expect(Merkle.verifyInclusion(leaf: leaves[index], index: UInt64(index), size: UInt64(size), proof: proof, root: root))
        }
        let proof = try #require(Merkle.consistencyProof(from: 300, to: UInt64(size), read))
        #expect(Merkle.verifyConsistency(old: 300, oldRoot: Merkle.root(Array(leaves.prefix(300))), new: UInt64(size), newRoot: root, proof: proof))
    }
}

@Suite("The published log of 15 entries", .enabled(if: SharedData.isPresent, "the shared conformance data is not here"))
struct PublishedLogTests {
    static let folder = "conformance/audit/tessera-log/log/"
    static let vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"

    @Test func `every bundle, tile and checkpoint says the same`() throws {
        let key = try #require(NoteKey(vkey: Self.vkey))
        var frontier = MerkleFrontier()
        for size in 0...15 {
            if size > 0 {
                let bundle = try #require(Tiles.entries(try SharedData.bytes(Self.folder + "tile/entries/000.p/\(size)")))
                let tile = try #require(Tiles.hashes(try SharedData.bytes(Self.folder + "tile/0/000.p/\(size)")))
                #expect(bundle.map { Merkle.leafHash($0) } == tile)
                #expect(Tiles.bundle(bundle) == (try SharedData.bytes(Self.folder + "tile/entries/000.p/\(size)")))
                #expect(Tiles.bytes(tile) == (try SharedData.bytes(Self.folder + "tile/0/000.p/\(size)")))
                frontier.append(try #require(tile.last))
                #expect(Merkle.root(size: UInt64(size), { (level: Int, index: UInt64) in
                    Tiles.hash(level: level, index: index) { (_, _) -> [Digest]? in tile }
                }) == frontier.root)
            }
            let note = try #require(SignedNote(try SharedData.bytes(Self.folder + "checkpoint.\(size)")))
            let checkpoint = try #require(Checkpoint(noteText: note.text))
            #expect(checkpoint == Checkpoint(origin: "example.com/log/testdata", size: UInt64(size), root: frontier.root))
            #expect(checkpoint.noteText == note.text)
            let check = NoteCheck(note, keys: [key])
            #expect(check.signatureChecks.map { Ed25519.verifies($0) } == [true])
            #expect(check.verdict([true]) == .signed(by: ["example.com/log/testdata"]))
        }
    }

    @Test func `each tree is proven to extend each smaller one`() throws {
        let leaves = try #require(Tiles.hashes(try SharedData.bytes(Self.folder + "tile/0/000.p/15")))
        func root(_ size: Int) throws -> Digest {
            let note = try #require(SignedNote(try SharedData.bytes(Self.folder + "checkpoint.\(size)")))
            return try #require(Checkpoint(noteText: note.text)).root
        }
        for new in 1...15 {
            for old in 1...new {
                let proof = try #require(Merkle.consistencyProof(from: UInt64(old), to: UInt64(new), { (level: Int, index: UInt64) in
                    Tiles.hash(level: level, index: index) { (_, _) -> [Digest]? in leaves }
                }))
                #expect(Merkle.verifyConsistency(
                    old: UInt64(old), oldRoot: try root(old), new: UInt64(new), newRoot: try root(new), proof: proof))
            }
        }
    }
}
