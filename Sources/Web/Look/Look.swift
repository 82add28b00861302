/// What a state gives the pages: its two colours and its emblem, checked.
package struct Look: Sendable {
    package let theme: Theme
    package let emblem: Emblem

    /// - Parameter a: the first state colour, as `#RRGGBB`.
    /// - Parameter b: the second.
    /// - Parameter emblem: the text of the emblem's SVG; colours equal to `a` and `b` follow the page's scheme.
    /// - Throws: `PagesFault.colour` for a colour under 6.5:1 on white, `PagesFault.emblem` for an SVG beyond the plain shapes.
    package init(a: String, b: String, emblem: String) throws(PagesFault) {
        theme = try Theme(a: a, b: b)
        self.emblem = try Emblem(svg: emblem, a: theme.a, b: theme.b)
    }
}
