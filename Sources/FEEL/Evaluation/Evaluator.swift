internal import Kernel

/// One walk through a tree: the local values, the problems met, and what keeps it within its limits.
package struct Evaluator {
    package let scope: Scope
    /// Values of bound names; a name's slot is its place here.
    package var locals: [Value] = []
    package private(set) var problems: [Problem] = []
    private var depth = 0
    private var steps = 0
    /// How many problems there were when the operation that may fail now began: later ones are its causes.
    private var mark = 0

    package init(_ scope: Scope) {
        self.scope = scope
    }

    // MARK: Problems and limits

    /// Notes a problem; the value is null.
    mutating func fail(_ reason: Problem.Reason, at offset: Int, _ message: @autoclosure () -> String) -> Value {
        if problems.count < Limits.problemsMax {
            let cause = problems.count > mark ? problems.count - 1 : nil
            problems.append(Problem(reason: reason, offset: offset, message: message(), cause: cause))
        }
        return .null
    }

    /// Counts work; false, with a problem noted once, when there was too much of it.
    mutating func spend(_ count: Int, at offset: Int) -> Bool {
        guard steps <= Limits.stepsMax else { return false }
        steps += count
        if steps > Limits.stepsMax {
            _ = fail(.limitReached, at: offset, "the evaluation took more than \(Limits.stepsMax) steps")
            return false
        }
        return true
    }

    /// A list within its limit.
    mutating func bounded(_ list: [Value], at offset: Int) -> Value {
        guard list.count <= Limits.listMax else {
            return fail(.limitReached, at: offset, "a list of more than \(Limits.listMax) elements")
        }
        return .list(list)
    }

    // MARK: Evaluation

    package mutating func evaluate(_ expression: Expression) -> Value { evaluate(expression.root) }

    package mutating func evaluate(_ node: Node) -> Value {
        switch node.kind {
        case .literal(let value): return value
        case .local(let slot): return locals[slot]
        default: break
        }
        guard depth < Limits.evaluationDepthMax else {
            return fail(.limitReached, at: node.start, "more than \(Limits.evaluationDepthMax) levels of calls and operations")
        }
        guard spend(1, at: node.start) else { return .null }
        depth += 1
        defer { depth -= 1 }
        let before = problems.count
        switch node.kind {
        case .literal(let value):
            return value
        case .local(let slot):
            return locals[slot]
        case .free(let name):
            if let value = scope.values[name] { return value }
            if let builtin = Builtin.byName[name] { return .function(Function(.builtin(builtin))) }
            return fail(.unknownName, at: node.start, "‘\(name)’ is not known here")
        case .shadowing(let builtin, let slot):
            if case .function = locals[slot] { return locals[slot] }
            return .function(Function(.builtin(builtin)))
        case .itemMember(let name, let slots, let otherwise):
            for slot in slots {
                if let value = member(name, ofItem: locals[slot]) { return value }
            }
            return evaluate(otherwise)
        case .member(let source, let name):
            let value = evaluate(source)
            mark = before
            return member(name, of: value, at: node.start)
        case .list(let items):
            var values: [Value] = []
            values.reserveCapacity(items.count)
            for item in items { values.append(evaluate(item)) }
            return .list(values)
        case .context(let entries):
            return context(entries)
        case .range(let low, let lowIncluded, let high, let highIncluded):
            return range(node, low, lowIncluded, high, highIncluded)
        case .negate(let operand):
            let value = evaluate(operand)
            mark = before
            return negated(value, at: node.start)
        case .arithmetic(let operation, let left, let right):
            let one = evaluate(left)
            let other = evaluate(right)
            mark = before
            return arithmetic(operation, one, other, at: node.start)
        case .comparison(let relation, let left, let right):
            let one = evaluate(left)
            let other = evaluate(right)
            mark = before
            return Value(truth: compare(relation, one, other, at: node.start))
        case .and(let left, let right):
            return conjunction(left, right, at: node.start)
        case .or(let left, let right):
            return disjunction(left, right, at: node.start)
        case .between(let operand, let low, let high):
            let value = evaluate(operand)
            let least = evaluate(low)
            let most = evaluate(high)
            mark = before
            return Value(truth: both(compare(.lessOrEqual, least, value, at: node.start), compare(.lessOrEqual, value, most, at: node.start)))
        case .within(let operand, let tests):
            let value = evaluate(operand)
            return Value(truth: meets(value, anyOf: tests))
        case .instance(let operand, let type):
            let value = evaluate(operand)
            return .boolean(isInstance(value, of: type))
        case .conditional(let condition, let then, let otherwise):
            if case .boolean(true) = evaluate(condition) { return evaluate(then) }
            return evaluate(otherwise)
        case .iteration(let iteration):
            return iterate(iteration, at: node.start)
        case .filter(let source, let condition):
            return filter(source, by: condition, at: node.start)
        case .builtin(let builtin, let arguments):
            var values: [Value] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments { values.append(evaluate(argument)) }
            mark = before
            return call(builtin, values, at: node.start)
        case .call(let callee, let arguments):
            return call(callee, arguments, at: node.start, mark: before)
        case .namedCall(let callee, let arguments):
            return call(callee, named: arguments, at: node.start, mark: before)
        case .function(let lambda):
            return .function(Function(.lambda(lambda, captured: locals)))
        case .external:
            return fail(.notAvailable, at: node.start, "functions of other languages (external) are not run here: write the function in FEEL")
        case .host(let host):
            return host.evaluate(&self)
        }
    }

    // MARK: Logic

    private mutating func truth(_ node: Node) -> Bool? {
        if case .boolean(let value) = evaluate(node) { value } else { nil }
    }

    private mutating func conjunction(_ left: Node, _ right: Node, at offset: Int) -> Value {
        let one = truth(left)
        if one == false { return .boolean(false) }
        return Value(truth: both(one, truth(right)))
    }

    private mutating func disjunction(_ left: Node, _ right: Node, at offset: Int) -> Value {
        let one = truth(left)
        if one == true { return .boolean(true) }
        let other = truth(right)
        if other == true { return .boolean(true) }
        return one == false && other == false ? .boolean(false) : .null
    }

    func both(_ one: Bool?, _ other: Bool?) -> Bool? {
        if one == false || other == false { return false }
        return one == true && other == true ? true : nil
    }

    // MARK: Tests

    /// Whether the value meets one of the tests of a cell; `?` is the value.
    package mutating func meets(_ value: Value, _ tests: UnaryTests) -> Bool? {
        if let answer = tests.quick?.answer(value) { return answer }
        locals.append(value)
        defer { locals.removeLast() }
        return meets(value, anyOf: tests.tests)
    }

    mutating func meets(_ value: Value, anyOf tests: [Test]) -> Bool? {
        var unknown = false
        for test in tests {
            switch meets(value, test) {
            case true?: return true
            case nil: unknown = true
            case false?: break
            }
        }
        return unknown ? nil : false
    }

    private mutating func meets(_ value: Value, _ test: Test) -> Bool? {
        switch test {
        case .any:
            return true
        case .relation(let relation, let node):
            let before = problems.count
            let bound = evaluate(node)
            mark = before
            return compare(relation, value, bound, at: node.start)
        case .condition(let node):
            return truth(node)
        case .not(let tests):
            return meets(value, anyOf: tests).map { !$0 }
        case .value(let node):
            let before = problems.count
            let wanted = evaluate(node)
            mark = before
            return isWithin(value, wanted, at: node.start)
        }
    }

    /// Whether a value equals another, or is in it where that is a list or range.
    mutating func isWithin(_ value: Value, _ wanted: Value, at offset: Int) -> Bool? {
        switch wanted {
        case .range(let interval):
            if case .range = value { return equal(value, wanted) }
            return contains(interval, value, at: offset)
        case .list(let items):
            if case .list = value, equal(value, wanted) == true { return true }
            var unknown = false
            for item in items {
                let found: Bool?
                if case .range(let interval) = item {
                    if case .range = value { found = equal(value, item) } else { found = contains(interval, value, at: offset) }
                } else {
                    found = equal(value, item) ?? false
                }
                if found == true { return true }
                if found == nil { unknown = true }
            }
            return unknown ? nil : false
        case .boolean(let answer):
            // An expression that is true of itself, in a cell for values that are no booleans.
            if case .boolean(let own) = value { return own == answer }
            return value.isNull ? false : nil
        default:
            return compare(.equal, value, wanted, at: offset)
        }
    }

    mutating func contains(_ interval: Interval, _ value: Value, at offset: Int) -> Bool? {
        if value.isNull { return nil }
        var low: Bool? = true
        if let bound = interval.low { low = compare(interval.lowIncluded ? .lessOrEqual : .less, bound, value, at: offset) }
        if low == false { return false }
        var high: Bool? = true
        if let bound = interval.high { high = compare(interval.highIncluded ? .lessOrEqual : .less, value, bound, at: offset) }
        return both(low, high)
    }

    // MARK: Contexts, ranges, paths

    private mutating func context(_ entries: [(key: String, value: Node)]) -> Value {
        let count = locals.count
        var context = Context()
        for entry in entries {
            let value = evaluate(entry.value)
            context[entry.key] = value
            locals.append(value)
        }
        locals.removeLast(locals.count - count)
        return .context(context)
    }

    private mutating func range(_ node: Node, _ low: Node?, _ lowIncluded: Bool, _ high: Node?, _ highIncluded: Bool) -> Value {
        let before = problems.count
        let least = low.map { evaluate($0) }
        let most = high.map { evaluate($0) }
        mark = before
        if let least, let most, !least.isNull, !most.isNull, order(least, most) == nil {
            return fail(.notComparable, at: node.start, "a range from \(least.kindName) to \(most.kindName): both bounds must be of one kind")
        }
        if least == .null && most == .null { return fail(.wrongType, at: node.start, "a range without bounds") }
        return .range(Interval(low: least, lowIncluded: lowIncluded, high: most, highIncluded: highIncluded))
    }

    /// The member of a filter's item, where it has one.
    private func member(_ name: String, ofItem item: Value) -> Value? {
        if case .context(let context) = item { return context[name] }
        return nil
    }

    mutating func member(_ name: String, of value: Value, at offset: Int) -> Value {
        switch value {
        case .context(let context):
            if let member = context[name] { return member }
            return fail(.noSuchMember, at: offset, "there is no ‘\(name)’ in this context")
        case .list(let items):
            guard spend(items.count, at: offset) else { return .null }
            var members: [Value] = []
            members.reserveCapacity(items.count)
            for item in items { members.append(member(name, of: item, at: offset)) }
            return .list(members)
        case .null:
            return fail(.wrongType, at: offset, "‘\(name)’ of null")
        default:
            if let property = property(name, of: value) { return property }
            return fail(.noSuchMember, at: offset, "a \(value.kindName) has no ‘\(name)’")
        }
    }

    // MARK: Iteration and filters

    /// The elements to iterate over: a list's, a range's, or a single value itself.
    private mutating func elements(of iterator: Node.Iterator, at offset: Int) -> [Value]? {
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
    private mutating func steps(from low: Value, to high: Value, at offset: Int) -> [Value]? {
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

    private mutating func iterate(_ iteration: Node.Iteration, at offset: Int) -> Value {
        let count = locals.count
        defer { locals.removeLast(locals.count - count) }
        switch iteration.purpose {
        case .each:
            locals.append(.list([]))
            var results: [Value] = []
            guard each(iteration, 0, at: offset, { (evaluator: inout Evaluator) in
                guard results.count < Limits.listMax else { return false }
                evaluator.locals[count] = .list(results)
                let value = evaluator.evaluate(iteration.body)
                // Let go of the partial list, so that appending copies nothing.
                evaluator.locals[count] = .null
                results.append(value)
                return true
            }) else { return .null }
            return bounded(results, at: offset)
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
    private mutating func each(_ iteration: Node.Iteration, _ index: Int, at offset: Int, _ body: (inout Evaluator) -> Bool) -> Bool {
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

    private mutating func filter(_ source: Node, by condition: Node, at offset: Int) -> Value {
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
    private mutating func element(_ place: Decimal128, of items: [Value], at offset: Int) -> Value {
        guard let place = place.int, place != 0, place.magnitude <= UInt(items.count) else {
            return fail(.outOfRange, at: offset, "no element at place \(place.text) of \(items.count)")
        }
        return items[place > 0 ? place - 1 : items.count + place]
    }

    // MARK: Calls

    /// The function that a call means: a value of the scope that cannot be called does not hide a built-in function.
    private mutating func function(_ callee: Node) -> Value {
        if case .free(let name) = callee.kind, let builtin = Builtin.byName[name] {
            if case .function(let function)? = scope.values[name] { return .function(function) }
            return .function(Function(.builtin(builtin)))
        }
        return evaluate(callee)
    }

    private mutating func call(_ callee: Node, _ arguments: [Node], at offset: Int, mark before: Int) -> Value {
        let value = function(callee)
        guard case .function(let function) = value else {
            mark = before
            return fail(.notCallable, at: offset, "a \(value.kindName) cannot be called")
        }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(evaluate(argument)) }
        mark = before
        return call(function, values, at: offset)
    }

    private mutating func call(_ callee: Node, named arguments: [(name: String, value: Node)], at offset: Int, mark before: Int) -> Value {
        let value = function(callee)
        guard case .function(let function) = value else {
            mark = before
            return fail(.notCallable, at: offset, "a \(value.kindName) cannot be called")
        }
        var named: [(name: String, value: Value)] = []
        for argument in arguments { named.append((argument.name, evaluate(argument.value))) }
        mark = before
        return call(function, named: named, at: offset)
    }

    package mutating func call(_ function: Function, named: [(name: String, value: Value)], at offset: Int) -> Value {
        let parameters: [Function.Parameter]
        switch function.body {
        case .builtin(let builtin):
            guard let ordered = Parser.order(named, for: builtin) else {
                return fail(.wrongArguments, at: offset, "\(builtin.rawValue) has no such parameters: \(named.map { $0.name })")
            }
            return call(builtin, ordered.map { $0 ?? .null }, at: offset)
        case .lambda(let lambda, _): parameters = lambda.parameters
        case .host(let host): parameters = host.parameters
        }
        var values: [Value] = []
        for parameter in parameters {
            guard let argument = named.first(where: { $0.name == parameter.name }) else {
                return fail(.wrongArguments, at: offset, "the argument ‘\(parameter.name)’ is missing")
            }
            values.append(argument.value)
        }
        guard named.count == parameters.count else { return fail(.wrongArguments, at: offset, "there is no such parameter") }
        return call(function, values, at: offset)
    }

    package mutating func call(_ function: Function, _ arguments: [Value], at offset: Int) -> Value {
        switch function.body {
        case .builtin(let builtin):
            return call(builtin, arguments, at: offset)
        case .host(let host):
            guard let values = fitted(arguments, to: host.parameters, at: offset) else { return .null }
            return nested(at: offset) { (evaluator: inout Evaluator) in host.call(function, values, &evaluator) }
        case .lambda(let lambda, let captured):
            guard let values = fitted(arguments, to: lambda.parameters, at: offset) else { return .null }
            let saved = locals
            locals = captured
            if lambda.name != nil { locals.append(.function(function)) }
            locals.append(contentsOf: values)
            let result = nested(at: offset) { (evaluator: inout Evaluator) in evaluator.evaluate(lambda.body) }
            locals = saved
            return result
        }
    }

    private mutating func nested(at offset: Int, _ body: (inout Evaluator) -> Value) -> Value {
        guard depth < Limits.evaluationDepthMax else {
            return fail(.limitReached, at: offset, "more than \(Limits.evaluationDepthMax) levels of calls and operations")
        }
        depth += 1
        defer { depth -= 1 }
        return body(&self)
    }

    /// The arguments brought to their parameters' types; nil, with a problem noted, where one does not fit.
    private mutating func fitted(_ arguments: [Value], to parameters: [Function.Parameter], at offset: Int) -> [Value]? {
        guard arguments.count == parameters.count else {
            _ = fail(.wrongArguments, at: offset, "\(arguments.count) arguments for \(parameters.count) parameters")
            return nil
        }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for (argument, parameter) in zip(arguments, parameters) {
            guard let type = parameter.type else {
                values.append(argument)
                continue
            }
            guard let value = coerced(argument, to: type) else {
                _ = fail(.wrongType, at: offset, "the argument ‘\(parameter.name)’ is a \(argument.kindName)")
                return nil
            }
            values.append(value)
        }
        return values
    }

    // MARK: Slots, for engines above

    /// Runs a body with other local values in place of those that are there.
    package mutating func inside<Result>(_ frame: [Value], _ body: (inout Evaluator) -> Result) -> Result {
        let saved = locals
        locals = frame
        defer { locals = saved }
        return body(&self)
    }

    /// Runs a body with more local values; their slots follow those that are there.
    package mutating func with<Result>(_ values: [Value], _ body: (inout Evaluator) -> Result) -> Result {
        let count = locals.count
        locals.append(contentsOf: values)
        defer { locals.removeLast(locals.count - count) }
        return body(&self)
    }

    /// Notes a problem of an engine above.
    package mutating func note(_ reason: Problem.Reason, _ message: String) -> Value {
        mark = problems.count
        return fail(reason, at: 0, message)
    }
}

extension Evaluator {
    /// Calls a built-in function by name, for engines above that aggregate as FEEL does.
    package mutating func callBuiltin(_ name: String, _ arguments: [Value]) -> Value {
        guard let builtin = Builtin.byName[name] else { return fail(.unknownName, at: 0, "there is no function \(name)") }
        return call(builtin, arguments, at: 0)
    }
}

extension Value {
    /// A date, time or duration from its ISO 8601 text, where the type is one of these and the text fits; named zones stay out.
    package init?(temporal text: String, as type: TypeName) {
        switch type {
        case .date: guard let date = DateTexts.date(text) else { return nil }; self = .date(date)
        case .time: guard let time = DateTexts.time(text, zones: .none) else { return nil }; self = .time(time)
        case .dateTime: guard let moment = DateTexts.dateTime(text, zones: .none) else { return nil }; self = .dateTime(moment)
        case .dayTime:
            guard let value = DateTexts.duration(text), case .dayTime = value else { return nil }
            self = value
        case .yearMonth:
            guard let value = DateTexts.duration(text), case .yearMonth = value else { return nil }
            self = value
        default: return nil
        }
    }
}
