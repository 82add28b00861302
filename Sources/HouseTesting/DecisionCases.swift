import Decisions
import Definitions
import FEEL
package import Foundation
import Kernel

/// Runs suites of the DMN TCK: a model beside files of cases with expected results.
package enum DecisionCases {
    package struct Failure: CustomStringConvertible {
        package let id: String
        package let reason: String
        package var description: String { "\(id): \(reason)" }
    }

    package struct Report {
        package var passed = 0
        package var failures: [Failure] = []
        /// Suites whose model uses what cannot be read; its cases count as failed.
        package var refused: [String: String] = [:]

        package init() {}
    }

    /// Zones of the machine; the suites name a handful.
    static let zones = Zones { name in
        guard !name.contains(".."), let data = FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name) else { return nil }
        return try? TimeZoneRules(tzif: [UInt8](data))
    }

    static let facts = DecisionModel.Facts(
        today: CalendarDate(year: 2026, month: 1, day: 31),
        now: DateTime(date: CalendarDate(year: 2026, month: 1, day: 31)!, time: Time(secondOfDay: 36_000, zone: .offset(0))), zones: zones)

    /// All suites below a folder, by name.
    package static func suites(in folder: URL) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.sorted().map { folder.appendingPathComponent($0) }.filter { FileManager.default.fileExists(atPath: $0.path) }
    }

    package static func run(_ suite: URL, into report: inout Report) {
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: suite.path)) ?? []).sorted()
        for file in files where file.hasSuffix(".xml") {
            guard let tests = xml(suite.appendingPathComponent(file)) else { continue }
            let modelName = tests.child("modelName")?.trimmedText.text ?? ""
            var diagnostics = Diagnostics()
            let root = xml(suite.appendingPathComponent(modelName))
            let model = root.flatMap { DecisionModel.read($0, into: &diagnostics, strictness: .lenient) }
            if model == nil { report.refused[suite.lastPathComponent] = diagnostics.all.first?.description ?? "no model" }
            for testCase in tests.children("testCase") { run(testCase, model, suite.lastPathComponent, into: &report) }
        }
    }

    private static func xml(_ url: URL) -> XMLNode? {
        guard let data = FileManager.default.contents(atPath: url.path) else { return nil }
        var diagnostics = Diagnostics()
        return XMLReader.read([UInt8](data), path: url.lastPathComponent, into: &diagnostics)
    }

    private static func run(_ testCase: XMLNode, _ model: DecisionModel?, _ suite: String, into report: inout Report) {
        var inputs: [String: Value] = [:]
        for node in testCase.children("inputNode") { inputs[node["name"] ?? ""] = value(node) }
        for node in testCase.children("resultNode") {
            let name = node["name"] ?? ""
            let id = "\(suite)/\(testCase["id"] ?? "?")/\(name)"
            guard let model else {
                report.failures.append(Failure(id: id, reason: "the model was refused"))
                continue
            }
            let outcome = model.evaluate(name, inputs, facts: facts)
            let expected = node.child("expected").map { value($0) } ?? .null
            if equal(outcome.value, expected) {
                report.passed += 1
            } else {
                let why = outcome.problems.first.map { " (\($0.message))" } ?? ""
                report.failures.append(Failure(id: id, reason: "expected \(expected.innerText), got \(outcome.value.innerText)\(why)"))
            }
        }
    }

    // MARK: Values

    private static let schema = "http://www.w3.org/2001/XMLSchema-instance"

    /// `value`, `list` or `component`s below a node.
    static func value(_ node: XMLNode) -> Value {
        if let list = node.child("list") {
            if list["nil", namespace: schema] == "true" { return .null }
            return .list(list.children("item").map { value($0) })
        }
        let components = node.children("component")
        if !components.isEmpty {
            var context = Context()
            for component in components { context[component["name"] ?? ""] = value(component) }
            return .context(context)
        }
        guard let leaf = node.child("value"), leaf["nil", namespace: schema] != "true" else { return .null }
        let text = leaf.text
        let type = (leaf["type", namespace: schema] ?? "xsd:string").split(separator: ":").last.map(String.init) ?? "string"
        switch type {
        case "boolean": return .boolean(text == "true")
        case "decimal", "double", "float", "integer", "int", "long": return Decimal128(text).map { .number($0) } ?? .null
        case "date": return feel("date", text)
        case "time": return feel("time", text)
        case "dateTime": return feel("date and time", text)
        case "duration", "dayTimeDuration", "yearMonthDuration": return feel("duration", text)
        default: return .string(text)
        }
    }

    private static func feel(_ function: String, _ text: String) -> Value {
        guard let expression = try? Expression(parsing: "\(function)(\"\(text)\")") else { return .null }
        return expression.evaluate(Scope(zones: zones)).value
    }

    /// The official runners compare numbers within 1e-8.
    static func equal(_ one: Value, _ other: Value) -> Bool {
        switch (one, other) {
        case (.number(let left), .number(let right)):
            if left == right { return true }
            guard let difference = left.subtracting(right)?.magnitude, let tolerance = Decimal128("0.00000001") else { return false }
            return difference < tolerance
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { equal($0, $1) }
        case (.context(let left), .context(let right)):
            return left.count == right.count && left.keys.allSatisfy { key in right[key].map { equal(left[key]!, $0) } ?? false }
        default:
            return one == other
        }
    }
}
