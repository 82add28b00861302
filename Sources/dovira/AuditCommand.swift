import ArgumentParser
import Audit
import Foundation
import Kernel
import Wiring

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Looks after the log of every use of people's data.", subcommands: [VerifyLog.self])
}

struct VerifyLog: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Proves the log of a data folder and holds the rows of its registers, cases, documents and sessions to it.",
        discussion: """
            Reads the folder as it is at one moment, also beside a server that works on it; while it runs the server's write-ahead log grows with what
            is written. Ends with status 1 when anything is wrong.

            Whoever holds the log's key can write the whole log anew. What finds that is a key and checkpoints kept elsewhere: get them from
            /log/key and /log/checkpoint, keep them away from the folder, and give them here.
            """)

    @Argument(help: "The data folder.") var data: String
    @Option(help: "The log's key that you trust: name+id+key, or a file that holds it (as /log/key gives it).") var key: String?
    @Option(help: "A file with a checkpoint kept earlier (as /log/checkpoint gives it). May be given several times.") var since: [String] = []
    @Option(help: "Where the log's head is kept, or none; without it, beside the data folder.") var head: String?

    func run() async throws {
        var known = LogInspection.Known()
        if let key {
            let inline = NoteKey(vkey: key.trimmingCharacters(in: .whitespacesAndNewlines))
            guard let found = try inline ?? NoteKey(vkey: given(key).trimmingCharacters(in: .whitespacesAndNewlines)) else {
                throw ValidationError("\(key) is no log key: it is written name+id+key, as /log/key gives it")
            }
            known.key = found
        }
        known.checkpoints = try since.map { path in
            let bytes = try GivenFile.read(path, bytesMax: Self.givenMax, tooLarge: "it is no checkpoint")
            do { return try KeptCheckpoint.text(bytes) } catch { throw ValidationError("\(path) is no checkpoint as /log/checkpoint gives it: \(error)") }
        }
        known.head = head
        let start = ContinuousClock.now
        let report = try await LogInspection.verify(data, knowing: known) { entries in
            if entries % 100_000 == 0, entries > 0 { print("\(entries) entries …") }
        }
        let seconds = max(0.001, (ContinuousClock.now - start) / .seconds(1))
        print(
            "\(report.entries) entries, \(report.lines) lines about people, tree of \(report.treeSize), \(report.checkpoints) checkpoints, \(report.rows) rows;",
            "\(Int(Double(report.entries + report.rows) / seconds)) a second")
        for notice in report.notices { print("note: \(TerminalText.escaped("\(notice)"))") }
        for fault in report.faults { print("error: \(TerminalText.escaped("\(fault)"))") }
        guard report.faults.isEmpty else { throw ExitCode(1) }
        print("the log is whole: every entry has its place, every person's numbers run without a gap, every row is as its entry wrote it")
    }

    /// A key or a checkpoint is a few lines.
    private static let givenMax = 65_536

    private func given(_ path: String) throws -> String {
        String(decoding: try GivenFile.read(path, bytesMax: Self.givenMax, tooLarge: "it is no key"), as: UTF8.self)
    }
}
