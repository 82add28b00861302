import Foundation

/// A process that ended.
package struct Finished: Sendable {
    package let status: Int32
    package let output: String
    package let complaint: String
}

/// A build that cannot be tested as it stands; the text says why.
package struct Unready: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

package enum Programs {
    /// Runs a program to its end.
    ///
    /// - Parameter input: what it finds on its standard input; nothing where there is none.
    package static func run(_ program: String, _ arguments: [String], in folder: String? = nil, input: String? = nil) async throws -> Finished {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
        process.environment = ProcessInfo.processInfo.environment.merging(["SWIFT_BACKTRACE": "enable=no"]) { _, new in new }
        process.standardInput = FileHandle.nullDevice
        if let input {
            // A file and no pipe: a program that ends without reading would end the writer, too.
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("input-\(UUID().uuidString)")
            try Data(input.utf8).write(to: file)
            process.standardInput = try FileHandle(forReadingFrom: file)
            try FileManager.default.removeItem(at: file)
        }
        let output = Pipe()
        let complaint = Pipe()
        process.standardOutput = output
        process.standardError = complaint
        try process.run()
        let errors = Task.detached { complaint.fileHandleForReading.readDataToEndOfFile() }
        let data = await Task.detached { output.fileHandleForReading.readDataToEndOfFile() }.value
        let errorData = await errors.value
        process.waitUntilExit()
        return Finished(
            status: process.terminationStatus, output: String(decoding: data, as: UTF8.self),
            complaint: String(decoding: errorData, as: UTF8.self))
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
