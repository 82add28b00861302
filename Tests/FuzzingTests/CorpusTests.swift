import Foundation
import Fuzzing
import HouseTesting
import Testing

@Suite("Readers of foreign bytes") struct CorpusTests {
    private static func seeds(_ name: String) throws -> [[UInt8]] {
        let url = Repository.root.appendingPathComponent("Fuzz/Corpus/\(name).jsonl")
        return try Seeds.read([UInt8](Data(contentsOf: url)))
    }

    @Test(arguments: FuzzTarget.all.map { $0.name }) func `no kept input crashes a reader or breaks its promises`(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let seeds = try Self.seeds(name)
        #expect(seeds.count >= 5)
        for seed in seeds {
            let finding = target.finding(seed)
            #expect(finding == nil, "\(String(decoding: seed.prefix(300), as: UTF8.self))")
        }
    }

    @Test func `every file of inputs belongs to a target, is in its own order and stays small`() throws {
        let folder = Repository.root.appendingPathComponent("Fuzz/Corpus")
        for file in try FileManager.default.contentsOfDirectory(atPath: folder.path) where file.hasSuffix(".jsonl") {
            #expect(FuzzTarget.named(String(file.dropLast(6))) != nil, "\(file)")
            let bytes = [UInt8](try Data(contentsOf: folder.appendingPathComponent(file)))
            #expect(bytes.count <= 300 * 1_024, "\(file)")
            #expect(Seeds.write(try Seeds.read(bytes)) == bytes, "\(file)")
        }
    }

    @Test func `a line that is no input is named`() {
        let second = #expect(throws: SeedFault.self) { try Seeds.read(Array("\"a\"\n{\"base64\":\"?\"}\n".utf8)) }
        #expect(second?.line == 2)
        let first = #expect(throws: SeedFault.self) { try Seeds.read(Array("a\n".utf8)) }
        #expect(first?.line == 1)
    }

    @Test func `inputs of any bytes are kept whole`() throws {
        let inputs: [[UInt8]] = [[], Array("a\n\"é\u{0}".utf8), [0xFF, 0x00], [0xEF, 0xBB, 0xBF]]
        #expect(Set(try Seeds.read(Seeds.write(inputs + inputs))) == Set(inputs))
    }
}
