import Audit
import Kernel
import Storage
import Testing

@Suite("Proofs of lines in entries about many") struct ChunkProofTests {
    @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 129, 200, 1_000])
    func `every line is proven, the first time and again`(count: Int) async throws {
        let fixture = try AuditFixture()
        let people = (0..<count).map { "person-\($0)" }
        try await fixture.appendChunk(people)
        try await fixture.settle()
        let places = count <= 129 ? Array(0..<count) : [0, 1, 62, 63, 64, 127, 128, 191, count - 2, count - 1]
        for place in places + places.prefix(3) {
            let (proof, _) = try await fixture.history(people[place])
            let line = try #require(proof.entries.first?.line)
            #expect(line.position == UInt64(place))
            #expect(fixture.verdict(proof, person: people[place]).isComplete, "\(count) lines, line \(place)")
            // Her line proves nothing about somebody else.
            #expect(!fixture.verdict(proof, person: "somebody").isComplete)
        }
    }
}
