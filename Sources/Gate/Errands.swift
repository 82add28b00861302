internal import Audit
package import Kernel
package import Storage
import Synchronization

/// Work to be done outside a transaction: signing, deciding, sending. Written by a use case, done after commit at least once.
package struct Errand: Sendable {
    package let id: String
    package let kind: String
    /// What waits for it: a case, a person. Pages wait for a subject's errands, briefly.
    package let subject: String
    package let payload: JSON
    package let attempts: Int

    package init(id: String, kind: String, subject: String, payload: JSON, attempts: Int) {
        self.id = id
        self.kind = kind
        self.subject = subject
        self.payload = payload
        self.attempts = attempts
    }
}

/// Performs errands of one kind and reports back through a use case whose repetition key is the errand's identifier.
package protocol ErrandHandler: Sendable {
    var kind: String { get }
    func perform(_ errand: Errand, on platform: Platform) async throws
}

extension Grant {
    /// Writes an errand that is performed after this transaction has committed.
    package borrowing func order(
        _ kind: String, subject: String, payload: JSON, in transaction: borrowing Transaction
    ) throws {
        let id = newIdentifier().text
        _ = try transaction.execute(
            """
            INSERT INTO gate_errands (id, kind, subject, payload, created_at, due_at, attempts, state)
            VALUES ($1, $2, $3, $4, $5, $5, 0, 'waiting')
            """,
            [.text(id), .text(kind), .text(subject), .text(payload.canonical), .integer(now.milliseconds)])
        note(errand: id, subject: subject)
    }
}

/// Who waits for which errands, in memory: a page that has just written one waits for its result instead of asking again.
package final class ErrandBoard: Sendable {
    private struct State {
        var open: [String: Set<String>] = [:]
        /// Errands that the runner finished before their writer could announce them.
        var early: Set<String> = []
        var waiters: [String: [Int: CheckedContinuation<Void, Never>]] = [:]
        var nextWaiter = 0
        var wake: (@Sendable () -> Void)?
    }
    private static let earlyMax = 4_096
    private let state = Mutex(State())

    package init() {}

    func onWork(_ wake: @escaping @Sendable () -> Void) { state.withLock { $0.wake = wake } }

    func announce(_ errands: [(id: String, subject: String)]) {
        guard !errands.isEmpty else { return }
        let wake = state.withLock { state in
            for errand in errands where state.early.remove(errand.id) == nil {
                state.open[errand.subject, default: []].insert(errand.id)
            }
            return state.wake
        }
        wake?()
    }

    func settle(_ id: String, subject: String) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            if state.open[subject]?.remove(id) == nil {
                if state.early.count >= Self.earlyMax { state.early.removeAll() }
                state.early.insert(id)
            }
            guard state.open[subject]?.isEmpty ?? true else { return [] }
            state.open[subject] = nil
            return state.waiters.removeValue(forKey: subject).map { Array($0.values) } ?? []
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when the subject's errands are done, or when the time is over; the page then says "in progress".
    package func settled(_ subject: String, within limit: Duration) async {
        let number = state.withLock { state -> Int in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        let timeout = Task {
            try await Task.sleep(for: limit)
            self.state.withLock { $0.waiters[subject]?.removeValue(forKey: number) }?.resume()
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isWaiting = state.withLock { state -> Bool in
                guard !(state.open[subject]?.isEmpty ?? true) else { return false }
                state.waiters[subject, default: [:]][number] = continuation
                return true
            }
            if !isWaiting { continuation.resume() }
        }
        timeout.cancel()
    }
}

/// Performs what use cases ordered, one after another, until it is told to stop.
///
/// An errand is claimed, performed, then removed. A crash in between performs it again: its report carries the errand's
/// identifier as repetition key, so the second report changes nothing.
package struct ErrandRunner: Sendable {
    package static let attemptsMax = 10
    /// Until an errand is tried again that met rows in doubt.
    private static let doubtSeconds: Int64 = 10
    private static let batch = 32
    private let platform: Platform
    private let handlers: [String: any ErrandHandler]
    private let onFailure: @Sendable (Errand, any Error) -> Void

    package init(
        platform: Platform, handlers: [any ErrandHandler], onFailure: @escaping @Sendable (Errand, any Error) -> Void
    ) {
        self.platform = platform
        self.handlers = Dictionary(handlers.map { ($0.kind, $0) }, uniquingKeysWith: { first, _ in first })
        self.onFailure = onFailure
    }

    /// Runs until cancelled; wakes at once for a new errand, every second for due ones, every hour to forget old answers.
    package func run() async {
        let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        platform.errands.onWork { signal.yield() }
        let ticker = Task {
            while !Task.isCancelled {
                signal.yield()
                try await Task.sleep(for: .seconds(1))
            }
            signal.finish()
        }
        defer { ticker.cancel() }
        var forgotten = Instant(milliseconds: 0)
        await withTaskCancellationHandler {
            for await _ in signals {
                if Task.isCancelled { return }
                let now = platform.clock.now()
                if now.seconds - forgotten.seconds > 3_600 {
                    forgotten = now
                    _ = try? await platform.store.maintain(.idempotency) { (transaction: borrowing Transaction) in
                        try Answers.forget(before: now, in: transaction)
                    }
                }
                while !Task.isCancelled, (try? await performDue()) ?? 0 > 0 {}
            }
        } onCancel: {
            signal.finish()
        }
    }

    /// Performs the errands that are due now; returns how many it took.
    @discardableResult
    package func performDue() async throws -> Int {
        let due = try await claim()
        for errand in due { await perform(errand) }
        return due.count
    }

    /// The longest wait that an attempt is put off for, in seconds: what is due later was claimed by a clock that was ahead.
    static let waitSecondsMax: Int64 = 4_096

    private func claim() async throws -> [Errand] {
        let now = platform.clock.now()
        // The lease: an errand whose runner died is due again after a minute.
        let leaseEnd = now.adding(seconds: 60)
        let tooLate = now.adding(seconds: Self.waitSecondsMax + 60)
        let proof = platform.journal.proof
        let (due, unknown) = try await platform.store.maintain(.errands) { (transaction: borrowing Transaction) in
            let claimed = try transaction.query(
                """
                UPDATE gate_errands SET due_at = $2, attempts = attempts + 1 WHERE id IN
                (SELECT id FROM gate_errands WHERE state = 'waiting' AND (due_at <= $1 OR due_at > $4)
                 ORDER BY due_at, id LIMIT $3)
                RETURNING id, kind, subject, payload, attempts
                """,
                [
                    .integer(now.milliseconds), .integer(leaseEnd.milliseconds), .integer(Int64(Self.batch)), .integer(tooLate.milliseconds),
                ]
            )
            // What nobody ordered is not done: it stays, given up, for whoever looks into it.
            var due: [Errand] = []
            var unknown: [(Errand, AuditCorrupt)] = []
            for row in claimed {
                do {
                    try proof.require("gate_errands", [row[0]], in: transaction)
                    due.append(
                        try Errand(
                            id: row.text(0), kind: row.text(1), subject: row.text(2), payload: JSON.parse(row.text(3)), attempts: row.int(4)))
                } catch let corrupt as AuditCorrupt {
                    try transaction.execute("UPDATE gate_errands SET state = 'given-up', last_error = 'AuditCorrupt' WHERE id = $1", [row[0]])
                    let (id, kind, subject) = ((try? row.text(0)) ?? "", (try? row.text(1)) ?? "", (try? row.text(2)) ?? "")
                    unknown.append((Errand(id: id, kind: kind, subject: subject, payload: .null, attempts: 0), corrupt))
                }
            }
            return (due, unknown)
        }
        for (errand, error) in unknown {
            onFailure(errand, error)
            platform.errands.settle(errand.id, subject: errand.subject)
        }
        return due
    }

    private func perform(_ errand: Errand) async {
        let outcome: String?
        do {
            guard let handler = handlers[errand.kind] else { throw UnknownErrand(kind: errand.kind) }
            try await handler.perform(errand, on: platform)
            outcome = nil
        } catch {
            onFailure(errand, error)
            outcome = (error as? Refusal)?.code ?? String(describing: type(of: error))
        }
        await finish(errand, error: outcome)
        platform.errands.settle(errand.id, subject: errand.subject)
    }

    /// Removes a done errand; keeps a failed one for a later attempt, or as given up, for an operator to see.
    private func finish(_ errand: Errand, error: String?) async {
        let now = platform.clock.now()
        // That the log is being looked at is no fault of the errand's, and says nothing of how it would end.
        let isCounted = error != Refusal.doubt
        let wait = isCounted ? min(Int64(1) << Int64(min(errand.attempts, 12)), Self.waitSecondsMax) : Self.doubtSeconds
        let state = isCounted && errand.attempts >= Self.attemptsMax ? "given-up" : "waiting"
        let journal = platform.journal
        // A failing store here leaves the errand claimed: its lease ends and it is performed again.
        _ = try? await platform.store.maintain(.errands) { (transaction: borrowing Transaction) in
            if let error {
                try transaction.execute(
                    "UPDATE gate_errands SET state = $2, due_at = $3, last_error = $4, attempts = $5 WHERE id = $1",
                    [
                        .text(errand.id), .text(state), .integer(now.adding(seconds: wait).milliseconds), .text(error),
                        .int(isCounted ? errand.attempts : errand.attempts - 1),
                    ])
            } else {
                let removed = try transaction.execute("DELETE FROM gate_errands WHERE id = $1", [.text(errand.id)])
                if removed > 0 { try journal.note("errand.done", gone: [SealedRow("gate_errands", [.text(errand.id)])], in: transaction) }
            }
        }
    }
}

package struct UnknownErrand: Error, CustomStringConvertible {
    package let kind: String
    package var description: String { "nothing here performs an errand of kind \(kind)" }
}
