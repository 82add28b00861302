internal import Kernel

/// Built-in functions: how arguments are checked and where each function is.
extension Evaluator {
    mutating func call(_ builtin: Builtin, _ arguments: [Value], at offset: Int) -> Value {
        weighed(answer(builtin, arguments, at: offset), at: offset)
    }

    private mutating func answer(_ builtin: Builtin, _ arguments: [Value], at offset: Int) -> Value {
        guard builtin.takes(arguments.count) else {
            return fail(.wrongArguments, at: offset, "\(builtin.rawValue) does not take \(arguments.count) arguments")
        }
        // A text is looked through from end to end, which costs more than one step.
        var bytes = 0
        for case .string(let text) in arguments { bytes += text.utf8.count }
        guard spend(bytes / Limits.bytesPerStep, at: offset) else { return .null }
        let call = Call(builtin: builtin, arguments: arguments, offset: offset)
        switch builtin {
        case .date, .time, .dateAndTime, .duration, .yearsAndMonthsDuration, .dayOfYear, .dayOfWeek, .monthOfYear, .weekOfYear, .today, .now:
            return dateFunction(call)
        case .number, .string, .substring, .stringLength, .upperCase, .lowerCase, .substringBefore, .substringAfter, .contains, .startsWith,
            .endsWith, .stringJoin:
            return stringFunction(call)
        case .matches, .replace, .split:
            return patternFunction(call)
        case .decimal, .floor, .ceiling, .roundUp, .roundDown, .roundHalfUp, .roundHalfDown, .abs, .modulo, .odd, .even, .sqrt, .exp, .log:
            return numberFunction(call)
        case .listContains, .count, .min, .max, .sum, .mean, .all, .any, .product, .median, .mode, .stddev:
            return aggregate(call)
        case .sublist, .append, .concatenate, .insertBefore, .remove, .listReplace, .reverse, .indexOf, .union, .distinctValues, .flatten, .sort:
            return listFunction(call)
        case .not:
            guard case .boolean(let value) = single(arguments[0]) else { return fail(.wrongType, at: offset, "not of a \(arguments[0].kindName)") }
            return .boolean(!value)
        case .getValue, .getEntries, .context, .contextPut, .contextMerge:
            return contextFunction(call)
        case .before, .after, .meets, .metBy, .overlaps, .overlapsBefore, .overlapsAfter, .finishes, .finishedBy, .includes, .during, .starts,
            .startedBy, .coincides, .range:
            return rangeFunction(call)
        case .is:
            // Of one kind, and the same to the last detail: the same moment on another zone's clock is another value.
            return .boolean(arguments[0] == arguments[1])
        }
    }

    /// The arguments of one call.
    struct Call {
        let builtin: Builtin
        let arguments: [Value]
        let offset: Int

        var count: Int { arguments.count }
        subscript(_ index: Int) -> Value { index < arguments.count ? arguments[index] : .null }
    }

    /// A list of one is that one where a single value is wanted.
    func single(_ value: Value) -> Value {
        if case .list(let items) = value, items.count == 1 { items[0] } else { value }
    }

    mutating func wrong(_ call: Call, _ index: Int, wants: String) -> Value {
        fail(.wrongType, at: call.offset, "\(call.builtin.rawValue) wants a \(wants), not a \(call[index].kindName)")
    }

    func number(_ call: Call, _ index: Int) -> Decimal128? { single(call[index]).number }

    func string(_ call: Call, _ index: Int) -> String? { single(call[index]).string }

    /// A list; a single value is a list of one, null is none.
    func list(_ call: Call, _ index: Int) -> [Value]? {
        switch call[index] {
        case .list(let items): items
        case .null: nil
        default: [call[index]]
        }
    }
}
