package import Kernel

/// A value of a definition file that knows its place: the same type for YAML and JSON.
///
/// **Shape** At most `depthMax` deep and `countMax` nodes in a file; keys of a mapping are scalars and occur once.
package struct Node: Sendable {
    package static let depthMax = 64
    package static let countMax = 200_000
    /// Bytes of a key, or of a column's name: more are a mistake, and every key is compared with others.
    package static let keyByteCountMax = 1_024

    /// What a scalar is, by the YAML 1.2 core schema narrowed to what JSON has (so `yes`, `on` and `0x1F` are text).
    package enum ScalarKind: Hashable, Sendable { case plain, quoted, bool, null, number }

    package enum Content: Sendable {
        case mapping([(key: Node, value: Node)])
        case sequence([Node])
        case scalar(String, ScalarKind)
    }

    /// How a scalar is written, which tells where its n-th character stands.
    package enum Style: Hashable, Sendable { case plain, singleQuoted, doubleQuoted, literal, folded, none }

    package let source: SourceText
    package let position: Position
    package let content: Content
    package let style: Style

    package init(_ content: Content, at position: Position, in source: SourceText, style: Style = .none) {
        self.content = content
        self.position = position
        self.source = source
        self.style = style
    }

    package var path: String { source.path }

    /// The value of a key, when this is a mapping that has it.
    package subscript(_ key: String) -> Node? {
        guard case .mapping(let entries) = content else { return nil }
        for entry in entries { if case .scalar(let text, _) = entry.key.content, text.hasSameBytes(as: key) { return entry.value } }
        return nil
    }

    package subscript(_ index: Int) -> Node? {
        guard case .sequence(let items) = content, items.indices.contains(index) else { return nil }
        return items[index]
    }

    /// The text of a scalar that is text: plain or quoted. Numbers, truth values and null are none.
    package var text: String? {
        guard case .scalar(let text, let kind) = content, kind == .plain || kind == .quoted else { return nil }
        return text
    }

    package var entries: [(key: Node, value: Node)]? {
        guard case .mapping(let entries) = content else { return nil }
        return entries
    }

    package var items: [Node]? {
        guard case .sequence(let items) = content else { return nil }
        return items
    }

    package var isNull: Bool {
        guard case .scalar(_, .null) = content else { return false }
        return true
    }

    /// What stands here, in words for a message: "a list", "a number", …
    package var kindInWords: String {
        switch content {
        case .mapping: "a mapping"
        case .sequence: "a list"
        case .scalar(_, .plain), .scalar(_, .quoted): "text"
        case .scalar(_, .bool): "a truth value"
        case .scalar(_, .null): "nothing"
        case .scalar(_, .number): "a number"
        }
    }

    /// The same value as JSON, without places. A number outside decimal128 becomes its text.
    package var json: JSON {
        switch content {
        case .mapping(let entries):
            var object = JSONObject()
            for entry in entries { if case .scalar(let key, _) = entry.key.content { object[key] = entry.value.json } }
            return .object(object)
        case .sequence(let items): return .array(items.map { $0.json })
        case .scalar(let text, .plain), .scalar(let text, .quoted): return .string(text)
        case .scalar(let text, .bool): return .bool(text.utf8.count == 4)
        case .scalar(_, .null): return .null
        case .scalar(let text, .number): return Decimal128(text).map { .number($0) } ?? .string(text)
        }
    }

    /// The node at an RFC 6901 pointer (or as much of it as exists: the deepest node on the way), for placing a fault found in `json`.
    package func nearest(to pointer: JSONPointer) -> Node {
        var node = self
        for token in pointer.tokens {
            if let next = node[token] { node = next } else if let index = Int(token), let next = node[index] { node = next } else { break }
        }
        return node
    }

    /// Where the `offset`-th character of this scalar's text stands in the file.
    ///
    /// **Shape** Counted in Unicode scalars from 0. Exact for text on one line and for literal blocks; in folded text it may be off by the folded blanks.
    package func position(ofCharacter offset: Int) -> Position {
        let bytes = source.bytes
        var index = source.offset(of: position), left = offset
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        func skipScalar() {
            index += 1
            while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
        }
        /// Passes a line end and the indentation after it.
        func skipFold() {
            while index < bytes.count, isBlank(bytes[index]) || bytes[index] == 0x0A || bytes[index] == 0x0D { index += 1 }
        }
        switch style {
        case .none, .plain, .singleQuoted:
            if style == .singleQuoted { index += 1 }
            while left > 0, index < bytes.count {
                if bytes[index] == 0x0A || bytes[index] == 0x0D { skipFold() }
                else if style == .singleQuoted, bytes[index] == 0x27 { index += 2 }
                else { skipScalar() }
                left -= 1
            }
        case .doubleQuoted:
            index += 1
            while left > 0, index < bytes.count {
                if bytes[index] == 0x0A || bytes[index] == 0x0D { skipFold() }
                else if bytes[index] == 0x5C, index + 1 < bytes.count {
                    switch bytes[index + 1] {
                    case 0x78: index += 4
                    case 0x75:
                        // A pair of surrogates, written as two escapes, is one character.
                        let isHigh = index + 7 < bytes.count && (bytes[index + 2] | 0x20) == 0x64 && "89abAB".utf8.contains(bytes[index + 3])
                            && bytes[index + 6] == 0x5C
                        index += isHigh ? 12 : 6
                    case 0x55: index += 10
                    default: index += 2
                    }
                } else { skipScalar() }
                left -= 1
            }
        case .literal, .folded:
            // The text begins on the line after the indicator, behind the indentation of its first line that is not empty.
            let first = position.line + 1
            var indentation = 0, number = first
            while number <= source.lineCount {
                let line = source.line(number)
                if line.contains(where: { $0 != " " }) { indentation = line.prefix { $0 == " " }.count; break }
                number += 1
            }
            number = first
            while number <= source.lineCount {
                let length = max(0, source.line(number).unicodeScalars.count - indentation)
                if left <= length || number == source.lineCount { return Position(line: number, column: indentation + 1 + min(left, length)) }
                left -= length + 1
                number += 1
            }
        }
        return source.position(at: min(index, bytes.count))
    }
}
