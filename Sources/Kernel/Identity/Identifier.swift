/// A name for a thing: unique without asking anyone, and ordered by the time of its making.
///
/// **Shape** 26 characters of Crockford's base 32 in lower case: 48 bits of milliseconds since 1970, 80 random bits (the ULID format).
public struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt64

    private init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A new identifier. Instants before 1970 count as 1970.
    public static func make(at instant: Instant, random: Randomness) -> Identifier {
        let time = UInt64(clamping: instant.milliseconds) & 0xFFFF_FFFF_FFFF
        let bytes = random.bytes(10)
        precondition(bytes.count == 10, "a source of randomness must give as many bytes as it is asked for")
        var low: UInt64 = 0
        for index in 2..<10 { low = low << 8 | UInt64(bytes[index]) }
        return Identifier(high: time << 16 | UInt64(bytes[0]) << 8 | UInt64(bytes[1]), low: low)
    }

    /// Reads the text of an identifier: 26 lower-case characters, the first of them 0 to 7; nil for anything else.
    public init?(_ text: String) {
        var value: UInt128 = 0
        var count = 0
        for character in text.utf8 {
            guard count < 26, let digit = Self.value(character), count > 0 || digit < 8 else { return nil }
            value = value << 5 | UInt128(digit)
            count += 1
        }
        guard count == 26 else { return nil }
        high = UInt64(truncatingIfNeeded: value >> 64)
        low = UInt64(truncatingIfNeeded: value)
    }

    /// The 26 characters.
    public var text: String {
        let alphabet: StaticString = "0123456789abcdefghjkmnpqrstvwxyz"
        return String(unsafeUninitializedCapacity: 26) { buffer in
            var low = low, high = high
            for index in stride(from: 25, through: 0, by: -1) {
                buffer.initializeElement(at: index, to: alphabet.utf8Start[Int(low & 31)])
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 26
        }
    }

    /// When it was made, to the millisecond.
    public var instant: Instant { Instant(milliseconds: Int64(high >> 16)) }

    public var description: String { text }

    public static func < (left: Identifier, right: Identifier) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x61...0x68: character - 0x57  // a to h
        case 0x6A...0x6B: character - 0x58  // j, k
        case 0x6D...0x6E: character - 0x59  // m, n
        case 0x70...0x74: character - 0x5A  // p to t
        case 0x76...0x7A: character - 0x5B  // v to z
        default: nil
        }
    }
}
