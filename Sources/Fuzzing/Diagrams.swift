internal import Decisions
internal import Definitions
internal import FEEL
internal import Kernel
internal import Processes

// Models that are drawn: decisions and processes.

/// Whether the places of the messages are in the file, and an error explains why nothing was read.
func broken(_ diagnostics: Diagnostics, _ bytes: [UInt8], isRead: Bool) -> String? {
    if !isRead, !diagnostics.hasErrors { return "nothing was read, and no error says why" }
    let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
    for diagnostic in diagnostics.all {
        guard (1...lines).contains(diagnostic.position.line), (1...bytes.count + 1).contains(diagnostic.position.column) else {
            return "a message's place is outside the file: \(diagnostic.description.prefix(200))"
        }
        if diagnostic.message.isEmpty { return "a message says nothing" }
    }
    return nil
}

/// Decisions of one model that are evaluated.
private let decisionsMax = 12

/// A model that others may import.
private let library: ModelLibrary = {
    let text = """
        <definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="x" namespace="urn:x"><itemDefinition name="tA"><typeRef>number</typeRef>\
        <allowedValues><text>[0..9]</text></allowedValues></itemDefinition><inputData id="i" name="n"><variable name="n" typeRef="tA"/></inputData>\
        <businessKnowledgeModel id="f" name="f"><variable name="f"/><encapsulatedLogic><formalParameter name="n"/><literalExpression><text>n + 1</text>\
        </literalExpression></encapsulatedLogic></businessKnowledgeModel><decision id="a" name="a"><variable name="a" typeRef="number"/><informationRequirement>\
        <requiredInput href="#i"/></informationRequirement><literalExpression><text>n * 2</text></literalExpression></decision>\
        <decisionService id="s" name="s"><variable name="s"/><outputDecision href="#a"/><inputData href="#i"/></decisionService></definitions>
        """
    var diagnostics = Diagnostics()
    return ModelLibrary([XMLReader.read(Array(text.utf8), path: "x.dmn", into: &diagnostics)].compactMap { $0 })
}()

@Sendable func dmn(_ bytes: [UInt8]) -> String? {
    var diagnostics = Diagnostics()
    guard let root = XMLReader.read(bytes, path: "f.dmn", into: &diagnostics) else { return broken(diagnostics, bytes, isRead: false) }
    for strictness in [Strictness.strict, .lenient] {
        var diagnostics = Diagnostics()
        let model = DecisionModel.read(root, into: &diagnostics, strictness: strictness, library: library)
        if let broken = broken(diagnostics, bytes, isRead: model != nil) { return broken }
        guard let model else { continue }
        var findings = Diagnostics()
        _ = model.prove(into: &findings)
        if let broken = broken(findings, bytes, isRead: true) { return "of the proof: " + broken }
        if let broken = broken(model) { return broken }
        break
    }
    return nil
}

private func broken(_ model: DecisionModel) -> String? {
    let facts = DecisionModel.Facts(today: CalendarDate(year: 2026, month: 1, day: 31), zones: Zones(["Etc/UTC": .utc]))
    // Inputs that the type asks for, then ones that it does not.
    let choices: [[Value]] = [[5, "2026-01-31", true, "a", [1, 2]], ["a", 17, .null, "P1D", ["age": 3]]]
    for (round, values) in choices.enumerated() {
        var inputs: [String: Value] = [:]
        for (place, input) in model.inputs.enumerated() {
            switch input.typeName {
            case "number" where round == 0: inputs[input.name] = 17
            case "date" where round == 0: inputs[input.name] = "2008-02-29"
            case "string" where round == 0: inputs[input.name] = "a"
            case "boolean" where round == 0: inputs[input.name] = true
            default: inputs[input.name] = spokenOf[input.name] ?? values[place % values.count]
            }
        }
        for decision in model.decisions.prefix(decisionsMax) {
            let trace = model.trace(decision.id, inputs, facts: facts)
            let outcome = trace.outcome
            if outcome.problems.count > Limits.problemsMax { return "more problems than the limit" }
            _ = (outcome.rows, outcome.law, outcome.sentence("en"), trace.nearest())
            let account = trace.json
            if model.trace(decision.id, inputs, facts: facts).json.canonical != account.canonical { return "two accounts of one decision differ" }
            let plain = model.evaluate(decision.id, inputs, facts: facts)
            if plain.status != outcome.status || plain.value.json != outcome.value.json { return "an account says something else than the decision" }
            do throws(DecisionTrace.Unreadable) {
                let again = try DecisionTrace.recompute(account, with: model, zones: facts.zones)
                guard again.isSame else { return "an account is recomputed as another: \(again.differences.first?.pointer ?? "")" }
            } catch {
                return "an account cannot be recomputed: \(error.description)"
            }
        }
    }
    return nil
}

@Sendable func bpmn(_ bytes: [UInt8]) -> String? {
    var diagnostics = Diagnostics()
    let root = XMLReader.read(bytes, path: "f.bpmn", into: &diagnostics)
    let definition = root.flatMap { ProcessDefinition.read($0, into: &diagnostics) }
    if let broken = broken(diagnostics, bytes, isRead: definition != nil) { return broken }
    guard let definition else { return nil }
    var machine = ProcessMachine(definition)
    _ = machine.receive(.started(variables: ["age": 17, "name": "Ana", "outcome": "granted"]))
    for step in 0..<20 {
        guard let element = machine.waitingAt else { break }
        let commands = machine.receive(step % 5 == 4 ? .serviceFailed(element: element, reason: "out") : .taskCompleted(element: element, outputs: ["n": .integer(step)]))
        if case .refused? = commands.first { _ = machine.receive(.serviceCompleted(element: element, outputs: ["outcome": "refused"])) }
        if machine.incidentReason != nil { _ = machine.receive(.retried(element: element, variables: ["age": 18])) }
        _ = machine.receive(.decided(element: element, outputs: ["outcome": "granted"]))
        guard let copy = ProcessMachine(definition, state: machine.state), copy.state == machine.state else { return "a machine's state does not make it again" }
    }
    return nil
}
