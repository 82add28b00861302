import Definitions

/// The texts of a service, `texts/<language>.yaml`: nested mappings, whose keys are joined with points.
///
/// A text may name facts and a few general values in braces: `Tienes {age} años`.
struct ServiceTexts {
    /// Values that any text may name besides the facts.
    static let placeholders: Set<String> = ["reference", "number", "date", "deadline", "days", "body"]
    static let depthMax = 4

    /// By language, then key.
    private(set) var values: [String: [String: String]] = [:]
    private var nodes: [String: [String: Node]] = [:]
    private var roots: [String: Node] = [:]

    /// Reads the file of every language, and checks that all have the same keys and name the same values.
    init(_ base: String, _ folder: inout Folder) {
        for language in folder.languages {
            let path = base + "texts/\(language).yaml"
            guard let root = folder.yaml(path, for: "the service's texts in ‘\(language)’") else { continue }
            roots[language] = root
            var texts: [String: String] = [:], places: [String: Node] = [:]
            Self.flatten(root, "", 1, &texts, &places, &folder)
            values[language] = texts
            nodes[language] = places
        }
        // Compared with the first language that could be read.
        guard let first = folder.languages.first(where: { roots[$0] != nil }), let model = values[first], let places = nodes[first] else { return }
        for language in folder.languages where language != first {
            guard let root = roots[language], let texts = values[language] else { continue }
            for key in model.keys.sorted() where texts[key] == nil && places[key] != nil {
                guard !hasNode(key, in: root) else { continue }
                folder.diagnostics.error("the text ‘\(key)’ is missing in ‘\(language)’; texts/\(first).yaml has it in line \(places[key]?.position.line ?? 1)", at: root)
            }
            for key in texts.keys.sorted() {
                guard let text = model[key] else {
                    if let node = nodes[language]?[key] {
                        folder.diagnostics.error("texts/\(first).yaml has no text ‘\(key)’" + Nearest.advice(for: key, among: model.keys.filter { texts[$0] == nil }, shownMax: 6), at: node)
                    }
                    continue
                }
                let mine = Self.names(in: texts[key] ?? ""), theirs = Self.names(in: text)
                if mine != theirs, let node = nodes[language]?[key] {
                    let shown = theirs.isEmpty ? "no value" : theirs.sorted().map { "{\($0)}" }.joined(separator: " and ")
                    folder.diagnostics.error("the text names other values than in ‘\(first)’, which names \(shown)", at: node)
                }
            }
        }
    }

    /// Checks the keys against those that the service needs, and the values that texts name against the facts.
    func check(required: Set<String>, optional: Set<String>, facts: Set<String>, _ folder: inout Folder) {
        let known = required.union(optional)
        guard let first = folder.languages.first(where: { roots[$0] != nil }), let root = roots[first], let places = nodes[first] else { return }
        let unknown = places.keys.filter { !known.contains($0) }.sorted()
        let missing = required.filter { places[$0] == nil && !hasNode($0, in: root) }
        for key in missing.sorted() {
            folder.diagnostics.error("the text ‘\(key)’ is missing; add it", at: root)
        }
        for key in unknown {
            guard let node = places[key] else { continue }
            let near = Nearest.name(to: key, among: known.subtracting(places.keys))
            folder.diagnostics.error("nothing shows the text ‘\(key)’" + (near.map { "; did you mean ‘\($0)’?" } ?? "; delete it"), at: node)
        }
        for (key, node) in places {
            for name in Self.names(in: values[first]?[key] ?? "") where !facts.contains(name) && !Self.placeholders.contains(name) {
                folder.diagnostics.error("the text names the unknown value {\(name)}" + Nearest.advice(for: name, among: facts.union(Self.placeholders)), at: node)
            }
        }
    }

    private static func flatten(
        _ node: Node, _ prefix: String, _ depth: Int, _ texts: inout [String: String], _ places: inout [String: Node], _ folder: inout Folder
    ) {
        guard let entries = node.entries else {
            folder.diagnostics.error("texts are a mapping from keys to texts, not \(node.kindInWords)", at: node)
            return
        }
        for entry in entries {
            guard case .scalar(let key, _) = entry.key.content else { continue }
            let whole = prefix.isEmpty ? key : prefix + "." + key
            if entry.value.entries != nil, depth < depthMax {
                flatten(entry.value, whole, depth + 1, &texts, &places, &folder)
            } else if let text = MappingReader.text(entry.value, whole, into: &folder.diagnostics) {
                if places[whole] != nil { folder.diagnostics.error("the text ‘\(whole)’ stands twice; keep one", at: entry.key) }
                texts[whole] = text
                places[whole] = entry.value
            }
        }
    }

    /// Whether something stands at the key, even what could not be read.
    private func hasNode(_ key: String, in root: Node) -> Bool {
        if root[key] != nil { return true }
        var node = root
        for part in key.split(separator: ".") {
            guard let next = node[String(part)] else { return false }
            node = next
        }
        return true
    }

    /// The names in braces.
    static func names(in text: String) -> Set<String> {
        var names: Set<String> = [], rest = Substring(text)
        while let open = rest.firstIndex(of: "{") {
            let after = rest[rest.index(after: open)...]
            guard let close = after.firstIndex(of: "}") else { break }
            names.insert(String(after[..<close]))
            rest = after[after.index(after: close)...]
        }
        return names
    }
}
