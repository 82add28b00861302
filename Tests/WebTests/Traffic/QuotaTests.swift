import Kernel
import NIOCore
import Synchronization
import Testing
import Web

@Suite("Quotas")
struct QuotaTests {
    private let start = Instant(rfc3339: "2026-07-15T15:00:00Z")!

    private func address(_ number: Int) throws -> AddressKey { AddressKey(try SocketAddress(ipAddress: "10.0.\(number / 256).\(number % 256)", port: 1)) }

    /// How many of so many go through.
    private func passed(_ count: Int, _ quotas: Quotas, _ meter: Quotas.Meter, from address: AddressKey, at now: Instant) -> Int {
        (0..<count).count { _ in (try? quotas.take(meter, session: nil, address: address, at: now)) != nil }
    }

    @Test func `a bucket gives what it holds, says when to come again, and fills with time`() throws {
        var limits = QuotaLimits()
        limits.signInsPerAddress = QuotaLimits.Rate(perSecond: 2)
        let quotas = Quotas(limits)
        let one = try address(1)
        #expect(passed(1_000, quotas, .signIn, from: one, at: start) == 240)
        let refusal = #expect(throws: Refusal.self) { try quotas.take(.signIn, session: nil, address: one, at: start) }
        #expect(refusal?.kind == .tooMany && refusal?.parameters["seconds"] == "1")
        #expect(passed(100, quotas, .signIn, from: one, at: start.adding(seconds: 10)) == 20)
        #expect(passed(1_000, quotas, .signIn, from: one, at: start.adding(seconds: 100_000)) == 240)
        #expect(quotas.refused[.signInAddress] == 760 + 1 + 80 + 760)
    }

    @Test func `one address does not use up another's, and the whole has its own end`() throws {
        var limits = QuotaLimits()
        limits.perAddress = QuotaLimits.Rate(perSecond: 1)
        limits.whole = QuotaLimits.Rate(perSecond: 2)
        let quotas = Quotas(limits)
        #expect(try passed(500, quotas, .personal, from: address(1), at: start) == 120)
        #expect(try passed(500, quotas, .personal, from: address(2), at: start) == 120)
        #expect(try passed(500, quotas, .personal, from: address(3), at: start) == 0)
        // Pages for everybody have a purse of their own, and so have forms for everybody: four pages each.
        limits.opensPerAddress = QuotaLimits.Rate(perSecond: 10, secondsSaved: 10)
        let open = Quotas(limits)
        #expect(try passed(1_000, open, .open, from: address(4), at: start) == 100)
        #expect(try passed(1_000, open, .openForm, from: address(5), at: start) == 25)
        #expect(open.refused[.open] == 1_875 && open.refused[.address] == nil)
    }

    @Test func `what is refused takes nothing, and no limit is no limit`() throws {
        var limits = QuotaLimits()
        limits.perAddress = QuotaLimits.Rate(perSecond: 1)
        limits.whole = QuotaLimits.Rate(perSecond: 2)
        let quotas = Quotas(limits)
        #expect(try passed(10_000, quotas, .personal, from: address(1), at: start) == 120)
        #expect(try passed(500, quotas, .personal, from: address(2), at: start) == 120, "refusals took nothing from the whole")
        limits.perAddress = nil
        limits.whole = nil
        #expect(try passed(10_000, Quotas(limits), .personal, from: address(1), at: start) == 10_000)
    }

    @Test func `a clock that is set back fills no bucket`() throws {
        var limits = QuotaLimits()
        limits.perAddress = QuotaLimits.Rate(perSecond: 1)
        let quotas = Quotas(limits)
        #expect(try passed(200, quotas, .personal, from: address(1), at: start) == 120)
        #expect(try passed(10, quotas, .personal, from: address(1), at: start.adding(seconds: -1_000)) == 0)
    }

    @Test func `a clock that was ahead and is mended keeps nobody out until it has caught up`() throws {
        var limits = QuotaLimits()
        limits.perAddress = QuotaLimits.Rate(perSecond: 1)
        let quotas = Quotas(limits)
        let mended = start.adding(seconds: -3_600)
        #expect(try passed(200, quotas, .personal, from: address(1), at: start) == 120)
        #expect(try passed(10, quotas, .personal, from: address(1), at: mended) == 0)
        #expect(try passed(20, quotas, .personal, from: address(1), at: mended.adding(seconds: 10)) == 10)
    }

    @Test func `a limit of any size is reckoned with, and nothing costs more than a full bucket`() throws {
        var limits = QuotaLimits()
        limits.perAddress = QuotaLimits.Rate(perSecond: Int.max, secondsSaved: Int.max)
        limits.opensPerAddress = QuotaLimits.Rate(perSecond: 1, secondsSaved: 1)
        let quotas = Quotas(limits)
        #expect(try passed(10, quotas, .personal, from: address(1), at: start.adding(seconds: 1_000_000)) == 10)
        // A form costs four pages, and this address never has more than one.
        #expect(try passed(2, quotas, .openForm, from: address(1), at: start) == 1)
        #expect(try passed(2, quotas, .openForm, from: address(1), at: start.adding(seconds: 1)) == 1)
        try quotas.take(bytes: Int.max, address: address(2), at: start)
    }

    @Test func `addresses without number give nobody back what she has spent`() throws {
        var limits = QuotaLimits()
        // So slow that none is full again while they come.
        limits.opensPerAddress = QuotaLimits.Rate(perSecond: 1)
        limits.signIns = QuotaLimits.Rate(perSecond: 1)
        limits.signInsPerAddress = nil
        let quotas = Quotas(limits)
        func signIns(_ count: Int) -> Int { (0..<count).count { _ in (try? quotas.takeSignIn(at: start)) != nil } }
        #expect(signIns(1_000) == 120)
        for number in 0..<(Quotas.bucketsMax + 1_000) {
            let address = AddressKey(forwarded: "2001:db8:\(String(number >> 16, radix: 16)):\(String(number & 0xFFFF, radix: 16))::1")
            try quotas.take(.open, session: nil, address: #require(address), at: start)
        }
        #expect(quotas.count <= Quotas.bucketsMax)
        #expect(signIns(10) == 0, "the whole's purse is as empty as it was")
    }

    @Test func `who only knocks takes nothing of what all may sign in`() throws {
        let quotas = Quotas(QuotaLimits())
        // Forms that come from elsewhere are refused before anybody signs in with them.
        for number in 1...200 { _ = passed(200, quotas, .signIn, from: try address(number), at: start) }
        #expect(quotas.refused[.signIns] == nil && quotas.refused[.signInAddress] ?? 0 > 0)
        try quotas.takeSignIn(at: start)
    }

    @Test func `addresses without number do not fill the memory`() throws {
        let quotas = Quotas(QuotaLimits())
        for number in 0..<(Quotas.bucketsMax + 1_000) {
            let address = AddressKey(forwarded: "2001:db8:\(String(number >> 16, radix: 16)):\(String(number & 0xFFFF, radix: 16))::1")
            try quotas.take(.open, session: nil, address: #require(address), at: start)
            if number % 10_000 == 0 { #expect(quotas.count <= Quotas.bucketsMax) }
        }
        #expect(quotas.count <= Quotas.bucketsMax)
    }

    @Test func `any answer takes something, and one of many bytes more`() throws {
        var limits = QuotaLimits()
        limits.opensPerAddress = QuotaLimits.Rate(perSecond: 1, secondsSaved: 10)
        let one = try address(1)
        func count(_ quotas: Quotas, _ take: (Quotas) throws -> Void) -> Int { (0..<1_000).count { _ in (try? take(quotas)) != nil } }
        #expect(count(Quotas(limits)) { try $0.takeLight(address: one, at: start) } == 200)
        #expect(count(Quotas(limits)) { try $0.take(bytes: 300 * 1_024, address: one, at: start) } == 33)
        limits.opensPerAddress = nil
        #expect(count(Quotas(limits)) { try $0.takeLight(address: one, at: start) } == 1_000)
    }

    @Test func `a stranger's savings are a few thousand pages`() throws {
        #expect(try passed(100_000, Quotas(QuotaLimits()), .open, from: address(1), at: start) <= 4_000)
    }

    @Test func `an address opens so many connections, and is told why it has to wait so many times`() throws {
        let quotas = Quotas(QuotaLimits())
        let one = try address(1)
        #expect((0..<10_000).count { _ in quotas.admitsConnection(of: one, at: start) } == 2_000)
        #expect(try quotas.admitsConnection(of: address(2), at: start))
        #expect((0..<10_000).count { _ in quotas.explains(to: one, at: start) } == 20)
        #expect((0..<10_000).count { _ in quotas.explains(to: one, at: start.adding(seconds: 1)) } == 5)
        #expect(quotas.refused[.connects] == 8_000)
    }
}

@Suite("The memory of bodies")
struct BodyMemoryTests {
    private final class Ended: Sendable {
        private let names = Mutex<[String]>([])
        func note(_ name: String) { names.withLock { $0.append(name) } }
        var all: [String] { names.withLock { $0 } }
    }
    private let memory = BodyMemory()
    private let ended = Ended()
    private let start = ContinuousClock.now
    private let mega = 1_024 * 1_024

    private func address(_ number: Int) throws -> AddressKey { AddressKey(try SocketAddress(ipAddress: "10.0.0.\(number)", port: 1)) }
    private func open(_ name: String, _ holders: [BodyMemory.Holder], after seconds: Int = 0) -> BodyMemory.Body {
        memory.open(holders, at: start + .seconds(seconds)) { [ended] in ended.note(name) }
    }
    /// How many of so many megabytes find room.
    private func fill(_ count: Int, _ body: BodyMemory.Body, after seconds: Int = 0) -> Int {
        (0..<count).count { _ in (try? memory.take(mega, for: body, at: start + .seconds(seconds))) != nil }
    }

    @Test func `one person's many sessions and addresses are one share`() throws {
        var found = 0
        for number in 0..<20 {
            found += fill(5, open("\(number)", [.session(ByteString("s\(number)")), .person("p"), .address(try address(number))]))
        }
        #expect(found == BodyMemory.senderBytesMax / mega)
        #expect(fill(5, open("other", [.session("t"), .person("q"), .address(try address(1))])) == 5, "and nobody else's")
    }

    @Test func `an address holds more than a person, and less than all`() throws {
        var found = 0
        for number in 0..<20 { found += fill(5, open("\(number)", [.session(ByteString("s\(number)")), .person(ByteString("p\(number)")), .address(try address(1))])) }
        #expect(found == BodyMemory.addressBytesMax / mega && BodyMemory.addressBytesMax > BodyMemory.senderBytesMax)
        #expect(BodyMemory.addressBytesMax < BodyMemory.bytesMax - BodyMemory.reserveBytes)
    }

    @Test func `what has no room is told when to come again, and a form without files has its room`() throws {
        #expect(try fill(45, open("0", [.address(address(0))])) == 45 && fill(35, open("1", [.address(address(1))])) == 35)
        let late = open("late", [.address(try address(0))])
        let refusal = #expect(throws: Refusal.self) { try memory.take(mega, for: late, at: start) }
        #expect(refusal?.kind == .unavailable && refusal?.code == "form.no-room" && refusal?.parameters["seconds"] != nil)
        try memory.take(BodyMemory.smallBytesMax, for: open("form", [.address(try address(4))]), at: start)
        #expect(ended.all.isEmpty, "nobody has had her time yet")
    }

    @Test func `a crowd of small bodies shuts no form for others, and its largest make room`() throws {
        for number in 1...2 {
            // A form of the crowd's own neighbour, who holds next to nothing.
            let neighbour = open("neighbour \(number)", [.address(try address(number))])
            try memory.take(100, for: neighbour, at: start)
            for _ in 0..<256 { try? memory.take(BodyMemory.smallBytesMax, for: open("crowd", [.address(address(number))]), at: start) }
        }
        #expect(memory.bytes + BodyMemory.smallBytesMax * 3 > BodyMemory.bytesMax && ended.all.isEmpty)
        try memory.take(BodyMemory.smallBytesMax, for: open("another form", [.address(address(8))]), at: start)
        let form = open("form", [.address(try address(9))])
        try memory.take(BodyMemory.smallBytesMax, for: form, at: start)
        try memory.take(0, for: form, at: start)
        #expect(memory.holds(form) && ended.all == ["crowd"])
    }

    @Test func `where all is full the address that holds most makes room, and a slow upload of another's stays`() throws {
        let thin = open("thin line", [.address(try address(9))])
        try memory.take(mega, for: thin, at: start)
        let crowd = try (1...2).map { number in try open("crowd \(number)", [.address(address(number))], after: 60) }
        #expect(fill(44, crowd[0], after: 60) == 44 && fill(35, crowd[1], after: 60) == 35)
        try memory.take(mega, for: thin, at: start + .seconds(61))
        #expect(ended.all == ["crowd 1"] && memory.holds(thin) && memory.holds(crowd[1]))
    }

    @Test func `the slowest large body of late makes room, however fast it began`() throws {
        let fastStart = open("fast start", [.person("a")]), steady = open("steady", [.person("b")])
        #expect(fill(40, fastStart) == 40 && fill(30, steady) == 30)
        for second in 1...20 {
            try memory.take(1, for: fastStart, at: start + .seconds(second))
            try memory.take(100_000, for: steady, at: start + .seconds(second))
        }
        #expect(fill(20, open("new", [.person("c")], after: 20), after: 20) == 20)
        #expect(ended.all == ["fast start"] && !memory.holds(fastStart) && memory.holds(steady))
        #expect(throws: Refusal.self, "what was ended takes nothing more") { try memory.take(1, for: fastStart, at: start + .seconds(21)) }
        memory.close(fastStart)
        memory.close(steady)
        #expect(memory.bytes == 20 * mega && memory.ended == 1)
    }

    @Test func `a full share ends a body of that share, and nobody else's`() throws {
        let others = open("others", [.person("x")]), own = open("own", [.person("p"), .session("s")])
        #expect(fill(1, others) == 1 && fill(48, own) == 48)
        #expect(fill(1, open("next", [.person("p"), .session("t")], after: 10), after: 10) == 1)
        #expect(ended.all == ["own"] && memory.holds(others))
    }
}
