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

    init(_ state: TestState) {
        self.state = state
        var quotas = QuotaLimits()
        (quotas.perSession, quotas.perPerson, quotas.perAddress, quotas.whole) = (nil, nil, nil, nil)
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
        var headers = HTTPFields()
        for (name, value) in fields { headers[.init(name)!] = value }
        if let cookie { headers[.cookie] = "session=\(cookie)" }
        return try await ask(
            Request(
                head: HTTPRequest(method: .get, scheme: "http", authority: "istmo.example", path: path, headerFields: headers),
                body: RequestBody(buffer: ByteBuffer())))
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
