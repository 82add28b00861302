package import Decisions
package import FEEL
package import Kernel
import Processes
import Schemas

/// What a service answers to one application, worked out without storing anything: for scenarios, and for "would I get it?".
package struct Rehearsal: Sendable {
    /// What the schema finds wrong with the application.
    package let faults: [Fault]
    /// In the order of the service's facts.
    package let facts: [(name: String, value: Value)]
    package let conditions: [ConditionState]
    package let decision: DecisionOutcome
    /// `grant`, `refuse` or `refer`; nil when the table has no answer.
    package let outcome: String?
    package let pages: [String]
    /// The row that a grant would make, without its number.
    package let row: JSONObject
    /// Where the process would stand: an end, a person's task, or nil where it went wrong.
    package let reaches: String?
}

extension ServiceDefinition {
    /// Asks the rule, and walks the process until a person has to do something.
    package func rehearse(_ known: ApplicationFacts) -> Rehearsal {
        let values = factValues(known)
        let inputs = Dictionary(uniqueKeysWithValues: values.map { ($0.name, $0.value) })
        let decided = decisions.evaluate(decision, inputs, facts: surroundings(known))
        return Rehearsal(
            faults: compiled.faults(of: .object(known.application)), facts: values, conditions: conditions(inputs), decision: decided,
            outcome: decided.outputs["outcome"]?.string, pages: form.route(known.application).map { $0.id }, row: newRow(known),
            reaches: walk(known, inputs))
    }

    private func walk(_ known: ApplicationFacts, _ inputs: [String: Value]) -> String? {
        var machine = ProcessMachine(process)
        var waiting = machine.receive(.started(variables: known.application))[...]
        while let command = waiting.popFirst() {
            switch command {
            case .decide(let element, let decision):
                let outcome = decisions.evaluate(decision, inputs, facts: surroundings(known))
                var outputs = JSONObject()
                for (name, value) in outcome.outputs { outputs[name] = value.json }
                waiting += machine.receive(.decided(element: element, outputs: outputs))
            case .createTask(let element, _, _, _): return element
            case .callService(let element, _, _): waiting += machine.receive(.serviceCompleted(element: element, outputs: [:]))
            case .complete(let end, _): return end
            case .incident, .refused: return nil
            }
        }
        return nil
    }

    /// Runs a scenario.
    ///
    /// - Returns: what came out otherwise than expected, in words; empty when all is as it should be.
    package func misses(of scenario: ScenarioDefinition) -> [String] {
        let result = rehearse(scenario.known), expected = scenario.expected
        var misses: [String] = []
        func compare(_ what: String, _ found: String, _ wanted: String) {
            if found != wanted { misses.append("\(what) is \(found), expected \(wanted)") }
        }
        let faulty = result.faults.map { $0.pointer }
        for fault in expected.faults where !faulty.contains(fault) { misses.append("\(fault) is valid, expected a fault") }
        for fault in faulty where !expected.faults.contains(fault) { misses.append("\(fault) has a fault, expected none") }
        if let outcome = expected.outcome { compare("the outcome", result.outcome ?? "nothing", outcome) }
        if let rule = expected.rule { compare("the deciding rule", result.decision.matched.first?.rule.id ?? "none", rule) }
        for (name, wanted) in expected.facts {
            guard let found = result.facts.first(where: { $0.name == name }) else { misses.append("there is no fact ‘\(name)’"); continue }
            compare("the fact ‘\(name)’", found.value.json.text, wanted.text)
        }
        if let pages = expected.pages { compare("the list of pages", result.pages.joined(separator: ", "), pages.joined(separator: ", ")) }
        for (field, wanted) in expected.row { compare("the row's ‘\(field)’", result.row[field]?.text ?? "missing", wanted.text) }
        if let reaches = expected.reaches { compare("the place that the case reaches", result.reaches ?? "none", reaches) }
        return misses
    }

    /// What is wrong with the row that a grant would make, by the register's schema. A numbered key is given a number for the check.
    package func rowFaults(_ row: JSONObject, in register: RegisterDefinition, year: Int) -> [Fault] {
        var row = row
        if let numbering = register.numbering { row[register.key] = .string(numbering.key(year: year, number: 1)) }
        return register.compiled.faults(of: .object(row))
    }
}
