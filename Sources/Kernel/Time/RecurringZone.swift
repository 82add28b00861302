/// The rule that holds after the last listed change of a time zone.
///
/// **Standard** POSIX.1-2024 section 8.3 (`TZ`), with hours from −167 to 167 as RFC 9636 section 3.3.1 allows.
struct RecurringZone: Hashable, Sendable {
    private struct Change: Hashable, Sendable {
        enum Day: Hashable, Sendable {
            /// Day 1 to 365; the leap day is never counted.
            case withoutLeapDay(Int)
            /// Day 0 to 365; the leap day is counted.
            case ofYear(Int)
            /// Month, week (5 is the last), day of the week from Sunday, 0.
            case ofWeek(month: Int, week: Int, weekday: Int)
        }
        var day: Day
        /// Seconds after midnight by the wall.
        var time: Int

        /// Seconds since 1970 by the wall.
        func localSeconds(year: Int) -> Int64 {
            days(year: year) * 86_400 + Int64(time)
        }

        private func days(year: Int) -> Int64 {
            func first(_ month: Int) -> Int64 { CalendarDate(year: year, month: month, day: 1).map { $0.secondsSinceEpoch / 86_400 } ?? 0 }
            switch day {
            case .withoutLeapDay(let number): return first(1) + Int64(number - 1 + (CalendarDate.isLeap(year: year) && number > 59 ? 1 : 0))
            case .ofYear(let number): return first(1) + Int64(number)
            case .ofWeek(let month, let week, let weekday):
                let start = first(month)
                let startWeekday = Int((start + 4).flooredRemainder(by: 7))
                var day = (weekday - startWeekday + 7) % 7 + (week - 1) * 7
                if day >= CalendarDate.days(inMonth: month, year: year) { day -= 7 }
                return start + Int64(day)
            }
        }
    }

    private struct Summer: Hashable, Sendable {
        var offset: Int
        var begins: Change
        var ends: Change
    }

    private var standard: Int
    private var summer: Summer?

    func offset(seconds: Int64) -> Int {
        guard let summer else { return standard }
        let year = CalendarDate(days: seconds.addingSaturating(Int64(standard)).flooredQuotient(by: 86_400)).year
        let begin = summer.begins.localSeconds(year: year) - Int64(standard)
        let end = summer.ends.localSeconds(year: year) - Int64(summer.offset)
        let inSummer = begin < end ? (begin <= seconds && seconds < end) : (seconds < end || begin <= seconds)
        return inSummer ? summer.offset : standard
    }

    /// Reads for example `EST5EDT,M3.2.0,M11.1.0` or `<-03>3`.
    init?(_ text: [UInt8]) {
        var scanner = Scanner(text: text)
        guard scanner.name(), let west = scanner.time(hoursMax: 24) else { return nil }
        standard = -west
        if scanner.atEnd { return }
        guard scanner.name() else { return nil }
        var offset = standard + 3600
        if scanner.peek != 0x2C {
            guard let west = scanner.time(hoursMax: 24) else { return nil }
            offset = -west
        }
        guard let begins = scanner.change(), let ends = scanner.change(), scanner.atEnd else { return nil }
        summer = Summer(offset: offset, begins: begins, ends: ends)
    }

    private struct Scanner {
        let text: [UInt8]
        var position = 0

        init(text: [UInt8]) {
            self.text = text
        }

        var atEnd: Bool { position == text.count }
        var peek: UInt8 { atEnd ? 0 : text[position] }

        mutating func take(_ character: UInt8) -> Bool {
            guard peek == character else { return false }
            position += 1
            return true
        }

        /// Three letters or more, or anything in angle brackets.
        mutating func name() -> Bool {
            let start = position
            if take(0x3C) {
                while !atEnd, peek != 0x3E { position += 1 }
                return take(0x3E) && position - start > 2
            }
            while (0x41...0x5A).contains(peek & 0xDF) { position += 1 }
            return position - start >= 3
        }

        mutating func number(max: Int) -> Int? {
            let start = position
            var value = 0
            while (0x30...0x39).contains(peek), position - start < 4 {
                value = value * 10 + Int(peek - 0x30)
                position += 1
            }
            return position > start && value <= max ? value : nil
        }

        /// Seconds in `[+-]hh[:mm[:ss]]`.
        mutating func time(hoursMax: Int) -> Int? {
            let negative = take(0x2D)
            if !negative { _ = take(0x2B) }
            guard let hours = number(max: hoursMax) else { return nil }
            var seconds = hours * 3600
            if take(0x3A) {
                guard let minutes = number(max: 59) else { return nil }
                seconds += minutes * 60
                if take(0x3A) {
                    guard let rest = number(max: 59) else { return nil }
                    seconds += rest
                }
            }
            return negative ? -seconds : seconds
        }

        mutating func change() -> Change? {
            guard take(0x2C) else { return nil }
            let day: Change.Day
            if take(0x4D) {
                guard let month = number(max: 12), month > 0, take(0x2E), let week = number(max: 5), week > 0, take(0x2E),
                    let weekday = number(max: 6)
                else { return nil }
                day = .ofWeek(month: month, week: week, weekday: weekday)
            } else if take(0x4A) {
                guard let number = number(max: 365), number > 0 else { return nil }
                day = .withoutLeapDay(number)
            } else {
                guard let number = number(max: 365) else { return nil }
                day = .ofYear(number)
            }
            guard take(0x2F) else { return Change(day: day, time: 7200) }
            guard let time = time(hoursMax: 167) else { return nil }
            return Change(day: day, time: time)
        }
    }
}
