internal import FEEL
internal import Kernel

/// What the values of a column are, where there is an order or a list of them to reason about.
enum AxisKind: Hashable, Sendable {
    case number, text, boolean, date, time, dateTime, dayTime, yearMonth
    /// Nothing is said about the values: every cell takes any.
    case anything

    init?(_ value: Value) {
        switch value {
        case .number: self = .number
        case .string: self = .text
        case .boolean: self = .boolean
        case .date: self = .date
        case .time: self = .time
        case .dateTime: self = .dateTime
        case .dayTime: self = .dayTime
        case .yearMonth: self = .yearMonth
        case .null, .list, .context, .range, .function: return nil
        }
    }

    /// Nil for what is no single comparable value.
    init?(_ type: TypeName, _ types: [String: TypeDefinition]) {
        var type = type
        // The chain of definitions has no circles.
        while case .named(let name) = type, let definition = types[name] { type = definition.type }
        switch type {
        case .number: self = .number
        case .string: self = .text
        case .boolean: self = .boolean
        case .date: self = .date
        case .time: self = .time
        case .dateTime: self = .dateTime
        case .dayTime: self = .dayTime
        case .yearMonth: self = .yearMonth
        default: return nil
        }
    }
}

/// The values of one column, cut into regions within which every cell of the column gives one answer.
///
/// The cuts are the values that the cells name. What a cell says of a region is asked of the evaluator itself, with a value out of the
/// region, so that the proof cannot see a table otherwise than its evaluation does.
struct Axis: Sendable {
    enum Extent: Hashable, Sendable {
        case point
        /// What lies between two named values, themselves left out; nil is an end without a bound.
        case between(Value?, Value?)
        /// All texts but those that are named.
        case others
        case everything
    }

    struct Region: Sendable {
        let extent: Extent
        /// Stands for the region; chosen to be read by people.
        let value: Value
        /// Regions with neighbouring places have nothing between them.
        let place: Int
    }

    let kind: AxisKind
    private(set) var regions: [Region]
    /// Whether the regions are a list without an order.
    let isListed: Bool
    private let counting: Counting?
    private let places: [Key: Int]
    private let types: [String: TypeDefinition]

    /// What makes a named value the same as another.
    private enum Key: Hashable {
        case number(Decimal128)
        case count(Int128)
        case text([UInt8])
    }

    /// - Parameters:
    ///   - tests: all that is said of the column: its cells and its allowed values.
    ///   - more: further values that cut.
    init(_ kind: AxisKind, _ tests: [SettledTests], types: [String: TypeDefinition], more: [Value] = []) {
        self.kind = kind
        self.types = types
        var bounds = more
        var isOrdered = false
        for test in tests { Axis.collect(test.settled ?? [], &bounds, &isOrdered) }
        var counting: Counting?
        switch kind {
        case .anything:
            regions = [Region(extent: .everything, value: .null, place: 0)]
        case .boolean:
            regions = Axis.listed([true, false])
        case .number:
            let numbers = Set(bounds.compactMap { $0.number }).sorted()
            regions = Axis.cut(numbers.map { .number($0) }) { low, high in Samples.number(low?.number, high?.number).map { .number($0) } }
        case .text:
            let texts = Axis.distinct(bounds.compactMap { $0.string })
            if isOrdered {
                let sorted = texts.sorted { Axis.precedes($0, $1) }
                regions = Axis.cut(sorted.map { .string($0) }) { low, high in Samples.text(low?.string, high?.string).map { .string($0) } }
            } else {
                regions = Axis.listed(texts.map { .string($0) })
                regions.append(Region(extent: .others, value: .string(Samples.text(otherThan: texts)), place: texts.count))
            }
        case .date, .time, .dateTime, .dayTime, .yearMonth:
            let steps = Counting(kind, isZoned: bounds.contains { Counting.isZoned($0) })
            counting = steps
            let counts = Set(bounds.compactMap { steps.count($0) }.filter { $0 >= steps.lowest && $0 <= steps.highest }).sorted()
            regions = Axis.cut(counts.map { steps.value($0) }) { low, high in
                steps.sample(low.flatMap { steps.count($0) }, high.flatMap { steps.count($0) }).map { steps.value($0) }
            }
        }
        self.counting = counting
        isListed = kind == .boolean || (kind == .text && !isOrdered)
        var places: [Key: Int] = [:]
        for region in regions where region.extent == .point {
            if let key = Axis.key(region.value, counting) { places[key] = region.place }
        }
        self.places = places
    }

    private static func key(_ value: Value, _ counting: Counting?) -> Key? {
        if let counting { return counting.count(value).map { .count($0) } }
        switch value {
        case .number(let number): return .number(number)
        case .string(let text): return .text(Array(text.utf8))
        default: return nil
        }
    }

    /// Points and what lies between them; a region in which there is no value is left out.
    private static func cut(_ points: [Value], _ sample: (Value?, Value?) -> Value?) -> [Region] {
        var regions: [Region] = []
        var last: Value?
        for point in points {
            if let value = sample(last, point) { regions.append(Region(extent: .between(last, point), value: value, place: regions.count)) }
            regions.append(Region(extent: .point, value: point, place: regions.count))
            last = point
        }
        if let value = sample(last, nil) { regions.append(Region(extent: .between(last, nil), value: value, place: regions.count)) }
        return regions
    }

    private static func listed(_ values: [Value]) -> [Region] {
        values.enumerated().map { Region(extent: .point, value: $1, place: $0) }
    }

    private static func collect(_ demands: [Demand], _ bounds: inout [Value], _ isOrdered: inout Bool) {
        for demand in demands {
            switch demand {
            case .any, .condition: break
            case .equal(let value): collect(value, &bounds, &isOrdered)
            case .different(let value): bounds.append(value)
            case .less(let value), .lessOrEqual(let value), .greater(let value), .greaterOrEqual(let value):
                bounds.append(value)
                isOrdered = true
            case .within(let interval): collect(.range(interval), &bounds, &isOrdered)
            case .not(let inner): collect(inner, &bounds, &isOrdered)
            }
        }
    }

    private static func collect(_ value: Value, _ bounds: inout [Value], _ isOrdered: inout Bool) {
        switch value {
        case .list(let items): for item in items { collect(item, &bounds, &isOrdered) }
        case .range(let interval):
            if let low = interval.low { bounds.append(low) }
            if let high = interval.high { bounds.append(high) }
            if interval.comparison != .equal, interval.comparison != .notEqual { isOrdered = true }
        default: bounds.append(value)
        }
    }

    /// The kinds of the values that tests name.
    static func kinds(_ tests: [SettledTests]) -> Set<AxisKind> {
        var bounds: [Value] = []
        var isOrdered = false
        for test in tests { collect(test.settled ?? [], &bounds, &isOrdered) }
        return Set(bounds.compactMap { AxisKind($0) })
    }

    /// FEEL compares texts code point by code point; Swift would take two spellings of é for one.
    private static func distinct(_ texts: [String]) -> [String] {
        var seen: Set<[UInt8]> = []
        return texts.filter { seen.insert(Array($0.utf8)).inserted }
    }

    static func precedes(_ one: String, _ other: String) -> Bool { one.utf8.lexicographicallyPrecedes(other.utf8) }

    // MARK: What cells say

    /// Leaves the regions that tests allow.
    mutating func restrict(to tests: SettledTests) {
        let allowed = set(of: tests).intersection(domain)
        regions = allowed.regions.map { regions[$0] }
    }

    /// Leaves the listed values, which must be among those that cut the axis.
    mutating func restrict(to values: [Value]) {
        regions = regions.filter { region in region.extent == .point && values.contains { Axis.same($0, region.value) } }
    }

    static func same(_ one: Value, _ other: Value) -> Bool {
        if case .string(let left) = one, case .string(let right) = other { return left.utf8.elementsEqual(right.utf8) }
        return one == other
    }

    /// All regions, null apart.
    var domain: RegionSet { RegionSet.all(of: regions.count) }
    /// All regions and, behind them, null: what is unknown is no case of its own, but a rule may be there for it.
    var everything: RegionSet { RegionSet.all(of: regions.count + 1) }

    /// The regions whose values meet the tests; the one behind the last is null.
    func set(of tests: SettledTests) -> RegionSet {
        var bounds: [Value] = []
        var isOrdered = false
        Axis.collect(tests.settled ?? [], &bounds, &isOrdered)
        // Between the values that it names itself a cell does not change its mind.
        let own = Set(bounds.compactMap { Axis.key($0, counting).flatMap { places[$0] } }).sorted()
        var found = RegionSet()
        var evaluator = Evaluator(Scope([:], types: types))
        func answer(_ stretch: Range<Int>) {
            guard let first = stretch.first else { return }
            if evaluator.meets(regions[first].value, tests.tests) == true { found.append(stretch) }
        }
        if kind == .boolean {
            for region in regions.indices { answer(region..<region + 1) }
        } else {
            var start = 0
            for place in own {
                let low = index(from: place)
                let high = index(from: place + 1)
                answer(start..<low)
                answer(low..<high)
                start = high
            }
            answer(start..<regions.count)
        }
        if evaluator.meets(.null, tests.tests) == true { found.append(regions.count..<regions.count + 1) }
        return found
    }

    /// The first region that stands at a place or behind it.
    private func index(from place: Int) -> Int {
        var low = 0
        var high = regions.count
        while low < high {
            let middle = (low + high) / 2
            if regions[middle].place < place { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether a named value is one of this axis.
    func holds(_ value: Value) -> Bool {
        if kind == .boolean { return regions.contains { $0.value == value } }
        guard let key = Axis.key(value, counting), let place = places[key] else { return false }
        let index = index(from: place)
        return index < regions.count && regions[index].place == place
    }
}
