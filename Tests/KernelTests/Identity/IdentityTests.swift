import Kernel
import Testing

@Suite("Identifiers, clocks and randomness") struct IdentityTests {
    @Test func `an identifier is 26 characters that read back`() throws {
        let random = Randomness.seeded(40)
        for number in 0..<2000 {
            let identifier = Identifier.make(at: Instant(milliseconds: Int64(number) * 700_000_001), random: random)
            #expect(identifier.text.utf8.count == 26)
            #expect(identifier.text == identifier.text.lowercased())
            #expect(Identifier(identifier.text) == identifier)
            #expect(identifier.instant.milliseconds == Int64(number) * 700_000_001)
            #expect("\(identifier)" == identifier.text)
        }
    }

    /// The example of the ULID specification: 1469918176385 milliseconds are 01ARYZ6S41.
    @Test func `the time comes first`() {
        let identifier = Identifier.make(at: Instant(milliseconds: 1_469_918_176_385), random: Randomness { [UInt8](repeating: 0, count: $0) })
        #expect(identifier.text == "01aryz6s410000000000000000")
        let last = Identifier.make(at: Instant(milliseconds: 281_474_976_710_655), random: Randomness { [UInt8](repeating: 255, count: $0) })
        #expect(last.text == "7zzzzzzzzzzzzzzzzzzzzzzzzz")
        #expect(Identifier.make(at: Instant(milliseconds: -5), random: .seeded(1)).instant.milliseconds == 0)
    }

    @Test func `later identifiers sort after earlier ones, as text and as values`() {
        let random = Randomness.seeded(41)
        let made = (0..<500).map { Identifier.make(at: Instant(milliseconds: Int64($0) * 13), random: random) }
        #expect(made.sorted() == made)
        #expect(made.map { $0.text }.sorted() == made.map { $0.text })
        #expect(Set(made).count == 500)
    }

    @Test func `values order as their texts do`() {
        let random = Randomness.seeded(42)
        for _ in 0..<1000 {
            let a = Identifier.make(at: Instant(milliseconds: 5), random: random), b = Identifier.make(at: Instant(milliseconds: 5), random: random)
            #expect((a < b) == (a.text < b.text))
        }
    }

    @Test(arguments: [
        "", "01aryz6s4100000000000000", "01aryz6s4100000000000000000", "01ARYZ6S410000000000000000", "8zzzzzzzzzzzzzzzzzzzzzzzzz", "01aryz6s41000000000000000i",
        "01aryz6s41000000000000000l", "01aryz6s41000000000000000o", "01aryz6s41000000000000000u", "01aryz6s41000000000000000-", "01aryz6s41000000000000000é",
    ])
    func `what is no identifier is refused`(text: String) {
        #expect(Identifier(text) == nil)
    }

    @Test func `the system's clock runs and a fixed one stands`() {
        let now = Clock.system.now()
        #expect(now > Instant(seconds: 1_700_000_000))
        #expect(Clock.system.now() >= now)
        #expect(Clock.fixed(Instant(seconds: 5)).now() == Instant(seconds: 5))
    }

    @Test func `the system's bytes differ and a seed's come again`() {
        #expect(Randomness.system.bytes(0).isEmpty)
        #expect(Randomness.system.bytes(32).count == 32)
        #expect(Randomness.system.bytes(32) != Randomness.system.bytes(32))
        let left = Randomness.seeded(7), right = Randomness.seeded(7)
        for length in 0..<40 { #expect(left.bytes(length) == right.bytes(length)) }
        #expect(Randomness.seeded(7).bytes(16) != Randomness.seeded(8).bytes(16))
        #expect(left.bytes(16) != left.bytes(16))
    }
}
