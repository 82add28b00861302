internal import Kernel

/// FEEL's equality and order.
///
/// **Standard:** DMN 1.5, table 54 and 10.3.2.13: values of different kinds cannot be compared, which is unknown, not false; null equals null only.
extension Evaluator {
    mutating func compare(_ relation: Relation, _ one: Value, _ other: Value, at offset: Int) -> Bool? {
        switch relation {
        case .equal, .notEqual:
            guard let answer = equal(one, other) else {
                _ = fail(.notComparable, at: offset, "a \(one.kindName) cannot equal a \(other.kindName)")
                return nil
            }
            return relation == .equal ? answer : !answer
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            guard let order = order(one, other) else {
                _ = fail(.notComparable, at: offset, "a \(one.kindName) cannot be compared with a \(other.kindName)")
                return nil
            }
            switch relation {
            case .less: return order < 0
            case .lessOrEqual: return order <= 0
            case .greater: return order > 0
            default: return order >= 0
            }
        }
    }

    /// Whether two values are equal; nil where their kinds differ.
    func equal(_ one: Value, _ other: Value) -> Bool? {
        switch (one, other) {
        case (.null, .null): return true
        case (.null, _), (_, .null): return false
        case (.number(let left), .number(let right)): return left == right
        case (.string(let left), .string(let right)): return Texts.equal(left, right)
        case (.boolean(let left), .boolean(let right)): return left == right
        case (.list(let left), .list(let right)): return equal(left, right)
        case (.context(let left), .context(let right)): return equal(left, right)
        case (.range(let left), .range(let right)):
            guard left.lowIncluded == right.lowIncluded, left.highIncluded == right.highIncluded, left.comparison == right.comparison else { return false }
            return both(equal(left.low ?? .null, right.low ?? .null), equal(left.high ?? .null, right.high ?? .null))
        case (.function(let left), .function(let right)): return left == right
        // A single value and a list of that one value are the same to FEEL's coercion.
        case (.list(let items), _): return items.count == 1 ? equal(items[0], other) : nil
        case (_, .list(let items)): return items.count == 1 ? equal(one, items[0]) : nil
        default: return order(one, other).map { $0 == 0 }
        }
    }

    private func equal(_ left: [Value], _ right: [Value]) -> Bool? {
        guard left.count == right.count else { return false }
        var answer: Bool? = true
        for index in left.indices {
            answer = both(answer, equal(left[index], right[index]) ?? false)
            if answer == false { return false }
        }
        return answer
    }

    private func equal(_ left: Context, _ right: Context) -> Bool? {
        guard left.count == right.count else { return false }
        for index in left.keys.indices {
            guard let value = right[left.keys[index]], equal(left.values[index], value) == true else { return false }
        }
        return true
    }

    /// Below zero, zero or above zero; nil where there is no order.
    func order(_ one: Value, _ other: Value) -> Int? {
        switch (one, other) {
        case (.number(let left), .number(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.string(let left), .string(let right)): return Texts.order(left, right)
        case (.date(let left), .date(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.dayTime(let left), .dayTime(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.yearMonth(let left), .yearMonth(let right)): return left == right ? 0 : left < right ? -1 : 1
        case (.dateTime(let left), .dateTime(let right)): return Evaluator.order(left, right)
        case (.time(let left), .time(let right)): return Evaluator.order(left, right)
        case (.date(let left), .dateTime(let right)): return Evaluator.order(DateTime(date: left, time: .midnight), right)
        case (.dateTime(let left), .date(let right)): return Evaluator.order(left, DateTime(date: right, time: .midnight))
        default: return nil
        }
    }

    /// On the same clock where neither names a zone or both do; else the one without is read as UTC.
    private static func order(_ left: DateTime, _ right: DateTime) -> Int {
        let one = left.seconds
        let other = right.seconds
        if one != other { return one < other ? -1 : 1 }
        return milliseconds(left.time, right.time)
    }

    private static func order(_ left: Time, _ right: Time) -> Int {
        let one = left.secondOfDay - (left.zone?.seconds ?? 0)
        let other = right.secondOfDay - (right.zone?.seconds ?? 0)
        if one != other { return one < other ? -1 : 1 }
        return milliseconds(left, right)
    }

    /// Times are compared to the millisecond, as the conformance suite asks.
    private static func milliseconds(_ left: Time, _ right: Time) -> Int {
        Int(left.nanosecond / 1_000_000) - Int(right.nanosecond / 1_000_000)
    }
}

/// Strings as sequences of Unicode scalars, as FEEL sees them: no normalisation, length and places in code points.
enum Texts {
    static func equal(_ one: String, _ other: String) -> Bool {
        let count = one.utf8.count
        guard count == other.utf8.count else { return false }
        let answer = one.utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                var index = 0
                while index < count, left[index] == right[index] { index &+= 1 }
                return index == count
            }
        }
        // Nil where a string is not held in one piece.
        if let inner = answer, let answer = inner { return answer }
        return one.utf8.elementsEqual(other.utf8)
    }

    /// UTF-8 keeps the order of code points.
    static func order(_ one: String, _ other: String) -> Int {
        var left = one.utf8.makeIterator()
        var right = other.utf8.makeIterator()
        while true {
            switch (left.next(), right.next()) {
            case (nil, nil): return 0
            case (nil, _): return -1
            case (_, nil): return 1
            case (let a?, let b?): if a != b { return a < b ? -1 : 1 }
            }
        }
    }

    static func length(_ text: String) -> Int { text.unicodeScalars.count }

    /// Where one text begins in another, as a place among its UTF-8 bytes.
    static func find(_ match: String, in text: String) -> String.Index? {
        let place = text.utf8.withContiguousStorageIfAvailable { text in
            match.utf8.withContiguousStorageIfAvailable { match in find(match, in: text) }
        }
        // Nil where a string is not held in one piece.
        if let inner = place, let place = inner { return place < 0 ? nil : text.utf8.index(text.startIndex, offsetBy: place) }
        return findSlowly(match, in: text)
    }

    /// −1 where it is not there.
    private static func find(_ match: UnsafeBufferPointer<UInt8>, in text: UnsafeBufferPointer<UInt8>) -> Int {
        guard match.count <= text.count else { return -1 }
        for start in 0...text.count - match.count {
            var index = 0
            while index < match.count, text[start &+ index] == match[index] { index &+= 1 }
            if index == match.count { return start }
        }
        return -1
    }

    private static func findSlowly(_ match: String, in text: String) -> String.Index? {
        let wanted = Array(match.utf8)
        if wanted.isEmpty { return text.startIndex }
        let utf8 = text.utf8
        var start = utf8.startIndex
        let last = utf8.count - wanted.count
        if last < 0 { return nil }
        for _ in 0...last {
            if utf8[start] == wanted[0], utf8[start...].starts(with: wanted) { return start }
            start = utf8.index(after: start)
        }
        return nil
    }
}
