/// What the wiring knows of a state's health beyond the store's own word.
package struct OperationsHealth: Sendable {
    package typealias Gauge = (name: String, help: String, value: Int)

    /// Why the state is not in order although the store takes writes; nil while it is.
    let fault: @Sendable () -> String?
    let gauges: @Sendable () async -> [Gauge]

    package init(fault: @escaping @Sendable () -> String? = { nil }, gauges: @escaping @Sendable () async -> [Gauge] = { [] }) {
        self.fault = fault
        self.gauges = gauges
    }
}
