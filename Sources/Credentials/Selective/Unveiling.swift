import Kernel

/// Puts what was disclosed where its digest stands.
///
/// **Standard** RFC 9901 section 7.1, step 3. A digest without a disclosure is a claim kept back or a decoy, and is left out.
struct Unveiling {
    /// Where a disclosure ended up, and inside which other one it lies.
    struct Place {
        var pointer: JSONPointer
        var within: Int?
    }

    private(set) var claims = JSONObject()
    /// One for each disclosure, in their order; empty unless they were asked for.
    var places: [Place] { found.compactMap { $0 } }

    private let disclosures: [SDJWT.Disclosure]
    private let notesPlaces: Bool
    private var positions: [ByteString: Int] = [:]
    private var digests: Set<ByteString> = []
    private var found: [Place?]
    private var usedCount = 0

    init(_ token: SDJWT, notingPlaces: Bool = false) throws(SDJWTFault) {
        disclosures = token.disclosures
        notesPlaces = notingPlaces
        found = [Place?](repeating: nil, count: notingPlaces ? disclosures.count : 0)
        for (position, disclosure) in disclosures.enumerated() {
            guard positions.updateValue(position, forKey: ByteString(disclosure.digest)) == nil else { throw .disclosureRepeated }
        }
        var payload = token.payload
        if let algorithm = payload["_sd_alg"] {
            guard algorithm == "sha-256" else { throw .hashNotAllowed }
            payload["_sd_alg"] = nil
        }
        claims = try object(payload, at: .root, within: nil, depth: 1)
        guard usedCount == disclosures.count else { throw .disclosureUnreferenced }
    }

    private mutating func value(_ value: JSON, at pointer: JSONPointer, within: Int?, depth: Int) throws(SDJWTFault) -> JSON {
        switch value {
        case .object(let members): .object(try object(members, at: pointer, within: within, depth: depth + 1))
        case .array(let items): .array(try array(items, at: pointer, within: within, depth: depth + 1))
        default: value
        }
    }

    private mutating func object(_ members: JSONObject, at pointer: JSONPointer, within: Int?, depth: Int) throws(SDJWTFault) -> JSONObject {
        guard depth <= SDJWTLimits.depthMax else { throw .tooDeep }
        var result = JSONObject()
        result.reserveCapacity(members.count)
        for (name, member) in members where !name.hasSameBytes(as: "_sd") {
            guard !name.hasSameBytes(as: "...") else { throw .digestUnreadable }
            result[name] = try value(member, at: step(pointer, name), within: within, depth: depth)
        }
        guard let concealed = members["_sd"] else { return result }
        guard let digests = concealed.array else { throw .digestUnreadable }
        for digest in digests {
            guard let digest = digest.string else { throw .digestUnreadable }
            guard let position = try take(digest) else { continue }
            let parts = try parts(of: position, count: 3)
            // A name from a disclosure is held to what a name in the payload is held to.
            guard let name = parts[1].string, name.utf8.count <= SDJWTLimits.json.keyByteCountMax else { throw .disclosureUnreadable }
            guard ClaimNames.isFree(name) else { throw .claimNameForbidden }
            guard result[name] == nil else { throw .claimRepeated }
            let place = step(pointer, name)
            note(position, at: place, within: within)
            result[name] = try value(parts[2], at: place, within: position, depth: depth)
        }
        return result
    }

    private mutating func array(_ items: [JSON], at pointer: JSONPointer, within: Int?, depth: Int) throws(SDJWTFault) -> [JSON] {
        guard depth <= SDJWTLimits.depthMax else { throw .tooDeep }
        var result: [JSON] = []
        result.reserveCapacity(items.count)
        for item in items {
            let place = step(pointer, String(result.count))
            guard let members = item.object, let concealed = members["..."] else {
                result.append(try value(item, at: place, within: within, depth: depth))
                continue
            }
            guard members.count == 1, let digest = concealed.string else { throw .digestUnreadable }
            guard let position = try take(digest) else { continue }
            let parts = try parts(of: position, count: 2)
            note(position, at: place, within: within)
            result.append(try value(parts[1], at: place, within: position, depth: depth))
        }
        return result
    }

    /// The disclosure of a digest, or nil when it was kept back. No digest may occur twice, wherever it stands.
    private mutating func take(_ digest: String) throws(SDJWTFault) -> Int? {
        let digest = ByteString(digest)
        guard digests.insert(digest).inserted else { throw .digestRepeated }
        guard let position = positions[digest] else { return nil }
        usedCount += 1
        return position
    }

    /// The parts of a disclosure: salt, name and value, or in an array salt and value.
    private func parts(of position: Int, count: Int) throws(SDJWTFault) -> [JSON] {
        guard let bytes = SDJWT.decode(disclosures[position].encoded[...]), let value = try? JSON.parse(bytes, limits: SDJWTLimits.json),
            let parts = value.array
        else { throw .disclosureUnreadable }
        guard parts.count == count else { throw .disclosureArity }
        guard parts[0].string != nil else { throw .disclosureUnreadable }
        return parts
    }

    private func step(_ pointer: JSONPointer, _ token: String) -> JSONPointer {
        notesPlaces ? pointer.appending(token) : pointer
    }

    private mutating func note(_ position: Int, at pointer: JSONPointer, within: Int?) {
        if notesPlaces { found[position] = Place(pointer: pointer, within: within) }
    }
}
