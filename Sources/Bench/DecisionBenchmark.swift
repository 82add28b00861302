import Decisions
import Definitions
import FEEL
import Kernel

/// Decides over and over on one thread, by a unique table of 10 rules and 3 inputs among others; the median of the rounds counts.
///
/// The rows and their answers are printed, so that the peer decides on the same ones and can be held to the same answers.
func decisionBenchmark(rounds: Int) throws -> JSONObject {
    let model = try read(Fees.model)
    let rows = Fees.rows
    let inputs = rows.map { Fees.inputs($0) }
    let answers = inputs.map { model.evaluate("fee", $0).value }
    guard !answers.contains(.null) else { throw Unfit(text: "a row of the table has no answer") }
    let prepared = try prepared(model, "fee")
    let positional: [[Value?]] = inputs.map { row in prepared.inputs.map { row[$0] } }
    func plain(_ place: Int) -> Bool { model.evaluate("fee", inputs[place]).value == answers[place] }
    func traced(_ place: Int) -> Bool {
        let trace = model.trace("fee", inputs[place])
        return trace.outcome.value == answers[place] && trace.accounts.count == 1
    }

    var figures: JSONObject = [:]
    var samples: [String: [Double]] = [:]
    func measure(_ name: String, over count: Int, _ body: (Int) -> Bool) {
        samples[name, default: []].append(perSecond(over: count, body))
    }
    let large = try LargeTable(rules: 5_000)
    let conditions = try Condition.all()
    // Everything takes its turn in every round, so that a busy moment of the machine meets all alike.
    for _ in 0..<rounds {
        measure("plainPerSecond", over: rows.count, plain)
        measure("preparedPerSecond", over: rows.count) { prepared.evaluate(positional[$0]).value == answers[$0] }
        measure("tracedPerSecond", over: rows.count, traced)
        measure("tracedJSONPerSecond", over: rows.count) { model.trace("fee", inputs[$0]).json.canonicalBytes.count > 500 }
        measure("tracedJSONHashedPerSecond", over: rows.count) { model.trace("fee", inputs[$0]).digest.bytes.count == 32 }
        measure("largePlainPerSecond", over: large.inputs.count, large.isRight)
        for condition in conditions { measure(condition.name + "PerSecond", over: 1) { _ in condition.isRight } }
    }
    for (name, values) in samples.sorted(by: { $0.key < $1.key }) { figures[name] = .figure(values.sorted()[values.count / 2]) }
    var place = 0
    func next() -> Int {
        place = (place + 1) % rows.count
        return place
    }
    figures["plainAllocations"] = .tenths(allocations { plain(next()) })
    figures["preparedAllocations"] = .tenths(allocations { prepared.evaluate(positional[next()]).value != .null })
    figures["tracedAllocations"] = .tenths(allocations { traced(next()) })
    for condition in conditions { figures[condition.name + "Allocations"] = .tenths(allocations { condition.isRight }) }
    // For the peer, which decides the same.
    figures["rows"] = .array(
        zip(rows, answers).map { row, answer in
            ["kind": .string(row.kind), "income": .integer(row.income), "resident": .bool(row.resident), "fee": answer.json]
        })
    return figures
}

/// By the time that this process has computed: what else the machine does is not counted.
private func perSecond(over count: Int, _ body: (Int) -> Bool) -> Double {
    let least = 0.2
    var done = 0
    let start = computedSeconds()
    var spent = 0.0
    while spent < least {
        for _ in 0..<(1 + 1_000 / count) {
            for place in 0..<count { precondition(body(place)) }
            done += count
        }
        spent = computedSeconds() - start
    }
    return Double(done) / spent
}

private func read(_ text: String) throws -> DecisionModel {
    var diagnostics = Diagnostics()
    guard let root = XMLReader.read(Array(text.utf8), path: "bench.dmn", into: &diagnostics), let model = DecisionModel.read(root, into: &diagnostics) else {
        throw Unfit(text: "the model cannot be read: \(diagnostics.all.first?.description ?? "")")
    }
    return model
}

private func prepared(_ model: DecisionModel, _ decision: String) throws -> DecisionModel.Prepared {
    guard let prepared = model.prepared(decision) else { throw Unfit(text: "there is no decision \(decision)") }
    return prepared
}

extension JSON {
    fileprivate static func tenths(_ value: Double) -> JSON { .number(Decimal128(Int((value * 10).rounded())).divided(by: 10) ?? 0) }
}

/// The table of 10 rules and 3 inputs.
private enum Fees {
    struct Row {
        let kind: String
        let income: Int
        let resident: Bool
    }

    static let rules = [
        ("\"student\"", "< 1000", "true", 5), ("\"student\"", "< 1000", "false", 15), ("\"student\"", ">= 1000", "-", 25), ("\"worker\"", "< 500", "-", 10),
        ("\"worker\"", "[500..2000)", "true", 30), ("\"worker\"", "[500..2000)", "false", 45), ("\"worker\"", ">= 2000", "-", 60), ("\"retired\"", "-", "true", 0),
        ("\"retired\"", "-", "false", 20), ("not(\"student\", \"worker\", \"retired\")", "-", "-", 80),
    ]

    static let model: String = {
        var text = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"fees\" namespace=\"urn:fees\">"
        for (name, type) in [("kind", "string"), ("income", "number"), ("resident", "boolean")] {
            text += "<inputData id=\"\(name)\" name=\"\(name)\"><variable name=\"\(name)\" typeRef=\"\(type)\"/></inputData>"
        }
        text += "<decision id=\"fee\" name=\"fee\"><variable name=\"fee\" typeRef=\"number\"/>"
        for name in ["kind", "income", "resident"] { text += "<informationRequirement><requiredInput href=\"#\(name)\"/></informationRequirement>" }
        text += "<decisionTable hitPolicy=\"UNIQUE\">"
        for (name, type) in [("kind", "string"), ("income", "number"), ("resident", "boolean")] {
            text += "<input label=\"\(name)\"><inputExpression typeRef=\"\(type)\"><text>\(name)</text></inputExpression></input>"
        }
        text += "<output name=\"fee\" typeRef=\"number\"/><annotation name=\"en\"/>"
        for (place, rule) in rules.enumerated() {
            text += "<rule id=\"r\(place + 1)\">"
            for cell in [rule.0, rule.1, rule.2] { text += "<inputEntry><text>\(cell.replacing("<", with: "&lt;"))</text></inputEntry>" }
            text += "<outputEntry><text>\(rule.3)</text></outputEntry><annotationEntry><text>Rule \(place + 1) sets the fee.</text></annotationEntry></rule>"
        }
        return text + "</decisionTable></decision></definitions>"
    }()

    /// Every rule is met, the late ones as often as the early ones.
    static let rows: [Row] = {
        var rows: [Row] = []
        for kind in ["student", "worker", "retired", "other"] {
            for income in [0, 400, 500, 999, 1_000, 1_999, 2_000, 9_000] {
                for resident in [true, false] { rows.append(Row(kind: kind, income: income, resident: resident)) }
            }
        }
        return rows
    }()

    static func inputs(_ row: Row) -> [String: Value] {
        ["kind": .string(row.kind), "income": .number(Decimal128(row.income)), "resident": .boolean(row.resident)]
    }
}

/// A unique table of thousands of rules: postal codes by name, and an income in one of ten steps.
private struct LargeTable {
    let model: DecisionModel
    let inputs: [[String: Value]]
    let answers: [Value]

    init(rules: Int) throws {
        let steps = 10
        var text = "<definitions xmlns=\"https://www.omg.org/spec/DMN/20230324/MODEL/\" name=\"large\" namespace=\"urn:large\">"
        for name in ["place", "income"] { text += "<inputData id=\"\(name)\" name=\"\(name)\"><variable name=\"\(name)\"/></inputData>" }
        text += "<decision id=\"rate\" name=\"rate\"><variable name=\"rate\"/>"
        for name in ["place", "income"] { text += "<informationRequirement><requiredInput href=\"#\(name)\"/></informationRequirement>" }
        text += "<decisionTable hitPolicy=\"UNIQUE\"><input><inputExpression><text>place</text></inputExpression></input>"
        text += "<input><inputExpression><text>income</text></inputExpression></input><output name=\"rate\"/>"
        for rule in 0..<rules {
            let step = rule % steps
            text += "<rule id=\"r\(rule)\"><inputEntry><text>\"P\(rule / steps)\"</text></inputEntry><inputEntry><text>[\(step * 100)..\(step * 100 + 100))</text></inputEntry>"
            text += "<outputEntry><text>\(rule)</text></outputEntry></rule>"
        }
        model = try read(text + "</decisionTable></decision></definitions>")
        let rows = stride(from: 0, to: rules, by: 37).map { $0 }
        inputs = rows.map { ["place": .string("P\($0 / steps)"), "income": .number(Decimal128($0 % steps * 100 + 50))] }
        answers = rows.map { .number(Decimal128($0)) }
    }

    func isRight(_ place: Int) -> Bool { model.evaluate("rate", inputs[place]).value == answers[place] }
}

/// Conditions as policies and forms have them.
private struct Condition {
    let name: String
    private let expression: Expression
    private let scope: Scope

    private init(_ name: String, _ text: String) throws {
        self.name = name
        let values: [String: Value] = [
            "age": 34, "income": 800, "status": "b", "person": ["address": ["province": "8"], "born": .date(CalendarDate(year: 1990, month: 5, day: 1)!)],
        ]
        expression = try Expression(parsing: text, names: Set(values.keys))
        scope = Scope(values)
    }

    static func all() throws -> [Condition] {
        [
            try Condition("comparison", "age >= 18 and income < 1000"), try Condition("membership", "status in (\"a\", \"b\")"),
            try Condition("path", "person.address.province = \"8\""), try Condition("arithmetic", "(income * 12 + 100) / 4 > 2000"),
            try Condition("function", "contains(status, \"b\") and string length(status) < 3"), try Condition("date", "person.born <= date(\"2008-01-31\")"), try Condition("quantified", "some x in [1, 2, 3] satisfies x > 2"),
        ]
    }

    var isRight: Bool { expression.evaluate(scope).value == true }
}
