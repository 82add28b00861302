import Audit
import Kernel
import Storage
import Testing

@Suite("The log at a glance") struct AuditSummaryTests {
    @Test func `entries since a time are counted, however many there are`() async throws {
        let fixture = try AuditFixture()
        for _ in 0..<50 { try await fixture.append(["a"]) }
        fixture.advance(milliseconds: 60_000)
        let since = fixture.clock.now()
        #expect(try await Self.count(fixture, since: since) == 0)
        for count in 1...20 {
            try await fixture.append(["b", "a"])
            #expect(try await Self.count(fixture, since: since) == count)
        }
        #expect(try await Self.count(fixture, since: Instant(seconds: 0)) == 70)
        for _ in 0..<11 { try await fixture.append(Array(repeating: "a", count: 100)) }
        #expect(try await Self.count(fixture, since: since) == 1_120)
        fixture.advance(milliseconds: 60_000)
        #expect(try await Self.count(fixture, since: fixture.clock.now()) == 0)
        #expect(try await Self.count(fixture, since: since, about: "nobody") == 0)
    }

    @Test(arguments: [-3_600_000, -86_400_000, 5]) func `a clock that went back for a while and was put right again hides nothing`(step: Int64) async throws {
        let fixture = try AuditFixture()
        for _ in 0..<100 { try await fixture.append(["a"]) }
        fixture.advance(milliseconds: 7_200_000)
        let since = fixture.clock.now()
        for _ in 0..<60 { try await fixture.append(["a"]) }
        fixture.advance(milliseconds: step)
        for _ in 0..<3 { try await fixture.append(["a"]) }
        fixture.advance(milliseconds: 86_400_000)
        for _ in 0..<3 { try await fixture.append(["a"]) }
        // What was written after the first entry of the time was written in it, whatever the clock said.
        #expect(try await Self.count(fixture, since: since) == 66)
    }

    @Test func `where times contradict the numbers, the newest are looked at one by one`() async throws {
        let fixture = try AuditFixture()
        let since = fixture.clock.now().adding(milliseconds: 3_600_000)
        // Before the time; far ahead, by a clock that was wrong; in the time.
        for (count, step) in [(99, 0), (190, 14_400_000), (11, -7_200_000)] as [(Int, Int64)] {
            fixture.advance(milliseconds: step)
            try await fixture.append(Array(repeating: "a", count: count))
        }
        #expect(try await Self.count(fixture, since: since) == 201)
        // A number that is missing where one looks is a contradiction too.
        let gap = try AuditFixture()
        try await gap.append(Array(repeating: "a", count: 10))
        try await gap.tamper("DELETE FROM audit_lines WHERE n = 8")
        #expect(try await Self.count(gap, since: Instant(seconds: 0)) == 9)
    }

    static func count(_ fixture: AuditFixture, since: Instant, about person: String = "a") async throws -> Int {
        try await fixture.store.write { (transaction: borrowing Transaction) in
            try AuditLog.count(about: person, since: since, in: transaction)
        }
    }

    @Test func `the size tells placed from waiting entries, and the newest are read back as they were written`() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(["a", "b", "c"], "case.submit")
        try await fixture.settle()
        try await fixture.append(["a", "b"], "document.show")
        let (size, newest) = try await fixture.store.write { (transaction: borrowing Transaction) in
            (try AuditLog.size(in: transaction), try AuditLog.newest(3, in: transaction))
        }
        #expect((size.entries, size.waiting) == (5, 2))
        #expect(newest.map { $0.action } == ["document.show", "document.show", "case.submit"])
        var written = fixture.entry("document.show", records: [.init(register: "person", record: "r-1", fields: ["name", "born"])])
        written.at = newest[0].at
        #expect(newest[0] == written)
        let log = PublicLog(fixture.store.publicView)
        #expect(try await log.origin() == AuditFixture.origin)
        #expect(try await log.signedAt() == fixture.clock.now())
    }

    @Test func `every public query of the log reads public tables`() async throws {
        let fixture = try AuditFixture()
        for query in PublicLog.queries {
            let values: [SQLValue] = query.sql.contains("$2") ? [0, 0] : []
            #expect(try await fixture.store.publicView.query(query, values).isEmpty)
        }
        await #expect(throws: StatementForbidden.self) {
            try await fixture.store.publicView.query(PublicQuery("thief", tables: ["audit_entries"], sql: "SELECT payload FROM audit_entries"))
        }
    }
}
