internal import Definitions
internal import FEEL

/// The item definitions of one file: what its type names mean, and which values they allow.
///
/// **Standard:** DMN 1.5, 7.3.3. `allowedValues` restricts a value, or each element of a collection; `typeConstraint` restricts the value as a
/// whole, a collection too. What a type rests on holds as well.
struct TypeReader {
    /// Kinds that FEEL knows without a definition of their members.
    static let structural: Set<String> = ["context", "list", "function", "range"]
    /// Item components inside one another.
    static let nestingMax = 32

    /// What stands before the names of this file's types in ``definitions``: empty for the model itself, the namespace and # for imported files.
    let keyPrefix: String
    /// Local names, those of imports with their prefix, and the key of each.
    private(set) var keys: [String: String] = [:]
    /// By key: this file's types.
    private(set) var definitions: [String: TypeDefinition] = [:]
    /// Names of members, so that paths may name those that hold operators.
    private(set) var members: Set<String> = []
    private var nodes: [String: XMLNode] = [:]
    private var imports: [(prefix: String, reader: TypeReader)] = []

    static let simple: [String: TypeName] = [
        "Any": .any, "boolean": .boolean, "number": .number, "string": .string, "date": .date, "time": .time, "date and time": .dateTime,
        "dateTime": .dateTime, "days and time duration": .dayTime, "dayTimeDuration": .dayTime, "years and months duration": .yearMonth,
        "yearMonthDuration": .yearMonth, "Null": .null,
    ]

    init(keyPrefix: String) {
        self.keyPrefix = keyPrefix
    }

    var known: [String] { Array(keys.keys) + Array(TypeReader.simple.keys) }

    /// The name that a reference means; DMN 1.1 wrote FEEL's own with a prefix.
    private static func local(_ reference: String) -> String {
        reference.hasPrefix("feel:") ? String(reference.dropFirst(5)) : reference
    }

    /// The element that defines a type of this file.
    func node(_ name: String) -> XMLNode? { nodes[name] }

    /// The type that a reference means.
    func type(_ reference: String) -> TypeName {
        let name = TypeReader.local(reference)
        if let key = keys[name] { return .named(key) }
        return TypeReader.simple[name] ?? .named(name)
    }

    /// Whether there is such a type.
    func knows(_ reference: String) -> Bool {
        let name = TypeReader.local(reference)
        return keys[name] != nil || TypeReader.simple[name] != nil || TypeReader.structural.contains(name)
    }

    // MARK: Reading

    /// Reads the item definitions of a file, whose imports have been read.
    mutating func collect(_ root: XMLNode, importing imports: [(prefix: String, reader: TypeReader)], _ strictness: Strictness, _ diagnostics: inout Diagnostics) {
        self.imports = imports
        for (prefix, reader) in imports {
            members.formUnion(reader.members)
            // Only what the file defines itself: an import is not handed on.
            for name in reader.nodes.keys { keys[prefix.isEmpty ? name : prefix + "." + name] = reader.keys[name] }
        }
        let definitions = root.children("itemDefinition")
        for node in definitions {
            guard let name = node["name"], !name.isEmpty else {
                diagnostics.error("this type has no name; give it one", at: node.position, in: node.path)
                continue
            }
            if nodes[name] != nil { diagnostics.error("the type ‘\(name)’ is defined twice; keep one", at: node.position, in: node.path) }
            nodes[name] = node
            keys[name] = keyPrefix + name
        }
        refuseCircles(definitions, strictness, &diagnostics)
        for node in definitions {
            guard let name = node["name"], nodes[name]?.position == node.position else { continue }
            let whole = definition(of: node, key: keyPrefix + name, depth: 0, strictness, &diagnostics)
            self.definitions[keyPrefix + name] = whole
        }
    }

    /// A type that rests on itself has no values at all. (One whose members are of its own kind has: a tree.)
    private mutating func refuseCircles(_ definitions: [XMLNode], _ strictness: Strictness, _ diagnostics: inout Diagnostics) {
        for node in definitions {
            guard let name = node["name"] else { continue }
            var seen: Set<String> = [name]
            var next = base(of: node)
            while let reference = next, let other = nodes[reference] {
                guard seen.insert(reference).inserted else {
                    if reference == name {
                        diagnostics.error("the type ‘\(name)’ rests on itself; name another in its ‘typeRef’", at: (node.child("typeRef") ?? node).position, in: node.path)
                    }
                    break
                }
                next = base(of: other)
            }
        }
    }

    private func base(of node: XMLNode) -> String? { node.child("typeRef").map { TypeReader.local($0.trimmedText.text) } }

    /// The type and constraints of a definition or component. Parts that have constraints of their own become types of their own.
    private mutating func definition(
        of node: XMLNode, key: String, depth: Int, _ strictness: Strictness, _ diagnostics: inout Diagnostics
    ) -> TypeDefinition {
        guard depth < TypeReader.nestingMax else {
            diagnostics.error("more than \(TypeReader.nestingMax) components inside one another; give the inner one a definition of its own", at: node.position, in: node.path)
            return TypeDefinition(.any)
        }
        if let language = node.attribute("typeLanguage"), !language.value.isEmpty, !language.value.lowercased().contains("feel") {
            diagnostics.error("the type language ‘\(language.value)’ cannot be read; write the type with FEEL's names and leave the attribute out", at: language.position, in: node.path)
        }
        var type = ownType(of: node, key: key, depth: depth, strictness, &diagnostics)
        let allowed = tests(node.child("allowedValues"), strictness, &diagnostics)
        let whole = tests(node.child("typeConstraint"), strictness, &diagnostics)
        let isCollection = isCollection(node, strictness, &diagnostics)
        if isCollection {
            if let allowed {
                definitions[key + " element"] = TypeDefinition(type, constraints: [allowed])
                type = .named(key + " element")
            }
            return TypeDefinition(.list(type), constraints: whole.map { [$0] } ?? [])
        }
        return TypeDefinition(type, constraints: [allowed, whole].compactMap { $0 })
    }

    private func isCollection(_ node: XMLNode, _ strictness: Strictness, _ diagnostics: inout Diagnostics) -> Bool {
        guard let attribute = node.attribute("isCollection") else { return false }
        switch attribute.value {
        case "true", "1": return true
        case "false", "0", "": return false
        default:
            if strictness == .strict {
                diagnostics.error("‘isCollection’ is true or false, not ‘\(attribute.value)’", at: attribute.position, in: node.path)
            }
            return false
        }
    }

    private mutating func ownType(of node: XMLNode, key: String, depth: Int, _ strictness: Strictness, _ diagnostics: inout Diagnostics) -> TypeName {
        let components = node.children("itemComponent")
        if let function = node.child("functionItem") {
            var parameters: [TypeName] = []
            for parameter in function.children("parameters") {
                parameters.append(referred(parameter.attribute("typeRef")?.value ?? "", at: parameter.attribute("typeRef")?.position ?? parameter.position, in: node.path, strictness, &diagnostics))
            }
            let output = function.attribute("outputTypeRef")
            return .function(parameters, referred(output?.value ?? "", at: output?.position ?? function.position, in: node.path, strictness, &diagnostics))
        }
        if let reference = node.child("typeRef"), !reference.trimmedText.text.isEmpty {
            if !components.isEmpty, strictness == .strict {
                diagnostics.error("a type has a ‘typeRef’ or components, not both; remove one", at: reference.position, in: node.path)
            }
            let text = reference.trimmedText
            return referred(text.text, at: reference.position(ofCharacter: text.offset), in: node.path, strictness, &diagnostics)
        }
        guard !components.isEmpty else { return .any }
        var list: [TypeName.Member] = []
        for component in components {
            guard let name = component["name"], !name.isEmpty else {
                diagnostics.error("this component has no name; give it one", at: component.position, in: component.path)
                continue
            }
            if list.contains(where: { $0.name == name }) {
                diagnostics.error("the component ‘\(name)’ is there twice; keep one", at: component.position, in: component.path)
                continue
            }
            members.insert(name)
            let own = definition(of: component, key: key + "." + name, depth: depth + 1, strictness, &diagnostics)
            if own.constraints.isEmpty {
                list.append(TypeName.Member(name: name, type: own.type))
            } else {
                definitions[key + "." + name] = own
                list.append(TypeName.Member(name: name, type: .named(key + "." + name)))
            }
        }
        return .context(list)
    }

    private func referred(_ reference: String, at position: Position, in path: String, _ strictness: Strictness, _ diagnostics: inout Diagnostics) -> TypeName {
        if reference.isEmpty { return .any }
        guard knows(reference) else {
            if strictness == .strict { diagnostics.error("there is no type ‘\(reference)’\(Nearest.advice(for: reference, among: known))", at: position, in: path) }
            return .any
        }
        let name = TypeReader.local(reference)
        // A circle was reported already; here it must only end.
        if let node = nodes[name], rests(node, on: name) { return .any }
        return type(reference)
    }

    private func rests(_ node: XMLNode, on name: String) -> Bool {
        var seen: Set<String> = []
        var next = base(of: node)
        while let reference = next, seen.insert(reference).inserted {
            if reference == name { return true }
            next = nodes[reference].flatMap { base(of: $0) }
        }
        return false
    }

    private func tests(_ node: XMLNode?, _ strictness: Strictness, _ diagnostics: inout Diagnostics) -> UnaryTests? {
        guard let text = node?.child("text") else { return nil }
        let (source, skipped) = text.trimmedText
        guard !source.isEmpty else { return nil }
        do {
            let tests = try UnaryTests(parsing: source, members: members, types: keys)
            if strictness == .strict {
                for (name, place) in tests.places {
                    diagnostics.error("the name ‘\(name)’ is not known here; a type's constraint speaks of values and of ? alone", at: text.position(ofCharacter: skipped + place), in: text.path)
                }
            }
            return tests
        } catch {
            if strictness == .strict { diagnostics.error(error.reason, at: text.position(ofCharacter: skipped + error.offset), in: text.path) }
            return nil
        }
    }

    // MARK: Allowed values

    private func definition(_ key: String) -> TypeDefinition? {
        if let own = definitions[key] { return own }
        for (_, reader) in imports { if let found = reader.definition(key) { return found } }
        return nil
    }

    /// The tests that values of a type, or the elements of a list of them, must meet, nearest first; nil where any will do.
    func constraint(of type: TypeName?) -> UnaryTests? {
        var next = type
        // Bounded by the chain of types, which has no circles.
        while case .named(let key)? = next, let definition = definition(key) {
            if let tests = definition.constraints.first { return tests }
            next = definition.type
            if case .list(let element)? = next { next = element }
        }
        return nil
    }

    /// The tests that a member of a context type must meet.
    func constraint(of member: String, in type: TypeName?) -> UnaryTests? {
        var next = type
        while case .named(let key)? = next, let definition = definition(key) {
            next = definition.type
            if case .list(let element)? = next { next = element }
        }
        guard case .context(let list)? = next else { return nil }
        return constraint(of: list.first { $0.name == member }?.type)
    }

    /// What a named type stands for in the end.
    func resolved(_ type: TypeName) -> TypeName {
        var type = type
        while case .named(let key) = type, let definition = definition(key) { type = definition.type }
        return type
    }
}
