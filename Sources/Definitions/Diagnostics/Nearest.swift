/// "Did you mean …?"
package enum Nearest {
    /// Words longer than this are not compared: the work grows with the product of the lengths.
    package static let lengthMax = 64

    /// The candidate that is close enough to be a slip of the fingers (a third of the letters at most), else nil.
    package static func name(to word: String, among candidates: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased().unicodeScalars)
        guard !letters.isEmpty, letters.count <= lengthMax else { return nil }
        var best: (name: String, distance: Int)?
        for candidate in candidates where candidate != word {
            let other = Array(candidate.lowercased().unicodeScalars)
            let limit = max(1, max(letters.count, other.count) / 3)
            guard other.count <= lengthMax, abs(other.count - letters.count) <= limit else { continue }
            let distance = distance(letters, other)
            guard distance <= limit else { continue }
            if let found = best, (found.distance, found.name) <= (distance, candidate) { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    /// The end of a message: `; did you mean ‘x’?`, or, where nothing is near and the list is short, `; write one of ‘a’, ‘b’`.
    package static func advice(for word: String, among candidates: some Sequence<String>, shownMax: Int = 12) -> String {
        if let name = name(to: word, among: candidates) { return "; did you mean ‘\(name)’?" }
        let all = Set(candidates).sorted()
        switch all.count {
        case 0: return ""
        case 1: return "; write ‘\(all[0])’"
        default:
            let shown = all.prefix(shownMax).map { "‘\($0)’" }.joined(separator: ", ")
            return "; write one of \(shown)" + (all.count > shownMax ? " … (\(all.count) in all)" : "")
        }
    }

    /// Damerau-Levenshtein with adjacent transpositions: a swapped pair is one slip.
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before: [Int] = [], last = Array(0...b.count), row = last
        for i in 1...max(1, a.count) where i <= a.count {
            row[0] = i
            if !b.isEmpty {
                for j in 1...b.count {
                    var cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
                    if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] { cost = min(cost, before[j - 2] + 1) }
                    row[j] = cost
                }
            }
            before = last
            last = row
        }
        return last[b.count]
    }
}
