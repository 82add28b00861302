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
        ranges.isEmpty && categories == 0 && properties.isEmpty && included.isEmpty && !isInverted
    }

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
                isMember = variant < 0x80 ? bit(variant) != isInverted : holds(variant)
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
        for set in included where set.containsBeyondASCII(scalar) { return true }
        return false
    }
}

/// Upper and lower case of one scalar, where that is again one scalar.
enum ScalarCase {
    static func variants(of scalar: UInt32) -> [UInt32] {
        guard let value = Unicode.Scalar(scalar) else { return [] }
        var variants: [UInt32] = []
        for mapping in [value.properties.lowercaseMapping, value.properties.uppercaseMapping] {
            let scalars = mapping.unicodeScalars
            if let first = scalars.first, scalars.count == 1, first.value != scalar { variants.append(first.value) }
        }
        return variants
    }

    /// Whether two scalars differ in case only.
    static func areVariants(_ one: UInt32, _ other: UInt32) -> Bool {
        if one == other { return true }
        let ones = variants(of: one)
        if ones.contains(other) { return true }
        for variant in variants(of: other) where variant == one || ones.contains(variant) { return true }
        return false
    }
}
