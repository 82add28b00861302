internal import Gate
internal import Identity
internal import Kernel
internal import Messages
internal import Services
internal import StateFolder

extension Route {
    /// The front door, and the choice of language.
    static let welcome: [Route] = [
        .get("/", .everyone, [ReadHome.action]) { visit in
            guard let session = visit.session else { return .page(visit.portal.welcome(visit.language)) }
            switch session.principal.kind {
            case .citizen: return try await visit.portal.home(visit)
            case .officer: return .redirect(Address.work)
            case .overseer: return .redirect(Address.oversight)
            case .system: throw Refusal(.forbidden, "session.wrong-kind")
            }
        },
        .get("/language", .everyone) { visit in
            guard let code = visit.word("to")?.text, visit.portal.state.languages.contains(code) else {
                throw Refusal(.invalid, "language.unknown")
            }
            return .language(code, to: Address.local(visit.query("back")) ?? Address.home)
        },
    ]
}

extension Portal {
    fileprivate func welcome(_ language: String) -> WelcomeView {
        WelcomeView(services: services.current.map { row($0, language) }, isDemo: state.mode == .demo)
    }

    /// A service as a line of a list.
    func row(_ service: ServiceDefinition, _ language: String) -> RowView {
        RowView(
            title: service.titles[language], meta: service.text("summary", language), shape: .ring,
            address: "\(Address.services)/\(service.id)")
    }
}
