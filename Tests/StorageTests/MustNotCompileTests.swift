import Foundation
import HouseTesting
import Testing

/// Promises that the compiler keeps: each bad file is refused with the right words, and its good twin beside it compiles.
@Suite("A lent transaction cannot be kept")
struct MustNotCompileTests {
    struct Pair: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let bad: String
        let good: String
        /// What the compiler says about the bad one.
        let diagnostic: String
    }

    static let pairs = [
        Pair(
            testDescription: "stored in a variable outside",
            bad: """
                func use(_ store: SQLiteStore) async throws {
                    final class Shelf: @unchecked Sendable { var kept: Transaction? }
                    let shelf = Shelf()
                    try await store.write { (transaction: borrowing Transaction) in shelf.kept = consume transaction }
                }
                """,
            good: """
                func use(_ store: SQLiteStore) async throws {
                    final class Shelf: @unchecked Sendable { var kept: [Row] = [] }
                    let shelf = Shelf()
                    try await store.write { (transaction: borrowing Transaction) in
                        shelf.kept = try transaction.query("SELECT 1")
                    }
                }
                """,
            diagnostic: "'transaction' is borrowed and cannot be consumed"),
        Pair(
            testDescription: "stored in a structure",
            bad: """
                struct Shelf: ~Copyable { let kept: Transaction }
                func use(_ transaction: borrowing Transaction) throws { _ = Shelf(kept: transaction) }
                """,
            good: """
                struct Shelf: ~Copyable { let kept: [Row] }
                func use(_ transaction: borrowing Transaction) throws { _ = Shelf(kept: try transaction.query("SELECT 1")) }
                """,
            diagnostic: "'transaction' is borrowed and cannot be consumed"),
        Pair(
            testDescription: "returned from a function",
            bad: "func use(_ transaction: borrowing Transaction) throws -> Transaction { transaction }",
            good: "func use(_ transaction: borrowing Transaction) throws -> [Row] { try transaction.query(\"SELECT 1\") }",
            diagnostic: "'transaction' is borrowed and cannot be consumed"),
        Pair(
            testDescription: "returned from the body",
            bad: """
                func use(_ store: SQLiteStore) async throws {
                    let kept = try await store.write { (transaction: borrowing Transaction) -> Transaction in
                        return transaction
                    }
                    _ = kept
                }
                """,
            good: """
                func use(_ store: SQLiteStore) async throws {
                    let kept = try await store.write { (transaction: borrowing Transaction) in
                        try transaction.query("SELECT 1")
                    }
                    _ = kept
                }
                """,
            diagnostic: "requires that 'Transaction' conform to 'Copyable'"),
        Pair(
            testDescription: "captured by a closure that escapes",
            bad: """
                func use(_ transaction: borrowing Transaction, _ later: inout [() throws -> Void]) {
                    later.append { _ = try transaction.query("SELECT 1") }
                }
                """,
            good: """
                func use(_ transaction: borrowing Transaction, _ later: inout [() throws -> Void]) throws {
                    let rows = try transaction.query("SELECT 1")
                    later.append { _ = rows.count }
                }
                """,
            diagnostic: "'transaction' cannot be captured by an escaping closure since it is a borrowed parameter"),
        Pair(
            testDescription: "captured in the body by a closure that escapes",
            bad: """
                final class Later: @unchecked Sendable { var work: [() throws -> Void] = [] }
                func use(_ store: SQLiteStore, _ later: Later) async throws {
                    try await store.write { (transaction: borrowing Transaction) in
                        later.work.append { _ = try transaction.query("SELECT 1") }
                    }
                }
                """,
            good: """
                final class Later: @unchecked Sendable { var work: [() throws -> Void] = [] }
                func use(_ store: SQLiteStore, _ later: Later) async throws {
                    try await store.write { (transaction: borrowing Transaction) in
                        let rows = try transaction.query("SELECT 1")
                        later.work.append { _ = rows.count }
                    }
                }
                """,
            diagnostic: "'transaction' cannot be captured by an escaping closure since it is a borrowed parameter"),
        Pair(
            testDescription: "carried over an await in the body",
            bad: """
                func elsewhere() async {}
                func use(_ store: SQLiteStore) async throws {
                    try await store.write { (transaction: borrowing Transaction) in
                        await elsewhere()
                        _ = try transaction.query("SELECT 1")
                    }
                }
                """,
            good: """
                func elsewhere() async {}
                func use(_ store: SQLiteStore) async throws {
                    await elsewhere()
                    try await store.write { (transaction: borrowing Transaction) in
                        _ = try transaction.query("SELECT 1")
                    }
                }
                """,
            diagnostic: "(borrowing Transaction) async throws -> ()' to parameter expecting synchronous function type"),
        Pair(
            testDescription: "handed to a task",
            bad: """
                func use(_ store: SQLiteStore) async throws {
                    try await store.write { (transaction: borrowing Transaction) in
                        Task { _ = try transaction.query("SELECT 1") }
                    }
                }
                """,
            good: """
                func use(_ store: SQLiteStore) async throws {
                    try await store.write { (transaction: borrowing Transaction) in
                        let rows = try transaction.query("SELECT 1")
                        Task { print(rows.count) }
                    }
                }
                """,
            diagnostic: "'transaction' cannot be captured by an escaping closure since it is a borrowed parameter"),
        Pair(
            testDescription: "used by several threads",
            bad: """
                import Dispatch
                func use(_ transaction: borrowing Transaction) {
                    DispatchQueue.concurrentPerform(iterations: 2) { _ in _ = try? transaction.query("SELECT 1") }
                }
                """,
            good: """
                import Dispatch
                func use(_ transaction: borrowing Transaction) throws {
                    let rows = try transaction.query("SELECT 1")
                    DispatchQueue.concurrentPerform(iterations: 2) { _ in _ = rows.count }
                }
                """,
            diagnostic: "capture of 'transaction' with non-Sendable type 'Transaction' in a '@Sendable' closure"),
        Pair(
            testDescription: "made by somebody else",
            bad: "func use() { _ = Transaction() }",
            good: "func use() { _ = StorageLimits() }",
            diagnostic: "initializer is inaccessible"),
    ]

    @Test(arguments: pairs)
    func `the bad one is refused and the good one compiles`(pair: Pair) async throws {
        let compiler = try Compiler()
        let good = try await compiler.compile(pair.good)
        #expect(good.status == 0, "the good twin: \(good.complaint)")
        let bad = try await compiler.compile(pair.bad)
        #expect(bad.status != 0, "the bad one compiles")
        #expect(bad.complaint.contains("error: ") && bad.complaint.contains(pair.diagnostic), "\(bad.complaint)")
        #expect(!bad.complaint.contains("Stack dump"), "the compiler crashed instead of refusing")
    }
}

/// The compiler with the settings and the modules of this build.
private struct Compiler {
    private let executable: String
    private let arguments: [String]

    /// Reads how this build compiled Storage from the description that the package manager leaves beside its products.
    init() throws {
        let path = Programs.products + "/description.json"
        guard let data = FileManager.default.contents(atPath: path),
            let root = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let commands = root["swiftCommands"] as? [String: [String: Any]],
            let command = commands.values.first(where: { $0["moduleName"] as? String == "Storage" }),
            let executable = command["executable"] as? String, let modules = command["importPath"] as? String,
            let all = command["otherArguments"] as? [String]
        else { throw Fault(text: "\(path) does not say how Storage was compiled") }
        var kept: [String] = []
        var index = 0
        while index < all.count {
            let argument = all[index]
            let next = index + 1 < all.count ? all[index + 1] : ""
            switch argument {
            case "-package-name", "-swift-version", "-enable-upcoming-feature", "-target", "-sdk":
                kept += [argument, next]
                index += 1
            case "-Xcc" where next.hasPrefix("-fmodule-map-file") || next.hasPrefix("-I"):
                kept += [argument, next]
                index += 1
            default: break
            }
            index += 1
        }
        self.executable = executable
        // `-typecheck` would let faults of ownership pass.
        self.arguments =
            ["-emit-sil", "-parse-as-library", "-module-name", "Fixture", "-I", modules, "-o", "/dev/null"] + kept
    }

    func compile(_ body: String) async throws -> Finished {
        try await withFolder { (folder) async throws in
            let file = folder + "/fixture.swift"
            try ("import Storage\n" + body + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            return try await Programs.run(executable, arguments + [file])
        }
    }
}
