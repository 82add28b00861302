internal import Kernel
internal import Logging
internal import ServiceLifecycle

/// What keeps one sender from taking the portal away from the others; shared by the portal's address and its operators'.
package struct TrafficControl: Sendable {
    package let connections: Connections
    package let quotas: Quotas
    package let bodies: BodyMemory

    package init(_ connections: ConnectionLimits, _ quotas: QuotaLimits) {
        self.connections = Connections(connections)
        self.quotas = Quotas(quotas)
        bodies = BodyMemory()
    }

    /// For Prometheus.
    var figures: [(name: String, help: String, value: Int)] {
        let figures = connections.figures
        var all = [
            ("dovira_connections_open", "Open connections.", connections.open),
            ("dovira_connections_max", "The most open connections.", connections.limits.openMax),
            ("dovira_connections_waiting", "Open connections whose client the portal waits for.", connections.waiting),
            ("dovira_connections_refused", "Connections turned away since the start.", figures.refused),
            ("dovira_connections_evicted", "Connections closed since the start to let others in.", figures.evicted),
            ("dovira_connections_timed_out", "Connections closed since the start for taking too long.", figures.timedOut),
            ("dovira_body_bytes", "Bytes of the bodies that are being read.", bodies.bytes),
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
