/// Checks a history: is each entry in the log that the checkpoint signs, is it about this person, is a number missing?
///
/// Use: hand each of `signatureChecks` to whatever verifies signatures in this place, then ask for the `verdict`.
public struct HistoryCheck: Sendable {
    /// What to verify, in order; `verdict(_:)` takes one answer for each.
    public let signatureChecks: [SignatureCheck]

    private let proof: HistoryProof
    private let person: String
    private let checkpoint: Checkpoint?
    private let noteCheck: NoteCheck?

    /// - Parameters:
    ///   - person: whose history it must be; the proof's own word does not count.
    ///   - keys: the log's keys as the reader knows them. A checkpoint counts when a key named like its origin has signed it.
    public init(_ proof: HistoryProof, person: String, keys: [NoteKey]) {
        self.proof = proof
        self.person = person
        let note = SignedNote(proof.checkpoint)
        let checkpoint = note.flatMap { Checkpoint(noteText: $0.text) }
        self.checkpoint = checkpoint
        if let note, let checkpoint {
            let check = NoteCheck(note, keys: keys.filter { $0.name.utf8.elementsEqual(checkpoint.origin.utf8) })
            self.noteCheck = check
            self.signatureChecks = check.signatureChecks
        } else {
            self.noteCheck = nil
            self.signatureChecks = []
        }
    }

    /// Concludes. **Shape**: an answer that is missing counts as "does not verify".
    public func verdict(_ answers: [Bool]) -> HistoryVerdict {
        let trust = checkpointVerdict(answers)
        var entries: [EntryVerdict] = []
        entries.reserveCapacity(proof.entries.count)
        for entry in proof.entries { entries.append(verdict(on: entry, under: trust)) }
        return HistoryVerdict(checkpoint: trust, entries: entries, numbers: proof.entries.map { $0.number }, count: proof.count)
    }

    /// What the reader should keep of this look; nil where the checkpoint is not to be trusted.
    public func memory(_ verdict: HistoryVerdict) -> LogMemory? {
        guard case .signed(let checkpoint) = verdict.checkpoint else { return nil }
        return LogMemory(origin: checkpoint.origin, size: checkpoint.size, root: checkpoint.root, count: proof.count)
    }

    /// How this look compares with what the reader has kept of an earlier one.
    public func compared(_ verdict: HistoryVerdict, with memory: LogMemory, consistency proof: [Digest]?) -> MemoryVerdict {
        memory.compared(with: verdict.checkpoint, count: self.proof.count, consistency: proof)
    }

    private func checkpointVerdict(_ answers: [Bool]) -> CheckpointVerdict {
        if proof.checkpoint.isEmpty { return .none }
        guard let noteCheck, let checkpoint else { return .malformed }
        switch noteCheck.verdict(answers) {
        case .signed: return .signed(checkpoint)
        case .unsigned, .ambiguous: return .unknownLog(checkpoint.origin)
        case .forged: return .forged
        }
    }

    private func verdict(on entry: EntryProof, under trust: CheckpointVerdict) -> EntryVerdict {
        // What the entry says is checked even while it has no place: a wrong name must not hide behind "pending".
        if let fault = fault(in: entry) { return .faulty(fault) }
        guard let place = entry.place else { return .pending }
        guard case .signed(let checkpoint) = trust else { return .unproven }
        let leaf = AuditLeaf.entry(nonce: entry.nonce, payload: Array(entry.payload.utf8))
        let isIncluded = Merkle.verifyInclusion(
            leaf: Merkle.leafHash(leaf), index: place.index, size: checkpoint.size, proof: place.path, root: checkpoint.root)
        return isIncluded ? .included : .faulty(.notInLog)
    }

    /// What is wrong with an entry in itself.
    private func fault(in entry: EntryProof) -> EntryFault? {
        guard entry.nonce.count == AuditLeaf.nonceBytes, let payload = try? JSON.parse(entry.payload), payload.object != nil,
            let version = payload["v"]?.int, (1...2).contains(version)
        else { return .malformed }
        guard let line = entry.line else {
            guard let named = payload["person"]?.string, named.utf8.elementsEqual(person.utf8) else { return .otherPerson }
            return payload["n"]?.int == entry.number ? nil : .otherNumber
        }
        guard line.nonce.count == AuditLeaf.nonceBytes, let count = payload["lines"]?.size,
            let root = payload["linesRoot"]?.string.flatMap({ Base64.decode($0) }).flatMap({ Digest($0) })
        else { return .malformed }
        let leaf = AuditLeaf.line(nonce: line.nonce, person: person, number: entry.number)
        let isIncluded = Merkle.verifyInclusion(
            leaf: Merkle.leafHash(leaf), index: line.position, size: count, proof: line.path, root: root)
        return isIncluded ? nil : .notInEntry
    }
}

/// What a checkpoint is worth.
public enum CheckpointVerdict: Hashable, Sendable {
    /// Signed by a key that the reader knows as this log's.
    case signed(Checkpoint)
    /// The log has signed none yet.
    case none
    case malformed
    /// None of the reader's keys has signed it; the origin that it claims.
    case unknownLog(String)
    /// A signature under a known key's name is wrong.
    case forged
}

/// What came out for one entry.
public enum EntryVerdict: Hashable, Sendable {
    /// It is in the tree that the log has signed.
    case included
    /// It has no place in the tree yet. Ask again in a few seconds; if that lasts, complain.
    case pending
    /// It may be right, but the checkpoint is not to be trusted.
    case unproven
    case faulty(EntryFault)
}

/// Why an entry is refused.
public enum EntryFault: String, Hashable, Sendable {
    case malformed
    /// It names another person.
    case otherPerson
    /// It bears another number than it is shown under.
    case otherNumber
    /// Payload, nonce, place or path do not lead to the signed root: one of them was changed, or the log never held it.
    case notInLog
    /// The person's line is not among the entry's lines.
    case notInEntry
}

/// What came out for a history.
public struct HistoryVerdict: Hashable, Sendable {
    public let checkpoint: CheckpointVerdict
    /// One verdict for each entry of the proof, in its order.
    public let entries: [EntryVerdict]
    /// The lowest and the highest number present; 0 and 0 where there are no entries.
    public let first: Int
    public let last: Int
    /// The first number between 1 and `count` that is absent, if any. A page of a longer history lacks numbers rightly.
    public let missing: Int?
    /// A number occurs twice or lies above `count`.
    public let hasStrayNumbers: Bool
    /// All of 1 … `count` are there, once each, and each is in the log. (`count` is the platform's word; whoever has kept a higher number from
    /// earlier knows better.)
    public let isComplete: Bool

    init(checkpoint: CheckpointVerdict, entries: [EntryVerdict], numbers: [Int], count: Int) {
        self.checkpoint = checkpoint
        self.entries = entries
        let sorted = numbers.sorted()
        self.first = sorted.first ?? 0
        self.last = sorted.last ?? 0
        var expected = 1
        var missing: Int?
        var isRepeated = false
        var previous = 0
        for number in sorted {
            if number == previous { isRepeated = true }
            if number > expected, missing == nil { missing = expected }
            if number == expected { expected += 1 }
            previous = number
        }
        if missing == nil, expected <= count { missing = expected }
        self.missing = missing
        self.hasStrayNumbers = isRepeated || self.last > count
        var isTrusted = false
        if case .signed = checkpoint { isTrusted = true }
        self.isComplete = isTrusted && missing == nil && !hasStrayNumbers && entries.allSatisfy { $0 == .included }
    }

    /// The numbers present follow one another without a gap: what a page of a longer history can promise.
    public var isGapless: Bool {
        !hasStrayNumbers && (entries.isEmpty || last - first + 1 == entries.count)
    }
}
