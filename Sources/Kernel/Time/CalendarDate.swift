/// A day of the Gregorian calendar, projected backwards beyond its beginning.
///
/// **Shape** years −999,999,999 to 999,999,999, as FEEL and XML Schema allow.
public struct CalendarDate: Hashable, Comparable, Sendable {
    /// The years that a date may have.
    public static let years = -999_999_999...999_999_999

    private let yearValue: Int32
    private let monthValue: UInt8
    private let dayValue: UInt8

    public var year: Int { Int(yearValue) }
    /// 1 to 12.
    public var month: Int { Int(monthValue) }
    /// 1 to 31.
    public var day: Int { Int(dayValue) }

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        yearValue = Int32(year)
        monthValue = UInt8(month)
        dayValue = UInt8(day)
    }

    /// Nil when there is no such day.
    public init?(year: Int, month: Int, day: Int) {
        guard Self.years.contains(year), (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, year: year) else {
            return nil
        }
        self.init(unchecked: year, month, day)
    }

    /// Reads `2026-11-24`. Years have four digits, or up to nine without leading zeros; a year before 0 has a minus sign.
    ///
    /// **Standard** ISO 8601 extended calendar date; XML Schema 1.1 part 2 section 3.3.9 for long and negative years.
    public init?(_ iso: String) {
        var iso = iso
        let date: CalendarDate? = iso.withUTF8 { text in
            var index = 0
            let negative = text.first == 0x2D
            if negative { index = 1 }
            let start = index
            var year = 0
            while index < text.count, (0x30...0x39).contains(text[index]), index - start < 9 {
                year = year * 10 + Int(text[index] - 0x30)
                index += 1
            }
            let digits = index - start
            guard digits >= 4, digits == 4 || text[start] != 0x30, text.count == index + 6, text[index] == 0x2D, text[index + 3] == 0x2D
            else { return nil }
            func two(_ position: Int) -> Int? {
                guard (0x30...0x39).contains(text[position]), (0x30...0x39).contains(text[position + 1]) else { return nil }
                return Int(text[position] - 0x30) * 10 + Int(text[position + 1] - 0x30)
            }
            guard let month = two(index + 1), let day = two(index + 4), !(negative && year == 0) else { return nil }
            return CalendarDate(year: negative ? -year : year, month: month, day: day)
        }
        guard let date else { return nil }
        self = date
    }

    /// The text that `init(_:)` reads.
    public var text: String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
        }
        return (year < 0 ? "-" : "") + padded(abs(year), 4) + "-" + padded(month, 2) + "-" + padded(day, 2)
    }

    /// Days since 1970-01-01, negative before it. (Where an `Int` has 32 bits, years beyond ±5 million count as the last that fits.)
    public var daysSinceEpoch: Int { Int(clamping: days) }

    private var days: Int64 {
        // Count years from March, so that the leap day ends one; eras of 400 years have 146,097 days.
        let year = Int64(yearValue), month = Int64(monthValue)
        let shifted = month > 2 ? year : year - 1
        let era = shifted.flooredQuotient(by: 400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + Int64(dayValue) - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The day so many days after 1970-01-01; the first or last day of `years` where it lies beyond them.
    public init(daysSinceEpoch: Int) {
        self.init(days: Int64(daysSinceEpoch))
    }

    init(days: Int64) {
        let lowest = CalendarDate(unchecked: Self.years.lowerBound, 1, 1).days
        let highest = CalendarDate(unchecked: Self.years.upperBound, 12, 31).days
        let shifted = min(max(days, lowest), highest) + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * dayOfYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        self.init(
            unchecked: Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), Int(month), Int(dayOfYear - (153 * fromMarch + 2) / 5 + 1))
    }

    /// The day so many days later, held within `years`.
    public func adding(days: Int) -> CalendarDate {
        CalendarDate(days: self.days.addingSaturating(Int64(days)))
    }

    /// The same day so many months later, or the last of that month where it has no such day; held within `years`.
    public func adding(months: Int) -> CalendarDate {
        let bound: Int64 = 24_000_000_000
        let total = Int64(yearValue) * 12 + Int64(monthValue) - 1 + min(max(Int64(months), -bound), bound)
        let newYear = total.flooredQuotient(by: 12)
        if newYear < Self.years.lowerBound { return CalendarDate(unchecked: Self.years.lowerBound, 1, 1) }
        if newYear > Self.years.upperBound { return CalendarDate(unchecked: Self.years.upperBound, 12, 31) }
        let newMonth = Int(total - newYear * 12) + 1
        return CalendarDate(unchecked: Int(newYear), newMonth, min(day, Self.days(inMonth: newMonth, year: Int(newYear))))
    }

    /// 1 is Monday, 7 is Sunday.
    public var weekday: Int {
        Int((days + 3).flooredRemainder(by: 7)) + 1
    }

    public static func < (left: CalendarDate, right: CalendarDate) -> Bool {
        if left.yearValue != right.yearValue { return left.yearValue < right.yearValue }
        if left.monthValue != right.monthValue { return left.monthValue < right.monthValue }
        return left.dayValue < right.dayValue
    }

    /// Whether the year has a 29th of February.
    public static func isLeap(year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// Seconds from 1970-01-01 to the start of the day, without leap seconds or zones.
    var secondsSinceEpoch: Int64 { days * 86_400 }

    /// How many days the month has. **Shape** month 1 to 12.
    public static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year: year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
