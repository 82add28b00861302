import Foundation
import HouseTesting
import Kernel
import Storage
import Testing

@Suite("What was acknowledged stays")
struct DurabilityTests {
    @Test func `Storage-1: synchronous reads back as 2, and anything else refuses to start`() async throws {
        try await withStore { store in #expect(store.figures.synchronous == 2) }
        try Durability.check(synchronous: 2, folder: "x")
        for value: SQLValue in [0, 1, 3, .null, "2"] {
            let error = #expect(throws: StoreRefusesToStart.self) { try Durability.check(synchronous: value, folder: "x") }
            #expect(error?.reason == .notDurable(synchronous: "\(value)"))
        }
    }

    @Test(.enabled(if: Tools.strace != nil, "strace is not installed"))
    func `Storage-1: each acknowledged batch has waited for the disk`() async throws {
        try await withFolder { (folder) async throws in
            let probe = try Tools.probe
            let trace = folder + "/trace"
            let run = try await Programs.run(
                Tools.strace ?? "",
                [
                    "-f", "-y", "-e", "trace=fdatasync,write", "-s", "16", "-o", trace, probe, "load", folder + "/data", "8",
                    "10000", "100",
                ])
            let commits = try #require(
                run.lines.last.flatMap { $0.hasPrefix("closed ") ? Int($0.dropFirst(7)) : nil },
                "\(run.lines.suffix(3)) \(run.complaint)")
            var syncs = 0
            var isSynced = false
            var acknowledged = 0
            for line in try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n") {
                if line.contains("fdatasync("), line.contains("state.db-wal") {
                    syncs += 1
                    isSynced = true
                }
                if line.contains("write("), line.contains("\"done ") {
                    acknowledged += 1
                    #expect(isSynced, "an answer came before the first sync of the log")
                }
            }
            #expect(acknowledged > 0)
            #expect(commits > 1)
            #expect(syncs >= commits, "\(syncs) syncs of the log for \(commits) commits")
        }
    }

    /// The n-th sync of the writer fails, for each n: every answer stays true, and the store goes on by itself.
    @Test(.enabled(if: Tools.strace != nil, "strace is not installed"))
    func `Storage-3: a sync that fails at any moment loses nothing that was acknowledged`() async throws {
        try await withFolder { (folder) async throws in
            let probe = try Tools.probe
            let data = folder + "/data"
            #expect(try await Programs.run(probe, ["load", data, "1", "0", "0"]).status == 0)
            var ledger = Ledger()
            var unknown = 0
            for n in 1...50 {
                let run = try await Programs.run(
                    Tools.strace ?? "",
                    [
                        "-f", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=\(n)",
                        probe, "load", data, "4", "10000", "\(n + 10)",
                    ])
                let before = ledger.unknown.count
                ledger.read(run.lines)
                unknown += ledger.unknown.count > before ? 1 : 0
                #expect(run.status == 0, "run \(n): \(run.lines.suffix(2)) \(run.complaint)")
                #expect(run.lines.last?.hasPrefix("closed ") == true)
                // After the failure the same process took work again.
                if let failure = run.lines.firstIndex(where: { $0.hasPrefix("unknown ") }) {
                    #expect(
                        run.lines[failure...].contains { $0.hasPrefix("state readOnly") }
                            || run.lines.contains { $0.hasPrefix("state readOnly") })
                }
                if n % 10 == 0 {
                    let list = try await Programs.run(probe, ["list", data])
                    #expect(ledger.check(list.lines, isKilled: false) == [], "after run \(n)")
                }
            }
            // SQLite does not look at the answer of a folder's sync, so not every one of them is a commit's.
            #expect(unknown >= 40, "the failures met commits: \(unknown) of 50")
            #expect(ledger.done.count > 50)
            #expect(
                ledger.others.filter { !$0.hasPrefix("state ") && !$0.hasPrefix("ready ") && !$0.hasPrefix("closed ") } == []
            )
        }
    }

    /// Writes fail for want of space for a while, then succeed again.
    @Test(.enabled(if: Tools.strace != nil, "strace is not installed"), arguments: [20, 60, 150])
    func `Storage-2, Storage-3: writes that find no space lose nothing and the store comes back`(first: Int) async throws {
        try await withFolder { (folder) async throws in
            let probe = try Tools.probe
            let data = folder + "/data"
            #expect(try await Programs.run(probe, ["load", data, "1", "0", "0"]).status == 0)
            let run = try await Programs.run(
                Tools.strace ?? "",
                [
                    "-f", "-o", "/dev/null", "-e", "trace=pwrite64", "-e",
                    "inject=pwrite64:error=ENOSPC:when=\(first)..\(first + 12)", probe, "load", data, "4", "10000", "200",
                ])
            var ledger = Ledger()
            ledger.read(run.lines)
            #expect(run.status == 0, "\(run.lines.suffix(2)) \(run.complaint)")
            #expect(ledger.others.contains { $0.hasPrefix("state readOnly") }, "the trouble was announced")
            #expect(ledger.others.last { $0.hasPrefix("state ") && !$0.contains("closed") } == "state ready")
            #expect(!ledger.done.isEmpty)
            let list = try await Programs.run(probe, ["list", data])
            #expect(ledger.check(list.lines, isKilled: false) == [])
        }
    }

    @Test func `a process killed at any moment loses nothing that was acknowledged`() async throws {
        try await withFolder { (folder) async throws in
            let probe = try Tools.probe
            var ledger = Ledger()
            for _ in 1...10 {
                let process = Process()
                process.executableURL = URL(fileURLWithPath: probe)
                process.arguments = ["load", folder + "/data", "16", "30000", "1000000"]
                let output = folder + "/answers"
                #expect(FileManager.default.createFile(atPath: output, contents: nil))
                process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: output))
                try process.run()
                let isBusy = try await eventually { try String(contentsOfFile: output, encoding: .utf8).contains("done ") }
                #expect(isBusy)
                try await Task.sleep(for: .milliseconds(Int.random(in: 0...150)))
                kill(process.processIdentifier, SIGKILL)
                try #require(try await eventually { !process.isRunning })
                var lines = try String(contentsOfFile: output, encoding: .utf8).split(
                    separator: "\n", omittingEmptySubsequences: false
                ).map(String.init)
                // The last line may be cut off.
                lines.removeLast()
                ledger.read(lines)
                let list = try await Programs.run(probe, ["list", folder + "/data"])
                #expect(ledger.check(list.lines, isKilled: true) == [])
            }
            #expect(ledger.done.count > 100)
        }
    }

    @Test func `Storage-5: a folder serves one process, and the other one is told which`() async throws {
        try await withFolder { (folder) async throws in
            let data = folder + "/data"
            try await withStore(folder: data) { (store) async throws in
                let error = #expect(throws: StoreRefusesToStart.self) {
                    _ = try SQLiteStore(folder: data, migrations: Room.migrations, limits: .patient)
                }
                #expect(error?.reason == .inUse(pid: getpid()))
                #expect(error?.description.contains("process \(getpid())") == true)
                let other = try await Programs.run(try Tools.probe, ["list", data])
                #expect(other.status == 1)
                #expect(
                    other.lines == [
                        "error \(data) is in use by process \(getpid()): stop it first, or give this one another data folder"
                    ])
                try await store.write { (transaction: borrowing Transaction) in try Room.add(1, in: transaction) }
            }
            let facts = try await withStore(folder: data) { store in try await Room.facts(store) }
            #expect(facts == [1])
        }
    }

    @Test func `a disk that fills is announced, reads are served, and the store comes back with the space`() async throws {
        try await withFolder { (folder) async throws in
            guard try await Tools.mountSmallDisk(at: folder, megabytes: 8) else {
                print("mounting a small disk is not permitted here: this test did not run")
                return
            }
            let result: Result<Void, any Error>
            do { result = .success(try await fillAndFree(folder)) } catch { result = .failure(error) }
            try await Tools.unmount(folder)
            try result.get()
        }
    }

    private func fillAndFree(_ folder: String) async throws {
        let announced = Announcements()
        var limits = StorageLimits.patient
        limits.freeBytesMin = 1_000_000
        limits.recoveryMilliseconds = 20
        try await withStore(limits: limits, folder: folder + "/data", announce: { announced.note($0) }) {
            (store) async throws in
            try await store.write { (transaction: borrowing Transaction) throws in
                try Room.add(0, in: transaction)
                try transaction.execute("INSERT INTO room_notices (id, text) VALUES (1, 'open')")
            }
            // Something else fills the disk.
            let ballast = folder + "/ballast"
            #expect(FileManager.default.createFile(atPath: ballast, contents: nil))
            let file = try FileHandle(forWritingTo: URL(fileURLWithPath: ballast))
            for _ in 0..<1_000 where (try? file.write(contentsOf: Data(count: 10_000))) == nil { break }
            try file.close()
            var acknowledged = [0]
            var unknown: [Int] = []
            var refused = 0
            for id in 1...200 {
                do {
                    try await store.write { (transaction: borrowing Transaction) in try Room.add(id, in: transaction) }
                    acknowledged.append(id)
                } catch let error as StorageUnavailable {
                    guard case .readOnly = error.reason else {
                        Issue.record("\(error)")
                        return
                    }
                    refused += 1
                } catch is OutcomeUnknown {
                    // The disk filled since the space was last looked at.
                    unknown.append(id)
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            #expect(refused > 0)
            guard case .readOnly(let reason) = store.state else {
                Issue.record("not read-only: \(store.state)")
                return
            }
            #expect(reason.contains("disk"))
            #expect(!announced.all.isEmpty && !announced.all.contains(.ready), "\(announced.all)")
            #expect(try await store.publicView.query(PublicViewTests.notices, [0]).count == 1)
            try FileManager.default.removeItem(atPath: ballast)
            #expect(try await eventually { store.state == .ready })
            try await store.write { (transaction: borrowing Transaction) in try Room.add(1_000, in: transaction) }
            let facts = try await Room.facts(store).filter { !unknown.contains($0) }
            #expect(facts == acknowledged.filter { !unknown.contains($0) } + [1_000])
            #expect(unknown.count <= 1)
            #expect(announced.all.last == .ready)
        }
    }
}
