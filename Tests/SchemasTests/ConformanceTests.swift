import Foundation
import HouseTesting
import Kernel
import Schemas
import Testing

@Suite("The JSON Schema test suite", .enabled(if: SharedData.isPresent, "the shared conformance data is not here"))
struct ConformanceTests {
    private static let root = "conformance/json-schema/"

    private static func files(below folder: String) throws -> [String] {
        let url = try SharedData.url(root + folder)
        return try FileManager.default.subpathsOfDirectory(atPath: url.path).filter { $0.hasSuffix(".json") }.sorted()
    }

    private static func remotes() throws -> [String: JSON] {
        var documents: [String: JSON] = [:]
        for name in try files(below: "remotes") {
            documents["http://localhost:1234/" + name] = try SharedData.json(root + "remotes/" + name)
        }
        return documents
    }

    /// The tests of the files whose paths satisfy the condition, run; how many there were.
    private static func run(_ formats: SchemaOptions.Formats, where isWanted: (String) -> Bool) throws -> Int {
        let documents = try remotes()
        let options = SchemaOptions(formats: formats) { documents[$0] }
        var count = 0
        for name in try files(below: "tests/draft2020-12") where isWanted(name) {
            for group in try SharedData.json(root + "tests/draft2020-12/" + name).array ?? [] {
                let title = name + ": " + (group["description"]?.string ?? "")
                let schema = try CompiledSchema(compiling: try #require(group["schema"]), options: options)
                for test in group["tests"]?.array ?? [] {
                    count += 1
                    let data = try #require(test["data"])
                    let faults = schema.validate(data)
                    let isExpected = test["valid"]?.bool == faults.isEmpty && schema.isValid(data) == faults.isEmpty
                    #expect(isExpected, "\(title): \(test["description"]?.string ?? ""): \(faults)")
                }
            }
        }
        return count
    }

    @Test func `all 1299 required tests pass`() throws {
        #expect(try Self.run(.annotated) { !$0.hasPrefix("optional/") } == 1_299)
    }

    @Test func `all 162 optional tests pass`() throws {
        #expect(try Self.run(.annotated) { $0.hasPrefix("optional/") && !$0.hasPrefix("optional/format/") } == 162)
    }

    @Test func `all 764 tests of formats pass`() throws {
        #expect(try Self.run(.asserted) { $0.hasPrefix("optional/format/") } == 764)
    }

    @Test func `every schema of the suite fits the metaschema that it names`() throws {
        let documents = try Self.remotes()
        let metaschema = try CompiledSchema(
            compiling: ["$ref": "https://json-schema.org/draft/2020-12/schema"], options: SchemaOptions { documents[$0] })
        for name in try Self.files(below: "tests/draft2020-12") {
            for group in try SharedData.json(Self.root + "tests/draft2020-12/" + name).array ?? [] {
                let schema = try #require(group["schema"])
                guard schema["$schema"] == "https://json-schema.org/draft/2020-12/schema" else { continue }
                #expect(metaschema.isValid(schema), "\(name): \(metaschema.validate(schema))")
            }
        }
    }
}
