internal import Foundation
internal import Kernel

/// The files that pages load, read once at start.
package struct Assets: Sendable {
    package struct File: Sendable {
        package let bytes: [UInt8]
        package let contentType: String
        /// A short hash of the bytes: the entity tag, and the version in the address.
        package let tag: String
    }

    private let files: [String: File]

    /// - Throws: `PagesFault.asset` when the bundle lacks its assets.
    package init(theme: Theme, emblem: Emblem? = nil) throws(PagesFault) {
        var files: [String: File] = [:]
        for name in try Bundled.assetNames() { files[name] = Assets.file(try Bundled.asset(name), name) }
        files["theme.css"] = Assets.file(Array(theme.stylesheet.utf8), "theme.css")
        if let emblem { files["emblem.svg"] = Assets.file(Array(emblem.file.utf8), "emblem.svg") }
        self.files = files
    }

    package var names: [String] { files.keys.sorted() }

    /// - Parameter name: the path after `/assets/`.
    package func file(_ name: String) -> File? { files[name] }

    /// The address of an asset with its version: what is served there never changes and may be kept for good.
    ///
    /// Modules import each other by plain relative addresses; those are kept by entity tag.
    package func address(_ name: String) -> String {
        files[name].map { "/assets/\(name)?v=\($0.tag)" } ?? "/assets/\(name)"
    }

    private static func file(_ bytes: [UInt8], _ name: String) -> File {
        File(bytes: bytes, contentType: contentType(name), tag: String(SHA256.hash(bytes).hex.prefix(12)))
    }

    private static func contentType(_ name: String) -> String {
        switch name.split(separator: ".").last {
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "wasm": "application/wasm"
        case "woff2": "font/woff2"
        case "svg": "image/svg+xml"
        case "json": "application/json"
        case "txt": "text/plain; charset=utf-8"
        default: "application/octet-stream"
        }
    }
}
