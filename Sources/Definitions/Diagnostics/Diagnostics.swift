internal import Kernel

/// One mistake in a definition file: what is wrong and what to write instead.
///
/// **Shape** The message has no capital at its start and no full stop at its end; what comes from the file stands between ‘ and ’.
package struct Diagnostic: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Severity: String, Hashable, Sendable { case error, warning }

    package let path: String
    package let position: Position
    package let severity: Severity
    package let message: String

    package init(_ message: String, at position: Position, in path: String, severity: Severity = .error) {
        self.path = path
        self.position = position
        self.severity = severity
        self.message = message
    }

    /// By bytes: a message names what stands in the file.
    package static func == (left: Diagnostic, right: Diagnostic) -> Bool {
        left.position == right.position && left.severity == right.severity && left.path.hasSameBytes(as: right.path)
            && left.message.hasSameBytes(as: right.message)
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(position)
        hasher.combine(ByteString(path))
        hasher.combine(ByteString(message))
    }

    /// `path:line:column: error: message`, as compilers write it and editors read it.
    package var description: String { "\(path):\(position.line):\(position.column): \(severity.rawValue): \(message)" }
}

/// The mistakes found so far, in the order of files and places.
///
/// **Shape** Keeps at most `countMax` and counts the rest, so that a broken file of a million lines does not fill the screen or the memory.
package struct Diagnostics: Sendable {
    package static let countMax = 500

    private var found: [Diagnostic] = []
    private var seen: Set<Diagnostic> = []
    /// How many were dropped beyond `countMax`.
    package private(set) var dropped = 0
    package private(set) var hasErrors = false

    package init() {}

    package mutating func error(_ message: String, at position: Position, in path: String) {
        add(Diagnostic(message, at: position, in: path))
    }

    package mutating func error(_ message: String, at node: Node) {
        error(message, at: node.position, in: node.path)
    }

    package mutating func warning(_ message: String, at position: Position, in path: String) {
        add(Diagnostic(message, at: position, in: path, severity: .warning))
    }

    /// Adds one; the same mistake at the same place is kept once.
    package mutating func add(_ diagnostic: Diagnostic) {
        if diagnostic.severity == .error { hasErrors = true }
        guard seen.insert(diagnostic).inserted else { return }
        guard found.count < Self.countMax else { seen.remove(diagnostic); dropped += 1; return }
        found.append(diagnostic)
    }

    /// Sorted by path, then place.
    package var all: [Diagnostic] {
        found.sorted { a, b in
            if !a.path.hasSameBytes(as: b.path) { return a.path.precedesByBytes(b.path) }
            if a.position != b.position { return a.position < b.position }
            return a.message.precedesByBytes(b.message)
        }
    }

    package var errorCount: Int { found.count { $0.severity == .error } }
    package var isEmpty: Bool { found.isEmpty }
}
