/// Dates, times and durations.
///
/// **Standard**: RFC 3339 section 5.6 and appendix A.
enum TimeFormats {
    private static func digits(_ bytes: Span<UInt8>, _ start: Int, _ count: Int) -> Int? {
        guard start + count <= bytes.count else { return nil }
        var value = 0
        for index in start..<(start + count) {
            let digit = bytes[index] &- 0x30
            guard digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    static func isDate(_ bytes: Span<UInt8>) -> Bool { bytes.count == 10 && isDate(bytes, from: 0) }

    private static func isDate(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        guard let year = digits(bytes, start, 4), let month = digits(bytes, start + 5, 2), let day = digits(bytes, start + 8, 2),
            bytes[start + 4] == 0x2D, bytes[start + 7] == 0x2D, (1...12).contains(month), day >= 1
        else { return false }
        switch month {
        case 4, 6, 9, 11: return day <= 30
        case 2: return day <= (year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28)
        default: return day <= 31
        }
    }

    static func isTime(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        guard let hour = digits(bytes, start, 2), let minute = digits(bytes, start + 3, 2), let second = digits(bytes, start + 6, 2),
            bytes[start + 2] == 0x3A, bytes[start + 5] == 0x3A, hour < 24, minute < 60, second <= 60
        else { return false }
        var place = start + 8
        if place < bytes.count, bytes[place] == 0x2E {
            place += 1
            let first = place
            while place < bytes.count, bytes[place] &- 0x30 < 10 { place += 1 }
            guard place > first else { return false }
        }
        guard place < bytes.count else { return false }
        var offset = 0
        switch bytes[place] {
        case 0x5A, 0x7A:
            guard place + 1 == bytes.count else { return false }
        case 0x2B, 0x2D:
            guard place + 6 == bytes.count, let hours = digits(bytes, place + 1, 2), let minutes = digits(bytes, place + 4, 2),
                bytes[place + 3] == 0x3A, hours < 24, minutes < 60
            else { return false }
            offset = (hours * 60 + minutes) * (bytes[place] == 0x2B ? 1 : -1)
        default: return false
        }
        // A leap second is the last of a day in UTC.
        return second < 60 || (hour * 60 + minute - offset + 2880) % 1440 == 1439
    }

    static func isDateTime(_ bytes: Span<UInt8>) -> Bool {
        bytes.count >= 20 && bytes[10] | 0x20 == 0x74 && isDate(bytes, from: 0) && isTime(bytes, from: 11)
    }

    /// `P` with weeks alone, or years, months and days without gaps, then `T` with hours, minutes and seconds without gaps.
    static func isDuration(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count >= 3, bytes[0] == 0x50 else { return false }
        var place = 1
        var last = -1
        var isTime = false
        while place < bytes.count {
            if bytes[place] == 0x54 {
                guard !isTime, place + 1 < bytes.count else { return false }
                isTime = true
                last = -1
                place += 1
                continue
            }
            let first = place
            while place < bytes.count, bytes[place] &- 0x30 < 10 { place += 1 }
            guard place > first, place < bytes.count else { return false }
            let rank: Int
            switch (isTime, bytes[place]) {
            case (false, 0x59), (true, 0x48): rank = 0
            case (_, 0x4D): rank = 1
            case (false, 0x44), (true, 0x53): rank = 2
            case (false, 0x57): return first == 1 && place + 1 == bytes.count
            default: return false
            }
            guard last < 0 || rank == last + 1 else { return false }
            last = rank
            place += 1
        }
        return true
    }
}
