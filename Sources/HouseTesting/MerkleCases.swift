package import Kernel

/// The published cases of Merkle proofs: does our answer agree with the case?
package enum MerkleCases {
    package static func name(_ item: JSON) -> String { item["file"]?.string ?? "" }

    package static func inclusion(_ item: JSON) -> Bool {
        guard let index = size(item["leafIdx"]), let size = size(item["treeSize"]) else { return false }
        var verifies = false
        if let leaf = digest(item["leafHash"]), let root = digest(item["root"]), let proof = proof(item["proof"]) {
            verifies = Merkle.verifyInclusion(leaf: leaf, index: index, size: size, proof: proof, root: root)
        }
        return verifies != item["wantErr"]?.bool
    }

    package static func consistency(_ item: JSON) -> Bool {
        guard let old = size(item["size1"]), let new = size(item["size2"]) else { return false }
        var verifies = false
        if let oldRoot = root(item["root1"]), let newRoot = root(item["root2"]), let proof = proof(item["proof"]) {
            verifies = Merkle.verifyConsistency(old: old, oldRoot: oldRoot, new: new, newRoot: newRoot, proof: proof)
        }
        return verifies != item["wantErr"]?.bool
    }

    private static func digest(_ json: JSON?) -> Digest? {
        json?.string.flatMap { Base64.decode($0) }.flatMap { Digest($0) }
    }

    /// A root; cases whose root does not matter write a word there ("don't care 1"), for which its hash stands in.
    private static func root(_ json: JSON?) -> Digest? {
        digest(json) ?? json?.string.flatMap { Base64.decode($0) }.map { SHA256.hash($0) }
    }

    /// The proof's hashes; nil when one has the wrong length, which no proof may have.
    private static func proof(_ json: JSON?) -> [Digest]? {
        guard let list = json?.array else { return [] }
        let hashes = list.compactMap { digest($0) }
        return hashes.count == list.count ? hashes : nil
    }

    private static func size(_ json: JSON?) -> UInt64? { UInt64(json?.number?.text ?? "") }
}
