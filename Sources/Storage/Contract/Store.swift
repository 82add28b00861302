/// A durable store with one writer.
///
/// The invariants that every store keeps are numbered at the type that keeps them (`SQLiteStore`).
package protocol Store: Sendable {
    /// Lends a transaction to `body` and returns when its work is durable.
    ///
    /// **Shape** the body runs on the writer's thread, in a savepoint of its own inside a batch that is committed once.
    /// It may run twice, so it changes nothing but the transaction. Write the parameter's type out:
    /// `{ (transaction: borrowing Transaction) in … }`.
    /// **Throws** what the body throws (nothing of its work remains), `StorageUnavailable` (never begun), `TransactionLost`
    /// (undone), `OutcomeUnknown` (the commit failed).
    @discardableResult
    func write<T: Sendable>(_ body: @escaping @Sendable (borrowing Transaction) throws -> T) async throws -> T

    /// Like `write`, without a savepoint of its own: for a body that answers its own faults and throws only when the store fails it.
    ///
    /// **Shape** where it throws all the same, its whole batch is undone and the others, none acknowledged, run again one by one, as
    /// after a lost transaction. A savepoint copies aside each page that its work is the first to change, which costs an access
    /// more than its entry.
    @discardableResult
    func writeTogether<T: Sendable>(_ body: @escaping @Sendable (borrowing Transaction) throws -> T) async throws -> T

    /// Like `write`, for upkeep that is nobody's data: statements may touch the task's own tables only.
    @discardableResult
    func maintain<T: Sendable>(_ task: Housekeeping, _ body: @escaping @Sendable (borrowing Transaction) throws -> T)
        async throws -> T

    /// Reads that everyone may make, beside the writer.
    var publicView: PublicView { get }

    /// Whether the store takes work.
    var state: StoreState { get }

    /// Whether what was written can still be found where it was written, as of now. A work that was durable when it was answered may be told of
    /// later, and is gone if the files were taken away meanwhile.
    var isInPlace: Bool { get }

    /// Finishes what was accepted, refuses the rest, and closes the files.
    func close() async
}

/// Whether a store takes work.
package enum StoreState: Hashable, Sendable {
    case ready
    /// Reads are served, writes are refused; the text says why. The store tries to recover by itself.
    case readOnly(reason: String)
    case closed
}

/// Upkeep that is nobody's data. Each case names the tables that it may touch; the store holds it to them.
package enum Housekeeping: String, CaseIterable, Sendable {
    case migrations
    case sequencer
    case errands
    case sessions
    case idempotency
    case versions
    /// What the store remembers of how it was opened and closed: its head's place, its origin.
    case marks
    /// The numbers that registers have given.
    case series

    /// The tables that this upkeep may touch. `.migrations` makes and alters tables and is not held to a list.
    package var tables: [String] {
        switch self {
        case .migrations: ["storage_migrations", "storage_tables"]
        case .sequencer: ["audit_entries", "audit_lines", "audit_tiles", "audit_checkpoints", "audit_tree", "audit_signings"]
        // What these do to rows that the log seals, the house journal says.
        case .errands: ["gate_errands"] + Self.journal
        case .sessions: ["identity_sessions"] + Self.journal
        case .idempotency: ["gate_idempotency"]
        case .versions: ["services_versions"] + Self.journal
        case .marks: ["storage_marks"]
        case .series: ["registry_series"] + Self.journal
        }
    }

    private static let journal = ["audit_entries", "audit_lines", "audit_written"]
}
