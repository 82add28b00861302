import Decisions
import FEEL
package import Gate
package import Kernel
package import StateFolder

/// The errand `case.decide`: reads the facts, lets the decision table decide outside any transaction, records the outcome.
///
/// A crash in between loses only arithmetic: the errand runs again on the same facts, and its report counts once.
package struct DecideCase: ErrandHandler {
    package static let errand = "case.decide"
    package var kind: String { Self.errand }
    private let services: ServiceCatalogue
    private let zone: TimeZoneRules
    private let principal: Principal

    package init(services: ServiceCatalogue, zone: TimeZoneRules, principal: Principal) {
        self.services = services
        self.zone = zone
        self.principal = principal
    }

    package func perform(_ errand: Errand, on platform: Platform) async throws {
        guard let id = errand.payload["case"]?.string, let element = errand.payload["element"]?.string,
            let decision = errand.payload["decision"]?.string
        else { throw CaseFault.noDecision(case: errand.id) }
        let (facts, service, law) = try await platform.perform(CollectFacts(id, services: services, today: zone.date(at: platform.clock.now())), as: principal)
        let ruling = Ruling(decision, facts, service, at: platform.clock.now(), law: law)
        _ = try await platform.perform(
            RecordDecision(id, element: element, ruling: ruling, services: services, errand: errand.id), as: principal)
    }
}

/// What a rule said on given facts, with its trace: pure.
package struct Ruling: Sendable {
    package enum Outcome: String, Sendable { case grant, refuse, refer }
    /// What the rule says; a rule that matches nothing, or errs, refers to a person.
    package let outcome: Outcome
    package let outputs: JSONObject
    /// The whole decision as it is kept and shown: `outcome`, `outputs`, `trace`, `facts`, `at`.
    package let json: JSON

    /// - Parameter law: the day whose law is applied: on which the application was sent. Today, where there is none.
    package init(_ decision: String, _ facts: FactsSnapshot, _ service: ServiceDefinition, at now: Instant, law: CalendarDate? = nil) {
        let inputs = service.inputs(facts.known)
        var origins: [String: JSON] = [:]
        for fact in service.facts { origins[fact.name] = facts.origin(of: fact) }
        var trace = service.decisions.trace(decision, inputs, facts: service.surroundings(facts.known, at: now, law: law), origins: origins)
        trace.seeking = service.hoped(of: decision)
        let result = trace.outcome
        var outputs = JSONObject()
        for (name, value) in result.outputs { outputs[name] = value.json }
        let outcome = outputs["outcome"]?.string.flatMap(Outcome.init(rawValue:)) ?? .refer
        self.outcome = outcome
        outputs["outcome"] = .string(outcome.rawValue)
        self.outputs = outputs
        let known = Self.json(inputs)
        var recorded = JSONObject()
        for (register, at) in facts.recordedAt { recorded[register] = .string(at.rfc3339) }
        json = [
            "outcome": .string(outcome.rawValue), "outputs": .object(outputs), "trace": trace.json, "facts": known,
            "recorded": .object(recorded), "at": .string(now.rfc3339), "version": .string(service.version.hex),
        ]
    }

    private init(_ outcome: Outcome, _ outputs: JSONObject, _ json: JSON) {
        self.outcome = outcome
        self.outputs = outputs
        self.json = json
    }

    private static func json(_ inputs: [String: Value]) -> JSON {
        var known = JSONObject()
        for (name, value) in inputs { known[name] = value.json }
        return .object(known)
    }

    /// What the rule says on later facts, as of the day on which it decided; nil where they are those that it decided on, or where no rule has.
    static func again(
        _ decision: JSON, _ facts: FactsSnapshot, _ service: ServiceDefinition, at now: Instant, law: Instant?
    ) throws -> Ruling? {
        guard let before = decision["facts"], let at = decision["at"]?.string.flatMap({ Instant(rfc3339: $0) }) else { return nil }
        var known = facts.known
        known.today = service.today(at: at)
        guard json(service.inputs(known)) != before else { return nil }
        return Ruling(
            decision["trace"]?["decision"]?.string ?? service.decision, FactsSnapshot(known: known, recordedAt: facts.recordedAt), service, at: now,
            law: law.map { service.today(at: $0) })
    }

    /// The same ruling, left to a person because of what the rule does not know.
    func referred(because code: String) -> Ruling {
        var outputs = outputs
        outputs["outcome"] = .string(Outcome.refer.rawValue)
        var json = json.object ?? JSONObject()
        json["outcome"] = .string(Outcome.refer.rawValue)
        json["outputs"] = .object(outputs)
        json["held"] = .string(code)
        return Ruling(.refer, outputs, .object(json))
    }

    /// The matched rule's own words, with the facts' values in their places.
    var sentence: LocalText? {
        guard let annotations = json["trace"]?["matched"]?[0]?["annotations"]?.object else { return nil }
        var values: [String: String] = [:]
        for (name, value) in json["facts"]?.object ?? JSONObject() { values[name] = value.string ?? value.text }
        var words: [String: String] = [:]
        for (language, text) in annotations where language != "law" {
            if let text = text.string { words[language] = ServiceDefinition.filled(text, values) }
        }
        return words.isEmpty ? nil : LocalText(words)
    }
}
