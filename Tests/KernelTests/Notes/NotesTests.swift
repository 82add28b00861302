import Crypto
import HouseTesting
import Kernel
import Testing

@Suite("Signed notes") struct NotesTests {
    let foo = NoteKey(vkey: "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")

    func signature(_ name: String, keyID: UInt32 = 1) throws -> SignedNote.Signature {
        try #require(SignedNote.Signature(name: name, keyID: keyID, bytes: [1, 2, 3]))
    }

    @Test func `what is written is read back`() throws {
        let note = try #require(SignedNote(text: "one\n\ntwo\n", signatures: [try signature("a"), try signature("b/é", keyID: 0xffff_ffff)]))
        #expect(SignedNote(note.encoded) == note)
        #expect(note.encoded == "one\n\ntwo\n\n— a AAAAAQECAw==\n— b/é /////wECAw==\n")
    }

    @Test(arguments: ["no newline", "", "tab\there\n", "\u{0}\n"])
    func `a text that cannot stand in a note gets no signature`(_ text: String) throws {
        #expect(SignedNote(text: text, signatures: [try signature("a")]) == nil)
    }

    @Test(arguments: ["", "two words", "plus+plus", "no\u{a0}break", "em\u{2003}space", "ideographic\u{3000}", "new\nline"])
    func `a key name has no spaces and no plus`(_ name: String) {
        #expect(SignedNote.Signature(name: name, keyID: 1, bytes: [1]) == nil)
        #expect(NoteKey(name: name, ed25519: [UInt8](repeating: 0, count: 32)) == nil)
    }

    @Test func `as many signatures as the limit are read, and no more`() throws {
        let line = "— a AAAAAQECAw==\n"
        #expect(SignedNote("text\n\n" + String(repeating: line, count: SignedNote.signaturesMax))?.signatures.count == SignedNote.signaturesMax)
        #expect(SignedNote("text\n\n" + String(repeating: line, count: SignedNote.signaturesMax + 1)) == nil)
    }

    @Test func `names are told apart by their bytes, not by what they look like`() throws {
        let key = [UInt8](repeating: 3, count: 32)
        let composed = try #require(NoteKey(name: "caf\u{e9}", ed25519: key))
        let decomposed = try #require(NoteKey(name: "cafe\u{301}", ed25519: key))
        #expect(composed.id != decomposed.id)
        let forged = try #require(SignedNote.Signature(name: decomposed.name, keyID: composed.id, bytes: [1]))
        let note = try #require(SignedNote(text: "x\n", signatures: [forged]))
        #expect(NoteCheck(note, keys: [composed]).signatureChecks.isEmpty)
    }

    @Test func `answers that are missing count as no`() throws {
        let key = try #require(foo)
        let note = try #require(SignedNote(text: "x\n", signatures: [try signature(key.name, keyID: key.id)]))
        let check = NoteCheck(note, keys: [key])
        #expect(check.signatureChecks.count == 1)
        #expect(check.verdict([]) == .forged(key.name))
        #expect(check.verdict([true]) == .signed(by: [key.name]))
        #expect(NoteCheck(note, keys: []).verdict([true]) == .unsigned)
    }

    @Test(arguments: [
        "", "origin\n", "origin\n1\n", "origin\n01\nqqqq\n", "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "origin\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "origin\n+1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "origin\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "origin\n18446744073709551616\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU\n", "origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuA==\n",
        "origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "origin\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n",
    ]) func `this is no checkpoint`(_ text: String) {
        #expect(Checkpoint(noteText: text) == nil)
    }

    @Test func `a checkpoint may have lines that we do not know`() throws {
        let text = "origin\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\nand more\n"
        let checkpoint = try #require(Checkpoint(noteText: text))
        #expect(checkpoint.extensions == ["more", "and more"])
        #expect(checkpoint.root == Merkle.emptyRoot)
        #expect(checkpoint.noteText == text)
    }
}

@Suite("The published note vectors", .enabled(if: SharedData.isPresent, "the shared conformance data is not here"))
struct NoteVectorTests {
    let vectors: JSON

    init() throws { vectors = try SharedData.json("conformance/audit/sumdb/note-vectors.json") }

    @Test func `notes open, or fail for the reason given`() throws {
        let cases = try #require(vectors["open"]?.array)
        #expect(cases.count == 15)
        for item in cases {
            let name = try #require(item["name"]?.string)
            let bytes = try #require(Hex.decode(item["note_hex"]?.string ?? "-"))
            let keys = try #require(item["vkeys"]?.array).map { try #require(NoteKey(vkey: $0.string ?? "")) }
            let names = { (list: JSON?) in list?.array?.compactMap { $0.string } ?? [] }
            let error = item["error"]?.string
            guard let note = SignedNote(bytes) else {
                #expect(error == "malformed note", "\(name)")
                continue
            }
            let check = NoteCheck(note, keys: keys)
            let verdict = check.verdict(check.signatureChecks.map { Ed25519.verifies($0) })
            switch verdict {
            case .signed(let by):
                #expect(item["ok"] == true, "\(name)")
                #expect(by == names(item["verified"]), "\(name)")
                #expect(note.signatures.map { $0.name }.filter { !by.contains($0) } == names(item["unverified"]), "\(name)")
                #expect(note.encoded.utf8.elementsEqual(bytes), "\(name)")
            case .unsigned: #expect(error == "note has no verifiable signatures", "\(name)")
            case .forged(let key): #expect(error?.hasPrefix("invalid signature for key \(key)+") == true, "\(name)")
            case .ambiguous(let key): #expect(error?.hasPrefix("ambiguous key \(key)+") == true, "\(name)")
            }
        }
    }

    @Test func `a note is signed as published`() throws {
        let sign = try #require(vectors["sign"])
        let parts = try #require(sign["skey"]?.string).split(separator: "+", maxSplits: 4, omittingEmptySubsequences: false)
        let secret = try #require(Base64.decode(String(parts[4])))
        let key = try Curve25519.Signing.PrivateKey(rawRepresentation: secret.dropFirst())
        let noteKey = try #require(NoteKey(name: String(parts[2]), ed25519: Array(key.publicKey.rawRepresentation)))
        let text = try #require(sign["text"]?.string)
        let signature = try #require(
            SignedNote.Signature(name: noteKey.name, keyID: noteKey.id, bytes: Array(try key.signature(for: Array(text.utf8)))))
        #expect(SignedNote(text: text, signatures: [signature])?.encoded == sign["note"]?.string)
    }

    @Test func `broken keys are refused, down to a single character`() throws {
        for bad in try #require(vectors["bad_vkeys"]?.array) { #expect(NoteKey(vkey: bad.string ?? "") == nil) }
        let good = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
        #expect(NoteKey(vkey: good)?.vkey == good)
        let bytes = Array(good.utf8)
        for position in bytes.indices {
            var changed = bytes
            changed[position] += 1
            #expect(NoteKey(vkey: String(decoding: changed, as: UTF8.self)) == nil, "\(position)")
            for end in position...bytes.count where end - position < bytes.count {
                #expect(NoteKey(vkey: String(decoding: bytes[position..<end], as: UTF8.self)) == nil)
            }
        }
    }

    @Test func `the published tree note and tile paths`() throws {
        let tree = try #require(vectors["tree_note"])
        let root = Merkle.leafHash(Array((tree["record"]?.string ?? "").utf8))
        // The note's hash is that of the record "hello world" alone, whatever size the text claims.
        let checkpoint = try #require(Checkpoint(noteText: tree["text"]?.string ?? ""))
        #expect(checkpoint == Checkpoint(origin: "go.sum database tree", size: 123_456_789_012, root: root))

        // Those paths carry the tile's height first and count widths up to 2^height; the rest is the same spelling.
        for item in try #require(vectors["tile_paths"]?["valid"]?.array) {
            let text = try #require(item[0]?.string)
            let (height, width) = (try #require(item[1]?.int), try #require(item[4]?.int))
            let full = width == 1 << height
            let path = try #require(TilePath("tile/" + text.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).joined(separator: "/")))
            #expect(path.content == .hashes(level: try #require(item[2]?.int)))
            #expect(path.index == UInt64(try #require(item[3]?.int)))
            #expect(path.width == (full ? Tiles.width : width))
        }
    }
}
