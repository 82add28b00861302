/// Host names, addresses of hosts and e-mail addresses.
enum HostFormats {
    // MARK: Addresses

    /// RFC 2673 section 3.2: four decimal numbers without leading zeros.
    static func isIPv4(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var place = start
        for part in 0..<4 {
            if part > 0 {
                guard place < end, bytes[place] == 0x2E else { return false }
                place += 1
            }
            let first = place
            var value = 0
            while place < end, bytes[place] &- 0x30 < 10, place - first < 4 {
                value = value * 10 + Int(bytes[place] - 0x30)
                place += 1
            }
            guard place > first, value <= 255, place - first == 1 || bytes[first] != 0x30 else { return false }
        }
        return place == end
    }

    /// RFC 4291 section 2.2.
    static func isIPv6(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var place = start
        var groups = 0
        var hasGap = false
        if end - start >= 2, bytes[start] == 0x3A {
            guard bytes[start + 1] == 0x3A else { return false }
            hasGap = true
            place += 2
            if place == end { return true }
        }
        while true {
            let first = place
            while place < end, WordFormats.isHexadecimal(bytes[place]) { place += 1 }
            if place < end, bytes[place] == 0x2E {
                guard isIPv4(bytes, first, end) else { return false }
                groups += 2
                break
            }
            guard place > first, place - first <= 4 else { return false }
            groups += 1
            if place == end { break }
            guard bytes[place] == 0x3A, place + 1 < end else { return false }
            place += 1
            if bytes[place] == 0x3A {
                guard !hasGap else { return false }
                hasGap = true
                place += 1
                if place == end { break }
            }
        }
        return hasGap ? groups < 8 : groups == 8
    }

    // MARK: E-mail

    /// RFC 5321 section 4.1.2, `Mailbox`; with Unicode, RFC 6531 section 3.3.
    static func isEmail(_ bytes: Span<UInt8>, allowsUnicode: Bool) -> Bool {
        guard let at = localEnd(bytes, allowsUnicode: allowsUnicode), at > 0, at + 1 < bytes.count, bytes[at] == 0x40 else {
            return false
        }
        let start = at + 1
        if bytes[start] == 0x5B {
            let end = bytes.count - 1
            guard end > start, bytes[end] == 0x5D else { return false }
            var isTagged = end - start > 6
            if isTagged {
                for (offset, letter) in [UInt8(0x69), 0x70, 0x76, 0x36].enumerated()
                where bytes[start + 1 + offset] | 0x20 != letter | 0x20 {
                    isTagged = false
                }
                if bytes[start + 5] != 0x3A { isTagged = false }
            }
            return isTagged ? isIPv6(bytes, start + 6, end) : isIPv4(bytes, start + 1, end)
        }
        var domain: [UInt8] = []
        var isASCII = true
        for index in start..<bytes.count {
            domain.append(bytes[index])
            if bytes[index] >= 0x80 { isASCII = false }
        }
        if isASCII { return isHostname(domain.span) }
        return allowsUnicode && isInternationalHostname(String(decoding: domain, as: UTF8.self))
    }

    /// Where the local part ends: words of `atext` with single dots between, or a quoted string.
    private static func localEnd(_ bytes: Span<UInt8>, allowsUnicode: Bool) -> Int? {
        var place = 0
        guard let first = bytes.isEmpty ? nil : bytes[0] else { return nil }
        if first == 0x22 {
            place = 1
            while place < bytes.count, bytes[place] != 0x22 {
                if bytes[place] == 0x5C { place += 1 }
                guard place < bytes.count, bytes[place] >= 0x20, bytes[place] != 0x7F, allowsUnicode || bytes[place] < 0x80 else {
                    return nil
                }
                place += 1
            }
            return place < bytes.count ? place + 1 : nil
        }
        var isOpen = true
        while place < bytes.count {
            let byte = bytes[place]
            if byte == 0x2E {
                guard !isOpen else { return nil }
                isOpen = true
            } else if isAtom(byte) || allowsUnicode && byte >= 0x80 {
                isOpen = false
            } else {
                break
            }
            place += 1
        }
        return isOpen ? nil : place
    }

    private static func isAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2F, 0x3D, 0x3F, 0x5E...0x60, 0x7B...0x7E: true
        default: false
        }
    }

    // MARK: Names

    /// The longest label and name in octets (RFC 1035 section 2.3.4).
    static let labelLengthLimit = 63
    static let nameLengthLimit = 253

    /// RFC 1123 section 2.1, with labels of Punycode as RFC 5891 section 4.4 has them.
    static func isHostname(_ bytes: Span<UInt8>) -> Bool {
        guard !bytes.isEmpty, bytes.count <= nameLengthLimit else { return false }
        var start = 0
        while start <= bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x2E { end += 1 }
            guard isLabel(bytes, start, end) else { return false }
            start = end + 1
        }
        return true
    }

    private static func isLabel(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end, end - start <= labelLengthLimit, bytes[start] != 0x2D, bytes[end - 1] != 0x2D else { return false }
        for index in start..<end {
            switch bytes[index] {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D: continue
            default: return false
            }
        }
        guard end - start >= 4, bytes[start + 2] == 0x2D, bytes[start + 3] == 0x2D else { return true }
        guard bytes[start] | 0x20 == 0x78, bytes[start + 1] | 0x20 == 0x6E else { return false }
        var coded: [UInt8] = []
        for index in (start + 4)..<end { coded.append(bytes[index]) }
        return InternationalLabel.isCoded(coded)
    }

    /// RFC 5890 section 2.3.2.3: labels of letters, digits and hyphens, of Punycode, or of Unicode.
    static func isInternationalHostname(_ text: String) -> Bool {
        // A scalar takes at most four bytes, and at least one octet of the name.
        guard text.utf8.count <= 4 * nameLengthLimit else { return false }
        var labels: [[UInt32]] = [[]]
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x2E, 0x3002, 0xFF0E, 0xFF61: labels.append([])
            default: labels[labels.count - 1].append(scalar.value)
            }
        }
        var length = labels.count - 1
        var hasRightToLeft = false
        var decoded: [[UInt32]] = []
        for label in labels {
            guard let form = InternationalLabel.check(label) else { return false }
            length += form.length
            hasRightToLeft = hasRightToLeft || form.scalars.contains { InternationalLabel.isRightToLeft($0) }
            decoded.append(form.scalars)
        }
        guard length <= nameLengthLimit else { return false }
        return !hasRightToLeft || decoded.allSatisfy { InternationalLabel.fitsBidi($0) }
    }
}
