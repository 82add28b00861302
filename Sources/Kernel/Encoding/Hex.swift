/// Base 16, written in lower case and read in either case.
///
/// **Standard** RFC 4648 section 8.
public enum Hex {
    /// Two lower-case digits for each byte.
    public static func encode(_ bytes: [UInt8]) -> String {
        guard !bytes.isEmpty else { return "" }
        return String(unsafeUninitializedCapacity: bytes.count * 2) { out in
            for (index, byte) in bytes.enumerated() {
                out.initializeElement(at: 2 * index, to: digit(byte >> 4))
                out.initializeElement(at: 2 * index + 1, to: digit(byte & 15))
            }
            return bytes.count * 2
        }
    }

    /// The bytes, or nil when a character is no hexadecimal digit or their number is odd.
    public static func decode(_ text: String) -> [UInt8]? {
        let utf8 = text.utf8
        guard utf8.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(utf8.count / 2)
        var pending: UInt8?
        for character in utf8 {
            guard let value = value(character) else { return nil }
            if let high = pending {
                bytes.append(high << 4 | value)
                pending = nil
            } else {
                pending = value
            }
        }
        return bytes
    }

    @inline(__always) static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? 0x30 + value : 0x57 + value
    }

    /// The value of one hexadecimal digit in ASCII.
    @inline(__always) static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case 0x30...0x39: character - 0x30
        case 0x41...0x46: character - 0x37
        case 0x61...0x66: character - 0x57
        default: nil
        }
    }
}
