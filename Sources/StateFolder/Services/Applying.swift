package import Decisions
package import FEEL
package import Kernel

/// What is known about an application when a rule is asked: the values that the service's expressions speak of.
package struct ApplicationFacts: Sendable {
    /// The applicant's row in the person register: the fields that the service reads.
    package var applicant: JSONObject
    /// Her rows in the other registers, by register: the fields that the service reads.
    package var registers: [String: [JSONObject]]
    package var application: JSONObject
    package var today: CalendarDate

    package init(applicant: JSONObject, registers: [String: [JSONObject]], application: JSONObject, today: CalendarDate) {
        self.applicant = applicant
        self.registers = registers
        self.application = application
        self.today = today
    }

    /// The names of `Folder.serviceNames`, with their values.
    package var scope: Scope {
        var known = JSONObject()
        for (register, rows) in registers { known[register] = .array(rows.map { .object($0) }) }
        return Scope(
            [
                "applicant": Value(json: .object(applicant)), "registers": Value(json: .object(known)),
                "application": Value(json: .object(application)), "today": .date(today),
            ], today: today)
    }
}

/// A line of "who may" for one applicant.
package struct ConditionState: Sendable {
    package let condition: ConditionDefinition
    /// Nil: not known.
    package let isMet: Bool?
}

extension ServiceDefinition {
    /// The facts' values, in their order; each may build on the ones before it.
    package func factValues(_ known: ApplicationFacts) -> [(name: String, value: Value)] {
        var scope = known.scope
        return facts.map { fact in
            let value = fact.value.evaluate(scope).value
            scope.values[fact.name] = value
            return (fact.name, value)
        }
    }

    /// The decision's inputs.
    package func inputs(_ known: ApplicationFacts) -> [String: Value] {
        Dictionary(uniqueKeysWithValues: factValues(known).map { ($0.name, $0.value) })
    }

    /// What only the outside knows about a decision: the day, the moment where it is known, the zones.
    ///
    /// - Parameter law: the day whose law is applied, where it is another than today.
    package func surroundings(_ known: ApplicationFacts, at moment: Instant? = nil, law: CalendarDate? = nil) -> DecisionModel.Facts {
        DecisionModel.Facts(today: known.today, now: moment.map { DateTime($0, in: zone) }, zones: zones, law: law)
    }

    /// What an applicant hopes that a decision says; empty where it has no outcome.
    package func hoped(of decision: String) -> [String: Value] {
        decisions.decision(decision)?.table?.outputs.contains { $0.name == "outcome" } == true ? ["outcome": "grant"] : [:]
    }

    /// The day that it is in the state.
    package func today(at moment: Instant) -> CalendarDate { zone.date(at: moment) }

    /// Who may apply, each line ticked, crossed or open.
    package func conditions(_ inputs: [String: Value]) -> [ConditionState] {
        let scope = Scope(inputs)
        return who.map { condition in ConditionState(condition: condition, isMet: condition.when.evaluate(scope).value.boolean) }
    }

    /// The row that a grant makes, without the numbered key.
    package func newRow(_ known: ApplicationFacts) -> JSONObject {
        let scope = known.scope
        var data = JSONObject()
        for (field, expression) in row {
            let value = expression.evaluate(scope).value
            if !value.isNull { data[field] = value.json }
        }
        return data
    }

    /// A text with the values of facts in place of the names in braces; a name without a value stays as it is.
    /// A value that ends in a full stop ("2026 р.") takes the one that follows it.
    package static func filled(_ text: String, _ values: [String: String]) -> String {
        var result = "", rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            result += rest[..<open]
            let after = rest[rest.index(after: open)...]
            guard let close = after.firstIndex(of: "}") else { rest = rest[open...]; break }
            let name = String(after[..<close])
            let value = values[name] ?? "{\(name)}"
            result += value
            rest = after[after.index(after: close)...]
            if value.hasSuffix("."), rest.hasPrefix(".") { rest = rest.dropFirst() }
        }
        return result + rest
    }
}
