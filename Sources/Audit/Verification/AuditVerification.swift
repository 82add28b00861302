package import Kernel
package import Storage

/// Reads the whole stored log again and holds it to its invariants, page by page, so that it can run beside a working store.
///
/// It proves: every entry has the leaf that the tree has at its place, every tile and every signed root follow from those leaves (Audit-4,
/// Audit-5), every entry is numbered under the person whom it names, every chunk's lines are those of its root (Audit-7), and every person's numbers
/// run from 1 without a gap (Audit-2).
package struct AuditVerification: Sendable {
    /// Rows that one step reads. It bounds how long others wait for the writer.
    static let rowsPerStep = 500
    static let linesPerStep = 10_000

    private let store: any Store
    private let keys: [NoteKey]

    /// - Parameter keys: the keys that checkpoints may be signed with, the log's own first.
    package init(store: any Store, keys: [NoteKey]) {
        self.store = store
        self.keys = keys
    }

    /// Verifies everything that was written before the call.
    ///
    /// **Shape** `progress` is told the number of entries read so far.
    /// **Throws** the store's errors. What is wrong with the log is in the report.
    package func run(progress: @Sendable (Int) -> Void = { _ in }) async throws -> AuditReport {
        let keys = keys
        var state = try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
            try VerificationState.begin(in: transaction)
        }
        while !state.isTreeRead {
            let before = state
            state = try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
                var state = before
                try state.readTree(keys: keys, limit: AuditVerification.rowsPerStep, in: transaction)
                return state
            }
            progress(state.report.entries)
        }
        while !state.areWaitingRead {
            let before = state
            state = try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
                var state = before
                try state.readWaiting(limit: AuditVerification.rowsPerStep, in: transaction)
                return state
            }
            progress(state.report.entries)
        }
        while !state.areLinesRead {
            let before = state
            state = try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
                var state = before
                try state.readLines(limit: AuditVerification.linesPerStep, in: transaction)
                return state
            }
        }
        return state.report
    }
}

/// What a verification found.
package struct AuditReport: Hashable, Sendable {
    /// Entries read, those without a place too.
    package fileprivate(set) var entries = 0
    /// Entries that wait for a place.
    package fileprivate(set) var waiting = 0
    /// (person, n) pairs.
    package fileprivate(set) var lines = 0
    /// People with at least one entry, the house journal not counted.
    package fileprivate(set) var people = 0
    package fileprivate(set) var checkpoints = 0
    /// Leaves in the tree.
    package fileprivate(set) var treeSize: UInt64 = 0
    package fileprivate(set) var root: Digest = Merkle.emptyRoot
    /// What is wrong, at most `faultsMax` of it.
    package fileprivate(set) var faults: [String] = []

    package static let faultsMax = 100

    /// Nothing is wrong.
    package var isSound: Bool { faults.isEmpty }
}

/// How far a verification has come. A step may run twice, so it takes a copy and returns the next.
private struct VerificationState: Sendable {
    var report = AuditReport()
    private(set) var isTreeRead = false
    private(set) var areWaitingRead = false
    private(set) var areLinesRead = false

    /// Entries above this id were written after the beginning.
    private var lastEntry: Int64 = 0
    private var treeSize: UInt64 = 0
    private var lastPlaced: Int64 = 0
    private var frontier = MerkleFrontier()
    /// The unfinished tile of each level, recomputed.
    private var tiles: [[Digest]] = []
    private var tileCounts: [UInt64] = []
    private var bundle: [[UInt8]] = []
    private var expectedLines = 0
    private var waitingFrom: Int64 = 0
    private var line: (person: String, number: Int) = ("", 0)
    private var isFirstLine = true

    static func begin(in transaction: borrowing Transaction) throws -> VerificationState {
        var state = VerificationState()
        let end = try TreeEnd.read(in: transaction)
        state.treeSize = end.size
        state.lastPlaced = end.lastEntry
        state.waitingFrom = end.lastEntry
        state.lastEntry = try transaction.first("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1").map { Int64(try $0.int(0)) } ?? 0
        if end.size == 0 { state.isTreeRead = true }
        return state
    }

    private mutating func fault(_ text: String) {
        if report.faults.count < AuditReport.faultsMax { report.faults.append(text) }
    }

    // MARK: The tree

    mutating func readTree(keys: [NoteKey], limit: Int, in transaction: borrowing Transaction) throws {
        if frontier.size == 0 { try checkCheckpoint(keys: keys, in: transaction) }
        guard let run = try transaction.first(
            "SELECT first_entry, first_index, count FROM audit_tree WHERE first_index <= $1 ORDER BY first_index DESC LIMIT 1",
            [.integer(Int64(frontier.size))])
        else {
            fault("no entry has place \(frontier.size)")
            return finishTree()
        }
        let offset = Int64(frontier.size) - Int64(try run.int(1))
        let first = Int64(try run.int(0)) + offset
        let count = min(Int64(try run.int(2)) - offset, Int64(treeSize - frontier.size), Int64(limit))
        guard count > 0 else {
            fault("no entry has place \(frontier.size)")
            return finishTree()
        }
        let reached = frontier.size + UInt64(count)
        let rows = try transaction.query(
            "SELECT id, payload, nonce, line_secret, line_people FROM audit_entries WHERE id >= $1 AND id < $2 ORDER BY id",
            [.integer(first), .integer(first + count)])
        for (offset, row) in rows.enumerated() {
            guard Int64(try row.int(0)) == first + Int64(offset) else { break }
            try readEntry(row, in: transaction)
            let data = AuditLeaf.entry(nonce: try row.blob(2), payloadHash: try fastHash(try row.blob(1)))
            try readLeaf(data, in: transaction)
            try checkCheckpoint(keys: keys, in: transaction)
        }
        if frontier.size < reached {
            fault("the entry at place \(frontier.size) is missing")
            return finishTree()
        }
        if frontier.size == treeSize {
            try checkRightEdge(in: transaction)
            let beyond = try transaction.first("SELECT count(*) FROM audit_checkpoints WHERE size > $1", [.integer(Int64(treeSize))])
            // The sequencer may have gone on while this was read.
            if let beyond, try beyond.int(0) > 0, try TreeEnd.read(in: transaction).size == treeSize {
                fault("a checkpoint was signed for more than the \(treeSize) stored leaves")
            }
            finishTree()
        }
    }

    private mutating func finishTree() {
        isTreeRead = true
        report.treeSize = frontier.size
        report.root = frontier.root
    }

    private mutating func readLeaf(_ data: [UInt8], in transaction: borrowing Transaction) throws {
        let hash = Merkle.leafHash(data)
        bundle.append(data)
        if bundle.count == Tiles.width {
            let index = frontier.size / UInt64(Tiles.width)
            if try stored(TreeWriter.bundles, index, in: transaction) != Tiles.bundle(bundle) { fault("bundle \(index) holds other leaves than the entries give") }
            bundle = []
        }
        frontier.append(hash)
        try push(hash, level: 0, in: transaction)
    }

    private mutating func push(_ hash: Digest, level: Int, in transaction: borrowing Transaction) throws {
        if level == tiles.count {
            tiles.append([])
            tileCounts.append(0)
        }
        tiles[level].append(hash)
        guard tiles[level].count == Tiles.width else { return }
        let full = tiles[level]
        if try stored(level, tileCounts[level], in: transaction) != Tiles.bytes(full) {
            fault("tile \(level)/\(tileCounts[level]) holds other hashes than the entries give")
        }
        tiles[level] = []
        tileCounts[level] += 1
        try push(Merkle.root(full), level: level + 1, in: transaction)
    }

    /// The unfinished tiles may have grown since the beginning; what was there must be there still.
    private mutating func checkRightEdge(in transaction: borrowing Transaction) throws {
        for level in tiles.indices where !tiles[level].isEmpty {
            let expected = Tiles.bytes(tiles[level])
            if try stored(level, tileCounts[level], in: transaction)?.starts(with: expected) != true {
                fault("tile \(level)/\(tileCounts[level]) holds other hashes than the entries give")
            }
        }
        if !bundle.isEmpty, let expected = Tiles.bundle(bundle) {
            let index = frontier.size / UInt64(Tiles.width)
            if try stored(TreeWriter.bundles, index, in: transaction)?.starts(with: expected) != true {
                fault("bundle \(index) holds other leaves than the entries give")
            }
        }
    }

    private func stored(_ level: Int, _ index: UInt64, in transaction: borrowing Transaction) throws -> [UInt8]? {
        try transaction.first("SELECT bytes FROM audit_tiles WHERE level = $1 AND tile = $2", [.int(level), .integer(Int64(index))])?.blob(0)
    }

    /// The checkpoint that was signed for the tree as it stands, if one was. // Audit-5
    private mutating func checkCheckpoint(keys: [NoteKey], in transaction: borrowing Transaction) throws {
        guard let row = try transaction.first("SELECT note FROM audit_checkpoints WHERE size = $1", [.integer(Int64(frontier.size))]) else { return }
        report.checkpoints += 1
        guard let note = SignedNote(try row.text(0)), let checkpoint = Checkpoint(noteText: note.text) else {
            return fault("the checkpoint of size \(frontier.size) is malformed")
        }
        let check = NoteCheck(note, keys: keys)
        guard case .signed = check.verdict(check.signatureChecks.map { LogSignatures.verify($0) }) else {
            return fault("the checkpoint of size \(frontier.size) is not signed with the log's key")
        }
        if checkpoint.size != frontier.size || checkpoint.root != frontier.root {
            fault("the checkpoint of size \(frontier.size) signs another tree than the entries give")
        }
    }

    // MARK: Entries

    /// Entries that have no place yet.
    mutating func readWaiting(limit: Int, in transaction: borrowing Transaction) throws {
        let rows = try transaction.query(
            "SELECT id, payload, nonce, line_secret, line_people FROM audit_entries WHERE id > $1 AND id <= $2 ORDER BY id LIMIT $3",
            [.integer(waitingFrom), .integer(lastEntry), .int(limit)])
        for row in rows {
            try readEntry(row, in: transaction)
            report.waiting += 1
            waitingFrom = Int64(try row.int(0))
        }
        if rows.count < limit { areWaitingRead = true }
    }

    /// Checks an entry in itself: that it is numbered where it says, and that its lines are those that it gives the root of.
    private mutating func readEntry(_ row: Row, in transaction: borrowing Transaction) throws {
        report.entries += 1
        let id = Int64(try row.int(0))
        let bytes = try row.blob(1)
        guard let payload = try? JSON.parse(bytes), payload["v"] == 1, let person = payload["person"]?.string, let number = payload["n"]?.int,
            payload.canonicalBytes == bytes
        else { return fault("entry \(id) is no canonical entry") }
        try checkLine(person, number, entry: id, position: nil, in: transaction)
        expectedLines += 1

        guard let people = try row.optionalBlob(4) else {
            if payload["lines"] != nil { fault("entry \(id) has lines and keeps no people") }
            return
        }
        guard let lines = ChunkLines(people), let secret = try row.optionalBlob(3), payload["lines"]?.int == lines.all.count,
            payload["linesRoot"]?.string == Base64.encode(Merkle.root(lines.leafHashes(secret: secret)).bytes)
        else { return fault("the lines of entry \(id) are not those of its root") }
        for (position, line) in lines.all.enumerated() {
            try checkLine(line.person, line.number, entry: id, position: position, in: transaction)
        }
        expectedLines += lines.all.count
    }

    private mutating func checkLine(_ person: String, _ number: Int, entry: Int64, position: Int?, in transaction: borrowing Transaction) throws {
        let row = try transaction.first("SELECT entry, position FROM audit_lines WHERE person = $1 AND n = $2", [.text(person), .int(number)])
        guard let row, Int64(try row.int(0)) == entry, try row.optionalInt(1) == position else {
            return fault("entry \(entry) is not found under the person and number that it names")
        }
    }

    // MARK: Numbers without gaps

    mutating func readLines(limit: Int, in transaction: borrowing Transaction) throws {
        // The first page has no line before it; "" with number 0 sorts before every line.
        let rows = try transaction.query(
            "SELECT person, n, entry FROM audit_lines WHERE (person, n) > ($1, $2) ORDER BY person, n LIMIT $3",
            [.text(line.person), .int(line.number), .int(limit)])
        for row in rows {
            let (person, number) = (try row.text(0), try row.int(1))
            let isNew = isFirstLine || person != line.person
            if number != (isNew ? 1 : line.number + 1) { fault("before number \(number), the numbers of one person have a gap") }
            if isNew, person != AuditLog.house { report.people += 1 }
            if Int64(try row.int(2)) <= lastEntry { report.lines += 1 }
            line = (person, number)
            isFirstLine = false
        }
        guard rows.count < limit else { return }
        areLinesRead = true
        if report.lines != expectedLines { fault("there are \(report.lines) numbers and the entries account for \(expectedLines)") }
    }
}
