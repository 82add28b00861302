import Kernel
import Storage

/// The first half of a verification: entries, lines, tree, checkpoints; what the entries say of rows goes to the scratch table.
struct LogReading {
    var report: AuditReport
    /// The entry that was read last.
    private(set) var lastEntry: Int64 = 0
    /// When the newest entry was written, by its own word.
    private(set) var newest = Instant(milliseconds: 0)
    /// Some entry carries the hashes of rows.
    private(set) var isSealed = false

    private let trust: AuditVerification.Trust
    private let scratch: ScratchTable
    private let runs: WrittenRuns
    /// Tables whose rows may be taken over once by a log that sealed others already.
    private let sealedLater: Set<String>
    private var tree = TreeReading()
    private var expectedLines = 0
    /// Entries of the first form come first, and takeovers before other sealed rows.
    private var isFirstForm = true
    private var hasSealedUse = false
    /// The tables that entries wrote rows of, and of these the ones that the last entries took over.
    private var sealedTables: Set<String> = []
    private var takenOver: Set<String> = []
    /// Kept checkpoints by their sizes.
    private var kept: [UInt64: Checkpoint] = [:]
    private var signing: Signing?
    private var lastSigned: UInt64 = 0

    init(report: AuditReport, trust: AuditVerification.Trust, scratch: ScratchTable, runs: WrittenRuns, sealedLater: Set<String>) {
        self.report = report
        self.trust = trust
        self.scratch = scratch
        self.runs = runs
        self.sealedLater = sealedLater
    }

    mutating func read(lastSerial: Int64?, progress: (Int) -> Void, in transaction: borrowing Transaction) throws {
        let end = try TreeEnd.read(in: transaction)
        readKept(treeSize: end.size)
        try checkCheckpoint(in: transaction)
        try readEntries(end, progress: progress, in: transaction)
        try tree.checkRightEdge(&report, in: transaction)
        report.treeSize = tree.size
        report.root = tree.root
        try checkSignings(end, in: transaction)
        let last = try transaction.first("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1").map { Int64(try $0.int(0)) } ?? 0
        if let head = trust.head, end.size < head.size || last < head.lastEntry {
            report.fault("the log is behind its head: that has seen \(head.size) entries in their places, and \(end.size) are here")
        }
        if let lastSerial, last < lastSerial {
            report.fault("the newest entries are missing: \(lastSerial) were written and the last one here is \(last)")
        }
        try readLines(in: transaction)
    }

    // MARK: Entries

    private mutating func readEntries(_ end: TreeEnd, progress: (Int) -> Void, in transaction: borrowing Transaction) throws {
        var runs = try transaction.query("SELECT first_entry, first_index, count FROM audit_tree ORDER BY first_index").map {
            (entry: Int64(try $0.int(0)), index: UInt64(try $0.int(1)), count: UInt64(try $0.int(2)))
        }[...]
        var isBroken = false
        for (run, next) in zip(runs, runs.dropFirst()) where run.count < 1 || run.index + run.count != next.index || run.entry + Int64(run.count) >= next.entry {
            report.fault("audit_tree does not give each place to one entry: its runs from place \(run.index) and \(next.index) do not follow one another")
        }
        // An older folder that no newer program has opened lacks the columns of marks and rows.
        let isOld = try !transaction.columns(of: "audit_entries").contains("written")
        let more = isOld ? "NULL, NULL" : "mark, written"
        try transaction.each("SELECT id, at, payload, nonce, line_secret, line_people, \(more) FROM audit_entries ORDER BY id") { (row: Row) in
            let id = Int64(try row.int(0))
            lastEntry = id
            try readEntry(row, id, in: transaction)
            report.entries += 1
            progress(report.entries)
            guard !isBroken else { return }
            while let run = runs.first, tree.size >= run.index + run.count { runs.removeFirst() }
            guard let run = runs.first else {
                report.waiting += 1
                return
            }
            guard run.index <= tree.size else {
                isBroken = true
                return report.fault("no entry has place \(tree.size)")
            }
            let expected = run.entry + Int64(tree.size - run.index)
            if id < expected { return report.fault("entry \(id) has no place, and later ones have") }
            guard id == expected else {
                isBroken = true
                return report.fault("the entry at place \(tree.size) is missing")
            }
            let leaf = try AuditLeaf.entry(
                nonce: row.blob(3), payload: row.blob(2), sha256: { (bytes: [UInt8]) throws in try fastHash(bytes) })
            try tree.append(leaf, &report, in: transaction)
            try checkCheckpoint(in: transaction)
        }
        if !isBroken, tree.size < end.size { report.fault("the entry at place \(tree.size) is missing") }
    }

    /// Checks an entry in itself: its mark, that it is numbered where it says, that its lines are those that it gives the root of, and that the
    /// rows kept beside it are those that it gives the hash of.
    private mutating func readEntry(_ row: Row, _ id: Int64, in transaction: borrowing Transaction) throws {
        let bytes = try row.blob(2)
        guard let payload = try? JSON.parse(bytes), let version = payload["v"]?.int, (1...2).contains(version),
            let person = payload["person"]?.string, let number = payload["n"]?.int, payload.canonicalBytes == bytes
        else { return report.fault("entry \(id) is no canonical entry") }
        if version == 2 { isFirstForm = false }
        if version == 1, !row[6].isNull || !row[7].isNull { report.fault("entry \(id) has an older form and a mark or rows, which came later") }
        if version == 1, !isFirstForm { report.fault("entry \(id) has an older form than entries before it: it was not written by the program") }
        if version == 2, let mark = trust.mark {
            let stored = try row.optionalBlob(6)
            if !(try stored.map { try mark.isOf(payload: bytes, nonce: row.blob(3), $0) } ?? false) {
                report.fault("entry \(id) does not bear the log's mark: it was changed, or not written by the program")
            }
        }
        let at = payload["at"]?.string.flatMap { Instant(rfc3339: $0) }
        // The first form was read with whole seconds alone.
        if version == 1 ? at.map({ $0.seconds }) != (try row.instant(1)).seconds : at != (try row.instant(1)) {
            report.fault("entry \(id) is kept under another time than it names")
        }
        newest = max(newest, at ?? newest)
        try checkLine(person, number, entry: id, position: nil, in: transaction)
        expectedLines += 1
        try readWritten(row, id, payload, at: at ?? newest)
        try readChunk(row, id, payload, in: transaction)
    }

    private mutating func readChunk(_ row: Row, _ id: Int64, _ payload: JSON, in transaction: borrowing Transaction) throws {
        guard let people = try row.optionalBlob(5) else {
            if !row[4].isNull { report.fault("entry \(id) keeps a secret for lines that it does not have") }
            if payload["lines"] != nil { report.fault("entry \(id) has lines and keeps no people") }
            return
        }
        guard let lines = ChunkLines(people), let secret = try row.optionalBlob(4), payload["lines"]?.int == lines.all.count,
            payload["linesRoot"]?.string == Base64.encode(Merkle.root(lines.leafHashes(secret: secret)).bytes)
        else { return report.fault("the lines of entry \(id) are not those of its root") }
        for (position, line) in lines.all.enumerated() {
            try checkLine(line.person, line.number, entry: id, position: position, in: transaction)
        }
        expectedLines += lines.all.count
    }

    private mutating func readWritten(_ row: Row, _ id: Int64, _ payload: JSON, at: Instant) throws {
        guard let bytes = try row.optionalBlob(7) else {
            if payload["written"] != nil { report.fault("entry \(id) wrote rows and their list is gone") }
            return
        }
        guard let items = WrittenRows.items(bytes), payload["written"]?.string == Base64.encode(try fastHash(bytes).bytes) else {
            return report.fault("the list of rows that entry \(id) wrote is not the one that it gives the hash of")
        }
        isSealed = true
        let tables = Set(items.lazy.map(\.row.table))
        if payload["action"]?.string == HouseJournal.takeover {
            // Tables that began to be sealed later are taken over together, before the first of them is written otherwise.
            if !(tables.isSubset(of: sealedLater) ? sealedLater.intersection(sealedTables).isSubset(of: takenOver) : !hasSealedUse) {
                report.fault("entry \(id) takes rows over after the log had begun to seal rows: whoever had it written may have changed them before")
            }
            takenOver.formUnion(tables)
            for item in items where try scratch.note(item.row.table, item.row.key) != nil {
                report.fault("entry \(id) takes \(item.row.table) \(item.row.words) over, and an earlier entry wrote that row already")
            }
        } else {
            hasSealedUse = true
            takenOver = []
        }
        sealedTables.formUnion(tables)
        try runs.put(items, of: id, at: at.milliseconds)
        for item in items {
            try scratch.put(
                ScratchTable.Note(number: id, at: at.milliseconds, value: item.hash?.bytes ?? []), item.row.table, item.row.key)
        }
    }

    private mutating func checkLine(_ person: String, _ number: Int, entry: Int64, position: Int?, in transaction: borrowing Transaction) throws {
        let row = try transaction.first("SELECT entry, position FROM audit_lines WHERE person = $1 AND n = $2", [.text(person), .int(number)])
        guard let row, Int64(try row.int(0)) == entry, try row.optionalInt(1) == position else {
            return report.fault("entry \(entry) is not found under the person and number that it names")
        }
    }

    // MARK: Numbers without gaps

    private mutating func readLines(in transaction: borrowing Transaction) throws {
        var line: (person: String, number: Int)?
        try transaction.each("SELECT person, n FROM audit_lines ORDER BY person, n") { (row: Row) in
            let (person, number) = (try row.text(0), try row.int(1))
            let isNew = line.map { !$0.person.utf8.elementsEqual(person.utf8) } ?? true
            if number != (isNew ? 1 : (line?.number ?? 0) + 1) { report.fault("before number \(number), the numbers of one person have a gap") }
            if isNew, person != AuditLog.house { report.people += 1 }
            report.lines += 1
            line = (person, number)
        }
        if report.lines != expectedLines { report.fault("there are \(report.lines) numbers and the entries account for \(expectedLines)") }
    }

    // MARK: Checkpoints

    /// The checkpoints that the caller has kept: signed by a trusted key, and of this log at all.
    private mutating func readKept(treeSize: UInt64) {
        for text in trust.checkpoints {
            guard let checkpoint = signed(text) else {
                let claimed = SignedNote(text).flatMap { Checkpoint(noteText: $0.text) }
                report.fault(
                    claimed.map { "a checkpoint that you gave, of \($0.origin) with \($0.size) entries, is not signed with the trusted key" }
                        ?? "a checkpoint that you gave is none: it is not signed with the trusted key")
                continue
            }
            if checkpoint.size > treeSize {
                report.fault("the log has shrunk: the checkpoint that you gave is of \(checkpoint.size) entries, and \(treeSize) have a place here")
            }
            if let other = kept[checkpoint.size], other.root != checkpoint.root {
                report.fault("two checkpoints that you gave are of \(checkpoint.size) entries and sign different trees: the log was forked")
            }
            kept[checkpoint.size] = checkpoint
        }
    }

    private func signed(_ text: String) -> Checkpoint? {
        guard let note = SignedNote(text), let checkpoint = Checkpoint(noteText: note.text) else { return nil }
        let check = NoteCheck(note, keys: trust.keys)
        guard case .signed = check.verdict(check.signatureChecks.map { LogSignatures.verify($0) }) else { return nil }
        return checkpoint
    }

    /// The checkpoint that was signed for the tree as it stands, if one was, and the one that was kept of it. // Audit-5
    private mutating func checkCheckpoint(in transaction: borrowing Transaction) throws {
        let size = tree.size
        let row = try transaction.first("SELECT note, at FROM audit_checkpoints WHERE size = $1", [.integer(Int64(size))])
        if let kept = kept[size] {
            if kept.root != tree.root { report.fault("the log was written anew: the checkpoint that you gave signs another tree of \(size) entries") }
            let stored = try row.flatMap { SignedNote(try $0.text(0)) }
            if stored?.text != kept.noteText { report.fault("the checkpoint of size \(size) that you gave is not among those of this log") }
        }
        if let head = trust.head, head.size == size, head.root != tree.root {
            report.fault("the log was written anew: its head has seen another tree of \(size) entries")
        }
        guard let row else { return }
        report.checkpoints += 1
        lastSigned = size
        guard let note = SignedNote(try row.text(0)), let checkpoint = Checkpoint(noteText: note.text) else {
            return report.fault("the checkpoint of size \(size) is malformed")
        }
        guard signed(try row.text(0)) != nil else { return report.fault("the checkpoint of size \(size) is not signed with the log's key") }
        if try note.signatures.count != 1 || note.encoded != row.text(0) {
            report.fault("the checkpoint of size \(size) carries signatures or bytes that the log did not put there")
        }
        if checkpoint.size != size || checkpoint.root != tree.root {
            report.fault("the checkpoint of size \(size) signs another tree than the entries give")
        }
        guard let found = Signing(checkpoint) else {
            if signing != nil { report.fault("the checkpoint of size \(size) is not counted, and earlier ones are") }
            return
        }
        if found.at != (try row.instant(1)) { report.fault("the checkpoint of size \(size) is kept under another time than it was signed at") }
        if found.number != (signing?.number ?? Int64(report.checkpoints - 1)) + 1 {
            report.fault("checkpoints before the one of size \(size) are missing: it is number \(found.number)")
        }
        signing = found
    }

    private mutating func checkSignings(_ end: TreeEnd, in transaction: borrowing Transaction) throws {
        let beyond = try transaction.first("SELECT count(*) FROM audit_checkpoints WHERE size > $1", [.integer(Int64(end.size))])?.int(0) ?? 0
        if beyond > 0 { report.fault("a checkpoint was signed for more than the \(end.size) stored leaves") }
        let all = try transaction.first("SELECT count(*) FROM audit_checkpoints")?.int(0) ?? 0
        if all != report.checkpoints + beyond { report.fault("there are \(all) checkpoints, and the tree has sizes for \(report.checkpoints + beyond)") }
        if end.size > 0, report.checkpoints == 0, beyond == 0 { report.fault("all checkpoints are missing, and \(end.size) entries have a place") }
        let isCounted = try transaction.tables().contains("audit_signings")
        if isCounted, try transaction.first("SELECT 1 FROM audit_signings WHERE id <> 1 LIMIT 1") != nil {
            report.fault("audit_signings holds more than its one row: somebody put it in behind the program's back")
        }
        guard isCounted,
            let counted = try transaction.first("SELECT number, size FROM audit_signings WHERE id = 1")
        else {
            if signing != nil { report.fault("checkpoints are counted and the count of signings is gone") }
            return
        }
        if beyond == 0, try Int64(counted.int(0)) != signing?.number || UInt64(counted.int(1)) != lastSigned {
            report.fault("the newest checkpoints are missing: \(try counted.int(0)) were signed, the last one for \(try counted.int(1)) entries")
        }
    }
}

/// The tree as the entries give it, held to the stored tiles.
private struct TreeReading {
    private var frontier = MerkleFrontier()
    /// The unfinished tile of each level, recomputed.
    private var tiles: [[Digest]] = []
    private var tileCounts: [UInt64] = []
    private var bundle: [[UInt8]] = []

    var size: UInt64 { frontier.size }
    var root: Digest { frontier.root }

    mutating func append(_ data: [UInt8], _ report: inout AuditReport, in transaction: borrowing Transaction) throws {
        let hash = Merkle.leafHash(data)
        bundle.append(data)
        if bundle.count == Tiles.width {
            let index = frontier.size / UInt64(Tiles.width)
            if try stored(TreeWriter.bundles, index, in: transaction) != Tiles.bundle(bundle) {
                report.fault("bundle \(index) holds other leaves than the entries give")
            }
            bundle = []
        }
        frontier.append(hash)
        try push(hash, level: 0, &report, in: transaction)
    }

    private mutating func push(_ hash: Digest, level: Int, _ report: inout AuditReport, in transaction: borrowing Transaction) throws {
        if level == tiles.count {
            tiles.append([])
            tileCounts.append(0)
        }
        tiles[level].append(hash)
        guard tiles[level].count == Tiles.width else { return }
        let full = tiles[level]
        if try stored(level, tileCounts[level], in: transaction) != Tiles.bytes(full) {
            report.fault("tile \(level)/\(tileCounts[level]) holds other hashes than the entries give")
        }
        tiles[level] = []
        tileCounts[level] += 1
        try push(Merkle.root(full), level: level + 1, &report, in: transaction)
    }

    /// The unfinished tiles hold what the tree has and not a hash more: a longer one tells of entries that were taken back.
    func checkRightEdge(_ report: inout AuditReport, in transaction: borrowing Transaction) throws {
        for level in tiles.indices {
            let expected = tiles[level].isEmpty ? nil : Tiles.bytes(tiles[level])
            if try stored(level, tileCounts[level], in: transaction) != expected {
                report.fault("tile \(level)/\(tileCounts[level]) holds other hashes than the entries give")
            }
        }
        let index = frontier.size / UInt64(Tiles.width)
        if try stored(TreeWriter.bundles, index, in: transaction) != (bundle.isEmpty ? nil : Tiles.bundle(bundle)) {
            report.fault("bundle \(index) holds other leaves than the entries give")
        }
        let count = try transaction.first("SELECT count(*) FROM audit_tiles")?.int(0) ?? 0
        let expected = tileCounts.reduce(0) { $0 + Int($1) } + tiles.count { !$0.isEmpty } + (Int(frontier.size) + Tiles.width - 1) / Tiles.width
        if count != expected { report.fault("there are \(count) tiles and bundles, and the entries give \(expected)") }
    }

    private func stored(_ level: Int, _ index: UInt64, in transaction: borrowing Transaction) throws -> [UInt8]? {
        try transaction.first("SELECT bytes FROM audit_tiles WHERE level = $1 AND tile = $2", [.int(level), .integer(Int64(index))])?.blob(0)
    }
}
