import Decisions
package import Definitions
package import Kernel
import Schemas

/// An example of an application with what must come of it: the service's own tests, run by `dovira test`.
package struct ScenarioDefinition: Sendable {
    /// The file's name without its ending.
    package let id: String
    package let name: String
    package let known: ApplicationFacts
    package let expected: Expectation
    /// Where it stands, to report a failure.
    package let path: String
    package let position: Position

    package struct Expectation: Sendable {
        /// `grant`, `refuse` or `refer`; nil: the application is not valid.
        package let outcome: String?
        /// The rule that must decide, by its identifier in the table.
        package let rule: String?
        /// Properties that must be faulty, where the application must not be valid.
        package let faults: [String]
        /// Values of facts.
        package let facts: JSONObject
        /// Pages that must be asked, in order; nil: not checked.
        package let pages: [String]?
        /// Values of the row that a grant makes.
        package let row: JSONObject
        /// Where the process must stand when the machine has done what it can: an end or a task.
        package let reaches: String?
    }

    static func readAll(_ base: String, _ schema: RecordSchema?, _ model: DecisionModel?, _ elements: Set<String>, _ folder: inout Folder) -> [ScenarioDefinition] {
        let names = folder.names(in: base + "scenarios").filter { $0.hasSuffix(".yaml") }
        if names.isEmpty {
            folder.diagnostics.error("the service has no scenario; write at least one file here, with an application and what must come of it", at: .start, in: base + "scenarios")
        }
        return names.compactMap { read(base + "scenarios/" + $0, String($0.dropLast(5)), schema, model, elements, &folder) }
    }

    private static func read(
        _ path: String, _ id: String, _ schema: RecordSchema?, _ model: DecisionModel?, _ elements: Set<String>, _ folder: inout Folder
    ) -> ScenarioDefinition? {
        guard let node = folder.yaml(path, for: "a scenario"), var reader = MappingReader(node, "the scenario", into: &folder.diagnostics) else { return nil }
        let name = reader.text("name", into: &folder.diagnostics)
        var today: CalendarDate?
        if let node = reader.node("today", into: &folder.diagnostics) {
            today = node.text.flatMap { CalendarDate($0) }
            if today == nil { folder.diagnostics.error("‘today’ must be a date; write it as 2026-11-24", at: node) }
        }
        let people = folder.registers?.values.first { $0.person == .isPerson }
        let applicant = reader.node("applicant", into: &folder.diagnostics).flatMap { row($0, people, &folder) }
        var registers: [String: [JSONObject]] = [:]
        if let entries = reader.optionalNode("registers").flatMap({ folder.named($0, "registers") }) {
            for (register, node) in entries {
                guard folder.check(register.text, "register", among: folder.registers?.keys, at: register.node) else { continue }
                guard let items = node.items else { folder.diagnostics.error("‘\(register.text)’ must list the applicant's rows; write [] for none", at: node); continue }
                registers[register.text] = items.compactMap { row($0, folder.registers?[register.text], &folder) }
            }
        }
        var application: JSONObject?
        if let node = reader.node("application", into: &folder.diagnostics) {
            if let entries = folder.named(node, "application") {
                for (property, _) in entries { folder.check(property.text, "property", among: schema?.properties.map { $0.name }, at: property.node) }
            }
            application = node.json.object
        }
        let expected = reader.node("expect", into: &folder.diagnostics).flatMap { expectation($0, schema, model, elements, &folder) }
        reader.finish(into: &folder.diagnostics)
        guard let name, let today, let applicant, let application, let expected else { return nil }
        return ScenarioDefinition(
            id: id, name: name, known: ApplicationFacts(applicant: applicant, registers: registers, application: application, today: today), expected: expected,
            path: path, position: node.position)
    }

    /// A row of a register, which must be one that the register could hold.
    private static func row(_ node: Node, _ register: RegisterDefinition?, _ folder: inout Folder) -> JSONObject? {
        guard let data = node.json.object, node.entries != nil else {
            folder.diagnostics.error("a row must be a mapping from fields to values, not \(node.kindInWords)", at: node)
            return nil
        }
        guard let register else { return data }
        for fault in register.compiled.validate(.object(data)) {
            folder.diagnostics.error("the register ‘\(register.id)’ could not hold this row: \(fault.field.text.isEmpty ? "it" : fault.field.text) fails ‘\(fault.keyword)’ in its schema.json",
                                     at: node.nearest(to: fault.field))
        }
        return data
    }

    private static func expectation(
        _ node: Node, _ schema: RecordSchema?, _ model: DecisionModel?, _ elements: Set<String>, _ folder: inout Folder
    ) -> Expectation? {
        guard var reader = MappingReader(node, "the expectation", into: &folder.diagnostics) else { return nil }
        let faults = reader.texts("faults", into: &folder.diagnostics)
        for (fault, item) in faults { folder.check(fault, "pointer", among: schema?.properties.map { "/" + $0.name }, at: item) }
        enum Outcome: String, CaseIterable { case grant, refuse, refer }
        let outcome = faults.isEmpty ? reader.choice("outcome", of: Outcome.self, into: &folder.diagnostics)
            : reader.optionalChoice("outcome", of: Outcome.self, into: &folder.diagnostics)
        let ruleNode = reader.optionalNode("rule")
        let rule = ruleNode.flatMap { MappingReader.text($0, "rule", into: &folder.diagnostics) }
        if let rule, let ruleNode, let model {
            folder.check(rule, "rule", among: model.decisions.flatMap { ($0.table?.rules ?? []).map { $0.id } }, at: ruleNode)
        }
        let facts = reader.optionalNode("facts")?.json.object ?? JSONObject()
        let row = reader.optionalNode("row")?.json.object ?? JSONObject()
        let pages = reader.has("pages") ? reader.texts("pages", into: &folder.diagnostics).map { $0.text } : nil
        _ = reader.optionalNode("pages")
        let reachesNode = reader.optionalNode("reaches")
        let reaches = reachesNode.flatMap { MappingReader.text($0, "reaches", into: &folder.diagnostics) }
        if let reaches, let reachesNode { folder.check(reaches, "task or end", among: elements, at: reachesNode) }
        reader.finish(into: &folder.diagnostics)
        guard outcome != nil || !faults.isEmpty else { return nil }
        return Expectation(outcome: outcome?.rawValue, rule: rule, faults: faults.map { $0.text }, facts: facts, pages: pages, row: row, reaches: reaches)
    }
}
