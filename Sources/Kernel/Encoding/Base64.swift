/// Base 64 with padding, strict: no white space, no missing padding, no set bits in what the padding covers.
///
/// **Standard** RFC 4648 section 4.
public enum Base64 {
    /// The padded text.
    public static func encode(_ bytes: [UInt8]) -> String {
        Base64Alphabet.standard.encode(bytes)
    }

    /// The bytes, or nil when the text is not exactly what `encode` writes.
    public static func decode(_ text: String) -> [UInt8]? {
        Base64Alphabet.standard.decode(text)
    }
}

/// Base 64 for URLs and tokens, without padding, strict: each byte string has exactly one text.
///
/// **Standard** RFC 4648 section 5; RFC 7515 section 2.
public enum Base64URL {
    /// The unpadded text.
    public static func encode(_ bytes: [UInt8]) -> String {
        Base64Alphabet.url.encode(bytes)
    }

    /// The bytes, or nil when the text is not exactly what `encode` writes.
    public static func decode(_ text: String) -> [UInt8]? {
        Base64Alphabet.url.decode(text)
    }

    /// The number of characters that `count` bytes take.
    public static func length(of count: Int) -> Int {
        (count * 8 + 5) / 6
    }

    /// Appends the unpadded text of `bytes`, in ASCII, without making a string of it.
    public static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        bytes.withUnsafeBufferPointer { append($0, to: &output) }
    }

    package static func append(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
        let count = length(of: bytes.count)
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { buffer in
            Base64Alphabet.url.write(bytes, to: buffer)
            output.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
    }

    package static func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        Base64Alphabet.url.decode(text)
    }
}

/// The two alphabets, which differ in their last two characters and in padding.
struct Base64Alphabet {
    let characters: StaticString
    let character62: UInt8
    let character63: UInt8
    let padded: Bool

    static let standard = Base64Alphabet(
        characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
        character62: 0x2B, character63: 0x2F, padded: true)
    static let url = Base64Alphabet(
        characters: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
        character62: 0x2D, character63: 0x5F, padded: false)

    func encode(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "" }
        let length = padded ? (bytes.count + 2) / 3 * 4 : Base64URL.length(of: bytes.count)
        return String(unsafeUninitializedCapacity: length) { output in
            bytes.withUnsafeBufferPointer { write($0, to: output) }
            return length
        }
    }

    /// Writes all characters, padding too, to `output`, which must have room for them.
    @inline(__always)
    func write(_ bytes: UnsafeBufferPointer<UInt8>, to output: UnsafeMutableBufferPointer<UInt8>) {
        guard bytes.count > 0, let source = bytes.baseAddress, var target = output.baseAddress else { return }
        let alphabet = characters.utf8Start
        let whole = bytes.count / 3 * 3
        var index = 0
        while index < whole {
            let word = UInt32(source[index]) << 16 | UInt32(source[index &+ 1]) << 8 | UInt32(source[index &+ 2])
            target[0] = alphabet[Int(word >> 18)]
            target[1] = alphabet[Int(word >> 12 & 63)]
            target[2] = alphabet[Int(word >> 6 & 63)]
            target[3] = alphabet[Int(word & 63)]
            target += 4
            index &+= 3
        }
        let rest = bytes.count - whole
        guard rest > 0 else { return }
        let word = UInt32(source[whole]) << 16 | (rest == 2 ? UInt32(source[whole + 1]) << 8 : 0)
        target[0] = alphabet[Int(word >> 18)]
        target[1] = alphabet[Int(word >> 12 & 63)]
        if rest == 2 { target[2] = alphabet[Int(word >> 6 & 63)] }
        if padded {
            if rest == 1 { target[2] = 0x3D }
            target[3] = 0x3D
        }
    }

    func decode(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { decode($0) }
    }

    func decode(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var count = text.count
        if padded {
            guard count % 4 == 0 else { return nil }
            if count > 0, text[count - 1] == 0x3D { count -= text[count - 2] == 0x3D ? 2 : 1 }
        }
        let rest = count % 4
        guard rest != 1 else { return nil }
        guard count > 0 else { return [] }
        let length = count / 4 * 3 + (rest == 0 ? 0 : rest - 1)
        var valid = true
        let bytes = [UInt8](unsafeUninitializedCapacity: length) { output, written in
            var position = 0
            var index = 0
            var bad: UInt32 = 0
            while index &+ 4 <= count {
                let first = value(text[index]), second = value(text[index &+ 1])
                let third = value(text[index &+ 2]), fourth = value(text[index &+ 3])
                bad |= first | second | third | fourth
                let word = first << 18 | second << 12 | third << 6 | fourth
                output[position] = UInt8(truncatingIfNeeded: word >> 16)
                output[position &+ 1] = UInt8(truncatingIfNeeded: word >> 8)
                output[position &+ 2] = UInt8(truncatingIfNeeded: word)
                position &+= 3
                index &+= 4
            }
            if rest >= 2 {
                let first = value(text[index]), second = value(text[index &+ 1])
                let third = rest == 3 ? value(text[index &+ 2]) : 0
                bad |= first | second | third
                let word = first << 18 | second << 12 | third << 6
                output[position] = UInt8(truncatingIfNeeded: word >> 16)
                if rest == 3 { output[position &+ 1] = UInt8(truncatingIfNeeded: word >> 8) }
                // Bits that no byte takes up must be zero, or two texts would mean the same bytes.
                bad |= word & (rest == 3 ? 0xFF : 0xFFFF) == 0 ? 0 : 0x80
            }
            valid = bad & 0xC0 == 0
            written = length
        }
        return valid ? bytes : nil
    }

    /// The six bits of a character, or 0x80 when it is not of the alphabet.
    @inline(__always)
    private func value(_ character: UInt8) -> UInt32 {
        switch character {
        case 0x41...0x5A: UInt32(character &- 0x41)
        case 0x61...0x7A: UInt32(character &- 0x47)
        case 0x30...0x39: UInt32(character &+ 4)
        case character62: 62
        case character63: 63
        default: 0x80
        }
    }
}
