import FEEL
import Kernel
import Testing

/// What the standard names, gone through one by one.
@Suite("The language of DMN 1.5") struct LanguageTests {
    @Test(arguments: [
        Row("date(from: \"2026-01-31\")", "2026-01-31"), Row("date(year: 2026, month: 1, day: 2)", "2026-01-02"), Row("time(from: \"10:30:00\")", "10:30:00"),
        Row("time(hour: 1, minute: 2, second: 3)", "01:02:03"), Row("time(hour: 1, minute: 2, second: 3, offset: @\"PT1H\")", "01:02:03+01:00"),
        Row("date and time(from: \"2026-01-31T10:00:00\")", "2026-01-31T10:00:00"), Row("date and time(date: @\"2026-01-31\", time: @\"10:00:00\")", "2026-01-31T10:00:00"),
        Row("duration(from: \"P1D\")", "P1D"), Row("years and months duration(from: @\"2024-01-01\", to: @\"2025-02-01\")", "P1Y1M"),
        Row("number(from: \"1,5\", grouping separator: null, decimal separator: \",\")", "1.5"), Row("string(from: 1)", "\"1\""), Row("not(negand: true)", "false"),
        Row("substring(string: \"foobar\", start position: 3, length: 2)", "\"ob\""), Row("string length(string: \"a\")", "1"), Row("upper case(string: \"a\")", "\"A\""),
        Row("lower case(string: \"A\")", "\"a\""), Row("substring before(string: \"abc\", match: \"c\")", "\"ab\""), Row("substring after(string: \"abc\", match: \"a\")", "\"bc\""),
        Row("replace(input: \"abc\", pattern: \"B\", replacement: \"x\", flags: \"i\")", "\"axc\""), Row("contains(string: \"abc\", match: \"b\")", "true"),
        Row("starts with(string: \"abc\", match: \"a\")", "true"), Row("ends with(string: \"abc\", match: \"c\")", "true"), Row("matches(input: \"abc\", pattern: \"B\", flags: \"i\")", "true"),
        Row("split(string: \"a,b\", delimiter: \",\")", "[\"a\", \"b\"]"), Row("string join(list: [\"a\", \"b\"], delimiter: \"-\")", "\"a-b\""),
        Row("list contains(list: [1], element: 1)", "true"), Row("count(list: [1])", "1"), Row("min(list: [2, 1])", "1"), Row("max(list: [2, 1])", "2"), Row("sum(list: [2, 1])", "3"),
        Row("mean(list: [1, 2])", "1.5"), Row("all(list: [true])", "true"), Row("any(list: [false])", "false"), Row("sublist(list: [4, 5, 6], start position: 2, length: 1)", "[5]"),
        Row("append(list: [1], item: 2)", "[1, 2]"), Row("concatenate(list: [1])", "[1]"), Row("insert before(list: [1], position: 1, newItem: 0)", "[0, 1]"),
        Row("remove(list: [1], position: 1)", "[]"), Row("list replace(list: [1, 2], position: 2, newItem: 9)", "[1, 9]"),
        Row("list replace(list: [1, 3], match: function(item, newItem) item < newItem, newItem: 2)", "[2, 3]"), Row("reverse(list: [1, 2])", "[2, 1]"),
        Row("index of(list: [1, 2, 1], match: 1)", "[1, 3]"), Row("union(list: [1, 1])", "[1]"), Row("distinct values(list: [1, 1])", "[1]"), Row("flatten(list: [[1], 2])", "[1, 2]"),
        Row("product(list: [2, 3])", "6"), Row("median(list: [3, 1, 2])", "2"), Row("stddev(list: [2, 4])", "1.414213562373095048801688724209698"), Row("mode(list: [1, 1, 2])", "[1]"),
        Row("sort(list: [3, 1, 2], precedes: function(x, y) x > y)", "[3, 2, 1]"), Row("decimal(n: 1.55, scale: 1)", "1.6"), Row("floor(n: 1.5)", "1"), Row("floor(n: -1.56, scale: 1)", "-1.6"),
        Row("ceiling(n: 1.5)", "2"), Row("round up(n: 5.5, scale: 0)", "6"), Row("round down(n: 5.5, scale: 0)", "5"), Row("round half up(n: 2.5, scale: 0)", "3"),
        Row("round half down(n: 2.5, scale: 0)", "2"), Row("abs(n: -1)", "1"), Row("modulo(dividend: -12, divisor: 5)", "3"), Row("sqrt(number: 4)", "2"), Row("log(number: 1)", "0"),
        Row("exp(number: 0)", "1"), Row("odd(number: 5)", "true"), Row("even(number: 5)", "false"), Row("day of year(date: @\"2019-09-17\")", "260"),
        Row("day of week(date: @\"2019-09-17\")", "\"Tuesday\""), Row("month of year(date: @\"2019-09-17\")", "\"September\""), Row("week of year(date: @\"2019-09-17\")", "38"),
        Row("get value(m: {k: 1}, key: \"k\")", "1"), Row("get entries(m: {k: 1})", "[{key: \"k\", value: 1}]"), Row("context(entries: [{key: \"k\", value: 1}])", "{k: 1}"),
        Row("context put(context: {k: 1}, key: \"l\", value: 2)", "{k: 1, l: 2}"), Row("context put(context: {k: {l: 1}}, keys: [\"k\", \"l\"], value: 2)", "{k: {l: 2}}"),
        Row("context merge(contexts: [{k: 1}, {k: 2}])", "{k: 2}"), Row("is(value1: 1, value2: 1.0)", "true"), Row("range(from: \"[1..3)\")", "[1..3)"),
        Row("before(point1: 1, point2: 2)", "true"), Row("before(point: 1, range: [3..4])", "true"), Row("before(range: [1..2], point: 3)", "true"), Row("before(range1: [1..2], range2: [3..4])", "true"),
        Row("after(point1: 2, point2: 1)", "true"), Row("meets(range1: [1..2], range2: [2..3])", "true"), Row("met by(range1: [2..3], range2: [1..2])", "true"),
        Row("overlaps(range1: [1..3], range2: [2..4])", "true"), Row("overlaps before(range1: [1..3], range2: [2..4])", "true"), Row("overlaps after(range1: [2..4], range2: [1..3])", "true"),
        Row("finishes(point: 3, range: [1..3])", "true"), Row("finished by(range: [1..3], point: 3)", "true"), Row("includes(range: [1..3], point: 2)", "true"),
        Row("during(point: 2, range: [1..3])", "true"), Row("starts(point: 1, range: [1..3])", "true"), Row("started by(range: [1..3], point: 1)", "true"),
        Row("coincides(point1: 1, point2: 1)", "true"), Row("coincides(range1: [1..2], range2: [1..2])", "true"), Row("today()", "2026-01-31"),
    ]) func `every function takes its parameters by name`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("overlaps after([5..8], [1..5])", "true"), Row("overlaps after((5..8], [1..5])", "false"), Row("overlaps after((1..5], [1..5))", "true"), Row("overlaps after((1..5], [1..5])", "true"),
        Row("overlaps after([1..5], [1..5))", "false"), Row("overlaps after([1..5], [1..5])", "false"), Row("overlaps before([1..5], (1..5])", "true"), Row("overlaps before([1..5), [1..5])", "false"),
        Row("overlaps before([1..5), (1..5])", "true"), Row("during((1..10), [1..10])", "true"), Row("finished by([1..10], (1..10])", "true"), Row("starts((1..5], (1..10])", "true"),
    ]) func `ranges lie to one another as the standard says`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("[1, 2] instance of list<number>", "true"), Row("[1, \"a\"] instance of list<number>", "false"), Row("[null] instance of list<number>", "true"), Row("[[1]] instance of list<list<number>>", "true"),
        Row("{k: 1, l: 2} instance of context<k: number>", "true"), Row("{k: 1} instance of context<k: string>", "false"), Row("{l: {k: 1}} instance of context<l: context<k: number>>", "true"),
        Row("[1..2] instance of range<number>", "true"), Row("[\"a\"..\"b\"] instance of range<number>", "false"), Row("(> 5) instance of range<number>", "true"),
        Row("(function(n: number) n) instance of function<number>->number", "true"), Row("(function(n: string) n) instance of function<number>->Any", "false"),
        Row("(function(n) n) instance of function<number>->Any", "true"), Row("(function(n: list<number>) n) instance of function<list<number>>->Any", "true"),
        Row("(function(n: number) n) instance of function<Any>->Any", "true"), Row("(function(n: context<k: number>) n) instance of function<context<k: number, l: string>>->Any", "true"),
        Row("(function(n: context<k: number>) n) instance of function<context<l: string>>->Any", "false"), Row("(function() 1) instance of function<>->Any", "true"),
        Row("abs instance of function<number>->number", "true"), Row("abs instance of function<number, number>->number", "false"), Row("sum instance of function<number, number, number>->number", "true"),
        Row("null instance of Null", "true"), Row("null instance of Any", "false"), Row("1 instance of Any", "true"), Row("@\"P1D\" instance of days and time duration", "true"),
    ]) func `values are instances of types with parts`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("for i in 0..4 return if i = 0 then 1 else i * partial[-1]", "[1, 1, 2, 6, 24]"), Row("for i in [1, 2], j in [3, 4] return count(partial)", "[0, 1, 2, 3]"),
        Row("[{a: [{b: 1}, {b: [2.1, 2.2]}]}, {a: [{b: 3}]}].a.b", "[[1, [2.1, 2.2]], [3]]"), Row("some i in [1, 2, 3], j in [i] satisfies j > 2", "true"), Row("3[item > 2]", "[3]"),
        Row("contains([\"foobar\"], \"of\")", "false"), Row("5 in (not(5))", "false"), Row("5 in (< 3, > 4)", "true"), Row("5 in ]1..5]", "true"), Row("5 in [1..5[", "false"),
        Row("{\"k l\": 1, m: k l + 1}.m", "2"), Row("{f: function(n) if n <= 1 then 1 else n * f(n - 1), r: f(5)}.r", "120"), Row("1 /* one */ + 2 // and two", "3"), Row("2 ** 3 ** 2", "64"), Row("-2 ** 2", "4"),
    ]) func `expressions are read as the grammar has them`(row: Row) throws { try expectRow(row) }

    struct Fault: CustomTestStringConvertible, Sendable {
        let expression: String
        let reason: Problem.Reason
        let offset: Int
        let words: String
        init(_ expression: String, _ reason: Problem.Reason, _ offset: Int, _ words: String) {
            self.expression = expression
            self.reason = reason
            self.offset = offset
            self.words = words
        }
        var testDescription: String { expression }
    }

    @Test(arguments: [
        Fault("a + \"x\"", .wrongType, 2, "a sum of number and string"), Fault("a / 0", .divisionByZero, 2, "division by zero"), Fault("person.height", .noSuchMember, 6, "there is no ‘height’"),
        Fault("a.b.c", .noSuchMember, 1, "a number has no ‘b’"), Fault("unknown + 1", .unknownName, 0, "‘unknown’ is not known"), Fault("a(1)", .notCallable, 0, "cannot be called"),
        Fault("  a > \"x\"", .notComparable, 4, "cannot be compared"), Fault("1 + abs(\"x\")", .wrongType, 4, "abs wants a number or duration"), Fault("abs(1, 2)", .wrongArguments, 0, "does not take 2 arguments"),
        Fault("abs(x: 1)", .wrongArguments, 0, "no such parameters"), Fault("date(\"x\")", .invalidText, 0, "no date such as"), Fault("2 ** 9999999", .tooLarge, 2, "no number of 34 digits"),
        Fault("now()", .notAvailable, 0, "not known here"), Fault("ships[9]", .outOfRange, 5, "no element at place 9"), Fault("null in [1..3]", .notComparable, 5, "whether a null is in this is unknown"),
        Fault("\"x\" and true", .wrongType, 0, "a condition that is a string"), Fault("all([true, 1])", .wrongType, 0, "all wants booleans"), Fault("product([])", .wrongArguments, 0, "of an empty list"),
        Fault("stddev([1])", .wrongArguments, 0, "two numbers or more"), Fault("sort([2, 1], function(x, y) \"x\")", .wrongType, 0, "answers true or false"),
        Fault("min([1, \"x\"])", .wrongType, 0, "comparable values"), Fault("{f: function(n) external {}}", .notAvailable, 4, "of other languages"),
    ]) func `what goes wrong keeps its reason and place`(fault: Fault) throws {
        let evaluation = try evaluate(fault.expression)
        let problem = try #require(evaluation.problems.first, "\(evaluation.value)")
        #expect(problem.reason == fault.reason)
        #expect(problem.offset == fault.offset)
        #expect(problem.message.contains(fault.words), "\(problem.message)")
    }

    @Test func `a problem that led to another is its cause, one beside it is not`() throws {
        let chain = try evaluate("a.b.c + 1").problems
        #expect(chain.map { $0.cause } == [nil, 0, 1])
        #expect(try evaluate("[1, 2].k").problems.map { $0.cause } == [nil, nil])
    }

    @Test(arguments: [
        "{a1: [1, 1], a2: [a1, a1], a3: [a2, a2], a4: [a3, a3], a5: [a4, a4], a6: [a5, a5], a7: [a6, a6], a8: [a7, a7], a9: [a8, a8], b1: [a9, a9], b2: [b1, b1], b3: [b2, b2], b4: [b3, b3], b5: [b4, b4], b6: [b5, b5], b7: [b6, b6], b8: [b7, b7], b9: [b8, b8], c1: [b9, b9], c2: [c1, c1], c3: [c2, c2], c4: [c3, c3], c5: [c4, c4], r: c5 = c5}.r",
        "count(for i in 1..100000 return partial)", "string(for i in 1..40 return [partial, partial])", "(for i in 1..1000 return if i = 1 then 1 else [partial[-1]])[-1]",
        "{f: function(n, l) if n = 0 then l else f(n - 1, append(l, l)), r: flatten(f(40, [1]))}.r", "{f: function(n) f(n + 1), r: f(1)}.r", "for i in 1..1000, j in 1..1000 return 1",
        "{f: function(n, c) if n = 0 then c else f(n - 1, {x: c, y: c}), r: f(60, {})}.r", "count(for i in 1..100001 return i)", "sum(for i in 1..3000 return count(for j in 1..3000 return j))",
        "{f: function(n, s) if n = 0 then s else f(n - 1, s + s), r: f(40, \"x\")}.r",
    ]) func `what would never end is null with the limit named`(expression: String) throws {
        let evaluation = try evaluate(expression)
        #expect(evaluation.problems.contains { $0.reason == .limitReached || $0.reason == .wrongType && $0.message.contains("a sum of string") }, "\(evaluation.problems)")
    }

    @Test(arguments: [("function(n, n) n", 12, "is there twice"), ("1 instance of list<number", 25, "has no end"), ("for x [1] return x", 6, "‘in’ is missing"), ("1 instance of function<number>", 30, "wants its result")])
    func `what is no expression says where`(text: String, offset: Int, words: String) {
        do {
            _ = try Expression(parsing: text)
            Issue.record("was read")
        } catch {
            #expect(error.offset == offset)
            #expect(error.reason.contains(words))
        }
    }

    @Test func `defined types, filter items and domains are known to the reader`() throws {
        let typed = try Expression(parsing: "x instance of my - type and y", names: ["x", "y"], types: ["my - type": "urn:a#my - type"])
        let scope = Scope(["x": 1, "y": true], types: ["urn:a#my - type": TypeDefinition(.number)])
        #expect(typed.evaluate(scope).value == true)
        #expect(try Expression(parsing: "x instance of other", names: ["x"]).unknownTypes == ["other": 14])
        let domain = try Expression(parsing: "2 .. 2 + 2", isDomain: true)
        #expect(domain.evaluate(Scope()).value == [2, 3, 4])
        #expect(throws: SyntaxError.self) { try Expression(parsing: "2..4") }
        #expect(try Expression(parsing: "[function(n) external {}]").external == 1)
        let item = try Expression(parsing: "size > limit and item.size < 9", locals: ["limit", .item])
        var evaluator = Evaluator(Scope())
        evaluator.locals = [3, ["size": 4]]
        #expect(evaluator.evaluate(item) == true)
    }
}
