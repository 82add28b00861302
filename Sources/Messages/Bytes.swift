/// What all readers of this target search with: contiguous bytes, each looked at a fixed number of times.
extension UnsafeBufferPointer<UInt8> {
    /// The first place of a byte at or after `start`.
    @inline(__always)
    func first(_ byte: UInt8, from start: Int, to end: Int) -> Int? {
        var index = start
        while index < end {
            if self[index] == byte { return index }
            index += 1
        }
        return nil
    }

    /// Whether these bytes stand at a place.
    @inline(__always)
    func holds(_ bytes: [UInt8], at start: Int) -> Bool {
        guard start >= 0, count - start >= bytes.count else { return false }
        for index in bytes.indices where self[start + index] != bytes[index] { return false }
        return true
    }

    /// The first place where `needle` stands at or after `start`. Its first byte must not occur in it again: so no byte is looked at more than
    /// twice, whatever stands here.
    func first(_ needle: [UInt8], from start: Int) -> Int? {
        var index = start
        while let found = first(needle[0], from: index, to: count) {
            guard found + needle.count <= count else { return nil }
            if holds(needle, at: found) { return found }
            index = found + 1
        }
        return nil
    }

    func slice(_ start: Int, _ end: Int) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: self[start..<end]) }

    /// Whether these are the bytes of a word of ASCII small letters, in whatever case.
    func isWord(_ word: StaticString) -> Bool {
        guard count == word.utf8CodeUnitCount else { return false }
        for index in 0..<count where self[index].lowercased != word.utf8Start[index] { return false }
        return true
    }

    /// Without blanks and tabs at both ends.
    var trimmed: UnsafeBufferPointer<UInt8> {
        var (start, end) = (0, count)
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return slice(start, end)
    }
}

extension UInt8 {
    @inline(__always) var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
    var isBlank: Bool { self == 0x20 || self == 0x09 }
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLetter: Bool { lowercased >= 0x61 && lowercased <= 0x7A }
    /// The value of a hexadecimal digit.
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        default: nil
        }
    }
}

/// Runs a body on the bytes of a text.
func withBytes<T>(_ text: String, _ body: (UnsafeBufferPointer<UInt8>) -> T) -> T {
    var text = text
    return text.withUTF8(body)
}
