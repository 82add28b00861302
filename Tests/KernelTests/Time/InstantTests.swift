import Foundation
import Kernel
import Testing

@Suite("Instants and days") struct InstantTests {
    /// RFC 3339 section 5.8, and edges.
    static let texts: [(String, Int64, String)] = [
        ("1985-04-12T23:20:50.52Z", 482_196_050_520, "1985-04-12T23:20:50.520Z"),
        ("1996-12-19T16:39:57-08:00", 851_042_397_000, "1996-12-20T00:39:57Z"),
        ("1990-12-31T23:59:60Z", 662_688_000_000, "1991-01-01T00:00:00Z"),
        ("1990-12-31T15:59:60-08:00", 662_688_000_000, "1991-01-01T00:00:00Z"),
        ("1937-01-01T12:00:27.87+00:20", -1_041_337_172_130, "1937-01-01T11:40:27.870Z"),
        ("1970-01-01T00:00:00Z", 0, "1970-01-01T00:00:00Z"), ("1969-12-31T23:59:59.999Z", -1, "1969-12-31T23:59:59.999Z"),
        ("2026-11-24t09:30:00z", 1_795_512_600_000, "2026-11-24T09:30:00Z"), ("2000-02-29T00:00:00.123456789Z", 951_782_400_123, "2000-02-29T00:00:00.123Z"),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000, "0000-01-01T00:00:00Z"), ("9999-12-31T23:59:59.999Z", 253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
    ]

    @Test(arguments: texts)
    func `an instant is read and written`(text: String, milliseconds: Int64, written: String) {
        let instant = Instant(rfc3339: text)
        #expect(instant?.milliseconds == milliseconds)
        #expect(instant?.rfc3339 == written)
    }

    @Test(arguments: [
        "", "2026-11-24", "2026-11-24T09:30:00", "2026-11-24T09:30Z", "2026-11-24 09:30:00Z", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-24T24:00:00Z",
        "2026-11-24T09:60:00Z", "2026-11-24T09:30:61Z", "2026-11-24T09:30:60Z", "2026-11-24T09:30:00.Z", "2026-11-24T09:30:00+5:00", "2026-11-24T09:30:00+24:00",
        "2026-11-24T09:30:00+00:60", "2026-11-24T09:30:00Zx", "2026-11-24T09:30:00+00:000", "+026-11-24T09:30:00Z", "2026-11-24T09:30:00.1", "２026-11-24T09:30:00Z",
    ])
    func `what is no instant is refused`(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test func `any instant comes back`() {
        let random = Randomness.seeded(30)
        for _ in 0..<5000 {
            let word = random.bytes(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let instant = Instant(milliseconds: Int64(word % 315_569_520_000_000) - 62_167_219_200_000)
            #expect(Instant(rfc3339: instant.rfc3339) == instant)
            #expect(instant.seconds * 1000 <= instant.milliseconds && instant.milliseconds < instant.seconds * 1000 + 1000)
        }
    }

    @Test func `sums stop at the ends of time`() {
        #expect(Instant(seconds: 10).adding(seconds: -3).milliseconds == 7000)
        #expect(Instant(seconds: 10).adding(milliseconds: 5).milliseconds == 10_005)
        #expect(Instant(milliseconds: .max).adding(seconds: 1).milliseconds == .max)
        #expect(Instant(milliseconds: .min).adding(seconds: -1).milliseconds == .min)
        #expect(Instant(seconds: .max).rfc3339 == "9999-12-31T23:59:59.999Z")
        #expect(Instant(seconds: .min).rfc3339 == "0000-01-01T00:00:00Z")
        #expect(Instant(seconds: 1) < Instant(milliseconds: 1001))
    }

    @Test func `every day of eight centuries follows the one before`() throws {
        var previous = try #require(CalendarDate(year: 1600, month: 1, day: 1))
        var weekday = previous.weekday
        #expect(weekday == 6)
        for number in (previous.daysSinceEpoch + 1)...(previous.daysSinceEpoch + 292_194) {
            let day = CalendarDate(daysSinceEpoch: number)
            #expect(day.daysSinceEpoch == number && previous < day)
            weekday = weekday % 7 + 1
            #expect(day.weekday == weekday)
            if day.day == 1 {
                #expect(previous.day == CalendarDate.days(inMonth: previous.month, year: previous.year))
                #expect(day.month == previous.month % 12 + 1)
            } else {
                #expect(day.day == previous.day + 1)
            }
            previous = day
        }
        #expect(previous == CalendarDate(year: 2400, month: 1, day: 1))
    }

    @Test func `days agree with Foundation`() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
        for days in stride(from: -100_000, to: 200_000, by: 997) {
            let parts = calendar.dateComponents([.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
            let ours = CalendarDate(daysSinceEpoch: days)
            // Foundation changes to the Julian calendar before 1582-10-15.
            guard ours.year > 1582 else { continue }
            #expect([ours.year, ours.month, ours.day] == [parts.year, parts.month, parts.day])
        }
    }

    @Test(arguments: [
        ("2026-11-24", 2026, 11, 24), ("0000-01-01", 0, 1, 1), ("-0001-12-31", -1, 12, 31), ("12345-06-07", 12345, 6, 7),
        ("999999999-12-31", 999_999_999, 12, 31), ("-999999999-01-01", -999_999_999, 1, 1), ("2024-02-29", 2024, 2, 29),
    ])
    func `a day is read and written`(text: String, year: Int, month: Int, day: Int) throws {
        let date = try #require(CalendarDate(text))
        #expect([date.year, date.month, date.day] == [year, month, day] as [Int])
        #expect(date.text == text)
        #expect(CalendarDate(daysSinceEpoch: date.daysSinceEpoch) == date)
    }

    @Test(arguments: [
        "", "2026", "2026-11", "2026-1-24", "2026-11-4", "26-11-24", "2026-11-31", "2026-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-11-00",
        "02026-11-24", "1234567890-01-01", "+2026-11-24", "-0000-01-01", "2026-11-24T", " 2026-11-24", "2026/11/24", "2026-11-2a", "--01-01-01",
    ])
    func `what is no day is refused`(text: String) {
        #expect(CalendarDate(text) == nil)
    }

    @Test(arguments: [
        ("2026-01-31", 1, "2026-02-28"), ("2024-01-31", 1, "2024-02-29"), ("2026-03-31", -1, "2026-02-28"), ("2026-12-15", 1, "2027-01-15"),
        ("2026-01-15", -1, "2025-12-15"), ("2026-11-24", 0, "2026-11-24"), ("2026-11-24", 120, "2036-11-24"), ("0000-01-31", -1, "-0001-12-31"),
        ("2024-02-29", 12, "2025-02-28"), ("2026-01-31", -11, "2025-02-28"),
    ])
    func `months are added to the last day that there is`(from: String, months: Int, to: String) {
        #expect(CalendarDate(from)?.adding(months: months).text == to)
    }

    @Test func `sums of days stop at the ends of the calendar`() throws {
        let last = try #require(CalendarDate("999999999-12-31")), first = try #require(CalendarDate("-999999999-01-01"))
        #expect(last.adding(days: 1) == last)
        #expect(last.adding(days: .max) == last)
        #expect(last.adding(months: .max) == last)
        #expect(first.adding(days: -1) == first)
        #expect(first.adding(days: .min) == first)
        #expect(first.adding(months: .min) == first)
        #expect(first < last)
        #expect(CalendarDate("2026-12-31")?.adding(days: 1).text == "2027-01-01")
    }
}
