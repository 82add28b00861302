import ArgumentParser
import Audit
import Kernel
import Wiring

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Looks after the log of every use of people's data.", subcommands: [VerifyLog.self])
}

struct VerifyLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Reads the whole log of a data folder and proves its tree, its signatures and every person's numbers.",
        discussion: "The server must be stopped: one process holds a data folder. Ends with status 1 when anything is wrong.")

    @Argument(help: "The data folder.") var data: String

    func run() async throws {
        let report = try await LogInspection.verify(data) { entries in
            if entries % 100_000 == 0, entries > 0 { print("\(entries) entries …") }
        }
        print("\(report.entries) entries, \(report.lines) lines about people, tree of \(report.treeSize), \(report.checkpoints) checkpoints")
        for fault in report.faults { print("error: \(TerminalText.escaped("\(fault)"))") }
        guard report.faults.isEmpty else { throw ExitCode(1) }
        print("the log is whole: every entry has its place, every person's numbers run without a gap")
    }
}
