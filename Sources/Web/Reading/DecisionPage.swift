internal import Decisions
internal import FEEL
internal import Kernel
internal import Services
internal import StateFolder

/// A decision as the citizen reads it: what was decided, by which rule and law, on which of her facts, and what she can do.
struct DecisionPage {
    private let service: ServiceDefinition
    private let json: JSON
    private let portal: Portal
    private let language: String
    /// Where the account of the decision can be fetched.
    private let account: String?

    init(_ service: ServiceDefinition, _ decision: JSON, _ portal: Portal, _ language: String, account: String? = nil) {
        self.account = account
        self.service = service
        json = decision
        self.portal = portal
        self.language = language
    }

    var officer: JSON? { json["officer"] }

    /// The outcome that stands: an officer's, where she decided.
    var outcome: Decision.Outcome {
        switch officer?["outcome"]?.string ?? json["outcome"]?.string {
        case "grant": .granted
        case "refuse": .refused
        default: .referred
        }
    }

    /// The matched rule's sentence and law, from the trace.
    private var matched: JSON? { json["trace"]?["matched"]?[0] }
    private var sentence: String? { matched?["annotations"]?[language]?.string }

    /// What the rule that would have granted asks for, cell by cell, in the reader's words.
    private var missing: [Decision.Missing] {
        guard let trace = json["trace"], let nearest = trace["nearest"], let number = nearest["number"]?.int,
            let table = trace["decision"]?.string.flatMap({ service.decisions.decision($0) })?.table, table.rules.indices.contains(number - 1)
        else { return [] }
        let words = RuleWords(service: service, state: portal.state, words: portal.pages.words(for: language, zone: portal.zone))
        return (nearest["failing"]?.array ?? []).compactMap { cell in
            guard let column = table.inputs.firstIndex(where: { $0.label == cell["input"]?.string }) else { return nil }
            let input = table.inputs[column]
            let labels = words.labels(ofExpression: input.expression.text)
            let value = FactValue.value(cell["value"] ?? .null)
            return Decision.Missing(
                label: words.label(ofExpression: input.expression.text) ?? input.label,
                wanted: words.allowed(table.rules[number - 1].cells[column], labels), value: words.text(value, labels) ?? value.innerText)
        }
    }

    /// The facts' values in the reader's words, for the places in texts.
    private var values: [String: String] {
        var values: [String: String] = [:]
        let words = portal.pages.words(for: language, zone: portal.zone)
        for (name, value) in json["facts"]?.object ?? JSONObject() { values[name] = words.plain(value) }
        if let date = (officer?["at"] ?? json["at"])?.string.flatMap({ Instant(rfc3339: $0) }) { values["date"] = words.date(portal.zone.date(at: date)) }
        return values
    }

    var conditions: [Condition] {
        let facts = json["facts"]?.object ?? JSONObject()
        let inputs = Dictionary(facts.map { ($0.key, FactValue.value($0.value)) }, uniquingKeysWith: { first, _ in first })
        return service.conditions(inputs).map { state in
            let id = state.condition.id
            let key = switch state.isMet { case true?: "met"; case false?: "unmet"; case nil: "who" }
            let (source, at) = source(of: state.condition)
            return Condition(
                met: state.isMet, text: ServiceDefinition.filled(service.text("condition.\(id).\(key)", language), values), source: source,
                asOf: at)
        }
    }

    private func source(of condition: ConditionDefinition) -> (String?, Instant?) {
        switch condition.source {
        case .register(let register):
            return (
                portal.state.register(register)?.names[language],
                json["recorded"]?[register]?.string.flatMap { Instant(rfc3339: $0) }
            )
        case .application: return (portal.pages.words(for: language, zone: portal.zone)("decision.yourAnswer"), nil)
        }
    }

    /// - Parameter places: what the texts name besides the facts: `reference`, `number`, `deadline`.
    func view(appeal: Decision.Appeal?, isDry: Bool = false, places: [String: String] = [:]) -> Decision {
        let outcome = outcome
        let word = switch outcome { case .granted: "granted"; case .refused: "refused"; case .referred: "referred" }
        let at = (officer?["at"] ?? json["at"])?.string.flatMap { Instant(rfc3339: $0) } ?? Instant(milliseconds: 0)
        let texts = values.merging(places) { _, given in given }
        let decider: Decision.Decider? =
            if let officer {
                .officer(
                    officer["name"]?.string ?? "", body: portal.state.bodyName(officer["body"]?.string, language) ?? "", at: at)
            } else if outcome == .referred { nil } else { .rule(at: at) }
        let words = portal.pages.words(for: language, zone: portal.zone)
        return Decision(
            outcome: outcome,
            title: isDry ? words("dryrun.\(word)") : ServiceDefinition.filled(service.text("\(word).title", language), texts),
            // A trial that would be granted has given nothing yet: neither a number nor a right.
            lead: isDry && outcome == .granted ? nil : ServiceDefinition.filled(service.text("\(word).lead", language), texts),
            rule: portal.rule(matchedLaw ?? service.law, quote: officer == nil ? sentence.map { ServiceDefinition.filled($0, texts) } : nil, language), conditions: conditions,
            reason: officer?["reason"]?.string, decider: isDry ? nil : decider, remedy: remedy(outcome), appeal: appeal,
            wholeRule: portal.addressOfRule(service),
            missing: outcome == .refused && officer == nil ? missing : [], account: isDry ? nil : account)
    }

    private var matchedLaw: String? {
        // A refusal rests on the law of the condition that failed; anything else on the matched rule's.
        if outcome == .refused, let failed = failedCondition { return failed.law }
        return matched?["annotations"]?["law"]?.string
    }

    private var failedCondition: ConditionDefinition? {
        let facts = json["facts"]?.object ?? JSONObject()
        let inputs = Dictionary(facts.map { ($0.key, FactValue.value($0.value)) }, uniquingKeysWith: { first, _ in first })
        return service.conditions(inputs).first { $0.isMet == false }?.condition
    }

    private func remedy(_ outcome: Decision.Outcome) -> Decision.Remedy? {
        guard outcome == .refused, let failed = failedCondition, failed.hasRemedy else { return nil }
        let words = portal.pages.words(for: language, zone: portal.zone)
        return Decision.Remedy(
            text: ServiceDefinition.filled(service.text("condition.\(failed.id).remedy", language), values),
            label: words("decision.tryAgain"), address: "/services/\(service.id)")
    }
}
