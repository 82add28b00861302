import Foundation

struct Unfit: Error, CustomStringConvertible {
    let description: String
    init(_ text: String) { description = text }
}

/// The repository that is measured: `Benchmarks/run` starts in its root.
enum Built {
    static let root = FileManager.default.currentDirectoryPath
    static let state = root + "/Examples/Istmo"
    static let dovira = root + "/.build/release/dovira"
    static let bench = root + "/.build/release/bench"
    static let storageProbe = root + "/.build/release/StorageProbe"
    static let peers = root + "/Benchmarks/Peers"
    static let python = root + "/Benchmarks/.build/venv/bin/python"
}

/// A folder that is gone afterwards.
func withTemporaryFolder<T>(_ body: (String) throws -> T) throws -> T {
    // Not /tmp, which may be memory: the disk is measured.
    let path = "\(Built.root)/Benchmarks/.build/run-\(ProcessInfo.processInfo.processIdentifier)-\(UInt32.random(in: 0...UInt32.max))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
}

/// Runs a program to its end and returns what it printed.
@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [program] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    let text = String(decoding: data, as: UTF8.self)
    guard process.terminationStatus == 0 else {
        throw Unfit("\(program) \(arguments.prefix(2).joined(separator: " ")) ended with status \(process.terminationStatus): \(text.suffix(300))")
    }
    return text
}

/// The JSON object that a program printed.
func figures(_ program: String, _ arguments: [String]) throws -> Figures {
    let text = try run(program, arguments)
    guard let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
        throw Unfit("\(program) printed no figures: \(text.prefix(200))")
    }
    return Figures(members: object)
}

struct Figures {
    let members: [String: Any]

    func number(_ name: String) throws -> Double {
        guard let value = members[name] as? NSNumber else { throw Unfit("the figure \(name) is missing") }
        return value.doubleValue
    }
    func text(_ name: String) throws -> String {
        guard let value = members[name] as? String else { throw Unfit("the text \(name) is missing") }
        return value
    }
    func part(_ name: String) throws -> Figures {
        guard let value = members[name] as? [String: Any] else { throw Unfit("the figures \(name) are missing") }
        return Figures(members: value)
    }
}

/// The median time of a 4 kB write with `fdatasync`, microseconds.
func syncMicroseconds(_ folder: String) throws -> Double {
    try figures(Built.storageProbe, ["sync", folder]).number("syncMicroseconds")
}
