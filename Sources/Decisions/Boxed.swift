internal import FEEL

/// The logic of a decision or of business knowledge, as DMN boxes it. The names that it may use are slots of the evaluator; each
/// expression was read against them.
///
/// **Standard:** DMN 1.5, chapter 7 and 10.2.
indirect enum Boxed: Sendable {
    case literal(Expression, type: TypeName?)
    case table(DecisionTable)
    /// Entries in order, each a slot for those after it; the result is the last expression, else the context itself.
    case context([(name: String, value: Boxed)], result: Boxed?)
    case invocation(Boxed, called: String, [(name: String, value: Boxed)])
    case list([Boxed])
    case relation(columns: [(name: String, type: TypeName?)], rows: [[Boxed]])
    case function([Function.Parameter], Boxed)
    case conditional(Boxed, then: Boxed, otherwise: Boxed)
    /// The item is a slot for `match`.
    case filter(Boxed, match: Boxed)
    /// The results so far (`partial`) and the element are slots for the body.
    case each(String, in: Boxed, element: TypeName?, body: Boxed)
    /// The element is a slot for the body; `some` is decided by one true, `every` by one false.
    case quantified(String, decisive: Bool, in: Boxed, element: TypeName?, body: Boxed)
    /// What the model declares of a value, and the words for it in a message.
    case typed(Boxed, TypeName, String)
    /// What is not run here, with the reason; only a model that is read leniently has it.
    case refused(String)

    func evaluate(_ evaluator: inout Evaluator) -> Value {
        switch self {
        case .literal(let expression, let type):
            let value = evaluator.evaluate(expression)
            guard let type else { return value }
            return evaluator.conformed(value, to: type, "the value of ‘\(expression.text)’")
        case .table(let table):
            return table.value(&evaluator)
        case .refused(let reason):
            return evaluator.note(.notAvailable, reason)
        default:
            return evaluator.deeper { (evaluator: inout Evaluator) in deep(&evaluator) }
        }
    }

    /// What holds other boxed expressions; each counts a level, so that a recursion through them ends at the limit.
    private func deep(_ evaluator: inout Evaluator) -> Value {
        switch self {
        case .literal, .table, .refused:
            return evaluate(&evaluator)
        case .typed(let inner, let type, let what):
            let value = inner.evaluate(&evaluator)
            return evaluator.conformed(value, to: type, what)
        case .context(let entries, let result):
            return Boxed.context(entries, result, &evaluator)
        case .invocation(let callee, let called, let bindings):
            return Boxed.invocation(callee, called, bindings, &evaluator)
        case .list(let items):
            var values: [Value] = []
            values.reserveCapacity(items.count)
            for item in items { values.append(item.evaluate(&evaluator)) }
            return evaluator.weighed(.list(values))
        case .relation(let columns, let rows):
            return Boxed.relation(columns, rows, &evaluator)
        case .function(let parameters, let body):
            let captured = evaluator.locals
            return .function(
                Function(
                    HostFunction(parameters: parameters) { _, arguments, evaluator in
                        evaluator.inside(captured + arguments) { (evaluator: inout Evaluator) in body.evaluate(&evaluator) }
                    }))
        case .conditional(let condition, let then, let otherwise):
            switch condition.evaluate(&evaluator) {
            case .boolean(true): return then.evaluate(&evaluator)
            case .boolean(false), .null: return otherwise.evaluate(&evaluator)
            case let other: return evaluator.note(.wrongType, "a condition that is a \(other.kindName)")
            }
        case .filter(let source, let match):
            return Boxed.filter(source, match, &evaluator)
        case .each(_, let source, let type, let body):
            return Boxed.each(source, type, body, &evaluator)
        case .quantified(_, let decisive, let source, let type, let body):
            return Boxed.quantified(decisive, source, type, body, &evaluator)
        }
    }

    private static func context(_ entries: [(name: String, value: Boxed)], _ result: Boxed?, _ evaluator: inout Evaluator) -> Value {
        evaluator.with([]) { (evaluator: inout Evaluator) in
            var context = Context()
            for entry in entries {
                let value = entry.value.evaluate(&evaluator)
                context[entry.name] = value
                (evaluator.companion as? TraceRecorder)?.step(entry.name, value)
                evaluator.locals.append(value)
            }
            return result?.evaluate(&evaluator) ?? evaluator.weighed(.context(context))
        }
    }

    private static func invocation(
        _ callee: Boxed, _ called: String, _ bindings: [(name: String, value: Boxed)], _ evaluator: inout Evaluator
    ) -> Value {
        guard case .function(let function) = callee.evaluate(&evaluator) else {
            return evaluator.note(.notCallable, "‘\(called)’ is no function")
        }
        var named: [(name: String, value: Value)] = []
        for binding in bindings {
            let value = binding.value.evaluate(&evaluator)
            (evaluator.companion as? TraceRecorder)?.step(binding.name, value)
            named.append((binding.name, value))
        }
        return evaluator.call(function, named: named, at: 0)
    }

    private static func relation(_ columns: [(name: String, type: TypeName?)], _ rows: [[Boxed]], _ evaluator: inout Evaluator) -> Value {
        var values: [Value] = []
        values.reserveCapacity(rows.count)
        for row in rows {
            var context = Context()
            for (column, cell) in zip(columns, row) {
                let value = cell.evaluate(&evaluator)
                context[column.name] = column.type.map { evaluator.conformed(value, to: $0, "a cell of the column ‘\(column.name)’") } ?? value
            }
            values.append(.context(context))
        }
        return evaluator.weighed(.list(values))
    }

    // MARK: Filters and iterations

    private static func filter(_ source: Boxed, _ match: Boxed, _ evaluator: inout Evaluator) -> Value {
        guard let items = evaluator.items(of: source.evaluate(&evaluator)), evaluator.charge(items.count) else { return .null }
        if items.isEmpty {
            // A place may be asked of an empty list, too; there is none.
            let answer = evaluator.with([.null]) { (evaluator: inout Evaluator) in match.evaluate(&evaluator) }
            if case .number = answer { return evaluator.item(at: answer, of: items) }
            return .list([])
        }
        var kept: [Value] = []
        for (index, item) in items.enumerated() {
            let answer = evaluator.with([item]) { (evaluator: inout Evaluator) in match.evaluate(&evaluator) }
            switch answer {
            case .boolean(true): kept.append(item)
            case .boolean(false), .null: break
            case .number where index == 0: return evaluator.item(at: answer, of: items)
            default: return evaluator.note(.wrongType, "a filter wants a condition or a place, not a \(answer.kindName)")
            }
        }
        return .list(kept)
    }

    /// The elements, each as the model declares it.
    private static func elements(_ source: Boxed, _ type: TypeName?, _ evaluator: inout Evaluator) -> [Value]? {
        guard let elements = evaluator.elements(over: source.evaluate(&evaluator)) else { return nil }
        guard elements.count <= Limits.listMax else {
            _ = evaluator.note(.limitReached, "an iteration over more than \(Limits.listMax) elements")
            return nil
        }
        guard let type else { return elements }
        var typed: [Value] = []
        typed.reserveCapacity(elements.count)
        for element in elements { typed.append(evaluator.conformed(element, to: type, "an element of an iteration")) }
        return typed
    }

    private static func each(_ source: Boxed, _ type: TypeName?, _ body: Boxed, _ evaluator: inout Evaluator) -> Value {
        guard let elements = elements(source, type, &evaluator) else { return .null }
        return evaluator.with([.null, .null]) { (evaluator: inout Evaluator) in
            let slot = evaluator.locals.count - 2
            var results: [Value] = []
            results.reserveCapacity(elements.count)
            for element in elements {
                guard evaluator.charge(1) else { return .null }
                evaluator.locals[slot] = .list(results)
                evaluator.locals[slot + 1] = element
                let value = body.evaluate(&evaluator)
                // Let go of the partial list, so that appending copies nothing.
                evaluator.locals[slot] = .null
                guard evaluator.append(value, to: &results) else { return .null }
            }
            return evaluator.weighed(.list(results))
        }
    }

    private static func quantified(_ decisive: Bool, _ source: Boxed, _ type: TypeName?, _ body: Boxed, _ evaluator: inout Evaluator) -> Value {
        guard let elements = elements(source, type, &evaluator) else { return .null }
        var isUnknown = false
        for element in elements {
            guard evaluator.charge(1) else { return .null }
            let answer = evaluator.with([element]) { (evaluator: inout Evaluator) in body.evaluate(&evaluator) }
            switch answer {
            case .boolean(decisive): return .boolean(decisive)
            case .boolean: break
            case .null: isUnknown = true
            default: return evaluator.note(.wrongType, "‘\(decisive ? "some" : "every")’ wants a condition, and found a \(answer.kindName)")
            }
        }
        return isUnknown ? .null : .boolean(!decisive)
    }
}

extension Evaluator {
    /// The value as its declared type wants it, else null with a problem that says what is wrong with what.
    mutating func conformed(_ value: Value, to type: TypeName, _ what: @autoclosure () -> String = "a value") -> Value {
        if let value = coerced(value, to: type) { return value }
        let misfit = misfit(value, to: type)
        return note(misfit.reason, "\(what()) \(misfit.words)")
    }
}
