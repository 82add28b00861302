import Definitions
package import Kernel

/// What somebody does at a body.
package struct RoleDefinition: Hashable, Sendable {
    package let id: String
    package let names: LocalText
}

/// A synthetic officer of a demonstration.
package struct OfficerDefinition: Hashable, Sendable {
    /// Unique over all bodies.
    package let id: String
    package let name: String
    package let role: String
}

/// A public authority.
package struct BodyDefinition: Hashable, Sendable {
    package let id: String
    package let names: LocalText
    /// Its people are overseers: they see the log and can stop things, and handle no cases.
    package let oversees: Bool
    package let roles: [RoleDefinition]
    /// In a demonstration only.
    package let officers: [OfficerDefinition]

    package func role(_ id: String) -> RoleDefinition? { roles.first { $0.id == id } }

    /// `bodies.yaml`.
    static func readAll(_ folder: inout Folder, mode: StateDefinition.Mode) -> [BodyDefinition] {
        guard let node = folder.yaml("bodies.yaml", for: "the public bodies with their roles"),
              var reader = MappingReader(node, "bodies.yaml", into: &folder.diagnostics),
              let entries = reader.node("bodies", into: &folder.diagnostics).flatMap({ folder.named($0, "bodies") }) else { return [] }
        var bodies: [BodyDefinition] = [], officerLines: [String: Int] = [:]
        for (id, node) in entries {
            folder.checkIdentifier(id.text, "a body", at: id.node)
            guard var body = MappingReader(node, "the body ‘\(id.text)’", into: &folder.diagnostics) else { continue }
            let names = folder.localText("names", of: &body)
            let oversees = body.flag("oversees", default: false, into: &folder.diagnostics)
            var roles: [RoleDefinition] = []
            if let entries = body.optionalNode("roles").flatMap({ folder.named($0, "roles") }) {
                for (role, node) in entries {
                    folder.checkIdentifier(role.text, "a role", at: role.node)
                    guard var reader = MappingReader(node, "a role", into: &folder.diagnostics) else { continue }
                    let names = folder.localText("names", of: &reader)
                    reader.finish(into: &folder.diagnostics)
                    roles.append(RoleDefinition(id: role.text, names: names ?? [:]))
                }
            }
            var officers: [OfficerDefinition] = []
            for item in body.list("officers", into: &folder.diagnostics) {
                if mode == .live {
                    folder.diagnostics.error("officers stand in bodies.yaml in a demonstration only; delete them, or write ‘mode: demo’ in state.yaml", at: item)
                    break
                }
                guard var officer = MappingReader(item, "an officer", into: &folder.diagnostics) else { continue }
                let idNode = officer.node("id", into: &folder.diagnostics)
                let name = officer.text("name", into: &folder.diagnostics)
                let roleNode = officer.node("role", into: &folder.diagnostics)
                officer.finish(into: &folder.diagnostics)
                guard let idNode, let id = MappingReader.text(idNode, "id", into: &folder.diagnostics), let name,
                      let roleNode, let role = MappingReader.text(roleNode, "role", into: &folder.diagnostics) else { continue }
                folder.checkIdentifier(id, "an officer", at: idNode)
                folder.check(role, "role", among: roles.map { $0.id }, at: roleNode)
                if let line = officerLines.updateValue(idNode.position.line, forKey: id) {
                    folder.diagnostics.error("the officer ‘\(id)’ stands twice (first in line \(line)); give each an identifier of her own", at: idNode)
                }
                officers.append(OfficerDefinition(id: id, name: name, role: role))
            }
            body.finish(into: &folder.diagnostics)
            bodies.append(BodyDefinition(id: id.text, names: names ?? [:], oversees: oversees, roles: roles, officers: officers))
        }
        reader.finish(into: &folder.diagnostics)
        folder.bodies = Dictionary(uniqueKeysWithValues: bodies.map { ($0.id, Set($0.roles.map { $0.id })) })
        return bodies
    }
}
