internal import Kernel

/// Reads dates, times and durations from their ISO 8601 forms, as FEEL narrows them.
///
/// **Standard:** DMN 1.5, 10.3.4.1 and 10.3.2.3.4-8.
enum DateTexts {
    static func date(_ text: String) -> CalendarDate? { CalendarDate(text) }

    /// `10:30:00`, with fraction, and `Z`, an offset or `@Zone/Name` behind it.
    static func time(_ text: String, date: CalendarDate? = nil, zones: Zones) -> Time? {
        var reader = Reader(text)
        guard let time = time(&reader, date: date, zones: zones), reader.isAtEnd else { return nil }
        return time
    }

    private static func time(_ reader: inout Reader, date: CalendarDate?, zones: Zones) -> Time? {
        guard let hour = reader.digits(2), reader.take(":"), let minute = reader.digits(2), reader.take(":"), let second = reader.digits(2),
            hour < 24, minute < 60, second < 60
        else { return nil }
        var nanos: Int32 = 0
        if reader.take(".") {
            guard let fraction = reader.fraction() else { return nil }
            nanos = fraction
        }
        let secondOfDay = Int32(hour * 3_600 + minute * 60 + second)
        if reader.isAtEnd { return Time(secondOfDay: secondOfDay, nanosecond: nanos) }
        guard let zone = zone(&reader, date: date, secondOfDay: secondOfDay, zones: zones) else { return nil }
        return Time(secondOfDay: secondOfDay, nanosecond: nanos, zone: zone)
    }

    private static func zone(_ reader: inout Reader, date: CalendarDate?, secondOfDay: Int32, zones: Zones) -> Zone? {
        if reader.take("Z") || reader.take("z") { return .offset(0) }
        if reader.take("@") {
            let name = reader.rest()
            return isZoneName(name) ? zones.zone(name, date: date, secondOfDay: secondOfDay) : nil
        }
        let negative = reader.take("-")
        guard negative || reader.take("+"), let hours = reader.digits(2), reader.take(":"), let minutes = reader.digits(2) else { return nil }
        var seconds = 0
        if reader.take(":") {
            guard let more = reader.digits(2) else { return nil }
            seconds = more
        }
        let offset = hours * 3_600 + minutes * 60 + seconds
        guard hours <= 18, minutes < 60, seconds < 60, offset <= 18 * 3_600 else { return nil }
        return .offset(Int32(negative ? -offset : offset))
    }

    private static func isZoneName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (0x41...0x5A).contains(first) || (0x61...0x7A).contains(first) else { return false }
        for byte in name.utf8 {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2F, 0x5F, 0x2B, 0x2D: continue
            default: return false
            }
        }
        return true
    }

    /// A date and time; a date alone is its midnight.
    static func dateTime(_ text: String, zones: Zones) -> DateTime? {
        guard let separator = text.utf8.firstIndex(of: UInt8(ascii: "T")) else {
            return date(text).map { DateTime(date: $0, time: .midnight) }
        }
        guard let date = date(String(text[..<separator])) else { return nil }
        let rest = String(text[text.utf8.index(after: separator)...])
        // 24:00:00 is the midnight that ends the day.
        if rest.utf8.starts(with: "24:00:00".utf8) {
            var reader = Reader(String(rest.utf8.dropFirst(8)) ?? "")
            let next = date.adding(days: 1)
            if reader.isAtEnd { return DateTime(date: next, time: .midnight) }
            guard let zone = zone(&reader, date: next, secondOfDay: 0, zones: zones), reader.isAtEnd else { return nil }
            return DateTime(date: next, time: Time(secondOfDay: 0, zone: zone))
        }
        return time(rest, date: date, zones: zones).map { DateTime(date: date, time: $0) }
    }

    /// `P1Y2M`, `-P3DT4H5M6.7S`; years and months do not mix with days and times.
    static func duration(_ text: String) -> Value? {
        var reader = Reader(text)
        let negative = reader.take("-")
        guard reader.take("P") else { return nil }
        var months: Int64?
        var seconds: Int64?
        var nanos: Int32 = 0
        var stage = 0
        while !reader.isAtEnd {
            if reader.take("T") {
                guard stage < 10, !reader.isAtEnd else { return nil }
                stage = 10
                continue
            }
            guard let amount = reader.amount() else { return nil }
            if reader.take(".") {
                // "PT0.S" is allowed where a time's fraction must have digits.
                guard let fraction = reader.fraction(emptyAllowed: true), reader.take("S"), stage >= 10, stage < 13, let total = add(seconds, amount, times: 1)
                else { return nil }
                (seconds, nanos, stage) = (total, fraction, 13)
                continue
            }
            guard let unit = reader.next() else { return nil }
            switch unit {
            case UInt8(ascii: "Y") where stage < 1: (months, stage) = (add(months, amount, times: 12), 1)
            case UInt8(ascii: "M") where stage < 2: (months, stage) = (add(months, amount, times: 1), 2)
            case UInt8(ascii: "D") where stage < 3: (seconds, stage) = (add(seconds, amount, times: 86_400), 3)
            case UInt8(ascii: "H") where stage >= 10 && stage < 11: (seconds, stage) = (add(seconds, amount, times: 3_600), 11)
            case UInt8(ascii: "M") where stage >= 10 && stage < 12: (seconds, stage) = (add(seconds, amount, times: 60), 12)
            case UInt8(ascii: "S") where stage >= 10 && stage < 13: (seconds, stage) = (add(seconds, amount, times: 1), 13)
            default: return nil
            }
            guard months != nil || seconds != nil else { return nil }
        }
        if let months, seconds == nil {
            guard months <= YearMonthDuration.monthsMax else { return nil }
            return .yearMonth(YearMonthDuration(months: negative ? -months : months))
        }
        if let seconds, months == nil {
            guard seconds <= DayTimeDuration.secondsMax else { return nil }
            let duration = DayTimeDuration(seconds: seconds, nanoseconds: nanos)
            return .dayTime(negative ? duration.negated : duration)
        }
        return nil
    }

    private static func add(_ total: Int64?, _ amount: Int64, times factor: Int64) -> Int64? {
        let (product, overflow) = amount.multipliedReportingOverflow(by: factor)
        let (sum, overflowed) = product.addingReportingOverflow(total ?? 0)
        return overflow || overflowed ? nil : sum
    }

    /// What `@"…"` means: a duration, a date and time, a date or a time.
    static func atLiteral(_ text: String, zones: Zones) -> Value? {
        if let duration = duration(text) { return duration }
        if let date = date(text) { return .date(date) }
        if text.utf8.contains(UInt8(ascii: "T")), let moment = dateTime(text, zones: zones) { return .dateTime(moment) }
        return time(text, zones: zones).map { .time($0) }
    }

    /// Whether the value names a zone, so that its offset is the scope's to say.
    static func namesZone(_ value: Value) -> Bool {
        switch value {
        case .time(let time): if case .named? = time.zone { true } else { false }
        case .dateTime(let moment): if case .named? = moment.time.zone { true } else { false }
        default: false
        }
    }

    static func isTime(_ value: Value) -> Bool { if case .time = value { true } else { false } }

    /// A cursor over ASCII.
    private struct Reader {
        private let bytes: [UInt8]
        private var place = 0

        init(_ text: String) {
            bytes = Array(text.utf8)
        }

        var isAtEnd: Bool { place >= bytes.count }

        mutating func next() -> UInt8? {
            guard place < bytes.count else { return nil }
            place += 1
            return bytes[place - 1]
        }

        mutating func take(_ symbol: Unicode.Scalar) -> Bool {
            guard place < bytes.count, UInt32(bytes[place]) == symbol.value else { return false }
            place += 1
            return true
        }

        private mutating func digit() -> Int? {
            guard place < bytes.count, (0x30...0x39).contains(bytes[place]) else { return nil }
            place += 1
            return Int(bytes[place - 1] - 0x30)
        }

        mutating func digits(_ count: Int) -> Int? {
            var value = 0
            for _ in 0..<count {
                guard let digit = digit() else { return nil }
                value = value * 10 + digit
            }
            return value
        }

        /// Any number of digits up to a length that fits.
        mutating func amount() -> Int64? {
            var value: Int64 = 0
            var count = 0
            while let digit = digit() {
                count += 1
                guard count <= 18 else { return nil }
                value = value * 10 + Int64(digit)
            }
            return count == 0 ? nil : value
        }

        /// Digits behind a point, cut after the ninth.
        mutating func fraction(emptyAllowed: Bool = false) -> Int32? {
            var value: Int32 = 0
            var count = 0
            while let digit = digit() {
                if count < 9 { value = value * 10 + Int32(digit) }
                count += 1
            }
            guard count > 0 || emptyAllowed else { return nil }
            for _ in 0..<(9 - Swift.min(count, 9)) { value *= 10 }
            return value
        }

        mutating func rest() -> String {
            defer { place = bytes.count }
            return String(decoding: bytes[place...], as: UTF8.self)
        }
    }
}
