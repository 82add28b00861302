import ArgumentParser
import Foundation
import Kernel
import Population

struct PopulationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "population",
        abstract: "Makes synthetic people with their households, licences and businesses, from a seed.",
        discussion: "The same seed, count and date give the same bytes everywhere. No real person is meant.")

    @Option(help: "The seed.") var seed: UInt64 = 7
    @Option(help: "How many people; up to \(SyntheticPeople.countMax).") var count: Int = 10_000
    @Option(help: "The day on which ages and dates hold, YYYY-MM-DD.") var asOf: String = "2026-07-01"
    @Option(help: "The folder of registers: <register>/records.csv is written in it.") var into: String
    private static let flushBytes = 1 << 20

    func run() throws {
        guard let date = CalendarDate(asOf) else { throw ValidationError("--as-of \(asOf): write a date as 2026-07-01") }
        guard (0...SyntheticPeople.countMax).contains(count) else {
            throw ValidationError("--count \(count): between 0 and \(SyntheticPeople.countMax)")
        }
        var files = try Register.allCases.map { try RecordFile($0, in: into) }
        for household in SyntheticPeople(seed: seed, count: count, asOf: date) {
            for index in files.indices {
                household.append(files[index].register, to: &files[index].bytes)
                if files[index].bytes.count >= Self.flushBytes { try files[index].flush() }
            }
        }
        for index in files.indices { try files[index].close() }
    }
}

/// One register's `records.csv`, written in pieces.
private struct RecordFile {
    let register: Register
    var bytes: [UInt8]
    private let handle: FileHandle

    init(_ register: Register, in folder: String) throws {
        self.register = register
        let path = "\(folder)/\(register.rawValue)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard FileManager.default.createFile(atPath: path + "/records.csv", contents: nil) else {
            throw ValidationError("\(path)/records.csv cannot be written")
        }
        handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path + "/records.csv"))
        bytes = Array(register.header.utf8)
    }

    mutating func flush() throws {
        try handle.write(contentsOf: Data(bytes))
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func close() throws {
        try flush()
        try handle.close()
    }
}
