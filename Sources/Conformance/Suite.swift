/// A published set of tests that the package is held to.
struct Suite: Sendable {
    /// What stands on the command line.
    let name: String
    /// What the path is and what is run, in a line.
    let about: String
    /// Runs the tests found at a path.
    let run: @Sendable (_ path: String) throws -> SuiteOutcome

    /// Every suite, in the order of the help text.
    static let all: [Suite] = [.jsonSchema, .merkle, .decisions, .mustache]
}

/// What came of a suite.
struct SuiteOutcome: Sendable {
    private(set) var passed = 0
    private(set) var failures: [(id: String, reason: String)] = []

    mutating func pass() { passed += 1 }
    mutating func fail(_ id: String, _ reason: String) { failures.append((id, reason)) }

    /// Counts one test.
    mutating func record(_ id: String, _ isPassed: Bool, _ reason: @autoclosure () -> String) {
        if isPassed { pass() } else { fail(id, reason()) }
    }
}
