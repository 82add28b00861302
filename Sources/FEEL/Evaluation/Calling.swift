internal import Kernel

/// Calls of functions, with arguments by place or by name.
///
/// **Standard:** DMN 1.5, 10.3.2.13.
extension Evaluator {
    /// The function that a call means: a value of the scope that cannot be called does not hide a built-in function.
    mutating func function(_ callee: Node) -> Value {
        if case .free(let name) = callee.kind, let builtin = Builtin.byName[name] {
            if case .function(let function)? = scope.values[name] { return .function(function) }
            return .function(Function(.builtin(builtin)))
        }
        return evaluate(callee)
    }

    mutating func call(_ callee: Node, _ arguments: [Node], at offset: Int, mark before: Int) -> Value {
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

    mutating func call(_ callee: Node, named arguments: [(name: String, value: Node)], at offset: Int, mark before: Int) -> Value {
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
            if builtin == .contextPut, ordered[1]?.list != nil, !named.contains(where: { $0.name == "keys" }) {
                return fail(.wrongArguments, at: offset, "a list of keys is given as ‘keys’")
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
            let count = problems.count
            let result = nested(at: offset) { (evaluator: inout Evaluator) in evaluator.evaluate(lambda.body) }
            locals = saved
            if problems.count > count { attribute(from: count, to: lambda.text) }
            return result
        }
    }

    mutating func nested(at offset: Int, _ body: (inout Evaluator) -> Value) -> Value {
        guard depth < Limits.evaluationDepthMax, hasStack else {
            return fail(.limitReached, at: offset, "more than \(Limits.evaluationDepthMax) levels of calls and operations")
        }
        depth += 1
        defer { depth -= 1 }
        return body(&self)
    }

    /// The arguments brought to their parameters' types; nil, with a problem noted, where one does not fit.
    mutating func fitted(_ arguments: [Value], to parameters: [Function.Parameter], at offset: Int) -> [Value]? {
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
                let misfit = misfit(argument, to: type)
                _ = fail(misfit.reason, at: offset, "the argument ‘\(parameter.name)’ \(misfit.words)")
                return nil
            }
            values.append(value)
        }
        return values
    }
}
