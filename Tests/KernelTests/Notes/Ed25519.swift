import Crypto
import Kernel

/// The driver that answers the pure code's questions in these tests.
enum Ed25519 {
    static func verifies(_ check: SignatureCheck) -> Bool {
        guard check.algorithm == .ed25519, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: check.key) else { return false }
        return key.isValidSignature(check.signature, for: check.message)
    }

    static func key(seed: UInt8) throws -> Curve25519.Signing.PrivateKey {
        try Curve25519.Signing.PrivateKey(rawRepresentation: [UInt8](repeating: seed, count: 32))
    }
}
