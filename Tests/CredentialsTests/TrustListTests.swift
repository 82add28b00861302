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
                TrustList.Issuer(iss: "a", name: ["es": "Uno", "uk": "Один"], keys: [try issuer.jwk]),
                TrustList.Issuer(iss: "b", name: ["en": "Two"], keys: []),
            ], issued: Instant(seconds: 1_700_000_000), expires: Instant(seconds: 1_800_000_000))
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
            var entry: JSONObject = ["iss": "a", "name": ["es": "Uno"], "keys": [key]]
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
        var nameless = try #require(key.object)
        nameless["kid"] = nil
        #expect(fault(one(["keys": [.object(nameless)]])) == .keyUnreadable)
        #expect(fault(["issuers": [["iss": "a", "name": [:], "keys": []], ["iss": "a", "name": [:], "keys": []]]]) == .issuerRepeated)
        #expect(fault(["issuers": .array([JSON](repeating: 1, count: 10_001))]) == .tooManyIssuers)
        #expect(fault(["issuers": [], "issued": "yesterday"]) == .dateUnreadable)
        #expect(fault(["issuers": [], "expires": 5]) == .dateUnreadable)
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
