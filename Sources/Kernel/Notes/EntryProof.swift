/// What a person gets about one log entry: everything that shows it is in the log.
public struct EntryProof: Hashable, Sendable {
    /// Where the entry is in the log's tree. There is none until the log has numbered it, seconds after the fact.
    public struct Place: Hashable, Sendable {
        public var index: UInt64
        /// Siblings from the leaf upward, in the tree of the checkpoint's size.
        public var path: [Digest]

        public init(index: UInt64, path: [Digest]) {
            self.index = index
            self.path = path
        }
    }

    /// The person's line in an entry about many people (a bulk load).
    public struct Line: Hashable, Sendable {
        public var position: UInt64
        public var nonce: [UInt8]
        /// Siblings from the line upward, in the entry's own tree of lines.
        public var path: [Digest]

        public init(position: UInt64, nonce: [UInt8], path: [Digest]) {
            self.position = position
            self.nonce = nonce
            self.path = path
        }
    }

    /// The entry's number among those about this person, from 1.
    public var number: Int
    /// The entry itself, canonical JSON, letter for letter.
    public var payload: String
    public var nonce: [UInt8]
    public var place: Place?
    public var line: Line?

    public init(number: Int, payload: String, nonce: [UInt8], place: Place?, line: Line?) {
        self.number = number
        self.payload = payload
        self.nonce = nonce
        self.place = place
        self.line = line
    }
}

/// The entries about one person with one checkpoint: a whole history, a page of it, or a single entry.
///
/// **Shape**, as JSON:
/// ```
/// {"format": "dovira-log-proof-v1", "person": "…", "count": 7, "checkpoint": "signed note, or \"\" while the log has none",
///  "entries": [{"n": 1, "payload": "…", "nonce": "base64url", "index": 12, "path": ["base64", …],
///               "line": {"position": 17, "nonce": "base64url", "path": ["base64", …]}}]}
/// ```
/// `count` is how many entries the platform says there are. `index` and `path` are absent while an entry waits for its place, `line` where
/// the entry is about this person alone. The tree's size stands in the checkpoint and nowhere else.
public struct HistoryProof: Hashable, Sendable {
    static let format = "dovira-log-proof-v1"
    /// The longest path in a tree of at most `Merkle.sizeMax` leaves.
    static let pathMax = 62

    public var person: String
    public var count: Int
    public var checkpoint: String
    public var entries: [EntryProof]

    public init(person: String, count: Int, checkpoint: String, entries: [EntryProof]) {
        self.person = person
        self.count = count
        self.checkpoint = checkpoint
        self.entries = entries
    }

    /// Reads the JSON form. **Shape**: nil when a part is missing or has another type; whether it proves anything is `HistoryCheck`'s to say.
    public init?(_ json: JSON) {
        guard json["format"]?.string == HistoryProof.format, let person = json["person"]?.string, let count = json["count"]?.int, count >= 0,
            let checkpoint = json["checkpoint"]?.string, let list = json["entries"]?.array
        else { return nil }
        var entries: [EntryProof] = []
        entries.reserveCapacity(list.count)
        for item in list {
            guard let entry = EntryProof(item) else { return nil }
            entries.append(entry)
        }
        self.init(person: person, count: count, checkpoint: checkpoint, entries: entries)
    }

    public var json: JSON {
        [
            "format": .string(HistoryProof.format), "person": .string(person), "count": .number(Decimal128(count)),
            "checkpoint": .string(checkpoint), "entries": .array(entries.map { $0.json }),
        ]
    }
}

extension EntryProof {
    init?(_ json: JSON) {
        guard let number = json["n"]?.int, number >= 1, let payload = json["payload"]?.string,
            let nonce = json["nonce"]?.string.flatMap({ Base64URL.decode($0) })
        else { return nil }
        var place: Place?
        if let index = json["index"] {
            guard let index = index.size, let path = json["path"]?.path else { return nil }
            place = Place(index: index, path: path)
        }
        var line: Line?
        if let object = json["line"] {
            guard let position = object["position"]?.size, let nonce = object["nonce"]?.string.flatMap({ Base64URL.decode($0) }),
                let path = object["path"]?.path
            else { return nil }
            line = Line(position: position, nonce: nonce, path: path)
        }
        self.init(number: number, payload: payload, nonce: nonce, place: place, line: line)
    }

    var json: JSON {
        var object: JSONObject = [
            "n": .number(Decimal128(number)), "payload": .string(payload), "nonce": .string(Base64URL.encode(nonce)),
        ]
        if let place {
            object["index"] = .size(place.index)
            object["path"] = .path(place.path)
        }
        if let line {
            object["line"] = [
                "position": .size(line.position), "nonce": .string(Base64URL.encode(line.nonce)), "path": .path(line.path),
            ]
        }
        return .object(object)
    }
}

extension JSON {
    /// A whole number up to 2^64, also where `Int` has 32 bits.
    var size: UInt64? {
        guard let number, number.isInteger else { return nil }
        return UInt64(number.text)
    }

    static func size(_ value: UInt64) -> JSON {
        Decimal128("\(value)").map { .number($0) } ?? .null
    }

    /// Hashes in base64.
    public var path: [Digest]? {
        guard let array, array.count <= HistoryProof.pathMax else { return nil }
        var path: [Digest] = []
        for item in array {
            guard let bytes = item.string.flatMap({ Base64.decode($0) }), let hash = Digest(bytes) else { return nil }
            path.append(hash)
        }
        return path
    }

    static func path(_ path: [Digest]) -> JSON {
        .array(path.map { .string(Base64.encode($0.bytes)) })
    }
}
