public import Kernel

/// Checks a document: asks for the signatures to be verified, then gives its verdict.
///
/// ```swift
/// let check = DocumentCheck(token, trust: trustList, now: clock.now())
/// let verdict = check.verdict(check.signatureChecks.map(verify))
/// ```
/// **Standard** SD-JWT VC draft 19 section 2.4, RFC 9901 section 7. Who issued a document is what the trust list says about the key that
/// signed it, for the name in `iss`; certificates in the token are not looked at. Whether that issuer may issue documents of the kind in
/// `vct` is what the list says, too.
public struct DocumentCheck: Sendable {
    /// **Standard** SD-JWT VC draft 19 section 2.2.1.
    public static let type = "dc+sd-jwt"
    /// Seconds by which the clocks of issuer and checker may differ.
    public static let clockSkewMax: Int64 = 60

    /// What has to be verified: the issuer's signature (once for each key that may have made it), then the holder's where there is one.
    public let signatureChecks: [SignatureCheck]

    private let state: State
    private let now: Instant
    private let issuerCheckCount: Int

    private enum State: Sendable {
        case malformed(String)
        case unknownIssuer(String)
        case readable(SDJWT, TrustList.Issuer, Presentation?)
    }

    public init(_ token: String, trust: TrustList, now: Instant, keyBinding: KeyBindingRule = .notAsked) {
        self.now = now
        var checks: [SignatureCheck] = []
        let (state, hasHolder) = Self.read(token, trust, now, keyBinding, &checks)
        self.state = state
        signatureChecks = checks
        issuerCheckCount = hasHolder ? checks.count - 1 : checks.count
    }

    private static func read(
        _ text: String, _ trust: TrustList, _ now: Instant, _ keyBinding: KeyBindingRule, _ checks: inout [SignatureCheck]
    ) -> (State, hasHolder: Bool) {
        func malformed(_ reason: String) -> (State, hasHolder: Bool) { (.malformed(reason), false) }
        let token: SDJWT
        do throws(SDJWTFault) {
            token = try SDJWT(text)
        } catch {
            return malformed(error.rawValue)
        }
        // "application/" may be left out. **Standard** RFC 7515 section 4.1.9.
        guard token.header["typ"] == .string(type) || token.header["typ"] == .string("application/" + type) else { return malformed("header-type") }
        guard let iss = token.payload["iss"]?.string else { return malformed("issuer-missing") }
        guard iss.utf8.count <= SDJWTLimits.nameByteCountMax else { return malformed("issuer-too-long") }
        guard let vct = token.payload["vct"]?.string, !vct.isEmpty else { return malformed("type-missing") }
        guard vct.utf8.count <= SDJWTLimits.nameByteCountMax else { return malformed("type-too-long") }
        let keyID = token.header["kid"]
        guard keyID == nil || keyID?.string != nil else { return malformed("header-unreadable") }
        let holder: KeyBindingToken?
        do throws(KeyBindingToken.Fault) {
            holder = try KeyBindingToken.read(token, keyBinding, now: now)
        } catch {
            return malformed(error.rawValue)
        }
        guard let issuer = trust.issuer(iss) else { return (.unknownIssuer(iss), false) }
        let keys = issuer.keys(named: keyID?.string)
        guard !keys.isEmpty else { return (.unknownIssuer(iss), false) }
        for key in keys {
            checks.append(SignatureCheck(algorithm: .es256, key: key.x963, message: token.signingInput, signature: token.signature))
        }
        if let holder { checks.append(holder.check) }
        return (.readable(token, issuer, keyBinding == .notAsked ? holder?.presentation : nil), holder != nil)
    }

    /// The verdict, given an answer to each of `signatureChecks` in their order; a missing answer counts as no.
    public func verdict(_ answers: [Bool]) -> Verdict {
        switch state {
        case .malformed(let reason): return .malformed(reason)
        case .unknownIssuer(let iss): return .unknownIssuer(iss)
        case .readable(let token, let issuer, let presentation):
            let given = answers + [Bool](repeating: false, count: max(0, signatureChecks.count - answers.count))
            guard given[..<issuerCheckCount].contains(true) else { return .changed }
            for index in issuerCheckCount..<signatureChecks.count where !given[index] { return .malformed("key-binding-signature") }
            return judge(token, issuer, presentation)
        }
    }

    /// Judges what a good signature covers.
    private func judge(_ token: SDJWT, _ issuer: TrustList.Issuer, _ presentation: Presentation?) -> Verdict {
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
        let issuedAt: Instant?, notBefore: Instant?, expiresAt: Instant?
        do throws(DateUnreadable) {
            issuedAt = try Self.date(claims["iat"])
            notBefore = try Self.date(claims["nbf"])
            expiresAt = try Self.date(claims["exp"])
        } catch {
            return .malformed("date-unreadable")
        }
        var shown = JSONObject()
        for (name, value) in claims where !ClaimNames.isAlwaysShown(name) && !name.hasSameBytes(as: "iat") && !name.hasSameBytes(as: "aud") {
            shown[name] = value
        }
        let document = CheckedDocument(
            issuer: issuer.iss, issuerName: issuer.name, vct: claims["vct"]?.string ?? "", issuedAt: issuedAt, notBefore: notBefore,
            expiresAt: expiresAt, hasStatus: claims["status"] != nil, presentation: presentation, claims: shown)
        guard issuer.mayIssue(document.vct) else { return .notEntitled(document) }
        // Nobody checks here under a name of her own, so a document made out to somebody is made out to somebody else.
        // **Standard** RFC 7519 section 4.1.3.
        guard claims["aud"] == nil else { return .otherAudience(document) }
        if let expiresAt, expiresAt <= now { return .expired(document) }
        if let begins = document.validFrom, begins > now.adding(seconds: Self.clockSkewMax) { return .notYetValid(document) }
        return document.hasStatus || document.presentation != nil ? .unchecked(document) : .valid(document)
    }

    private struct DateUnreadable: Error {}

    private static func date(_ value: JSON?) throws(DateUnreadable) -> Instant? {
        guard let value else { return nil }
        guard let instant = NumericDate.instant(value) else { throw DateUnreadable() }
        return instant
    }
}

/// What a check found.
public enum Verdict: Hashable, Sendable {
    /// Signed by an issuer that may issue it, unaltered, and in its time.
    case valid(CheckedDocument)
    /// As valid as can be told here, but it says itself that there is more to ask: ``CheckedDocument/hasStatus`` or
    /// ``CheckedDocument/presentation``.
    case unchecked(CheckedDocument)
    /// What it says is not what was signed: the signature fails, or a disclosure is none that the issuer made.
    case changed
    case expired(CheckedDocument)
    case notYetValid(CheckedDocument)
    /// Signed by an issuer of the list that may not issue documents of this kind, or of a kind that the list does not know.
    case notEntitled(CheckedDocument)
    /// Made out to somebody else.
    case otherAudience(CheckedDocument)
    /// No issuer of this name, or none of its keys, is in the trust list.
    case unknownIssuer(String)
    /// No document that we read, with a plain reason code such as `not-sd-jwt`.
    case malformed(String)

    /// What was signed, where the signature is good.
    public var document: CheckedDocument? {
        switch self {
        case .valid(let document), .unchecked(let document), .expired(let document), .notYetValid(let document), .notEntitled(let document),
            .otherAudience(let document):
            document
        case .changed, .unknownIssuer, .malformed: nil
        }
    }
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
    /// Nil for a document without an end.
    public let expiresAt: Instant?
    /// Whether it says that it can be withdrawn before its end: that is not looked up.
    public let hasStatus: Bool
    /// The holder's proof for somebody else, if it came with one: signed well, and no proof for whoever checks here.
    public let presentation: Presentation?
    /// What it says about its holder: all claims but those about the document itself.
    public let claims: JSONObject

    /// The first moment at which it holds: what it says itself, and never before it was issued.
    public var validFrom: Instant? {
        guard let notBefore else { return issuedAt }
        return issuedAt.map { max($0, notBefore) } ?? notBefore
    }

    public static func == (left: CheckedDocument, right: CheckedDocument) -> Bool {
        left.issuer.hasSameBytes(as: right.issuer) && left.issuerName == right.issuerName && left.vct.hasSameBytes(as: right.vct)
            && left.issuedAt == right.issuedAt && left.notBefore == right.notBefore && left.expiresAt == right.expiresAt
            && left.hasStatus == right.hasStatus && left.presentation == right.presentation && left.claims == right.claims
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(ByteString(issuer))
        hasher.combine(claims)
    }
}
