import Foundation

/// Texts that tests compare with kept ones, so that a change of a page or an account is read before it is accepted.
package enum KeptText {
    /// Keeps the text where `DOVIRA_RECORD=1`; else says where it differs from the kept one.
    ///
    /// - Parameters:
    ///   - name: the file's, in the folder `Snapshots` beside the test file's own folder.
    ///   - file: the test's file.
    /// - Returns: the first line that differs, in words; nil where nothing does.
    package static func difference(_ text: String, _ name: String, beside file: String) throws -> String? {
        let url = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("../Snapshots/\(name)").standardized
        if ProcessInfo.processInfo.environment["DOVIRA_RECORD"] == "1" {
            try text.write(to: url, atomically: true, encoding: .utf8)
            return nil
        }
        let kept = try String(contentsOf: url, encoding: .utf8)
        guard kept != text else { return nil }
        let line = zip(kept.split(separator: "\n"), text.split(separator: "\n")).first { $0 != $1 }
        return "\(name) differs: «\(line?.0 ?? "its end")» is now «\(line?.1 ?? "its end")»"
    }
}
