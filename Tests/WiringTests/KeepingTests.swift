import Audit
import Definitions
import Foundation
import Gate
import HouseTesting
import Kernel
import StateFolder
import StateTesting
import Storage
import Synchronization
import Testing
import Web
import Wiring

@Suite("A data folder is held to its head, its clock and its name")
struct KeepingTests {
    private static func with(_ body: (KeptHouse) async throws -> Void) async throws {
        try await withFolder { (root) async throws in try await body(try KeptHouse(root)) }
    }

    private static func number(_ open: OpenState, _ last: Int) async throws {
        try await open.platform.store.write { (transaction: borrowing Transaction) in
            try transaction.execute(
                """
                INSERT INTO registry_series (register, year, last) VALUES ('business', 2026, $1)
                ON CONFLICT (register, year) DO UPDATE SET last = excluded.last
                """, [.int(last)])
        }
    }

    private static func series(_ open: OpenState) async throws -> Int? {
        try await open.platform.store.write { (transaction: borrowing Transaction) in
            try transaction.first("SELECT last FROM registry_series WHERE register = 'business' AND year = 2026")?.int(0)
        }
    }

    private static func journal(_ open: OpenState) async throws -> [String] {
        try await open.platform.store.write { (transaction: borrowing Transaction) in
            try transaction.query("SELECT payload FROM audit_entries").compactMap { try JSON.parse($0.blob(0))["action"]?.string }
        }
    }

    // MARK: The head

    @Test func `a folder that was put back is refused, and goes on only when it is said, on record and with new numbers`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in
                try await KeptHouse.write(3, open)
                try await Self.number(open, 12)
            }
            try house.copy("/data", "/backup")
            try await house.run { (open) in
                try await KeptHouse.write(4, open)
                try await Self.number(open, 41)
            }
            try house.copy("/backup", "/data")
            let fault = await #expect(throws: HeadFault.self) { try await house.run() }
            guard case .behind(house.head, let head, let store) = fault else {
                Issue.record("\(String(describing: fault))")
                return
            }
            #expect(head >= store + 4)
            #expect(fault?.description.contains("An older folder was put back") == true && fault?.description.contains("--accept-restored") == true)
            // Being refused changed nothing.
            await #expect(throws: HeadFault.self) { try await house.run() }
            try await house.runWith({ $0.acceptsRestored = true }) { (open) in
                let last = try #require(try await Self.series(open))
                #expect(last >= 1_041, "none of the numbers given since the backup is given again")
                #expect(try await Self.journal(open).contains("log.accept-restored"))
            }
            #expect(house.told.all.contains { $0.contains("gone on with a restored data folder") })
            // From here on it is a folder like any other.
            try await house.run { (open) in try await KeptHouse.write(1, open) }
        }
    }

    @Test func `a folder that lost its newest entries, or grew another history of the same length, is refused`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in try await KeptHouse.write(2, open) }
            try house.copy("/data", "/backup")
            let seen = try Data(contentsOf: URL(fileURLWithPath: house.head))
            try await house.run { (open) in try await KeptHouse.write(5, open) }
            let head = try Data(contentsOf: URL(fileURLWithPath: house.head))
            // Beside the head of its own time the older folder grows again, to more than it had.
            try house.copy("/backup", "/data")
            try seen.write(to: URL(fileURLWithPath: house.head))
            try await house.run { (open) in try await KeptHouse.write(9, open) }
            try head.write(to: URL(fileURLWithPath: house.head))
            await #expect(throws: HeadFault.differs(house.head)) { try await house.run() }
        }
    }

    @Test func `numbers that a register gave and forgot are noticed although the log is whole`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in
                try await KeptHouse.write(1, open)
                try await Self.number(open, 12)
            }
            let open = try await house.open()
            try await Self.number(open, 11)
            await open.platform.store.close()
            await #expect(throws: HeadFault.seriesBehind(house.head, register: "business")) { try await house.run() }
        }
    }

    @Test func `a folder that is gone is not begun anew beside its head, nor one whose head is gone`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in try await KeptHouse.write(1, open) }
            try FileManager.default.moveItem(atPath: house.data, toPath: house.root + "/away")
            await #expect(throws: HeadFault.noStore(house.head, dataFolder: house.data)) { try await house.run() }
            #expect(!FileManager.default.fileExists(atPath: house.data), "nothing was made")
            try FileManager.default.moveItem(atPath: house.root + "/away", toPath: house.data)
            try FileManager.default.removeItem(atPath: house.head)
            await #expect(throws: HeadFault.missing(house.head, kept: house.head)) { try await house.run() }
            try await house.runWith { $0.acceptsRestored = true }
        }
    }

    @Test func `a head of another key, one that cannot be read, a place that cannot be written`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in try await KeptHouse.write(1, open) }
            let good = try Data(contentsOf: URL(fileURLWithPath: house.head))
            #expect(try FileManager.default.attributesOfItem(atPath: house.head)[.posixPermissions] as? Int == 0o600)
            try Data(String(decoding: good, as: UTF8.self).replacing(#/tree (\d+) /#) { "tree \($0.1)1 " }.utf8).write(to: URL(fileURLWithPath: house.head))
            await #expect(throws: HeadFault.foreign(house.head)) { try await house.run() }
            for junk in ["", "junk", String(repeating: "x", count: 2_000_000)] {
                try Data(junk.utf8).write(to: URL(fileURLWithPath: house.head))
                let fault = await #expect(throws: HeadFault.self) { try await house.run() }
                #expect(fault?.description.contains("cannot be read") == true)
            }
            try good.write(to: URL(fileURLWithPath: house.head))
            try await house.run()
            let nowhere = house.root + "/nowhere/head"
            try await house.runWith { $0.head = "none" }
            let fault = await #expect(throws: HeadFault.self) { try await house.runWith { $0.head = nowhere } }
            #expect(fault?.description.contains("name another place with --head") == true)
        }
    }

    @Test func `a second server that continues the log is found out by the first`() async throws {
        try await Self.with { (house) async throws in
            let open = try await house.open()
            try await KeptHouse.write(1, open)
            // Another one has written the head meanwhile.
            try Data("another".utf8).write(to: URL(fileURLWithPath: house.head))
            house.clock.advance(seconds: 2)
            let running = Task { await open.sequencer.run { house.told.note("\($0)") } }
            await running.value
            #expect(open.sequencer.health.fault?.contains("two servers continue one log") == true)
            #expect(house.told.all.count { $0.contains("two servers continue one log") } == 1)
            await open.platform.store.close()
        }
    }

    @Test func `a verification tells of a head that is gone, and where one was kept elsewhere`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in try await KeptHouse.write(2, open) }
            func report(_ folder: String, head: String? = nil) async throws -> AuditReport {
                try await LogInspection.verify(folder, knowing: .init(head: head), clock: house.clock.clock) { _ in }
            }
            #expect(try await report(house.data).faults == [])
            try house.copy("/data", "/copy")
            let copied = try await report(house.root + "/copy")
            #expect(copied.faults == [] && copied.notices.contains { $0.contains("its own was kept at \(house.head)") }, "\(copied)")
            #expect(try await report(house.root + "/copy", head: house.head).faults == [])
            // A copy that was made earlier is behind.
            try await house.run { (open) in try await KeptHouse.write(5, open) }
            #expect(try await report(house.root + "/copy", head: house.head).faults.contains { $0.contains("the log is behind its head") })
            try FileManager.default.moveItem(atPath: house.head, toPath: house.root + "/away")
            let gone = try await report(house.data)
            #expect(gone.faults.contains { $0.contains("the log's head is gone: it was kept at \(house.head)") }, "\(gone)")
            #expect(try await report(house.data, head: house.root + "/away").faults == [])
            #expect(try await report(house.data, head: house.head).faults.contains { $0.contains("there is no head at") })
            let without = try await report(house.data, head: "none")
            #expect(without.faults == [])
            try Data("junk".utf8).write(to: URL(fileURLWithPath: house.head))
            #expect(try await report(house.data).faults.contains { $0.contains("the head at \(house.head) is not signed") })
            try FileManager.default.removeItem(atPath: house.head)
            // A folder that never kept one is told of, too.
            try await house.runWith { $0.head = "none" }
            let never = try await report(house.data)
            #expect(never.faults == [] && never.notices.contains { $0.contains("no head of the log is kept outside the folder") }, "\(never)")
        }
    }

    @Test func `a log that has signed nothing yet is named by its head, and sound`() async throws {
        try await Self.with { (house) async throws in
            let open = try await house.open()
            try await KeptHouse.write(2, open)
            await open.platform.store.close()
            let report = try await LogInspection.verify(house.data, clock: house.clock.clock) { _ in }
            #expect(report.faults == [] && report.checkpoints == 0 && report.entries > 2, "\(report)")
        }
    }

    @Test func `a kept checkpoint is read however its lines end, and what is none is told why`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in try await KeptHouse.write(2, open) }
            let open = try await house.open()
            let note = try #require(try await PublicLog(open.platform.store.publicView).checkpoint())
            let key = try #require(NoteKey(vkey: open.portal.log.verificationKey))
            await open.platform.store.close()
            let crlf = note.replacing("\n", with: "\r\n")
            for kept in [note, crlf, String(note.dropLast()), String(crlf.dropLast()), "\u{FEFF}" + note, note + "\n\n", crlf + "\r\n"] {
                let text = try KeptCheckpoint.text(Array(kept.utf8))
                let report = try await LogInspection.verify(house.data, knowing: .init(key: key, checkpoints: [text]), clock: house.clock.clock) { _ in }
                #expect(report.faults == [], "\(kept.debugDescription)")
            }
            let lines = note.split(separator: "\n", omittingEmptySubsequences: false)
            for (kept, expected) in [
                (note.replacing("\n\n", with: "\n"), "the empty line between"), (note.replacing("\n\n", with: "\r\n\n"), "some of its lines end in CR LF"),
                (note.replacing("\n", with: "\r"), "a carriage return stands alone"), (lines.prefix(4).joined(separator: "\n"), "the empty line between"),
                (lines.prefix(4).joined(separator: "\n") + "\n\nsigned\n", "it has no lines of signatures"), ("", "the empty line between"),
                ("a\n\n" + (lines.last { !$0.isEmpty } ?? "") + "\n", "what is signed in it is no checkpoint"),
            ] {
                let fault = #expect(throws: KeptCheckpoint.Fault.self, "\(kept.debugDescription)") { try KeptCheckpoint.text(Array(kept.utf8)) }
                #expect(fault?.description.contains(expected) == true, "\(kept.debugDescription): \(String(describing: fault))")
            }
            #expect(throws: KeptCheckpoint.Fault.self) { try KeptCheckpoint.text([0xFF, 0x0A, 0x0A, 0x0A]) }
            // Of another log it is said whose it is.
            let other = try #require(LogKey(origin: "zz.dovira/log", seed: [UInt8](repeating: 6, count: 32)))
            let foreign = try other.sign(try #require(Checkpoint(origin: "zz.dovira/log", size: 1, root: Merkle.emptyRoot)).noteText).encoded
            let report = try await LogInspection.verify(house.data, knowing: .init(key: key, checkpoints: [foreign]), clock: house.clock.clock) { _ in }
            #expect(report.faults.contains { $0.contains("of zz.dovira/log with 1 entries, is not signed with the trusted key") }, "\(report.faults)")
        }
    }

    @Test func `where the newest writes cannot be read for want of a file, it is said what to do`() async throws {
        try await Self.with { (house) async throws in
            let open = try await house.open()
            try await KeptHouse.write(2, open)
            // As a process that dies now leaves it.
            try house.copy("/data", "/copy")
            await open.platform.store.close()
            let copy = house.root + "/copy/state.db"
            #expect(FileManager.default.fileExists(atPath: copy + "-wal"))
            try? FileManager.default.removeItem(atPath: copy + "-shm")
            // Nothing can be made under this name, as on a file system that is mounted for reading alone.
            try FileManager.default.createSymbolicLink(atPath: copy + "-shm", withDestinationPath: "/nowhere/at/all")
            let fault = await #expect(throws: StoreRefusesToStart.self) {
                try await LogInspection.verify(house.root + "/copy", clock: house.clock.clock) { _ in }
            }
            #expect(fault?.description.contains("copy the whole folder to where you may write and name the copy") == true, "\(String(describing: fault))")
        }
    }

    // MARK: The clock

    @Test func `a clock that is behind the log is refused, and goes on only when it is said`() async throws {
        try await Self.with { (house) async throws in
            house.clock.advance(days: 365)
            let year = house.clock.now
            try await house.run { (open) in try await KeptHouse.write(1, open, at: year) }
            house.clock.set(TestState.start)
            let fault = await #expect(throws: ClockBehind.self) { try await house.run() }
            #expect(fault?.description.contains("mend the clock") == true && fault?.description.contains("--accept-clock") == true)
            try await house.runWith({ $0.acceptsClock = true }) { (open) async throws in
                #expect(try await Self.journal(open).count { $0 == "log.accept-clock" } == 2)
            }
            // An entry of the right time has followed, so that the start is like any other.
            house.clock.advance(days: 60)
        }
    }

    @Test func `a clock far ahead of the log is told of`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in try await KeptHouse.write(1, open) }
            house.clock.advance(days: 60)
            try await house.run()
            #expect(house.told.all.contains { $0.contains("if the clock is wrong, stop and mend it") })
        }
    }

    @Test func `errands that a process claimed before it died are due at the next start, whatever its clock said`() async throws {
        try await Self.with { (house) async throws in
            let now = house.clock.now
            try await house.run { (open) in
                try await open.platform.store.write { (transaction: borrowing Transaction) in
                    for (id, seconds) in [("a", 50), ("b", 365 * 86_400)] as [(String, Int64)] {
                        try transaction.execute(
                            """
                            INSERT INTO gate_errands (id, kind, subject, payload, created_at, due_at, attempts, state)
                            VALUES ($1, 'none', 'x', '{}', $2, $3, 1, 'waiting')
                            """, [.text(id), .instant(now), .instant(now.adding(seconds: seconds))])
                    }
                }
            }
            let open = try await house.open()
            let due = try await open.platform.store.write { (transaction: borrowing Transaction) in
                try transaction.query("SELECT due_at FROM gate_errands").map { try $0.instant(0) }
            }
            #expect(due.count == 2 && due.allSatisfy { $0 <= house.clock.now })
            await open.platform.store.close()
        }
    }

    // MARK: Names

    @Test func `another code of the state is refused, another address of the portal is told of`() async throws {
        try await Self.with { (house) async throws in
            try await house.run { (open) in try await KeptHouse.write(1, open) }
            try await house.runWith { $0.origin = "https://other.example" }
            #expect(house.told.all.contains { $0.contains(TestState.origin) && $0.contains("https://other.example") })
            var example = try ExampleFolder(at: house.root + "/other")
            let code = try #require(try example.text("state.yaml").split(separator: "\n").first { $0.hasPrefix("code:") })
            try example.replace(String(code), with: "code: ZZ", in: "state.yaml")
            try FileManager.default.removeItem(atPath: house.root + "/istmo")
            try FileManager.default.moveItem(atPath: house.root + "/other", toPath: house.root + "/istmo")
            let fault = await #expect(throws: LogRenamed.self) { try await house.run() }
            #expect(fault?.description.contains("zz.dovira/log") == true)
        }
    }

    @Test func `a link that leads out of the state's folder is refused, one within it is read`() throws {
        let root = NSTemporaryDirectory() + "links-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: root) }
        try FileManager.default.createDirectory(atPath: root + "/state/sub", withIntermediateDirectories: true)
        for name in ["secret", "state/a.yaml"] { try Data(name.utf8).write(to: URL(fileURLWithPath: "\(root)/\(name)")) }
        try FileManager.default.createSymbolicLink(atPath: root + "/state/b.yaml", withDestinationPath: "a.yaml")
        #expect(try StateFiles.read(root + "/state").count == 2)
        for target in [root + "/secret", "../secret", "/etc", "/nowhere", "sub/../../secret"] {
            for name in ["c.dmn", "records.csv", "sub/emblem.svg"] {
                let link = root + "/state/" + name
                try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: target)
                #expect(throws: StateFiles.Fault.self, "\(name) → \(target)") { try StateFiles.read(root + "/state") }
                try FileManager.default.removeItem(atPath: link)
            }
        }
    }
}

@Suite("The real program and its data folder", .serialized, .enabled(if: Server.program != nil, "the program dovira is not built"))
struct DataFolderTests {
    private func start(_ client: HTTPClient) async -> Int? { await onThread { client.post("/services/sole-proprietor/start") }?.status }

    private func gauge(_ name: String, _ server: Server) async -> Int? {
        let text = await onThread { server.operations.get("/metrics") }?.body ?? ""
        return text.split(separator: "\n").first { $0.hasPrefix(name + " ") }.flatMap { Int($0.dropFirst(name.utf8.count + 1)) }
    }

    private func serve(_ server: Server, _ more: [String] = []) async throws -> Finished {
        try await Programs.run(
            try #require(Server.program),
            ["serve", server.state, "--data", server.data, "--port", "\(FreePort.find())", "--operations-port", "-1"] + more)
    }

    @Test(arguments: ["delete", "move", "database"])
    func `a folder that goes under a running server takes no more writes, and none is begun in its place`(how: String) async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            let client = try #require(await onThread { server.client.signedIn(as: "8-2000-101") })
            #expect(await start(client) == 303)
            #expect(await gauge("dovira_data_folder_ok", server) == 1)
            // The head has seen what was written.
            #expect(try await eventually { await gauge("dovira_log_entries_waiting", server) == 0 })
            switch how {
            case "delete": try FileManager.default.removeItem(atPath: server.data)
            case "move": try FileManager.default.moveItem(atPath: server.data, toPath: server.root + "/away")
            default: try FileManager.default.removeItem(atPath: server.data + "/state.db")
            }
            #expect(await start(client) == 503)
            #expect(try await eventually { await onThread { server.operations.get("/readyz") }?.status == 503 })
            #expect(await onThread { server.operations.get("/readyz") }?.body.contains("was moved or deleted") == true)
            #expect(await gauge("dovira_data_folder_ok", server) == 0)
            #expect(await server.stop() != 0)
            let next = try await serve(server)
            #expect(next.status != 0)
            #expect(next.complaint.contains("restore"), "\(next.complaint)")
            #expect(!FileManager.default.fileExists(atPath: server.data + "/state.db"))
        }
    }

    @Test func `beside a server whose shared index was removed nothing is read, and it is said why`() async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            let client = try #require(await onThread { server.client.signedIn(as: "8-2000-101") })
            #expect(await start(client) == 303)
            let program = try #require(Server.program)
            let beside = try await Programs.run(program, ["audit", "verify", server.data])
            #expect(beside.status == 0, "\(beside.output)\(beside.complaint)")
            try FileManager.default.removeItem(atPath: server.data + "/state.db-shm")
            // The first one would make a file of its own, and the second one find it.
            for _ in 0..<2 {
                let verified = try await Programs.run(program, ["audit", "verify", server.data])
                #expect(verified.status != 0 && verified.complaint.contains("restart that process, then try again"), "\(verified)")
                #expect(!verified.output.contains("error:"))
                _ = FileManager.default.createFile(atPath: server.data + "/state.db-shm", contents: nil)
            }
            #expect(await server.stop() != 0, "from then on it only read")
            let after = try await Programs.run(program, ["audit", "verify", server.data])
            #expect(after.status == 0, "\(after.output)\(after.complaint)")
        }
    }

    @Test func `a log of commits that was lost after a kill is noticed`() async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            let client = try #require(await onThread { server.client.signedIn(as: "8-2000-101") })
            #expect(await start(client) == 303)
            #expect(try await eventually { await gauge("dovira_log_entries_waiting", server) == 0 })
            // The next checkpoint, and the head with it, is at most a second away.
            try await Task.sleep(for: .milliseconds(1_500))
            server.kill()
            try FileManager.default.removeItem(atPath: server.data + "/state.db-wal")
            let next = try await serve(server)
            #expect(next.status != 0 && next.complaint.contains("is behind the log's head"), "\(next.complaint)")
        }
    }

    @Test func `a log that contradicts itself stops, says so once, and is seen`() async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            let client = try #require(await onThread { server.client.signedIn(as: "8-2000-101") })
            #expect(await start(client) == 303)
            #expect(await server.stop() == 0)
            let store = try SQLiteStore(folder: server.data, migrations: OpenState.migrations, limits: .patient)
            _ = try await store.write { (transaction: borrowing Transaction) in
                try transaction.execute("UPDATE audit_tree SET count = count - 2")
                try transaction.execute(
                    "DELETE FROM audit_checkpoints WHERE size > (SELECT max(first_index + count) FROM audit_tree)")
                // Nothing is known outside, so that the start itself sees nothing.
                return try transaction.execute("DELETE FROM storage_marks WHERE name = 'head'")
            }
            await store.close()
            try FileManager.default.removeItem(atPath: server.data + ".head")
            try await server.start()
            #expect(try await eventually { await onThread { server.operations.get("/readyz") }?.status == 503 })
            #expect(await onThread { server.operations.get("/readyz") }?.body.contains("the log has stopped") == true)
            #expect(await gauge("dovira_sequencer_ok", server) == 0)
            #expect(await gauge("dovira_sequencer_failures", server) == 1)
            #expect(server.complaint.components(separatedBy: "in=sequencer").count == 2, "\(server.complaint)")
        }
    }

    @Test func `an errand that was given up is listed and tried anew, with the server and without`() async throws {
        try await Server.with { (server) async throws in
            let program = try #require(Server.program)
            try await server.start()
            #expect(await server.stop() == 0)
            func attempts() async throws -> [Int] {
                let store = try SQLiteStore(folder: server.data, migrations: OpenState.migrations, limits: .patient)
                let all = try await store.write { (transaction: borrowing Transaction) in
                    try transaction.query("SELECT attempts FROM gate_errands WHERE state = 'waiting'").map { try $0.int(0) }
                }
                await store.close()
                return all
            }
            // Ordered by the log, as the program's own are: what nobody ordered is not tried.
            let key = try #require(LogKey(origin: "ist.dovira/log", seed: KeyFolder(server.data).secret("log") { [] }))
            let journal = HouseJournal(pen: AuditPen(random: .system, mark: key.mark), sealed: OpenState.sealed(), clock: .system)
            let store = try SQLiteStore(folder: server.data, migrations: OpenState.migrations, limits: .patient)
            try await store.maintain(.errands) { (transaction: borrowing Transaction) in
                try transaction.execute(
                    """
                    INSERT INTO gate_errands (id, kind, subject, payload, created_at, due_at, attempts, state, last_error)
                    VALUES ('0errand', 'nothing', 'case', '{}', 1, 1, 10, 'given-up', 'UnknownErrand')
                    """)
                try journal.note("errand.given-up", in: transaction)
            }
            await store.close()
            let listed = try await Programs.run(program, ["errands", "list", server.data])
            #expect(listed.status == 0 && listed.output.contains("0errand  given-up  10") && listed.output.contains("1 errands, 1 given up"), "\(listed)")
            let unknown = try await Programs.run(program, ["errands", "retry", server.data, "1errand"])
            #expect(unknown.status != 0 && unknown.complaint.contains("there is no errand 1errand"))
            let stopped = try await Programs.run(program, ["errands", "retry", server.data, "0errand"])
            #expect(stopped.status == 0, "\(stopped.complaint)")
            #expect(try await attempts() == [0])
            // Beside the server: it tries at once, and fails again, since nothing performs such errands.
            try await server.start()
            #expect(try await eventually { server.complaint.contains("nothing here performs an errand of kind nothing") })
            #expect(await gauge("dovira_errands_waiting", server) == 1)
            #expect(try await Programs.run(program, ["errands", "list", server.data]).output.contains("0errand  waiting  "))
            let beside = try await Programs.run(program, ["errands", "retry", server.data, "0errand"])
            #expect(beside.status == 0, "\(beside.complaint)")
            #expect(await server.stop() == 0)
        }
    }
}
