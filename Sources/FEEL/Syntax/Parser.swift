internal import Kernel

/// Reads expressions and unary tests by recursive descent, and binds every name while it reads.
///
/// **Standard:** DMN 1.5, 10.3.1.2. Precedence from loose to tight: `or`, `and`, comparisons with `between` and `in`, `+ -`, `* /`, `**`,
/// negation, `instance of`, then paths, filters and calls.
struct Parser {
    private enum Frame {
        case local(KnownName, slot: Int)
        /// Inside a filter, names may be members of the item that is in this slot.
        case filter(slot: Int)
    }

    private var scanner: Scanner
    private let known: [KnownName]
    private let members: [KnownName]
    private var frames: [Frame] = []
    private var slots = 0
    private var nesting = 0
    private var filtersAllowed = true
    private var questionMarks = 0

    /// The names that the scope must answer, in the words of the scope where it knows them.
    var free: Set<String> { Set(places.keys) }
    /// Where each free name is used first.
    private(set) var places: [String: Int] = [:]

    init(_ text: String, names: Set<String>, members: Set<String>) throws(SyntaxError) {
        scanner = try Scanner(text)
        known = names.map { KnownName($0) }
        self.members = members.map { KnownName($0) } + Parser.propertyNames
    }

    /// Properties whose names hold spaces; a path reads them without knowing the value's kind.
    private static let propertyNames = [
        KnownName("time offset"), KnownName("start included"), KnownName("end included"),
    ]

    // MARK: Entry points

    mutating func wholeExpression() throws(SyntaxError) -> Node {
        let node = try expression()
        try expectEnd()
        return node
    }

    /// Unary tests; the tested value is `?`, in the slot after those that are bound.
    mutating func wholeTests() throws(SyntaxError) -> [Test] {
        bind("?")
        try scanner.skipSpace()
        guard !scanner.isAtEnd else { throw scanner.error("an empty cell: write - where any value will do", at: 0) }
        let start = scanner.position
        if scanner.take("-") {
            try scanner.skipSpace()
            if scanner.isAtEnd { return [.any] }
            scanner.move(to: start)
        }
        let tests = try testList()
        try expectEnd()
        return tests
    }

    /// An expression inside other bindings, for boxed expressions: `locals` are the names of the slots before it.
    mutating func bind(_ names: [String]) {
        for name in names { bind(name) }
    }

    private mutating func expectEnd() throws(SyntaxError) {
        try scanner.skipSpace()
        guard scanner.isAtEnd else { throw unexpected() }
    }

    private func unexpected() -> SyntaxError {
        guard let scalar = scanner.current else {
            return scanner.error("the expression ends too early: a value is missing", at: scanner.position)
        }
        if let word = scanner.word(at: scanner.position) {
            return scanner.error("‘\(word)’ does not fit here: an operator such as and, or, =, + is missing before it", at: scanner.position)
        }
        return scanner.error("‘\(String(Character(scalar)))’ does not fit here", at: scanner.position)
    }

    // MARK: Bindings

    private mutating func bind(_ name: String) {
        frames.append(.local(KnownName(name), slot: slots))
        slots += 1
    }

    private mutating func unbind(to count: Int) {
        while frames.count > count {
            frames.removeLast()
            slots -= 1
        }
    }

    /// One level deeper; the reader's own stack is bounded by this.
    private mutating func enter() throws(SyntaxError) {
        nesting += 1
        guard nesting <= Limits.nestingMax else {
            throw scanner.error("more than \(Limits.nestingMax) levels inside one another: split the expression", at: scanner.position)
        }
    }

    private mutating func leave() { nesting -= 1 }

    private func make(_ kind: Node.Kind, at start: Int, over children: [Node] = []) throws(SyntaxError) -> Node {
        let node = Node(kind, at: start, over: children)
        guard node.depth <= Limits.treeDepthMax else {
            throw scanner.error("more than \(Limits.treeDepthMax) operations build on one another: split the expression", at: start)
        }
        return node
    }

    /// A node whose parts are all constants is settled now, unless settling it meets a problem: that belongs to the evaluation.
    private func settled(_ node: Node, _ parts: [Node]) -> Node {
        for part in parts {
            guard case .literal = part.kind else { return node }
        }
        var evaluator = Evaluator(Scope())
        let value = evaluator.evaluate(node)
        return evaluator.problems.isEmpty ? Node(.literal(value), at: node.start) : node
    }

    // MARK: Tests

    private mutating func testList() throws(SyntaxError) -> [Test] {
        var tests = [try test()]
        try scanner.skipSpace()
        while scanner.take(",") {
            tests.append(try test())
            try scanner.skipSpace()
        }
        return tests
    }

    private mutating func test() throws(SyntaxError) -> Test {
        try enter()
        defer { leave() }
        try scanner.skipSpace()
        if let negated = try negatedTests() { return negated }
        if let relation = try relation() {
            return .relation(relation, try binary(Precedence.additive))
        }
        let before = questionMarks
        let node = try expression()
        return questionMarks > before ? .condition(node) : .value(node)
    }

    /// `not(…)` around tests, if it is the whole test; else nothing is read.
    private mutating func negatedTests() throws(SyntaxError) -> Test? {
        guard scanner.seesWord("not") else { return nil }
        let start = scanner.position
        let before = (questionMarks, places)
        _ = scanner.takeWord("not")
        try scanner.skipSpace()
        if scanner.take("(") {
            do {
                let tests = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.testList() }
                if scanner.take(")") {
                    try scanner.skipSpace()
                    if scanner.isAtEnd || scanner.sees(",") || scanner.sees(")") { return .not(tests) }
                }
            } catch {
                // Read again as a call below; that attempt has the better message.
            }
        }
        scanner.move(to: start)
        (questionMarks, places) = before
        return nil
    }

    private mutating func relation() throws(SyntaxError) -> Relation? {
        if scanner.take("<=") { return .lessOrEqual }
        if scanner.take(">=") { return .greaterOrEqual }
        if scanner.take("!=") { return .notEqual }
        if scanner.take("<") { return .less }
        if scanner.take(">") { return .greater }
        if scanner.sees("==") { throw scanner.error("‘==’ is no operator of FEEL: write =", at: scanner.position) }
        if scanner.take("=") { return .equal }
        return nil
    }

    // MARK: Operators

    private enum Precedence {
        static let or = 1
        static let and = 2
        static let comparison = 3
        static let additive = 4
        static let multiplicative = 5
        static let power = 6
    }

    private mutating func expression() throws(SyntaxError) -> Node { try binary(Precedence.or) }

    private mutating func binary(_ loosest: Int) throws(SyntaxError) -> Node {
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
    private mutating func extend(_ left: Node, _ loosest: Int, _ start: Int) throws(SyntaxError) -> Node? {
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

    private func arithmetic(_ loosest: Int) -> (Node.Arithmetic, Int)? {
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

    private mutating func comparison(_ left: Node, _ start: Int) throws(SyntaxError) -> Node? {
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
    private mutating func membershipTests() throws(SyntaxError) -> [Test] {
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

    private mutating func unary() throws(SyntaxError) -> Node {
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

    private mutating func postfix() throws(SyntaxError) -> Node {
        let start = scanner.position
        var node = try primary()
        while true {
            let place = scanner.position
            try scanner.skipSpace()
            if scanner.sees("."), !scanner.sees("..") {
                _ = scanner.take(".")
                let name = try memberName()
                node = settled(try make(.member(node, name), at: scanner.position - 1, over: [node]), [node])
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

    private mutating func memberName() throws(SyntaxError) -> String {
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

    private mutating func filter(_ source: Node, at start: Int) throws(SyntaxError) -> Node {
        let count = frames.count
        frames.append(.filter(slot: slots))
        frames.append(.local(KnownName("item"), slot: slots))
        slots += 1
        let condition = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
        frames.removeLast(frames.count - count)
        slots -= 1
        try scanner.skipSpace()
        guard scanner.take("]") else { throw scanner.error("the filter that begins with [ has no end: write ]", at: scanner.position) }
        return try make(.filter(source, by: condition), at: start, over: [source, condition])
    }

    private mutating func call(_ callee: Node, at start: Int) throws(SyntaxError) -> Node {
        if let named = try namedArguments() {
            let nodes = named.map { $0.value }
            if case .literal(.function(let function)) = callee.kind, case .builtin(let builtin) = function.body,
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

    private mutating func argumentsToParenthesis() throws(SyntaxError) -> [Node] {
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
    private mutating func namedArguments() throws(SyntaxError) -> [(name: String, value: Node)]? {
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
    private mutating func parameterName() throws(SyntaxError) -> String? {
        try scanner.skipSpace()
        guard let name = try takeWords(stoppingAtKeywords: false) else { return nil }
        try scanner.skipSpace()
        return scanner.take(":") ? name : nil
    }

    /// Named arguments of a built-in function in the order of the form whose names fit; nil where none does.
    static func order<Argument>(_ named: [(name: String, value: Argument)], for builtin: Builtin) -> [Argument?]? {
        for form in builtin.forms {
            var ordered: [Argument?] = []
            var used = 0
            var complete = true
            for parameter in form {
                var name = "\(parameter)"
                let optional = name.utf8.last == UInt8(ascii: "?")
                if optional || name.utf8.last == UInt8(ascii: "*") { name.removeLast() }
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
            while let last = ordered.last, last == nil { ordered.removeLast() }
            return ordered
        }
        return nil
    }

    // MARK: Primaries

    /// Inside brackets of any kind filters may follow again, though the bound of a range may have none (`[1..5[`).
    private mutating func withFilters<Result>(_ body: (inout Parser) throws(SyntaxError) -> Result) throws(SyntaxError) -> Result {
        let before = filtersAllowed
        filtersAllowed = true
        defer { filtersAllowed = before }
        return try body(&self)
    }

    private mutating func bound() throws(SyntaxError) -> Node {
        let before = filtersAllowed
        filtersAllowed = false
        defer { filtersAllowed = before }
        return try binary(Precedence.additive)
    }

    private mutating func primary() throws(SyntaxError) -> Node {
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

    private mutating func parenthesis() throws(SyntaxError) -> Node {
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
    private mutating func unaryRange(_ relation: Relation, at start: Int) throws(SyntaxError) -> Node {
        let bound = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.binary(Precedence.additive) }
        try scanner.skipSpace()
        guard scanner.take(")") else { throw scanner.error("the parenthesis has no end: write )", at: scanner.position) }
        let kind: Node.Kind
        switch relation {
        case .less: kind = .range(low: nil, lowIncluded: false, high: bound, highIncluded: false)
        case .lessOrEqual: kind = .range(low: nil, lowIncluded: false, high: bound, highIncluded: true)
        case .greater: kind = .range(low: bound, lowIncluded: false, high: nil, highIncluded: false)
        case .greaterOrEqual: kind = .range(low: bound, lowIncluded: true, high: nil, highIncluded: false)
        case .equal: kind = .range(low: bound, lowIncluded: true, high: bound, highIncluded: true)
        case .notEqual: throw scanner.error("‘!=’ makes no range: write not(…)", at: start)
        }
        return settled(try make(kind, at: start, over: [bound]), [bound])
    }

    private mutating func bracket() throws(SyntaxError) -> Node {
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

    private mutating func range(from low: Node, included: Bool, at start: Int) throws(SyntaxError) -> Node {
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

    private mutating func contextLiteral() throws(SyntaxError) -> Node {
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

    private mutating func entryValue(_ key: String) throws(SyntaxError) -> Node {
        try scanner.skipSpace()
        if scanner.seesWord("function"), let function = try functionLiteral(named: key) { return function }
        return try expression()
    }

    /// A context entry's key with its colon: a string, or a name in which operators may stand.
    private mutating func entryKey() throws(SyntaxError) -> String {
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

    // MARK: Words

    /// Words that end a name which the scope does not know.
    static let keywords: Set<String> = [
        "and", "or", "in", "between", "instance", "then", "else", "return", "satisfies", "external",
    ]

    private mutating func wordExpression() throws(SyntaxError) -> Node {
        let start = scanner.position
        let name = try longestName(at: start)
        if let word = scanner.word(at: start), name?.end ?? start <= start + word.unicodeScalars.count || name?.isBuiltin == true {
            if let node = try keywordExpression(word) { return node }
        }
        if let name {
            scanner.move(to: name.end)
            if name.text == "?" { questionMarks += 1 }
            return try reference(name, at: start)
        }
        guard let words = try takeWords() else { throw unexpected() }
        return try freeReference(words, at: start)
    }

    private mutating func keywordExpression(_ word: String) throws(SyntaxError) -> Node? {
        let start = scanner.position
        switch word {
        case "true", "false", "null":
            scanner.move(to: start + word.unicodeScalars.count)
            return Node(.literal(word == "null" ? .null : .boolean(word == "true")), at: start)
        case "if":
            return try conditional()
        case "for":
            return try iteration(.each)
        case "some":
            return try iteration(.some)
        case "every":
            return try iteration(.every)
        case "function":
            return try functionLiteral(named: nil)
        case "and", "or", "in", "between", "then", "else", "return", "satisfies":
            throw scanner.error("‘\(word)’ does not fit here: a value is missing before it", at: start)
        default:
            return nil
        }
    }

    private struct FoundName {
        var end: Int
        var text: String
        var slot: Int?
        /// Filter items that may have a member of this name, innermost first.
        var filters: [Int]
        var isBuiltin: Bool
        var isMember: Bool
    }

    /// The longest name in scope that stands here; the innermost of equally long ones.
    private func longestName(at start: Int) throws(SyntaxError) -> FoundName? {
        var best: FoundName?
        var filters: [Int] = []
        for frame in frames.reversed() {
            switch frame {
            case .filter(let slot):
                filters.append(slot)
            case .local(let name, let slot):
                if let end = try scanner.end(of: name, at: start), end > best?.end ?? start {
                    // The item itself is bound just inside its filter.
                    best = FoundName(end: end, text: name.text, slot: slot, filters: filters, isBuiltin: false, isMember: false)
                }
            }
        }
        for name in known {
            if let end = try scanner.end(of: name, at: start), end > best?.end ?? start {
                best = FoundName(end: end, text: name.text, slot: nil, filters: filters, isBuiltin: false, isMember: false)
            }
        }
        if !filters.isEmpty {
            for name in members {
                if let end = try scanner.end(of: name, at: start), end > best?.end ?? start {
                    best = FoundName(end: end, text: name.text, slot: nil, filters: filters, isBuiltin: false, isMember: true)
                }
            }
        }
        for entry in Builtin.names where entry.name.parts[0].scalars[0] == scanner.scalars[start] {
            guard let end = try scanner.end(of: entry.name, at: start), end > best?.end ?? start else { continue }
            // Only a call is meant by `date and time(…)`; elsewhere it would be two names and an operator.
            let isCall = try isCall(after: end)
            if !isCall && entry.builtin.hidesOperator { continue }
            if !isCall, let best, best.end >= start { continue }
            best = FoundName(end: end, text: entry.name.text, slot: nil, filters: filters, isBuiltin: true, isMember: false)
        }
        return best
    }

    private func isCall(after end: Int) throws(SyntaxError) -> Bool {
        let place = try scanner.afterSpace(end)
        return place < scanner.scalars.count && scanner.scalars[place] == "("
    }

    private mutating func reference(_ name: FoundName, at start: Int) throws(SyntaxError) -> Node {
        if name.isBuiltin {
            guard let builtin = Builtin.byName[name.text] else { return try freeReference(name.text, at: start) }
            if try isCall(after: name.end) || name.filters.isEmpty {
                return Node(.literal(.function(Function(.builtin(builtin)))), at: start)
            }
            let otherwise = Node(.literal(.function(Function(.builtin(builtin)))), at: start)
            return try make(.itemMember(name.text, slots: name.filters, otherwise: otherwise), at: start, over: [otherwise])
        }
        let outside: Node
        if let slot = name.slot {
            if let builtin = Builtin.byName[name.text], try isCall(after: name.end) {
                outside = Node(.shadowing(builtin, slot: slot), at: start)
            } else {
                outside = Node(.local(slot: slot), at: start)
            }
        } else {
            if !name.isMember { use(name.text, at: start) }
            outside = Node(.free(name.text), at: start)
        }
        if name.filters.isEmpty { return outside }
        return try make(.itemMember(name.text, slots: name.filters, otherwise: outside), at: start, over: [outside])
    }

    private mutating func use(_ name: String, at place: Int) {
        if places[name] == nil { places[name] = place }
    }

    private mutating func freeReference(_ words: String, at start: Int) throws(SyntaxError) -> Node {
        var filters: [Int] = []
        for frame in frames.reversed() {
            if case .filter(let slot) = frame { filters.append(slot) }
        }
        let outside = Node(.free(words), at: start)
        if filters.isEmpty {
            use(words, at: start)
            return outside
        }
        return try make(.itemMember(words, slots: filters, otherwise: outside), at: start, over: [outside])
    }

    /// A run of words with single spaces between them, up to a keyword or anything that is no word.
    private mutating func takeWords(stoppingAtKeywords: Bool = true) throws(SyntaxError) -> String? {
        guard let first = scanner.word(at: scanner.position) else { return nil }
        var name = first
        scanner.move(to: scanner.position + first.unicodeScalars.count)
        while true {
            let next = try scanner.afterSpace(scanner.position)
            guard next > scanner.position, let word = scanner.restOfWord(at: next) else { return name }
            if stoppingAtKeywords && Parser.keywords.contains(word) { return name }
            name += " " + word
            scanner.move(to: next + word.unicodeScalars.count)
        }
    }

    // MARK: if, for, some, every, function

    private mutating func conditional() throws(SyntaxError) -> Node {
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

    private mutating func iteration(_ purpose: Node.Iteration.Purpose) throws(SyntaxError) -> Node {
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
    private mutating func functionLiteral(named name: String?) throws(SyntaxError) -> Node? {
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
                guard let parameter = try takeWords(stoppingAtKeywords: false) else {
                    throw scanner.error("a parameter's name is missing", at: scanner.position)
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
        let body = try withFilters { (parser: inout Parser) throws(SyntaxError) in try parser.expression() }
        unbind(to: count)
        if isExternal { return Node(.external, at: start) }
        return try make(.function(Node.Lambda(parameters, body, name: name)), at: start, over: [body])
    }

    // MARK: Types

    private mutating func typeName() throws(SyntaxError) -> TypeName {
        try enter()
        defer { leave() }
        try scanner.skipSpace()
        let start = scanner.position
        for (name, type) in Parser.simpleTypes {
            if let end = try scanner.end(of: name, at: start) {
                scanner.move(to: end)
                return type
            }
        }
        guard let word = try takeTypeWords() else { throw scanner.error("the name of a type is missing", at: start) }
        let place = scanner.position
        try scanner.skipSpace()
        guard ["list", "range", "context", "function"].contains(word), scanner.take("<") else {
            scanner.move(to: place)
            return .named(word)
        }
        switch word {
        case "list": return .list(try lastParameterType())
        case "range": return .range(try lastParameterType())
        case "context": return .context(try memberTypes())
        default: return try functionType()
        }
    }

    private mutating func lastParameterType() throws(SyntaxError) -> TypeName {
        let type = try typeName()
        try scanner.skipSpace()
        guard scanner.take(">") else { throw scanner.error("the type has no end: write >", at: scanner.position) }
        return type
    }

    private mutating func memberTypes() throws(SyntaxError) -> [TypeName.Member] {
        var members: [TypeName.Member] = []
        repeat {
            try scanner.skipSpace()
            guard let name = try parameterName() else { throw scanner.error("a member and its type are missing: write context<name: string>", at: scanner.position) }
            members.append(TypeName.Member(name: name, type: try typeName()))
            try scanner.skipSpace()
        } while scanner.take(",")
        guard scanner.take(">") else { throw scanner.error("the type has no end: write >", at: scanner.position) }
        return members
    }

    private mutating func functionType() throws(SyntaxError) -> TypeName {
        var parameters: [TypeName] = []
        try scanner.skipSpace()
        if !scanner.take(">") {
            while true {
                parameters.append(try typeName())
                try scanner.skipSpace()
                if scanner.take(">") { break }
                guard scanner.take(",") else { throw scanner.error("the type has no end: write >", at: scanner.position) }
            }
        }
        try scanner.skipSpace()
        guard scanner.take("->") else { throw scanner.error("a function type wants its result: write function<number>->string", at: scanner.position) }
        return .function(parameters, try typeName())
    }

    /// Words and dots (`imported.tType`).
    private mutating func takeTypeWords() throws(SyntaxError) -> String? {
        guard var name = try takeWords() else { return nil }
        while scanner.sees("."), !scanner.sees("..") {
            _ = scanner.take(".")
            guard let next = try takeWords() else { throw scanner.error("a name is missing after the dot", at: scanner.position) }
            name += "." + next
        }
        return name
    }

    private static let simpleTypes: [(KnownName, TypeName)] = [
        (KnownName("years and months duration"), .yearMonth), (KnownName("days and time duration"), .dayTime),
        (KnownName("date and time"), .dateTime), (KnownName("number"), .number), (KnownName("string"), .string),
        (KnownName("boolean"), .boolean), (KnownName("date"), .date), (KnownName("time"), .time), (KnownName("Any"), .any),
        (KnownName("Null"), .null),
    ]
}

extension Test {
    /// The nodes of which the test is made.
    var nodes: [Node] {
        switch self {
        case .any: []
        case .relation(_, let node), .value(let node), .condition(let node): [node]
        case .not(let tests): tests.flatMap { $0.nodes }
        }
    }
}

extension Builtin {
    /// Names that read like two names joined by `and`.
    var hidesOperator: Bool { self == .dateAndTime || self == .yearsAndMonthsDuration }
}
