import Foundation
import Kernel
import Testing
import Web

@Suite("The stylesheet keeps the look's promises") struct ContrastTests {
    let stylesheet: String
    let assets: Assets

    init() throws {
        assets = try Assets(look: Fixtures.look)
        stylesheet = String(decoding: try #require(assets.file("dovira.css")).bytes, as: UTF8.self)
    }

    /// The colours of one scheme: the light ones, with those that the dark scheme replaces.
    private func colours(dark: Bool, theme: String) throws -> [String: Colour] {
        var colours: [String: Colour] = [:]
        for text in [stylesheet, theme] {
            let parts = text.components(separatedBy: "prefers-color-scheme:dark")
            let light = try #require(parts[0].firstMatch(of: #/:root\{([^}]*)\}/#)).1
            let blocks = dark ? [light, try #require(parts[1].firstMatch(of: #/:root\{([^}]*)\}/#)).1] : [light]
            for block in blocks {
                for match in block.matches(of: #/--([a-z0-9-]+):\s*(#[0-9A-Fa-f]{6})/#) { colours[String(match.1)] = Colour(String(match.2)) }
            }
        }
        return colours
    }

    private static let istmo = ("#0B5563", "#8E2F6B"), sierra = ("#1F3F93", "#7A4F00")

    @Test(arguments: [(false, istmo), (true, istmo), (false, sierra), (true, sierra)])
    func `text has at least 4.5 to 1 and edges at least 3 to 1`(dark: Bool, state: (String, String)) throws {
        let theme = try Theme(a: state.0, b: state.1).stylesheet
        let colours = try colours(dark: dark, theme: theme)
        func ratio(_ front: String, _ ground: String) throws -> Double {
            try #require(colours[front], "\(front)").contrast(on: try #require(colours[ground], "\(ground)"))
        }
        for ground in ["paper", "wash", "sheet"] {
            for front in ["ink", "ink2", "a", "b", "ok", "warn", "stop"] { #expect(try ratio(front, ground) >= 4.5, "\(front) on \(ground)") }
            #expect(try ratio("edge", ground) >= 3)
        }
        #expect(try ratio("stop", "bad") >= 4.5)
        #expect(try ratio("onact", "a") >= 4.5)
        // The hovered button.
        #expect(try ratio("paper", "ink") >= 4.5)
        for cover in ["ca", "cb", "c", "good-panel", "bad-panel"] { #expect(try #require(colours[cover]).contrast(on: .white) >= 6.5, "white on \(cover)") }
    }

    @Test func `the figures are those of the table`() throws {
        let theme = try Theme(a: "#0B5563", b: "#8E2F6B").stylesheet
        let light = try colours(dark: false, theme: theme), dark = try colours(dark: true, theme: theme)
        func rounded(_ colours: [String: Colour], _ front: String, _ ground: String = "paper") throws -> Double {
            (try #require(colours[front]).contrast(on: try #require(colours[ground])) * 10).rounded() / 10
        }
        for (name, figure) in [("ink", 16.3), ("ink2", 7.2), ("a", 8.4), ("b", 7.6), ("ok", 6.7), ("warn", 6.4), ("stop", 6.8), ("edge", 4.4), ("rule", 1.4)] {
            #expect(abs(try rounded(light, name) - figure) <= 0.1, "\(name)")
        }
        for (name, figure) in [("ink", 15.9), ("ink2", 9.1), ("ok", 9.3), ("warn", 9.7), ("stop", 9.1), ("edge", 5.8), ("rule", 1.6)] {
            #expect(abs(try rounded(dark, name) - figure) <= 0.1, "\(name) dark")
        }
        #expect(try rounded(dark, "a") >= 9)
        #expect(try rounded(dark, "b") >= 9)
        #expect(try rounded(dark, "onact", "a") >= 9)
    }

    @Test func `stylesheet, font and scripts stay small`() throws {
        #expect(stylesheet.utf8.count < 20_000)
        #expect(try #require(assets.file("rules.css")).bytes.count < 6_000)
        #expect(try #require(assets.file("inter.woff2")).bytes.count < 40_000)
        #expect(assets.file("inter-OFL.txt") != nil)
        for script in ["page.js", "pattern.js", "verify.js", "history.js"] { #expect(try #require(assets.file(script)).bytes.count < 7_000, "\(script)") }
    }

    @Test func `sizes are in rem, so that larger text is larger everywhere`() {
        // Pixels remain for lines, gutters, the ribbon and the hidden texts alone.
        for match in stylesheet.matches(of: #/(?:font-size|padding|height|gap):[^;}]*?\b(\d+)px/#) { #expect(["1", "2", "3", "9"].contains(String(match.1)), "\(match.0)") }
    }

    @Test func `nothing is loaded from elsewhere`() {
        for match in stylesheet.matches(of: #/url\(([^)]*)\)/#) { #expect(["inter.woff2", "ribbon.svg"].contains(String(match.1))) }
        #expect(!stylesheet.contains("@import"))
    }

    @Test func `the dark scheme does not reach paper`() {
        #expect(!stylesheet.contains("@media (prefers-color-scheme"))
        #expect(stylesheet.contains("@media print"))
        #expect(stylesheet.contains("@media (forced-colors:active)"))
    }

    @Test func `every asset has an address of its own that changes with any of them`() throws {
        let other = try Assets(look: Look(a: "#1F3F93", b: "#7A4F00", emblem: Fixtures.emblem))
        #expect(Set(assets.all.map(\.address)).count == assets.all.count)
        #expect(assets.address("verify.js") != other.address("verify.js"))
        #expect(assets.address("verify.js").hasSuffix("/verify.js"))
        #expect(assets.file("dovira.css")?.type == "text/css; charset=utf-8")
        let core = try Assets(look: Fixtures.look, besides: ["core/core.wasm": [0]])
        #expect(core.file("core/core.wasm")?.type == "application/wasm")
    }
}
