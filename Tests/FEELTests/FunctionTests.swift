import FEEL
import Kernel
import Testing

@Suite("FEEL functions") struct FunctionTests {
    @Test(arguments: [
        Row("date(\"2026-01-31\")", "2026-01-31"), Row("date(\"2026-02-30\")", "null"), Row("date(2026, 1, 31)", "2026-01-31"), Row("date(\"31/01/2026\")", "null"),
        Row("date(date and time(\"2026-01-31T10:00:00\"))", "2026-01-31"), Row("date and time(\"2026-01-31T10:30:00.5Z\")", "2026-01-31T10:30:00.5Z"),
        Row("date and time(date(\"2026-01-31\"), time(\"10:30:00\"))", "2026-01-31T10:30:00"), Row("time(10, 30, 0)", "10:30:00"), Row("time(25, 0, 0)", "null"),
        Row("time(10, 30, 0, duration(\"-PT5H\"))", "10:30:00-05:00"), Row("duration(\"P1DT2H\")", "P1DT2H"), Row("duration(\"P1Y1D\")", "null"),
        Row("duration(\"PT0.5S\")", "PT0.5S"), Row("duration(\"P13M\")", "P1Y1M"), Row("years and months duration(date(\"2011-12-22\"), date(\"2013-08-24\"))", "P1Y8M"),
        Row("years and months duration(from: date(\"2013-08-24\"), to: date(\"2011-12-22\"))", "-P1Y8M"), Row("date(from: \"2026-01-31\")", "2026-01-31"),
        Row("day of week(date(\"2026-01-31\"))", "\"Saturday\""), Row("month of year(date(\"2026-01-31\"))", "\"January\""), Row("day of year(date(\"2026-02-01\"))", "32"),
        Row("week of year(date(\"2026-01-01\"))", "1"), Row("week of year(date(\"2021-01-01\"))", "53"),
    ]) func `dates`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("string(1.10)", "\"1.1\""), Row("string(date(\"2026-01-31\"))", "\"2026-01-31\""), Row("string(null)", "null"), Row("string([1, \"a\"])", "\"[1, \\\"a\\\"]\""),
        Row("number(\"1 000,5\", \" \", \",\")", "1000.5"), Row("number(\"1.000,5\", \".\", \",\")", "1000.5"), Row("number(\"x\")", "null"), Row("number(\"1,0\", \",\", \",\")", "null"),
        Row("contains(\"Colón\", \"ló\")", "true"), Row("starts with(\"Colón\", \"Co\")", "true"), Row("ends with(\"Colón\", \"ón\")", "true"), Row("contains(1, \"a\")", "null"),
        Row("upper case(\"ñandú\")", "\"ÑANDÚ\""), Row("lower case(\"ÇA\")", "\"ça\""), Row("string length(\"🐕ñ\")", "2"), Row("substring(\"foobar\", 3)", "\"obar\""),
        Row("substring(\"foobar\", -2, 1)", "\"a\""), Row("substring(\"\\U01F40Eab\", 2)", "\"ab\""), Row("substring(\"foobar\", 0)", "null"), Row("substring before(\"foobar\", \"bar\")", "\"foo\""),
        Row("substring after(\"foobar\", \"ob\")", "\"ar\""), Row("substring after(\"foobar\", \"x\")", "\"\""), Row("string join([\"a\", null, \"b\"], \"-\")", "\"a-b\""),
    ]) func `strings`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("matches(\"foobar\", \"^fo*b\")", "true"), Row("matches(\"FOO\", \"foo\", \"i\")", "true"), Row("matches(\"a\", \"[\")", "null"), Row("matches(\"a\", \"a\", \"z\")", "null"),
        Row("matches(\"hello world\", \" hello[ ] world\", \"x\")", "true"), Row("replace(\"0123456789\", \"(\\d{3})(\\d{3})(\\d{4})\", \"($1) $2-$3\")", "\"(012) 345-6789\""),
        Row("replace(\"ñandú\", \"[úñ]\", \"[$0]\")", "\"[ñ]and[ú]\""), Row("replace(\"a\", \"a\", \"$\")", "null"), Row("replace(\"a\", \"x*\", \"b\")", "null"),
        Row("split(\"a;b;;c\", \";\")", "[\"a\", \"b\", \"\", \"c\"]"), Row("split(\"John Doe\", \"\\s\")", "[\"John\", \"Doe\"]"),
    ]) func `patterns`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("sqrt(2)", "1.41421356237309504880168872420969"), Row("exp(1)", "2.71828182845904523536028747135266"), Row("log(10)", "2.30258509299404568401799145468436"),
        Row("exp(-20)", "0.00000000206115362243855782796594038015582"), Row("log(0.0001)", "-9.2103403719761827360719658187374"), Row("2 ** 0.5", "1.41421356237309504880168872420969"),
        Row("sqrt(1e-60) * 1e30", "1"), Row("sqrt(1e40)", "100000000000000000000"), Row("stddev(2, 4, 7, 5)", "2.08166599946613273528229770697993"),
    ]) func `roots and logarithms hold thirty digits`(row: Row) throws {
        let value = try #require(try evaluate(row.expression).value.number)
        let expected = try #require(Decimal128(row.expected))
        let difference = try #require(value.subtracting(expected)?.magnitude.divided(by: expected.magnitude))
        #expect(difference < Decimal128("1e-29")!, "\(value.text)")
    }

    @Test(arguments: ["sqrt(-1)", "log(0)", "exp(99999)", "0 ** -1", "(-2) ** 0.5"]) func `what is no number is null`(text: String) throws {
        #expect(try evaluate(text).value == .null)
    }

    @Test(arguments: [
        Row("floor(-1.5)", "-2"), Row("ceiling(-1.5)", "-1"), Row("decimal(2.5, 0)", "2"), Row("decimal(1.125, 2)", "1.12"), Row("round up(1.121, 2)", "1.13"),
        Row("round down(-1.126, 2)", "-1.12"), Row("round half up(2.5, 0)", "3"), Row("round half down(2.5, 0)", "2"), Row("abs(-3)", "3"), Row("abs(@\"-P1D\")", "P1D"),
        Row("modulo(-12, 5)", "3"), Row("modulo(12, 0)", "null"), Row("odd(3)", "true"), Row("even(-2)", "true"),
    ]) func `numbers`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("count([1, null])", "2"), Row("sum([1, 2, 3])", "6"), Row("sum(1, 2)", "3"), Row("sum([])", "null"), Row("sum([1, \"a\"])", "null"), Row("min([3, 1, 2])", "1"),
        Row("max(\"a\", \"b\")", "\"b\""), Row("min([])", "null"), Row("max([1, \"a\"])", "null"), Row("mean([1, 2])", "1.5"), Row("product([2, 3])", "6"), Row("median([3, 1, 2])", "2"),
        Row("mode([1, 2, 2, 1])", "[1, 2]"), Row("list contains([1, null], null)", "true"), Row("all([true, null])", "null"), Row("all([])", "true"), Row("any([null, true])", "true"),
        Row("sublist([1, 2, 3], 2)", "[2, 3]"), Row("sublist([1, 2, 3], -2, 1)", "[2]"), Row("append([1], 2, 3)", "[1, 2, 3]"), Row("concatenate([1], [2])", "[1, 2]"),
        Row("insert before([1, 3], 2, 2)", "[1, 2, 3]"), Row("remove([1, 2], 1)", "[2]"), Row("reverse([1, 2])", "[2, 1]"), Row("index of([1, 2, 1], 1)", "[1, 3]"),
        Row("union([1, 2], [2, 3])", "[1, 2, 3]"), Row("distinct values([1, 2, 1])", "[1, 2]"), Row("flatten([[1], [[2]]])", "[1, 2]"),
        Row("sort([3, 1, 2], function(x, y) x < y)", "[1, 2, 3]"), Row("list replace([1, 2], 2, 5)", "[1, 5]"), Row("sort([2, 1], function(x, y) null)", "[2, 1]"),
    ]) func `lists`(row: Row) throws { try expectRow(row) }

    @Test(arguments: [
        Row("get value({a: 1}, \"a\")", "1"), Row("get value({a: 1}, \"b\")", "null"), Row("get entries({a: 1})", "[{key: \"a\", value: 1}]"),
        Row("context([{key: \"a\", value: 1}])", "{a: 1}"), Row("context put({a: 1}, \"b\", 2)", "{a: 1, b: 2}"), Row("context put({a: {b: 1}}, [\"a\", \"b\"], 2)", "{a: {b: 2}}"),
        Row("context merge([{a: 1}, {a: 2, b: 3}])", "{a: 2, b: 3}"), Row("before(1, 2)", "true"), Row("during(5, [1..10])", "true"), Row("includes([1..10], 10)", "true"),
        Row("overlaps([1..5], [5..8])", "true"), Row("overlaps([1..5), [5..8])", "false"), Row("meets([1..5], [5..8])", "true"), Row("range(\"[1..3)\")", "[1..3)"),
        Row("is(1, 1.0)", "true"), Row("is(1, \"1\")", "false"),
    ]) func `contexts and ranges`(row: Row) throws { try expectRow(row) }

    @Test(arguments: ["sum()", "substring(\"a\")", "date(1, 2)", "abs(1, 2)", "not()", "contains(string: \"a\", match: \"a\", more: 1)", "nothing()", "1(2)"])
    func `calls that do not fit are null and say so`(text: String) throws {
        let evaluation = try evaluate(text)
        #expect(evaluation.value == .null)
        #expect(evaluation.problems.count == 1)
    }
}
