import Foundation
import Kernel
import Testing

@Suite("Time zones") struct TimeZoneRulesTests {
    private static let folder = "/usr/share/zoneinfo"

    private func rules(_ name: String) throws -> TimeZoneRules {
        try TimeZoneRules(tzif: [UInt8](try Data(contentsOf: URL(filePath: Self.folder + "/" + name))))
    }

    @Test(
        .enabled(if: FileManager.default.fileExists(atPath: folder), "the machine has no time zone database"),
        arguments: [
            "America/Panama", "Europe/Kyiv", "Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca", "America/Sao_Paulo",
            "Pacific/Apia", "Europe/Dublin", "America/Nuuk", "Asia/Gaza", "Africa/Cairo", "UTC",
        ])
    func `offsets agree with Foundation`(name: String) throws {
        let ours = try rules(name), theirs = try #require(TimeZone(identifier: name))
        // From 1900 to 2037 in steps that meet every hour of the day and every day of the year.
        for seconds in stride(from: Int64(-2_208_988_800), to: 2_145_916_800, by: 39_607 * 7) {
            let expected = theirs.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
            #expect(ours.offset(at: Instant(seconds: seconds)) == expected, "\(Instant(seconds: seconds).rfc3339)")
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder), "the machine has no time zone database"))
    func `the rule of the footer holds after the last listed change`() throws {
        let newYork = try rules("America/New_York")
        func offset(_ text: String) throws -> Int { newYork.offset(at: try #require(Instant(rfc3339: text))) }
        #expect(try offset("2090-03-12T06:59:59Z") == -18_000)
        #expect(try offset("2090-03-12T07:00:00Z") == -14_400)
        #expect(try offset("2090-11-05T05:59:59Z") == -14_400)
        #expect(try offset("2090-11-05T06:00:00Z") == -18_000)
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: folder), "the machine has no time zone database"))
    func `wall and instant lead back to each other, in gaps and overlaps too`() throws {
        let kyiv = try rules("Europe/Kyiv")
        let day = try #require(CalendarDate("2026-07-01"))
        #expect(kyiv.instant(of: day, hour: 12).rfc3339 == "2026-07-01T09:00:00Z")
        #expect(kyiv.date(at: kyiv.instant(of: day)) == day)
        // Set forward on 29 March from 03:00 to 04:00; set back on 25 October from 04:00 to 03:00.
        let spring = try #require(CalendarDate("2026-03-29")), autumn = try #require(CalendarDate("2026-10-25"))
        #expect(kyiv.instant(of: spring, hour: 2, minute: 59).rfc3339 == "2026-03-29T00:59:00Z")
        #expect(kyiv.instant(of: spring, hour: 3, minute: 30).rfc3339 == "2026-03-29T01:30:00Z")
        #expect(kyiv.instant(of: spring, hour: 4).rfc3339 == "2026-03-29T01:00:00Z")
        #expect(kyiv.instant(of: autumn, hour: 3, minute: 30).rfc3339 == "2026-10-25T00:30:00Z")
        #expect(kyiv.instant(of: autumn, hour: 4).rfc3339 == "2026-10-25T02:00:00Z")
        for hour in stride(from: 0, to: 24 * 365 * 3, by: 5) {
            let instant = Instant(seconds: 1_790_000_000 / 3600 * 3600 + Int64(hour) * 3600)
            let (date, h, m, s) = kyiv.civil(at: instant)
            let back = kyiv.instant(of: date, hour: h, minute: m, second: s)
            #expect(back == instant || back.adding(seconds: 3600) == instant)
        }
    }

    @Test func `UTC is the wall at Greenwich`() throws {
        let instant = try #require(Instant(rfc3339: "2026-11-24T23:59:58.900Z"))
        let (date, hour, minute, second) = TimeZoneRules.utc.civil(at: instant)
        #expect(date.text == "2026-11-24")
        #expect([hour, minute, second] == [23, 59, 58] as [Int])
        #expect(TimeZoneRules.utc.instant(of: date, hour: 23, minute: 59, second: 58).milliseconds == instant.seconds * 1000)
        #expect(TimeZoneRules.utc.date(at: Instant(milliseconds: -1)).text == "1969-12-31")
    }

    /// A version 2 file of one type, without transitions, with this footer.
    private func file(footer: String) -> [UInt8] {
        func block(_ version: UInt8) -> [UInt8] {
            Array("TZif".utf8) + [version] + [UInt8](repeating: 0, count: 15) + [0, 0, 0, 0] + [0, 0, 0, 0] + [0, 0, 0, 0] + [0, 0, 0, 0]
                + [0, 0, 0, 1] + [0, 0, 0, 4] + [0, 0, 0, 0, 0, 0] + Array("UTC\0".utf8)
        }
        return block(0x32) + block(0x32) + [0x0A] + Array(footer.utf8) + [0x0A]
    }

    @Test(arguments: [
        ("<-03>3", "2026-01-01T00:00:00Z", -10_800), ("<+0545>-5:45", "2026-01-01T00:00:00Z", 20_700), ("EST5EDT,M3.2.0,M11.1.0", "2026-07-01T00:00:00Z", -14_400),
        ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z", 0), ("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 3600),
        ("AAA0BBB,J60,J300", "2024-02-29T12:00:00Z", 0), ("AAA0BBB,J60,J300", "2024-03-01T12:00:00Z", 3600), ("AAA0BBB,59,300", "2024-02-29T12:00:00Z", 3600),
        ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -7200), ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -3600), ("", "2026-03-29T01:00:00Z", 0),
    ])
    func `footers mean what they say`(footer: String, at: String, offset: Int) throws {
        let rules = try TimeZoneRules(tzif: file(footer: footer))
        #expect(rules.offset(at: try #require(Instant(rfc3339: at))) == offset)
    }

    @Test(arguments: ["5", "EST", "EST5EDT", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "<EST5", "EST25", "EST5EDT,J0,J1", "EST5x"])
    func `a footer that is no rule is refused`(footer: String) {
        #expect(throws: TimeZoneRules.Fault.badFooter) { try TimeZoneRules(tzif: file(footer: footer)) }
    }

    @Test func `damaged files are refused and never crash`() throws {
        let whole = file(footer: "EST5EDT,M3.2.0,M11.1.0")
        _ = try TimeZoneRules(tzif: whole)
        for length in 0..<whole.count { #expect(throws: TimeZoneRules.Fault.self) { try TimeZoneRules(tzif: Array(whole[..<length])) } }
        let random = Randomness.seeded(31)
        for _ in 0..<20_000 {
            var bytes = whole
            let dice = random.bytes(6)
            bytes[Int(dice[0]) % bytes.count] = dice[1]
            bytes[Int(dice[2]) % bytes.count] = dice[3]
            if let rules = try? TimeZoneRules(tzif: bytes) { _ = rules.offset(at: Instant(seconds: Int64(dice[4]) << 24)) }
        }
    }
}
