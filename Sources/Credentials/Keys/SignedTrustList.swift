public import Kernel

/// A trust list under the signature of its state: who changes the list on its way becomes no issuer.
///
/// **Shape** the list's JSON with one member more, `"signature"`: a JWS in compact form with its payload left out, `header..signature`. What
/// is signed is the list without that member, in its canonical text. The header is
/// `{"alg": "ES256", "typ": "trust-list+jws", "jwk": the state's public key}`; a verifier knows the key by its thumbprint.
/// **Standard** RFC 7515 Appendix F (detached content), RFC 8785 (canonical text) and its Appendix F, RFC 7638 (thumbprint).
public struct SignedTrustList: Sendable {
    public static let type = "trust-list+jws"
    private static let member = "signature"

    /// Why a list's signature is not even asked for.
    public enum Fault: String, Error, Hashable, Sendable {
        case unsigned = "list-unsigned"
        case signatureUnreadable = "list-signature-unreadable"
        /// Signed by another key than the one that the verifier relies on.
        case otherKey = "list-other-key"
        /// A signed list has a serial, a beginning and an end.
        case undated = "list-undated"
    }

    public let list: TrustList
    /// The thumbprint of the key that signs it.
    public let stateKey: String
    /// To be answered before the list is believed.
    public let signatureCheck: SignatureCheck

    /// - Parameter stateKey: the thumbprint of the state's key where the verifier knows it; without it the key that the list itself names
    ///   is taken, which finds damage, not forgery.
    public init(json: JSON, list: TrustList, stateKey: String? = nil) throws(Fault) {
        guard var members = json.object, let written = members[Self.member] else { throw .unsigned }
        guard list.serial != nil, list.issued != nil, list.expires != nil else { throw .undated }
        members[Self.member] = nil
        guard let text = written.string else { throw .signatureUnreadable }
        let bytes = Array(text.utf8)
        let pieces = bytes.split(separator: 0x2E, maxSplits: 3, omittingEmptySubsequences: false)
        guard pieces.count == 3, pieces[0].count <= SDJWTLimits.headerByteCountMax, pieces[1].isEmpty, let header = SDJWT.object(pieces[0]),
            let signature = SDJWT.decode(pieces[2]), signature.count == SDJWTLimits.signatureByteCount, header["crit"] == nil,
            header["alg"] == "ES256", header["typ"] == .string(Self.type), let key = header["jwk"].flatMap({ PublicJWK($0) })
        else { throw .signatureUnreadable }
        let thumbprint = key.thumbprint
        if let stateKey, !thumbprint.hasSameBytes(as: stateKey) { throw .otherKey }
        self.list = list
        self.stateKey = thumbprint
        signatureCheck = SignatureCheck(
            algorithm: .es256, key: key.x963, message: Self.message(header: pieces[0], JSON.object(members)), signature: signature)
    }

    /// The list's JSON under a new signature. `sign` makes ES256 over what it is given: 64 bytes, r followed by s.
    public static func signed<Failure: Error>(
        _ list: TrustList, by key: PublicJWK, _ sign: ([UInt8]) throws(Failure) -> [UInt8]
    ) throws(Failure) -> JSON {
        precondition(list.serial != nil && list.issued != nil && list.expires != nil, "a signed list has a serial, a beginning and an end")
        let header: JSON = ["alg": "ES256", "typ": .string(type), "jwk": key.json]
        var encoded: [UInt8] = []
        Base64URL.append(header.bytes, to: &encoded)
        var members = list.json.object ?? [:]
        let signature = try sign(message(header: encoded[...], .object(members)))
        precondition(signature.count == SDJWTLimits.signatureByteCount, "an ES256 signature has 64 bytes")
        members[member] = .string(String(decoding: encoded, as: UTF8.self) + ".." + Base64URL.encode(signature))
        return .object(members)
    }

    private static func message(header: ArraySlice<UInt8>, _ content: JSON) -> [UInt8] {
        let canonical = content.canonicalBytes
        var message = Array(header)
        message.reserveCapacity(message.count + 1 + Base64URL.length(of: canonical.count))
        message.append(0x2E)
        Base64URL.append(canonical, to: &message)
        return message
    }
}
