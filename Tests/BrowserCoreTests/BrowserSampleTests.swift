import Credentials
import Crypto
import Foundation
import Kernel
import Testing

/// The documents that the browser core is tried with. `Scripts/check-browser-core` asks the WebAssembly module the same questions and expects
/// the same answers, so what is written in `Vectors/documents.json` is true of both.
@Suite("The browser core's sample documents") struct BrowserSampleTests {
    static let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Vectors/documents.json")

    @Test func `the same code gives the expected answer here`() throws {
        // ES256 signatures are new each time, so the file is made once and kept.
        if ProcessInfo.processInfo.environment["DOVIRA_RECORD"] == "1" { try Data((Self.sample().text + "\n").utf8).write(to: Self.file) }
        let sample = try JSON.parse([UInt8](Data(contentsOf: Self.file)))
        let trust = try TrustList(json: try #require(sample["trust"]))
        let cases = try #require(sample["cases"]?.array)
        #expect(Set(cases.compactMap { $0["outcome"]?.string }) == ["valid", "changed", "expired", "notYetValid", "unknownIssuer", "malformed"])
        for item in cases {
            let name = try #require(item["name"]?.string)
            let now = try #require(Instant(rfc3339: item["now"]?.string ?? ""))
            let check = DocumentCheck(try #require(item["token"]?.string), trust: trust, now: now)
            let (outcome, document, reason) = Self.parts(check.verdict(check.signatureChecks.map { Self.verifies($0) }))
            #expect(outcome == item["outcome"]?.string, "\(name)")
            #expect(reason == item["reason"]?.string, "\(name)")
            if let claims = item["claims"] { #expect(document.map { .object($0.claims) } == claims, "\(name)") }
        }
    }

    static func parts(_ verdict: Verdict) -> (outcome: String, document: CheckedDocument?, reason: String?) {
        switch verdict {
        case .valid(let document): ("valid", document, nil)
        case .changed: ("changed", nil, nil)
        case .expired(let document): ("expired", document, nil)
        case .notYetValid(let document): ("notYetValid", document, nil)
        case .unchecked(let document): ("unchecked", document, nil)
        case .notEntitled(let document): ("notEntitled", document, nil)
        case .otherAudience(let document): ("otherAudience", document, nil)
        case .unknownIssuer: ("unknownIssuer", nil, nil)
        case .malformed(let reason): ("malformed", nil, reason)
        }
    }

    static func verifies(_ check: SignatureCheck) -> Bool {
        guard check.algorithm == .es256, let key = try? P256.Signing.PublicKey(x963Representation: check.key),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: check.signature)
        else { return false }
        return key.isValidSignature(signature, for: check.message)
    }

    // MARK: Making the sample

    static func sample() throws -> JSON {
        let (key, stranger) = (P256.Signing.PrivateKey(), P256.Signing.PrivateKey())
        let issuer = "https://istmo.example/transito"
        let jwk = try #require(PublicJWK(x963: Array(key.publicKey.x963Representation), keyID: "transito-1"))
        let trust = try TrustList(
            issuers: [.init(iss: issuer, name: LocalText(["es": "Autoridad de Tránsito", "en": "Transit Authority", "uk": "Управління транспорту"]), keys: [jwk], kinds: ["urn:istmo:driving-licence:1"])],
            issued: Instant(rfc3339: "2026-01-01T00:00:00Z"), expires: Instant(rfc3339: "2027-01-01T00:00:00Z"))
        func token(_ issuer: String = issuer, key: P256.Signing.PrivateKey = key, notBefore: Int? = nil) throws -> String {
            var always: JSONObject = ["category": "B"]
            if let notBefore { always["nbf"] = .integer(notBefore) }
            let claims: [(name: String, value: JSON)] = [
                ("family_name", "Ñandú Ґаланська"), ("given_name", "Zoë"), ("birth_date", "1990-02-28"), ("number", "8-123-456"),
                ("address", ["street": "Calle 50", "city": "Colón"]), ("height", 172), ("donor", true), ("restrictions", ["lenses"]),
            ]
            let draft = try CredentialDraft(
                issuer: issuer, vct: "urn:istmo:driving-licence:1", issuedAt: try #require(Instant(rfc3339: "2026-06-01T12:00:00Z")),
                expiresAt: Instant(rfc3339: "2031-06-01T12:00:00Z"), alwaysShown: always, disclosable: claims, kid: "transito-1",
                randomness: .seeded(3))
            return draft.signed(Array(try key.signature(for: draft.signingInput).rawRepresentation))
        }
        let good = try token()
        let shown: JSON = [
            "family_name": "Ñandú Ґаланська", "given_name": "Zoë", "birth_date": "1990-02-28", "number": "8-123-456",
            "address": ["street": "Calle 50", "city": "Colón"], "height": 172, "donor": true, "restrictions": ["lenses"], "category": "B",
        ]
        let parts = good.split(separator: "~", omittingEmptySubsequences: false).map { String($0) }
        let disclosure = try #require(parts.dropFirst().first { Base64URL.decode($0).map { String(decoding: $0, as: UTF8.self).contains("given_name") } == true })
        let forgedDisclosure = Base64URL.encode(Array(String(decoding: try #require(Base64URL.decode(disclosure)), as: UTF8.self)
            .replacingOccurrences(of: "Zoë", with: "Zoé").utf8))
        var flipped = Array(parts[0].utf8)
        let position = try #require(flipped.lastIndex(of: UInt8(ascii: "."))) + 10
        flipped[position] = flipped[position] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        let withoutName = parts.filter { $0 != disclosure }.joined(separator: "~")

        func item(_ name: String, _ token: String, _ outcome: String, now: String = "2026-11-24T09:30:00Z", claims: JSON? = nil, reason: String? = nil) -> JSON {
            var item: JSONObject = ["name": .string(name), "token": .string(token), "now": .string(now), "outcome": .string(outcome)]
            item["claims"] = claims
            item["reason"] = reason.map { .string($0) }
            return .object(item)
        }
        var less = try #require(shown.object)
        less["given_name"] = nil
        func reason(_ token: String) throws -> String? {
            Self.parts(DocumentCheck(token, trust: trust, now: try #require(Instant(rfc3339: "2026-11-24T09:30:00Z"))).verdict([])).reason
        }
        return [
            "trust": trust.json,
            "cases": [
                item("a good document", good, "valid", claims: shown),
                item("a claim kept back", withoutName, "valid", claims: .object(less)),
                item("a changed signature", ([String(decoding: flipped, as: UTF8.self)] + parts.dropFirst()).joined(separator: "~"), "changed"),
                item("a changed claim", good.replacingOccurrences(of: disclosure, with: forgedDisclosure), "changed"),
                item("a stranger's key under a known name", try token(key: stranger), "changed"),
                item("after its time", good, "expired", now: "2031-06-01T12:00:00Z", claims: shown),
                item("before its time", try token(notBefore: 1_900_000_000), "notYetValid"),
                item("an issuer not on the list", try token("https://elsewhere.example"), "unknownIssuer"),
                item("nothing", "", "malformed", reason: try reason("")),
                item("a letter", "Dear Sir or Madam~", "malformed", reason: try reason("Dear Sir or Madam~")),
                item("half a document", String(good.prefix(300)), "malformed", reason: try reason(String(good.prefix(300)))),
            ],
        ]
    }
}
