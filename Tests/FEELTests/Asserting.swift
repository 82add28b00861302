import FEEL
import Kernel
import Testing

/// An expression and its value in FEEL's own writing.
struct Row: CustomTestStringConvertible, Sendable {
    let expression: String
    let expected: String
    init(_ expression: String, _ expected: String) {
        self.expression = expression
        self.expected = expected
    }
    var testDescription: String { expression }
}

let zones = Zones(["Etc/UTC": .utc])

/// The names that the rows may use.
let facts: [String: Value] = [
    "age": 17, "birth date": .date(CalendarDate("2008-11-24")!), "today": .date(CalendarDate("2026-01-31")!), "name": "Ana",
    "number of ships": 3, "a-b": 40, "a": 5, "b": 2, "nothing": nil,
    "person": ["first name": "Ana", "age": 17, "address": ["city": "Colón"]],
    "ships": [["name": "Aurora", "tons": 900], ["name": "Brisa", "tons": 1_200], ["name": "Cóndor", "tons": 1_200]],
]

func evaluate(_ text: String, _ values: [String: Value] = facts) throws -> Evaluation {
    try Expression(parsing: text, names: Set(values.keys)).evaluate(
        Scope(values, today: CalendarDate("2026-01-31"), now: nil, zones: zones))
}

func expectRow(_ row: Row, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let evaluation = try evaluate(row.expression)
    #expect(evaluation.value.innerText == row.expected, "\(evaluation.problems.map { $0.message })", sourceLocation: sourceLocation)
}
