public import Kernel

/// A token signed by an issuer, with the disclosures that its holder chose to show: read, but not yet believed.
///
/// **Shape** the compact serialisation `header.payload.signature~disclosure~…~` and perhaps a key-binding token at its end.
/// **Standard** RFC 9901 section 4.
public struct SDJWT: Hashable, Sendable {
    /// One disclosure as it was sent. Its digest is taken over this text, never over JSON written anew.
    struct Disclosure: Hashable, Sendable {
        let encoded: [UInt8]

        /// The digest as payloads hold it, in Base64URL.
        var digest: String { Base64URL.encode(SHA256.hash(encoded).bytes) }
    }

    public let header: JSONObject
    /// As signed, digests and all.
    public let payload: JSONObject
    /// What the issuer signed: `header.payload` in ASCII.
    public let signingInput: [UInt8]
    /// 64 bytes.
    public let signature: [UInt8]
    let disclosures: [Disclosure]
    /// The key-binding token, if there is one.
    public let keyBinding: String?
    /// Everything up to the last `~`, which a key-binding token hashes.
    let presented: [UInt8]

    public var disclosureCount: Int { disclosures.count }

    /// Reads a token whose algorithm is ES256.
    public init(_ compact: String) throws(SDJWTFault) {
        guard compact.utf8.count <= SDJWTLimits.tokenByteCountMax else { throw .tooLarge }
        let bytes = Array(compact.utf8)
        var parts: [ArraySlice<UInt8>] = bytes.split(separator: 0x7E, maxSplits: SDJWTLimits.disclosureCountMax + 2, omittingEmptySubsequences: false)
        guard parts.count >= 2 else { throw .notSDJWT }
        guard parts.count <= SDJWTLimits.disclosureCountMax + 2 else { throw .tooLarge }
        let last = parts.removeLast()
        keyBinding = last.isEmpty ? nil : String(decoding: last, as: UTF8.self)
        presented = Array(bytes[..<last.startIndex])
        let token = parts.removeFirst()
        let pieces = token.split(separator: 0x2E, maxSplits: 3, omittingEmptySubsequences: false)
        guard pieces.count == 3 else { throw .notSDJWT }
        guard pieces[0].count <= SDJWTLimits.headerByteCountMax else { throw .tooLarge }

        guard let header = Self.object(pieces[0]) else { throw .headerUnreadable }
        guard header["alg"] == "ES256" else { throw .algorithmNotAllowed }
        guard header["crit"] == nil else { throw .headerCritical }
        guard let signature = Self.decode(pieces[2]), signature.count == SDJWTLimits.signatureByteCount else {
            throw .signatureUnreadable
        }
        guard let payload = Self.object(pieces[1]) else { throw .payloadUnreadable }

        self.header = header
        self.payload = payload
        self.signature = signature
        signingInput = Array(token[..<pieces[1].endIndex])
        var disclosures: [Disclosure] = []
        for part in parts {
            guard !part.isEmpty else { throw .notSDJWT }
            disclosures.append(Disclosure(encoded: Array(part)))
        }
        self.disclosures = disclosures
    }

    /// The claims that the disclosures and the payload say together, without digests. Only a good signature makes them true.
    ///
    /// **Standard** RFC 9901 section 7.1, step 3.
    public func claims() throws(SDJWTFault) -> JSONObject {
        try Unveiling(self).claims
    }

    /// The token with those disclosures alone for whose places `shows` says yes; what lies inside a claim that is kept back is kept back
    /// too. Places are pointers into the claims with everything disclosed. A key-binding token is left out.
    ///
    /// **Standard** RFC 9901 section 7.2.
    public func presenting(_ shows: (JSONPointer) -> Bool) throws(SDJWTFault) -> String {
        let places = try Unveiling(self, notingPlaces: true).places
        var kept = [Bool](repeating: false, count: disclosures.count)
        // A disclosure inside another has a longer pointer, so the outer one is decided first.
        for index in places.indices.sorted(by: { places[$0].pointer.tokens.count < places[$1].pointer.tokens.count }) {
            kept[index] = (places[index].within.map { kept[$0] } ?? true) && shows(places[index].pointer)
        }
        var output = signingInput
        output.append(0x2E)
        Base64URL.append(signature, to: &output)
        output.append(0x7E)
        for (index, disclosure) in disclosures.enumerated() where kept[index] {
            output.append(contentsOf: disclosure.encoded)
            output.append(0x7E)
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// The object that Base64URL text holds.
    static func object(_ text: ArraySlice<UInt8>) -> JSONObject? {
        guard let bytes = decode(text), let value = try? JSON.parse(bytes, limits: SDJWTLimits.json) else { return nil }
        return value.object
    }

    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        text.withUnsafeBufferPointer { Base64URL.decode($0) }
    }
}
