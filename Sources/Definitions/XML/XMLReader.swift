internal import Kernel

/// Reads XML without a document type: no DTD, so no entities beyond the five of XML and character references, and nothing is ever fetched.
///
/// **Shape** The limits below and `SourceText.sizeMax` hold. UTF-8 only. The first fault ends the reading.
/// **Standard** XML 1.0 (fifth edition), well-formedness; Namespaces in XML 1.0 (third edition)
package enum XMLReader {
    package static let depthMax = 64
    package static let elementsMax = 200_000
    package static let attributesMax = 100

    /// Reads one document, or reports why it cannot and returns nil.
    package static func read(_ bytes: [UInt8], path: String, into diagnostics: inout Diagnostics) -> XMLNode? {
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) {
            diagnostics.error("this is UTF-16; save the file with the encoding UTF-8", at: .start, in: path)
            return nil
        }
        guard let source = SourceText(bytes, path: path, into: &diagnostics) else { return nil }
        var scanner = Scanner(source: source)
        do throws(Fault) {
            return try scanner.document()
        } catch {
            diagnostics.error(error.message, at: source.position(at: error.offset), in: path)
            return nil
        }
    }

    private struct Fault: Error {
        let message: String
        let offset: Int
        init(_ message: String, _ offset: Int) { self.message = message; self.offset = offset }
    }

    /// Text gathered from runs, references and CDATA sections, with the place of each.
    private struct Gathered {
        var bytes: [UInt8] = []
        var characters = 0
        var runs: [TextRun] = []

        mutating func begin(at offset: Int) { runs.append(TextRun(characterOffset: characters, byteOffset: offset)) }

        mutating func append(_ byte: UInt8) {
            bytes.append(byte)
            if byte & 0xC0 != 0x80 { characters += 1 }
        }

        mutating func append(_ scalar: Unicode.Scalar) {
            bytes.append(contentsOf: String(Character(scalar)).utf8)
            characters += 1
        }

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    private struct RawAttribute {
        let qualified: String
        let offset: Int
        let value: Gathered
    }

    /// An element whose end tag has not come yet.
    private struct Open {
        let qualified: String
        let name: String
        let namespace: String
        let attributes: [XMLAttribute]
        let offset: Int
        let position: Position
        var children: [XMLNode] = []
        var text = Gathered()
    }

    private struct Scanner {
        let source: SourceText
        var index = 0
        var elements = 0
        /// Prefix to namespace, innermost last.
        var scopes: [[ByteString: String]] = [["xml": "http://www.w3.org/XML/1998/namespace"]]

        var cursor: SourceText.Cursor

        init(source: SourceText) {
            self.source = source
            cursor = SourceText.Cursor(source)
        }

        var peek: UInt8? { index < source.bytes.count ? source.bytes[index] : nil }

        func isAt(_ text: StaticString) -> Bool {
            let count = text.utf8CodeUnitCount
            guard index + count <= source.bytes.count else { return false }
            return text.withUTF8Buffer { expected in
                for offset in 0..<count where source.bytes[index + offset] != expected[offset] { return false }
                return true
            }
        }

        mutating func skipBlanks() {
            while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
        }

        // MARK: Document

        mutating func document() throws(Fault) -> XMLNode {
            if isAt("<?xml") { try declaration() }
            try misc()
            guard peek != nil else { throw Fault("the file holds no element; write the root element", index) }
            guard peek == 0x3C else { throw Fault("text stands before the root element; delete it", index) }
            let root = try tree()
            try misc()
            guard peek == nil else { throw Fault("the root element ends before this; delete what follows", index) }
            return root
        }

        private mutating func declaration() throws(Fault) {
            let start = index
            guard let end = find("?>") else { throw Fault("the XML declaration does not end; write ?>", start) }
            let text = String(decoding: source.bytes[start..<end], as: UTF8.self).lowercased()
            if let range = text.firstOffset(of: "encoding") {
                let quoted = text.utf8.dropFirst(range).split(whereSeparator: { $0 == 0x22 || $0 == 0x27 }).dropFirst().first
                let name = quoted.map { String(Substring($0)) } ?? ""
                guard name == "utf-8" || name == "utf8" || name == "us-ascii" else {
                    throw Fault("the encoding ‘\(name)’ is not read; save the file as UTF-8 and write encoding=\"UTF-8\"", start)
                }
            }
            index = end + 2
        }

        /// The offset of a text from here on.
        private func find(_ text: StaticString) -> Int? {
            var ahead = self
            while ahead.index < source.bytes.count {
                if ahead.isAt(text) { return ahead.index }
                ahead.index += 1
            }
            return nil
        }

        /// Blanks, comments and processing instructions around the root.
        private mutating func misc() throws(Fault) {
            while true {
                skipBlanks()
                if isAt("<!--") { try comment() }
                else if isAt("<?") { try instruction() }
                else if isAt("<!") { throw Fault("a document type is not read; delete <!DOCTYPE …>", index) }
                else { return }
            }
        }

        private mutating func comment() throws(Fault) {
            let start = index
            index += 4
            while index < source.bytes.count {
                if isAt("-->") { index += 3; return }
                if isAt("--") { throw Fault("-- may not stand within a comment; write one dash", index) }
                index += 1
            }
            throw Fault("the comment does not end; write -->", start)
        }

        private mutating func instruction() throws(Fault) {
            let start = index
            guard let end = find("?>") else { throw Fault("the processing instruction does not end; write ?>", start) }
            if isAt("<?xml ") { throw Fault("an XML declaration may stand at the very start only; delete it", start) }
            index = end + 2
        }

        // MARK: Elements

        /// The root and all below it, without recursion.
        private mutating func tree() throws(Fault) -> XMLNode {
            var stack: [Open] = []
            while true {
                if stack.isEmpty || peek == 0x3C {
                    if stack.isEmpty, isAt("</") || isAt("<![") { throw Fault("the root element is expected here", index) }
                    if isAt("<!--") { try comment(); continue }
                    if isAt("<![CDATA[") { try section(into: &stack[stack.count - 1].text); continue }
                    if isAt("<?") { try instruction(); continue }
                    if isAt("<!") { throw Fault("a document type or declaration is not read; delete it", index) }
                    if isAt("</") {
                        let closed = try close(stack[stack.count - 1])
                        stack.removeLast()
                        if stack.isEmpty { return closed }
                        stack[stack.count - 1].children.append(closed)
                        continue
                    }
                    let (open, isEmpty) = try open(depth: stack.count + 1)
                    if !isEmpty { stack.append(open); continue }
                    scopes.removeLast()
                    let node = finish(open)
                    if stack.isEmpty { return node }
                    stack[stack.count - 1].children.append(node)
                } else if peek == nil {
                    let open = stack[stack.count - 1]
                    throw Fault("the element ‘\(open.qualified)’ does not end; write </\(open.qualified)>", open.offset)
                } else {
                    try run(until: 0x3C, into: &stack[stack.count - 1].text)
                }
            }
        }

        private func finish(_ open: Open) -> XMLNode {
            XMLNode(name: open.name, namespace: open.namespace, attributes: open.attributes, children: open.children,
                    text: open.text.text, position: open.position, runs: open.text.runs, source: source)
        }

        private mutating func open(depth: Int) throws(Fault) -> (Open, isEmpty: Bool) {
            let start = index, position = cursor.position(at: index)
            index += 1
            elements += 1
            guard elements <= elementsMax else { throw Fault("the file has more than \(elementsMax) elements; divide it", start) }
            guard depth <= depthMax else { throw Fault("elements are nested deeper than \(depthMax) levels; make the file flatter", start) }
            let qualified = try name(of: "element")
            var raw: [RawAttribute] = []
            var isEmpty = false
            while true {
                let before = index
                skipBlanks()
                guard let byte = peek else { throw Fault("the tag ‘\(qualified)’ does not end; write >", start) }
                if byte == 0x3E { index += 1; break }
                if isAt("/>") { index += 2; isEmpty = true; break }
                guard index > before else { throw Fault("a blank, / or > is expected here", index) }
                raw.append(try attribute())
                guard raw.count <= attributesMax else { throw Fault("an element with more than \(attributesMax) attributes", start) }
            }
            var scope = scopes[scopes.count - 1]
            for attribute in raw {
                let value = attribute.value.text
                if attribute.qualified == "xmlns" { scope[""] = value }
                else if attribute.qualified.hasPrefix("xmlns:") {
                    let prefix = String(attribute.qualified.dropFirst(6))
                    guard !value.isEmpty, prefix != "xml", prefix != "xmlns" else { throw Fault("the prefix ‘\(prefix)’ cannot be declared so", attribute.offset) }
                    scope[ByteString(prefix)] = value
                }
            }
            scopes.append(scope)
            let element = try resolve(qualified, scope, start + 1, isAttribute: false)
            var attributes: [XMLAttribute] = []
            attributes.reserveCapacity(raw.count)
            for attribute in raw {
                let isDeclaration = attribute.qualified == "xmlns" || attribute.qualified.hasPrefix("xmlns:")
                let (namespace, name) = isDeclaration ? ("http://www.w3.org/2000/xmlns/", attribute.qualified)
                    : try resolve(attribute.qualified, scope, attribute.offset, isAttribute: true)
                if attributes.contains(where: { $0.name.hasSameBytes(as: name) && $0.namespace.hasSameBytes(as: namespace) }) {
                    throw Fault("the attribute ‘\(attribute.qualified)’ stands twice; keep one", attribute.offset)
                }
                attributes.append(XMLAttribute(name: name, namespace: namespace, value: attribute.value.text,
                                               position: cursor.position(at: attribute.offset), runs: attribute.value.runs, source: source))
            }
            attributes.removeAll { $0.namespace == "http://www.w3.org/2000/xmlns/" }
            return (Open(qualified: qualified, name: element.name, namespace: element.namespace, attributes: attributes, offset: start, position: position), isEmpty)
        }

        private mutating func close(_ open: Open) throws(Fault) -> XMLNode {
            let start = index
            index += 2
            let qualified = try name(of: "element")
            guard qualified.hasSameBytes(as: open.qualified) else {
                throw Fault("</\(qualified)> stands where </\(open.qualified)> is expected (opened in line \(open.position.line))", start)
            }
            skipBlanks()
            guard peek == 0x3E else { throw Fault("> is expected here", index) }
            index += 1
            scopes.removeLast()
            return finish(open)
        }

        private func resolve(_ qualified: String, _ scope: [ByteString: String], _ offset: Int, isAttribute: Bool) throws(Fault) -> (namespace: String, name: String) {
            let parts = qualified.split(separator: ":", omittingEmptySubsequences: false)
            if parts.count == 1 { return (isAttribute ? "" : scope[""] ?? "", qualified) }
            guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { throw Fault("‘\(qualified)’ has a colon too many", offset) }
            guard let namespace = scope[ByteString(parts[0])] else {
                throw Fault("the prefix ‘\(parts[0])’ is not declared; write xmlns:\(parts[0])=\"…\" on the root element", offset)
            }
            return (namespace, String(parts[1]))
        }

        // MARK: Names and text

        private mutating func name(of what: String) throws(Fault) -> String {
            let start = index
            while let byte = peek {
                let isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A || byte == 0x5F || byte == 0x3A || byte >= 0x80
                let isLater = (byte >= 0x30 && byte <= 0x39) || byte == 0x2D || byte == 0x2E
                guard isLetter || (isLater && index > start) else { break }
                index += 1
            }
            guard index - start <= Node.keyByteCountMax else { throw Fault("the name of an \(what) of more than \(Node.keyByteCountMax) bytes; shorten it", start) }
            guard index > start else { throw Fault("the name of an \(what) is expected here; a < in text is written &lt;", start) }
            return String(decoding: source.bytes[start..<index], as: UTF8.self)
        }

        private mutating func attribute() throws(Fault) -> RawAttribute {
            let start = index
            let qualified = try name(of: "attribute")
            skipBlanks()
            guard peek == 0x3D else { throw Fault("= is expected after the attribute ‘\(qualified)’", index) }
            index += 1
            skipBlanks()
            guard let quote = peek, quote == 0x22 || quote == 0x27 else { throw Fault("the value of ‘\(qualified)’ must stand in quotes", index) }
            index += 1
            var value = Gathered()
            value.begin(at: index)
            while true {
                guard let byte = peek else { throw Fault("the value of ‘\(qualified)’ does not end; write the closing quote", start) }
                if byte == quote { index += 1; return RawAttribute(qualified: qualified, offset: start, value: value) }
                guard byte != 0x3C else { throw Fault("a < may not stand in an attribute; write &lt; (or the quote before it is missing)", index) }
                if byte == 0x26 { try reference(into: &value); continue }
                // Attribute values are normalised: a line end or tab becomes a blank.
                if byte == 0x0D, index + 1 < source.bytes.count, source.bytes[index + 1] == 0x0A { index += 1; value.append(0x20); index += 1; value.begin(at: index); continue }
                try checkCharacter(byte)
                value.append(byte == 0x0A || byte == 0x09 || byte == 0x0D ? 0x20 : byte)
                index += 1
            }
        }

        private mutating func run(until end: UInt8, into text: inout Gathered) throws(Fault) {
            text.begin(at: index)
            while let byte = peek, byte != end {
                switch byte {
                case 0x26: try reference(into: &text)
                case 0x5D where isAt("]]>"): throw Fault("]]> may not stand in text; write ]]&gt;", index)
                default: try characterAsRead(byte, into: &text)
                }
            }
        }

        private mutating func section(into text: inout Gathered) throws(Fault) {
            let start = index
            index += 9
            text.begin(at: index)
            while let byte = peek {
                if isAt("]]>") { index += 3; return }
                try characterAsRead(byte, into: &text)
            }
            throw Fault("the CDATA section does not end; write ]]>", start)
        }

        /// One byte of text; line ends become line feeds.
        private mutating func characterAsRead(_ byte: UInt8, into text: inout Gathered) throws(Fault) {
            try checkCharacter(byte)
            if byte == 0x0D {
                index += 1
                if peek == 0x0A { index += 1 }
                text.append(0x0A)
                text.begin(at: index)
            } else {
                text.append(byte)
                index += 1
            }
        }

        private func checkCharacter(_ byte: UInt8) throws(Fault) {
            guard byte >= 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else {
                throw Fault("a control character stands here; delete it", index)
            }
            if byte == 0xEF, index + 2 < source.bytes.count, source.bytes[index + 1] == 0xBF, source.bytes[index + 2] >= 0xBE {
                throw Fault("a character that XML does not allow stands here; delete it", index)
            }
        }

        private mutating func reference(into text: inout Gathered) throws(Fault) {
            let start = index
            index += 1
            var name: [UInt8] = []
            while let byte = peek, byte != 0x3B, name.count < 12, byte > 0x20, byte != 0x3C, byte != 0x26 { name.append(byte); index += 1 }
            guard peek == 0x3B else { throw Fault("a & begins a reference such as &amp; ; write &amp; for the character itself", start) }
            index += 1
            let word = String(decoding: name, as: UTF8.self)
            switch word {
            case "lt": text.append(Unicode.Scalar(0x3C))
            case "gt": text.append(Unicode.Scalar(0x3E))
            case "amp": text.append(Unicode.Scalar(0x26))
            case "quot": text.append(Unicode.Scalar(0x22))
            case "apos": text.append(Unicode.Scalar(0x27))
            default:
                guard word.hasPrefix("#") else { throw Fault("the entity ‘&\(word);’ is not read; write the character itself", start) }
                let digits = word.dropFirst()
                let code = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits, radix: 10)
                guard let code, let scalar = Unicode.Scalar(code), code >= 0x20 || code == 9 || code == 10 || code == 13, code != 0xFFFE, code != 0xFFFF else {
                    throw Fault("‘&\(word);’ is no character; write the character itself", start)
                }
                text.append(scalar)
            }
            text.begin(at: index)
        }
    }
}

extension String {
    /// The offset in bytes of the first occurrence, without Foundation.
    fileprivate func firstOffset(of text: String) -> Int? {
        let all = Array(utf8), part = Array(text.utf8)
        guard all.count >= part.count else { return nil }
        for start in 0...(all.count - part.count) where Array(all[start..<(start + part.count)]) == part { return start }
        return nil
    }
}
