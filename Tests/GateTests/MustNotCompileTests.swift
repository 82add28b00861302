import HouseTesting
import Testing

@Suite("A grant is made by the policy alone and cannot be kept")
struct GrantMustNotCompileTests {
    static let imports = "import Gate\nimport Kernel\nimport Storage"

    static let promises = [
        CompilerPromise(
            "made by somebody else",
            bad: "func use() { _ = Grant() }",
            good: "func use(_ grant: borrowing Grant) { _ = grant.law }",
            diagnostic: "'Grant' initializer is inaccessible due to 'fileprivate' protection level"),
        CompilerPromise(
            "made by an initialiser that an extension adds",
            bad: """
                extension Grant {
                    init(law: String, by principal: Principal) { self.facts = (principal, law) }
                }
                """,
            good: """
                extension Grant {
                    var summary: String { principal.id + " " + law }
                }
                """,
            diagnostic: "'facts' is inaccessible due to 'private' protection level"),
        CompilerPromise(
            "made by an extension from another grant's facts",
            bad: """
                extension Grant {
                    init(like other: borrowing Grant) { self = other }
                }
                """,
            good: """
                extension Grant {
                    func isFor(_ other: borrowing Grant) -> Bool { person == other.person }
                }
                """,
            diagnostic: "'other' is borrowed and cannot be consumed"),
        CompilerPromise(
            "copied",
            bad: "func use(_ grant: borrowing Grant) { let mine = grant; _ = mine.law }",
            good: "func use(_ grant: borrowing Grant) { let mine = grant.law; _ = mine }",
            diagnostic: "'grant' is borrowed and cannot be consumed"),
        CompilerPromise(
            "stored in a structure",
            bad: """
                struct Shelf: ~Copyable { let kept: Grant }
                func use(_ grant: borrowing Grant) { _ = Shelf(kept: grant) }
                """,
            good: """
                struct Shelf { let kept: Principal }
                func use(_ grant: borrowing Grant) { _ = Shelf(kept: grant.principal) }
                """,
            diagnostic: "'grant' is borrowed and cannot be consumed"),
        CompilerPromise(
            "returned from a use case",
            bad: """
                struct Leak: UseCase {
                    static let action = Action.reads("case.review")
                    var resource: Resource { Resource("case") }
                    var purpose: Purpose { Purpose("case-review") }
                    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Grant { grant }
                }
                """,
            good: """
                struct Use: UseCase {
                    static let action = Action.reads("case.review")
                    var resource: Resource { Resource("case") }
                    var purpose: Purpose { Purpose("case-review") }
                    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String { grant.law }
                }
                """,
            diagnostic: "type 'Leak' does not conform to protocol 'UseCase'"),
        CompilerPromise(
            "captured by a closure that escapes",
            bad: """
                func use(_ grant: borrowing Grant, _ later: inout [() -> String]) { later.append { grant.law } }
                """,
            good: """
                func use(_ grant: borrowing Grant, _ later: inout [() -> String]) {
                    let law = grant.law
                    later.append { law }
                }
                """,
            diagnostic: "'grant' cannot be captured by an escaping closure since it is a borrowed parameter"),
        CompilerPromise(
            "handed to a task out of a use case, with its transaction",
            bad: """
                func use(_ grant: borrowing Grant, _ transaction: borrowing Transaction) {
                    Task { try grant.order("x", subject: "y", payload: [:], in: transaction) }
                }
                """,
            good: """
                func use(_ grant: borrowing Grant, _ transaction: borrowing Transaction) throws {
                    try grant.order("x", subject: "y", payload: [:], in: transaction)
                }
                """,
            diagnostic: "cannot be captured by an escaping closure since it is a borrowed parameter"),
        CompilerPromise(
            "a transaction kept by a use case",
            bad: """
                final class Shelf: @unchecked Sendable { var work: [() throws -> Void] = [] }
                struct Keep: UseCase {
                    static let action = Action.changes("task.decide")
                    let shelf: Shelf
                    var resource: Resource { Resource("case") }
                    var purpose: Purpose { Purpose("case-review") }
                    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int {
                        shelf.work.append { try transaction.execute("DELETE FROM x") }
                        return 0
                    }
                }
                """,
            good: """
                struct Delete: UseCase {
                    static let action = Action.changes("task.decide")
                    var resource: Resource { Resource("case") }
                    var purpose: Purpose { Purpose("case-review") }
                    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int {
                        try transaction.execute("DELETE FROM x")
                    }
                }
                """,
            diagnostic: "'transaction' cannot be captured by an escaping closure since it is a borrowed parameter"),
        CompilerPromise(
            "a use case that waits while it holds its grant",
            bad: """
                func elsewhere() async {}
                struct Wait: UseCase {
                    static let action = Action.reads("case.review")
                    var resource: Resource { Resource("case") }
                    var purpose: Purpose { Purpose("case-review") }
                    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) async throws -> Int {
                        await elsewhere()
                        return 0
                    }
                }
                """,
            good: """
                struct Hurry: UseCase {
                    static let action = Action.reads("case.review")
                    var resource: Resource { Resource("case") }
                    var purpose: Purpose { Purpose("case-review") }
                    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int { 0 }
                }
                """,
            diagnostic: "type 'Wait' does not conform to protocol 'UseCase'"),
    ]

    @Test(arguments: promises)
    func `the bad one is refused and the good one compiles`(promise: CompilerPromise) async throws {
        let faults = try await FixtureCompiler(like: ["Storage", "Definitions"]).faults(of: promise, imports: Self.imports)
        #expect(faults == [])
    }
}
