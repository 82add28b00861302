internal import Kernel

/// **Standard:** DMN 1.5, tables 72, 79 and 80.
extension Evaluator {
    mutating func dateFunction(_ call: Call) -> Value {
        switch call.builtin {
        case .date: return date(call)
        case .time: return time(call)
        case .dateAndTime: return dateAndTime(call)
        case .duration:
            guard let text = string(call, 0) else { return wrong(call, 0, wants: "string") }
            return DateTexts.duration(text) ?? invalid(text, "duration such as P1Y2M or P3DT4H", call)
        case .yearsAndMonthsDuration: return yearsAndMonths(call)
        case .today:
            guard let date = scope.today ?? scope.now?.date else { return fail(.notAvailable, at: call.offset, "today is not known here") }
            return .date(date)
        case .now:
            guard let moment = scope.now else { return fail(.notAvailable, at: call.offset, "the time is not known here") }
            return .dateTime(moment)
        default:
            let value = single(call[0])
            let date: CalendarDate
            switch value {
            case .date(let day): date = day
            case .dateTime(let moment): date = moment.date
            default: return wrong(call, 0, wants: "date")
            }
            return calendar(call.builtin, date)
        }
    }

    private mutating func invalid(_ text: String, _ wanted: String, _ call: Call) -> Value {
        fail(.invalidText, at: call.offset, "\"\(text)\" is no \(wanted)")
    }

    private func whole(_ call: Call, _ index: Int) -> Int? { number(call, index)?.int }

    private mutating func date(_ call: Call) -> Value {
        if call.count == 3 {
            guard let year = whole(call, 0), let month = whole(call, 1), let day = whole(call, 2) else {
                return fail(.wrongType, at: call.offset, "date wants whole numbers for year, month and day")
            }
            guard let date = CalendarDate(year: year, month: month, day: day) else {
                return fail(.outOfRange, at: call.offset, "there is no day \(year)-\(month)-\(day)")
            }
            return .date(date)
        }
        switch single(call[0]) {
        case .date(let date): return .date(date)
        case .dateTime(let moment): return .date(moment.date)
        case .string(let text): return DateTexts.date(text).map { .date($0) } ?? invalid(text, "date such as 2026-01-31", call)
        default: return wrong(call, 0, wants: "string, date or date and time")
        }
    }

    private mutating func time(_ call: Call) -> Value {
        if call.count >= 3 { return timeOfParts(call) }
        switch single(call[0]) {
        case .time(let time): return .time(time)
        case .dateTime(let moment): return .time(moment.time)
        case .date: return .time(Time(secondOfDay: 0, nanosecond: 0, zone: .offset(0)))
        case .string(let text): return DateTexts.time(text, zones: scope.zones).map { .time($0) } ?? invalid(text, "time such as 10:30:00", call)
        default: return wrong(call, 0, wants: "string, time or date and time")
        }
    }

    private mutating func timeOfParts(_ call: Call) -> Value {
        guard let hour = whole(call, 0), let minute = whole(call, 1), let seconds = number(call, 2) else {
            return fail(.wrongType, at: call.offset, "time wants numbers for hour, minute and second")
        }
        guard (0..<24).contains(hour), (0..<60).contains(minute), let second = Numbers.duration(seconds), (0..<60).contains(second.seconds) else {
            return fail(.outOfRange, at: call.offset, "there is no such time of day")
        }
        var zone: Zone?
        switch single(call[3]) {
        case .null: break
        case .dayTime(let offset):
            guard offset.seconds.magnitude <= 18 * 3_600 else { return fail(.outOfRange, at: call.offset, "an offset of more than 18 hours") }
            zone = .offset(Int32(offset.seconds))
        default: return wrong(call, 3, wants: "days and time duration")
        }
        return .time(Time(secondOfDay: Int32(hour * 3_600 + minute * 60) + Int32(second.seconds), nanosecond: second.nanoseconds, zone: zone))
    }

    private mutating func dateAndTime(_ call: Call) -> Value {
        if call.count == 1 {
            switch single(call[0]) {
            case .string(let text):
                return DateTexts.dateTime(text, zones: scope.zones).map { .dateTime($0) } ?? invalid(text, "date and time such as 2026-01-31T10:30:00", call)
            case .dateTime(let moment): return .dateTime(moment)
            case .date(let date): return .dateTime(DateTime(date: date, time: Time(secondOfDay: 0, nanosecond: 0, zone: .offset(0))))
            default: return wrong(call, 0, wants: "string")
            }
        }
        let date: CalendarDate
        switch single(call[0]) {
        case .date(let day): date = day
        case .dateTime(let moment):
            if case .string(let name) = single(call[1]) { return moved(moment, to: name, call) }
            date = moment.date
        default: return wrong(call, 0, wants: "date")
        }
        guard case .time(let time) = single(call[1]) else { return wrong(call, 1, wants: "time") }
        return .dateTime(rezoned(date, time))
    }

    /// The same moment on another zone's clock.
    private mutating func moved(_ moment: DateTime, to name: String, _ call: Call) -> Value {
        guard case .rules(let rules) = scope.zones.source, let zone = rules(name) else {
            return fail(.notAvailable, at: call.offset, "the time zone \(name) is not known here")
        }
        let civil = zone.civil(at: Instant(seconds: moment.seconds))
        let second = Int32(civil.hour * 3_600 + civil.minute * 60 + civil.second)
        let offset = Int32(zone.offset(at: Instant(seconds: moment.seconds)))
        return .dateTime(DateTime(date: civil.date, time: Time(secondOfDay: second, nanosecond: moment.time.nanosecond, zone: .named(name, offset))))
    }

    /// Whole months between two days, whatever their times; a month counts when its day has come.
    private mutating func yearsAndMonths(_ call: Call) -> Value {
        guard let from = day(single(call[0])) else { return wrong(call, 0, wants: "date") }
        guard let to = day(single(call[1])) else { return wrong(call, 1, wants: "date") }
        let (first, last) = to < from ? (to, from) : (from, to)
        var months = Int64(last.year - first.year) * 12 + Int64(last.month - first.month)
        if last.day < first.day { months -= 1 }
        return .yearMonth(YearMonthDuration(months: to < from ? -months : months))
    }

    private func day(_ value: Value) -> CalendarDate? {
        switch value {
        case .date(let date): date
        case .dateTime(let moment): moment.date
        default: nil
        }
    }

    private func calendar(_ builtin: Builtin, _ date: CalendarDate) -> Value {
        switch builtin {
        case .dayOfYear: return .number(Decimal128(Evaluator.dayOfYear(date)))
        case .dayOfWeek:
            let names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
            return .string(names[date.weekday - 1])
        case .monthOfYear:
            let names = [
                "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
            ]
            return .string(names[date.month - 1])
        default:
            return .number(Decimal128(Evaluator.weekOfYear(date)))
        }
    }

    private static func dayOfYear(_ date: CalendarDate) -> Int {
        var days = date.day
        for month in 1..<13 where month < date.month { days += CalendarDate.days(inMonth: month, year: date.year) }
        return days
    }

    /// ISO 8601: the week belongs to the year that holds its Thursday.
    private static func weekOfYear(_ date: CalendarDate) -> Int {
        let thursday = date.adding(days: 4 - date.weekday)
        return (dayOfYear(thursday) - 1) / 7 + 1
    }
}
