/// The syntax tree of a pattern.
indirect enum PatternTree: Hashable, Sendable {
    case empty
    case scalar(UInt32)
    case set(ScalarSet)
    case sequence([PatternTree])
    case alternatives([PatternTree])
    case group(Int, PatternTree)
    case repeated(PatternTree, least: Int, most: Int?, isGreedy: Bool)
    case assertion(PatternAssertion)
    case look(PatternTree, isAhead: Bool, isNegated: Bool)
    case backreference(Int)

    /// Whether the empty text can match.
    var isNullable: Bool {
        switch self {
        case .empty, .assertion, .look, .backreference: true
        case .scalar, .set: false
        case .sequence(let parts): parts.allSatisfy { $0.isNullable }
        case .alternatives(let parts): parts.contains { $0.isNullable }
        case .group(_, let body): body.isNullable
        case .repeated(let body, let least, _, _): least == 0 || body.isNullable
        }
    }

    /// The groups inside, as a range of numbers: groups are numbered by their opening parenthesis, so it has no holes.
    var groups: Range<Int>? {
        switch self {
        case .empty, .scalar, .set, .assertion, .backreference: return nil
        case .sequence(let parts), .alternatives(let parts):
            var range: Range<Int>?
            for part in parts {
                guard let inner = part.groups else { continue }
                range = (range?.lowerBound ?? inner.lowerBound)..<inner.upperBound
            }
            return range
        case .group(let number, let body): return number..<(body.groups?.upperBound ?? number + 1)
        case .repeated(let body, _, _, _), .look(let body, _, _): return body.groups
        }
    }
}

enum PatternAssertion: Hashable, Sendable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary
}
