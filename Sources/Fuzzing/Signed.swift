internal import Credentials
internal import Kernel

// What is signed: documents, and the log's notes.

/// The public key of RFC 9901's examples.
private let trust = try? TrustList(
    json: [
        "issuers": [
            [
                "iss": "https://a", "name": ["en": "A"], "vcts": ["v"],
                "keys": [["kid": "k", "kty": "EC", "crv": "P-256", "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ", "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8"]],
            ]
        ]
    ])

/// A token as it is; or, beginning with `{`, its header, payload and disclosures as lines of JSON.
@Sendable func credential(_ bytes: [UInt8]) -> String? {
    guard let trust else { return "the trust list cannot be read" }
    var token = String(decoding: bytes, as: UTF8.self)
    if bytes.first == UInt8(ascii: "{") {
        var lines: [String] = []
        for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) { lines.append(Base64URL.encode(Array(line))) }
        while lines.count < 2 { lines.append("") }
        token = lines[0] + "." + lines[1] + "." + Base64URL.encode([UInt8](repeating: 1, count: 64))
        for disclosure in lines.dropFirst(2) { token += "~" + disclosure }
        token += "~"
    }
    let now = Instant(seconds: 1_770_000_000)
    for rule in [KeyBindingRule.notAsked, .required(audience: "v", nonce: "n")] {
        let check = DocumentCheck(token, trust: trust, now: now, keyBinding: rule)
        _ = check.verdict(check.signatureChecks.map { _ in true })
        if case .valid = check.verdict([]), !check.signatureChecks.isEmpty { return "a document without a good signature is valid" }
    }
    guard let read = try? SDJWT(token) else { return nil }
    guard let claims = try? read.claims() else { return nil }
    guard let shown = try? read.presenting({ _ in true }), let again = try? SDJWT(shown), (try? again.claims()) == claims else {
        return "a token that shows everything says something else"
    }
    guard let hidden = try? read.presenting({ _ in false }), let bare = try? SDJWT(hidden), bare.disclosureCount == 0 else {
        return "a token that shows nothing has disclosures"
    }
    return nil
}

@Sendable func note(_ bytes: [UInt8]) -> String? {
    let key = NoteKey(name: "log", ed25519: [UInt8](repeating: 7, count: 32))
    let keys = [key].compactMap { $0 }
    if let note = SignedNote(bytes) {
        guard let again = SignedNote(text: note.text, signatures: note.signatures), again == note, SignedNote(note.encoded) == note else {
            return "a note that is written and read is another"
        }
        if let checkpoint = Checkpoint(noteText: note.text), Checkpoint(noteText: checkpoint.noteText) != checkpoint {
            return "a checkpoint that is written and read is another"
        }
        let check = NoteCheck(note, keys: keys)
        if case .signed = check.verdict([]) { return "a note without a good signature is signed" }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    if let key = NoteKey(vkey: text), NoteKey(vkey: key.vkey) != key { return "a key that is written and read is another" }
    if let json = try? JSON.parse(bytes), let proof = HistoryProof(json) {
        guard HistoryProof(proof.json) == proof else { return "a proof that is written and read is another" }
        let check = HistoryCheck(proof, person: proof.person, keys: keys)
        _ = check.verdict(check.signatureChecks.map { _ in true })
    }
    return nil
}
