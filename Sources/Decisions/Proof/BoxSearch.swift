/// Looks for what a number of boxes leave uncovered within another box, without walking through the product of their axes.
///
/// At each step the regions of one axis are grouped by the boxes that are still in play there: a group is searched once, however many
/// regions it holds, and a question that was answered "all covered" before is not asked again.
struct BoxSearch {
    /// Per box and axis, the place of its set among the axis's sets.
    let boxes: [[Int]]
    /// Per axis, the different sets of its boxes.
    let sets: [[RegionSet]]
    /// Groups of regions that may still be looked at; shared by all searches of a table.
    private(set) var left: Int

    /// Per axis and box, the first region and the one behind the last; so most boxes that have nothing in common are told apart at a glance.
    private let lows: [[Int32]]
    private let highs: [[Int32]]

    init(boxes: [[Int]], sets: [[RegionSet]], regionsMax: Int) {
        self.boxes = boxes
        self.sets = sets
        left = regionsMax
        lows = sets.indices.map { axis in boxes.map { Int32(sets[axis][$0[axis]].runs.first?.lowerBound ?? 0) } }
        highs = sets.indices.map { axis in boxes.map { Int32(sets[axis][$0[axis]].runs.last?.upperBound ?? 0) } }
    }

    /// Whether two boxes have something in common.
    func meet(_ one: Int, _ other: Int) -> Bool {
        for axis in sets.indices where lows[axis][one] >= highs[axis][other] || lows[axis][other] >= highs[axis][one] { return false }
        for axis in sets.indices where !set(one, axis).intersects(set(other, axis)) { return false }
        return true
    }

    /// The boxes among some that have something in common with another.
    func meeting(_ box: Int, among others: [Int]) -> [Int] { others.filter { meet(box, $0) } }

    /// Calls `found` with each pair of boxes that have something in common, until it answers false.
    ///
    /// - Parameter some: boxes without an empty side, in order.
    func pairs(among some: [Int], found: (Int, Int) -> Bool) {
        // The axis that tells the most boxes apart comes first.
        func width(_ axis: Int) -> Int { some.reduce(0) { $0 + Int(highs[axis][$1] - lows[axis][$1]) } }
        let axes = sets.indices.map { (axis: $0, share: Double(width($0)) / Double(max(1, highs[$0].max() ?? 1))) }.sorted { $0.share < $1.share }.map { $0.axis }
        guard let first = axes.first else {
            for (place, one) in some.enumerated() { for other in some[(place + 1)...] { guard found(one, other) else { return } } }
            return
        }
        let rest = axes.dropFirst()
        let low = some.map { lows[first][$0] }
        let high = some.map { highs[first][$0] }
        for place in some.indices {
            let from = low[place]
            let to = high[place]
            let one = some[place]
            candidates: for next in (place + 1)..<max(place + 1, some.count) where low[next] < to && from < high[next] {
                let other = some[next]
                for axis in rest where lows[axis][one] >= highs[axis][other] || lows[axis][other] >= highs[axis][one] { continue candidates }
                for axis in axes where !set(one, axis).intersects(set(other, axis)) { continue candidates }
                guard found(one, other) else { return }
            }
        }
    }

    var isExhausted: Bool { left <= 0 }

    func set(_ box: Int, _ axis: Int) -> RegionSet { sets[axis][boxes[box][axis]] }

    /// Boxes in the questions that are kept with their answers (8 bytes each).
    private static let rememberedMax = 4_000_000

    private struct Question: Hashable {
        let axes: [Int]
        let live: [Int]
    }

    private struct State {
        var box: [RegionSet]
        /// Per axis and set: whether it covers the searched box there.
        let covers: [[Bool]]
        /// Per axis and set: how many regions it has within the searched box.
        let sizes: [[Int]]
        var covered: Set<Question> = []
        var remembered = 0
        /// Whether the boxes are known to have nothing in common: then what they cover can be counted.
        let isDisjoint: Bool
        let found: ([RegionSet]) -> Bool
        var isStopped = false
    }

    /// Calls `found` with boxes that together are all that is uncovered, until it answers false.
    ///
    /// - Parameters:
    ///   - live: the boxes that cover.
    ///   - isDisjoint: whether no two of them have anything in common.
    mutating func uncovered(in box: [RegionSet], by live: [Int], isDisjoint: Bool = false, found: @escaping ([RegionSet]) -> Bool) {
        guard !box.contains(where: { $0.isEmpty }) else { return }
        let covers = box.indices.map { axis in sets[axis].map { $0.isSuperset(of: box[axis]) } }
        let sizes = box.indices.map { axis in isDisjoint ? sets[axis].map { $0.intersection(box[axis]).count } : [] }
        let isCountable = isDisjoint && BoxSearch.volume(box) != nil
        var state = State(box: box, covers: covers, sizes: sizes, isDisjoint: isCountable, found: found)
        let touching = live.filter { rule in box.indices.allSatisfy { set(rule, $0).intersects(box[$0]) } }
        _ = search(touching, Array(box.indices), &state)
    }

    /// Whether all is covered.
    private mutating func search(_ live: [Int], _ axes: [Int], _ state: inout State) -> Bool {
        left -= 1
        guard left > 0 else { state.isStopped = true; return false }
        if live.isEmpty {
            if !state.found(state.box) { state.isStopped = true }
            return false
        }
        // The axis that tells the most boxes apart.
        var counts = [Int](repeating: 0, count: axes.count)
        for rule in live {
            var isWhole = true
            for (place, axis) in axes.enumerated() where !state.covers[axis][boxes[rule][axis]] {
                counts[place] += 1
                isWhole = false
            }
            if isWhole { return true }
        }
        if state.isDisjoint, isFilled(axes, live, state) { return true }
        var chosen = 0
        for place in counts.indices where counts[place] > counts[chosen] { chosen = place }
        let axis = axes[chosen]
        let question = Question(axes: axes, live: live)
        if state.covered.contains(question) { return true }
        var rest = axes
        rest.remove(at: chosen)
        let whole = state.box[axis]
        var isCovered = true
        for group in groups(live, axis, within: whole) {
            state.box[axis] = group.regions
            if !search(group.live, rest, &state) { isCovered = false }
            if state.isStopped { break }
        }
        state.box[axis] = whole
        if isCovered && !state.isStopped, state.remembered < BoxSearch.rememberedMax {
            state.remembered += live.count
            state.covered.insert(question)
        }
        return isCovered
    }

    /// The number of elementary regions; nil where it is beyond counting.
    private static func volume(_ box: [RegionSet]) -> UInt128? {
        var volume: UInt128 = 1
        for side in box {
            let (product, overflow) = volume.multipliedReportingOverflow(by: UInt128(side.count))
            if overflow { return nil }
            volume = product
        }
        return volume
    }

    /// Whether boxes that have nothing in common fill the box on the axes that are left, as their volumes say.
    private func isFilled(_ axes: [Int], _ live: [Int], _ state: State) -> Bool {
        var whole: UInt128 = 1
        for axis in axes { whole *= UInt128(state.box[axis].count) }
        var filled: UInt128 = 0
        for rule in live {
            var volume: UInt128 = 1
            for axis in axes { volume *= UInt128(state.sizes[axis][boxes[rule][axis]]) }
            filled += volume
        }
        return filled == whole
    }

    /// The regions of an axis by the boxes that hold them.
    private func groups(_ live: [Int], _ axis: Int, within box: RegionSet) -> [(regions: RegionSet, live: [Int])] {
        struct Event {
            let region: Int
            let place: Int
            let begins: Bool
        }
        var events: [Event] = []
        for (place, rule) in live.enumerated() {
            for run in set(rule, axis).runs {
                events.append(Event(region: run.lowerBound, place: place, begins: true))
                events.append(Event(region: run.upperBound, place: place, begins: false))
            }
        }
        events.sort { $0.region < $1.region }
        var words = [UInt64](repeating: 0, count: (live.count + 63) / 64)
        var places: [[UInt64]: Int] = [:]
        var groups: [(regions: RegionSet, live: [Int])] = []
        var next = 0
        for run in box.runs {
            var start = run.lowerBound
            while start < run.upperBound {
                while next < events.count, events[next].region <= start {
                    let event = events[next]
                    if event.begins { words[event.place >> 6] |= 1 << UInt64(event.place & 63) } else { words[event.place >> 6] &= ~(1 << UInt64(event.place & 63)) }
                    next += 1
                }
                let end = next < events.count ? min(events[next].region, run.upperBound) : run.upperBound
                if let place = places[words] {
                    groups[place].regions.append(start..<end)
                } else {
                    places[words] = groups.count
                    groups.append((RegionSet([start..<end]), live.indices.filter { words[$0 >> 6] >> UInt64($0 & 63) & 1 == 1 }.map { live[$0] }))
                }
                start = end
            }
        }
        return groups
    }
}
