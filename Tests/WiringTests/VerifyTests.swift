import Credentials
import Crypto
import Foundation
import HouseTesting
import Kernel
import Testing

/// A body with its key, as a test signs for it.
struct SigningBody {
    let key: P256.Signing.PrivateKey
    let iss: String

    init(iss: String, key: P256.Signing.PrivateKey = P256.Signing.PrivateKey()) {
        self.iss = iss
        self.key = key
    }

    /// The body whose key lies in a data folder.
    init(_ body: String, of server: Server) throws {
        let text = try String(contentsOfFile: "\(server.data)/keys/issuer-\(body).key", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        iss = "http://localhost:\(server.port)/issuers/\(body)"
        key = try P256.Signing.PrivateKey(rawRepresentation: Base64.decode(text) ?? [])
    }

    var jwk: PublicJWK {
        get throws {
            let point = Array(key.publicKey.x963Representation)
            let plain = try #require(PublicJWK(x963: point))
            return try #require(PublicJWK(x963: point, keyID: plain.thumbprint))
        }
    }

    func sign(_ message: [UInt8]) throws -> [UInt8] { Array(try key.signature(for: message).rawRepresentation) }

    func token(_ header: JSONObject, _ payload: JSONObject) throws -> String {
        let input = Base64URL.encode(JSON.object(header).bytes) + "." + Base64URL.encode(JSON.object(payload).bytes)
        return input + "." + Base64URL.encode(try sign(Array(input.utf8)))
    }

    /// A document of that kind with one disclosed name and what else a test wants; a claim of null is left out.
    func document(_ vct: String, _ claims: JSONObject = [:], header: JSONObject = [:], name: String = "Ana") throws -> String {
        let disclosure = Base64URL.encode(JSON.array(["c2FsdA", "given_names", .string(name)]).bytes)
        let digest = Base64URL.encode(Kernel.SHA256.hash(Array(disclosure.utf8)).bytes)
        var head: JSONObject = ["alg": "ES256", "typ": "dc+sd-jwt", "kid": .string(try jwk.keyID ?? "")]
        for (name, value) in header { head[name] = value }
        var payload: JSONObject = ["iss": .string(iss), "iat": 1_700_000_000, "exp": 4_000_000_000, "vct": .string(vct), "number": "LC-1", "_sd": [.string(digest)]]
        for (name, value) in claims { payload[name] = value.isNull ? nil : value }
        return try token(head, payload) + "~" + disclosure + "~"
    }
}

/// The command as a verifier runs it.
@Suite("dovira verify") struct VerifyTests {
    private static let kind = "urn:a:licence"
    private let body = SigningBody(iss: "https://a.example/issuers/transit")
    private let state = SigningBody(iss: "https://a.example")

    private func list(expires: Instant = Instant(seconds: 4_000_000_000), keys: [JSON] = []) throws -> JSON {
        let list = try TrustList(
            issuers: [TrustList.Issuer(iss: body.iss, name: ["es": "Tránsito", "en": "Transit"], keys: [body.jwk], kinds: [Self.kind])], serial: 1,
            issued: Instant(seconds: 1_700_000_000), expires: expires)
        return try SignedTrustList.signed(list, by: state.jwk) { try state.sign($0) }
    }

    private func verify(_ document: [UInt8]?, _ list: JSON?, _ arguments: String...) async throws -> Finished {
        let program = try #require(Programs.built("dovira"), "dovira was not built beside the tests")
        return try await withFolder { (folder) async throws in
            if let document { try Data(document).write(to: URL(fileURLWithPath: folder + "/document")) }
            if let list { try Data(list.bytes).write(to: URL(fileURLWithPath: folder + "/list")) }
            return try await Programs.run(program, ["verify", folder + "/document", "--trust", folder + "/list"] + arguments)
        }
    }

    @Test func `a valid document is told with its kind, its issuer and its days`() async throws {
        let answer = try await verify(Array(body.document(Self.kind).utf8), list(), "--language", "en", "--state-key", state.jwk.thumbprint)
        #expect(answer.status == 0 && answer.complaint == "")
        #expect(answer.output.hasPrefix("valid\n  type: urn:a:licence\n  issuer: Transit (https://a.example/issuers/transit)\n  issued: 2023-11-14T22:13:20Z\n"))
        #expect(answer.output.contains("  valid until: 2096-10-02T07:06:39Z\n") && answer.output.contains("  given_names: Ana\n"))
        let endless = try await verify(Array(body.document(Self.kind, ["exp": .null]).utf8), list())
        #expect(endless.status == 0 && endless.output.contains("valid until: it has no end"))
        #expect(endless.complaint.contains("--state-key"), "a list that is not pinned is said to be")
    }

    @Test func `nothing of a document moves the terminal`() async throws {
        let hostile = "x\u{1B}[2K\u{1B}[1A\r\nvalid\n\u{9B}2J\u{202E}\u{2028}\u{600}"
        let documents = [
            try SigningBody(iss: hostile).document(Self.kind), try body.document(Self.kind, [hostile: .string(hostile)], name: hostile),
            try body.document(Self.kind, ["list": [.string(hostile)], "vct": .string(hostile)]), try body.document(Self.kind, ["aud": .string(hostile)]),
        ]
        for document in documents {
            let answer = try await verify(Array(document.utf8), list())
            for scalar in (answer.output + answer.complaint).unicodeScalars {
                #expect(scalar == "\n" || (scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format && scalar.value != 0x2028))
            }
            #expect(answer.output.split(separator: "\n").dropFirst().allSatisfy { !$0.hasPrefix("valid") })
        }
    }

    @Test func `each ending has the status that the help says`() async throws {
        let good = Array(try body.document(Self.kind).utf8)
        func status(_ document: [UInt8]?, _ list: JSON?) async throws -> Int32 { try await verify(document, list).status }
        let list = try list()
        #expect(try await status(good, list) == 0)
        #expect(try await status(Array(String(decoding: good, as: UTF8.self).replacing("~", with: "~WyJhIiwiYiIsMV0~", maxReplacements: 1).utf8), list) == 1)
        #expect(try await status(Array(body.document(Self.kind, ["exp": 1_700_000_001]).utf8), list) == 2)
        #expect(try await status(Array(body.document(Self.kind, ["nbf": 3_900_000_000]).utf8), list) == 2)
        #expect(try await status(Array(body.document(Self.kind, ["iat": 3_900_000_000]).utf8), list) == 2)
        #expect(try await status(Array(SigningBody(iss: "https://b.example").document(Self.kind).utf8), list) == 3)
        #expect(try await status(Array("nothing".utf8), list) == 4)
        #expect(try await status([UInt8](repeating: 0x61, count: 600_000), list) == 4)
        #expect(try await status(Array(body.document("urn:a:identity").utf8), list) == 5)
        #expect(try await status(Array(body.document(Self.kind, ["aud": "somebody"]).utf8), list) == 5)
        #expect(try await status(Array(body.document(Self.kind, ["status": ["status_list": ["idx": 0, "uri": "https://a.example"]]]).utf8), list) == 6)
        #expect(try await status(nil, list) == 7)
        #expect(try await status([UInt8](repeating: 0x61, count: 1_100_000), list) == 7)
        #expect(try await status(good, nil) == 8)
        #expect(try await status(good, "no list") == 8)
        #expect(try await status(good, ["issuers": []]) == 8)
    }

    @Test func `a list that is out of date, changed or somebody else's is not relied on`() async throws {
        let good = Array(try body.document(Self.kind).utf8)
        let stale = try await verify(good, list(expires: Instant(seconds: 1_700_000_001)))
        #expect(stale.status == 6 && stale.output.contains("out of date"))
        var changed = try list()
        let isChanged = changed.set("urn:other", at: JSONPointer(tokens: ["issuers", "0", "vcts", "0"]))
        #expect(isChanged)
        #expect(try await verify(good, changed).status == 8)
        let other = try await verify(good, list(), "--state-key", body.jwk.thumbprint)
        #expect(other.status == 8 && other.complaint.contains("another key"))
        let both = try await verify(good, list(), "--state-key", state.jwk.thumbprint, "--unsigned-list")
        #expect(both.status == 64)
    }

    @Test func `a list of the old form is refused with what to do, and read where that is wanted`() async throws {
        let good = Array(try body.document(Self.kind).utf8)
        let old: JSON = [
            "issuers": [["iss": .string(body.iss), "name": ["es": "T"], "keys": [["kty": "RSA", "kid": "r", "n": "AQAB", "e": "AQAB"], try body.jwk.json]]]
        ]
        let refused = try await verify(good, old)
        #expect(refused.status == 8 && refused.complaint.contains("--unsigned-list"))
        let read = try await verify(good, old, "--unsigned-list")
        #expect(read.status == 0 && read.complaint.contains("key 1 of \(body.iss) is not used") && read.complaint.contains("sign any kind"))
        var bound = old
        let isBound = bound.set(["urn:a:identity"], at: JSONPointer(tokens: ["issuers", "0", "vcts"]))
        #expect(isBound)
        #expect(try await verify(good, bound, "--unsigned-list").status == 5)
    }
}

/// The same bytes get the same answer in the core that the browser runs, from the command line and from the server.
@Suite("A document at its three doors") struct VerificationDoorsTests {
    private struct Item {
        let name: String
        let text: String
        let outcome: String
    }

    private func corpus(_ server: Server) throws -> [Item] {
        let kind = "urn:dovira:ist:driving-licence:1"
        let transit = try SigningBody("transit-authority", of: server), municipality = try SigningBody("municipality", of: server)
        let good = try transit.document(kind)
        let wrapped = stride(from: 0, to: good.utf8.count, by: 60).map { String(decoding: Array(good.utf8)[$0..<min($0 + 60, good.utf8.count)], as: UTF8.self) }
        let holder = SigningBody(iss: "")
        let bound = try transit.document(kind, ["cnf": ["jwk": try holder.jwk.json]])
        func shown(_ changes: JSONObject = [:]) throws -> String {
            var payload: JSONObject = [
                "iat": 1_700_000_000, "aud": "https://bank.example", "nonce": "n",
                "sd_hash": .string(Base64URL.encode(Kernel.SHA256.hash(Array(bound.utf8)).bytes)),
            ]
            for (name, value) in changes { payload[name] = value }
            return bound + (try holder.token(["alg": "ES256", "typ": "kb+jwt"], payload))
        }
        return [
            Item(name: "good", text: good, outcome: "valid"), Item(name: "mark", text: "\u{FEFF}" + good, outcome: "valid"),
            Item(name: "wrapped", text: wrapped.joined(separator: "\r\n"), outcome: "valid"), Item(name: "blanks", text: " " + wrapped.joined(separator: " \t"), outcome: "valid"),
            Item(name: "no-break space", text: wrapped.joined(separator: "\u{A0}"), outcome: "malformed"),
            Item(name: "line separator", text: wrapped.joined(separator: "\u{2028}"), outcome: "malformed"),
            Item(name: "late mark", text: "x\u{FEFF}" + good, outcome: "malformed"), Item(name: "quotes", text: "\"\(good)\"", outcome: "malformed"),
            Item(name: "two", text: good + good, outcome: "malformed"), Item(name: "junk behind", text: good + "x", outcome: "malformed"),
            Item(name: "cut", text: String(good.prefix(200)), outcome: "malformed"), Item(name: "letter", text: "Dear Sir~", outcome: "malformed"),
            Item(name: "whole type", text: try transit.document(kind, header: ["typ": "application/dc+sd-jwt"]), outcome: "valid"),
            Item(name: "other type", text: try transit.document(kind, header: ["typ": "JWT"]), outcome: "malformed"),
            Item(name: "no end", text: try transit.document(kind, ["exp": .null]), outcome: "valid"),
            Item(name: "foreign claims", text: try transit.document(kind, ["<b>\u{600}": "<script>\u{202E}", "deep": [["a": 1]]]), outcome: "valid"),
            Item(name: "another's kind", text: try municipality.document(kind), outcome: "notEntitled"),
            Item(name: "unknown kind", text: try transit.document("urn:anything"), outcome: "notEntitled"),
            Item(name: "for somebody", text: try transit.document(kind, ["aud": ["a", "b"]]), outcome: "otherAudience"),
            Item(name: "status", text: try transit.document(kind, ["status": ["status_list": ["idx": 3, "uri": "https://a"]]]), outcome: "unchecked"),
            Item(name: "shown", text: try shown(), outcome: "unchecked"), Item(name: "shown in the future", text: try shown(["iat": 4_000_000_000]), outcome: "malformed"),
            Item(name: "shown without a nonce", text: try shown(["nonce": 1]), outcome: "malformed"),
            Item(name: "expired", text: try transit.document(kind, ["exp": 1_700_000_001]), outcome: "expired"),
            Item(name: "begins later", text: try transit.document(kind, ["nbf": 3_900_000_000]), outcome: "notYetValid"),
            Item(name: "issued later", text: try transit.document(kind, ["iat": 3_900_000_000]), outcome: "notYetValid"),
            Item(name: "begins later, undated", text: try transit.document(kind, ["nbf": 3_900_000_000, "iat": .null]), outcome: "notYetValid"),
            Item(name: "another's name", text: try SigningBody(iss: "https://elsewhere.example").document(kind), outcome: "unknownIssuer"),
            Item(name: "another's key", text: try SigningBody(iss: transit.iss).document(kind, header: ["kid": .string(try transit.jwk.keyID ?? "")]), outcome: "changed"),
            Item(name: "foreign disclosure", text: good + "WyJhIiwiYiIsMV0~", outcome: "changed"),
        ]
    }

    private static let statuses: [String: Int32] = [
        "valid": 0, "changed": 1, "expired": 2, "notYetValid": 2, "unknownIssuer": 3, "malformed": 4, "notEntitled": 5, "otherAudience": 5, "unchecked": 6,
    ]

    private static func word(_ verdict: Verdict) -> String {
        switch verdict {
        case .valid: "valid"
        case .unchecked: "unchecked"
        case .changed: "changed"
        case .expired: "expired"
        case .notYetValid: "notYetValid"
        case .notEntitled: "notEntitled"
        case .otherAudience: "otherAudience"
        case .unknownIssuer: "unknownIssuer"
        case .malformed: "malformed"
        }
    }

    private static func answer(_ check: SignatureCheck) -> Bool {
        guard let key = try? P256.Signing.PublicKey(x963Representation: check.key),
            let signature = try? P256.Signing.ECDSASignature(rawRepresentation: check.signature)
        else { return false }
        return key.isValidSignature(signature, for: check.message)
    }

    @Test func `one corpus, one answer`() async throws {
        let program = try #require(Programs.built("dovira"), "dovira was not built beside the tests")
        let texts = try JSON.parse([UInt8](Data(contentsOf: Repository.root.appendingPathComponent("Sources/Web/Texts/en.json"))))
        try await Server.with { (server) async throws in
            try await server.start()
            let client = server.client
            let published = try #require(await onThread { client.get("/.well-known/dovira-trust.json") })
            let json = try JSON.parse(published.body)
            let trust = try TrustList(json: json)
            let signed = try SignedTrustList(json: json, list: trust)
            #expect(Self.answer(signed.signatureCheck))
            let page = try #require(await onThread { client.get("/verify") })
            #expect(page.body.contains("data-key=\"\(signed.stateKey)\""), "the page holds the state's key")
            try Data(published.body.utf8).write(to: URL(fileURLWithPath: server.root + "/list"))
            for item in try corpus(server) {
                let check = DocumentCheck(DocumentText.token(item.text), trust: trust, now: Clock.system.now())
                #expect(Self.word(check.verdict(check.signatureChecks.map(Self.answer))) == item.outcome, "\(item.name), core")

                try Data(item.text.utf8).write(to: URL(fileURLWithPath: server.root + "/document"))
                let said = try await Programs.run(
                    program, ["verify", server.root + "/document", "--trust", server.root + "/list", "--state-key", signed.stateKey])
                #expect(said.status == Self.statuses[item.outcome], "\(item.name), command line: \(said.output) \(said.complaint)")

                let answer = try #require(await onThread { client.post("/verify", [("document", item.text)]) }, "\(item.name)")
                let heading = answer.body.firstMatch(of: #/data-word[^>]*>([^<]*)</#).map { String($0.output.1) }
                #expect(heading == texts["verdict"]?[item.outcome]?.string, "\(item.name), server")
            }
        }
    }
}
