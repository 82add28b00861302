import Audit
import Foundation
import HouseTesting
import Kernel
import Storage

/// A store of its own in a folder of its own, with a log on a clock that the test moves.
final class AuditFixture: @unchecked Sendable {
    static let origin = "istmo.example/log"

    let folder: String
    private(set) var store: SQLiteStore
    let key: LogKey
    let pen: AuditPen
    private let lock = NSLock()
    private var moment = Instant(seconds: 1_790_000_000)

    init() throws {
        folder = NSTemporaryDirectory() + "audit-\(UUID().uuidString)"
        store = try SQLiteStore(folder: folder, migrations: AuditTables.migrations, limits: .patient)
        key = LogKey(origin: AuditFixture.origin, seed: [UInt8](repeating: 9, count: 32))!
        pen = AuditPen(random: .seeded(7), mark: key.mark)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var clock: Clock {
        Clock(now: { [self] in lock.withLock { moment } })
    }

    func advance(milliseconds: Int64) {
        lock.withLock { moment = moment.adding(milliseconds: milliseconds) }
    }

    /// What a new process finds.
    func reopen() async throws {
        await store.close()
        store = try SQLiteStore(folder: folder, migrations: AuditTables.migrations, limits: .patient)
    }

    func sequencer(entriesPerPass: Int = 512) -> Sequencer {
        Sequencer(store: store, key: key, clock: clock, entriesPerPass: entriesPerPass)
    }

    /// Numbers and signs everything.
    @discardableResult
    func settle() async throws -> UInt64? {
        var signed: UInt64?
        while true {
            advance(milliseconds: 1000)
            let pass = try await sequencer().pass()
            signed = pass.signed ?? signed
            if !pass.isFull { return signed }
        }
    }

    func entry(_ action: String = "document.show", records: [AuditEntry.Record] = [], outcome: AuditEntry.Outcome = .done) -> AuditEntry {
        AuditEntry(
            at: clock.now(), actor: .init(kind: .officer, id: "o-17", name: "Marta \"la justa\" Ríos", body: "registro", role: "registro/clerk"),
            action: action, purpose: "service", law: "Ley 47 de 2013, art. 5", records: records, caseReference: "EI-2026-00001", outcome: outcome,
            reference: outcome == .failed ? "01jd" : nil)
    }

    @discardableResult
    func append(_ people: [String], _ action: String = "document.show") async throws -> [AuditReceipt] {
        let (entry, pen) = (entry(action, records: [.init(register: "person", record: "r-1", fields: ["name", "born"])]), pen)
        return try await store.write { (transaction: borrowing Transaction) in
            var receipts: [AuditReceipt] = []
            for person in people { receipts.append(try AuditLog.append(entry, about: person, pen: pen, in: transaction)) }
            return receipts
        }
    }

    @discardableResult
    func appendChunk(_ people: [String]) async throws -> AuditReceipt {
        let (entry, pen) = (entry("register.import", records: [.init(register: "person", record: "", fields: ["name"])]), pen)
        return try await store.write { (transaction: borrowing Transaction) in
            try AuditLog.appendChunk(entry, about: people, pen: pen, in: transaction)
        }
    }

    /// Her history as she would get it, with its check by the log's key.
    func history(_ person: String, limit: Int = 1000) async throws -> (proof: HistoryProof, records: [AuditRecord]) {
        let (records, count) = try await store.write { (transaction: borrowing Transaction) in
            (try AuditLog.history(about: person, limit: limit, in: transaction), try AuditLog.lastNumber(about: person, in: transaction))
        }
        return (try await PublicLog(store.publicView).proof(of: records, about: person, count: count), records)
    }

    func verdict(_ proof: HistoryProof, person: String) -> HistoryVerdict {
        let check = HistoryCheck(proof, person: person, keys: [key.noteKey])
        return check.verdict(check.signatureChecks.map { LogSignatures.verify($0) })
    }

    /// - Parameters:
    ///   - keys: what the reader trusts; without them the log's own.
    ///   - checkpoints: what the reader has kept.
    func verify(keys: [NoteKey]? = nil, checkpoints: [String] = []) throws -> AuditReport {
        let snapshot = try StoreSnapshot(folder: folder)
        defer { snapshot.close() }
        let trust = AuditVerification.Trust(keys: keys ?? [key.noteKey], mark: key.mark, checkpoints: checkpoints, now: clock.now())
        return try AuditVerification(trust, sealed: SealedTables([]), schema: ExpectedSchema(AuditTables.migrations)).run(snapshot)
    }

    /// Writes past the program, as a thief with the disk would.
    func tamper(_ sql: String, _ values: [SQLValue] = []) async throws {
        _ = try await store.write { (transaction: borrowing Transaction) in try transaction.execute(sql, values) }
    }
}
