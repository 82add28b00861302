package import Kernel

/// Where on the globe a clock is read: an offset, or a named zone with the offset that its rules gave.
package enum Zone: Hashable, Sendable {
    case offset(Int32)
    /// A zone of the IANA database; the offset is nil where it depends on a date that is not there.
    case named(String, Int32?)

    /// Seconds east of UTC, where they are known.
    package var seconds: Int32? {
        switch self {
        case .offset(let seconds): seconds
        case .named(_, let seconds): seconds
        }
    }

    /// `Z`, `+01:00`, `@Europe/Kyiv`.
    package var text: String {
        switch self {
        case .named(let name, _):
            return "@" + name
        case .offset(let seconds):
            if seconds == 0 { return "Z" }
            let positive = Int(seconds.magnitude)
            let text =
                (seconds < 0 ? "-" : "+") + Digits.padded(positive / 3_600, 2) + ":" + Digits.padded(positive / 60 % 60, 2)
            return positive % 60 == 0 ? text : text + ":" + Digits.padded(positive % 60, 2)
        }
    }
}

/// A time of day, with or without a zone.
package struct Time: Hashable, Sendable {
    /// 0…86,399.
    package let secondOfDay: Int32
    package let nanosecond: Int32
    package let zone: Zone?

    package init(secondOfDay: Int32, nanosecond: Int32 = 0, zone: Zone? = nil) {
        self.secondOfDay = secondOfDay
        self.nanosecond = nanosecond
        self.zone = zone
    }

    package static let midnight = Time(secondOfDay: 0)

    package var hour: Int { Int(secondOfDay) / 3_600 }
    package var minute: Int { Int(secondOfDay) / 60 % 60 }
    package var second: Int { Int(secondOfDay) % 60 }

    package func zoned(_ zone: Zone?) -> Time { Time(secondOfDay: secondOfDay, nanosecond: nanosecond, zone: zone) }

    package var text: String {
        Digits.padded(hour, 2) + ":" + Digits.padded(minute, 2) + ":" + Digits.padded(second, 2)
            + Digits.fraction(nanoseconds: nanosecond) + (zone?.text ?? "")
    }
}

/// A date with a time of day.
package struct DateTime: Hashable, Sendable {
    package let date: CalendarDate
    package let time: Time

    package init(date: CalendarDate, time: Time) {
        self.date = date
        self.time = time
    }

    /// What a clock in a zone shows at a moment, with that zone's offset.
    package init(_ instant: Instant, in zone: TimeZoneRules) {
        let (date, hour, minute, second) = zone.civil(at: instant)
        self.date = date
        let nanosecond = (instant.milliseconds % 1_000 + 1_000) % 1_000 * 1_000_000
        time = Time(
            secondOfDay: Int32(hour * 3_600 + minute * 60 + second), nanosecond: Int32(nanosecond), zone: .offset(Int32(zone.offset(at: instant))))
    }

    package var text: String { date.text + "T" + time.text }

    /// Seconds from 1970-01-01T00:00 of the same clock, the zone left aside.
    var localSeconds: Int64 { Int64(date.daysSinceEpoch) * 86_400 + Int64(time.secondOfDay) }

    /// Seconds from 1970-01-01T00:00Z; a value without a zone is read as if it were UTC.
    var seconds: Int64 { localSeconds - Int64(time.zone?.seconds ?? 0) }
}
