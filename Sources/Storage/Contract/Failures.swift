package import Kernel

/// The store did not take the work, and nothing of it was done: it may safely be sent again.
package struct StorageUnavailable: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// The queue is full.
        case busy
        /// The work waited longer than the limit and was never begun.
        case waitedTooLong
        /// The store only reads for now; the text says why.
        case readOnly(String)
        /// The store is closing or closed.
        case closed
    }

    package let reason: Reason

    package init(_ reason: Reason) { self.reason = reason }

    package var description: String {
        switch reason {
        case .busy: "the store is busy: too much waits for it; try again"
        case .waitedTooLong: "the store is busy: the work waited too long and was not begun; try again"
        case .readOnly(let text): "the store only reads for now: \(text)"
        case .closed: "the store is closed"
        }
    }

    /// What may be told outside.
    package var refusal: Refusal {
        switch reason {
        case .busy: Refusal(.unavailable, "storage.busy")
        case .waitedTooLong: Refusal(.unavailable, "storage.waited-too-long")
        case .readOnly: Refusal(.unavailable, "storage.read-only")
        case .closed: Refusal(.unavailable, "storage.closed")
        }
    }
}

/// A COMMIT failed: whether the work reached the disk is unknown. Only an idempotency key can settle it. // Storage-3
package struct OutcomeUnknown: Error, Hashable, Sendable, CustomStringConvertible {
    package let detail: String

    package init(detail: String) { self.detail = detail }

    package var description: String { "whether the work was kept is unknown: \(detail)" }

    /// What may be told outside.
    package var refusal: Refusal { Refusal(.unavailable, "storage.outcome-unknown") }
}

/// The database ended the whole transaction by itself while this work ran; nothing of the work remains. No use case
/// catches it: whoever does is failed all the same. // Storage-2
package struct TransactionLost: Error, Hashable, Sendable, CustomStringConvertible {
    package let detail: String

    package var description: String { "nothing of the work was kept: \(detail)" }

    /// What may be told outside.
    package var refusal: Refusal { Refusal(.unavailable, "storage.transaction-lost") }
}

/// A lent transaction was used after its end or from another thread. A fault in the program.
package struct TransactionEnded: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String { "a transaction was used after its end or from another thread" }
}

/// A use case held the writer longer than `StorageLimits.holdMillisecondsMax`; nothing of it remains.
package struct HeldTooLong: Error, Hashable, Sendable, CustomStringConvertible {
    package let limitMilliseconds: Int

    package var description: String { "the use case held the writer longer than \(limitMilliseconds) ms and was ended" }
}

/// A statement failed and the transaction still stands.
///
/// **Shape** the message is the database's own; it names tables and columns, never values.
package struct StatementFailure: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String { "\(message) (code \(code)): \(sql)" }

    package enum Kind: Hashable, Sendable { case unique, foreignKey, notNull, check, full, other }

    package let kind: Kind
    /// The database's extended result code.
    package let code: Int32
    package let message: String
    package let sql: String
}

/// A statement that the store does not run; the text says what to write instead.
package struct StatementForbidden: Error, Hashable, Sendable, CustomStringConvertible {
    package let sql: String
    package let reason: String

    package var description: String { "\(reason): \(sql)" }
}

/// The store cannot start; the text says why and what to do.
package struct StoreRefusesToStart: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Reason: Hashable, Sendable {
        /// Another process holds the folder. // Storage-5
        case inUse(pid: Int32?)
        /// `PRAGMA synchronous` did not read back as 2. // Storage-1
        case notDurable(synchronous: String)
        /// The database was written by a newer version: it recorded a migration unknown here.
        case newerMigration(String)
        /// A migration that already ran reads differently now.
        case changedMigration(String)
        /// Migrations of one room that ran are not the first ones of its list.
        case migrationsOutOfOrder(String)
        /// A migration is wrong in itself.
        case faultyMigration(String)
        /// The file cannot be opened or is not such a database.
        case cannotOpen(String)
        /// There is no database, and what an earlier one left lies there.
        case leavings([String])
    }

    package let folder: String
    package let reason: Reason

    package var description: String {
        switch reason {
        case .inUse(let pid?): "\(folder) is in use by process \(pid): stop it first, or give this one another data folder"
        case .inUse(nil): "\(folder) is in use by another process: stop it first, or give this one another data folder"
        case .notDurable(let value):
            "\(folder): synchronous reads back as \(value) and not as 2, so an acknowledged write could be lost"
        case .newerMigration(let id):
            "\(folder) was written by a newer version (migration \(id) is unknown here): start that version"
        case .changedMigration(let id):
            "\(folder): migration \(id) has already run and reads differently now: restore it and add a new one"
        case .migrationsOutOfOrder(let id):
            "\(folder): migration \(id) stands before one that has already run: add new ones at the end of their room"
        case .faultyMigration(let text): "\(folder): \(text)"
        case .cannotOpen(let text): "\(folder) cannot be opened: \(text)"
        case .leavings(let names):
            "\(folder) holds no state.db, but what an earlier one left (\(names.prefix(5).joined(separator: ", "))\(names.count > 5 ? ", …" : "")): "
                + "restore the whole folder from its backup, or name an empty one to begin a new state"
        }
    }
}
