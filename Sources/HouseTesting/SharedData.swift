package import Foundation
package import Kernel

/// Published test suites that lie beside the repository, never in it.
package enum SharedData {
    /// The folder `shared`; nil where it is not there. `DOVIRA_SHARED` names another place.
    package static let folder: URL? = {
        let given = ProcessInfo.processInfo.environment["DOVIRA_SHARED"].map { URL(fileURLWithPath: $0) }
        let beside = Repository.root.deletingLastPathComponent().appendingPathComponent("shared")
        let folder = given ?? beside
        return FileManager.default.fileExists(atPath: folder.path) ? folder : nil
    }()

    package static var isPresent: Bool { folder != nil }

    /// A file by its path within the folder: `conformance/audit/…`.
    package static func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(path))) }

    package static func json(_ path: String) throws -> JSON { try JSON.parse(try bytes(path)) }

    package static func url(_ path: String) throws -> URL {
        guard let folder else { throw Missing(path: path) }
        return folder.appendingPathComponent(path)
    }

    package struct Missing: Error { let path: String }
}
