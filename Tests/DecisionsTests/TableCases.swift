import Decisions
import Definitions
import FEEL
import Foundation
import Kernel
import Testing

/// Cases written as a rules clerk would: a table, then lines that say what comes of which inputs. `Cases/README.md` explains the notation.
struct TableCase: CustomTestStringConvertible, Sendable {
    let table: WrittenTable
    let file: URL
    let line: Int
    /// Names and FEEL texts.
    var inputs: [(name: String, text: String)] = []
    var expected = Expectation.refused("")
    var rules: [Int]?
    var cells: [(answer: DecisionTrace.Answer, places: [String])] = []
    var sentences: [(language: String, text: String)] = []
    var problems: [String] = []

    enum Expectation: Sendable {
        case decided(String)
        case standard(String)
        case noRule
        case conflict
        /// The table cannot be read, for a reason with these words.
        case refused(String)
    }

    var testDescription: String { "\(file.lastPathComponent):\(line) \(table.title)" }
    var sourceLocation: SourceLocation {
        SourceLocation(fileID: "DecisionsTests/\(file.lastPathComponent)", filePath: file.path, line: line, column: 1)
    }

    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    // MARK: Reading

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Cases")

    static func all() throws -> [TableCase] {
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".txt") }.sorted()
        return try names.flatMap { try read(folder.appendingPathComponent($0)) }
    }

    private static func read(_ file: URL) throws -> [TableCase] {
        var cases: [TableCase] = []
        var title = ""
        var table = WrittenTable()
        for (place, raw) in try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = raw.trimmingSpaces
            do {
                if line.isEmpty { continue }
                if line.hasPrefix("# ") {
                    title = String(line.dropFirst(2))
                    table = WrittenTable()
                    table.title = title
                } else if line.hasPrefix("case ") || line == "case" {
                    cases.append(try TableCase(String(line.dropFirst(4)), table, file, place + 1))
                } else if line.hasPrefix("refused: ") {
                    var refused = TableCase(table: table, file: file, line: place + 1)
                    refused.expected = .refused(String(line.dropFirst(9)))
                    cases.append(refused)
                } else {
                    try table.add(line)
                }
            } catch let fault as Fault {
                throw Fault(description: "\(file.lastPathComponent):\(place + 1): \(fault)")
            }
        }
        return cases
    }

    private init(table: WrittenTable, file: URL, line: Int) {
        self.table = table
        self.file = file
        self.line = line
    }

    private init(_ text: String, _ table: WrittenTable, _ file: URL, _ line: Int) throws {
        self.init(table: table, file: file, line: line)
        guard let arrow = text.range(of: "->", options: .backwards) else { throw Fault(description: "a case wants ‘-> what comes of it’") }
        for part in text[..<arrow.lowerBound].components(separatedBy: ", ") {
            if let name = table.dataNames.first(where: { part.trimmingSpaces.hasPrefix($0 + "=") }) {
                inputs.append((name, String(part.trimmingSpaces.dropFirst(name.count + 1))))
            } else if !inputs.isEmpty {
                // A comma within a value.
                inputs[inputs.count - 1].text += ", " + part
            } else if !part.trimmingSpaces.isEmpty {
                throw Fault(description: "‘\(part)’ is no input of the table")
            }
        }
        let parts = text[arrow.upperBound...].components(separatedBy: "; ").map { $0.trimmingSpaces }
        switch parts[0] {
        case "no rule": expected = .noRule
        case "conflict": expected = .conflict
        case let value where value.hasPrefix("default "): expected = .standard(String(value.dropFirst(8)))
        case let value: expected = .decided(value)
        }
        for part in parts.dropFirst() {
            let words = part.split(separator: " ").map(String.init)
            switch words[0] {
            case "rule", "rules": rules = words.dropFirst().compactMap { Int($0) }
            case "yes": cells.append((.yes, Array(words.dropFirst())))
            case "no": cells.append((.no, Array(words.dropFirst())))
            case "unknown": cells.append((.unknown, Array(words.dropFirst())))
            case "says": sentences.append((String(words[1].dropLast()), words.dropFirst(2).joined(separator: " ")))
            case "problem:": problems.append(words.dropFirst().joined(separator: " "))
            default: throw Fault(description: "‘\(words[0])’ is no word of the notation")
            }
        }
    }
}

/// A table in the notation, and the DMN 1.5 that it stands for.
struct WrittenTable: Sendable {
    var title = ""
    private var policy = "UNIQUE"
    private var definitions: [String] = []
    private var data: [(name: String, type: String)] = []
    private var inputs: [Column] = []
    private var outputs: [Column] = []
    private var languages: [String] = []
    private var defaults: [String] = []
    private var rules: [[[String]]] = []
    private var result = ""
    private(set) var today: String?

    private struct Column: Sendable {
        var label: String
        var expression: String
        var type: String
        var allowed: String
    }

    var dataNames: [String] { data.map { $0.name }.sorted { $0.count > $1.count } }

    private static func split(_ text: String, _ separator: String) -> [String] {
        text.trimmingSpaces.isEmpty ? [] : text.components(separatedBy: separator).map { $0.trimmingSpaces }
    }

    /// `label = expression: type [allowed]`, of which the label, the type and the allowed values may be missing.
    private static func column(_ text: String) throws -> Column {
        let pattern =
            #/^(?<head>.+?)(?:\s*:\s*(?<type>number|string|boolean|date and time|date|time|days and time duration|years and months duration|Any|t[A-Z]\w*))?(?:\s+\[(?<allowed>.*)\])?$/#
        guard let match = text.wholeMatch(of: pattern) else { throw TableCase.Fault(description: "‘\(text)’ is no column") }
        let head = match.output.head.components(separatedBy: " = ")
        return Column(
            label: head[0], expression: head.count > 1 ? head[1...].joined(separator: " = ") : head[0], type: match.output.type.map(String.init) ?? "",
            allowed: match.output.allowed.map(String.init) ?? "")
    }

    mutating func add(_ line: String) throws {
        if line.hasPrefix("table ") {
            policy = String(line.dropFirst(6))
        } else if line.hasPrefix("type ") {
            let column = try Self.column(String(line.dropFirst(5)))
            definitions.append(
                "<itemDefinition name=\"\(column.label)\"><typeRef>\(column.type)</typeRef><allowedValues><text>\(column.allowed.escaped)</text></allowedValues></itemDefinition>")
        } else if line.hasPrefix("today ") {
            today = String(line.dropFirst(6))
        } else if line.hasPrefix("result ") {
            result = String(line.dropFirst(7))
        } else if line.hasPrefix("data ") {
            for item in Self.split(String(line.dropFirst(5)), ", ") {
                let column = try Self.column(item)
                data.append((column.label, column.type))
            }
        } else if line.hasPrefix("in ") || line == "in" {
            let parts = line.dropFirst(2).components(separatedBy: "||")
            guard parts.count >= 2, parts[1].trimmingSpaces.hasPrefix("out") else { throw TableCase.Fault(description: "write: in … || out …") }
            inputs = try Self.split(parts[0], " | ").map { try Self.column($0) }
            outputs = try Self.split(String(parts[1].trimmingSpaces.dropFirst(3)), " | ").map { try Self.column($0) }
            languages = parts.count > 2 ? Self.split(String(parts[2].trimmingSpaces.dropFirst(3)), " | ") : []
            if data.isEmpty { data = inputs.map { ($0.expression, $0.type) } }
        } else if line.hasPrefix("default ||") {
            defaults = Self.split(String(line.dropFirst(10)), " | ")
        } else if line.hasPrefix("for n in "), let colon = line.range(of: ": ") {
            let bounds = line[..<colon.lowerBound].dropFirst(9).components(separatedBy: "..").compactMap { Int($0) }
            for n in bounds[0]...bounds[1] {
                try add(line[colon.upperBound...].replacingOccurrences(of: "{n}", with: String(n)).replacingOccurrences(of: "{n+1}", with: String(n + 1)))
            }
        } else if line.contains("||") {
            rules.append(line.components(separatedBy: "||").map { Self.split($0, " | ") })
        } else {
            throw TableCase.Fault(description: "‘\(line)’ is no line of the notation")
        }
    }

    var xml: String {
        func type(_ name: String) -> String { name.isEmpty ? "" : " typeRef=\"\(name)\"" }
        func text(_ name: String, _ text: String) -> String { text.isEmpty ? "" : "<\(name)><text>\(text.escaped)</text></\(name)>" }
        var xml = definitions.joined()
        for (place, item) in data.enumerated() {
            xml += "<inputData id=\"i\(place)\" name=\"\(item.name)\"><variable name=\"\(item.name)\"\(type(item.type))/></inputData>\n"
        }
        xml += "<decision id=\"d\" name=\"d\"><variable name=\"d\"\(type(result))/>\n"
        for place in data.indices { xml += "<informationRequirement><requiredInput href=\"#i\(place)\"/></informationRequirement>\n" }
        let words = policy.hasPrefix("COLLECT ") ? "COLLECT\" aggregation=\"\(policy.dropFirst(8))" : policy
        xml += "<decisionTable hitPolicy=\"\(words)\">\n"
        for input in inputs {
            xml += "<input label=\"\(input.label.escaped.replacingOccurrences(of: "\"", with: "&quot;"))\"><inputExpression\(type(input.type))><text>\(input.expression.escaped)</text></inputExpression>"
            xml += text("inputValues", input.allowed) + "</input>\n"
        }
        for (place, output) in outputs.enumerated() {
            let standard = defaults.indices.contains(place) && defaults[place] != "-" ? defaults[place] : ""
            xml += "<output\(output.label == "-" ? "" : " name=\"\(output.label)\"")\(type(output.type))>"
            xml += text("outputValues", output.allowed) + text("defaultOutputEntry", standard) + "</output>\n"
        }
        for language in languages { xml += "<annotation name=\"\(language)\"/>\n" }
        for rule in rules {
            xml += "<rule>" + (rule.first ?? []).map { text("inputEntry", $0) }.joined()
            xml += (rule.count > 1 ? rule[1] : []).map { text("outputEntry", $0) }.joined()
            xml += (rule.count > 2 ? rule[2] : []).map { text("annotationEntry", $0) }.joined() + "</rule>\n"
        }
        return Models.definitions(xml + "</decisionTable></decision>")
    }
}

@Suite("Tables, case by case") struct TableCaseTests {
    static let cases = Result { try TableCase.all() }

    @Test func `the notation is read, and there are many cases`() throws {
        #expect(try Self.cases.get().count >= 200)
    }

    @Test(arguments: (try? cases.get()) ?? []) func `what comes of these inputs`(example: TableCase) throws {
        let place = example.sourceLocation
        let (model, diagnostics) = Models.read(example.table.xml)
        if case .refused(let words) = example.expected {
            #expect(model == nil, sourceLocation: place)
            #expect(diagnostics.contains { $0.message.contains(words) }, "\(diagnostics.map { $0.description })", sourceLocation: place)
            return
        }
        let table = try #require(model, "\(diagnostics.map { $0.description })", sourceLocation: place)
        var inputs: [String: Value] = [:]
        for input in example.inputs { inputs[input.name] = try Self.value(input.text) }
        let facts = DecisionModel.Facts(today: example.table.today.flatMap { CalendarDate($0) }, zones: Self.zones)
        let trace = table.trace("d", inputs, facts: facts)
        let outcome = trace.outcome
        let messages = outcome.problems.map { $0.message }

        switch (example.expected, outcome.status) {
        case (.decided(let text), .decided), (.standard(let text), .standard):
            #expect(outcome.value == (try Self.value(text)), "\(outcome.value.innerText) \(messages)", sourceLocation: place)
        case (.noRule, .noRule), (.conflict, .failed): #expect(outcome.value == .null, sourceLocation: place)
        default: Issue.record("\(outcome.status) \(outcome.value.innerText) \(messages)", sourceLocation: place)
        }
        if let rules = example.rules { #expect(outcome.matched.map { $0.place + 1 } == rules, sourceLocation: place) }
        for (answer, places) in example.cells {
            var found: [String] = []
            for (rule, answers) in trace.cells.enumerated() {
                for (column, given) in answers.enumerated() where given == answer { found.append("\(rule + 1).\(column + 1)") }
            }
            #expect(found == places, sourceLocation: place)
        }
        for (language, text) in example.sentences { #expect(outcome.sentence(language) == text, sourceLocation: place) }
        // Every problem is foretold, and nothing else goes wrong.
        for words in example.problems { #expect(messages.contains { $0.contains(words) }, "\(messages)", sourceLocation: place) }
        if example.problems.isEmpty, case .failed = outcome.status {} else if example.problems.isEmpty { #expect(messages.isEmpty, sourceLocation: place) }

        // The plain way says the same, and the account is enough to decide again.
        #expect(table.evaluate("d", inputs, facts: facts).value == outcome.value, sourceLocation: place)
        #expect(try DecisionTrace.recompute(trace.json, with: table, zones: Self.zones).isSame, sourceLocation: place)
    }

    private static let zones = Zones(["Etc/UTC": .utc])

    private static func value(_ text: String) throws -> Value {
        let evaluation = try Expression(parsing: text).evaluate(Scope(zones: zones))
        if let problem = evaluation.problems.first { throw TableCase.Fault(description: "‘\(text)’: \(problem.message)") }
        return evaluation.value
    }
}
