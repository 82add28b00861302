import Foundation
import Templates
import Testing
import Web

@Suite("A state's colours and emblem") struct LookTests {
    @Test(arguments: ["#5B9AA5", "#8A8A8A", "#FFFFFF", "0B5563", "#0B55", "#0B556G", "red", ""])
    func `a colour that cannot carry text is refused`(colour: String) {
        #expect(throws: PagesFault.colour(colour)) { try Theme(a: colour, b: "#8E2F6B") }
        #expect(throws: PagesFault.colour(colour)) { try Theme(a: "#0B5563", b: colour) }
    }

    @Test func `contrast is WCAG's`() throws {
        let black = Colour(red: 0, green: 0, blue: 0)
        #expect(abs(black.contrast(on: .white) - 21) < 0.001)
        #expect(abs(try #require(Colour("#767676")).contrast(on: .white) - 4.54) < 0.01)
        #expect(try #require(Colour("#0b5563")).hex == "#0B5563")
    }

    @Test func `the third cover lies between the two and is told from both`() throws {
        let theme = try Theme(a: "#0B5563", b: "#8E2F6B")
        #expect(theme.c != theme.a && theme.c != theme.b)
        #expect(theme.c.contrast(on: .white) >= 7)
        #expect(theme.stylesheet.contains("--c:\(theme.c.hex)"))
    }

    @Test func `a grey state stays grey`() throws {
        let theme = try Theme(a: "#333333", b: "#4D4D4D")
        for colour in [theme.c, theme.darkA, theme.darkB, theme.darkOnAct] { #expect(Set([colour.red, colour.green, colour.blue]).count <= 2, "\(colour.hex)") }
    }

    @Test func `an emblem follows the schemes, and is all white on covers`() throws {
        let emblem = try Fixtures.look.emblem
        let twoTone = emblem.twoTone.text, white = emblem.white.text, file = emblem.file.text
        #expect(twoTone.contains(#"class="fill-a""#) && twoTone.contains(#"class="fill-b""#))
        #expect(!twoTone.contains("#0B5563"))
        #expect(!white.contains("#8E2F6B") && white.contains("fill=\"#fff\""))
        #expect(!twoTone.contains("<title>"))
        #expect(file.hasPrefix("<svg xmlns=") && file.contains("#8E2F6B"))
    }

    @Test(arguments: [
        "<svg viewBox=\"0 0 1 1\"><script>alert(1)</script></svg>", "<svg viewBox=\"0 0 1 1\"><style>a{}</style></svg>", "<svg viewBox=\"0 0 1 1\"><path onclick=\"x\" d=\"M0 0\"/></svg>",
        "<svg viewBox=\"0 0 1 1\"><path fill=\"url(#x)\" d=\"M0 0\"/></svg>", "<svg viewBox=\"0 0 1 1\"><use href=\"#x\"/></svg>", "<svg viewBox=\"0 0 1 1\"><path d=M0/></svg>", "<svg><path d=\"M0 0\"/></svg>", "<svg viewBox=\"0 0 1 1\"><path",
        "<svg viewBox=\"0 0 1 1\"><foreignObject/></svg>", "<p>", "", "<svg viewBox='0 0 1 1\"><script>'/>", "<svg viewBox=\"0 0 1 1\"><path style=\"fill:red\"/></svg>", "<!DOCTYPE svg><svg viewBox=\"0 0 1 1\"/>",
    ])
    func `an emblem that is more than plain shapes is refused`(svg: String) {
        #expect(throws: PagesFault.self) { try Look(a: "#0B5563", b: "#8E2F6B", emblem: svg) }
    }
}

@Suite("The line pattern") struct LinePatternTests {
    @Test func `the same number gives the same lines, another number others`() {
        let one = LinePattern(number: "LC-4718-2093").svg(class: "lines")
        #expect(one == LinePattern(number: "LC-4718-2093").svg(class: "lines"))
        #expect(one != LinePattern(number: "LC-4718-2094").svg(class: "lines"))
    }

    @Test(arguments: ["LC-4718-2093", "CR-0093-5521", "", "4-718-2093", "ї"])
    func `there are two bands of seventeen lines in fifteen segments each, with whole steps along`(number: String) throws {
        let svg = LinePattern(number: number).svg(class: "lines").text
        #expect(svg.utf8.count < 11_000)
        let paths = svg.matches(of: #/ d="([^"]*)"/#).map { String($0.1) }
        #expect(paths.count == 2)
        for path in paths {
            let lines = path.split(separator: "M")
            #expect(lines.count == 17)
            for line in lines { #expect(line.wholeMatch(of: #/0 -?\d*\.?\d*c8 (-?[\d.]+) 16 (-?[\d.]+) 24 -?[\d.]+(s16 -?[\d.]+ 24 -?[\d.]+){14}/#) != nil, "\(line)") }
        }
    }

    @Test func `all lines of a band meet at its nodes`() throws {
        let svg = LinePattern(number: "LC-4718-2093").svg(class: "lines").text
        let path = try #require(svg.firstMatch(of: #/ d="([^"]*)"/#)).1
        // The heights of each line at the sixteen stations.
        let lines = path.split(separator: "M").map { line -> [Double] in
            let numbers = line.matches(of: #/-?\d*\.?\d+/#).compactMap { Double($0.0) }
            var heights = [numbers[1]]
            heights.append(heights[0] + numbers[7])
            for index in stride(from: 11, to: numbers.count, by: 4) { heights.append(heights[heights.count - 1] + numbers[index]) }
            return heights
        }
        let spreads = lines[0].indices.map { station in (lines.map { $0[station] }.max() ?? 0) - (lines.map { $0[station] }.min() ?? 0) }
        #expect(spreads.min()! < 30 && spreads.max()! > 100, "\(spreads)")
    }
}
