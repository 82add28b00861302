package import Gate
internal import Hummingbird
package import Identity
package import Issuance
package import Kernel
internal import Messages
package import Registry
package import Services
package import StateFolder
internal import Storage

/// Everything that the portal's handlers need, wired once at start. It is shared, not copied, by every request.
package final class Portal: Sendable {
    package let state: StateDefinition
    package let platform: Platform
    package let sessions: Sessions
    package let registers: Registers
    package let services: ServiceCatalogue
    package let issuer: DocumentIssuer
    package let trust: TrustPage
    package let log: LogIdentity
    package let pages: Pages
    package let zone: TimeZoneRules
    /// `https://…`: the portal's own address, in documents and in cookies' rules.
    package let origin: String
    /// Whether a proxy in front ends TLS and says so.
    package let trustsProxy: Bool
    package let endsTLS: Bool

    package init(
        state: StateDefinition, platform: Platform, sessions: Sessions, registers: Registers, services: ServiceCatalogue,
        issuer: DocumentIssuer, trust: TrustPage, log: LogIdentity, pages: Pages, zone: TimeZoneRules, origin: String,
        trustsProxy: Bool, endsTLS: Bool
    ) {
        self.state = state
        self.platform = platform
        self.sessions = sessions
        self.registers = registers
        self.services = services
        self.issuer = issuer
        self.trust = trust
        self.log = log
        self.pages = pages
        self.zone = zone
        self.origin = origin
        self.trustsProxy = trustsProxy
        self.endsTLS = endsTLS
    }

    /// How long a page waits for the rule or a signature before it says "in progress".
    static let patience: Duration = .seconds(3)

    /// Waits a while for what follows from a deed. It is done by others, who have the request's place meanwhile.
    func settled(_ subject: String, _ visit: Visit) async {
        visit.place?.give()
        await platform.errands.settled(subject, within: Self.patience)
    }

    /// Whether the reader's connection is secure: TLS here, or in front where a trusted proxy says so. What a request calls its host says nothing.
    func isSecure(_ request: Request) -> Bool {
        if endsTLS { return true }
        return trustsProxy && request.headers[.init("X-Forwarded-Proto")!]?.hasSameBytes(as: "https") == true
    }

    /// Whether an address is this machine's own name.
    static func isThisMachine(_ authority: String?) -> Bool {
        guard let host = authority?.utf8.prefix(while: { $0 != UInt8(ascii: ":") }) else { return false }
        return host.elementsEqual("localhost".utf8)
    }

    /// From where a request comes: a trusted proxy says it, where there is one.
    func sender(of request: Request, _ context: WebContext) -> AddressKey {
        if trustsProxy, let field = request.headers[values: .init("X-Forwarded-For")!].last, let key = AddressKey(forwarded: field) { return key }
        return AddressKey(context.address)
    }

    /// The page's language: the reader's choice, then her browser's, then the state's first.
    func language(of request: Request) -> String {
        if let chosen = Cookies.value(Cookies.language(secure: isSecure(request)), in: request),
            let known = state.languages.first(where: { $0.hasSameBytes(as: chosen) })
        {
            return known
        }
        return request.headers[.acceptLanguage].flatMap { LanguageField.preferred($0, among: state.languages) } ?? state.languages[0]
    }

    func chrome(_ visit: Visit, workspace: Chrome.Workspace?) -> Chrome {
        var notices: [Chrome.Notice] = []
        if state.mode == .demo { notices.append(.demo) }
        if visit.isPlainAddress { notices.append(.plainAddress) }
        if case .readOnly = platform.store.state { notices.append(.readOnly) }
        return Chrome(
            language: visit.language, languages: state.languages, stateName: state.names[visit.language], path: visit.address,
            now: visit.now, zone: zone, account: visit.session.map { account($0, visit.language) }, csrf: visit.session?.formToken(platform.randomness),
            workspace: workspace, notices: notices)
    }

    private func account(_ session: Session, _ language: String) -> Chrome.Account {
        let principal = session.principal
        switch principal.kind {
        case .officer, .overseer:
            let role = principal.roles.sorted().first.flatMap { state.roleName($0, language) } ?? ""
            return Chrome.Account(kind: principal.kind == .officer ? .officer : .overseer, name: session.displayName, detail: role)
        case .citizen, .system:
            return Chrome.Account(kind: .citizen, name: session.displayName, detail: "")
        }
    }
}

extension StateDefinition {
    /// "Inspector of the commerce registry", from `body/role`.
    func roleName(_ path: String, _ language: String) -> String? {
        let parts = path.split(separator: "/").map(String.init)
        guard parts.count == 2, let body = body(parts[0]), let role = body.roles.first(where: { $0.id == parts[1] }) else { return nil }
        return role.names[language]
    }

    func bodyName(_ id: String?, _ language: String) -> String? { id.flatMap { body($0) }?.names[language] }
}

/// The log's public identity: its name and its verification key.
package struct LogIdentity: Sendable {
    package let origin: String
    /// The key as a C2SP vkey.
    package let verificationKey: String

    package init(origin: String, verificationKey: String) {
        self.origin = origin
        self.verificationKey = verificationKey
    }
}

extension StateDefinition {
    /// The bodies that some document names as its issuer.
    package var issuingBodies: [BodyDefinition] {
        let issuers = Set(documents.map(\.body))
        return bodies.filter { issuers.contains($0.id) }
    }
}
