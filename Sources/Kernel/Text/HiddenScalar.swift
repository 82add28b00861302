/// Scalars that nobody sees, that change how their neighbours are read or that are no characters: controls, format characters (zero width, bidi),
/// separators of lines, private and ignorable ones, non-characters, and letters that join themselves to the next.
///
/// A table of its own, and a small one: who asks needs no table of all characters, which weighs more than all else that browsers load of us.
///
/// **Standard** Unicode 16: general categories Cc, Cf, Zl, Zp and Co, Default_Ignorable_Code_Point, Noncharacter_Code_Point,
/// Grapheme_Cluster_Break=Prepend; and U+2800 and U+FFFC, which show as nothing.
public enum HiddenScalar {
    public static func contains(_ scalar: Unicode.Scalar) -> Bool {
        let value = scalar.value
        // The common case first.
        if value < 0x300 { return value < 0x20 || 0x7F...0x9F ~= value || value == 0xAD }
        switch value {
        case 0x34F, 0x600...0x605, 0x61C, 0x6DD, 0x70F, 0x890...0x891, 0x8E2, 0xD4E, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F, 0x200B...0x200F,
            0x2028...0x202E, 0x2060...0x206F, 0x2800, 0x3164, 0xE000...0xF8FF, 0xFDD0...0xFDEF, 0xFE00...0xFE0F, 0xFEFF, 0xFFA0, 0xFFF0...0xFFFC,
            0x110BD, 0x110CD, 0x111C2...0x111C3, 0x113D1, 0x1193F, 0x11941, 0x11A3A, 0x11A84...0x11A89, 0x11D46, 0x11F02, 0x13430...0x1343F,
            0x1BCA0...0x1BCA3, 0x1D173...0x1D17A, 0xE0000...0xE0FFF, 0xF0000...0x10FFFF:
            return true
        default: return value & 0xFFFE == 0xFFFE
        }
    }

    /// Whether it is of those that move or ring rather than stand in a text.
    static func isControl(_ scalar: Unicode.Scalar) -> Bool { scalar.value < 0x20 || 0x7F...0x9F ~= scalar.value }
}
