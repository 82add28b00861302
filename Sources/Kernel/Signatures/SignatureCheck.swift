/// A signature to be checked by whoever drives the pure code, with the cryptography of its place.
public struct SignatureCheck: Hashable, Sendable {
    /// **Standard** ES256: RFC 7518 section 3.4. Ed25519: RFC 8032.
    public enum Algorithm: String, Hashable, Sendable {
        case es256, ed25519
    }

    public var algorithm: Algorithm
    /// ES256: the uncompressed point, 65 bytes from 0x04 on. Ed25519: 32 bytes.
    public var key: [UInt8]
    /// What was signed, before hashing.
    public var message: [UInt8]
    /// 64 bytes; for ES256 r followed by s.
    public var signature: [UInt8]

    public init(algorithm: Algorithm, key: [UInt8], message: [UInt8], signature: [UInt8]) {
        self.algorithm = algorithm
        self.key = key
        self.message = message
        self.signature = signature
    }
}
