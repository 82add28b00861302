/// Checks the signatures of a note against known keys: it says which signatures to verify, and concludes from the answers.
///
/// **Standard**: C2SP signed-note, section Signatures: unknown keys are ignored; a known key's signature that fails spoils the note;
/// at least one known key must have signed.
public struct NoteCheck: Sendable {
    /// What the check came to.
    public enum Verdict: Hashable, Sendable {
        /// Every known key that signed has signed rightly; their names, in the note's order.
        case signed(by: [String])
        /// No known key has signed.
        case unsigned
        /// A signature under this known key's name is wrong.
        case forged(String)
        /// Two of the keys given share a name and an id.
        case ambiguous(String)
    }

    /// What to verify, in order; `verdict(_:)` takes one answer for each.
    public let signatureChecks: [SignatureCheck]
    /// The names behind the checks.
    private let names: [String]
    private let ambiguous: String?

    public init(_ note: SignedNote, keys: [NoteKey]) {
        var checks: [SignatureCheck] = []
        var names: [String] = []
        var asked: Set<NoteKey> = []
        var ambiguous: String?
        let message = Array(note.text.utf8)
        for signature in note.signatures {
            let known = keys.filter { $0.isClaimed(by: signature) }
            guard let key = known.first else { continue }
            if known.count > 1 {
                ambiguous = key.name
                break
            }
            // A key's second signature adds nothing: the first one decides.
            guard asked.insert(key).inserted else { continue }
            checks.append(SignatureCheck(algorithm: .ed25519, key: key.publicKey, message: message, signature: signature.bytes))
            names.append(key.name)
        }
        self.signatureChecks = ambiguous == nil ? checks : []
        self.names = ambiguous == nil ? names : []
        self.ambiguous = ambiguous
    }

    /// Concludes. **Shape**: an answer that is missing counts as "does not verify".
    public func verdict(_ answers: [Bool]) -> Verdict {
        if let ambiguous { return .ambiguous(ambiguous) }
        if names.isEmpty { return .unsigned }
        for (position, name) in names.enumerated() {
            guard position < answers.count, answers[position] else { return .forged(name) }
        }
        return .signed(by: names)
    }
}
