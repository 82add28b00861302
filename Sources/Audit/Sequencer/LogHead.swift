package import Kernel
package import Storage

/// How far a log had come. It is kept outside the store, so that a store that was put back, shortened or exchanged is noticed.
package struct LogHead: Hashable, Sendable {
    /// The id of the last entry that had a place.
    package let lastEntry: Int64
    /// Leaves in the tree.
    package let size: UInt64
    package let root: Digest

    package init(lastEntry: Int64, size: UInt64, root: Digest) {
        self.lastEntry = lastEntry
        self.size = size
        self.root = root
    }

    /// How a store stands to a head that was kept.
    package enum Standing: Hashable, Sendable {
        /// The store holds all that the head has seen.
        case keeps
        /// The store ends before the head: it was put back, or its end was lost.
        case isBehind(size: UInt64)
        /// The store is as long and holds another history.
        case differs
    }

    /// The head of the log as it stands.
    package static func read(in transaction: borrowing Transaction) throws -> LogHead {
        let end = try TreeEnd.read(in: transaction)
        var tree = TreeWriter(size: end.size)
        return LogHead(lastEntry: end.lastEntry, size: end.size, root: try tree.root(in: transaction))
    }

    /// Compares the stored log with this head.
    package func standing(in transaction: borrowing Transaction) throws -> Standing {
        let end = try TreeEnd.read(in: transaction)
        let last = try transaction.first("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1").map { Int64(try $0.int(0)) } ?? 0
        guard end.size >= size, last >= lastEntry else { return .isBehind(size: end.size) }
        // Tiles only grow, so the older tree can still be read from them; where they do not give it, they are others.
        var tree = TreeWriter(size: size)
        do { return try tree.root(in: transaction) == root ? .keeps : .differs } catch is AuditCorrupt { return .differs }
    }
}

extension AuditLog {
    /// The moment of the newest entry and of the newest checkpoint, whichever is later; nil in an empty log.
    package static func newestMoment(in transaction: borrowing Transaction) throws -> Instant? {
        let entry = try transaction.first("SELECT at FROM audit_entries ORDER BY id DESC LIMIT 1")?.instant(0)
        let checkpoint = try transaction.first("SELECT at FROM audit_checkpoints ORDER BY size DESC LIMIT 1")?.instant(0)
        return [entry, checkpoint].compactMap { $0 }.max()
    }

    /// Puts on record that an operator went on with a store that is behind its head, or with a clock that is behind the log.
    ///
    /// **Shape** `records` name what was accepted; they stand in the house journal, where overseers read them.
    package static func recordAcceptance(
        _ action: String, _ records: [AuditEntry.Record], at now: Instant, pen: AuditPen, in transaction: borrowing Transaction
    ) throws {
        let entry = AuditEntry.ofHouse(action, by: "operator", called: "Operator", at: now, purpose: "", records: records)
        try append(entry, about: house, pen: pen, in: transaction)
    }

    /// How many entries wait for their place, and the moment of the newest checkpoint.
    package static func progress(in transaction: borrowing Transaction) throws -> (waiting: Int, checkpointAt: Instant?) {
        (
            try size(in: transaction).waiting,
            try transaction.first("SELECT at FROM audit_checkpoints ORDER BY size DESC LIMIT 1")?.instant(0)
        )
    }
}
