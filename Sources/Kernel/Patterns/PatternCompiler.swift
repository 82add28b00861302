/// Turns the tree of a pattern into instructions.
struct PatternCompiler {
    private var code: [PatternInstruction] = []
    private var sets: [ScalarSet] = []
    private var setNumbers: [ScalarSet: Int32] = [:]
    private var loopCount = 0
    private var branchCount: Int32 = 0
    private var isBackwards = false
    private let groupCount: Int
    private let forgets: Bool

    static func compile(
        _ parsed: PatternParser.Result, dialect: Pattern.Dialect, options: Pattern.Options
    ) throws(PatternError) -> PatternProgram {
        var compiler = PatternCompiler(
            groupCount: parsed.groupCount, forgets: dialect == .ecmaScript)
        try compiler.emit(parsed.tree)
        try compiler.append(PatternInstruction(operation: .accept))
        compiler.settleRepetitions()
        var first = FirstScalars()
        if Self.collectFirst(parsed.tree, into: &first) { first = .any }
        return PatternProgram(
            code: compiler.code, sets: compiler.sets, groupCount: parsed.groupCount, groupNames: parsed.names,
            slotCount: 2 * (parsed.groupCount + 1) + compiler.loopCount, hasBackreferences: parsed.hasBackreferences,
            isAnchored: Self.isAnchored(parsed.tree), ignoresCase: options.contains(.ignoreCase),
            branchCount: Int(compiler.branchCount), first: first)
    }

    private init(groupCount: Int, forgets: Bool) {
        self.groupCount = groupCount
        self.forgets = forgets
    }

    private mutating func append(_ instruction: PatternInstruction) throws(PatternError) {
        guard code.count < Pattern.programLimit else {
            throw PatternError(
                offset: 0, reason: "the pattern is too large: it repeats groups more often than \(Pattern.programLimit) steps can say")
        }
        code.append(instruction)
    }

    private mutating func nextRow() -> Int32 {
        defer { branchCount += 1 }
        return branchCount
    }

    private mutating func number(of set: ScalarSet) -> Int32 {
        if let number = setNumbers[set] { return number }
        let number = Int32(sets.count)
        sets.append(set)
        setNumbers[set] = number
        return number
    }

    private mutating func emit(_ tree: PatternTree) throws(PatternError) {
        switch tree {
        case .empty: break
        case .scalar(let scalar): try emit(scalar)
        case .set(let set):
            try append(PatternInstruction(
                operation: isBackwards ? .setBefore : .set, a: number(of: set), low: set.low, high: set.high))
        case .sequence(let parts):
            if isBackwards {
                for part in parts.reversed() { try emit(part) }
            } else {
                for part in parts { try emit(part) }
            }
        case .alternatives(let parts): try emit(alternatives: parts)
        case .group(let number, let body):
            let slot = Int32(2 * number)
            try append(PatternInstruction(operation: .save, a: isBackwards ? slot + 1 : slot))
            try emit(body)
            try append(PatternInstruction(operation: .save, a: isBackwards ? slot : slot + 1))
        case .repeated(let body, let least, let most, let isGreedy):
            try emit(body, least: least, most: most, isGreedy: isGreedy)
        case .assertion(let assertion):
            let operation: PatternInstruction.Operation = switch assertion {
            case .textStart: .textStart
            case .textEnd: .textEnd
            case .lineStart: .lineStart
            case .lineEnd: .lineEnd
            case .wordBoundary: .wordBoundary
            case .notWordBoundary: .notWordBoundary
            }
            try append(PatternInstruction(operation: operation))
        case .look(let body, let isAhead, let isNegated):
            let place = code.count
            try append(PatternInstruction(operation: .look, row: nextRow(), b: isNegated ? 1 : 0))
            let direction = isBackwards
            isBackwards = !isAhead
            try emit(body)
            isBackwards = direction
            try append(PatternInstruction(operation: .accept))
            code[place].a = Int32(code.count)
        case .backreference(let number):
            try append(PatternInstruction(operation: .backreference, a: Int32(number), b: isBackwards ? 1 : 0))
        }
    }

    private mutating func emit(_ scalar: UInt32) throws(PatternError) {
        guard !isBackwards, let value = Unicode.Scalar(scalar) else {
            // A lone surrogate, too, becomes a set: no text of Unicode scalars has it.
            var set = ScalarSet()
            set.insert(scalar)
            try append(PatternInstruction(
                operation: isBackwards ? .setBefore : .set, a: number(of: set), low: set.low, high: set.high))
            return
        }
        for byte in UTF8.encode(value).unsafelyUnwrapped {
            try append(PatternInstruction(operation: .byte, a: Int32(byte)))
        }
    }

    private mutating func emit(alternatives parts: [PatternTree]) throws(PatternError) {
        var exits: [Int] = []
        for (index, part) in parts.enumerated() {
            guard index < parts.count - 1 else {
                try emit(part)
                break
            }
            let split = code.count
            try append(PatternInstruction(operation: .split, row: nextRow(), a: Int32(split + 1)))
            try emit(part)
            exits.append(code.count)
            try append(PatternInstruction(operation: .jump))
            code[split].b = Int32(code.count)
        }
        for exit in exits { code[exit].a = Int32(code.count) }
    }

    private mutating func emit(
        _ body: PatternTree, least: Int, most: Int?, isGreedy: Bool
    ) throws(PatternError) {
        // Without this, nested repetitions of nothing would be copied for ever and never reach the program's limit.
        if most == 0 || Self.isVoid(body) { return }
        if !isBackwards, let set = Self.singleSet(body) {
            // Two rows: one for where it begins, one for the places it comes by once it has enough.
            let row = nextRow()
            _ = nextRow()
            try append(PatternInstruction(
                operation: isGreedy ? .takeMost : .takeLeast, row: row, a: Int32(clamping: least),
                b: Int32(clamping: most ?? Int.max), c: number(of: set), low: set.low, high: set.high))
            return
        }
        let isNullable = body.isNullable
        var copies = least
        if most == nil, least > 0, !isNullable { copies = least - 1 }
        // What the copies cost is known before the first is made.
        guard copies <= Pattern.programLimit else { throw tooLarge }
        for _ in 0..<copies { try emit(iteration: body) }

        guard let most else {
            if least > 0, !isNullable {
                let start = code.count
                try emit(iteration: body)
                try appendSplit(to: start, isGreedy: isGreedy)
            } else {
                let start = code.count
                try append(PatternInstruction(operation: .split, row: nextRow()))
                try emit(optional: body, isNullable: isNullable)
                try append(PatternInstruction(operation: .jump, a: Int32(start)))
                aim(start, body: start + 1, exit: code.count, isGreedy: isGreedy)
            }
            return
        }
        guard most - least <= Pattern.programLimit else { throw tooLarge }
        var splits: [Int] = []
        for _ in 0..<(most - least) {
            splits.append(code.count)
            try append(PatternInstruction(operation: .split, row: nextRow()))
            try emit(optional: body, isNullable: isNullable)
        }
        for split in splits { aim(split, body: split + 1, exit: code.count, isGreedy: isGreedy) }
    }

    private var tooLarge: PatternError {
        PatternError(offset: 0, reason: "the pattern repeats a group more than \(Pattern.programLimit) times")
    }

    /// An iteration that is not demanded must take something.
    private mutating func emit(optional body: PatternTree, isNullable: Bool) throws(PatternError) {
        guard isNullable else { return try emit(iteration: body) }
        let slot = Int32(2 * (groupCount + 1) + loopCount)
        loopCount += 1
        try append(PatternInstruction(operation: .save, a: slot))
        try emit(iteration: body)
        try append(PatternInstruction(operation: .progress, a: slot))
    }

    private mutating func emit(iteration body: PatternTree) throws(PatternError) {
        if forgets, let groups = body.groups {
            try append(PatternInstruction(
                operation: .forget, a: Int32(2 * groups.lowerBound), b: Int32(2 * groups.upperBound)))
        }
        try emit(body)
    }

    private mutating func appendSplit(to start: Int, isGreedy: Bool) throws(PatternError) {
        let place = code.count
        try append(PatternInstruction(operation: .split, row: nextRow()))
        aim(place, body: start, exit: place + 1, isGreedy: isGreedy)
    }

    private mutating func aim(_ split: Int, body: Int, exit: Int, isGreedy: Bool) {
        code[split].a = Int32(isGreedy ? body : exit)
        code[split].b = Int32(isGreedy ? exit : body)
    }

    /// Whether it takes no instruction.
    private static func isVoid(_ tree: PatternTree) -> Bool {
        switch tree {
        case .empty: true
        case .sequence(let parts): parts.allSatisfy { isVoid($0) }
        case .repeated(let body, _, let most, _): most == 0 || isVoid(body)
        default: false
        }
    }

    private static func singleSet(_ tree: PatternTree) -> ScalarSet? {
        switch tree {
        case .set(let set): return set
        case .scalar(let scalar):
            var set = ScalarSet()
            set.insert(scalar)
            return set
        default: return nil
        }
    }

    // MARK: Facts about the pattern

    /// Turns `takeMost` into `takeAll` where what follows cannot begin with a scalar that was taken: giving back scalars
    /// would then only retry what must fail.
    private mutating func settleRepetitions() {
        for place in code.indices where code[place].operation == .takeMost {
            var next = place + 1
            while code[next].operation == .save || code[next].operation == .jump {
                next = code[next].operation == .jump ? Int(code[next].a) : next + 1
            }
            let own = code[place]
            let isOwnASCII = sets[Int(own.c)].isASCIIOnly
            let other = code[next]
            let isSettled: Bool
            switch other.operation {
            case .textEnd: isSettled = true
            case .accept: isSettled = next == code.count - 1
            case .byte where other.a < 0x80: isSettled = !sets[Int(own.c)].contains(UInt32(other.a))
            case .byte: isSettled = isOwnASCII
            case .set:
                isSettled = own.low & other.low == 0 && own.high & other.high == 0
                    && (isOwnASCII || sets[Int(other.a)].isASCIIOnly)
            case .takeMost, .takeAll, .takeLeast:
                isSettled = other.a > 0 && own.low & other.low == 0 && own.high & other.high == 0
                    && (isOwnASCII || sets[Int(other.c)].isASCIIOnly)
            default: isSettled = false
            }
            if isSettled { code[place].operation = .takeAll }
        }
    }

    /// Whether every match begins at the start of the text.
    private static func isAnchored(_ tree: PatternTree) -> Bool {
        switch tree {
        case .assertion(.textStart): return true
        case .sequence(let parts):
            for part in parts {
                if isAnchored(part) { return true }
                // A look or another assertion before the anchor takes no text.
                switch part {
                case .assertion, .look: continue
                default: return false
                }
            }
            return false
        case .alternatives(let parts): return parts.allSatisfy { isAnchored($0) }
        case .group(_, let body): return isAnchored(body)
        case .repeated(let body, let least, _, _): return least > 0 && isAnchored(body)
        default: return false
        }
    }

    /// Adds the scalars that the tree can begin with; true if it can match without taking one.
    private static func collectFirst(_ tree: PatternTree, into first: inout FirstScalars) -> Bool {
        switch tree {
        case .empty, .assertion, .look: return true
        case .scalar(let scalar):
            if scalar < 64 {
                first.low |= 1 << UInt64(scalar)
            } else if scalar < 128 {
                first.high |= 1 << UInt64(scalar - 64)
            } else {
                first.includesOthers = true
            }
            return false
        case .set(let set):
            first.formUnion(FirstScalars(low: set.low, high: set.high, includesOthers: !set.isASCIIOnly))
            return false
        case .sequence(let parts):
            for part in parts where !collectFirst(part, into: &first) { return false }
            return true
        case .alternatives(let parts):
            var isOpen = false
            for part in parts where collectFirst(part, into: &first) { isOpen = true }
            return isOpen
        case .group(_, let body): return collectFirst(body, into: &first)
        case .repeated(let body, let least, let most, _):
            if most == 0 { return true }
            return collectFirst(body, into: &first) || least == 0
        case .backreference: return true
        }
    }
}
