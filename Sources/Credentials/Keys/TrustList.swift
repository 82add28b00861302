public import Kernel

/// The issuers whose documents are believed, and their keys: what a verifier carries along to check documents with no network.
///
/// **Shape** `{"issuers": [{"iss": "…", "name": {"es": "…"}, "keys": [JWK with kid]}], "issued": "…Z", "expires": "…Z"}`; up to 10,000 issuers
/// with up to 32 keys each.
public struct TrustList: Hashable, Sendable {
    public static let issuersMax = 10_000
    public static let keysMax = 32

    /// An issuer, known by what its documents say in `iss`.
    public struct Issuer: Hashable, Sendable {
        public let iss: String
        public let name: LocalText
        /// Each with a name of its own.
        public let keys: [PublicJWK]

        public init(iss: String, name: LocalText, keys: [PublicJWK]) {
            self.iss = iss
            self.name = name
            self.keys = keys
        }

        /// The keys that may have signed under this name, or under none.
        func keys(named keyID: String?) -> [PublicJWK] {
            guard let keyID else { return keys }
            return keys.filter { $0.keyID == keyID }
        }
    }

    /// Why a list is not taken.
    public enum Fault: String, Error, Hashable, Sendable {
        case issuersMissing = "issuers-missing"
        case tooManyIssuers = "too-many-issuers"
        case issuerUnreadable = "issuer-unreadable"
        case issuerRepeated = "issuer-repeated"
        case keyUnreadable = "key-unreadable"
        case keyRepeated = "key-repeated"
        case dateUnreadable = "date-unreadable"
    }

    public let issuers: [Issuer]
    /// When it was made.
    public let issued: Instant?
    /// When it ought to be replaced.
    public let expires: Instant?
    private let positions: [String: Int]

    /// Reads a list. A list with any part that cannot be read is refused whole: half a list would call good documents unknown.
    public init(json: JSON) throws(Fault) {
        guard let entries = json["issuers"]?.array else { throw .issuersMissing }
        guard entries.count <= Self.issuersMax else { throw .tooManyIssuers }
        var issuers: [Issuer] = []
        for entry in entries { issuers.append(try Self.issuer(entry)) }
        try self.init(issuers: issuers, issued: Self.date(json["issued"]), expires: Self.date(json["expires"]))
    }

    public init(issuers: [Issuer], issued: Instant? = nil, expires: Instant? = nil) throws(Fault) {
        var positions: [String: Int] = [:]
        for (position, issuer) in issuers.enumerated() {
            guard positions.updateValue(position, forKey: issuer.iss) == nil else { throw .issuerRepeated }
            var names: Set<String> = []
            for key in issuer.keys {
                guard let name = key.keyID else { throw .keyUnreadable }
                guard names.insert(name).inserted else { throw .keyRepeated }
            }
        }
        self.issuers = issuers
        self.issued = issued
        self.expires = expires
        self.positions = positions
    }

    /// The issuer of that name.
    public func issuer(_ iss: String) -> Issuer? {
        positions[iss].map { issuers[$0] }
    }

    /// Whether the list ought to have been replaced by now.
    public func isStale(at now: Instant) -> Bool {
        expires.map { $0 <= now } ?? false
    }

    /// The list as `init(json:)` reads it.
    public var json: JSON {
        var members: JSONObject = [
            "issuers": .array(
                issuers.map { issuer in
                    var names = JSONObject()
                    for language in issuer.name.values.keys.sorted() { names[language] = .string(issuer.name.values[language] ?? "") }
                    return ["iss": .string(issuer.iss), "name": .object(names), "keys": .array(issuer.keys.map { $0.json })]
                })
        ]
        if let issued { members["issued"] = .string(issued.rfc3339) }
        if let expires { members["expires"] = .string(expires.rfc3339) }
        return .object(members)
    }

    private static func issuer(_ entry: JSON) throws(Fault) -> Issuer {
        guard let iss = entry["iss"]?.string, !iss.isEmpty, let names = entry["name"]?.object, let keys = entry["keys"]?.array,
            keys.count <= keysMax
        else { throw .issuerUnreadable }
        var name = LocalText([:])
        for (language, text) in names {
            guard let text = text.string else { throw .issuerUnreadable }
            name.values[language] = text
        }
        var read: [PublicJWK] = []
        for key in keys {
            guard let key = PublicJWK(key) else { throw .keyUnreadable }
            read.append(key)
        }
        return Issuer(iss: iss, name: name, keys: read)
    }

    private static func date(_ value: JSON?) throws(Fault) -> Instant? {
        guard let value else { return nil }
        guard let instant = value.string.flatMap({ Instant(rfc3339: $0) }) else { throw .dateUnreadable }
        return instant
    }
}
