package import Kernel

/// The state's days: where they begin, and on which of them no time limit ends.
package struct StateCalendar: Hashable, Sendable {
    package let zone: TimeZoneRules
    package let holidays: Set<CalendarDate>
    /// 1 is Monday, 7 is Sunday.
    package let weekend: Set<Int>

    package init(zone: TimeZoneRules, holidays: some Sequence<CalendarDate>, weekend: Set<Int>) {
        self.zone = zone
        self.holidays = Set(holidays)
        self.weekend = weekend
    }

    /// How the days of a time limit are counted.
    package enum Count: String, CaseIterable, Hashable, Sendable {
        /// Every day counts; only the last one is put off while it is a holiday or of the weekend.
        case calendar
        /// Holidays and weekends do not count.
        case working
    }

    /// No state rests longer than this without a day of work.
    static let restMax = 60

    package func isWorking(_ day: CalendarDate) -> Bool { !weekend.contains(day.weekday) && !holidays.contains(day) }

    /// The last day of a time limit that begins at a moment: the day of the moment is not counted.
    package func lastDay(of days: Int, _ count: Count, from moment: Instant) -> CalendarDate {
        let first = zone.date(at: moment)
        switch count {
        case .calendar: return working(first.adding(days: days))
        case .working:
            var day = first
            for _ in 0..<days { day = working(day.adding(days: 1)) }
            return day
        }
    }

    /// The day itself, or the next on which people work.
    private func working(_ day: CalendarDate) -> CalendarDate {
        for later in 0..<Self.restMax where isWorking(day.adding(days: later)) { return day.adding(days: later) }
        return day
    }

    /// The moment at which a day ends: the first of the next.
    package func end(of day: CalendarDate) -> Instant { zone.instant(of: day.adding(days: 1)) }
}

/// The days of a week as a folder writes them.
enum Weekday: String, CaseIterable, Hashable, Sendable {
    case monday, tuesday, wednesday, thursday, friday, saturday, sunday

    var number: Int { (Self.allCases.firstIndex(of: self) ?? 0) + 1 }
}

extension ServiceDefinition {
    /// The last day on which somebody who has to answer a case answers.
    package func answerBy(from moment: Instant) -> CalendarDate { calendar.lastDay(of: answerDays, answerCount, from: moment) }

    /// The last day on which a decision can be contested.
    package func appealBy(from moment: Instant) -> CalendarDate { calendar.lastDay(of: appeal.days, .calendar, from: moment) }
}
