import Credentials
import Crypto
import Kernel
import Testing

@Suite("Key binding") struct KeyBindingTests {
    let issuer = TestIssuer()
    let holder = TestIssuer()
    let now = Instant(seconds: 1_750_000_000)
    let rule = KeyBindingRule.required(audience: "https://bank.example", nonce: "n-1")

    private func document(bound: Bool = true) throws -> String {
        let draft = try CredentialDraft(
            issuer: issuer.iss, vct: "urn:istmo:licence:1", issuedAt: Instant(seconds: 1_700_000_000), expiresAt: nil, alwaysShown: [:],
            disclosable: [("name", "Ana"), ("number", 7)], kid: issuer.keyID, randomness: .seeded(70), holderKey: bound ? try holder.jwk.json : nil)
        return draft.signed(try issuer.sign(draft.signingInput))
    }

    private func proof(for document: String, _ changes: JSONObject = [:], header: JSONObject = [:], by key: TestIssuer? = nil) throws -> String {
        var head: JSONObject = ["alg": "ES256", "typ": "kb+jwt"]
        for (name, value) in header { head[name] = value }
        var payload: JSONObject = [
            "iat": .integer(Int(now.seconds)), "aud": "https://bank.example", "nonce": "n-1",
            "sd_hash": .string(Base64URL.encode(Kernel.SHA256.hash(Array(document.utf8)).bytes)),
        ]
        for (name, value) in changes { payload[name] = value }
        return try (key ?? holder).token(header: .object(head), payload: .object(payload))
    }

    private func verdict(_ token: String, _ rule: KeyBindingRule? = nil) throws -> Verdict {
        try issuer.verdict(token, now: now, keyBinding: rule ?? self.rule)
    }

    @Test func `a proof that was asked for is accepted, one that was not is refused`() throws {
        let document = try document()
        let token = document + (try proof(for: document))
        #expect(try verdict(token).isValid)
        guard case .unchecked(let shown) = try verdict(token, .notAsked) else {
            Issue.record("\(try verdict(token, .notAsked))")
            return
        }
        #expect(shown.presentation?.audience == "https://bank.example" && shown.presentation?.madeAt == now)
        #expect(shown.claims == ["name": "Ana", "number": 7])
        #expect(try verdict(document) == .malformed("key-binding-missing"))
        #expect(try verdict(document, .notAsked).isValid)
    }

    @Test func `a proof that nobody asked for is still a true one, or the document is refused`() throws {
        let document = try document()
        func unasked(_ changes: JSONObject, header: JSONObject = [:], by key: TestIssuer? = nil) throws -> Verdict {
            try verdict(document + proof(for: document, changes, header: header, by: key), .notAsked)
        }
        #expect(try unasked([:], by: TestIssuer()) == .malformed("key-binding-signature"))
        #expect(try unasked(["sd_hash": "x"]) == .malformed("key-binding-document"))
        #expect(try unasked(["iat": .integer(Int(now.seconds) + 1_000)]) == .malformed("key-binding-time"))
        #expect(try unasked(["iat": .null]) == .malformed("key-binding-time"))
        #expect(try unasked(["aud": .null]) == .malformed("key-binding-audience"))
        #expect(try unasked(["nonce": .null]) == .malformed("key-binding-nonce"))
        #expect(try unasked([:], header: ["alg": "none"]) == .malformed("key-binding-algorithm"))
        #expect(try verdict(document + "junk", .notAsked) == .malformed("key-binding-unreadable"))
        #expect(try verdict(self.document(bound: false) + proof(for: document), .notAsked) == .malformed("key-binding-without-key"))
    }

    @Test func `a document bound to no key cannot be proved`() throws {
        let document = try document(bound: false)
        #expect(try verdict(document + proof(for: document)) == .malformed("key-binding-without-key"))
    }

    @Test func `a proof is for one checker, one question, one time and one choice of disclosures`() throws {
        let document = try document()
        func reason(_ changes: JSONObject, _ header: JSONObject = [:]) throws -> Verdict { try verdict(document + proof(for: document, changes, header: header)) }
        #expect(try reason(["aud": "https://other.example"]) == .malformed("key-binding-audience"))
        #expect(try reason(["aud": ["https://bank.example"]]) == .malformed("key-binding-audience"))
        #expect(try reason(["nonce": "n-2"]) == .malformed("key-binding-nonce"))
        #expect(try reason(["iat": .integer(Int(now.seconds - KeyBindingRule.ageMax - 1))]) == .malformed("key-binding-time"))
        #expect(try reason(["iat": .integer(Int(now.seconds - KeyBindingRule.ageMax))]).isValid)
        #expect(try reason(["iat": .integer(Int(now.seconds + DocumentCheck.clockSkewMax))]).isValid)
        #expect(try reason(["iat": .integer(Int(now.seconds + DocumentCheck.clockSkewMax + 1))]) == .malformed("key-binding-time"))
        #expect(try reason(["iat": "now"]) == .malformed("key-binding-time"))
        #expect(try reason(["sd_hash": "x"]) == .malformed("key-binding-document"))
        #expect(try reason([:], ["typ": "JWT"]) == .malformed("key-binding-type"))
        #expect(try reason([:], ["alg": "none"]) == .malformed("key-binding-algorithm"))
        #expect(try reason([:], ["crit": ["exp"]]) == .malformed("key-binding-unreadable"))
        #expect(try verdict(document + "a.b") == .malformed("key-binding-unreadable"))

        let fewer = try SDJWT(document).presenting { $0.text == "/name" }
        #expect(try verdict(fewer + proof(for: document)) == .malformed("key-binding-document"))
        #expect(try verdict(fewer + proof(for: fewer)).document?.claims == ["name": "Ana"])
    }

    @Test func `another key cannot prove, and a changed document stays changed`() throws {
        let document = try document()
        #expect(try verdict(document + proof(for: document, by: TestIssuer())) == .malformed("key-binding-signature"))
        let check = DocumentCheck(document + (try proof(for: document)), trust: try issuer.trust, now: now, keyBinding: rule)
        #expect(check.signatureChecks.count == 2)
        #expect(check.verdict([false, true]) == .changed)
        #expect(check.verdict([true]) == .malformed("key-binding-signature"))
        #expect(check.verdict([true, true]).isValid)
    }
}
