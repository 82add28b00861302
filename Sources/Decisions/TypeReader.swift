internal import Definitions
internal import FEEL

/// The item definitions of a model: what its type names mean, and which values they allow.
///
/// **Standard:** DMN 1.5, 7.3.3.
struct TypeReader {
    /// Kinds that FEEL knows without a definition of their members.
    static let structural: Set<String> = ["context", "list", "function", "range"]

    private(set) var types: [String: TypeName] = [:]
    /// Names of members, so that paths may name those that hold operators.
    private(set) var members: Set<String> = []
    private var definitions: [String: XMLNode] = [:]

    private static let simple: [String: TypeName] = [
        "Any": .any, "boolean": .boolean, "number": .number, "string": .string, "date": .date, "time": .time, "date and time": .dateTime,
        "dateTime": .dateTime, "days and time duration": .dayTime, "dayTimeDuration": .dayTime, "years and months duration": .yearMonth,
        "yearMonthDuration": .yearMonth, "Null": .null,
    ]

    var known: [String] { Array(definitions.keys) + Array(TypeReader.simple.keys) }

    /// The type that a reference means.
    func type(_ reference: String) -> TypeName {
        let name = reference.hasPrefix("feel:") ? String(reference.dropFirst(5)) : reference
        if definitions[name] != nil { return .named(name) }
        return TypeReader.simple[name] ?? .named(name)
    }

    mutating func collect(_ nodes: [XMLNode]) {
        for node in nodes {
            if let name = node["name"] { definitions[name] = node }
        }
        for node in nodes {
            guard let name = node["name"] else { continue }
            types[name] = type(of: node)
        }
    }

    private mutating func type(of node: XMLNode) -> TypeName {
        var type: TypeName = .any
        let components = node.children("itemComponent")
        if let function = node.child("functionItem") {
            let parameters = function.children("parameters").map { self.type($0["typeRef"] ?? "Any") }
            type = .function(parameters, self.type(function["outputTypeRef"] ?? "Any"))
        } else if let reference = node.child("typeRef")?.trimmedText.text, !reference.isEmpty {
            type = self.type(reference)
        } else if !components.isEmpty {
            var list: [TypeName.Member] = []
            for component in components {
                guard let name = component["name"] else { continue }
                members.insert(name)
                list.append(TypeName.Member(name: name, type: self.type(of: component)))
            }
            type = .context(list)
        }
        return node["isCollection"] == "true" ? .list(type) : type
    }

    /// Definitions that name no type that there is.
    func check(_ nodes: [XMLNode], _ diagnostics: inout Diagnostics) {
        var seen: Set<String> = []
        for node in nodes {
            guard let name = node["name"], !name.isEmpty else {
                diagnostics.error("this type has no name; give it one", at: node.position, in: node.path)
                continue
            }
            if !seen.insert(name).inserted {
                diagnostics.error("the type ‘\(name)’ is defined twice; keep one", at: node.position, in: node.path)
            }
        }
    }

    // MARK: Allowed values

    /// The tests that values of a type must meet; nil where any will do.
    func constraint(of reference: String, _ strictness: Strictness, _ diagnostics: inout Diagnostics) -> UnaryTests? {
        var name = reference
        // A type may rest on another one, whose constraint holds too; the nearest is enough for tables.
        for _ in 0..<8 {
            guard let node = definitions[name] else { return nil }
            if let tests = tests(node, strictness, &diagnostics) { return tests }
            guard let next = node.child("typeRef")?.trimmedText.text else { return nil }
            name = next
        }
        return nil
    }

    func constraint(of member: String, in reference: String, _ strictness: Strictness, _ diagnostics: inout Diagnostics) -> UnaryTests? {
        guard let component = definitions[reference]?.children("itemComponent").first(where: { $0["name"] == member }) else { return nil }
        if let tests = tests(component, strictness, &diagnostics) { return tests }
        guard let next = component.child("typeRef")?.trimmedText.text else { return nil }
        return constraint(of: next, strictness, &diagnostics)
    }

    private func tests(_ node: XMLNode, _ strictness: Strictness, _ diagnostics: inout Diagnostics) -> UnaryTests? {
        guard let text = (node.child("typeConstraint") ?? node.child("allowedValues"))?.child("text") else { return nil }
        let (source, skipped) = text.trimmedText
        guard !source.isEmpty else { return nil }
        do {
            return try UnaryTests(parsing: source)
        } catch {
            if strictness == .strict { diagnostics.error(error.reason, at: text.position(ofCharacter: skipped + error.offset), in: text.path) }
            return nil
        }
    }
}
