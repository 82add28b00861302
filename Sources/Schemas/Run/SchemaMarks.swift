/// Which members or items of the value at hand a subschema has judged, for `unevaluatedProperties` and `unevaluatedItems`.
struct SchemaMarks {
    private var hasAll = false
    private var low: UInt64 = 0
    private var high: [UInt64] = []

    mutating func insertAll() { hasAll = true }

    mutating func insert(_ position: Int) {
        if position < 64 {
            low |= 1 << UInt64(position)
            return
        }
        let word = position / 64 - 1
        while high.count <= word { high.append(0) }
        high[word] |= 1 << UInt64(position & 63)
    }

    func contains(_ position: Int) -> Bool {
        if hasAll { return true }
        if position < 64 { return low >> UInt64(position) & 1 == 1 }
        let word = position / 64 - 1
        return word < high.count && high[word] >> UInt64(position & 63) & 1 == 1
    }

    mutating func formUnion(_ other: SchemaMarks) {
        hasAll = hasAll || other.hasAll
        low |= other.low
        for (word, bits) in other.high.enumerated() {
            if word < high.count { high[word] |= bits } else { high.append(bits) }
        }
    }
}
