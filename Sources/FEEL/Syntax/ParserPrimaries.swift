internal import Kernel

/// Literals, brackets and the expressions that begin with a word.
extension Parser {
    // MARK: Primaries
    /// Inside brackets of any kind filters may follow again, though the bound of a range may have none (`[1..5[`).
    mutating func withFilters<Result>(_ body: (inout Parser) throws(SyntaxError) -> Result) throws(SyntaxError) -> Result {
        let before = filtersAllowed
        filtersAllowed = true
        defer { filtersAllowed = before }
        return try body(&self)
    }

    mutating func bound() throws(SyntaxError) -> Node {
        let before = filtersAllowed
        filtersAllowed = false
        defer { filtersAllowed = before }
        return try binary(Precedence.additive)
    }

    mutating func primary() throws(SyntaxError) -> Node {
        guard let scalar = scanner.current else { throw unexpected() }
        let start = scanner.position
        switch scalar {
        case "\"":
            return Node(.literal(.string(try scanner.takeString())), at: start)
        case "0", "1", "2", "3", "4", "5", "6", "7", "8", "9", ".":
            guard let text = scanner.takeNumber() else { throw unexpected() }
            guard let number = Decimal128(text) else { throw scanner.error("the number \(text) is too large", at: start) }
            return Node(.literal(.number(number)), at: start)
        case "(":
            return try parenthesis()
        case "[":
            return try bracket()
        case "]":
            _ = scanner.take("]")
            let low = try bound()
            try scanner.skipSpace()
            guard scanner.sees("..") else { throw scanner.error("a range wants two dots: write ]1..9[", at: scanner.position) }
            return try range(from: low, included: false, at: start)
        case "{":
            return try contextLiteral()
        case "@":
            _ = scanner.take("@")
            guard scanner.sees("\"") else { throw scanner.error("‘@’ wants a date, time or duration in quotation marks", at: start) }
            let text = try scanner.takeString()
            guard let value = DateTexts.atLiteral(text, zones: .none) ?? DateTexts.atLiteral(text, zones: .unresolved) else {
                throw scanner.error("@\"\(text)\" is no date, time or duration: write @\"2026-01-31\", @\"10:30:00\" or @\"P1Y\"", at: start)
            }
            if DateTexts.namesZone(value) {
                let argument = Node(.literal(.string(text)), at: start)
                return Node(.builtin(DateTexts.isTime(value) ? .time : .dateAndTime, [argument]), at: start)
            }
            return Node(.literal(value), at: start)
        default:
            guard Characters.isNameStart(scalar) else { throw unexpected() }
            return try wordExpression()
        }
    }

    mutating func parenthesis() throws(SyntaxError) -> Node {
        let start = scanner.position
        _ = scanner.take("(")
        try enter()
        defer { leave() }
        try scanner.skipSpace()
        if let relation = try relation() { return try unaryRange(relation, at: start) }
        let node = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
        try scanner.skipSpace()
        if scanner.sees("..") { return try range(from: node, included: false, at: start) }
        guard scanner.take(")") else {
            if scanner.sees(",") {
                throw scanner.error("several values in parentheses may stand after ‘in’ only: write [1, 2] for a list", at: scanner.position)
            }
            throw scanner.error("the parenthesis has no end: write )", at: scanner.position)
        }
        return node
    }

    /// `(< 5)`, `(>= 18)`: a range with one bound.
    mutating func unaryRange(_ relation: Relation, at start: Int) throws(SyntaxError) -> Node {
        let bound = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.binary(Precedence.additive) }
        try scanner.skipSpace()
        guard scanner.take(")") else { throw scanner.error("the parenthesis has no end: write )", at: scanner.position) }
        return settled(try make(.unaryRange(relation, bound), at: start, over: [bound]), [bound])
    }

    mutating func bracket() throws(SyntaxError) -> Node {
        let start = scanner.position
        _ = scanner.take("[")
        try enter()
        defer { leave() }
        try scanner.skipSpace()
        if scanner.take("]") { return Node(.literal(.list([])), at: start) }
        var items: [Node] = []
        while true {
            items.append(try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() })
            try scanner.skipSpace()
            if items.count == 1 && scanner.sees("..") { return try range(from: items[0], included: true, at: start) }
            if scanner.take("]") { return settled(try make(.list(items), at: start, over: items), items) }
            guard scanner.take(",") else { throw scanner.error("the list has no end: write , before the next element or ] after the last", at: scanner.position) }
        }
    }

    mutating func range(from low: Node, included: Bool, at start: Int) throws(SyntaxError) -> Node {
        _ = scanner.take("..")
        try scanner.skipSpace()
        let high = try bound()
        try scanner.skipSpace()
        let highIncluded: Bool
        if scanner.take("]") {
            highIncluded = true
        } else if scanner.take(")") || scanner.take("[") {
            highIncluded = false
        } else {
            throw scanner.error("the range has no end: write ] to include the bound or ) to exclude it", at: scanner.position)
        }
        let node = try make(.range(low: low, lowIncluded: included, high: high, highIncluded: highIncluded), at: start, over: [low, high])
        return settled(node, [low, high])
    }

    mutating func contextLiteral() throws(SyntaxError) -> Node {
        let start = scanner.position
        _ = scanner.take("{")
        try enter()
        defer { leave() }
        let count = frames.count
        var entries: [(key: String, value: Node)] = []
        try scanner.skipSpace()
        if scanner.take("}") { return Node(.literal(.context(Context())), at: start) }
        while true {
            let key = try entryKey()
            guard !entries.contains(where: { $0.key == key }) else {
                throw scanner.error("the context has ‘\(key)’ twice: keep one", at: scanner.position)
            }
            let value = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.entryValue(key) }
            entries.append((key, value))
            bind(key)
            try scanner.skipSpace()
            if scanner.take("}") { break }
            guard scanner.take(",") else { throw scanner.error("the context has no end: write , before the next entry or } after the last", at: scanner.position) }
        }
        unbind(to: count)
        let nodes = entries.map { $0.value }
        return settled(try make(.context(entries), at: start, over: nodes), nodes)
    }

    mutating func entryValue(_ key: String) throws(SyntaxError) -> Node {
        try scanner.skipSpace()
        if scanner.seesWord("function"), let function = try functionLiteral(named: key) { return function }
        return try expression()
    }

    /// A context entry's key with its colon: a string, or a name in which operators may stand.
    mutating func entryKey() throws(SyntaxError) -> String {
        try scanner.skipSpace()
        let start = scanner.position
        if scanner.sees("\"") {
            let key = try scanner.takeString()
            try scanner.skipSpace()
            guard scanner.take(":") else { throw scanner.error("a colon is missing after the key \"\(key)\"", at: scanner.position) }
            return key
        }
        var key = ""
        var afterWord = false
        while true {
            let before = scanner.position
            try scanner.skipSpace()
            if scanner.take(":") { break }
            if let word = scanner.restOfWord(at: scanner.position) {
                if afterWord && scanner.position > before { key += " " }
                key += word
                scanner.move(to: scanner.position + word.unicodeScalars.count)
                afterWord = true
            } else if let scalar = scanner.current, ["+", "-", "*", "/", "'", "."].contains(scalar), !key.isEmpty {
                key.unicodeScalars.append(scalar)
                scanner.move(to: scanner.position + 1)
                afterWord = false
            } else {
                throw scanner.error("a key and a colon are missing: write {name: value}", at: start)
            }
        }
        guard !key.isEmpty else { throw scanner.error("a key is missing: write {name: value}", at: start) }
        return key
    }

    // MARK: if, for, some, every, function
    mutating func conditional() throws(SyntaxError) -> Node {
        let start = scanner.position
        _ = scanner.takeWord("if")
        let condition = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
        try scanner.skipSpace()
        guard scanner.takeWord("then") else { throw scanner.error("‘if’ wants ‘then’: write if … then … else …", at: scanner.position) }
        let then = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
        try scanner.skipSpace()
        guard scanner.takeWord("else") else { throw scanner.error("‘if’ wants ‘else’: write if … then … else …", at: scanner.position) }
        let otherwise = try expression()
        return try make(.conditional(condition, then: then, otherwise: otherwise), at: start, over: [condition, then, otherwise])
    }

    mutating func iteration(_ purpose: Node.Iteration.Purpose) throws(SyntaxError) -> Node {
        let start = scanner.position
        _ = scanner.takeWord("for") || scanner.takeWord("some") || scanner.takeWord("every")
        let count = frames.count
        if purpose == .each { bind("partial") }
        var iterators: [Node.Iterator] = []
        var children: [Node] = []
        repeat {
            try scanner.skipSpace()
            guard let name = try takeWords() else { throw scanner.error("a name for the element is missing: write for x in list return …", at: scanner.position) }
            try scanner.skipSpace()
            guard scanner.takeWord("in") else { throw scanner.error("‘in’ is missing after ‘\(name)’", at: scanner.position) }
            let source = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
            children.append(source)
            try scanner.skipSpace()
            var end: Node?
            if scanner.take("..") {
                let node = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
                children.append(node)
                end = node
                try scanner.skipSpace()
            }
            iterators.append(Node.Iterator(source: source, end: end))
            bind(name)
        } while scanner.take(",")
        if purpose == .each {
            guard scanner.takeWord("return") else { throw scanner.error("‘for’ wants ‘return’: write for x in list return …", at: scanner.position) }
        } else {
            guard scanner.takeWord("satisfies") else {
                throw scanner.error("‘some’ and ‘every’ want ‘satisfies’: write some x in list satisfies …", at: scanner.position)
            }
        }
        let body = try expression()
        children.append(body)
        unbind(to: count)
        return try make(.iteration(Node.Iteration(purpose, iterators, body)), at: start, over: children)
    }

    /// `function(a, b: number) …`; nil, with nothing read, where the word is followed by no parenthesis.
    mutating func functionLiteral(named name: String?) throws(SyntaxError) -> Node? {
        let start = scanner.position
        _ = scanner.takeWord("function")
        try scanner.skipSpace()
        guard scanner.take("(") else {
            scanner.move(to: start)
            return nil
        }
        try enter()
        defer { leave() }
        let count = frames.count
        if let name { bind(name) }
        var parameters: [Function.Parameter] = []
        try scanner.skipSpace()
        if !scanner.take(")") {
            while true {
                try scanner.skipSpace()
                let place = scanner.position
                guard let parameter = try takeWords(stoppingAtKeywords: false) else {
                    throw scanner.error("a parameter's name is missing", at: place)
                }
                guard !parameters.contains(where: { $0.name == parameter }) else {
                    throw scanner.error("the parameter ‘\(parameter)’ is there twice: rename one", at: place)
                }
                try scanner.skipSpace()
                let type = scanner.take(":") ? try typeName() : nil
                parameters.append(Function.Parameter(name: parameter, type: type))
                try scanner.skipSpace()
                if scanner.take(")") { break }
                guard scanner.take(",") else { throw scanner.error("the parameters have no end: write )", at: scanner.position) }
            }
        }
        for parameter in parameters { bind(parameter.name) }
        try scanner.skipSpace()
        let isExternal = scanner.takeWord("external")
        if isExternal, external == nil { external = start }
        let body = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
        unbind(to: count)
        if isExternal { return Node(.external, at: start) }
        return try make(.function(Node.Lambda(parameters, body, name: name, text: text)), at: start, over: [body])
    }
}
