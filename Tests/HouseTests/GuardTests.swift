import Foundation
import HouseTesting
import Testing

@Suite("The guard around a test run")
struct GuardTests {
    private func guarded(silence: String, total: String, _ script: String) async throws -> Finished {
        try await Programs.run(Repository.root.path + "/Scripts/guard", [silence, total, "bash", "-c", script])
    }

    @Test func `what hangs is named, with its threads, and ended with a failure`() async throws {
        let run = try await guarded(
            silence: "2", total: "600",
            #"echo '◇ Test "it hangs" started.'; echo '◇ Test "it ends" started.'; echo '✔ Test "it ends" passed after 0.1 seconds.'; sleep 3600"#)
        #expect(run.status == 124)
        #expect(run.output.contains("nothing was printed for 2 s"))
        #expect(run.output.contains("begun and not ended: 1\n   \"it hangs\""))
        #expect(run.output.contains("sleep 3600"), "the process that hangs is shown")
    }

    @Test func `a run that talks without end is ended too`() async throws {
        let run = try await guarded(silence: "600", total: "2", "while sleep 0.1; do echo word; done")
        #expect(run.status == 124)
        #expect(run.output.contains("it has run for 2 s"))
    }

    @Test func `what ends by itself keeps its status and its words`() async throws {
        let good = try await guarded(silence: "600", total: "600", "echo fine")
        #expect(good.status == 0 && good.output == "fine\n")
        let bad = try await guarded(silence: "600", total: "600", "echo wrong >&2; exit 3")
        #expect(bad.status == 3 && bad.output == "wrong\n")
    }
}
