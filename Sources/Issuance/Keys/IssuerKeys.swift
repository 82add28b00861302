package import Credentials
import Crypto
import Kernel

/// The signing keys of the issuing bodies: one P-256 key each, made on first use and kept by a ``KeyStore``.
///
/// Each body signs for itself, so that a stolen key of one says nothing in another's name.
package struct IssuerKeys: Sendable {
    private let keys: [String: P256.Signing.PrivateKey]
    private let origin: String

    /// **Throws** what the store throws; a state without its keys does not start.
    package init(bodies: [String], origin: String, store: any KeyStore) throws {
        self.origin = origin
        var keys: [String: P256.Signing.PrivateKey] = [:]
        for body in bodies {
            let secret = try store.secret("issuer-\(body)") { Array(P256.Signing.PrivateKey().rawRepresentation) }
            keys[body] = try P256.Signing.PrivateKey(rawRepresentation: secret)
        }
        self.keys = keys
    }

    /// The `iss` of a body's documents: under the state's own origin.
    package func issuer(_ body: String) -> String { "\(origin)/issuers/\(body)" }

    /// The key's name: its RFC 7638 thumbprint.
    package func keyID(_ body: String) throws -> String { try publicKey(body).thumbprint }

    /// The public key under its name.
    package func publicKey(_ body: String) throws -> PublicJWK {
        let point = Array(try key(body).publicKey.x963Representation)
        guard let plain = PublicJWK(x963: point), let named = PublicJWK(x963: point, keyID: plain.thumbprint) else {
            throw KeyFault.unreadable(body)
        }
        return named
    }

    /// ES256 over the message: 64 bytes, r‖s.
    package func sign(_ message: [UInt8], for body: String) throws -> [UInt8] {
        Array(try key(body).signature(for: message).rawRepresentation)
    }

    private func key(_ body: String) throws -> P256.Signing.PrivateKey {
        guard let key = keys[body] else { throw KeyFault.noKey(body) }
        return key
    }
}

/// Where secrets are kept. The server keeps files that only it can read.
package protocol KeyStore: Sendable {
    /// The secret of that name; made and kept durably when there is none.
    func secret(_ name: String, make: () -> [UInt8]) throws -> [UInt8]
}

package enum KeyFault: Error, Sendable {
    case noKey(String)
    case unreadable(String)
}
