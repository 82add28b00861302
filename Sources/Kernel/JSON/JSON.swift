/// A JSON value. Numbers are decimals, never binary fractions; strings compare as Swift's do, so canonically equivalent ones are equal.
///
/// **Standard** RFC 8259.
public enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    case number(Decimal128)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    public var isNull: Bool { if case .null = self { true } else { false } }
    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    public var number: Decimal128? { if case .number(let value) = self { value } else { nil } }
    public var string: String? { if case .string(let value) = self { value } else { nil } }
    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The number, if it is an integer that fits.
    public var int: Int? { number?.int }

    /// The member of an object; nil where there is none and for every other value.
    public subscript(_ key: String) -> JSON? { object?[key] }

    /// The item of an array; nil outside its bounds and for every other value.
    public subscript(_ index: Int) -> JSON? {
        guard case .array(let items) = self, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// An integer as a number.
    public static func integer(_ value: Int) -> JSON { .number(Decimal128(value)) }
}

extension JSON: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
}

extension JSON: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int) { self = .number(Decimal128(value)) }
}

extension JSON: ExpressibleByBooleanLiteral {
    public init(booleanLiteral value: Bool) { self = .bool(value) }
}

extension JSON: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
}

extension JSON: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) {
        var object = JSONObject()
        for (key, value) in elements { object[key] = value }
        self = .object(object)
    }
}
