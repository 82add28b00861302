/// The rules of one time zone, as a value: parsed from TZif bytes, so that no pure code asks the machine where it stands.
///
/// **Standard** RFC 9636 (TZif, versions 1 to 4); the footer is a POSIX `TZ` string with that document's extension.
public struct TimeZoneRules: Hashable, Sendable {
    /// What is wrong with the bytes.
    public enum Fault: Error, Hashable, Sendable {
        case notTZif, truncated, inconsistent, badFooter
    }

    private struct Transition: Hashable, Sendable {
        var at: Int64
        var offset: Int
    }

    /// Ascending in time.
    private var transitions: [Transition]
    private var initialOffset: Int
    private var footer: RecurringZone?

    /// Always zero.
    public static let utc = TimeZoneRules(transitions: [], initialOffset: 0, footer: nil)

    private init(transitions: [Transition], initialOffset: Int, footer: RecurringZone?) {
        self.transitions = transitions
        self.initialOffset = initialOffset
        self.footer = footer
    }

    /// Reads a file of the time zone database.
    public init(tzif bytes: [UInt8]) throws(Fault) {
        var reader = TZifReader(bytes: bytes)
        var header = try reader.header()
        var timeSize = 4
        if header.version >= 2 {
            try reader.skip(header.dataSize(timeSize: 4))
            header = try reader.header()
            timeSize = 8
        }
        guard header.types > 0 else { throw .inconsistent }
        var times: [Int64] = []
        for _ in 0..<header.times { times.append(try reader.integer(timeSize)) }
        var indices: [Int] = []
        for _ in 0..<header.times { indices.append(Int(try reader.byte())) }
        var offsets: [Int] = []
        for _ in 0..<header.types {
            offsets.append(Int(try reader.integer(4)))
            try reader.skip(2)
        }
        try reader.skip(header.characters + header.leaps * (timeSize + 4) + header.standards + header.universals)
        transitions = []
        for (time, index) in zip(times, indices) {
            guard index < offsets.count, transitions.last.map({ $0.at < time }) ?? true else { throw .inconsistent }
            guard abs(offsets[index]) < 93_600 else { throw .inconsistent }
            transitions.append(Transition(at: time, offset: offsets[index]))
        }
        initialOffset = offsets[0]
        footer = timeSize == 8 ? try reader.footer() : nil
    }

    /// Seconds to add to UTC at this moment.
    public func offset(at instant: Instant) -> Int {
        offset(seconds: instant.seconds)
    }

    /// The day on the wall at this moment.
    public func date(at instant: Instant) -> CalendarDate {
        civil(at: instant).date
    }

    /// Date and time on the wall at this moment.
    public func civil(at instant: Instant) -> (date: CalendarDate, hour: Int, minute: Int, second: Int) {
        let local = instant.seconds.addingSaturating(Int64(offset(at: instant)))
        let day = local.flooredQuotient(by: 86_400)
        let rest = Int(local - day * 86_400)
        return (CalendarDate(days: day), rest / 3600, rest / 60 % 60, rest % 60)
    }

    /// The moment at which the wall shows this date and time: the first of two where clocks are set back; where they are set forward over
    /// it, the moment that the offset before the change gives.
    public func instant(of date: CalendarDate, hour: Int = 0, minute: Int = 0, second: Int = 0) -> Instant {
        let local = date.secondsSinceEpoch + Int64(hour * 3600 + minute * 60 + second)
        // No zone is more than 26 hours from UTC, so these two offsets are those before and after any change near by.
        let before = Int64(offset(seconds: local - 93_600))
        let after = Int64(offset(seconds: local + 93_600))
        if offset(seconds: local - before) == Int(before) { return Instant(seconds: local - before) }
        if offset(seconds: local - after) == Int(after) { return Instant(seconds: local - after) }
        return Instant(seconds: local - before)
    }

    private func offset(seconds: Int64) -> Int {
        guard let last = transitions.last else { return footer?.offset(seconds: seconds) ?? initialOffset }
        if seconds >= last.at { return footer?.offset(seconds: seconds) ?? last.offset }
        var low = 0
        var high = transitions.count
        while low < high {
            let middle = (low + high) / 2
            if transitions[middle].at <= seconds { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? initialOffset : transitions[low - 1].offset
    }
}

private struct TZifReader {
    struct Header {
        var version: Int
        var universals, standards, leaps, times, types, characters: Int

        func dataSize(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + characters + leaps * (timeSize + 4) + standards + universals
        }
    }

    /// Far above any zone there is (New York has some 240 transitions), far below what would exhaust memory.
    private static let countMax = 100_000

    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func header() throws(TimeZoneRules.Fault) -> Header {
        guard bytes.count - position >= 44 else { throw bytes.count < 4 || position == 0 ? .notTZif : .truncated }
        guard bytes[position..<position + 4].elementsEqual([0x54, 0x5A, 0x69, 0x66]) else { throw .notTZif }
        let version = bytes[position + 4]
        position += 20
        var counts: [Int] = []
        for _ in 0..<6 {
            let count = Int(try integer(4))
            guard (0...Self.countMax).contains(count) else { throw .inconsistent }
            counts.append(count)
        }
        return Header(
            version: version >= 0x32 ? Int(version) - 0x30 : 1, universals: counts[0], standards: counts[1], leaps: counts[2],
            times: counts[3], types: counts[4], characters: counts[5])
    }

    mutating func byte() throws(TimeZoneRules.Fault) -> UInt8 {
        guard position < bytes.count else { throw .truncated }
        position += 1
        return bytes[position - 1]
    }

    /// A signed big-endian integer of 4 or 8 bytes.
    mutating func integer(_ size: Int) throws(TimeZoneRules.Fault) -> Int64 {
        var value: UInt64 = 0
        for _ in 0..<size { value = value << 8 | UInt64(try byte()) }
        return size == 4 ? Int64(Int32(truncatingIfNeeded: value)) : Int64(bitPattern: value)
    }

    mutating func skip(_ count: Int) throws(TimeZoneRules.Fault) {
        guard count <= bytes.count - position else { throw .truncated }
        position += count
    }

    mutating func footer() throws(TimeZoneRules.Fault) -> RecurringZone? {
        guard try byte() == 0x0A else { throw .badFooter }
        guard let end = bytes[position...].firstIndex(of: 0x0A) else { throw .truncated }
        let text = Array(bytes[position..<end])
        if text.isEmpty { return nil }
        guard let zone = RecurringZone(text) else { throw .badFooter }
        return zone
    }
}
