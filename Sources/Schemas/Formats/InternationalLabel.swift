/// Labels of international host names.
///
/// **Standard**: IDNA 2008: RFC 5890, 5891, 5892 (which characters), 5893 (right to left), RFC 3492 (Punycode). The joining
/// and bidirectional classes of single characters are reckoned from their blocks.
enum InternationalLabel {
    /// A label of a name that may hold Unicode: its scalars and the octets that it takes; nil if it is no label.
    static func check(_ label: [UInt32]) -> (scalars: [UInt32], length: Int)? {
        guard label.count <= HostFormats.labelLengthLimit, let first = label.first, let last = label.last, first != 0x2D, last != 0x2D
        else { return nil }
        if label.allSatisfy({ $0 < 0x80 }) {
            let bytes = label.map { UInt8($0) }
            guard bytes.count <= HostFormats.labelLengthLimit, HostFormats.isHostname(bytes.span) else { return nil }
            let coded = bytes.count >= 4 && bytes[2] == 0x2D && bytes[3] == 0x2D ? decode(Array(bytes.dropFirst(4))) : nil
            return (coded ?? label, bytes.count)
        }
        guard isUnicodeLabel(label), let coded = encode(label), coded.count + 4 <= HostFormats.labelLengthLimit else { return nil }
        return (label, coded.count + 4)
    }

    /// Whether what follows `xn--` is the one coding of a label.
    static func isCoded(_ coded: [UInt8]) -> Bool {
        guard let label = decode(coded), label.contains(where: { $0 >= 0x80 }), isUnicodeLabel(label), let again = encode(label),
            again.count == coded.count
        else { return false }
        for (one, other) in zip(again, coded) where one | 0x20 != other | 0x20 { return false }
        return label.contains { isRightToLeft($0) } ? fitsBidi(label) : true
    }

    // MARK: Characters

    private static func isUnicodeLabel(_ label: [UInt32]) -> Bool {
        guard let first = label.first, let last = label.last, first != 0x2D, last != 0x2D else { return false }
        if label.count >= 4, label[2] == 0x2D, label[3] == 0x2D { return false }
        guard let scalar = Unicode.Scalar(first) else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: break
        }
        for index in label.indices where !isAllowed(label, index) { return false }
        return true
    }

    private static func isAllowed(_ label: [UInt32], _ index: Int) -> Bool {
        let value = label[index]
        let before = index > 0 ? label[index - 1] : 0
        let after = index + 1 < label.count ? label[index + 1] : 0
        switch value {
        // RFC 5892 section 2.6: exceptions.
        case 0xDF, 0x3C2, 0x6FD, 0x6FE, 0xF0B, 0x3007: return true
        case 0x640, 0x7FA, 0x302E, 0x302F, 0x3031...0x3035, 0x303B: return false
        // Appendix A: what the neighbours must be.
        case 0xB7: return before == 0x6C && after == 0x6C
        case 0x375: return isGreek(after)
        case 0x5F3, 0x5F4: return isHebrew(before)
        case 0x30FB: return label.contains { isJapanese($0) }
        case 0x660...0x669: return !label.contains { (0x6F0...0x6F9).contains($0) }
        case 0x6F0...0x6F9: return !label.contains { (0x660...0x669).contains($0) }
        case 0x200C: return isVirama(before) || joins(label, index)
        case 0x200D: return isVirama(before)
        case 0x2D, 0x30...0x39, 0x61...0x7A: return true
        default: break
        }
        if value < 0x80 { return false }
        switch value {
        // Old Hangul, musical and combining symbols.
        case 0x1100...0x11FF, 0xA960...0xA97F, 0xD7B0...0xD7FF, 0x20D0...0x20FF, 0x1D100...0x1D24F: return false
        default: break
        }
        guard let properties = Unicode.Scalar(value)?.properties, !properties.changesWhenNFKCCaseFolded,
            !properties.isDefaultIgnorableCodePoint, !properties.isWhitespace, !properties.isNoncharacterCodePoint
        else { return false }
        switch properties.generalCategory {
        case .lowercaseLetter, .uppercaseLetter, .otherLetter, .decimalNumber, .modifierLetter, .nonspacingMark, .spacingMark:
            return true
        default: return false
        }
    }

    private static func isGreek(_ value: UInt32) -> Bool { (0x370...0x3FF).contains(value) || (0x1F00...0x1FFF).contains(value) }
    private static func isHebrew(_ value: UInt32) -> Bool { (0x591...0x5F4).contains(value) }

    private static func isJapanese(_ value: UInt32) -> Bool {
        switch value {
        case 0x3005, 0x3007, 0x3041...0x309F, 0x30A1...0x30FA, 0x30FC...0x30FF, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF,
            0x20000...0x3134F: true
        default: false
        }
    }

    private static func isVirama(_ value: UInt32) -> Bool {
        Unicode.Scalar(value)?.properties.canonicalCombiningClass == .virama
    }

    /// Whether the letters around a non-joiner would join without it.
    private static func joins(_ label: [UInt32], _ index: Int) -> Bool {
        var before = index - 1
        while before >= 0, isTransparent(label[before]) { before -= 1 }
        var after = index + 1
        while after < label.count, isTransparent(label[after]) { after += 1 }
        guard before >= 0, after < label.count else { return false }
        return isArabicLetter(label[before]) && !joinsBackwardsOnly(label[before]) && isArabicLetter(label[after])
    }

    private static func isTransparent(_ value: UInt32) -> Bool {
        Unicode.Scalar(value)?.properties.generalCategory == .nonspacingMark
    }

    private static func isArabicLetter(_ value: UInt32) -> Bool {
        ((0x620...0x6FF).contains(value) || (0x750...0x77F).contains(value) || (0x8A0...0x8FF).contains(value))
            && Unicode.Scalar(value)?.properties.generalCategory == .otherLetter
    }

    private static func joinsBackwardsOnly(_ value: UInt32) -> Bool {
        switch value {
        case 0x622...0x625, 0x627, 0x629, 0x62F...0x632, 0x648, 0x671...0x673, 0x675...0x677, 0x688...0x699, 0x6C0, 0x6C3...0x6CB,
            0x6CD, 0x6CF, 0x6D2, 0x6D3, 0x6D5, 0x759...0x75B, 0x76B...0x76C, 0x771...0x774, 0x778...0x779, 0x8AA...0x8AC, 0x8AE,
            0x8B1...0x8B2, 0x8B9: true
        default: false
        }
    }

    // MARK: Right to left

    /// Whether it is a letter of a script that runs from right to left, or an Arabic digit.
    static func isRightToLeft(_ value: UInt32) -> Bool {
        isRightLetter(value) || (0x660...0x669).contains(value)
    }

    private static func isRightLetter(_ value: UInt32) -> Bool {
        switch value {
        case 0x660...0x669, 0x6F0...0x6F9: false
        case 0x590...0x8FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x10800...0x10FFF, 0x1E800...0x1EFFF: !isTransparent(value)
        default: false
        }
    }

    /// RFC 5893 section 2, for a label of a name that holds a character from right to left.
    static func fitsBidi(_ label: [UInt32]) -> Bool {
        guard let first = label.first else { return false }
        func isEuropeanDigit(_ value: UInt32) -> Bool { (0x30...0x39).contains(value) || (0x6F0...0x6F9).contains(value) }
        func isArabicDigit(_ value: UInt32) -> Bool { (0x660...0x669).contains(value) }
        func isLeftLetter(_ value: UInt32) -> Bool {
            !isRightToLeft(value) && !isEuropeanDigit(value) && value != 0x2D && value != 0x200C && value != 0x200D
                && !isTransparent(value)
        }
        guard let last = label.last(where: { !isTransparent($0) }) else { return false }
        if isRightLetter(first) {
            guard !label.contains(where: { isLeftLetter($0) }) else { return false }
            guard isRightLetter(last) || isEuropeanDigit(last) || isArabicDigit(last) else { return false }
            return !(label.contains { isEuropeanDigit($0) } && label.contains { isArabicDigit($0) })
        }
        guard isLeftLetter(first), !label.contains(where: { isRightToLeft($0) }) else { return false }
        return isLeftLetter(last) || isEuropeanDigit(last)
    }

    // MARK: Punycode

    private static func adapt(_ delta: Int, _ count: Int, isFirst: Bool) -> Int {
        var delta = isFirst ? delta / 700 : delta / 2
        delta += delta / count
        var bias = 0
        while delta > 455 {
            delta /= 35
            bias += 36
        }
        return bias + 36 * delta / (delta + 38)
    }

    /// RFC 3492 section 6.2.
    static func decode(_ coded: [UInt8]) -> [UInt32]? {
        var label: [UInt32] = []
        var place = 0
        if let hyphen = coded.lastIndex(of: 0x2D) {
            for byte in coded[..<hyphen] {
                guard byte < 0x80 else { return nil }
                label.append(UInt32((0x41...0x5A).contains(byte) ? byte + 32 : byte))
            }
            place = hyphen + 1
        }
        var value = 0x80
        var index = 0
        var bias = 72
        while place < coded.count {
            let old = index
            var weight = 1
            var k = 36
            while true {
                guard place < coded.count else { return nil }
                let digit: Int
                switch coded[place] {
                case 0x30...0x39: digit = Int(coded[place]) - 0x30 + 26
                case 0x41...0x5A: digit = Int(coded[place]) - 0x41
                case 0x61...0x7A: digit = Int(coded[place]) - 0x61
                default: return nil
                }
                place += 1
                index += digit * weight
                guard index <= 0x7FFF_FFFF else { return nil }
                let threshold = min(max(k - bias, 1), 26)
                if digit < threshold { break }
                weight *= 36 - threshold
                guard weight <= 0x7FFF_FFFF else { return nil }
                k += 36
            }
            bias = adapt(index - old, label.count + 1, isFirst: old == 0)
            value += index / (label.count + 1)
            index %= label.count + 1
            guard value <= 0x10FFFF, let scalar = Unicode.Scalar(UInt32(value)) else { return nil }
            label.insert(scalar.value, at: index)
            index += 1
        }
        return label
    }

    /// RFC 3492 section 6.3; nil for a label that is too long to be one.
    static func encode(_ label: [UInt32]) -> [UInt8]? {
        guard label.count <= HostFormats.labelLengthLimit else { return nil }
        var coded: [UInt8] = []
        for value in label where value < 0x80 { coded.append(UInt8(value)) }
        let basic = coded.count
        var handled = basic
        if basic > 0 { coded.append(0x2D) }
        var next: UInt32 = 0x80
        var delta = 0
        var bias = 72
        while handled < label.count {
            guard let smallest = label.filter({ $0 >= next }).min() else { return nil }
            delta += Int(smallest - next) * (handled + 1)
            next = smallest
            for value in label {
                if value < next { delta += 1 }
                guard value == next else { continue }
                var rest = delta
                var k = 36
                while true {
                    let threshold = min(max(k - bias, 1), 26)
                    guard rest >= threshold else { break }
                    coded.append(digit(threshold + (rest - threshold) % (36 - threshold)))
                    rest = (rest - threshold) / (36 - threshold)
                    k += 36
                }
                coded.append(digit(rest))
                bias = adapt(delta, handled + 1, isFirst: handled == basic)
                delta = 0
                handled += 1
            }
            delta += 1
            next += 1
        }
        return coded
    }

    private static func digit(_ value: Int) -> UInt8 { UInt8(value < 26 ? value + 0x61 : value - 26 + 0x30) }
}
