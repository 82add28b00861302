import Decisions
import Definitions
import FEEL
import Kernel
import Testing

/// Small tables written as text, and what is found in them.
///
/// `columns`: `age: number | [0..150]`, a name, its type and its allowed values, the last two as needed; `name <- expression: type` where the
/// expression is not just that name. `rules`: cells, then outputs, separated by `|`.
struct ProofSketch: Sendable {
    var policy = "UNIQUE"
    var columns: [String]
    var rules: [String]
    var outputs = ["result"]
    var outputParts: [String: String] = [:]

    private struct Column {
        let label: String
        let expression: String
        let type: String
        let allowed: String

        init(_ text: String) {
            var rest = text[...]
            var name = rest
            if let colon = rest.firstIndex(of: ":") {
                name = rest[..<colon]
                rest = rest[rest.index(after: colon)...]
            } else {
                rest = ""
            }
            var typeText = rest.trimmingSpaces
            var allowedText = ""
            if let bar = typeText.firstIndex(of: "|") {
                allowedText = String(typeText[typeText.index(after: bar)...]).trimmingSpaces
                typeText = String(typeText[..<bar]).trimmingSpaces
            }
            if let arrow = name.firstRange(of: "<-") {
                label = String(name[..<arrow.lowerBound]).trimmingSpaces
                expression = String(name[arrow.upperBound...]).trimmingSpaces
            } else {
                label = String(name).trimmingSpaces
                expression = label
            }
            type = typeText
            allowed = allowedText
        }
    }

    /// The inputs of the model: the first names that the columns' expressions speak of.
    private var inputNames: [String] {
        var names: [String] = []
        for column in columns.map({ Column($0) }) {
            for word in column.expression.split(whereSeparator: { !($0.isLetter || $0 == "_") }).map({ String($0) }) where word.first?.isLetter == true {
                let isMember = column.expression.contains("." + word)
                if !isMember, !["count", "abs", "date", "even"].contains(word), !names.contains(word) { names.append(word) }
            }
        }
        return names
    }

    /// The table alone, for those who put it elsewhere.
    var table: String {
        let attributes = policy.hasPrefix("COLLECT ") ? "hitPolicy=\"COLLECT\" aggregation=\"\(policy.dropFirst(8))\"" : "hitPolicy=\"\(policy)\""
        var text = "<decisionTable \(attributes)>\n"
        for column in columns.map({ Column($0) }) {
            let type = column.type.isEmpty ? "" : " typeRef=\"\(column.type)\""
            let allowed = column.allowed.isEmpty ? "" : "<inputValues><text>\(column.allowed.escaped)</text></inputValues>"
            text += "<input label=\"\(column.label)\"><inputExpression\(type)><text>\(column.expression.escaped)</text></inputExpression>\(allowed)</input>\n"
        }
        for output in outputs { text += "<output name=\"\(output)\">\(outputParts[output] ?? "")</output>\n" }
        for (place, rule) in rules.enumerated() {
            let parts = rule.split(separator: "|", omittingEmptySubsequences: false).map { $0.trimmingSpaces }
            text += "<rule id=\"r\(place + 1)\">"
            for part in parts.prefix(columns.count) { text += "<inputEntry><text>\(part.escaped)</text></inputEntry>" }
            for part in parts.dropFirst(columns.count) { text += "<outputEntry><text>\(part.escaped)</text></outputEntry>" }
            text += "</rule>\n"
        }
        return text + "</decisionTable>"
    }

    var text: String {
        var text = ""
        for name in inputNames { text += "<inputData id=\"in-\(name)\" name=\"\(name)\"><variable name=\"\(name)\"/></inputData>\n" }
        text += "<decision id=\"d\" name=\"decision\"><variable name=\"decision\"/>\n"
        for name in inputNames { text += "<informationRequirement><requiredInput href=\"#in-\(name)\"/></informationRequirement>\n" }
        return Models.definitions(text + table + "</decision>")
    }

    static func findings(in text: String, limits: ProofLimits = .standard) throws -> (model: DecisionModel, words: [String]) {
        let model = try Models.model(text)
        return (model, model.placedTables().flatMap { placed in words(TableProof(placed, limits: limits)) })
    }

    func findings(limits: ProofLimits = .standard) throws -> [String] { try ProofSketch.findings(in: text, limits: limits).words }

    /// One short line per finding: `gap: < 18, -`, `maybe gap: …`, `overlap 1 2 different: …`, `idle 3 by 1 2`, `idle 2 in 1`, `stray 1 2 "x"`, `open …`.
    static func words(_ proof: TableProof) -> [String] {
        var lines: [String] = []
        for overlap in proof.overlaps {
            lines.append("\(overlap.isCertain ? "" : "maybe ")overlap \(overlap.rules[0] + 1) \(overlap.rules[1] + 1) \(overlap.outputs): \(overlap.cells.joined(separator: "; "))")
        }
        if proof.moreOverlaps > 0 { lines.append("more overlaps \(proof.moreOverlaps)") }
        for gap in proof.gaps { lines.append("\(gap.isCertain ? "" : "maybe ")gap: \(gap.cells.joined(separator: "; "))") }
        if proof.moreGaps > 0 { lines.append("more gaps \(proof.moreGaps)") }
        for idle in proof.idle {
            switch idle.reason {
            case .cell(let column): lines.append("idle \(idle.rule + 1) in \(column + 1)")
            case .contradiction(let columns): lines.append("idle \(idle.rule + 1) between " + columns.map { String($0 + 1) }.joined(separator: " "))
            case .covered(let rules): lines.append("idle \(idle.rule + 1) by " + rules.map { String($0 + 1) }.joined(separator: " "))
            }
        }
        for stray in proof.strays { lines.append("stray \(stray.rule + 1) \(stray.column + 1) \(stray.value.innerText)") }
        for obstacle in proof.obstacles {
            switch obstacle {
            case .column(let column, _): lines.append("open column \(column + 1)")
            case .allowedValues(let column): lines.append("open allowed \(column + 1)")
            case .cell(let rule, let column): lines.append("open cell \(rule + 1) \(column + 1)")
            case .rules: lines.append("open rules")
            case .regions: lines.append("open regions")
            }
        }
        lines.append("\(proof.verdict)")
        return lines
    }
}
