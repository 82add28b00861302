import Credentials
import Kernel
import Testing

@Suite("The verdict on a document") struct DocumentCheckTests {
    let issuer = TestIssuer()
    let issuedAt = Instant(seconds: 1_700_000_000)

    private func draft(
        expiresAt: Instant? = Instant(seconds: 1_800_000_000), shown: JSONObject = ["category": "B"],
        disclosable: [(name: String, value: JSON)] = [("name", "Ana Díaz"), ("birthDate", "1990-02-28"), ("number", 42)],
        holderKey: JSON? = nil
    ) throws -> CredentialDraft {
        try CredentialDraft(
            issuer: issuer.iss, vct: "urn:istmo:licence:1", issuedAt: issuedAt, expiresAt: expiresAt, alwaysShown: shown,
            disclosable: disclosable, kid: issuer.keyID, randomness: .seeded(60), holderKey: holderKey)
    }

    private func signed(_ draft: CredentialDraft) throws -> String {
        draft.signed(try issuer.sign(draft.signingInput))
    }

    @Test func `what is drafted and signed is valid and says what was put in`() throws {
        let document = try #require(try issuer.verdict(signed(draft())).document)
        #expect(document.issuer == issuer.iss)
        #expect(document.issuerName["es"] == "Autoridad de Tránsito")
        #expect(document.vct == "urn:istmo:licence:1")
        #expect(document.issuedAt == issuedAt)
        #expect(document.expiresAt == Instant(seconds: 1_800_000_000))
        #expect(document.claims == ["category": "B", "name": "Ana Díaz", "birthDate": "1990-02-28", "number": 42])
        #expect(try issuer.verdict(signed(draft())).isValid)
    }

    @Test func `a draft hides values and their order`() throws {
        let claims: [(name: String, value: JSON)] = (0..<20).map { ("claim\($0)", .string("value \($0)")) }
        let token = try SDJWT(try signed(draft(disclosable: claims)))
        let digests = try #require(token.payload["_sd"]?.array).compactMap { $0.string }
        #expect(digests.count == 20)
        #expect(token.payload["_sd_alg"] == "sha-256")
        #expect(token.header == ["alg": "ES256", "typ": "dc+sd-jwt", "kid": "transit-1"])
        let values = digests.compactMap { Base64URL.decode($0).flatMap { Digest($0) } }
        #expect(values.count == 20 && values == values.sorted())
        #expect(!JSON.object(token.payload).text.contains("value 7"))
        #expect(try JSON.object(token.claims()).text.contains("value 7"))
    }

    @Test func `salts are fresh, of 128 bits, and from one call`() throws {
        let token = try signed(draft())
        let salts = try token.split(separator: "~").dropFirst().map { part in
            let bytes = try #require(Base64URL.decode(String(part)))
            return try #require(JSON.parse(bytes)[0]?.string)
        }
        #expect(Set(salts).count == 3)
        #expect(salts.allSatisfy { Base64URL.decode($0)?.count == 16 })
        let again = try CredentialDraft(
            issuer: issuer.iss, vct: "v", issuedAt: issuedAt, expiresAt: nil, alwaysShown: [:], disclosable: [("a", 1)], kid: "k", randomness: .system)
        let other = try CredentialDraft(
            issuer: issuer.iss, vct: "v", issuedAt: issuedAt, expiresAt: nil, alwaysShown: [:], disclosable: [("a", 1)], kid: "k", randomness: .system)
        #expect(again.signingInput != other.signingInput)
    }

    @Test func `a document without disclosable claims has no digests`() throws {
        let text = try signed(draft(expiresAt: nil, disclosable: []))
        #expect(text.hasSuffix("~") && text.count { $0 == "~" } == 1)
        let token = try SDJWT(text)
        #expect(token.payload["_sd"] == nil && token.payload["_sd_alg"] == nil && token.payload["exp"] == nil)
        #expect(try issuer.verdict(text).isValid)
    }

    @Test func `awkward texts come out as they went in`() throws {
        let claims: [(name: String, value: JSON)] = [
            ("\"quoted\"\n", "~.\u{0}\u{1F602}\\"), ("ключ", ["a": [1, Decimal128("-0.5").map { .number($0) } ?? .null, .null, true]]), ("", ""),
        ]
        let document = try #require(try issuer.verdict(signed(draft(disclosable: claims))).document)
        for claim in claims { #expect(document.claims[claim.name] == claim.value) }
    }

    @Test(arguments: ["_sd", "...", "_sd_alg", "iss", "iat", "exp", "vct", "cnf"])
    func `claims may not take the names that a document uses itself`(name: String) {
        #expect(throws: CredentialFault.claimNameReserved) { try draft(shown: [name: 1]) }
        #expect(throws: CredentialFault.claimNameReserved) { try draft(disclosable: [(name, 1)]) }
    }

    @Test(arguments: ["nbf", "status", "vct#integrity", "aka_vcts"])
    func `claims that every checker must see can be shown but not made disclosable`(name: String) throws {
        #expect(throws: CredentialFault.claimNameReserved) { try draft(disclosable: [(name, 1)]) }
        _ = try draft(shown: [name: 1])
    }

    @Test func `values may not hold what means digests, and names occur once`() {
        #expect(throws: CredentialFault.claimNameReserved) { try draft(disclosable: [("a", ["x": [["...": "y"]]])]) }
        #expect(throws: CredentialFault.claimNameReserved) { try draft(shown: ["a": ["_sd": []]]) }
        #expect(throws: CredentialFault.claimRepeated) { try draft(disclosable: [("a", 1), ("b", 1), ("a", 2)]) }
        #expect(throws: CredentialFault.claimRepeated) { try draft(shown: ["a": 1], disclosable: [("a", 2)]) }
        let deep = (0..<40).reduce(JSON.integer(1)) { inner, _ in [inner] }
        #expect(throws: CredentialFault.tooLarge) { try draft(disclosable: [("a", deep)]) }
        #expect(throws: CredentialFault.tooLarge) { try draft(shown: ["a": .string(String(repeating: "x", count: 600_000))]) }
    }

    @Test func `the deepest value that can be issued can be checked`() throws {
        var depth = 0
        while depth < 100, let draft = try? draft(disclosable: [("a", (0..<(depth + 1)).reduce(JSON.integer(1)) { inner, _ in [inner] })]) {
            #expect(try issuer.verdict(signed(draft)).isValid, "depth \(depth + 1)")
            depth += 1
        }
        #expect(depth >= 25 && depth < SDJWTLimits.depthMax)
    }

    @Test func `any change to what is signed is seen`() throws {
        let text = try signed(draft())
        let pieces = text.split(separator: ".", maxSplits: 2).map(String.init)
        let bytes = try #require(Base64URL.decode(pieces[1]))
        let payload = try JSON.parse(bytes)
        var other = payload
        let changed = other.set("A", at: JSONPointer(tokens: ["category"]))
        #expect(changed)
        #expect(try issuer.verdict(pieces[0] + "." + Base64URL.encode(other.bytes) + "." + pieces[2]) == .changed)
        // The same claims written in another order are another text.
        #expect(try issuer.verdict(pieces[0] + "." + Base64URL.encode(payload.canonicalBytes) + "." + pieces[2]) == .changed)
        #expect(try issuer.verdict(pieces[0] + "." + Base64URL.encode(payload.bytes) + "." + pieces[2]).isValid)
    }

    @Test func `a changed disclosure is seen`() throws {
        let text = try signed(draft())
        var parts = text.split(separator: "~").map(String.init)
        let bytes = try #require(Base64URL.decode(parts[1]))
        var disclosed = try JSON.parse(bytes)
        let changed = disclosed.set("Eva Díaz", at: JSONPointer(tokens: ["2"]))
        #expect(changed)
        parts[1] = Base64URL.encode(disclosed.bytes)
        #expect(try issuer.verdict(parts.joined(separator: "~") + "~") == .changed)
    }

    @Test func `keeping a disclosure back is no change`() throws {
        let text = try signed(draft())
        let kept = try SDJWT(text).presenting { $0.text == "/name" }
        #expect(try issuer.verdict(kept).document?.claims == ["category": "B", "name": "Ana Díaz"])
        #expect(try issuer.verdict(kept).isValid)
        let parts = text.split(separator: "~").map(String.init)
        #expect(try issuer.verdict(parts[0] + "~").document?.claims == ["category": "B"])
        #expect(try issuer.verdict(([parts[0]] + parts.dropFirst().reversed()).joined(separator: "~") + "~").isValid)
    }

    @Test func `a signature of another key is a change, another issuer is unknown`() throws {
        let draft = try draft()
        let stranger = TestIssuer()
        #expect(try issuer.verdict(draft.signed(try stranger.sign(draft.signingInput))) == .changed)
        #expect(try TestIssuer(iss: "https://other.example").verdict(signed(draft)) == .unknownIssuer(issuer.iss))
        #expect(try TestIssuer(keyID: "transit-2").verdict(signed(draft)) == .unknownIssuer(issuer.iss))
        #expect(check(try signed(draft), trust: try TrustList(issuers: [])) == .unknownIssuer(issuer.iss))
    }

    @Test func `an issuer cannot speak in another's name`() throws {
        let other = TestIssuer(iss: "https://istmo.example/civil", keyID: issuer.keyID)
        let trust = try TrustList(issuers: try issuer.trust.issuers + other.trust.issuers)
        let draft = try draft()
        #expect(check(draft.signed(try other.sign(draft.signingInput)), trust: trust) == .changed)
        #expect(check(try signed(draft), trust: trust).isValid)
    }

    @Test func `without a key's name each key of the issuer is asked`() throws {
        let second = TestIssuer(keyID: "transit-2")
        let trust = try TrustList(issuers: [
            TrustList.Issuer(iss: issuer.iss, name: ["es": "Tránsito"], keys: [try second.jwk, try issuer.jwk], kinds: ["urn:istmo:licence:1"])
        ])
        let text = try issuer.document(header: ["kid": .null])
        #expect(DocumentCheck(text, trust: trust, now: issuedAt).signatureChecks.count == 2)
        #expect(check(text, trust: trust).isValid)
        let forged = try TestIssuer().document(header: ["kid": .null])
        #expect(check(forged, trust: trust) == .changed)
    }

    @Test func `time decides after everything else`() throws {
        let text = try signed(draft())
        let end = Instant(seconds: 1_800_000_000)
        #expect(try issuer.verdict(text, now: end.adding(milliseconds: -1)).isValid)
        guard case .expired(let document) = try issuer.verdict(text, now: end) else {
            Issue.record("not expired")
            return
        }
        #expect(document.claims["name"] == "Ana Díaz")
        // An expired document that was changed is changed.
        let parts = text.split(separator: "~").map(String.init)
        #expect(try issuer.verdict(parts[0] + "~WyJhIiwiYiIsMV0~", now: end) == .changed)

        let later = try issuer.document(["nbf": 1_750_000_000])
        let start = Instant(seconds: 1_750_000_000 - DocumentCheck.clockSkewMax)
        #expect(try issuer.verdict(later, now: start).isValid)
        guard case .notYetValid = try issuer.verdict(later, now: start.adding(milliseconds: -1)) else {
            Issue.record("valid too early")
            return
        }
        #expect(try issuer.verdict(issuer.document(["exp": .number(try #require(Decimal128("1800000000.9")))]), now: end.adding(milliseconds: -1)).isValid)
    }

    @Test func `a good signature of an issuer makes no document that is not its own to issue`() throws {
        let other = try issuer.document(["vct": "urn:istmo:identity:1"])
        guard case .notEntitled(let document) = try issuer.verdict(other) else {
            Issue.record("\(try issuer.verdict(other))")
            return
        }
        #expect(document.vct == "urn:istmo:identity:1")
        // Nor by a kind that only looks alike.
        let trust = try TrustList(issuers: [TrustList.Issuer(iss: issuer.iss, name: [:], keys: [issuer.jwk], kinds: ["urn:K"])])
        guard case .notEntitled = check(try issuer.document(["vct": "urn:\u{212A}"]), trust: trust) else {
            Issue.record("the Kelvin sign is no K")
            return
        }
        #expect(check(try issuer.document(["vct": "urn:K"]), trust: trust).isValid)
    }

    @Test func `what a document says about itself is looked at, or said not to be`() throws {
        let now = Instant(seconds: 1_750_000_000)
        guard case .otherAudience = try issuer.verdict(issuer.document(["aud": "https://bank.example"])) else {
            Issue.record("made out to somebody else")
            return
        }
        for status in [["status_list": ["idx": 1, "uri": "https://a"]], "revoked", .null] as [JSON] {
            guard case .unchecked(let document) = try issuer.verdict(issuer.document(["status": status])) else {
                Issue.record("\(status.text): nobody looked at its status")
                continue
            }
            #expect(document.hasStatus)
        }
        // Issued in the future: not before that, and the later of two beginnings counts.
        let late = Int(now.seconds) + 1_000
        guard case .notYetValid(let document) = try issuer.verdict(issuer.document(["iat": .integer(late), "nbf": 1_700_000_000])) else {
            Issue.record("issued in the future")
            return
        }
        #expect(document.validFrom == Instant(seconds: Int64(late)))
        guard case .notYetValid(let other) = try issuer.verdict(issuer.document(["nbf": .integer(late)])) else {
            Issue.record("begins in the future")
            return
        }
        #expect(other.validFrom == Instant(seconds: Int64(late)))
        guard case .notYetValid(let undated) = try issuer.verdict(issuer.document(["nbf": .integer(late)], without: ["iat"])) else {
            Issue.record("begins in the future")
            return
        }
        #expect(undated.issuedAt == nil && undated.validFrom == Instant(seconds: Int64(late)))
    }

    @Test(arguments: ["dc+sd-jwt", "application/dc+sd-jwt"])
    func `the type of the token may be written whole`(type: String) throws {
        #expect(try issuer.verdict(issuer.document(header: ["typ": .string(type)])).isValid)
    }

    @Test func `names are bytes: neither a key's name nor a digest nor a claim is another that looks alike`() throws {
        let kelvin = TestIssuer(keyID: "K-1")
        #expect(try kelvin.verdict(kelvin.document(header: ["kid": "\u{212A}-1"])) == .unknownIssuer(kelvin.iss))
        let twins = try issuer.verdict(issuer.document(["caf\u{E9}": 1, "cafe\u{301}": 2])).document?.claims
        #expect(twins?["caf\u{E9}"] == 1 && twins?["cafe\u{301}"] == 2)
        var salt = 0, disclosure = Disclosure(["s", "a", 1])
        while disclosure.digest.string?.contains("K") != true {
            salt += 1
            disclosure = Disclosure([.string("s\(salt)"), "a", 1])
        }
        let digest = (disclosure.digest.string ?? "").unicodeScalars.map { $0 == "K" ? "\u{212A}" : String($0) }.joined()
        #expect(try issuer.verdict(issuer.document(["_sd": [.string(digest)]], disclosures: [disclosure])) == .changed)
    }

    @Test func `an issuer or a kind longer than any name is not looked for`() throws {
        let long = String(repeating: "x", count: SDJWTLimits.nameByteCountMax + 1)
        #expect(try issuer.verdict(issuer.document(["iss": .string(long)])) == .malformed("issuer-too-long"))
        #expect(try issuer.verdict(issuer.document(["vct": .string(long)])) == .malformed("type-too-long"))
    }

    @Test func `a missing answer counts as no`() throws {
        let check = DocumentCheck(try signed(draft()), trust: try issuer.trust, now: issuedAt)
        #expect(check.signatureChecks.count == 1)
        #expect(check.signatureChecks[0].key.count == 65 && check.signatureChecks[0].signature.count == 64)
        #expect(check.verdict([]) == .changed)
        #expect(check.verdict([false]) == .changed)
        #expect(check.verdict([true]).isValid)
    }

    /// Cut, changed and spliced tokens get some verdict, and never a good one unless the text is the same.
    @Test func `damaged tokens are never valid`() throws {
        let random = Randomness.seeded(61)
        let text = Array(try signed(draft(holderKey: issuer.jwk.json)).utf8)
        let trust = try issuer.trust
        let pool = Array("ABCxyz019-_.~=+/ {}\"\\".utf8) + [0, 0x7F, 0xC3, 0xFF]
        var outcomes: [String: Int] = [:]
        for _ in 0..<6000 {
            var bytes = text
            let dice = random.bytes(12)
            for step in 0..<(1 + Int(dice[0] % 3)) {
                let place = (Int(dice[1 + step * 3]) << 8 | Int(dice[2 + step * 3])) % max(bytes.count, 1)
                let new = pool[Int(dice[3 + step * 3]) % pool.count]
                switch dice[11] % 6 {
                case 0: bytes.insert(new, at: place)
                case 1: bytes.remove(at: place)
                case 2: bytes.removeLast(bytes.count - place)
                case 3: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
                default: bytes[place] = new
                }
            }
            let verdict = check(String(decoding: bytes, as: UTF8.self), trust: trust)
            switch verdict {
            case .valid(let document):
                // Dropping whole disclosures is the holder's right; what is left must be what was signed.
                outcomes["valid", default: 0] += 1
                for (name, value) in document.claims {
                    #expect(["category": "B", "name": "Ana Díaz", "birthDate": "1990-02-28", "number": 42][name] == value)
                }
            case .changed: outcomes["changed", default: 0] += 1
            case .unknownIssuer: outcomes["unknown", default: 0] += 1
            case .malformed: outcomes["malformed", default: 0] += 1
            case .unchecked: Issue.record("a proof that nobody made: \(verdict)")
            default: Issue.record("\(verdict)")
            }
        }
        #expect(outcomes["changed", default: 0] > 100 && outcomes["malformed", default: 0] > 100)
    }
}
