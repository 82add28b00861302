internal import Kernel

/// Days, hours, minutes and seconds, to the nanosecond.
///
/// **Shape:** seconds and 0…999,999,999 nanoseconds on top, so minus half a second is (-1, 500,000,000).
package struct DayTimeDuration: Hashable, Comparable, Sendable {
    package static let secondsMax: Int64 = 1 << 60

    package let seconds: Int64
    package let nanoseconds: Int32

    package init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    package static let zero = DayTimeDuration(seconds: 0)

    package static func < (one: DayTimeDuration, other: DayTimeDuration) -> Bool {
        one.seconds != other.seconds ? one.seconds < other.seconds : one.nanoseconds < other.nanoseconds
    }

    package var isNegative: Bool { seconds < 0 }

    package var negated: DayTimeDuration {
        nanoseconds == 0
            ? DayTimeDuration(seconds: -seconds)
            : DayTimeDuration(seconds: -seconds - 1, nanoseconds: 1_000_000_000 - nanoseconds)
    }

    package func adding(_ other: DayTimeDuration) -> DayTimeDuration? {
        let (sum, overflow) = seconds.addingReportingOverflow(other.seconds)
        guard !overflow else { return nil }
        let nanos = nanoseconds + other.nanoseconds
        let carry: Int64 = nanos >= 1_000_000_000 ? 1 : 0
        let total = sum + carry
        guard total.magnitude <= UInt64(DayTimeDuration.secondsMax) else { return nil }
        return DayTimeDuration(seconds: total, nanoseconds: nanos - Int32(carry) * 1_000_000_000)
    }

    /// Whole parts of the magnitude, each with the sign of the duration.
    package var parts: (days: Int64, hours: Int64, minutes: Int64, seconds: Int64, nanoseconds: Int64) {
        let positive = isNegative ? negated : self
        let sign: Int64 = isNegative ? -1 : 1
        return (
            sign * (positive.seconds / 86_400), sign * (positive.seconds / 3_600 % 24), sign * (positive.seconds / 60 % 60),
            sign * (positive.seconds % 60), sign * Int64(positive.nanoseconds)
        )
    }

    /// ISO 8601, shortest form: `P1DT2H`, `-PT0.5S`, `PT0S`.
    package var text: String {
        let positive = isNegative ? negated : self
        let parts = positive.parts
        var text = isNegative ? "-P" : "P"
        if parts.days != 0 { text += String(parts.days) + "D" }
        if parts.hours == 0 && parts.minutes == 0 && parts.seconds == 0 && parts.nanoseconds == 0 {
            return parts.days == 0 ? "PT0S" : text
        }
        text += "T"
        if parts.hours != 0 { text += String(parts.hours) + "H" }
        if parts.minutes != 0 { text += String(parts.minutes) + "M" }
        if parts.seconds != 0 || parts.nanoseconds != 0 {
            text += String(parts.seconds) + Digits.fraction(nanoseconds: Int32(parts.nanoseconds)) + "S"
        }
        return text
    }
}

/// Years and months, kept as months.
package struct YearMonthDuration: Hashable, Comparable, Sendable {
    /// A thousand million years, as the widest date of FEEL.
    package static let monthsMax: Int64 = 12_000_000_000

    package let months: Int64

    package init(months: Int64) {
        self.months = months
    }

    package static func < (one: YearMonthDuration, other: YearMonthDuration) -> Bool { one.months < other.months }

    /// ISO 8601, shortest form: `P1Y2M`, `-P3M`, `P0M`.
    package var text: String {
        if months == 0 { return "P0M" }
        var text = months < 0 ? "-P" : "P"
        let positive = months.magnitude
        if positive / 12 != 0 { text += String(positive / 12) + "Y" }
        if positive % 12 != 0 { text += String(positive % 12) + "M" }
        return text
    }
}

/// Small helpers to write digits.
enum Digits {
    /// `.5` for 500,000,000; nothing for zero.
    static func fraction(nanoseconds: Int32) -> String {
        if nanoseconds == 0 { return "" }
        let digits = String(nanoseconds)
        var text = "." + String(repeating: "0", count: 9 - digits.utf8.count) + digits
        while text.utf8.last == UInt8(ascii: "0") { text.removeLast() }
        return text
    }

    static func padded(_ value: Int, _ width: Int) -> String {
        let digits = String(value)
        return digits.utf8.count >= width ? digits : String(repeating: "0", count: width - digits.utf8.count) + digits
    }
}
