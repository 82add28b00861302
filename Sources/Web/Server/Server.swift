internal import Foundation
internal import Gate
internal import HTTPTypes
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
    /// What answers a request, over whichever connection it came.
    package static func responder(_ portal: Portal, traffic: TrafficControl, metrics: Metrics, logger: Logger) -> some HTTPResponder<WebContext> {
        let door = Door(portal: portal, metrics: metrics, traffic: traffic, logger: logger)
        let router = Router(context: WebContext.self)
        let routes = Route.all.filter { !$0.isDemoOnly || portal.state.mode == .demo }
        let paths = KnownPaths(
            routes.map { ($0.path, $0.method.rawValue) } + portal.pages.assets.all.map { ($0.address, "GET") } + [(KnownPaths.hello, "GET")])
        router.add(middleware: UnknownPaths(door: door, paths: paths))
        for route in routes {
            router.on(RouterPath(route.path), method: .init(rawValue: route.method.rawValue)!) { request, context in
                guard route.isPage else { return try await door.respond(to: request, context, route) }
                return try await PageThreads.run { try await door.respond(to: request, context, route) }
            }
        }
        StaticFiles(portal: portal, door: door).add(to: router)
        // The bare trial of the same server: what a request costs before anything of ours.
        router.get(RouterPath(KnownPaths.hello)) { _, _ in "hello" }
        return Doorway(inner: router.buildResponder(), door: door, paths: paths)
    }

    package static func application(
        _ portal: Portal, _ configuration: ServerConfiguration, traffic: TrafficControl, metrics: Metrics, logger: Logger,
        onRunning: @escaping @Sendable (Int) async -> Void
    ) throws -> some ApplicationProtocol {
        var quiet = logger
        quiet.logLevel = .warning
        return Application(
            responder: responder(portal, traffic: traffic, metrics: metrics, logger: logger),
            server: try server(configuration, traffic.connections),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port), serverName: nil, backlog: backlog),
            services: [TrafficReport(traffic, logger)],
            onServerRunning: { channel in
                traffic.connections.listens()
                try? await channel.setOption(.maxMessagesPerRead, value: acceptedAtOnce(of: traffic.connections.limits.openMax)).get()
                await onRunning(channel.localAddress?.port ?? configuration.port)
            }, logger: quiet)
    }

    /// Connections that wait to be taken while a crowd arrives, and how many are taken before those that were taken get their turn again: whoever
    /// comes behind a crowd waits for its connections, not for its requests.
    private static let backlog = 4_096

    /// A small part of all that may be open: one round that filled the house would end those who have only just come in.
    private static func acceptedAtOnce(of openMax: Int) -> UInt { UInt(min(64, max(1, openMax / 8))) }

    private static func http(_ connections: Connections) -> HTTPServerBuilder {
        .http1(
            configuration: HTTP1Channel.Configuration(
                additionalChannelHandlers: [ConnectionHandler(connections)],
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: HeadCheck.headerBytesMax, maxHeaderListSize: HeadCheck.headerBytesMax,
                    maxHeaderFieldCount: HeadCheck.headersMax)))
    }

    private static func server(_ configuration: ServerConfiguration, _ connections: Connections) throws -> HTTPServerBuilder {
        guard let certificate = configuration.certificate, let key = configuration.key else { return http(connections) }
        let chain = try NIOSSLCertificate.fromPEMFile(certificate).map { NIOSSLCertificateSource.certificate($0) }
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain, privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        tls.minimumTLSVersion = .tlsv12
        tls.cipherSuiteValues = suites
        tls.applicationProtocols = ["http/1.1"]
        return try .tls(http(connections), tlsConfiguration: tls)
    }

    /// Forward secrecy and authenticated encryption alone. TLS 1.3 has no other.
    ///
    /// **Standard** RFC 9325, section 4.2.
    private static let suites: [NIOTLSCipher] = [
        .TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, .TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        .TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, .TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, .TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]

    /// The operators' own address: is it alive, does it take work, what did it do.
    package static func operations(
        _ portal: Portal, _ configuration: ServerConfiguration, port: Int, traffic: TrafficControl, metrics: Metrics, logger: Logger,
        health: OperationsHealth = OperationsHealth()
    ) -> some ApplicationProtocol {
        let router = Router(context: WebContext.self)
        router.get("/healthz") { _, _ in "ok\n" }
        router.get("/readyz") { _, _ -> Response in
            switch portal.platform.store.state {
            case .ready:
                if let fault = traffic.connections.isListening ? health.fault() : "opening" {
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
            let text = metrics.exposition(own + traffic.figures + (await health.gauges()))
            return Response(
                status: .ok, headers: [.contentType: "text/plain; version=0.0.4"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        var quiet = logger
        quiet.logLevel = .warning
        return Application(
            router: router, server: http(Connections(.operators)),
            configuration: ApplicationConfiguration(address: .hostname(configuration.operationsHost, port: port), serverName: nil),
            logger: quiet)
    }

    private static func residentBytes() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(getpagesize()) : 0
    }
}

/// Paths that no route knows get a page in the reader's language too, and paths that are known by another method say by which.
private struct UnknownPaths: RouterMiddleware {
    typealias Context = WebContext
    let door: Door
    let paths: KnownPaths

    @concurrent func handle(
        _ request: Request, context: WebContext, next: @concurrent (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let visit = door.anonymous(request, context, door.portal.language(of: request))
            let allowed = paths.methods(of: request.uri.path)
            do { try door.traffic.quotas.take(.open, session: nil, address: visit.sender, at: visit.now) } catch { return door.write(error, visit) }
            // Nobody reads the answer to a form that was sent nowhere: a page would only cost.
            if request.method != .get, !visit.isAPI { return Self.bare(allowed) }
            return try await PageThreads.run {
                allowed.isEmpty ? door.write(Refusal(.notFound, "page.not-found"), visit) : door.notAllowed(allowed, visit)
            }
        }
    }

    private static func bare(_ allowed: [String]) -> Response {
        let status: HTTPResponse.Status = allowed.isEmpty ? .notFound : .methodNotAllowed
        var response = Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: status.reasonPhrase + "\n")))
        if !allowed.isEmpty { response.headers[.allow] = KnownPaths.list(allowed) }
        return response
    }
}

/// The stylesheet, the font, the scripts and the core: named by their content, kept by browsers for a year.
private struct StaticFiles {
    let portal: Portal
    let door: Door

    func add(to router: Router<WebContext>) {
        for asset in portal.pages.assets.all {
            let type = asset.type
            let buffer = ByteBuffer(bytes: asset.bytes), packed = asset.packed.map { ByteBuffer(bytes: $0) }
            router.get(RouterPath(asset.address)) { request, context in
                let isPacked = packed != nil && request.takesGzip
                do {
                    try door.traffic.quotas.take(
                        bytes: (isPacked ? packed ?? buffer : buffer).readableBytes, address: portal.sender(of: request, context),
                        at: portal.platform.clock.now())
                } catch { return door.write(error, door.anonymous(request, context, portal.language(of: request))) }
                var headers: HTTPFields = [
                    .contentType: type, .cacheControl: "public, max-age=31536000, immutable",
                ]
                if packed != nil { headers[.vary] = "Accept-Encoding" }
                guard let packed, isPacked else { return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: buffer)) }
                headers[.contentEncoding] = "gzip"
                return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: packed))
            }
        }
    }
}
