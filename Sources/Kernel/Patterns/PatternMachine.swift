/// Runs the program of a pattern over UTF-8 bytes.
///
/// It backtracks; when that takes more than a few steps per byte it begins again and notes each visited pair of
/// branching instruction and position. A pair that was visited has failed or is being tried, so no pair is tried twice
/// and the work is bounded by their product. Back-references make a pair depend on more; then the step limit alone holds.
struct PatternMachine: ~Copyable {
    /// Steps of plain backtracking before visited places are noted.
    static let plainStepLimit = 2_000
    /// The largest table of visited places, in bits.
    static let visitedBitLimit = 64_000_000

    private let program: PatternProgram
    private(set) var steps: Int
    private let tracksGroups: Bool
    private var slots: [Int32] = []
    private var stack: [Choice] = []
    private var visited: [UInt64] = []
    private var notesVisits = false
    private var rowLength = 0

    private struct Choice {
        enum Kind: UInt8 {
            /// Go on at `place` and `position`.
            case resume
            /// Set the slot `place` back to `position`.
            case restore
            /// Give back one scalar of the `takeMost` at `place`, down to `bound`, from `position`.
            case giveBack
            /// Take one scalar more for the `takeLeast` at `place` from `position`; `bound` more are allowed.
            case takeMore
        }
        var kind: Kind
        var place: Int32
        var position: Int32
        var bound: Int32 = 0
    }

    init(_ program: PatternProgram, steps: Int, tracksGroups: Bool) {
        self.program = program
        self.steps = steps
        self.tracksGroups = tracksGroups || program.hasBackreferences
        if self.tracksGroups || program.slotCount > 2 * (program.groupCount + 1) {
            slots = [Int32](repeating: -1, count: program.slotCount)
        }
    }

    /// The groups after a successful search.
    var groups: [Range<Int>?] {
        (0...program.groupCount).map { group in
            let start = slots[2 * group]
            let end = slots[2 * group + 1]
            return start >= 0 && end >= start ? Int(start)..<Int(end) : nil
        }
    }

    /// The end of the first match at or behind `start`, or -1; then `steps` is 0 if the limit was reached.
    mutating func search(_ bytes: Span<UInt8>, from start: Int) -> Int {
        guard start >= 0, start <= bytes.count, bytes.count < Int(Int32.max) else { return -1 }
        if program.isAnchored {
            return start == 0 ? attempt(bytes, at: 0) : -1
        }
        // Positions are counted, not only instructions: a pattern that no place suits still reads the text.
        var position = start
        let first = program.first
        while true {
            while position < bytes.count, !first.includes(bytes[position]) {
                position += 1
                steps -= 1
            }
            if steps <= 0 { return -1 }
            if position < bytes.count || first.includesNothing {
                let end = attempt(bytes, at: position)
                if end >= 0 || steps <= 0 { return end }
            }
            guard position < bytes.count else { return -1 }
            position += 1
            while position < bytes.count, bytes[position] & 0xC0 == 0x80 { position += 1 }
        }
    }

    private mutating func attempt(_ bytes: Span<UInt8>, at position: Int) -> Int {
        guard !notesVisits, program.branchCount > 0, !program.hasBackreferences else { return tryOnce(bytes, at: position) }
        let allowed = min(steps, Self.plainStepLimit)
        let reserve = steps - allowed
        steps = allowed
        let end = tryOnce(bytes, at: position)
        let wasEnough = steps > 0
        steps = max(steps, 0) + reserve
        if end >= 0 || wasEnough || steps <= 0 { return end }

        rowLength = bytes.count + 1
        let (bits, overflows) = rowLength.multipliedReportingOverflow(by: program.branchCount)
        if !overflows, bits <= Self.visitedBitLimit {
            notesVisits = true
            visited = [UInt64](repeating: 0, count: (bits + 63) / 64)
        }
        return tryOnce(bytes, at: position)
    }

    private mutating func tryOnce(_ bytes: Span<UInt8>, at position: Int) -> Int {
        stack.removeAll(keepingCapacity: true)
        if !slots.isEmpty {
            for index in slots.indices { slots[index] = -1 }
        }
        let end = run(bytes, from: 0, at: position)
        if end >= 0, tracksGroups {
            slots[0] = Int32(position)
            slots[1] = Int32(end)
        }
        return end
    }

    /// Whether the instruction was at the position before; notes that it now was.
    private mutating func wasVisited(_ row: Int32, _ position: Int) -> Bool {
        let bit = Int(row) * rowLength + position
        let mask: UInt64 = 1 << UInt64(bit & 63)
        if visited[bit >> 6] & mask != 0 { return true }
        visited[bit >> 6] |= mask
        return false
    }

    /// Whether how much a repetition has taken no longer matters once it has enough, so that its places may be noted.
    private func isUnbounded(_ instruction: PatternInstruction) -> Bool { instruction.b == Int32.max }

    private mutating func set(_ slot: Int32, to position: Int32) {
        stack.append(Choice(kind: .restore, place: slot, position: slots[Int(slot)]))
        slots[Int(slot)] = position
    }

    /// Runs from an instruction up to its `accept`; the end position, or -1.
    ///
    /// On success the choices made on the way stay on the stack, for the caller to keep or drop.
    private mutating func run(_ bytes: Span<UInt8>, from start: Int, at origin: Int) -> Int {
        let program = self.program
        let base = stack.count
        let count = bytes.count
        var place = start
        var position = origin
        while true {
            steps -= 1
            if steps <= 0 {
                steps = 0
                unwind(to: base)
                return -1
            }
            let instruction = program.code[place]
            var holds: Bool
            switch instruction.operation {
            case .byte:
                holds = position < count && Int32(bytes[position]) == instruction.a
                position += 1
                place += 1
            case .set:
                holds = takeOne(instruction, instruction.a, bytes, &position)
                place += 1
            case .setBefore:
                holds = takeBefore(program.sets[Int(instruction.a)], bytes, &position)
                place += 1
            case .takeMost, .takeAll:
                if notesVisits, wasVisited(instruction.row, position) {
                    holds = false
                    break
                }
                let origin = position
                var floor = position
                var taken: Int32 = 0
                var isStale = false
                while taken < instruction.b, takeOne(instruction, instruction.c, bytes, &position) {
                    taken += 1
                    if taken == instruction.a { floor = position }
                    if notesVisits, isUnbounded(instruction), taken >= instruction.a, wasVisited(instruction.row + 1, position) {
                        isStale = true
                        break
                    }
                }
                steps -= position - origin
                holds = taken >= instruction.a
                if holds, instruction.operation == .takeMost, position > floor {
                    stack.append(Choice(
                        kind: .giveBack, place: Int32(place), position: Int32(position), bound: Int32(floor)))
                }
                // An earlier run came by here and went on from here and from all that follows, in vain.
                if isStale { holds = false }
                place += 1
            case .takeLeast:
                if notesVisits, wasVisited(instruction.row, position) {
                    holds = false
                    break
                }
                var taken: Int32 = 0
                while taken < instruction.a, takeOne(instruction, instruction.c, bytes, &position) { taken += 1 }
                steps -= Int(taken)
                holds = taken >= instruction.a
                if holds, taken < instruction.b {
                    stack.append(Choice(
                        kind: .takeMore, place: Int32(place), position: Int32(position), bound: instruction.b - taken))
                }
                place += 1
            case .split:
                if notesVisits, wasVisited(instruction.row, position) {
                    holds = false
                    break
                }
                stack.append(Choice(kind: .resume, place: instruction.b, position: Int32(position)))
                place = Int(instruction.a)
                holds = true
            case .jump:
                place = Int(instruction.a)
                holds = true
            case .save:
                if tracksGroups || instruction.a >= 2 * (program.groupCount + 1) {
                    set(instruction.a, to: Int32(position))
                }
                place += 1
                holds = true
            case .forget:
                var slot = instruction.a
                while tracksGroups, slot < instruction.b {
                    if slots[Int(slot)] >= 0 { set(slot, to: -1) }
                    slot += 1
                }
                place += 1
                holds = true
            case .progress:
                holds = slots[Int(instruction.a)] != Int32(position)
                place += 1
            case .textStart:
                holds = position == 0
                place += 1
            case .textEnd:
                holds = position == count
                place += 1
            case .lineStart:
                holds = position == 0 || bytes[position - 1] == 0x0A
                place += 1
            case .lineEnd:
                holds = position == count || bytes[position] == 0x0A
                place += 1
            case .wordBoundary, .notWordBoundary:
                let before = position > 0 && Self.isWord(bytes[position - 1])
                let after = position < count && Self.isWord(bytes[position])
                holds = (before != after) == (instruction.operation == .wordBoundary)
                place += 1
            case .look:
                if notesVisits, wasVisited(instruction.row, position) {
                    holds = false
                    break
                }
                holds = look(instruction, bytes, from: place + 1, at: position)
                place = Int(instruction.a)
            case .backreference:
                holds = takeGroup(instruction, bytes, &position)
                place += 1
            case .accept:
                return position
            }
            if holds { continue }
            guard let (nextPlace, nextPosition) = backtrack(to: base, bytes) else { return -1 }
            place = nextPlace
            position = nextPosition
        }
    }

    /// Takes back choices down to the base until one leads on.
    private mutating func backtrack(to base: Int, _ bytes: Span<UInt8>) -> (Int, Int)? {
        while stack.count > base {
            let choice = stack.removeLast()
            switch choice.kind {
            case .resume:
                return (Int(choice.place), Int(choice.position))
            case .restore:
                slots[Int(choice.place)] = choice.position
            case .giveBack:
                var position = Int(choice.position) - 1
                while bytes[position] & 0xC0 == 0x80 { position -= 1 }
                if position > Int(choice.bound) {
                    stack.append(Choice(
                        kind: .giveBack, place: choice.place, position: Int32(position), bound: choice.bound))
                }
                return (Int(choice.place) + 1, position)
            case .takeMore:
                let instruction = program.code[Int(choice.place)]
                var position = Int(choice.position)
                guard takeOne(instruction, instruction.c, bytes, &position) else { continue }
                if notesVisits, isUnbounded(instruction), wasVisited(instruction.row + 1, position) { continue }
                if choice.bound > 1 {
                    stack.append(Choice(
                        kind: .takeMore, place: choice.place, position: Int32(position), bound: choice.bound - 1))
                }
                return (Int(choice.place) + 1, position)
            }
        }
        return nil
    }

    /// Drops the choices above the base and restores the slots.
    private mutating func unwind(to base: Int) {
        while stack.count > base {
            let choice = stack.removeLast()
            if choice.kind == .restore { slots[Int(choice.place)] = choice.position }
        }
    }

    private mutating func look(_ instruction: PatternInstruction, _ bytes: Span<UInt8>, from start: Int, at position: Int) -> Bool {
        let base = stack.count
        let found = run(bytes, from: start, at: position) >= 0
        guard found else { return steps > 0 && instruction.b == 1 }
        if instruction.b == 1 {
            unwind(to: base)
            if notesVisits { forgetVisits(from: start, to: Int(instruction.a)) }
            return false
        } else {
            // What was captured stays, and is restored when the search goes back beyond the look; its choices are done.
            var kept = base
            for index in base..<stack.count where stack[index].kind == .restore {
                stack[kept] = stack[index]
                kept += 1
            }
            stack.removeLast(stack.count - kept)
        }
        if notesVisits { forgetVisits(from: start, to: Int(instruction.a)) }
        return true
    }

    /// Visits inside a look that succeeded say nothing about failure, so they are struck out.
    private mutating func forgetVisits(from start: Int, to end: Int) {
        var first: Int32 = -1
        var last: Int32 = -1
        for place in start..<end where program.code[place].row >= 0 {
            if first < 0 { first = program.code[place].row }
            last = program.code[place].row
            switch program.code[place].operation {
            case .takeMost, .takeAll, .takeLeast: last += 1
            default: break
            }
        }
        guard first >= 0 else { return }
        let firstWord = Int(first) * rowLength / 64
        let lastWord = ((Int(last) + 1) * rowLength - 1) / 64
        steps -= lastWord - firstWord
        let firstBit = Int(first) * rowLength
        let lastBit = (Int(last) + 1) * rowLength - 1
        for word in firstWord...lastWord {
            var mask: UInt64 = .max
            if word == firstWord { mask &= .max << UInt64(firstBit & 63) }
            if word == lastWord { mask &= .max >> UInt64(63 - lastBit & 63) }
            visited[word] &= ~mask
        }
    }

    // MARK: Scalars

    @inline(__always)
    private func takeOne(
        _ instruction: PatternInstruction, _ set: Int32, _ bytes: Span<UInt8>, _ position: inout Int
    ) -> Bool {
        guard position < bytes.count else { return false }
        let byte = bytes[position]
        if byte < 0x80 {
            let word = byte < 64 ? instruction.low : instruction.high
            guard word >> UInt64(byte & 63) & 1 == 1 else { return false }
            position += 1
            return true
        }
        let (scalar, length) = Self.decode(bytes, position, byte)
        guard program.sets[Int(set)].containsBeyondASCII(scalar) else { return false }
        position += length
        return true
    }

    private func takeBefore(_ set: ScalarSet, _ bytes: Span<UInt8>, _ position: inout Int) -> Bool {
        guard position > 0 else { return false }
        var start = position - 1
        while bytes[start] & 0xC0 == 0x80 { start -= 1 }
        guard set.contains(Self.decode(bytes, start, bytes[start]).scalar) else { return false }
        position = start
        return true
    }

    /// Decodes the scalar that begins with `lead`; the bytes are those of a `String`, so they are well formed.
    private static func decode(_ bytes: Span<UInt8>, _ position: Int, _ lead: UInt8) -> (scalar: UInt32, length: Int) {
        let first = UInt32(lead)
        if first < 0x80 { return (first, 1) }
        let second = UInt32(bytes[position + 1] & 0x3F)
        if first < 0xE0 { return ((first & 0x1F) << 6 | second, 2) }
        let third = UInt32(bytes[position + 2] & 0x3F)
        if first < 0xF0 { return ((first & 0x0F) << 12 | second << 6 | third, 3) }
        let fourth = UInt32(bytes[position + 3] & 0x3F)
        return ((first & 0x07) << 18 | second << 12 | third << 6 | fourth, 4)
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x5F, 0x61...0x7A: true
        default: false
        }
    }

    private mutating func takeGroup(
        _ instruction: PatternInstruction, _ bytes: Span<UInt8>, _ position: inout Int
    ) -> Bool {
        let start = Int(slots[Int(2 * instruction.a)])
        let end = Int(slots[Int(2 * instruction.a + 1)])
        // A group that took no part matches the empty text.
        guard start >= 0, end >= start else { return true }
        let length = end - start
        steps -= length
        if program.ignoresCase { return takeGroupIgnoringCase(bytes, start, end, &position) }
        let from = instruction.b == 1 ? position - length : position
        guard from >= 0, from + length <= bytes.count else { return false }
        for index in 0..<length where bytes[start + index] != bytes[from + index] { return false }
        position = instruction.b == 1 ? from : from + length
        return true
    }

    /// Forwards only: the dialect with that flag has no look-behind.
    private func takeGroupIgnoringCase(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ position: inout Int) -> Bool {
        var source = start
        var target = position
        while source < end {
            guard target < bytes.count else { return false }
            let (one, oneLength) = Self.decode(bytes, source, bytes[source])
            let (other, otherLength) = Self.decode(bytes, target, bytes[target])
            guard ScalarCase.areVariants(one, other) else { return false }
            source += oneLength
            target += otherLength
        }
        position = target
        return true
    }
}
