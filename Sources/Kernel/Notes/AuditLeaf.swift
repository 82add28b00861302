/// What the audit log's tree holds: never a payload, only a commitment to it. Whoever sees the tree learns nothing; whoever
/// holds payload and nonce can show that they are in it. These forms never change.
public enum AuditLeaf {
    /// Bytes in a nonce.
    public static let nonceBytes = 32

    /// An entry's leaf: `dovira-entry-v2 ‖ SHA-256(nonce(32) ‖ payload)`.
    ///
    /// The nonce stays inside with the payload, so the leaf hides it: with both erased, nobody can try guesses against the leaf. An entry of
    /// the first form, whose payload says so, has the leaf `dovira-entry-v1 ‖ nonce(32) ‖ SHA-256(payload)`, which publishes the nonce.
    public static func entry(nonce: [UInt8], payload: [UInt8]) -> [UInt8] {
        entry(nonce: nonce, payload: payload) { SHA256.hash($0) }
    }

    /// The same, with another implementation of SHA-256.
    public static func entry<E: Error>(nonce: [UInt8], payload: [UInt8], sha256: ([UInt8]) throws(E) -> Digest) throws(E) -> [UInt8] {
        if isFirstForm(payload) { return Array("dovira-entry-v1".utf8) + nonce + (try sha256(payload)).bytes }
        return Array("dovira-entry-v2".utf8) + (try sha256(nonce + payload)).bytes
    }

    /// Whether a payload says that it is of the first form: in canonical JSON `"v":1` is the last member there, and of no later form.
    public static func isFirstForm(_ payload: [UInt8]) -> Bool {
        payload.suffix(firstFormEnd.utf8.count).elementsEqual(firstFormEnd.utf8)
    }

    private static let firstFormEnd = "\"v\":1}"

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
