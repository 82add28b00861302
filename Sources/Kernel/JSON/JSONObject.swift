/// The members of a JSON object, in the order in which they were first set. Equal to another whatever the order. Keys compare by their bytes.
public struct JSONObject: Hashable, Sendable, Sequence, ExpressibleByDictionaryLiteral {
    private struct Member: Sendable {
        var key: String
        var value: JSON
    }

    /// Up to here a look-up compares keys one by one; above, an index helps.
    private static let scannedMax = 12

    private var members: [Member] = []
    private var index: [ByteString: Int]?

    public init() {}

    /// The later of two equal keys wins.
    public init(dictionaryLiteral elements: (String, JSON)...) {
        for (key, value) in elements { self[key] = value }
    }

    /// The later of two equal keys wins.
    public init(_ members: some Sequence<(key: String, value: JSON)>) {
        for (key, value) in members { self[key] = value }
    }

    public var count: Int { members.count }
    public var isEmpty: Bool { members.isEmpty }

    /// The keys in their order.
    public var keys: [String] { members.map { $0.key } }

    public mutating func reserveCapacity(_ count: Int) {
        members.reserveCapacity(count)
    }

    /// The value of a key. Setting nil takes the member away; setting a new key puts it last.
    public subscript(_ key: String) -> JSON? {
        get {
            guard let position = position(of: key) else { return nil }
            return members[position].value
        }
        set {
            let position = position(of: key)
            switch (position, newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                index = nil
                indexIfLarge()
            case (nil, let value?):
                append(key, value)
            case (nil, nil):
                break
            }
        }
    }

    /// Adds a member unless its key is there already.
    mutating func insert(_ key: String, _ value: JSON) -> Bool {
        guard position(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    /// Changes a value in place, without copying what lies below it; nil for a key that is not there.
    mutating func modify<Result>(_ key: String, _ body: (inout JSON) -> Result) -> Result? {
        guard let position = position(of: key) else { return nil }
        return body(&members[position].value)
    }

    func key(at position: Int) -> String { members[position].key }
    func value(at position: Int) -> JSON { members[position].value }

    private mutating func append(_ key: String, _ value: JSON) {
        if index != nil {
            index?[ByteString(key)] = members.count
            members.append(Member(key: key, value: value))
        } else {
            members.append(Member(key: key, value: value))
            indexIfLarge()
        }
    }

    private mutating func indexIfLarge() {
        guard members.count > Self.scannedMax else { return }
        var positions = [ByteString: Int](minimumCapacity: members.count * 2)
        for (position, member) in members.enumerated() { positions[ByteString(member.key)] = position }
        index = positions
    }

    private func position(of key: String) -> Int? {
        if let index { return index[ByteString(key)] }
        for position in members.indices where members[position].key.hasSameBytes(as: key) { return position }
        return nil
    }

    public struct Iterator: IteratorProtocol, Sendable {
        private let members: [Member]
        private var position = 0

        fileprivate init(_ object: JSONObject) {
            members = object.members
        }

        public mutating func next() -> (key: String, value: JSON)? {
            guard position < members.count else { return nil }
            let member = members[position]
            position += 1
            return (member.key, member.value)
        }
    }

    public func makeIterator() -> Iterator { Iterator(self) }

    public var underestimatedCount: Int { members.count }

    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        guard left.count == right.count else { return false }
        for position in left.members.indices {
            let member = left.members[position]
            if right.members[position].key.hasSameBytes(as: member.key) {
                guard right.members[position].value == member.value else { return false }
            } else {
                guard let other = right[member.key], other == member.value else { return false }
            }
        }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        // Each member is hashed by itself, so that the order does not count.
        var sum = 0
        for member in members {
            var one = Hasher()
            member.key.hashBytes(into: &one)
            one.combine(member.value)
            sum = sum &+ one.finalize()
        }
        hasher.combine(members.count)
        hasher.combine(sum)
    }
}
