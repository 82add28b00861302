internal import FEEL
internal import Kernel

/// Values that follow one another in steps, as numbers: days of dates, milliseconds of times (finer than that FEEL does not compare
/// them), nanoseconds of durations, months.
struct Counting {
    let kind: AxisKind
    /// Whether a zone is named; else clock times are those of a day without one.
    let isZoned: Bool

    private static let day: Int128 = 86_400_000
    private static let nanoseconds: Int128 = 1_000_000_000
    /// FEEL's offsets go so far east and west.
    private static let offsetMax: Int128 = 18 * 3_600_000

    init(_ kind: AxisKind, isZoned: Bool) {
        self.kind = kind
        self.isZoned = isZoned
    }

    static func isZoned(_ value: Value) -> Bool {
        switch value {
        case .time(let time): time.zone != nil
        case .dateTime(let moment): moment.time.zone != nil
        default: false
        }
    }

    private static func milliseconds(_ time: Time) -> Int128 {
        Int128(Int(time.secondOfDay) - Int(time.zone?.seconds ?? 0)) * 1_000 + Int128(time.nanosecond / 1_000_000)
    }

    private static func floored(_ number: Int128, by divisor: Int128) -> Int128 {
        let quotient = number / divisor
        return number % divisor < 0 ? quotient - 1 : quotient
    }

    /// Nil for a value that cannot be compared with this kind.
    func count(_ value: Value) -> Int128? {
        switch (kind, value) {
        case (.date, .date(let date)): Int128(date.daysSinceEpoch)
        case (.date, .dateTime(let moment)):
            Counting.floored(Int128(moment.date.daysSinceEpoch) * Counting.day + Counting.milliseconds(moment.time), by: Counting.day)
        case (.dateTime, .dateTime(let moment)): Int128(moment.date.daysSinceEpoch) * Counting.day + Counting.milliseconds(moment.time)
        case (.dateTime, .date(let date)): Int128(date.daysSinceEpoch) * Counting.day
        case (.time, .time(let time)): Counting.milliseconds(time)
        case (.dayTime, .dayTime(let duration)): Int128(duration.seconds) * Counting.nanoseconds + Int128(duration.nanoseconds)
        case (.yearMonth, .yearMonth(let duration)): Int128(duration.months)
        default: nil
        }
    }

    func value(_ count: Int128) -> Value {
        switch kind {
        case .date: return .date(CalendarDate(daysSinceEpoch: Int(count)))
        case .dateTime:
            let days = Counting.floored(count, by: Counting.day)
            return .dateTime(DateTime(date: CalendarDate(daysSinceEpoch: Int(days)), time: Counting.time(count - days * Counting.day, isZoned ? 0 : nil)))
        case .time:
            // Clocks west and east of Greenwich reach what its own day does not.
            if count < 0 { return .time(Counting.time(count + Counting.offsetMax, Int32(Counting.offsetMax / 1_000))) }
            if count >= Counting.day { return .time(Counting.time(count - Counting.offsetMax, -Int32(Counting.offsetMax / 1_000))) }
            return .time(Counting.time(count, isZoned ? 0 : nil))
        case .dayTime:
            let seconds = Counting.floored(count, by: Counting.nanoseconds)
            return .dayTime(DayTimeDuration(seconds: Int64(seconds), nanoseconds: Int32(count - seconds * Counting.nanoseconds)))
        default: return .yearMonth(YearMonthDuration(months: Int64(count)))
        }
    }

    private static func time(_ milliseconds: Int128, _ offset: Int32?) -> Time {
        Time(secondOfDay: Int32(milliseconds / 1_000), nanosecond: Int32(milliseconds % 1_000) * 1_000_000, zone: offset.map { .offset($0) })
    }

    var lowest: Int128 {
        switch kind {
        case .date: Int128(CalendarDate(daysSinceEpoch: Int.min).daysSinceEpoch)
        case .dateTime: Int128(CalendarDate(daysSinceEpoch: Int.min).daysSinceEpoch) * Counting.day
        case .time: isZoned ? -Counting.offsetMax : 0
        case .dayTime: -Int128(DayTimeDuration.secondsMax) * Counting.nanoseconds
        default: -Int128(YearMonthDuration.monthsMax)
        }
    }

    var highest: Int128 {
        switch kind {
        case .date: Int128(CalendarDate(daysSinceEpoch: Int.max).daysSinceEpoch)
        case .dateTime: (Int128(CalendarDate(daysSinceEpoch: Int.max).daysSinceEpoch) + 1) * Counting.day - 1
        case .time: Counting.day - 1 + (isZoned ? Counting.offsetMax : 0)
        case .dayTime: Int128(DayTimeDuration.secondsMax) * Counting.nanoseconds
        default: Int128(YearMonthDuration.monthsMax)
        }
    }

    /// Steps that people think in, the widest first.
    private var steps: [Int128] {
        switch kind {
        case .date: [1]
        case .dateTime: [Counting.day, 3_600_000, 60_000, 1_000, 1]
        case .time: [3_600_000, 60_000, 1_000, 1]
        case .dayTime: [86_400, 3_600, 60, 1].map { $0 * Counting.nanoseconds } + [1_000_000, 1]
        default: [12, 1]
        }
    }

    /// A readable count between two others; nil where there is none.
    func sample(_ low: Int128?, _ high: Int128?) -> Int128? {
        let first = low.map { $0 + 1 } ?? lowest
        let last = high.map { $0 - 1 } ?? highest
        guard first <= last else { return nil }
        // 1 January 2000 where any day will do.
        let usual: Int128 = kind == .date ? 10_957 : kind == .dateTime ? 10_957 * Counting.day : 0
        if low == nil && high == nil || kind != .date && kind != .dateTime && first <= usual && usual <= last { return usual }
        for step in steps {
            if low == nil {
                let count = Counting.floored(last, by: step) * step
                if count >= first { return count }
            } else {
                let count = (Counting.floored(first - 1, by: step) + 1) * step
                if count <= last { return count }
            }
        }
        return first
    }
}

/// Readable numbers and texts between others.
enum Samples {
    static func number(_ low: Decimal128?, _ high: Decimal128?) -> Decimal128? {
        func isInside(_ number: Decimal128) -> Bool { (low.map { $0 < number } ?? true) && (high.map { number < $0 } ?? true) }
        var candidates: [Decimal128?] = [0]
        if let low, !low.isNegative || high == nil { candidates += [low.floor.adding(1), low.multiplied(by: 2)] }
        if let high, high.isNegative || low == nil { candidates += [high.ceiling.subtracting(1), high.multiplied(by: 2)] }
        if let low, let high {
            // From the difference, which is exact where the two are close.
            let half = high.subtracting(low)?.divided(by: 2)
            candidates += [low.adding(1), half.flatMap { low.adding($0) }]
        }
        candidates += [Decimal128.greatest, -Decimal128.greatest]
        for case let number? in candidates where isInside(number) { return number }
        return nil
    }

    static func text(_ low: String?, _ high: String?) -> String? {
        let start = low ?? ""
        // The text itself with a null character behind it comes next after any text.
        let candidates = (low == nil ? [""] : []) + [start + "a", start + " ", start + "\u{1}", start + "\u{0}"]
        return candidates.first { text in
            (low.map { Axis.precedes($0, text) } ?? true) && (high.map { Axis.precedes(text, $0) } ?? true)
        }
    }

    static func text(otherThan texts: [String]) -> String {
        var text = "other"
        var count = 1
        while texts.contains(where: { $0.utf8.elementsEqual(text.utf8) }) {
            count += 1
            text = "other \(count)"
        }
        return text
    }
}
