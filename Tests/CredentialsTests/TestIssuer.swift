import Credentials
import Crypto
import Kernel
import Testing

/// Signs whatever a test wants signed, good or bad.
struct TestIssuer {
    let key = P256.Signing.PrivateKey()
    let iss: String
    let keyID: String

    init(iss: String = "https://istmo.example/transit", keyID: String = "transit-1") {
        self.iss = iss
        self.keyID = keyID
    }

    var jwk: PublicJWK {
        get throws { try #require(PublicJWK(x963: Array(key.publicKey.x963Representation), keyID: keyID)) }
    }

    var trust: TrustList {
        get throws { try TrustList(issuers: [TrustList.Issuer(iss: iss, name: ["es": "Autoridad de Tránsito"], keys: [try jwk], kinds: ["urn:istmo:licence:1"])]) }
    }

    func sign(_ message: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: message).rawRepresentation)
    }

    /// `header.payload.signature` in the compact form of any token.
    func token(header: JSON, payload: JSON) throws -> String {
        let input = Base64URL.encode(header.bytes) + "." + Base64URL.encode(payload.bytes)
        return input + "." + Base64URL.encode(try sign(Array(input.utf8)))
    }

    /// A document with these claims beside those that every document has, and with these disclosures.
    func document(
        _ claims: JSONObject = [:], disclosures: [Disclosure] = [], header: JSONObject = [:], without: [String] = []
    ) throws -> String {
        var head: JSONObject = ["alg": "ES256", "typ": "dc+sd-jwt", "kid": .string(keyID)]
        for (name, value) in header { head[name] = value.isNull ? nil : value }
        var payload: JSONObject = ["iss": .string(iss), "vct": "urn:istmo:licence:1", "iat": 1_700_000_000]
        for (name, value) in claims { payload[name] = value }
        for name in without { payload[name] = nil }
        return try token(header: .object(head), payload: .object(payload)) + "~" + disclosures.map { $0.encoded + "~" }.joined()
    }

    func verdict(_ token: String, now: Instant = Instant(seconds: 1_750_000_000), keyBinding: KeyBindingRule = .notAsked) throws -> Verdict {
        check(token, trust: try trust, now: now, keyBinding: keyBinding)
    }
}

/// Checks a document with swift-crypto for the signatures.
func check(
    _ token: String, trust: TrustList, now: Instant = Instant(seconds: 1_750_000_000), keyBinding: KeyBindingRule = .notAsked
) -> Verdict {
    let check = DocumentCheck(token, trust: trust, now: now, keyBinding: keyBinding)
    return check.verdict(check.signatureChecks.map(verify))
}

func verify(_ check: SignatureCheck) -> Bool {
    guard check.algorithm == .es256, let key = try? P256.Signing.PublicKey(x963Representation: check.key),
        let signature = try? P256.Signing.ECDSASignature(rawRepresentation: check.signature)
    else { return false }
    return key.isValidSignature(signature, for: check.message)
}

/// A disclosure, well formed or not, and its digest.
struct Disclosure {
    let encoded: String

    init(_ json: JSON) {
        encoded = Base64URL.encode(json.bytes)
    }

    init(text: String) {
        encoded = Base64URL.encode(Array(text.utf8))
    }

    var digest: JSON { .string(Base64URL.encode(Kernel.SHA256.hash(Array(encoded.utf8)).bytes)) }
}

extension Verdict {
    var isValid: Bool {
        if case .valid = self { true } else { false }
    }
}
