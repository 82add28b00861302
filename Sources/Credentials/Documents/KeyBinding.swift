import Kernel

/// Whether whoever shows a document must prove that it is theirs. The checker decides this, never the token.
///
/// **Standard** RFC 9901 sections 4.3 and 7.3.
public enum KeyBindingRule: Hashable, Sendable {
    /// The checker asked for no proof: a token that brings one is for somebody else, and is refused.
    case refused
    /// The checker asked with this nonce, under this name. The proof may be as old as `KeyBindingRule.ageMax`.
    case required(audience: String, nonce: String)

    /// Seconds that a proof may be old.
    public static let ageMax: Int64 = 300
}

/// The token at the end of a presentation by which the holder's key answers the checker.
struct KeyBindingToken {
    enum Fault: String, Error {
        case unexpected = "key-binding-unexpected"
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

    /// The signature to be checked; everything else is checked already. Nil when none is asked for and none is there.
    static func check(_ token: SDJWT, _ rule: KeyBindingRule, now: Instant) throws(Fault) -> SignatureCheck? {
        guard case .required(let audience, let nonce) = rule else {
            guard token.keyBinding == nil else { throw .unexpected }
            return nil
        }
        guard let text = token.keyBinding else { throw .missing }
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
        guard payload["aud"] == .string(audience) else { throw .wrongAudience }
        guard payload["nonce"] == .string(nonce) else { throw .wrongNonce }
        guard let made = payload["iat"].flatMap({ NumericDate.instant($0) }), made <= now.adding(seconds: DocumentCheck.clockSkewMax),
            now <= made.adding(seconds: KeyBindingRule.ageMax)
        else { throw .wrongTime }
        guard payload["sd_hash"] == .string(Base64URL.encode(SHA256.hash(token.presented).bytes)) else { throw .wrongDocument }
        return SignatureCheck(algorithm: .es256, key: key.x963, message: Array(bytes[..<pieces[1].endIndex]), signature: signature)
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
