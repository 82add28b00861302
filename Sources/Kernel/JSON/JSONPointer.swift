/// A path into a JSON value. **Standard** RFC 6901.
///
/// **Shape** read from a text it has at most ``byteCountMax`` bytes. Tokens compare by their bytes.
public struct JSONPointer: Hashable, Sendable {
    /// A longer text is no pointer.
    public static let byteCountMax = 64 * 1024

    /// The keys and indices on the way, unescaped.
    public let tokens: [String]

    /// The whole value.
    public static let root = JSONPointer(tokens: [])

    public init(tokens: [String]) {
        self.tokens = tokens
    }

    public static func == (left: JSONPointer, right: JSONPointer) -> Bool {
        left.tokens.elementsEqual(right.tokens) { $0.hasSameBytes(as: $1) }
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(tokens.count)
        for token in tokens { token.hashBytes(into: &hasher) }
    }

    /// Reads `/applicant/name`. Nil when a text that is not empty does not begin with `/`, a `~` is not followed by 0 or 1, or it is too long.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.byteCountMax else { return nil }
        var tokens: [String] = []
        if !text.isEmpty {
            guard text.utf8.first == 0x2F else { return nil }
            for part in text.utf8.dropFirst().split(separator: 0x2F, omittingEmptySubsequences: false) {
                var bytes: [UInt8] = []
                var escaped = false
                for byte in part {
                    if escaped {
                        guard byte == 0x30 || byte == 0x31 else { return nil }
                        bytes.append(byte == 0x30 ? 0x7E : 0x2F)
                        escaped = false
                    } else if byte == 0x7E {
                        escaped = true
                    } else {
                        bytes.append(byte)
                    }
                }
                guard !escaped else { return nil }
                tokens.append(String(decoding: bytes, as: UTF8.self))
            }
        }
        self.tokens = tokens
    }

    /// The text that `init(_:)` reads.
    public var text: String {
        var bytes: [UInt8] = []
        for token in tokens {
            bytes.append(0x2F)
            for byte in token.utf8 {
                switch byte {
                case 0x7E: bytes.append(contentsOf: [0x7E, 0x30])
                case 0x2F: bytes.append(contentsOf: [0x7E, 0x31])
                default: bytes.append(byte)
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// One step further.
    public func appending(_ token: String) -> JSONPointer {
        JSONPointer(tokens: tokens + [token])
    }

    /// One step further, into an array.
    public func appending(_ index: Int) -> JSONPointer {
        appending(String(index))
    }

    /// The array index that a token names: decimal digits without leading zeros.
    static func index(_ token: String) -> Int? {
        let digits = token.utf8
        guard !digits.isEmpty, digits.count <= 9, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        guard digits.count == 1 || digits.first != 0x30 else { return nil }
        return Int(token)
    }
}

extension JSON {
    /// The value that a pointer leads to, or nil.
    public func value(at pointer: JSONPointer) -> JSON? {
        var value = self
        for token in pointer.tokens {
            switch value {
            case .object(let members):
                guard let next = members[token] else { return nil }
                value = next
            case .array(let items):
                guard let index = JSONPointer.index(token), index < items.count else { return nil }
                value = items[index]
            default:
                return nil
            }
        }
        return value
    }

    /// Puts a value where a pointer leads. Missing members on the way, and nulls, become objects; an array takes its next index or `-` as
    /// a new item. False, with nothing changed, when the way leads through another value or beyond an array's end.
    public mutating func set(_ value: JSON, at pointer: JSONPointer) -> Bool {
        var changed = self
        guard changed.set(value, pointer.tokens[...]) else { return false }
        self = changed
        return true
    }

    private mutating func set(_ value: JSON, _ tokens: ArraySlice<String>) -> Bool {
        guard let token = tokens.first else {
            self = value
            return true
        }
        let rest = tokens.dropFirst()
        switch self {
        case .null:
            var child = JSON.null
            guard child.set(value, rest) else { return false }
            self = .object([token: child])
            return true
        case .object(var members):
            self = .null
            if members[token] == nil { members[token] = .null }
            let done = members.modify(token) { $0.set(value, rest) } ?? false
            self = .object(members)
            return done
        case .array(var items):
            self = .null
            let index = token.hasSameBytes(as: "-") ? items.count : JSONPointer.index(token)
            guard let index, index <= items.count else { return false }
            if index == items.count { items.append(.null) }
            let done = items[index].set(value, rest)
            self = .array(items)
            return done
        default:
            return false
        }
    }
}
