import Foundation
import Testing

/// Compares with a kept page, or keeps it when `DOVIRA_RECORD=1`. Asset versions and the long line patterns are left out.
func expectSnapshot(_ text: String, _ name: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let text = text.replacing(#/\/assets\/[0-9a-f]{12}\//#, with: "/assets/VERSION/").replacing(#/(<svg class="lines"[^>]*>).*?<\/svg>/#) { "\($0.1)…</svg>" }
    let url = URL(fileURLWithPath: file).deletingLastPathComponent().appendingPathComponent("../Snapshots/\(name)").standardized
    if ProcessInfo.processInfo.environment["DOVIRA_RECORD"] == "1" { return try text.write(to: url, atomically: true, encoding: .utf8) }
    let kept = try String(contentsOf: url, encoding: .utf8)
    guard kept != text else { return }
    let line = zip(kept.split(separator: "\n"), text.split(separator: "\n")).first { $0 != $1 }
    Issue.record("\(name) differs: «\(line?.0 ?? "its end")» is now «\(line?.1 ?? "its end")»", sourceLocation: sourceLocation)
}
