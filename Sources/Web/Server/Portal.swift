package import Credentials
package import Gate
internal import Hummingbird
package import Identity
package import Issuance
package import Kernel
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

    /// Whether browsers treat the request's address as secure: TLS here or in front, or this machine itself.
    func isSecure(_ request: Request) -> Bool {
        if endsTLS { return true }
        if trustsProxy, request.headers[.init("X-Forwarded-Proto")!] == "https" { return true }
        let host = request.head.authority ?? ""
        return host == "localhost" || host.hasPrefix("localhost:")
    }

    /// The page's language: the reader's choice, then her browser's, then the state's first.
    func language(of request: Request) -> String {
        if let chosen = Cookies.value(Cookies.language, in: request), state.languages.contains(chosen) { return chosen }
        let wanted = (request.headers[.acceptLanguage] ?? "").split(separator: ",").prefix(20).compactMap { item -> (String, Double)? in
            let parts = item.split(separator: ";")
            guard let code = parts.first?.split(separator: "-").first else { return nil }
            let weight = parts.dropFirst().first.flatMap { $0.split(separator: "=").last }.flatMap { Double($0) } ?? 1
            return (code.filter { !$0.isWhitespace }.lowercased(), weight)
        }
        let best = wanted.filter { state.languages.contains($0.0) }.max { $0.1 < $1.1 }
        return best?.0 ?? state.languages[0]
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

/// The state's trust list as it is published: which bodies sign, with which keys.
package struct TrustPage: Sendable {
    /// How long a verifier may go on with a list that she fetched.
    static let lifeSeconds: Int64 = 30 * 86_400
    private let issuers: [TrustList.Issuer]

    package init(state: StateDefinition, keys: IssuerKeys) throws {
        issuers = try state.issuingBodies.map { body in
            TrustList.Issuer(iss: keys.issuer(body.id), name: body.names, keys: [try keys.publicKey(body.id)])
        }
    }

    /// The list as it is handed out now: a server that runs for months never hands out an old one.
    package func list(at now: Instant) throws -> TrustList {
        try TrustList(issuers: issuers, issued: now, expires: now.adding(seconds: Self.lifeSeconds))
    }
}

extension StateDefinition {
    /// The bodies that some document names as its issuer.
    package var issuingBodies: [BodyDefinition] {
        let issuers = Set(documents.map(\.body))
        return bodies.filter { issuers.contains($0.id) }
    }
}
