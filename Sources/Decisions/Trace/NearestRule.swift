package import FEEL

extension DecisionTrace {
    /// One cell that kept a rule from matching.
    package struct FailingCell: Hashable, Sendable {
        package let input: String
        package let value: Value
        package let test: String
        package let answer: Answer
        /// What the cell asks for; one of these must hold.
        package let demands: [Demand]

        package init(input: String, value: Value, test: String, answer: Answer, demands: [Demand]) {
            self.demands = demands
            self.input = input
            self.value = value
            self.test = test
            self.answer = answer
        }
    }

    /// The rule that came closest, and what it would have wanted.
    package struct NearestRule: Sendable {
        package let place: Int
        package let rule: DecisionTable.Rule
        package let failing: [FailingCell]
    }

    /// The rule of the asked decision's table that the inputs came closest to: the fewest cells that say no; among those the fewest that are
    /// unknown, since one more fact may settle them; among those the first. Rules that match are left out.
    ///
    /// - Parameter wanted: which outcomes would have been welcome ("granted"), by output name.
    package func nearest(where wanted: ([String: Value]) -> Bool = { _ in true }) -> NearestRule? {
        asked.flatMap { nearest(of: $0, isChoosy: true, where: wanted) }
    }

    /// The rule that the account tells of as the nearest: where something was sought and not found, the nearest that gives it; else, where no rule
    /// matched, the nearest of all.
    package var nearestTold: NearestRule? {
        guard let asked else { return nil }
        if !seeking.isEmpty { return isFound(in: outcome.outputs) ? nil : nearest { isFound(in: $0) } }
        return asked.table?.matched.isEmpty == true ? nearest(of: asked, isChoosy: false, where: { _ in true }) : nil
    }

    private func isFound(in outputs: [String: Value]) -> Bool { seeking.allSatisfy { outputs[$0.key] == $0.value } }

    func nearest(of account: Account, isChoosy: Bool, where wanted: ([String: Value]) -> Bool) -> NearestRule? {
        guard let table = account.table else { return nil }
        var best: (place: Int, no: Int, unknown: Int)?
        for place in table.table.rules.indices {
            var no = 0, unknown = 0
            for column in table.values.indices {
                switch table[place, column] {
                case .no: no += 1
                case .unknown: unknown += 1
                case .yes: break
                }
            }
            guard no + unknown > 0, (no, unknown) < (best?.no ?? Int.max, best?.unknown ?? Int.max) else { continue }
            if isChoosy, !wanted(outputs(ofRule: place, account)) { continue }
            best = (place, no, unknown)
        }
        guard let best else { return nil }
        let rule = table.table.rules[best.place]
        var failing: [FailingCell] = []
        for column in table.values.indices where table[best.place, column] != .yes {
            failing.append(
                FailingCell(
                    input: table.table.inputs[column].label, value: table.values[column], test: rule.cells[column].text,
                    answer: table[best.place, column], demands: rule.cells[column].demands))
        }
        return NearestRule(place: best.place, rule: rule, failing: failing)
    }

    private func outputs(ofRule place: Int, _ account: Account) -> [String: Value] {
        guard let table = account.table?.table, let setting else { return [:] }
        var evaluator = setting.model.evaluator(setting.facts)
        evaluator.locals = account.frame
        var row: [String: Value] = [:]
        for (output, value) in zip(table.outputs, table.outputValues(place, &evaluator)) {
            row[output.name.isEmpty ? account.decision.name : output.name] = value
        }
        return row
    }
}
