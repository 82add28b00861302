import ArgumentParser
import Audit
import Definitions
import Dispatch
import Foundation
import Gate
import Kernel
import Logging
import ServiceLifecycle
import StateFolder
import Storage
import UnixSignals
import Web
import Wiring

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Serves a state from its folder.",
        discussion: """
            Every setting can be given as a flag or, where there is none, in the environment (named in brackets).
            Ctrl-C finishes what was accepted, refuses the rest, and ends.
            """)

    @Argument(help: "The state's folder: it holds state.yaml.") var folder: String
    @Option(help: "The data folder: database, keys. [DOVIRA_DATA] (default: data/<folder's name>)") var data: String?
    @Option(help: "The address to listen on. [DOVIRA_HOST] (default: 127.0.0.1)") var host: String?
    @Option(help: "The port; 0 takes a free one. [DOVIRA_PORT] (default: 8080)") var port: Int?
    @Option(help: "The portal's public address, as documents name their issuers. [DOVIRA_ORIGIN] (default: http://localhost:<port>)")
    var origin: String?
    @Option(help: "The address of /healthz, /readyz and /metrics. [DOVIRA_OPERATIONS_HOST] (default: 127.0.0.1)")
    var operationsHost: String?
    // Unconditional, or -1 would be taken for another flag.
    @Option(parsing: .unconditional, help: "Their port; 0 takes a free one, -1 serves none. [DOVIRA_OPERATIONS_PORT] (default: 9090)")
    var operationsPort: Int?
    @Option(help: "A TLS certificate chain (PEM). [DOVIRA_TLS_CERTIFICATE]") var tlsCertificate: String?
    @Option(help: "Its private key (PEM). [DOVIRA_TLS_KEY]") var tlsKey: String?
    @Flag(help: "TLS ends in a proxy in front that sets X-Forwarded-Proto. [DOVIRA_BEHIND_TLS_PROXY]") var behindTLSProxy = false
    @Option(
        help: """
            The file, outside the data folder, that says how far the log had come; `none` keeps none. [DOVIRA_HEAD] (default: the data folder's \
            name with .head)
            """)
    var head: String?
    @Flag(help: "Goes on with a data folder that was restored and is behind its head; recorded in the log.") var acceptRestored = false
    @Flag(help: "Goes on with a clock that is behind the log's newest entry; recorded in the log.") var acceptClock = false
    @Option(help: "The most open connections; fewer where descriptors are. [DOVIRA_CONNECTIONS_MAX] (default: 4096)") var connectionsMax: Int?
    @Option(help: "The most of one address; 0 sets no limit, as behind a proxy. [DOVIRA_CONNECTIONS_PER_ADDRESS] (default: 256)")
    var connectionsPerAddress: Int?
    @Option(help: "Seconds for a request's head. [DOVIRA_HEAD_SECONDS] (default: 10)") var headSeconds: Int?
    @Option(help: "Seconds for a body, beyond its size at 8 kB a second. [DOVIRA_BODY_SECONDS] (default: 20)") var bodySeconds: Int?
    @Option(help: "Seconds between two requests of a connection. [DOVIRA_KEEP_ALIVE_SECONDS] (default: 30)") var keepAliveSeconds: Int?
    @Option(help: "Seconds to take an answer, beyond its size at 8 kB a second. [DOVIRA_READER_SECONDS] (default: 20)") var readerSeconds: Int?
    @Option(help: "Requests a second that read or change a person's data, of one session; 0 sets no limit. [DOVIRA_QUOTA_SESSION] (default: 5)")
    var quotaSession: Int?
    @Option(help: "Of one person. [DOVIRA_QUOTA_PERSON] (default: 5)") var quotaPerson: Int?
    @Option(help: "Of one address. [DOVIRA_QUOTA_ADDRESS] (default: 100)") var quotaAddress: Int?
    @Option(help: "Of all together. [DOVIRA_QUOTA_WHOLE] (default: 5000)") var quotaWhole: Int?
    @Option(help: "Of one address, pages for everybody; whatever is lighter counts as a part of one. [DOVIRA_QUOTA_OPEN] (default: 400)")
    var quotaOpen: Int?
    @Option(help: "Connections a second that one address opens; 0 sets no limit. [DOVIRA_QUOTA_CONNECTS] (default: 100)") var quotaConnects: Int?
    @Option(help: "Requests that are worked on at once. [DOVIRA_WORK_MAX] (default: 64)") var workMax: Int?
    @Option(help: "Of one address; 0 sets no limit. [DOVIRA_WORK_PER_ADDRESS] (default: 16)") var workPerAddress: Int?
    @Option(help: "Sign-ins a second of one address; 0 sets no limit. [DOVIRA_QUOTA_SIGN_INS] (default: 5)") var quotaSignIns: Int?
    @Option(help: "trace, debug, info, warning or error. [DOVIRA_LOG_LEVEL] (default: info)") var logLevel: String?
    @Flag(help: "Logs as one JSON object a line. [DOVIRA_LOG_JSON]") var logJSON = false

    func run() async throws {
        let settings = try ServeSettings(self)
        LoggingSystem.bootstrap { label in LineLog(label: label, level: settings.logLevel, asJSON: settings.logJSON) }
        let logger = Logger(label: "dovira")
        let files = try StateFiles.read(folder)
        let state = try CheckedState.read(files, folder: folder)
        try settings.suits(state)
        let began = ContinuousClock.now
        var opening = OpenState.Settings(
            dataFolder: settings.data, origin: settings.origin, trustsProxy: settings.behindTLSProxy,
            endsTLS: settings.server.certificate != nil,
            onFailure: { reference, what, error in
                logger.error("failure", metadata: ["reference": "\(reference)", "in": "\(what)", "error": "\(error)"])
            })
        opening.onStore = { state in
            switch state {
            case .ready: logger.notice("the store takes writes again")
            case .readOnly(let reason): logger.error("the store is read-only", metadata: ["reason": "\(reason)"])
            case .closed: logger.debug("the store is closed")
            }
        }
        opening.head = settings.head
        (opening.acceptsRestored, opening.acceptsClock) = (acceptRestored, acceptClock)
        opening.onNotice = { logger.warning("notice", metadata: ["text": "\($0)"]) }
        let open = try await OpenState.open(state, files: files, opening)
        let progress = Progress()
        do { try await RegisterLoad(open, folder: folder, progress: progress.report).run() } catch {
            await open.platform.store.close()
            throw error
        }
        progress.end()
        try await serve(open, settings, logger, began)
    }

    private func serve(_ open: OpenState, _ settings: ServeSettings, _ logger: Logger, _ began: ContinuousClock.Instant) async throws {
        let metrics = Metrics()
        let traffic = TrafficControl(settings.connections, settings.quotas, settings.work)
        logger.info(
            "connections",
            metadata: [
                "max": "\(settings.connections.openMax)", "perAddress": "\(settings.connections.perAddressMax ?? 0)", "descriptors": "\(settings.descriptors)",
            ])
        let names = open.state.names[open.state.languages[0]]
        let origin = settings.origin
        let application = try PortalServer.application(open.portal, settings.server, traffic: traffic, metrics: metrics, logger: logger) { port in
            let took = began.duration(to: .now)
            let seconds = String(format: "%.1f", Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
            let base = origin.hasSuffix(":0") ? "http://localhost:\(port)" : origin
            say(
                """
                \(names) is open after \(seconds) s. Ctrl-C ends it.
                  citizens    \(base)/
                  officers    \(base)/work
                  overseers   \(base)/oversight
                  verifiers   \(base)/verify
                """)
        }
        var services: [ServiceGroupConfiguration.ServiceConfiguration] = [
            .init(service: Work(open: open)), .init(service: application),
        ]
        if let port = settings.server.operationsPort {
            services.append(
                .init(service: PortalServer.operations(open.portal, settings.server, port: port, traffic: traffic, metrics: metrics, logger: logger, health: open.health)))
        }
        var quiet = logger
        quiet.logLevel = .warning
        // The portal stops first and finishes its requests; then the work beside it; then the store closes.
        let group = ServiceGroup(
            configuration: .init(services: services, gracefulShutdownSignals: [.sigterm, .sigint], logger: quiet))
        do { try await group.run() } catch {
            await open.platform.store.close()
            throw StartFault(error, settings)
        }
        await open.platform.store.close()
        say("\(names) is closed.")
    }
}

/// Errands, sequencer and sweeping as a service: ends when the portal has ended.
private struct Work: Service {
    let open: OpenState
    func run() async throws {
        await cancelWhenGracefulShutdown { await open.work() }
        // What was written last gets its place in the log before the store closes.
        try await open.sequencer.pass()
    }
}

/// The settings of `serve`, resolved: flags, then environment, then defaults.
struct ServeSettings {
    let data: String
    let head: String?
    let origin: String
    let behindTLSProxy: Bool
    let server: ServerConfiguration
    let connections: ConnectionLimits
    let quotas: QuotaLimits
    let work: WorkLimits
    /// How many the process may have, once the soft limit is raised.
    let descriptors: Int
    let logLevel: Logger.Level
    let logJSON: Bool

    init(_ flags: Serve) throws {
        let name = URL(fileURLWithPath: flags.folder).lastPathComponent.lowercased()
        data = try Setting(flags.data, "DOVIRA_DATA", else: "data/\(name)").resolved()
        let place = try Setting(flags.head, "DOVIRA_HEAD", else: "").resolved()
        head = place.isEmpty ? nil : place
        let port = try Setting(flags.port, "DOVIRA_PORT", else: 8080).resolved()
        let certificate = try Setting(flags.tlsCertificate, "DOVIRA_TLS_CERTIFICATE", else: "").resolved()
        let key = try Setting(flags.tlsKey, "DOVIRA_TLS_KEY", else: "").resolved()
        guard certificate.isEmpty == key.isEmpty else {
            throw ValidationError("--tls-certificate and --tls-key belong together: give both or none")
        }
        let scheme = certificate.isEmpty ? "http" : "https"
        origin = try Setting(flags.origin, "DOVIRA_ORIGIN", else: "\(scheme)://localhost:\(port)").resolved()
        behindTLSProxy = try Setting(flags.behindTLSProxy, "DOVIRA_BEHIND_TLS_PROXY").resolved()
        let operations = try Setting(flags.operationsPort, "DOVIRA_OPERATIONS_PORT", else: 9090).resolved()
        server = ServerConfiguration(
            host: try Setting(flags.host, "DOVIRA_HOST", else: "127.0.0.1").resolved(), port: port,
            operationsHost: try Setting(flags.operationsHost, "DOVIRA_OPERATIONS_HOST", else: "127.0.0.1").resolved(),
            operationsPort: operations < 0 ? nil : operations, certificate: certificate.isEmpty ? nil : certificate,
            key: key.isEmpty ? nil : key)
        descriptors = Descriptors.raise()
        connections = try Self.connections(flags, descriptors: descriptors, isBehindProxy: behindTLSProxy)
        quotas = try Self.quotas(flags)
        work = try Self.work(flags)
        let level = try Setting(flags.logLevel, "DOVIRA_LOG_LEVEL", else: "info").resolved()
        guard let known = Logger.Level(rawValue: level) else {
            throw ValidationError("log level '\(level)' is unknown: write trace, debug, info, warning or error")
        }
        logLevel = known
        logJSON = try Setting(flags.logJSON, "DOVIRA_LOG_JSON").resolved()
    }

    private static func connections(_ flags: Serve, descriptors: Int, isBehindProxy: Bool) throws -> ConnectionLimits {
        var limits = ConnectionLimits(descriptors: descriptors)
        let most = try Setting(flags.connectionsMax, "DOVIRA_CONNECTIONS_MAX", else: ConnectionLimits.openMaxDefault).resolved()
        limits.openMax = ConnectionLimits.openMax(try positive(most, "connections-max"), of: descriptors)
        // A proxy is one address for everybody.
        let ofAddress = try Setting(
            flags.connectionsPerAddress, "DOVIRA_CONNECTIONS_PER_ADDRESS", else: isBehindProxy ? 0 : limits.perAddressMax ?? 0
        ).resolved()
        limits.perAddressMax = ofAddress > 0 ? ofAddress : nil
        func seconds(_ flag: Int?, _ name: String, _ variable: String, else fallback: Duration) throws -> Duration {
            .seconds(try positive(Setting(flag, variable, else: Int(fallback.components.seconds)).resolved(), name))
        }
        limits.head = try seconds(flags.headSeconds, "head-seconds", "DOVIRA_HEAD_SECONDS", else: limits.head)
        limits.body = try seconds(flags.bodySeconds, "body-seconds", "DOVIRA_BODY_SECONDS", else: limits.body)
        limits.keepAlive = try seconds(flags.keepAliveSeconds, "keep-alive-seconds", "DOVIRA_KEEP_ALIVE_SECONDS", else: limits.keepAlive)
        limits.reader = try seconds(flags.readerSeconds, "reader-seconds", "DOVIRA_READER_SECONDS", else: limits.reader)
        return limits
    }

    private static func positive(_ value: Int, _ name: String) throws -> Int {
        guard value > 0 else { throw ValidationError("--\(name) must be greater than 0") }
        return value
    }

    private static func quotas(_ flags: Serve) throws -> QuotaLimits {
        var quotas = QuotaLimits()
        func rate(_ flag: Int?, _ variable: String, _ fallback: QuotaLimits.Rate?) throws -> QuotaLimits.Rate? {
            let perSecond = try Setting(flag, variable, else: fallback?.perSecond ?? 0).resolved()
            return perSecond > 0 ? QuotaLimits.Rate(perSecond: perSecond, secondsSaved: fallback?.secondsSaved ?? QuotaLimits.Rate.secondsSavedMax) : nil
        }
        quotas.perSession = try rate(flags.quotaSession, "DOVIRA_QUOTA_SESSION", quotas.perSession)
        quotas.perPerson = try rate(flags.quotaPerson, "DOVIRA_QUOTA_PERSON", quotas.perPerson)
        quotas.perAddress = try rate(flags.quotaAddress, "DOVIRA_QUOTA_ADDRESS", quotas.perAddress)
        quotas.whole = try rate(flags.quotaWhole, "DOVIRA_QUOTA_WHOLE", quotas.whole)
        quotas.opensPerAddress = try rate(flags.quotaOpen, "DOVIRA_QUOTA_OPEN", quotas.opensPerAddress)
        quotas.connectsPerAddress = try rate(flags.quotaConnects, "DOVIRA_QUOTA_CONNECTS", quotas.connectsPerAddress)
        quotas.signInsPerAddress = try rate(flags.quotaSignIns, "DOVIRA_QUOTA_SIGN_INS", quotas.signInsPerAddress)
        return quotas
    }

    private static func work(_ flags: Serve) throws -> WorkLimits {
        var limits = WorkLimits()
        limits.wholeMax = try positive(Setting(flags.workMax, "DOVIRA_WORK_MAX", else: limits.wholeMax).resolved(), "work-max")
        let ofAddress = try Setting(flags.workPerAddress, "DOVIRA_WORK_PER_ADDRESS", else: limits.perAddressMax ?? 0).resolved()
        limits.perAddressMax = ofAddress > 0 ? ofAddress : nil
        return limits
    }

    /// A live state is served over TLS, here or in front, and nowhere else.
    func suits(_ state: StateDefinition) throws {
        guard state.mode == .live, server.certificate == nil, !behindTLSProxy else { return }
        throw ValidationError(
            "state.yaml says mode: live, which is served over TLS only: give --tls-certificate and --tls-key, or --behind-tls-proxy")
    }
}

/// A start that failed, with advice.
struct StartFault: Error, CustomStringConvertible {
    let description: String

    init(_ error: any Error, _ settings: ServeSettings) {
        let text = "\(error)"
        if text.contains("EADDRINUSE") || text.contains("Address already in use") {
            description =
                "port \(settings.server.port) (or the operators' \(settings.server.operationsPort ?? 0)) is taken: "
                + "stop what listens there, or give --port and --operations-port"
        } else {
            description = text
        }
    }
}

/// Says how far a long load is, every two seconds.
final class Progress: @unchecked Sendable {
    private let lock = NSLock()
    private var last = ContinuousClock.now
    private var hasSpoken = false

    func report(_ register: String, _ rows: Int) {
        lock.lock()
        defer { lock.unlock() }
        guard last.duration(to: .now) >= .seconds(2) else { return }
        last = .now
        hasSpoken = true
        say("loading \(register): \(rows) rows")
    }

    func end() {
        lock.lock()
        defer { lock.unlock() }
        if hasSpoken { say("the registers are loaded") }
    }
}
