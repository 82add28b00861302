import Kernel
import NIOCore
import Synchronization
import Testing
import Web

/// Moments that the test says.
private final class Hand: Sendable {
    private let moment = Mutex(ContinuousClock.now)
    var now: ContinuousClock.Instant { moment.withLock { $0 } }
    func move(_ time: Duration) { moment.withLock { $0 += time } }
}

@Suite("Requests are worked on in turn")
struct TurnTests {
    private let hand = Hand()

    private func address(_ number: Int) throws -> AddressKey { AddressKey(try SocketAddress(ipAddress: "10.0.0.\(number)", port: 1)) }
    private func turns(whole: Int, perAddress: Int?, waiting: Int = 512) -> Turns {
        var limits = WorkLimits()
        (limits.wholeMax, limits.perAddressMax, limits.waitingPerAddressMax) = (whole, perAddress, waiting)
        return Turns(limits) { [hand] in hand.now }
    }
    /// Asks for a turn, and returns once it waits; the name is noted when it comes.
    private func ask(
        _ name: String, _ address: AddressKey, _ turns: Turns, _ served: Served, _ waits: Waits = Waits()
    ) async -> Task<Turns.Turn?, Never> {
        let before = waits.count
        let task = Task {
            let turn = try? await turns.take(address) { waits.note($0) }
            served.note(turn == nil ? "\(name) refused" : name)
            return turn
        }
        while waits.count == before, !served.has(name) { await Task.yield() }
        return task
    }
    /// Those whose waiting can be ended.
    private final class Waits: Sendable {
        private let waits = Mutex<[Turns.Wait]>([])
        func note(_ wait: Turns.Wait) { waits.withLock { $0.append(wait) } }
        var count: Int { waits.withLock { $0.count } }
        func endAll() { for wait in waits.withLock({ $0 }) { wait.end() } }
    }
    private final class Served: Sendable {
        private let names = Mutex<[String]>([])
        func note(_ name: String) { names.withLock { $0.append(name) } }
        func has(_ name: String) -> Bool { names.withLock { $0.contains(name) || $0.contains("\(name) refused") } }
        var count: Int { names.withLock { $0.count } }
        var all: [String] { names.withLock { $0 } }
    }

    @Test func `one address has its places, and others have theirs beside it`() async throws {
        let turns = turns(whole: 4, perAddress: 2)
        let served = Served()
        for _ in 0..<2 { _ = try await turns.take(address(1)) }
        let third = try await ask("third", address(1), turns, served)
        let other = try await turns.take(address(2))
        #expect(turns.figures.working == 3 && turns.figures.waiting == 1 && served.all.isEmpty)
        turns.give(other)
        #expect(served.all.isEmpty, "its own places are taken, whatever is free")
        hand.move(.milliseconds(251))
        turns.look()
        #expect(await third.value != nil)
    }

    @Test func `a crowd that computes lets in no more than so many beyond its places`() async throws {
        var limits = WorkLimits()
        (limits.wholeMax, limits.perAddressMax, limits.adriftMax) = (2, nil, 3)
        let turns = Turns(limits) { [hand] in hand.now }
        let served = Served()
        var held: [Turns.Turn] = []
        for _ in 0..<2 { held.append(try await turns.take(address(1))) }
        var tasks: [Task<Turns.Turn?, Never>] = []
        for number in 0..<6 { tasks.append(try await ask("\(number)", address(1), turns, served)) }
        for _ in 0..<10 {
            hand.move(.milliseconds(251))
            turns.look()
        }
        for task in tasks.prefix(3) { held.append(try #require(await task.value)) }
        #expect(turns.figures.passedOn == 3 && turns.figures.waiting == 3, "three are at work without a place, and no fourth")
        for turn in held { turns.give(turn) }
        for task in tasks.suffix(3) { turns.give(try #require(await task.value)) }
        #expect(turns.figures.working == 0 && turns.figures.waiting == 0)
    }

    @Test func `a free place goes round the addresses, not to the one that asked oftenest`() async throws {
        let turns = turns(whole: 1, perAddress: nil)
        let served = Served()
        var turn = try await turns.take(address(1))
        var asked: [Task<Turns.Turn?, Never>] = []
        for number in 0..<3 { asked.append(try await ask("crowd \(number)", address(1), turns, served)) }
        for number in 2...3 { asked.append(try await ask("visitor \(number)", address(number), turns, served)) }
        let order = [0, 3, 4, 1, 2]
        for index in order {
            turns.give(turn)
            turn = try #require(await asked[index].value)
        }
        #expect(served.all == ["crowd 0", "visitor 2", "visitor 3", "crowd 1", "crowd 2"])
        turns.give(turn)
        #expect(turns.figures.working == 0 && turns.figures.waiting == 0 && turns.figures.refused == 0 && turns.figures.passedOn == 0)
    }

    @Test func `whoever waits for something herself keeps nobody out, and gives back nothing that is another's`() async throws {
        let turns = turns(whole: 1, perAddress: nil)
        let served = Served()
        let slow = try await turns.take(address(1))
        let next = try await ask("next", address(2), turns, served)
        turns.look()
        #expect(served.all.isEmpty, "a slice is given")
        hand.move(.milliseconds(251))
        turns.look()
        let held = try #require(await next.value)
        turns.give(slow)
        #expect(turns.figures.working == 1 && turns.figures.passedOn == 1)
        turns.give(held)
        turns.give(held)
        #expect(turns.figures.working == 0)
    }

    @Test func `whoever would wait too long is told to come again`() async throws {
        let turns = turns(whole: 1, perAddress: 1, waiting: 2)
        let served = Served()
        let held = try await turns.take(address(1))
        let waiting = [try await ask("one", address(1), turns, served), try await ask("two", address(1), turns, served)]
        let refusal = try await #require(throws: Refusal.self) { _ = try await turns.take(address(1)) }
        #expect(refusal.kind == .unavailable && refusal.code == "work.queue" && refusal.parameters["seconds"] != nil)
        hand.move(.milliseconds(100))
        turns.give(held)
        let first = try #require(await waiting[0].value)
        // The place goes on to the second once its slice is over; had it not come by then, it would be too late.
        hand.move(.seconds(6))
        turns.look()
        turns.give(first)
        _ = await waiting[1].value
        #expect(turns.figures.waiting == 0 && turns.figures.refused >= 1)
    }

    @Test func `who leaves while she waits gives her place in the line up at once, and nothing is kept of her`() async throws {
        let turns = turns(whole: 1, perAddress: 1, waiting: 8)
        let held = try await turns.take(address(1))
        for round in 0..<60 {
            let (served, waits) = (Served(), Waits())
            var crowd: [Task<Turns.Turn?, Never>] = []
            for number in 0..<8 { crowd.append(try await ask("\(round)/\(number)", address(1), turns, served, waits)) }
            #expect(turns.figures.waiting == 8)
            waits.endAll()
            for task in crowd { #expect(await task.value == nil) }
            #expect(turns.figures.waiting == 0)
        }
        #expect(turns.figures.left == 480 && turns.figures.refused == 0 && turns.figures.kept < 500)
        // The line is free for who stays, though the place never was.
        let stays = try await ask("stays", address(1), turns, Served())
        turns.give(held)
        turns.give(try #require(await stays.value))
        #expect(turns.figures.working == 0)
    }

    @Test func `who leaves lets pass who stands behind, in her order, and one who is cancelled leaves too`() async throws {
        let turns = turns(whole: 1, perAddress: nil)
        let served = Served()
        let waits = Waits()
        let held = try await turns.take(address(1))
        let first = try await ask("first", address(1), turns, served, waits)
        let second = try await ask("second", address(1), turns, served)
        let third = try await ask("third", address(2), turns, served)
        let fourth = try await ask("fourth", address(1), turns, served)
        waits.endAll()
        third.cancel()
        #expect(await first.value == nil)
        #expect(await third.value == nil)
        turns.give(held)
        turns.give(try #require(await second.value))
        turns.give(try #require(await fourth.value))
        // Her turn has come: there is nothing left to be ended.
        waits.endAll()
        #expect(turns.figures.working == 0 && turns.figures.waiting == 0 && turns.figures.left == 2)
    }

    @Test func `addresses without number that ask and leave, or wait too long, are not kept while every place is held`() async throws {
        var limits = WorkLimits()
        (limits.wholeMax, limits.perAddressMax, limits.adriftMax) = (1, nil, 0)
        let turns = Turns(limits) { [hand] in hand.now }
        let held = try await turns.take(address(1))
        for number in 0..<2_000 {
            let address = try #require(AddressKey(forwarded: "2001:db8:0:\(String(number, radix: 16))::1"))
            let waits = Waits()
            let task = await ask("\(number)", address, turns, Served(), waits)
            if number % 2 == 0 {
                waits.endAll()
            } else {
                hand.move(.milliseconds(5_001))
                turns.look()
            }
            #expect(await task.value == nil)
        }
        #expect(turns.figures.kept < 500 && turns.figures.left == 1_000 && turns.figures.refused == 1_000)
        turns.give(held)
        #expect(turns.figures.kept < 500 && turns.figures.working == 0)
    }

    @Test func `a crowd leaves nothing behind`() async throws {
        let turns = turns(whole: 4, perAddress: 2)
        await withTaskGroup { group in
            for number in 0..<500 {
                group.addTask {
                    guard let address = try? SocketAddress(ipAddress: "10.0.0.\(number % 7)", port: 1), let turn = try? await turns.take(AddressKey(address)) else { return }
                    await Task.yield()
                    turns.give(turn)
                }
            }
        }
        #expect(turns.figures.working == 0 && turns.figures.waiting == 0 && turns.figures.refused == 0)
    }
}
