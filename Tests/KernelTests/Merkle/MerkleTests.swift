import HouseTesting
import Kernel
import Testing

/// A tree in memory: what the proof builders read.
struct MemoryTree {
    let leaves: [Digest]

    init(_ count: Int) {
        leaves = (0..<count).map { Merkle.leafHash([UInt8(truncatingIfNeeded: $0), UInt8(truncatingIfNeeded: $0 >> 8)]) }
    }

    func hash(level: Int, index: UInt64) -> Digest? {
        let start = Int(index) << level
        guard start + 1 << level <= leaves.count else { return nil }
        return MemoryTree.root(leaves[start..<start + 1 << level])
    }

    /// The definition of RFC 6962, section 2.1, word for word: the tests' own yardstick.
    static func root(_ leaves: ArraySlice<Digest>) -> Digest {
        if leaves.isEmpty { return SHA256.hash([]) }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return Merkle.nodeHash(root(leaves.prefix(split)), root(leaves.dropFirst(split)))
    }
}

@Suite("The Merkle tree") struct MerkleTests {
    @Test func `the frontier and the reader give the root of the definition at every size`() {
        let tree = MemoryTree(300)
        var frontier = MerkleFrontier()
        for size in 0...300 {
            let expected = MemoryTree.root(tree.leaves.prefix(size))
            #expect(frontier.root == expected)
            #expect(Merkle.root(size: UInt64(size), { tree.hash(level: $0, index: $1) }) == expected)
            if size < 300 { frontier.append(tree.leaves[size]) }
        }
    }

    @Test func `every leaf of every small tree is proven, and by no other path, place or size`() throws {
        let tree = MemoryTree(40)
        for size in 1...40 {
            let root = MemoryTree.root(tree.leaves.prefix(size))
            for index in 0..<size {
                let leaf = tree.leaves[index]
                let proof = try #require(
                    Merkle.inclusionProof(index: UInt64(index), size: UInt64(size), { tree.hash(level: $0, index: $1) }))
                func verifies(_ leaf: Digest, _ index: Int, _ size: Int, _ proof: [Digest], _ root: Digest) -> Bool {
                    Merkle.verifyInclusion(leaf: leaf, index: UInt64(index), size: UInt64(size), proof: proof, root: root)
                }
                #expect(verifies(leaf, index, size, proof, root))
                #expect(!verifies(root, index, size, proof, root) || size == 1)
                #expect(!verifies(leaf, index + 1, size, proof, root))
                #expect(!verifies(leaf, index, size, proof + [root], root))
                #expect(!verifies(leaf, index, size, proof, leaf) || size == 1)
                if !proof.isEmpty {
                    #expect(!verifies(leaf, index, size, Array(proof.dropLast()), root))
                    #expect(!verifies(leaf, index, size, Array(proof.dropFirst()), root))
                }
            }
        }
    }

    @Test func `every pair of sizes is proven consistent, and no other roots are`() throws {
        let tree = MemoryTree(40)
        for new in 1...40 {
            let newRoot = MemoryTree.root(tree.leaves.prefix(new))
            for old in 1...new {
                let oldRoot = MemoryTree.root(tree.leaves.prefix(old))
                let proof = try #require(Merkle.consistencyProof(from: UInt64(old), to: UInt64(new), { tree.hash(level: $0, index: $1) }))
                func verifies(_ old: Int, _ oldRoot: Digest, _ newRoot: Digest, _ proof: [Digest]) -> Bool {
                    Merkle.verifyConsistency(old: UInt64(old), oldRoot: oldRoot, new: UInt64(new), newRoot: newRoot, proof: proof)
                }
                #expect(verifies(old, oldRoot, newRoot, proof))
                #expect(!verifies(old, newRoot, oldRoot, proof) || old == new)
                #expect(!verifies(old, Merkle.emptyRoot, newRoot, proof))
                #expect(!verifies(old, oldRoot, newRoot, proof + [newRoot]))
                if !proof.isEmpty { #expect(!verifies(old, oldRoot, newRoot, Array(proof.dropLast()))) }
            }
        }
    }

    @Test func `an old size of 0 proves nothing`() {
        let root = Merkle.leafHash([1])
        #expect(!Merkle.verifyConsistency(old: 0, oldRoot: Merkle.emptyRoot, new: 1, newRoot: root, proof: []))
        #expect(!Merkle.verifyConsistency(old: 0, oldRoot: Merkle.emptyRoot, new: 0, newRoot: Merkle.emptyRoot, proof: []))
        #expect(Merkle.consistencyProof(from: 0, to: 1, { (_: Int, _: UInt64) in root }) == nil)
    }

    @Test func `sizes beyond the limit are refused and never overflow`() {
        let hash = Merkle.leafHash([])
        for size in [Merkle.sizeMax + 1, UInt64.max - 1, UInt64.max] {
            #expect(!Merkle.verifyInclusion(leaf: hash, index: size - 1, size: size, proof: [], root: hash))
            #expect(!Merkle.verifyConsistency(old: 1, oldRoot: hash, new: size, newRoot: hash, proof: [hash]))
            #expect(Merkle.root(size: size, { (_: Int, _: UInt64) in hash }) == nil)
            #expect(Merkle.inclusionProof(index: 0, size: size, { (_: Int, _: UInt64) in hash }) == nil)
        }
        #expect(Merkle.inclusionProof(index: Merkle.sizeMax - 1, size: Merkle.sizeMax, { (_: Int, _: UInt64) in hash })?.count == 62)
    }
}

@Suite("The published Merkle vectors", .enabled(if: SharedData.isPresent, "the shared conformance data is not here"))
struct MerkleVectorTests {
    @Test func `all 98 inclusion cases`() throws {
        let cases = try #require(try SharedData.json("conformance/audit/merkle/inclusion.json").array)
        #expect(cases.count == 98)
        for item in cases { #expect(MerkleCases.inclusion(item), "\(MerkleCases.name(item))") }
    }

    @Test func `all 98 consistency cases, those from size 0 refused`() throws {
        let cases = try #require(try SharedData.json("conformance/audit/merkle/consistency.json").array)
        #expect(cases.count == 98)
        for item in cases { #expect(MerkleCases.consistency(item), "\(MerkleCases.name(item))") }
    }

    @Test func `the roots of sizes 0 to 8`() throws {
        let constants = try SharedData.json("conformance/audit/merkle/constants.json")
        let inputs = try #require(constants["leaf_inputs_hex"]?.array).map { try #require(Hex.decode($0.string ?? "-")) }
        let roots = try #require(constants["root_hashes_hex_by_size"]?.array)
        #expect(roots.count == 9)
        for (size, root) in roots.enumerated() {
            #expect(Merkle.root(inputs.prefix(size).map { Merkle.leafHash($0) }).hex == root.string)
        }
    }
}
