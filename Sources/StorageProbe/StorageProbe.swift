import Foundation
import Glibc
import Kernel
import Storage
import Synchronization

/// Drives a store in a process of its own, so that tests can trace it, make its disk fail and kill it.
///
/// **Shape** `storage-probe load FOLDER CLIENTS MILLISECONDS ROUNDS` writes from that many tasks, until the time is over
/// or each has gone that many rounds, and prints a line for each answer after it has come:
/// `done|refused|unknown|lost|unavailable CLIENT N`, and at the end the number of commits. `list FOLDER` prints what the
/// store holds, a line each, after checking the file. `bench FOLDER CLIENTS SECONDS`, `bulk FOLDER ROWS` and
/// `sync FOLDER` print one JSON line.
@main
struct Probe {
    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst(2).compactMap { Int($0) }
        do {
            switch (arguments.first, arguments.dropFirst().first) {
            case ("load"?, let folder?) where numbers.count == 3:
                try await load(folder, clients: numbers[0], milliseconds: numbers[1], rounds: numbers[2])
            case ("list"?, let folder?): try await list(folder)
            case ("bench"?, let folder?) where numbers.count == 2:
                try await bench(folder, clients: numbers[0], seconds: numbers[1])
            case ("bulk"?, let folder?) where numbers.count == 1: try await bulk(folder, rows: numbers[0])
            case ("sync"?, let folder?): say(#"{"syncMicroseconds":\#(try syncMicroseconds(folder))}"# + "\n")
            default:
                say(
                    "usage: storage-probe load FOLDER CLIENTS MILLISECONDS ROUNDS | bench FOLDER CLIENTS SECONDS | list FOLDER | "
                        + "bulk FOLDER ROWS | sync FOLDER\n"
                )
                exit(64)
            }
        } catch {
            say("error \(error)\n")
            exit(1)
        }
    }

    /// One system call a line, so that a killed process leaves whole lines only.
    static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(1, bytes, bytes.count)
    }

    static let migrations = [
        Migration(
            "probe-1", room: "probe",
            steps: [
                .createTable(
                    "probe_people", columns: [Column("id", .id), Column("name", .text)], primaryKey: ["id"], clustered: true),
                .createTable(
                    "probe_facts",
                    columns: [
                        Column("client", .integer), Column("n", .integer), Column("at", .instant),
                        Column("note", .text, nullable: true),
                    ], primaryKey: ["client", "n"], clustered: true),
                .createTable(
                    "probe_entries",
                    columns: [
                        Column("id", .serial), Column("person", .id), Column("payload", .json), Column("nonce", .blob),
                    ]),
                .createTable(
                    "probe_lines", columns: [Column("person", .id), Column("n", .integer), Column("entry", .integer)],
                    primaryKey: ["person", "n"], clustered: true),
            ]),
        // A register as the platform keeps it: the row, three unique keys and an index.
        Migration(
            "probe-2", room: "probe",
            steps: [
                .createTable(
                    "probe_records",
                    columns: [
                        Column("row", .serial), Column("record", .id), Column("person", .id), Column("valid_from", .text),
                        Column("valid_to", .text, nullable: true),
                        Column("recorded_from", .instant), Column("recorded_to", .instant, nullable: true),
                        Column("access", .id), Column("data", .json),
                        Column("key", .text), Column("name", .text),
                    ]),
                .createIndex(
                    "probe_records_now", on: "probe_records", columns: ["record"], unique: true,
                    where: "recorded_to IS NULL AND valid_to IS NULL"),
                .createIndex(
                    "probe_records_key", on: "probe_records", columns: ["key"], unique: true,
                    where: "recorded_to IS NULL AND valid_to IS NULL"),
                .createIndex(
                    "probe_records_name", on: "probe_records", columns: ["name"],
                    where: "recorded_to IS NULL AND valid_to IS NULL"),
            ]),
    ]

    static let people = 1_000

    /// Puts people into the store once.
    static func populate(_ store: any Store) async throws {
        try await store.write { (transaction: borrowing Transaction) in
            guard try transaction.first("SELECT id FROM probe_people LIMIT 1") == nil else { return }
            try transaction.executeEach(
                "INSERT INTO probe_people (id, name) VALUES ($1, $2)",
                (0..<people).map { [.text("person-\($0)"), .text("Name \($0)")] })
        }
    }

    static let payload = #"""
        {"v":1,"action":"probe.change","actor":{"kind":"citizen"},"law":"Law 1, section 2","outcome":"done",\#
        "purpose":"own-data","records":[{"register":"person","record":"01hzy","fields":["name","birth"]}]}
        """#

    /// A use case of the usual size: it reads a person, writes a fact, counts the person's entries, writes an entry and
    /// its line.
    static func useCase(client: Int, n: Int, in transaction: borrowing Transaction) throws {
        let person = SQLValue.text("person-\((client &* 7_919 &+ n) % people)")
        let outcome = try transaction.attempt {
            guard try transaction.first("SELECT name FROM probe_people WHERE id = $1", [person]) != nil else {
                throw Refusal(.notFound, "probe.nobody")
            }
            try transaction.execute(
                "INSERT INTO probe_facts (client, n, at) VALUES ($1, $2, $3)",
                [.int(client), .int(n), .integer(1_700_000_000_000)])
        }
        let last = try transaction.first("SELECT n FROM probe_lines WHERE person = $1 ORDER BY n DESC LIMIT 1", [person])
        let entry = try transaction.first(
            "INSERT INTO probe_entries (person, payload, nonce) VALUES ($1, $2, $3) RETURNING id",
            [person, .text(payload), .blob(nonce)])
        try transaction.execute(
            "INSERT INTO probe_lines (person, n, entry) VALUES ($1, $2, $3)",
            [person, .int((last.map { try $0.int(0) } ?? 0) + 1), entry?[0] ?? .null])
        _ = try outcome.get()
    }

    static let nonce = [UInt8](repeating: 7, count: 32)

    static let data = #"""
        {"birth":"1980-05-17","cedula":"8-123-45678","district":"Panamá","father":"8-1-2","firstName":"María del Carmen",\#
        "lastName":"González Pérez","mother":"8-3-4","nationality":"PA","province":"Panamá","sex":"F"}
        """#

    // MARK: Commands

    static func load(_ folder: String, clients: Int, milliseconds: Int, rounds: Int) async throws {
        var limits = StorageLimits()
        limits.recoveryMilliseconds = 20
        let store = try SQLiteStore(folder: folder, migrations: migrations, limits: limits) { state in
            say("state \(state)\n")
        }
        try await populate(store)
        let first = try await store.write { (transaction: borrowing Transaction) in
            try transaction.first("SELECT coalesce(max(n), 0) FROM probe_facts").map { try $0.int(0) } ?? 0
        }
        say("ready \(getpid())\n")
        let end = ContinuousClock.now + .milliseconds(milliseconds)
        await withTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask {
                    var n = first
                    while ContinuousClock.now < end, n < first + rounds {
                        n += 1
                        let number = n
                        do {
                            try await store.write { (transaction: borrowing Transaction) in
                                try useCase(client: client, n: number, in: transaction)
                            }
                            say("done \(client) \(number)\n")
                        } catch is OutcomeUnknown {
                            say("unknown \(client) \(number)\n")
                        } catch is TransactionLost {
                            say("lost \(client) \(number)\n")
                        } catch is StorageUnavailable {
                            say("unavailable \(client) \(number)\n")
                            try? await Task.sleep(for: .milliseconds(5))
                        } catch {
                            say("refused \(client) \(number) \(error)\n")
                        }
                    }
                }
            }
        }
        await store.close()
        say("closed \(store.figures.commits)\n")
    }

    static func list(_ folder: String) async throws {
        let store = try SQLiteStore(folder: folder, migrations: migrations)
        let lines = try await store.write { (transaction: borrowing Transaction) in
            var lines: [String] = []
            try transaction.each("SELECT client, n FROM probe_facts ORDER BY client, n") {
                lines.append("fact \(try $0.int(0)) \(try $0.int(1))")
            }
            // Every entry has its line, and every person's lines count without a gap.
            let gaps = try transaction.first(
                "SELECT count(*) FROM (SELECT person FROM probe_lines GROUP BY person HAVING max(n) <> count(*))")
            let entries = try transaction.first(
                """
                SELECT (SELECT count(*) FROM probe_entries) - (SELECT count(*) FROM probe_lines),
                (SELECT count(*) FROM probe_entries) - (SELECT count(*) FROM probe_facts)
                """
            )
            let sums = try [gaps?.int(0), entries?.int(0), entries?.int(1)].map { $0 ?? -1 }
            lines.append("gaps \(sums[0]) entries-lines \(sums[1]) entries-facts \(sums[2])")
            return lines
        }
        await store.close()
        say(lines.joined(separator: "\n") + "\n")
    }

    static func bench(_ folder: String, clients: Int, seconds: Int) async throws {
        let store = try SQLiteStore(folder: folder, migrations: migrations)
        try await populate(store)
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let counts = await withTaskGroup(of: Int.self) { group in
            for client in 0..<clients {
                group.addTask {
                    var n = 0
                    while ContinuousClock.now < end {
                        n += 1
                        let number = n
                        try! await store.write { (transaction: borrowing Transaction) in
                            try useCase(client: client, n: number, in: transaction)
                        }
                    }
                    return n
                }
            }
            return await group.reduce(0, +)
        }
        let took = ContinuousClock.now - start
        await store.close()
        let perSecond = Double(counts) / (Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
        let sync = try syncMicroseconds(folder)
        say(
            #"{"benchmark":"durable-use-cases","clients":\#(clients),"perSecond":\#(Int(perSecond)),"#
                + #""perCommit":\#(store.figures.done / max(1, store.figures.commits)),"syncMicroseconds":\#(sync)}"# + "\n")
    }

    /// The disk's own measure: the median time of a 4 kB write with `fdatasync` in the same folder.
    static func syncMicroseconds(_ folder: String) throws -> Int {
        let descriptor = open(folder + "/measure", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard descriptor >= 0 else { return -1 }
        defer {
            Glibc.close(descriptor)
            unlink(folder + "/measure")
        }
        let page = [UInt8](repeating: 1, count: 4_096)
        let times = (0..<200).map { index in
            let start = ContinuousClock.now
            _ = pwrite(descriptor, page, page.count, off_t(index * page.count))
            fdatasync(descriptor)
            return (ContinuousClock.now - start).components.attoseconds / 1_000_000_000_000
        }
        return Int(times.sorted()[times.count / 2])
    }

    static func bulk(_ folder: String, rows: Int) async throws {
        let store = try SQLiteStore(folder: folder, migrations: migrations)
        let start = ContinuousClock.now
        let chunk = 5_000
        for first in stride(from: 0, to: rows, by: chunk) {
            let count = min(chunk, rows - first)
            try await store.write { (transaction: borrowing Transaction) in
                for n in first..<(first + count) {
                    let record = "01hzy\(10_000_000_000 + n)"
                    try transaction.execute(
                        """
                        INSERT INTO probe_records (record, person, valid_from, recorded_from, access, data, key, name)
                        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
                        ON CONFLICT DO NOTHING
                        """,
                        [
                            .text(record), .text(record), "2020-01-01", .integer(1_700_000_000_000), "01hzyaccess",
                            .text(data), .text("8-\(n % 999)-\(n)"), .text("Name \(n &* 7_919 % 100_003)"),
                        ])
                    // What the person's line in the log costs.
                    try transaction.execute(
                        "INSERT INTO probe_lines (person, n, entry) VALUES ($1, $2, $3)", [.text(record), 1, .int(n)])
                }
            }
        }
        let took = ContinuousClock.now - start
        await store.close()
        let perSecond = Double(rows) / (Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18)
        say(#"{"benchmark":"bulk-rows","rows":\#(rows),"perSecond":\#(Int(perSecond))}"# + "\n")
    }
}
