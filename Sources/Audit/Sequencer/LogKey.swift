import Crypto
package import Kernel

/// The key with which the log signs its checkpoints. Its name is the log's origin.
package struct LogKey: Sendable {
    /// What everyone may know: name, id and public key.
    package let noteKey: NoteKey
    /// What marks the entries of the process that holds this key.
    package let mark: EntryMark
    private let secret: Curve25519.Signing.PrivateKey

    /// **Shape** nil when the origin is not a key name or the seed has not 32 bytes.
    package init?(origin: String, seed: [UInt8]) {
        guard let secret = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed),
            let noteKey = NoteKey(name: origin, ed25519: Array(secret.publicKey.rawRepresentation))
        else { return nil }
        self.secret = secret
        self.noteKey = noteKey
        mark = EntryMark(secret: seed)
    }

    /// The log's unique name.
    package var origin: String { noteKey.name }

    /// Signs a tree.
    ///
    /// **Throws** what swift-crypto throws, and `AuditCorrupt` where the parts make no note.
    func sign(size: UInt64, root: Kernel.Digest, _ signing: Signing) throws -> SignedNote {
        guard let checkpoint = Checkpoint(origin: origin, size: size, root: root, extensions: [signing.line]) else {
            throw AuditCorrupt("the tree is too large to be signed")
        }
        return try sign(checkpoint.noteText)
    }

    /// Signs a text.
    ///
    /// **Throws** what swift-crypto throws, and `AuditCorrupt` where the text makes no note.
    package func sign(_ text: String) throws -> SignedNote {
        let bytes = Array(try secret.signature(for: Array(text.utf8)))
        guard let signature = SignedNote.Signature(name: noteKey.name, keyID: noteKey.id, bytes: bytes),
            let note = SignedNote(text: text, signatures: [signature])
        else { throw AuditCorrupt("a text made no note") }
        return note
    }

    /// Whether this key signed a note.
    package func hasSigned(_ note: SignedNote) -> Bool {
        let check = NoteCheck(note, keys: [noteKey])
        return check.verdict(check.signatureChecks.map(LogSignatures.verify)) == .signed(by: [noteKey.name])
    }
}

/// The number and the time of a signing, as a checkpoint's extension line carries them: checkpoints are counted without a gap, so a missing one
/// is missed, and none can be given another date.
struct Signing: Hashable {
    let number: Int64
    let at: Instant

    private static let word = "dovira-signing"

    var line: String { "\(Self.word) \(number) \(at.milliseconds)" }

    init(number: Int64, at: Instant) {
        self.number = number
        self.at = at
    }

    /// The signing of a checkpoint; nil in those from before signings were counted.
    init?(_ checkpoint: Checkpoint) {
        let parts = (checkpoint.extensions.first ?? "").split(separator: " ")
        guard parts.count == 3, parts[0] == Self.word, let number = Int64(parts[1]), let milliseconds = Int64(parts[2]) else { return nil }
        self.init(number: number, at: Instant(milliseconds: milliseconds))
    }
}

/// Answers a check's questions about Ed25519 signatures with swift-crypto.
package enum LogSignatures {
    package static func verify(_ check: SignatureCheck) -> Bool {
        guard check.algorithm == .ed25519, let key = try? Curve25519.Signing.PublicKey(rawRepresentation: check.key) else { return false }
        return key.isValidSignature(check.signature, for: check.message)
    }
}
