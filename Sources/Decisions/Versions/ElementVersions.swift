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
/// - `requires`: the versions, in hexadecimal, of the decisions, input data, knowledge models and services that it refers to, each once, in
///   ascending order. So a change anywhere below changes every version above, and no other. A reference that leads back to an element
///   above (which no readable model has) counts as the hash of its id.
/// - `types`: the item definitions that it names in a `typeRef`, and those which these name, ordered by name.
struct ElementVersions {
    static let format = "dovira-decision-version-v1"
    private static let kinds: Set<String> = ["decision", "inputData", "businessKnowledgeModel", "decisionService"]

    private let root: XMLNode
    private var elements: [String: XMLNode] = [:]
    private var sources: [String: XMLNode] = [:]
    private var definitions: [String: XMLNode] = [:]
    private var known: [String: Digest] = [:]

    init(_ root: XMLNode) {
        self.root = root
        for node in root.children where node.namespace == root.namespace {
            guard let id = node["id"] ?? node["name"] else { continue }
            switch node.name {
            case "itemDefinition": if let name = node["name"] { definitions[name] = node }
            case "knowledgeSource": sources[id] = node
            default: if ElementVersions.kinds.contains(node.name) { elements[id] = node }
            }
        }
    }

    /// The version of the element with this id.
    mutating func version(of id: String) -> Digest {
        var inWork: Set<String> = []
        // An own stack: a chain of elements may be as long as the file allows.
        var stack = [id]
        while let top = stack.last {
            if known[top] != nil {
                stack.removeLast()
                continue
            }
            guard let node = elements[top] else {
                known[top] = SHA256.hash(Array(top.utf8))
                continue
            }
            let mentioned = mentions(of: node)
            if inWork.insert(top).inserted {
                let open = mentioned.elements.filter { known[$0] == nil && !inWork.contains($0) }
                if !open.isEmpty {
                    stack += open
                    continue
                }
            }
            known[top] = hash(node, mentioned)
            stack.removeLast()
        }
        return known[id] ?? SHA256.hash([])
    }

    private func hash(_ node: XMLNode, _ mentioned: Mentions) -> Digest {
        let required = Set(mentioned.elements.map { (known[$0] ?? SHA256.hash(Array($0.utf8))).hex }).sorted()
        let account: JSON = [
            "format": .string(ElementVersions.format), "element": json(node), "requires": .array(required.map { .string($0) }),
            "types": .array(mentioned.types.sorted().compactMap { definitions[$0] }.map { json($0) }),
            "law": .array(mentioned.sources.sorted().compactMap { sources[$0] }.map { json($0) }),
        ]
        return SHA256.hash(account.canonicalBytes)
    }

    // MARK: What an element names

    private struct Mentions {
        var elements: [String] = []
        var sources: Set<String> = []
        var types: Set<String> = []
    }

    private func mentions(of node: XMLNode) -> Mentions {
        var found = Mentions()
        // What a source of law requires besides other sources is its author's business, not the decision's.
        var waiting = [(node: node, isLaw: false)]
        while let (next, isLaw) = waiting.popLast() {
            if let reference = next["href"].flatMap({ id($0) }) {
                if elements[reference] != nil {
                    // A model may name itself, to call itself.
                    if !isLaw, reference != (node["id"] ?? node["name"]) { found.elements.append(reference) }
                } else if let source = sources[reference], found.sources.insert(reference).inserted {
                    waiting.append((source, true))
                }
            }
            var types = [next["typeRef"], next["outputTypeRef"]].compactMap { $0 }
            if next.name == "typeRef" { types.append(next.trimmedText.text) }
            for type in types {
                let name = type.hasPrefix("feel:") ? String(type.dropFirst(5)) : type
                if let definition = definitions[name], found.types.insert(name).inserted { waiting.append((definition, isLaw)) }
            }
            for child in next.children where isModel(child) { waiting.append((child, isLaw)) }
        }
        return found
    }

    private func id(_ href: String) -> String? {
        guard let hash = href.utf8.firstIndex(of: UInt8(ascii: "#")) else { return nil }
        let namespace = href[..<hash]
        guard namespace.isEmpty || namespace == root["namespace"] ?? "" else { return nil }
        return String(href[href.utf8.index(after: hash)...])
    }

    private func isModel(_ node: XMLNode) -> Bool { node.namespace == root.namespace && !ModelReader.ignored.contains(node.name) }

    private func json(_ node: XMLNode) -> JSON {
        var attributes = JSONObject()
        for attribute in node.attributes where attribute.namespace.isEmpty { attributes[attribute.name] = .string(attribute.value) }
        return [
            .string(node.name), .object(attributes), .string(node.trimmedText.text),
            .array(node.children.filter { isModel($0) }.map { json($0) }),
        ]
    }
}
