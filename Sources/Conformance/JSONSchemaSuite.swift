import Foundation
import Kernel
import Schemas

extension Suite {
    static let jsonSchema = Suite(
        name: "json-schema",
        about: "folder with tests/draft2020-12 and remotes (JSON-Schema-Test-Suite), or one folder or file of tests below it"
    ) { path in
        try JSONSchemaSuite(path: path).run()
    }
}

/// The JSON Schema test suite: groups of a schema and instances that are valid or not.
private struct JSONSchemaSuite {
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    let tests: URL
    let remotes: URL

    init(path: String) throws {
        let start = URL(fileURLWithPath: path).standardizedFileURL
        var root = start
        while !FileManager.default.fileExists(atPath: root.appendingPathComponent("remotes").path) {
            guard root.path != "/" else { throw Unreadable(description: "no folder 'remotes' at or above \(path)") }
            root = root.deletingLastPathComponent()
        }
        remotes = root.appendingPathComponent("remotes")
        tests = start == root ? root.appendingPathComponent("tests/draft2020-12") : start
    }

    func run() throws -> SuiteOutcome {
        let documents = try Self.read(below: remotes).reduce(into: [String: JSON]()) { documents, file in
            documents["http://localhost:1234/" + file.name] = file.json
        }
        var outcome = SuiteOutcome()
        for file in try Self.read(below: tests) {
            // Formats are asserted where the suite tests that they are.
            let asserts = (tests.path + "/" + file.name).contains("/optional/format/")
            let options = SchemaOptions(formats: asserts ? .asserted : .annotated) { documents[$0] }
            for group in file.json.array ?? [] { Self.run(group, file.name, options, &outcome) }
        }
        return outcome
    }

    private static func run(_ group: JSON, _ file: String, _ options: SchemaOptions, _ outcome: inout SuiteOutcome) {
        let title = file + ": " + (group["description"]?.string ?? "?")
        let compiled = Result { try CompiledSchema(compiling: group["schema"] ?? .null, options: options) }
        for test in group["tests"]?.array ?? [] {
            let id = title + ": " + (test["description"]?.string ?? "?")
            guard let data = test["data"], let expected = test["valid"]?.bool else {
                outcome.fail(id, "the test has no data or no answer")
                continue
            }
            switch compiled {
            case .failure(let error): outcome.fail(id, "the schema does not compile: \(error)")
            case .success(let schema):
                let faults = schema.validate(data)
                let isValid = schema.isValid(data)
                if isValid != faults.isEmpty {
                    outcome.fail(id, "isValid says \(isValid), validate lists \(faults.count) faults")
                } else {
                    outcome.record(id, isValid == expected, expected ? "refused: \(faults)" : "taken for valid")
                }
            }
        }
    }

    private static func read(below folder: URL) throws -> [(name: String, json: JSON)] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
            throw Unreadable(description: "there is nothing at \(folder.path)")
        }
        var names = [""]
        if isFolder.boolValue {
            names = try FileManager.default.subpathsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".json") }.sorted()
        }
        return try names.map { name in
            let url = name.isEmpty ? folder : folder.appendingPathComponent(name)
            return (name.isEmpty ? url.lastPathComponent : name, try JSON.parse([UInt8](Data(contentsOf: url))))
        }
    }
}
