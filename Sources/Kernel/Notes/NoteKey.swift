/// The public key that a note's reader knows: name, id and an Ed25519 key.
///
/// Other signature types exist (ECDSA, cosignatures); a reader ignores signatures whose keys it does not know, so they do no harm.
/// **Standard**: C2SP signed-note, sections Verifier keys and Ed25519 signatures.
public struct NoteKey: Hashable, Sendable {
    /// The signature type of plain Ed25519.
    static let ed25519: UInt8 = 0x01

    /// The key's name, by custom the log's address without a scheme.
    public let name: String
    /// The first four bytes of SHA-256(name ‖ newline ‖ type ‖ key), big-endian.
    public let id: UInt32
    /// The key, 32 bytes as RFC 8032 writes it.
    public let publicKey: [UInt8]

    /// **Shape**: nil when the name is not a key name or the key has not 32 bytes.
    public init?(name: String, ed25519 publicKey: [UInt8]) {
        guard NoteKey.isName(name), publicKey.count == 32 else { return nil }
        self.name = name
        self.publicKey = publicKey
        let hash = SHA256.hash(Array(name.utf8) + [UInt8(ascii: "\n"), NoteKey.ed25519] + publicKey)
        self.id = hash.bytes[..<4].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }

    /// Reads `name+id+key`. The id must be the key's own, so that a mistyped key is noticed where it is typed.
    public init?(vkey: String) {
        let parts = vkey.utf8.split(separator: UInt8(ascii: "+"), maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let name = String(parts[0]), let id = String(parts[1]), let encoded = String(parts[2]),
            let material = Base64.decode(encoded), material.count == 33, material[0] == NoteKey.ed25519
        else { return nil }
        self.init(name: name, ed25519: Array(material[1...]))
        guard self.idText.utf8.elementsEqual(id.utf8) else { return nil }
    }

    /// The key as text, `name+id+key`.
    public var vkey: String {
        name + "+" + idText + "+" + Base64.encode([NoteKey.ed25519] + publicKey)
    }

    private var idText: String {
        Hex.encode([24, 16, 8, 0].map { (shift: UInt32) in UInt8(truncatingIfNeeded: id >> shift) })
    }

    /// Whether a signature claims to be this key's. Names are compared byte by byte: Swift's `==` would call two spellings of
    /// one accented letter equal, the standard does not.
    func isClaimed(by signature: SignedNote.Signature) -> Bool {
        id == signature.keyID && name.utf8.elementsEqual(signature.name.utf8)
    }

    /// Key names are not empty and hold no Unicode space and no plus.
    static func isName(_ name: String) -> Bool {
        if name.isEmpty { return false }
        for scalar in name.unicodeScalars {
            switch scalar.value {
            case 0x00...0x20, 0x2b, 0x85, 0xa0, 0x1680, 0x2000...0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000: return false
            default: continue
            }
        }
        return true
    }
}
