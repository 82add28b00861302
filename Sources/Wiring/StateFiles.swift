internal import Foundation
internal import Glibc
package import Kernel

/// A state folder's files on the disk, as the pure reader wants them: relative path → bytes.
package enum StateFiles {
    /// A definition larger than this is no definition; records are streamed and not read here.
    static let fileBytesMax = 4 * 1_024 * 1_024
    static let filesMax = 5_000

    package enum Fault: Error, CustomStringConvertible {
        case noFolder(String)
        case tooLarge(String)
        case tooMany(String)
        case unreadable(String)
        case linksOut(String)

        package var description: String {
            switch self {
            case .noFolder(let path): "\(path): there is no such folder: name the folder that holds state.yaml"
            case .tooLarge(let path): "\(path): larger than \(fileBytesMax / 1_048_576) MB: a definition is smaller; records belong in records.csv"
            case .tooMany(let path): "\(path): more than \(filesMax) files: is this the state's folder?"
            case .unreadable(let path): "\(path): cannot be read: check who may read it"
            case .linksOut(let path): "\(path): a link that leads out of the state's folder: put the file itself there"
            }
        }
    }

    /// Every file below the folder but hidden ones; of `records.csv` only that it is there.
    package static func read(_ folder: String) throws(Fault) -> [String: [UInt8]] {
        let root = URL(fileURLWithPath: folder, isDirectory: true).resolvingSymlinksInPath()
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: root.path, isDirectory: &isFolder), isFolder.boolValue,
            let names = FileManager.default.enumerator(atPath: root.path)
        else { throw .noFolder(folder) }
        var files: [String: [UInt8]] = [:]
        for case let name as String in names {
            guard !name.split(separator: "/").contains(where: { $0.hasPrefix(".") }) else { continue }
            let path = root.appendingPathComponent(name).path
            // What the folder publishes is what lies in it: a link to another file of the machine would be published, too.
            guard isInside(path, root.path) else { throw .linksOut(path) }
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            guard files.count < filesMax else { throw .tooMany(folder) }
            if name.hasSuffix("/records.csv") {
                files[name] = []
                continue
            }
            guard let size = (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int else { throw .unreadable(path) }
            guard size <= fileBytesMax else { throw .tooLarge(path) }
            guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path) }
            files[name] = [UInt8](data)
        }
        return files
    }

    /// Whether a path is no link, or one that stays below the folder.
    private static func isInside(_ path: String, _ root: String) -> Bool {
        let type = (try? FileManager.default.attributesOfItem(atPath: path))?[.type] as? FileAttributeType
        guard type == .typeSymbolicLink else { return true }
        guard let target = realpath(path, nil) else { return false }
        defer { free(target) }
        return String(cString: target).hasPrefix(root + "/")
    }
}

/// Reads a file in chunks, with flat memory.
package struct FileChunks: Sendable {
    package static let chunk = 1 << 18
    private let handle: FileHandle

    package init(_ path: String) throws { handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path)) }

    /// The next chunk; nil at the end.
    package func next() throws -> [UInt8]? {
        guard let data = try handle.read(upToCount: Self.chunk), !data.isEmpty else { return nil }
        return [UInt8](data)
    }

    package func close() { try? handle.close() }

    package static func hash(_ path: String) throws -> Digest {
        let file = try FileChunks(path)
        defer { file.close() }
        var hash = SHA256()
        while let bytes = try file.next() { hash.update(bytes) }
        return hash.finish()
    }
}
