import Audit
import HouseTesting
import Kernel
import Storage
import Testing

@Suite("The log's sequencer") struct SequencerTests {
    @Test func `an empty log signs its emptiness once`() async throws {
        let fixture = try AuditFixture()
        #expect(try await PublicLog(fixture.store.publicView).checkpoint() == nil)
        #expect(try await fixture.settle() == 0)
        #expect(try await fixture.settle() == nil)
        let text = try #require(try await PublicLog(fixture.store.publicView).checkpoint())
        let note = try #require(SignedNote(text))
        // The signing's number and time stand in the note, so neither can be changed afterwards.
        let signing = "dovira-signing 1 \(fixture.clock.now().adding(milliseconds: -1000).milliseconds)"
        #expect(Checkpoint(noteText: note.text) == Checkpoint(origin: AuditFixture.origin, size: 0, root: Merkle.emptyRoot, extensions: [signing]))
        #expect(try fixture.verify().faults == [])
    }

    @Test func `a checkpoint comes at most once a second, only with something new, and also after the clock was set back`() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(["a"])
        #expect(try await fixture.sequencer().pass().signed == 1)
        try await fixture.append(["a"])
        fixture.advance(milliseconds: 999)
        let early = try await fixture.sequencer().pass()
        #expect((early.numbered, early.signed) == (1, nil))
        fixture.advance(milliseconds: 1)
        let due = try await fixture.sequencer().pass()
        #expect((due.numbered, due.signed) == (0, 2))
        fixture.advance(milliseconds: 5000)
        #expect(try await fixture.sequencer().pass().signed == nil)
        fixture.advance(milliseconds: -3_600_000)
        try await fixture.append(["a"])
        #expect(try await fixture.sequencer().pass().signed == 3)
    }

    @Test func `every signed tree extends the one before, and its tiles are served at every width`() async throws {
        // Audit-3, Audit-5
        let fixture = try AuditFixture()
        var (sizes, roots): ([UInt64], [Digest]) = ([], [])
        var served: [TilePath: [UInt8]] = [:]
        let log = PublicLog(fixture.store.publicView)
        for round in 0..<40 {
            try await fixture.append((0..<17).map { "p\($0)" })
            fixture.advance(milliseconds: 1000)
            let size = try #require(try await fixture.sequencer(entriesPerPass: round % 2 == 0 ? 1000 : 9).pass().signed)
            let text = try #require(try await log.checkpoint())
            let note = try #require(SignedNote(text))
            let check = NoteCheck(note, keys: [fixture.key.noteKey])
            #expect(check.verdict(check.signatureChecks.map { LogSignatures.verify($0) }) == .signed(by: [AuditFixture.origin]))
            let checkpoint = try #require(Checkpoint(noteText: note.text))
            #expect(checkpoint.size == size)
            if let old = sizes.last, let oldRoot = roots.last {
                let proof = try #require(try await log.consistencyProof(from: old, to: size))
                #expect(Merkle.verifyConsistency(old: old, oldRoot: oldRoot, new: size, newRoot: checkpoint.root, proof: proof))
            }
            sizes.append(size)
            roots.append(checkpoint.root)
            for level in 0...1 {
                let width = Tiles.width(level: level, index: (size - 1) >> UInt64(8 * (level + 1)), size: size)
                if width > 0, let path = TilePath(.hashes(level: level), index: (size - 1) >> UInt64(8 * (level + 1)), width: width) {
                    let bytes = try await log.resource(at: path)
                    served[path] = bytes
                    #expect(bytes != nil)
                }
            }
            let path = try #require(TilePath(.entries, index: (size - 1) / 256, width: Int((size - 1) % 256) + 1))
            let bytes = try await log.resource(at: path)
            served[path] = bytes
            #expect(bytes != nil)
        }
        for (path, bytes) in served { #expect(try await log.resource(at: path) == bytes, "\(path.text)") }
        for (text, bytes) in [("tile/0/000.p/255", 255 * 32), ("tile/0/005", nil), ("tile/9/000", nil)] {
            let path = try #require(TilePath(text))
            #expect(try await log.resource(at: path)?.count == bytes)
        }

        // A stranger with the tiles alone comes to the signed root.
        let size = try #require(sizes.last)
        var frontier = MerkleFrontier()
        for index in 0...(size - 1) / 256 {
            let width = Tiles.width(level: 0, index: index, size: size)
            let path = try #require(TilePath(.entries, index: index, width: width))
            let bundle = try #require(try await log.resource(at: path))
            for leaf in try #require(Tiles.entries(bundle)) {
                // The domain word and one hash: neither nonce nor the payload's own hash is public.
                #expect(leaf.count == 47 && leaf.starts(with: Array("dovira-entry-v2".utf8)))
                frontier.append(Merkle.leafHash(leaf))
            }
        }
        #expect(frontier.size == size)
        #expect(frontier.root == roots.last)
    }

    @Test func `a stop at any moment neither skips nor repeats a place`() async throws {
        // Audit-4
        let fixture = try AuditFixture()
        for round in 0..<30 {
            try await fixture.append((0...round % 5).map { "p\($0)" })
            if round % 4 == 1 { _ = try await fixture.sequencer(entriesPerPass: 3).pass() }
            if round % 4 == 3 { try await fixture.reopen() }
        }
        try await fixture.settle()
        let report = try fixture.verify()
        #expect(report.faults == [])
        #expect(report.treeSize == 90)
        #expect(report.waiting == 0)
    }

    @Test func `a pass that fails in the middle leaves nothing behind`() async throws {
        // Audit-4, Audit-5
        struct Cut: Error {}
        let fixture = try AuditFixture()
        try await fixture.append(["a", "b"])
        try await fixture.settle()
        // A row in the way of the next tile makes the pass fail after it has read its entries.
        try await fixture.append(["a"])
        try await fixture.tamper("UPDATE audit_tiles SET bytes = $1 WHERE level = 0", [.blob([1, 2, 3])])
        fixture.advance(milliseconds: 1000)
        await #expect(throws: AuditCorrupt.self) { try await fixture.sequencer().pass() }
        let (size, places) = try await fixture.store.write { (transaction: borrowing Transaction) in
            (try transaction.first("SELECT max(size) FROM audit_checkpoints")?.int(0), try transaction.first("SELECT count FROM audit_tree")?.int(0))
        }
        #expect((size, places) == (2, 2))
    }

    @Test func `it runs until it is cancelled, and a proof is there within seconds`() async throws {
        let fixture = try AuditFixture()
        try await fixture.append(["a"])
        let sequencer = fixture.sequencer()
        let task = Task { await sequencer.run(onFailure: { Issue.record($0) }) }
        #expect(try await eventually { fixture.verdict(try await fixture.history("a").proof, person: "a").isComplete })
        task.cancel()
        await task.value
    }
}
