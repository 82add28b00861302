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
        var known = JSONObject()
        for (name, value) in inputs { known[name] = value.json }
        var recorded = JSONObject()
        for (register, at) in facts.recordedAt { recorded[register] = .string(at.rfc3339) }
        json = [
            "outcome": .string(outcome.rawValue), "outputs": .object(outputs), "trace": trace.json, "facts": .object(known),
            "recorded": .object(recorded), "at": .string(now.rfc3339), "version": .string(service.version.hex),
        ]
    }
}
