import Foundation

/// A promise that the compiler keeps: a bad file, what the compiler says about it, and its good twin.
package struct CompilerPromise: Sendable, CustomStringConvertible {
    package let description: String
    package let bad: String
    package let good: String
    package let diagnostic: String

    package init(_ description: String, bad: String, good: String, diagnostic: String) {
        self.description = description
        self.bad = bad
        self.good = good
        self.diagnostic = diagnostic
    }
}

/// The compiler with the settings and the modules of this build.
package struct FixtureCompiler {
    private let executable: String
    private let arguments: [String]

    /// Reads how this build compiled some modules from the description that the package manager leaves beside its products.
    ///
    /// **Shape** the first module gives the settings; each gives the C modules that its fixtures need.
    package init(like modules: [String]) throws {
        let path = Programs.products + "/description.json"
        guard let data = FileManager.default.contents(atPath: path),
            let root = try JSONSerialization.jsonObject(with: data) as? [String: Any],
            let commands = root["swiftCommands"] as? [String: [String: Any]]
        else { throw Unready("\(path) does not say how anything was compiled") }
        var executable = ""
        var kept: [String] = []
        for (position, module) in modules.enumerated() {
            guard let command = commands.values.first(where: { $0["moduleName"] as? String == module }),
                let compiler = command["executable"] as? String, let folder = command["importPath"] as? String,
                let all = command["otherArguments"] as? [String]
            else { throw Unready("\(path) does not say how \(module) was compiled") }
            if position == 0 {
                executable = compiler
                kept += ["-I", folder]
            }
            kept += FixtureCompiler.kept(of: all, withSettings: position == 0)
        }
        self.executable = executable
        // `-typecheck` would let faults of ownership pass.
        arguments = ["-emit-sil", "-parse-as-library", "-module-name", "Fixture", "-o", "/dev/null"] + kept
    }

    private static func kept(of all: [String], withSettings: Bool) -> [String] {
        var kept: [String] = []
        var rest = all[...]
        while let argument = rest.popFirst() {
            guard let next = rest.first else { break }
            switch argument {
            case "-package-name", "-swift-version", "-enable-upcoming-feature", "-target", "-sdk":
                if withSettings { kept += [argument, next] }
                rest.removeFirst()
            case "-Xcc" where next.hasPrefix("-fmodule-map-file") || next.hasPrefix("-I"):
                kept += [argument, next]
                rest.removeFirst()
            default: break
            }
        }
        return kept
    }

    package func compile(_ text: String) async throws -> Finished {
        try await withFolder { (folder) async throws in
            let file = folder + "/fixture.swift"
            try (text + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            return try await Programs.run(executable, arguments + [file])
        }
    }

    /// What is wrong with a promise as the compiler keeps it; empty when the bad file is refused in the right words and the
    /// good one compiles.
    package func faults(of promise: CompilerPromise, imports: String) async throws -> [String] {
        var faults: [String] = []
        let good = try await compile(imports + "\n" + promise.good)
        if good.status != 0 { faults.append("the good twin does not compile: \(good.complaint)") }
        let bad = try await compile(imports + "\n" + promise.bad)
        if bad.status == 0 { faults.append("the bad one compiles") }
        if !(bad.complaint.contains("error: ") && bad.complaint.contains(promise.diagnostic)) {
            faults.append("the bad one is refused in other words: \(bad.complaint)")
        }
        if bad.complaint.contains("Stack dump") { faults.append("the compiler crashed instead of refusing") }
        return faults
    }
}
