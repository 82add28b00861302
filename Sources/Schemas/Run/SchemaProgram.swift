import Kernel

/// A compiled schema: nodes (subschemas) that own runs of instructions.
final class SchemaProgram: Sendable {
    let nodes: [SchemaNode]
    let code: [SchemaInstruction]
    let numbers: [Decimal128]
    let values: [JSON]
    let tables: [NameTable]
    let patterns: [Pattern]
    let objects: [ObjectRules]
    let arrays: [ArrayRules]
    /// Node numbers that `allOf`, `anyOf` and `oneOf` share.
    let lists: [Int32]
    /// For each name that a `$dynamicRef` looks up, the node in each resource that declares it.
    let dynamicTargets: [[Int32: Int32]]
    let places: [SchemaPlace]
    let root: Int32

    init(
        nodes: [SchemaNode], code: [SchemaInstruction], numbers: [Decimal128], values: [JSON], tables: [NameTable],
        patterns: [Pattern], objects: [ObjectRules], arrays: [ArrayRules], lists: [Int32],
        dynamicTargets: [[Int32: Int32]], places: [SchemaPlace], root: Int32
    ) {
        self.nodes = nodes
        self.code = code
        self.numbers = numbers
        self.values = values
        self.tables = tables
        self.patterns = patterns
        self.objects = objects
        self.arrays = arrays
        self.lists = lists
        self.dynamicTargets = dynamicTargets
        self.places = places
        self.root = root
    }
}

/// Where a node stands in the schema, for faults.
struct SchemaPlace {
    /// A JSON pointer, behind `URI#` when it is in another document.
    var text: String
    var ownMessage: LocalText?
}

/// The seven types as bits.
enum SchemaTypes {
    static let null: UInt8 = 1
    static let boolean: UInt8 = 2
    static let object: UInt8 = 4
    static let array: UInt8 = 8
    static let number: UInt8 = 16
    static let string: UInt8 = 32
    static let integer: UInt8 = 64
    static let all: UInt8 = 127

    static func mask(named name: String) -> UInt8? {
        switch name {
        case "null": null
        case "boolean": boolean
        case "object": object
        case "array": array
        case "number": number
        case "string": string
        case "integer": integer
        default: nil
        }
    }

    static func names(_ mask: UInt8) -> [String] {
        var names: [String] = []
        for name in ["string", "integer", "number", "boolean", "object", "array", "null"]
        where mask & (Self.mask(named: name) ?? 0) != 0 {
            names.append(name)
        }
        return names
    }
}

/// A subschema. Its instructions lie one after the other: for strings, numbers, arrays, objects, then for every value.
struct SchemaNode {
    var types: UInt8 = SchemaTypes.all
    var isFalse = false
    /// The resource, an element of the dynamic scope.
    var resource: Int32 = 0
    var start: Int32 = 0
    var stringEnd: Int32 = 0
    var numberEnd: Int32 = 0
    var arrayEnd: Int32 = 0
    var objectEnd: Int32 = 0
    var end: Int32 = 0
    var unevaluatedItems: Int32 = -1
    var unevaluatedProperties: Int32 = -1
}

struct SchemaInstruction {
    enum Operation: UInt8 {
        /// The string has at least, or at most, `a` characters.
        case minLength, maxLength
        /// The string matches the pattern `a`.
        case pattern
        /// The string has the format of raw value `a`.
        case format
        /// The number stands in that relation to the number `a`.
        case minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf
        /// The array fits the rules `a`.
        case array
        /// The object fits the rules `a`.
        case object
        /// The value is the value `a`.
        case constant
        /// The value is one of `b` values from `a` on.
        case oneValue
        /// The value is a string of the table `a`.
        case oneName
        /// The value fits the node `a`.
        case reference
        /// The value fits the node that the dynamic scope has for the name `a`, else the node `b`.
        case dynamicReference
        /// The value fits all, some, just one of the `b` nodes from `a` on in the lists.
        case allOf, anyOf, oneOf
        /// The value does not fit the node `a`.
        case not
        /// If the value fits the node `a`, then it fits `b`, else `c`.
        case conditional
    }

    var operation: Operation
    var a: Int32
    var b: Int32 = -1
    var c: Int32 = -1
}

/// The rules of a subschema for objects, judged in one pass over the members.
final class ObjectRules: Sendable {
    struct Member {
        /// The member's node; -1 where only its presence counts.
        var node: Int32 = -1
        var isRequired = false
        /// Names that must be present if this one is.
        var dependents: [Int32] = []
        /// The node for the whole object if this name is present.
        var dependentNode: Int32 = -1
    }

    let names: NameTable
    let members: [Member]
    /// The required names among the first 64; further ones are looked up.
    let requiredMask: UInt64
    let hasDistantNames: Bool
    let hasDependents: Bool
    let patterns: [(pattern: Pattern, node: Int32)]
    let additional: Int32
    let propertyNames: Int32
    let least: Int
    let most: Int

    init(
        names: NameTable, members: [Member], patterns: [(pattern: Pattern, node: Int32)], additional: Int32,
        propertyNames: Int32, least: Int, most: Int
    ) {
        self.names = names
        self.members = members
        var mask: UInt64 = 0
        var hasDependents = false
        for (index, member) in members.enumerated() {
            if index < 64, member.isRequired { mask |= 1 << UInt64(index) }
            if !member.dependents.isEmpty || member.dependentNode >= 0 { hasDependents = true }
        }
        requiredMask = mask
        hasDistantNames = members.count > 64
        self.hasDependents = hasDependents
        self.patterns = patterns
        self.additional = additional
        self.propertyNames = propertyNames
        self.least = least
        self.most = most
    }

    /// Whether members must be visited at all.
    var judgesMembers: Bool { !members.isEmpty || !patterns.isEmpty || additional >= 0 || propertyNames >= 0 }
}

/// The rules of a subschema for arrays.
final class ArrayRules: Sendable {
    let prefix: [Int32]
    let items: Int32
    let contains: Int32
    let containsLeast: Int
    let containsMost: Int
    let least: Int
    let most: Int
    let isUnique: Bool

    init(
        prefix: [Int32], items: Int32, contains: Int32, containsLeast: Int, containsMost: Int, least: Int, most: Int,
        isUnique: Bool
    ) {
        self.prefix = prefix
        self.items = items
        self.contains = contains
        self.containsLeast = containsLeast
        self.containsMost = containsMost
        self.least = least
        self.most = most
        self.isUnique = isUnique
    }
}

/// Names and their numbers, found by a plain hash: the names are the schema's, so nobody can make them collide from outside.
struct NameTable: Sendable {
    let names: [String]
    private let slots: [Int16]
    private let mask: Int

    init(_ names: [String]) {
        self.names = names
        var size = 4
        while size < names.count * 2 { size *= 2 }
        var slots = [Int16](repeating: -1, count: size)
        mask = size - 1
        for (number, name) in names.enumerated() {
            var slot = Self.hash(name) & mask
            while slots[slot] >= 0 { slot = (slot + 1) & mask }
            slots[slot] = Int16(number)
        }
        self.slots = slots
    }

    /// More would not fit the table's slots.
    static let countLimit = 16_000

    private static func hash(_ name: String) -> Int {
        let bytes = name.utf8.span
        let count = bytes.count
        // The first and last bytes tell names apart; a key from outside may be of any length.
        var hash = count
        for index in 0..<min(count, sampledBytes) { hash = hash &* 31 &+ Int(bytes[index]) }
        for index in max(sampledBytes, count - sampledBytes)..<max(sampledBytes, count) { hash = hash &* 31 &+ Int(bytes[index]) }
        return hash ^ hash >> 15
    }

    private static let sampledBytes = 16

    /// The number of a name, or -1. `guess` is tried first.
    func number(of name: String, guess: Int) -> Int {
        if guess < names.count, isSame(guess, name) { return guess }
        var slot = Self.hash(name) & mask
        while true {
            let number = Int(slots[slot])
            if number < 0 { return -1 }
            if isSame(number, name) { return number }
            slot = (slot + 1) & mask
        }
    }

    private func isSame(_ number: Int, _ name: String) -> Bool { names[number].hasSameBytes(as: name) }
}
