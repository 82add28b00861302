import Credentials
import Crypto
import Kernel
import Testing

@Suite("Trust lists and keys") struct TrustListTests {
    let issuer = TestIssuer()

    private func fault(_ json: JSON) -> TrustList.Fault? {
        do throws(TrustList.Fault) {
            _ = try TrustList(json: json)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a list comes back as it was written`() throws {
        let list = try TrustList(
            issuers: [
                TrustList.Issuer(iss: "a", name: ["es": "Uno", "uk": "Один"], keys: [try issuer.jwk], kinds: ["urn:a", "urn:b"]),
                TrustList.Issuer(iss: "b", name: ["en": "Two"], keys: [], kinds: []),
            ], serial: 3, issued: Instant(seconds: 1_700_000_000), expires: Instant(seconds: 1_800_000_000))
        let read = try TrustList(json: try JSON.parse(list.json.text))
        #expect(read == list)
        #expect(read.issuer("a")?.name["uk"] == "Один")
        #expect(read.issuer("c") == nil)
        #expect(read.json.text == list.json.text)
    }

    @Test func `a list is stale once it ought to have been replaced`() throws {
        let list = try TrustList(issuers: [], expires: Instant(seconds: 100))
        #expect(!list.isStale(at: Instant(seconds: 99)))
        #expect(list.isStale(at: Instant(seconds: 100)))
        #expect(try !TrustList(issuers: []).isStale(at: Instant(seconds: 100)))
    }

    @Test func `a list with any part that cannot be read is refused whole`() throws {
        let key = try issuer.jwk.json
        func one(_ changes: JSONObject) -> JSON {
            var entry: JSONObject = ["iss": "a", "name": ["es": "Uno"], "vcts": ["urn:a"], "keys": [key]]
            for (name, value) in changes { entry[name] = value.isNull ? nil : value }
            return ["issuers": [.object(entry)]]
        }
        #expect(fault(one([:])) == nil)
        #expect(fault([:]) == .issuersMissing)
        #expect(fault(["issuers": [:]]) == .issuersMissing)
        #expect(fault(["issuers": ["a"]]) == .issuerUnreadable)
        #expect(fault(one(["iss": .null])) == .issuerUnreadable)
        #expect(fault(one(["iss": ""])) == .issuerUnreadable)
        #expect(fault(one(["name": "Uno"])) == .issuerUnreadable)
        #expect(fault(one(["name": ["es": 1]])) == .issuerUnreadable)
        #expect(fault(one(["keys": .null])) == .issuerUnreadable)
        #expect(fault(one(["keys": .array([JSON](repeating: key, count: 33))])) == .issuerUnreadable)
        #expect(fault(one(["keys": [1]])) == .keyUnreadable)
        #expect(fault(one(["keys": [key, key]])) == .keyRepeated)
        #expect(fault(one(["vcts": .null])) == .kindsMissing)
        #expect(fault(one(["vcts": "urn:a"])) == .kindsUnreadable)
        #expect(fault(one(["vcts": [1]])) == .kindsUnreadable)
        #expect(fault(one(["name": ["es": "\u{202E}onU"]])) == .issuerUnreadable)
        // Hidden otherwise than by width or direction.
        for hidden in ["\u{E000}", "\u{1D173}", "\u{890}", "\u{2800}"] { #expect(fault(one(["name": ["es": .string("Uno\(hidden)")]])) == .issuerUnreadable) }
        #expect(fault(one(["name": ["\u{1B}[2J": "Uno"]])) == .issuerUnreadable)
        #expect(fault(["issuers": [], "serial": -1]) == .serialUnreadable)
        var nameless = try #require(key.object)
        nameless["kid"] = nil
        #expect(fault(one(["keys": [.object(nameless)]])) == .keyUnreadable)
        #expect(fault(["issuers": [["iss": "a", "name": [:], "vcts": [], "keys": []], ["iss": "a", "name": [:], "vcts": [], "keys": []]]]) == .issuerRepeated)
        #expect(fault(["issuers": .array([JSON](repeating: 1, count: 10_001))]) == .tooManyIssuers)
        #expect(fault(["issuers": [], "issued": "yesterday"]) == .dateUnreadable)
        #expect(fault(["issuers": [], "expires": 5]) == .dateUnreadable)
    }

    @Test func `issuers are told apart by their bytes`() throws {
        let list = try TrustList(issuers: ["https://caf\u{E9}", "https://cafe\u{301}"].map { TrustList.Issuer(iss: $0, name: [:], keys: [], kinds: []) })
        #expect(list.issuer("https://cafe\u{301}")?.iss.utf8.count == 14)
        #expect(list.issuer("https://caf\u{E9}")?.iss.utf8.count == 13)
    }

    @Test func `a key that cannot be used is skipped and named; a list of the old form is read where that is wanted`() throws {
        let key = try issuer.jwk.json
        var withdrawn = try #require(key.object), secret = withdrawn
        withdrawn["revoked"] = true
        secret["d"] = "AAAA"
        let entry: JSON = [
            "iss": "a", "name": ["es": "Uno"],
            "keys": [["kty": "RSA", "n": "AQAB", "e": "AQAB"], .object(withdrawn), key, .object(secret), ["kty": "EC", "use": "enc"]],
        ]
        #expect(fault(["issuers": [entry]]) == .kindsMissing)
        let list = try TrustList(json: ["issuers": [entry]], takesUnboundIssuers: true)
        #expect(list.skippedKeys.map(\.place) == [0, 1, 3, 4])
        #expect(try list.issuer("a")?.keys == [issuer.jwk])
        #expect(list.hasUnboundIssuers && list.issuer("a")?.mayIssue("urn:any") == true)
    }

    private func signed(_ list: TrustList, by key: TestIssuer) throws -> JSON {
        try SignedTrustList.signed(list, by: key.jwk) { try key.sign($0) }
    }

    @Test func `a signed list is what its state signed, and no other`() throws {
        let state = TestIssuer(keyID: "state")
        let list = try TrustList(
            issuers: issuer.trust.issuers, serial: 9, issued: Instant(seconds: 1_700_000_000), expires: Instant(seconds: 1_800_000_000))
        let json = try signed(list, by: state)
        let key = try state.jwk.thumbprint
        let read = try SignedTrustList(json: json, list: TrustList(json: json), stateKey: key)
        #expect(read.list == list && read.stateKey == key && verify(read.signatureCheck))
        // Whitespace and the order of members are not what is signed.
        let turned = JSON.object(JSONObject(try #require(json.object).map { (key: $0.key, value: $0.value) }.reversed()))
        #expect(verify(try SignedTrustList(json: turned, list: TrustList(json: turned)).signatureCheck))

        var changed = json
        let isChanged = changed.set("urn:other", at: JSONPointer(tokens: ["issuers", "0", "vcts", "0"]))
        #expect(isChanged)
        #expect(!verify(try SignedTrustList(json: changed, list: TrustList(json: changed)).signatureCheck))
        var longer = json
        let isLonger = longer.set("2999-01-01T00:00:00Z", at: JSONPointer(tokens: ["expires"]))
        #expect(isLonger)
        #expect(!verify(try SignedTrustList(json: longer, list: TrustList(json: longer)).signatureCheck))
        let forged = try signed(list, by: TestIssuer(keyID: "state"))
        #expect(throws: SignedTrustList.Fault.otherKey) { try SignedTrustList(json: forged, list: TrustList(json: forged), stateKey: key) }
        #expect(throws: SignedTrustList.Fault.unsigned) { try SignedTrustList(json: list.json, list: list) }
        var endless = try #require(json.object)
        endless["expires"] = nil
        #expect(throws: SignedTrustList.Fault.undated) { try SignedTrustList(json: .object(endless), list: TrustList(json: .object(endless))) }
        for text in ["", "a.b.c", "..", "\(key)..\(key)"] {
            var broken = try #require(json.object)
            broken["signature"] = .string(text)
            #expect(throws: SignedTrustList.Fault.signatureUnreadable) { try SignedTrustList(json: .object(broken), list: list) }
        }
    }

    @Test func `a full list is read within its promised size`() throws {
        let key = try issuer.jwk.json
        let keys = (0..<TrustList.keysMax).map { number -> JSON in
            var named = key.object ?? [:]
            named["kid"] = .string("a-key-of-an-issuer-by-its-thumbprint-\(1_000_000 + number)")
            return .object(named)
        }
        let issuers = (0..<TrustList.issuersMax).map { number -> JSON in
            ["iss": .string("https://state.example/issuers/\(number)"), "name": ["es": "Municipio", "en": "Municipality"], "vcts": ["urn:a"], "keys": .array(keys)]
        }
        let size = JSON.object(["issuers": .array(Array(issuers.prefix(100)))]).bytes.count * TrustList.issuersMax / 100
        #expect(size < TrustList.json.byteCountMax)
        let some = try JSON.parse(JSON.object(["issuers": .array(Array(issuers.prefix(2_503)))]).bytes, limits: TrustList.json)
        #expect(try TrustList(json: some).issuers.count == 2_503)
    }

    @Test func `a key is read from JSON and from its point`() throws {
        let key = try issuer.jwk
        #expect(PublicJWK(key.json) == key)
        #expect(key.x963 == Array(issuer.key.publicKey.x963Representation))
        #expect(PublicJWK(x963: key.x963)?.thumbprint == key.thumbprint)
        #expect(PublicJWK(x963: Array(key.x963.dropLast())) == nil)
        #expect(PublicJWK(x963: [0x02] + key.x963.dropFirst()) == nil)
    }

    @Test func `keys of another kind, and secret ones, are not read`() throws {
        let key = try #require(issuer.jwk.json.object)
        func with(_ changes: JSONObject) -> PublicJWK? {
            var members = key
            for (name, value) in changes { members[name] = value }
            return PublicJWK(.object(members))
        }
        #expect(with(["alg": "ES256", "use": "sig", "key_ops": ["verify"]]) != nil)
        #expect(with(["kty": "RSA"]) == nil)
        #expect(with(["crv": "P-384"]) == nil)
        #expect(with(["crv": "secp256k1"]) == nil)
        #expect(with(["d": "AAAA"]) == nil)
        #expect(with(["use": "enc"]) == nil)
        #expect(with(["alg": "ES384"]) == nil)
        #expect(with(["x": "AAAA"]) == nil)
        #expect(with(["y": 5]) == nil)
        #expect(with(["x": .string((key["x"]?.string ?? "") + "=")]) == nil)
        #expect(with(["kid": 5]) == nil)
        #expect(PublicJWK("text") == nil)
    }
}
