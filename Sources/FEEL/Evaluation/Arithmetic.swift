internal import Kernel

/// `+ - * / **` on numbers, strings, dates, times and durations.
///
/// **Standard:** DMN 1.5, 10.3.2.13.2, tables 55-58.
extension Evaluator {
    mutating func negated(_ value: Value, at offset: Int) -> Value {
        switch value {
        case .number(let number): return .number(-number)
        case .dayTime(let duration): return .dayTime(duration.negated)
        case .yearMonth(let duration): return .yearMonth(YearMonthDuration(months: -duration.months))
        default: return fail(.wrongType, at: offset, "a \(value.kindName) has no negative")
        }
    }

    mutating func arithmetic(_ operation: Node.Arithmetic, _ one: Value, _ other: Value, at offset: Int) -> Value {
        if case .number(let left) = one, case .number(let right) = other {
            return arithmetic(operation, left, right, at: offset)
        }
        let result: Value?
        switch operation {
        case .add: result = sum(one, other) ?? sum(other, one)
        case .subtract: result = difference(one, other)
        case .multiply: result = product(one, other) ?? product(other, one)
        case .divide: result = quotient(one, other, at: offset)
        case .power: result = nil
        }
        if let result { return result }
        return fail(.wrongType, at: offset, "\(Evaluator.word(operation)) of \(one.kindName) and \(other.kindName)")
    }

    private static func word(_ operation: Node.Arithmetic) -> String {
        switch operation {
        case .add: "a sum"
        case .subtract: "a difference"
        case .multiply: "a product"
        case .divide: "a quotient"
        case .power: "a power"
        }
    }

    private mutating func arithmetic(_ operation: Node.Arithmetic, _ left: Decimal128, _ right: Decimal128, at offset: Int) -> Value {
        let result: Decimal128?
        switch operation {
        case .add: result = left.adding(right)
        case .subtract: result = left.subtracting(right)
        case .multiply: result = left.multiplied(by: right)
        case .divide:
            if right.isZero { return fail(.divisionByZero, at: offset, "a division by zero") }
            result = left.divided(by: right)
        case .power: result = Numbers.power(left, right)
        }
        guard let result else { return fail(.tooLarge, at: offset, "\(Evaluator.word(operation)) that is no number of 34 digits") }
        return .number(result)
    }

    // MARK: Sums and differences

    private func sum(_ one: Value, _ other: Value) -> Value? {
        switch (one, other) {
        case (.string(let left), .string(let right)):
            guard left.utf8.count + right.utf8.count <= Limits.stringMax else { return nil }
            return .string(left + right)
        case (.yearMonth(let left), .yearMonth(let right)): return months(left.months + right.months)
        case (.dayTime(let left), .dayTime(let right)): return left.adding(right).map { .dayTime($0) }
        case (.date(let date), .yearMonth(let duration)): return shifted(date, months: duration.months).map { .date($0) }
        case (.date(let date), .dayTime(let duration)):
            // A date is the midnight that begins it; the time of the sum is left out again.
            return shifted(DateTime(date: date, time: .midnight), duration).map { .date($0.date) }
        case (.dateTime(let moment), .yearMonth(let duration)):
            return shifted(moment.date, months: duration.months).map { .dateTime(rezoned($0, moment.time)) }
        case (.dateTime(let moment), .dayTime(let duration)): return shifted(moment, duration).map { .dateTime($0) }
        case (.time(let time), .dayTime(let duration)): return .time(shifted(time, duration))
        default: return nil
        }
    }

    private func difference(_ one: Value, _ other: Value) -> Value? {
        switch (one, other) {
        case (.date, .date), (.dateTime, .dateTime), (.date, .dateTime), (.dateTime, .date):
            guard let left = moment(one), let right = moment(other), (left.time.zone == nil) == (right.time.zone == nil) else { return nil }
            return .dayTime(Evaluator.span(left.seconds, left.time.nanosecond, right.seconds, right.time.nanosecond))
        case (.time(let left), .time(let right)):
            let from = Int64(left.secondOfDay - (left.zone?.seconds ?? 0))
            let to = Int64(right.secondOfDay - (right.zone?.seconds ?? 0))
            return .dayTime(Evaluator.span(from, left.nanosecond, to, right.nanosecond))
        case (_, .yearMonth(let duration)): return sum(one, .yearMonth(YearMonthDuration(months: -duration.months)))
        case (_, .dayTime(let duration)): return sum(one, .dayTime(duration.negated))
        default: return nil
        }
    }

    /// A date is read as the midnight, UTC, that begins it.
    private func moment(_ value: Value) -> DateTime? {
        switch value {
        case .date(let date): DateTime(date: date, time: Time(secondOfDay: 0, nanosecond: 0, zone: .offset(0)))
        case .dateTime(let moment): moment
        default: nil
        }
    }

    private static func span(_ left: Int64, _ leftNanos: Int32, _ right: Int64, _ rightNanos: Int32) -> DayTimeDuration {
        let nanos = leftNanos - rightNanos
        return nanos >= 0
            ? DayTimeDuration(seconds: left - right, nanoseconds: nanos)
            : DayTimeDuration(seconds: left - right - 1, nanoseconds: nanos + 1_000_000_000)
    }

    private func months(_ months: Int64) -> Value? {
        // A guard, for `nil` beside a value would be the value null.
        guard months.magnitude <= UInt64(YearMonthDuration.monthsMax) else { return nil }
        return .yearMonth(YearMonthDuration(months: months))
    }

    /// Nil where the year leaves the calendar.
    func shifted(_ date: CalendarDate, months: Int64) -> CalendarDate? {
        let total = Int64(date.year) * 12 + Int64(date.month - 1) + months
        let year = total >= 0 ? total / 12 : (total - 11) / 12
        guard let year = Int(exactly: year), CalendarDate.years.contains(year) else { return nil }
        let month = Int(total - Int64(year) * 12) + 1
        return CalendarDate(year: year, month: month, day: Swift.min(date.day, CalendarDate.days(inMonth: month, year: year)))
    }

    func shifted(_ moment: DateTime, _ duration: DayTimeDuration) -> DateTime? {
        var nanos = moment.time.nanosecond + duration.nanoseconds
        var seconds = moment.localSeconds + duration.seconds
        if nanos >= 1_000_000_000 {
            nanos -= 1_000_000_000
            seconds += 1
        }
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        guard let wholeDays = Int(exactly: days) else { return nil }
        let date = CalendarDate(daysSinceEpoch: wholeDays)
        guard date.daysSinceEpoch == wholeDays else { return nil }
        return rezoned(date, Time(secondOfDay: Int32(seconds - days * 86_400), nanosecond: nanos, zone: moment.time.zone))
    }

    /// A named zone may have another offset on another day.
    func rezoned(_ date: CalendarDate, _ time: Time) -> DateTime {
        guard case .named(let name, _)? = time.zone, let zone = scope.zones.zone(name, date: date, secondOfDay: time.secondOfDay) else {
            return DateTime(date: date, time: time)
        }
        return DateTime(date: date, time: time.zoned(zone))
    }

    private func shifted(_ time: Time, _ duration: DayTimeDuration) -> Time {
        var nanos = time.nanosecond + duration.nanoseconds
        var seconds = Int64(time.secondOfDay) + duration.seconds % 86_400
        if nanos >= 1_000_000_000 {
            nanos -= 1_000_000_000
            seconds += 1
        }
        return Time(secondOfDay: Int32((seconds % 86_400 + 86_400) % 86_400), nanosecond: nanos, zone: time.zone)
    }

    // MARK: Products and quotients

    private func product(_ one: Value, _ other: Value) -> Value? {
        guard case .number(let factor) = other else { return nil }
        switch one {
        case .yearMonth(let duration):
            return Decimal128(duration.months).multiplied(by: factor)?.truncated.int64.flatMap { months($0) }
        case .dayTime(let duration):
            return Numbers.seconds(duration).multiplied(by: factor).flatMap { Numbers.duration($0) }.map { .dayTime($0) }
        default:
            return nil
        }
    }

    private mutating func quotient(_ one: Value, _ other: Value, at offset: Int) -> Value? {
        switch (one, other) {
        case (.yearMonth(let duration), .number(let divisor)):
            if divisor.isZero { return fail(.divisionByZero, at: offset, "a division by zero") }
            return Decimal128(duration.months).divided(by: divisor)?.truncated.int64.flatMap { months($0) }
        case (.dayTime(let duration), .number(let divisor)):
            if divisor.isZero { return fail(.divisionByZero, at: offset, "a division by zero") }
            return Numbers.seconds(duration).divided(by: divisor).flatMap { Numbers.duration($0) }.map { .dayTime($0) }
        case (.yearMonth(let left), .yearMonth(let right)):
            if right.months == 0 { return fail(.divisionByZero, at: offset, "a division by an empty duration") }
            return Decimal128(left.months).divided(by: Decimal128(right.months)).map { .number($0) }
        case (.dayTime(let left), .dayTime(let right)):
            if right == .zero { return fail(.divisionByZero, at: offset, "a division by an empty duration") }
            return Numbers.seconds(left).divided(by: Numbers.seconds(right)).map { .number($0) }
        default:
            return nil
        }
    }
}
