internal import Kernel

/// Operators by precedence, and what follows an operand: paths, filters and calls.
extension Parser {
    // MARK: Operators
    enum Precedence {
        static let or = 1
        static let and = 2
        static let comparison = 3
        static let additive = 4
        static let multiplicative = 5
        static let power = 6
    }

    mutating func expression() throws(SyntaxError) -> Node { try binary(Precedence.or) }

    mutating func binary(_ loosest: Int) throws(SyntaxError) -> Node {
        try enter()
        defer { leave() }
        try scanner.skipSpace()
        let start = scanner.position
        var left = try unary()
        while true {
            try scanner.skipSpace()
            guard let extended = try extend(left, loosest, start) else { return left }
            left = extended
        }
    }

    /// The expression that goes on with an operator at least this tight; nil where none follows.
    mutating func extend(_ left: Node, _ loosest: Int, _ start: Int) throws(SyntaxError) -> Node? {
        if loosest <= Precedence.or && scanner.takeWord("or") {
            let right = try binary(Precedence.or + 1)
            return try make(.or(left, right), at: start, over: [left, right])
        }
        if loosest <= Precedence.and && scanner.takeWord("and") {
            let right = try binary(Precedence.and + 1)
            return try make(.and(left, right), at: start, over: [left, right])
        }
        if loosest <= Precedence.comparison, let comparison = try comparison(left, start) { return comparison }
        if let (operation, precedence) = arithmetic(loosest) {
            let place = scanner.position
            _ = scanner.take("**") || scanner.take("*") || scanner.take("/") || scanner.take("+") || scanner.take("-")
            let right = try binary(precedence + 1)
            return settled(try make(.arithmetic(operation, left, right), at: place, over: [left, right]), [left, right])
        }
        return nil
    }

    func arithmetic(_ loosest: Int) -> (Node.Arithmetic, Int)? {
        let found: (Node.Arithmetic, Int)
        if scanner.sees("**") {
            found = (.power, Precedence.power)
        } else if scanner.sees("*") {
            found = (.multiply, Precedence.multiplicative)
        } else if scanner.sees("/") {
            found = (.divide, Precedence.multiplicative)
        } else if scanner.sees("+") {
            found = (.add, Precedence.additive)
        } else if scanner.sees("-") {
            found = (.subtract, Precedence.additive)
        } else {
            return nil
        }
        return found.1 >= loosest ? found : nil
    }

    mutating func comparison(_ left: Node, _ start: Int) throws(SyntaxError) -> Node? {
        let place = scanner.position
        if let relation = try relation() {
            let right = try binary(Precedence.comparison + 1)
            return try make(.comparison(relation, left, right), at: place, over: [left, right])
        }
        if scanner.takeWord("between") {
            let low = try binary(Precedence.additive)
            try scanner.skipSpace()
            guard scanner.takeWord("and") else {
                throw scanner.error("‘between’ wants two bounds: write x between 1 and 9", at: scanner.position)
            }
            let high = try binary(Precedence.additive)
            return try make(.between(left, low: low, high: high), at: place, over: [left, low, high])
        }
        if scanner.takeWord("in") {
            let tests = try membershipTests()
            return try make(.within(left, tests: tests), at: place, over: [left] + tests.flatMap { $0.nodes })
        }
        return nil
    }

    /// What follows `in`: one test, or several in parentheses.
    mutating func membershipTests() throws(SyntaxError) -> [Test] {
        try scanner.skipSpace()
        let start = scanner.position
        if scanner.take("(") {
            let tests = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.testList() }
            if scanner.take(")") { return tests }
            // Not a list of tests but a range that begins with "(".
            scanner.move(to: start)
        }
        if let relation = try relation() {
            return [.relation(relation, try binary(Precedence.additive))]
        }
        let node = try binary(Precedence.additive)
        return [.value(node)]
    }

    mutating func unary() throws(SyntaxError) -> Node {
        let start = scanner.position
        if scanner.take("-") {
            try enter()
            defer { leave() }
            try scanner.skipSpace()
            let operand = try unary()
            return settled(try make(.negate(operand), at: start, over: [operand]), [operand])
        }
        let operand = try postfix()
        let place = scanner.position
        try scanner.skipSpace()
        let operatorPlace = scanner.position
        guard scanner.takeWord("instance") else {
            scanner.move(to: place)
            return operand
        }
        try scanner.skipSpace()
        guard scanner.takeWord("of") else { throw scanner.error("‘instance’ wants ‘of’ and a type: write x instance of number", at: operatorPlace) }
        return try make(.instance(operand, of: try typeName()), at: operatorPlace, over: [operand])
    }

    // MARK: Paths, filters, calls
    mutating func postfix() throws(SyntaxError) -> Node {
        let start = scanner.position
        var node = try primary()
        while true {
            let place = scanner.position
            try scanner.skipSpace()
            if scanner.sees("."), !scanner.sees("..") {
                let dot = scanner.position
                _ = scanner.take(".")
                try scanner.skipSpace()
                let memberPlace = scanner.position
                let name = try memberName()
                if let base = node.freeName { paths.append(Expression.Path(base: base, member: name, offset: memberPlace)) }
                node = settled(try make(.member(node, name), at: dot, over: [node]), [node])
            } else if filtersAllowed && scanner.take("[") {
                node = try filter(node, at: place)
            } else if scanner.take("(") {
                node = try call(node, at: start)
            } else {
                scanner.move(to: place)
                return node
            }
        }
    }

    mutating func memberName() throws(SyntaxError) -> String {
        try scanner.skipSpace()
        let start = scanner.position
        var best: (end: Int, name: String)?
        for name in members {
            if let end = try scanner.end(of: name, at: start), end > best?.end ?? start { best = (end, name.text) }
        }
        if let best {
            scanner.move(to: best.end)
            // A longer run of words is another member's name ("time offset rule").
            if try scanner.afterSpace(best.end) < scanner.scalars.count, let word = scanner.word(at: try scanner.afterSpace(best.end)),
                !Parser.keywords.contains(word)
            {
                scanner.move(to: start)
            } else {
                return best.name
            }
        }
        guard let name = try takeWords() else { throw scanner.error("a name is missing after the dot", at: start) }
        return name
    }

    mutating func filter(_ source: Node, at start: Int) throws(SyntaxError) -> Node {
        let count = frames.count
        // The frame outside: an item's own member called "item" comes before the item.
        frames.append(.local(KnownName("item"), slot: slots))
        frames.append(.filter(slot: slots))
        slots += 1
        let condition = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
        frames.removeLast(frames.count - count)
        slots -= 1
        try scanner.skipSpace()
        guard scanner.take("]") else { throw scanner.error("the filter that begins with [ has no end: write ]", at: scanner.position) }
        return try make(.filter(source, by: condition), at: start, over: [source, condition])
    }

    mutating func call(_ callee: Node, at start: Int) throws(SyntaxError) -> Node {
        if let named = try namedArguments() {
            let nodes = named.map { $0.value }
            // `context put` tells `key` from `keys` by the value, which is not known yet.
            if case .literal(.function(let function)) = callee.kind, case .builtin(let builtin) = function.body, builtin != .contextPut,
                let ordered = Parser.order(named, for: builtin)
            {
                let parts = ordered.compactMap { $0 }
                let arguments = ordered.map { $0 ?? Node(.literal(.null), at: start) }
                let node = try make(.builtin(builtin, arguments), at: start, over: arguments)
                return builtin.isConstant ? settled(node, parts) : node
            }
            return try make(.namedCall(callee, named), at: start, over: [callee] + nodes)
        }
        let arguments = try argumentsToParenthesis()
        if case .literal(.function(let function)) = callee.kind, case .builtin(let builtin) = function.body {
            let node = try make(.builtin(builtin, arguments), at: start, over: arguments)
            return builtin.isConstant ? settled(node, arguments) : node
        }
        return try make(.call(callee, arguments), at: start, over: [callee] + arguments)
    }

    mutating func argumentsToParenthesis() throws(SyntaxError) -> [Node] {
        var arguments: [Node] = []
        try scanner.skipSpace()
        if scanner.take(")") { return arguments }
        while true {
            arguments.append(try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() })
            try scanner.skipSpace()
            if scanner.take(")") { return arguments }
            guard scanner.take(",") else {
                throw scanner.error("the arguments have no end: write , before the next or ) after the last", at: scanner.position)
            }
        }
    }

    /// `name: value, …` after an opening parenthesis; nil, with nothing read, where the arguments have no names.
    mutating func namedArguments() throws(SyntaxError) -> [(name: String, value: Node)]? {
        let start = scanner.position
        guard try parameterName() != nil else {
            scanner.move(to: start)
            return nil
        }
        scanner.move(to: start)
        var arguments: [(name: String, value: Node)] = []
        while true {
            try scanner.skipSpace()
            guard let name = try parameterName() else {
                throw scanner.error("an argument without a name after named ones: name all or none", at: scanner.position)
            }
            arguments.append((name, try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }))
            try scanner.skipSpace()
            if scanner.take(")") { return arguments }
            guard scanner.take(",") else {
                throw scanner.error("the arguments have no end: write , before the next or ) after the last", at: scanner.position)
            }
        }
    }

    /// A parameter's name with its colon.
    mutating func parameterName() throws(SyntaxError) -> String? {
        try scanner.skipSpace()
        guard let name = try takeWords(stoppingAtKeywords: false) else { return nil }
        try scanner.skipSpace()
        return scanner.take(":") ? name : nil
    }

    /// Whether the arguments have the names of a form, in its order.
    private static func isWritten<Argument>(_ named: [(name: String, value: Argument)], as form: [StaticString]) -> Bool {
        guard named.count == form.count else { return false }
        for index in form.indices where named[index].name != "\(form[index])" { return false }
        return true
    }

    /// Named arguments of a built-in function in the order of the form whose names fit; nil where none does.
    static func order<Argument>(_ named: [(name: String, value: Argument)], for builtin: Builtin) -> [Argument?]? {
        var forms = builtin.forms
        // `before(point, range)` and `before(range, point)` have the same names: the order in which they are given tells them apart.
        if let place = forms.firstIndex(where: { isWritten(named, as: $0) }) { forms.swapAt(0, place) }
        for form in forms {
            var ordered: [Argument?] = []
            var used = 0
            var complete = true
            for parameter in form {
                var name = "\(parameter)"
                let optional = builtin == .is || name.utf8.last == UInt8(ascii: "?")
                if name.utf8.last == UInt8(ascii: "?") || name.utf8.last == UInt8(ascii: "*") { name.removeLast() }
                if let argument = named.first(where: { $0.name == name }) {
                    ordered.append(argument.value)
                    used += 1
                } else if optional {
                    ordered.append(nil)
                } else {
                    complete = false
                    break
                }
            }
            guard complete, used == named.count else { continue }
            while builtin != .is, let last = ordered.last, last == nil { ordered.removeLast() }
            return ordered
        }
        return nil
    }
}
