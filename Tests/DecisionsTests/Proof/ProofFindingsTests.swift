import Decisions
import Definitions
import FEEL
import Kernel
import Testing

@Suite("What a designer reads about a table") struct ProofFindingsTests {
    /// A sketch's file in which 1️⃣ marks the place of the finding.
    struct Finding: CustomTestStringConvertible, Sendable {
        let text: String
        let severity: Diagnostic.Severity
        let message: String
        init(_ text: String, _ severity: Diagnostic.Severity, _ message: String) {
            self.text = text
            self.severity = severity
            self.message = message
        }
        var testDescription: String { message }

        func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
            let parts = text.split(separator: "1️⃣", maxSplits: 1, omittingEmptySubsequences: false)
            try #require(parts.count == 2, sourceLocation: sourceLocation)
            let line = parts[0].count { $0 == "\n" } + 1
            let column = (parts[0].split(separator: "\n", omittingEmptySubsequences: false).last ?? "").unicodeScalars.count + 1
            let model = try Models.model(String(parts[0] + parts[1]))
            var diagnostics = Diagnostics()
            model.prove(into: &diagnostics)
            let found = diagnostics.all.map { $0.description }
            #expect(found.contains("decision.dmn:\(line):\(column): \(severity.rawValue): \(message)"), "\(found)", sourceLocation: sourceLocation)
        }
    }

    static func text(_ columns: [String], _ rules: [String], policy: String = "UNIQUE", mark: String, part: String = "") -> String {
        let text = ProofSketch(policy: policy, columns: columns, rules: rules, outputParts: ["result": part]).text
        return text.replacing(mark, with: "1️⃣" + mark, maxReplacements: 1)
    }

    static let adult = ["age: number", "income: number"]

    @Test(arguments: [
        Finding(text(adult, ["< 18 | - | 1", ">= 18 | > 0 | 2", ">= 18 | < 0 | 3"], mark: "<decisionTable"), .warning,
                "no rule for age = 18, income = 0, a case of age >= 18; add a rule or a default output"),
        Finding(text(adult, ["< 18 | - | 1", "> 18 | - | 2"], mark: "<decisionTable"), .warning, "no rule for age = 18; add a rule or a default output"),
        Finding(text(adult, ["<= 17 | - | 1", ">= 18 | - | 2"], mark: "<decisionTable"), .warning, "no rule for age = 17.5, a case of age (17..18); add a rule or a default output"),
        Finding(text(["activity: string"], ["\"food\", \"repair\" | 1"], mark: "<decisionTable"), .warning,
                "no rule for activity = any text other than \"food\", \"repair\"; add a rule or a default output"),
        Finding(text(["x: number"], [], mark: "<decisionTable"), .warning, "this table has no rule; add one, or a default output"),
        Finding(text(["since: date"], ["< @\"2026-01-01\" | 1", "> @\"2026-01-01\" | 2"], mark: "<decisionTable"), .warning,
                "no rule for since = 2026-01-01; add a rule or a default output"),
        Finding(text(["y <- x + 1: number"], ["< 5 | 1", "> 5 | 2"], mark: "<decisionTable"), .warning, "there may be no rule for y = 5; add a rule or a default output"),
        Finding(text(adult, ["<= 18 | - | 1", ">= 18 | - | 2"], mark: "<rule id=\"r2\""), .error,
                "rules 1 and 2 both match for age = 18, and say different things (hit policy UNIQUE); narrow one of them, or write hitPolicy=\"FIRST\" where the earlier is to hold"),
        Finding(text(adult, ["<= 18 | - | 1", ">= 18 | > 5 | 2", "- | - | 2"], policy: "ANY", mark: "<rule id=\"r2\""), .error,
                "rules 1 and 2 both match for age = 18, income = 6, and say different things (hit policy ANY); narrow one of them, or write hitPolicy=\"FIRST\" where the earlier is to hold"),
        Finding(text(adult, ["<= 18 | - | 1", ">= 18 | - | 1"], mark: "<rule id=\"r2\""), .warning,
                "rules 1 and 2 both match for age = 18, but only one may (hit policy UNIQUE), even where they say the same: nothing would be decided; narrow one of them, or write hitPolicy=\"ANY\""),
        Finding(text(adult, ["<= 18 | - | age", ">= 18 | - | income"], policy: "ANY", mark: "<rule id=\"r2\""), .warning,
                "rules 1 and 2 both match for age = 18, and may say different things (hit policy ANY); narrow one of them, or write the same output in both"),
        Finding(text(["x: number", "y <- x + 1: number"], ["< 5 | - | 1", "- | > 5 | 2", ">= 5 | <= 5 | 3"], mark: "<rule id=\"r2\""), .warning,
                "rules 1 and 2 may both match, as for x = 0, y = 6, and say different things (hit policy UNIQUE); narrow one of them, or write hitPolicy=\"FIRST\" where the earlier is to hold"),
        Finding(text(["x: number"], (1...4).map { _ in "- | 1" }, mark: "<rule id=\"r3\""), .warning,
                "rules 1 and 3 both match for any input, but only one may (hit policy UNIQUE), even where they say the same: nothing would be decided; narrow one of them, or write hitPolicy=\"ANY\""),
        Finding(text(["x: number"], (1...4).map { "- | \($0)" }, mark: "<rule id=\"r3\""), .error,
                "rules 1 and 3 both match for any input, and say different things (hit policy UNIQUE); narrow one of them, or write hitPolicy=\"FIRST\" where the earlier is to hold"),
        Finding(text(["x: number"], (1...4).map { "- | \($0)" }, mark: "<decisionTable"), .warning, "and 1 more pair of rules that match the same case"),
        Finding(text(adult, ["> 10 | - | 1", "> 20 | - | 2", "- | - | 3"], policy: "FIRST", mark: "<rule id=\"r2\""), .warning,
                "rule 2 can never decide: rule 1 takes all its cases before it (hit policy FIRST); move it up, or remove it"),
        Finding(text(adult, ["> 10 | - | 1", "<= 10 | - | 2", "[0..20] | - | 3"], policy: "FIRST", mark: "<rule id=\"r3\""), .warning,
                "rule 3 can never decide: rules 1, 2 together take all its cases before it (hit policy FIRST); move it up, or remove it"),
        Finding(text(adult, ["> 20 | - | 2", "> 10 | - | 1", "<= 10 | - | 1"], policy: "PRIORITY", mark: "<rule id=\"r1\"", part: "<outputValues><text>1, 2</text></outputValues>"), .warning,
                "rule 1 can never decide: rule 2 takes all its cases with a higher priority; narrow them, or remove it"),
        Finding(text(adult, ["- | [5..3] | 1", "- | - | 2"], mark: "[5..3]"), .warning, "rule 1 can never decide: ‘income’ never meets ‘[5..3]’; mend the cell or remove the rule"),
        Finding(text(adult, ["- | 1, [5..3] | 1", "- | not(1) | 2"], mark: "1, [5..3]"), .warning, "a part of ‘1, [5..3]’ is no value and never met; mend it"),
        Finding(text(["x: number", "y <- x: number"], ["> 5 | < 5 | 1", "- | - | 2"], mark: "&lt; 5"), .warning,
                "rule 1 can never decide: its columns 1 and 2 ask the same for values that exclude each other; mend one of the cells or remove the rule"),
        Finding(text(["x: string | \"food\", \"repair\""], ["\"food\" | 1", "\"repair\", \"foood\" | 2"], mark: "\"repair\", \"foood\""), .warning,
                "‘x’ is never \"foood\"; did you mean ‘food’?; write a value that it can have"),
        Finding(text(["x: number"], ["< 3 | 1", "even(?) | 2"], mark: "even(?)"), .warning, "not provable: cell ‘even(?)’ is no value, range or comparison; what rule 2 leaves or takes is not known"),
        Finding(text(["x: number | even(?)"], ["< 3 | 1", ">= 3 | 2"], mark: "x</text></inputExpression>"), .warning,
                "not provable: the allowed values of column ‘x’; write values, ranges or comparisons"),
        Finding(text(["x: list"], ["3 | 1", "- | 2"], mark: "x</text></inputExpression>"), .warning,
                "not provable: column ‘x’, since a list has no order and no list of values; give the input a type, or prove its cases by scenarios"),
        Finding(text(["x"], ["3 | 1", "\"a\" | 2"], mark: "x</text></inputExpression>"), .warning,
                "not provable: column ‘x’, since its cells speak of values of several kinds; give the input a type, or prove its cases by scenarios"),
        Finding(text(["x: number", "z: boolean"], (1...8).map { "[\($0 * 10)..\($0 * 10 + 5)] | true | \($0)" }, mark: "<decisionTable"), .warning,
                "no rule for z = false; add a rule or a default output"),
        Finding(text(["x: number", "z: boolean"], (1...8).map { "even(?), \($0) | true | \($0)" }, mark: "<decisionTable"), .warning,
                "not provable: 3 more cells that are no values, ranges or comparisons"),
    ]) func `a finding stands at its place, with the mend`(finding: Finding) throws { try finding.check() }

    @Test func `a sound table gives nothing to read`() throws {
        var diagnostics = Diagnostics()
        try Models.model(ProofSketch(columns: ProofFindingsTests.adult, rules: ["< 18 | - | 1", ">= 18 | < 100 | 2", ">= 18 | >= 100 | 3"]).text).prove(into: &diagnostics)
        #expect(diagnostics.isEmpty)
    }

    @Test func `a table full of holes names a few and counts the rest`() throws {
        var diagnostics = Diagnostics()
        let rules = (0..<9).flatMap { row in (0..<9).filter { ($0 + row) % 2 == 0 }.map { "\(row) | \($0) | 1" } }
        try Models.model(ProofSketch(columns: ["a: number | 0,1,2,3,4,5,6,7,8", "b: number | 0,1,2,3,4,5,6,7,8"], rules: rules).text).prove(into: &diagnostics)
        let found = diagnostics.all.map { $0.message }
        #expect(found.count { $0.hasPrefix("no rule for") } == 2, "\(found)")
        try Models.model(ProofSketch(columns: ["a: number", "b: number"], rules: (0..<9).map { "\($0) | \($0) | 1" }).text).prove(into: &diagnostics)
        #expect(diagnostics.all.contains { $0.message == "and 5 more regions without a rule" }, "\(diagnostics.all.map { $0.message })")
    }

    @Test func `a decision's table has a verdict`() throws {
        let model = try Models.model(ProofSketch(columns: ["x: number"], rules: ["< 5 | 1", ">= 5 | 2"]).text)
        #expect(model.proof(of: "d")?.verdict == .proven)
        #expect(model.proof(of: "decision")?.isComplete == true)
        #expect(model.proof(of: "e") == nil)
        #expect(try Models.model(ProofSketch(columns: ["x: number"], rules: ["< 5 | 1"]).text).proof(of: "d")?.verdict == .refuted)
    }

    @Test func `an example is the case as values`() throws {
        let model = try Models.model(ProofSketch(columns: ["age: number", "activity: string"], rules: ["< 18 | - | 1", "> 18 | - | 2", "18 | \"food\" | 2"]).text)
        let proof = TableProof(try #require(model.placedTables().first))
        let gap = try #require(proof.gaps.first)
        #expect(gap.example.parts.map { $0.value } == [18, "other"])
        #expect(gap.example.words == "age = 18, activity = any text other than \"food\"")
        #expect(gap.cells == ["18", "not(\"food\")"])
    }
}
