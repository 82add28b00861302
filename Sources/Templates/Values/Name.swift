/// The name of a value in a template: at most 24 bytes, compared as three words.
package struct Name: Hashable, Sendable, ExpressibleByStringLiteral {
    package static let lengthMax = 24

    private let words: (UInt64, UInt64, UInt64)

    /// Nil for what is empty, too long, or has a zero byte.
    package init?(_ utf8: some Collection<UInt8>) {
        guard (1...Name.lengthMax).contains(utf8.count), !utf8.contains(0) else { return nil }
        var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: utf8) }
        self.words = words
    }

    package init(stringLiteral value: StaticString) {
        guard let name = value.withUTF8Buffer({ Name($0) }) else { preconditionFailure("a name has 1 to \(Name.lengthMax) bytes: \(value)") }
        self = name
    }

    package static func == (one: Name, other: Name) -> Bool {
        one.words.0 == other.words.0 && one.words.1 == other.words.1 && one.words.2 == other.words.2
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
    }

    package var text: String {
        withUnsafeBytes(of: words) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
