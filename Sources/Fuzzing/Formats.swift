internal import Definitions
internal import Kernel
internal import Schemas

// Texts with a grammar: JSON, XML, CSV, YAML, JSON Schema.

@Sendable func json(_ bytes: [UInt8]) -> String? {
    var diagnostics = Diagnostics()
    let node = JSONReader.read(bytes, path: "f.json", into: &diagnostics)
    if let broken = broken(diagnostics, bytes, isRead: node != nil) { return broken }
    do throws(JSONError) {
        let value = try JSON.parse(bytes)
        guard (try? JSON.parse(value.bytes)) == value else { return "what was read and written is read as something else" }
        let canonical = value.canonicalBytes
        guard let again = try? JSON.parse(canonical), again.canonicalBytes == canonical else { return "the canonical text is not its own canonical text" }
    } catch {
        guard (0...bytes.count).contains(error.offset), error.line >= 1, error.column >= 1 else { return "an error's place is outside the text" }
    }
    return nil
}

@Sendable func xml(_ bytes: [UInt8]) -> String? {
    var diagnostics = Diagnostics()
    let root = XMLReader.read(bytes, path: "f.xml", into: &diagnostics)
    if let broken = broken(diagnostics, bytes, isRead: root != nil) { return broken }
    var waiting = root.map { [$0] } ?? []
    let lines = bytes.count { $0 == 0x0A || $0 == 0x0D } + 1
    while let node = waiting.popLast() {
        guard (1...lines).contains(node.position.line) else { return "an element is outside the file" }
        let (text, skipped) = node.trimmedText
        for offset in [skipped, skipped + text.unicodeScalars.count] where !(1...lines).contains(node.position(ofCharacter: offset).line) {
            return "a character of an element's text is outside the file"
        }
        waiting.append(contentsOf: node.children)
    }
    return nil
}

/// The rows and the faults, from a file at once or in pieces.
private func rows(_ bytes: [UInt8], piece: Int?) -> (rows: [[String]], faults: Diagnostics) {
    var reader = piece == nil ? CSVReader(bytes, path: "f.csv") : CSVReader(path: "f.csv")
    var (rows, faults) = ([[String]](), Diagnostics())
    var start = 0
    while true {
        do throws(Diagnostic) {
            switch try reader.advance() {
            case .row:
                rows.append(reader.texts)
                for column in 0..<reader.count { _ = reader.position(column) }
            case .needsInput:
                let end = min(start + (piece ?? 0), bytes.count)
                if start == end { reader.finish() } else { reader.feed(Array(bytes[start..<end])) }
                start = end
            case .end: return (rows, faults)
            }
        } catch {
            faults.add(error)
        }
    }
}

@Sendable func csv(_ bytes: [UInt8]) -> String? {
    let whole = rows(bytes, piece: nil)
    if let broken = broken(whole.faults, bytes, isRead: true) { return broken }
    for piece in [1, 7] {
        let pieces = rows(bytes, piece: piece)
        if whole.rows != pieces.rows { return "a file in pieces has other rows than the whole" }
        if whole.faults.all != pieces.faults.all { return "a file in pieces has other faults than the whole" }
    }
    return nil
}

@Sendable func yaml(_ bytes: [UInt8]) -> String? {
    var diagnostics = Diagnostics()
    let node = YAMLReader.read(bytes, path: "f.yaml", into: &diagnostics)
    return broken(diagnostics, bytes, isRead: node != nil)
}

/// A schema, a newline, an instance; else the schema judges itself.
@Sendable func schema(_ bytes: [UInt8]) -> String? {
    let parts = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, let schema = try? JSON.parse(Array(first)) else { return nil }
    let instance = parts.count > 1 ? (try? JSON.parse(Array(parts[1]))) ?? schema : schema
    for options in [SchemaOptions.standard, .strict] {
        do throws(SchemaError) {
            let compiled = try CompiledSchema(compiling: schema, options: options)
            for value in [instance, schema, [instance], ["a": instance], 5, "a", .null] as [JSON] {
                let faults = compiled.faults(of: value)
                if faults.count > CompiledSchema.faultLimit { return "more faults than the limit" }
                if compiled.isValid(value) != faults.isEmpty { return "an instance is valid with faults, or invalid without" }
            }
        } catch {
            if error.reason.isEmpty { return "a schema's error says nothing" }
        }
    }
    return nil
}
