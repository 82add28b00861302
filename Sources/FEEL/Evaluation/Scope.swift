package import Kernel

/// What an expression is evaluated in: the values of its free names, and the facts that only the outside knows.
///
/// There is no clock here: `today()` and `now()` are null unless the caller says what they are.
package struct Scope: Sendable {
    package var values: [String: Value]
    /// What `now()` answers.
    package var now: DateTime?
    /// What `today()` answers; else the date of `now`.
    package var today: CalendarDate?
    package var zones: Zones
    /// Types that a model defines, for `instance of` and parameters.
    package var types: [String: TypeDefinition]

    package init(
        _ values: [String: Value] = [:], today: CalendarDate? = nil, now: DateTime? = nil, zones: Zones = .none, types: [String: TypeDefinition] = [:]
    ) {
        self.values = values
        self.today = today
        self.now = now
        self.zones = zones
        self.types = types
    }
}

/// What a model's type means: a type, and the tests that its values meet besides.
///
/// **Standard:** DMN 1.5, 7.3.3.
package struct TypeDefinition: Sendable {
    package let type: TypeName
    /// Each must hold; `?` is the value.
    package let constraints: [UnaryTests]

    package init(_ type: TypeName, constraints: [UnaryTests] = []) {
        self.type = type
        self.constraints = constraints
    }
}

/// Where the rules of named time zones come from.
package struct Zones: Sendable {
    enum Source: Sendable {
        case none
        /// Names are accepted and left without an offset, to look at the form of a text only.
        case unresolved
        case rules(@Sendable (String) -> TimeZoneRules?)
    }

    let source: Source

    package var isEmpty: Bool { if case .none = source { true } else { false } }

    /// The rules of a named zone, where they are known.
    package func rules(_ name: String) -> TimeZoneRules? {
        if case .rules(let rules) = source { rules(name) } else { nil }
    }

    /// No zone has a name; offsets such as `+01:00` work all the same.
    package static let none = Zones(source: .none)
    static let unresolved = Zones(source: .unresolved)

    private init(source: Source) {
        self.source = source
    }

    package init(_ rules: @escaping @Sendable (String) -> TimeZoneRules?) {
        source = .rules(rules)
    }

    /// Zones from a table.
    package init(_ table: [String: TimeZoneRules]) {
        source = .rules { table[$0] }
    }

    /// The named zone as it is at a local date and time; without a date its offset stays open, unless it never changes.
    func zone(_ name: String, date: CalendarDate?, secondOfDay: Int32) -> Zone? {
        switch source {
        case .none: return nil
        case .unresolved: return .named(name, nil)
        case .rules(let rules):
            guard let rules = rules(name) else { return nil }
            guard let date else {
                return name == "UTC" || name == "Etc/UTC" ? .named(name, 0) : .named(name, nil)
            }
            let second = Int(secondOfDay)
            let instant = rules.instant(of: date, hour: second / 3_600, minute: second / 60 % 60, second: second % 60)
            return .named(name, Int32(rules.offset(at: instant)))
        }
    }
}

/// Why an expression, or a part of it, is null.
package struct Problem: Hashable, Sendable {
    package enum Reason: String, Hashable, Sendable {
        case unknownName, noSuchMember, wrongType, wrongArguments, notComparable, invalidText, outOfRange, divisionByZero, tooLarge
        case notCallable, notAvailable, limitReached
    }

    package let reason: Reason
    /// Unicode scalars from the start of the expression.
    package let offset: Int
    package let message: String
    /// The place in the evaluation's problems of the earlier one that led to this one.
    package let cause: Int?
    /// The text of the expression in which it happened, from which ``offset`` counts; nil where an engine above noted it.
    package internal(set) var expression: String?
    /// Where an engine above keeps that expression.
    package internal(set) var site = Site()

    /// **Shape:** `row` counts from 0.
    package struct Site: Hashable, Sendable {
        /// The id of the decision; empty for input data, which belong to none.
        package var owner: String?
        /// The rule of its table.
        package var row: Int?
        /// The column of its table, or the input data.
        package var column: String?

        package init(owner: String? = nil, row: Int? = nil, column: String? = nil) {
            self.owner = owner
            self.row = row
            self.column = column
        }
    }
}

/// A value with the problems that were met on the way to it.
package struct Evaluation: Hashable, Sendable {
    package let value: Value
    /// At most ``Limits/problemsMax``, the first ones.
    package let problems: [Problem]
}
