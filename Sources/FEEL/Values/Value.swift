package import Kernel

/// What a FEEL expression evaluates to.
///
/// **Shape:** a closed set of immutable values; numbers are decimal128. Swift's `==` compares the values as they are
/// kept (`null == null`); FEEL's own equality, which can be unknown, is ``Comparison``.
/// **Standard:** DMN 1.5, 10.3.2.3.
package enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case number(Decimal128)
    case string(String)
    case date(CalendarDate)
    case time(Time)
    case dateTime(DateTime)
    case dayTime(DayTimeDuration)
    case yearMonth(YearMonthDuration)
    case list([Value])
    case context(Context)
    indirect case range(Interval)
    case function(Function)
}

extension Value {
    /// Texts are equal by their bytes, never by canonical equivalence.
    package static func == (one: Value, other: Value) -> Bool {
        switch (one, other) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.date(let left), .date(let right)): left == right
        case (.time(let left), .time(let right)): left == right
        case (.dateTime(let left), .dateTime(let right)): left == right
        case (.dayTime(let left), .dayTime(let right)): left == right
        case (.yearMonth(let left), .yearMonth(let right)): left == right
        case (.list(let left), .list(let right)): left == right
        case (.context(let left), .context(let right)): left == right
        case (.range(let left), .range(let right)): left == right
        case (.function(let left), .function(let right)): left == right
        default: false
        }
    }

    package func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .boolean(let value): hasher.combine(value)
        case .number(let value): hasher.combine(value)
        case .string(let value): hasher.combine(ByteString(value))
        case .date(let value): hasher.combine(value)
        case .time(let value): hasher.combine(value)
        case .dateTime(let value): hasher.combine(value)
        case .dayTime(let value): hasher.combine(value)
        case .yearMonth(let value): hasher.combine(value)
        case .list(let value): hasher.combine(value)
        case .context(let value): hasher.combine(value)
        case .range(let value): hasher.combine(value)
        case .function(let value): hasher.combine(value)
        }
    }
}

extension Value {
    package var isNull: Bool { if case .null = self { true } else { false } }
    package var boolean: Bool? { if case .boolean(let value) = self { value } else { nil } }
    package var number: Decimal128? { if case .number(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var date: CalendarDate? { if case .date(let value) = self { value } else { nil } }
    package var list: [Value]? { if case .list(let value) = self { value } else { nil } }
    package var context: Context? { if case .context(let value) = self { value } else { nil } }

    /// A truth value, where nil is "unknown".
    package init(truth: Bool?) {
        if let truth { self = .boolean(truth) } else { self = .null }
    }

    /// The kind in words, for messages.
    package var kindName: String {
        switch self {
        case .null: "null"
        case .boolean: "boolean"
        case .number: "number"
        case .string: "string"
        case .date: "date"
        case .time: "time"
        case .dateTime: "date and time"
        case .dayTime: "days and time duration"
        case .yearMonth: "years and months duration"
        case .list: "list"
        case .context: "context"
        case .range: "range"
        case .function: "function"
        }
    }
}

extension Value: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(Decimal128(value)) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(arrayLiteral elements: Value...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, Value)...) {
        var context = Context()
        for (key, value) in elements { context[key] = value }
        self = .context(context)
    }
    package init(nilLiteral: ()) { self = .null }
}

/// Named values in the order in which they were put; a later value under the same name replaces the earlier in place.
///
/// **Shape:** look-up is linear up to eight entries and hashed beyond.
package struct Context: Hashable, Sendable {
    private static let linearMax = 8

    package private(set) var keys: [String] = []
    package private(set) var values: [Value] = []
    private var places: [ByteString: Int] = [:]

    package init() {}

    package var count: Int { keys.count }
    package var isEmpty: Bool { keys.isEmpty }

    private func place(of key: String) -> Int? {
        if keys.count > Context.linearMax { return places[ByteString(key)] }
        for index in keys.indices where keys[index].hasSameBytes(as: key) { return index }
        return nil
    }

    package subscript(_ key: String) -> Value? {
        get {
            guard let place = place(of: key) else { return nil }
            return values[place]
        }
        set {
            if let place = place(of: key) {
                if let newValue { values[place] = newValue } else { remove(at: place) }
                return
            }
            guard let newValue else { return }
            keys.append(key)
            values.append(newValue)
            if keys.count == Context.linearMax + 1 {
                for index in keys.indices { places[ByteString(keys[index])] = index }
            } else if keys.count > Context.linearMax {
                places[ByteString(key)] = keys.count - 1
            }
        }
    }

    private mutating func remove(at place: Int) {
        keys.remove(at: place)
        values.remove(at: place)
        places = [:]
        if keys.count > Context.linearMax {
            for index in keys.indices { places[ByteString(keys[index])] = index }
        }
    }

    /// Equal when the same names hold the same values, in whatever order.
    package static func == (one: Context, other: Context) -> Bool {
        guard one.count == other.count else { return false }
        for index in one.keys.indices {
            guard let value = other[one.keys[index]], value == one.values[index] else { return false }
        }
        return true
    }

    package func hash(into hasher: inout Hasher) {
        var sum = 0
        for index in keys.indices {
            var inner = Hasher()
            inner.combine(ByteString(keys[index]))
            inner.combine(values[index])
            sum &+= inner.finalize()
        }
        hasher.combine(sum)
    }
}

/// A range of comparable values; nil is an open end without a bound.
///
/// **Standard:** DMN 1.5, 10.3.2.7.
package struct Interval: Hashable, Sendable {
    package let low: Value?
    package let high: Value?
    package let lowIncluded: Bool
    package let highIncluded: Bool
    /// The comparison that the range was written as (`(< 5)`, `(!= 5)`); nil for one written with two bounds.
    package let comparison: Relation?

    package init(low: Value?, lowIncluded: Bool, high: Value?, highIncluded: Bool, comparison: Relation? = nil) {
        self.comparison = comparison
        self.low = low
        self.high = high
        self.lowIncluded = lowIncluded
        self.highIncluded = highIncluded
    }
}
