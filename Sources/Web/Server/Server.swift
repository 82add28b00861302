internal import Foundation
internal import Gate
package import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Kernel
package import Logging
internal import NIOSSL
internal import ServiceLifecycle
internal import StateFolder
internal import Storage

/// Where and how the portal is served.
package struct ServerConfiguration: Sendable {
    package var host: String
    package var port: Int
    /// The separate address for `/healthz`, `/readyz` and `/metrics`; none when nil.
    package var operationsHost: String
    package var operationsPort: Int?
    package var certificate: String?
    package var key: String?

    package init(host: String, port: Int, operationsHost: String, operationsPort: Int?, certificate: String?, key: String?) {
        self.host = host
        self.port = port
        self.operationsHost = operationsHost
        self.operationsPort = operationsPort
        self.certificate = certificate
        self.key = key
    }
}

/// The portal as an HTTP application: main and tests share it.
package enum PortalServer {
    package static func router(_ portal: Portal, metrics: Metrics, logger: Logger) -> Router<WebContext> {
        let router = Router(context: WebContext.self)
        let door = Door(portal: portal, metrics: metrics, logger: logger)
        router.add(middleware: UnknownPaths(door: door))
        for route in Route.all where !route.isDemoOnly || portal.state.mode == .demo {
            router.on(RouterPath(route.path), method: .init(rawValue: route.method.rawValue)!) { request, context in
                await door.respond(to: request, context, route)
            }
        }
        StaticFiles(portal: portal).add(to: router)
        // The bare trial of the same server: what a request costs before anything of ours.
        router.get("/hello") { _, _ in "hello" }
        return router
    }

    package static func application(
        _ portal: Portal, _ configuration: ServerConfiguration, metrics: Metrics, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) throws -> some ApplicationProtocol {
        var quiet = logger
        quiet.logLevel = .warning
        return Application(
            router: router(portal, metrics: metrics, logger: logger), server: try server(configuration),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil),
            onServerRunning: { channel in await onRunning(channel.localAddress?.port ?? configuration.port) }, logger: quiet)
    }

    private static func server(_ configuration: ServerConfiguration) throws -> HTTPServerBuilder {
        guard let certificate = configuration.certificate, let key = configuration.key else { return .http1() }
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        return try .tls(.http1(), tlsConfiguration: tls)
    }

    /// The operators' own address: is it alive, does it take work, what did it do.
    package static func operations(
        _ portal: Portal, _ configuration: ServerConfiguration, port: Int, metrics: Metrics, logger: Logger,
        health: OperationsHealth = OperationsHealth()
    ) -> some ApplicationProtocol {
        let router = Router(context: WebContext.self)
        router.get("/healthz") { _, _ in "ok\n" }
        router.get("/readyz") { _, _ -> Response in
            switch portal.platform.store.state {
            case .ready:
                if let fault = health.fault() {
                    return Response(status: .serviceUnavailable, body: .init(byteBuffer: ByteBuffer(string: "\(fault)\n")))
                }
                return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "ready\n")))
            case .readOnly(let reason):
                return Response(status: .serviceUnavailable, body: .init(byteBuffer: ByteBuffer(string: "read-only: \(reason)\n")))
            case .closed: return Response(status: .serviceUnavailable, body: .init(byteBuffer: ByteBuffer(string: "closing\n")))
            }
        }
        router.get("/metrics") { _, _ -> Response in
            let isReady = portal.platform.store.state == .ready
            let own: [OperationsHealth.Gauge] = [
                ("dovira_store_ready", "1 when the store takes writes.", isReady ? 1 : 0),
                ("dovira_resident_bytes", "Resident memory.", residentBytes()),
            ]
            let text = metrics.exposition(own + (await health.gauges()))
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        var quiet = logger
        quiet.logLevel = .warning
        return Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(configuration.operationsHost, port: port), serverName: nil),
            logger: quiet)
    }

    private static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }
}

/// Paths that no route knows get a page in the reader's language too.
private struct UnknownPaths: RouterMiddleware {
    typealias Context = WebContext
    let door: Door

    @concurrent func handle(
        _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let visit = door.anonymous(request, context, door.portal.language(of: request))
            return door.write(Refusal(.notFound, "page.not-found"), visit)
        }
    }
}

/// The stylesheet, the font, the scripts and the core: named by their content, kept by browsers for a year.
private struct StaticFiles {
    let portal: Portal

    func add(to router: Router<WebContext>) {
        for asset in portal.pages.assets.all {
            let type = asset.type
            let buffer = ByteBuffer(bytes: asset.bytes)
            router.get(RouterPath(asset.address)) { _, _ in
                Response(
                    status: .ok,
                    headers: [
                        .contentType: type, .cacheControl: "public, max-age=31536000, immutable",
                        .init("X-Content-Type-Options")!: "nosniff",
                    ], body: ResponseBody(byteBuffer: buffer))
            }
        }
    }
}
