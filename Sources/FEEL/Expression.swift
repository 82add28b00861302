/// A FEEL expression, read and checked once, evaluated any number of times. (A class, so that handing it around counts one reference.)
///
/// **Standard:** DMN 1.5, chapter 10.
package final class Expression: Sendable {
    /// A member that is asked of a free name: `born` of `applicant.born`.
    package struct Path: Hashable, Sendable {
        package let base: String
        package let member: String
        /// Where the member's name begins, in Unicode scalars from the start.
        package let offset: Int

        package init(base: String, member: String, offset: Int) {
            self.base = base
            self.member = member
            self.offset = offset
        }
    }

    package let text: String
    /// The names that evaluation asks the scope for, as the known names spell them.
    package var names: Set<String> { Set(places.keys) }
    /// Where each of ``names`` is used first, in Unicode scalars from the start.
    package let places: [String: Int]
    /// The members that it asks of free names, in the order of the text.
    package let paths: [Path]
    /// Type names that are not known, with the place of their first use.
    package let unknownTypes: [String: Int]
    /// Where the first function of another language (`external`) begins.
    package let external: Int?
    package let root: Node
    /// The zones that it knows wherever the scope brings none.
    private let zones: Zones

    /// Reads an expression.
    ///
    /// - Parameters:
    ///   - names: the names in scope. They may hold spaces and operators, and are preferred, the longest first.
    ///     A word outside them is read as a free name too; compare ``names`` to find misspelt ones.
    ///   - members: names of members that paths and filters may name, where those hold operators.
    ///   - locals: the slots that ``Evaluator`` has filled before this expression, for boxed expressions.
    ///   - types: names of defined types, each with its key in ``Scope/types``; another name is its own key.
    ///   - isDomain: whether `1..9` without brackets is read too, as after `in`.
    ///   - zones: the rules of named time zones, for every evaluation whose scope has none of its own.
    package init(
        parsing text: String, names: Set<String> = [], members: Set<String> = [], locals: [Binding] = [], types: [String: String] = [:],
        isDomain: Bool = false, zones: Zones = .none
    ) throws(SyntaxError) {
        var parser = try Parser(text, names: names, members: members, types: types)
        parser.bind(locals)
        root = try isDomain ? parser.wholeDomain() : parser.wholeExpression()
        self.text = text
        self.zones = zones
        places = parser.places
        paths = parser.paths
        unknownTypes = parser.unknownTypes
        external = parser.external
    }

    /// The value; where something went wrong it is null, and the problems say what and where.
    package func evaluate(_ scope: Scope) -> Evaluation {
        var stepsLeft = Limits.stepsMax
        return evaluate(scope, stepsLeft: &stepsLeft)
    }

    /// The value, within the steps that are left of what several expressions share.
    package func evaluate(_ scope: Scope, stepsLeft: inout Int) -> Evaluation {
        var scope = scope
        if scope.zones.isEmpty { scope.zones = zones }
        var evaluator = Evaluator(scope, stepsMax: stepsLeft)
        let value = evaluator.evaluate(self)
        stepsLeft = max(0, stepsLeft - evaluator.steps)
        return Evaluation(value: value, problems: evaluator.problems)
    }

    /// The slot whose value it is, where it is nothing but a bound name.
    package var slot: Int? {
        if case .local(let slot) = root.kind { slot } else { nil }
    }

    /// The value of an expression that is a constant.
    package var constant: Value? {
        if case .literal(let value) = root.kind { value } else { nil }
    }
}

/// The tests of a decision table's cell, or of a list of allowed values.
///
/// **Standard:** DMN 1.5, 10.3.1.2, rules 13-15, and 10.3.2.8 for `in`.
package final class UnaryTests: Sendable {
    package let text: String
    /// The names that the scope is asked for; `?`, the tested value, is not among them.
    package var names: Set<String> { Set(places.keys) }
    /// Where each of ``names`` is used first, in Unicode scalars from the start.
    package let places: [String: Int]
    /// Type names that are not known, with the place of their first use.
    package let unknownTypes: [String: Int]
    /// Where the first function of another language (`external`) begins.
    package let external: Int?
    package let tests: [Test]
    let quick: QuickTests?

    /// - Parameters:
    ///   - locals: the slots that ``Evaluator`` has filled before the tested value's.
    ///   - types: names of defined types, each with its key in ``Scope/types``.
    package init(
        parsing text: String, names: Set<String> = [], members: Set<String> = [], locals: [Binding] = [], types: [String: String] = [:]
    ) throws(SyntaxError) {
        var parser = try Parser(text, names: names, members: members, types: types)
        parser.bind(locals)
        tests = try parser.wholeTests()
        quick = QuickTests(tests)
        self.text = text
        places = parser.places
        unknownTypes = parser.unknownTypes
        external = parser.external
    }

    /// Whether the value meets one of the tests, where that can be told at a glance; nil where the evaluator has to say.
    package func quickAnswer(_ value: Value) -> Bool? { quick?.answer(value) }

    /// Whether the value meets one of the tests; nil is unknown.
    package func matches(_ input: Value, _ scope: Scope) -> Bool? {
        var evaluator = Evaluator(scope)
        return evaluator.meets(input, self)
    }
}

/// A slot that an engine above fills before an expression is evaluated, and the name under which the expression knows it.
package struct Binding: Hashable, Sendable, ExpressibleByStringLiteral {
    package let name: String
    /// Whether the slot holds a filter's item, whose members may be named as they are.
    package let isItem: Bool

    package init(_ name: String) {
        self.name = name
        isItem = false
    }

    private init(item name: String) {
        self.name = name
        isItem = true
    }

    package init(stringLiteral value: String) { self.init(value) }

    /// The item of a boxed filter.
    package static let item = Binding(item: "item")
}

extension UnaryTests {
    /// The constants that are listed as values, in their order; ranges and conditions are left out.
    package var constants: [Value] {
        var values: [Value] = []
        for case .value(let node) in tests {
            if case .literal(let value) = node.kind { values.append(value) }
        }
        return values
    }
}
