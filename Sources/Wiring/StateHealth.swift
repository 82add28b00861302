internal import Audit
internal import Gate
internal import Kernel
internal import Storage
internal import Web

/// What the server's operators watch of an open state: figures, and whether it is in order.
struct StateHealth: Sendable {
    let store: SQLiteStore
    let sequencer: Sequencer
    let clock: Clock
    let watch: ClockWatch
    let proof: RowProof

    var operations: OperationsHealth {
        OperationsHealth(fault: { sequencer.health.fault }, gauges: { await gauges() })
    }

    private func gauges() async -> [OperationsHealth.Gauge] {
        let figures = store.figures
        var gauges: [OperationsHealth.Gauge] = [
            ("dovira_store_waiting", "Use cases that wait for the writer.", figures.waiting),
            ("dovira_store_held_long", "Use cases that held the writer longer than the limit.", figures.heldLong),
            ("dovira_store_held_milliseconds_longest", "The longest that a use case held the writer.", figures.heldMillisecondsLongest),
            ("dovira_store_unknown", "Use cases whose commit failed.", figures.unknown),
            ("dovira_data_folder_ok", "1 when the data folder is where it was when it was opened.", figures.isFolderInPlace ? 1 : 0),
            ("dovira_foreign_writes", "Commits of other programs to the database, noticed since the start.", figures.foreignWrites),
            ("dovira_rows_refused", "Times since the start that a row was not what the log knows, and was not acted on.", proof.faults),
            ("dovira_rows_looked_at", "How often all rows were held to the log since the start.", proof.wholeness.looks),
            ("dovira_rows_in_doubt", "Rows that were not what the log knows when all were looked at after a foreign write.", proof.wholeness.faults),
            ("dovira_clock_skew_seconds", "By how much the clock has left the machine's own count since the start.", Int(watch.skew)),
            ("dovira_sequencer_ok", "1 when the log grows; 0 when it has stopped.", sequencer.health.fault == nil ? 1 : 0),
            ("dovira_sequencer_failures", "Passes of the sequencer that failed.", sequencer.health.failures),
        ]
        if let free = figures.freeBytes { gauges.append(("dovira_disk_free_bytes", "Free bytes in the data folder's file system.", free)) }
        // While nothing can be written these cannot be asked for: a missing gauge is seen, a wrong one is not.
        let now = clock.now()
        if let log = try? await store.maintain(.sequencer, { (transaction: borrowing Transaction) in try AuditLog.progress(in: transaction) }) {
            gauges.append(("dovira_log_entries_waiting", "Entries that have no place in the tree yet.", log.waiting))
            if let at = log.checkpointAt {
                gauges.append(("dovira_log_checkpoint_age_seconds", "Age of the newest checkpoint.", Int(now.seconds - at.seconds)))
            }
        }
        if let errands = try? await store.maintain(.errands, { (transaction: borrowing Transaction) in try ErrandList.counts(in: transaction) }) {
            gauges.append(("dovira_errands_waiting", "Errands that wait or are being done.", errands.waiting))
            gauges.append(("dovira_errands_given_up", "Errands that failed ten times; see dovira errands.", errands.givenUp))
            gauges.append(
                ("dovira_errands_oldest_seconds", "Age of the oldest errand that waits.", errands.oldest.map { Int(now.seconds - $0.seconds) } ?? 0))
        }
        return gauges
    }
}
