package import Definitions

/// The models that others may import, read into nodes by whoever has the files; nothing is fetched here.
package struct ModelLibrary: Sendable {
    /// Root elements; each knows the path of its file.
    package let files: [XMLNode]

    package init(_ files: [XMLNode] = []) {
        self.files = files
    }

    /// The model that an import means: by its location, which is relative to the importing file, else by its namespace.
    func file(importedBy path: String, location: String, namespace: String) -> XMLNode? {
        if !location.isEmpty, let wanted = ModelLibrary.resolved(location, from: path), let file = files.first(where: { $0.path == wanted }) {
            return file
        }
        return files.first { $0["namespace"] == namespace && $0.path != path } ?? files.first { $0["namespace"] == namespace }
    }

    /// A location as a path: `other.dmn` beside `services/x/decision.dmn` is `services/x/other.dmn`; nil where it leaves the folder or is no path.
    package static func resolved(_ location: String, from path: String) -> String? {
        guard !location.contains(":"), !location.hasPrefix("/") else { return nil }
        var parts = path.split(separator: "/").dropLast().map { String($0) }
        for step in location.split(separator: "/") {
            switch step {
            case ".": continue
            case "..":
                guard !parts.isEmpty else { return nil }
                parts.removeLast()
            default: parts.append(String(step))
            }
        }
        return parts.joined(separator: "/")
    }
}
