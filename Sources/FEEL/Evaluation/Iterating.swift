internal import Kernel

/// `for`, `some`, `every` and filters.
///
/// **Standard:** DMN 1.5, 10.3.2.5 and 10.3.2.14.
extension Evaluator {
    /// The elements to iterate over: a list's, a range's, or a single value itself.
    mutating func elements(of iterator: Node.Iterator, at offset: Int) -> [Value]? {
        let source = evaluate(iterator.source)
        if let end = iterator.end {
            return steps(from: source, to: evaluate(end), at: offset)
        }
        switch source {
        case .list(let items):
            return items
        case .range(let interval):
            guard let low = interval.low, let high = interval.high else {
                _ = fail(.outOfRange, at: offset, "an iteration over a range without an end")
                return nil
            }
            guard var items = steps(from: low, to: high, at: offset) else { return nil }
            if !interval.lowIncluded, let first = items.first, equal(first, low) == true { items.removeFirst() }
            if !interval.highIncluded, let last = items.last, equal(last, high) == true { items.removeLast() }
            return items
        case .null:
            _ = fail(.wrongType, at: offset, "an iteration over null")
            return nil
        default:
            return [source]
        }
    }

    /// Whole numbers or days between two, upwards or downwards.
    mutating func steps(from low: Value, to high: Value, at offset: Int) -> [Value]? {
        switch (low, high) {
        case (.number(let first), .number(let last)):
            guard let first = first.int, let last = last.int else {
                _ = fail(.wrongType, at: offset, "an iteration over numbers wants whole bounds")
                return nil
            }
            guard first.distance(to: last).magnitude < UInt(Limits.listMax) else { break }
            if first <= last { return (first...last).map { Value.number(Decimal128($0)) } }
            return (last...first).reversed().map { Value.number(Decimal128($0)) }
        case (.date(let first), .date(let last)):
            let from = first.daysSinceEpoch
            let to = last.daysSinceEpoch
            guard from.distance(to: to).magnitude < UInt(Limits.listMax) else { break }
            if from <= to { return (from...to).map { Value.date(CalendarDate(daysSinceEpoch: $0)) } }
            return (to...from).reversed().map { Value.date(CalendarDate(daysSinceEpoch: $0)) }
        default:
            _ = fail(.wrongType, at: offset, "an iteration from \(low.kindName) to \(high.kindName): whole numbers or dates are wanted")
            return nil
        }
        _ = fail(.limitReached, at: offset, "an iteration over more than \(Limits.listMax) elements")
        return nil
    }

    mutating func iterate(_ iteration: Node.Iteration, at offset: Int) -> Value {
        let count = locals.count
        defer { locals.removeLast(locals.count - count) }
        switch iteration.purpose {
        case .each:
            locals.append(.list([]))
            var results: [Value] = []
            guard each(iteration, 0, at: offset, { (evaluator: inout Evaluator) in
                guard results.count < Limits.listMax else {
                    _ = evaluator.fail(.limitReached, at: offset, "an iteration with more than \(Limits.listMax) results")
                    return false
                }
                evaluator.locals[count] = .list(results)
                let value = evaluator.evaluate(iteration.body)
                // Let go of the partial list, so that appending copies nothing.
                evaluator.locals[count] = .null
                return evaluator.append(value, to: &results, at: offset)
            }) else { return .null }
            return weighed(bounded(results, at: offset), at: offset)
        case .some, .every:
            let decisive = iteration.purpose == .some
            var unknown = false
            var decided = false
            guard each(iteration, 0, at: offset, { (evaluator: inout Evaluator) in
                switch evaluator.truth(iteration.body) {
                case nil: unknown = true
                case decisive?: decided = true
                default: break
                }
                return !decided
            }) || decided else { return .null }
            if decided { return .boolean(decisive) }
            return unknown ? .null : .boolean(!decisive)
        }
    }

    /// Runs the body for each combination, the last iterator fastest; false where it stopped early.
    mutating func each(_ iteration: Node.Iteration, _ index: Int, at offset: Int, _ body: (inout Evaluator) -> Bool) -> Bool {
        guard index < iteration.iterators.count else { return spend(1, at: offset) && body(&self) }
        guard let elements = elements(of: iteration.iterators[index], at: offset) else { return false }
        for element in elements {
            locals.append(element)
            let goesOn = each(iteration, index + 1, at: offset, body)
            locals.removeLast()
            if !goesOn { return false }
        }
        return true
    }

    mutating func filter(_ source: Node, by condition: Node, at offset: Int) -> Value {
        let value = evaluate(source)
        let items: [Value]
        switch value {
        case .list(let list): items = list
        case .null: return fail(.wrongType, at: offset, "a filter on null")
        default: items = [value]
        }
        if case .literal(.number(let place)) = condition.kind { return element(place, of: items, at: offset) }
        var kept: [Value] = []
        guard spend(items.count, at: offset) else { return .null }
        if items.isEmpty {
            locals.append(.null)
            let answer = evaluate(condition)
            locals.removeLast()
            if case .number(let place) = answer { return element(place, of: items, at: offset) }
            return .list([])
        }
        for (index, item) in items.enumerated() {
            locals.append(item)
            let answer = evaluate(condition)
            locals.removeLast()
            switch answer {
            case .boolean(true): kept.append(item)
            case .boolean(false), .null: break
            case .number(let place) where index == 0: return element(place, of: items, at: offset)
            default: return fail(.wrongType, at: offset, "a filter wants a condition or a place, not a \(answer.kindName)")
            }
        }
        return .list(kept)
    }

    /// The element at a place, counted from 1 or, below zero, from the end.
    mutating func element(_ place: Decimal128, of items: [Value], at offset: Int) -> Value {
        guard let place = place.int, place != 0, place.magnitude <= UInt(items.count) else {
            return fail(.outOfRange, at: offset, "no element at place \(place.text) of \(items.count)")
        }
        return items[place > 0 ? place - 1 : items.count + place]
    }
}
