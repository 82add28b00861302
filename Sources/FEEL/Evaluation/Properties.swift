internal import Kernel

extension Evaluator {
    /// The properties of dates, times, durations and ranges; nil where the kind has none of the name.
    ///
    /// **Standard:** DMN 1.5, table 65.
    func property(_ name: String, of value: Value) -> Value? {
        switch value {
        case .date(let date): return Evaluator.property(name, of: date)
        case .time(let time): return Evaluator.property(name, of: time)
        case .dateTime(let moment): return Evaluator.property(name, of: moment.date) ?? Evaluator.property(name, of: moment.time)
        case .dayTime(let duration):
            let parts = duration.parts
            switch name {
            case "days": return .number(Decimal128(parts.days))
            case "hours": return .number(Decimal128(parts.hours))
            case "minutes": return .number(Decimal128(parts.minutes))
            case "seconds":
                return .number(Numbers.seconds(DayTimeDuration(seconds: parts.seconds)).adding(Numbers.nanosecond.multiplied(by: Decimal128(parts.nanoseconds)) ?? 0) ?? 0)
            case "value": return .number(Numbers.seconds(duration))
            default: return nil
            }
        case .yearMonth(let duration):
            switch name {
            case "years": return .number(Decimal128(duration.months / 12))
            case "months": return .number(Decimal128(duration.months % 12))
            case "value": return .number(Decimal128(duration.months))
            default: return nil
            }
        case .range(let interval):
            switch name {
            case "start": return interval.comparison == .notEqual ? .null : interval.low ?? .null
            case "end": return interval.comparison == .notEqual ? .null : interval.high ?? .null
            case "start included": return .boolean(interval.lowIncluded)
            case "end included": return .boolean(interval.highIncluded)
            default: return nil
            }
        default:
            return nil
        }
    }

    private static func property(_ name: String, of date: CalendarDate) -> Value? {
        switch name {
        case "year": .number(Decimal128(date.year))
        case "month": .number(Decimal128(date.month))
        case "day": .number(Decimal128(date.day))
        case "weekday": .number(Decimal128(date.weekday))
        case "value": .number(Decimal128(Int64(date.daysSinceEpoch) * 86_400))
        default: nil
        }
    }

    private static func property(_ name: String, of time: Time) -> Value? {
        switch name {
        case "hour": return .number(Decimal128(time.hour))
        case "minute": return .number(Decimal128(time.minute))
        case "second":
            return .number(Numbers.seconds(DayTimeDuration(seconds: Int64(time.second), nanoseconds: time.nanosecond)))
        case "time offset":
            guard let seconds = time.zone?.seconds else { return .null }
            return .dayTime(DayTimeDuration(seconds: Int64(seconds)))
        case "timezone":
            guard case .named(let name, _)? = time.zone else { return .null }
            return .string(name)
        case "value":
            return .number(Decimal128(Int64(time.secondOfDay)))
        default: return nil
        }
    }
}
