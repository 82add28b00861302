import Audit
import Kernel
import Storage
import Testing

@Suite("The log's verification") struct VerificationTests {
    /// 700 entries, two chunks, three waiting.
    static func filled() async throws -> AuditFixture {
        let fixture = try AuditFixture()
        for round in 0..<7 { try await fixture.append((0..<100).map { "p\(($0 + round) % 60)" }) }
        try await fixture.appendChunk((0..<300).map { "p\($0)" })
        try await fixture.settle()
        try await fixture.appendChunk((0..<30).map { "q\($0)" })
        try await fixture.settle()
        try await fixture.append(["p1", "p2", AuditLog.house])
        return fixture
    }

    @Test func `a sound log is sound`() async throws {
        let report = try await Self.filled().verify()
        #expect(report.faults == [])
        #expect((report.entries, report.waiting, report.lines, report.people) == (705, 3, 1035, 330))
        #expect((report.treeSize, report.checkpoints) == (702, 3))
    }

    @Test(arguments: [
        ("a changed payload", "UPDATE audit_entries SET payload = CAST(replace(CAST(payload AS TEXT), '\"v\":2', '\"v\":3') AS BLOB) WHERE id = 300", "entry 300 is no canonical"),
        ("a changed word", "UPDATE audit_entries SET payload = CAST(replace(CAST(payload AS TEXT), 'service', 'fishing') AS BLOB) WHERE id = 300", "bundle 1 "),
        ("a changed word in an unfinished tile", "UPDATE audit_entries SET payload = CAST(replace(CAST(payload AS TEXT), 'service', 'fishing') AS BLOB) WHERE id = 650", "tile 0/2 "),
        ("a changed nonce", "UPDATE audit_entries SET nonce = zeroblob(32) WHERE id = 5", "tile 0/0 "),
        ("a missing entry", "DELETE FROM audit_entries WHERE id = 400", "the entry at place 399 is missing"),
        ("another entry's nonce", "UPDATE audit_entries SET nonce = (SELECT nonce FROM audit_entries WHERE id = 501) WHERE id = 500", "bundle 1 "),
        ("a missing line", "DELETE FROM audit_lines WHERE person = 'p7' AND n = 3", "the numbers of one person have a gap"),
        ("a missing last line", "DELETE FROM audit_lines WHERE person = 'p7' AND n = (SELECT max(n) FROM audit_lines WHERE person = 'p7')", "is not found under the person"),
        ("a line too many", "INSERT INTO audit_lines (person, n, entry) VALUES ('zz', 1, 5)", "the entries account for 1035"),
        ("a number that is not 1", "INSERT INTO audit_lines (person, n, entry) VALUES ('zz', 2, 5)", "have a gap"),
        ("a line that points elsewhere", "UPDATE audit_lines SET entry = 3 WHERE person = 'p9' AND n = 2", "is not found under the person"),
        ("a changed tile", "UPDATE audit_tiles SET bytes = zeroblob(8192) WHERE level = 0 AND tile = 0", "tile 0/0 "),
        ("a changed upper tile", "UPDATE audit_tiles SET bytes = zeroblob(64) WHERE level = 1", "tile 1/0 "),
        ("a changed bundle", "UPDATE audit_tiles SET bytes = zeroblob(300) WHERE level = -1 AND tile = 2", "bundle 2 "),
        ("a changed checkpoint", "UPDATE audit_checkpoints SET note = replace(note, 'istmo.example/log' || char(10), 'istmo.example/lag' || char(10)) WHERE size = 702", "checkpoint of size 702 is not signed"),
        ("a checkpoint moved", "UPDATE audit_checkpoints SET size = 700 WHERE size = 701", "checkpoint of size 700 signs another tree"),
        ("a signed tree that is gone", "UPDATE audit_tree SET count = 650", "more than the 650 stored leaves"),
        ("a tree without entries", "UPDATE audit_tree SET count = 800", "the entry at place 705 is missing"),
        ("a chunk's secret", "UPDATE audit_entries SET line_secret = zeroblob(32) WHERE id = 701", "the lines of entry 701"),
        ("a chunk's people", "UPDATE audit_entries SET line_people = NULL WHERE id = 701", "entry 701 has lines and keeps no people"),
    ]) func `what was changed behind the program's back is found`(_ what: String, _ sql: String, _ expected: String) async throws {
        let fixture = try await Self.filled()
        try await fixture.tamper(sql)
        let report = try fixture.verify()
        #expect(report.faults.contains { $0.contains(expected) }, "\(what): \(report.faults)")
    }

    @Test func `a log signed with a stranger's key is found`() async throws {
        let fixture = try await Self.filled()
        let stranger = try #require(LogKey(origin: AuditFixture.origin, seed: [UInt8](repeating: 1, count: 32)))
        let report = try fixture.verify(keys: [stranger.noteKey])
        #expect(report.faults.count { $0.contains("not signed with the log's key") } == 3)
    }

    @Test func `it runs beside a working log`() async throws {
        let fixture = try await Self.filled()
        let writing = Task {
            for round in 0..<200 {
                try await fixture.append(["p\(round % 5)", "new\(round)"])
                if round % 20 == 0 { try await fixture.settle() }
            }
        }
        for _ in 0..<5 { #expect(try fixture.verify().faults == []) }
        try await writing.value
        try await fixture.settle()
        let report = try fixture.verify()
        #expect(report.faults == [])
        #expect(report.treeSize == 1105)
    }
}
