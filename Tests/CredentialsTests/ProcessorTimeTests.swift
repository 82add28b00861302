import Credentials
import HouseTesting
import Kernel
import Testing

/// Whoever pastes a document has not proved anything yet: half a megabyte of what is dearest to compare must cost next to nothing.
@Suite("The cost of a stranger's document") struct ProcessorTimeTests {
    let issuer = TestIssuer()
    /// Of unoptimised code; by canonical equivalence each of these takes minutes.
    static let secondsMax = 2.0
    /// Marks of two classes in turn, which have to be sorted to be compared.
    static let marks = "a" + String(repeating: "\u{301}\u{316}", count: 90_000)

    private func token(header: JSONObject = [:], _ claims: JSONObject, tail: String = "~") throws -> String {
        var head: JSONObject = ["alg": "ES256", "typ": "dc+sd-jwt", "kid": "transit-1"]
        for (name, value) in header { head[name] = value }
        return Base64URL.encode(JSON.object(head).bytes) + "." + Base64URL.encode(JSON.object(claims).bytes) + "."
            + Base64URL.encode([UInt8](repeating: 1, count: 64)) + tail
    }

    private func inputs() throws -> [(name: String, text: String)] {
        let marks = Self.marks, few = "a" + String(repeating: "\u{301}\u{316}", count: 250)
        let known: JSONObject = ["iss": .string(issuer.iss), "vct": "urn:istmo:licence:1"]
        func with(_ more: JSONObject) -> JSONObject {
            var claims = known
            for (name, value) in more { claims[name] = value }
            return claims
        }
        var many: JSONObject = [:]
        for number in 0..<300 { many[few + String(number)] = 1 }
        let disclosure = Base64URL.encode(JSON.array(["salt", .string(marks), 1]).bytes)
        let digest = Base64URL.encode(Kernel.SHA256.hash(Array(disclosure.utf8)).bytes)
        let valueDisclosure = Base64URL.encode(JSON.array(["salt", "name", .string(marks)]).bytes)
        return [
            ("two names", try token(with([marks: 1, marks + "x": 2]))), ("many names", try token(with(many))),
            ("issuer", try token(with(["iss": .string(marks)]))), ("kind", try token(with(["vct": .string(marks)]))),
            ("value", try token(with(["name": .string(marks), "nbf": .string(marks)]))), ("type", try token(header: ["typ": .string(marks)], known)),
            ("key's name", try token(header: ["kid": .string(few)], known)),
            ("disclosed name", try token(with(["_sd": [.string(digest)]]), tail: "~\(disclosure)~")),
            ("digest", try token(with(["_sd": [.string(marks), .string(marks + "x")]]), tail: "~\(valueDisclosure)~")),
            ("text", marks), ("text behind a dot", "a." + marks + ".b~" + marks),
        ]
    }

    @Test func `half a megabyte of marks costs next to nothing, wherever it stands`() throws {
        let trust = try issuer.trust
        for (name, text) in try inputs() {
            let seconds = ProcessorTime.seconds {
                let check = DocumentCheck(DocumentText.token(text), trust: trust, now: Instant(seconds: 1_750_000_000))
                // As an issuer's own document would be judged, whose signature is good.
                _ = check.verdict(check.signatureChecks.map { _ in true })
            }
            #expect(seconds < Self.secondsMax, "\(name)")
        }
    }

    @Test func `the same within a trust list`() throws {
        let list: JSON = [
            "issuers": [["iss": .string(Self.marks), "name": ["es": .string(Self.marks)], "vcts": [.string(Self.marks)], "keys": []]]
        ]
        let seconds = ProcessorTime.seconds { _ = try? TrustList(json: list) }
        #expect(seconds < Self.secondsMax)
    }
}

@Suite("A document as it is handed over") struct DocumentTextTests {
    @Test(arguments: [
        ("abc", "abc"), ("\u{FEFF}abc", "abc"), ("  a b\tc\r\n", "abc"), ("a\nb\nc\n", "abc"), ("", ""), (" \u{FEFF}abc", "\u{FEFF}abc"),
        ("a\u{A0}b", "a\u{A0}b"), ("a\u{2028}b", "a\u{2028}b"), ("\"abc\"", "\"abc\""), ("a\u{B}b", "a\u{B}b"), ("a\u{0}", "a\u{0}"),
    ])
    func `a mark at the beginning and the white space of ASCII are left out, and nothing else`(given: String, token: String) {
        #expect(DocumentText.token(given).hasSameBytes(as: token))
        #expect(DocumentText.token(Array(given.utf8)).hasSameBytes(as: token))
    }

    @Test func `every reason has a word for people, and each word a reason`() {
        let codes = SDJWTFault.allCases.map(\.rawValue) + ["header-type", "key-binding-nonce", "issuer-missing", "claim-not-disclosable", "issuer-too-long"]
        #expect(Set(codes.map { MalformedReason(code: $0) }) == Set(MalformedReason.allCases))
        #expect(MalformedReason(code: "key-binding-time") == .holder)
    }
}
