import enum Crypto.Curve25519
import Foundation
import HouseTesting
import Kernel
import Testing

/// A log in memory with three people, a chunk and a house journal; what a server would hand out, made by other means than the server's.
struct SampleLog {
    static let origin = "istmo.example/log"
    static let person = "8-123-456"

    let key: Curve25519.Signing.PrivateKey
    let noteKey: NoteKey
    private(set) var leaves: [Digest] = []
    private(set) var entries: [(person: String, proof: EntryProof)] = []

    init() throws {
        key = try Ed25519.key(seed: 9)
        noteKey = try #require(NoteKey(name: SampleLog.origin, ed25519: Array(key.publicKey.rawRepresentation)))
        for number in 1...3 {
            add(SampleLog.person, number, "\"records\":[{\"fields\":[\"nombre\",\"año\"],\"record\":\"r\(number)\",\"register\":\"person\"}]")
            add("PE-1-\(number)", 1, "\"records\":[]")
        }
        let secret = [UInt8](repeating: 5, count: 32)
        let people = (0..<10).map { $0 == 4 ? (SampleLog.person, 4) : ("N-\($0)-1", 1) }
        let lines = people.enumerated().map { (position, line) in
            Merkle.leafHash(AuditLeaf.line(nonce: AuditLeaf.lineNonce(secret: secret, position: UInt32(position)), person: line.0, number: line.1))
        }
        let path = try #require(Merkle.inclusionProof(index: 4, size: 10, { (level: Int, index: UInt64) in
            Tiles.hash(level: level, index: index) { (_, _) -> [Digest]? in lines }
        }))
        let line = EntryProof.Line(position: 4, nonce: AuditLeaf.lineNonce(secret: secret, position: 4), path: path)
        add("", 1, "\"lines\":10,\"linesRoot\":\"\(Base64.encode(Merkle.root(lines).bytes))\"", line: line, seenBy: (SampleLog.person, 4))
        add(SampleLog.person, 5, "\"records\":[]")
    }

    private mutating func add(_ person: String, _ number: Int, _ rest: String, line: EntryProof.Line? = nil, seenBy other: (String, Int)? = nil) {
        // The first three are of the form that earlier versions wrote.
        let payload = "{\"action\":\"look\",\"n\":\(number),\"person\":\"\(person)\",\(rest),\"v\":\(entries.count < 3 ? 1 : 2)}"
        let nonce = SHA256.hash(Array(payload.utf8)).bytes
        leaves.append(Merkle.leafHash(AuditLeaf.entry(nonce: nonce, payload: Array(payload.utf8))))
        let place = EntryProof.Place(index: UInt64(leaves.count - 1), path: [])
        entries.append((other?.0 ?? person, EntryProof(number: other?.1 ?? number, payload: payload, nonce: nonce, place: place, line: line)))
    }

    func history(_ person: String = SampleLog.person) throws -> HistoryProof {
        let text = try #require(Checkpoint(origin: SampleLog.origin, size: UInt64(leaves.count), root: Merkle.root(leaves))).noteText
        let bytes = Array(try key.signature(for: Array(text.utf8)))
        let signature = try #require(SignedNote.Signature(name: noteKey.name, keyID: noteKey.id, bytes: bytes))
        let note = try #require(SignedNote(text: text, signatures: [signature]))
        let own = try entries.filter { $0.person == person }.map { (_, proof) in
            var proof = proof
            let index = try #require(proof.place).index
            proof.place?.path = try #require(Merkle.inclusionProof(index: index, size: UInt64(leaves.count), { (level: Int, index: UInt64) in
                Tiles.hash(level: level, index: index) { (_, _) -> [Digest]? in leaves }
            }))
            return proof
        }
        return HistoryProof(person: person, count: own.count, checkpoint: note.encoded, entries: own)
    }

    func verdict(_ proof: HistoryProof, person: String = SampleLog.person, keys: [NoteKey]? = nil) -> HistoryVerdict {
        let check = HistoryCheck(proof, person: person, keys: keys ?? [noteKey])
        return check.verdict(check.signatureChecks.map { Ed25519.verifies($0) })
    }
}

@Suite("A person's history") struct HistoryCheckTests {
    let log: SampleLog
    let proof: HistoryProof

    init() throws {
        log = try SampleLog()
        proof = try log.history()
    }

    /// The history with one entry changed, and what comes out for it.
    func verdict(_ position: Int = 1, _ change: (inout EntryProof) -> Void) -> EntryVerdict {
        var changed = proof
        change(&changed.entries[position])
        let verdict = log.verdict(changed)
        #expect(!verdict.isComplete)
        return verdict.entries[position]
    }

    @Test func `a whole history is complete, and is the same after JSON`() throws {
        let verdict = log.verdict(proof)
        #expect(verdict.isComplete && verdict.isGapless && !verdict.hasStrayNumbers)
        #expect((verdict.first, verdict.last, verdict.missing) == (1, 5, nil))
        #expect(verdict.checkpoint == .signed(try #require(Checkpoint(origin: SampleLog.origin, size: 8, root: Merkle.root(log.leaves)))))
        #expect(HistoryProof(try JSON.parse(proof.json.text)) == proof)
    }

    @Test func `what was changed is found`() throws {
        let foreign = try #require(try log.history("PE-1-1").entries.first)
        #expect(verdict { $0.payload = $0.payload.replacingOccurrences(of: "look", with: "loot") } == .faulty(.notInLog))
        #expect(verdict { $0.nonce[0] ^= 1 } == .faulty(.notInLog))
        #expect(verdict { $0.place?.index += 1 } == .faulty(.notInLog))
        #expect(verdict { $0.place?.index = .max } == .faulty(.notInLog))
        #expect(verdict { $0.place?.path.removeLast() } == .faulty(.notInLog))
        #expect(verdict { $0.place?.path.swapAt(0, 1) } == .faulty(.notInLog))
        #expect(verdict { $0.number = 6 } == .faulty(.otherNumber))
        #expect(verdict { $0 = foreign } == .faulty(.otherPerson))
        #expect(verdict { $0.nonce.removeLast() } == .faulty(.malformed))
        #expect(verdict { $0.payload = "{" } == .faulty(.malformed))
        #expect(verdict { $0.payload = $0.payload.replacingOccurrences(of: "\"v\":1", with: "\"v\":2") } == .faulty(.notInLog))
        #expect(verdict { $0.payload = $0.payload.replacingOccurrences(of: "\"v\":1", with: "\"v\":3") } == .faulty(.malformed))
    }

    @Test func `a line in an entry about many is held to the entry's root`() {
        // The fourth entry is the chunk.
        #expect(verdict(3) { $0.line?.position += 1 } == .faulty(.notInEntry))
        #expect(verdict(3) { $0.line?.nonce[3] ^= 1 } == .faulty(.notInEntry))
        #expect(verdict(3) { $0.line?.path.removeFirst() } == .faulty(.notInEntry))
        #expect(verdict(3) { $0.number = 7 } == .faulty(.notInEntry))
        #expect(verdict(3) { $0.line = nil } == .faulty(.otherPerson))
        #expect(verdict(3) { $0.line?.nonce = [] } == .faulty(.malformed))
        // An entry about her alone has no lines to point into.
        let line = proof.entries[3].line
        #expect(verdict(0) { $0.line = line } == .faulty(.malformed))
        let other = HistoryCheck(proof, person: "N-3-1", keys: [log.noteKey])
        #expect(other.verdict([true]).entries[3] == .faulty(.notInEntry))
    }

    @Test func `an entry without a place is pending, but not if it says something wrong`() {
        #expect(verdict { $0.place = nil } == .pending)
        #expect(verdict {
            $0.place = nil
            $0.number = 9
        } == .faulty(.otherNumber))
    }

    @Test func `numbers that are missing, doubled or too high are named`() {
        func verdict(_ change: (inout HistoryProof) -> Void) -> HistoryVerdict {
            var changed = proof
            change(&changed)
            let verdict = log.verdict(changed)
            #expect(!verdict.isComplete)
            return verdict
        }
        #expect(verdict { $0.entries.remove(at: 2) }.missing == 3)
        #expect(!verdict { $0.entries.remove(at: 2) }.isGapless)
        #expect(verdict { $0.entries.removeLast() }.missing == 5)
        #expect(verdict { $0.entries.removeLast() }.isGapless)
        #expect(verdict { $0.count = 6 }.missing == 6)
        #expect(verdict { $0.count = 4 }.hasStrayNumbers)
        #expect(verdict { $0.entries.append($0.entries[0]) }.hasStrayNumbers)
        #expect(verdict { $0.entries = [] }.missing == 1)
    }

    @Test func `a checkpoint counts only under a key known as this log's`() throws {
        var changed = proof
        changed.checkpoint = ""
        #expect(log.verdict(changed).checkpoint == .none)
        #expect(log.verdict(changed).entries == Array(repeating: .unproven, count: 5))
        changed.checkpoint = "nonsense"
        #expect(log.verdict(changed).checkpoint == .malformed)
        changed.checkpoint = proof.checkpoint.replacingOccurrences(of: "\n8\n", with: "\n9\n")
        #expect(log.verdict(changed).checkpoint == .forged)
        changed.checkpoint = proof.checkpoint.replacingOccurrences(of: "istmo.example/log\n", with: "istmo.example/other\n")
        #expect(log.verdict(changed).checkpoint == .unknownLog("istmo.example/other"))
        #expect(log.verdict(proof, keys: []).checkpoint == .unknownLog(SampleLog.origin))
        let stranger = try #require(NoteKey(name: SampleLog.origin, ed25519: [UInt8](repeating: 1, count: 32)))
        #expect(log.verdict(proof, keys: [stranger]).checkpoint == .unknownLog(SampleLog.origin))
        #expect(!log.verdict(proof, keys: []).isComplete)
        // A known key of another log has no say here, though it signed rightly.
        let other = try #require(NoteKey(name: "other.example/log", ed25519: Array(log.key.publicKey.rawRepresentation)))
        #expect(log.verdict(proof, keys: [other]).checkpoint == .unknownLog(SampleLog.origin))
    }

    @Test(arguments: [
        "{}", #"{"format":"dovira-log-proof-v2","person":"a","count":0,"checkpoint":"","entries":[]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":-1,"checkpoint":"","entries":[]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":1,"checkpoint":"","entries":[{"n":0,"payload":"","nonce":""}]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":1,"checkpoint":"","entries":[{"n":1,"payload":"","nonce":"="}]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":1,"checkpoint":"","entries":[{"n":1,"payload":"","nonce":"","index":1}]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":1,"checkpoint":"","entries":[{"n":1,"payload":"","nonce":"","index":-1,"path":[]}]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":1,"checkpoint":"","entries":[{"n":1,"payload":"","nonce":"","index":1.5,"path":[]}]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":1,"checkpoint":"","entries":[{"n":1,"payload":"","nonce":"","index":1,"path":["AA=="]}]}"#,
        #"{"format":"dovira-log-proof-v1","person":"a","count":1,"checkpoint":"","entries":[{"n":1,"payload":"","nonce":"","line":{}}]}"#,
    ]) func `this is no proof`(_ text: String) throws {
        #expect(HistoryProof(try JSON.parse(text)) == nil)
    }

    @Test func `the sample that the browser core is tried with is this one`() throws {
        // Scripts/check-browser-core asks the WebAssembly module the same and expects the same.
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors/history.json")
        let sample: JSON = ["keys": [.string(log.noteKey.vkey)], "person": .string(SampleLog.person), "proof": proof.json]
        if ProcessInfo.processInfo.environment["DOVIRA_RECORD"] == "1" { try Data((sample.text + "\n").utf8).write(to: file) }
        #expect(try JSON.parse([UInt8](Data(contentsOf: file))) == sample)
    }
}
