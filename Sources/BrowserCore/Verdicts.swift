import Credentials
import Kernel

extension Verdict {
    /// `{"outcome": "valid", "issuer": …, "issuerName": {"es": …}, "type": …, "issuedAt": …, "notBefore": …, "expiresAt": …,
    /// "validFrom": …, "claims": {…}, "hasStatus": false, "presentation": {"audience": …, "madeAt": …}}`, dates and presentation where the
    /// document has them; a document that is not shown has `issuer` (unknownIssuer) or `reason` and what it is `about` (malformed) alone.
    var json: JSON {
        switch self {
        case .valid(let document): return document.json(outcome: "valid")
        case .expired(let document): return document.json(outcome: "expired")
        case .notYetValid(let document): return document.json(outcome: "notYetValid")
        case .unchecked(let document): return document.json(outcome: "unchecked")
        case .notEntitled(let document): return document.json(outcome: "notEntitled")
        case .otherAudience(let document): return document.json(outcome: "otherAudience")
        case .changed: return ["outcome": "changed"]
        case .unknownIssuer(let issuer): return ["outcome": "unknownIssuer", "issuer": .string(issuer)]
        case .malformed(let reason): return ["outcome": "malformed", "reason": .string(reason), "about": .string(MalformedReason(code: reason).rawValue)]
        }
    }
}

extension CheckedDocument {
    func json(outcome: String) -> JSON {
        var names = JSONObject()
        for language in issuerName.values.keys.sorted() { names[language] = .string(issuerName.values[language] ?? "") }
        var object: JSONObject = [
            "outcome": .string(outcome), "issuer": .string(issuer), "issuerName": .object(names), "type": .string(vct),
            "claims": .object(claims), "hasStatus": .bool(hasStatus),
        ]
        if let issuedAt { object["issuedAt"] = .string(issuedAt.rfc3339) }
        if let notBefore { object["notBefore"] = .string(notBefore.rfc3339) }
        if let expiresAt { object["expiresAt"] = .string(expiresAt.rfc3339) }
        if let validFrom { object["validFrom"] = .string(validFrom.rfc3339) }
        if let presentation {
            object["presentation"] = ["audience": .string(presentation.audience.text), "madeAt": .string(presentation.madeAt.rfc3339)]
        }
        return .object(object)
    }
}

extension HistoryVerdict {
    /// `{"checkpoint": {"outcome": "signed", "origin": …, "size": "…"}, "entries": ["included", …], "first": 1, "last": 7, "missing": null,
    /// "gapless": true, "complete": true, "memory": "kept", "keep": {…}}`; `memory` says how what was kept of an earlier look fits, `keep` is what to
    /// keep of this one. An entry is "included", "pending", "unproven" or the name of its fault. The size is a
    /// string, because script's numbers end at 2^53.
    var json: JSON {
        [
            "checkpoint": checkpoint.json, "entries": .array(entries.map { .string($0.word) }), "first": .number(Decimal128(first)),
            "last": .number(Decimal128(last)), "missing": missing.map { .number(Decimal128($0)) } ?? .null, "gapless": .bool(isGapless),
            "complete": .bool(isComplete),
        ]
    }
}

extension CheckpointVerdict {
    var json: JSON {
        switch self {
        case .signed(let checkpoint):
            return ["outcome": "signed", "origin": .string(checkpoint.origin), "size": .string("\(checkpoint.size)")]
        case .none: return ["outcome": "none"]
        case .malformed: return ["outcome": "malformed"]
        case .unknownLog(let origin): return ["outcome": "unknownLog", "origin": .string(origin)]
        case .forged: return ["outcome": "forged"]
        }
    }
}

extension EntryVerdict {
    var word: String {
        switch self {
        case .included: return "included"
        case .pending: return "pending"
        case .unproven: return "unproven"
        case .faulty(.malformed): return "malformed"
        case .faulty(.otherPerson): return "otherPerson"
        case .faulty(.otherNumber): return "otherNumber"
        case .faulty(.notInLog): return "notInLog"
        case .faulty(.notInEntry): return "notInEntry"
        }
    }
}
