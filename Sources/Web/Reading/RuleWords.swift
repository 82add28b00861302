internal import Decisions
internal import FEEL
internal import Kernel
internal import StateFolder

/// The names and values of a service's rule in a reader's words.
struct RuleWords {
    let service: ServiceDefinition
    let state: StateDefinition
    let words: Words

    // MARK: Names

    /// A decision or knowledge model as the service's texts call it, else as the model does.
    func label(_ id: String, _ name: String) -> String {
        let text = service.text("decision.\(id).name", words.language)
        return text.isEmpty ? RuleWords.spelled(name) : text
    }

    func question(_ decision: DecisionModel.Decision) -> String? {
        let text = service.text("decision.\(decision.id).question", words.language)
        let question = text.isEmpty ? decision.question : text
        return question.isEmpty ? nil : question
    }

    /// What an expression that is one name says, be it a fact or a decision.
    func label(ofExpression text: String) -> String? {
        if let fact = fact(ofExpression: text) { return fact.names[words.language] }
        if let decision = service.decisions.decisions.first(where: { $0.name == text }) { return label(decision.id, decision.name) }
        return nil
    }

    /// The name of the fact that an input is: an imported one is known without the names of its import.
    func fact(of input: DecisionModel.InputData) -> String { service.fact(input.name) == nil ? input.plainName : input.name }

    private func fact(ofExpression text: String) -> FactDefinition? {
        service.fact(text) ?? service.decisions.inputs.first { $0.name == text }.flatMap { service.fact($0.plainName) }
    }

    /// `needs_permit` as people write it.
    private static func spelled(_ name: String) -> String {
        String(name.map { $0 == "_" ? " " : $0 })
    }

    // MARK: Values

    /// The words of a column's values, where the state folder has them: the options of a question, the values of a register's field.
    func labels(ofExpression text: String) -> [String: String] {
        guard let fact = fact(ofExpression: text) else { return [:] }
        if case .register(let register) = fact.source, let field = fact.value.text.split(separator: ".").last.map(String.init),
            fact.value.text == "applicant.\(field)", let values = state.register(register)?.fields.first(where: { $0.name == field })?.values
        {
            return values.mapValues { $0[words.language] }
        }
        for control in service.form.pages.flatMap(\.controls) where fact.value.text == "application.\(control.name)" {
            return Dictionary(control.options.map { ($0.value, $0.label[words.language]) }, uniquingKeysWith: { first, _ in first })
        }
        return [:]
    }

    /// What the service answers, in words; other outputs have none.
    func labels(ofOutput output: DecisionTable.Output) -> [String: String] {
        guard output.name == "outcome" else { return [:] }
        return ["grant": words("rules.grant"), "refuse": words("rules.refuse"), "refer": words("rules.refer")]
    }

    /// A value in words; nil where it has none but its own text.
    func text(_ value: Value, _ labels: [String: String] = [:]) -> String? {
        switch value {
        case .null: words("rules.unknown")
        case .boolean(let flag): words(flag ? "word.yes" : "word.no")
        case .number(let number): words.decimal(number)
        case .string(let text): labels[text] ?? words("rules.quote", ["text": text])
        case .date(let date): words.shortDate(date)
        case .list(let items): items.allPresent { text($0, labels) }.map(words.list)
        case .time, .dateTime, .dayTime, .yearMonth, .context, .range, .function: nil
        }
    }

    // MARK: Cells

    func cell(_ tests: UnaryTests, _ labels: [String: String]) -> RuleTable.Cell {
        let demands = tests.demands
        if demands == [.any] { return RuleTable.Cell(words: nil, code: tests.text, isAny: true) }
        // A number is the same in both languages.
        if demands.count == 1, case .equal(.number(let number)) = demands[0] { return RuleTable.Cell(words: words.decimal(number), code: "") }
        return RuleTable.Cell(words: text(oneOf: demands, labels), code: tests.text)
    }

    func cell(_ expression: Expression, _ labels: [String: String]) -> RuleTable.Cell {
        let constant = expression.constant
        return RuleTable.Cell(words: constant.flatMap { text($0, labels) }, code: constant?.number == nil ? expression.text : "")
    }

    func allowed(_ tests: UnaryTests, _ labels: [String: String]) -> String {
        text(oneOf: tests.demands, labels) ?? tests.text
    }

    /// "18 or more", "a, b or c": one of these holds. Nil where a part has no words.
    private func text(oneOf demands: [Demand], _ labels: [String: String]) -> String? {
        demands.allPresent { text($0, labels) }.flatMap { $0.isEmpty ? nil : either($0) }
    }

    private func text(_ demand: Demand, _ labels: [String: String]) -> String? {
        switch demand {
        case .any: return words("rules.any")
        case .condition: return nil
        case .equal(let value): return text(value, labels)
        case .different(let value): return text(value, labels).map { words("rules.but", ["values": $0]) }
        case .not(let demands): return text(oneOf: demands, labels).map { words("rules.but", ["values": $0]) }
        case .less(let value): return compared("less", value)
        case .lessOrEqual(let value): return compared("lessOrEqual", value)
        case .greater(let value): return compared("greater", value)
        case .greaterOrEqual(let value): return compared("greaterOrEqual", value)
        case .within(let interval): return text(interval, labels)
        }
    }

    /// Only numbers and dates are more or less to a reader; days are earlier or later.
    private func compared(_ key: String, _ value: Value) -> String? {
        switch value {
        case .number, .date: text(value).map { words("rules.\(key)\(value.date == nil ? "" : "Date")", ["value": $0]) }
        default: nil
        }
    }

    private func text(_ interval: Interval, _ labels: [String: String]) -> String? {
        switch interval.comparison {
        case .equal?: return interval.low.flatMap { text($0, labels) }
        case .notEqual?: return interval.low.flatMap { text($0, labels) }.map { words("rules.but", ["values": $0]) }
        default: break
        }
        guard let low = interval.low else { return interval.high.flatMap { compared(interval.highIncluded ? "lessOrEqual" : "less", $0) } }
        guard let high = interval.high else { return compared(interval.lowIncluded ? "greaterOrEqual" : "greater", low) }
        if interval.lowIncluded, interval.highIncluded, let from = text(low), let to = text(high) {
            guard low.number != nil && high.number != nil || low.date != nil && high.date != nil else { return nil }
            return words("rules.range\(low.date == nil ? "" : "Date")", ["low": from, "high": to])
        }
        guard let from = compared(interval.lowIncluded ? "atLeast" : "greater", low), let to = compared(interval.highIncluded ? "atMost" : "less", high) else { return nil }
        return words("rules.both", ["low": from, "high": to])
    }

    // MARK: Proofs

    /// Whether each case has its rule, and whether rules contradict each other: what was proven, what was found, or that it is not known.
    func proof(_ proof: TableProof, _ columns: [String], _ labels: [[String: String]]) -> RuleTable.Proof {
        if proof.verdict == .proven { return RuleTable.Proof(isProven: true, text: words("rules.proven")) }
        let complete = switch proof.isComplete {
        case true?: words("rules.provenComplete")
        case false?: proof.gaps.first.map { words("rules.gap", ["case": text($0.example, columns, labels)]) } ?? words("rules.gapSomewhere")
        case nil: words("rules.openComplete")
        }
        let consistent = switch proof.isConsistent {
        case true?: words("rules.provenConsistent")
        case false?:
            proof.overlaps.first.map { overlap in
                words(
                    "rules.overlap",
                    ["first": words.number(overlap.rules[0] + 1), "second": words.number(overlap.rules[1] + 1), "case": text(overlap.example, columns, labels)])
            } ?? words("rules.overlapSomewhere")
        case nil: words("rules.openConsistent")
        }
        return RuleTable.Proof(isProven: proof.verdict == .refuted ? false : nil, text: complete + " " + consistent)
    }

    /// "Age: 18, Activity: another value"
    private func text(_ example: TableProof.Example, _ columns: [String], _ labels: [[String: String]]) -> String {
        guard !example.parts.isEmpty else { return words("rules.any") }
        return example.parts.map { part in
            // Of what no cell names, the proof has a stand-in and words of its own.
            let isNamed = part.words == part.value.innerText
            let value = isNamed ? text(part.value, labels[part.column]) ?? part.words : words("rules.other")
            return words("rules.part", ["column": columns[part.column], "value": value])
        }.joined(separator: ", ")
    }

    /// "a, b or c"
    private func either(_ items: [String]) -> String {
        guard items.count > 1 else { return items.first ?? "" }
        let last = items[items.count - 1]
        // Spanish says "u" for "o" before the sound of o.
        let start = last.lowercased()
        let isBeforeO = start.hasPrefix("o") || start.hasPrefix("ho") || start.hasPrefix("8") || start.hasPrefix("ó")
        return words(isBeforeO ? "rules.orBeforeO" : "rules.or", ["all": items.dropLast().joined(separator: ", "), "last": last])
    }
}

extension Array {
    /// What `transform` makes of each; nil where it makes nothing of one.
    fileprivate func allPresent<T>(_ transform: (Element) -> T?) -> [T]? {
        var made: [T] = []
        made.reserveCapacity(count)
        for element in self {
            guard let one = transform(element) else { return nil }
            made.append(one)
        }
        return made
    }
}

extension HitPolicy {
    /// The key of the text that says what the policy means.
    var textKey: String {
        switch self {
        case .unique: "unique"
        case .any: "anyPolicy"
        case .priority: "priority"
        case .first: "first"
        case .ruleOrder: "ruleOrder"
        case .outputOrder: "outputOrder"
        case .collect(nil): "collect"
        case .collect(.sum?): "collectSum"
        case .collect(.min?): "collectMin"
        case .collect(.max?): "collectMax"
        case .collect(.count?): "collectCount"
        }
    }
}
