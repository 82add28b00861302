import Definitions
package import FEEL
package import Kernel

/// Why data may be used: what the citizen reads in her log.
package struct PurposeDefinition: Hashable, Sendable {
    package let id: String
    package let names: LocalText
}

/// A law or one of its articles.
package struct LawDefinition: Hashable, Sendable {
    package let id: String
    /// As it is cited: "Ley 14 de 2024, artículo 5, punto 2".
    package let names: LocalText
    /// What it says, in plain language.
    package let text: LocalText?
    /// Where it is published.
    package let url: String?
}

/// A rule: who may, or may not, do what to which resource, for which purpose, on which legal basis.
package struct PolicyDefinition: Sendable {
    package enum Effect: String, CaseIterable, Hashable, Sendable { case permit, forbid }
    package enum PrincipalKind: String, CaseIterable, Hashable, Sendable { case citizen, officer, overseer, system }

    package let id: String
    package let effect: Effect
    /// Of ``KnownActions``.
    package let actions: [String]
    package let principals: [PrincipalKind]
    /// `body/role`; empty: any.
    package let roles: Set<String>
    /// `case`, `register/person` …; empty: any.
    package let resources: Set<String>
    /// FEEL over `principal`, `resource` and `purpose`; must be true for the rule to speak.
    package let when: Expression?
    /// Empty: any.
    package let purposes: Set<String>
    /// The legal basis, an identifier of `laws`.
    package let law: String
}

/// `policies.yaml`.
struct Policies {
    static let path = "policies.yaml"
    var purposes: [PurposeDefinition] = []
    var laws: [LawDefinition] = []
    var rules: [PolicyDefinition] = []
    private var root: MappingReader?

    /// Purposes and laws; the rules follow in `readRules`, when registers and bodies are known.
    init(_ folder: inout Folder) {
        guard let node = folder.yaml(Self.path, for: "purposes, laws and rules"),
              var reader = MappingReader(node, "policies.yaml", into: &folder.diagnostics) else { return }
        if let entries = reader.node("purposes", into: &folder.diagnostics).flatMap({ folder.named($0, "purposes") }) {
            for (id, node) in entries {
                folder.checkIdentifier(id.text, "a purpose", at: id.node)
                guard var purpose = MappingReader(node, "a purpose", into: &folder.diagnostics) else { continue }
                let names = folder.localText("names", of: &purpose)
                purpose.finish(into: &folder.diagnostics)
                purposes.append(PurposeDefinition(id: id.text, names: names ?? [:]))
            }
            folder.purposes = Set(purposes.map { $0.id })
        }
        if let entries = reader.node("laws", into: &folder.diagnostics).flatMap({ folder.named($0, "laws") }) {
            for (id, node) in entries {
                folder.checkIdentifier(id.text, "a law", at: id.node)
                guard var law = MappingReader(node, "a law", into: &folder.diagnostics) else { continue }
                let names = folder.localText("names", of: &law)
                let text = folder.optionalLocalText("text", of: &law)
                let url = law.optionalText("url", into: &folder.diagnostics)
                if let url, !url.hasPrefix("https://") {
                    folder.diagnostics.error("‘url’ must begin with https://", at: law.optionalNode("url") ?? node)
                }
                law.finish(into: &folder.diagnostics)
                laws.append(LawDefinition(id: id.text, names: names ?? [:], text: text, url: url))
            }
            folder.laws = Set(laws.map { $0.id })
        }
        root = reader
    }

    mutating func readRules(_ folder: inout Folder) {
        guard var reader = root else { return }
        var lines: [String: Int] = [:]
        if reader.node("rules", into: &folder.diagnostics) != nil {
            for node in reader.list("rules", into: &folder.diagnostics) {
                guard let rule = Self.rule(node, &folder) else { continue }
                if let line = lines.updateValue(rule.node.position.line, forKey: rule.policy.id) {
                    folder.diagnostics.error("the rule ‘\(rule.policy.id)’ stands twice (first in line \(line)); give each a name of its own", at: rule.node)
                }
                rules.append(rule.policy)
            }
        }
        reader.finish(into: &folder.diagnostics)
    }

    private static func rule(_ node: Node, _ folder: inout Folder) -> (policy: PolicyDefinition, node: Node)? {
        guard var reader = MappingReader(node, "a rule", into: &folder.diagnostics) else { return nil }
        let idNode = reader.node("id", into: &folder.diagnostics)
        let id = idNode.flatMap { MappingReader.text($0, "id", into: &folder.diagnostics) }
        if let id, let idNode { folder.checkIdentifier(id, "a rule", at: idNode) }
        let effect = reader.choice("effect", of: PolicyDefinition.Effect.self, into: &folder.diagnostics)

        var actions: [String] = []
        if reader.node("actions", into: &folder.diagnostics) != nil {
            for (action, item) in reader.texts("actions", into: &folder.diagnostics) {
                if folder.check(action, "action", among: KnownActions.names, at: item) { actions.append(action) }
                if actions.dropLast().contains(action) { folder.diagnostics.error("the action ‘\(action)’ stands twice here; keep one", at: item) }
            }
            if reader.optionalNode("actions")?.items?.isEmpty == true {
                folder.diagnostics.error("a rule without actions says nothing; name the actions", at: reader.optionalNode("actions") ?? node)
            }
        }
        var principals: [PolicyDefinition.PrincipalKind] = []
        if reader.node("principals", into: &folder.diagnostics) != nil {
            for item in reader.list("principals", into: &folder.diagnostics) {
                if let kind = MappingReader.choice(item, "principals", of: PolicyDefinition.PrincipalKind.self, into: &folder.diagnostics) { principals.append(kind) }
            }
        }
        let roles = reader.texts("roles", into: &folder.diagnostics)
        for (role, item) in roles { folder.checkRole(role, at: item.position, in: item.path) }
        let resources = reader.texts("resources", into: &folder.diagnostics)
        for (resource, item) in resources {
            if resource.hasPrefix("register/") {
                folder.check(String(resource.dropFirst(9)), "register", among: folder.registers?.keys, at: item)
            } else { folder.check(resource, "resource", among: KnownActions.resources.union(["register/…"]), at: item) }
        }
        let purposes = reader.texts("purposes", into: &folder.diagnostics)
        for (purpose, item) in purposes { folder.check(purpose, "purpose", among: folder.purposes, at: item) }
        let vocabulary = Folder.Vocabulary(members: ["principal": .only(["kind", "id", "person", "body", "roles"]), "resource": .any, "purpose": .any])
        let hasCondition = reader.has("when")
        let when = folder.optionalExpression("when", of: &reader, vocabulary)
        let lawNode = reader.node("law", into: &folder.diagnostics)
        let law = lawNode.flatMap { MappingReader.text($0, "law", into: &folder.diagnostics) }
        if let law, let lawNode { folder.check(law, "law", among: folder.laws, at: lawNode) }
        reader.finish(into: &folder.diagnostics)
        // A rule without its condition would permit too much.
        guard let id, let effect, let law, !hasCondition || when != nil else { return nil }
        return (PolicyDefinition(id: id, effect: effect, actions: actions, principals: principals, roles: Set(roles.map { $0.text }),
                                 resources: Set(resources.map { $0.text }), when: when, purposes: Set(purposes.map { $0.text }), law: law),
                idNode ?? node)
    }
}

extension Folder {
    /// The entries of a mapping from identifiers to values.
    mutating func named(_ node: Node, _ what: String) -> [(id: (text: String, node: Node), node: Node)]? {
        guard let entries = node.entries else {
            diagnostics.error("‘\(what)’ must be a mapping from identifiers, not \(node.kindInWords)", at: node)
            return nil
        }
        return entries.compactMap { entry in
            guard case .scalar(let text, _) = entry.key.content else { return nil }
            return ((text, entry.key), entry.value)
        }
    }
}
