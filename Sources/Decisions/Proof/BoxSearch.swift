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

    init(boxes: [[Int]], sets: [[RegionSet]], regionsMax: Int) {
        self.boxes = boxes
        self.sets = sets
        left = regionsMax
    }

    var isExhausted: Bool { left <= 0 }

    func set(_ box: Int, _ axis: Int) -> RegionSet { sets[axis][boxes[box][axis]] }

    private struct Question: Hashable {
        let axes: [Int]
        let live: [Int]
    }

    private struct State {
        var box: [RegionSet]
        /// Per axis and set: whether it covers the searched box there.
        let covers: [[Bool]]
        var covered: Set<Question> = []
        let found: ([RegionSet]) -> Bool
        var isStopped = false
    }

    /// Calls `found` with boxes that together are all that is uncovered, until it answers false.
    ///
    /// - Parameter live: the boxes that cover.
    mutating func uncovered(in box: [RegionSet], by live: [Int], found: @escaping ([RegionSet]) -> Bool) {
        guard !box.contains(where: { $0.isEmpty }) else { return }
        let covers = box.indices.map { axis in sets[axis].map { $0.isSuperset(of: box[axis]) } }
        var state = State(box: box, covers: covers, found: found)
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
        if isCovered && !state.isStopped { state.covered.insert(question) }
        return isCovered
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
