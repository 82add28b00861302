import Decisions
import Definitions
import FEEL
package import Foundation
import Kernel

/// Runs suites of the DMN TCK: a model beside files of cases with expected results.
///
/// A case passes when all its result nodes do. A result marked `errorResult` must fail and give null: null alone, without a problem that explains
/// it, is no pass.
package enum DecisionCases {
    package struct Failure: CustomStringConvertible, Sendable {
        package let id: String
        package let reason: String
        package var description: String { "\(id): \(reason)" }
    }

    /// One compliance level, or whatever else a folder holds.
    package struct Report: Sendable {
        package let name: String
        package var passed = 0
        package var failures: [Failure] = []
        package var count: Int { passed + failures.count }
        /// The TCK does not count these.
        package var isCounted: Bool { name != "non-compliant" }

        package init(_ name: String) {
            self.name = name
        }
    }

    /// Zones of the machine; the suites name a handful.
    static let zones = Zones { name in
        guard !name.contains(".."), let data = FileManager.default.contents(atPath: "/usr/share/zoneinfo/" + name) else { return nil }
        return try? TimeZoneRules(tzif: [UInt8](data))
    }

    static let facts = DecisionModel.Facts(
        today: CalendarDate(year: 2026, month: 1, day: 31),
        now: DateTime(date: CalendarDate(year: 2026, month: 1, day: 31)!, time: Time(secondOfDay: 36_000, zone: .offset(0))), zones: zones)

    // MARK: Folders

    private static func names(in folder: URL) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
    }

    /// Runs what is at or below a folder: the suite's own (`dmn-tck`), its `TestCases`, one level, or one suite.
    package static func run(_ folder: URL) -> [Report] {
        let inner = folder.appendingPathComponent("TestCases")
        if FileManager.default.fileExists(atPath: inner.path) { return run(inner) }
        let levels = names(in: folder).filter { $0.hasPrefix("compliance-level-") || $0 == "non-compliant" }
        if !levels.isEmpty { return levels.map { level(folder.appendingPathComponent($0)) } }
        return [level(folder)]
    }

    private static func level(_ folder: URL) -> Report {
        var report = Report(folder.lastPathComponent)
        if names(in: folder).contains(where: { $0.hasSuffix(".dmn") }) { run(suite: folder, into: &report) }
        for name in names(in: folder) { run(suite: folder.appendingPathComponent(name), into: &report) }
        return report
    }

    private static func run(suite folder: URL, into report: inout Report) {
        let suite = folder.lastPathComponent
        let files = names(in: folder)
        let library = ModelLibrary(files.filter { $0.hasSuffix(".dmn") }.compactMap { try? xml(folder.appendingPathComponent($0)).get() })
        for file in files where file.hasSuffix(".xml") {
            let tests: XMLNode
            switch xml(folder.appendingPathComponent(file)) {
            case .success(let node): tests = node
            case .failure(let fault):
                report.failures.append(Failure(id: "\(suite)/\(file)", reason: "\(fault)"))
                continue
            }
            let model: Result<DecisionModel, Unreadable>
            switch xml(folder.appendingPathComponent(tests.child("modelName")?.trimmedText.text ?? "")) {
            case .failure(let fault): model = .failure(fault)
            case .success(let root):
                var diagnostics = Diagnostics()
                if let read = DecisionModel.read(root, into: &diagnostics, strictness: .lenient, library: library) {
                    model = .success(read)
                } else {
                    model = .failure(Unreadable(description: diagnostics.all.first { $0.severity == .error }?.description ?? "the model was refused"))
                }
            }
            for testCase in tests.children("testCase") {
                let id = "\(suite)/\(testCase["id"] ?? "?")"
                switch model {
                case .failure(let fault): report.failures.append(Failure(id: id, reason: fault.description))
                case .success(let model):
                    let faults = run(testCase, model)
                    if faults.isEmpty { report.passed += 1 } else { report.failures.append(Failure(id: id, reason: faults.joined(separator: "; "))) }
                }
            }
        }
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private static func xml(_ url: URL) -> Result<XMLNode, Unreadable> {
        guard let data = FileManager.default.contents(atPath: url.path) else {
            return .failure(Unreadable(description: "\(url.lastPathComponent) is not there"))
        }
        var diagnostics = Diagnostics()
        guard let root = XMLReader.read([UInt8](data), path: url.lastPathComponent, into: &diagnostics) else {
            return .failure(Unreadable(description: diagnostics.all.first?.description ?? "\(url.lastPathComponent) cannot be read"))
        }
        return .success(root)
    }

    // MARK: Cases

    /// What is wrong with each result node that does not pass.
    private static func run(_ testCase: XMLNode, _ model: DecisionModel) -> [String] {
        var inputs: [String: Value] = [:]
        for node in testCase.children("inputNode") { inputs[node["name"] ?? ""] = value(node) }
        let results = testCase.children("resultNode")
        if results.isEmpty { return ["the case has no result node"] }
        let invoked = testCase["type"] == "decision" ? nil : testCase["invocableName"]
        var faults: [String] = []
        for node in results {
            let name = node["name"] ?? ""
            let outcome = model.evaluate(invoked ?? name, inputs, facts: facts)
            var found = outcome.value
            // A service with several outputs gives them by name.
            if let invoked, (model.service(invoked)?.outputs.count ?? 1) > 1 { found = found.context?[name] ?? .null }
            let expected = node.child("expected").map { value($0) } ?? .null
            if let fault = fault(found, expected, outcome, mustFail: node["errorResult"] == "true") {
                faults.append((results.count > 1 ? name + ": " : "") + fault)
            }
        }
        return faults
    }

    private static func fault(_ found: Value, _ expected: Value, _ outcome: DecisionOutcome, mustFail: Bool) -> String? {
        var hasFailed = !outcome.problems.isEmpty
        if case .failed = outcome.status { hasFailed = true }
        if mustFail {
            if !found.isNull { return "must fail, got \(found.shortText)" }
            return hasFailed ? nil : "must fail, gave null without a problem"
        }
        if equal(found, expected) { return nil }
        let why = outcome.problems.first.map { " (\($0.message))" } ?? ""
        return "expected \(expected.shortText), got \(found.shortText)\(why)"
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
