import Credentials
import Kernel
import Testing

@Suite("What is refused in an SD-JWT") struct RefusalRuleTests {
    let issuer = TestIssuer()

    private func reason(_ token: String) throws -> String {
        switch try issuer.verdict(token) {
        case .malformed(let reason): reason
        case .changed: "changed"
        case .unknownIssuer: "unknown issuer"
        case .expired: "expired"
        case .notYetValid: "not yet valid"
        case .notEntitled: "not entitled"
        case .otherAudience: "other audience"
        case .unchecked: "unchecked"
        case .valid: "valid"
        }
    }

    @Test func `a digest twice in one place`() throws {
        let name = Disclosure(["salt", "name", "Ana"])
        #expect(try reason(issuer.document(["_sd": [name.digest, name.digest]], disclosures: [name])) == "digest-repeated")
        // Decoys and claims that were kept back count too.
        #expect(try reason(issuer.document(["_sd": [name.digest, name.digest]])) == "digest-repeated")
    }

    @Test func `a digest twice in different places`() throws {
        let name = Disclosure(["salt", "name", "Ana"])
        #expect(try reason(issuer.document(["_sd": [name.digest], "home": ["_sd": [name.digest]]], disclosures: [name])) == "digest-repeated")
        let item = Disclosure(["salt", "PA"])
        #expect(try reason(issuer.document(["a": [["...": item.digest]], "b": [["...": item.digest]]], disclosures: [item])) == "digest-repeated")
        let inner = Disclosure(["salt", "street", "Calle 5"])
        let outer = Disclosure(["salt", "home", ["_sd": [inner.digest]]])
        #expect(
            try reason(issuer.document(["_sd": [outer.digest], "work": ["_sd": [inner.digest]]], disclosures: [outer, inner])) == "digest-repeated")
    }

    @Test func `a disclosure that no digest belongs to`() throws {
        let name = Disclosure(["salt", "name", "Ana"]), other = Disclosure(["salt", "name", "Eva"])
        #expect(try reason(issuer.document(["_sd": [name.digest]], disclosures: [other])) == "changed")
        #expect(try reason(issuer.document(["_sd": [name.digest]], disclosures: [name, other])) == "changed")
        #expect(try reason(issuer.document([:], disclosures: [name])) == "changed")
        // Its digest is known only through another disclosure, which was kept back.
        let outer = Disclosure(["salt", "home", ["_sd": [name.digest]]])
        #expect(try reason(issuer.document(["_sd": [outer.digest]], disclosures: [name])) == "changed")
        #expect(try reason(issuer.document(["_sd": [outer.digest]], disclosures: [name, outer])) == "valid")
        // It need not even be readable to be somebody else's.
        #expect(try reason(issuer.document(["_sd": [name.digest]], disclosures: [Disclosure(text: "no array")])) == "changed")
    }

    @Test func `a disclosure twice`() throws {
        let name = Disclosure(["salt", "name", "Ana"])
        #expect(try reason(issuer.document(["_sd": [name.digest]], disclosures: [name, name])) == "disclosure-repeated")
    }

    @Test func `a disclosure with too few or too many parts for its place`() throws {
        for parts in [[], ["salt"], ["salt", "Ana"], ["salt", "name", "Ana", 1]] as [JSON] {
            let disclosure = Disclosure(parts)
            #expect(try reason(issuer.document(["_sd": [disclosure.digest]], disclosures: [disclosure])) == "disclosure-arity")
        }
        for parts in [[], ["salt"], ["salt", "name", "Ana"]] as [JSON] {
            let disclosure = Disclosure(parts)
            #expect(try reason(issuer.document(["list": [["...": disclosure.digest]]], disclosures: [disclosure])) == "disclosure-arity")
        }
    }

    @Test(arguments: ["{}", "\"text\"", "[\"salt\",\"name\",\"Ana\"", "[1,\"name\",\"Ana\"]", "[\"salt\",5,\"Ana\"]", "[\"salt\",\"a\",{\"b\":1,\"b\":2}]", ""])
    func `a disclosure that is signed and cannot be read`(text: String) throws {
        let disclosure = Disclosure(text: text)
        guard !disclosure.encoded.isEmpty else {
            #expect(try reason(issuer.document(["_sd": [disclosure.digest]]) + "~") == "not-sd-jwt")
            return
        }
        #expect(try reason(issuer.document(["_sd": [disclosure.digest]], disclosures: [disclosure])) == "disclosure-unreadable")
    }

    @Test(arguments: ["_sd", "...", "_sd_alg"])
    func `a disclosed claim with a name that means something else`(name: String) throws {
        let disclosure = Disclosure(["salt", .string(name), ["x"]])
        #expect(try reason(issuer.document(["_sd": [disclosure.digest]], disclosures: [disclosure])) == "claim-name-forbidden")
        #expect(try reason(issuer.document(["home": ["_sd": [disclosure.digest]]], disclosures: [disclosure])) == "claim-name-forbidden")
    }

    @Test func `a disclosed claim that is there already`() throws {
        let name = Disclosure(["salt", "name", "Ana"]), again = Disclosure(["pepper", "name", "Eva"])
        #expect(try reason(issuer.document(["name": "Eva", "_sd": [name.digest]], disclosures: [name])) == "claim-repeated")
        #expect(try reason(issuer.document(["_sd": [name.digest, again.digest]], disclosures: [name, again])) == "claim-repeated")
        #expect(try reason(issuer.document(["_sd": [name.digest, again.digest]], disclosures: [again])) == "valid")
    }

    @Test(arguments: ["sha-512", "SHA-256", "", "none"])
    func `a hash function that we do not use`(name: String) throws {
        #expect(try reason(issuer.document(["_sd_alg": .string(name)])) == "hash-not-allowed")
    }

    @Test func `digests that are no digests`() throws {
        #expect(try reason(issuer.document(["_sd_alg": 256])) == "hash-not-allowed")
        #expect(try reason(issuer.document(["_sd": "text"])) == "digest-unreadable")
        #expect(try reason(issuer.document(["_sd": [5]])) == "digest-unreadable")
        #expect(try reason(issuer.document(["home": ["_sd": ["a": 1]]])) == "digest-unreadable")
        #expect(try reason(issuer.document(["list": [["...": 5]]])) == "digest-unreadable")
        #expect(try reason(issuer.document(["list": [["...": "x", "y": 1]]])) == "digest-unreadable")
        #expect(try reason(issuer.document(["home": ["...": "x"]])) == "digest-unreadable")
    }

    @Test func `decoys and claims kept back are left out without a word`() throws {
        let shown = Disclosure(["salt", "name", "Ana"])
        let token = try issuer.document(
            ["_sd": ["decoy", shown.digest, "ZGVjb3k"], "list": [["...": "decoy2"], "PA", ["...": "decoy3"]], "_sd_alg": "sha-256", "empty": ["_sd": []]],
            disclosures: [shown])
        #expect(try issuer.verdict(token).document?.claims == ["name": "Ana", "list": ["PA"], "empty": [:]])
    }

    static let neverDisclosable = ["iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "aka_vcts", "status"]

    @Test(arguments: neverDisclosable)
    func `a claim that every checker must see`(name: String) throws {
        let disclosure = Disclosure(["salt", .string(name), 1_600_000_000])
        let reason = try reason(issuer.document(["_sd": [disclosure.digest]], disclosures: [disclosure], without: [name]))
        #expect(reason == (name == "iss" ? "issuer-missing" : name == "vct" ? "type-missing" : "claim-not-disclosable"))
    }

    @Test(arguments: neverDisclosable.filter { $0 != "iss" && $0 != "vct" })
    func `a part of a claim that every checker must see, shown or kept back`(name: String) throws {
        let part = Disclosure(["salt", "inner", 1]), item = Disclosure(["salt", "item"])
        #expect(try reason(issuer.document([name: ["_sd": [part.digest]]], disclosures: [part])) == "claim-not-disclosable")
        #expect(try reason(issuer.document([name: ["_sd": [part.digest]]])) == "claim-not-disclosable")
        #expect(try reason(issuer.document([name: [["...": item.digest]]], disclosures: [item])) == "claim-not-disclosable")
        #expect(try reason(issuer.document([name: ["deep": [["...": item.digest]]]])) == "claim-not-disclosable")
    }

    @Test func `claims that nest too deeply`() throws {
        func nested(_ depth: Int) -> JSON { (0..<depth).reduce(JSON.integer(1)) { inner, _ in ["a": inner] } }
        #expect(try reason(issuer.document(["deep": nested(SDJWTLimits.depthMax - 1)])) == "valid")
        #expect(try reason(issuer.document(["deep": nested(SDJWTLimits.depthMax)])) == "payload-unreadable")
        // Disclosure in disclosure, each shallow.
        var disclosures: [Disclosure] = []
        var inner = Disclosure(["salt", "a", 1])
        for _ in 0..<SDJWTLimits.depthMax {
            disclosures.append(inner)
            inner = Disclosure(["salt", "a", ["_sd": [inner.digest]]])
        }
        disclosures.append(inner)
        #expect(try reason(issuer.document(["_sd": [inner.digest]], disclosures: disclosures)) == "too-deep")
    }

    @Test func `tokens that are too large`() throws {
        let token = try issuer.document(["photo": .string(String(repeating: "a", count: SDJWTLimits.tokenByteCountMax))])
        #expect(try reason(token) == "too-large")
        let large = try issuer.document(["photo": .string(String(repeating: "a", count: 300_000))])
        #expect(try reason(large) == "valid")
        let many = (0...SDJWTLimits.disclosureCountMax).map { Disclosure(["salt", .string("c\($0)"), 1]) }
        #expect(try reason(issuer.document(["_sd": .array(many.map { $0.digest })], disclosures: many)) == "too-large")
        let most = Array(many.dropLast())
        #expect(try reason(issuer.document(["_sd": .array(most.map { $0.digest })], disclosures: most)) == "valid")
        #expect(try reason(issuer.document(header: ["note": .string(String(repeating: "a", count: 20_000))])) == "too-large")
    }

    @Test func `headers that are not ours`() throws {
        #expect(try reason(issuer.document(header: ["typ": "JWT"])) == "header-type")
        #expect(try reason(issuer.document(header: ["typ": "vc+sd-jwt"])) == "header-type")
        #expect(try reason(issuer.document(header: ["typ": .null])) == "header-type")
        for algorithm in ["none", "HS256", "ES384", "RS256", "EdDSA", "es256", ""] {
            #expect(try reason(issuer.document(header: ["alg": .string(algorithm)])) == "algorithm-not-allowed")
        }
        #expect(try reason(issuer.document(header: ["alg": .null])) == "algorithm-not-allowed")
        #expect(try reason(issuer.document(header: ["crit": ["b64"], "b64": false])) == "header-critical")
        #expect(try reason(issuer.document(header: ["kid": 5])) == "header-unreadable")
    }

    @Test func `signatures of another length`() throws {
        let token = try issuer.document()
        let pieces = token.dropLast().split(separator: ".").map(String.init)
        let signature = try #require(Base64URL.decode(pieces[2]))
        for bad in [Array(signature.dropLast()), signature + [0], [], signature + signature] {
            #expect(try reason(pieces[0] + "." + pieces[1] + "." + Base64URL.encode(bad) + "~") == "signature-unreadable")
        }
        #expect(try reason(pieces[0] + "." + pieces[1] + "." + Base64.encode(signature) + "~") == "signature-unreadable")
    }

    @Test func `texts that are no token`() throws {
        let token = try issuer.document()
        for text in ["", "~", "~~", "a.b.c", "a.b~", "a.b.c.d~", ".~", "..~", String(token.dropLast()), token + "~", "~" + token, "hello"] {
            let reason = try reason(text)
            #expect(["not-sd-jwt", "header-unreadable", "key-binding-without-key"].contains(reason), "\(text.prefix(20)): \(reason)")
        }
        #expect(try reason(token.replacing(".", with: "=.", maxReplacements: 1)) == "header-unreadable")
        #expect(try reason(" " + token) == "header-unreadable")
        #expect(try reason(issuer.token(header: ["alg": "ES256", "typ": "dc+sd-jwt"], payload: [1]) + "~") == "payload-unreadable")
    }

    @Test func `claims that a document must have`() throws {
        #expect(try reason(issuer.document(without: ["iss"])) == "issuer-missing")
        #expect(try reason(issuer.document(["iss": 5])) == "issuer-missing")
        #expect(try reason(issuer.document(without: ["vct"])) == "type-missing")
        #expect(try reason(issuer.document(["vct": ""])) == "type-missing")
        for name in ["iat", "nbf", "exp"] {
            for value in ["soon", -1, 253_402_300_800, .null, true] as [JSON] {
                #expect(try reason(issuer.document([name: value])) == "date-unreadable", "\(name) \(value)")
            }
        }
        #expect(try reason(issuer.document(without: ["iat"])) == "valid")
    }
}
