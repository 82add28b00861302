import Audit
import Definitions
import FEEL
import Foundation
import Gate
import HouseTesting
import Kernel
import StateFolder
import Storage
import Synchronization

/// A small house for one test: one table of notes about people, rules of the test's own, a clock that stands.
final class House: Sendable {
    static let start = Instant(rfc3339: "2026-07-15T15:00:00Z")!
    static let ana = "person-ana", berta = "person-berta", carla = "person-carla"

    let clock = TestClock(start)
    let folder: String
    let failures = Heard()
    private let current: Mutex<Platform>

    var platform: Platform { current.withLock { $0 } }
    var store: any Store { platform.store }

    private init(_ folder: String, _ policy: Policy) throws {
        self.folder = folder
        current = Mutex(try House.platform(folder, policy, clock, failures, seed: 1))
    }

    static func with<T>(rules: String = House.rules, _ body: (House) async throws -> T) async throws -> T {
        try await withFolder { (folder) async throws in
            let policy = Policy(try House.policies(rules), sources: [NoteFacts()])
            let house = try House(folder, policy)
            let result: Result<T, any Error>
            do { result = .success(try await body(house)) } catch { result = .failure(error) }
            await house.store.close()
            return try result.get()
        }
    }

    /// What a new process finds.
    func reopen() async throws {
        let policy = platform.policy
        await store.close()
        let platform = try House.platform(folder, policy, clock, failures, seed: UInt64(bitPattern: clock.now.milliseconds))
        current.withLock { $0 = platform }
    }

    private static func platform(_ folder: String, _ policy: Policy, _ clock: TestClock, _ failures: Heard, seed: UInt64) throws -> Platform {
        let store = try SQLiteStore(
            folder: folder, migrations: AuditTables.migrations + GateTables.migrations + Notes.migrations, clock: clock.clock, limits: .patient)
        return Platform(
            store: store, policy: policy, clock: clock.clock, randomness: .seeded(seed),
            sealed: SealedTables(GateTables.sealed + Notes.sealed, unsealed: ["notes_files"]), mark: EntryMark(secret: [9]),
            onFailure: { reference, action, error in failures.hear("\(reference.text) \(action.name) \(type(of: error))") })
    }

    /// The example's purposes, laws and bodies, with these rules in place of its own.
    static func policies(_ rules: String) throws -> [PolicyDefinition] {
        var files = try Repository.exampleFiles("Istmo")
        let text = String(decoding: files["policies.yaml"] ?? [], as: UTF8.self)
        let head = text.components(separatedBy: "\nrules:\n")[0]
        files["policies.yaml"] = Array((head + "\nrules:\n" + rules + "\n").utf8)
        var diagnostics = Diagnostics()
        guard let state = StateDefinition.read(files, into: &diagnostics) else {
            throw Unready(diagnostics.all.map(\.description).joined(separator: "\n"))
        }
        return state.policies
    }

    static let rules = """
          - id: citizens-and-their-own
            effect: permit
            actions: [case.answer, home.read-own]
            principals: [citizen]
            when: resource.person = principal.person
            law: constitution-art-42
          - id: registrars-review
            effect: permit
            actions: [case.review, task.decide]
            principals: [officer]
            roles: [commerce-registry/registrar]
            purposes: [case-review]
            law: ley-81-2021-art-6
          - id: sealed-is-sealed
            effect: forbid
            actions: [case.review, task.decide]
            principals: [officer]
            resources: [case]
            when: resource.sealed
            law: ley-81-2021-art-20
          - id: the-platform-reports
            effect: permit
            actions: [case.continue]
            principals: [system]
            law: ley-5-2022-art-11
        """

    // MARK: Who acts

    let citizen = Principal(kind: .citizen, id: House.ana, name: "", body: nil, roles: [], session: nil)
    let registrar = Principal(
        kind: .officer, id: "commerce-1", name: "Edilberto Samaniego", body: "commerce-registry",
        roles: ["commerce-registry/registrar"], session: nil)
    let colleague = Principal(
        kind: .officer, id: "commerce-2", name: "Nereida Valdelamar", body: "commerce-registry",
        roles: ["commerce-registry/registrar"], session: nil)
    let examiner = Principal(
        kind: .officer, id: "transit-1", name: "Abdiel Moscoso", body: "transit-authority", roles: ["transit-authority/examiner"],
        session: nil)
    let machine = Principal(kind: .system, id: "rules", name: "rules", body: nil, roles: [], session: nil)

    // MARK: Looking behind the gate, as only a test may

    func rows(_ sql: String, _ values: [SQLValue] = []) async throws -> [Row] {
        try await store.write { (transaction: borrowing Transaction) in try transaction.query(sql, values) }
    }

    func notes() async throws -> [String] { try await rows("SELECT text FROM notes_all ORDER BY text").map { try $0.text(0) } }

    func put(_ id: String, person: String, isSealed: Bool = false) async throws {
        _ = try await store.write { (transaction: borrowing Transaction) in
            try transaction.execute(
                "INSERT INTO notes_files (id, person, sealed) VALUES ($1, $2, $3)", [.text(id), .text(person), .bool(isSealed)])
        }
    }

    /// The entries about a person, oldest first; the house journal for "".
    func entries(about person: String) async throws -> [JSON] {
        try await store.write { (transaction: borrowing Transaction) in
            try AuditLog.history(about: person, limit: 10_000, in: transaction)
        }.reversed().compactMap(\.entry)
    }

    func entryCount() async throws -> Int { try await rows("SELECT COUNT(*) FROM audit_entries")[0].int(0) }
}

/// The test's own room.
enum Notes {
    static let migrations = [
        Migration(
            "notes-1", room: "notes",
            steps: [
                .createTable("notes_all", columns: [Column("text", .text)], primaryKey: ["text"]),
                .createTable(
                    "notes_files", columns: [Column("id", .text), Column("person", .text), Column("sealed", .integer)], primaryKey: ["id"]),
            ])
    ]

    static let sealed = [SealedTable("notes_all", key: ["text"])]

    static func write(_ text: String, in transaction: borrowing Transaction) throws {
        try transaction.execute("INSERT INTO notes_all (text) VALUES ($1)", [.text(text)])
    }
}

/// Whose a file is, and whether it is sealed: what the policy asks about a `case`.
struct NoteFacts: FactLookup {
    let kind = "case"
    func facts(of id: String, by rows: RowReader, in transaction: borrowing Transaction) throws -> ResourceFacts? {
        try transaction.first("SELECT person, sealed FROM notes_files WHERE id = $1", [.text(id)]).map { row in
            ResourceFacts(person: try row.text(0), values: ["sealed": .boolean(try row.bool(1))])
        }
    }
}

typealias Deed = @Sendable (borrowing Grant, borrowing Transaction) throws -> String

/// An officer looks: `case.review`.
struct Look: UseCase {
    static let action = Action.reads("case.review")
    var resource = Resource("task")
    var purpose = Purpose("case-review")
    let deed: Deed
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String { try deed(grant, transaction) }
}

/// An officer decides: `task.decide`. A key makes it repeatable.
struct Decide: UseCase {
    static let action = Action.changes("task.decide")
    var resource = Resource("task")
    var purpose = Purpose("case-review")
    var repetition: Repetition?
    let deed: Deed
    static func remember(_ output: String) -> JSON? { .string(output) }
    static func recall(_ json: JSON) -> String? { json.string }
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String { try deed(grant, transaction) }
}

/// A citizen answers about herself: `case.answer`.
struct Answer: UseCase {
    static let action = Action.changes("case.answer")
    var resource = Resource("case", person: House.ana)
    var purpose = Purpose("apply")
    var repetition: Repetition?
    let deed: Deed
    static func remember(_ output: String) -> JSON? { .string(output) }
    static func recall(_ json: JSON) -> String? { json.string }
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String { try deed(grant, transaction) }
}

/// The platform reports what an errand did: `case.continue`, once for each errand.
struct Report: UseCase {
    static let action = Action.changes("case.continue")
    let errand: Errand
    var resource: Resource { Resource("case", person: House.ana) }
    var purpose: Purpose { Purpose("decision") }
    var repetition: Repetition? { Repetition(key: errand.id, request: errand.payload) }
    static func remember(_ output: String) -> JSON? { .string(output) }
    static func recall(_ json: JSON) -> String? { json.string }
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String {
        try Notes.write("report \(errand.payload["text"]?.string ?? "")", in: transaction)
        return errand.id
    }
}

/// What was said, in order.
final class Heard: Sendable {
    private let lines = Mutex<[String]>([])
    func hear(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

struct Breakage: Error, Equatable {}

/// The error that a use case ends with. Stands for `#expect(throws:)`, which confuses closures of lent transactions in release.
func failure<T>(of body: () async throws -> T) async -> (any Error)? {
    do {
        _ = try await body()
        return nil
    } catch { return error }
}

func refusal<T>(of body: () async throws -> T) async -> Refusal? { await failure(of: body) as? Refusal }
