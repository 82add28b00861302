internal import Kernel

/// Reads expressions and unary tests by recursive descent, and binds every name while it reads.
///
/// **Standard:** DMN 1.5, 10.3.1.2. Precedence from loose to tight: `or`, `and`, comparisons with `between` and `in`, `+ -`, `* /`, `**`,
/// negation, `instance of`, then paths, filters and calls.
struct Parser {
    enum Frame {
        case local(KnownName, slot: Int)
        /// Inside a filter, names may be members of the item that is in this slot.
        case filter(slot: Int)
    }

    var scanner: Scanner
    /// What is read, for functions that may be called from elsewhere.
    let text: String
    let known: [KnownName]
    let members: [KnownName]
    /// Names of defined types and their keys.
    let types: [(name: KnownName, key: String)]
    var unknownTypes: [String: Int] = [:]
    var external: Int?
    var frames: [Frame] = []
    var slots = 0
    var nesting = 0
    /// Levels entered so far, those that were read again in another way among them.
    private var entered = 0
    var filtersAllowed = true
    var questionMarks = 0

    /// The names that the scope must answer, in the words of the scope where it knows them.
    var free: Set<String> { Set(places.keys) }
    /// Where each free name is used first.
    var places: [String: Int] = [:]
    /// Members asked of free names, in the order of the text.
    var paths: [Expression.Path] = []

    init(_ text: String, names: Set<String>, members: Set<String>, types: [String: String] = [:]) throws(SyntaxError) {
        scanner = try Scanner(text)
        self.text = text
        self.types = types.map { (KnownName($0.key), $0.value) }
        known = names.map { KnownName($0) }
        self.members = members.map { KnownName($0) } + Parser.propertyNames
    }

    /// Properties whose names hold spaces; a path reads them without knowing the value's kind.
    static let propertyNames = [
        KnownName("time offset"), KnownName("start included"), KnownName("end included"),
    ]

    // MARK: Entry points

    mutating func wholeExpression() throws(SyntaxError) -> Node {
        let node = try expression()
        try expectEnd()
        return node
    }

    /// What a boxed iteration goes over: a list, a range, or two bounds without brackets (`1..9`).
    mutating func wholeDomain() throws(SyntaxError) -> Node {
        let start = scanner.position
        let node = try expression()
        try scanner.skipSpace()
        guard scanner.take("..") else {
            try expectEnd()
            return node
        }
        let end = try expression()
        try expectEnd()
        // The steps between the bounds, as a list: for x in a..b return x
        let element = Node(.local(slot: slots + 1), at: start)
        return try make(.iteration(Node.Iteration(.each, [Node.Iterator(source: node, end: end)], element)), at: start, over: [node, end])
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
    mutating func bind(_ bindings: [Binding]) {
        for binding in bindings {
            // The frame outside: an item's own member called "item" comes before the item.
            if binding.isItem { frames.append(.local(KnownName(binding.name), slot: slots)) }
            frames.append(binding.isItem ? .filter(slot: slots) : .local(KnownName(binding.name), slot: slots))
            slots += 1
        }
    }

    mutating func expectEnd() throws(SyntaxError) {
        try scanner.skipSpace()
        guard scanner.isAtEnd else { throw unexpected() }
    }

    func unexpected() -> SyntaxError {
        guard let scalar = scanner.current else {
            return scanner.error("the expression ends too early: a value is missing", at: scanner.position)
        }
        if let word = scanner.word(at: scanner.position) {
            return scanner.error("‘\(word)’ does not fit here: an operator such as and, or, =, + is missing before it", at: scanner.position)
        }
        return scanner.error("‘\(String(Character(scalar)))’ does not fit here", at: scanner.position)
    }

    // MARK: Bindings

    mutating func bind(_ name: String) {
        frames.append(.local(KnownName(name), slot: slots))
        slots += 1
    }

    mutating func unbind(to count: Int) {
        while frames.count > count {
            frames.removeLast()
            slots -= 1
        }
    }

    /// One level deeper; the reader's own stack is bounded by this.
    mutating func enter() throws(SyntaxError) {
        nesting += 1
        entered += 1
        guard entered <= Limits.readingsMin + Limits.readingsPerScalarMax * scanner.scalars.count else {
            throw scanner.error("too many ways to read this: split the expression", at: scanner.position)
        }
        guard nesting <= Limits.nestingMax else {
            throw scanner.error("more than \(Limits.nestingMax) levels inside one another: split the expression", at: scanner.position)
        }
    }

    mutating func leave() { nesting -= 1 }

    func make(_ kind: Node.Kind, at start: Int, over children: [Node] = []) throws(SyntaxError) -> Node {
        let node = Node(kind, at: start, over: children)
        guard node.depth <= Limits.treeDepthMax else {
            throw scanner.error("more than \(Limits.treeDepthMax) operations build on one another: split the expression", at: start)
        }
        return node
    }

    /// A node whose parts are all constants is settled now, unless settling it meets a problem: that belongs to the evaluation.
    func settled(_ node: Node, _ parts: [Node]) -> Node {
        for part in parts {
            guard case .literal = part.kind else { return node }
        }
        var evaluator = Evaluator(Scope())
        let value = evaluator.evaluate(node)
        return evaluator.problems.isEmpty ? Node(.literal(value), at: node.start) : node
    }

    // MARK: Tests

    mutating func testList() throws(SyntaxError) -> [Test] {
        var tests = [try test()]
        try scanner.skipSpace()
        while scanner.take(",") {
            tests.append(try test())
            try scanner.skipSpace()
        }
        return tests
    }

    mutating func test() throws(SyntaxError) -> Test {
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
    mutating func negatedTests() throws(SyntaxError) -> Test? {
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

    mutating func relation() throws(SyntaxError) -> Relation? {
        if scanner.take("<=") { return .lessOrEqual }
        if scanner.take(">=") { return .greaterOrEqual }
        if scanner.take("!=") { return .notEqual }
        if scanner.take("<") { return .less }
        if scanner.take(">") { return .greater }
        if scanner.sees("==") { throw scanner.error("‘==’ is no operator of FEEL: write =", at: scanner.position) }
        if scanner.take("=") { return .equal }
        return nil
    }
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
