/// Markup of our own making: the only thing that reaches a page unescaped.
///
/// It is made of literals of the source, of other markup, and of texts and numbers that are escaped as they are put in between:
/// `"<a href=\"\(address)\">\(picture)</a>"`. There is no way to make it of a text that is not escaped.
package struct Markup: Hashable, Sendable, ExpressibleByStringInterpolation {
    package private(set) var text: String

    package init(stringLiteral value: StaticString) {
        text = value.withUTF8Buffer { String(decoding: $0, as: UTF8.self) }
    }

    package init(stringInterpolation: StringInterpolation) { self.init(bytes: stringInterpolation.bytes) }

    /// A text, escaped.
    package init(escaping text: String) {
        var bytes: [UInt8] = []
        Escaping.append(text, to: &bytes)
        self.init(bytes: bytes)
    }

    init(bytes: [UInt8]) { text = String(decoding: bytes, as: UTF8.self) }

    package static func + (one: Markup, other: Markup) -> Markup { "\(one)\(other)" }
    package static func += (one: inout Markup, other: Markup) { one.text += other.text }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var bytes: [UInt8] = []

        package init(literalCapacity: Int, interpolationCount: Int) { bytes.reserveCapacity(literalCapacity + interpolationCount * 16) }

        package mutating func appendLiteral(_ literal: StaticString) {
            literal.withUTF8Buffer { bytes.append(contentsOf: $0) }
        }
        package mutating func appendInterpolation(_ text: String) { Escaping.append(text, to: &bytes) }
        package mutating func appendInterpolation(_ number: Int) { Escaping.append(String(number), to: &bytes) }
        package mutating func appendInterpolation(_ markup: Markup) { bytes.append(contentsOf: markup.text.utf8) }
    }
}

extension Sequence where Element == Markup {
    /// All of them, one after the other.
    package func joined() -> Markup {
        var bytes: [UInt8] = []
        for markup in self { bytes.append(contentsOf: markup.text.utf8) }
        return Markup(bytes: bytes)
    }
}
