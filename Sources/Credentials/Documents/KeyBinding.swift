public import Kernel

/// Whether whoever shows a document must prove that it is theirs. The checker decides this, never the token.
///
/// **Standard** RFC 9901 sections 4.3 and 7.3.
public enum KeyBindingRule: Hashable, Sendable {
    /// The checker asked for no proof. A token that brings one answers somebody else: its signatures are checked and told, and it is not
    /// taken as shown here.
    case notAsked
    /// The checker asked with this nonce, under this name. The proof may be as old as `KeyBindingRule.ageMax`.
    case required(audience: String, nonce: String)

    /// Seconds that a proof may be old.
    public static let ageMax: Int64 = 300
}

/// The proof that a document brought although none was asked for: for whom its holder made it, and when.
public struct Presentation: Hashable, Sendable {
    public let audience: ByteString
    public let madeAt: Instant
}

/// The token at the end of a presentation by which the holder's key answers the checker.
struct KeyBindingToken {
    enum Fault: String, Error {
        case missing = "key-binding-missing"
        /// The document is bound to no key, or to one that cannot be read.
        case noHolderKey = "key-binding-without-key"
        case unreadable = "key-binding-unreadable"
        case wrongType = "key-binding-type"
        case wrongAlgorithm = "key-binding-algorithm"
        case wrongAudience = "key-binding-audience"
        case wrongNonce = "key-binding-nonce"
        case wrongTime = "key-binding-time"
        /// It was made for another document or another choice of disclosures.
        case wrongDocument = "key-binding-document"
    }

    /// The signature to be checked; everything else is checked already.
    let check: SignatureCheck
    let presentation: Presentation

    /// Nil when none is asked for and none is there.
    static func read(_ token: SDJWT, _ rule: KeyBindingRule, now: Instant) throws(Fault) -> KeyBindingToken? {
        guard let text = token.keyBinding else {
            if rule == .notAsked { return nil }
            throw .missing
        }
        // The key is read from what was signed: `cnf` is never disclosable.
        guard let key = token.payload["cnf"]?["jwk"].flatMap({ PublicJWK($0) }) else { throw .noHolderKey }
        let bytes = Array(text.utf8)
        let pieces = bytes.split(separator: 0x2E, maxSplits: 3, omittingEmptySubsequences: false)
        guard pieces.count == 3, pieces[0].count <= SDJWTLimits.headerByteCountMax, let header = SDJWT.object(pieces[0]),
            let payload = SDJWT.object(pieces[1]), let signature = SDJWT.decode(pieces[2]),
            signature.count == SDJWTLimits.signatureByteCount, header["crit"] == nil
        else { throw .unreadable }
        guard header["typ"] == "kb+jwt" else { throw .wrongType }
        guard header["alg"] == "ES256" else { throw .wrongAlgorithm }
        guard let audience = payload["aud"]?.string, audience.utf8.count <= SDJWTLimits.nameByteCountMax else { throw .wrongAudience }
        guard payload["nonce"]?.string != nil else { throw .wrongNonce }
        guard let made = payload["iat"].flatMap({ NumericDate.instant($0) }), made <= now.adding(seconds: DocumentCheck.clockSkewMax) else {
            throw .wrongTime
        }
        if case .required(let own, let nonce) = rule {
            guard audience.hasSameBytes(as: own) else { throw .wrongAudience }
            guard payload["nonce"] == .string(nonce) else { throw .wrongNonce }
            guard now <= made.adding(seconds: KeyBindingRule.ageMax) else { throw .wrongTime }
        }
        guard payload["sd_hash"] == .string(Base64URL.encode(SHA256.hash(token.presented).bytes)) else { throw .wrongDocument }
        return KeyBindingToken(
            check: SignatureCheck(algorithm: .es256, key: key.x963, message: Array(bytes[..<pieces[1].endIndex]), signature: signature),
            presentation: Presentation(audience: ByteString(audience), madeAt: made))
    }
}

/// Seconds since 1970 as JSON Web Tokens write them. **Standard** RFC 7519 section 2.
enum NumericDate {
    /// The moment, to the second; nil for what is no number, and outside the years 1970 to 9999.
    static func instant(_ value: JSON) -> Instant? {
        guard let seconds = value.number?.floor.int64, seconds >= 0, seconds <= 253_402_300_799 else { return nil }
        return Instant(seconds: seconds)
    }
}
