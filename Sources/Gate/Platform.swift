package import Audit
package import Kernel
package import Storage

/// The only way to people's data.
///
/// 1. *Gate-1* A use case runs under a grant that the policy made in the same transaction.
/// 2. *Gate-2* The audit entry commits with the fact: one for each person touched, or none of both.
/// 3. *Gate-3* A refusal rolls back what the use case did and stays on record.
/// 4. *Gate-4* Any other error rolls it back too, and leaves an entry `failed` with the reference that the caller gets.
/// 5. *Gate-5* The same request under the same key gets the same answer, another one is refused.
package final class Platform: Sendable {
    package let store: any Store
    package let policy: Policy
    package let clock: Clock
    package let randomness: Randomness
    package let errands: ErrandBoard
    let doorQuota = DoorQuota()
    /// Which rows the log seals, with what, and where upkeep says what it did.
    package let journal: HouseJournal
    /// Told of every failure, to log it: reference, action, the error. Never a person's data.
    private let onFailure: @Sendable (Identifier, Action, any Error) -> Void
    /// A use case that holds the writer longer is told of by its name; nil tells of none.
    private let holdTold: Duration?

    package init(
        store: any Store, policy: Policy, clock: Clock, randomness: Randomness, sealed: SealedTables, mark: EntryMark,
        errands: ErrandBoard = ErrandBoard(), holdTold: Duration? = nil,
        onFailure: @escaping @Sendable (Identifier, Action, any Error) -> Void
    ) {
        self.store = store
        self.policy = policy
        self.clock = clock
        self.randomness = randomness
        self.errands = errands
        self.holdTold = holdTold
        journal = HouseJournal(pen: AuditPen(random: randomness, mark: mark), sealed: sealed, clock: clock)
        self.onFailure = onFailure
    }

    /// Runs one use case in one durable transaction.
    ///
    /// **Throws** the use case's `Refusal`; ``Failure`` with a reference for anything else that went wrong in it; the
    /// store's own errors when nothing could be written.
    package func perform<U: UseCase>(_ useCase: U, as principal: Principal) async throws -> U.Output {
        let (policy, clock, pen, sealed, proof) = (policy, clock, journal.pen, journal.sealed, journal.proof)
        let performed = try await store.writeTogether { (transaction: borrowing Transaction) throws -> Performed<U.Output> in
            let began = ContinuousClock.now
            let touched = Touched()
            let now = clock.now()
            let access = Access(id: Identifier.make(at: now, random: pen.random), at: now, pen: pen, rows: proof.reader())
            transaction.gate(proof.isSealed)
            proof.wholeness.notice(transaction.ground)
            // An answer that was kept otherwise than it was given is none, and what was asked is not done a second time.
            let answer = try Result<KeptAnswer?, any Error>(proving: { () throws in
                try useCase.repetition.flatMap { try Answers.kept($0, principal, U.action, by: access.rows, in: transaction) }
            })
            if case .success(let kept?) = answer {
                // An answer given again tells nothing new; that a key was misused does, and stays on record. // Gate-3
                if let misuse = kept.refusal {
                    try AuditTrail.append(
                        principal, U.action, useCase.purpose, touched, .refused(misuse), access: access, sealed: sealed, in: transaction)
                }
                return Performed(outcome: kept.replayed(as: U.self), errands: [], failure: nil)
            }
            func granted() throws -> U.Output {
                if case .failure(let reason) = answer { throw reason }
                let grant = try policy.require(
                    principal, U.action, useCase.resource, useCase.purpose, access: access, noting: touched, in: transaction)
                let output = try useCase.perform(under: grant, in: transaction)
                if U.action.effect == .changes { try access.rows.requireNew(in: transaction) }
                return output
            }
            let outcome =
                switch U.action.effect {
                case .reads: try transaction.attemptReading(granted)
                case .changes: try transaction.attemptAny(granted)
                }
            let end = Ending(outcome, access: access.id)
            if let repetition = useCase.repetition, end.isFinal {
                try Answers.keep(outcome, of: U.self, repetition, principal, at: now, in: transaction)
            }
            // A crash here loses the fact and its entry together: both are in the transaction that has not committed.
            try AuditTrail.append(
                principal, U.action, useCase.purpose, touched, end, access: access, sealed: sealed, in: transaction)
            return Performed(
                outcome: end.presented(outcome), errands: end.isDone ? touched.errands : [], failure: end.failure, access: access.id,
                held: ContinuousClock.now - began)
        }
        if let holdTold, let held = performed.held, held > holdTold, let access = performed.access {
            onFailure(access, U.action, WriterHeld(duration: held))
        }
        if let failure = performed.failure { onFailure(failure.reference, U.action, failure.cause) }
        errands.announce(performed.errands)
        return try performed.outcome.get()
    }
}

/// Something went wrong that is nobody's fault outside; the log knows it by the reference.
package struct Failure: Error, Sendable {
    package let reference: Identifier
    package let cause: any Error
}

extension Result where Failure == any Error {
    /// What was read; or that a row is not as the log knows it, or that this is being looked into. Every other error passes on.
    fileprivate init(proving body: () throws -> Success) throws {
        do { self = .success(try body()) } catch let corrupt as AuditCorrupt { self = .failure(corrupt) } catch let refusal as Refusal {
            self = .failure(refusal)
        }
    }
}

/// What one run brought: the answer, the errands to wake, the failure to log.
private struct Performed<Output: Sendable>: Sendable {
    let outcome: Result<Output, any Error>
    let errands: [(id: String, subject: String)]
    let failure: Failure?
    var access: Identifier?
    /// How long the writer ran it.
    var held: Duration?
}

/// Everyone else waited for one use case. It is told of and does no harm to it.
package struct WriterHeld: Error, CustomStringConvertible {
    package let duration: Duration
    package var description: String { "the use case held the writer for \(duration)" }
}

/// How a use case ended, as the log says it.
enum Ending {
    case done
    case refused(Refusal)
    case failed(Failure)

    init<Output>(_ outcome: Result<Output, any Error>, access: Identifier) {
        switch outcome {
        case .success: self = .done
        case .failure(let error):
            if let refusal = error as? Refusal {
                self = .refused(refusal)
            } else {
                self = .failed(Failure(reference: access, cause: error))
            }
        }
    }

    var isDone: Bool { if case .done = self { true } else { false } }
    /// Whether the same request would get the same answer again: a failure may be mended, and what is refused for a while is not refused later, so
    /// these are not kept.
    var isFinal: Bool {
        switch self {
        case .done: true
        case .refused(let refusal): refusal.kind != .unavailable
        case .failed: false
        }
    }
    var failure: Failure? { if case .failed(let failure) = self { failure } else { nil } }

    func presented<Output>(_ outcome: Result<Output, any Error>) -> Result<Output, any Error> {
        if case .failed(let failure) = self { .failure(failure) } else { outcome }
    }
}
