internal import Definitions
internal import FEEL

/// Reads decision tables.
extension ModelReader {
    mutating func table(_ node: XMLNode, _ names: [Binding], context: Hosting) -> DecisionTable? {
        guard let policy = hitPolicy(node) else { return nil }
        var isComplete = true
        var inputs: [DecisionTable.Input] = []
        var outputs: [DecisionTable.Output] = []
        for child in node.children where isModel(child) {
            switch child.name {
            case "input":
                if let input = input(child, names) { inputs.append(input) } else { isComplete = false }
            case "output":
                if let output = output(child, names, context, isOnly: node.children("output").count == 1) { outputs.append(output) } else { isComplete = false }
            case "rule", "annotation": break
            default:
                error("‘\(child.name)’ does not fit into a decision table; remove it", at: child)
                isComplete = false
            }
        }
        guard isComplete else { return nil }
        if outputs.isEmpty {
            error("this table has no output; add one", at: node)
            return nil
        }
        if outputs.count > 1, let nameless = node.children("output").first(where: { ($0["name"] ?? "").isEmpty }) {
            error("a table with several outputs names each of them; give this one a name", at: nameless)
            return nil
        }
        if case .collect(let aggregation?) = policy, outputs.count > 1, strictness == .strict {
            error("the aggregation \(aggregation.rawValue) wants a single output; keep one, or leave the aggregation out", at: node)
            return nil
        }
        let annotations = node.children("annotation").map { $0["name"] ?? "" }
        let ruleNodes = node.children("rule")
        guard ruleNodes.count * (inputs.count + outputs.count) <= ModelReader.cellsMax else {
            error("more than \(ModelReader.cellsMax) cells in one table; divide it", at: node)
            return nil
        }
        var rules: [DecisionTable.Rule] = []
        outputs = outputs.enumerated().map { typed($0.element, at: $0.offset, by: ruleNodes) }
        for (place, ruleNode) in ruleNodes.enumerated() {
            if let rule = rule(ruleNode, place, names, inputs.count, outputs.count, annotations) { rules.append(rule) } else { isComplete = false }
        }
        guard isComplete else { return nil }
        let table = DecisionTable(name: context.name, hitPolicy: policy, inputs: inputs, outputs: outputs, rules: rules)
        tables[ReadTables.Key(module: module, position: node.position)] = table
        return table
    }

    private mutating func hitPolicy(_ node: XMLNode) -> HitPolicy? {
        switch node["hitPolicy"] ?? "UNIQUE" {
        case let policy where policy != "COLLECT" && node["aggregation"] != nil && strictness == .strict:
            let attribute = node.attribute("aggregation")
            diagnostics.error("the hit policy \(policy) has no aggregation; remove it, or write COLLECT", at: attribute?.position ?? node.position, in: node.path)
            return nil
        case "UNIQUE": return .unique
        case "FIRST": return .first
        case "ANY": return .any
        case "PRIORITY": return .priority
        case "RULE ORDER": return .ruleOrder
        case "OUTPUT ORDER": return .outputOrder
        case "COLLECT":
            guard let word = node["aggregation"] else { return .collect(nil) }
            guard let aggregation = HitPolicy.Aggregation(rawValue: word) else {
                error("there is no aggregation ‘\(word)’; write SUM, MIN, MAX or COUNT", at: node)
                return nil
            }
            return .collect(aggregation)
        case let other:
            error("there is no hit policy ‘\(other)’; write UNIQUE, FIRST, ANY, PRIORITY, RULE ORDER, OUTPUT ORDER or COLLECT", at: node)
            return nil
        }
    }

    private mutating func input(_ node: XMLNode, _ names: [Binding]) -> DecisionTable.Input? {
        guard let expressionNode = node.child("inputExpression") else {
            error("this input has no ‘inputExpression’; add it", at: node)
            return nil
        }
        guard let expression = literal(expressionNode, names) else { return nil }
        let reference = expressionNode.attribute("typeRef")
        let type = typed(reference, in: expressionNode)
        var allowed = types.constraint(of: type)
        if let text = node.child("inputValues")?.child("text"), !text.trimmedText.text.isEmpty {
            allowed = tests(text, names)
            if allowed == nil { return nil }
        }
        return DecisionTable.Input(label: node["label"] ?? expression.text, expression: expression, allowed: allowed, type: type)
    }

    private mutating func output(_ node: XMLNode, _ names: [Binding], _ context: Hosting, isOnly: Bool) -> DecisionTable.Output? {
        let reference = node.attribute("typeRef")
        let type = typed(reference, in: node)
        var values: [Value] = []
        if let text = node.child("outputValues")?.child("text"), !text.trimmedText.text.isEmpty {
            guard let allowed = tests(text, names) else { return nil }
            values = allowed.constants
        } else if let constraint = types.constraint(of: type) {
            values = constraint.constants
        } else if isOnly {
            values = types.constraint(of: context.type)?.constants ?? []
        } else if let member = node["name"] {
            values = types.constraint(of: member, in: context.type)?.constants ?? []
        }
        var standard: Expression?
        if let entry = node.child("defaultOutputEntry") {
            guard let expression = literal(entry, names) else { return nil }
            standard = expression
        }
        let name = node["name"] ?? ""
        return DecisionTable.Output(name: name, label: node["label"] ?? (name.isEmpty ? context.name : name), values: values, standard: standard, type: type)
    }

    /// The column with the type that its entries declare where it declares none; entries that declare another than the column are refused.
    private mutating func typed(_ output: DecisionTable.Output, at column: Int, by rules: [XMLNode]) -> DecisionTable.Output {
        var type = output.type
        for rule in rules {
            let entries = rule.children("outputEntry")
            guard column < entries.count, let attribute = entries[column].attribute("typeRef"), let own = typed(attribute, in: entries[column]) else { continue }
            if let type, type != own {
                if strictness == .strict { error("this entry is declared as \(own.words) and its column as \(type.words); declare the column alone", at: attribute, of: entries[column]) }
                continue
            }
            type = own
        }
        guard type != output.type else { return output }
        return DecisionTable.Output(name: output.name, label: output.label, values: output.values, standard: output.standard, type: type)
    }

    private mutating func rule(
        _ node: XMLNode, _ place: Int, _ names: [Binding], _ inputCount: Int, _ outputCount: Int, _ annotations: [String]
    ) -> DecisionTable.Rule? {
        let inputNodes = node.children("inputEntry")
        let outputNodes = node.children("outputEntry")
        let annotationNodes = node.children("annotationEntry")
        for child in node.children where isModel(child) && !["inputEntry", "outputEntry", "annotationEntry"].contains(child.name) {
            error("‘\(child.name)’ does not fit into a rule; remove it", at: child)
            return nil
        }
        guard inputNodes.count == inputCount, outputNodes.count == outputCount else {
            error(
                "this rule has \(inputNodes.count) input and \(outputNodes.count) output entries for \(inputCount) and \(outputCount) columns; give each column one",
                at: node)
            return nil
        }
        guard annotationNodes.count <= annotations.count || strictness == .lenient else {
            error("this rule has \(annotationNodes.count) annotations for \(annotations.count) columns; add an ‘annotation’ with a name to the table", at: node)
            return nil
        }
        var isComplete = true
        var cells: [UnaryTests] = []
        for entry in inputNodes {
            guard let text = entry.child("text") else {
                error("this cell has no ‘text’; write - where any value will do", at: entry)
                isComplete = false
                continue
            }
            checkLanguage(of: entry)
            if let cell = tests(text, names) { cells.append(cell) } else { isComplete = false }
        }
        var outputs: [Expression] = []
        for entry in outputNodes {
            if let output = literal(entry, names) { outputs.append(output) } else { isComplete = false }
        }
        guard isComplete else { return nil }
        let texts = annotationNodes.map { $0.child("text")?.trimmedText.text ?? "" }
        var annotated: [(name: String, text: String)] = []
        for (name, text) in zip(annotations, texts) where !text.isEmpty { annotated.append((name, text)) }
        return DecisionTable.Rule(id: node["id"] ?? "rule-\(place + 1)", cells: cells, outputs: outputs, annotations: annotated)
    }
}
