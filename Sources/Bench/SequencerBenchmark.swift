import Audit
import Crypto
import Kernel
import Storage

/// Gives entries their places in the tree and signs it, as the server does beside its work; then proves the whole log from its rows.
func sequencerBenchmark(data: String, entries: Int) async throws -> JSONObject {
    let store = try SQLiteStore(folder: data, migrations: AuditTables.migrations)
    let clock = Clock.system
    let entry = AuditEntry(
        at: clock.now(), actor: .init(kind: .citizen, id: "01j0000000000000000000bench", name: "", body: nil, role: nil),
        action: "document.read-own", purpose: "own-data", law: "constitution-art-42",
        records: [.init(register: "driving-licence", record: "01j0000000000000000000bench", fields: ["number", "cedula", "expires"])],
        outcome: .done, reference: "01j0000000000000000000bench")
    guard let key = LogKey(origin: "bench.dovira/log", seed: Array(Curve25519.Signing.PrivateKey().rawRepresentation)) else {
        throw Unfit(text: "no key")
    }
    let pen = AuditPen(random: .system, mark: key.mark)
    let chunk = 2_000
    for first in stride(from: 0, to: entries, by: chunk) {
        try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
            for number in first..<min(first + chunk, entries) {
                try AuditLog.append(entry, about: "person-\(number % 1_000)", pen: pen, in: transaction)
            }
        }
    }
    let sequencer = Sequencer(store: store, key: key, clock: clock)
    var start = ContinuousClock.now
    while try await sequencer.pass().isFull {}
    let numbering = start.duration(to: .now).inSeconds
    // The checkpoint of the last entries is due a second after the one before.
    try await Task.sleep(for: .seconds(1))
    try await sequencer.pass()
    start = .now
    let trust = AuditVerification.Trust(keys: [key.noteKey], mark: key.mark, now: clock.now())
    let snapshot = try StoreSnapshot(folder: data)
    let report = try AuditVerification(trust, sealed: SealedTables([]), schema: ExpectedSchema(AuditTables.migrations)).run(snapshot)
    snapshot.close()
    let proving = start.duration(to: .now).inSeconds
    await store.close()
    guard report.faults.isEmpty else { throw Unfit(text: "the log is not whole: \(report.faults)") }
    return [
        "entries": .figure(entries), "numberedPerSecond": .figure(Double(entries) / numbering),
        "verifiedPerSecond": .figure(Double(entries) / proving),
    ]
}
