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
    case invocation(Expression, [(name: String, value: Boxed)])
    case list([Boxed])
    case relation(columns: [String], rows: [[Boxed]])
    case function([Function.Parameter], Boxed)

    func evaluate(_ evaluator: inout Evaluator) -> Value {
        switch self {
        case .literal(let expression, let type):
            let value = evaluator.evaluate(expression)
            guard let type else { return value }
            return evaluator.conformed(value, to: type)
        case .table(let table):
            return table.value(&evaluator)
        case .context(let entries, let result):
            return Boxed.context(entries, result, &evaluator)
        case .invocation(let callee, let bindings):
            return Boxed.invocation(callee, bindings, &evaluator)
        case .list(let items):
            return .list(items.map { $0.evaluate(&evaluator) })
        case .relation(let columns, let rows):
            return .list(
                rows.map { row in
                    var context = Context()
                    for (name, cell) in zip(columns, row) { context[name] = cell.evaluate(&evaluator) }
                    return .context(context)
                })
        case .function(let parameters, let body):
            let captured = evaluator.locals
            return .function(
                Function(
                    HostFunction(parameters: parameters) { _, arguments, evaluator in
                        evaluator.inside(captured + arguments) { (evaluator: inout Evaluator) in body.evaluate(&evaluator) }
                    }))
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
            return result?.evaluate(&evaluator) ?? .context(context)
        }
    }

    private static func invocation(_ callee: Expression, _ bindings: [(name: String, value: Boxed)], _ evaluator: inout Evaluator) -> Value {
        guard case .function(let function) = evaluator.evaluate(callee) else {
            return evaluator.note(.notCallable, "‘\(callee.text)’ is no function")
        }
        var named: [(name: String, value: Value)] = []
        for binding in bindings {
            let value = binding.value.evaluate(&evaluator)
            (evaluator.companion as? TraceRecorder)?.step(binding.name, value)
            named.append((binding.name, value))
        }
        return evaluator.call(function, named: named, at: 0)
    }
}

extension Evaluator {
    /// The value as its declared type wants it, else null with a problem.
    mutating func conformed(_ value: Value, to type: TypeName) -> Value {
        if let value = coerced(value, to: type) { return value }
        return note(.wrongType, "a \(value.kindName) where the model declares \(type.words)")
    }
}

extension TypeName {
    /// The type in words, for messages.
    var words: String {
        switch self {
        case .any: "any value"
        case .null: "null"
        case .boolean: "boolean"
        case .number: "number"
        case .string: "string"
        case .date: "date"
        case .time: "time"
        case .dateTime: "date and time"
        case .dayTime: "days and time duration"
        case .yearMonth: "years and months duration"
        case .list(let element): "list of \(element.words)"
        case .range(let element): "range of \(element.words)"
        case .context: "context"
        case .function: "function"
        case .named(let name): name
        }
    }
}
