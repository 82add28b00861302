/// Bytes to nodes.
///
/// **Standard:** github.com/mustache/spec 1.4: comments, delimiters, interpolation, inverted, partials, sections, and inheritance without the
/// reindentation of blocks. Lambdas and dynamic names are left out on purpose: a template holds no program and names its partials.
struct TemplateReader {
    /// Sections, blocks and parents within each other.
    static let depthMax = 64

    private let template: String
    private let source: [UInt8]
    private var place = 0
    private var opening = Array("{{".utf8), closing = Array("}}".utf8)
    /// How many lines were counted, and up to where.
    private var counted = (place: 0, line: 1)
    /// Where a tag of inheritance ends that has nothing but such tags before it on its line.
    private var inheritanceEnd = -1

    private init(_ source: [UInt8], _ template: String) {
        self.source = source
        self.template = template
    }

    static func read(_ source: [UInt8], template: String) throws(TemplateFault) -> [Node] {
        var reader = TemplateReader(source, template)
        return try reader.nodes(until: nil, isInheritance: false, depth: 0)
    }

    private struct Tag {
        /// `0` for a plain value, else the sign after the opening delimiter.
        let sign: UInt8
        let start: Int
        let end: Int
        let content: ArraySlice<UInt8>

        static let signs = Array("#^/>!&{=<$".utf8)

        func has(_ sign: Unicode.Scalar) -> Bool { self.sign == UInt8(ascii: sign) }
        /// A tag that prints something never takes its line with it.
        var isPrinted: Bool { sign == 0 || has("&") || has("{") }
    }

    private mutating func nodes(until closed: String?, isInheritance: Bool, depth: Int) throws(TemplateFault) -> [Node] {
        guard depth <= TemplateReader.depthMax else { throw fault(.unbalanced(closed ?? ""), at: place) }
        var nodes: [Node] = []
        while true {
            let start = place
            guard let tag = try nextTag() else {
                if let closed { throw fault(.unbalanced(closed), at: source.count) }
                if start < source.count { nodes.append(.text(Array(source[start...]))) }
                return nodes
            }
            let line = standaloneLine(tag, after: start, closesInheritance: isInheritance)
            let end = line?.start ?? tag.start
            if start < end { nodes.append(.text(Array(source[start..<end]))) }
            let indent = line.map { Array(source[$0.start..<tag.start]) } ?? []
            place = line?.end ?? tag.end
            if tag.has("!") { continue }
            if tag.has("=") {
                try setDelimiters(tag)
                continue
            }
            let name = TemplateReader.text(tag.content)
            if tag.has("/") {
                guard name == closed else { throw fault(.unbalanced(name), at: tag.start) }
                return nodes
            }
            nodes.append(try node(tag, name, indent, depth: depth))
        }
    }

    private mutating func node(_ tag: Tag, _ name: String, _ indent: [UInt8], depth: Int) throws(TemplateFault) -> Node {
        let line = line(at: tag.start)
        switch tag.sign {
        case UInt8(ascii: "#"): return .section(try path(tag, name), try nodes(until: name, isInheritance: false, depth: depth + 1))
        case UInt8(ascii: "^"): return .inverted(try path(tag, name), try nodes(until: name, isInheritance: false, depth: depth + 1))
        case UInt8(ascii: ">"): return .partial(name, indent: indent, line: line)
        case UInt8(ascii: "$"): return .block(Node.Block(name: name, body: try nodes(until: name, isInheritance: true, depth: depth + 1)))
        case UInt8(ascii: "<"):
            // Between a parent's tags only its blocks count.
            let blocks = try nodes(until: name, isInheritance: true, depth: depth + 1).compactMap { if case .block(let block) = $0 { block } else { nil } }
            return .parent(name, blocks: blocks, indent: indent, line: line)
        default: return .value(try path(tag, name), isRaw: tag.sign != 0)
        }
    }

    // MARK: Tags

    private mutating func nextTag() throws(TemplateFault) -> Tag? {
        while place < source.count, !matches(opening, at: place) { place += 1 }
        guard place < source.count else { return nil }
        let start = place
        var next = start + opening.count
        var sign: UInt8 = 0
        if next < source.count, Tag.signs.contains(source[next]) {
            sign = source[next]
            next += 1
        }
        let end: [UInt8] = switch sign {
        case UInt8(ascii: "{"): [UInt8(ascii: "}")] + closing
        case UInt8(ascii: "="): [sign] + closing
        default: closing
        }
        var last = next
        while last < source.count, !matches(end, at: last) { last += 1 }
        guard last < source.count else { throw fault(.openTag, at: start) }
        return Tag(sign: sign, start: start, end: last + end.count, content: source[next..<last])
    }

    private mutating func setDelimiters(_ tag: Tag) throws(TemplateFault) {
        let parts = tag.content.split(whereSeparator: { TemplateReader.isBlank($0) || $0 == 0x0A || $0 == 0x0D })
        guard parts.count == 2 else { throw fault(.delimiters, at: tag.start) }
        (opening, closing) = (Array(parts[0]), Array(parts[1]))
    }

    /// The line of a tag that prints nothing and has it for itself: it leaves no empty line behind.
    private mutating func standaloneLine(_ tag: Tag, after start: Int, closesInheritance: Bool) -> (start: Int, end: Int)? {
        guard !tag.isPrinted else { return nil }
        var first = tag.start, last = tag.end
        while first > 0, TemplateReader.isBlank(source[first - 1]) { first -= 1 }
        while last < source.count, TemplateReader.isBlank(source[last]) { last += 1 }
        // `{{<layout}}{{$main}}` on one line is one line of tags.
        let inherits = tag.has("<") || tag.has("$") || tag.has("/") && closesInheritance
        let begins = first == 0 || source[first - 1] == 0x0A || inherits && first == inheritanceEnd
        guard begins else { return nil }
        if inherits { inheritanceEnd = tag.end }
        guard first >= start else { return nil }
        if last == source.count { return (first, last) }
        if source[last] == 0x0A { return (first, last + 1) }
        if source[last] == 0x0D, last + 1 < source.count, source[last + 1] == 0x0A { return (first, last + 2) }
        return nil
    }

    // MARK: Names

    private mutating func path(_ tag: Tag, _ text: String) throws(TemplateFault) -> TagPath {
        let line = line(at: tag.start)
        if text == "." { return TagPath(names: [], line: line) }
        var names: [Name] = []
        for part in Array(text.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard let name = Name(part) else { throw fault(.name(text), at: tag.start) }
            names.append(name)
        }
        return TagPath(names: names, line: line)
    }

    /// What stands in a tag, without the blanks around it.
    private static func text(_ content: ArraySlice<UInt8>) -> String {
        let parts = content.split(whereSeparator: { isBlank($0) || $0 == 0x0A || $0 == 0x0D })
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ")
    }

    private func matches(_ bytes: [UInt8], at place: Int) -> Bool {
        guard place + bytes.count <= source.count else { return false }
        for offset in bytes.indices where source[place + offset] != bytes[offset] { return false }
        return true
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    /// The line of a place; tags come in their order, so that each line is counted once.
    private mutating func line(at place: Int) -> Int {
        if place < counted.place { counted = (0, 1) }
        for byte in source[counted.place..<place] where byte == 0x0A { counted.line += 1 }
        counted.place = place
        return counted.line
    }

    private mutating func fault(_ kind: TemplateFault.Kind, at place: Int) -> TemplateFault {
        TemplateFault(template: template, line: line(at: place), kind: kind)
    }
}
