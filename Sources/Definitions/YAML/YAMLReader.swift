internal import Kernel
import Yams

/// Reads the part of YAML 1.2 that definition files need: mappings, lists and scalars. No anchors, aliases, tags, merge keys or second documents.
///
/// **Shape** `Node.depthMax`, `Node.countMax` and `SourceText.sizeMax` hold. Scalars follow the core schema narrowed to JSON's values.
/// **Standard** YAML 1.2.2, chapters 7, 8 and 10.3
package enum YAMLReader {
    /// Places that may be aliases, in a file that also has places that may be anchors. What is composed before aliases can be
    /// refused grows as (aliases / anchors) to the power of the anchors, so this keeps it under a few hundred nodes.
    static let aliasCandidatesMax = 16

    /// Reads one document, or reports why it cannot and returns nil.
    package static func read(_ bytes: [UInt8], path: String, into diagnostics: inout Diagnostics) -> Node? {
        guard let source = SourceText(bytes, path: path, into: &diagnostics) else { return nil }
        guard refusesNothingBeforehand(source, into: &diagnostics) else { return nil }
        do {
            let parser = try Parser(yaml: String(decoding: source.bytes, as: UTF8.self), resolver: .basic, encoding: .utf8)
            // Yams holds anchors weakly: without the parser they would be gone, and an alias would look like an innocent copy.
            return try withExtendedLifetime(parser) {
                guard let root = try parser.singleRoot() else {
                    diagnostics.error("the file is empty; write its keys", at: .start, in: path)
                    return nil
                }
                var walk = Walk(source: source, diagnostics: diagnostics)
                let node = walk.node(root, depth: 1)
                diagnostics = walk.diagnostics
                return walk.hasFailed ? nil : node
            }
        } catch let error as YamlError {
            report(error, source, into: &diagnostics)
        } catch {
            diagnostics.error("this is not YAML", at: .start, in: path)
        }
        return nil
    }

    /// What must be refused before Yams composes the tree: nesting (it recurses) and floods of aliases (it copies).
    private static func refusesNothingBeforehand(_ source: SourceText, into diagnostics: inout Diagnostics) -> Bool {
        // `[` and `{` in texts count, too; they are closed again there, and no text nests a hundred of them.
        var depth = 0, anchors = 0, aliases = 0, firstAlias = 0
        var atNodeStart = true, last: UInt8 = 0x0A
        for (offset, byte) in source.bytes.enumerated() {
            switch byte {
            case 0x5B, 0x7B: depth += 1
            case 0x5D, 0x7D: depth = max(0, depth - 1)
            case 0x26 where atNodeStart: anchors += 1
            case 0x2A where atNodeStart: if aliases == 0 { firstAlias = offset }; aliases += 1
            case 0x0A: depth = min(depth, Node.depthMax)
            default: break
            }
            if depth > 4 * Node.depthMax {
                diagnostics.error("brackets nest deeper than \(Node.depthMax) levels here; make the file flatter", at: source.position(at: offset), in: source.path)
                return false
            }
            switch byte {
            case 0x20, 0x09: if last == 0x3A || last == 0x2D || last == 0x3F || last == 0x2C { atNodeStart = true }
            case 0x0A, 0x0D, 0x5B, 0x7B, 0x2C: atNodeStart = true
            default: atNodeStart = false
            }
            last = byte
        }
        if anchors > 0, aliases > aliasCandidatesMax {
            diagnostics.error("aliases (*name) are not read; write the value out, or quote a text that begins with * or &",
                              at: source.position(at: firstAlias), in: source.path)
            return false
        }
        return true
    }

    private static func report(_ error: YamlError, _ source: SourceText, into diagnostics: inout Diagnostics) {
        func say(_ problem: String, _ mark: Mark) {
            diagnostics.error(words(for: problem), at: source.position(of: mark), in: source.path)
        }
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _): say(problem, mark)
        case .composer(_, let problem, let mark, _):
            if problem.contains("alias") {
                say("aliases (*name) are not read; write the value out, or quote a text that begins with * or &", mark)
            } else if problem.contains("another document") {
                say("a second document begins here; a definition file holds one; delete the line ‘---’ and what follows, or move it to a file of its own", mark)
            } else { say(problem, mark) }
        case .reader(let problem, let offset, _, _):
            diagnostics.error("a character that YAML does not allow stands here (\(problem)); delete it or write it as \\u…. in double quotes",
                              at: source.position(at: offset ?? 0), in: source.path)
        case .duplicatedKeysInMapping(let keys, let context):
            let first = source.position(of: context.mark)
            let key = keys.first ?? ""
            diagnostics.error("the key ‘\(key)’ stands twice in this mapping (first in line \(first.line)); keep one",
                              at: second(key, after: first, source) ?? first, in: source.path)
        default:
            diagnostics.error("this is not YAML", at: .start, in: source.path)
        }
    }

    /// The next line with the same key at the same column, before a line that is indented less.
    private static func second(_ key: String, after first: Position, _ source: SourceText) -> Position? {
        guard first.line < source.lineCount else { return nil }
        for number in (first.line + 1)...source.lineCount {
            let line = source.line(number)
            let indentation = line.unicodeScalars.prefix { $0 == " " }.count
            guard indentation < line.unicodeScalars.count, !line.allSatisfy({ $0 == " " }) else { continue }
            if indentation + 1 < first.column { return nil }
            let rest = line.dropFirst(indentation)
            if indentation + 1 == first.column,
               rest.hasPrefix(key + ":") || rest.hasPrefix("\"\(key)\":") || rest.hasPrefix("'\(key)':") {
                return Position(line: number, column: first.column)
            }
        }
        return nil
    }

    /// libyaml's problems in the words of somebody who writes definition files.
    private static func words(for problem: String) -> String {
        switch problem {
        case let text where text.contains("mapping values are not allowed"):
            "a colon with a blank after it stands where no key may; put the text in quotes, or mend the indentation"
        case let text where text.contains("could not find expected ':'"):
            "a key without a colon; write ‘key: value’"
        case let text where text.contains("did not find expected key"):
            "a key is expected here; mend the indentation, or put the text in quotes"
        case let text where text.contains("did not find expected '-' indicator"):
            "a list entry is expected here; begin it with ‘- ’ under the others"
        case let text where text.contains("cannot start any token"):
            "text cannot begin with this character (a tab, @, ` or %); indent with blanks, or put the text in quotes"
        case let text where text.contains("unexpected end of stream"):
            "the file ends within a quoted text; write the closing quote"
        case let text where text.contains("',' or ']'"): "a comma or ] is expected here"
        case let text where text.contains("',' or '}'"): "a comma or } is expected here"
        case let text where text.contains("did not find expected node content"):
            "a value is expected here, before the file or the brackets end"
        case let text where text.contains("unknown escape character"):
            "an escape that YAML does not know; write \\\\ for a backslash, or use single quotes"
        default: problem
        }
    }

    /// From Yams' tree to ours, refusing on the way what definition files do not use.
    private struct Walk {
        let source: SourceText
        var diagnostics: Diagnostics
        var count = 0
        var hasFailed = false

        init(source: SourceText, diagnostics: Diagnostics) {
            self.source = source
            self.diagnostics = diagnostics
        }

        mutating func fail(_ message: String, _ position: Position) {
            hasFailed = true
            diagnostics.error(message, at: position, in: source.path)
        }

        mutating func node(_ yaml: Yams.Node, depth: Int) -> Node? {
            let position = yaml.mark.map { source.position(of: $0) } ?? .start
            count += 1
            guard count <= Node.countMax else {
                if count == Node.countMax + 1 { fail("the file has more than \(Node.countMax) values; divide it", position) }
                return nil
            }
            guard depth <= Node.depthMax else {
                fail("this is nested deeper than \(Node.depthMax) levels; make the file flatter", position)
                return nil
            }
            // An alias is a copy of its anchored node: both are met here, before anything below them.
            guard yaml.anchor == nil else {
                fail("anchors (&name) and aliases (*name) are not read; write the value out, or quote a text that begins with * or &", position)
                return nil
            }
            switch yaml {
            case .mapping(let mapping):
                guard isPlain(mapping.tag, "tag:yaml.org,2002:map") else { return refuseTag(mapping.tag, position) }
                return read(mapping, at: position, depth: depth)
            case .sequence(let sequence):
                guard isPlain(sequence.tag, "tag:yaml.org,2002:seq") else { return refuseTag(sequence.tag, position) }
                var items: [Node] = []
                items.reserveCapacity(sequence.count)
                for item in sequence { if let item = node(item, depth: depth + 1) { items.append(item) } }
                return Node(.sequence(items), at: position, in: source)
            case .scalar(let scalar):
                guard isPlain(scalar.tag, "tag:yaml.org,2002:str") else { return refuseTag(scalar.tag, position) }
                let style: Node.Style = switch scalar.style {
                case .any, .plain: .plain
                case .singleQuoted: .singleQuoted
                case .doubleQuoted: .doubleQuoted
                case .literal: .literal
                case .folded: .folded
                }
                return Node(.scalar(scalar.string, style == .plain ? YAMLReader.kind(scalar.string) : .quoted), at: position, in: source, style: style)
            case .alias:
                fail("aliases (*name) are not read; write the value out", position)
                return nil
            }
        }

        private mutating func read(_ mapping: Yams.Node.Mapping, at position: Position, depth: Int) -> Node? {
            var entries: [(key: Node, value: Node)] = []
            entries.reserveCapacity(mapping.count)
            var lines: [ByteString: Int] = [:]
            for (yamlKey, yamlValue) in mapping {
                guard let key = node(yamlKey, depth: depth + 1) else { continue }
                guard case .scalar(let name, let kind) = key.content else {
                    fail("a key must be a word, not \(key.kindInWords)", key.position)
                    continue
                }
                if kind == .plain, name == "<<" {
                    fail("merge keys (<<) are not read; write the entries out", key.position)
                    continue
                }
                guard name.utf8.count <= Node.keyByteCountMax else {
                    fail("a key of more than \(Node.keyByteCountMax) bytes; shorten it", key.position)
                    continue
                }
                // Yams compares keys with their tags (1 and "1" differ there); for us the text alone counts.
                if let line = lines.updateValue(key.position.line, forKey: ByteString(name)) {
                    fail("the key ‘\(name)’ stands twice in this mapping (first in line \(line)); keep one", key.position)
                    continue
                }
                guard let value = node(yamlValue, depth: depth + 1) else { continue }
                entries.append((key, value))
            }
            return Node(.mapping(entries), at: position, in: source)
        }

        private func isPlain(_ tag: Tag, _ resolved: String) -> Bool {
            let name = tag.description
            return name.isEmpty || name == "!" || name == resolved
        }

        private mutating func refuseTag(_ tag: Tag, _ position: Position) -> Node? {
            fail("the tag ‘\(tag.description)’ is not read; delete it", position)
            return nil
        }
    }

    /// The kind of an unquoted scalar.
    static func kind(_ text: String) -> Node.ScalarKind {
        switch text {
        case "", "~", "null", "Null", "NULL": .null
        case "true", "false", "True", "False", "TRUE", "FALSE": .bool
        default: isNumber(text) ? .number : .plain
        }
    }

    /// JSON's number: no leading zero (a post code is text), no leading plus, no bare point, no hexadecimal.
    static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text).utf8
        func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
        if rest.first == 0x2D { rest.removeFirst() }
        let whole = rest.prefix(while: isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != 0x30 else { return false }
        rest.removeFirst(whole.count)
        if rest.first == 0x2E {
            rest.removeFirst()
            let part = rest.prefix(while: isDigit)
            guard !part.isEmpty else { return false }
            rest.removeFirst(part.count)
        }
        if rest.first == 0x65 || rest.first == 0x45 {
            rest.removeFirst()
            if rest.first == 0x2B || rest.first == 0x2D { rest.removeFirst() }
            let part = rest.prefix(while: isDigit)
            guard !part.isEmpty else { return false }
            rest.removeFirst(part.count)
        }
        return rest.isEmpty
    }
}

extension SourceText {
    /// libyaml places the end of the file on a line of its own, and takes U+0085, U+2028 and U+2029 for line ends, which editors do not
    /// count: what it places behind the file is at its end.
    fileprivate func position(of mark: Mark) -> Position {
        let end = position(at: bytes.count)
        return min(Position(line: max(1, mark.line), column: max(1, mark.column)), end)
    }
}
