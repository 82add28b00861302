import Kernel
import Testing

@Suite("Scalars that nobody sees")
struct HiddenScalarTests {
    /// Letters with Grapheme_Cluster_Break=Prepend; the others of that class are format characters.
    private static let prepended: Set<UInt32> = Set([0xD4E, 0x113D1, 0x1193F, 0x11941, 0x11A3A, 0x11D46, 0x11F02] + Array(0x111C2...0x111C3) + Array(0x11A84...0x11A89))

    @Test func `the small table holds what the table of all characters says, and nothing else`() {
        var differing: [String] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let properties = scalar.properties
            let isHidden =
                switch properties.generalCategory {
                case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse: true
                default:
                    properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint || Self.prepended.contains(value) || value == 0x2800
                        || value == 0xFFFC
                }
            if HiddenScalar.contains(scalar) != isHidden { differing.append(String(value, radix: 16)) }
        }
        #expect(differing == [])
    }
}
