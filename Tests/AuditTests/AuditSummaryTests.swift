import Audit
import Kernel
import Storage
import Testing

@Suite("The log at a glance") struct AuditSummaryTests {
    @Test func `entries since a time are counted, over many pages and up to a limit`() async throws {
        let fixture = try AuditFixture()
        for _ in 0..<50 { try await fixture.append(["a"]) }
        fixture.advance(milliseconds: 60_000)
        let since = fixture.clock.now()
        #expect(try await Self.count(fixture, since: since) == 0)
        for _ in 0..<70 { try await fixture.append(["b", "a"]) }
        #expect(try await Self.count(fixture, since: since) == 70)
        #expect(try await Self.count(fixture, since: since, limit: 40) == 40)
        #expect(try await Self.count(fixture, since: Instant(seconds: 0)) == 120)
    }

    static func count(_ fixture: AuditFixture, since: Instant, limit: Int = 1000) async throws -> Int {
        try await fixture.store.write { (transaction: borrowing Transaction) in
            try AuditLog.count(about: "a", since: since, limit: limit, in: transaction)
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
