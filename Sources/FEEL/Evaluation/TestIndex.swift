internal import Kernel

/// A column of tests, turned round: for a value it gives the set of the tests that the value meets, without asking each.
///
/// **Shape:** a set is a bit for each test, in ``words`` 64-bit words. Numbers and dates are cut at every bound that a test names, so that
/// between two bounds, and at each, one set holds; texts are looked up byte for byte.
package final class TestIndex: Sendable {
    /// Words of all sets together (8 MB); a column that would need more is asked test by test.
    package static let wordsMax = 1 << 20

    private enum Kind: Equatable { case all, text, boolean, number, date }

    /// Words of one set.
    package let words: Int
    private let kind: Kind
    private let sets: [UInt64]
    private let numbers: [Decimal128]
    private let dates: [CalendarDate]
    private let texts: TextTable

    /// Nil where a test is no constant, the tests are of several kinds, or too many.
    package init?(_ column: [UnaryTests]) {
        var quick: [QuickTests] = []
        quick.reserveCapacity(column.count)
        var kind = Kind.all
        for tests in column {
            guard let one = tests.quick else { return nil }
            for test in one.tests {
                let own: Kind =
                    switch test {
                    case .any: .all
                    case .text, .otherText: .text
                    case .boolean: .boolean
                    case .numbers: .number
                    case .dates: .date
                    }
                if own == .all { continue }
                guard kind == .all || kind == own else { return nil }
                kind = own
            }
            quick.append(one)
        }
        var numbers: [Decimal128] = []
        var dates: [CalendarDate] = []
        var texts = TextTable()
        for tests in quick {
            for test in tests.tests {
                switch test {
                case .numbers(let span):
                    if let low = span.low { numbers.append(low) }
                    if let high = span.high { numbers.append(high) }
                case .dates(let span):
                    if let low = span.low { dates.append(low) }
                    if let high = span.high { dates.append(high) }
                case .text(let text), .otherText(let text): texts.insert(text)
                case .any, .boolean: break
                }
            }
        }
        self.numbers = TestIndex.distinct(numbers)
        self.dates = TestIndex.distinct(dates)
        self.texts = texts
        self.kind = kind
        let words = (column.count + 63) / 64
        self.words = words
        let count: Int =
            switch kind {
            case .all: 1
            case .text: texts.count + 1
            case .boolean: 2
            case .number: 2 * self.numbers.count + 1
            case .date: 2 * self.dates.count + 1
            }
        guard count <= TestIndex.wordsMax / Swift.max(words, 1) else { return nil }
        var sets = [UInt64](repeating: 0, count: count * words)
        for (place, tests) in quick.enumerated() {
            let bit: UInt64 = 1 << UInt64(place % 64)
            let word = place / 64
            func put(_ range: ClosedRange<Int>) { for set in range { sets[set * words + word] |= bit } }
            for test in tests.tests {
                switch test {
                case .any: put(0...count - 1)
                case .boolean(let value): put(value ? 1...1 : 0...0)
                case .text(let text): if let set = texts.place(of: text) { put(set...set) }
                case .otherText(let text):
                    for set in 0..<count where set != texts.place(of: text) { put(set...set) }
                case .numbers(let span):
                    if let range = TestIndex.segments(span, self.numbers) { put(range) }
                case .dates(let span):
                    if let range = TestIndex.segments(span, self.dates) { put(range) }
                }
            }
            if tests.negated { for set in 0..<count { sets[set * words + word] ^= bit } }
        }
        self.sets = sets
    }

    private static func distinct<Bound: Comparable>(_ bounds: [Bound]) -> [Bound] {
        var distinct: [Bound] = []
        for bound in bounds.sorted() where distinct.last != bound { distinct.append(bound) }
        return distinct
    }

    /// The segments of a span, whose bounds are among the bounds: 0 lies before the first bound, 1 is the first bound, 2 between it and the second …
    private static func segments<Bound: Comparable>(_ span: QuickTests.Span<Bound>, _ bounds: [Bound]) -> ClosedRange<Int>? {
        let first = span.low.map { segment($0, bounds) + (span.lowIncluded ? 0 : 1) } ?? 0
        let last = span.high.map { segment($0, bounds) - (span.highIncluded ? 0 : 1) } ?? 2 * bounds.count
        return first <= last ? first...last : nil
    }

    @inline(__always)
    private static func segment<Bound: Comparable>(_ value: Bound, _ bounds: [Bound]) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low < bounds.count && bounds[low] == value ? 2 * low + 1 : 2 * low
    }

    /// Where the value's set begins; nil where the evaluator has to ask the tests, for a value of another kind.
    package func set(of value: Value) -> Int? {
        switch (kind, value) {
        case (.all, _): 0
        case (.text, .string(let text)): (texts.place(of: text) ?? texts.count) * words
        case (.boolean, .boolean(let value)): value ? words : 0
        case (.number, .number(let number)): TestIndex.segment(number, numbers) * words
        case (.date, .date(let date)): TestIndex.segment(date, dates) * words
        default: nil
        }
    }

    /// The set of the value in a slot; as ``set(of:)``.
    package func set(ofSlot slot: Int, _ evaluator: inout Evaluator) -> Int? { set(of: evaluator.locals[slot]) }

    /// The word of a set in which the tests from 64 · `word` on have their bits.
    package func word(_ word: Int, ofSet set: Int) -> UInt64 { sets[set + word] }

    /// Whether every value that has a set is of this type.
    package func settles(_ type: TypeName) -> Bool {
        switch (kind, type) {
        case (.text, .string), (.boolean, .boolean), (.number, .number), (.date, .date), (_, .any): true
        default: false
        }
    }
}

/// Texts by their bytes, each with a number from 0: strings compare by what they mean to a reader, FEEL's by their code points.
struct TextTable: Sendable {
    private var bytes: [UInt8] = []
    private var ends: [Int] = []
    /// Places by hash, open addressing, a power of two; −1 is free.
    private var slots: [Int32] = [-1, -1]

    var count: Int { ends.count }

    mutating func insert(_ text: String) {
        guard place(of: text) == nil else { return }
        bytes += Array(text.utf8)
        ends.append(bytes.count)
        if ends.count * 2 > slots.count {
            slots = [Int32](repeating: -1, count: slots.count * 4)
            for place in ends.indices { link(place) }
        } else {
            link(ends.count - 1)
        }
    }

    private mutating func link(_ place: Int) {
        let start = place == 0 ? 0 : ends[place - 1]
        var slot = bytes[start..<ends[place]].withUnsafeBufferPointer { TextTable.hash($0) } & (slots.count - 1)
        while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
        slots[slot] = Int32(place)
    }

    func place(of text: String) -> Int? {
        if let found = text.utf8.withContiguousStorageIfAvailable({ place(of: $0) }) { return found }
        return Array(text.utf8).withUnsafeBufferPointer { place(of: $0) }
    }

    private func place(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        var slot = TextTable.hash(text) & (slots.count - 1)
        while slots[slot] >= 0 {
            let place = Int(slots[slot])
            let start = place == 0 ? 0 : ends[place - 1]
            if ends[place] - start == text.count {
                var index = 0
                while index < text.count, bytes[start &+ index] == text[index] { index &+= 1 }
                if index == text.count { return place }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    /// FNV-1a. The texts are a table's own, so that nobody can choose them to collide.
    @inline(__always)
    private static func hash(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash >> 8)
    }
}
