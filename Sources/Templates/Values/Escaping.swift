/// How text becomes part of a page: every byte by itself.
///
/// `<`, `>`, `&`, `"` and `'` are single bytes in UTF-8, and no byte of a longer scalar looks like one of them. So what stands before or after one,
/// be it a combining mark, a joiner or a prepended sign, cannot hide it, as it would from a look at characters.
package enum Escaping {
    /// The entities, after the one that leaves a byte as it is and the one that leaves it out.
    private static let entities: [[UInt8]] = ["", "", "&quot;", "&amp;", "&#39;", "&lt;", "&gt;"].map { Array($0.utf8) }

    /// For each byte its place in `entities`. Control characters have no place in a page: but for the blanks they are left out.
    private static let table: [UInt8] = (0..<256).map { byte in
        switch UInt8(byte) {
        case UInt8(ascii: "\""): 2
        case UInt8(ascii: "&"): 3
        case UInt8(ascii: "'"): 4
        case UInt8(ascii: "<"): 5
        case UInt8(ascii: ">"): 6
        case 0x09, 0x0A, 0x0D: 0
        case 0x00..<0x20, 0x7F: 1
        default: 0
        }
    }

    /// Writes a text so that it is text wherever it stands: between tags, or in an attribute's quotes.
    package static func append(_ text: String, to page: inout [UInt8]) {
        var text = text
        text.withUTF8 { append($0, to: &page) }
    }

    static func append(_ bytes: UnsafeBufferPointer<UInt8>, to page: inout [UInt8]) {
        table.withUnsafeBufferPointer { table in
            var start = 0, place = 0
            while place < bytes.count {
                let entity = table[Int(bytes[place])]
                if entity != 0 {
                    page.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start..<place]))
                    page.append(contentsOf: entities[Int(entity)])
                    start = place &+ 1
                }
                place &+= 1
            }
            page.append(contentsOf: UnsafeBufferPointer(rebasing: bytes[start...]))
        }
    }
}
