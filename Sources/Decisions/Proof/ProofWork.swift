internal import FEEL
internal import Kernel

/// One proof in the making.
struct ProofWork {
    private let placed: PlacedTable
    private let table: DecisionTable
    private let limits: ProofLimits

    /// Columns with the same expression share an axis.
    private var axes: [Axis] = []
    private var columnsOfAxis: [[Int]] = []
    /// Per axis: whether its values come as they like, and where from.
    private var origins: [PlacedTable.Origin] = []
    /// Rules with a cell that only evaluation can answer. For those, `search` takes the cell for one that takes anything.
    private var isExact: [Bool] = []
    /// Rules that match something.
    private var able: [Int] = []
    private(set) var search = BoxSearch(boxes: [], sets: [], regionsMax: 0)

    /// Whether no two rules match the same case.
    private var isDisjoint = false

    private var noted: Set<TableProof.Stray> = []
    private(set) var strays: [TableProof.Stray] = []
    private(set) var obstacles: [TableProof.Obstacle] = []
    private(set) var idle: [TableProof.Idle] = []
    private(set) var gaps: [TableProof.Gap] = []
    private(set) var moreGaps = 0
    private(set) var isComplete: Bool?
    private(set) var overlaps: [TableProof.Overlap] = []
    private(set) var moreOverlaps = 0
    private(set) var isConsistent: Bool?

    init(_ placed: PlacedTable, _ limits: ProofLimits) {
        self.placed = placed
        table = placed.table
        self.limits = limits
    }

    // MARK: Columns

    /// Makes the axes and what each cell takes of them.
    mutating func prepare() {
        isExact = [Bool](repeating: true, count: table.rules.count)
        var isIdle = [Bool](repeating: false, count: table.rules.count)
        var boxes = [[Int]](repeating: [], count: table.rules.count)
        var sets: [[RegionSet]] = []
        for columns in merged() {
            let (cells, ordered) = distinctCells(of: columns)
            let (axis, origin, isProvable) = axis(of: columns, ordered.filter { $0.settled != nil })
            var distinct: [RegionSet] = []
            var places: [RegionSet: Int] = [:]
            let whole = axis.everything
            let said = isProvable ? cells.mapValues { Said($0, axis) } : [:]
            for rule in table.rules.indices {
                var common = whole
                for column in columns {
                    let key = Array(table.rules[rule].cells[column].text.utf8)
                    guard let cell = cells[key], !cell.takesAny else { continue }
                    guard let said = said[key], let set = said.set else {
                        isExact[rule] = false
                        if isProvable { obstacles.append(.cell(rule: rule, column: column)) }
                        continue
                    }
                    if set.isEmpty {
                        if !isIdle[rule] { idle.append(TableProof.Idle(rule: rule, reason: .cell(column))) }
                        isIdle[rule] = true
                    } else {
                        for value in said.strays { note(TableProof.Stray(rule: rule, column: column, value: value)) }
                    }
                    common = common.intersection(set)
                }
                if common.isEmpty, !isIdle[rule] {
                    isIdle[rule] = true
                    idle.append(TableProof.Idle(rule: rule, reason: .contradiction(columns)))
                }
                let place = places[common] ?? distinct.count
                if place == distinct.count {
                    places[common] = place
                    distinct.append(common)
                }
                boxes[rule].append(place)
            }
            axes.append(axis)
            columnsOfAxis.append(columns)
            origins.append(origin)
            sets.append(distinct)
        }
        able = table.rules.indices.filter { !isIdle[$0] }
        idle.sort { $0.rule < $1.rule }
        search = BoxSearch(boxes: boxes, sets: sets, regionsMax: limits.regionsMax)
    }

    /// What a cell says of an axis. Null for its set where only evaluation can say.
    private struct Said {
        let set: RegionSet?
        let strays: [Value]

        init(_ cell: SettledTests, _ axis: Axis) {
            guard cell.settled != nil else {
                set = nil
                strays = []
                return
            }
            let said = axis.set(of: cell)
            // A constant that cannot be is null, but nobody means it so.
            set = cell.isBroken ? said.intersection(axis.domain) : said
            strays = (cell.isBroken ? [.null] : []) + cell.listed.filter { !axis.holds($0) }
        }
    }

    /// The cells of the columns by their texts, and in the order of the table: most of a long table's are alike.
    private func distinctCells(of columns: [Int]) -> (cells: [[UInt8]: SettledTests], ordered: [SettledTests]) {
        var cells: [[UInt8]: SettledTests] = [:]
        var ordered: [SettledTests] = []
        for rule in table.rules {
            for column in columns {
                let key = Array(rule.cells[column].text.utf8)
                guard cells[key] == nil else { continue }
                let cell = SettledTests(rule.cells[column])
                cells[key] = cell
                ordered.append(cell)
            }
        }
        return (cells, ordered)
    }

    /// The same slip in many rules is told once.
    private mutating func note(_ stray: TableProof.Stray) {
        guard noted.insert(TableProof.Stray(rule: stray.value.isNull ? stray.rule : 0, column: stray.column, value: stray.value)).inserted else { return }
        strays.append(stray)
    }

    /// The columns by their expressions.
    private func merged() -> [[Int]] {
        var groups: [[Int]] = []
        var places: [String: Int] = [:]
        for (column, input) in table.inputs.enumerated() {
            // The same expression read as another type is another value.
            let type = input.type ?? placed.origins[column].type
            let key = input.expression.text + "\u{0}" + (type?.words ?? "")
            if let place = places[key] {
                groups[place].append(column)
            } else {
                places[key] = groups.count
                groups.append([column])
            }
        }
        return groups
    }

    private mutating func axis(of columns: [Int], _ cells: [SettledTests]) -> (Axis, PlacedTable.Origin, isProvable: Bool) {
        let column = columns[0]
        let input = table.inputs[column]
        var origin = placed.origins[column]
        var allowed: [SettledTests] = []
        for (tests, column) in columns.flatMap({ column in constraints(ofColumn: column).map { (SettledTests($0), column) } }) {
            if tests.settled != nil {
                allowed.append(tests)
            } else {
                // More values than there are: what is found may not be.
                origin.isFree = false
                if !obstacles.contains(.allowedValues(column)) { obstacles.append(.allowedValues(column)) }
            }
        }
        var kind: AxisKind
        if let type = input.type ?? origin.type {
            if let known = AxisKind(type, placed.types) {
                kind = known
            } else {
                kind = .anything
                if columns.contains(where: { column in !table.rules.allSatisfy { SettledTests.takesAny($0.cells[column]) } }) {
                    obstacles.append(.column(column, reason: "a \(type.words) has no order and no list of values"))
                    return (Axis(.anything, [], types: placed.types), origin, false)
                }
            }
        } else {
            let kinds = Axis.kinds(cells + allowed)
            if kinds.count > 1 {
                obstacles.append(.column(column, reason: "its cells speak of values of several kinds"))
                return (Axis(.anything, [], types: placed.types), origin, false)
            }
            kind = kinds.first ?? .anything
        }
        var listed: [Value]?
        if let values = origin.listed, values.allSatisfy({ AxisKind($0) == kind }) { listed = values }
        if kind == .anything { return (Axis(.anything, [], types: placed.types), origin, true) }
        var axis = Axis(kind, cells + allowed, types: placed.types, more: listed ?? [])
        for tests in allowed { axis.restrict(to: tests) }
        if let listed { axis.restrict(to: listed) }
        return (axis, origin, true)
    }

    /// All that holds of a column's values: what its own type, that of its input, and the column itself allow.
    private func constraints(ofColumn column: Int) -> [UnaryTests] {
        let input = table.inputs[column]
        var found = input.allowed.map { [$0] } ?? []
        for type in [input.type, placed.origins[column].type] {
            var type = type
            while case .named(let name)? = type, let definition = placed.types[name] {
                found += definition.constraints
                type = definition.type
            }
        }
        return found
    }

    // MARK: Certainty and words

    /// Whether a case in the box can come about: the columns that it asks something of are free and do not hang together.
    private func isCertain(_ box: [RegionSet]) -> Bool {
        let asked = axes.indices.filter { box[$0].count < axes[$0].regions.count }
        for (place, axis) in asked.enumerated() {
            guard origins[axis].isFree, let sources = origins[axis].sources else { return false }
            for other in asked[..<place] {
                guard let others = origins[other].sources, !sources.contains(where: { source in others.contains { $0.touches(source) } }) else { return false }
            }
        }
        return true
    }

    private func example(_ box: [RegionSet]) -> TableProof.Example {
        var parts: [TableProof.Example.Part] = []
        for axis in axes.indices where box[axis].count < axes[axis].regions.count {
            guard let region = axes[axis].example(box[axis]) else { continue }
            let column = columnsOfAxis[axis][0]
            parts.append(TableProof.Example.Part(column: column, label: table.inputs[column].label, value: region.value, words: axes[axis].words(region)))
        }
        parts.sort { $0.column < $1.column }
        return TableProof.Example(parts: parts)
    }

    private func cells(_ box: [RegionSet]) -> [String] {
        var cells = [String](repeating: "-", count: table.inputs.count)
        for axis in axes.indices { cells[columnsOfAxis[axis][0]] = axes[axis].cellText(box[axis]) }
        return cells
    }

    private var wholeBox: [RegionSet] { axes.map { $0.domain } }

    // MARK: Gaps

    mutating func findGaps() {
        guard !table.closesGaps else { isComplete = true; return }
        var widest: [[RegionSet]] = []
        let able = self.able
        let search = self.search
        let whole = wholeBox
        let countedMax = max(limits.gapsMax, ProofLimits.gapsCountedMax)
        let found = Collected()
        var asking = self.search
        asking.uncovered(in: whole, by: able, isDisjoint: isDisjoint) { box in
            if found.boxes.contains(where: { wide in zip(wide, box).allSatisfy { $0.isSuperset(of: $1) } }) { return true }
            found.boxes.append(ProofWork.widened(box, within: whole, able, search))
            return found.boxes.count < countedMax
        }
        widest = found.boxes
        self.search = asking
        let certain = widest.map { isCertain($0) }
        for (place, box) in widest.prefix(limits.gapsMax).enumerated() {
            gaps.append(TableProof.Gap(cells: cells(box), example: example(box), isCertain: certain[place]))
        }
        moreGaps = widest.count - gaps.count
        if certain.contains(true) {
            isComplete = false
        } else if widest.isEmpty, !asking.isExhausted, able.allSatisfy({ isExact[$0] }) {
            isComplete = true
        }
    }

    private final class Collected {
        var boxes: [[RegionSet]] = []
    }

    /// The gap as wide as it can be, column by column, with nothing covered in it.
    private static func widened(_ box: [RegionSet], within whole: [RegionSet], _ rules: [Int], _ search: BoxSearch) -> [RegionSet] {
        var box = box
        for axis in box.indices {
            var taken = RegionSet()
            for rule in rules {
                var meets = true
                for other in box.indices where other != axis && !search.set(rule, other).intersects(box[other]) {
                    meets = false
                    break
                }
                if meets { taken = taken.union(search.set(rule, axis)) }
            }
            box[axis] = whole[axis].intersection(taken.complement(of: (whole[axis].runs.last?.upperBound ?? 0) + 1))
        }
        return box
    }

    // MARK: Overlaps

    mutating func findOverlaps() {
        let whole = wholeBox
        // Null aside: a rule for what is unknown may say the same as one for all.
        let known = search.sets.indices.map { axis in search.sets[axis].map { $0.intersection(whole[axis]) } }
        let inside = BoxSearch(boxes: search.boxes, sets: known, regionsMax: 0)
        let rules = able.filter { rule in isExact[rule] && known.indices.allSatisfy { axis in !inside.set(rule, axis).isEmpty } }
        let outputs = ProofWork.outputs(of: table, placed.types)
        var first: [TableProof.Overlap] = []
        var later: [TableProof.Overlap] = []
        var count = 0
        var isCertainlyAtOdds = false
        isDisjoint = true
        inside.pairs(among: rules) { rule, other in
            isDisjoint = false
            guard table.mayContradict else { return false }
            let relation = ProofWork.relation(table, rule, other, outputs)
            if table.hitPolicy == .any, relation == .same { return true }
            guard count < max(limits.overlapsMax, ProofLimits.overlapsCountedMax) else { return false }
            count += 1
            let box = known.indices.map { inside.set(rule, $0).intersection(inside.set(other, $0)) }
            let certain = isCertain(box)
            if certain, table.hitPolicy == .unique || relation == .different { isCertainlyAtOdds = true }
            let isError = certain && relation == .different
            guard (isError ? first.count : later.count) < limits.overlapsMax else { return true }
            let overlap = TableProof.Overlap(rules: [rule, other], outputs: relation, cells: cells(box), example: example(box), isCertain: certain)
            if isError { first.append(overlap) } else { later.append(overlap) }
            return true
        }
        if rules.count < able.count { isDisjoint = false }
        guard table.mayContradict else { isConsistent = true; return }
        overlaps = Array((first + later).prefix(limits.overlapsMax))
        moreOverlaps = count - overlaps.count
        if isCertainlyAtOdds {
            isConsistent = false
        } else if count == 0, able.allSatisfy({ isExact[$0] }) {
            isConsistent = true
        }
    }

    /// Per rule its outputs, where each is written out.
    private static func outputs(of table: DecisionTable, _ types: [String: TypeDefinition]) -> [[Value]?] {
        table.rules.indices.map { rule -> [Value]? in
            guard table.rules[rule].outputs.allSatisfy({ $0.constant != nil }) else { return nil }
            var evaluator = Evaluator(Scope([:], types: types))
            return table.outputValues(rule, &evaluator)
        }
    }

    private static func relation(_ table: DecisionTable, _ one: Int, _ other: Int, _ outputs: [[Value]?]) -> TableProof.Overlap.Outputs {
        if let left = outputs[one], let right = outputs[other] { return left == right ? .same : .different }
        var isSame = true
        for (left, right) in zip(table.rules[one].outputs, table.rules[other].outputs) where left.text != right.text {
            if let left = left.constant, let right = right.constant, left != right { return .different }
            isSame = false
        }
        return isSame ? .same : .computed
    }

    // MARK: Rules that come too late

    mutating func findCovered() {
        guard table.hitPolicy == .first || table.hitPolicy == .priority else { return }
        let ranks = table.hitPolicy == .priority ? ranks() : nil
        if table.hitPolicy == .priority, ranks == nil { return }
        var asking = search
        for (place, rule) in able.enumerated() {
            var before: [Int]
            if let ranks {
                before = able.filter { ($0 != rule) && (ranks[$0] == ranks[rule] ? $0 < rule : ranks[$0].lexicographicallyPrecedes(ranks[rule])) }
            } else {
                before = Array(able[..<place])
            }
            let box = axes.indices.map { search.set(rule, $0) }
            before = search.meeting(rule, among: before.filter { isExact[$0] })
            guard !before.isEmpty else { continue }
            if let alone = before.first(where: { other in axes.indices.allSatisfy { search.set(other, $0).isSuperset(of: box[$0]) } }) {
                idle.append(TableProof.Idle(rule: rule, reason: .covered(by: [alone])))
                continue
            }
            let found = Collected()
            asking.uncovered(in: box, by: before) { rest in
                found.boxes.append(rest)
                return false
            }
            if asking.isExhausted { break }
            if found.boxes.isEmpty { idle.append(TableProof.Idle(rule: rule, reason: .covered(by: before))) }
        }
        search = asking
        idle.sort { $0.rule < $1.rule }
    }

    /// Per rule the places of its outputs among those that are listed by priority; nil where one is not written out.
    private func ranks() -> [[Int]]? {
        let outputs = ProofWork.outputs(of: table, placed.types)
        var ranks: [[Int]] = []
        for values in outputs {
            guard let values else { return nil }
            ranks.append(zip(table.outputs, values).map { output, value in output.values.firstIndex(of: value) ?? output.values.count })
        }
        return ranks
    }
}
