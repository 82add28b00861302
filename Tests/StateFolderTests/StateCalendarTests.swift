import Kernel
import StateFolder
import Testing

@Suite("Days of a state")
struct StateCalendarTests {
    private let calendar = StateCalendar(
        zone: .utc, holidays: ["2026-12-08", "2026-12-25", "2026-12-28"].compactMap { CalendarDate($0) }, weekend: [6, 7])

    @Test(arguments: [
        // Friday; the tenth day is a Monday.
        ("2026-11-27T12:00:00Z", 10, StateCalendar.Count.calendar, "2026-12-07"),
        // The tenth day is a holiday, then a Saturday.
        ("2026-11-28T12:00:00Z", 10, .calendar, "2026-12-09"), ("2026-12-02T12:00:00Z", 10, .calendar, "2026-12-14"),
        // Over a holiday, a weekend and another holiday.
        ("2026-12-24T12:00:00Z", 1, .calendar, "2026-12-29"), ("2026-12-24T12:00:00Z", 1, .working, "2026-12-29"),
        ("2026-12-24T12:00:00Z", 3, .working, "2026-12-31"),
    ])
    func `a time limit ends on a day of work`(from: String, days: Int, count: StateCalendar.Count, last: String) {
        #expect(calendar.lastDay(of: days, count, from: Instant(rfc3339: from)!) == CalendarDate(last))
    }

    @Test func `a day ends with the first moment of the next`() {
        #expect(calendar.end(of: CalendarDate("2026-12-31")!) == Instant(rfc3339: "2027-01-01T00:00:00Z"))
    }
}
