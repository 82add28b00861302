import Kernel
import NIOCore
import Testing
import Web

@Suite("Quotas, and the memory of bodies")
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
        // A page for everybody takes a quarter, of the address alone.
        #expect(try passed(1_000, quotas, .open, from: address(4), at: start) == 480)
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

    @Test func `addresses without number do not fill the memory`() throws {
        let quotas = Quotas(QuotaLimits())
        for number in 0..<(Quotas.bucketsMax + 1_000) {
            let address = AddressKey(forwarded: "2001:db8:\(String(number >> 16, radix: 16)):\(String(number & 0xFFFF, radix: 16))::1")
            try quotas.take(.open, session: nil, address: #require(address), at: start)
            if number % 10_000 == 0 { #expect(quotas.count <= Quotas.bucketsMax) }
        }
        #expect(quotas.count <= Quotas.bucketsMax)
    }

    @Test func `bodies have their room, one sender a part of it, and forms without files a part that files leave`() throws {
        let memory = BodyMemory()
        let (one, two) = (BodyMemory.Sender.session("a"), BodyMemory.Sender.session("b"))
        let mega = 1_024 * 1_024
        func fill(_ count: Int, _ sender: BodyMemory.Sender) throws { for held in 0..<count { try memory.take(mega, for: sender, held: held * mega) } }
        try fill(BodyMemory.senderBytesMax / mega, one)
        let refusal = #expect(throws: Refusal.self) { try memory.take(1, for: one) }
        #expect(refusal?.kind == .unavailable && refusal?.parameters["seconds"] != nil)
        let left = (BodyMemory.bytesMax - BodyMemory.reserveBytes - BodyMemory.senderBytesMax) / mega
        try fill(left, two)
        #expect(throws: Refusal.self) { try memory.take(mega, for: two, held: left * mega) }
        // Whoever sends a form alone is not shut out by files.
        try memory.take(BodyMemory.smallBytesMax, for: .session("c"))
        memory.give(BodyMemory.smallBytesMax, for: .session("c"))
        memory.give(BodyMemory.senderBytesMax, for: one)
        memory.give(left * mega, for: two)
        #expect(memory.bytes == 0)
    }
}
