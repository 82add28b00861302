import Audit
import Gate
import HouseTesting
import Kernel
import Storage
import Synchronization
import Testing

@Suite("Errands: work outside, after commit, at least once")
struct ErrandTests {
    /// Does what the test says, then reports through the gate.
    struct Handler: ErrandHandler {
        let kind = "note.send"
        let seen = Heard()
        var failing = Mutex0(0)
        /// After the report, before the runner hears of it: where a process may die.
        var diesAfterReport = false

        func perform(_ errand: Errand, on platform: Platform) async throws {
            seen.hear(errand.id)
            if failing.countDown() { throw Breakage() }
            let machine = Principal(kind: .system, id: "rules", name: "rules", body: nil, roles: [], session: nil)
            _ = try await platform.perform(Report(errand: errand), as: machine)
            if diesAfterReport { try await Task.sleep(for: .seconds(3_600)) }
        }
    }

    /// A count that several tasks share.
    final class Mutex0: Sendable {
        private let left: Mutex<Int>
        init(_ count: Int) { left = Mutex(count) }
        func countDown() -> Bool {
            left.withLock { left in
                guard left > 0 else { return false }
                left -= 1
                return true
            }
        }
    }

    private func order(_ house: House, _ text: String, ending: Refusal? = nil) async throws {
        _ = try await house.platform.perform(
            Decide { grant, transaction in
                grant.note(person: House.ana)
                try grant.order("note.send", subject: House.ana, payload: ["text": .string(text)], in: transaction)
                if let ending { throw ending }
                return ""
            }, as: house.registrar)
    }

    private func runner(_ house: House, _ handlers: [any ErrandHandler], _ failures: Heard = Heard()) -> ErrandRunner {
        ErrandRunner(platform: house.platform, handlers: handlers, onFailure: { errand, error in failures.hear("\(errand.kind) \(errand.attempts) \(type(of: error))") })
    }

    @Test func `an errand is performed after its use case has committed, and then it is gone`() async throws {
        try await House.with { (house) async throws in
            try await order(house, "one")
            #expect(try await house.notes().isEmpty)
            let handler = Handler()
            #expect(try await runner(house, [handler]).performDue() == 1)
            #expect(try await house.notes() == ["report one"])
            #expect(try await house.rows("SELECT id FROM gate_errands").isEmpty)
            #expect(try await runner(house, [handler]).performDue() == 0)
            #expect(handler.seen.all.count == 1)
        }
    }

    @Test func `what a refused use case ordered is never done`() async throws {
        try await House.with { (house) async throws in
            let refused = await refusal { try await order(house, "one", ending: Refusal(.conflict, "task.done")) }
            #expect(refused != nil)
            #expect(try await runner(house, [Handler()]).performDue() == 0)
            #expect(try await house.notes().isEmpty)
        }
    }

    @Test func `an errand that fails is tried again, later each time`() async throws {
        try await House.with { (house) async throws in
            try await order(house, "one")
            let handler = Handler(failing: Mutex0(2))
            let failures = Heard()
            let runner = runner(house, [handler], failures)
            #expect(try await runner.performDue() == 1)
            #expect(try await runner.performDue() == 0, "not at once")
            house.clock.advance(seconds: 2)
            #expect(try await runner.performDue() == 1)
            house.clock.advance(seconds: 3)
            #expect(try await runner.performDue() == 0, "the second wait is longer")
            house.clock.advance(seconds: 1)
            #expect(try await runner.performDue() == 1)
            #expect(try await house.notes() == ["report one"])
            #expect(failures.all == ["note.send 1 Breakage", "note.send 2 Breakage"])
        }
    }

    @Test func `after the last attempt it is given up, and stays for an operator to see`() async throws {
        try await House.with { (house) async throws in
            try await order(house, "one")
            let handler = Handler(failing: Mutex0(1_000))
            let runner = runner(house, [handler])
            for _ in 0..<(ErrandRunner.attemptsMax + 5) {
                _ = try await runner.performDue()
                house.clock.advance(days: 1)
            }
            #expect(handler.seen.all.count == ErrandRunner.attemptsMax)
            let row = try #require(try await house.rows("SELECT state, attempts, last_error FROM gate_errands").first)
            #expect(try row.text(0) == "given-up")
            #expect(try row.int(1) == ErrandRunner.attemptsMax)
            #expect(try row.text(2) == "Breakage")
        }
    }

    @Test func `while rows are in doubt no attempt counts`() async throws {
        struct Doubting: ErrandHandler {
            let kind = Handler(failing: Mutex0(0)).kind
            func perform(_ errand: Errand, on platform: Platform) async throws { throw Refusal(.unavailable, Refusal.doubt) }
        }
        try await House.with { (house) async throws in
            try await order(house, "one")
            let doubting = runner(house, [Doubting()])
            for _ in 0..<(ErrandRunner.attemptsMax * 2) {
                _ = try await doubting.performDue()
                house.clock.advance(seconds: 20)
            }
            let row = try #require(try await house.rows("SELECT state, attempts, last_error FROM gate_errands").first)
            #expect(try row.text(0) == "waiting" && row.int(1) == 0 && row.text(2) == "data.in-doubt")
            let handler = Handler(failing: Mutex0(0))
            _ = try await runner(house, [handler]).performDue()
            #expect(handler.seen.all.count == 1)
        }
    }

    @Test func `an errand of a kind that nobody handles is kept, not dropped`() async throws {
        try await House.with { (house) async throws in
            try await order(house, "one")
            let failures = Heard()
            #expect(try await runner(house, [], failures).performDue() == 1)
            #expect(failures.all == ["note.send 1 UnknownErrand"])
            #expect(try await house.rows("SELECT state FROM gate_errands").map { try $0.text(0) } == ["waiting"])
        }
    }

    @Test func `after a crash in the middle it is performed again when its lease is over, and its report counts once`() async throws {
        try await House.with { (house) async throws in
            try await order(house, "one")
            let handler = Handler(diesAfterReport: true)
            let platform = house.platform
            let dying = Task { try await ErrandRunner(platform: platform, handlers: [handler], onFailure: { _, _ in }).performDue() }
            #expect(try await eventually { try await house.notes() == ["report one"] })
            // The process is gone: nothing told the store that the errand was done.
            try await house.reopen()
            let second = Handler()
            #expect(try await runner(house, [second]).performDue() == 0, "the lease still stands")
            house.clock.advance(seconds: 61)
            #expect(try await runner(house, [second]).performDue() == 1)
            #expect(second.seen.all == handler.seen.all)
            #expect(try await house.notes() == ["report one"])
            #expect(try await house.rows("SELECT id FROM gate_errands").isEmpty)
            dying.cancel()
        }
    }

    @Test func `errands are taken in the order in which they are due`() async throws {
        try await House.with { (house) async throws in
            for index in 0..<40 {
                try await order(house, "\(index)")
                house.clock.advance(seconds: 1)
            }
            let handler = Handler()
            let runner = runner(house, [handler])
            #expect(try await runner.performDue() == 32)
            #expect(try await runner.performDue() == 8)
            #expect(handler.seen.all == handler.seen.all.sorted(), "identifiers grow with time")
            #expect(try await house.notes().count == 40)
        }
    }

    @Test func `who waits for a subject's errands is woken when they are done`() async throws {
        try await House.with { (house) async throws in
            try await order(house, "one")
            try await order(house, "two")
            let running = Task { await runner(house, [Handler()]).run() }
            let began = ContinuousClock.now
            await house.platform.errands.settled(House.ana, within: .seconds(300))
            #expect(ContinuousClock.now - began < .seconds(300), "it ends")
            #expect(try await house.notes() == ["report one", "report two"])
            // Nobody's errands: no wait at all.
            await house.platform.errands.settled("nobody", within: .seconds(300))
            running.cancel()
            await running.value
        }
    }

    @Test func `who waits for too long is told so by the clock of the wall`() async throws {
        try await House.with { (house) async throws in
            try await order(house, "one")
            let began = ContinuousClock.now
            await house.platform.errands.settled(House.ana, within: .milliseconds(100))
            let took = ContinuousClock.now - began
            #expect(took >= .milliseconds(100))
            #expect(try await house.notes().isEmpty)
        }
    }

    @Test func `the runner is woken by a new errand and ends when it is cancelled`() async throws {
        try await House.with { (house) async throws in
            let running = Task { await runner(house, [Handler()]).run() }
            try await Task.sleep(for: .milliseconds(50))
            try await order(house, "one")
            #expect(try await eventually { try await house.notes() == ["report one"] })
            running.cancel()
            await running.value
        }
    }
}
