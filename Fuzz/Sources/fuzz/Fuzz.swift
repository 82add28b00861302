import Driver
import Foundation
import Fuzzing

/// One program for all targets. `Fuzz/run` calls it; by hand:
///
/// ```
/// fuzz TARGET [libFuzzer's flags and folders]     fuzz length TARGET
/// fuzz unpack SEEDS FOLDER                        fuzz pack FOLDER SEEDS BYTES
/// fuzz soak TARGET FOLDER                         fuzz names
/// ```
@main enum Fuzz {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        do {
            switch words.first {
            case "unpack" where words.count == 3: try unpack(words[1], into: words[2])
            case "pack" where words.count == 4: try pack(words[1], into: words[2], bytesMax: Int(words[3]) ?? 0)
            case "names" where words.count == 1: print(names)
            case "length" where words.count == 2: print(named(words[1]).lengthMax)
            case "soak" where words.count == 3: try soak(named(words[1]), words[2])
            // libFuzzer starts the program again, for a merge, with its own flags alone.
            case let flag? where flag.hasPrefix("-"): fuzz(named(ProcessInfo.processInfo.environment["DOVIRA_FUZZ"] ?? ""), from: 0)
            case let name?: fuzz(named(name), from: 1)
            case nil: fail("name a target: \(names)")
            }
        } catch {
            fail("\(error)")
        }
    }

    static var names: String { FuzzTarget.all.map { $0.name }.joined(separator: " ") }

    static func named(_ name: String) -> FuzzTarget {
        guard let target = FuzzTarget.named(name) else { fail("there is no target ‘\(name)’; there are: \(names)") }
        return target
    }

    static func fail(_ message: String) -> Never {
        FileHandle.standardError.write(Data(("fuzz: " + message + "\n").utf8))
        exit(2)
    }

    /// Set before libFuzzer begins, read by the one thread on which it runs.
    nonisolated(unsafe) static var target: FuzzTarget?

    /// Hands over to libFuzzer, without the target's name.
    static func fuzz(_ target: FuzzTarget, from start: Int) -> Never {
        Fuzz.target = target
        setenv("DOVIRA_FUZZ", target.name, 1)
        CommandLine.unsafeArgv[start] = CommandLine.unsafeArgv[0]
        var count = CommandLine.argc - CInt(start)
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + start
        exit(
            LLVMFuzzerRunDriver(&count, &arguments) { start, count in
                if let broken = Fuzz.target?.finding(Array(UnsafeBufferPointer(start: start, count: count))) { fatalError(broken) }
                return 0
            })
    }

    /// The files of a folder, in the order of their names.
    static func inputs(in folder: String) throws -> [[UInt8]] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted().map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + $0))) }
    }

    static func unpack(_ file: String, into folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (place, input) in try Seeds.read([UInt8](Data(contentsOf: URL(fileURLWithPath: file)))).enumerated() {
            let number = String(place + 10_000).dropFirst()
            try Data(input).write(to: URL(fileURLWithPath: folder + "/seed-" + number))
        }
    }

    /// As many inputs as fit, the shortest first.
    static func pack(_ folder: String, into file: String, bytesMax: Int) throws {
        var kept: [[UInt8]] = []
        var size = 0
        for input in try inputs(in: folder).sorted(by: { $0.count < $1.count }) {
            size += Seeds.write([input]).count
            guard size <= bytesMax else { break }
            kept.append(input)
        }
        try Data(Seeds.write(kept)).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    /// Bytes that the heap may grow by over twenty rounds: allocators keep a little.
    static let growthMax = 64 * 1_024

    /// Runs all inputs again and again: what the heap holds afterwards must not grow.
    static func soak(_ target: FuzzTarget, _ folder: String) throws {
        let inputs = try inputs(in: folder)
        func round() { for input in inputs { if let broken = target.finding(input) { fatalError(broken) } } }
        // What is made once (constants, tables) is made in the first rounds.
        for _ in 0..<3 { round() }
        let before = heap_bytes_in_use()
        for _ in 0..<20 { round() }
        let after = heap_bytes_in_use()
        print("heap after 3 rounds of \(inputs.count) inputs: \(before / 1_024) kB; after 20 more: \(after / 1_024) kB")
        if after > before + growthMax { fail("the heap grew by \(after - before) bytes over 20 rounds of the same inputs") }
    }
}
