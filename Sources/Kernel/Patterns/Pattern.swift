/// A regular expression, compiled once, whose search always ends.
///
/// **Shape**: the text is at most `lengthLimit` characters, its program at most `programLimit` instructions; a search
/// takes at most `stepLimit` steps. Up to that limit a search whose pattern has no back-references visits each pair
/// of instruction and position once, however the pattern is written.
/// **Standard**: ECMA-262 22.2 with the flag `u` (JSON Schema 2020-12 core 6.4) and XPath functions 3.1 section 5.6.1.
public struct Pattern: Hashable, Sendable {
    /// The longest pattern, in Unicode scalars.
    public static let lengthLimit = 10_000
    /// The most instructions of a program.
    public static let programLimit = 20_000
    /// The deepest nesting of groups and classes.
    public static let depthLimit = 100
    /// The most capturing groups.
    public static let groupLimit = 1_000
    /// The highest number in a repetition; what is above counts as it.
    public static let repeatLimit = 1_000_000_000
    /// The most steps of a search; one is an instruction or a scalar looked at, a few nanoseconds.
    public static let stepLimit = 2_000_000

    public enum Dialect: Hashable, Sendable {
        /// ECMA-262 in its Unicode mode, as JSON Schema asks.
        case ecmaScript
        /// XML Schema's expressions with the anchors, lazy repetitions and back-references of XPath, as FEEL asks.
        case xpath
    }

    /// The flags of XPath's `matches`; JSON Schema uses none.
    public struct Options: OptionSet, Hashable, Sendable {
        public let rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }
        /// `i`
        public static let ignoreCase = Options(rawValue: 1)
        /// `s`
        public static let dotMatchesAll = Options(rawValue: 2)
        /// `m`
        public static let multiline = Options(rawValue: 4)
        /// `x`
        public static let freeSpacing = Options(rawValue: 8)
        /// `q`
        public static let literal = Options(rawValue: 16)

        /// Reads XPath's letters; nil if one is unknown.
        public init?(letters: String) {
            self.init(rawValue: 0)
            for letter in letters.unicodeScalars {
                switch letter {
                case "i": insert(.ignoreCase)
                case "s": insert(.dotMatchesAll)
                case "m": insert(.multiline)
                case "x": insert(.freeSpacing)
                case "q": insert(.literal)
                default: return nil
                }
            }
        }
    }

    /// What a search found.
    public enum Answer: Hashable, Sendable {
        case found
        case absent
        /// The search reached its step limit. Callers refuse the text: no answer is not a match.
        case undecided
    }

    /// A place in the text where the pattern matched.
    ///
    /// **Shape**: offsets in UTF-8 bytes; `groups[0]` is the whole match, a group that took no part is nil.
    public struct Match: Hashable, Sendable {
        public let groups: [Range<Int>?]
        public var range: Range<Int> { groups[0] ?? 0..<0 }
    }

    public let text: String
    public let dialect: Dialect
    public let options: Options
    let program: PatternProgram

    /// **Throws**: the place in the pattern and what is wrong with it, for every text that is no pattern of the dialect
    /// or that exceeds a limit.
    public init(_ text: String, dialect: Dialect = .ecmaScript, options: Options = []) throws(PatternError) {
        self.text = text
        self.dialect = dialect
        self.options = options
        let parsed = try PatternParser.parse(text, dialect: dialect, options: options)
        program = try PatternCompiler.compile(parsed, dialect: dialect, options: options)
    }

    /// The number of capturing groups.
    public var groupCount: Int { program.groupCount }

    /// The numbers of the named groups (ECMAScript only).
    public var groupNames: [String: Int] { program.groupNames }

    /// Whether the pattern matches anywhere in the text.
    public func search(_ text: String) -> Answer {
        var steps = Self.stepLimit
        return search(text, steps: &steps)
    }

    /// Whether the pattern matches anywhere in the text, taking its steps from a budget that several searches share.
    public func search(_ text: String, steps: inout Int) -> Answer {
        var machine = PatternMachine(program, steps: min(steps, Self.stepLimit), tracksGroups: false)
        let budget = machine.steps
        let end = machine.search(text.utf8.span, from: 0)
        steps -= budget - max(machine.steps, 0)
        if end >= 0 { return .found }
        return machine.steps > 0 ? .absent : .undecided
    }

    /// The first match at or behind an offset of UTF-8 bytes, nil if there is none.
    ///
    /// **Throws**: when the search reached its step limit.
    public func firstMatch(in text: String, from offset: Int = 0) throws(PatternLimitReached) -> Match? {
        var machine = PatternMachine(program, steps: Self.stepLimit, tracksGroups: true)
        let end = machine.search(text.utf8.span, from: offset)
        guard end >= 0 else {
            if machine.steps <= 0 { throw PatternLimitReached() }
            return nil
        }
        return Match(groups: machine.groups)
    }

    public static func == (one: Pattern, other: Pattern) -> Bool {
        one.text.utf8.elementsEqual(other.text.utf8) && one.dialect == other.dialect && one.options == other.options
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(text)
        hasher.combine(dialect)
        hasher.combine(options.rawValue)
    }
}

/// Why a text is no pattern.
///
/// **Shape**: the offset counts Unicode scalars from 0.
public struct PatternError: Error, Hashable, Sendable {
    public let offset: Int
    public let reason: String

    public init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

/// A search took `Pattern.stepLimit` steps without an answer.
public struct PatternLimitReached: Error, Hashable, Sendable {}
