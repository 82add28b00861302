import Decisions
import FEEL
import Kernel
import Testing

@Suite("The proof agrees with evaluation") struct ProofAgreementTests {
    /// A fixed sequence of chances.
    struct Dice {
        var state: UInt64
        mutating func roll(_ bound: Int) -> Int {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Int(state % UInt64(bound))
        }
        mutating func pick<Element>(_ items: [Element]) -> Element { items[roll(items.count)] }
    }

    /// A kind of column: the values that its cells name, in order, and all that is tried: those, what lies between and what lies beyond.
    struct Kind {
        let type: String
        let named: [String]
        let tried: [String]
        let isOrdered: Bool
        let allowed: [String]
    }

    static let kinds = [
        Kind(type: "number", named: ["1", "2", "3.5", "10"], tried: ["-7", "0", "1", "1.5", "2", "3", "3.5", "4", "9.999", "10", "10.0001", "99"], isOrdered: true,
             allowed: ["", "", "[1..10]", "1, 2, 10", "not(2)", "> 1"]),
        Kind(type: "string", named: ["\"a\"", "\"b\"", "\"c\""], tried: ["\"\"", "\"a\"", "\"aa\"", "\"b\"", "\"bz\"", "\"c\"", "\"d\"", "\"other\""], isOrdered: false,
             allowed: ["", "", "\"a\", \"b\"", "not(\"c\")"]),
        Kind(type: "string", named: ["\"a\"", "\"b\"", "\"c\""], tried: ["\"\"", "\"a\"", "\"aa\"", "\"b\"", "\"bz\"", "\"c\"", "\"d\""], isOrdered: true, allowed: ["", "> \"a\""]),
        Kind(type: "boolean", named: ["true", "false"], tried: ["true", "false"], isOrdered: false, allowed: ["", "true"]),
        Kind(type: "date", named: ["@\"2026-01-01\"", "@\"2026-01-02\"", "@\"2026-03-01\""],
             tried: ["@\"1999-01-01\"", "@\"2025-12-31\"", "@\"2026-01-01\"", "@\"2026-01-02\"", "@\"2026-01-03\"", "@\"2026-02-28\"", "@\"2026-03-01\"", "@\"2026-03-02\""], isOrdered: true,
             allowed: ["", ">= @\"2026-01-01\""]),
        Kind(type: "time", named: ["@\"08:00:00\"", "@\"08:00:01\"", "@\"17:30:00\""],
             tried: ["@\"00:00:00\"", "@\"07:59:59.999\"", "@\"08:00:00\"", "@\"08:00:00.5\"", "@\"08:00:01\"", "@\"12:00:00\"", "@\"17:30:00\"", "@\"23:59:59.999\""], isOrdered: true, allowed: [""]),
        Kind(type: "date and time", named: ["@\"2026-01-01T08:00:00\"", "@\"2026-01-01T08:00:00.001\"", "@\"2026-01-02T00:00:00+01:00\""],
             tried: ["@\"2025-01-01T08:00:00\"", "@\"2026-01-01T08:00:00\"", "@\"2026-01-01T08:00:00.001\"", "@\"2026-01-01T08:00:00.002\"", "@\"2026-01-01T23:00:00Z\"", "@\"2026-01-02T00:00:00\"",
                     "@\"2026-01-01T22:59:59\""], isOrdered: true, allowed: [""]),
        Kind(type: "days and time duration", named: ["@\"PT0S\"", "@\"P1D\"", "@\"P1DT1S\""],
             tried: ["@\"-P1D\"", "@\"PT0S\"", "@\"PT12H\"", "@\"P1D\"", "@\"P1DT0.5S\"", "@\"P1DT1S\"", "@\"P9D\""], isOrdered: true, allowed: ["", ">= @\"PT0S\""]),
        Kind(type: "years and months duration", named: ["@\"P1Y\"", "@\"P13M\"", "@\"P3Y\""], tried: ["@\"-P1Y\"", "@\"P11M\"", "@\"P1Y\"", "@\"P13M\"", "@\"P14M\"", "@\"P3Y\"", "@\"P4Y\""],
             isOrdered: true, allowed: [""]),
    ]

    static func test(_ kind: Kind, _ dice: inout Dice) -> String {
        guard kind.isOrdered else { return dice.pick(kind.named) }
        switch dice.roll(8) {
        case 0: return "< " + dice.pick(kind.named)
        case 1: return "<= " + dice.pick(kind.named)
        case 2: return "> " + dice.pick(kind.named)
        case 3: return ">= " + dice.pick(kind.named)
        case 4, 5:
            let low = dice.roll(kind.named.count)
            let high = low + dice.roll(kind.named.count - low)
            return dice.pick(["[", "("]) + kind.named[low] + ".." + kind.named[high] + dice.pick(["]", ")"])
        case 6: return dice.pick(["null", dice.pick(kind.named)])
        default: return dice.pick(kind.named)
        }
    }

    static func cell(_ kind: Kind, _ dice: inout Dice) -> String {
        switch dice.roll(6) {
        case 0: return "-"
        case 1: return "not(" + (0...dice.roll(2)).map { _ in test(kind, &dice) }.joined(separator: ", ") + ")"
        case 2: return test(kind, &dice) + ", " + test(kind, &dice)
        default: return test(kind, &dice)
        }
    }

    /// All combinations of the columns' values.
    static func cases(_ columns: [[Value]]) -> [[Value]] {
        columns.reduce([[]]) { rows, values in rows.flatMap { row in values.map { row + [$0] } } }
    }

    @Test(arguments: ["UNIQUE", "ANY", "FIRST", "PRIORITY", "COLLECT"]) func `random tables, value by value`(policy: String) throws {
        var dice = Dice(state: 0x5EED + UInt64(policy.utf8.count))
        var seen = (gaps: 0, overlaps: 0, idle: 0, proven: 0)
        var limits = ProofLimits()
        limits.gapsMax = 10_000
        limits.overlapsMax = 10_000
        for _ in 0..<700 {
            let names = ["a", "b", "c"].prefix(1 + dice.roll(3))
            let kinds = names.map { _ in dice.pick(ProofAgreementTests.kinds) }
            let allowed = kinds.map { dice.pick($0.allowed) }
            var sketch = ProofSketch(policy: policy, columns: [], rules: [])
            for (place, name) in names.enumerated() { sketch.columns.append("\(name): \(kinds[place].type)" + (allowed[place].isEmpty ? "" : " | \(allowed[place])")) }
            for _ in 0...dice.roll(5) {
                let cells = kinds.map { ProofAgreementTests.cell($0, &dice) }
                sketch.rules.append((cells + [String(1 + dice.roll(2))]).joined(separator: " | "))
            }
            if policy == "PRIORITY" { sketch.outputParts["result"] = "<outputValues><text>2, 1</text></outputValues>" }
            let model = try Models.model(sketch.text)
            let placed = try #require(model.placedTables().first)
            let proof = TableProof(placed, limits: limits)
            let told = "\(sketch.columns) \(sketch.rules) \(ProofSketch.words(proof))"
            #expect(proof.obstacles.isEmpty, "\(told)")
            let gaps = try proof.gaps.map { gap in try gap.cells.map { try UnaryTests(parsing: $0) } }
            func isInGap(_ row: [Value]) -> Bool { gaps.contains { cells in zip(cells, row).allSatisfy { $0.matches($1, Scope()) == true } } }

            // Every value that is tried, null too: the proof says of it what the evaluation does.
            let values = try kinds.map { try $0.tried.map { try Expression(parsing: $0).evaluate(Scope()).value } + [.null] }
            let limit = try allowed.map { try UnaryTests(parsing: $0.isEmpty ? "-" : $0) }
            var deciding: Set<Int> = []
            var pairs: Set<[Int]> = []
            for row in ProofAgreementTests.cases(values) {
                let outcome = model.evaluate("d", Dictionary(uniqueKeysWithValues: zip(names, row)))
                if policy != "UNIQUE", policy != "ANY" { deciding.formUnion(outcome.matched.map { $0.place }) }
                let isInside = zip(row, limit).allSatisfy { !$0.isNull && $1.matches($0, Scope()) == true }
                guard isInside else { continue }
                #expect((outcome.status == .noRule) == isInGap(row), "\(row) is \(outcome.status): \(told)")
                if case .failed = outcome.status {
                    let matched = outcome.matched.map { $0.place }
                    for (place, rule) in matched.enumerated() { for other in matched[..<place] { pairs.insert([other, rule]) } }
                }
            }
            // The values that are tried reach every region of these columns, so that what the proof claims has been met by one of them.
            if policy == "UNIQUE" {
                #expect(Set(proof.overlaps.map { $0.rules }) == pairs, "\(told)")
            } else if policy == "ANY" {
                #expect(proof.overlaps.isEmpty == pairs.isEmpty, "\(told)")
                #expect(Set(proof.overlaps.map { $0.rules }).isSubset(of: pairs), "\(told)")
            } else if policy == "FIRST" || policy == "PRIORITY" {
                #expect(Set(sketch.rules.indices).subtracting(deciding) == Set(proof.idle.map { $0.rule }), "\(told)")
            }
            // The examples are cases of their own.
            for gap in proof.gaps {
                let outcome = model.evaluate("d", ProofAgreementTests.inputs(gap.example, names, kinds, limit))
                #expect(outcome.status == .noRule, "\(gap): \(told)")
            }
            for overlap in proof.overlaps {
                guard case .failed = model.evaluate("d", ProofAgreementTests.inputs(overlap.example, names, kinds, limit)).status else {
                    Issue.record("\(overlap): \(told)")
                    continue
                }
            }
            seen.gaps += proof.gaps.count
            seen.overlaps += proof.overlaps.count
            seen.idle += proof.idle.count
            seen.proven += proof.verdict == .proven ? 1 : 0
        }
        // The tables were of all sorts.
        #expect(seen.gaps > 100 && seen.idle > 20 && seen.proven > 10, "\(seen)")
        #expect(policy != "UNIQUE" && policy != "ANY" || seen.overlaps > 100, "\(seen)")
    }

    /// Columns that hang together, and cells that only evaluation can answer: what the proof then still claims, holds.
    @Test(arguments: ["UNIQUE", "FIRST"]) func `random tables that cannot be proven whole`(policy: String) throws {
        var dice = Dice(state: 0xD0B7 + UInt64(policy.utf8.count))
        var seen = (complete: 0, gaps: 0, overlaps: 0, idle: 0, possible: 0)
        let numbers: [Value] = try ["-1", "0", "1", "2", "2.5", "3", "4", "5", "6", "7", "null"].map { try Expression(parsing: $0).evaluate(Scope()).value }
        let truths: [Value] = [true, false, nil]
        for _ in 0..<1_500 {
            var sketch = ProofSketch(policy: policy, columns: [], rules: [])
            let columns = (0...dice.roll(3)).map { _ in dice.pick(["a: number", "again <- a: number", "next <- a + 1: number", "b: boolean", "c: number"]) }
            sketch.columns = Array(Set(columns)).sorted()
            for _ in 0...dice.roll(5) {
                let cells = sketch.columns.map { column in
                    if column.hasPrefix("b") { return dice.pick(["true", "false", "-"]) }
                    return dice.pick(["-", "< 3", ">= 3", "[2..5]", "> 5", "<= 2", "not([2..5])", "even(?)", "3", "(2..4)"])
                }
                sketch.rules.append((cells + [String(1 + dice.roll(2))]).joined(separator: " | "))
            }
            let model = try Models.model(sketch.text)
            let proof = TableProof(try #require(model.placedTables().first))
            let told = "\(sketch.columns) \(sketch.rules) \(ProofSketch.words(proof))"
            var deciding: Set<Int> = []
            for row in ProofAgreementTests.cases([numbers, truths, numbers]) {
                let outcome = model.evaluate("d", ["a": row[0], "b": row[1], "c": row[2]])
                deciding.formUnion(outcome.matched.map { $0.place })
                guard !row.contains(where: { $0.isNull }) else { continue }
                if proof.isComplete == true { #expect(outcome.status != .noRule, "\(row): \(told)") }
                if case .failed = outcome.status { #expect(proof.isConsistent != true, "\(row): \(told)") }
                func isCase(_ example: TableProof.Example) -> Bool {
                    example.parts.allSatisfy { part in
                        let column = sketch.columns[part.column]
                        return column.hasPrefix("a") ? part.value == row[0] : column.hasPrefix("b") ? part.value == row[1] : part.value == row[2]
                    }
                }
                for gap in proof.gaps where gap.isCertain && isCase(gap.example) { #expect(outcome.status == .noRule, "\(row): \(told)") }
                for overlap in proof.overlaps where overlap.isCertain && isCase(overlap.example) {
                    if case .failed = outcome.status { continue }
                    Issue.record("\(row): \(told)")
                }
            }
            if policy == "FIRST" { #expect(proof.idle.allSatisfy { !deciding.contains($0.rule) }, "\(told)") }
            seen.complete += proof.isComplete == true ? 1 : 0
            seen.gaps += proof.gaps.count { $0.isCertain }
            seen.overlaps += proof.overlaps.count { $0.isCertain }
            seen.idle += proof.idle.count
            seen.possible += proof.gaps.count { !$0.isCertain } + proof.overlaps.count { !$0.isCertain }
        }
        #expect(seen.complete > 20 && seen.gaps > 100 && seen.idle > 20 && seen.possible > 50, "\(seen)")
        #expect(policy == "FIRST" || seen.overlaps > 100, "\(seen)")
    }

    /// The example's values; where it asks nothing of a column, any that is allowed there.
    static func inputs(_ example: TableProof.Example, _ names: ArraySlice<String>, _ kinds: [Kind], _ allowed: [UnaryTests]) -> [String: Value] {
        var inputs: [String: Value] = [:]
        for (place, name) in names.enumerated() {
            let free = kinds[place].tried.compactMap { try? Expression(parsing: $0).evaluate(Scope()).value }.first { allowed[place].matches($0, Scope()) == true }
            inputs[name] = example.parts.first { $0.column == place }?.value ?? free ?? .null
        }
        return inputs
    }
}
