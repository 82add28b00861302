import Gate
import HTTPTypes
import Hummingbird
import Identity
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Registry
import StateFolder
import StateTesting
import Web
import Wiring

/// The portal's router, asked beside its connections.
struct PortalTrial {
    let state: TestState
    private let responder: any HTTPResponder<WebContext>
    private let channel = EmbeddedChannel()

    /// - Parameter limits: none where they are not what is tried.
    init(_ state: TestState, _ limits: QuotaLimits? = nil) {
        self.state = state
        var quotas = limits ?? QuotaLimits()
        if limits == nil { (quotas.perSession, quotas.perPerson, quotas.perAddress, quotas.whole, quotas.opensPerAddress) = (nil, nil, nil, nil, nil) }
        // It is asked as long as it is open.
        try? channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).wait()
        responder = PortalServer.responder(
            state.open.portal, traffic: TrafficControl(ConnectionLimits(descriptors: 1_024), quotas), metrics: Metrics(), logger: PortalTrial.silent)
    }

    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    struct Answer {
        let status: Int
        let headers: HTTPFields
        let body: [UInt8]
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    func ask(_ request: Request) async throws -> Answer {
        let response = try await responder.respond(to: request, context: WebContext(source: ApplicationRequestContextSource(channel: channel, logger: PortalTrial.silent)))
        let collected = Collected()
        try await response.body.write(Collector(into: collected))
        return Answer(status: response.status.code, headers: response.headers, body: collected.bytes)
    }

    func get(_ path: String, cookie: String? = nil, _ fields: [String: String] = [:]) async throws -> Answer {
        try await ask(.get, path, cookie: cookie, fields)
    }

    func post(_ path: String, _ form: String, cookie: String? = nil) async throws -> Answer {
        try await ask(.post, path, cookie: cookie, ["Content-Type": "application/x-www-form-urlencoded"], body: form)
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, cookie: String? = nil, _ fields: [String: String] = [:], body: String = ""
    ) async throws -> Answer {
        var headers = HTTPFields()
        for (name, value) in fields { headers[.init(name)!] = value }
        if let cookie { headers[.cookie] = "session=\(cookie)" }
        return try await ask(
            Request(
                head: HTTPRequest(method: method, scheme: "http", authority: "istmo.example", path: path, headerFields: headers),
                body: RequestBody(buffer: ByteBuffer(string: body))))
    }

    /// A citizen's session.
    func signIn(_ key: String) async throws -> (token: String, session: Session) {
        let people = try state.registers[Registers.personRegister]
        return try await state.open.portal.sessions.begin(
            state.platform.perform(SignInAsPerson(key: key, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn))
    }

    private final class Collected: @unchecked Sendable { var bytes: [UInt8] = [] }
    private struct Collector: ResponseBodyWriter {
        let into: Collected
        mutating func write(_ buffer: ByteBuffer) async throws { into.bytes += Array(buffer: buffer) }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
