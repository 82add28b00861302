internal import Decisions
internal import FEEL
internal import Foundation
internal import Kernel
internal import Services
internal import StateFolder

/// A service's rule as the public reads it.
struct RulePage {
    private let service: ServiceDefinition
    private let portal: Portal
    private let language: String
    private let say: RuleWords
    private var words: Words { say.words }
    private var model: DecisionModel { service.decisions }

    init(_ service: ServiceDefinition, _ portal: Portal, _ words: Words) {
        self.service = service
        self.portal = portal
        language = words.language
        say = RuleWords(service: service, state: portal.state, words: words)
    }

    func view(isCurrent: Bool) -> RuleView {
        let graph = graph
        let layout = GraphLayout(graph)
        let main = model.decision(service.decision)
        let address = Address.rule(of: service.id, version: isCurrent ? nil : service.version.hex)
        return RuleView(
            title: service.titles[language], question: main.flatMap { say.question($0) },
            body: portal.state.bodyName(service.body, language) ?? service.body, law: portal.rule(service.law, quote: nil, language), service: service.id,
            version: service.version, isCurrent: isCurrent, facts: facts,
            picture: layout.map { GraphPicture($0, pictureWords(graph)).svg(id: "graph") }, legend: layout == nil ? [] : legend(graph), parts: parts(graph),
            sections: sections,
            files: service.decisionFiles.enumerated().map { number, file in
                RuleView.File(
                    address: number == 0 ? "\(address)/decision.dmn" : "\(address)/imports/\(number)",
                    name: file.path.split(separator: "/").last.map(String.init) ?? file.path, hash: SHA256.hash(file.bytes), bytes: file.bytes.count)
            },
            command: "dovira decide FOLDER \(service.decision) INPUT.json --trace")
    }

    // MARK: Facts

    /// The facts that the model's inputs are, and those that these are found from, in the service's order.
    private var facts: [RuleView.Fact] {
        var wanted = Set(model.inputs.map { say.fact(of: $0) })
        for fact in service.facts.reversed() where wanted.contains(fact.name) { wanted.formUnion(fact.value.names) }
        return service.facts.filter { wanted.contains($0.name) }.map { fact in
            var source: String?, address: String?
            if case .register(let id) = fact.source {
                source = portal.state.register(id)?.names[language] ?? id
                address = "/registers/\(Address.escaped(id))"
            }
            return RuleView.Fact(
                anchor: RulePage.factAnchor(fact.name), label: fact.names[language], name: fact.name, source: source, sourceAddress: address,
                expression: RulePage.oneLine(fact.value.text))
        }
    }

    private static func oneLine(_ text: String) -> String { text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }

    private static func factAnchor(_ name: String) -> String { "fact-\(Address.escaped(name))" }
    private static func anchor(_ id: String) -> String { "decision-\(Address.escaped(id))" }

    // MARK: The graph

    /// The model's graph in the reader's words, what decides last first, each node leading to its place in the page.
    private var graph: RequirementGraph {
        let graph = RequirementGraph(model)
        let sections = Set(model.decisions.map { $0.id } + model.knowledge.map { $0.id })
        let inputs = Dictionary(model.inputs.map { ($0.id, say.fact(of: $0)) }, uniquingKeysWith: { first, _ in first })
        let sources = Dictionary(model.sources.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let first = graph.nodes.filter { $0.id == service.decision }
        return RequirementGraph(nodes: first + graph.nodes.filter { $0.id != service.decision }, edges: graph.edges).renamed { node in
            switch node.kind {
            case .decision, .knowledge, .service:
                node.label = say.label(node.id, node.label)
                if sections.contains(node.id) { node.address = "#" + RulePage.anchor(node.id) }
            case .input:
                guard let name = inputs[node.id], let fact = service.fact(name) else { return }
                node.label = fact.names[language]
                node.address = "#" + RulePage.factAnchor(name)
            case .source:
                guard let source = sources[node.id] else { return }
                let link = law(source)
                node.label = link.text
                node.address = link.address
            }
        }
    }

    private func kind(_ kind: RequirementGraph.Kind) -> String { words("rules.kind-\(kind.rawValue)") }

    private func pictureWords(_ graph: RequirementGraph) -> GraphPicture.Words {
        GraphPicture.Words(
            title: words("rules.graphTitle", ["service": service.titles[language]]), description: words("rules.graphText"),
            kinds: Dictionary(uniqueKeysWithValues: RequirementGraph.Kind.allCases.map { ($0, kind($0)) }))
    }

    private func legend(_ graph: RequirementGraph) -> [String] {
        let kinds = Set(graph.nodes.map { $0.kind }), relations = Set(graph.edges.map { $0.relation })
        return RequirementGraph.Kind.allCases.filter(kinds.contains).map { words("rules.shape-\($0.rawValue)") }
            + RequirementGraph.Relation.allCases.filter(relations.contains).map { words("rules.line-\($0.rawValue)") }
    }

    /// Every node that needs something, or that nothing needs: the others are named there.
    private func parts(_ graph: RequirementGraph) -> [RuleView.Part] {
        let needing = Set(graph.edges.map { $0.to }), needed = Set(graph.edges.map { $0.from })
        return graph.nodes.filter { needing.contains($0.id) || !needed.contains($0.id) }.map { part($0, graph) }
    }

    private func part(_ node: RequirementGraph.Node, _ graph: RequirementGraph) -> RuleView.Part {
        let needs = RequirementGraph.Relation.allCases.compactMap { relation -> (word: String, links: [RuleView.Link])? in
            let nodes = graph.requirements(of: node.id, relation)
            return nodes.isEmpty ? nil : (words("rules.needs-\(relation.rawValue)"), nodes.map { RuleView.Link($0.label, $0.address) })
        }
        return RuleView.Part(link: RuleView.Link(node.label, node.address), kind: kind(node.kind), needs: needs)
    }

    /// A source of authority as the state cites it, with where it is published; the model's own words where the state has none.
    private func law(_ source: DecisionModel.KnowledgeSource) -> RuleView.Link {
        if let law = portal.state.law(source.id) ?? portal.state.law(source.name) { return RuleView.Link(law.names[language], law.url) }
        return RuleView.Link(source.name, source.location.hasPrefix("https://") ? source.location : nil)
    }

    // MARK: The tables

    /// What decides last first: the way in which a reader asks.
    private var sections: [RuleView.Section] {
        let decisions = model.decisions.filter { $0.id == service.decision } + model.decisions.filter { $0.id != service.decision }.reversed()
        return decisions.map { decision in
            let label = say.label(decision.id, decision.name)
            return RuleView.Section(
                anchor: RulePage.anchor(decision.id), label: label, kind: kind(.decision), name: decision.name,
                question: decision.id == service.decision ? nil : say.question(decision), laws: decision.sources.map(law),
                logic: decision.drawn.map { box($0, label, ofDecision: decision.name) }, version: decision.version)
        } + model.knowledge.map { knowledge in
            let label = say.label(knowledge.id, knowledge.name)
            return RuleView.Section(
                anchor: RulePage.anchor(knowledge.id), label: label, kind: kind(.knowledge), name: knowledge.name,
                question: given(knowledge.parameters.map { $0.name }), laws: knowledge.sources.map(law),
                logic: knowledge.drawn.map { box($0, label, ofDecision: knowledge.name) })
        }
    }

    private func box(_ logic: DrawnLogic, _ caption: String, ofDecision name: String?) -> Box {
        func inside(_ logic: DrawnLogic, _ name: String = "") -> Box { box(logic, name.isEmpty ? caption : name, ofDecision: nil) }
        func pair(_ key: String, _ logic: DrawnLogic) -> Box.Pair { Box.Pair(label: words("rules.\(key)"), isCode: false, box: inside(logic)) }
        func entries(_ entries: [DrawnLogic.Entry]) -> [Box.Pair] { entries.map { Box.Pair(label: $0.name, isCode: true, box: inside($0.logic, $0.name)) } }
        switch logic {
        case .literal(let expression): return .expression(expression.text)
        case .missing: return .expression("null")
        case .table(let table): return .table(ruleTable(table, caption, name))
        case .context(let members, let result):
            return .pairs(caption: words("rules.context"), entries(members) + (result.map { [pair("result", $0)] } ?? []))
        case .invocation(let callee, let bindings): return .pairs(caption: words("rules.call", ["name": callee]), entries(bindings))
        case .list(let items): return .list(caption: words("rules.list"), items.map { inside($0) })
        case .relation(let columns, let rows):
            return .grid(caption: words("rules.relation", ["name": caption]), columns: columns, rows: rows.map { $0.map { inside($0) } })
        case .function(let parameters, let body): return function(parameters, inside(body))
        case .conditional(let test, let yes, let no):
            return .pairs(caption: words("rules.conditional"), [pair("if", test), pair("then", yes), pair("else", no)])
        case .filter(let list, let match): return .pairs(caption: words("rules.filter"), [pair("filterOf", list), pair("filterWhere", match)])
        case .loop(let loop, let variable, let list, let body):
            return .pairs(
                caption: words("rules.loop-\(loop.rawValue)", ["name": variable]),
                [pair("loopOf", list), pair(loop == .each ? "loopGives" : "loopHolds", body)])
        }
    }

    private func function(_ parameters: [String], _ body: Box) -> Box {
        .pairs(caption: given(parameters), [Box.Pair(label: words("rules.result"), isCode: false, box: body)])
    }

    private func given(_ parameters: [String]) -> String {
        words(parameters.isEmpty ? "rules.functionOfNothing" : "rules.function", ["names": words.list(parameters)])
    }

    private func ruleTable(_ table: DecisionTable, _ caption: String, _ decision: String?) -> RuleTable {
        let inputLabels = table.inputs.map { say.labels(ofExpression: $0.expression.text) }
        let outputLabels = table.outputs.map { say.labels(ofOutput: $0) }
        let inputs = zip(table.inputs, inputLabels).map { input, labels -> RuleTable.Column in
            let known = say.label(ofExpression: input.expression.text)
            return RuleTable.Column(
                label: known ?? input.label, code: input.expression.text == (known ?? input.label) ? nil : input.expression.text,
                allowed: input.allowed.map { say.allowed($0, labels) })
        }
        let outputs = zip(table.outputs, outputLabels).map { output, labels -> RuleTable.Column in
            let isOnly = table.outputs.count == 1 && (output.name.isEmpty || output.name == decision)
            let label = output.name == "outcome" ? words("rules.outcome") : isOnly ? caption : output.label
            return RuleTable.Column(
                label: label, code: output.name.isEmpty || output.name == label ? nil : output.name,
                allowed: output.values.isEmpty ? nil : output.values.map { say.text($0, labels) ?? $0.innerText }.joined(separator: ", "))
        }
        return RuleTable(
            caption: caption, policy: table.hitPolicy.sign, policyKey: table.hitPolicy.textKey, inputs: inputs, outputs: outputs,
            lines: table.rules.prefix(RuleTable.linesMax).map { line($0, inputLabels, outputLabels) }, count: table.rules.count,
            standard: zip(table.outputs, outputLabels).map { output, labels in output.standardExpression.map { say.cell($0, labels) } },
            proof: service.proofs[ObjectIdentifier(table)].map { say.proof($0, inputs.map(\.label), inputLabels) })
    }

    private func line(_ rule: DecisionTable.Rule, _ inputLabels: [[String: String]], _ outputLabels: [[String: String]]) -> RuleTable.Line {
        let law = rule.annotation("law").map { id -> RuleView.Link in
            let law = portal.state.law(id)
            return RuleView.Link(law?.names[language] ?? id, law?.url)
        }
        let notes = rule.annotations.filter { $0.name != "law" && !portal.state.languages.contains($0.name) }.map { (label: $0.name, text: $0.text) }
        var cells = zip(rule.cells, inputLabels).map { say.cell($0, $1) }
        // A rule that asks for nothing says so, once.
        if !cells.isEmpty, cells.allSatisfy(\.isAny) { cells[0] = RuleTable.Cell(words: words("rules.any"), code: "") }
        return RuleTable.Line(
            cells: cells, outputs: zip(rule.outputs, outputLabels).map { say.cell($0, $1) },
            sentence: rule.annotation(language), law: law, notes: notes)
    }
}
