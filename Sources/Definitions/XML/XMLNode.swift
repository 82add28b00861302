/// An attribute with its place.
package struct XMLAttribute: Sendable {
    /// Without prefix.
    package let name: String
    /// Empty for an attribute without a prefix.
    package let namespace: String
    package let value: String
    package let position: Position
    fileprivate let runs: [TextRun]
    fileprivate let source: SourceText

    init(name: String, namespace: String, value: String, position: Position, runs: [TextRun], source: SourceText) {
        self.name = name
        self.namespace = namespace
        self.value = value
        self.position = position
        self.runs = runs
        self.source = source
    }

    /// Where the `offset`-th character (Unicode scalar, from 0) of the value stands in the file.
    package func position(ofCharacter offset: Int) -> Position { source.position(of: offset, in: runs) ?? position }
}

/// A stretch of text that stands in the file as it is read: references and line ends begin new runs.
struct TextRun: Sendable {
    /// In Unicode scalars, within the text.
    let characterOffset: Int
    /// In bytes, within the file.
    let byteOffset: Int
}

extension SourceText {
    func position(of character: Int, in runs: [TextRun]) -> Position? {
        guard var run = runs.first else { return nil }
        for next in runs.dropFirst() { if next.characterOffset <= character { run = next } else { break } }
        var offset = run.byteOffset
        for _ in 0..<max(0, character - run.characterOffset) where offset < bytes.count {
            offset += 1
            while offset < bytes.count, bytes[offset] & 0xC0 == 0x80 { offset += 1 }
        }
        return position(at: offset)
    }
}

/// An XML element that knows its place. Comments and processing instructions are gone; text is the element's own, without that of its children.
package struct XMLNode: Sendable {
    /// Without prefix.
    package let name: String
    /// Empty where none is declared.
    package let namespace: String
    package let attributes: [XMLAttribute]
    package let children: [XMLNode]
    /// As written, blanks included.
    package let text: String
    /// Of the `<`.
    package let position: Position
    private let runs: [TextRun]
    private let source: SourceText

    init(name: String, namespace: String, attributes: [XMLAttribute], children: [XMLNode], text: String, position: Position, runs: [TextRun], source: SourceText) {
        self.name = name
        self.namespace = namespace
        self.attributes = attributes
        self.children = children
        self.text = text
        self.position = position
        self.runs = runs
        self.source = source
    }

    package var path: String { source.path }

    package func attribute(_ name: String, namespace: String = "") -> XMLAttribute? {
        attributes.first { $0.name == name && $0.namespace == namespace }
    }

    /// The value of an attribute.
    package subscript(_ name: String, namespace namespace: String = "") -> String? {
        attribute(name, namespace: namespace)?.value
    }

    /// The first child of that name, in this element's namespace unless another is given.
    package func child(_ name: String, namespace: String? = nil) -> XMLNode? {
        children.first { $0.name == name && $0.namespace == namespace ?? self.namespace }
    }

    package func children(_ name: String, namespace: String? = nil) -> [XMLNode] {
        children.filter { $0.name == name && $0.namespace == namespace ?? self.namespace }
    }

    /// The text without blanks at both ends, and how many characters (Unicode scalars) were taken from its start.
    package var trimmedText: (text: String, offset: Int) {
        let scalars = text.unicodeScalars
        func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\r" }
        let leading = scalars.prefix(while: isBlank).count
        var rest = scalars.dropFirst(leading)
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return (String(String.UnicodeScalarView(rest)), leading)
    }

    /// Where the `offset`-th character (Unicode scalar, from 0) of `text` stands in the file.
    package func position(ofCharacter offset: Int) -> Position { source.position(of: offset, in: runs) ?? position }
}
