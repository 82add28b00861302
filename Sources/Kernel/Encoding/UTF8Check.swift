/// Whether bytes are UTF-8. **Standard** RFC 3629: shortest forms only, no surrogates, nothing above U+10FFFF.
package enum UTF8Check {
    /// Whether all of it is valid.
    package static func isValid(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return true }
            return validCount(base, buffer.count) == buffer.count
        }
    }

    /// How many bytes from the start are valid; a character that is cut off at the end is not.
    static func validCount(_ base: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var index = 0
        let raw = UnsafeRawPointer(base)
        while index < count {
            // Eight ASCII bytes at a time: most texts are nothing else.
            while index &+ 8 <= count, raw.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0 {
                index &+= 8
            }
            guard index < count else { break }
            let first = base[index]
            if first < 0x80 {
                index &+= 1
                continue
            }
            let length: Int, low: UInt8, high: UInt8
            switch first {
            case 0xC2...0xDF: (length, low, high) = (2, 0x80, 0xBF)
            case 0xE0: (length, low, high) = (3, 0xA0, 0xBF)
            case 0xED: (length, low, high) = (3, 0x80, 0x9F)
            case 0xE1...0xEF: (length, low, high) = (3, 0x80, 0xBF)
            case 0xF0: (length, low, high) = (4, 0x90, 0xBF)
            case 0xF1...0xF3: (length, low, high) = (4, 0x80, 0xBF)
            case 0xF4: (length, low, high) = (4, 0x80, 0x8F)
            default: return index
            }
            guard index &+ length <= count, base[index &+ 1] >= low, base[index &+ 1] <= high else { return index }
            for offset in 2..<max(length, 2) where base[index &+ offset] & 0xC0 != 0x80 { return index }
            index &+= length
        }
        return count
    }
}
