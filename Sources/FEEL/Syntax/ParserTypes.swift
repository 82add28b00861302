internal import Kernel

/// Types after `instance of` and of parameters.
extension Parser {
    mutating func typeName() throws(SyntaxError) -> TypeName {
        try enter()
        defer { leave() }
        try scanner.skipSpace()
        let start = scanner.position
        if let defined = try definedType(at: start) { return defined }
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
            if !["list", "range", "context", "function"].contains(word), unknownTypes[word] == nil { unknownTypes[word] = start }
            return .named(word)
        }
        switch word {
        case "list": return .list(try lastParameterType())
        case "range": return .range(try lastParameterType())
        case "context": return .context(try memberTypes())
        default: return try functionType()
        }
    }

    /// The longest name of a defined type that stands here.
    mutating func definedType(at start: Int) throws(SyntaxError) -> TypeName? {
        var best: (end: Int, key: String)?
        for (name, key) in types {
            if let end = try scanner.end(of: name, at: start), end > best?.end ?? start { best = (end, key) }
        }
        guard let best else { return nil }
        scanner.move(to: best.end)
        return .named(best.key)
    }

    mutating func lastParameterType() throws(SyntaxError) -> TypeName {
        let type = try typeName()
        try scanner.skipSpace()
        guard scanner.take(">") else { throw scanner.error("the type has no end: write >", at: scanner.position) }
        return type
    }

    mutating func memberTypes() throws(SyntaxError) -> [TypeName.Member] {
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

    mutating func functionType() throws(SyntaxError) -> TypeName {
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
    mutating func takeTypeWords() throws(SyntaxError) -> String? {
        guard var name = try takeWords() else { return nil }
        while scanner.sees("."), !scanner.sees("..") {
            _ = scanner.take(".")
            guard let next = try takeWords() else { throw scanner.error("a name is missing after the dot", at: scanner.position) }
            name += "." + next
        }
        return name
    }

    static let simpleTypes: [(KnownName, TypeName)] = [
        (KnownName("years and months duration"), .yearMonth), (KnownName("days and time duration"), .dayTime),
        (KnownName("date and time"), .dateTime), (KnownName("number"), .number), (KnownName("string"), .string),
        (KnownName("boolean"), .boolean), (KnownName("date"), .date), (KnownName("time"), .time), (KnownName("Any"), .any),
        (KnownName("Null"), .null),
    ]
}
