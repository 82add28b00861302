import Definitions
import Foundation
import HouseTesting
import StateFolder
import Testing

/// The files of `Examples/Istmo`, as the command line hands them over: the records' presence alone.
enum IstmoFolder {
    static let files: [String: [UInt8]] = {
        let base = Repository.root.appendingPathComponent("Examples/Istmo").resolvingSymlinksInPath()
        var files: [String: [UInt8]] = [:]
        for path in FileManager.default.subpaths(atPath: base.path) ?? [] {
            var isFolder: ObjCBool = false
            let url = base.appendingPathComponent(path)
            guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue else { continue }
            files[path] = path.hasSuffix("records.csv") ? [] : (try? Data(contentsOf: url)).map { [UInt8]($0) } ?? []
        }
        return files
    }()

    static func read(_ files: [String: [UInt8]] = files) -> (state: StateDefinition?, found: [String]) {
        var diagnostics = Diagnostics()
        let state = StateDefinition.read(files, into: &diagnostics)
        return (state, diagnostics.all.map { $0.description })
    }

    static func state() throws -> StateDefinition {
        let (state, found) = read()
        return try #require(state, "\(found.joined(separator: "\n"))")
    }

    /// Istmo with one text in one file replaced; the text must stand there once.
    static func changed(_ path: String, _ old: String, _ new: String) throws -> [String: [UInt8]] {
        var files = files
        let text = String(decoding: try #require(files[path], "no \(path)"), as: UTF8.self)
        try #require(text.components(separatedBy: old).count == 2, "‘\(old)’ does not stand exactly once in \(path)")
        files[path] = Array(text.replacingOccurrences(of: old, with: new).utf8)
        return files
    }
}
