package import Kernel

/// One value that goes into or comes out of a statement.
///
/// **Shape** the four kinds that every store shares: nothing, a 64-bit integer, UTF-8 text, bytes. Instants are
/// milliseconds since 1970 in an integer, identifiers, dates and JSON are text, truth is 0 or 1.
package enum SQLValue: Hashable, Sendable {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    /// An integer of the platform's width.
    package static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }

    /// An instant, as milliseconds since 1970.
    package static func instant(_ value: Instant) -> SQLValue { .integer(value.milliseconds) }

    /// An identifier, as its 26 characters.
    package static func id(_ value: Identifier) -> SQLValue { .text(value.text) }

    /// Truth, as 0 or 1.
    package static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }

    /// Text, or null where there is none.
    package static func optional(_ value: String?) -> SQLValue { value.map { .text($0) } ?? .null }

    /// An instant, or null where there is none.
    package static func optional(_ value: Instant?) -> SQLValue { value.map { .instant($0) } ?? .null }

    /// An integer, or null where there is none.
    package static func optional(_ value: Int?) -> SQLValue { value.map { .int($0) } ?? .null }

    /// True for `.null`.
    package var isNull: Bool { if case .null = self { true } else { false } }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
}
