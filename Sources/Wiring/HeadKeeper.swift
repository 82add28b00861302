internal import Audit
internal import Foundation
internal import Kernel
internal import Registry
internal import Storage
internal import Synchronization

/// Keeps the log's head outside the data folder, and holds the store to it at start.
///
/// ```
/// dovira-head-v1
/// istmo.dovira/log
/// entries 1435
/// tree 1435 6kBv…=
/// series business 2026 12
/// store 1794048 393281 1767225600000000000
///
/// — istmo.dovira/log …
/// ```
/// It is written after each checkpoint, at most once a second, so what it has seen is at most a second old; each writing compares the file with
/// what this process wrote last. The line `store` is there from an orderly close to the next start: how the database's file was left, so that what
/// was written to it meanwhile is known of.
final class HeadKeeper: Sendable {
    private static let title = "dovira-head-v1"
    static let mark = "head"

    private let file: HeadFile
    private let store: any Store
    private let key: LogKey
    private let known: Mutex<[UInt8]?>
    /// What was written last, to be said once more with the trace that the store is left with.
    private let last = Mutex<(head: LogHead, series: [SeriesMark])?>(nil)
    /// How the store was left, by the head that was found; nil where it does not say.
    let leftTrace: StoreTrace?

    private init(_ file: HeadFile, _ store: any Store, _ key: LogKey, known: [UInt8]?, leftTrace: StoreTrace?) {
        self.leftTrace = leftTrace
        self.file = file
        self.store = store
        self.key = key
        self.known = Mutex(known)
    }

    /// What a head says of the log; nil where none of the keys has signed it.
    static func logHead(of note: SignedNote, signedWith keys: [NoteKey]) -> LogHead? {
        let check = NoteCheck(note, keys: keys)
        guard case .signed = check.verdict(check.signatureChecks.map { LogSignatures.verify($0) }) else { return nil }
        return parse(note.text)?.log
    }

    /// The log that a head says it is of.
    static func origin(of note: SignedNote) -> String? {
        let lines = note.text.split(separator: "\n")
        return lines.count > 1 && lines[0] == title ? String(lines[1]) : nil
    }

    /// Where the head of a data folder is kept unless told otherwise: beside it.
    static func defaultPath(of dataFolder: String) -> String {
        // The whole path, which the store remembers.
        URL(fileURLWithPath: dataFolder).resolvingSymlinksInPath().standardizedFileURL.path + ".head"
    }

    /// Before the store is opened, which would make one where there is none.
    ///
    /// **Throws** ``HeadFault/noStore(_:dataFolder:)``.
    static func refuseEmptyFolder(_ dataFolder: String, path: String?) throws {
        guard let path, FileManager.default.fileExists(atPath: path), !FileManager.default.fileExists(atPath: dataFolder + "/state.db") else { return }
        throw HeadFault.noStore(path, dataFolder: dataFolder)
    }

    /// Compares the store with its head and goes on keeping it; nil where none is to be kept.
    ///
    /// - Parameter isAccepted: a store that is behind its head is gone on with. It is put on record, and told to `onNotice`.
    /// **Throws** ``HeadFault``.
    static func begin(
        path: String?, store: any Store, key: LogKey, isAccepted: Bool, clock: Clock, journal: HouseJournal,
        onNotice: @Sendable (String) -> Void
    ) async throws -> HeadKeeper? {
        let kept = try await StoreMarks.value(mark, in: store)
        guard let path else {
            if kept != nil { try await StoreMarks.set(mark, nil, in: store) }
            onNotice("no head of the log is kept outside the data folder: a folder that is put back will not be noticed")
            return nil
        }
        let file = HeadFile(path: path)
        let bytes = try file.read()
        var leftTrace = bytes.flatMap { SignedNote($0) }.flatMap { key.hasSigned($0) ? parse($0.text)?.trace : nil }
        if let fault = try await fault(path, bytes, kept: kept, store, key) {
            leftTrace = nil
            guard isAccepted else { throw fault }
            try await accept(bytes, fault, store, key, clock, journal)
            onNotice("gone on with a restored data folder, as --accept-restored says: \(fault)")
        }
        let keeper = HeadKeeper(file, store, key, known: bytes, leftTrace: leftTrace)
        // Now, so that a place that cannot be written is found at start.
        try await keeper.write(store.maintain(.sequencer) { (transaction: borrowing Transaction) in try LogHead.read(in: transaction) })
        if kept != path { try await StoreMarks.set(mark, path, in: store) }
        return keeper
    }

    private static func fault(_ path: String, _ bytes: [UInt8]?, kept: String?, _ store: any Store, _ key: LogKey) async throws -> HeadFault? {
        guard let bytes else { return kept.map { .missing(path, kept: $0) } }
        guard let note = SignedNote(bytes), let head = parse(note.text) else { return .unreadable(path, "it is not such a file") }
        guard key.hasSigned(note) else { return .foreign(path) }
        switch try await store.maintain(.sequencer, { (transaction: borrowing Transaction) in try head.log.standing(in: transaction) }) {
        case .isBehind(let size): return .behind(path, head: head.log.size, store: size)
        case .differs: return .differs(path)
        case .keeps: break
        }
        let series = try await store.maintain(.series) { (transaction: borrowing Transaction) in try SeriesMarks.read(in: transaction) }
        for mark in head.series {
            let now = series.first { $0.register == mark.register && $0.year == mark.year }?.last ?? 0
            if now < mark.last { return .seriesBehind(path, register: mark.register) }
        }
        return nil
    }

    /// Puts the acceptance on record and lets the registers' series leap over every number that may have been given.
    private static func accept(
        _ bytes: [UInt8]?, _ fault: HeadFault, _ store: any Store, _ key: LogKey, _ clock: Clock, _ journal: HouseJournal
    ) async throws {
        // Of a head that another key signed the numbers still say what may have been given.
        let head = bytes.flatMap { SignedNote($0) }.flatMap { parse($0.text) }
        let now = clock.now()
        try await store.maintain(.series) { (transaction: borrowing Transaction) in
            try SeriesMarks.leap(over: head?.series ?? [], in: transaction)
            try journal.note("log.leap-series", in: transaction)
        }
        let seen = head.map { "\($0.log.size) \(Base64.encode($0.log.root.bytes))" } ?? "unknown"
        try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
            try AuditLog.recordAcceptance(
                "log.accept-restored", [AuditEntry.Record(register: "log", record: seen, fields: ["head"])], at: now, pen: journal.pen,
                in: transaction)
        }
    }

    /// Writes the head of a tree that was signed.
    ///
    /// **Throws** ``HeadFault``; the store's errors.
    func write(_ head: LogHead) async throws {
        let series = try await store.maintain(.series) { (transaction: borrowing Transaction) in try SeriesMarks.read(in: transaction) }
        last.withLock { $0 = (head, series) }
        try replace(head, series, trace: nil)
    }

    /// Says how the store is left. Where that cannot be written, the next start does not know it and looks at everything.
    func leave(_ trace: StoreTrace) {
        guard let (head, series) = last.withLock({ $0 }) else { return }
        try? replace(head, series, trace: trace)
    }

    private func replace(_ head: LogHead, _ series: [SeriesMark], trace: StoreTrace?) throws {
        let note = Array(try key.sign(HeadKeeper.text(head, series, trace, origin: key.origin)).encoded.utf8)
        try known.withLock { known in
            guard known != note else { return }
            try file.replace(known, by: note)
            known = note
        }
    }

    private static func text(_ head: LogHead, _ series: [SeriesMark], _ trace: StoreTrace?, origin: String) -> String {
        var text = "\(title)\n\(origin)\nentries \(head.lastEntry)\ntree \(head.size) \(Base64.encode(head.root.bytes))\n"
        for mark in series { text += "series \(mark.register) \(mark.year) \(mark.last)\n" }
        if let trace { text += "store \(trace.size) \(trace.file) \(trace.changedAt)\n" }
        return text
    }

    private static func parse(_ text: String) -> (log: LogHead, series: [SeriesMark], trace: StoreTrace?)? {
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        guard lines.count >= 4, lines[0] == [title], lines[2].count == 2, lines[2][0] == "entries", let entries = Int64(lines[2][1]),
            lines[3].count == 3, lines[3][0] == "tree", let size = UInt64(lines[3][1]), let root = Base64.decode(lines[3][2]).flatMap({ Digest($0) })
        else { return nil }
        var series: [SeriesMark] = []
        var trace: StoreTrace?
        for line in lines.dropFirst(4) {
            if line.count == 4, line[0] == "store", let size = Int64(line[1]), let file = UInt64(line[2]), let changedAt = Int64(line[3]) {
                trace = StoreTrace(size: size, file: file, changedAt: changedAt)
                continue
            }
            guard line.count == 4, line[0] == "series", let year = Int(line[2]), let last = Int(line[3]) else { return nil }
            series.append(SeriesMark(register: line[1], year: year, last: last))
        }
        return (LogHead(lastEntry: entries, size: size, root: root), series, trace)
    }
}
