import Foundation
import Synchronization

/// A process that ended.
package struct Finished: Sendable {
    package let status: Int32
    package let output: String
    package let complaint: String

    /// What it printed, line by line.
    package var lines: [String] { output.split(separator: "\n").map(String.init) }
}

/// A build that cannot be tested as it stands; the text says why.
package struct Unready: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

/// How long tests wait for what another thread or process does. Only a fault outlasts it, however busy the machine is.
package enum Patience {
    package static let seconds = 300.0
}

package enum Programs {
    /// Runs a program to its end.
    ///
    /// No task's thread is held meanwhile, and the output goes to files: a machine with one core has one such thread, and a pipe that nobody
    /// reads stops its writer.
    /// - Parameter input: what it finds on its standard input; nothing where there is none.
    /// - Parameter limit: a program that takes longer is killed. **Throws** ``Unready`` then.
    package static func run(
        _ program: String, _ arguments: [String], in folder: String? = nil, input: String? = nil, limit: Double = Patience.seconds
    ) async throws -> Finished {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        if let input { process.standardInput = try scratch(input) }
        let output = try scratch("")
        let complaint = try scratch("")
        process.standardOutput = output
        process.standardError = complaint
        let isLate = try await end(of: process, limit: limit)
        let finished = Finished(status: process.terminationStatus, output: try text(output), complaint: try text(complaint))
        guard !isLate else {
            throw Unready("\(program) \(arguments.joined(separator: " ")) was killed after \(limit) s. It said: \(finished.output)\(finished.complaint)")
        }
        return finished
    }

    /// Starts a process and returns once it has ended by itself, or was killed at the limit.
    private static func end(of process: Process, limit: Double) async throws -> Bool {
        let isLate = Mutex(false)
        let (ends, end) = AsyncStream<Void>.makeStream()
        process.terminationHandler = { _ in end.finish() }
        try process.run()
        let id = process.processIdentifier
        let killing = Task {
            try await Task.sleep(for: .seconds(limit))
            isLate.withLock { $0 = true }
            kill(id, SIGKILL)
        }
        for await _ in ends {}
        killing.cancel()
        return isLate.withLock { $0 }
    }

    /// A file without a name that holds a text, opened at its beginning.
    private static func scratch(_ text: String) throws -> FileHandle {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("scratch-\(UUID().uuidString)")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try FileHandle(forUpdating: file)
    }

    private static func text(_ file: FileHandle) throws -> String {
        try file.seek(toOffset: 0)
        return String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
    }

    /// Finds a program in the usual places.
    package static func find(_ name: String) -> String? {
        let folders =
            (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
            + ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        return folders.map { $0 + "/" + name }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The folder of what this build made: the test bundle lies in it.
    package static var products: String {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
        return (bundle as NSString).deletingLastPathComponent
    }

    /// A program of this build; nil where it was not built.
    package static func built(_ name: String) -> String? {
        let path = products + "/" + name
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }
}
