internal import Kernel

/// Whether values are of types, and how they are brought to them.
///
/// **Standard:** DMN 1.5, 10.3.2.9.
extension Evaluator {
    package func isInstance(_ value: Value, of type: TypeName) -> Bool {
        isInstance(value, of: type, depth: 0)
    }

    private func isInstance(_ value: Value, of type: TypeName, depth: Int) -> Bool {
        // A type of the model may be defined by itself.
        guard depth < Limits.nestingMax else { return false }
        if case .null = value { return type == .null }
        switch (type, value) {
        case (.any, _): return true
        case (.boolean, .boolean), (.number, .number), (.string, .string), (.date, .date), (.time, .time), (.dateTime, .dateTime),
            (.dayTime, .dayTime), (.yearMonth, .yearMonth):
            return true
        case (.list(let type), .list(let items)):
            for item in items where !isInstanceOrNull(item, of: type, depth: depth) { return false }
            return true
        case (.range(let type), .range(let interval)):
            if let low = interval.low, !isInstanceOrNull(low, of: type, depth: depth) { return false }
            if let high = interval.high, !isInstanceOrNull(high, of: type, depth: depth) { return false }
            return true
        case (.context(let members), .context(let context)):
            for member in members {
                guard let value = context[member.name], isInstanceOrNull(value, of: member.type, depth: depth) else { return false }
            }
            return true
        case (.function(let parameters, _), .function(let function)):
            switch function.body {
            case .builtin: return true
            case .lambda(let lambda, _): return lambda.parameters.count == parameters.count
            case .host(let host): return host.parameters.count == parameters.count
            }
        case (.named("context"), .context), (.named("list"), .list), (.named("function"), .function), (.named("range"), .range):
            return true
        case (.named(let name), _):
            guard let definition = scope.types[name] else { return false }
            return isInstance(value, of: definition, depth: depth + 1)
        default:
            return false
        }
    }

    private func isInstanceOrNull(_ value: Value, of type: TypeName, depth: Int) -> Bool {
        value.isNull || isInstance(value, of: type, depth: depth + 1)
    }

    /// The value as the type wants it: a list of one for a single value and the other way round, a date as its midnight. Nil where it does not fit.
    package func coerced(_ value: Value, to type: TypeName) -> Value? {
        if value.isNull || isInstance(value, of: type) { return value }
        if case .named(let name) = type, let definition = scope.types[name], !definition.isNamed { return coerced(value, to: definition) }
        switch (type, value) {
        case (.list(let element), .list(let items)):
            var coercedItems: [Value] = []
            for item in items {
                guard let item = coerced(item, to: element) else { return nil }
                coercedItems.append(item)
            }
            return .list(coercedItems)
        case (.list(let element), _):
            return coerced(value, to: element).map { .list([$0]) }
        case (.dateTime, .date(let date)):
            return .dateTime(DateTime(date: date, time: Time(secondOfDay: 0, nanosecond: 0, zone: .offset(0))))
        case (_, .list(let items)) where items.count == 1:
            return coerced(items[0], to: type)
        default:
            return nil
        }
    }
}

extension TypeName {
    var isNamed: Bool { if case .named = self { true } else { false } }
}
