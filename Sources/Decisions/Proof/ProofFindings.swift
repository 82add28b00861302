package import Definitions
internal import FEEL

/// The findings in words, each at its place.
extension TableProof {
    /// **Shape:** rules that contradict each other for certain are errors, all else warnings.
    package func diagnostics(for placed: PlacedTable) -> [Diagnostic] {
        var found: [Diagnostic] = []
        func warn(_ message: String, at position: Position) { found.append(Diagnostic(message, at: position, in: placed.path, severity: .warning)) }
        for overlap in overlaps {
            let isError = overlap.isCertain && overlap.outputs == .different
            found.append(
                Diagnostic(
                    words(overlap, placed.table), at: placed.position(ofRule: overlap.rules[1]), in: placed.path, severity: isError ? .error : .warning))
        }
        if moreOverlaps > 0 {
            let number = moreOverlaps + overlaps.count >= ProofLimits.overlapsCountedMax ? "at least \(moreOverlaps)" : "\(moreOverlaps)"
            warn("and \(number) more \(moreOverlaps == 1 ? "pair" : "pairs") of rules that match the same case", at: placed.position)
        }
        for gap in gaps { warn(words(gap, placed.table), at: placed.position) }
        if moreGaps > 0 {
            let number = gaps.count + moreGaps >= ProofLimits.gapsCountedMax ? "at least \(moreGaps)" : "\(moreGaps)"
            warn("and \(number) more \(moreGaps == 1 ? "region" : "regions") without a rule", at: placed.position)
        }
        for rule in idle.prefix(TableProof.rulesShownMax) { tell(rule, placed, warn) }
        if idle.count > TableProof.rulesShownMax { warn("and \(idle.count - TableProof.rulesShownMax) more rules can never decide", at: placed.position) }
        for stray in strays.prefix(TableProof.rulesShownMax) {
            let column = placed.table.inputs[stray.column]
            if stray.value.isNull {
                warn("a part of ‘\(placed.table.rules[stray.rule].cells[stray.column].text)’ is no value and never met; mend it", at: placed.position(ofCell: stray.column, inRule: stray.rule))
                continue
            }
            warn("‘\(column.label)’ is never \(stray.value.innerText)\(stray.advice(column)); write a value that it can have", at: placed.position(ofCell: stray.column, inRule: stray.rule))
        }
        if strays.count > TableProof.rulesShownMax { warn("and \(strays.count - TableProof.rulesShownMax) more values that their columns never have", at: placed.position) }
        tellObstacles(placed, warn)
        return found
    }

    /// Cells, and rules or values that never count, of which each is told; of more there is only the number.
    private static let cellsShownMax = 5
    private static let rulesShownMax = 20

    private func words(_ overlap: Overlap, _ table: DecisionTable) -> String {
        let rules = "rules \(overlap.rules[0] + 1) and \(overlap.rules[1] + 1)"
        let match = (overlap.isCertain ? "\(rules) both match for " : "\(rules) may both match, as for ") + overlap.example.words
        let policy = table.hitPolicy == .unique ? "UNIQUE" : "ANY"
        switch overlap.outputs {
        case .different:
            return "\(match), and say different things (hit policy \(policy)); narrow one of them, or write hitPolicy=\"FIRST\" where the earlier is to hold"
        case .computed where table.hitPolicy == .any:
            return "\(match), and may say different things (hit policy ANY); narrow one of them, or write the same output in both"
        case .same, .computed:
            return "\(match), but only one may (hit policy UNIQUE), even where they say the same: nothing would be decided; narrow one of them, or write hitPolicy=\"ANY\""
        }
    }

    private func words(_ gap: Gap, _ table: DecisionTable) -> String {
        if gap.example.parts.isEmpty {
            return table.rules.isEmpty
                ? "this table has no rule; add one, or a default output" : "no rule matches anything; add one with - in every cell, or a default output"
        }
        // The case as a rule's cells, unless the example has said it already.
        var asked: [String] = []
        for part in gap.example.parts where gap.cells[part.column] != Axis.literal(part.value) && part.words == part.value.innerText {
            asked.append("\(part.label) \(gap.cells[part.column])")
        }
        let whole = asked.isEmpty ? "" : ", a case of " + asked.joined(separator: ", ")
        return (gap.isCertain ? "no rule for " : "there may be no rule for ") + gap.example.words + whole + "; add a rule or a default output"
    }

    private func tell(_ rule: Idle, _ placed: PlacedTable, _ warn: (String, Position) -> Void) {
        let number = "rule \(rule.rule + 1) can never decide"
        switch rule.reason {
        case .cell(let column):
            let input = placed.table.inputs[column]
            warn("\(number): ‘\(input.label)’ never meets ‘\(placed.table.rules[rule.rule].cells[column].text)’; mend the cell or remove the rule", placed.position(ofCell: column, inRule: rule.rule))
        case .contradiction(let columns):
            let names = columns.map { String($0 + 1) }.joined(separator: " and ")
            warn("\(number): its columns \(names) ask the same for values that exclude each other; mend one of the cells or remove the rule", placed.position(ofCell: columns[columns.count - 1], inRule: rule.rule))
        case .covered(let others):
            let shown = others.prefix(TableProof.cellsShownMax).map { String($0 + 1) }.joined(separator: ", ") + (others.count > TableProof.cellsShownMax ? ", …" : "")
            let who = others.count == 1 ? "rule \(shown) takes" : "rules \(shown) together take"
            let how = placed.table.hitPolicy == .first ? "before it (hit policy FIRST); move it up, or remove it" : "with a higher priority; narrow them, or remove it"
            warn("\(number): \(who) all its cases \(how)", placed.position(ofRule: rule.rule))
        }
    }

    private func tellObstacles(_ placed: PlacedTable, _ warn: (String, Position) -> Void) {
        var cells = 0
        for obstacle in obstacles {
            switch obstacle {
            case .column(let column, let reason):
                warn("not provable: column ‘\(placed.table.inputs[column].label)’, since \(reason); give the input a type, or prove its cases by scenarios", placed.position(ofColumn: column))
            case .allowedValues(let column):
                warn("not provable: the allowed values of column ‘\(placed.table.inputs[column].label)’; write values, ranges or comparisons", placed.position(ofColumn: column))
            case .cell(let rule, let column):
                cells += 1
                guard cells <= TableProof.cellsShownMax else { continue }
                warn(
                    "not provable: cell ‘\(placed.table.rules[rule].cells[column].text)’ is no value, range or comparison; what rule \(rule + 1) leaves or takes is not known",
                    placed.position(ofCell: column, inRule: rule))
            case .rules(let most):
                warn("not provable: more than \(most) rules in one table; divide it", placed.position)
            case .regions(let most):
                warn("not provable within \(most) regions; divide the table, or name fewer values in its cells", placed.position)
            }
        }
        if cells > TableProof.cellsShownMax {
            warn("not provable: \(cells - TableProof.cellsShownMax) more cells that are no values, ranges or comparisons", placed.position)
        }
    }
}

extension TableProof.Stray {
    /// "; did you mean …?" among the texts that the column can have.
    fileprivate func advice(_ input: DecisionTable.Input) -> String {
        guard case .string(let text) = value, let allowed = input.allowed else { return "" }
        return Nearest.name(to: text, among: allowed.constants.compactMap { $0.string }).map { "; did you mean ‘\($0)’?" } ?? ""
    }
}

extension TableProof.Example {
    /// `age = 18, activity = any text other than "food"`; "any input" where nothing is asked.
    package var words: String {
        parts.isEmpty ? "any input" : parts.map { "\($0.label) = \($0.words)" }.joined(separator: ", ")
    }
}

extension DecisionModel {
    /// What is proven of a decision's own table; nil where the decision is none.
    ///
    /// - Parameter decisionID: its id or name.
    package func proof(of decisionID: String, limits: ProofLimits = .standard) -> TableProof? {
        guard let table = decision(decisionID)?.table else { return nil }
        return placedTables().first { $0.table === table }.map { TableProof($0, limits: limits) }
    }

    /// Proves every table of the model and reports what is found: contradictions as errors, gaps, idle rules and what cannot be proven as warnings.
    ///
    /// - Returns: the proof of each table.
    @discardableResult
    package func prove(into diagnostics: inout Diagnostics, limits: ProofLimits = .standard) -> [ObjectIdentifier: TableProof] {
        var proofs: [ObjectIdentifier: TableProof] = [:]
        for placed in placedTables() {
            let proof = TableProof(placed, limits: limits)
            for diagnostic in proof.diagnostics(for: placed) { diagnostics.add(diagnostic) }
            proofs[ObjectIdentifier(placed.table)] = proof
        }
        return proofs
    }
}
