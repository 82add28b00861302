import HouseTesting
import Testing

/// Compares with a kept page, or keeps it when `DOVIRA_RECORD=1`. Asset versions and the long line patterns are left out.
func expectSnapshot(_ text: String, _ name: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let text = text.replacing(#/\/assets\/[0-9a-f]{12}\//#, with: "/assets/VERSION/").replacing(#/(<svg class="lines"[^>]*>).*?<\/svg>/#) { "\($0.1)…</svg>" }
    if let difference = try KeptText.difference(text, name, beside: file) { Issue.record("\(difference)", sourceLocation: sourceLocation) }
}
