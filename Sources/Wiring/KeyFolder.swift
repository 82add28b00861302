internal import Foundation
internal import Issuance
internal import Kernel

/// The keys of a data folder: one file each, readable by the server's own user alone.
///
/// A key is written to a new name, flushed and renamed, and the folder is flushed after it: after a crash there is the whole key or none,
/// and what was signed with a key is never older than the key on the disk.
package struct KeyFolder: KeyStore {
    private let folder: String
    /// Keys that were in use before: they are never made anew.
    private let known: Set<String>

    /// **Throws** ``KeyFileFault`` where others than the server's own user could read the keys.
    package init(_ dataFolder: String, known: Set<String> = []) throws {
        self.known = known
        folder = dataFolder + "/keys"
        let files = FileManager.default
        if !files.fileExists(atPath: folder) {
            try files.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            try Self.flush(folder: dataFolder)
        }
        try Self.checkOwnership(folder)
        for name in try files.contentsOfDirectory(atPath: folder) where name.hasSuffix(".key") { try Self.checkOwnership(folder + "/" + name) }
    }

    private func path(_ name: String) -> String { "\(folder)/\(name).key" }

    /// The secret of that name. **Throws** ``KeyFileFault`` where it is not there.
    func existingSecret(_ name: String) throws -> [UInt8] { try Self.read(path(name)) }

    /// The same of a data folder that is only read: nothing is made in it.
    static func existing(_ dataFolder: String, _ name: String) throws -> [UInt8] { try read("\(dataFolder)/keys/\(name).key") }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path),
            let bytes = Base64.decode(String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }), !bytes.isEmpty
        else { throw KeyFileFault(path: path, .unreadable) }
        return bytes
    }

    package func secret(_ name: String, make: () -> [UInt8]) throws -> [UInt8] {
        let path = path(name)
        if known.contains(name) || FileManager.default.fileExists(atPath: path) { return try existingSecret(name) }
        let bytes = make()
        let temporary = path + ".new"
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: Data((Base64.encode(bytes) + "\n").utf8), attributes: [.posixPermissions: 0o600])
        else { throw KeyFileFault(path: path, .unreadable) }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary))
        try handle.synchronize()
        try handle.close()
        guard rename(temporary, path) == 0 else { throw KeyFileFault(path: path, .unreadable) }
        // A crash before this may lose the name, and nothing was signed with the key yet.
        try Self.flush(folder: folder)
        return bytes
    }

    /// That a key in the folder is the one that was used before.
    package func checkUnexchanged(_ name: String, _ publicKey: String, known: String) throws {
        guard publicKey == known else { throw KeyFileFault(path: path(name), .exchanged) }
    }

    private static func flush(folder: String) throws {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY)
        guard descriptor >= 0 else { throw KeyFileFault(path: folder, .unreadable) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw KeyFileFault(path: folder, .unreadable) }
    }

    private static func checkOwnership(_ path: String) throws {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        guard let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue, mode & 0o077 == 0 else { throw KeyFileFault(path: path, .open) }
    }
}

package struct KeyFileFault: Error, CustomStringConvertible {
    enum Kind { case unreadable, exchanged, open }

    let path: String
    let kind: Kind

    init(path: String, _ kind: Kind) {
        self.path = path
        self.kind = kind
    }

    package var description: String {
        switch kind {
        case .unreadable:
            "\(path): the key cannot be read or written: restore it from the backup; a new key would make every issued document unknown"
        case .exchanged:
            "\(path): this is not the key that was used before: restore that one from the backup; another key makes every issued document unknown"
        case .open:
            "\(path): others can read the keys: if nobody else did, take their rights away (`chmod -R go=` on the folder keys) and start again"
        }
    }
}
