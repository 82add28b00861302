internal import Kernel
internal import Services
package import StateFolder

extension Route {
    /// What the state decides by: for everybody, as tables and as the file itself.
    static let rules: [Route] = [
        .get("/rules", .everyone) { visit in .page(visit.portal.rulesPage(visit)) },
        .get("/rules/{id}", .everyone) { visit in visit.portal.rulePage(try visit.portal.services.service(visit.parameter("id")), visit) },
        .get("/rules/{id}/decision.dmn", .everyone) { visit in .rule(try visit.portal.services.service(visit.parameter("id"))) },
        // An older version, for those who were decided by it.
        .get("/rules/{id}/versions/{version}", .everyone) { visit in visit.portal.rulePage(try visit.versionOfRule(), visit) },
        .get("/rules/{id}/versions/{version}/decision.dmn", .everyone) { visit in .rule(try visit.versionOfRule()) },
    ]
}

extension Visit {
    fileprivate func versionOfRule() throws -> ServiceDefinition {
        try portal.services.service(parameter("id"), version: parameter("version"))
    }
}

extension Reply {
    /// The file as the ministry wrote it.
    fileprivate static func rule(_ service: ServiceDefinition) -> Reply {
        .file(service.decisionFile, type: "application/xml", name: "\(service.id).dmn", isPublic: true)
    }
}

extension Portal {
    fileprivate func rulesPage(_ visit: Visit) -> RulesView {
        let words = pages.words(chrome(visit, workspace: nil))
        return RulesView(
            rules: services.current.map { service in
                let parts = [
                    state.bodyName(service.body, visit.language) ?? service.body, state.law(service.law)?.names[visit.language] ?? service.law,
                    words("rules.versionIs", ["version": String(service.version.hex.prefix(12))]),
                ]
                return RowView(title: service.titles[visit.language], meta: parts.joined(separator: " · "), address: Address.rule(of: service.id))
            })
    }

    fileprivate func rulePage(_ service: ServiceDefinition, _ visit: Visit) -> Reply {
        .page(rule(service, pages.words(chrome(visit, workspace: nil))))
    }

    /// A service's rule in the reader's language.
    package func rule(_ service: ServiceDefinition, _ words: Words) -> RuleView {
        RulePage(service, self, words).view(isCurrent: isCurrent(service))
    }

    private func isCurrent(_ service: ServiceDefinition) -> Bool {
        services.current.contains { $0.id == service.id && $0.version == service.version }
    }

    /// The page of the rule that a case is decided by: its own version's, where the rule has changed since.
    func addressOfRule(_ service: ServiceDefinition) -> String {
        Address.rule(of: service.id, version: isCurrent(service) ? nil : service.version.hex)
    }
}
