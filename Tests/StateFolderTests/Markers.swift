/// Source text with the places of expected findings marked in it: `type: 1️⃣strng`.
///
/// **Shape** Markers are the keycap digits 1️⃣ to 9️⃣. They are taken out of the text; the place of each is where the next character then stands.
struct Marked {
    let text: String
    let places: [Int: (line: Int, column: Int)]

    init(_ marked: String) {
        var text = "", places: [Int: (line: Int, column: Int)] = [:]
        var line = 1, column = 1
        for character in marked {
            let scalars = Array(character.unicodeScalars)
            if scalars.count == 3, scalars[1].value == 0xFE0F, scalars[2].value == 0x20E3 {
                places[Int(scalars[0].value) - 0x30] = (line, column)
                continue
            }
            text.append(character)
            if character == "\n" || character == "\r\n" { line += 1; column = 1 } else { column += scalars.count }
        }
        self.text = text
        self.places = places
    }

    var bytes: [UInt8] { Array(text.utf8) }

    /// `file:line:column` of a marker, to compare with the start of a diagnostic.
    func place(_ marker: Int, in path: String) -> String {
        guard let place = places[marker] else { return "no marker \(marker)" }
        return "\(path):\(place.line):\(place.column): "
    }
}
