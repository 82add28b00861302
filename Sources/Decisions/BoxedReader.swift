internal import Definitions
internal import FEEL

/// Reads expressions, boxed and literal, against the names that fill the slots before them.
extension ModelReader {
    /// Boxed expressions inside one another.
    static let boxesMax = 40
    /// Elements in a boxed list, cells in a relation.
    static let cellsMax = 200_000

    /// The expression with what its `typeRef` declares.
    mutating func boxed(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        boxes += 1
        defer { boxes -= 1 }
        guard boxes <= ModelReader.boxesMax else {
            error("more than \(ModelReader.boxesMax) boxed expressions inside one another; give the inner one a decision or knowledge model of its own", at: node)
            return nil
        }
        if node.name == "literalExpression" {
            guard let expression = literal(node, names) else { return nil }
            return .literal(expression, type: typed(node.attribute("typeRef"), in: node))
        }
        let type = typed(node.attribute("typeRef"), in: node)
        guard let box = box(node, names, context: type == nil ? context : Hosting(type: type, name: context.name)) else { return nil }
        return type.map { .typed(box, $0, "the value of a boxed ‘\(node.name)’") } ?? box
    }

    private mutating func box(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        switch node.name {
        case "decisionTable": return table(node, names, context: context).map { .table($0) }
        case "context": return boxedContext(node, names, context: context)
        case "invocation": return invocation(node, names)
        case "list": return list(node, names, context: context)
        case "relation": return relation(node, names)
        case "functionDefinition": return functionDefinition(node, names, context: context)
        case "conditional": return conditional(node, names, context: context)
        case "filter": return filter(node, names, context: context)
        case "for": return iteration(node, names, context: context)
        case "some", "every": return quantified(node, names, context: context)
        default:
            error("‘\(node.name)’ is no expression that can be read here; use a ‘decisionTable’ or a ‘literalExpression’", at: node)
            return nil
        }
    }

    private func inner(_ context: Hosting, _ name: String? = nil) -> Hosting { Hosting(type: nil, name: name ?? context.name) }

    /// The one expression in an element such as `then`.
    private mutating func only(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        let found = expressions(of: node)
        guard let first = found.first else {
            if strictness == .lenient { return .refused("‘\(node.name)’ has no expression") }
            error("‘\(node.name)’ has no expression; add one", at: node)
            return nil
        }
        if found.count > 1 { error("‘\(node.name)’ has one expression; remove this second ‘\(found[1].name)’", at: found[1]) }
        guard let value = boxed(first, names, context: context) else { return nil }
        return value
    }

    /// The expression in a child such as `then`, with what the child declares; an error where there is no such child.
    private mutating func part(_ name: String, of node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        guard let child = node.child(name) else {
            if strictness == .lenient { return .refused("‘\(node.name)’ has no ‘\(name)’") }
            error("‘\(node.name)’ wants a ‘\(name)’; add it with an expression in it", at: node)
            return nil
        }
        guard let value = only(child, names, context: context) else { return nil }
        // Of an iteration's source, the type is its elements'.
        guard name != "in", let type = typed(child.attribute("typeRef"), in: child) else { return value }
        return .typed(value, type, "the value of ‘\(name)’")
    }

    // MARK: Literal expressions

    /// The expression in a node's `text`.
    mutating func literal(_ node: XMLNode, _ names: [Binding], isDomain: Bool = false) -> Expression? {
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
        return expression(text, names, isDomain: isDomain)
    }

    /// What an expression that cannot be read amounts to where the model is read leniently: null, with a problem.
    private var nothing: Expression? { try? Expression(parsing: "number(\"?\")") }

    mutating func expression(_ text: XMLNode, _ names: [Binding], isDomain: Bool = false) -> Expression? {
        let (source, skipped) = text.trimmedText
        if source.isEmpty {
            if strictness == .lenient { return nothing }
            error("an expression is missing; write null where there is no value", at: text)
            return nil
        }
        do {
            let expression = try Expression(parsing: source, members: types.members, locals: names, types: types.keys, isDomain: isDomain)
            if strictness == .strict { refuseUnknown(expression.places, expression.unknownTypes, expression.external, names, text, skipped) }
            return expression
        } catch {
            if strictness == .lenient { return nothing }
            diagnostics.error(error.reason, at: text.position(ofCharacter: skipped + error.offset), in: text.path)
            return nil
        }
    }

    mutating func tests(_ text: XMLNode, _ names: [Binding]) -> UnaryTests? {
        let (source, skipped) = text.trimmedText
        do {
            // Modellers leave a cell empty where any value will do.
            let tests = try UnaryTests(parsing: source.isEmpty ? "-" : source, members: types.members, locals: names, types: types.keys)
            if strictness == .strict { refuseUnknown(tests.places, tests.unknownTypes, tests.external, names, text, skipped) }
            return tests
        } catch {
            if strictness == .lenient { return try? UnaryTests(parsing: "null") }
            diagnostics.error(error.reason, at: text.position(ofCharacter: skipped + error.offset), in: text.path)
            return nil
        }
    }

    private mutating func refuseUnknown(
        _ places: [String: Int], _ unknownTypes: [String: Int], _ external: Int?, _ names: [Binding], _ text: XMLNode, _ skipped: Int
    ) {
        for (name, place) in places {
            diagnostics.error(
                "the name ‘\(name)’ is not known here\(Nearest.advice(for: name, among: names.map { $0.name })); a decision knows what its requirements name",
                at: text.position(ofCharacter: skipped + place), in: text.path)
        }
        for (name, place) in unknownTypes {
            diagnostics.error("there is no type ‘\(name)’\(Nearest.advice(for: name, among: types.known))", at: text.position(ofCharacter: skipped + place), in: text.path)
        }
        if let external {
            diagnostics.error("functions of other languages (external) are not run here; write the function in FEEL", at: text.position(ofCharacter: skipped + external), in: text.path)
        }
    }

    // MARK: Contexts, calls, lists, relations, functions

    private mutating func boxedContext(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        var names = names
        var entries: [(name: String, value: Boxed)] = []
        var result: Boxed?
        for entry in node.children where isModel(entry) {
            guard entry.name == "contextEntry" else {
                error("‘\(entry.name)’ does not fit into a context; use ‘contextEntry’", at: entry)
                return nil
            }
            if result != nil {
                error("an entry without a ‘variable’ is the context's result and its last; remove this one, or give the one before a ‘variable’", at: entry)
                return nil
            }
            guard let variable = entry.child("variable") else {
                result = only(entry, names, context: context)
                if result == nil { return nil }
                continue
            }
            let name = variable["name"] ?? ""
            if name.isEmpty { error("this entry's ‘variable’ has no name; give it one", at: variable) }
            if strictness == .strict, entries.contains(where: { $0.name == name }) {
                error("the context has ‘\(name)’ twice; rename one", at: variable)
            }
            let type = typed(variable.attribute("typeRef"), in: variable)
            guard var value = only(entry, names, context: Hosting(type: type, name: name)) else { return nil }
            if let type { value = ModelReader.typed(value, type, "the entry ‘\(name)’") }
            entries.append((name, value))
            names.append(Binding(name))
        }
        return .context(entries, result: result)
    }

    /// The value with one more declaration of its type.
    private static func typed(_ value: Boxed, _ type: TypeName, _ what: String) -> Boxed {
        switch value {
        case .literal(let expression, let own) where own == nil || own == type: .typed(.literal(expression, type: nil), type, what)
        case .typed(let inner, let own, _) where own == type: .typed(inner, type, what)
        default: .typed(value, type, what)
        }
    }

    private mutating func invocation(_ node: XMLNode, _ names: [Binding]) -> Boxed? {
        guard let calleeNode = expressions(of: node).first else {
            error("an invocation wants a ‘literalExpression’ with the function's name; add it", at: node)
            return nil
        }
        for extra in expressions(of: node).dropFirst() { error("an invocation calls one function; remove this second ‘\(extra.name)’", at: extra) }
        guard let callee = boxed(calleeNode, names, context: Hosting(type: nil, name: "")) else { return nil }
        var bindings: [(name: String, value: Boxed)] = []
        for binding in node.children("binding") {
            guard let parameter = binding.child("parameter"), let name = parameter["name"], !name.isEmpty else {
                error("a binding wants a ‘parameter’ with a name; add it", at: binding)
                return nil
            }
            if bindings.contains(where: { $0.name == name }) {
                error("the parameter ‘\(name)’ is bound twice; remove one", at: binding)
                return nil
            }
            guard let value = only(binding, names, context: Hosting(type: nil, name: name)) else { return nil }
            bindings.append((name, typed(parameter.attribute("typeRef"), in: parameter).map { ModelReader.typed(value, $0, "the argument ‘\(name)’") } ?? value))
        }
        let called = calleeNode.child("text")?.trimmedText.text ?? calleeNode.name
        return .invocation(callee, called: called, bindings)
    }

    private mutating func list(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        var items: [Boxed] = []
        let children = expressions(of: node)
        guard children.count <= Limits.listMax else {
            error("more than \(Limits.listMax) elements in one list; divide it", at: node)
            return nil
        }
        for child in children {
            guard let item = boxed(child, names, context: inner(context)) else { return nil }
            items.append(item)
        }
        return .list(items)
    }

    private mutating func relation(_ node: XMLNode, _ names: [Binding]) -> Boxed? {
        var columns: [(name: String, type: TypeName?)] = []
        for column in node.children("column") {
            let name = column["name"] ?? ""
            if strictness == .strict {
                if name.isEmpty { error("this column has no name; give it one", at: column) }
                if columns.contains(where: { $0.name == name }) { error("the column ‘\(name)’ is there twice; rename one", at: column) }
            }
            columns.append((name, typed(column.attribute("typeRef"), in: column)))
        }
        let rowNodes = node.children("row")
        guard rowNodes.count <= Limits.listMax, rowNodes.count * columns.count <= ModelReader.cellsMax else {
            error("more than \(Limits.listMax) rows, or \(ModelReader.cellsMax) cells, in one relation; divide it", at: node)
            return nil
        }
        var rows: [[Boxed]] = []
        for row in rowNodes {
            let cellNodes = expressions(of: row)
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

    private mutating func functionDefinition(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        let parameters = parameters(of: node)
        if let refusal = refusal(ofKind: node) { return .function(parameters, refusal) }
        guard !expressions(of: node).isEmpty else {
            error("this function has no body; add an expression", at: node)
            return nil
        }
        return only(node, names + parameters.map { Binding($0.name) }, context: inner(context)).map { .function(parameters, $0) }
    }

    // MARK: Conditions, filters, iterations

    private mutating func conditional(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        let condition = part("if", of: node, names, context: inner(context))
        let then = part("then", of: node, names, context: context)
        let otherwise = part("else", of: node, names, context: context)
        guard let condition, let then, let otherwise else { return nil }
        return .conditional(condition, then: then, otherwise: otherwise)
    }

    private mutating func filter(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        let source = part("in", of: node, names, context: inner(context))
        let match = part("match", of: node, names + [.item], context: inner(context))
        guard let source, let match else { return nil }
        return .filter(source, match: match)
    }

    /// The name of an iteration's element.
    private mutating func iterator(_ node: XMLNode) -> Binding? {
        guard let name = node["iteratorVariable"], !name.isEmpty else {
            error("‘\(node.name)’ names its element in ‘iteratorVariable’; add it", at: node)
            return nil
        }
        return Binding(name)
    }

    /// What an iteration goes over, which may be two bounds without brackets, and the type of its elements.
    private mutating func domain(of node: XMLNode, _ names: [Binding], context: Hosting) -> (source: Boxed, element: TypeName?)? {
        guard let child = node.child("in") else { return part("in", of: node, names, context: context).map { ($0, nil) } }
        let declared = typed(child.attribute("typeRef"), in: child)
        let source: Boxed?
        if let only = expressions(of: child).first, only.name == "literalExpression", expressions(of: child).count == 1 {
            source = literal(only, names, isDomain: true).map { .literal($0, type: typed(only.attribute("typeRef"), in: only)) }
        } else {
            source = part("in", of: node, names, context: context)
        }
        guard let source else { return nil }
        // Tools write the list's type there as well as the element's.
        if let declared, case .list = types.resolved(declared) { return (.typed(source, declared, "what an iteration goes over"), nil) }
        return (source, declared)
    }

    private mutating func iteration(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        let iterator = iterator(node)
        let domain = domain(of: node, names, context: inner(context))
        let body = part("return", of: node, names + ["partial", iterator ?? "?"], context: inner(context))
        guard let iterator, let domain, let body else { return nil }
        return .each(iterator.name, in: domain.source, element: domain.element, body: body)
    }

    private mutating func quantified(_ node: XMLNode, _ names: [Binding], context: Hosting) -> Boxed? {
        let iterator = iterator(node)
        let domain = domain(of: node, names, context: inner(context))
        let body = part("satisfies", of: node, names + [iterator ?? "?"], context: inner(context))
        guard let iterator, let domain, let body else { return nil }
        return .quantified(iterator.name, decisive: node.name == "some", in: domain.source, element: domain.element, body: body)
    }
}
