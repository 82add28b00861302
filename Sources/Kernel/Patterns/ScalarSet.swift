/// A set of Unicode scalars, as a character class of a pattern describes it.
///
/// **Shape**: ASCII is two words of bits; beyond it a scalar is looked up in sorted ranges, general categories and
/// binary properties. Fill it, then call `seal`, then `invert` and `subtract`.
struct ScalarSet: Hashable, Sendable {
    private(set) var low: UInt64 = 0
    private(set) var high: UInt64 = 0
    private var ranges: [Range] = []
    private var categories: UInt32 = 0
    private var properties: [Property] = []
    private var included: [ScalarSet] = []
    private(set) var isInverted = false
    private var ignoresCase = false
    private var subtracted: [ScalarSet] = []

    struct Range: Hashable, Sendable {
        let first: UInt32
        let last: UInt32
    }

    struct Property: Hashable, Sendable {
        let name: ScalarProperty
        let isNegated: Bool
    }

    init() {}

    init(_ ranges: [(UInt32, UInt32)]) {
        for (first, last) in ranges { insert(first, last) }
        seal()
    }

    /// Whether no scalar beyond ASCII can be a member; then two sets can be compared by their bits alone.
    var isASCIIOnly: Bool {
        ranges.isEmpty && categories == 0 && properties.isEmpty && included.isEmpty && !isInverted && !(ignoresCase && high & ScalarSet.reaching != 0)
    }

    /// The bits of the letters that have a case variant beyond ASCII: i, k and s.
    private static let reaching: UInt64 = {
        var bits: UInt64 = 0
        for letter in [0x49, 0x4B, 0x53, 0x69, 0x6B, 0x73] as [UInt64] { bits |= 1 << (letter - 64) }
        return bits
    }()

    /// The one ASCII scalar that the set holds, if it holds just one scalar.
    var onlyASCIIMember: UInt32? {
        guard isASCIIOnly, low.nonzeroBitCount + high.nonzeroBitCount == 1 else { return nil }
        return low != 0 ? UInt32(low.trailingZeroBitCount) : 64 + UInt32(high.trailingZeroBitCount)
    }

    mutating func insert(_ scalar: UInt32) { insert(scalar, scalar) }

    mutating func insert(_ first: UInt32, _ last: UInt32) {
        var scalar = first
        while scalar < 0x80, scalar <= last {
            insertBit(scalar)
            scalar += 1
        }
        if scalar <= last { ranges.append(Range(first: scalar, last: last)) }
    }

    /// Inserts every scalar of the general categories in the mask (`GeneralCategories`).
    mutating func insert(categories mask: UInt32) {
        categories |= mask
        for scalar in UInt32(0)..<0x80 where mask & (1 << GeneralCategories.index(of: scalar)) != 0 { insertBit(scalar) }
    }

    mutating func insert(_ property: ScalarProperty, isNegated: Bool) {
        properties.append(Property(name: property, isNegated: isNegated))
        for scalar in UInt32(0)..<0x80 where property.holds(for: scalar) != isNegated { insertBit(scalar) }
    }

    mutating func insert(_ other: ScalarSet) {
        low |= other.low
        high |= other.high
        guard !other.isInverted, other.subtracted.isEmpty else {
            included.append(other)
            return
        }
        ranges += other.ranges
        categories |= other.categories
        properties += other.properties
        included += other.included
    }

    /// Inserts a set as it is: its members stay themselves where the case of the others is folded.
    mutating func include(_ other: ScalarSet) {
        low |= other.low
        high |= other.high
        included.append(other)
    }

    /// Sorts and merges the ranges.
    mutating func seal() {
        guard ranges.count > 1 else { return }
        ranges.sort { $0.first < $1.first }
        var merged: [Range] = [ranges[0]]
        for range in ranges.dropFirst() {
            let last = merged[merged.count - 1]
            if range.first <= last.last &+ 1 {
                merged[merged.count - 1] = Range(first: last.first, last: max(last.last, range.last))
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }

    /// Makes upper and lower case of a letter members together. Before `invert`.
    mutating func foldCase() {
        ignoresCase = true
        let upper = high & 0x07FF_FFFE
        let lower = high & 0x07FF_FFFE_0000_0000
        high |= upper << 32 | lower >> 32
        // The letters beyond ASCII that are variants of letters in it: ı, ſ and the Kelvin sign.
        for (scalar, letter) in [(0x131, 0x69), (0x17F, 0x73), (0x212A, 0x6B)] as [(UInt32, UInt32)] where holdsItself(scalar) {
            insertBit(letter)
            insertBit(letter - 0x20)
        }
    }

    mutating func invert() {
        low = ~low
        high = ~high
        isInverted.toggle()
    }

    mutating func subtract(_ other: ScalarSet) {
        low &= ~other.low
        high &= ~other.high
        subtracted.append(other)
    }

    private mutating func insertBit(_ scalar: UInt32) {
        if scalar < 64 { low |= 1 << UInt64(scalar) } else { high |= 1 << UInt64(scalar - 64) }
    }

    func contains(_ scalar: UInt32) -> Bool {
        if scalar < 64 { return low >> UInt64(scalar) & 1 == 1 }
        if scalar < 128 { return high >> UInt64(scalar - 64) & 1 == 1 }
        return containsBeyondASCII(scalar)
    }

    func containsBeyondASCII(_ scalar: UInt32) -> Bool {
        var isMember = holds(scalar)
        if !isMember, ignoresCase {
            for variant in ScalarCase.variants(of: scalar) where !isMember {
                isMember = variant < 0x80 ? bit(variant) != isInverted : holdsItself(variant)
            }
        }
        if isInverted { isMember.toggle() }
        guard isMember else { return false }
        for set in subtracted where set.contains(scalar) { return false }
        return true
    }

    private func bit(_ scalar: UInt32) -> Bool {
        scalar < 64 ? low >> UInt64(scalar) & 1 == 1 : high >> UInt64(scalar - 64) & 1 == 1
    }

    private func holds(_ scalar: UInt32) -> Bool {
        if holdsItself(scalar) { return true }
        for set in included where set.containsBeyondASCII(scalar) { return true }
        return false
    }

    private func holdsItself(_ scalar: UInt32) -> Bool {
        var lower = 0
        var upper = ranges.count
        while lower < upper {
            let middle = (lower + upper) / 2
            let range = ranges[middle]
            if scalar < range.first {
                upper = middle
            } else if scalar > range.last {
                lower = middle + 1
            } else {
                return true
            }
        }
        if categories != 0, categories & (1 << GeneralCategories.index(of: scalar)) != 0 { return true }
        for property in properties where property.name.holds(for: scalar) != property.isNegated { return true }
        return false
    }
}

/// The case variants of a scalar: those that are the same in lower case, or in upper case.
///
/// **Standard:** XPath and XQuery Functions 3.1, 5.6.2 (flag `i`).
enum ScalarCase {
    static func variants(of scalar: UInt32) -> [UInt32] {
        guard let value = Unicode.Scalar(scalar) else { return [] }
        var variants: [UInt32] = []
        var lowest = scalar
        func keep(_ mapping: String) -> Unicode.Scalar? {
            let scalars = mapping.unicodeScalars
            guard let first = scalars.first, scalars.count == 1 else { return nil }
            if first.value != scalar, !variants.contains(first.value) { variants.append(first.value) }
            return first
        }
        // There and back: the Kelvin sign is K's variant by way of k.
        if let lower = keep(value.properties.lowercaseMapping) {
            lowest = lower.value
            _ = keep(lower.properties.uppercaseMapping)
            _ = keep(lower.properties.titlecaseMapping)
        }
        if let upper = keep(value.properties.uppercaseMapping), let lower = keep(upper.properties.lowercaseMapping) { lowest = lower.value }
        _ = keep(value.properties.titlecaseMapping)
        for other in others(of: lowest) where other != scalar && !variants.contains(other) { variants.append(other) }
        return variants
    }

    /// Scalars that have a lower-case letter as their variant, but are not reached from it.
    private static func others(of lower: UInt32) -> [UInt32] {
        switch lower {
        case 0x69: [0x131]
        case 0x6B: [0x212A]
        case 0x73: [0x17F]
        case 0xDF: [0x1E9E]
        case 0xE5: [0x212B]
        case 0x1C6: [0x1C5]
        case 0x1C9: [0x1C8]
        case 0x1CC: [0x1CB]
        case 0x1F3: [0x1F2]
        case 0x390: [0x1FD3]
        case 0x1FD3: [0x390]
        case 0x3B0: [0x1FE3]
        case 0x1FE3: [0x3B0]
        case 0x3B2: [0x3D0]
        case 0x3B5: [0x3F5]
        case 0x3B8: [0x3D1, 0x3F4]
        case 0x3B9: [0x345, 0x1FBE]
        case 0x3BA: [0x3F0]
        case 0x3BC: [0xB5]
        case 0x3C0: [0x3D6]
        case 0x3C1: [0x3F1]
        case 0x3C3: [0x3C2]
        case 0x3C6: [0x3D5]
        case 0x3C9: [0x2126]
        case 0x432: [0x1C80]
        case 0x434: [0x1C81]
        case 0x43E: [0x1C82]
        case 0x441: [0x1C83]
        case 0x442: [0x1C84, 0x1C85]
        case 0x44A: [0x1C86]
        case 0x463: [0x1C87]
        case 0x1E61: [0x1E9B]
        case 0xA64B: [0x1C88]
        case 0xFB05: [0xFB06]
        case 0xFB06: [0xFB05]
        default: []
        }
    }

    /// Whether two scalars differ in case only.
    static func areVariants(_ one: UInt32, _ other: UInt32) -> Bool { one == other || variants(of: one).contains(other) }
}
