import Kernel

/// UUIDs, JSON pointers and patterns.
enum WordFormats {
    static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }

    /// RFC 9562 section 4.
    static func isUUID(_ bytes: Span<UInt8>) -> Bool {
        guard bytes.count == 36 else { return false }
        for index in 0..<36 {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            guard isDash ? bytes[index] == 0x2D : isHexadecimal(bytes[index]) else { return false }
        }
        return true
    }

    /// RFC 6901 section 3.
    static func isPointer(_ bytes: Span<UInt8>, from start: Int) -> Bool {
        guard start < bytes.count else { return true }
        guard bytes[start] == 0x2F else { return false }
        for index in start..<bytes.count where bytes[index] == 0x7E {
            guard index + 1 < bytes.count, bytes[index + 1] == 0x30 || bytes[index + 1] == 0x31 else { return false }
        }
        return true
    }

    /// draft-bhutton-relative-json-pointer-00 section 3.
    static func isRelativePointer(_ bytes: Span<UInt8>) -> Bool {
        var place = 0
        while place < bytes.count, bytes[place] &- 0x30 < 10 { place += 1 }
        guard place > 0, place == 1 || bytes[0] != 0x30 else { return false }
        if place < bytes.count, bytes[place] == 0x23 { return place + 1 == bytes.count }
        return isPointer(bytes, from: place)
    }

    static func isPattern(_ text: String) -> Bool {
        do throws(PatternError) {
            _ = try Pattern(text)
            return true
        } catch {
            return false
        }
    }
}
