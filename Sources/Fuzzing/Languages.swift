internal import FEEL
internal import Kernel

// Expressions and regular expressions.

/// What the expressions speak of; names with spaces and operators among them.
let spokenOf: [String: Value] = [
    "age": 17, "birth date": .date(CalendarDate(year: 2008, month: 11, day: 24)!), "name": "Ana", "number of ships": 3, "a-b": 40, "a": 5, "b": 2,
    "nothing": .null, "person": ["first name": "Ana", "age": 17, "address": ["city": "Colón"]], "list": [1, 2, 3],
    "ships": [["name": "Aurora", "tons": 900], ["name": "Brisa", "tons": 1_200]],
]
private let names = Set(spokenOf.keys)
private let scope = Scope(
    spokenOf, today: CalendarDate(year: 2026, month: 1, day: 31),
    now: DateTime(date: CalendarDate(year: 2026, month: 1, day: 31)!, time: Time(secondOfDay: 36_000, zone: .offset(0))), zones: Zones(["Etc/UTC": .utc]))

/// An expression, and unary tests, of the same text.
@Sendable func feel(_ bytes: [UInt8]) -> String? {
    let text = String(decoding: bytes, as: UTF8.self)
    let length = text.unicodeScalars.count
    do throws(SyntaxError) {
        let expression = try Expression(parsing: text, names: names)
        for place in expression.places.values where !(0...length).contains(place) { return "a name's place is outside the expression" }
        let evaluation = expression.evaluate(scope)
        if let broken = broken(evaluation, length) { return broken }
        if let broken = unreadable(evaluation.value) { return broken }
        // What runs to the limit takes a while, once is enough.
        if evaluation.problems.contains(where: { $0.reason == .limitReached }) { return nil }
        // Functions made by the evaluation are equal to themselves alone.
        if !holdsFunction(evaluation.value), expression.evaluate(scope) != evaluation { return "two evaluations differ" }
    } catch {
        guard (0...length).contains(error.offset), !error.reason.isEmpty else { return "a syntax error has no place in the text" }
    }
    do throws(SyntaxError) {
        let tests = try UnaryTests(parsing: text, names: names)
        for value in [5, "a", true, .null, .date(CalendarDate(year: 2026, month: 2, day: 28)!), [1, 2]] as [Value] {
            if tests.matches(value, scope) != tests.matches(value, scope) { return "two answers of a cell differ" }
        }
        _ = tests.demands
        _ = tests.constants
    } catch {
        guard (0...length).contains(error.offset), !error.reason.isEmpty else { return "a syntax error has no place in the text" }
    }
    return nil
}

private func broken(_ evaluation: Evaluation, _ length: Int) -> String? {
    guard evaluation.problems.count <= Limits.problemsMax else { return "more problems than the limit" }
    for (place, problem) in evaluation.problems.enumerated() {
        guard (0...length).contains(problem.offset) else { return "a problem's place is outside the expression" }
        if let cause = problem.cause, !(0..<place).contains(cause) { return "a problem's cause is no earlier problem" }
    }
    return nil
}

private func holdsFunction(_ value: Value) -> Bool {
    switch value {
    case .function: true
    case .list(let items): items.contains { holdsFunction($0) }
    case .context(let context): context.values.contains { holdsFunction($0) }
    default: false
    }
}

/// Values that FEEL can write down are the same when that is read again. The reader's own limits excuse large and deep ones.
private func unreadable(_ value: Value) -> String? {
    var size = 0
    guard isWritable(value, &size), size <= 200 else {
        _ = value.json.canonical
        return nil
    }
    let text: String
    switch value {
    case .date, .time, .dateTime, .dayTime, .yearMonth: text = "@\"" + value.innerText + "\""
    default: text = value.innerText
    }
    guard let read = try? Expression(parsing: text).evaluate(scope).value else { return "what the value is written as cannot be read: \(text.prefix(200))" }
    guard read == value else { return "‘\(text.prefix(200))’ is read as ‘\(read.innerText.prefix(200))’" }
    return (try? JSON.parse(value.json.canonical)) == nil ? "the value's JSON is none" : nil
}

private func isWritable(_ value: Value, _ size: inout Int, depth: Int = 0) -> Bool {
    size += 1
    switch value {
    case .null, .boolean, .number: return true
    case .string(let text):
        size += text.utf8.count / 16
        return true
    case .date, .dayTime, .yearMonth: return depth == 0
    case .list(let items): return depth < 8 && items.count < 200 && items.allSatisfy { isWritable($0, &size, depth: depth + 1) }
    case .context, .time, .dateTime, .range, .function: return false
    }
}

/// `F` and a letter of flags, a pattern, a newline, a text to search.
@Sendable func pattern(_ bytes: [UInt8]) -> String? {
    guard let first = bytes.first else { return nil }
    let parts = bytes.dropFirst().split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    let text = String(decoding: parts[0], as: UTF8.self)
    let subject = parts.count > 1 ? String(decoding: parts[1], as: UTF8.self) : text
    let isXPath = first & 1 == 1
    let options = isXPath ? Pattern.Options(rawValue: first >> 1 & 31) : []
    do throws(PatternError) {
        let pattern = try Pattern(text, dialect: isXPath ? .xpath : .ecmaScript, options: options)
        let answer = pattern.search(subject)
        do throws(PatternLimitReached) {
            let match = try pattern.firstMatch(in: subject)
            if answer == .found, match == nil { return "a text is found, and its match is not" }
            if answer == .absent, match != nil { return "a text is absent, and its match is there" }
            for case let group? in match?.groups ?? [] where group.lowerBound < 0 || group.upperBound > subject.utf8.count {
                return "a group is outside the text"
            }
        } catch {
            return nil
        }
    } catch {
        guard (0...text.unicodeScalars.count).contains(error.offset), !error.reason.isEmpty else { return "a pattern's error has no place in it" }
    }
    return nil
}
