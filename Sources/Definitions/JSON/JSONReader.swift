internal import Kernel

/// Reads JSON strictly, keeping the place of every value.
///
/// **Shape** `Node.depthMax`, `Node.countMax` and `SourceText.sizeMax` hold. Duplicate keys are refused; all of them are reported, other faults end the reading.
/// **Standard** RFC 8259
package enum JSONReader {
    /// Reads one value, or reports why it cannot and returns nil.
    package static func read(_ bytes: [UInt8], path: String, into diagnostics: inout Diagnostics) -> Node? {
        guard let source = SourceText(bytes, path: path, into: &diagnostics) else { return nil }
        var scanner = Scanner(source: source)
        do throws(Fault) {
            scanner.skipBlanks()
            guard scanner.peek != nil else { throw Fault("the file is empty; write a JSON object, { … }", 0) }
            let node = try scanner.value(depth: 1)
            scanner.skipBlanks()
            guard scanner.index == source.bytes.count else { throw Fault("the value ends before this; delete what follows", scanner.index) }
            for duplicate in scanner.duplicates { diagnostics.add(duplicate) }
            return scanner.duplicates.isEmpty ? node : nil
        } catch {
            for duplicate in scanner.duplicates { diagnostics.add(duplicate) }
            diagnostics.error(error.message, at: source.position(at: error.offset), in: path)
            return nil
        }
    }

    private struct Fault: Error {
        let message: String
        let offset: Int
        init(_ message: String, _ offset: Int) { self.message = message; self.offset = offset }
    }

    private struct Scanner {
        let source: SourceText
        var index = 0
        var count = 0
        var duplicates: [Diagnostic] = []

        var cursor: SourceText.Cursor

        init(source: SourceText) {
            self.source = source
            cursor = SourceText.Cursor(source)
        }

        var peek: UInt8? { index < source.bytes.count ? source.bytes[index] : nil }

        mutating func skipBlanks() {
            while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
        }

        mutating func value(depth: Int) throws(Fault) -> Node {
            let start = index, position = cursor.position(at: index)
            count += 1
            guard count <= Node.countMax else { throw Fault("the file has more than \(Node.countMax) values; divide it", start) }
            guard depth <= Node.depthMax else { throw Fault("this is nested deeper than \(Node.depthMax) levels; make the file flatter", start) }
            switch peek {
            case 0x7B: return try object(at: position, depth: depth)
            case 0x5B: return try array(at: position, depth: depth)
            case 0x22:
                let text = try string()
                return node(.scalar(text, .quoted), position, .doubleQuoted)
            case .some(0x2D), .some(0x30...0x39): return node(.scalar(try number(), .number), position)
            case 0x74: try word("true"); return node(.scalar("true", .bool), position)
            case 0x66: try word("false"); return node(.scalar("false", .bool), position)
            case 0x6E: try word("null"); return node(.scalar("null", .null), position)
            case 0x2F: throw Fault("JSON has no comments; delete it", start)
            case 0x27: throw Fault("JSON texts stand in double quotes; write \" for '", start)
            case nil: throw Fault("the file ends where a value is expected", start)
            default: throw Fault("a value is expected here: an object, a list, a text in double quotes, a number, true, false or null", start)
            }
        }

        private func node(_ content: Node.Content, _ position: Position, _ style: Node.Style = .none) -> Node {
            Node(content, at: position, in: source, style: style)
        }

        private mutating func object(at position: Position, depth: Int) throws(Fault) -> Node {
            index += 1
            var entries: [(key: Node, value: Node)] = []
            var lines: [ByteString: Int] = [:]
            skipBlanks()
            if peek == 0x7D { index += 1; return node(.mapping([]), position) }
            while true {
                skipBlanks()
                let keyPosition = cursor.position(at: index)
                guard peek == 0x22 else {
                    throw Fault(peek == 0x7D ? "a comma before } ; delete it" : "a key in double quotes is expected here", index)
                }
                let start = index
                let name = try string()
                guard name.utf8.count <= Node.keyByteCountMax else { throw Fault("a key of more than \(Node.keyByteCountMax) bytes; shorten it", start) }
                let key = node(.scalar(name, .quoted), keyPosition, .doubleQuoted)
                if let line = lines.updateValue(key.position.line, forKey: ByteString(name)) {
                    duplicates.append(Diagnostic("the key ‘\(name)’ stands twice in this object (first in line \(line)); keep one",
                                                 at: key.position, in: source.path))
                }
                skipBlanks()
                guard peek == 0x3A else { throw Fault("a colon is expected after the key ‘\(name)’", index) }
                index += 1
                skipBlanks()
                entries.append((key, try value(depth: depth + 1)))
                skipBlanks()
                switch peek {
                case 0x2C: index += 1
                case 0x7D: index += 1; return node(.mapping(entries), position)
                case nil: throw Fault("the file ends within this object; write the closing }", source.offset(of: position))
                default: throw Fault("a comma or } is expected here", index)
                }
            }
        }

        private mutating func array(at position: Position, depth: Int) throws(Fault) -> Node {
            index += 1
            var items: [Node] = []
            skipBlanks()
            if peek == 0x5D { index += 1; return node(.sequence([]), position) }
            while true {
                skipBlanks()
                if peek == 0x5D { throw Fault("a comma before ] ; delete it", index) }
                items.append(try value(depth: depth + 1))
                skipBlanks()
                switch peek {
                case 0x2C: index += 1
                case 0x5D: index += 1; return node(.sequence(items), position)
                case nil: throw Fault("the file ends within this list; write the closing ]", source.offset(of: position))
                default: throw Fault("a comma or ] is expected here", index)
                }
            }
        }

        private mutating func word(_ expected: String) throws(Fault) {
            let start = index
            for byte in expected.utf8 {
                guard peek == byte else { throw Fault("a value is expected here; write ‘\(expected)’, or put the text in double quotes", start) }
                index += 1
            }
        }

        private mutating func number() throws(Fault) -> String {
            let start = index
            while let byte = peek, (byte >= 0x30 && byte <= 0x39) || byte == 0x2D || byte == 0x2B || byte == 0x2E || byte | 0x20 == 0x65 { index += 1 }
            let text = String(decoding: source.bytes[start..<index], as: UTF8.self)
            guard YAMLReader.isNumber(text) else {
                throw Fault("‘\(text)’ is not a number of JSON; write digits without a leading zero, with a point before decimals", start)
            }
            return text
        }

        private mutating func string() throws(Fault) -> String {
            let start = index
            index += 1
            var text: [UInt8] = []
            while let byte = peek {
                switch byte {
                case 0x22:
                    index += 1
                    return String(decoding: text, as: UTF8.self)
                case 0x5C: try escape(into: &text)
                case 0..<0x20: throw Fault("a text may not hold a line end or control character; write \\n", index)
                default: text.append(byte); index += 1
                }
            }
            throw Fault("the file ends within this text; write the closing \"", start)
        }

        private mutating func escape(into text: inout [UInt8]) throws(Fault) {
            let start = index
            index += 1
            guard let letter = peek else { throw Fault("the file ends within an escape", start) }
            index += 1
            switch letter {
            case 0x22, 0x5C, 0x2F: text.append(letter)
            case 0x62: text.append(0x08)
            case 0x66: text.append(0x0C)
            case 0x6E: text.append(0x0A)
            case 0x72: text.append(0x0D)
            case 0x74: text.append(0x09)
            case 0x75:
                var code = try hexadecimal(start)
                if code & 0xFC00 == 0xD800 {
                    guard peek == 0x5C, index + 1 < source.bytes.count, source.bytes[index + 1] == 0x75 else {
                        throw Fault("half of a surrogate pair; write the character itself", start)
                    }
                    index += 2
                    let low = try hexadecimal(start)
                    guard low & 0xFC00 == 0xDC00 else { throw Fault("half of a surrogate pair; write the character itself", start) }
                    code = 0x10000 + (code & 0x3FF) << 10 + (low & 0x3FF)
                }
                guard let scalar = Unicode.Scalar(code) else { throw Fault("half of a surrogate pair; write the character itself", start) }
                text.append(contentsOf: String(Character(scalar)).utf8)
            default: throw Fault("an escape that JSON does not know; write \\\\ for a backslash", start)
            }
        }

        private mutating func hexadecimal(_ start: Int) throws(Fault) -> UInt32 {
            var code: UInt32 = 0
            for _ in 0..<4 {
                guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                    throw Fault("four hexadecimal digits are expected after \\u", start)
                }
                code = code << 4 | UInt32(digit)
                index += 1
            }
            return code
        }
    }
}
