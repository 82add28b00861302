internal import Kernel

/// What a word means: a keyword, a name of the scope, a member of a filter's item, a built-in function.
extension Parser {
    /// Words that end a name which the scope does not know.
    static let keywords: Set<String> = [
        "and", "or", "in", "between", "instance", "then", "else", "return", "satisfies", "external",
    ]

    mutating func wordExpression() throws(SyntaxError) -> Node {
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

    mutating func keywordExpression(_ word: String) throws(SyntaxError) -> Node? {
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

    struct FoundName {
        var end: Int
        var text: String
        var slot: Int?
        /// Filter items that may have a member of this name, innermost first.
        var filters: [Int]
        var isBuiltin: Bool
        var isMember: Bool
    }

    /// The longest name in scope that stands here; the innermost of equally long ones.
    func longestName(at start: Int) throws(SyntaxError) -> FoundName? {
        var best: FoundName?
        var filters: [Int] = []
        for frame in frames.reversed() {
            switch frame {
            case .filter(let slot):
                filters.append(slot)
            case .local(let name, let slot):
                if let end = try scanner.end(of: name, at: start), end > best?.end ?? start {
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

    func isCall(after end: Int) throws(SyntaxError) -> Bool {
        let place = try scanner.afterSpace(end)
        return place < scanner.scalars.count && scanner.scalars[place] == "("
    }

    mutating func reference(_ name: FoundName, at start: Int) throws(SyntaxError) -> Node {
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

    mutating func use(_ name: String, at place: Int) {
        if places[name] == nil { places[name] = place }
    }

    mutating func freeReference(_ words: String, at start: Int) throws(SyntaxError) -> Node {
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
    mutating func takeWords(stoppingAtKeywords: Bool = true) throws(SyntaxError) -> String? {
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
}
