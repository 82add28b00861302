internal import Foundation
internal import Templates

/// Everything that is drawn: marks, icons, waves and lines. All are SVG of the page, coloured by the stylesheet, and silent to a reader of the screen.
package struct Drawing: Sendable {
    package let look: Look
    package let stateName: String
    let patterns: LinePatternCache
    /// Draws the logic of a decision: a box may hold boxes, as a template may not hold itself.
    let box: Template

    // MARK: The line pattern

    /// In one colour, by their address: on covers.
    func linkedLines(_ number: String) -> Markup { patterns.link(number) }
    /// In one colour, whole: on result panels.
    func lines(_ number: String) -> Markup { patterns.svg(number) }
    /// In the state's two colours: on the data page.
    func twoToneLines(_ number: String) -> Markup { patterns.svg(number, gradient: "lp") }

    // MARK: Shapes

    /// A small mark, 12 units square.
    static func shape(_ shape: Shape) -> Markup {
        let body: Markup = switch shape {
        case .ball: "<circle cx=\"6\" cy=\"6\" r=\"5.5\"/>"
        case .diamond: "<path d=\"M6 0l6 6-6 6-6-6z\"/>"
        case .half: "<circle cx=\"6\" cy=\"6\" r=\"4.75\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/><path d=\"M6 1.25a4.75 4.75 0 0 1 0 9.5z\"/>"
        case .ring: "<circle cx=\"6\" cy=\"6\" r=\"4.75\" fill=\"none\" stroke=\"currentColor\" stroke-width=\"1.5\"/>"
        case .square: "<path d=\"M.5.5h11v11H.5z\"/>"
        }
        return "<svg class=\"mark m-\(shape.rawValue)\" viewBox=\"0 0 12 12\" aria-hidden=\"true\">\(body)</svg>"
    }

    /// Ball with a tick, square with a cross, half ball; nil is the ring.
    static func large(_ outcome: Decision.Outcome?, onColour: Bool = false) -> Markup {
        let (name, body): (String, Markup) = switch outcome {
        case .granted: ("ball", "<circle cx=\"14\" cy=\"14\" r=\"13\"/><path class=\"in\" d=\"M8.5 14.5l4 4 7.5-8.5\"/>")
        case .refused: ("square", "<path d=\"M1.5 1.5h25v25h-25z\"/><path class=\"in\" d=\"M9 9l10 10M19 9L9 19\"/>")
        case .referred: ("half", "<circle class=\"rim\" cx=\"14\" cy=\"14\" r=\"11.75\"/><path d=\"M14 2.25a11.75 11.75 0 0 1 0 23.5z\"/>")
        case nil: ("ring", "<circle class=\"rim\" cx=\"14\" cy=\"14\" r=\"11.75\"/>")
        }
        return "<svg class=\"big m-\(name)\(onColour ? " oncolour" : "")\" viewBox=\"0 0 28 28\" aria-hidden=\"true\">\(body)</svg>"
    }

    static func outcome(_ outcome: Decision.Outcome) -> Markup { large(outcome) }

    static let tick = line("tick", "0 0 16 16", "M1.5 8.5l4.5 4.5 8.5-10")
    static let cross = line("cross", "0 0 16 16", "M2.5 2.5l11 11M13.5 2.5l-11 11")

    private static func line(_ name: String, _ box: String, _ path: String) -> Markup {
        "<svg class=\"\(name)\" viewBox=\"\(box)\" fill=\"none\" stroke=\"currentColor\" aria-hidden=\"true\"><path d=\"\(path)\"/></svg>"
    }

    // MARK: Icons

    static func icon(_ name: String) -> Markup? { icons[name] }

    private static let icons: [String: Markup] = [
        "arrow": line("arrow", "0 0 24 16", "M1 8h21M16 2l6 6-6 6"),
        "chevron": line("chevron", "0 0 8 14", "M1 1l6 6-6 6"),
        "back": line("chevron", "0 0 8 14", "M7 1L1 7l6 6"),
        "down": line("down", "0 0 14 8", "M1 1l6 6 6-6"),
        "search": line("search", "0 0 20 20", "M13.5 13.5L18.5 18.5M8.5 15a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13z"),
        "wave": line("wave", "0 0 20 12", "M1 4c1.6-3 3.4-3 4.8-.6s3 2.4 4.4 0 3-2.4 4.4 0 3 2.4 4.4-.4M1 9.4c1.6-3 3.4-3 4.8-.6s3 2.4 4.4 0 3-2.4 4.4 0 3 2.4 4.4-.4"),
        "tick": tick, "cross": cross,
    ]

    // MARK: Waves and bars

    /// The way through the questions: what is behind the reader is drawn stronger.
    static func progress(_ position: Int, of total: Int) -> Markup {
        let crests = 12, width = 360.0, step = width / Double(crests)
        let share = total > 0 ? min(max(Double(position) / Double(total), 0), 1) : 0
        // Whole half-waves, so that both parts meet on the middle line.
        let done = Int((share * Double(crests)).rounded())
        func wave(from start: Int, to end: Int) -> String {
            guard start < end else { return "" }
            var path = "M\(number(Double(start) * step)) 6"
            for crest in start..<end { path += "q\(number(step / 2)) \(crest % 2 == 0 ? -8 : 8) \(number(step)) 0" }
            return path
        }
        return "<svg class=\"progress\" viewBox=\"0 0 360 12\" preserveAspectRatio=\"none\" fill=\"none\" aria-hidden=\"true\">"
            + "<path class=\"rest\" d=\"\(wave(from: done, to: crests))\"/><path class=\"done\" d=\"\(wave(from: 0, to: done))\"/></svg>"
    }

    /// A bar of two parts beside figures that say the same.
    static func bar(done: Int, stopped: Int, of most: Int) -> Markup {
        let full = 120.0 * Double(done) / Double(most), rest = 120.0 * Double(stopped) / Double(most)
        return "<svg class=\"bar\" viewBox=\"0 0 120 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect width=\"\(number(full))\" height=\"8\"/>"
            + "<rect class=\"stopped\" x=\"\(number(full))\" width=\"\(number(rest))\" height=\"8\"/></svg>"
    }

    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    // MARK: The portrait

    /// Stands for a photo that is not there: head and shoulders, hatched as an engraver would.
    static let portrait: Markup = {
        // Horizontal waves on face and hair, slanted lines over the hair and the shoulders; where two directions cross it grows darker.
        func waves(_ from: Int, _ to: Int, _ step: Int) -> String {
            stride(from: from, to: to, by: step).map { "M10 \($0)q11-3.5 22 0t22 0 22 0 22 0" }.joined()
        }
        let shoulders = stride(from: -30, to: 112, by: 5).map { "M\($0) 140l20-60" }.joined()
        let hair = stride(from: -30, to: 100, by: 4).map { "M\($0) 104l46-100" }.joined()
        return "<svg class=\"portrait\" viewBox=\"0 0 108 136\" fill=\"none\" aria-hidden=\"true\"><defs>"
            + "<clipPath id=\"ph\"><path d=\"M54 30c14 0 20 9 20 23 0 12-4 21-10 27l1 11c-3 4-7 6-11 6s-8-2-11-6l1-11c-6-6-10-15-10-27 0-14 6-23 20-23z\"/></clipPath>"
            + "<clipPath id=\"pk\"><path clip-rule=\"evenodd\" d=\"M54 13c20 0 29 13 29 31 0 14 0 24-3 33-4 3-9 4-14 3 6-6 8-16 8-27 0-8-2-14-5-17-9 1-19-2-25-6-6 5-10 13-10 23 0 11 2 21 8 27-5 1-10 0-14-3-3-9-3-19-3-33 0-18 9-31 29-31z\"/></clipPath>"
            + "<clipPath id=\"ps\"><path d=\"M41 91c4 6 8 8 13 8s9-2 13-8c21 4 33 15 38 46H3c5-31 17-42 38-46z\"/></clipPath></defs>"
            + "<g class=\"ga\" clip-path=\"url(#ph)\"><path d=\"\(waves(30, 100, 4))\"/></g>"
            + "<g clip-path=\"url(#pk)\"><path class=\"ga\" d=\"\(waves(12, 92, 3))\"/><path class=\"gb\" d=\"\(hair)\"/></g>"
            + "<g class=\"gb\" clip-path=\"url(#ps)\"><path d=\"\(shoulders)\"/></g></svg>"
    }()
}
