import ArgumentParser
import Foundation

/// What a command is given to read: a file, or `-` for standard input.
enum GivenFile {
    /// - Parameter tooLarge: what is said of more than `bytesMax` bytes.
    static func read(_ path: String, bytesMax: Int, tooLarge: String) throws -> [UInt8] {
        let data = path == "-" ? try FileHandle.standardInput.read(upToCount: bytesMax + 1) : FileManager.default.contents(atPath: path)
        guard let data else { throw ValidationError("\(path): cannot be read") }
        guard data.count <= bytesMax else { throw ValidationError("\(path): \(tooLarge)") }
        return [UInt8](data)
    }
}
