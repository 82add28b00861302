/// A requirement graph laid out from left to right: what is needed stands left of what needs it, so that the picture grows downwards where a
/// narrow screen has room.
///
/// Columns by the longest path, lanes for the lines that pass a column, order within the columns by sweeps of barycentres, heights by a
/// least-squares fit that keeps the order. The same graph gives the same picture, to the unit.
///
/// **Shape:** whole units; one is a pixel at the reader's normal text size.
package struct GraphLayout: Sendable {
    /// Beyond these a picture explains nothing any more: the graph is told as a list.
    package static let nodesMax = 300
    package static let edgesMax = 1_200
    /// Lines that pass columns, counted once for each column.
    static let lanesMax = 3_000

    static let nodeWidth = 120
    static let columnGap = 44
    static let margin = 2
    /// Two columns fit the narrowest screen; and nothing that is touched is lower than this.
    static let heightMin = 44
    static let lineHeight = 18
    private static let nodeGap = 14
    private static let laneGap = 9
    private static let portGap = 12
    private static let sweeps = 12

    package struct Box: Hashable, Sendable {
        package let node: RequirementGraph.Node
        package let x: Int
        package let y: Int
        package let width: Int
        package let height: Int
        package let lines: [String]
    }

    package struct Point: Hashable, Sendable {
        package let x: Int
        package let y: Int
    }

    /// The line of one edge: pairs of points, each pair the ends of a bend between two columns. It begins at the needed node and ends at the
    /// needing one, from the right where the graph has a circle.
    package struct Line: Hashable, Sendable {
        package let edge: RequirementGraph.Edge
        package let points: [Point]
    }

    package private(set) var boxes: [Box] = []
    package private(set) var lines: [Line] = []
    package private(set) var width = 0
    package private(set) var height = 0

    /// Nil where the graph is empty or beyond the limits.
    package init?(_ graph: RequirementGraph) {
        guard !graph.nodes.isEmpty, graph.nodes.count <= GraphLayout.nodesMax, graph.edges.count <= GraphLayout.edgesMax else { return nil }
        var places: [String: Int] = [:]
        for (place, node) in graph.nodes.enumerated() { places[node.id] = place }
        var ends: [(from: Int, to: Int)] = []
        for edge in graph.edges {
            guard let from = places[edge.from], let to = places[edge.to] else { continue }
            ends.append((from, to))
        }
        let isTurned = GraphLayout.turned(ends, count: graph.nodes.count)
        for place in ends.indices where isTurned[place] { ends[place] = (ends[place].to, ends[place].from) }
        let columns = GraphLayout.columns(ends, count: graph.nodes.count)
        guard var slots = Slots(graph.nodes, ends, columns) else { return nil }
        slots.order(sweeps: GraphLayout.sweeps)
        slots.settle(sweeps: GraphLayout.sweeps)
        place(graph, slots, ends, isTurned)
    }

    /// Edges that close a circle; turned round, the rest has none.
    private static func turned(_ ends: [(from: Int, to: Int)], count: Int) -> [Bool] {
        var leaving = [[Int]](repeating: [], count: count)
        for (edge, end) in ends.enumerated() { leaving[end.from].append(edge) }
        var isTurned = [Bool](repeating: false, count: ends.count)
        var isOpen = [Bool](repeating: false, count: count)
        var isDone = [Bool](repeating: false, count: count)
        for start in 0..<count where !isDone[start] {
            var stack: [(node: Int, next: Int)] = [(start, 0)]
            isOpen[start] = true
            while let top = stack.last {
                guard top.next < leaving[top.node].count else {
                    isOpen[top.node] = false
                    isDone[top.node] = true
                    stack.removeLast()
                    continue
                }
                stack[stack.count - 1].next += 1
                let edge = leaving[top.node][top.next]
                let other = ends[edge].to
                if isOpen[other] {
                    isTurned[edge] = true
                } else if !isDone[other] {
                    isOpen[other] = true
                    stack.append((other, 0))
                }
            }
        }
        return isTurned
    }

    /// The column of each node: as far right as what needs it permits.
    private static func columns(_ ends: [(from: Int, to: Int)], count: Int) -> [Int] {
        var needs = [[Int]](repeating: [], count: count)
        var open = [Int](repeating: 0, count: count)
        var isNeeding = [Bool](repeating: false, count: count)
        for end in ends {
            needs[end.to].append(end.from)
            open[end.from] += 1
            isNeeding[end.to] = true
        }
        let alone = (0..<count).filter { open[$0] == 0 && !isNeeding[$0] }
        var distance = [Int](repeating: 0, count: count)
        var waiting = (0..<count).filter { open[$0] == 0 }
        while let node = waiting.popLast() {
            for other in needs[node] {
                distance[other] = max(distance[other], distance[node] + 1)
                open[other] -= 1
                if open[other] == 0 { waiting.append(other) }
            }
        }
        let last = distance.max() ?? 0
        var columns = distance.map { last - $0 }
        // What nothing needs and needs nothing stands first.
        for node in alone { columns[node] = 0 }
        return columns
    }

    // MARK: Slots

    /// Places in columns, of nodes and of lanes. Slot `n` is node `n` for all nodes; lanes follow.
    private struct Slots {
        var columns: [[Int]]
        var heights: [Int]
        var isLane: [Bool]
        /// Neighbours in the column to the left and to the right.
        var left: [[Int]]
        var right: [[Int]]
        var tops: [Int] = []
        /// Per edge the slots that it passes, its ends among them.
        var ways: [[Int]] = []
        var texts: [[String]] = []

        init?(_ nodes: [RequirementGraph.Node], _ ends: [(from: Int, to: Int)], _ column: [Int]) {
            columns = [[Int]](repeating: [], count: (column.max() ?? 0) + 1)
            left = [[Int]](repeating: [], count: nodes.count)
            right = left
            isLane = [Bool](repeating: false, count: nodes.count)
            var arriving = [Int](repeating: 0, count: nodes.count)
            for end in ends { arriving[end.to] += 1 }
            let texts = nodes.map { FittedText($0.label, width: GraphLayout.nodeWidth - 2 * GraphLayout.padding).lines }
            heights = nodes.indices.map { place in
                let text = texts[place].count * GraphLayout.lineHeight + 2 * GraphLayout.roomAbove(nodes[place].kind)
                return max(GraphLayout.heightMin, text, (arriving[place] + 1) * GraphLayout.portGap)
            }
            self.texts = texts
            for node in nodes.indices { columns[column[node]].append(node) }
            // All lines of a node share one lane through a column.
            var lanes: [Int: [Int]] = [:]
            for end in ends {
                var way = [end.from]
                var lane = lanes[end.from] ?? []
                while lane.count < column[end.to] - column[end.from] - 1 {
                    guard isLane.count - nodes.count < GraphLayout.lanesMax else { return nil }
                    let slot = isLane.count
                    isLane.append(true)
                    heights.append(0)
                    left.append([])
                    right.append([])
                    join(lane.last ?? end.from, slot)
                    columns[column[end.from] + lane.count + 1].append(slot)
                    lane.append(slot)
                }
                lanes[end.from] = lane
                way += lane.prefix(column[end.to] - column[end.from] - 1)
                join(way[way.count - 1], end.to)
                way.append(end.to)
                ways.append(way)
            }
            tops = [Int](repeating: 0, count: isLane.count)
        }

        private mutating func join(_ one: Int, _ other: Int) {
            guard !right[one].contains(other) else { return }
            right[one].append(other)
            left[other].append(one)
        }

        // MARK: Order

        /// Sorts each column by where its neighbours stand, to and fro; keeps the order with the fewest crossings.
        mutating func order(sweeps: Int) {
            var best = columns
            var fewest = crossings()
            for sweep in 0..<sweeps where fewest > 0 {
                if sweep % 2 == 0 {
                    for column in columns.indices.dropFirst() { sort(column, by: left, in: column - 1) }
                } else {
                    for column in columns.indices.dropLast().reversed() { sort(column, by: right, in: column + 1) }
                }
                let count = crossings()
                if count < fewest {
                    fewest = count
                    best = columns
                }
            }
            columns = best
        }

        private mutating func sort(_ column: Int, by neighbours: [[Int]], in other: Int) {
            var ranks: [Int: Int] = [:]
            for (rank, slot) in columns[other].enumerated() { ranks[slot] = rank }
            let slots = columns[column]
            let keyed = slots.enumerated().map { rank, slot -> (key: Int, rank: Int, slot: Int) in
                let near = neighbours[slot]
                // A slot without neighbours on that side keeps its place.
                let key = near.isEmpty ? rank * 1_000 : near.reduce(0) { $0 + (ranks[$1] ?? 0) } * 1_000 / near.count
                return (key, rank, slot)
            }
            columns[column] = keyed.sorted { $0.key == $1.key ? $0.rank < $1.rank : $0.key < $1.key }.map { $0.slot }
        }

        private func crossings() -> Int {
            var count = 0
            for column in columns.indices.dropLast() {
                var ranks: [Int: Int] = [:]
                for (rank, slot) in columns[column + 1].enumerated() { ranks[slot] = rank }
                // Inversions among the right ends, taken by their left ends: a tree of counts.
                var tree = [Int](repeating: 0, count: columns[column + 1].count + 1)
                var seen = 0
                for slot in columns[column] {
                    let ends = right[slot].compactMap { ranks[$0] }
                    for end in ends {
                        var passed = 0, place = end + 1
                        while place > 0 {
                            passed += tree[place]
                            place -= place & -place
                        }
                        count += seen - passed
                    }
                    for end in ends {
                        var place = end + 1
                        while place < tree.count {
                            tree[place] += 1
                            place += place & -place
                        }
                        seen += 1
                    }
                }
            }
            return count
        }

        // MARK: Heights

        /// Moves every slot towards its neighbours as far as the others of its column permit.
        mutating func settle(sweeps: Int) {
            for column in columns.indices {
                var top = 0
                for (rank, slot) in columns[column].enumerated() {
                    if rank > 0 { top += gap(columns[column][rank - 1], slot) }
                    tops[slot] = top
                    top += heights[slot]
                }
            }
            for sweep in 0..<sweeps {
                if sweep % 2 == 0 {
                    for column in columns.indices.dropLast().reversed() { fit(column, by: right) }
                } else {
                    for column in columns.indices.dropFirst() { fit(column, by: left) }
                }
            }
            let first = columns.compactMap { $0.first.map { tops[$0] } }.min() ?? 0
            for slot in tops.indices { tops[slot] += GraphLayout.margin - first }
        }

        private func gap(_ one: Int, _ other: Int) -> Int { isLane[one] && isLane[other] ? GraphLayout.laneGap : GraphLayout.nodeGap }

        /// Least squares under a fixed order: pools of slots that would overlap move as one.
        private mutating func fit(_ column: Int, by neighbours: [[Int]]) {
            let slots = columns[column]
            var offsets: [Int] = [], offset = 0
            for (rank, slot) in slots.enumerated() {
                if rank > 0 { offset += heights[slots[rank - 1]] + gap(slots[rank - 1], slot) }
                offsets.append(offset)
            }
            var pools: [(sum: Int, count: Int)] = []
            for (rank, slot) in slots.enumerated() {
                let near = neighbours[slot]
                let wanted = near.isEmpty ? tops[slot] : near.reduce(0) { $0 + tops[$1] + heights[$1] / 2 } / near.count - heights[slot] / 2
                pools.append((wanted - offsets[rank], 1))
                while pools.count > 1 {
                    let last = pools[pools.count - 1], before = pools[pools.count - 2]
                    guard before.sum * last.count >= last.sum * before.count else { break }
                    pools.removeLast()
                    pools[pools.count - 1] = (before.sum + last.sum, before.count + last.count)
                }
            }
            var rank = 0
            for pool in pools {
                // Rounded down, so that equal pools give equal places for negative sums, too.
                let place = pool.sum >= 0 ? pool.sum / pool.count : -((-pool.sum + pool.count - 1) / pool.count)
                for _ in 0..<pool.count {
                    tops[slots[rank]] = place + offsets[rank]
                    rank += 1
                }
            }
        }
    }

    // MARK: Boxes and lines

    static let padding = 8
    /// Above and below the text.
    static func roomAbove(_ kind: RequirementGraph.Kind) -> Int { kind == .source ? 13 : 9 }

    private mutating func place(_ graph: RequirementGraph, _ slots: Slots, _ ends: [(from: Int, to: Int)], _ isTurned: [Bool]) {
        var lefts = [Int](repeating: 0, count: slots.tops.count)
        for (column, members) in slots.columns.enumerated() {
            for slot in members { lefts[slot] = GraphLayout.margin + column * (GraphLayout.nodeWidth + GraphLayout.columnGap) }
        }
        boxes = graph.nodes.enumerated().map { place, node in
            Box(node: node, x: lefts[place], y: slots.tops[place], width: GraphLayout.nodeWidth, height: slots.heights[place], lines: slots.texts[place])
        }
        width = 2 * GraphLayout.margin + slots.columns.count * GraphLayout.nodeWidth + (slots.columns.count - 1) * GraphLayout.columnGap
        height = (slots.tops.indices.map { slots.tops[$0] + slots.heights[$0] }.max() ?? 0) + GraphLayout.margin

        func middle(_ slot: Int) -> Int { slots.tops[slot] + slots.heights[slot] / 2 }
        // Lines arrive side by side, in the order of where they come from.
        var ports = [Int](repeating: 0, count: ends.count)
        var arriving = [[Int]](repeating: [], count: graph.nodes.count)
        for (edge, end) in ends.enumerated() { arriving[end.to].append(edge) }
        for (node, edges) in arriving.enumerated() {
            let sorted = edges.sorted { one, other in
                let a = middle(slots.ways[one][slots.ways[one].count - 2]), b = middle(slots.ways[other][slots.ways[other].count - 2])
                return a == b ? one < other : a < b
            }
            for (rank, edge) in sorted.enumerated() { ports[edge] = slots.tops[node] + slots.heights[node] * (rank + 1) / (sorted.count + 1) }
        }
        lines = graph.edges.enumerated().map { edge, value in
            let way = slots.ways[edge]
            var points: [Point] = []
            for (step, slot) in way.enumerated() {
                let isLast = step == way.count - 1
                let y = isLast ? ports[edge] : middle(slot)
                if step > 0 { points.append(Point(x: lefts[slot], y: y)) }
                if !isLast { points.append(Point(x: lefts[slot] + GraphLayout.nodeWidth, y: y)) }
            }
            return Line(edge: value, points: isTurned[edge] ? points.reversed() : points)
        }
    }
}
