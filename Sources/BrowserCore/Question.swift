import Credentials
import Kernel

/// What a page may ask.
///
/// **Shape**: a question is asked twice. Without `answers` the reply lists the signatures to verify; with them (true or false, in that
/// order) it is the verdict. A question that needs no signature gets its verdict at once.
/// ```
/// {"kind": "document", "text": "…", "trust": {…}, "stateKey": "thumbprint", "now": "2026-11-24T09:30:00Z", "answers": [true, true]}
/// {"kind": "history", "proof": {…}, "person": "…", "keys": ["name+id+key"], "kept": {…}, "consistency": ["base64"], "answers": [true]}
/// → {"signatures": [{"algorithm": "es256", "key": "base64", "message": "base64", "signature": "base64"}]}
/// → {"verdict": {…}, "trustIsStale": false}    → {"error": "why the question cannot be answered"}
/// ```
/// With a `stateKey` the trust list has to bear that key's signature, which is the first to be verified; without it the list is taken as given.
/// The document is what somebody pasted or chose: text (`text`; a `token` is read alike).
enum Question {
    /// Histories are long; a question may be larger than what the platform accepts from the outside.
    static let limits = JSONLimits.standard

    static func reply(to bytes: [UInt8]) -> JSON {
        guard let question = try? JSON.parse(bytes, limits: limits) else { return refusal("the question is not JSON") }
        let answers = question["answers"]?.array.map { list in list.map { $0.bool ?? false } }
        switch question["kind"]?.string {
        case "document": return document(question, answers)
        case "history": return history(question, answers)
        default: return refusal("unknown kind of question")
        }
    }

    private static func document(_ question: JSON, _ answers: [Bool]?) -> JSON {
        guard let text = (question["text"] ?? question["token"])?.string, let list = question["trust"],
            let now = question["now"]?.string.flatMap({ Instant(rfc3339: $0) })
        else { return refusal("a document question has a text, a trust list and a time") }
        guard let trust = try? TrustList(json: list) else { return refusal("the trust list is malformed") }
        var signed: SignedTrustList?
        if let key = question["stateKey"]?.string {
            guard let read = try? SignedTrustList(json: list, list: trust, stateKey: key) else {
                return refusal("the trust list is not signed by the state's key")
            }
            signed = read
        }
        let check = DocumentCheck(DocumentText.token(text), trust: trust, now: now)
        let ofList = signed.map { [$0.signatureCheck] } ?? []
        if let signatures = unanswered(ofList + check.signatureChecks, answers) { return signatures }
        var given = answers ?? []
        if signed != nil {
            guard given.first == true else { return refusal("the trust list is not signed by the state's key") }
            given.removeFirst()
        }
        // Whoever checks with the network off learns how old her list is.
        return ["verdict": check.verdict(given).json, "trustIsStale": .bool(trust.isStale(at: now))]
    }

    private static func history(_ question: JSON, _ answers: [Bool]?) -> JSON {
        guard let person = question["person"]?.string, let list = question["keys"]?.array else {
            return refusal("a history question has a person and keys")
        }
        guard let proof = question["proof"].flatMap({ HistoryProof($0) }) else { return refusal("the proof is malformed") }
        var keys: [NoteKey] = []
        for item in list {
            guard let key = item.string.flatMap({ NoteKey(vkey: $0) }) else { return refusal("a key is malformed") }
            keys.append(key)
        }
        let check = HistoryCheck(proof, person: person, keys: keys)
        if let signatures = unanswered(check.signatureChecks, answers) { return signatures }
        let verdict = check.verdict(answers ?? [])
        var reply = verdict.json.object ?? JSONObject()
        // What the page kept of an earlier look, and whether the present log still begins with it.
        if let kept = question["kept"] {
            guard let memory = LogMemory(kept) else { return refusal("what was kept of the log is malformed") }
            reply["memory"] = .string(check.compared(verdict, with: memory, consistency: question["consistency"]?.path).rawValue)
        }
        reply["keep"] = check.memory(verdict)?.json ?? .null
        return ["verdict": .object(reply)]
    }

    private static func unanswered(_ checks: [SignatureCheck], _ answers: [Bool]?) -> JSON? {
        guard answers == nil, !checks.isEmpty else { return nil }
        return ["signatures": .array(checks.map { $0.json })]
    }

    private static func refusal(_ reason: String) -> JSON { ["error": .string(reason)] }
}

extension SignatureCheck {
    var json: JSON {
        let name: String
        switch algorithm {
        case .es256: name = "es256"
        case .ed25519: name = "ed25519"
        }
        return [
            "algorithm": .string(name), "key": .string(Base64.encode(key)), "message": .string(Base64.encode(message)),
            "signature": .string(Base64.encode(signature)),
        ]
    }
}
