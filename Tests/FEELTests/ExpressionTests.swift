import FEEL
import Kernel
import Testing

@Suite("FEEL expressions") struct ExpressionTests {
    @Test(arguments: [
        Row("1", "1"), Row("-1.50", "-1.5"), Row(".5", "0.5"), Row("1.5e3", "1500"), Row("\"a\\\"b\"", "\"a\\\"b\""), Row("true", "true"),
        Row("null", "null"), Row("\"\\u00f1\\U01F415\"", "\"ñ🐕\""), Row("\"\\uD83D\\uDC15\"", "\"🐕\""), Row("[]", "[]"), Row("{}", "{}"),
        Row("[1, \"a\", [true]]", "[1, \"a\", [true]]"), Row("{a: 1, \"b c\": {d: 2}}", "{a: 1, b c: {d: 2}}"), Row("@\"2026-01-31\"", "2026-01-31"),
        Row("@\"10:30:00\"", "10:30:00"), Row("@\"P1Y2M\"", "P1Y2M"), Row("1 // one", "1"), Row("/* one */ 1", "1"),
        Row("[1..5]", "[1..5]"), Row("(1..5]", "(1..5]"), Row("]1..5[", "(1..5)"), Row("(< 5)", "(..5)"), Row("(>= 5)", "[5..)"),
    ]) func `literals are read`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("2 + 3 * 4", "14"), Row("(2 + 3) * 4", "20"), Row("10 - 4 - 3", "3"), Row("2 ** 3 ** 2", "64"), Row("-2 ** 2", "4"), Row("2 ** -2", "0.25"),
        Row("1 / 3", "0.3333333333333333333333333333333333"), Row("0.1 + 0.2", "0.3"), Row("10 / 0", "null"), Row("1 + null", "null"),
        Row("\"a\" + \"b\"", "\"ab\""), Row("\"a\" + 1", "null"), Row("9999999999999999999999999999999999 + 1", "10000000000000000000000000000000000"),
    ]) func `numbers are decimals of 34 digits`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("@\"2026-01-31\" + @\"P1M\"", "2026-02-28"), Row("@\"2024-02-29\" + @\"P1Y\"", "2025-02-28"), Row("@\"2026-01-31\" - @\"2025-12-31\"", "P31D"),
        Row("@\"2026-01-31\" + @\"P1D\"", "2026-02-01"), Row("@\"2026-01-31T23:00:00\" + @\"PT2H\"", "2026-02-01T01:00:00"),
        Row("@\"10:00:00\" - @\"09:30:00\"", "PT30M"), Row("@\"23:00:00\" + @\"PT2H\"", "01:00:00"), Row("@\"P1Y\" * 2", "P2Y"), Row("@\"PT3H\" / 2", "PT1H30M"),
        Row("@\"P1D\" / @\"PT6H\"", "4"), Row("@\"P1Y\" + @\"P1D\"", "null"), Row("-@\"P1D\"", "-P1D"), Row("@\"2026-01-31\".weekday", "6"),
        Row("@\"2026-01-31T10:30:00-05:00\".time offset", "-PT5H"), Row("@\"P1Y3M\".months", "3"), Row("@\"-PT36H\".days", "-1"),
        Row("@\"2026-01-31T10:30:00Z\" = @\"2026-01-31T05:30:00-05:00\"", "true"),
    ]) func `dates, times and durations reckon`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("years and months duration(birth date, today).years", "17"),
        Row("years and months duration(@\"2008-01-31\", @\"2026-01-31\").years", "18"),
        Row("years and months duration(@\"2008-02-01\", @\"2026-01-31\").years", "17"),
        Row("years and months duration(@\"2008-02-29\", @\"2026-02-28\").years", "17"),
        Row("years and months duration(@\"2008-02-29\", @\"2026-03-01\").years", "18"),
        Row("birth date + @\"P18Y\" <= today", "false"),
    ]) func `age is counted in whole years`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("birth date.year", "2008"), Row("number of ships * 2", "6"), Row("number  of\n ships", "3"), Row("a-b", "40"), Row("a - b", "40"), Row("a -(b)", "3"),
        Row("person.first name", "\"Ana\""), Row("person.address.city", "\"Colón\""), Row("person.shoe size", "null"), Row("age", "17"),
        Row("ships.name", "[\"Aurora\", \"Brisa\", \"Cóndor\"]"), Row("{a: 1, b: a + 1}.b", "2"), Row("unheard of", "null"),
    ]) func `names may hold spaces and operators, and the longest known one is meant`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("1 < 2", "true"), Row("\"a\" < \"b\"", "true"), Row("1 < \"b\"", "null"), Row("1 = \"1\"", "null"), Row("null = null", "true"), Row("1 = null", "false"),
        Row("1 != null", "true"), Row("nothing < 1", "null"), Row("1.0 = 1.00", "true"), Row("[1, 2] = [1, 2]", "true"), Row("{a: 1, b: 2} = {b: 2, a: 1}", "true"),
        Row("5 between 1 and 5", "true"), Row("null between 1 and 5", "null"), Row("age >= 18 and name = \"Ana\"", "false"),
    ]) func `comparison of different kinds is unknown`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("true and true", "true"), Row("true and false", "false"), Row("true and null", "null"), Row("false and null", "false"), Row("null and false", "false"),
        Row("true or null", "true"), Row("null or true", "true"), Row("false or null", "null"), Row("false or false", "false"), Row("not(true)", "false"),
        Row("not(null)", "null"), Row("true and 1", "null"), Row("false or \"x\"", "null"),
    ]) func `logic has three values`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("5 in [1..5]", "true"), Row("5 in [1..5)", "false"), Row("5 in (1, 5)", "true"), Row("5 in [1, 5]", "true"), Row("5 in > 4", "true"),
        Row("5 in (< 2, > 4)", "true"), Row("5 in (1..3)", "false"), Row("null in [1..5]", "null"), Row("\"b\" in [\"a\"..\"c\"]", "true"), Row("today in [birth date..@\"2030-01-01\"]", "true"),
    ]) func `membership is tested with in`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("if 1 < 2 then \"y\" else \"n\"", "\"y\""), Row("if null then 1 else 2", "2"), Row("for x in [1, 2] return x * 2", "[2, 4]"),
        Row("for x in 1..3, y in [10, 20] return x + y", "[11, 21, 12, 22, 13, 23]"), Row("for x in 3..1 return x", "[3, 2, 1]"),
        Row("for x in 1..4 return if x = 1 then 1 else x * partial[-1]", "[1, 2, 6, 24]"), Row("some s in ships satisfies s.tons > 1000", "true"),
        Row("every s in ships satisfies s.tons > 1000", "false"), Row("some x in [null, 1] satisfies x > 2", "null"), Row("ships[tons > 1000].name", "[\"Brisa\", \"Cóndor\"]"),
        Row("[1, 2, 3][item >= 2]", "[2, 3]"), Row("[1, 2, 3][-1]", "3"), Row("[1, 2, 3][4]", "null"), Row("ships[1].name", "\"Aurora\""),
        Row("(function(x: number) x + 1)(2)", "3"), Row("{double: function(x) 2 * x, r: double(21)}.r", "42"),
        Row("{fact: function(n) if n <= 1 then 1 else n * fact(n - 1), r: fact(10)}.r", "3628800"), Row("{k: 3, f: function(x) x * k, r: for i in [1, 2] return f(i)}.r", "[3, 6]"),
        Row("5 instance of number", "true"), Row("\"a\" instance of number", "false"), Row("[1] instance of list<number>", "true"),
    ]) func `conditions, iterations, filters and functions work`(row: Row) throws { try expectRow(row) }

    @Test func `names are reported as the scope spells them`() throws {
        let expression = try Expression(parsing: "number  of ships > limit + count([a])", names: ["number of ships", "a"])
        #expect(expression.names == ["number of ships", "limit", "a"])
        #expect(expression.places["limit"] == 19)
        #expect(try Expression(parsing: "ships[tons > 3]", names: ["ships"]).names == ["ships"])
        #expect(try Expression(parsing: "for x in ships return x.tons", names: ["ships"]).names == ["ships"])
    }

    @Test func `a value that is named like a function does not hide it`() throws {
        let values: [String: Value] = ["date": "2026-01-31", "count": 3, "string length": 2]
        #expect(try evaluate("date(date).year + count", values).value == 2_029)
        #expect(try evaluate("string length(date) + string length", values).value == 12)
        #expect(try Expression(parsing: "count(count)", locals: ["count"]).names == [])
    }

    @Test func `today comes from the scope and never from a clock`() throws {
        #expect(try evaluate("today()").value.innerText == "2026-01-31")
        let alone = try Expression(parsing: "today()").evaluate(Scope())
        #expect(alone.value == .null)
        #expect(alone.problems.first?.reason == .notAvailable)
    }
}

@Suite("FEEL problems and limits") struct ProblemTests {
    @Test func `an error is null with reason, place and cause`() throws {
        let evaluation = try evaluate("2 * (1 + 10 / 0)")
        #expect(evaluation.value == .null)
        #expect(evaluation.problems.map { $0.reason } == [.divisionByZero, .wrongType, .wrongType])
        #expect(evaluation.problems.map { $0.cause } == [nil, 0, 1])
    }

    @Test func `neighbours are not each other's cause`() throws {
        let evaluation = try evaluate("[1 / 0, 1 + null]")
        #expect(evaluation.problems.map { $0.cause } == [nil, nil])
    }

    @Test(arguments: [
        ("1 +", 3, "ends too early"), ("a b c", 2, "operator"), ("(1 + 2", 6, "write )"), ("[1, 2", 5, "write ,"), ("\"abc", 0, "no end"), ("1 == 1", 2, "write ="),
        ("if a then b", 11, "else"), ("x between 1", 11, "two bounds"), ("for x of y return 1", 11, "in"), ("@\"yesterday\"", 0, "no date"), ("{a 1}", 1, "colon"),
        ("{a: 1, a: 2}", 9, "twice"), ("1 /* x", 2, "no end"), ("f(1", 3, "write ,"), ("[1..2", 5, "write ]"), ("", 0, "ends too early"),
    ]) func `a text that is no expression says where and what to write`(text: String, offset: Int, words: String) throws {
        let error = try #require(throws: SyntaxError.self) { _ = try Expression(parsing: text, names: ["a"]) }
        #expect(error.offset == offset)
        #expect(error.reason.contains(words), "\(error.reason)")
    }

    @Test func `nesting, chains, lists, strings and steps have limits`() throws {
        #expect(throws: SyntaxError.self) { try Expression(parsing: String(repeating: "(", count: 5_000) + "1") }
        #expect(throws: SyntaxError.self) { try Expression(parsing: String(repeating: "-", count: 5_000) + "1") }
        #expect(throws: SyntaxError.self) { try Expression(parsing: String(repeating: "a+", count: 5_000) + "1") }
        #expect(throws: SyntaxError.self) { try Expression(parsing: String(repeating: "not(", count: 5_000) + "1") }
        #expect(throws: SyntaxError.self) { try Expression(parsing: String(repeating: " ", count: 70_000) + "1") }
        #expect(throws: SyntaxError.self) { try UnaryTests(parsing: String(repeating: "not(", count: 5_000)) }
        for text in [
            "for i in 1..1000000 return i", "count(for i in 1..1000, j in 1..1000 return 1)", "{f: function(n) f(n + 1), r: f(1)}.r",
            "every i in 1..99999, j in 1..99999 satisfies true", "(for i in 1..40 return if i = 1 then \"ab\" else partial[-1] + partial[-1])[-1]",
            "for x in (>= 1) return x",
        ] {
            let evaluation = try evaluate(text)
            #expect(evaluation.value == .null, "\(text)")
            #expect(!evaluation.problems.isEmpty && evaluation.problems.count <= Limits.problemsMax, "\(text)")
        }
    }
}
