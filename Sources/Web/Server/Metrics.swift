internal import Kernel
import Synchronization

/// Counts for Prometheus, by route and status: never by person, never with a path's parameters.
package final class Metrics: Sendable {
    private struct Series: Hashable {
        let route: String
        let method: String
        let status: Int
    }
    private struct Tally {
        var count = 0
        var seconds = 0.0
        var buckets = [Int](repeating: 0, count: Metrics.bounds.count)

        mutating func add(_ seconds: Double, _ bucket: Int?) {
            count += 1
            self.seconds += seconds
            if let bucket { buckets[bucket] += 1 }
        }
    }
    /// Seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]
    private let tallies = Mutex<[Series: Tally]>([:])

    package init() {}

    func count(route: String, method: String, status: Int, took: Duration) {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        let bucket = Self.bounds.firstIndex { seconds <= $0 }
        let series = Series(route: route, method: method, status: status)
        // In place: a tally that is taken out and put back would be copied for each request.
        tallies.withLock { $0[series, default: Tally()].add(seconds, bucket) }
    }

    /// **Standard** Prometheus text exposition format 0.0.4.
    package func exposition(_ gauges: [(name: String, help: String, value: Int)]) -> String {
        var text = "# HELP dovira_requests_total Requests by route and status.\n# TYPE dovira_requests_total counter\n"
        let all = tallies.withLock { $0 }.sorted { ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status) }
        for (series, tally) in all {
            text += "dovira_requests_total{\(labels(series))} \(tally.count)\n"
        }
        text += "# HELP dovira_request_seconds Time from request to response.\n# TYPE dovira_request_seconds histogram\n"
        for (series, tally) in all {
            var sum = 0
            for (bound, count) in zip(Self.bounds, tally.buckets) {
                sum += count
                text += "dovira_request_seconds_bucket{\(labels(series)),le=\"\(bound)\"} \(sum)\n"
            }
            text += "dovira_request_seconds_bucket{\(labels(series)),le=\"+Inf\"} \(tally.count)\n"
            text += "dovira_request_seconds_sum{\(labels(series))} \(tally.seconds)\n"
            text += "dovira_request_seconds_count{\(labels(series))} \(tally.count)\n"
        }
        for gauge in gauges {
            text += "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) gauge\n\(gauge.name) \(gauge.value)\n"
        }
        return text
    }

    private func labels(_ series: Series) -> String {
        "route=\"\(series.route)\",method=\"\(series.method)\",status=\"\(series.status)\""
    }
}
