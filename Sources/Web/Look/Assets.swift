internal import Foundation
internal import Kernel
internal import Templates

/// The files that pages load, read once at start.
///
/// All share one version in their addresses, so that they find each other by relative addresses, never change where they are served, and may be
/// kept for good.
package struct Assets: Sendable {
    package struct File: Sendable {
        /// The path under the version: `verify.js`, `core/core.wasm`.
        package let name: String
        /// The path of its address.
        package let address: String
        package let bytes: [UInt8]
        /// The same, packed once at start; nil where that is no gain.
        package let packed: [UInt8]?
        /// The value of `Content-Type`.
        package let type: String
    }

    private let files: [String: File]

    /// - Parameter besides: files made elsewhere, by their names, such as the core that was built for the browser.
    /// - Throws: `PagesFault.asset` when the bundle lacks its assets.
    package init(look: Look, besides: [String: [UInt8]] = [:]) throws(PagesFault) {
        var contents = besides
        for name in try Bundled.assetNames() { contents[name] = try Bundled.asset(name) }
        contents["theme.css"] = Array(look.theme.stylesheet.utf8)
        contents["emblem.svg"] = Array(look.emblem.file.text.utf8)
        var hash = SHA256()
        for (name, bytes) in contents.sorted(by: { $0.key < $1.key }) {
            hash.update(Array(name.utf8))
            hash.update(SHA256.hash(bytes).bytes)
        }
        let version = hash.finish().hex.prefix(12)
        files = Dictionary(uniqueKeysWithValues: contents.map { name, bytes in
            let type = Assets.type(name)
            // The core comes packed already: it is large.
            let packed = contents["\(name).gz"] ?? (Gzip.isWorthwhile(type) ? Gzip.packed(bytes, level: Gzip.best) : nil)
            return (name, File(name: name, address: "/assets/\(version)/\(name)", bytes: bytes, packed: packed, type: type))
        })
    }

    package var all: [File] { files.values.sorted { $0.name < $1.name } }

    package func file(_ name: String) -> File? { files[name] }

    /// Whether a file of these lies at a path.
    func contains(_ path: String) -> Bool {
        path.utf8.starts(with: "/assets/".utf8) && path.utf8.split(separator: UInt8(ascii: "/")).last.flatMap { files[String(Substring($0))] }?.address.hasSameBytes(as: path) == true
    }

    /// The address that pages write; of a file that is not there, one that is not found.
    package func address(_ name: String) -> String { files[name]?.address ?? "/assets/\(name)" }

    private static func type(_ name: String) -> String {
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
