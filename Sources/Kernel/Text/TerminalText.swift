/// Text of others on its way to a terminal: what would move the cursor, change colours or the title, hide, or turn the direction of reading is
/// written out as `\u{1B}`.
///
/// Scalar by scalar, so that no neighbour shields another: control, format, private, ignorable and unassigned scalars, line and paragraph
/// separators, scalars that join the next one, and more combining marks in a row than writing has. What is left is what a reader sees.
public enum TerminalText {
    /// Scalars of one text that are shown; the rest is counted.
    public static let scalarsMax = 4_000

    public static func escaped(_ text: String, scalarsMax: Int = TerminalText.scalarsMax) -> String {
        var result = String.UnicodeScalarView()
        var marks = 0
        var count = 0
        for scalar in text.unicodeScalars {
            count += 1
            if count > scalarsMax { continue }
            let isMark = PeopleText.isMark(scalar)
            marks = isMark ? marks + 1 : 0
            if PeopleText.isVisible(scalar) && marks <= PeopleText.marksMax && !(isMark && count == 1) {
                result.append(scalar)
            } else {
                result.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
            }
        }
        var shown = String(result)
        if count > scalarsMax { shown += "… (\(count - scalarsMax) more)" }
        return shown
    }
}
