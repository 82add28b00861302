internal import Kernel

/// One walk through a tree: the local values, the problems met, and what keeps it within its limits.
package struct Evaluator {
    package let scope: Scope
    /// The engine above, for functions of its own that are called from expressions.
    package var engine: AnyObject?
    /// Values of bound names; a name's slot is its place here.
    package var locals: [Value] = []
    package private(set) var problems: [Problem] = []
    var depth = 0
    package private(set) var steps = 0
    private let stepsMax: Int
    /// How many problems there were when the operation that may fail now began: later ones are its causes.
    var mark = 0
    /// What an engine above carries through the evaluation, so that its functions find it again.
    package var companion: AnyObject?
    private var isQuiet = false
    /// The steps of what is looked at for the account only, under a limit of their own.
    private var quietSteps = 0

    /// Where on its thread's stack the evaluation began.
    private let stackBegan: UInt

    package init(_ scope: Scope, stepsMax: Int = Limits.stepsMax) {
        self.scope = scope
        self.stepsMax = stepsMax
        stackBegan = Self.stackPlace()
    }

    /// Whether the thread's stack has room for another function. An evaluation runs where it was begun, and stacks grow downward on every machine
    /// that this is built for.
    var hasStack: Bool { stackBegan &- min(stackBegan, Self.stackPlace()) < UInt(Limits.stackBytesMax) }

    @inline(never) private static func stackPlace() -> UInt {
        var here: UInt8 = 0
        return withUnsafeMutablePointer(to: &here) { UInt(bitPattern: $0) }
    }

    // MARK: Problems and limits

    /// Notes a problem; the value is null.
    mutating func fail(_ reason: Problem.Reason, at offset: Int, _ message: @autoclosure () -> String) -> Value {
        if problems.count < Limits.problemsMax, !isQuiet {
            let cause = problems.count > mark ? problems.count - 1 : nil
            problems.append(Problem(reason: reason, offset: offset, message: message(), cause: cause))
        }
        return .null
    }

    /// Counts work; false, with a problem noted once, when there was too much of it.
    mutating func spend(_ count: Int, at offset: Int) -> Bool {
        guard steps <= stepsMax else { return false }
        steps += count
        if steps > stepsMax {
            let stepsMax = stepsMax
            _ = fail(.limitReached, at: offset, "the evaluation took more than \(stepsMax) steps")
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

    package mutating func evaluate(_ expression: Expression) -> Value {
        let count = problems.count
        let value = evaluate(expression.root)
        if problems.count > count { attribute(from: count, to: expression.text) }
        return value
    }

    /// Problems from a place on happened in this expression, unless in one that it called.
    mutating func attribute(from count: Int, to expression: String) {
        for index in count..<problems.count where problems[index].expression == nil { problems[index].expression = expression }
    }

    /// Problems from a place on happened at a site of an engine above; what is known of them already stays.
    package mutating func locate(from count: Int, _ site: Problem.Site) {
        guard count < problems.count else { return }
        for index in count..<problems.count {
            let known = problems[index].site
            problems[index].site = Problem.Site(
                owner: known.owner ?? site.owner, row: known.owner == nil ? known.row ?? site.row : known.row,
                column: known.owner == nil ? known.column ?? site.column : known.column)
        }
    }

    /// What a body finds, without leaving a mark on the evaluation: no problem is kept and its steps are counted apart.
    mutating func quietly<Result>(_ body: (inout Evaluator) -> Result) -> Result {
        let before = (steps, isQuiet, mark, companion)
        steps = quietSteps
        isQuiet = true
        companion = nil
        let result = body(&self)
        quietSteps = steps
        (steps, isQuiet, mark, companion) = before
        return result
    }

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
            return weighed(.list(values), at: node.start)
        case .context(let entries):
            return weighed(context(entries), at: node.start)
        case .range(let low, let lowIncluded, let high, let highIncluded):
            return range(node, low, lowIncluded, high, highIncluded)
        case .unaryRange(let relation, let bound):
            return range(relation, bound, at: node.start)
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
            guard let isWithin = meets(value, anyOf: tests) else {
                // A cell leaves the unknown at that; an expression says why it is null.
                mark = before
                return problems.count > before ? .null : fail(.notComparable, at: node.start, "whether a \(value.kindName) is in this is unknown")
            }
            return .boolean(isWithin)
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
        }
    }

    // MARK: Logic

    mutating func truth(_ node: Node) -> Bool? {
        switch evaluate(node) {
        case .boolean(let value): return value
        case .null: return nil
        case let other:
            _ = fail(.wrongType, at: node.start, "a condition that is a \(other.kindName)")
            return nil
        }
    }

    mutating func conjunction(_ left: Node, _ right: Node, at offset: Int) -> Value {
        let one = truth(left)
        if one == false { return .boolean(false) }
        return Value(truth: both(one, truth(right)))
    }

    mutating func disjunction(_ left: Node, _ right: Node, at offset: Int) -> Value {
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

    // MARK: Contexts, ranges, paths

    mutating func context(_ entries: [(key: String, value: Node)]) -> Value {
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

    mutating func range(_ node: Node, _ low: Node, _ lowIncluded: Bool, _ high: Node, _ highIncluded: Bool) -> Value {
        let before = problems.count
        let least = evaluate(low)
        let most = evaluate(high)
        mark = before
        if least.isNull && most.isNull { return fail(.wrongType, at: node.start, "a range without bounds") }
        if !least.isNull && !most.isNull {
            guard let order = order(least, most) else {
                return fail(.notComparable, at: node.start, "a range from \(least.kindName) to \(most.kindName): both bounds must be of one kind")
            }
            guard order <= 0 else { return fail(.outOfRange, at: node.start, "a range whose start \(least.innerText) lies behind its end \(most.innerText)") }
        }
        return .range(Interval(low: least, lowIncluded: lowIncluded, high: most, highIncluded: highIncluded))
    }

    mutating func range(_ relation: Relation, _ bound: Node, at offset: Int) -> Value {
        let before = problems.count
        let value = evaluate(bound)
        mark = before
        if value.isNull { return fail(.wrongType, at: offset, "a range without bounds") }
        switch relation {
        case .less, .lessOrEqual:
            return .range(Interval(low: nil, lowIncluded: false, high: value, highIncluded: relation == .lessOrEqual, comparison: relation))
        case .greater, .greaterOrEqual:
            return .range(Interval(low: value, lowIncluded: relation == .greaterOrEqual, high: nil, highIncluded: false, comparison: relation))
        case .equal:
            return .range(Interval(low: value, lowIncluded: true, high: value, highIncluded: true, comparison: relation))
        case .notEqual:
            return .range(Interval(low: value, lowIncluded: false, high: value, highIncluded: false, comparison: relation))
        }
    }

    /// The member of a filter's item, where it has one.
    func member(_ name: String, ofItem item: Value) -> Value? {
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
            for item in items {
                // The items stand beside one another: none is the cause of the next one's problem.
                mark = problems.count
                members.append(member(name, of: item, at: offset))
            }
            return .list(members)
        case .null:
            return fail(.wrongType, at: offset, "‘\(name)’ of null")
        default:
            if let property = property(name, of: value) { return property }
            return fail(.noSuchMember, at: offset, "a \(value.kindName) has no ‘\(name)’")
        }
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
    /// A date, time or duration from its ISO 8601 text, where the type is one of these and the text fits; named zones only as far as they are known.
    package init?(temporal text: String, as type: TypeName, zones: Zones = .none) {
        switch type {
        case .date: guard let date = DateTexts.date(text) else { return nil }; self = .date(date)
        case .time: guard let time = DateTexts.time(text, zones: zones) else { return nil }; self = .time(time)
        case .dateTime: guard let moment = DateTexts.dateTime(text, zones: zones) else { return nil }; self = .dateTime(moment)
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
