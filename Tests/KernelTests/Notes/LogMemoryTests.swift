import Kernel
import Testing

@Suite("What a reader has kept of the log") struct LogMemoryTests {
    private static let leaves = (0..<40).map { Merkle.leafHash([UInt8($0)]) }

    private static func checkpoint(_ size: Int, origin: String = "istmo.example/log", of leaves: [Digest] = leaves) -> CheckpointVerdict {
        .signed(Checkpoint(origin: origin, size: UInt64(size), root: Merkle.root(Array(leaves.prefix(size))))!)
    }

    private static func proof(_ old: Int, _ new: Int, of leaves: [Digest] = leaves) -> [Digest]? {
        Merkle.consistencyProof(from: UInt64(old), to: UInt64(new), { (level: Int, index: UInt64) in
            Tiles.hash(level: level, index: index) { (_, _) -> [Digest]? in leaves }
        })
    }

    private let kept = LogMemory(origin: "istmo.example/log", size: 11, root: Merkle.root(Array(leaves.prefix(11))), count: 3)

    @Test func `a log that only grew is the kept one`() {
        for size in 11...40 {
            let found = kept.compared(with: Self.checkpoint(size), count: 3 + size, consistency: Self.proof(11, size))
            #expect(found == .kept, "\(size)")
        }
        // Without the proof nothing is said but that one is needed.
        #expect(kept.compared(with: Self.checkpoint(12), count: 3, consistency: nil) == .unproven)
        #expect(kept.compared(with: Self.checkpoint(11), count: 3, consistency: nil) == .kept)
    }

    @Test func `a shorter log, a changed one, fewer entries and another name are told apart`() {
        var changed = Self.leaves
        changed[4] = Merkle.leafHash([200])
        #expect(kept.compared(with: Self.checkpoint(10), count: 9, consistency: nil) == .shrunk)
        #expect(kept.compared(with: .none, count: 3, consistency: nil) == .shrunk)
        #expect(kept.compared(with: Self.checkpoint(20), count: 2, consistency: Self.proof(11, 20)) == .fewer)
        #expect(kept.compared(with: Self.checkpoint(11, of: changed), count: 3, consistency: nil) == .forked)
        for size in 12...40 {
            // Neither the changed log's own proof nor the true one leads from the kept root to the changed tree; nor does none.
            for proof in [Self.proof(11, size, of: changed), Self.proof(11, size), []] {
                #expect(kept.compared(with: Self.checkpoint(size, of: changed), count: 3, consistency: proof) == .forked, "\(size)")
            }
        }
        #expect(kept.compared(with: Self.checkpoint(20, origin: "other.example/log"), count: 3, consistency: Self.proof(11, 20)) == .otherLog)
        #expect(kept.compared(with: .forged, count: 3, consistency: Self.proof(11, 20)) == .unproven)
    }

    @Test func `it is kept as JSON, and anything else is not taken`() throws {
        #expect(LogMemory(kept.json) == kept)
        for broken in [
            #"{}"#, #"{"origin":"a","size":11,"root":"AA==","count":3}"#, #"{"origin":"a","size":"11","root":"AA==","count":3}"#,
            #"{"origin":"a","size":"-1","root":"\#(Base64.encode(kept.root.bytes))","count":3}"#,
            #"{"origin":"a","size":"1","root":"\#(Base64.encode(kept.root.bytes))","count":-3}"#,
        ] { #expect(try LogMemory(JSON.parse(broken)) == nil, "\(broken)") }
    }
}
