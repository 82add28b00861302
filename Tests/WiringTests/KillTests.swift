import Foundation
import HouseTesting
import Kernel
import StateTesting
import Storage
import Synchronization
import Testing
import Wiring

/// A value that several threads share.
private final class Shared<Value: Sendable>: Sendable {
    private let held: Mutex<Value>
    init(_ value: Value) { held = Mutex(value) }
    var value: Value {
        get { held.withLock { $0 } }
        set { held.withLock { $0 = newValue } }
    }
}

/// What outside callers were told is done.
private final class Ledger: Sendable {
    struct Lines: Sendable {
        var begun: Set<String> = []
        var discarded: Set<String> = []
        var odd: [String] = []
    }
    private let lines = Mutex(Lines())
    var all: Lines { lines.withLock { $0 } }
    func begun(_ id: String) { lines.withLock { _ = $0.begun.insert(id) } }
    func discarded(_ id: String) { lines.withLock { _ = $0.discarded.insert(id) } }
    func odd(_ line: String) { lines.withLock { $0.odd.append(line) } }
}

@Suite("The real program, killed and stopped under load", .serialized, .enabled(if: Server.program != nil, "the program dovira is not built"))
struct KillTests {
    private static let people = ["8-2000-101", "8-2000-102", "3-2000-104", "E-2000-105", "N-2000-106", "PE-2000-108"]

    /// Begins cases and throws them away until told to stop; writes each answer down once the whole of it has come.
    private static func press(_ client: HTTPClient, until isOver: @escaping @Sendable () -> Bool, _ ledger: Ledger) {
        while !isOver() {
            guard let begun = client.post("/services/sole-proprietor/start") else { return }
            guard begun.status == 303, let id = begun.header("location")?.split(separator: "/").dropFirst().first else {
                ledger.odd("start: \(begun.status) \(begun.body.prefix(200))")
                return
            }
            ledger.begun(String(id))
            guard let discarded = client.post("/cases/\(id)/discard") else { return }
            guard discarded.status == 303 else {
                ledger.odd("discard: \(discarded.status) \(discarded.body.prefix(200))")
                return
            }
            ledger.discarded(String(id))
        }
    }

    private func load(_ clients: [HTTPClient], for time: Duration, _ ledger: Ledger, then end: () async -> Void) async throws {
        let isOver = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in clients {
                group.addTask { await onThread { Self.press(client, until: { isOver.value }, ledger) } }
            }
            try await Task.sleep(for: time)
            await end()
            isOver.value = true
            try await group.waitForAll()
        }
    }

    private func clients(_ server: Server) async throws -> [HTTPClient] {
        var clients: [HTTPClient] = []
        for key in Self.people {
            let client = await onThread { server.client.signedIn(as: key) }
            clients.append(try #require(client, "\(key) cannot sign in: \(server.complaint)"))
        }
        return clients
    }

    /// Compares the stopped data folder with the ledger.
    private func check(_ server: Server, _ ledger: Ledger) async throws {
        let told = ledger.all
        #expect(told.odd == [])
        let store = try SQLiteStore(folder: server.data, migrations: OpenState.migrations, limits: .patient)
        let (cases, starts, discards) = try await store.write { (transaction: borrowing Transaction) in
            (
                try transaction.query("SELECT id, state FROM services_cases").map { try ($0.text(0), $0.text(1)) },
                try transaction.query("SELECT case_id FROM services_events WHERE kind = 'started'").map { try $0.text(0) },
                try transaction.query("SELECT payload FROM audit_entries").map { try JSON.parse($0.blob(0)) }
                    .count { $0["action"] == "case.discard" && $0["outcome"] == "done" }
            )
        }
        await store.close()
        let states = Dictionary(cases, uniquingKeysWith: { first, _ in first })
        for id in told.begun where states[id] == nil { Issue.record("acknowledged and lost: \(id)") }
        for id in told.discarded where states[id] != "discarded" { Issue.record("acknowledged and undone: \(id)") }
        #expect(starts.count == cases.count && Set(starts) == Set(states.keys), "each case has its one beginning")
        #expect(discards == cases.count { $0.1 == "discarded" }, "each change has its one entry")
        #expect(cases.count { $0.1 == "draft" } <= Self.people.count, "nobody has two drafts")
        let verified = try await Programs.run(try #require(Server.program), ["audit", "verify", server.data])
        #expect(verified.status == 0 && verified.output.contains("the log is whole"), "\(verified.output)\(verified.complaint)")
    }

    @Test func `killed twenty times under load, it has lost nothing that it had acknowledged, and its log is whole`() async throws {
        try await Server.with { (server) async throws in
            let ledger = Ledger()
            let random = Randomness.seeded(20)
            try await server.start()
            let clients = try await clients(server)
            for round in 0..<20 {
                if round > 0 { try await server.start() }
                let milliseconds = 50 + random.bytes(2).reduce(0) { $0 << 8 | Int($1) } % 700
                try await load(clients, for: .milliseconds(milliseconds), ledger) { server.kill() }
            }
            let told = ledger.all
            #expect(told.begun.count > 100 && told.discarded.count > 50, "\(told.begun.count) begun: too few to show anything")
            print("killed 20 times: \(told.begun.count) cases begun and \(told.discarded.count) discarded were acknowledged")
            // It opens once more, serves, and ends cleanly.
            try await server.start()
            #expect(await onThread { clients[0].get("/services") }?.status == 200)
            #expect(await server.stop() == 0)
            try await check(server, ledger)
        }
    }

    @Test func `killed while it loads its registers, it goes on without doubles`() async throws {
        try await Server.with { (server) async throws in
            // The example's whole population, so that the load takes a while.
            for register in ["person", "address", "driver", "business"] {
                let name = "/registries/\(register)/records.csv"
                try FileManager.default.removeItem(atPath: server.state + name)
                try FileManager.default.copyItem(atPath: Repository.example("Istmo").resolvingSymlinksInPath().path + name, toPath: server.state + name)
            }
            let random = Randomness.seeded(7)
            for _ in 0..<6 {
                let starting = Task { try await server.start() }
                try await Task.sleep(for: .milliseconds(150 + Int(random.bytes(1)[0]) * 3))
                server.kill()
                _ = try? await starting.value
                server.kill()
            }
            try await server.start()
            #expect(await server.stop() == 0)
            let store = try SQLiteStore(folder: server.data, migrations: OpenState.migrations, limits: .patient)
            let counts = try await store.write { (transaction: borrowing Transaction) in
                try ["person", "address", "driver", "business", "port"].map { register in
                    try transaction.query("SELECT COUNT(*) FROM registry_\(register)")[0].int(0)
                }
            }
            await store.close()
            #expect(counts == [10_000, 10_000, 2_970, 201, 20])
            let verified = try await Programs.run(try #require(Server.program), ["audit", "verify", server.data])
            #expect(verified.status == 0, "\(verified.output)\(verified.complaint)")
        }
    }

    @Test func `a clean stop under load finishes what was accepted and ends with zero`() async throws {
        try await Server.with { (server) async throws in
            let ledger = Ledger()
            try await server.start()
            let clients = try await clients(server)
            let status = Shared<Int32>(-1)
            try await load(clients, for: .milliseconds(700), ledger) { status.value = await server.stop() }
            #expect(status.value == 0)
            #expect(server.output.contains("is closed."))
            #expect(server.complaint == "")
            #expect(ledger.all.begun.count > 10)
            try await check(server, ledger)
        }
    }

    @Test func `a second start is quick and asks for nothing`() async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            #expect(await server.stop() == 0)
            let took = try await server.start()
            #expect(took < .seconds(300), "it took \(took)")
            #expect(server.output.contains("is open after"))
            for page in ["/\n", "/work\n", "/oversight\n", "/verify\n"] { #expect(server.output.contains("http://localhost:\(server.port)\(page)")) }
            #expect(await server.stop() == 0)
        }
    }
}

@Suite("A start that cannot be met says what to do", .serialized, .enabled(if: Server.program != nil, "the program dovira is not built"))
struct StartTests {
    private func serve(_ server: Server, data: String, port: Int? = nil, more: [String] = []) async throws -> Finished {
        try await Programs.run(
            try #require(Server.program),
            ["serve", server.state, "--data", data, "--port", "\(port ?? FreePort.find())", "--operations-port", "-1"] + more)
    }

    @Test func `a taken port, a data folder in use`() async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            let taken = try await serve(server, data: server.root + "/other", port: server.port)
            #expect(taken.status != 0)
            #expect(taken.complaint.contains("port \(server.port)") && taken.complaint.contains("is taken: stop what listens there, or give --port"))
            let used = try await serve(server, data: server.data)
            #expect(used.status != 0)
            #expect(used.complaint.contains("is in use by process") && used.complaint.contains("stop it first"))
            // The one that runs was not disturbed.
            #expect(await onThread { server.client.get("/services") }?.status == 200)
            #expect(await server.stop() == 0)
        }
    }

    @Test func `no such folder, a setting that cannot be read, a live state without TLS, half a pair of keys`() async throws {
        try await Server.with { (server) async throws in
            let program = try #require(Server.program)
            let nowhere = try await Programs.run(program, ["serve", server.root + "/nowhere", "--data", server.data])
            #expect(nowhere.status != 0 && nowhere.complaint.contains("there is no such folder"))
            let level = try await serve(server, data: server.data, more: ["--log-level", "loud"])
            #expect(level.status != 0 && level.complaint.contains("log level 'loud' is unknown"))
            let half = try await serve(server, data: server.data, more: ["--tls-key", "key.pem"])
            #expect(half.status != 0 && half.complaint.contains("belong together"))
            var example = try ExampleFolder(at: server.root + "/live")
            try example.replace("mode: demo", with: "mode: live", in: "state.yaml")
            let live = try await Programs.run(program, ["serve", example.path, "--data", server.data, "--port", "0", "--operations-port", "-1"])
            #expect(live.status != 0)
            #expect(!FileManager.default.fileExists(atPath: server.data), "what cannot be served makes no data folder")
        }
    }

    @Test func `records that cannot be loaded are named by their line, and mended they load`() async throws {
        try await Server.with { (server) async throws in
            var example = try ExampleFolder(at: server.root + "/other")
            let records = try example.records("driver")
            try example.setRecords("driver", records + [records[0]])
            let wrong = try await Programs.run(
                try #require(Server.program), ["serve", example.path, "--data", server.data, "--port", "0", "--operations-port", "-1"])
            #expect(wrong.status != 0)
            #expect(wrong.complaint.contains("registries/driver/records.csv:\(records.count + 2):1: error: a record of this key is there already"))
        }
    }

    @Test func `the log of a folder that is none is not called whole`() async throws {
        try await withFolder { (root) async throws in
            let program = try #require(Server.program)
            let none = try await Programs.run(program, ["audit", "verify", root + "/nowhere"])
            #expect(none.status != 0 && none.complaint.contains("is no data folder"))
            #expect(!FileManager.default.fileExists(atPath: root + "/nowhere"))
        }
    }

    @Test func `the log of a folder without its key is not called whole, and no key is made`() async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            #expect(await server.stop() == 0)
            try FileManager.default.removeItem(atPath: server.data + "/keys/log.key")
            let keyless = try await Programs.run(try #require(Server.program), ["audit", "verify", server.data])
            #expect(keyless.status != 0 && keyless.complaint.contains("restore it from the backup"))
            #expect(!FileManager.default.fileExists(atPath: server.data + "/keys/log.key"))
        }
    }

    @Test func `a log that somebody wrote past the program into is found out`() async throws {
        try await Server.with { (server) async throws in
            try await server.start()
            #expect(await server.stop() == 0)
            let store = try SQLiteStore(folder: server.data, migrations: OpenState.migrations, limits: .patient)
            _ = try await store.write { (transaction: borrowing Transaction) in
                try transaction.execute("UPDATE audit_entries SET nonce = $1 WHERE id = 2", [.blob([UInt8](repeating: 0, count: 32))])
            }
            await store.close()
            let forged = try await Programs.run(try #require(Server.program), ["audit", "verify", server.data])
            #expect(forged.status == 1 && forged.output.contains("error: "))
        }
    }
}

@Suite("A full disk", .serialized, .enabled(if: Server.program != nil && getuid() == 0, "needs the program, and root to mount a small disk"))
struct FullDiskTests {
    @Test func `a full disk is announced, pages are served, writes are refused, and with space it all comes back`() async throws {
        try await Server.with { (server) async throws in
            let disk = server.root + "/disk"
            try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
            guard let mount = Programs.find("mount"), let umount = Programs.find("umount"),
                try await Programs.run(mount, ["-t", "tmpfs", "-o", "size=64m,mode=0700", "tmpfs", disk]).status == 0
            else {
                print("skipped: no small disk can be mounted here")
                return
            }
            let result: Result<Void, any Error>
            do {
                result = .success(try await run(try Server(root: server.root, data: disk + "/data"), disk))
            } catch { result = .failure(error) }
            _ = try await Programs.run(umount, ["-l", disk])
            try result.get()
        }
    }

    private func run(_ server: Server, _ disk: String) async throws {
        defer { server.kill() }
        try await server.start()
        let client = try #require(await onThread { server.client.signedIn(as: "8-2000-101") })
        #expect(await onThread { server.operations.get("/readyz") }?.status == 200)

        let ballast = disk + "/ballast"
        _ = FileManager.default.createFile(atPath: ballast, contents: nil)
        let file = try #require(FileHandle(forWritingAtPath: ballast))
        for _ in 0..<64 { if (try? file.write(contentsOf: Data(count: 1 << 20))) == nil { break } }
        try? file.close()

        #expect(try await eventually { await onThread { server.operations.get("/readyz") }?.status == 503 })
        #expect(await onThread { server.operations.get("/readyz") }?.body.hasPrefix("read-only") == true)
        #expect(await onThread { server.operations.get("/healthz") }?.status == 200)
        for path in ["/", "/services", "/services/sole-proprietor", "/verify"] {
            let page = await onThread { server.client.get(path) }
            #expect(page?.status == 200, "\(path)")
            #expect(page?.body.contains("Reading only for now") == true, "\(path) does not announce it")
        }
        for attempt in 0..<3 {
            let started = await onThread { client.post("/services/sole-proprietor/start") }
            #expect(started?.status == 503, "attempt \(attempt)")
        }
        #expect(await onThread { server.client.post("/sign-in", [("person", "8-2000-102")]) }?.status == 503)
        #expect(server.isRunning)

        try FileManager.default.removeItem(atPath: ballast)
        #expect(try await eventually { await onThread { server.operations.get("/readyz") }?.status == 200 })
        let started = try #require(await onThread { client.post("/services/sole-proprietor/start") })
        #expect(started.status == 303)
        #expect(await server.stop() == 0)
        let verified = try await Programs.run(try #require(Server.program), ["audit", "verify", server.data])
        #expect(verified.status == 0, "\(verified.output)\(verified.complaint)")
    }
}
