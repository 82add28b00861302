import Audit
import Kernel
import Storage
import Testing

@Suite("The audit log") struct AuditLogTests {
    @Test func `a payload is canonical JSON that names person and number`() async throws {
        // Audit-6
        let fixture = try AuditFixture()
        let receipts = try await fixture.append(["8-1-1", "8-1-1", "PE-2-ñ\u{1}"])
        for receipt in receipts {
            let json = try JSON.parse(receipt.payload)
            #expect(json.canonicalBytes == receipt.payload)
            #expect(json["person"]?.string == receipt.person)
            #expect(json["n"]?.int == receipt.number)
        }
        #expect(String(decoding: receipts[1].payload, as: UTF8.self) == """
            {"action":"document.show","actor":{"body":"registro","id":"o-17","kind":"officer","name":"Marta \\"la justa\\" Ríos","role":"registro/clerk"},\
            "at":"2026-09-21T14:13:20Z","case":"EI-2026-00001","law":"Ley 47 de 2013, art. 5","n":2,"outcome":"done","person":"8-1-1",\
            "purpose":"service","records":[{"fields":["name","born"],"record":"r-1","register":"person"}],"v":2}
            """)
    }

    @Test func `a leaf is what the design says, byte for byte`() {
        let nonce = [UInt8](repeating: 1, count: 32)
        let (payload, older) = (Array(#"{"n":1,"v":2}"#.utf8), Array(#"{"n":1,"v":1}"#.utf8))
        #expect(AuditLeaf.entry(nonce: nonce, payload: payload) == Array("dovira-entry-v2".utf8) + SHA256.hash(nonce + payload).bytes)
        #expect(AuditLeaf.entry(nonce: nonce, payload: older) == Array("dovira-entry-v1".utf8) + nonce + SHA256.hash(older).bytes)
        #expect(AuditLeaf.line(nonce: nonce, person: "8-\"1", number: 3) == Array("dovira-line-v1".utf8) + nonce + Array(#"{"n":3,"person":"8-\"1"}"#.utf8))
        #expect(AuditLeaf.lineNonce(secret: nonce, position: 0x0102_0304) == SHA256.hash(nonce + [1, 2, 3, 4]).bytes)
    }

    @Test(arguments: [0, 12, 44, 45, 200])
    func `an entry's mark is the HMAC over nonce and payload, whatever the secret's length`(_ length: Int) {
        let (secret, nonce, payload) = ([UInt8](repeating: 0xa5, count: length), [UInt8](0..<32), Array("{}".utf8))
        let code = HMACSHA256.code(nonce + payload, key: Array("dovira-entry-mark-v1".utf8) + secret).bytes
        let mark = EntryMark(secret: secret)
        // Twice, for the prepared states are not used up.
        #expect(mark.code(payload: payload, nonce: nonce) == code)
        #expect(mark.code(payload: payload, nonce: nonce) == code)
    }

    @Test func `each person's numbers run from 1, whatever else is rolled back`() async throws {
        // Audit-1, Audit-2
        struct Broken: Error {}
        let fixture = try AuditFixture()
        let (entry, pen) = (fixture.entry(), fixture.pen)
        for round in 0..<20 {
            let fails = round % 3 == 1
            let outcome = await Result { () async throws in
                try await fixture.store.write { (transaction: borrowing Transaction) in
                    try AuditLog.append(entry, about: "a", pen: pen, in: transaction)
                    try AuditLog.append(entry, about: "b\(round % 2)", pen: pen, in: transaction)
                    if fails { throw Broken() }
                }
            }
            #expect((try? outcome.get()) == nil ? fails : !fails)
        }
        try await fixture.settle()
        let report = try fixture.verify()
        #expect(report.faults == [])
        #expect((report.entries, report.lines, report.people, report.treeSize) == (26, 26, 3, 26))
        let (proof, _) = try await fixture.history("a")
        #expect(proof.entries.map { $0.number } == Array((1...13).reversed()))
    }

    @Test func `a history is proven whole`() async throws {
        let fixture = try AuditFixture()
        for round in 0..<300 { try await fixture.append(["8-1-\(round % 7)"]) }
        try await fixture.settle()
        let (proof, records) = try await fixture.history("8-1-3")
        #expect(records.count == 43)
        #expect(records.first?.entry?["purpose"]?.string == "service")
        let verdict = fixture.verdict(proof, person: "8-1-3")
        #expect(verdict.isComplete)
        #expect((verdict.first, verdict.last, verdict.missing) == (1, 43, nil))
        let json = try JSON.parse(proof.json.text)
        #expect(HistoryProof(json) == proof)
    }

    @Test func `an entry without a place is pending, and has one after the next pass`() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(["a"])
        #expect(fixture.verdict(try await fixture.history("a").proof, person: "a").entries == [.pending])
        try await fixture.settle()
        try await fixture.append(["a"])
        #expect(fixture.verdict(try await fixture.history("a").proof, person: "a").entries == [.pending, .included])
        // It has a place and no checkpoint covers it yet.
        let pass = try await fixture.sequencer().pass()
        #expect((pass.numbered, pass.signed) == (1, nil))
        let (proof, records) = try await fixture.history("a")
        #expect(records.first?.index == 1)
        #expect(fixture.verdict(proof, person: "a").entries == [.pending, .included])
        try await fixture.settle()
        #expect(fixture.verdict(try await fixture.history("a").proof, person: "a").isComplete)
    }

    @Test func `a page of a history is gapless without being complete`() async throws {
        let fixture = try AuditFixture()
        for _ in 0..<5 { try await fixture.append(["a"]) }
        try await fixture.settle()
        let (proof, _) = try await fixture.history("a", limit: 2)
        let verdict = fixture.verdict(proof, person: "a")
        #expect(verdict.isGapless)
        #expect(!verdict.isComplete)
        #expect((verdict.first, verdict.last, verdict.missing) == (4, 5, 1))
        let record = try await fixture.store.write { (transaction: borrowing Transaction) in
            (try AuditLog.record(about: "a", number: 2, in: transaction)?.number, try AuditLog.record(about: "a", number: 6, in: transaction)?.number,
             try AuditLog.record(about: "a", number: 0, in: transaction)?.number)
        }
        #expect(record == (2, nil, nil))
    }

    @Test func `a chunk stands in the house journal once and with each person by a line`() async throws {
        // Audit-7
        let fixture = try AuditFixture()
        try await fixture.append(["p5"])
        let receipt = try await fixture.appendChunk((0..<1000).map { "p\($0 % 990)" })
        #expect((receipt.person, receipt.number) == (AuditLog.house, 1))
        try await fixture.settle()
        for (person, count) in [("p5", 3), ("p700", 1), ("p989", 1), (AuditLog.house, 1)] {
            let (proof, records) = try await fixture.history(person)
            #expect(records.count == count)
            #expect(records.first?.isBulk == (person != AuditLog.house))
            #expect(fixture.verdict(proof, person: person).isComplete)
            #expect(HistoryProof(try JSON.parse(proof.json.text)) == proof)
            #expect(!proof.json.text.contains("p700") || person == "p700")
        }
        let report = try fixture.verify()
        #expect(report.faults == [])
        #expect((report.entries, report.lines, report.people) == (2, 1002, 990))
    }
}

extension Result where Failure == any Error, Success: Sendable {
    init(_ body: () async throws -> Success) async {
        do { self = .success(try await body()) } catch { self = .failure(error) }
    }
}
