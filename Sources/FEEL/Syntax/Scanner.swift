/// Why a text is no FEEL expression.
///
/// **Shape:** `offset` counts characters (Unicode scalars) from the start of the text; `reason` says what is wrong and what to write instead.
package struct SyntaxError: Error, Hashable, Sendable {
    package let offset: Int
    package let reason: String
}

/// The lexical level: scalars, spaces, comments, words, numbers and strings.
///
/// FEEL's names may hold spaces and operators, so what a name is depends on the names in scope; there is no token list, and the parser
/// asks the scanner for what may stand at its place.
struct Scanner {
    let scalars: [Unicode.Scalar]
    private(set) var position = 0

    init(_ text: String) throws(SyntaxError) {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars { scalars.append(scalar) }
        guard scalars.count <= Limits.textMax else {
            throw SyntaxError(offset: 0, reason: "the expression is longer than \(Limits.textMax) characters: split it")
        }
        self.scalars = scalars
    }

    var isAtEnd: Bool { position >= scalars.count }
    var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    func peek(_ ahead: Int) -> Unicode.Scalar? {
        position + ahead < scalars.count ? scalars[position + ahead] : nil
    }

    mutating func move(to place: Int) { position = place }

    func error(_ reason: String, at place: Int) -> SyntaxError {
        SyntaxError(offset: min(place, scalars.count), reason: reason)
    }

    // MARK: Spaces and comments

    mutating func skipSpace() throws(SyntaxError) {
        position = try afterSpace(position)
    }

    func afterSpace(_ from: Int) throws(SyntaxError) -> Int {
        var place = from
        while place < scalars.count {
            if Characters.isSpace(scalars[place]) {
                place += 1
            } else if scalars[place] == "/" && place + 1 < scalars.count && scalars[place + 1] == "/" {
                while place < scalars.count && scalars[place] != "\n" && scalars[place] != "\r" { place += 1 }
            } else if scalars[place] == "/" && place + 1 < scalars.count && scalars[place + 1] == "*" {
                let start = place
                place += 2
                while place + 1 < scalars.count && !(scalars[place] == "*" && scalars[place + 1] == "/") { place += 1 }
                guard place + 1 < scalars.count else { throw error("this comment has no end: write */", at: start) }
                place += 2
            } else {
                break
            }
        }
        return place
    }

    // MARK: Symbols and words

    /// Whether these symbols stand here.
    func sees(_ symbols: StaticString) -> Bool {
        symbols.withUTF8Buffer { bytes in
            guard position + bytes.count <= scalars.count else { return false }
            for index in 0..<bytes.count where scalars[position + index].value != UInt32(bytes[index]) { return false }
            return true
        }
    }

    mutating func take(_ symbols: StaticString) -> Bool {
        guard sees(symbols) else { return false }
        position += symbols.utf8CodeUnitCount
        return true
    }

    /// Whether this keyword stands here as a whole word.
    func seesWord(_ word: StaticString) -> Bool {
        guard sees(word) else { return false }
        let end = position + word.utf8CodeUnitCount
        return end >= scalars.count || !Characters.isNamePart(scalars[end])
    }

    mutating func takeWord(_ word: StaticString) -> Bool {
        guard seesWord(word) else { return false }
        position += word.utf8CodeUnitCount
        return true
    }

    /// The word that begins at a place, without moving.
    func word(at place: Int) -> String? {
        guard place < scalars.count, Characters.isNameStart(scalars[place]) else { return nil }
        return restOfWord(at: place)
    }

    func restOfWord(at place: Int) -> String? {
        var end = place
        var word = String.UnicodeScalarView()
        while end < scalars.count && Characters.isNamePart(scalars[end]) {
            word.append(scalars[end])
            end += 1
        }
        return end == place ? nil : String(word)
    }

    // MARK: Names

    /// Where a name known to the scope ends if it stands at this place; spaces between its parts may vary.
    func end(of name: KnownName, at place: Int) throws(SyntaxError) -> Int? {
        var at = place
        for (index, part) in name.parts.enumerated() {
            if index > 0 { at = try afterSpace(at) }
            for scalar in part.scalars {
                guard at < scalars.count, scalars[at] == scalar else { return nil }
                at += 1
            }
            if part.isWord && at < scalars.count && Characters.isNamePart(scalars[at]) { return nil }
        }
        return at
    }

    // MARK: Literals

    /// Digits with an optional fraction and exponent; `1..5` leaves the dots.
    mutating func takeNumber() -> String? {
        var place = position
        var text = String.UnicodeScalarView()
        func digits(_ place: inout Int, _ text: inout String.UnicodeScalarView) -> Int {
            let start = place
            while place < scalars.count && Characters.isDigit(scalars[place]) {
                text.append(scalars[place])
                place += 1
            }
            return place - start
        }
        let whole = digits(&place, &text)
        if whole == 0 { text.append("0") }
        if place + 1 < scalars.count && scalars[place] == "." && Characters.isDigit(scalars[place + 1]) {
            text.append(".")
            place += 1
            _ = digits(&place, &text)
        } else if whole == 0 {
            return nil
        }
        if place < scalars.count && (scalars[place] == "e" || scalars[place] == "E") {
            var after = place + 1
            var exponent = String.UnicodeScalarView()
            exponent.append("e")
            if after < scalars.count && (scalars[after] == "+" || scalars[after] == "-") {
                if scalars[after] == "-" { exponent.append("-") }
                after += 1
            }
            if digits(&after, &exponent) > 0 {
                text.append(contentsOf: exponent)
                place = after
            }
        }
        position = place
        return String(text)
    }

    /// A string in double quotes, its escapes resolved.
    mutating func takeString() throws(SyntaxError) -> String {
        let start = position
        position += 1
        var text = String.UnicodeScalarView()
        while true {
            guard let scalar = current else { throw error("this string has no end: write a closing quotation mark", at: start) }
            position += 1
            if scalar == "\"" { return String(text) }
            guard scalar == "\\" else {
                text.append(scalar)
                continue
            }
            guard let escape = current else { throw error("this string has no end: write a closing quotation mark", at: start) }
            let place = position - 1
            position += 1
            switch escape {
            case "n": text.append("\n")
            case "r": text.append("\r")
            case "t": text.append("\t")
            case "\"", "'", "\\": text.append(escape)
            case "u": text.append(try unicode(digits: 4, from: place))
            case "U": text.append(try unicode(digits: 6, from: place))
            default:
                // XPath patterns are written with single backslashes by most authors; keep what is no escape of FEEL.
                text.append("\\")
                text.append(escape)
            }
        }
    }

    private mutating func unicode(digits: Int, from place: Int) throws(SyntaxError) -> Unicode.Scalar {
        var value = try hexadecimal(digits, from: place)
        if digits == 4 && (0xD800...0xDBFF).contains(value) && current == "\\" && peek(1) == "u" {
            position += 2
            let low = try hexadecimal(4, from: place)
            guard (0xDC00...0xDFFF).contains(low) else {
                throw error("half of a surrogate pair: write the character itself or \\U and six digits", at: place)
            }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw error("no character has this number: write the character itself", at: place)
        }
        return scalar
    }

    private mutating func hexadecimal(_ digits: Int, from place: Int) throws(SyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<digits {
            guard let digit = current.flatMap(Characters.hexadecimal) else {
                throw error("\\u wants four hexadecimal digits and \\U six", at: place)
            }
            value = value << 4 | digit
            position += 1
        }
        return value
    }
}

/// A name cut into the words and symbols that it is made of.
struct KnownName: Sendable {
    struct Part: Sendable {
        let scalars: [Unicode.Scalar]
        let isWord: Bool
    }

    let text: String
    let parts: [Part]

    init(_ text: String) {
        self.text = text
        var parts: [Part] = []
        var word: [Unicode.Scalar] = []
        for scalar in text.unicodeScalars {
            if Characters.isNamePart(scalar) {
                word.append(scalar)
                continue
            }
            if !word.isEmpty { parts.append(Part(scalars: word, isWord: true)) }
            word = []
            if !Characters.isSpace(scalar) { parts.append(Part(scalars: [scalar], isWord: false)) }
        }
        if !word.isEmpty { parts.append(Part(scalars: word, isWord: true)) }
        self.parts = parts
    }
}

/// The character classes of FEEL's grammar (DMN 1.5, 10.3.1.2, rules 27-30 and 62).
enum Characters {
    static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x180E, 0x2000...0x200B, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF: true
        default: false
        }
    }

    static func isDigit(_ scalar: Unicode.Scalar) -> Bool { (0x30...0x39).contains(scalar.value) }

    static func hexadecimal(_ scalar: Unicode.Scalar) -> UInt32? {
        switch scalar.value {
        case 0x30...0x39: scalar.value - 0x30
        case 0x41...0x46: scalar.value - 0x37
        case 0x61...0x66: scalar.value - 0x57
        default: nil
        }
    }

    static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3F, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        case 0..<0xC0: false
        case 0xC0...0xD6, 0xD8...0xF6, 0xF8...0x2FF, 0x370...0x37D, 0x37F...0x1FFF: !isSpace(scalar)
        case 0x200C...0x200D, 0x2070...0x218F, 0x2C00...0x2FEF, 0x3001...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFFD: scalar.value != 0xFEFF
        case 0x10000...0xEFFFF: true
        default: false
        }
    }

    static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        if isNameStart(scalar) || isDigit(scalar) { return true }
        switch scalar.value {
        case 0xB7, 0x300...0x36F, 0x203F...0x2040: return true
        default: return false
        }
    }
}
