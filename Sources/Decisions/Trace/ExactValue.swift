internal import FEEL
internal import Kernel

/// Values in JSON, exactly: the JSON value as everybody reads it, and beside it, where that alone would not give the same value back, its type.
///
/// **Shape.** The type is left out where canonical JSON reads back as the same value (null, booleans, strings, integers within ±2⁵³, lists
/// and contexts of these with their keys in canonical order). Else it is
/// - a name: `"number"` (the value is its plain decimal as a string), `"date"`, `"time"`, `"date and time"`, `"days and time duration"`,
///   `"years and months duration"` (the value is its ISO 8601 text), `"function"` (the value is null; no JSON holds a function);
/// - `{"list": [type or null…]}`, one for each element;
/// - `{"context": [{"key": …, "type": type or null}…]}`, the keys in the context's order;
/// - `{"range": {"low": bound, "lowIncluded": …, "high": bound, "highIncluded": …, "comparison": "<="}}`, where a bound is
///   `{"value": …, "type": …}`, left out where the end is open.
enum ExactValue {
    private static let integerMax: UInt64 = 1 << 53

    /// The members `value` and, where it is wanted, `type`.
    static func members(_ value: Value) -> JSONObject {
        var object: JSONObject = ["value": value.json]
        if let type = type(of: value) { object["type"] = type }
        return object
    }

    static func type(of value: Value) -> JSON? {
        switch value {
        case .null, .boolean, .string: return nil
        case .number(let number):
            if let integer = number.int64, integer.magnitude <= integerMax { return nil }
            return "number"
        case .date, .time, .dateTime, .dayTime, .yearMonth, .function: return .string(value.kindName)
        case .list(let items):
            let types = items.map { type(of: $0) }
            return types.contains { $0 != nil } ? ["list": .array(types.map { $0 ?? .null })] : nil
        case .context(let context):
            let types = context.values.map { type(of: $0) }
            if !types.contains(where: { $0 != nil }), isOrdered(context) { return nil }
            return [
                "context": .array(
                    context.keys.indices.map { place in
                        var entry: JSONObject = ["key": .string(context.keys[place])]
                        if let type = types[place] { entry["type"] = type }
                        return .object(entry)
                    })
            ]
        case .range(let interval):
            var range: JSONObject = ["lowIncluded": .bool(interval.lowIncluded), "highIncluded": .bool(interval.highIncluded)]
            if let low = interval.low { range["low"] = .object(members(low)) }
            if let high = interval.high { range["high"] = .object(members(high)) }
            if let comparison = interval.comparison { range["comparison"] = .string(comparison.sign) }
            return ["range": .object(range)]
        }
    }

    /// Whether canonical JSON leaves the keys in their order.
    private static func isOrdered(_ context: Context) -> Bool {
        guard context.count > 1 else { return true }
        let object = JSONObject(context.keys.map { (key: $0, value: JSON.null) })
        guard let canonical = try? JSON.parse(object.canonical).object else { return false }
        return canonical.keys == context.keys
    }

    // MARK: Reading

    /// What is wrong with a stored value. **Shape:** `pointer` is a JSON pointer below the value's object.
    struct Fault: Error {
        let pointer: String
        let message: String
    }

    /// The value of an object with the members `value` and `type`.
    ///
    /// - Throws: where they do not fit together, or a time names a zone that is not known.
    static func value(_ object: JSON, _ zones: Zones) throws(Fault) -> Value {
        guard let json = object["value"] else { throw Fault(pointer: "/value", message: "the value is missing") }
        return try value(json, object["type"], zones, "")
    }

    private static func value(_ json: JSON, _ type: JSON?, _ zones: Zones, _ pointer: String) throws(Fault) -> Value {
        switch type {
        case nil, .null?: return Value(json: json)
        case .string(let name)?: return try scalar(json, name, zones, pointer)
        case .object(let object)?:
            if let types = object["list"]?.array { return .list(try items(json, types, zones, pointer)) }
            if let entries = object["context"]?.array { return .context(try context(json, entries, zones, pointer)) }
            if let range = object["range"] { return .range(try interval(range, zones, pointer + "/type/range")) }
            throw Fault(pointer: pointer + "/type", message: "the type is none of ‘list’, ‘context’ and ‘range’")
        default: throw Fault(pointer: pointer + "/type", message: "a type is a name or an object")
        }
    }

    private static func scalar(_ json: JSON, _ name: String, _ zones: Zones, _ pointer: String) throws(Fault) -> Value {
        if name == "function" { throw Fault(pointer: pointer + "/type", message: "a function was given, which no account can hold") }
        if name == "number" {
            // The canonical form has a string, the form in memory a number.
            if let number = json.number { return .number(number) }
            guard let number = json.string.flatMap({ Decimal128($0) }) else {
                throw Fault(pointer: pointer + "/value", message: "\(json.text) is no number")
            }
            return .number(number)
        }
        guard let text = json.string else { throw Fault(pointer: pointer + "/value", message: "a \(name) is written as a string") }
        guard let kind = kinds[name] else { throw Fault(pointer: pointer + "/type", message: "there is no type ‘\(name)’") }
        guard let value = Value(temporal: text, as: kind, zones: zones), value.json == json else {
            throw Fault(pointer: pointer + "/value", message: "\"\(text)\" is no \(name), or names a time zone that is not known here")
        }
        return value
    }

    private static let kinds: [String: TypeName] = [
        "date": .date, "time": .time, "date and time": .dateTime, "days and time duration": .dayTime, "years and months duration": .yearMonth,
    ]

    private static func items(_ json: JSON, _ types: [JSON], _ zones: Zones, _ pointer: String) throws(Fault) -> [Value] {
        guard let items = json.array, items.count == types.count else {
            throw Fault(pointer: pointer + "/type/list", message: "the list has not as many elements as types")
        }
        var values: [Value] = []
        values.reserveCapacity(items.count)
        for (place, item) in items.enumerated() { values.append(try value(item, types[place], zones, pointer + "/value/\(place)")) }
        return values
    }

    private static func context(_ json: JSON, _ entries: [JSON], _ zones: Zones, _ pointer: String) throws(Fault) -> Context {
        var context = Context()
        for (place, entry) in entries.enumerated() {
            guard let key = entry["key"]?.string, let member = json[key] else {
                throw Fault(pointer: pointer + "/type/context/\(place)", message: "the context has no member of this key")
            }
            context[key] = try value(member, entry["type"], zones, pointer + "/value/\(key)")
        }
        guard context.count == json.object?.count else {
            throw Fault(pointer: pointer + "/type/context", message: "the context has members that are not listed")
        }
        return context
    }

    private static func interval(_ json: JSON, _ zones: Zones, _ pointer: String) throws(Fault) -> Interval {
        guard let lowIncluded = json["lowIncluded"]?.bool, let highIncluded = json["highIncluded"]?.bool else {
            throw Fault(pointer: pointer, message: "a range says whether its bounds are included")
        }
        var comparison: Relation?
        if let sign = json["comparison"] {
            guard let relation = sign.string.flatMap({ Relation(sign: $0) }) else {
                throw Fault(pointer: pointer + "/comparison", message: "\(sign.text) is no comparison")
            }
            comparison = relation
        }
        return Interval(
            low: try bound(json["low"], zones, pointer + "/low"), lowIncluded: lowIncluded, high: try bound(json["high"], zones, pointer + "/high"),
            highIncluded: highIncluded, comparison: comparison)
    }

    private static func bound(_ json: JSON?, _ zones: Zones, _ pointer: String) throws(Fault) -> Value? {
        guard let json else { return nil }
        guard let member = json["value"] else { throw Fault(pointer: pointer, message: "a bound has a value") }
        return try value(member, json["type"], zones, pointer)
    }
}

extension Relation {
    static let signs: [(sign: String, relation: Relation)] = [
        ("=", .equal), ("!=", .notEqual), ("<", .less), ("<=", .lessOrEqual), (">", .greater), (">=", .greaterOrEqual),
    ]

    var sign: String { Relation.signs.first { $0.relation == self }?.sign ?? "" }

    init?(sign: String) {
        guard let relation = Relation.signs.first(where: { $0.sign == sign })?.relation else { return nil }
        self = relation
    }
}
