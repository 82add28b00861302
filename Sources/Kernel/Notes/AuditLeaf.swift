/// What the audit log's tree holds: never a payload, only its hash beside a nonce. Whoever sees the tree learns nothing; whoever
/// holds payload and nonce can show that they are in it. These forms never change.
public enum AuditLeaf {
    /// Bytes in a nonce.
    public static let nonceBytes = 32

    /// An entry's leaf: `dovira-entry-v1 ‖ nonce(32) ‖ SHA-256(payload)`.
    public static func entry(nonce: [UInt8], payloadHash: Digest) -> [UInt8] {
        Array("dovira-entry-v1".utf8) + nonce + payloadHash.bytes
    }

    /// A line's leaf, in the tree of its own that an entry about many people carries:
    /// `dovira-line-v1 ‖ nonce(32) ‖ {"n":…,"person":…}` in canonical JSON.
    public static func line(nonce: [UInt8], person: String, number: Int) -> [UInt8] {
        let line: JSONObject = ["n": .number(Decimal128(number)), "person": .string(person)]
        return Array("dovira-line-v1".utf8) + nonce + Array(JSON.object(line).canonical.utf8)
    }

    /// The nonce of the line at a position: SHA-256 of the entry's secret and the position in four bytes, big-endian. One secret for
    /// all lines; giving away one line's nonce gives away no other's.
    public static func lineNonce(secret: [UInt8], position: UInt32) -> [UInt8] {
        SHA256.hash(secret + [24, 16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: position >> shift) }).bytes
    }
}
