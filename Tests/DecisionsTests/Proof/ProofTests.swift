import Decisions
import FEEL
import Kernel
import Testing

@Suite("What can be proven of a table") struct ProofTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let policy: String
        let columns: [String]
        let rules: [String]
        let expected: [String]
        /// Rules beginning with `=` give the default output.
        init(_ policy: String, _ columns: [String], _ rules: [String], _ expected: String...) {
            self.policy = policy
            self.columns = columns
            self.rules = rules
            self.expected = expected
        }
        var testDescription: String { "\(policy) \(columns) \(rules)" }

        func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
            var sketch = ProofSketch(policy: policy, columns: columns, rules: rules.filter { !$0.hasPrefix("=") })
            var parts = ""
            for rule in rules where rule.hasPrefix("= ") { parts += "<defaultOutputEntry><text>\(rule.dropFirst(2))</text></defaultOutputEntry>" }
            for rule in rules where rule.hasPrefix("=>") { parts = "<outputValues><text>\(rule.dropFirst(3))</text></outputValues>" + parts }
            sketch.outputParts["result"] = parts
            let findings = try sketch.findings()
            #expect(findings == expected, "\(findings)", sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: [
        Case("UNIQUE", ["x: number"], ["< 18 | 1", ">= 18 | 2"], "proven"),
        Case("UNIQUE", ["x: number"], ["<= 17 | 1", ">= 18 | 2"], "gap: (17..18)", "refuted"),
        Case("UNIQUE", ["x: number"], ["< 18 | 1", "> 18 | 2"], "gap: 18", "refuted"),
        Case("UNIQUE", ["x: number"], ["<= 18 | 1", ">= 18 | 2"], "overlap 1 2 different: 18", "refuted"),
        Case("UNIQUE", ["x: number"], ["<= 18 | 1", ">= 18 | 1"], "overlap 1 2 same: 18", "refuted"),
        Case("UNIQUE", ["x: number"], ["- | 1"], "proven"),
        Case("UNIQUE", ["x: number"], [], "gap: -", "refuted"),
        Case("UNIQUE", ["x: number"], ["1 | 1"], "gap: < 1, > 1", "refuted"),
        Case("UNIQUE", ["x: number"], ["1, 2 | 1", "not(1, 2) | 2"], "proven"),
        Case("UNIQUE", ["x: number"], ["1, 2 | 1", "not(1) | 2"], "overlap 1 2 different: 2", "refuted"),
        Case("UNIQUE", ["x: number"], ["[0..10) | 1", "[10..20] | 2", "< 0, > 20 | 3"], "proven"),
        Case("UNIQUE", ["x: number"], ["[0..10] | 1", "(10..20] | 2", "> 20 | 3"], "gap: < 0", "refuted"),
        Case("UNIQUE", ["x: number"], ["[0..10[ | 1", "]10..20] | 2", "< 0, > 20 | 3"], "gap: 10", "refuted"),
        Case("UNIQUE", ["x: number"], ["not([0..10]) | 1", "[0..10] | 2"], "proven"),
        Case("UNIQUE", ["x: number"], ["not(> 5) | 1", "> 5 | 2"], "proven"),
        Case("UNIQUE", ["x: number"], ["-1.5 | 1", "< -1.5 | 2", "> -1.50 | 3"], "proven"),
        Case("UNIQUE", ["x: number"], ["1.0 | 1", "1.00 | 2", "not(1) | 3"], "overlap 1 2 different: 1", "refuted"),
        Case("UNIQUE", ["x: number"], ["<= 2 * 9 | 1", "> 18 | 2"], "proven"),
        Case("UNIQUE", ["x: number"], ["[5..3] | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: number"], ["(5..5) | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: number"], ["\"a\" | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: number"], ["\"a\", 3 | 1", "not(3) | 2"], "stray 1 1 \"a\"", "proven"),
        Case("UNIQUE", ["x: number"], ["not(\"a\") | 1", "- | 2"], "stray 1 1 \"a\"", "proven"),
        Case("UNIQUE", ["x: number | [0..150]"], ["< 18 | 1", "[18..150] | 2"], "proven"),
        Case("UNIQUE", ["x: number | [0..150]"], ["< 18 | 1", "[18..120] | 2"], "gap: (120..150]", "refuted"),
        Case("UNIQUE", ["x: number | [0..150]"], ["< 0 | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: number | 1, 2, 3"], ["<= 2 | 1", "3 | 2"], "proven"),
        Case("UNIQUE", ["x: number | 1, 2, 3"], ["< 2 | 1", "> 2 | 2"], "gap: 2", "refuted"),
        Case("UNIQUE", ["x: number | 17, 18"], ["<= 17 | 1", ">= 18 | 2"], "proven"),
        Case("UNIQUE", ["x: number | 1, 2, 3"], ["1 | 1", "2, 3, 4 | 2"], "stray 2 1 4", "proven"),
        Case("UNIQUE", ["x: number | < 0, > 10"], ["< 0 | 1"], "gap: > 10", "refuted"),
        Case("UNIQUE", ["x"], ["< 18 | 1", ">= 18 | 2"], "proven"),
        Case("UNIQUE", ["x"], ["1 | 1", "\"a\" | 2"], "open column 1", "open"),
    ]) func `numbers`(item: Case) throws { try item.check() }

    @Test(arguments: [
        Case("UNIQUE", ["x: string"], ["\"a\", \"b\" | 1", "not(\"a\", \"b\") | 2"], "proven"),
        Case("UNIQUE", ["x: string"], ["\"a\" | 1", "\"b\" | 2"], "gap: not(\"a\", \"b\")", "refuted"),
        Case("UNIQUE", ["x: string"], ["\"a\" | 1", "not(\"b\") | 2"], "overlap 1 2 different: \"a\"", "gap: \"b\"", "refuted"),
        Case("UNIQUE", ["x: string | \"a\", \"b\""], ["\"a\" | 1", "\"b\" | 2"], "proven"),
        Case("UNIQUE", ["x: string | \"a\", \"b\", \"c\""], ["\"a\" | 1", "\"b\" | 2"], "gap: \"c\"", "refuted"),
        Case("UNIQUE", ["x: string | \"a\", \"b\""], ["\"a\" | 1", "\"b\", \"c\" | 2"], "stray 2 1 \"c\"", "proven"),
        Case("UNIQUE", ["x: string | \"a\", \"b\""], ["\"c\" | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: string | not(\"a\")"], ["\"b\" | 1", "not(\"b\") | 2"], "proven"),
        Case("UNIQUE", ["x: string"], ["< \"m\" | 1", ">= \"m\" | 2"], "proven"),
        Case("UNIQUE", ["x: string"], ["< \"m\" | 1", "> \"m\" | 2"], "gap: \"m\"", "refuted"),
        Case("UNIQUE", ["x: string"], ["[\"a\"..\"c\") | 1", "[\"c\"..\"e\"] | 2"], "gap: < \"a\", > \"e\"", "refuted"),
        Case("UNIQUE", ["x: string"], [">= \"\" | 1"], "proven"),
        Case("UNIQUE", ["x: string"], ["\"é\" | 1", "\"e\u{301}\" | 2", "not(\"é\", \"e\u{301}\") | 3"], "proven"),
        Case("UNIQUE", ["x: string"], ["\"other\" | 1", "not(\"other\") | 2"], "proven"),
        Case("UNIQUE", ["x: string"], ["3 | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: boolean"], ["true | 1", "false | 2"], "proven"),
        Case("UNIQUE", ["x: boolean"], ["true | 1"], "gap: false", "refuted"),
        Case("UNIQUE", ["x: boolean"], ["not(true) | 1", "true | 2"], "proven"),
        Case("UNIQUE", ["x: boolean"], ["true, false | 1"], "proven"),
        Case("UNIQUE", ["x: boolean"], ["true | 1", "- | 2"], "overlap 1 2 different: true", "refuted"),
        Case("UNIQUE", ["x: boolean"], ["\"yes\" | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: boolean | true"], ["true | 1"], "proven"),
        Case("UNIQUE", ["x: boolean"], ["null | 1", "true | 2", "false | 3"], "proven"),
    ]) func `texts and truth values`(item: Case) throws { try item.check() }

    @Test(arguments: [
        Case("UNIQUE", ["x: date"], ["< date(\"2026-01-01\") | 1", ">= date(\"2026-01-01\") | 2"], "proven"),
        Case("UNIQUE", ["x: date"], ["<= @\"2025-12-31\" | 1", ">= @\"2026-01-01\" | 2"], "proven"),
        Case("UNIQUE", ["x: date"], ["< @\"2025-12-31\" | 1", ">= @\"2026-01-01\" | 2"], "gap: @\"2025-12-31\"", "refuted"),
        Case("UNIQUE", ["x: date"], ["< @\"2025-12-30\" | 1", ">= @\"2026-01-01\" | 2"], "gap: [@\"2025-12-30\"..@\"2026-01-01\")", "refuted"),
        Case("UNIQUE", ["x: date"], ["[@\"2026-01-01\"..@\"2026-12-31\"] | 1"], "gap: < @\"2026-01-01\", > @\"2026-12-31\"", "refuted"),
        Case("UNIQUE", ["x: date"], ["not([@\"2026-01-01\"..@\"2026-12-31\"]) | 1", "[@\"2026-01-01\"..@\"2026-12-31\"] | 2"], "proven"),
        Case("UNIQUE", ["x: date"], ["<= @\"2026-01-01\" | 1", ">= @\"2026-01-01\" | 2"], "overlap 1 2 different: @\"2026-01-01\"", "refuted"),
        Case("UNIQUE", ["x: date"], ["(@\"2026-01-01\"..@\"2026-01-02\") | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x: date"], ["< @\"2026-01-01T12:00:00\" | 1", ">= @\"2026-01-02\" | 2"], "proven"),
        Case("UNIQUE", ["x: date | [@\"2026-01-01\"..@\"2026-12-31\"]"], ["< @\"2026-07-01\" | 1", ">= @\"2026-07-01\" | 2"], "proven"),
        Case("UNIQUE", ["x: date and time"], ["< @\"2026-01-01T10:00:00\" | 1", ">= @\"2026-01-01T10:00:00\" | 2"], "proven"),
        Case("UNIQUE", ["x: date and time"], ["<= @\"2026-01-01T10:00:00\" | 1", ">= @\"2026-01-01T10:00:01\" | 2"],
             "gap: (@\"2026-01-01T10:00:00\"..@\"2026-01-01T10:00:01\")", "refuted"),
        Case("UNIQUE", ["x: date and time"], ["<= @\"2026-01-01T10:00:00.000\" | 1", ">= @\"2026-01-01T10:00:00.001\" | 2"], "proven"),
        Case("UNIQUE", ["x: date and time"], ["< @\"2026-01-01T10:00:00+01:00\" | 1", ">= @\"2026-01-01T09:00:00Z\" | 2"], "proven"),
        Case("UNIQUE", ["x: date and time"], ["< @\"2026-01-01\" | 1", ">= @\"2026-01-01T00:00:00\" | 2"], "proven"),
        Case("UNIQUE", ["x: time"], ["< @\"12:00:00\" | 1", ">= @\"12:00:00\" | 2"], "proven"),
        Case("UNIQUE", ["x: time"], ["[@\"00:00:00\"..@\"12:00:00\") | 1", "[@\"12:00:00\"..@\"23:59:59.999\"] | 2"], "proven"),
        Case("UNIQUE", ["x: time"], ["[@\"00:00:00\"..@\"12:00:00\") | 1", "[@\"12:00:00\"..@\"23:59:59\"] | 2"], "gap: > @\"23:59:59\"", "refuted"),
        Case("UNIQUE", ["x: time"], ["[@\"00:00:00Z\"..@\"12:00:00Z\") | 1", ">= @\"12:00:00Z\" | 2"], "gap: < @\"00:00:00Z\"", "refuted"),
        Case("UNIQUE", ["x: time"], ["time(10, 0, 0) | 1", "not(@\"10:00:00\") | 2"], "proven"),
        Case("UNIQUE", ["x: days and time duration"], ["< duration(\"P1D\") | 1", ">= @\"PT24H\" | 2"], "proven"),
        Case("UNIQUE", ["x: days and time duration"], ["<= duration(\"P1D\") | 1", ">= duration(\"P2D\") | 2"], "gap: (@\"P1D\"..@\"P2D\")", "refuted"),
        Case("UNIQUE", ["x: days and time duration"], ["< @\"-PT1S\" | 1", ">= @\"-PT1S\" | 2"], "proven"),
        Case("UNIQUE", ["x: years and months duration"], ["<= @\"P1Y\" | 1", ">= @\"P13M\" | 2"], "proven"),
        Case("UNIQUE", ["x: years and months duration"], ["< @\"P1Y\" | 1", ">= @\"P2Y\" | 2"], "gap: [@\"P1Y\"..@\"P2Y\")", "refuted"),
        Case("UNIQUE", ["x: years and months duration"], ["< @\"P1D\" | 1", "- | 2"], "idle 1 in 1", "proven"),
        Case("UNIQUE", ["x"], ["< @\"2026-01-01\" | 1", ">= @\"2026-01-02\" | 2"], "gap: @\"2026-01-01\"", "refuted"),
    ]) func `dates, times and durations`(item: Case) throws { try item.check() }

    static let overlapping = ["> 0 | 1", "> 5 | 2"]
    static let agreeing = ["> 0 | 1", "> 5 | 1"]

    @Test(arguments: [
        Case("UNIQUE", ["x: number"], overlapping + ["= 0"], "overlap 1 2 different: > 5", "refuted"),
        Case("UNIQUE", ["x: number"], agreeing + ["= 0"], "overlap 1 2 same: > 5", "refuted"),
        Case("UNIQUE", ["x: number"], ["> 0 | x", "> 5 | x", "= 0"], "overlap 1 2 same: > 5", "refuted"),
        Case("UNIQUE", ["x: number"], ["> 0 | x", "> 5 | x + 1", "= 0"], "overlap 1 2 computed: > 5", "refuted"),
        Case("UNIQUE", ["x: number"], ["> 0 | x", "<= 0 | x + 1"], "proven"),
        Case("ANY", ["x: number"], overlapping + ["= 0"], "overlap 1 2 different: > 5", "refuted"),
        Case("ANY", ["x: number"], agreeing + ["= 0"], "proven"),
        Case("ANY", ["x: number"], agreeing, "gap: <= 0", "refuted"),
        Case("ANY", ["x: number"], ["> 0 | x", "> 5 | x + 1", "= 0"], "overlap 1 2 computed: > 5", "open"),
        Case("FIRST", ["x: number"], overlapping, "gap: <= 0", "idle 2 by 1", "refuted"),
        Case("FIRST", ["x: number"], ["> 5 | 2", "> 0 | 1", "- | 0"], "proven"),
        Case("FIRST", ["x: number"], ["> 5 | 2", "<= 5 | 1", "- | 0"], "proven"),
        Case("FIRST", ["x: number"], ["> 5 | 2", "<= 5 | 1", "not(null) | 0"], "idle 3 by 1 2", "proven"),
        Case("FIRST", ["x: number"], ["- | 2", "<= 5 | 1", "null | 0"], "idle 2 by 1", "idle 3 by 1", "proven"),
        Case("FIRST", ["x: number"], ["[0..5] | 1", "[5..10] | 2", "[2..7] | 3", "= 0"], "idle 3 by 1 2", "proven"),
        Case("PRIORITY", ["x: number"], ["=> 1, 2", "> 0 | 1", "> 5 | 2", "= 1"], "idle 2 by 1", "proven"),
        Case("PRIORITY", ["x: number"], ["=> 2, 1", "> 0 | 1", "> 5 | 2", "= 1"], "proven"),
        Case("PRIORITY", ["x: number"], ["=> 2, 1", "> 5 | 1", "> 0 | 2"], "gap: <= 0", "idle 1 by 2", "refuted"),
        Case("PRIORITY", ["x: number"], ["=> 2, 1", "> 5 | 2", "> 5 | 2", "= 1"], "idle 2 by 1", "proven"),
        Case("PRIORITY", ["x: number"], ["=> 2, 1", "> 5 | x", "> 5 | 2", "= 1"], "proven"),
        Case("OUTPUT ORDER", ["x: number"], ["=> 2, 1", "> 0 | 1", "> 5 | 2"], "gap: <= 0", "refuted"),
        Case("OUTPUT ORDER", ["x: number"], ["=> 2, 1", "> 0 | 1", "> 5 | 2", "= 1"], "proven"),
        Case("RULE ORDER", ["x: number"], overlapping, "gap: <= 0", "refuted"),
        Case("RULE ORDER", ["x: number"], overlapping + ["= 0"], "proven"),
        Case("COLLECT", ["x: number"], overlapping, "gap: <= 0", "refuted"),
        Case("COLLECT", ["x: number"], overlapping + ["- | 3"], "proven"),
        Case("COLLECT SUM", ["x: number"], overlapping, "gap: <= 0", "refuted"),
        Case("COLLECT MIN", ["x: number"], overlapping + ["= 0"], "proven"),
        Case("COLLECT MAX", ["x: number"], overlapping + ["<= 0 | 3"], "proven"),
        Case("COLLECT COUNT", ["x: number"], overlapping, "gap: <= 0", "refuted"),
    ]) func `hit policies and defaults`(item: Case) throws { try item.check() }

    @Test(arguments: [
        Case("UNIQUE", ["age: number", "income: number"], ["< 18 | - | 1", ">= 18 | < 100 | 2", ">= 18 | >= 100 | 3"], "proven"),
        Case("UNIQUE", ["age: number", "income: number"], ["< 18 | - | 1", "> 18 | < 100 | 2", ">= 18 | >= 100 | 3"], "gap: 18; < 100", "refuted"),
        Case("UNIQUE", ["age: number", "income: number"], ["< 18 | - | 1", ">= 18 | < 100 | 2", ">= 18 | > 100 | 3"], "gap: >= 18; 100", "refuted"),
        Case("UNIQUE", ["age: number", "income: number"], ["<= 18 | - | 1", ">= 18 | < 100 | 2", ">= 18 | >= 100 | 3"], "overlap 1 2 different: 18; < 100",
             "overlap 1 3 different: 18; >= 100", "refuted"),
        Case("UNIQUE", ["a: boolean", "b: boolean"], ["true | true | 1", "true | false | 2", "false | - | 3"], "proven"),
        Case("UNIQUE", ["a: boolean", "b: boolean"], ["true | true | 1", "false | false | 2"], "gap: true; false", "gap: false; true", "refuted"),
        Case("UNIQUE", ["a: boolean", "b: boolean"], ["true | - | 1", "- | true | 2"], "overlap 1 2 different: true; true", "gap: false; false", "refuted"),
        Case("UNIQUE", ["a: boolean", "b: boolean", "c: boolean"], ["true | - | - | 1", "false | true | - | 2", "false | false | true | 3"], "gap: false; false; false", "refuted"),
        Case("UNIQUE", ["a: string", "b: boolean"], ["\"x\" | - | 1", "not(\"x\") | true | 2"], "gap: not(\"x\"); false", "refuted"),
        Case("UNIQUE", ["a: number", "b: number"], ["[0..10] | [0..10] | 1", "(10..20] | (10..20] | 2", "= 0"], "proven"),
        Case("UNIQUE", ["a: number", "b: number"], ["- | - | 1"], "proven"),
        Case("UNIQUE", ["x: number", "y <- x: number"], ["< 5 | - | 1", "- | >= 5 | 2"], "proven"),
        Case("UNIQUE", ["x: number", "y <- x: number"], ["> 5 | < 10 | 1", "- | <= 5 | 2", "- | > 10 | 3"], "gap: 10; -", "refuted"),
        Case("UNIQUE", ["x: number", "y <- x: number"], ["> 5 | < 5 | 1", "- | - | 2"], "idle 1 between 1 2", "proven"),
        Case("UNIQUE", ["x: number", "y <- x + 1: number"], ["< 5 | - | 1", ">= 5 | < 5 | 2", ">= 5 | > 5 | 3"], "maybe gap: >= 5; 5", "open"),
        Case("UNIQUE", ["x: number", "y <- x + 1: number"], ["< 5 | - | 1", "- | > 5 | 2", ">= 5 | <= 5 | 3"], "maybe overlap 1 2 different: < 5; > 5", "open"),
        Case("UNIQUE", ["x: number", "y <- x + 1: number"], ["< 5 | - | 1", "> 5 | - | 2"], "gap: 5; -", "refuted"),
        Case("UNIQUE", ["y <- x + 1: number"], ["< 5 | 1", "> 5 | 2"], "maybe gap: 5", "open"),
        Case("UNIQUE", ["y <- x + 1: number", "z <- a + b: number"], ["< 5 | - | 1", ">= 5 | < 0 | 2", ">= 5 | >= 0 | 3"], "proven"),
        Case("UNIQUE", ["y <- count(x): number | >= 0"], ["0 | 1", "> 0 | 2"], "proven"),
        Case("UNIQUE", ["a <- p.age: number", "b <- p.sex: string | \"F\", \"M\""], ["< 18 | - | 1", ">= 18 | \"F\" | 2", ">= 18 | \"M\" | 3"], "proven"),
        Case("UNIQUE", ["a <- p.age: number", "b <- p.sex: string | \"F\", \"M\""], ["< 18 | - | 1", ">= 18 | \"F\" | 2"], "gap: >= 18; \"M\"", "refuted"),
        Case("UNIQUE", ["a <- p.age: number", "b <- p: Any"], ["< 18 | - | 1", "> 18 | - | 2"], "gap: 18; -", "refuted"),
        Case("UNIQUE", ["y <- d.year: number"], ["< 2000 | 1", "> 2000 | 2"], "maybe gap: 2000", "open"),
        Case("UNIQUE", ["x: number", "y: number"], ["< y | - | 1", "- | 3 | 2"], "open cell 1 1", "open"),
        Case("UNIQUE", ["x: number", "y: number"], ["< y | < 3 | 1", "- | > 3 | 2"], "gap: -; 3", "open cell 1 1", "refuted"),
        Case("UNIQUE", ["x: number"], ["? > 3 | 1", "5 | 2", "5, 6 | 3"], "overlap 2 3 different: 5", "open cell 1 1", "refuted"),
        Case("UNIQUE", ["x: number"], ["even(?) | 1", "not(even(?)) | 2"], "open cell 1 1", "open cell 2 1", "open"),
        Case("UNIQUE", ["x: number"], ["even(?) | 1", "not(even(?)) | 2", "= 3"], "open cell 1 1", "open cell 2 1", "open"),
        Case("FIRST", ["x: number"], ["even(?) | 1", "> 3 | 2", "[4..5] | 3", "= 0"], "idle 3 by 2", "open cell 1 1", "proven"),
        Case("UNIQUE", ["x: number | even(?)"], ["< 4 | 1", "> 4 | 2"], "maybe gap: 4", "open allowed 1", "open"),
        Case("UNIQUE", ["x: number | even(?)"], ["< 4 | 1", ">= 4 | 2"], "open allowed 1", "proven"),
        // A filter has a slot of its own for its item, whatever stands around the cell.
        Case("UNIQUE", ["x: number | false[member]"], ["< 4 | 1", ">= 4 | 2"], "open allowed 1", "proven"),
        Case("UNIQUE", ["x: number", "y: number"], ["1, [2][item > 5] | - | 1", "not(1) | null[item = 1] | 2", "- | - | 3"], "idle 2 in 2", "open cell 1 1", "open"),
        Case("UNIQUE", ["x: list"], ["1 | 1", "2 | 2"], "open column 1", "open"),
        Case("UNIQUE", ["x: list"], ["- | 1"], "proven"),
        Case("UNIQUE", ["x: list", "b: boolean"], ["- | true | 1"], "gap: -; false", "refuted"),
    ]) func `several columns, and what cannot be proven`(item: Case) throws { try item.check() }
}
