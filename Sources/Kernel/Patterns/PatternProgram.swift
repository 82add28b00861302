/// A compiled pattern: instructions, and the sets they refer to.
final class PatternProgram: Sendable {
    let code: [PatternInstruction]
    let sets: [ScalarSet]
    let groupCount: Int
    let groupNames: [String: Int]
    /// Captured positions, then the positions where loops began an iteration.
    let slotCount: Int
    let hasBackreferences: Bool
    /// Whether every match begins at the start of the text.
    let isAnchored: Bool
    let ignoresCase: Bool
    /// Instructions where a search branches, each with a row in the table of visited places.
    let branchCount: Int
    let first: FirstScalars

    init(
        code: [PatternInstruction], sets: [ScalarSet], groupCount: Int, groupNames: [String: Int], slotCount: Int,
        hasBackreferences: Bool, isAnchored: Bool, ignoresCase: Bool, branchCount: Int, first: FirstScalars
    ) {
        self.code = code
        self.sets = sets
        self.groupCount = groupCount
        self.groupNames = groupNames
        self.slotCount = slotCount
        self.hasBackreferences = hasBackreferences
        self.isAnchored = isAnchored
        self.ignoresCase = ignoresCase
        self.branchCount = branchCount
        self.first = first
    }
}

struct PatternInstruction {
    enum Operation: UInt8 {
        /// Takes the byte `a`.
        case byte
        /// Takes a scalar of the set `a`; `low` and `high` are its ASCII members.
        case set
        /// Backwards: takes a scalar of the set `a`.
        case setBefore
        /// Takes `a` to `b` scalars of the set `c`, as many as it can, and gives them back one by one.
        case takeMost
        /// As `takeMost`, where giving back can never help.
        case takeAll
        /// Takes `a` to `b` scalars of the set `c`, as few as it can.
        case takeLeast
        /// Goes on at `a`, later at `b`.
        case split
        /// Goes on at `a`.
        case jump
        /// Notes the position in the slot `a`.
        case save
        /// Forgets the slots from `a` up to `b`.
        case forget
        /// Fails if the position is still the one in the slot `a`.
        case progress
        case textStart, textEnd, lineStart, lineEnd, wordBoundary, notWordBoundary
        /// Looks ahead or behind: the body follows, its `accept` stands before `a`; `b` is 1 if it must fail.
        case look
        /// Takes the text of the group `a`; `b` is 1 backwards.
        case backreference
        case accept
    }

    var operation: Operation
    /// The row of an instruction that branches in the table of visited places.
    var row: Int32 = -1
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = 0
    var low: UInt64 = 0
    var high: UInt64 = 0
}

/// The scalars that a match can begin with, to skip places where none can.
struct FirstScalars {
    var low: UInt64 = 0
    var high: UInt64 = 0
    var includesOthers = false
    /// Whether a match may take nothing at all.
    var includesNothing = false

    static let any = FirstScalars(low: .max, high: .max, includesOthers: true, includesNothing: true)

    mutating func formUnion(_ other: FirstScalars) {
        low |= other.low
        high |= other.high
        includesOthers = includesOthers || other.includesOthers
    }

    @inline(__always)
    func includes(_ byte: UInt8) -> Bool {
        if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
        if byte < 128 { return high >> UInt64(byte - 64) & 1 == 1 }
        return includesOthers
    }
}
