import Credentials
import Foundation
import Kernel
import Testing

/// The specifications that the Python reference implementation is tested with: issue, disclose a choice, verify.
@Suite("Specifications of sd-jwt-python") struct PythonSpecificationTests {
    struct Specification: Sendable, CustomTestStringConvertible {
        let json: JSON
        var testDescription: String { json["name"]?.string ?? "unnamed" }
    }

    static let specifications: [Specification] = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors/sd-jwt-python.json")
        guard let data = try? Data(contentsOf: file), let value = try? JSON.parse([UInt8](data)) else { return [] }
        return (value["specifications"]?.array ?? []).map { Specification(json: $0) }
    }()

    @Test func `all specifications are there`() {
        #expect(Self.specifications.count == 32)
        #expect(Self.specifications.count { $0.json["published"] == true } == 17)
    }

    private func tree(_ json: JSON) throws -> ClaimTree {
        if let members = json["object"]?.array {
            return .object(
                try members.map { member in
                    let inner = try #require(member[2])
                    return (name: try #require(member[0]?.string), isDisclosable: member[1] == true, value: try tree(inner))
                })
        }
        if let items = json["array"]?.array {
            return .array(
                try items.map { item in
                    let inner = try #require(item[1])
                    return (isDisclosable: item[0] == true, value: try tree(inner))
                })
        }
        return .value(try #require(json["value"]))
    }

    @Test(arguments: specifications)
    func `what is issued and disclosed is what is verified`(specification: Specification) throws {
        let issuer = TestIssuer()
        let claims = try #require(specification.json["claims"])
        let (payload, disclosures) = try tree(claims).concealed(.seeded(50))
        let signed = try issuer.token(header: ["alg": "ES256", "typ": "example+sd-jwt"], payload: payload)
        let whole = try SDJWT(signed + "~" + disclosures.map { $0 + "~" }.joined())
        #expect(disclosures.isEmpty == (payload["_sd_alg"] == nil))

        let places = Set(try #require(specification.json["disclosed"]?.array).compactMap { $0.string })
        let shown = try whole.presenting { places.contains($0.text) }
        let token = try SDJWT(shown)
        #expect(token.disclosureCount == places.count)
        #expect(JSON.object(try token.claims()) == specification.json["expected"])
        let check = SignatureCheck(algorithm: .es256, key: try issuer.jwk.x963, message: token.signingInput, signature: token.signature)
        #expect(verify(check))
        #expect(try whole.presenting { _ in true }.split(separator: "~").count == disclosures.count + 1)
    }
}
