import Crypto
import Kernel

/// SHA-256 by swift-crypto, which is several times faster than the portable one and gives the same.
func fastHash(_ bytes: [UInt8]) throws -> Kernel.Digest {
    // Over the buffer: the library's way for any data costs as much again as hashing a short payload.
    var state = Crypto.SHA256()
    bytes.withUnsafeBytes { state.update(bufferPointer: $0) }
    guard let digest = state.finalize().withUnsafeBytes({ Kernel.Digest([UInt8]($0)) }) else { throw AuditCorrupt("SHA-256 gave no 32 bytes") }
    return digest
}

/// What `Merkle` says of leaves and whole tiles, with the fast hash: the sequencer pays for it with every entry.
///
/// **Standard** RFC 6962, section 2.1.
enum FastMerkle {
    static func leafHash(_ leaf: [UInt8]) throws -> Kernel.Digest { try fastHash([0x00] + leaf) }

    /// The root over a power of two of hashes.
    static func root(_ hashes: [Kernel.Digest]) throws -> Kernel.Digest {
        precondition(hashes.count.nonzeroBitCount == 1, "a tile that is full has a power of two of hashes")
        var level = hashes
        var node = [UInt8](repeating: 0x01, count: 1 + 2 * Kernel.Digest.byteCount)
        while level.count > 1 {
            for pair in 0..<level.count / 2 {
                node.replaceSubrange(1..<33, with: level[2 * pair].bytes)
                node.replaceSubrange(33..<65, with: level[2 * pair + 1].bytes)
                level[pair] = try fastHash(node)
            }
            level.removeLast(level.count / 2)
        }
        return level[0]
    }
}
