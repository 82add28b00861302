package import Templates

/// A laid-out requirement graph as the text of an SVG element, in DMN's shapes.
///
/// It has no colours of its own: strokes and text are `currentColor`, so that it follows the page in light, dark, forced colours and print; the
/// classes `g-…` are there for a stylesheet. Its size is in `rem` and grows with the reader's text. Never the sole carrier of what it says: the
/// page tells the same as a list.
///
/// **Standard:** DMN 1.5, 5.2 and table 2 (shapes); SVG 2; SVG Accessibility API Mappings, 5 (names).
package struct GraphPicture: Sendable {
    /// What the picture says in the reader's language.
    package struct Words: Sendable {
        package let title: String
        package let description: String
        /// "Decision", "Data": before a node's label where it is read out.
        package let kinds: [RequirementGraph.Kind: String]

        package init(title: String, description: String, kinds: [RequirementGraph.Kind: String]) {
            self.title = title
            self.description = description
            self.kinds = kinds
        }
    }

    private let layout: GraphLayout
    private let words: Words

    package init(_ layout: GraphLayout, _ words: Words) {
        self.layout = layout
        self.words = words
    }

    /// - Parameter id: a prefix for the ids of title and description, unlike any other of the page.
    package func svg(id: String) -> Markup {
        // An image has no parts for a reader of the screen, so that one whose parts are links is a group.
        let role = layout.boxes.contains { $0.node.address != nil } ? "group" : "img"
        var text: Markup = "<svg class=\"graph\" role=\"\(role)\" aria-labelledby=\"\(GraphPicture.oneLine(id))-title\" aria-describedby=\"\(GraphPicture.oneLine(id))-desc\" "
        text += "viewBox=\"0 0 \(layout.width) \(layout.height)\" width=\"\(GraphPicture.rem(layout.width))\" height=\"\(GraphPicture.rem(layout.height))\" "
        text += "fill=\"none\" stroke=\"currentColor\">\n"
        text += "<title id=\"\(GraphPicture.oneLine(id))-title\">\(GraphPicture.oneLine(words.title))</title>\n"
        text += "<desc id=\"\(GraphPicture.oneLine(id))-desc\">\(GraphPicture.oneLine(words.description))</desc>\n"
        for line in layout.lines { text += GraphPicture.line(line) + "\n" }
        for box in layout.boxes { text += node(box) + "\n" }
        return text + "</svg>"
    }

    // MARK: Lines

    private static let headLength = 9

    private static func line(_ line: GraphLayout.Line) -> Markup {
        guard let first = line.points.first, let last = line.points.last else { return "" }
        let points = line.points
        let direction = last.x > points[points.count - 2].x ? 1 : -1
        // Solid lines end where their head begins.
        let end = line.edge.relation == .information ? last.x - direction * headLength : last.x
        var path = "M\(first.x) \(first.y)"
        for place in stride(from: 1, to: points.count, by: 2) {
            let from = points[place - 1], to = points[place]
            if place > 1 { path += "H\(from.x)" }
            let x = place == points.count - 1 ? end : to.x
            if from.y == to.y {
                path += "H\(x)"
            } else {
                let half = (from.x + x) / 2
                path += "C\(half) \(from.y) \(half) \(to.y) \(x) \(to.y)"
            }
        }
        let dash: Markup = switch line.edge.relation {
        case .information: ""
        case .knowledge, .authority: " stroke-dasharray=\"5 4\""
        case .part: " stroke-dasharray=\"1 4\" stroke-linecap=\"round\""
        }
        let back = last.x - direction * headLength
        let head: Markup = switch line.edge.relation {
        case .information: "<path d=\"M\(last.x) \(last.y)L\(back) \(last.y - 4)V\(last.y + 4)z\" fill=\"currentColor\" stroke=\"none\"/>"
        case .knowledge: "<path d=\"M\(back) \(last.y - 4)L\(last.x) \(last.y)L\(back) \(last.y + 4)\"/>"
        case .authority: "<circle cx=\"\(last.x - direction * 4)\" cy=\"\(last.y)\" r=\"4\" fill=\"currentColor\" stroke=\"none\"/>"
        case .part: ""
        }
        return "<g class=\"g-line g-\(line.edge.relation.rawValue)\"><path d=\"\(path)\"\(dash)/>\(head)</g>"
    }

    // MARK: Nodes

    private func node(_ box: GraphLayout.Box) -> Markup {
        let kind = words.kinds[box.node.kind].map { $0 + ": " } ?? ""
        var inside: Markup = "<title>\(GraphPicture.oneLine(kind + box.node.label))</title>" + GraphPicture.shape(box)
        let textHeight = box.lines.count * GraphLayout.lineHeight
        // The base of a line of 13 units lies 13 under the top of its 18.
        let base = box.y + (box.height - textHeight) / 2 + 13 - (box.node.kind == .source ? 3 : 0)
        inside += "<text text-anchor=\"middle\" font-size=\"\(FittedText.fontSize)\" fill=\"currentColor\" stroke=\"none\">"
        for (place, line) in box.lines.enumerated() {
            // A blank between the lines, for those who read the text and not the picture.
            inside += "\(place > 0 ? " " : "")<tspan x=\"\(box.x + box.width / 2)\" y=\"\(base + place * GraphLayout.lineHeight)\">\(GraphPicture.oneLine(line))</tspan>"
        }
        inside += "</text>"
        let name = "g-node g-\(box.node.kind.rawValue)"
        guard let address = box.node.address else { return "<g class=\"\(name)\">\(inside)</g>" }
        return "<a class=\"\(name)\" href=\"\(GraphPicture.oneLine(address))\">\(inside)</a>"
    }

    private static func shape(_ box: GraphLayout.Box) -> Markup {
        let x = box.x, y = box.y, right = box.x + box.width, bottom = box.y + box.height
        switch box.node.kind {
        case .input:
            return "<rect class=\"shape\" x=\"\(x)\" y=\"\(y)\" width=\"\(box.width)\" height=\"\(box.height)\" rx=\"\(min(box.height / 2, 22))\"/>"
        case .decision:
            return "<rect class=\"shape\" x=\"\(x)\" y=\"\(y)\" width=\"\(box.width)\" height=\"\(box.height)\" stroke-width=\"2\"/>"
        case .knowledge:
            return "<path class=\"shape\" d=\"M\(x + 12) \(y)H\(right)V\(bottom - 12)L\(right - 12) \(bottom)H\(x)V\(y + 12)z\"/>"
        case .source:
            let half = box.width / 2
            return "<path class=\"shape\" d=\"M\(x) \(bottom - 5)V\(y)H\(right)V\(bottom - 5)q-\(half / 2) -11 -\(half) 0t-\(half) 0z\"/>"
        case .service:
            return "<rect class=\"shape\" x=\"\(x + 1)\" y=\"\(y + 1)\" width=\"\(box.width - 2)\" height=\"\(box.height - 2)\" rx=\"10\" stroke-width=\"3\"/>"
        }
    }

    // MARK: Text

    private static func rem(_ units: Int) -> String {
        let hundredths = units * 100 / 16
        let part = hundredths % 100
        return "\(hundredths / 100)" + (part == 0 ? "" : part < 10 ? ".0\(part)" : ".\(part)") + "rem"
    }

    /// A label with its line breaks as blanks; what XML has no place for is left out.
    private static func oneLine(_ text: String) -> String {
        var line = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\t", "\n", "\r": line += " "
            case "\u{FFFE}", "\u{FFFF}": break
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}
