internal import Foundation
internal import Issuance
internal import Kernel

/// The keys of a data folder: one file each, readable by the server's own user alone.
///
/// A key is written to a new name, flushed and renamed: after a crash there is the whole key or none.
package struct KeyFolder: KeyStore {
    private let folder: String

    package init(_ dataFolder: String) throws {
        folder = dataFolder + "/keys"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    private func path(_ name: String) -> String { "\(folder)/\(name).key" }

    /// The secret of that name. **Throws** ``KeyFileFault`` where it is not there.
    func existingSecret(_ name: String) throws -> [UInt8] { try Self.read(path(name)) }

    /// The same of a data folder that is only read: nothing is made in it.
    static func existing(_ dataFolder: String, _ name: String) throws -> [UInt8] { try read("\(dataFolder)/keys/\(name).key") }

    private static func read(_ path: String) throws -> [UInt8] {
        guard let data = FileManager.default.contents(atPath: path),
            let bytes = Base64.decode(String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }), !bytes.isEmpty
        else { throw KeyFileFault(path: path) }
        return bytes
    }

    package func secret(_ name: String, make: () -> [UInt8]) throws -> [UInt8] {
        let path = path(name)
        if FileManager.default.fileExists(atPath: path) { return try existingSecret(name) }
        let bytes = make()
        let temporary = path + ".new"
        guard
            FileManager.default.createFile(
                atPath: temporary, contents: Data((Base64.encode(bytes) + "\n").utf8), attributes: [.posixPermissions: 0o600])
        else { throw KeyFileFault(path: path) }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary))
        try handle.synchronize()
        try handle.close()
        guard rename(temporary, path) == 0 else { throw KeyFileFault(path: path) }
        return bytes
    }
}

package struct KeyFileFault: Error, CustomStringConvertible {
    let path: String
    package var description: String {
        "\(path): the key cannot be read or written: restore it from the backup; a new key would make every issued document unknown"
    }
}
