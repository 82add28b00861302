/// A moment, to the millisecond. **Shape** milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
public struct Instant: Hashable, Comparable, Sendable {
    public var milliseconds: Int64

    public init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    public init(seconds: Int64) {
        milliseconds = seconds.multipliedSaturating(by: 1000)
    }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 { milliseconds.flooredQuotient(by: 1000) }

    /// The moment so many seconds later.
    public func adding(seconds: Int64) -> Instant {
        Instant(milliseconds: milliseconds.addingSaturating(seconds.multipliedSaturating(by: 1000)))
    }

    /// The moment so many milliseconds later.
    public func adding(milliseconds other: Int64) -> Instant {
        Instant(milliseconds: milliseconds.addingSaturating(other))
    }

    public static func < (left: Instant, right: Instant) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Reads a date and time with its offset from UTC, such as `2026-11-24T09:30:00Z` or `…00.250-05:00`. Nil for anything else; digits
    /// beyond the millisecond are cut off; a leap second counts as the second after it.
    ///
    /// **Standard** RFC 3339 section 5.6.
    public init?(rfc3339 text: String) {
        var text = text
        guard let value = text.withUTF8({ Self.milliseconds(rfc3339: $0) }) else { return nil }
        milliseconds = value
    }

    /// The text in UTC, ending in `Z`, with milliseconds only where they are not zero. Years outside 0 to 9999 are written as the
    /// nearest moment within them.
    public var rfc3339: String {
        let lowest: Int64 = -62_167_219_200_000, highest: Int64 = 253_402_300_799_999
        let value = min(max(milliseconds, lowest), highest)
        let day = value.flooredQuotient(by: 86_400_000)
        let rest = Int(value - day * 86_400_000)
        let date = CalendarDate(days: day)
        let fraction = rest % 1000
        return String(unsafeUninitializedCapacity: 24) { buffer in
            func put(_ number: Int, _ width: Int, at index: Int) {
                var number = number
                for position in stride(from: index + width - 1, through: index, by: -1) {
                    buffer.initializeElement(at: position, to: 0x30 + UInt8(number % 10))
                    number /= 10
                }
            }
            put(date.year, 4, at: 0)
            buffer.initializeElement(at: 4, to: 0x2D)
            put(date.month, 2, at: 5)
            buffer.initializeElement(at: 7, to: 0x2D)
            put(date.day, 2, at: 8)
            buffer.initializeElement(at: 10, to: 0x54)
            put(rest / 3_600_000, 2, at: 11)
            buffer.initializeElement(at: 13, to: 0x3A)
            put(rest / 60_000 % 60, 2, at: 14)
            buffer.initializeElement(at: 16, to: 0x3A)
            put(rest / 1000 % 60, 2, at: 17)
            var end = 19
            if fraction != 0 {
                buffer.initializeElement(at: 19, to: 0x2E)
                put(fraction, 3, at: 20)
                end = 23
            }
            buffer.initializeElement(at: end, to: 0x5A)
            return end + 1
        }
    }

    private static func milliseconds(rfc3339 text: UnsafeBufferPointer<UInt8>) -> Int64? {
        func number(_ start: Int, _ width: Int) -> Int? {
            guard start + width <= text.count else { return nil }
            var value = 0
            for index in start..<start + width {
                guard (0x30...0x39).contains(text[index]) else { return nil }
                value = value * 10 + Int(text[index] - 0x30)
            }
            return value
        }
        guard text.count >= 20,
            let year = number(0, 4), text[4] == 0x2D, let month = number(5, 2), text[7] == 0x2D, let day = number(8, 2),
            let date = CalendarDate(year: year, month: month, day: day), text[10] | 0x20 == 0x74,
            let hour = number(11, 2), hour < 24, text[13] == 0x3A, let minute = number(14, 2), minute < 60, text[16] == 0x3A,
            let second = number(17, 2), second <= 60
        else { return nil }
        var index = 19
        var fraction = 0
        if text[index] == 0x2E {
            index += 1
            let start = index
            while index < text.count, (0x30...0x39).contains(text[index]) { index += 1 }
            guard index > start else { return nil }
            for position in start..<start + 3 {
                fraction = fraction * 10 + (position < index ? Int(text[position] - 0x30) : 0)
            }
        }
        guard index < text.count else { return nil }
        var offset = 0
        switch text[index] {
        case 0x5A, 0x7A:
            guard index + 1 == text.count else { return nil }
        case 0x2B, 0x2D:
            guard index + 6 == text.count, let hours = number(index + 1, 2), hours < 24, text[index + 3] == 0x3A,
                let minutes = number(index + 4, 2), minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (text[index] == 0x2D ? -60 : 60)
        default:
            return nil
        }
        let seconds = date.secondsSinceEpoch + Int64((hour * 60 + minute) * 60 + second - offset)
        // A leap second is inserted at the end of a UTC day only.
        guard second < 60 || seconds.flooredRemainder(by: 86_400) == 0 else { return nil }
        return seconds * 1000 + Int64(fraction)
    }
}

extension Int64 {
    /// The quotient rounded towards minus infinity. `divisor` is positive.
    @inline(__always) func flooredQuotient(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    /// What is left after `flooredQuotient`, zero or more.
    @inline(__always) func flooredRemainder(by divisor: Int64) -> Int64 {
        let remainder = self % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }

    func multipliedSaturating(by other: Int64) -> Int64 {
        let (value, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : value
    }

    func addingSaturating(_ other: Int64) -> Int64 {
        let (value, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : value
    }
}
