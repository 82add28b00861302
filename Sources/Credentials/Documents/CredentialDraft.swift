public import Kernel

/// A document about to be signed: everything is in place but the signature.
///
/// **Standard** SD-JWT VC draft 19 (typ `dc+sd-jwt`) on RFC 9901, ES256, SHA-256. **Shape** each disclosable claim gets a salt of 128 bits;
/// digests stand in their own order, so that nothing of the claims' order is left.
public struct CredentialDraft: Sendable {
    /// What the issuer signs: `header.payload` in ASCII.
    public let signingInput: [UInt8]
    /// `~disclosure~…~`
    private let tail: [UInt8]

    /// Lays out a document. `kid` names the issuer's key; `holderKey` is a public JWK to which the document is bound. Dates are written in
    /// whole seconds.
    ///
    /// **Throws** when a claim bears a name that the document itself uses, bears it twice or is larger than a verifier reads.
    public init(
        issuer: String, vct: String, issuedAt: Instant, expiresAt: Instant?, alwaysShown: JSONObject,
        disclosable: [(name: String, value: JSON)], kid: String, randomness: Randomness, holderKey: JSON? = nil
    ) throws(CredentialFault) {
        try Self.check(alwaysShown, disclosable)
        var payload: [UInt8] = []
        payload.reserveCapacity(1024)
        let (tail, digests) = Self.disclosures(disclosable, randomness)
        self.tail = tail
        payload.append(0x7B)
        if !digests.isEmpty {
            Self.append("\"_sd\":[", to: &payload)
            for (index, digest) in digests.enumerated() {
                payload.append(contentsOf: index == 0 ? [0x22] : [0x2C, 0x22])
                Self.append(digest, to: &payload)
                payload.append(0x22)
            }
            Self.append("],\"_sd_alg\":\"sha-256\",", to: &payload)
        }
        Self.append("\"iss\":", to: &payload)
        JSONWriter.appendQuoted(issuer, to: &payload)
        // A document of something that ended before it was signed has no day of issue that would not contradict its end.
        if expiresAt.map({ issuedAt < $0 }) ?? true {
            Self.append(",\"iat\":", to: &payload)
            payload.append(contentsOf: String(issuedAt.seconds).utf8)
        }
        if let expiresAt {
            Self.append(",\"exp\":", to: &payload)
            payload.append(contentsOf: String(expiresAt.seconds).utf8)
        }
        Self.append(",\"vct\":", to: &payload)
        JSONWriter.appendQuoted(vct, to: &payload)
        if let holderKey {
            Self.append(",\"cnf\":{\"jwk\":", to: &payload)
            holderKey.write(to: &payload)
            payload.append(0x7D)
        }
        for (name, value) in alwaysShown {
            payload.append(0x2C)
            JSONWriter.appendQuoted(name, to: &payload)
            payload.append(0x3A)
            value.write(to: &payload)
        }
        payload.append(0x7D)

        var header: [UInt8] = []
        Self.append("{\"alg\":\"ES256\",\"typ\":\"dc+sd-jwt\",\"kid\":", to: &header)
        JSONWriter.appendQuoted(kid, to: &header)
        header.append(0x7D)
        var input: [UInt8] = []
        input.reserveCapacity(Base64URL.length(of: header.count) + 1 + Base64URL.length(of: payload.count))
        Base64URL.append(header, to: &input)
        input.append(0x2E)
        Base64URL.append(payload, to: &input)
        guard input.count + tail.count + 128 <= SDJWTLimits.tokenByteCountMax else { throw .tooLarge }
        signingInput = input
    }

    /// The finished document in its compact serialisation, all disclosures with it, ending in `~`. **Shape** the signature has 64 bytes, r
    /// followed by s.
    public func signed(_ signature: [UInt8]) -> String {
        precondition(signature.count == SDJWTLimits.signatureByteCount, "an ES256 signature has 64 bytes")
        var output: [UInt8] = []
        output.reserveCapacity(signingInput.count + 88 + tail.count)
        output.append(contentsOf: signingInput)
        output.append(0x2E)
        Base64URL.append(signature, to: &output)
        output.append(contentsOf: tail)
        return String(decoding: output, as: UTF8.self)
    }

    private static func check(_ alwaysShown: JSONObject, _ disclosable: [(name: String, value: JSON)]) throws(CredentialFault) {
        guard disclosable.count <= SDJWTLimits.disclosureCountMax else { throw .tooLarge }
        for (name, value) in alwaysShown {
            guard ClaimNames.isFree(name), !ClaimNames.isRegistered(name) else { throw .claimNameReserved }
            try ClaimNames.check(value)
        }
        var names: Set<ByteString> = []
        for claim in disclosable {
            guard ClaimNames.isFree(claim.name), !ClaimNames.isRegistered(claim.name), !ClaimNames.isAlwaysShown(claim.name) else {
                throw .claimNameReserved
            }
            guard alwaysShown[claim.name] == nil else { throw .claimRepeated }
            guard names.insert(ByteString(claim.name)).inserted else { throw .claimRepeated }
            try ClaimNames.check(claim.value)
        }
    }

    private static func disclosures(_ claims: [(name: String, value: JSON)], _ randomness: Randomness) -> (tail: [UInt8], digests: [Digest]) {
        var tail: [UInt8] = [0x7E]
        guard !claims.isEmpty else { return (tail, []) }
        tail.reserveCapacity(96 * claims.count)
        var digests: [Digest] = []
        digests.reserveCapacity(claims.count)
        var text: [UInt8] = []
        text.reserveCapacity(128)
        // One call for all salts: each call may cost a journey into the operating system.
        let saltByteCount = SDJWTLimits.saltByteCount
        let salts = randomness.bytes(saltByteCount * claims.count)
        precondition(salts.count == saltByteCount * claims.count, "a source of randomness must give as many bytes as it is asked for")
        salts.withUnsafeBufferPointer { salts in
            for (index, claim) in claims.enumerated() {
                text.removeAll(keepingCapacity: true)
                append("[\"", to: &text)
                Base64URL.append(UnsafeBufferPointer(rebasing: salts[(index * saltByteCount)..<((index + 1) * saltByteCount)]), to: &text)
                append("\",", to: &text)
                JSONWriter.appendQuoted(claim.name, to: &text)
                text.append(0x2C)
                claim.value.write(to: &text)
                text.append(0x5D)
                let start = tail.count
                Base64URL.append(text, to: &tail)
                digests.append(
                    tail.withUnsafeBufferPointer { SHA256.hash(UnsafeBufferPointer(rebasing: $0[start...])) })
                tail.append(0x7E)
            }
        }
        digests.sort()
        return (tail, digests)
    }

    private static func append(_ digest: Digest, to output: inout [UInt8]) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Digest.byteCount) { buffer in
            digest.write(to: buffer)
            Base64URL.append(UnsafeBufferPointer(buffer), to: &output)
        }
    }

    private static func append(_ text: StaticString, to output: inout [UInt8]) {
        output.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
