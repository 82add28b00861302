internal import FEEL
internal import Kernel

extension Axis {
    /// Values that a message lists before it only counts them.
    private static let listedMax = 6

    /// The regions as a cell would ask for them, so that a gap can be pasted into the table as a new rule.
    func cellText(_ set: RegionSet) -> String {
        if set.count == regions.count { return "-" }
        if set.regions.contains(where: { regions[$0].extent == .others }) {
            return "not(" + set.complement(of: regions.count).regions.map { Axis.literal(regions[$0].value) }.joined(separator: ", ") + ")"
        }
        if isListed {
            return set.regions.map { Axis.literal(regions[$0].value) }.joined(separator: ", ")
        }
        var parts: [String] = []
        for run in set.runs {
            // Where the allowed values leave a hole between two regions, a range would speak of it, too.
            var start = run.lowerBound
            while start < run.upperBound {
                var end = start
                while end + 1 < run.upperBound, regions[end + 1].place == regions[end].place + 1 { end += 1 }
                parts.append(rangeText(regions[start], regions[end]))
                start = end + 1
            }
        }
        return parts.joined(separator: ", ")
    }

    private func rangeText(_ first: Region, _ last: Region) -> String {
        if first.place == last.place, first.extent == .point { return Axis.literal(first.value) }
        let low: (value: Value?, isIncluded: Bool) = if case .between(let low, _) = first.extent { (low, false) } else { (first.value, true) }
        let high: (value: Value?, isIncluded: Bool) = if case .between(_, let high) = last.extent { (high, false) } else { (last.value, true) }
        switch (low.value, high.value) {
        case (let lowest?, let highest?):
            return (low.isIncluded ? "[" : "(") + Axis.literal(lowest) + ".." + Axis.literal(highest) + (high.isIncluded ? "]" : ")")
        case (let lowest?, nil): return (low.isIncluded ? ">= " : "> ") + Axis.literal(lowest)
        case (nil, let highest?): return (high.isIncluded ? "<= " : "< ") + Axis.literal(highest)
        case (nil, nil): return "-"
        }
    }

    static func literal(_ value: Value) -> String {
        switch value {
        case .date, .time, .dateTime, .dayTime, .yearMonth: "@\"" + value.innerText + "\""
        default: value.innerText
        }
    }

    /// The region of a set that is the easiest to read: a named value before one between, whole numbers before others.
    func example(_ set: RegionSet) -> Region? {
        var best: (rank: Int, region: Region)?
        for index in set.regions {
            let region = regions[index]
            let rank = Axis.rank(region)
            if best == nil || rank < best?.rank ?? 0 { best = (rank, region) }
        }
        return best?.region
    }

    private static func rank(_ region: Region) -> Int {
        switch region.value {
        case .number(let number):
            if number.isZero { return 0 }
            return (number.isInteger ? 1 : 3) + (region.extent == .point ? 0 : 1)
        default: return region.extent == .point ? 0 : 1
        }
    }

    /// `"food"`, `any text other than "food", "repair"`.
    func words(_ region: Region) -> String {
        guard region.extent == .others else { return region.value.innerText }
        let named = regions.filter { $0.extent == .point }.map { $0.value.innerText }
        if named.isEmpty { return "any text" }
        let shown = named.prefix(Axis.listedMax).joined(separator: ", ")
        return "any text other than " + shown + (named.count > Axis.listedMax ? " … (\(named.count) in all)" : "")
    }
}
