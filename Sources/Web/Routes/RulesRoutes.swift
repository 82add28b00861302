internal import Kernel
internal import Services
package import StateFolder

extension Route {
    /// What the state decides by: for everybody, as tables and as the file itself.
    static let rules: [Route] = [
        .get("/rules", .everyone) { visit in .page(visit.portal.rulesPage(visit)) },
        .get("/rules/{id}", .everyone) { visit in visit.portal.rulePage(try visit.portal.services.service(visit.parameter("id")), visit) },
        .get("/rules/{id}/decision.dmn", .everyone) { visit in try .rule(visit.portal.services.service(visit.parameter("id")), 0) },
        .get("/rules/{id}/imports/{number}", .everyone) { visit in
            try .rule(visit.portal.services.service(visit.parameter("id")), Int(visit.parameter("number")))
        },
        // An older version, for those who were decided by it.
        .get("/rules/{id}/versions/{version}", .everyone) { visit in visit.portal.rulePage(try visit.versionOfRule(), visit) },
        .get("/rules/{id}/versions/{version}/decision.dmn", .everyone) { visit in try .rule(visit.versionOfRule(), 0) },
        .get("/rules/{id}/versions/{version}/imports/{number}", .everyone) { visit in try .rule(visit.versionOfRule(), Int(visit.parameter("number"))) },
    ]
}

extension Visit {
    fileprivate func versionOfRule() throws -> ServiceDefinition {
        try portal.services.service(parameter("id"), version: parameter("version"))
    }
}

extension Reply {
    /// A file of the rule as the ministry wrote it: the service's own is 0, the models that it imports follow.
    fileprivate static func rule(_ service: ServiceDefinition, _ number: Int?) throws -> Reply {
        guard let number, service.decisionFiles.indices.contains(number) else { throw Refusal(.notFound, "page.not-found") }
        let file = service.decisionFiles[number]
        return .file(file.bytes, type: "application/xml", name: number == 0 ? "\(service.id).dmn" : file.path.split(separator: "/").last.map(String.init), isPublic: true)
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
