/// Text broken into lines that fit a width, without a font at hand: the widths are those of a plain sans-serif, for text of medium weight.
struct FittedText {
    /// More lines than this end in an ellipsis; the whole text is then in the node's title.
    static let linesMax = 6
    static let fontSize = 13

    let lines: [String]

    /// - Parameter width: in units of the picture.
    init(_ text: String, width: Int) {
        let limit = width * 1_000 / FittedText.fontSize
        var lines: [String] = []
        var line = "", size = 0
        for part in FittedText.parts(text) {
            let partSize = FittedText.size(part)
            if size + partSize <= limit || line.isEmpty && partSize <= limit {
                line += part
                size += partSize
                continue
            }
            if !line.isEmpty { lines.append(line) }
            line = ""
            size = 0
            // A word that is longer than a line is broken where the line ends.
            for character in part {
                let characterSize = FittedText.size(character)
                if size + characterSize > limit, !line.isEmpty {
                    lines.append(line)
                    line = ""
                    size = 0
                }
                if line.isEmpty, character == " " { continue }
                line.append(character)
                size += characterSize
            }
        }
        if !line.isEmpty { lines.append(line) }
        lines = lines.map { FittedText.trimmed($0) }.filter { !$0.isEmpty }
        if lines.count > FittedText.linesMax {
            lines = Array(lines.prefix(FittedText.linesMax))
            lines[FittedText.linesMax - 1] = String(lines[FittedText.linesMax - 1].dropLast()) + "…"
        }
        self.lines = lines
    }

    /// Words with the blank before them; names in code also break after their low lines, hyphens and strokes.
    private static func parts(_ text: String) -> [String] {
        var parts: [String] = []
        var part = ""
        for character in text {
            if character.isWhitespace {
                if !part.isEmpty { parts.append(part) }
                part = " "
                continue
            }
            part.append(character)
            if character == "_" || character == "-" || character == "/" {
                parts.append(part)
                part = ""
            }
        }
        if part != " ", !part.isEmpty { parts.append(part) }
        return parts
    }

    private static func trimmed(_ line: String) -> String {
        var rest = line[...]
        while rest.first == " " { rest = rest.dropFirst() }
        return String(rest)
    }

    private static func size(_ text: String) -> Int {
        var size = 0
        for character in text { size += FittedText.size(character) }
        return size
    }

    /// In thousandths of the font's size.
    private static func size(_ character: Character) -> Int {
        switch character {
        case " ": return 270
        case "i", "j", "l", "t", "f", "r", "I", ".", ",", ":", ";", "'", "’", "|", "!", "(", ")", "і", "ї": return 340
        case "m", "w", "M", "W", "ж", "ш", "щ", "ю", "ф", "ы", "Ж", "Ш", "Щ", "Ю", "Ф", "М", "@", "%": return 850
        default: break
        }
        guard let scalar = character.unicodeScalars.first else { return 0 }
        if scalar.value >= 0x2E80 { return 1_050 }
        return character.isUppercase ? 690 : 590
    }
}
