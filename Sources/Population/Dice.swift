/// The generator's chance: SplitMix64. It is spelt out here, and not taken from the standard library's
/// `random(in:)`, because the same seed must give the same bytes with every compiler.
struct Dice: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A whole number in `0 ..< bound`. The bias is below `bound / 2^32`: of no weight for invented people.
    mutating func below(_ bound: Int) -> Int {
        Int(((next() >> 32) &* UInt64(bound)) >> 32)
    }

    /// A whole number in `range`.
    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    /// A whole number in `0 ..< bound` of which the small ones are the likely ones: how common names are spread.
    mutating func skewed(_ bound: Int) -> Int {
        let share = next() >> 32
        return Int((((share &* share) >> 32) &* UInt64(bound)) >> 32)
    }

    mutating func perMille(_ share: Int) -> Bool {
        below(1000) < share
    }

    /// An index into `weights`, by weight.
    mutating func weighted(_ weights: [Int], total: Int) -> Int {
        var rest = below(total)
        for (index, weight) in weights.enumerated() {
            if rest < weight { return index }
            rest -= weight
        }
        return weights.count - 1
    }
}
