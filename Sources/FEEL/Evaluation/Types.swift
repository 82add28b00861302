internal import Kernel

/// Whether values are of types, and how they are brought to them.
///
/// **Standard:** DMN 1.5, 10.3.2.9; constraints: 7.3.3.
extension Evaluator {
    /// Whether the value is of the type, whose constraints are left aside: they restrict values, not kinds.
    package mutating func isInstance(_ value: Value, of type: TypeName) -> Bool {
        isInstance(value, of: type, constrained: false, depth: 0)
    }

    private mutating func isInstance(_ value: Value, of type: TypeName, constrained: Bool, depth: Int) -> Bool {
        // A type of the model may be defined by itself.
        guard depth < Limits.nestingMax else { return false }
        if case .null = value { return type == .null }
        switch (type, value) {
        case (.any, _): return true
        case (.boolean, .boolean), (.number, .number), (.string, .string), (.date, .date), (.time, .time), (.dateTime, .dateTime),
            (.dayTime, .dayTime), (.yearMonth, .yearMonth):
            return true
        case (.list(let type), .list(let items)):
            for item in items where !isInstanceOrNull(item, of: type, constrained: constrained, depth: depth) { return false }
            return true
        case (.range(let type), .range(let interval)):
            if let low = interval.low, !isInstanceOrNull(low, of: type, constrained: constrained, depth: depth) { return false }
            if let high = interval.high, !isInstanceOrNull(high, of: type, constrained: constrained, depth: depth) { return false }
            return true
        case (.context(let members), .context(let context)):
            for member in members {
                guard let value = context[member.name], isInstanceOrNull(value, of: member.type, constrained: constrained, depth: depth) else { return false }
            }
            return true
        case (.function(let parameters, _), .function(let function)):
            switch function.body {
            case .builtin(let builtin): return builtin.takes(parameters.count)
            case .lambda(let lambda, _): return takes(lambda.parameters, parameters)
            case .host(let host): return takes(host.parameters, parameters)
            }
        case (.named("context"), .context), (.named("list"), .list), (.named("function"), .function), (.named("range"), .range):
            return true
        case (.named(let name), _):
            guard let definition = scope.types[name] else { return false }
            return isInstance(value, of: definition.type, constrained: constrained, depth: depth + 1)
                && (!constrained || broken(definition, by: value) == nil)
        default:
            return false
        }
    }

    /// Whether a function with these parameters can be called with arguments of these types. What it gives is not known before it is called.
    private func takes(_ parameters: [Function.Parameter], _ types: [TypeName]) -> Bool {
        guard parameters.count == types.count else { return false }
        for (parameter, type) in zip(parameters, types) {
            guard let wanted = parameter.type else { continue }
            // An argument of any type may turn out to be of the wanted one.
            if type != .any, !conforms(type, to: wanted, depth: 0) { return false }
        }
        return true
    }

    /// Whether each value of the one type is of the other, constraints left aside.
    private func conforms(_ one: TypeName, to other: TypeName, depth: Int) -> Bool {
        guard depth < Limits.nestingMax else { return false }
        if one == other || other == .any || one == .null { return true }
        if case .named(let name) = one, let definition = scope.types[name] { return conforms(definition.type, to: other, depth: depth + 1) }
        if case .named(let name) = other, let definition = scope.types[name] { return conforms(one, to: definition.type, depth: depth + 1) }
        switch (one, other) {
        case (.list(let left), .list(let right)), (.range(let left), .range(let right)): return conforms(left, to: right, depth: depth + 1)
        case (.list, .named("list")), (.range, .named("range")), (.context, .named("context")), (.function, .named("function")): return true
        case (.context(let left), .context(let right)):
            for member in right {
                guard let own = left.first(where: { $0.name == member.name }), conforms(own.type, to: member.type, depth: depth + 1) else { return false }
            }
            return true
        case (.function(let left, let leftResult), .function(let right, let rightResult)):
            guard left.count == right.count, conforms(leftResult, to: rightResult, depth: depth + 1) else { return false }
            for (own, wanted) in zip(left, right) where !conforms(wanted, to: own, depth: depth + 1) { return false }
            return true
        default: return false
        }
    }

    private mutating func isInstanceOrNull(_ value: Value, of type: TypeName, constrained: Bool, depth: Int) -> Bool {
        value.isNull || isInstance(value, of: type, constrained: constrained, depth: depth + 1)
    }

    /// The first constraint that the value does not meet. Constraints know no names but `?`.
    private mutating func broken(_ definition: TypeDefinition, by value: Value) -> UnaryTests? {
        for tests in definition.constraints {
            guard tests.quick?.answer(value) ?? inside([], { (evaluator: inout Evaluator) in evaluator.meets(value, tests) == true }) else { return tests }
        }
        return nil
    }

    /// The value as the type wants it: a list of one for a single value and the other way round, a date as its midnight, the members of a
    /// context each as their own type wants it. Nil where it does not fit; null fits every type.
    package mutating func coerced(_ value: Value, to type: TypeName) -> Value? {
        coerced(value, to: type, depth: 0)
    }

    private mutating func coerced(_ value: Value, to type: TypeName, depth: Int) -> Value? {
        guard depth < Limits.nestingMax else { return nil }
        if value.isNull || isInstance(value, of: type, constrained: true, depth: depth) { return value }
        if case .named(let name) = type, let definition = scope.types[name] {
            guard let fitting = coerced(value, to: definition.type, depth: depth + 1) else { return nil }
            guard fitting.isNull || broken(definition, by: fitting) == nil else { return nil }
            return fitting
        }
        switch (type, value) {
        case (.list(let element), .list(let items)):
            var coercedItems: [Value] = []
            for item in items {
                guard let item = coerced(item, to: element, depth: depth + 1) else { return nil }
                coercedItems.append(item)
            }
            return .list(coercedItems)
        case (.list(let element), _):
            // One level only: a value that would need more than its brackets does not fit.
            guard isInstance(value, of: element, constrained: true, depth: depth + 1) else { return nil }
            return .list([value])
        case (.context(let members), .context(var context)):
            for member in members {
                guard let own = context[member.name], let fitting = coerced(own, to: member.type, depth: depth + 1) else { return nil }
                context[member.name] = fitting
            }
            return .context(context)
        case (.dateTime, .date(let date)):
            return .dateTime(DateTime(date: date, time: Time(secondOfDay: 0, nanosecond: 0, zone: .offset(0))))
        case (_, .list(let items)) where items.count == 1:
            guard isInstance(items[0], of: type, constrained: true, depth: depth + 1) else { return nil }
            return items[0]
        default:
            return nil
        }
    }

    // MARK: Why not

    /// Why a value cannot be brought to a type, as the end of a sentence that begins with what the value is.
    package struct Misfit {
        package let reason: Problem.Reason
        package let words: String
    }

    /// - Precondition: ``coerced(_:to:)`` gave nil.
    package mutating func misfit(_ value: Value, to type: TypeName) -> Misfit {
        misfit(value, to: type, where: "", depth: 0)
    }

    private mutating func misfit(_ value: Value, to type: TypeName, where place: String, depth: Int) -> Misfit {
        func kind() -> Misfit {
            let subject = place.isEmpty ? "is" : "has \(place) that is"
            return Misfit(reason: .wrongType, words: "\(subject) a \(value.kindName), and the model declares \(type.words)")
        }
        guard depth < Limits.nestingMax else { return Misfit(reason: .limitReached, words: "has more than \(Limits.nestingMax) levels") }
        switch (type, value) {
        case (.named(let name), _):
            guard let definition = scope.types[name] else { return kind() }
            guard let fitting = coerced(value, to: definition.type) else { return misfit(value, to: definition.type, where: place, depth: depth + 1) }
            guard let tests = broken(definition, by: fitting) else { return kind() }
            let subject = place.isEmpty ? "is" : "has \(place) that is"
            return Misfit(
                reason: .outOfRange,
                words: "\(subject) \(fitting.shortText), which is none of the allowed values of \(type.words): \(tests.text)")
        case (.list(let element), .list(let items)):
            for (index, item) in items.enumerated() where coerced(item, to: element) == nil {
                return misfit(item, to: element, where: Evaluator.deeper(place, "element \(index + 1)"), depth: depth + 1)
            }
            return kind()
        case (.list(let element), _):
            return misfit(value, to: element, where: place, depth: depth + 1)
        case (.context(let members), .context(let context)):
            for member in members {
                guard let own = context[member.name] else {
                    let subject = place.isEmpty ? "lacks" : "has \(place) that lacks"
                    return Misfit(reason: .noSuchMember, words: "\(subject) the member ‘\(member.name)’")
                }
                if coerced(own, to: member.type) == nil {
                    return misfit(own, to: member.type, where: Evaluator.deeper(place, "a member ‘\(member.name)’"), depth: depth + 1)
                }
            }
            return kind()
        case (_, .list(let items)) where items.count == 1 && items[0].list == nil:
            return misfit(items[0], to: type, where: place, depth: depth + 1)
        default:
            return kind()
        }
    }

    private static func deeper(_ place: String, _ step: String) -> String {
        place.isEmpty ? step : place + " with " + step
    }
}

extension Value {
    /// The value as an expression writes it, cut where it is long.
    package var shortText: String {
        let text = innerText
        let scalars = text.unicodeScalars
        guard scalars.count > 80 else { return text }
        return String(String.UnicodeScalarView(scalars.prefix(80))) + "…"
    }
}

extension TypeName {
    /// The type in words, for messages.
    package var words: String {
        switch self {
        case .any: return "any value"
        case .null: return "null"
        case .boolean: return "boolean"
        case .number: return "number"
        case .string: return "string"
        case .date: return "date"
        case .time: return "time"
        case .dateTime: return "date and time"
        case .dayTime: return "days and time duration"
        case .yearMonth: return "years and months duration"
        case .list(let element): return "list of \(element.words)"
        case .range(let element): return "range of \(element.words)"
        case .context: return "context"
        case .function: return "function"
        case .named(let name):
            // A key may begin with its model's namespace.
            guard let mark = name.utf8.lastIndex(of: UInt8(ascii: "#")) else { return name }
            return String(name[name.utf8.index(after: mark)...])
        }
    }
}
