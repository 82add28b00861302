import FEEL
import Kernel
import Testing

/// Random values, the same in every run.
struct ValueDice {
    private var dice: Dice
    init(_ seed: UInt64) { dice = Dice(seed) }

    mutating func roll(_ bound: Int) -> Int { dice.roll(bound) }
    mutating func integer(_ magnitude: Int) -> Value { .number(Decimal128(roll(2 * magnitude + 1) - magnitude)) }

    /// Up to `digits` digits, a point somewhere, any sign.
    mutating func number(digits: Int = 34) -> Value {
        var text = roll(2) == 0 ? "-" : ""
        for _ in 0...roll(digits) { text += String(roll(10)) }
        if roll(2) == 0 { text += "e" + String(roll(60) - 30) }
        return (try? evaluate("number(t)", ["t": .string(text)]).value) ?? .null
    }

    mutating func date() -> CalendarDate {
        CalendarDate(year: 1800 + roll(500), month: 1 + roll(12), day: 1 + roll(28))!.adding(days: roll(4))
    }

    static let letters = Array("ab zA9\"\\'/*-_.{}[],:є’ї🐕\n\t?\u{301}".unicodeScalars)

    mutating func text(_ count: Int = 12) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<roll(count + 1) { text.append(ValueDice.letters[roll(ValueDice.letters.count)]) }
        return String(text)
    }

    mutating func value(depth: Int = 3) -> Value {
        switch roll(depth > 0 ? 7 : 5) {
        case 0: return .null
        case 1: return .boolean(roll(2) == 0)
        case 2: return number()
        case 3: return .string(text())
        case 4: return integer(1_000)
        case 5: return .list((0..<roll(4)).map { _ in value(depth: depth - 1) })
        default:
            var context = Context()
            for _ in 0..<roll(4) { context[["a", "first name", "a-b", "1st", "if", "", " x", "a  b", "date and time", "є", "x.y", "\"", "not", "item"][roll(14)]] = value(depth: depth - 1) }
            return .context(context)
        }
    }
}

extension CalendarDate {
    fileprivate func adding(days: Int) -> CalendarDate { CalendarDate(daysSinceEpoch: daysSinceEpoch + days) }
}

/// What must be true of all values is asked of many.
@Suite("FEEL keeps the laws") struct PropertyTests {
    /// Every expression is true of the values.
    private func holds(_ laws: [String], _ values: [String: Value], sourceLocation: SourceLocation = #_sourceLocation) throws {
        for law in laws {
            let evaluation = try evaluate(law, values)
            if evaluation.value != .boolean(true) {
                let names = values.keys.sorted().map { "\($0) = \(values[$0]?.innerText ?? "")" }.joined(separator: ", ")
                Issue.record("\(law) is \(evaluation.value.innerText) for \(names) \(evaluation.problems.map { $0.message })", sourceLocation: sourceLocation)
            }
        }
    }

    @Test func `what a value is written as is read as the same value`() throws {
        var dice = ValueDice(1)
        for _ in 0..<4_000 {
            let value = dice.value()
            let text = value.innerText
            let read = try? evaluate(text, [:]).value
            #expect(read == value, "\(text)")
        }
    }

    @Test func `dates, times and durations are written as they are read`() throws {
        var dice = ValueDice(2)
        for _ in 0..<2_000 {
            let date = dice.date()
            let time = Time(secondOfDay: Int32(dice.roll(86_400)), nanosecond: Int32(dice.roll(2) * dice.roll(1_000_000_000)), zone: [nil, .offset(0), .offset(Int32(dice.roll(1_600) - 800) * 60)][dice.roll(3)])
            let days = DayTimeDuration(seconds: Int64(dice.roll(20_000_001) - 10_000_000), nanoseconds: Int32(dice.roll(2) * dice.roll(1_000_000_000)))
            let values: [Value] = [.date(date), .time(time), .dateTime(DateTime(date: date, time: time)), .dayTime(days), .yearMonth(YearMonthDuration(months: Int64(dice.roll(2_401) - 1_200)))]
            for value in values {
                #expect(try evaluate("@\"\(value.innerText)\"", [:]).value == value, "\(value.innerText)")
            }
            try holds(["date(string(d)) = d", "time(string(t)) = t", "date and time(string(m)) = m", "duration(string(p)) = p", "date and time(d, t) = m", "date(m) = d"],
                      ["d": values[0], "t": values[1], "m": values[2], "p": values[3]])
        }
    }

    @Test func `ranges are written as they are read`() throws {
        var dice = ValueDice(3)
        for _ in 0..<1_000 {
            let ends = [dice.roll(1_000), dice.roll(1_000)].sorted()
            let dates = [dice.date(), dice.date()].sorted { $0 < $1 }
            let (low, high): (Value, Value) = dice.roll(2) == 0 ? (.number(Decimal128(ends[0])), .number(Decimal128(ends[1]))) : (.date(dates[0]), .date(dates[1]))
            let range = Value.range(Interval(low: low, lowIncluded: dice.roll(2) == 0, high: high, highIncluded: dice.roll(2) == 0))
            #expect(try evaluate(range.innerText, [:]).value == range, "\(range.innerText)")
        }
    }

    @Test func `whole numbers add, multiply and divide by the laws`() throws {
        var dice = ValueDice(4)
        let laws = [
            "a + b = b + a", "a * b = b * a", "(a + b) + c = a + (b + c)", "(a * b) * c = a * (b * c)", "a * (b + c) = a * b + a * c", "a - b = -(b - a)",
            "(a + b) - b = a", "a - a = 0", "a * 1 = a", "a ** 2 = a * a", "abs(a) = abs(-a)", "abs(a) >= a", "sum([a, b, c]) = a + b + c", "product([a, b, c]) = a * b * c",
            "if b = 0 then true else modulo(a, b) = a - b * floor(a / b)", "if b = 0 then true else (a * b) / b = a", "min(a, b) + max(a, b) = a + b", "mean([a, b]) * 2 = a + b",
            "min([a, b, c]) <= median([a, b, c]) and median([a, b, c]) <= max([a, b, c])", "odd(a) != even(a)", "-(-a) = a", "number(string(a)) = a",
        ]
        for _ in 0..<400 { try holds(laws, ["a": dice.integer(1_000_000), "b": dice.integer(1_000_000), "c": dice.integer(1_000_000)]) }
    }

    @Test func `numbers of any size are rounded and written by the laws`() throws {
        var dice = ValueDice(5)
        let laws = [
            "number(string(a)) = a", "a + b = b + a", "a * b = b * a", "a + 0 = a", "a - a = 0", "-(-a) = a", "a = a", "a <= b or b <= a", "(a < b) = (b > a)", "not(a < b and b < a)",
            "floor(a) <= a", "a <= ceiling(a)", "abs(decimal(a, 2) - a) <= 0.005", "round down(abs(a), 0) <= abs(a)", "round up(abs(a), 0) >= abs(a)", "floor(a) = -ceiling(-a)",
            "abs(round half up(a, 0) - a) <= 0.5", "abs(round half down(a, 0) - a) <= 0.5",
        ]
        for _ in 0..<800 {
            let a = dice.number()
            // Beyond 34 digits there is nothing left to round.
            let b = dice.number()
            guard let number = a.number, (try evaluate("abs(a) < 1e30", ["a": a]).value) == true, number == number else { continue }
            try holds(laws, ["a": a, "b": b])
        }
    }

    @Test func `ranges, cells and comparisons agree`() throws {
        var dice = ValueDice(6)
        let laws = [
            "(x in [a..b]) = (x >= a and x <= b)", "(x in (a..b)) = (x > a and x < b)", "(x in [a..b)) = (x >= a and x < b)", "(x in (a..b]) = (x > a and x <= b)",
            "(x between a and b) = (a <= x and x <= b)", "(x in (< a)) = (x < a)", "(x in (>= a)) = (x >= a)", "(x in (a, b)) = (x = a or x = b)", "(x in [a, b]) = (x = a or x = b)",
            "includes([a..b], x) = (x in [a..b])", "during(x, [a..b]) = (x in [a..b])", "before(x, [a..b]) = (x < a)", "after(x, [a..b]) = (x > b)",
            "before(x, (a..b)) = (x <= a)", "starts(x, [a..b]) = (x = a)", "finishes(x, [a..b]) = (x = b)", "(x in ]a..b[) = (x in (a..b))", "(min(x, a) = x) = (x <= a)", "(x != a) = not(x = a)",
        ]
        for round in 0..<600 {
            var three: [Value]
            switch round % 4 {
            case 0: three = (0..<3).map { _ in dice.integer(4) }
            case 1: three = (0..<3).map { _ in .date(CalendarDate(year: 2026, month: 2, day: 25 + dice.roll(4))!) }
            case 2: three = (0..<3).map { _ in .string(["а", "б", "ба", "А", ""][dice.roll(5)]) }
            default: three = (0..<3).map { _ in .dayTime(DayTimeDuration(seconds: Int64(dice.roll(5)) * 3_600)) }
            }
            if try evaluate("a > b", ["a": three[0], "b": three[1]]).value == true { three.swapAt(0, 1) }
            let values = ["a": three[0], "b": three[1], "x": three[2]]
            // A range needs two different ends to be open on both sides.
            try holds(laws.filter { three[0] != three[1] || !$0.contains("(a..b") && !$0.contains("a..b)") && !$0.contains("a..b[") }, values)
            let scope = Scope(values)
            for (cell, condition) in [("[a..b]", "x in [a..b]"), ("< a", "x < a"), ("not(a, b)", "not(x = a or x = b)"), ("a, >= b", "x = a or x >= b"), ("? > a and ? < b", "x > a and x < b"), ("-", "true")] {
                let answer = try UnaryTests(parsing: cell, names: ["a", "b"]).matches(three[2], scope)
                #expect(try evaluate(condition, values).value == Value(truth: answer), "\(cell) of \(values)")
            }
        }
    }

    @Test func `days and months are added by the laws`() throws {
        var dice = ValueDice(7)
        let laws = [
            "d + p - p = d", "(d + p) - d = p", "(d < e) = (d + @\"P1D\" < e + @\"P1D\")", "(e - d) + d = e", "d - e = -(e - d)", "date(d.year, d.month, d.day) = d",
            "(d + y).month = modulo(d.month - 1 + n, 12) + 1", "(d + y).year = d.year + floor((d.month - 1 + n) / 12)", "(d + y).day <= d.day", "(d + y) + @\"P1D\" > (d + y)",
            "if d.day <= 28 then d + y - y = d else true", "if d.day <= 28 then years and months duration(d, d + y) = y else true", "day of year(d) = (d - date(d.year, 1, 1)).days + 1",
            "day of week(d) = day of week(d + @\"P7D\")", "day of week(d) != day of week(d + @\"P1D\")", "week of year(d) >= 1 and week of year(d) <= 53", "last day = (date(d.year, d.month, 1) + @\"P1M\" - @\"P1D\").day",
            "d in [date(d.year, d.month, 1)..date(d.year, d.month, last day)]", "(y + y) / 2 = y", "(p + p) / 2 = p", "p * 3 = p + p + p", "y - y = @\"P0M\"", "abs(-p) = abs(p)",
            "date and time(d, @\"10:00:00Z\") + p - p = date and time(d, @\"10:00:00Z\")", "(date and time(d, @\"00:00:00Z\") < date and time(e, @\"00:00:00Z\")) = (d < e)",
        ]
        for _ in 0..<500 {
            let date = dice.date()
            let months = dice.roll(601) - 300
            let last = date.month == 12 ? 31 : CalendarDate(daysSinceEpoch: CalendarDate(year: date.year, month: date.month + 1, day: 1)!.daysSinceEpoch - 1).day
            try holds(laws, [
                "d": .date(date), "e": .date(dice.date()), "p": .dayTime(DayTimeDuration(seconds: Int64(dice.roll(100_001) - 50_000) * 86_400)),
                "y": .yearMonth(YearMonthDuration(months: Int64(months))), "n": .number(Decimal128(months)), "last day": .number(Decimal128(last)),
            ])
        }
    }

    @Test func `lists and texts are cut and joined by the laws`() throws {
        var dice = ValueDice(8)
        let laws = [
            "reverse(reverse(l)) = l", "count(concatenate(l, m)) = count(l) + count(m)", "sort(sort(l, function(x, y) x < y), function(x, y) x < y) = sort(l, function(x, y) x < y)",
            "sum(l) = sum(reverse(l))", "count(distinct values(l)) <= count(l)", "distinct values(concatenate(l, l)) = distinct values(l)", "union(l, m) = distinct values(concatenate(l, m))",
            "every x in l satisfies list contains(l, x)", "count(l[item > 0]) + count(l[item <= 0]) = count(l)", "append(l, 7)[-1] = 7", "count(l) = 0 or insert before(l, 1, 7)[1] = 7", "count(l) = 0 or remove(insert before(l, 1, 7), 1) = l",
            "(for x in l return x) = l", "count(for x in l, y in m return [x, y]) = count(l) * count(m)", "(some x in l satisfies x = 3) = list contains(l, 3)", "flatten([l, [m]]) = concatenate(l, m)",
            "max(append(l, 2)) >= 2", "min(append(l, 2)) <= 2", "substring(s, 1, n) + substring(s, n + 1) = s + \"\" or n >= string length(s)", "string length(s + t) = string length(s) + string length(t)",
            "contains(s + t, t)", "starts with(s + t, s)", "ends with(s + t, t)", "split(string join([\"a\", \"b\"], \";\"), \";\") = [\"a\", \"b\"]", "string join(split(u, \"-\"), \"-\") = u",
            "if contains(u, \"-\") then substring before(u, \"-\") + \"-\" + substring after(u, \"-\") = u else true", "upper case(upper case(s)) = upper case(s)", "(s < t) = (t > s)", "replace(u, \"-\", \"-\") = u",
        ]
        for _ in 0..<400 {
            let plain = String(dice.text().unicodeScalars.filter { $0 != "\u{301}" }.map { Character($0) })
            let other = String(dice.text().unicodeScalars.filter { $0 != "\u{301}" }.map { Character($0) })
            try holds(laws, [
                "l": .list((0..<dice.roll(6)).map { _ in dice.integer(4) }), "m": .list((0..<dice.roll(6)).map { _ in dice.integer(4) }), "s": .string(plain), "t": .string(other),
                "u": .string((0...dice.roll(4)).map { _ in ["a", "", "б", "-", "12"][dice.roll(5)] }.joined()), "n": .number(Decimal128(1 + dice.roll(8))),
            ])
        }
    }
}
