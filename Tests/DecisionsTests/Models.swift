import Decisions
import Definitions
import FEEL
import Kernel
import Testing

/// Builds small DMN files, so that each test shows only what it is about.
enum Models {
    static let namespace = "https://www.omg.org/spec/DMN/20230324/MODEL/"

    static func definitions(_ inside: String, namespace: String = namespace) -> String {
        "<definitions xmlns=\"\(namespace)\" name=\"test\" namespace=\"urn:test\">\n\(inside)\n</definitions>"
    }

    /// A table over inputs named by their columns. `rules`: cells, then outputs, separated by `|`.
    static func table(
        policy: String = "UNIQUE", inputs: [String], outputs: [String] = ["result"], annotations: [String] = [], rules: [String], extra: String = "",
        outputParts: [String: String] = [:], types: [String: String] = [:]
    ) -> String {
        var text = ""
        for input in inputs {
            let type = types[input].map { " typeRef=\"\($0)\"" } ?? ""
            text += "<inputData id=\"in-\(input)\" name=\"\(input)\"><variable name=\"\(input)\"\(type)/></inputData>\n"
        }
        text += "<decision id=\"d\" name=\"decision\"><variable name=\"decision\"/>\n"
        for input in inputs { text += "<informationRequirement><requiredInput href=\"#in-\(input)\"/></informationRequirement>\n" }
        text += "\(extra)<decisionTable \(policy.hasPrefix("COLLECT ") ? "hitPolicy=\"COLLECT\" aggregation=\"\(policy.dropFirst(8))\"" : "hitPolicy=\"\(policy)\"")>\n"
        for input in inputs { text += "<input label=\"\(input)\"><inputExpression><text>\(input)</text></inputExpression></input>\n" }
        for output in outputs { text += "<output name=\"\(output)\">\(outputParts[output] ?? "")</output>\n" }
        for annotation in annotations { text += "<annotation name=\"\(annotation)\"/>\n" }
        for (place, rule) in rules.enumerated() {
            let parts = rule.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
            text += "<rule id=\"r\(place + 1)\">"
            for part in parts.prefix(inputs.count) { text += "<inputEntry><text>\(part.escaped)</text></inputEntry>" }
            for part in parts.dropFirst(inputs.count).prefix(outputs.count) { text += "<outputEntry><text>\(part.escaped)</text></outputEntry>" }
            for part in parts.dropFirst(inputs.count + outputs.count) { text += "<annotationEntry><text>\(part.escaped)</text></annotationEntry>" }
            text += "</rule>\n"
        }
        return definitions(text + "</decisionTable></decision>")
    }

    static func read(_ text: String, strictness: Strictness = .strict) -> (model: DecisionModel?, diagnostics: [Diagnostic]) {
        var diagnostics = Diagnostics()
        guard let root = XMLReader.read(Array(text.utf8), path: "decision.dmn", into: &diagnostics) else { return (nil, diagnostics.all) }
        return (DecisionModel.read(root, into: &diagnostics, strictness: strictness), diagnostics.all)
    }

    /// Reads a model with others beside it; the diagnostics as they are printed.
    static func read(
        _ text: String, beside files: [(path: String, text: String)], strictness: Strictness = .strict
    ) -> (model: DecisionModel?, found: [String]) {
        var diagnostics = Diagnostics()
        let library = ModelLibrary(files.compactMap { XMLReader.read(Array($0.text.utf8), path: $0.path, into: &diagnostics) })
        let root = XMLReader.read(Array(text.utf8), path: "decision.dmn", into: &diagnostics)
        let model = root.flatMap { DecisionModel.read($0, into: &diagnostics, strictness: strictness, library: library) }
        return (model, diagnostics.all.map { $0.description })
    }

    /// Expects a fault at the marker 1️⃣ in the text, with these words in its message.
    static func expectFault(
        _ marked: String, beside files: [(path: String, text: String)] = [], _ words: [String], sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let parts = marked.split(separator: "1️⃣", maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2, "no marker", sourceLocation: sourceLocation)
        let line = parts[0].count { $0 == "\n" } + 1
        let column = (parts[0].split(separator: "\n", omittingEmptySubsequences: false).last ?? "").unicodeScalars.count + 1
        let (model, found) = read(String(parts[0] + parts[1]), beside: files)
        #expect(model == nil, sourceLocation: sourceLocation)
        let place = "decision.dmn:\(line):\(column): error: "
        #expect(found.contains { text in text.hasPrefix(place) && words.allSatisfy { text.contains($0) } }, "\(place)\(words) in \(found)", sourceLocation: sourceLocation)
    }

    static func model(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> DecisionModel {
        let (model, diagnostics) = read(text)
        return try #require(model, "\(diagnostics.map { $0.description })", sourceLocation: sourceLocation)
    }
}

extension StringProtocol {
    var trimmingSpaces: String {
        var part = self[...]
        while part.first == " " { part = part.dropFirst() }
        while part.last == " " { part = part.dropLast() }
        return String(part)
    }

    var escaped: String {
        var text = ""
        for character in self {
            switch character {
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "&": text += "&amp;"
            default: text.append(character)
            }
        }
        return text
    }
}
