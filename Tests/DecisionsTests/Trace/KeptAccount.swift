import HouseTesting
import Kernel
import Testing

/// Compares JSON with the kept form in `Snapshots/`, a line for each member; `DOVIRA_RECORD=1` keeps the new one.
func expectKept(_ json: JSON, _ name: String, file: String = #filePath, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let text = lines(try JSON.parse(json.canonical), "") + "\n"
    if let difference = try KeptText.difference(text, name, beside: file) { Issue.record("\(difference)", sourceLocation: sourceLocation) }
}

/// What is short stands on one line.
private func lines(_ json: JSON, _ indent: String) -> String {
    let short = json.canonical
    guard short.utf8.count > 100 else { return short }
    let inner = indent + "  "
    switch json {
    case .object(let object):
        return "{\n" + object.map { "\(inner)\(JSON.string($0.key).text): \(lines($0.value, inner))" }.joined(separator: ",\n") + "\n\(indent)}"
    case .array(let items): return "[\n" + items.map { inner + lines($0, inner) }.joined(separator: ",\n") + "\n\(indent)]"
    default: return short
    }
}
