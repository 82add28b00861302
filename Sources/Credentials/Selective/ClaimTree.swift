public import Kernel

/// Claims of which some are to be disclosed one by one, at any depth: what an issuer conceals before signing.
///
/// **Standard** RFC 9901 sections 4.2 and 6.3.
public indirect enum ClaimTree: Sendable {
    /// A value shown whole. It may not hold the names `_sd` and `...`, which mean digests.
    case value(JSON)
    case object([(name: String, isDisclosable: Bool, value: ClaimTree)])
    case array([(isDisclosable: Bool, value: ClaimTree)])

    /// The payload with digests in place of what is disclosable, and the disclosures, each after those inside it.
    ///
    /// **Throws** for names that mean digests and for names given twice.
    public func concealed(_ randomness: Randomness) throws(CredentialFault) -> (payload: JSON, disclosures: [String]) {
        var concealment = Concealment(randomness: randomness)
        var payload = try concealment.conceal(self)
        if !concealment.disclosures.isEmpty, case .object(var members) = payload {
            members["_sd_alg"] = "sha-256"
            payload = .object(members)
        }
        return (payload, concealment.disclosures.map { String(decoding: $0, as: UTF8.self) })
    }
}

/// Why a credential cannot be made of these claims.
public enum CredentialFault: String, Error, Hashable, Sendable {
    /// The name is one that the token itself uses.
    case claimNameReserved = "claim-name-reserved"
    case claimRepeated = "claim-repeated"
    /// More claims, or deeper ones, than a verifier reads.
    case tooLarge = "too-large"
}

private struct Concealment {
    let randomness: Randomness
    var disclosures: [[UInt8]] = []

    mutating func conceal(_ tree: ClaimTree) throws(CredentialFault) -> JSON {
        switch tree {
        case .value(let value):
            try ClaimNames.check(value)
            return value
        case .object(let members):
            var result = JSONObject()
            var digests: [Digest] = []
            var names: Set<ByteString> = []
            for member in members {
                guard ClaimNames.isFree(member.name) else { throw .claimNameReserved }
                guard names.insert(ByteString(member.name)).inserted else { throw .claimRepeated }
                let value = try conceal(member.value)
                if member.isDisclosable {
                    digests.append(disclose([.string(member.name), value]))
                } else {
                    result[member.name] = value
                }
            }
            // In the order of the digests nothing is left of the order of the claims.
            if !digests.isEmpty { result["_sd"] = .array(digests.sorted().map { .string(Base64URL.encode($0.bytes)) }) }
            return .object(result)
        case .array(let items):
            var result: [JSON] = []
            for item in items {
                let value = try conceal(item.value)
                result.append(item.isDisclosable ? ["...": .string(Base64URL.encode(disclose([value]).bytes))] : value)
            }
            return .array(result)
        }
    }

    private mutating func disclose(_ parts: [JSON]) -> Digest {
        let salt = JSON.string(Base64URL.encode(randomness.bytes(SDJWTLimits.saltByteCount)))
        var encoded: [UInt8] = []
        Base64URL.append(JSON.array([salt] + parts).bytes, to: &encoded)
        disclosures.append(encoded)
        return SHA256.hash(encoded)
    }
}

/// The names that claims may have.
enum ClaimNames {
    /// Whether the name means nothing to the token itself.
    static func isFree(_ name: String) -> Bool {
        // Almost every name begins otherwise, and comparing a byte is cheaper than comparing three texts.
        let first = name.utf8.first
        guard first == 0x5F || first == 0x2E else { return true }
        return !meansDigests(name) && !name.hasSameBytes(as: "_sd_alg")
    }

    /// Whether a claim of this name is written by the draft itself.
    static func isRegistered(_ name: String) -> Bool {
        guard name.utf8.count == 3 else { return false }
        return isOne(name, of: ["iss", "iat", "exp", "vct", "cnf"])
    }

    /// Whether a verifier must see this claim of a document, so that it is never disclosable.
    ///
    /// **Standard** SD-JWT VC, draft 19, section 2.2.2.2.
    static func isAlwaysShown(_ name: String) -> Bool {
        switch name.utf8.count {
        case 3: isOne(name, of: ["iss", "nbf", "exp", "cnf", "vct"])
        case 6: name.hasSameBytes(as: "status")
        case 8: name.hasSameBytes(as: "aka_vcts")
        case 13: name.hasSameBytes(as: "vct#integrity")
        default: false
        }
    }

    /// Whether the name stands for digests, wherever it occurs.
    static func meansDigests(_ name: String) -> Bool {
        name.hasSameBytes(as: "_sd") || name.hasSameBytes(as: "...")
    }

    private static func isOne(_ name: String, of names: [String]) -> Bool {
        for other in names where name.hasSameBytes(as: other) { return true }
        return false
    }

    /// Looks for names that mean digests inside a value.
    static func check(_ value: JSON, depth: Int = 1) throws(CredentialFault) {
        switch value {
        case .object(let members):
            guard depth < SDJWTLimits.depthMax else { throw .tooLarge }
            for (name, member) in members {
                guard !meansDigests(name) else { throw .claimNameReserved }
                try check(member, depth: depth + 1)
            }
        case .array(let items):
            guard depth < SDJWTLimits.depthMax else { throw .tooLarge }
            for item in items { try check(item, depth: depth + 1) }
        default: break
        }
    }
}
