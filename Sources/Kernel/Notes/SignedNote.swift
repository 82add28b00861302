/// A text and the signatures under it, one line each.
///
/// A note says nothing until `NoteCheck` has verified a signature of a key that the reader knows.
/// **Shape**: at most `bytesMax` bytes and `signaturesMax` signatures.
/// **Standard**: C2SP signed-note.
public struct SignedNote: Hashable, Sendable {
    /// The largest note that is read.
    public static let bytesMax = 1_000_000
    /// The most signatures that a note may carry (the standard asks for 16 at least).
    public static let signaturesMax = 100

    /// One signature line: `— name base64(key id ‖ signature)`.
    public struct Signature: Hashable, Sendable {
        /// The key's name: not empty, no spaces, no plus.
        public let name: String
        /// The key's short id, which tells keys of one name apart.
        public let keyID: UInt32
        /// The signature as its algorithm makes it; at least one byte.
        public let bytes: [UInt8]

        /// **Shape**: nil when the name is not a key name or there is no signature.
        public init?(name: String, keyID: UInt32, bytes: [UInt8]) {
            guard NoteKey.isName(name), !bytes.isEmpty else { return nil }
            self.name = name
            self.keyID = keyID
            self.bytes = bytes
        }

        /// Reads one line without its newline.
        fileprivate init?(line: ArraySlice<UInt8>) {
            let dash = Array("— ".utf8)
            guard line.starts(with: dash) else { return nil }
            let rest = line.dropFirst(dash.count)
            guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
                let name = String(validating: rest[..<space], as: UTF8.self),
                let encoded = String(validating: rest[(space + 1)...], as: UTF8.self),
                let decoded = Base64.decode(encoded), decoded.count > 4
            else { return nil }
            let keyID = decoded[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            self.init(name: name, keyID: keyID, bytes: Array(decoded[4...]))
        }

        fileprivate var line: String {
            let id = [24, 16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: keyID >> shift) }
            return "— " + name + " " + Base64.encode(id + bytes) + "\n"
        }
    }

    /// What is signed, with its final newline and without the blank line after it.
    public let text: String
    /// The signatures in their order; at least one.
    public let signatures: [Signature]

    /// Reads a note.
    ///
    /// **Shape**: nil when malformed: not UTF-8, control characters, no blank line, no signature, a line that is not one.
    public init?(_ bytes: [UInt8]) {
        let newline = UInt8(ascii: "\n")
        guard bytes.count <= SignedNote.bytesMax, bytes.last == newline else { return nil }
        for byte in bytes where byte < 0x20 && byte != newline { return nil }

        // The text ends at the last blank line, because signature lines are never empty.
        var blank: Int?
        var position = bytes.count - 1
        while position > 0 {
            if bytes[position] == newline, bytes[position - 1] == newline {
                blank = position
                break
            }
            position -= 1
        }
        guard let blank, let text = String(validating: bytes[..<blank], as: UTF8.self) else { return nil }

        var signatures: [Signature] = []
        for line in bytes[(blank + 1)...].dropLast().split(separator: newline, omittingEmptySubsequences: false) {
            guard signatures.count < SignedNote.signaturesMax, let signature = Signature(line: line) else { return nil }
            signatures.append(signature)
        }
        guard !signatures.isEmpty else { return nil }
        self.text = text
        self.signatures = signatures
    }

    /// Reads a note from text.
    public init?(_ text: String) {
        self.init(Array(text.utf8))
    }

    /// Puts signatures under a text.
    ///
    /// **Shape**: nil when the text does not end in a newline or holds control characters, or there are no signatures or too many.
    public init?(text: String, signatures: [Signature]) {
        guard SignedNote.isText(text), !signatures.isEmpty, signatures.count <= SignedNote.signaturesMax else { return nil }
        self.text = text
        self.signatures = signatures
    }

    /// Whether a text may stand in a note: ends in a newline, no other control characters below U+0020.
    static func isText(_ text: String) -> Bool {
        for byte in text.utf8 where byte < 0x20 && byte != UInt8(ascii: "\n") { return false }
        return text.utf8.last == UInt8(ascii: "\n")
    }

    /// The note as it is stored and sent.
    public var encoded: String {
        var result = text + "\n"
        for signature in signatures { result += signature.line }
        return result
    }
}
