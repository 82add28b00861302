package import Kernel
internal import Logging
internal import ServiceLifecycle

/// What keeps one sender from taking the portal away from the others; shared by the portal's address and its operators'.
package struct TrafficControl: Sendable {
    package let connections: Connections
    package let quotas: Quotas
    /// Whose page is made next.
    package let turns: Turns
    /// Whose request is answered next that no page is made for: it waits behind no page.
    package let lightTurns: Turns
    package let bodies: BodyMemory

    package init(_ connections: ConnectionLimits, _ quotas: QuotaLimits, _ work: WorkLimits = WorkLimits(), clock: Clock = .system) {
        let quotas = Quotas(quotas)
        self.quotas = quotas
        // A proxy in front is one address for all, and opens few.
        let counts = connections.perAddressMax != nil
        self.connections = Connections(connections) { address in !counts || quotas.admitsConnection(of: address, at: clock.now()) }
        turns = Turns(work)
        lightTurns = Turns(work)
        bodies = BodyMemory()
    }

    /// For Prometheus.
    var figures: [(name: String, help: String, value: Int)] {
        let figures = connections.figures, work = turns.figures, light = lightTurns.figures
        var all = [
            ("dovira_connections_open", "Open connections.", connections.open),
            ("dovira_connections_max", "The most open connections.", connections.limits.openMax),
            ("dovira_connections_waiting", "Open connections whose client the portal waits for.", connections.waiting),
            ("dovira_connections_refused", "Connections turned away since the start.", figures.refused),
            ("dovira_connections_evicted", "Connections closed since the start to let others in.", figures.evicted),
            ("dovira_connections_timed_out", "Connections closed since the start for taking too long.", figures.timedOut),
            ("dovira_requests_working", "Requests that are worked on.", work.working + light.working),
            ("dovira_requests_waiting", "Requests that wait for their turn.", work.waiting + light.waiting),
            ("dovira_requests_turned_away", "Requests told since the start to come again, for the wait was too long.", work.refused + light.refused),
            ("dovira_requests_left", "Requests whose client left since the start while they waited for their turn.", work.left + light.left),
            ("dovira_requests_passed_over", "Requests that gave their place to the next since the start, for they waited themselves.", work.passedOn + light.passedOn),
            ("dovira_body_bytes", "Bytes of the bodies that are being read.", bodies.bytes),
            ("dovira_bodies_ended", "Bodies that were ended since the start to make room for others.", bodies.ended),
        ]
        let refused = quotas.refused
        for holder in Quotas.Holder.allCases {
            let name = String(decoding: holder.rawValue.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }, as: UTF8.self)
            all.append(("dovira_quota_refused_\(name)", "Requests refused since the start: quota of \(holder.rawValue).", refused[holder, default: 0]))
        }
        return all
    }
}

/// Tells the log when connections are turned away, at most once a minute.
struct TrafficReport: Service {
    private static let every: Duration = .seconds(60)
    private let traffic: TrafficControl
    private let logger: Logger

    init(_ traffic: TrafficControl, _ logger: Logger) {
        self.traffic = traffic
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last = Connections.Figures()
            while !Task.isCancelled {
                try? await Task.sleep(for: Self.every)
                let now = traffic.connections.figures
                if now.refused > last.refused || now.evicted > last.evicted {
                    logger.warning(
                        "connections were turned away",
                        metadata: [
                            "refused": "\(now.refused - last.refused)", "evicted": "\(now.evicted - last.evicted)", "open": "\(traffic.connections.open)",
                        ])
                }
                last = now
            }
        }
    }
}
