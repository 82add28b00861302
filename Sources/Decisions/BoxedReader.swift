internal import Definitions
internal import FEEL

/// Reads expressions, boxed and literal, against the names that fill the slots before them.
extension ModelReader {
    mutating func boxed(_ node: XMLNode, _ names: [String], context: Hosting) -> Boxed? {
        switch node.name {
        case "literalExpression":
            guard let expression = literal(node, names) else { return nil }
            return .literal(expression, type: typed(node.attribute("typeRef"), in: node))
        case "decisionTable":
            return table(node, names, context: context).map { .table($0) }
        case "context":
            return boxedContext(node, names, context: context)
        case "invocation":
            return invocation(node, names)
        case "list":
            var items: [Boxed] = []
            for child in node.children where isModel(child) {
                guard let item = boxed(child, names, context: Hosting(type: nil, name: context.name)) else { return nil }
                items.append(item)
            }
            return .list(items)
        case "relation":
            return relation(node, names)
        case "functionDefinition":
            checkKind(node)
            let parameters = parameters(of: node)
            guard let body = node.children.first(where: { isModel($0) && $0.name != "formalParameter" }) else {
                error("this function has no body; add an expression", at: node)
                return nil
            }
            return boxed(body, names + parameters.map { $0.name }, context: Hosting(type: nil, name: context.name)).map { .function(parameters, $0) }
        case "conditional", "filter", "for", "every", "some":
            error("the boxed ‘\(node.name)’ cannot be read here; write it in FEEL inside a ‘literalExpression’", at: node)
            return nil
        default:
            error("‘\(node.name)’ is no expression that can be read here; use a ‘decisionTable’ or a ‘literalExpression’", at: node)
            return nil
        }
    }

    // MARK: Expressions

    /// The expression in a node's `text`.
    mutating func literal(_ node: XMLNode, _ names: [String]) -> Expression? {
        checkLanguage(of: node)
        if let imported = node.child("importedValues") {
            error("imported values cannot be read here; write the expression itself", at: imported)
            return nil
        }
        guard let text = node.child("text") else {
            if strictness == .lenient { return nothing }
            error("‘\(node.name)’ has no ‘text’; write the FEEL expression in it", at: node)
            return nil
        }
        return expression(text, names)
    }

    /// What an expression that cannot be read amounts to where the model is read leniently.
    private var nothing: Expression? { try? Expression(parsing: "null") }

    mutating func expression(_ text: XMLNode, _ names: [String]) -> Expression? {
        let (source, skipped) = text.trimmedText
        if source.isEmpty {
            if strictness == .lenient { return nothing }
            error("an expression is missing; write null where there is no value", at: text)
            return nil
        }
        do {
            let expression = try Expression(parsing: source, members: types.members, locals: names)
            if strictness == .strict { refuseUnknown(expression.places, names, text, skipped) }
            return expression
        } catch {
            if strictness == .lenient { return nothing }
            diagnostics.error(error.reason, at: text.position(ofCharacter: skipped + error.offset), in: text.path)
            return nil
        }
    }

    mutating func tests(_ text: XMLNode, _ names: [String]) -> UnaryTests? {
        let (source, skipped) = text.trimmedText
        do {
            // Modellers leave a cell empty where any value will do.
            let tests = try UnaryTests(parsing: source.isEmpty ? "-" : source, members: types.members, locals: names)
            if strictness == .strict { refuseUnknown(tests.places, names, text, skipped) }
            return tests
        } catch {
            if strictness == .lenient { return try? UnaryTests(parsing: "null") }
            diagnostics.error(error.reason, at: text.position(ofCharacter: skipped + error.offset), in: text.path)
            return nil
        }
    }

    private mutating func refuseUnknown(_ places: [String: Int], _ names: [String], _ text: XMLNode, _ skipped: Int) {
        for (name, place) in places {
            diagnostics.error(
                "the name ‘\(name)’ is not known here\(Nearest.advice(for: name, among: names)); a decision knows what its requirements name",
                at: text.position(ofCharacter: skipped + place), in: text.path)
        }
    }

    // MARK: Contexts, calls, relations

    private mutating func boxedContext(_ node: XMLNode, _ names: [String], context: Hosting) -> Boxed? {
        var names = names
        var entries: [(name: String, value: Boxed)] = []
        var result: Boxed?
        for entry in node.children where isModel(entry) {
            guard entry.name == "contextEntry" else {
                error("‘\(entry.name)’ does not fit into a context; use ‘contextEntry’", at: entry)
                return nil
            }
            guard let valueNode = entry.children.first(where: { isModel($0) && $0.name != "variable" }) else {
                error("this entry has no expression; add one", at: entry)
                return nil
            }
            guard let variable = entry.child("variable") else {
                result = boxed(valueNode, names, context: context)
                if result == nil { return nil }
                continue
            }
            let name = variable["name"] ?? ""
            if name.isEmpty { error("this entry's ‘variable’ has no name; give it one", at: variable) }
            let type = typed(variable.attribute("typeRef"), in: variable)
            guard var value = boxed(valueNode, names, context: Hosting(type: type, name: name)) else { return nil }
            if case .literal(let expression, nil) = value { value = .literal(expression, type: type) }
            entries.append((name, value))
            names.append(name)
        }
        return .context(entries, result: result)
    }

    private mutating func invocation(_ node: XMLNode, _ names: [String]) -> Boxed? {
        guard let callee = node.child("literalExpression").flatMap({ literal($0, names) }) else {
            error("an invocation wants a ‘literalExpression’ with the function's name", at: node)
            return nil
        }
        var bindings: [(name: String, value: Boxed)] = []
        for binding in node.children("binding") {
            guard let name = binding.child("parameter")?["name"],
                let valueNode = binding.children.first(where: { isModel($0) && $0.name != "parameter" })
            else {
                error("a binding wants a ‘parameter’ with a name and an expression", at: binding)
                return nil
            }
            guard let value = boxed(valueNode, names, context: Hosting(type: nil, name: name)) else { return nil }
            bindings.append((name, value))
        }
        return .invocation(callee, bindings)
    }

    private mutating func relation(_ node: XMLNode, _ names: [String]) -> Boxed? {
        let columns = node.children("column").map { $0["name"] ?? "" }
        var rows: [[Boxed]] = []
        for row in node.children("row") {
            let cellNodes = row.children.filter { isModel($0) }
            guard cellNodes.count == columns.count else {
                error("this row has \(cellNodes.count) cells for \(columns.count) columns; give each column one", at: row)
                return nil
            }
            var cells: [Boxed] = []
            for cell in cellNodes {
                guard let value = boxed(cell, names, context: Hosting(type: nil, name: "")) else { return nil }
                cells.append(value)
            }
            rows.append(cells)
        }
        return .relation(columns: columns, rows: rows)
    }
}
