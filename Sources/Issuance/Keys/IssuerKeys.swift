package import Credentials
import Crypto
package import Kernel

/// The signing keys of the issuing bodies, one P-256 key each, and the state's own, which signs the list of who may issue what. Made on first
/// use and kept by a ``KeyStore``.
///
/// Each body signs for itself, and the state's list binds it to its kinds of document: a stolen key of one says nothing in another's name,
/// and nothing of another's kinds.
package struct IssuerKeys: Sendable {
    private static let stateName = "state"

    private let keys: [String: P256.Signing.PrivateKey]
    private let stateSecret: P256.Signing.PrivateKey
    private let origin: String

    /// **Throws** what the store throws; a state without its keys does not start.
    package init(bodies: [String], origin: String, store: any KeyStore) throws {
        self.origin = origin
        var keys: [String: P256.Signing.PrivateKey] = [:]
        for body in bodies { keys[body] = try Self.key(Self.name(ofBody: body), store) }
        self.keys = keys
        stateSecret = try Self.key(Self.stateName, store)
    }

    /// The name under which a store keeps a body's key.
    package static func name(ofBody body: String) -> String { "issuer-\(body)" }

    private static func key(_ name: String, _ store: any KeyStore) throws -> P256.Signing.PrivateKey {
        let secret = try store.secret(name) { Array(P256.Signing.PrivateKey().rawRepresentation) }
        return try P256.Signing.PrivateKey(rawRepresentation: secret)
    }

    /// The names of all keys in the store, each with what may be known of it: the public key's RFC 7638 thumbprint.
    package var thumbprints: [String: String] {
        get throws {
            var thumbprints = [Self.stateName: try stateKey.thumbprint]
            for body in keys.keys { thumbprints[Self.name(ofBody: body)] = try keyID(body) }
            return thumbprints
        }
    }

    /// The `iss` of a body's documents: under the state's own origin.
    package func issuer(_ body: String) -> String { "\(origin)/issuers/\(body)" }

    /// The key's name: its RFC 7638 thumbprint.
    package func keyID(_ body: String) throws -> String { try publicKey(body).thumbprint }

    /// The public key under its name.
    package func publicKey(_ body: String) throws -> PublicJWK { try Self.publicKey(try key(body), body) }

    /// The public key that signs the trust list.
    package var stateKey: PublicJWK {
        get throws { try Self.publicKey(stateSecret, Self.stateName) }
    }

    /// ES256 over the message: 64 bytes, r‖s.
    package func sign(_ message: [UInt8], for body: String) throws -> [UInt8] {
        Array(try key(body).signature(for: message).rawRepresentation)
    }

    /// The trust list under the state's signature.
    package func signed(_ list: TrustList) throws -> JSON {
        try SignedTrustList.signed(list, by: stateKey) { message in Array(try stateSecret.signature(for: message).rawRepresentation) }
    }

    private func key(_ body: String) throws -> P256.Signing.PrivateKey {
        guard let key = keys[body] else { throw KeyFault.noKey(body) }
        return key
    }

    private static func publicKey(_ secret: P256.Signing.PrivateKey, _ name: String) throws -> PublicJWK {
        let point = Array(secret.publicKey.x963Representation)
        guard let plain = PublicJWK(x963: point), let named = PublicJWK(x963: point, keyID: plain.thumbprint) else {
            throw KeyFault.unreadable(name)
        }
        return named
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
