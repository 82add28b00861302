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
    private let schema: ExpectedSchema

    package init(_ trust: Trust, sealed: SealedTables, schema: ExpectedSchema) {
        self.trust = trust
        self.sealed = sealed
        self.schema = schema
    }

    /// Verifies everything that was committed when the snapshot was taken, in memory that does not grow with it.
    ///
    /// **Shape** `progress` is told the number of entries read so far.
    /// **Throws** the store's errors. What is wrong with the log is in the report.
    package func run(_ snapshot: StoreSnapshot, progress: (Int) -> Void = { _ in }) throws -> AuditReport {
        let damage = try snapshot.damage().map { "the database file is damaged: \($0)" } + snapshot.headerFaults()
        let notices = try snapshot.headerNotices()
        let scratch = try ScratchTable()
        defer { scratch.close() }
        let runs = try ScratchTable()
        defer { runs.close() }
        let serials = try snapshot.serials()
        let (trust, sealed, schema) = (trust, sealed, schema)
        return try snapshot.read { (transaction: borrowing Transaction) in
            var report = AuditReport()
            for line in damage { report.fault(line) }
            for line in notices { report.add(notice: line) }
            // First, since an altered table could answer as it likes.
            var objects = SchemaReading(report: report, expected: schema)
            do { try objects.read(serials: serials, in: transaction) } catch {
                report = objects.report
                guard let words = AuditReport.unreadable(error) else { throw error }
                report.fault("the schema: \(words); the rest was not read")
                return report
            }
            var reading = LogReading(report: objects.report, trust: trust, scratch: scratch, runs: WrittenRuns(scratch: runs), sealedLater: Set(sealed.sealedLater))
            do { try reading.read(lastSerial: serials.first { $0.table == "audit_entries" }?.last, progress: progress, in: transaction) } catch {
                guard let words = AuditReport.unreadable(error) else { throw error }
                reading.report.fault("the log, after entry \(reading.lastEntry): \(words); the rest was not read")
                return reading.report
            }
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
            var index = IndexReading(report: rows.report, scratch: scratch, runs: WrittenRuns(scratch: runs))
            do { try index.read(in: transaction) } catch {
                guard let words = AuditReport.unreadable(error) else { throw error }
                report = index.report
                report.fault("audit_written: \(words); the rest of it was not read")
                return report
            }
            return index.report
        }
    }
}
