internal import Definitions
internal import Kernel

/// The versions of a model's elements: one hash for a decision and for everything it rests on, so that a stored account can say by which
/// rules, to the letter, it was made.
///
/// **Shape.** The version of a decision, input data, business knowledge model or decision service is the SHA-256 of the canonical JSON
/// (RFC 8785) of
///
///     {"element": E, "format": "dovira-decision-version-v1", "law": [E…], "requires": [hash…], "types": [E…]}
///
/// - `E`, an element, is `[name, {attribute: value…}, text, [E…]]`: the local name; the attributes without a namespace; the element's own
///   text without blanks at both ends; its children in their order, but for what the reader passes over (descriptions, notes, diagrams and
///   everything in another namespace). Comments and blanks between elements are no part of it.
/// - `law`: the knowledge sources that the element names, and those which these name, ordered by id.
/// - `requires`: the versions, in hexadecimal, of the decisions, input data, knowledge models and services that it requires, each once, in
///   ascending order. So a change anywhere below changes every version above, and no other.
/// - `types`: the item definitions that it names in a `typeRef`, and those which these name, ordered by name.
///
/// What is imported counts as if it stood in the file; ids and names of its elements have the imported namespace and `#` before them for the order.
extension ModelReader {
    static let versionFormat = "dovira-decision-version-v1"

    /// The requirements have no circles and their chains are short, so that this ends.
    mutating func version(of place: Place) -> Digest {
        if let known = versions[place] { return known }
        var required: Set<String> = []
        for need in needs[place] ?? [] { required.insert(version(of: need.place).hex) }
        let element = element(place)
        let sources = upstream(of: ownLaw(of: place)).map { self.sources[$0] }.sorted { $0.id < $1.id }
        let account: JSON = [
            "format": .string(ModelReader.versionFormat), "element": json(element.node), "requires": .array(required.sorted().map { .string($0) }),
            "types": .array(types(namedBy: element)), "law": .array(sources.map { json($0.node) }),
        ]
        let version = SHA256.hash(account.canonicalBytes)
        versions[place] = version
        return version
    }

    private func json(_ node: XMLNode) -> JSON {
        var attributes = JSONObject()
        for attribute in node.attributes where attribute.namespace.isEmpty { attributes[attribute.name] = .string(attribute.value) }
        return [
            .string(node.name), .object(attributes), .string(node.trimmedText.text),
            .array(ModelReader.modelled(node).map { json($0) }),
        ]
    }

    private static func modelled(_ node: XMLNode) -> [XMLNode] {
        node.children.filter { $0.namespace == node.namespace && !ModelGrammar.ignored.contains($0.name) }
    }

    // MARK: Types

    /// The item definitions below an element's references, each once.
    private func types(namedBy element: Element) -> [JSON] {
        var found: [String: XMLNode] = [:]
        var waiting = [(element.node, element.module)]
        while let (node, module) = waiting.popLast() {
            var references = [node["typeRef"], node["outputTypeRef"]].compactMap { $0 }
            if node.name == "typeRef" { references.append(node.trimmedText.text) }
            for reference in references {
                guard let (definition, home) = definition(reference, in: module), let name = definition["name"] else { continue }
                let key = modules[home].idPrefix + name
                if found[key] == nil {
                    found[key] = definition
                    waiting.append((definition, home))
                }
            }
            for child in ModelReader.modelled(node) { waiting.append((child, module)) }
        }
        return found.sorted { $0.key < $1.key }.map { json($0.value) }
    }

    private func definition(_ reference: String, in module: Int) -> (XMLNode, Int)? {
        let name = reference.hasPrefix("feel:") ? String(reference.dropFirst(5)) : reference
        if let own = modules[module].types.node(name) { return (own, module) }
        for (prefix, other) in modules[module].imports {
            guard prefix.isEmpty || name.hasPrefix(prefix + ".") else { continue }
            if let node = modules[other].types.node(prefix.isEmpty ? name : String(name.dropFirst(prefix.count + 1))) { return (node, other) }
        }
        return nil
    }

    // MARK: Law

    /// The law of an element: the sources that it names, those of the knowledge that it uses, and those on which these rest, each once.
    mutating func law(of place: Place) -> [DecisionModel.KnowledgeSource] {
        var named = ownLaw(of: place)
        var seen: Set<Place> = [place]
        var waiting = [place]
        while let next = waiting.popLast() {
            for need in needs[next] ?? [] {
                guard case .knowledge = need.place, seen.insert(need.place).inserted else { continue }
                named += ownLaw(of: need.place)
                waiting.append(need.place)
            }
        }
        return upstream(of: named).map { source(sources[$0]) }
    }

    private mutating func ownLaw(of place: Place) -> [Int] {
        if let known = ownLaw[place] { return known }
        let before = diagnostics
        let found = authorities(of: element(place))
        // What a source of law requires besides other sources is its author's business.
        if case .source = place { diagnostics = before }
        ownLaw[place] = found
        return found
    }

    /// Sources, each followed by those that it rests on.
    private mutating func upstream(of named: [Int]) -> [Int] {
        var found: [Int] = []
        var seen: Set<Int> = []
        var waiting = Array(named.reversed())
        while let next = waiting.popLast() {
            guard seen.insert(next).inserted else { continue }
            found.append(next)
            waiting += ownLaw(of: .source(next)).reversed()
        }
        return found
    }
}
