public import Kernel

/// The issuers whose documents are believed, their keys, and the kinds of document that each may issue: what a verifier carries along to
/// check documents with no network.
///
/// **Shape** `{"serial": 7, "issued": "…Z", "expires": "…Z", "issuers": [{"iss": "…", "name": {"es": "…"}, "vcts": ["urn:…"],
/// "keys": [JWK with kid]}]}`; up to 10,000 issuers with up to 32 keys each.
public struct TrustList: Hashable, Sendable {
    public static let issuersMax = 10_000
    public static let keysMax = 32
    /// Kinds of document of one issuer.
    public static let kindsMax = 256
    /// Scalars of an issuer's name.
    public static let nameScalarsMax = 200
    /// How much of a list is read: a full one has about 60 MB.
    public static let json = JSONLimits(byteCountMax: 80 << 20, depthMax: 16)

    /// An issuer, known by what its documents say in `iss`.
    public struct Issuer: Hashable, Sendable {
        public let iss: String
        public let name: LocalText
        /// Each with a name of its own.
        public let keys: [PublicJWK]
        /// The kinds of document (`vct`) that it may issue. Nil in a list of the old form, which bound nobody to kinds.
        public let kinds: [ByteString]?

        public init(iss: String, name: LocalText, keys: [PublicJWK], kinds: [String]?) {
            self.iss = iss
            self.name = name
            self.keys = keys
            self.kinds = kinds.map { kinds in kinds.map { ByteString($0) } }
        }

        /// Whether documents of that kind are this issuer's to issue.
        public func mayIssue(_ vct: String) -> Bool {
            guard let kinds else { return true }
            return kinds.contains(ByteString(vct))
        }

        /// The keys that may have signed under this name, or under none.
        func keys(named keyID: String?) -> [PublicJWK] {
            guard let keyID else { return keys }
            return keys.filter { $0.isNamed(keyID) }
        }

        public static func == (left: Issuer, right: Issuer) -> Bool {
            left.iss.hasSameBytes(as: right.iss) && left.name == right.name && left.keys == right.keys && left.kinds == right.kinds
        }

        public func hash(into hasher: inout Hasher) {
            hasher.combine(ByteString(iss))
        }
    }

    /// Why a list is not taken.
    public enum Fault: String, Error, Hashable, Sendable {
        case issuersMissing = "issuers-missing"
        case tooManyIssuers = "too-many-issuers"
        case issuerUnreadable = "issuer-unreadable"
        case issuerRepeated = "issuer-repeated"
        /// An issuer is bound to no kinds of document.
        case kindsMissing = "kinds-missing"
        case kindsUnreadable = "kinds-unreadable"
        case keyUnreadable = "key-unreadable"
        case keyRepeated = "key-repeated"
        case dateUnreadable = "date-unreadable"
        case serialUnreadable = "serial-unreadable"
    }

    /// A key that the list holds and that is not used: of another kind or for another use, withdrawn, or one that carries its secret part.
    public struct SkippedKey: Hashable, Sendable {
        public let issuer: ByteString
        /// Its place among the issuer's keys, from 0.
        public let place: Int
    }

    public let issuers: [Issuer]
    public let skippedKeys: [SkippedKey]
    /// Grows from list to list.
    public let serial: Int?
    /// When it was made.
    public let issued: Instant?
    /// When it ought to be replaced.
    public let expires: Instant?
    private let positions: [ByteString: Int]

    /// Reads a list. A list whose issuers cannot be read is refused whole: half a list would call good documents unknown. A key that cannot
    /// be used is skipped and named: lists of others hold keys for other purposes, too.
    ///
    /// - Parameter takesUnboundIssuers: whether an issuer without `vcts` may issue documents of any kind, as in lists of the old form.
    public init(json: JSON, takesUnboundIssuers: Bool = false) throws(Fault) {
        guard let entries = json["issuers"]?.array else { throw .issuersMissing }
        guard entries.count <= Self.issuersMax else { throw .tooManyIssuers }
        var issuers: [Issuer] = []
        issuers.reserveCapacity(entries.count)
        var skipped: [SkippedKey] = []
        for entry in entries { issuers.append(try Self.issuer(entry, takesUnboundIssuers, &skipped)) }
        var serial: Int?
        if let value = json["serial"] {
            guard let number = value.int, number >= 0 else { throw .serialUnreadable }
            serial = number
        }
        try self.init(
            issuers: issuers, serial: serial, issued: Self.date(json["issued"]), expires: Self.date(json["expires"]), skippedKeys: skipped)
    }

    public init(
        issuers: [Issuer], serial: Int? = nil, issued: Instant? = nil, expires: Instant? = nil, skippedKeys: [SkippedKey] = []
    ) throws(Fault) {
        var positions = [ByteString: Int](minimumCapacity: issuers.count)
        for (position, issuer) in issuers.enumerated() {
            guard positions.updateValue(position, forKey: ByteString(issuer.iss)) == nil else { throw .issuerRepeated }
            var names: Set<ByteString> = []
            for key in issuer.keys {
                guard let name = key.keyID else { throw .keyUnreadable }
                guard names.insert(ByteString(name)).inserted else { throw .keyRepeated }
            }
        }
        self.issuers = issuers
        self.serial = serial
        self.issued = issued
        self.expires = expires
        self.skippedKeys = skippedKeys
        self.positions = positions
    }

    /// The issuer of that name.
    public func issuer(_ iss: String) -> Issuer? {
        positions[ByteString(iss)].map { issuers[$0] }
    }

    /// Whether the list ought to have been replaced by now.
    public func isStale(at now: Instant) -> Bool {
        expires.map { $0 <= now } ?? false
    }

    /// Whether some issuer may sign documents of any kind.
    public var hasUnboundIssuers: Bool {
        for issuer in issuers where issuer.kinds == nil { return true }
        return false
    }

    /// A name that a reader sees as it is: no controls, nothing without width, nothing that turns the direction of reading. The state signs these
    /// names, and browsers load this code: `PeopleText` would bring the table of all characters along.
    private static func isNameText(_ text: String) -> Bool {
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            guard count <= nameScalarsMax else { return false }
            if HiddenScalar.contains(scalar) { return false }
        }
        return true
    }

    /// The list as `init(json:)` reads it.
    public var json: JSON {
        var members = JSONObject()
        if let serial { members["serial"] = .integer(serial) }
        if let issued { members["issued"] = .string(issued.rfc3339) }
        if let expires { members["expires"] = .string(expires.rfc3339) }
        members["issuers"] = .array(
            issuers.map { issuer in
                var names = JSONObject()
                for language in issuer.name.values.keys.sorted() { names[language] = .string(issuer.name.values[language] ?? "") }
                var entry: JSONObject = ["iss": .string(issuer.iss), "name": .object(names)]
                if let kinds = issuer.kinds { entry["vcts"] = .array(kinds.map { .string($0.text) }) }
                entry["keys"] = .array(issuer.keys.map { $0.json })
                return .object(entry)
            })
        return .object(members)
    }

    private static func issuer(_ entry: JSON, _ takesUnbound: Bool, _ skipped: inout [SkippedKey]) throws(Fault) -> Issuer {
        guard let iss = entry["iss"]?.string, !iss.isEmpty, iss.utf8.count <= SDJWTLimits.nameByteCountMax, let names = entry["name"]?.object,
            let entries = entry["keys"]?.array, entries.count <= keysMax
        else { throw .issuerUnreadable }
        var name = LocalText([:])
        for (language, text) in names {
            guard isLanguage(language), let text = text.string, isNameText(text) else {
                throw .issuerUnreadable
            }
            name.values[language] = text
        }
        var keys: [PublicJWK] = []
        for (place, entry) in entries.enumerated() {
            guard entry.object != nil else { throw .keyUnreadable }
            // A key that can be used but has no name cannot be told from others; one that cannot be used needs none.
            if let key = PublicJWK(entry), !isWithdrawn(entry) {
                keys.append(key)
            } else {
                skipped.append(SkippedKey(issuer: ByteString(iss), place: place))
            }
        }
        return Issuer(iss: iss, name: name, keys: keys, kinds: try kinds(entry["vcts"], takesUnbound))
    }

    private static func kinds(_ value: JSON?, _ takesUnbound: Bool) throws(Fault) -> [String]? {
        guard let value else {
            guard takesUnbound else { throw .kindsMissing }
            return nil
        }
        guard let entries = value.array, entries.count <= kindsMax else { throw .kindsUnreadable }
        var kinds: [String] = []
        for entry in entries {
            guard let kind = entry.string, !kind.isEmpty, kind.utf8.count <= SDJWTLimits.nameByteCountMax else { throw .kindsUnreadable }
            kinds.append(kind)
        }
        return kinds
    }

    /// Whether the list says of a key that it is good no more.
    private static func isWithdrawn(_ key: JSON) -> Bool {
        switch key["revoked"] {
        case nil, .null?, .bool(false)?: false
        default: true
        }
    }

    /// A language code. **Standard** BCP 47.
    private static func isLanguage(_ text: String) -> Bool {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= 35 else { return false }
        for byte in bytes {
            guard byte == 0x2D || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) else { return false }
        }
        return true
    }

    private static func date(_ value: JSON?) throws(Fault) -> Instant? {
        guard let value else { return nil }
        guard let instant = value.string.flatMap({ Instant(rfc3339: $0) }) else { throw .dateUnreadable }
        return instant
    }
}
