/// The state's colours and those derived from them, written as plain hex into a stylesheet of their own.
package struct Theme: Hashable, Sendable {
    /// Under this ratio on white a state colour is refused: it carries links and white text.
    package static let contrastMin = 6.5

    package let a: Colour
    package let b: Colour
    /// The third cover, between the two.
    package let c: Colour
    package let darkA: Colour
    package let darkB: Colour
    /// Text on the primary button of the dark scheme.
    package let darkOnAct: Colour

    /// - Throws: `PagesFault.colour` for what is not `#RRGGBB` or has less than 6.5:1 on white.
    package init(a: String, b: String) throws(PagesFault) {
        self.a = try Theme.checked(a)
        self.b = try Theme.checked(b)
        let one = self.a.oklab, other = self.b.oklab
        // Three eighths of the way, so that the third cover is told from both; mixing dulls, so the chroma is given back, as far as the duller of the two has it.
        let mixed = one.mixed(with: other, by: 0.375)
        c = Colour(mixed.with(lightness: min(mixed.lightness, 0.4), chroma: min(mixed.chroma * 1.6, min(one.chroma, other.chroma))))
        darkA = Theme.dark(one)
        darkB = Theme.dark(other)
        darkOnAct = Colour(one.with(lightness: 0.2, chroma: min(one.chroma, 0.026)))
    }

    private static func checked(_ text: String) throws(PagesFault) -> Colour {
        guard let colour = Colour(text), colour.contrast(on: .white) >= contrastMin else { throw .colour(text) }
        return colour
    }

    /// The same hue, light enough to be read on a dark page.
    private static func dark(_ colour: Colour.Oklab) -> Colour {
        Colour(colour.with(lightness: 0.8, chroma: min(colour.chroma * 1.05, 0.055 + colour.chroma * 0.27)))
    }

    /// Served as `theme.css`, after the stylesheet.
    package var stylesheet: String {
        """
        :root{--a:\(a.hex);--b:\(b.hex);--ca:\(a.hex);--cb:\(b.hex);--c:\(c.hex)}
        @media screen and (prefers-color-scheme:dark){:root{--a:\(darkA.hex);--b:\(darkB.hex);--onact:\(darkOnAct.hex)}}

        """
    }
}
