import Foundation
import HouseTesting
import Kernel
import Testing

/// The command as a clerk or a court's expert runs it: the built program, its output and its status.
@Suite("dovira decide") struct DecideTests {
    private static let given = "{\"age\":17,\"cedula_valid\":true,\"lives_here\":true,\"is_registered\":false,\"activity\":\"consulting\"}"

    private static func decide(_ arguments: String..., input: String) async throws -> Finished {
        let program = try #require(Programs.built("dovira"), "dovira was not built beside the tests")
        return try await Programs.run(program, ["decide", Repository.example("Istmo").path] + arguments, input: input)
    }

    @Test func `a refusal names its rule, its law, the nearest rule that grants and the cell that failed`() async throws {
        let answer = try await Self.decide("sole-proprietor", "-", "--on", "2026-11-24", "--language", "en", input: Self.given)
        #expect(answer.status == 0)
        #expect(answer.output.contains("outcome: \"refuse\"\nrule 1 (under-age), Act 14 of 2024, article 5, point 1\n"))
        #expect(answer.output.contains("nearest rule: 6 (granted)\n  Age is 17; the rule asks for >= 18\n"))
    }

    @Test func `the account is canonical to the byte, and its hash is what any sha256 says`() async throws {
        let account = try await Self.decide("sole-proprietor/sole-proprietor", "-", "--on", "2026-11-24", "--trace", input: Self.given)
        #expect(try JSON.parse(account.output).canonical == account.output)
        let shown = try await Self.decide("sole-proprietor", "-", "--on", "2026-11-24", input: Self.given)
        #expect(shown.output.hasSuffix("sha256 \(SHA256.hash(Array(account.output.utf8)).hex)\n"))
    }

    @Test func `a kept account is decided again and is the same; a changed one is told from it, at its place`() async throws {
        let account = try await Self.decide("sole-proprietor", "-", "--on", "2025-02-03", "--trace", input: Self.given)
        let again = try await Self.decide("sole-proprietor", "-", "--trace", input: account.output)
        #expect(again.status == 0)
        #expect(again.output == account.output)
        #expect(again.complaint.hasPrefix("the same as before: sha256 "))
        let changed = try await Self.decide("sole-proprietor", "-", input: account.output.replacing("\"refuse\"", with: "\"grant\""))
        #expect(changed.status == 1)
        #expect(changed.complaint.contains("otherwise than before"))
        #expect(changed.complaint.contains("  /outputs/0/outcome: \"grant\" then, \"refuse\" now\n"))
    }

    @Test(arguments: [
        ("sole-propriet", given, "there is no decision 'sole-propriet'; did you mean ‘sole-proprietor’?"),
        ("proprietor/needs-permit", given, "there is no service 'proprietor'"),
        ("sole-proprietor", "{\"agee\":17}", "'sole-proprietor' has no input 'agee'; did you mean ‘age’?"),
        ("sole-proprietor", "{\"age\":", "standard input:1:8: the text ends too early"),
        ("sole-proprietor", "[17]", "the inputs are an object"),
        ("sole-proprietor", "{\"format\":\"1\"}", "/format: this is no account of a decision"),
    ]) func `what cannot be decided is told with what to write instead`(_ decision: String, _ input: String, _ message: String) async throws {
        let answer = try await Self.decide(decision, "-", input: input)
        #expect(answer.status == 64)
        #expect(answer.complaint.contains(message), "\(answer.complaint)")
        #expect(answer.output.isEmpty)
    }

    @Test func `what is missing is unknown, and said so`() async throws {
        let answer = try await Self.decide("needs-permit", "-", input: "{}")
        #expect(answer.status == 0)
        #expect(answer.complaint == "note: the input 'activity' is missing, so it is unknown\n")
        #expect(answer.output.contains("activity: unknown"))
    }
}
