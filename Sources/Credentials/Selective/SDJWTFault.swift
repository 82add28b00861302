import Kernel

/// Why a token is not taken, before anyone asks whether its signature is good. The raw values are plain reason codes.
public enum SDJWTFault: String, Error, Hashable, Sendable, CaseIterable {
    /// Longer than `SDJWTLimits` allows, in whatever part.
    case tooLarge = "too-large"
    /// Arrays, objects and disclosures nest more deeply than is allowed.
    case tooDeep = "too-deep"
    /// Not of the form `header.payload.signature~disclosure~…~`.
    case notSDJWT = "not-sd-jwt"
    case headerUnreadable = "header-unreadable"
    case algorithmNotAllowed = "algorithm-not-allowed"
    /// The header demands that something be understood which is not.
    case headerCritical = "header-critical"
    case signatureUnreadable = "signature-unreadable"
    case payloadUnreadable = "payload-unreadable"
    /// `_sd_alg` names another function than SHA-256.
    case hashNotAllowed = "hash-not-allowed"
    /// `_sd` is no array of strings, or `...` stands where it may not.
    case digestUnreadable = "digest-unreadable"
    case digestRepeated = "digest-repeated"
    case disclosureUnreadable = "disclosure-unreadable"
    case disclosureArity = "disclosure-arity"
    case disclosureRepeated = "disclosure-repeated"
    /// No digest in what was signed belongs to it: it was altered or comes from elsewhere.
    case disclosureUnreferenced = "disclosure-unreferenced"
    /// A disclosed claim is called `_sd`, `_sd_alg` or `...`.
    case claimNameForbidden = "claim-name-forbidden"
    /// A disclosed claim stands already where it would go.
    case claimRepeated = "claim-repeated"
}

/// How much of a token is read at all, and the sizes of its parts.
public enum SDJWTLimits {
    /// The whole token; a document with a photograph stays under it.
    public static let tokenByteCountMax = 512 * 1024
    /// The protected header, in Base64URL.
    public static let headerByteCountMax = 16 * 1024
    public static let disclosureCountMax = 512
    /// How deeply claims may nest, disclosures within disclosures counted.
    public static let depthMax = 32
    /// **Standard** RFC 9901 section 9.3: at least 128 bits.
    public static let saltByteCount = 16
    /// ES256: r followed by s. **Standard** RFC 7518 section 3.4.
    public static let signatureByteCount = 64

    /// What an issuer and a kind of document may be called, in bytes.
    public static let nameByteCountMax = 2_048

    static let json = JSONLimits(byteCountMax: tokenByteCountMax, depthMax: depthMax)
}
