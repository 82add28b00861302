/// Some of an axis's regions: runs of neighbours, in order, none touching the next.
struct RegionSet: Hashable, Sendable {
    private(set) var runs: [Range<Int>]

    init(_ runs: [Range<Int>] = []) {
        self.runs = runs
    }

    static func all(of count: Int) -> RegionSet { RegionSet(count == 0 ? [] : [0..<count]) }

    var isEmpty: Bool { runs.isEmpty }
    var count: Int { runs.reduce(0) { $0 + $1.count } }
    var first: Int? { runs.first?.lowerBound }
    var regions: [Int] { runs.flatMap { Array($0) } }

    /// Adds a run that begins where the last one ends, or behind it.
    mutating func append(_ run: Range<Int>) {
        guard !run.isEmpty else { return }
        if let last = runs.last, last.upperBound == run.lowerBound {
            runs[runs.count - 1] = last.lowerBound..<run.upperBound
        } else {
            runs.append(run)
        }
    }

    func contains(_ region: Int) -> Bool { runs.contains { $0.contains(region) } }

    func intersects(_ other: RegionSet) -> Bool {
        var left = 0
        var right = 0
        while left < runs.count, right < other.runs.count {
            if runs[left].overlaps(other.runs[right]) { return true }
            if runs[left].upperBound <= other.runs[right].upperBound { left += 1 } else { right += 1 }
        }
        return false
    }

    func intersection(_ other: RegionSet) -> RegionSet {
        var common = RegionSet()
        var left = 0
        var right = 0
        while left < runs.count, right < other.runs.count {
            common.append(runs[left].clamped(to: other.runs[right]))
            if runs[left].upperBound <= other.runs[right].upperBound { left += 1 } else { right += 1 }
        }
        return common
    }

    /// What is left of all regions without these.
    func complement(of count: Int) -> RegionSet {
        var rest = RegionSet()
        var start = 0
        for run in runs {
            rest.append(start..<run.lowerBound)
            start = run.upperBound
        }
        rest.append(start..<count)
        return rest
    }

    func union(_ other: RegionSet) -> RegionSet {
        var merged = RegionSet()
        var left = 0
        var right = 0
        while left < runs.count || right < other.runs.count {
            let takesLeft = right == other.runs.count || (left < runs.count && runs[left].lowerBound <= other.runs[right].lowerBound)
            let run = takesLeft ? runs[left] : other.runs[right]
            if takesLeft { left += 1 } else { right += 1 }
            if let last = merged.runs.last, last.upperBound >= run.lowerBound {
                merged.runs[merged.runs.count - 1] = last.lowerBound..<max(last.upperBound, run.upperBound)
            } else {
                merged.runs.append(run)
            }
        }
        return merged
    }

    func isSuperset(of other: RegionSet) -> Bool {
        var place = 0
        for run in other.runs {
            while place < runs.count, runs[place].upperBound <= run.lowerBound { place += 1 }
            guard place < runs.count, runs[place].lowerBound <= run.lowerBound, runs[place].upperBound >= run.upperBound else { return false }
        }
        return true
    }
}
