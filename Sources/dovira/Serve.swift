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
        let names = open.state.names[open.state.languages[0]]
        let origin = settings.origin
        let application = try PortalServer.application(open.portal, settings.server, metrics: metrics, logger: logger) { port in
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
                .init(service: PortalServer.operations(open.portal, settings.server, port: port, metrics: metrics, logger: logger, health: open.health)))
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
        let level = try Setting(flags.logLevel, "DOVIRA_LOG_LEVEL", else: "info").resolved()
        guard let known = Logger.Level(rawValue: level) else {
            throw ValidationError("log level '\(level)' is unknown: write trace, debug, info, warning or error")
        }
        logLevel = known
        logJSON = try Setting(flags.logJSON, "DOVIRA_LOG_JSON").resolved()
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
