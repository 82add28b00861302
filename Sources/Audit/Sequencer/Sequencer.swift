package import Kernel
package import Storage

/// Gives committed entries their places in the tree and signs the tree.
///
/// The store has one writer, so ids are committed in their order and "after the last one" misses none. One pass is one transaction of upkeep, so a crash finds it either undone or whole:
/// ```
/// read the tree's end → read entries after it → extend tiles → extend the run → sign a checkpoint → commit
///                                                                                                    ↑ only now is any of it seen
/// ```
package struct Sequencer: Sendable {
    /// The least time between two checkpoints, in milliseconds.
    static let checkpointSpacing: Int64 = 1000

    private let store: any Store
    private let key: LogKey
    private let clock: Clock
    private let entriesPerPass: Int
    private let onSigned: @Sendable (LogHead) async throws -> Void
    package let health = SequencerHealth()

    /// - Parameter entriesPerPass: how many entries one pass takes at most. It bounds how long others wait for the writer.
    /// - Parameter onSigned: told of each signed tree after its commit. What it throws fails the pass; an error that `EndsTheLog` stops the
    ///   sequencer.
    package init(
        store: any Store, key: LogKey, clock: Clock, entriesPerPass: Int = 512,
        onSigned: @escaping @Sendable (LogHead) async throws -> Void = { _ in }
    ) {
        self.store = store
        self.key = key
        self.clock = clock
        self.entriesPerPass = entriesPerPass
        self.onSigned = onSigned
    }

    /// What a pass did.
    package struct Pass: Hashable, Sendable {
        /// Entries that got a place.
        package let numbered: Int
        /// The size of the tree that was signed, if one was.
        package let signed: UInt64?
        /// More entries may be waiting.
        package let isFull: Bool
    }

    /// Numbers what is committed, up to the limit of a pass, and signs when that is due.
    ///
    /// **Throws** the store's errors, and `AuditCorrupt` where the stored tree contradicts itself.
    @discardableResult
    package func pass() async throws -> Pass {
        let (key, now, limit) = (key, clock.now(), entriesPerPass)
        let (pass, head) = try await store.maintain(.sequencer) { (transaction: borrowing Transaction) -> (Pass, LogHead?) in
            let end = try TreeEnd.read(in: transaction)
            var tree = TreeWriter(size: end.size)

            // A crash here loses nothing: the entries are committed and the next pass begins at the same place.
            let rows = try transaction.query(
                "SELECT id, payload, nonce, mark FROM audit_entries WHERE id > $1 ORDER BY id LIMIT $2", [.integer(end.lastEntry), .int(limit)])
            var entries: [Int64] = []
            var leaves: [[UInt8]] = []
            var isFirstForm = try Sequencer.isFirstForm(end.lastEntry, in: transaction)
            for row in rows {
                let (id, payload, nonce) = (Int64(try row.int(0)), try row.blob(1), try row.blob(2))
                // Entries from before marks stand at the log's beginning and nowhere else. // Audit-9
                isFirstForm = isFirstForm && AuditLeaf.isFirstForm(payload)
                if !isFirstForm {
                    guard let mark = try row.optionalBlob(3), key.mark.isOf(payload: payload, nonce: nonce, mark) else {
                        throw AuditCorrupt("entry \(id) does not bear this log's mark: it was not written by the program, and gets no place")
                    }
                }
                entries.append(id)
                leaves.append(try AuditLeaf.entry(nonce: nonce, payload: payload, sha256: { (bytes: [UInt8]) throws in try fastHash(bytes) }))
            }
            try tree.append(leaves, in: transaction)
            try tree.save(in: transaction)
            // A crash here loses nothing: tiles and places are uncommitted together, so no entry has half a place. // Audit-4
            try end.extend(by: entries, in: transaction)

            let signed = try Sequencer.signIfDue(&tree, key: key, now: now, in: transaction)
            // A crash here loses a signature that nobody has seen: the note leaves through the committed table alone. // Audit-5
            let head = signed.map { LogHead(lastEntry: entries.last ?? end.lastEntry, size: $0.size, root: $0.root) }
            return (Pass(numbered: entries.count, signed: signed?.size, isFull: entries.count == limit), head)
        }
        // A crash here leaves the head outside behind the store, which is where it may be.
        if let head { try await onSigned(head) }
        return pass
    }

    /// Holds the end of the stored tree to itself: its tiles are as wide as it says, and give the root that was signed last.
    ///
    /// **Throws** `AuditCorrupt` where they do not.
    package func check() async throws {
        try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
            let end = try TreeEnd.read(in: transaction)
            try TreeWriter.checkEnd(size: end.size, in: transaction)
            guard let row = try transaction.first("SELECT size, note FROM audit_checkpoints ORDER BY size DESC LIMIT 1") else { return }
            let signed = UInt64(try row.int(0))
            guard signed <= end.size else { throw AuditCorrupt("a tree of \(signed) leaves was signed and only \(end.size) are stored") }
            var tree = TreeWriter(size: signed)
            guard let note = SignedNote(try row.text(1)), let checkpoint = Checkpoint(noteText: note.text), checkpoint.size == signed,
                try tree.root(in: transaction) == checkpoint.root
            else { throw AuditCorrupt("the tiles do not give the root that was signed for \(signed) leaves") }
        }
    }

    /// Makes passes until the task is cancelled: at once while entries wait, else each second.
    ///
    /// A pass that fails is reported, once for as long as it fails in the same way, and tried again; entries wait meanwhile, and nothing is lost.
    /// A log that contradicts itself is not added to: that stops the sequencer, and `health` says why.
    package func run(onFailure: @Sendable (any Error) -> Void) async {
        var isChecked = false
        while !Task.isCancelled {
            var isFull = false
            do {
                if !isChecked { try await check() }
                isChecked = true
                isFull = try await pass().isFull
                health.passed()
            } catch {
                let isNew = health.failed("\(error)")
                if isNew { onFailure(error) }
                if (error as? any EndsTheLog)?.endsTheLog == true { return health.stop("the log has stopped: \(error)") }
            }
            if !isFull { try? await Task.sleep(for: .milliseconds(Sequencer.checkpointSpacing)) }
        }
    }

    /// Whether entries without a mark may follow: nothing is placed yet, or the last placed entry has none either.
    private static func isFirstForm(_ entry: Int64, in transaction: borrowing Transaction) throws -> Bool {
        guard entry > 0 else { return true }
        guard let last = try transaction.first("SELECT payload FROM audit_entries WHERE id = $1", [.integer(entry)]) else {
            throw AuditCorrupt("the last placed entry, \(entry), is missing")
        }
        return AuditLeaf.isFirstForm(try last.blob(0))
    }

    /// Signs the tree when it has grown since the last checkpoint, which is at least a second old. An empty log signs its emptiness once.
    private static func signIfDue(_ tree: inout TreeWriter, key: LogKey, now: Instant, in transaction: borrowing Transaction) throws -> (size: UInt64, root: Digest)? {
        let size = tree.size
        let counted = try transaction.first("SELECT number, size FROM audit_signings WHERE id = 1")
        if let last = try transaction.first("SELECT size, at FROM audit_checkpoints ORDER BY size DESC LIMIT 1") {
            let lastSize = UInt64(try last.int(0))
            if let counted, try UInt64(counted.int(1)) != lastSize {
                throw AuditCorrupt("a tree of \(try counted.int(1)) leaves was signed last and the newest checkpoint is of \(lastSize)")
            }
            guard lastSize <= size else { throw AuditCorrupt("a tree of \(lastSize) leaves was signed and only \(size) are stored") }
            let age = now.milliseconds - (try last.instant(1).milliseconds)
            // A clock that was set back must not silence the log.
            guard lastSize < size, age >= checkpointSpacing || age < 0 else { return nil }
        } else if let counted {
            throw AuditCorrupt("\(try counted.int(0)) checkpoints were signed and none is left")
        }
        let before = try counted?.int(0) ?? transaction.first("SELECT count(*) FROM audit_checkpoints")?.int(0) ?? 0
        let signing = Signing(number: Int64(before) + 1, at: now)
        let root = try tree.root(in: transaction)
        let note = try key.sign(size: size, root: root, signing)
        try transaction.execute(
            "INSERT INTO audit_checkpoints (size, at, note) VALUES ($1, $2, $3)", [.integer(Int64(size)), .instant(now), .text(note.encoded)])
        try transaction.execute(
            """
            INSERT INTO audit_signings (id, number, size) VALUES (1, $1, $2)
            ON CONFLICT (id) DO UPDATE SET number = excluded.number, size = excluded.size
            """, [.integer(signing.number), .integer(Int64(size))])
        return (size, root)
    }
}

/// Where the tree ends: its last run of entries.
struct TreeEnd {
    private let run: (firstEntry: Int64, firstIndex: UInt64, count: UInt64)?

    static func read(in transaction: borrowing Transaction) throws -> TreeEnd {
        guard let row = try transaction.first("SELECT first_entry, first_index, count FROM audit_tree ORDER BY first_index DESC LIMIT 1") else {
            return TreeEnd(run: nil)
        }
        return TreeEnd(run: (Int64(try row.int(0)), UInt64(try row.int(1)), UInt64(try row.int(2))))
    }

    /// Leaves in the tree.
    var size: UInt64 { run.map { $0.firstIndex + $0.count } ?? 0 }

    /// The last entry that has a place; 0 before the first.
    var lastEntry: Int64 { run.map { $0.firstEntry + Int64($0.count) - 1 } ?? 0 }

    /// Gives entries the next places. Ids that follow the run lengthen it; a gap begins another.
    func extend(by entries: [Int64], in transaction: borrowing Transaction) throws {
        var run = run
        for entry in entries {
            if let known = run, known.firstEntry + Int64(known.count) == entry {
                run?.count += 1
            } else {
                if let run { try TreeEnd.save(run, in: transaction) }
                run = (entry, run.map { $0.firstIndex + $0.count } ?? 0, 1)
            }
        }
        if let run, !entries.isEmpty { try TreeEnd.save(run, in: transaction) }
    }

    private static func save(_ run: (firstEntry: Int64, firstIndex: UInt64, count: UInt64), in transaction: borrowing Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO audit_tree (first_entry, first_index, count) VALUES ($1, $2, $3)
            ON CONFLICT (first_entry) DO UPDATE SET count = excluded.count
            """, [.integer(run.firstEntry), .integer(Int64(run.firstIndex)), .integer(Int64(run.count))])
    }
}
