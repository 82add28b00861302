public import Kernel

/// Checks a document: asks for the signatures to be verified, then gives its verdict.
///
/// ```swift
/// let check = DocumentCheck(token, trust: trustList, now: clock.now())
/// let verdict = check.verdict(check.signatureChecks.map(verify))
/// ```
/// **Standard** SD-JWT VC draft 19 section 2.4, RFC 9901 section 7. Who issued a document is what the trust list says about the key that
/// signed it, for the name in `iss`; certificates in the token are not looked at.
public struct DocumentCheck: Sendable {
    /// **Standard** SD-JWT VC draft 19 section 2.2.1.
    public static let type = "dc+sd-jwt"
    /// Seconds by which the clocks of issuer and checker may differ.
    public static let clockSkewMax: Int64 = 60

    /// What has to be verified: the issuer's signature (once for each key that may have made it), then the holder's if one is required.
    public let signatureChecks: [SignatureCheck]

    private let state: State
    private let now: Instant
    private let issuerCheckCount: Int

    private enum State: Sendable {
        case malformed(String)
        case unknownIssuer(String)
        case readable(SDJWT, TrustList.Issuer)
    }

    public init(_ token: String, trust: TrustList, now: Instant, keyBinding: KeyBindingRule = .refused) {
        self.now = now
        var checks: [SignatureCheck] = []
        let state = Self.read(token, trust, now, keyBinding, &checks)
        self.state = state
        if case .readable = state {
            signatureChecks = checks
            issuerCheckCount = keyBinding == .refused ? checks.count : checks.count - 1
        } else {
            signatureChecks = []
            issuerCheckCount = 0
        }
    }

    private static func read(
        _ text: String, _ trust: TrustList, _ now: Instant, _ keyBinding: KeyBindingRule, _ checks: inout [SignatureCheck]
    ) -> State {
        let token: SDJWT
        do throws(SDJWTFault) {
            token = try SDJWT(text)
        } catch {
            return .malformed(error.rawValue)
        }
        guard token.header["typ"] == .string(type) else { return .malformed("header-type") }
        guard let iss = token.payload["iss"]?.string else { return .malformed("issuer-missing") }
        guard token.payload["vct"]?.string?.isEmpty == false else { return .malformed("type-missing") }
        let keyID = token.header["kid"]
        guard keyID == nil || keyID?.string != nil else { return .malformed("header-unreadable") }
        let holder: SignatureCheck?
        do throws(KeyBindingToken.Fault) {
            holder = try KeyBindingToken.check(token, keyBinding, now: now)
        } catch {
            return .malformed(error.rawValue)
        }
        guard let issuer = trust.issuer(iss) else { return .unknownIssuer(iss) }
        let keys = issuer.keys(named: keyID?.string)
        guard !keys.isEmpty else { return .unknownIssuer(iss) }
        for key in keys {
            checks.append(SignatureCheck(algorithm: .es256, key: key.x963, message: token.signingInput, signature: token.signature))
        }
        if let holder { checks.append(holder) }
        return .readable(token, issuer)
    }

    /// The verdict, given an answer to each of `signatureChecks` in their order; a missing answer counts as no.
    public func verdict(_ answers: [Bool]) -> Verdict {
        switch state {
        case .malformed(let reason): return .malformed(reason)
        case .unknownIssuer(let iss): return .unknownIssuer(iss)
        case .readable(let token, let issuer):
            let given = answers + [Bool](repeating: false, count: max(0, signatureChecks.count - answers.count))
            guard given[..<issuerCheckCount].contains(true) else { return .changed }
            for index in issuerCheckCount..<signatureChecks.count where !given[index] { return .malformed("key-binding-signature") }
            return judge(token, issuer)
        }
    }

    /// Judges what a good signature covers.
    private func judge(_ token: SDJWT, _ issuer: TrustList.Issuer) -> Verdict {
        let claims: JSONObject
        do throws(SDJWTFault) {
            claims = try token.claims()
        } catch {
            return error == .disclosureUnreferenced ? .changed : .malformed(error.rawValue)
        }
        for (name, value) in claims where ClaimNames.isAlwaysShown(name) {
            // Neither the claim nor anything in it may have come out of a disclosure, or have been kept back.
            guard let signed = token.payload[name], signed == value else { return .malformed("claim-not-disclosable") }
        }
        var dates: [String: Instant] = [:]
        for name in ["iat", "nbf", "exp"] {
            guard let value = claims[name] else { continue }
            guard let instant = NumericDate.instant(value) else { return .malformed("date-unreadable") }
            dates[name] = instant
        }
        var shown = JSONObject()
        for (name, value) in claims where !ClaimNames.isAlwaysShown(name) && name != "iat" { shown[name] = value }
        let document = CheckedDocument(
            issuer: issuer.iss, issuerName: issuer.name, vct: claims["vct"]?.string ?? "", issuedAt: dates["iat"],
            notBefore: dates["nbf"], expiresAt: dates["exp"], claims: shown)
        if let exp = dates["exp"], exp <= now { return .expired(document) }
        if let nbf = dates["nbf"], nbf > now.adding(seconds: Self.clockSkewMax) { return .notYetValid(document) }
        return .valid(document)
    }
}

/// What a check found.
public enum Verdict: Hashable, Sendable {
    /// Signed by a trusted issuer, unaltered, and in its time.
    case valid(CheckedDocument)
    /// What it says is not what was signed: the signature fails, or a disclosure is none that the issuer made.
    case changed
    case expired(CheckedDocument)
    case notYetValid(CheckedDocument)
    /// No issuer of this name, or none of its keys, is in the trust list.
    case unknownIssuer(String)
    /// No document that we read, with a plain reason code such as `not-sd-jwt`.
    case malformed(String)
}

/// What a document says, once its signature was found good.
public struct CheckedDocument: Hashable, Sendable {
    /// The issuer as its documents name it.
    public let issuer: String
    /// The issuer as the trust list names it.
    public let issuerName: LocalText
    /// The kind of document.
    public let vct: String
    public let issuedAt: Instant?
    public let notBefore: Instant?
    public let expiresAt: Instant?
    /// What it says about its holder: all claims but those about the document itself.
    public let claims: JSONObject
}
