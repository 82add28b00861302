package import Templates

/// A state's emblem, safe to stand inside a page, in two forms.
package struct Emblem: Hashable, Sendable {
    /// Its parts in the state's colours follow the light and the dark scheme.
    package let twoTone: Markup
    /// All parts white, for covers.
    package let white: Markup
    /// In the state's own colours, for the browser's tab; a file of its own.
    package let file: Markup

    static let elements: Set<String> = ["svg", "g", "path", "circle", "ellipse", "rect", "line", "polyline", "polygon", "title"]
    static let attributes: Set<String> = [
        "viewBox", "d", "cx", "cy", "r", "rx", "ry", "x", "y", "x1", "y1", "x2", "y2", "width", "height", "points", "transform", "fill", "fill-rule", "clip-rule", "stroke",
        "stroke-width", "stroke-linecap", "stroke-linejoin", "opacity", "class",
    ]

    /// - Throws: `PagesFault.emblem` naming the first thing that is not a plain shape: scripts, styles, links and references are refused.
    package init(svg: String, a: Colour, b: Colour) throws(PagesFault) {
        let tags = try Emblem.tags(svg)
        guard let root = tags.first, root.name == "svg", let box = root.attributes.first(where: { $0.name == "viewBox" })?.value else { throw .emblem("an <svg> with a viewBox must come first") }
        func write(_ paint: (_ name: String, _ value: String) -> Markup) -> Markup {
            tags.dropFirst().map { tag -> Markup in
                guard !tag.isEnd else { return tag.name == "svg" ? "" : "</\(tag.name)>" }
                let attributes = tag.attributes.filter { $0.name != "class" }.map { attribute -> Markup in
                    ["fill", "stroke"].contains(attribute.name) ? paint(attribute.name, attribute.value) : " \(attribute.name)=\"\(attribute.value)\""
                }
                return "<\(tag.name)\(attributes.joined())\(tag.isClosed ? "/" as Markup : "")>"
            }.joined()
        }
        func same(_ value: String, _ colour: Colour) -> Bool { value.uppercased() == colour.hex }
        let head: Markup = "<svg class=\"emblem\" viewBox=\"\(box)\" aria-hidden=\"true\">"
        twoTone = head + write { name, value in
            same(value, a) ? " class=\"\(name)-a\"" : same(value, b) ? " class=\"\(name)-b\"" : " \(name)=\"\(value)\"" as Markup
        } + "</svg>"
        white = head + write { name, value in value == "none" ? " \(name)=\"none\"" : " \(name)=\"#fff\"" } + "</svg>"
        file = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"\(box)\">" + write { " \($0)=\"\($1)\"" } + "</svg>\n"
    }

    private struct Tag {
        var name: String
        var attributes: [(name: String, value: String)]
        var isEnd: Bool
        var isClosed: Bool
    }

    /// Reads tags and nothing else; the text of a `title` is dropped with the element, since the state's name stands beside the emblem.
    private static func tags(_ svg: String) throws(PagesFault) -> [Tag] {
        var tags: [Tag] = [], rest = Substring(svg), inTitle = false
        if rest.hasPrefix("<?xml"), let end = rest.firstRange(of: "?>") { rest = rest[end.upperBound...] }
        while let open = rest.firstIndex(of: "<") {
            rest = rest[open...]
            if rest.hasPrefix("<!--") {
                guard let end = rest.firstRange(of: "-->") else { throw .emblem("a comment does not end") }
                rest = rest[end.upperBound...]
                continue
            }
            guard let close = rest.firstIndex(of: ">") else { throw .emblem("a tag does not end") }
            let tag = try Emblem.tag(rest[rest.index(after: open)..<close])
            rest = rest[rest.index(after: close)...]
            if tag.name == "title" {
                inTitle = !tag.isEnd && !tag.isClosed
            } else if inTitle {
                throw .emblem("<title> holds an element")
            } else {
                tags.append(tag)
            }
        }
        return tags
    }

    private static func tag(_ text: Substring) throws(PagesFault) -> Tag {
        var text = text
        let isEnd = text.first == "/", isClosed = text.last == "/"
        if isEnd { text = text.dropFirst() }
        if isClosed { text = text.dropLast() }
        let name = String(text.prefix { !$0.isWhitespace })
        guard elements.contains(name) else { throw .emblem("<\(name)> is not a plain shape") }
        text = text.dropFirst(name.count)
        var attributes: [(name: String, value: String)] = []
        while let start = text.firstIndex(where: { !$0.isWhitespace }) {
            text = text[start...]
            guard let equals = text.firstIndex(of: "="), let quote = text[text.index(after: equals)...].first, quote == "\"" || quote == "'" else { throw .emblem("<\(name)>: an attribute has no value in quotes") }
            let key = text[..<equals].trimmingSuffix { $0.isWhitespace }
            let begin = text.index(equals, offsetBy: 2)
            guard let end = text[begin...].firstIndex(of: quote) else { throw .emblem("<\(name) \(key)>: the value does not end") }
            let value = String(text[begin..<end])
            text = text[text.index(after: end)...]
            if key.hasPrefix("xmlns") { continue }
            guard Emblem.attributes.contains(String(key)), !value.contains("&"), !value.contains("\""), !value.lowercased().contains("url(") else { throw .emblem("<\(name) \(key)> is not allowed") }
            attributes.append((String(key), value))
        }
        return Tag(name: name, attributes: attributes, isEnd: isEnd, isClosed: isClosed)
    }

}

extension Substring {
    fileprivate func trimmingSuffix(while predicate: (Character) -> Bool) -> Substring {
        var trimmed = self
        while let last = trimmed.last, predicate(last) { trimmed = trimmed.dropLast() }
        return trimmed
    }
}
