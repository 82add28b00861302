internal import Kernel

/// **Standard:** DMN 1.5, table 75 and 77.
extension Evaluator {
    // MARK: One value of many

    mutating func aggregate(_ call: Call) -> Value {
        if call.builtin == .listContains {
            guard let items = list(call, 0) else { return wrong(call, 0, wants: "list") }
            return .boolean(items.contains { equal($0, call[1]) == true })
        }
        let items: [Value]
        if call.count == 1 {
            guard let list = list(call, 0) else { return wrong(call, 0, wants: "list") }
            items = list
        } else {
            items = call.arguments
        }
        guard spend(items.count, at: call.offset) else { return .null }
        switch call.builtin {
        case .count: return .number(Decimal128(items.count))
        case .min, .max: return extreme(items, call)
        case .sum, .mean: return sum(items, call)
        case .product:
            return fold(items, from: 1, call) { $0.multiplied(by: $1) }
        case .all, .any: return quantified(items, decisive: call.builtin == .any, call)
        case .median: return median(items, call)
        case .stddev: return deviation(items, call)
        default: return mode(items, call)
        }
    }

    private mutating func extreme(_ items: [Value], _ call: Call) -> Value {
        guard var best = items.first else { return empty(call) }
        guard order(best, best) != nil else { return wrong(call, best, wants: "comparable values") }
        for item in items.dropFirst() {
            guard let order = order(item, best) else { return wrong(call, item, wants: "comparable values") }
            if call.builtin == .min ? order < 0 : order > 0 { best = item }
        }
        return best
    }

    private mutating func wrong(_ call: Call, _ value: Value, wants: String) -> Value {
        fail(.wrongType, at: call.offset, "\(call.builtin.rawValue) wants \(wants), and found a \(value.kindName)")
    }

    private mutating func fold(
        _ items: [Value], from start: Decimal128, _ call: Call, _ step: (Decimal128, Decimal128) -> Decimal128?
    ) -> Value {
        if items.isEmpty { return empty(call) }
        var total = start
        for item in items {
            guard case .number(let number) = item else { return wrong(call, item, wants: "numbers") }
            guard let next = step(total, number) else { return fail(.tooLarge, at: call.offset, "a number of more than 34 digits") }
            total = next
        }
        return .number(total)
    }

    private mutating func sum(_ items: [Value], _ call: Call) -> Value {
        guard let first = items.first else { return empty(call) }
        var total = first
        if first.number == nil && !first.isDuration { return wrong(call, first, wants: "numbers or durations") }
        for item in items.dropFirst() {
            guard item.number != nil || item.isDuration else { return wrong(call, item, wants: "numbers or durations") }
            total = arithmetic(.add, total, item, at: call.offset)
        }
        return call.builtin == .sum ? total : arithmetic(.divide, total, .number(Decimal128(items.count)), at: call.offset)
    }

    /// `all` is decided by one false, `any` by one true; anything that is no boolean leaves it unknown.
    private mutating func quantified(_ items: [Value], decisive: Bool, _ call: Call) -> Value {
        var unknown: Value?
        for item in items {
            guard case .boolean(let value) = item else {
                unknown = unknown ?? item
                continue
            }
            if value == decisive { return .boolean(decisive) }
        }
        guard let unknown else { return .boolean(!decisive) }
        return wrong(call, unknown, wants: "booleans")
    }

    private mutating func empty(_ call: Call) -> Value {
        fail(.wrongArguments, at: call.offset, "\(call.builtin.rawValue) of an empty list")
    }

    private mutating func numbers(_ items: [Value], _ call: Call) -> [Decimal128]? {
        var numbers: [Decimal128] = []
        numbers.reserveCapacity(items.count)
        for item in items {
            guard case .number(let number) = item else {
                _ = wrong(call, item, wants: "numbers")
                return nil
            }
            numbers.append(number)
        }
        return numbers
    }

    private mutating func median(_ items: [Value], _ call: Call) -> Value {
        guard let numbers = numbers(items, call)?.sorted() else { return .null }
        if numbers.isEmpty { return empty(call) }
        let middle = numbers.count / 2
        if numbers.count % 2 == 1 { return .number(numbers[middle]) }
        return numbers[middle - 1].adding(numbers[middle])?.divided(by: 2).map { .number($0) } ?? .null
    }

    /// Of a sample: the squares are divided by one less than their number.
    private mutating func deviation(_ items: [Value], _ call: Call) -> Value {
        guard let numbers = numbers(items, call) else { return .null }
        guard numbers.count > 1 else { return fail(.wrongArguments, at: call.offset, "stddev wants two numbers or more") }
        var total: Decimal128? = 0
        for number in numbers { total = total?.adding(number) }
        guard let mean = total?.divided(by: Decimal128(numbers.count)) else { return .null }
        var squares: Decimal128? = 0
        for number in numbers {
            let distance = number.subtracting(mean)
            squares = distance.flatMap { $0.multiplied(by: $0) }.flatMap { squares?.adding($0) }
        }
        return squares?.divided(by: Decimal128(numbers.count - 1)).flatMap { Numbers.squareRoot($0) }.map { .number($0) } ?? .null
    }

    private mutating func mode(_ items: [Value], _ call: Call) -> Value {
        guard let numbers = numbers(items, call) else { return .null }
        var counts: [Decimal128: Int] = [:]
        var most = 0
        for number in numbers {
            counts[number, default: 0] += 1
            most = Swift.max(most, counts[number] ?? 0)
        }
        var modes: [Decimal128] = []
        for (number, count) in counts where count == most { modes.append(number) }
        return .list(modes.sorted().map { .number($0) })
    }

    // MARK: Lists of lists

    mutating func listFunction(_ call: Call) -> Value {
        switch call.builtin {
        case .concatenate, .union:
            var all: [Value] = []
            for index in 0..<call.count {
                guard let items = list(call, index) else { return wrong(call, index, wants: "list") }
                all += items
            }
            guard call.builtin == .union else { return bounded(all, at: call.offset) }
            return distinct(all, at: call.offset).map { bounded($0, at: call.offset) } ?? .null
        default: break
        }
        guard let items = list(call, 0) else { return wrong(call, 0, wants: "list") }
        guard spend(items.count, at: call.offset) else { return .null }
        switch call.builtin {
        case .append: return bounded(items + call.arguments.dropFirst(), at: call.offset)
        case .reverse: return .list(items.reversed())
        case .distinctValues: return distinct(items, at: call.offset).map { .list($0) } ?? .null
        case .flatten:
            var flat: [Value] = []
            Evaluator.flatten(items, into: &flat)
            return bounded(flat, at: call.offset)
        case .indexOf:
            var places: [Value] = []
            for (index, item) in items.enumerated() where equal(item, call[1]) == true { places.append(.number(Decimal128(index + 1))) }
            return .list(places)
        case .sublist: return sublist(items, call)
        case .sort: return sorted(items, call)
        case .insertBefore, .remove:
            guard let place = place(call, 1, of: items) else { return .null }
            var changed = items
            if call.builtin == .remove { changed.remove(at: place) } else { changed.insert(call[2], at: place) }
            return bounded(changed, at: call.offset)
        default: return replaced(items, call)
        }
    }

    /// Nil at the limit of steps.
    private mutating func distinct(_ items: [Value], at offset: Int) -> [Value]? {
        var kept: [Value] = []
        for item in items {
            guard spend(kept.count, at: offset) else { return nil }
            if !kept.contains(where: { equal($0, item) == true }) { kept.append(item) }
        }
        return kept
    }

    private static func flatten(_ items: [Value], into flat: inout [Value]) {
        for item in items {
            guard flat.count <= Limits.listMax else { return }
            if case .list(let inner) = item { flatten(inner, into: &flat) } else { flat.append(item) }
        }
    }

    /// A place from 1, or from the end below zero, as an index.
    private mutating func place(_ call: Call, _ index: Int, of items: [Value]) -> Int? {
        guard let number = number(call, index) else {
            _ = wrong(call, index, wants: "number")
            return nil
        }
        guard let place = number.truncated.int, place != 0, place.magnitude <= UInt(items.count) else {
            _ = fail(.outOfRange, at: call.offset, "no place \(number.text) in a list of \(items.count)")
            return nil
        }
        return place > 0 ? place - 1 : items.count + place
    }

    private mutating func sublist(_ items: [Value], _ call: Call) -> Value {
        guard let first = place(call, 1, of: items) else { return .null }
        guard call.count == 3, !call[2].isNull else { return .list(Array(items[first...])) }
        guard let length = number(call, 2)?.truncated.int, length >= 0, length <= items.count - first else {
            return fail(.outOfRange, at: call.offset, "no \(call[2].innerText) elements from place \(first + 1) in a list of \(items.count)")
        }
        return .list(Array(items[first..<(first + length)]))
    }

    private mutating func replaced(_ items: [Value], _ call: Call) -> Value {
        guard case .function(let match) = single(call[1]) else {
            guard let place = place(call, 1, of: items) else { return .null }
            var changed = items
            changed[place] = call[2]
            return .list(changed)
        }
        var changed = items
        for (index, item) in items.enumerated() {
            guard case .boolean(let found) = self.call(match, [item, call[2]], at: call.offset) else {
                return fail(.wrongType, at: call.offset, "list replace wants a function that answers true or false")
            }
            if found { changed[index] = call[2] }
        }
        return .list(changed)
    }

    /// A stable merge sort, so that a precedence function that contradicts itself does no more harm than a strange order.
    private mutating func sorted(_ items: [Value], _ call: Call) -> Value {
        var precedes: Function?
        switch call[1] {
        case .null:
            guard items.allSatisfy({ order($0, items[0]) != nil }) else { return fail(.notComparable, at: call.offset, "sort of values that have no order") }
        case .function(let function): precedes = function
        default: return wrong(call, 1, wants: "function")
        }
        var sorted = items
        var width = 1
        while width < sorted.count {
            var merged: [Value] = []
            merged.reserveCapacity(sorted.count)
            var start = 0
            while start < sorted.count {
                let middle = Swift.min(start + width, sorted.count)
                let end = Swift.min(start + 2 * width, sorted.count)
                var left = start
                var right = middle
                while left < middle || right < end {
                    guard spend(1, at: call.offset) else { return .null }
                    var takesRight = left == middle
                    if !takesRight, right < end {
                        guard let isBefore = isBefore(sorted[right], sorted[left], precedes, call) else { return .null }
                        takesRight = isBefore
                    }
                    if takesRight {
                        merged.append(sorted[right])
                        right += 1
                    } else {
                        merged.append(sorted[left])
                        left += 1
                    }
                }
                start = end
            }
            sorted = merged
            width *= 2
        }
        return .list(sorted)
    }

    /// Nil, with a problem noted, where the function answers neither true nor false; null is taken for false.
    private mutating func isBefore(_ one: Value, _ other: Value, _ precedes: Function?, _ call: Call) -> Bool? {
        guard let precedes else { return (order(one, other) ?? 0) < 0 }
        let before = problems.count
        switch self.call(precedes, [one, other], at: call.offset) {
        case .boolean(let isBefore): return isBefore
        case .null: return false
        case let answer:
            mark = before
            _ = fail(.wrongType, at: call.offset, "sort wants a function that answers true or false, and it gave a \(answer.kindName)")
            return nil
        }
    }
}

extension Value {
    var isDuration: Bool {
        switch self {
        case .dayTime, .yearMonth: true
        default: false
        }
    }
}
