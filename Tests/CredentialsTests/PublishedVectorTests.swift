import Credentials
import Foundation
import HouseTesting
import Kernel
import Testing

@Suite("Published SD-JWT vectors", .enabled(if: SharedData.isPresent, "the published vectors are not beside the repository"))
struct PublishedVectorTests {
    private static let folder = "conformance/credentials/"

    private func vectors(_ path: String) throws -> [JSON] {
        try #require(SharedData.json(Self.folder + path)["vectors"]?.array)
    }

    /// The claims without digests, reckoned here by the vector's own list of decoded disclosures.
    private func expected(_ vector: JSON) throws -> JSON {
        var decoded: [String: [JSON]] = [:]
        for disclosure in vector["disclosures"]?.array ?? [] {
            decoded[try #require(disclosure["sha256"]?.string)] = try #require(disclosure["decoded"]?.array)
        }
        func fill(_ value: JSON) -> JSON {
            if let items = value.array {
                return .array(
                    items.compactMap { item in
                        guard let digest = item["..."]?.string else { return fill(item) }
                        return decoded[digest].map { fill($0[1]) }
                    })
            }
            guard let members = value.object else { return value }
            var result = JSONObject()
            for (name, member) in members where name != "_sd" && name != "_sd_alg" { result[name] = fill(member) }
            for digest in members["_sd"]?.array ?? [] {
                guard let parts = digest.string.flatMap({ decoded[$0] }), let name = parts[1].string else { continue }
                result[name] = fill(parts[2])
            }
            return .object(result)
        }
        return fill(try #require(vector["payload"]))
    }

    @Test(arguments: ["sd-jwt-rfc9901/examples.json", "sd-jwt-vc-draft19/examples.json"])
    func `examples are read, their signatures are good and their claims come out`(path: String) throws {
        var tokens = 0, disclosures = 0
        for vector in try vectors(path) {
            let text = try #require(vector["compact"]?.string)
            let jwk = try #require(vector["signature_verifies_with"])
            let key = try #require(PublicJWK(jwk))
            // One of RFC 9901's examples is the bare signed part, before the disclosures are added.
            let token = try SDJWT(text.contains("~") ? text : text + "~")
            #expect(JSON.object(token.header) == vector["header"])
            #expect(JSON.object(token.payload) == vector["payload"])
            #expect(verify(SignatureCheck(algorithm: .es256, key: key.x963, message: token.signingInput, signature: token.signature)))
            #expect(token.disclosureCount == vector["disclosures"]?.array?.count ?? 0)
            #expect(JSON.object(try token.claims()) == (try expected(vector)))
            #expect(token.keyBinding == vector["kb_jwt"]?.string)
            tokens += 1
            disclosures += token.disclosureCount
        }
        #expect((tokens, disclosures) == (path.contains("9901") ? (9, 70) : (5, 44)))
    }

    @Test(arguments: ["sd-jwt-rfc9901/examples.json", "sd-jwt-vc-draft19/examples.json"])
    func `document examples pass the whole check, key binding included`(path: String) throws {
        var bound = 0, plain = 0
        for vector in try vectors(path) where vector["header"]?["typ"] == "dc+sd-jwt" {
            let text = try #require(vector["compact"]?.string)
            let jwk = try #require(vector["signature_verifies_with"])
            let key = try #require(PublicJWK(jwk))
            let named = try #require(PublicJWK(x963: key.x963, keyID: vector["header"]?["kid"]?.string ?? "any"))
            let iss = try #require(vector["payload"]?["iss"]?.string)
            let trust = try TrustList(issuers: [TrustList.Issuer(iss: iss, name: ["en": "Example"], keys: [named], kinds: [vector["payload"]?["vct"]?.string ?? ""])])
            // When the key-binding tokens of the two texts were made.
            let now = Instant(seconds: path.contains("9901") ? 1_748_536_865 : 1_787_325_881)
            if vector["kb_jwt"]?.string != nil {
                bound += 1
                let verifier = path.contains("9901") ? "https://verifier.example.org" : "https://example.com/verifier"
                let rule = KeyBindingRule.required(audience: verifier, nonce: "1234567890")
                let verdict = check(text, trust: trust, now: now, keyBinding: rule)
                #expect(verdict.isValid, "\(vector["section"]?.string ?? ""): \(verdict)")
                // Nobody asked: the proof is good, and for somebody else.
                guard case .unchecked(let document) = check(text, trust: trust, now: now) else {
                    Issue.record("\(check(text, trust: trust, now: now))")
                    continue
                }
                #expect(document.presentation?.audience.text == verifier)
            } else {
                plain += 1
                let verdict = check(text, trust: trust, now: now)
                #expect(verdict.isValid, "\(vector["section"]?.string ?? ""): \(verdict)")
                #expect(verdict.document?.vct == vector["payload"]?["vct"]?.string)
            }
        }
        #expect((bound, plain) == (path.contains("9901") ? (1, 1) : (2, 3)))
    }

    @Test func `every encoding of a disclosure is hashed as it was sent`() throws {
        let issuer = TestIssuer()
        for vector in try vectors("sd-jwt-rfc9901/disclosure-encodings.json") {
            let encoded = try #require(vector["encoded"]?.string), digest = try #require(vector["sha256_b64url"])
            let decoded = try #require(vector["decoded"]?.array)
            let concealed: JSONObject = decoded.count == 3 ? ["_sd": [digest]] : ["list": [["...": digest]]]
            let claims = try issuer.verdict(try issuer.document(concealed) + encoded + "~").document?.claims
            #expect(decoded.count == 3 ? claims?["family_name"] == decoded[2] : claims?["list"] == [decoded[1]])
        }
    }

    @Test func `the JSON serialisations hold what the compact one would`() throws {
        var count = 0
        for vector in try vectors("sd-jwt-rfc9901/json-serialization.json") {
            let part = vector["signatures"]?[0] ?? vector
            let texts = [part["protected"], vector["payload"], part["signature"]].compactMap { $0?.string }
            let disclosures = try #require(part["header"]?["disclosures"]?.array).compactMap { $0.string }
            let text = ([texts.joined(separator: ".")] + disclosures).joined(separator: "~") + "~" + (part["header"]?["kb_jwt"]?.string ?? "")
            let token = try SDJWT(text)
            #expect(token.disclosureCount == disclosures.count)
            #expect(try token.claims()["family_name"] == "Doe")
            count += 1
        }
        #expect(count == 3)
    }

    @Test func `thumbprints of P-256 keys are as published`() throws {
        var count = 0
        for vector in try vectors("rfc-small/jwk-thumbprints.json") {
            var key = try #require(vector["jwk"]?.object)
            guard key["crv"] == "P-256" else {
                #expect(PublicJWK(.object(key)) == nil)
                continue
            }
            // The thumbprint does not depend on what the key is for; we read keys for signatures only.
            if key["use"] == "enc" {
                #expect(PublicJWK(.object(key)) == nil)
                key["use"] = nil
                key["alg"] = nil
            }
            #expect(PublicJWK(.object(key))?.thumbprint == vector["sha256_thumbprint"]?.string)
            count += 1
        }
        #expect(count == 2)
    }
}
