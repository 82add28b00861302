/// URIs, IRIs and URI templates.
///
/// **Standard**: RFC 3986 appendix A, RFC 3987 section 2.2, RFC 6570 section 2 with its erratum 6937 (the apostrophe).
enum URIFormats {
    /// Which of the characters beside letters, digits, `-._~` and `%XX` may stand in a part.
    private enum Part { case scheme, user, host, path, firstSegment, query, fragment }

    static func isReference(_ bytes: Span<UInt8>, allowsUnicode: Bool, needsScheme: Bool) -> Bool {
        var place = 0
        let count = bytes.count
        // A scheme ends at the first colon, if that comes before any slash, question mark or hash.
        var end = 0
        while end < count, bytes[end] != 0x3A, bytes[end] != 0x2F, bytes[end] != 0x3F, bytes[end] != 0x23 { end += 1 }
        if end < count, bytes[end] == 0x3A {
            guard isScheme(bytes, end) else { return false }
            place = end + 1
        } else if needsScheme {
            return false
        }
        if place + 1 < count, bytes[place] == 0x2F, bytes[place + 1] == 0x2F {
            place += 2
            let start = place
            while place < count, bytes[place] != 0x2F, bytes[place] != 0x3F, bytes[place] != 0x23 { place += 1 }
            guard isAuthority(bytes, start, place, allowsUnicode) else { return false }
        }
        let path = place
        while place < count, bytes[place] != 0x3F, bytes[place] != 0x23 { place += 1 }
        guard holds(bytes, path, place, .path, allowsUnicode) else { return false }
        if place < count, bytes[place] == 0x3F {
            let query = place + 1
            while place < count, bytes[place] != 0x23 { place += 1 }
            guard holds(bytes, query, place, .query, allowsUnicode) else { return false }
        }
        if place < count { return holds(bytes, place + 1, count, .fragment, allowsUnicode) }
        return true
    }

    private static func isScheme(_ bytes: Span<UInt8>, _ end: Int) -> Bool {
        guard end > 0, isLetter(bytes[0]) else { return false }
        for index in 1..<max(end, 1) {
            switch bytes[index] {
            case 0x2B, 0x2D, 0x2E: continue
            default: guard isLetter(bytes[index]) || bytes[index] &- 0x30 < 10 else { return false }
            }
        }
        return true
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    private static func isAuthority(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ allowsUnicode: Bool) -> Bool {
        var host = start
        for index in start..<end where bytes[index] == 0x40 {
            guard holds(bytes, start, index, .user, allowsUnicode) else { return false }
            host = index + 1
            break
        }
        var hostEnd = end
        if host < end, bytes[host] == 0x5B {
            var close = host
            while close < end, bytes[close] != 0x5D { close += 1 }
            guard close < end, isLiteral(bytes, host + 1, close) else { return false }
            hostEnd = close + 1
        } else {
            hostEnd = host
            while hostEnd < end, bytes[hostEnd] != 0x3A { hostEnd += 1 }
            guard holds(bytes, host, hostEnd, .host, allowsUnicode) else { return false }
        }
        guard hostEnd < end else { return true }
        guard bytes[hostEnd] == 0x3A else { return false }
        for index in (hostEnd + 1)..<max(end, hostEnd + 1) where bytes[index] &- 0x30 >= 10 { return false }
        return true
    }

    /// What stands in brackets: an IPv6 address or `v`, a version and an address of the future.
    private static func isLiteral(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end, bytes[start] | 0x20 == 0x76 else { return HostFormats.isIPv6(bytes, start, end) }
        var place = start + 1
        while place < end, WordFormats.isHexadecimal(bytes[place]) { place += 1 }
        guard place > start + 1, place + 1 < end, bytes[place] == 0x2E else { return false }
        return holds(bytes, place + 1, end, .user, false)
    }

    private static func holds(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ part: Part, _ allowsUnicode: Bool) -> Bool {
        var index = start
        while index < end {
            let byte = bytes[index]
            if byte >= 0x80 {
                guard allowsUnicode, let length = unicode(bytes, index, part) else { return false }
                index += length
                continue
            }
            if byte == 0x25 {
                guard index + 2 < end, WordFormats.isHexadecimal(bytes[index + 1]), WordFormats.isHexadecimal(bytes[index + 2]) else {
                    return false
                }
                index += 3
                continue
            }
            guard isAllowed(byte, part) else { return false }
            index += 1
        }
        return true
    }

    private static func isAllowed(_ byte: UInt8, _ part: Part) -> Bool {
        if isLetter(byte) || byte &- 0x30 < 10 { return true }
        switch byte {
        case 0x2D, 0x2E, 0x5F, 0x7E: return true
        // Sub-delimiters.
        case 0x21, 0x24, 0x26...0x2C, 0x3B, 0x3D: return true
        case 0x3A: return part != .host
        case 0x40: return part == .path || part == .query || part == .fragment
        case 0x2F: return part == .path || part == .query || part == .fragment
        case 0x3F: return part == .query || part == .fragment
        default: return false
        }
    }

    /// The length of a scalar that an IRI may hold.
    private static func unicode(_ bytes: Span<UInt8>, _ index: Int, _ part: Part) -> Int? {
        let lead = bytes[index]
        let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
        var scalar = UInt32(lead) & (length == 2 ? 0x1F : length == 3 ? 0x0F : 0x07)
        for offset in 1..<length { scalar = scalar << 6 | UInt32(bytes[index + offset] & 0x3F) }
        switch scalar {
        case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: return length
        case 0xE000...0xF8FF, 0xF0000...0xFFFFD, 0x100000...0x10FFFD: return part == .query ? length : nil
        case 0x10000...0xEFFFF: return scalar & 0xFFFF <= 0xFFFD ? length : nil
        default: return nil
        }
    }

    // MARK: Templates

    static func isTemplate(_ bytes: Span<UInt8>) -> Bool {
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x7B:
                var end = index + 1
                while end < bytes.count, bytes[end] != 0x7D { end += 1 }
                guard end < bytes.count, isExpression(bytes, index + 1, end) else { return false }
                index = end + 1
            case 0x25:
                guard index + 2 < bytes.count, WordFormats.isHexadecimal(bytes[index + 1]), WordFormats.isHexadecimal(bytes[index + 2])
                else { return false }
                index += 3
            case 0x00...0x20, 0x22, 0x3C, 0x3E, 0x5C, 0x5E, 0x60, 0x7C, 0x7D, 0x7F: return false
            default: index += 1
            }
        }
        return true
    }

    private static func isExpression(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var index = start
        if index < end {
            switch bytes[index] {
            case 0x2B, 0x23, 0x2E, 0x2F, 0x3B, 0x3F, 0x26: index += 1
            default: break
            }
        }
        while true {
            // A name: letters, digits, '_' and %XX, with single dots between.
            var isOpen = true
            while index < end {
                let byte = bytes[index]
                if byte == 0x25 {
                    guard index + 2 < end, WordFormats.isHexadecimal(bytes[index + 1]), WordFormats.isHexadecimal(bytes[index + 2])
                    else { return false }
                    index += 3
                    isOpen = false
                } else if isLetter(byte) || byte &- 0x30 < 10 || byte == 0x5F {
                    index += 1
                    isOpen = false
                } else if byte == 0x2E, !isOpen {
                    index += 1
                    isOpen = true
                } else {
                    break
                }
            }
            guard !isOpen else { return false }
            if index < end, bytes[index] == 0x2A {
                index += 1
            } else if index < end, bytes[index] == 0x3A {
                index += 1
                let first = index
                while index < end, bytes[index] &- 0x30 < 10 { index += 1 }
                guard index > first, index - first <= 4, bytes[first] != 0x30 else { return false }
            }
            if index == end { return true }
            guard bytes[index] == 0x2C else { return false }
            index += 1
        }
    }
}
