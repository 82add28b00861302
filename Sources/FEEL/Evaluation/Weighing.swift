/// Keeps values within their limits. Lists share their elements, so that a short expression (`{a: [1, 1], b: [a, a], c: [b, b], …}`) could make a
/// value that no comparison, text or account of it would ever get through.
extension Evaluator {
    /// The value, where its size and depth are within the limits; else null, with a problem noted. What it holds inside others counts as steps.
    package mutating func weighed(_ value: Value, at offset: Int = 0) -> Value {
        switch value {
        case .list, .context: break
        default: return value
        }
        var size = 0
        var nested = 0
        switch Evaluator.weigh(value, depth: 1, &size, &nested) {
        case .fits: return spend(nested, at: offset) ? value : .null
        case .isLarge: return fail(.limitReached, at: offset, "a value of more than \(Limits.valueSizeMax) elements, those inside others counted")
        case .isDeep: return fail(.limitReached, at: offset, "a value with more than \(Limits.valueDepthMax) levels")
        }
    }

    private enum Weight { case fits, isLarge, isDeep }

    private static func weigh(_ value: Value, depth: Int, _ size: inout Int, _ nested: inout Int) -> Weight {
        let elements: [Value]
        switch value {
        case .list(let items): elements = items
        case .context(let context): elements = context.values
        default: return .fits
        }
        guard depth <= Limits.valueDepthMax else { return .isDeep }
        size += elements.count
        if depth > 1 { nested += elements.count }
        guard size <= Limits.valueSizeMax else { return .isLarge }
        for element in elements {
            switch element {
            case .list, .context:
                let weight = weigh(element, depth: depth + 1, &size, &nested)
                guard case .fits = weight else { return weight }
            default: continue
            }
        }
        return .fits
    }

    /// Appends to results that others may hold on to (`partial`); a copy that this makes counts as steps. False at the limit.
    package mutating func append(_ value: Value, to results: inout [Value], at offset: Int = 0) -> Bool {
        let hasRoom = results.capacity > results.count
        let before = results.withUnsafeBufferPointer { $0.baseAddress }
        results.append(value)
        guard hasRoom, results.withUnsafeBufferPointer({ $0.baseAddress }) != before else { return true }
        return spend(results.count, at: offset)
    }
}
