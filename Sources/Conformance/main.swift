import Foundation

// swift run conformance SUITE PATH: each failing id with its reason, then `N passed, M failed`.
// Ends with 0 when all passed, 1 when some failed, 2 when nothing could be run.

func complain(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
}

let arguments = CommandLine.arguments.dropFirst()
guard arguments.count == 2, let name = arguments.first, let path = arguments.last else {
    complain("usage: conformance SUITE PATH")
    for suite in Suite.all { complain("  \(suite.name)  \(suite.about)") }
    exit(2)
}
guard let suite = Suite.all.first(where: { $0.name == name }) else {
    complain("unknown suite '\(name)'; there are: " + Suite.all.map { $0.name }.joined(separator: ", "))
    exit(2)
}
do {
    let outcome = try suite.run(path)
    for failure in outcome.failures { print("failed: \(failure.id): \(failure.reason)") }
    print("\(outcome.passed) passed, \(outcome.failures.count) failed")
    exit(outcome.failures.isEmpty ? 0 : 1)
} catch {
    complain("\(suite.name): \(error)")
    exit(2)
}
