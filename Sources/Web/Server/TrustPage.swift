package import Credentials
package import Issuance
package import Kernel
package import StateFolder
internal import Synchronization

/// The state's trust list as it is published: which bodies sign which kinds of document with which keys, under the state's own signature.
package struct TrustPage: Sendable {
    /// How long a verifier may go on with a list that she fetched.
    static let lifeSeconds: Int64 = 30 * 86_400
    /// After so long a new list is made: a server that runs for months never hands out an old one.
    static let renewalSeconds: Int64 = 300

    /// One list, as handed out.
    package struct Published: Sendable {
        package let list: TrustList
        package let text: String
    }

    private final class Kept: Sendable {
        let newest = Mutex<Published?>(nil)
    }

    private let issuers: [TrustList.Issuer]
    private let keys: IssuerKeys
    private let kept = Kept()
    /// The thumbprint of the key that signs the list: what a verifier holds on to.
    package let stateKey: String
    /// The key itself, named by its thumbprint.
    ///
    /// **Standard** RFC 7517.
    let stateKeyFile: String

    package init(state: StateDefinition, keys: IssuerKeys) throws {
        self.keys = keys
        let key = try keys.stateKey
        stateKey = key.thumbprint
        guard case .object(var members) = key.json else { preconditionFailure("a JWK is an object") }
        members["kid"] = .string(key.thumbprint)
        stateKeyFile = JSON.object(members).text
        issuers = try state.issuingBodies.map { body in
            TrustList.Issuer(
                iss: keys.issuer(body.id), name: body.names, keys: [try keys.publicKey(body.id)],
                kinds: state.documents.filter { $0.body == body.id }.map(\.vct))
        }
    }

    /// The list as it is handed out now.
    package func list(at now: Instant) throws -> TrustList { try published(at: now).list }

    /// The list with its signature, as it is handed out now. Its serial is the second in which it was made.
    package func published(at now: Instant) throws -> Published {
        try kept.newest.withLock { newest in
            if let newest, let issued = newest.list.issued, issued <= now, now < issued.adding(seconds: Self.renewalSeconds) { return newest }
            let list = try TrustList(issuers: issuers, serial: Int(now.seconds), issued: now, expires: now.adding(seconds: Self.lifeSeconds))
            let made = Published(list: list, text: try keys.signed(list).text)
            newest = made
            return made
        }
    }
}
