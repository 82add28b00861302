import HouseTesting
import Kernel
import Templates
import Testing

/// Scalars that join with their neighbours into one character hide no sign of markup, whatever construct they pass.
@Suite("Texts in pages are escaped byte by byte") struct EscapingTests {
    /// All scalars that stand before or after another in one character: prepended, extending, joining, formatting, spacing; those of the Unicode of
    /// the running library, by their effect.
    static let joining: [Unicode.Scalar] = (0x80..<0x11_0000 as Range<UInt32>).compactMap { Unicode.Scalar($0) }.filter { scalar in
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark, .format, .control, .modifierSymbol, .lineSeparator, .paragraphSeparator: true
        default: scalar.properties.isVariationSelector || scalar.properties.isGraphemeExtend || scalar.properties.isJoinControl || prepends(scalar)
        }
    }

    private static func prepends(_ scalar: Unicode.Scalar) -> Bool {
        var text = String(Character(scalar))
        text.unicodeScalars.append("<")
        return text.count == 1
    }

    static let signs: [Unicode.Scalar] = ["<", ">", "&", "\"", "'"]

    /// Each sign with a joining scalar before it, after it and on both sides.
    static func texts(_ scalar: Unicode.Scalar) -> String {
        var text = ""
        for sign in signs {
            for part in [scalar, sign, "x", sign, scalar, "x", scalar, sign, scalar] as [Unicode.Scalar] { text.unicodeScalars.append(part) }
        }
        return text
    }

    static let constructs: [String: String] = [
        "variable": "{{v}}", "triple": "{{{v}}}", "ampersand": "{{&v}}", "attribute": "<a href=\"{{v}}\" title='{{v}}'>{{v}}</a>",
        "section": "{{#f}}{{v}}{{{v}}}{{/f}}", "text section": "{{#v}}{{v}}{{/v}}", "inverted": "{{^no}}{{v}}{{/no}}", "list": "{{#l}}{{.}}{{{.}}}{{/l}}",
        "fields": "{{#o}}{{v}}{{{v}}}{{/o}}", "rows": "{{#r}}{{v}}{{{v}}}{{/r}}", "dotted": "{{o.v}}{{{o.v}}}", "page": "{{#o}}{{page.v}}{{{page.v}}}{{/o}}",
        "partial": "{{> part}}", "indented partial": "\n  {{> part}}\n", "parent": "{{<layout}}{{/layout}}", "block": "{{<layout}}{{$b}}{{v}}{{{v}}}{{/b}}{{/layout}}",
        "delimiters": "{{=<% %>=}}<% v %><%& v %>", "constant": "{{t.v}}{{{t.v}}}", "markup": "{{{m}}}", "escaped markup": "{{m}}", "rendered": "{{{inner}}}",
    ]

    @Test func `there are scalars of every kind`() {
        #expect(Self.joining.count > 2_500)
        for value: UInt32 in [0x600, 0x6DD, 0x70F, 0x8E2, 0xD4E, 0x110BD, 0x301, 0x200D, 0x200C, 0x200B, 0xFE0F, 0xFE00, 0xE0100, 0x202E, 0x2066, 0xFEFF, 0x1F3FB, 0x903] {
            #expect(Self.joining.contains { $0.value == value }, "U+\(String(value, radix: 16))")
        }
    }

    @Test(arguments: constructs.keys.sorted()) func `no sign goes through raw`(construct: String) throws {
        let source = try #require(Self.constructs[construct])
        let sources = [
            "main": source, "part": "<p>{{v}}{{{v}}}</p>\n{{v}}", "layout": "<main class=\"{{v}}\">{{$b}}{{v}}{{{v}}}{{/b}}</main>{{{v}}}",
        ].mapValues { Array($0.utf8) }
        let set = try TemplateSet(sources, rules: .strict(everywhere: ["page"]))
        let part = try set.compile("part")
        let compiled = construct == "constant" ? nil : try set.compile("main")
        func page(_ text: String) throws -> String {
            let main = try compiled ?? set.compile("main", constants: Constants(groups: ["t"]) { _ in .text(text) })
            let inner: Markup = construct == "rendered" ? part.markup(["v": text]) : ""
            let values: Fields = [
                "v": text, "f": true, "no": false, "l": [text], "o": ["v": text] as Fields, "r": [["v": text]] as [Fields], "page": ["v": text] as Fields,
                "m": "<i title=\"\(text)\">\(text)</i>" as Markup, "inner": inner,
            ]
            return String(decoding: main.render(values), as: UTF8.self)
        }
        func raw(_ page: String) -> [Int] { Self.signs.map { sign in page.utf8.count { $0 == UInt8(sign.value) } } }
        // What the template writes of its own, and one entity for each sign of the text.
        let own = raw(try page("x"))
        let written = try page(Self.texts("\u{301}")).utf8.count { $0 == UInt8(ascii: "&") }
        #expect(written > own[2])
        for scalar in Self.joining {
            let counts = raw(try page(Self.texts(scalar)))
            #expect(counts[0] == own[0] && counts[1] == own[1] && counts[3] == own[3] && counts[4] == own[4] && counts[2] == written, "U+\(String(scalar.value, radix: 16))")
            if counts[0] != own[0] { break }
        }
    }
}
