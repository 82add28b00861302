package import Foundation

/// The repository that a test runs in.
package enum Repository {
    package static let root: URL = {
        var url = URL(fileURLWithPath: #filePath)
        while url.path != "/", !FileManager.default.fileExists(atPath: url.appendingPathComponent("Package.swift").path) {
            url.deleteLastPathComponent()
        }
        return url
    }()

    /// The Swift files below a folder, with their paths from the root.
    package static func swiftFiles(below folder: String) throws -> [(path: String, text: String)] {
        let base = root.appendingPathComponent(folder)
        guard let names = FileManager.default.enumerator(atPath: base.path) else { return [] }
        var files: [(String, String)] = []
        for case let name as String in names where name.hasSuffix(".swift") {
            files.append((folder + "/" + name, try String(contentsOf: base.appendingPathComponent(name), encoding: .utf8)))
        }
        return files.sorted { $0.0 < $1.0 }
    }
}
