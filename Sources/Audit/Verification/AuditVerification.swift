package import Kernel
package import Storage

/// Reads the whole stored log again, holds it to its invariants, and holds the house's rows to it.
///
/// It proves: every entry has the leaf that the tree has at its place, every tile and every signed root follow from those leaves (Audit-4,
/// Audit-5), every entry bears the log's mark (Audit-9) and is numbered under the person whom it names, every chunk's lines are those of its
/// root (Audit-7), every person's numbers run from 1 without a gap (Audit-2), every earlier checkpoint that the caller has kept is one of this
/// tree, and every row of a sealed table is as the newest entry about it wrote it (Audit-8): none changed, none added, none gone.
///
/// Against whom: whoever lacks the log's key cannot change any of it unseen. Whoever holds the key can write the whole log anew; an earlier
/// checkpoint and a key kept elsewhere find that.
package struct AuditVerification: Sendable {
    /// What the caller brings from outside the folder.
    package struct Trust: Sendable {
        /// The keys that checkpoints may be signed with, the log's own first.
        package var keys: [NoteKey]
        /// The mark of the process whose folder it is; without it marks are not checked.
        package var mark: EntryMark?
        /// Checkpoints that were kept earlier, as signed notes.
        package var checkpoints: [String]
        /// How far the log had come by the head that is kept outside the folder, where there is one; its signature is the caller's to check.
        package var head: LogHead?
        /// What rows are judged by: which may be gone by now.
        package var now: Instant

        package init(keys: [NoteKey], mark: EntryMark?, checkpoints: [String] = [], head: LogHead? = nil, now: Instant) {
            self.head = head
            self.keys = keys
            self.mark = mark
            self.checkpoints = checkpoints
            self.now = now
        }
    }

    private let trust: Trust
    private let sealed: SealedTables

    package init(_ trust: Trust, sealed: SealedTables) {
        self.trust = trust
        self.sealed = sealed
    }

    /// Verifies everything that was committed when the snapshot was taken, in memory that does not grow with it.
    ///
    /// **Shape** `progress` is told the number of entries read so far.
    /// **Throws** the store's errors. What is wrong with the log is in the report.
    package func run(_ snapshot: StoreSnapshot, progress: (Int) -> Void = { _ in }) throws -> AuditReport {
        let damage = try snapshot.damage()
        let scratch = try ScratchTable()
        defer { scratch.close() }
        let lastSerial = try snapshot.lastSerial(of: "audit_entries")
        let (trust, sealed) = (trust, sealed)
        return try snapshot.read { (transaction: borrowing Transaction) in
            var reading = LogReading(trust: trust, scratch: scratch)
            for line in damage { reading.report.fault("the database file is damaged: \(line)") }
            try reading.read(lastSerial: lastSerial, progress: progress, in: transaction)
            // Only a folder that no newer program has opened holds rows that no entry speaks of.
            guard try reading.isSealed || transaction.tables().contains("audit_written") else {
                reading.report.add(notice: "no row is sealed in this log yet: start the server once, and rows are proved from then on")
                return reading.report
            }
            if reading.report.entries == 0, try transaction.tables().contains(where: { name in
                try sealed.table(name) != nil && transaction.first("SELECT 1 FROM \(name) LIMIT 1") != nil
            }) { reading.report.fault("there are rows and no entry: the log was emptied") }
            var rows = RowReading(report: reading.report, scratch: scratch, sealed: sealed, now: max(trust.now, reading.newest))
            try rows.read(in: transaction)
            return rows.report
        }
    }
}
