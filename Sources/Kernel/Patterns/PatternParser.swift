/// Reads the text of a pattern into a tree.
///
/// **Standard**: ECMA-262 22.2.1 with the flag `u` (JSON Schema 2020-12 core 6.4); XML Schema part 2 appendix F with the
/// additions of XPath functions 3.1 section 5.6.1.
struct PatternParser {
    private let scalars: [UInt32]
    private let dialect: Pattern.Dialect
    private let options: Pattern.Options
    private var place = 0
    private var depth = 0
    private var groupCount = 0
    private var closedGroups: Set<Int> = []
    private var names: [String: Int] = [:]
    private var references: [(number: Int, offset: Int)] = []
    private var namedReferences: [(name: String, offset: Int)] = []

    struct Result {
        var tree: PatternTree
        var groupCount: Int
        var names: [String: Int]
        var hasBackreferences: Bool
    }

    static func parse(
        _ text: String, dialect: Pattern.Dialect, options: Pattern.Options
    ) throws(PatternError) -> Result {
        let scalars = text.unicodeScalars.map { $0.value }
        guard scalars.count <= Pattern.lengthLimit else {
            throw PatternError(offset: Pattern.lengthLimit, reason: "the pattern is longer than \(Pattern.lengthLimit) characters")
        }
        if options.contains(.literal) {
            return Result(
                tree: .sequence(scalars.map { scalarTree($0, options) }), groupCount: 0, names: [:], hasBackreferences: false)
        }
        var parser = PatternParser(scalars: scalars, dialect: dialect, options: options)
        parser.names = try parser.groupNames()
        let tree = try parser.alternatives()
        guard parser.place == scalars.count else { throw parser.error("')' has no '(' before it; write '\\)' for the character") }
        for reference in parser.references where reference.number > parser.groupCount {
            throw PatternError(offset: reference.offset, reason: "there is no group \(reference.number)")
        }
        return Result(
            tree: tree, groupCount: parser.groupCount, names: parser.names,
            hasBackreferences: !parser.references.isEmpty)
    }

    private init(scalars: [UInt32], dialect: Pattern.Dialect, options: Pattern.Options) {
        self.scalars = scalars
        self.dialect = dialect
        self.options = options
    }

    // MARK: Reading

    private var isECMAScript: Bool { dialect == .ecmaScript }

    private func error(_ reason: String, at offset: Int? = nil) -> PatternError {
        PatternError(offset: offset ?? place, reason: reason)
    }

    private func peek(_ ahead: Int = 0) -> Unicode.Scalar? {
        place + ahead < scalars.count ? Unicode.Scalar(scalars[place + ahead]) : nil
    }

    private mutating func take(_ expected: Unicode.Scalar) -> Bool {
        guard peek() == expected else { return false }
        place += 1
        return true
    }

    private func follows(_ text: StaticString) -> Bool {
        var index = 0
        return text.withUTF8Buffer { bytes in
            for byte in bytes {
                guard place + index < scalars.count, scalars[place + index] == UInt32(byte) else { return false }
                index += 1
            }
            return true
        }
    }

    private mutating func skipSpace() {
        guard options.contains(.freeSpacing) else { return }
        while let scalar = peek(), scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" { place += 1 }
    }

    /// Names of groups may be referred to before they are declared, so they are found first.
    private func groupNames() throws(PatternError) -> [String: Int] {
        guard isECMAScript else { return [:] }
        var names: [String: Int] = [:]
        var number = 0
        var isInClass = false
        var scout = self
        while let scalar = scout.peek() {
            switch scalar {
            case "\\": scout.place += 1
            case "[": isInClass = true
            case "]": isInClass = false
            case "(" where !isInClass:
                if scout.peek(1) != "?" {
                    number += 1
                } else if scout.peek(2) == "<", scout.peek(3) != "=", scout.peek(3) != "!" {
                    number += 1
                    scout.place += 3
                    let start = scout.place
                    let name = try scout.groupName()
                    guard names.updateValue(number, forKey: name) == nil else {
                        throw error("two groups are named '\(name)'", at: start)
                    }
                    continue
                }
            default: break
            }
            scout.place += 1
        }
        return names
    }

    /// Reads `name>`.
    private mutating func groupName() throws(PatternError) -> String {
        var name = ""
        let start = place
        while let scalar = peek(), scalar != ">" {
            let properties = scalar.properties
            let fits = name.isEmpty
                ? properties.isIDStart || scalar == "$" || scalar == "_"
                : properties.isIDContinue || scalar == "$" || scalar == "\u{200C}" || scalar == "\u{200D}"
            guard fits else { throw error("a group's name is made of letters, digits, '$' and '_'") }
            name.unicodeScalars.append(scalar)
            place += 1
        }
        guard take(">"), !name.isEmpty else { throw error("the group's name is not closed by '>'", at: start) }
        return name
    }

    // MARK: Grammar

    private mutating func alternatives() throws(PatternError) -> PatternTree {
        var parts = [try sequence()]
        while take("|") { parts.append(try sequence()) }
        return parts.count == 1 ? parts[0] : .alternatives(parts)
    }

    private mutating func sequence() throws(PatternError) -> PatternTree {
        var parts: [PatternTree] = []
        skipSpace()
        while let scalar = peek(), scalar != "|", scalar != ")" {
            parts.append(try term(scalar))
            skipSpace()
        }
        switch parts.count {
        case 0: return .empty
        case 1: return parts[0]
        default: return .sequence(parts)
        }
    }

    private mutating func term(_ scalar: Unicode.Scalar) throws(PatternError) -> PatternTree {
        let start = place
        var isQuantifiable = true
        let tree: PatternTree
        switch scalar {
        case "^":
            place += 1
            tree = .assertion(options.contains(.multiline) ? .lineStart : .textStart)
            isQuantifiable = false
        case "$":
            place += 1
            tree = .assertion(options.contains(.multiline) ? .lineEnd : .textEnd)
            isQuantifiable = false
        case "(":
            (tree, isQuantifiable) = try group()
        case ".":
            place += 1
            tree = .set(dot)
        case "[":
            place += 1
            tree = .set(try characterClass())
        case "\\":
            place += 1
            (tree, isQuantifiable) = try escape()
        case "*", "+", "?":
            throw error("'\(scalar)' has nothing before it to repeat; write '\\\(scalar)' for the character")
        case "{", "}", "]":
            throw error("write '\\\(scalar)' for the character '\(scalar)'")
        default:
            place += 1
            tree = Self.scalarTree(scalar.value, options)
        }
        return try quantified(tree, isQuantifiable: isQuantifiable, start: start)
    }

    private static func scalarTree(_ scalar: UInt32, _ options: Pattern.Options) -> PatternTree {
        guard options.contains(.ignoreCase), !ScalarCase.variants(of: scalar).isEmpty else { return .scalar(scalar) }
        var set = ScalarSet()
        set.insert(scalar)
        set.foldCase()
        return .set(set)
    }

    private mutating func quantified(
        _ tree: PatternTree, isQuantifiable: Bool, start: Int
    ) throws(PatternError) -> PatternTree {
        skipSpace()
        let quantifier = place
        let least: Int
        let most: Int?
        switch peek() {
        case "*": (least, most) = (0, nil)
        case "+": (least, most) = (1, nil)
        case "?": (least, most) = (0, 1)
        case "{":
            place += 1
            (least, most) = try bounds()
            place -= 1
        default: return tree
        }
        guard isQuantifiable else { throw error("this cannot be repeated", at: start) }
        place += 1
        let isGreedy = !take("?")
        skipSpace()
        if let next = peek(), next == "*" || next == "+" || next == "?" || next == "{" {
            throw error("two repetitions follow each other", at: place)
        }
        if let most, most < least { throw error("the numbers are in the wrong order", at: quantifier) }
        return .repeated(tree, least: least, most: most, isGreedy: isGreedy)
    }

    /// Reads `n}`, `n,}` or `n,m}`.
    private mutating func bounds() throws(PatternError) -> (Int, Int?) {
        let start = place - 1
        guard let least = number() else {
            throw error("'{' begins a repetition such as '{2,5}'; write '\\{' for the character", at: start)
        }
        var most: Int? = least
        if take(",") { most = number() }
        guard take("}") else { throw error("the repetition is not closed by '}'", at: start) }
        return (least, most)
    }

    /// Decimal digits; a number beyond the limit counts as the limit, for no text is that long.
    private mutating func number() -> Int? {
        var value: Int?
        while let scalar = peek(), ("0"..."9").contains(scalar) {
            value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), Pattern.repeatLimit)
            place += 1
        }
        return value
    }

    private mutating func group() throws(PatternError) -> (PatternTree, Bool) {
        let start = place
        place += 1
        depth += 1
        guard depth <= Pattern.depthLimit else { throw error("groups are nested deeper than \(Pattern.depthLimit)") }
        defer { depth -= 1 }

        enum Kind { case captured(Int), plain, look(isAhead: Bool, isNegated: Bool) }
        let kind: Kind
        if peek() != "?" {
            kind = .captured(try newGroup())
        } else if follows("?:") {
            place += 2
            kind = .plain
        } else if isECMAScript, follows("?=") || follows("?!") {
            kind = .look(isAhead: true, isNegated: peek(1) == "!")
            place += 2
        } else if isECMAScript, follows("?<=") || follows("?<!") {
            kind = .look(isAhead: false, isNegated: peek(2) == "!")
            place += 3
        } else if isECMAScript, follows("?<") {
            place += 2
            _ = try groupName()
            kind = .captured(try newGroup())
        } else {
            throw error("'(?' is not followed by a kind of group that is known here")
        }
        let body = try alternatives()
        guard take(")") else { throw error("'(' is not closed", at: start) }
        switch kind {
        case .captured(let number):
            closedGroups.insert(number)
            return (.group(number, body), true)
        case .plain: return (body, true)
        case .look(let isAhead, let isNegated): return (.look(body, isAhead: isAhead, isNegated: isNegated), false)
        }
    }

    private mutating func newGroup() throws(PatternError) -> Int {
        groupCount += 1
        guard groupCount <= Pattern.groupLimit else { throw error("there are more than \(Pattern.groupLimit) groups") }
        return groupCount
    }

    // MARK: Escapes

    private mutating func escape() throws(PatternError) -> (PatternTree, Bool) {
        guard let scalar = peek() else { throw error("the pattern ends in '\\'", at: place - 1) }
        if isECMAScript, scalar == "b" || scalar == "B" {
            place += 1
            return (.assertion(scalar == "b" ? .wordBoundary : .notWordBoundary), false)
        }
        if ("1"..."9").contains(scalar) { return (try numberedReference(), true) }
        if isECMAScript, scalar == "k" {
            let start = place - 1
            place += 1
            guard take("<") else { throw error("'\\k' is followed by a group's name in '<' and '>'", at: start) }
            let name = try groupName()
            guard let number = names[name] else { throw error("there is no group named '\(name)'", at: start) }
            references.append((number, start))
            return (.backreference(number), true)
        }
        if let set = try classEscape() { return (.set(set), true) }
        return (Self.scalarTree(try scalarEscape(isInClass: false), options), true)
    }

    private mutating func numberedReference() throws(PatternError) -> PatternTree {
        let start = place - 1
        var value = 0
        while let digit = peek(), ("0"..."9").contains(digit) {
            let longer = value * 10 + Int(digit.value - 0x30)
            // XPath takes as many digits as name a group; ECMA-262 takes them all.
            if !isECMAScript, value > 0, longer > groupCount { break }
            value = min(longer, Pattern.groupLimit + 1)
            place += 1
        }
        if !isECMAScript, !closedGroups.contains(value) {
            throw error("'\\\(value)' stands before the end of group \(value)", at: start)
        }
        references.append((value, start))
        return .backreference(value)
    }

    /// `\d`, `\w`, `\s`, `\i`, `\c`, `\p{…}` and their opposites; nil if another escape follows.
    private mutating func classEscape() throws(PatternError) -> ScalarSet? {
        guard let scalar = peek() else { return nil }
        var set: ScalarSet
        switch scalar {
        case "d", "D":
            place += 1
            set = isECMAScript ? ScalarSet([(0x30, 0x39)]) : categorySet(GeneralCategories.decimalNumbers)
        case "s", "S":
            place += 1
            set = isECMAScript ? Self.ecmaScriptSpace : ScalarSet([(0x09, 0x0A), (0x0D, 0x0D), (0x20, 0x20)])
        case "w", "W":
            place += 1
            set = isECMAScript
                ? ScalarSet([(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)])
                : categorySet(
                    GeneralCategories.all
                        & ~(GeneralCategories.punctuation | GeneralCategories.separators | GeneralCategories.others))
        case "i" where !isECMAScript, "I" where !isECMAScript:
            place += 1
            set = ScalarSet(Self.nameStart)
        case "c" where !isECMAScript, "C" where !isECMAScript:
            place += 1
            set = ScalarSet(Self.nameStart + Self.nameRest)
        case "p", "P":
            place += 1
            set = try property()
        default:
            return nil
        }
        // XPath leaves escapes as they are: `\p{Lu}` stays upper case.
        if options.contains(.ignoreCase), isECMAScript { set.foldCase() }
        if scalar.properties.isUppercase { set.invert() }
        return set
    }

    private func categorySet(_ mask: UInt32) -> ScalarSet {
        var set = ScalarSet()
        set.insert(categories: mask)
        return set
    }

    /// Reads `{name}` or `{name=value}` after `\p`.
    private mutating func property() throws(PatternError) -> ScalarSet {
        let start = place - 2
        guard take("{") else { throw error("'\\p' is followed by a property in '{' and '}'", at: start) }
        var name = ""
        var value: String?
        while let scalar = peek(), scalar != "}" {
            if scalar == "=", value == nil {
                value = ""
            } else if value != nil {
                value?.unicodeScalars.append(scalar)
            } else {
                name.unicodeScalars.append(scalar)
            }
            place += 1
        }
        guard take("}") else { throw error("'\\p{' is not closed by '}'", at: start) }
        var set = ScalarSet()
        switch (name, value) {
        case ("Script", .some(let script)) where isECMAScript, ("sc", .some(let script)) where isECMAScript,
            ("Script_Extensions", .some(let script)) where isECMAScript, ("scx", .some(let script)) where isECMAScript:
            if let ranges = ScalarRanges.script(script) { return ScalarSet(ranges) }
        case ("General_Category", .some(let category)) where isECMAScript, ("gc", .some(let category)) where isECMAScript:
            if let mask = GeneralCategories.mask(named: category) { return categorySet(mask) }
        case (_, nil):
            if let mask = GeneralCategories.mask(named: name) { return categorySet(mask) }
            if isECMAScript {
                switch name {
                case "Any": return ScalarSet([(0, 0x10FFFF)])
                case "ASCII": return ScalarSet([(0, 0x7F)])
                case "ASCII_Hex_Digit", "AHex": return ScalarSet([(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)])
                case "Assigned": return categorySet(GeneralCategories.all & ~(1 << 29))
                default: break
                }
                if let known = ScalarProperty(named: name) {
                    set.insert(known, isNegated: false)
                    return set
                }
            } else if name.utf8.starts(with: "Is".utf8) {
                var block = ""
                block.unicodeScalars.append(contentsOf: name.unicodeScalars.dropFirst(2))
                if let ranges = ScalarRanges.block(block) { return ScalarSet(ranges) }
            }
        default: break
        }
        throw error("the property '\(name)\(value == nil ? "" : "=")\(value ?? "")' is not known here", at: start)
    }

    private mutating func scalarEscape(isInClass: Bool) throws(PatternError) -> UInt32 {
        guard let scalar = peek() else { throw error("the pattern ends in '\\'", at: place - 1) }
        let start = place - 1
        place += 1
        switch scalar {
        case "t": return 0x09
        case "n": return 0x0A
        case "r": return 0x0D
        case "^", "$", "\\", ".", "*", "+", "?", "(", ")", "[", "]", "{", "}", "|": return scalar.value
        case "-" where isInClass || !isECMAScript: return scalar.value
        default: break
        }
        guard isECMAScript else {
            throw error("'\\\(scalar)' means nothing; write '\(scalar)' for the character", at: start)
        }
        switch scalar {
        case "/": return scalar.value
        case "v": return 0x0B
        case "f": return 0x0C
        case "b" where isInClass: return 0x08
        case "0":
            if let next = peek(), ("0"..."9").contains(next) { throw error("octal escapes are not allowed", at: start) }
            return 0
        case "c":
            guard let letter = peek(), ("a"..."z").contains(letter) || ("A"..."Z").contains(letter) else {
                throw error("'\\c' is followed by a letter", at: start)
            }
            place += 1
            return letter.value % 32
        case "x":
            guard let value = hexadecimal(digits: 2) else { throw error("'\\x' is followed by two hexadecimal digits", at: start) }
            return value
        case "u":
            return try unicodeEscape(start)
        default:
            throw error("'\\\(scalar)' means nothing; write '\(scalar)' for the character", at: start)
        }
    }

    private mutating func unicodeEscape(_ start: Int) throws(PatternError) -> UInt32 {
        if take("{") {
            var value: UInt32 = 0
            var count = 0
            while let digit = peek(), let digitValue = hexadecimalValue(digit) {
                value = min(value * 16 + digitValue, 0x110000)
                count += 1
                place += 1
            }
            guard count > 0, value <= 0x10FFFF, take("}") else { throw error("'\\u{' is followed by a code point and '}'", at: start) }
            return value
        }
        guard let high = hexadecimal(digits: 4) else { throw error("'\\u' is followed by four hexadecimal digits", at: start) }
        // A pair of surrogates is one character.
        if (0xD800...0xDBFF).contains(high), follows("\\u") {
            let mark = place
            place += 2
            if let low = hexadecimal(digits: 4), (0xDC00...0xDFFF).contains(low) {
                return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
            }
            place = mark
        }
        return high
    }

    private func hexadecimalValue(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar {
        case "0"..."9": scalar.value - 0x30
        case "a"..."f": scalar.value - 0x57
        case "A"..."F": scalar.value - 0x37
        default: nil
        }
    }

    private mutating func hexadecimal(digits: Int) -> UInt32? {
        var value: UInt32 = 0
        for ahead in 0..<digits {
            guard let scalar = peek(ahead), let digit = hexadecimalValue(scalar) else { return nil }
            value = value * 16 + digit
        }
        place += digits
        return value
    }

    // MARK: Classes

    private enum ClassAtom {
        case scalar(UInt32)
        case set(ScalarSet)
    }

    /// Reads a class behind its `[`.
    private mutating func characterClass() throws(PatternError) -> ScalarSet {
        let start = place - 1
        depth += 1
        guard depth <= Pattern.depthLimit else { throw error("classes are nested deeper than \(Pattern.depthLimit)") }
        defer { depth -= 1 }
        var set = ScalarSet()
        // Inverted escapes such as `\W` have their case folded already; XPath folds none.
        var untouched: [ScalarSet] = []
        var subtracted: ScalarSet?
        let isNegated = take("^")
        var isFirst = true
        while true {
            guard let scalar = peek() else { throw error("'[' is not closed", at: start) }
            if scalar == "]", isECMAScript || !isFirst {
                place += 1
                break
            }
            if !isECMAScript, scalar == "-", peek(1) == "[" {
                place += 2
                subtracted = try characterClass()
                guard take("]") else { throw error("a subtracted class ends its class", at: place) }
                break
            }
            if options.contains(.freeSpacing), scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" {
                place += 1
                continue
            }
            isFirst = false
            let atomStart = place
            let atom = try classAtom(scalar)
            let isRange = peek() == "-" && peek(1) != "]" && peek(1) != nil && (isECMAScript || peek(1) != "[")
            guard isRange else {
                switch atom {
                case .scalar(let value): set.insert(value)
                case .set(let members): if members.isInverted || !isECMAScript { untouched.append(members) } else { set.insert(members) }
                }
                continue
            }
            place += 1
            guard let endScalar = peek() else { throw error("'[' is not closed", at: start) }
            let end = try classAtom(endScalar)
            guard case .scalar(let first) = atom, case .scalar(let last) = end else {
                throw error("a class of characters cannot bound a range; write '\\-' for the character", at: atomStart)
            }
            guard first <= last else { throw error("the range is in the wrong order", at: atomStart) }
            set.insert(first, last)
        }
        set.seal()
        if options.contains(.ignoreCase) { set.foldCase() }
        for members in untouched { set.include(members) }
        if isNegated { set.invert() }
        if let subtracted { set.subtract(subtracted) }
        return set
    }

    private mutating func classAtom(_ scalar: Unicode.Scalar) throws(PatternError) -> ClassAtom {
        place += 1
        guard scalar == "\\" else {
            if !isECMAScript, scalar == "[" || scalar == "]" {
                throw error("write '\\\(scalar)' for the character '\(scalar)' in a class", at: place - 1)
            }
            return .scalar(scalar.value)
        }
        if let set = try classEscape() { return .set(set) }
        return .scalar(try scalarEscape(isInClass: true))
    }

    private var dot: ScalarSet {
        if options.contains(.dotMatchesAll) { return ScalarSet([(0, 0x10FFFF)]) }
        var set = isECMAScript
            ? ScalarSet([(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)]) : ScalarSet([(0x0A, 0x0A), (0x0D, 0x0D)])
        set.invert()
        return set
    }

    private static let ecmaScriptSpace = ScalarSet([
        (0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F),
        (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF),
    ])

    /// XML 1.0 fifth edition, `NameStartChar`.
    private static let nameStart: [(UInt32, UInt32)] = [
        (0x3A, 0x3A), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A), (0xC0, 0xD6), (0xD8, 0xF6), (0xF8, 0x2FF), (0x370, 0x37D),
        (0x37F, 0x1FFF), (0x200C, 0x200D), (0x2070, 0x218F), (0x2C00, 0x2FEF), (0x3001, 0xD7FF), (0xF900, 0xFDCF),
        (0xFDF0, 0xFFFD), (0x10000, 0xEFFFF),
    ]

    /// XML 1.0 fifth edition, `NameChar` beyond `NameStartChar`.
    private static let nameRest: [(UInt32, UInt32)] = [
        (0x2D, 0x2E), (0x30, 0x39), (0xB7, 0xB7), (0x300, 0x36F), (0x203F, 0x2040),
    ]
}
