import Kernel

/// Equality as JSON Schema has it: numbers by value, objects whatever their order, strings by their code points.
///
/// **Standard**: JSON Schema 2020-12 core, section 4.2.2.
struct StrictJSON: Hashable {
    let value: JSON

    static func == (one: StrictJSON, other: StrictJSON) -> Bool { areEqual(one.value, other.value) }

    // Values that are equal here are equal to Kernel, so its hash serves.
    func hash(into hasher: inout Hasher) { value.hash(into: &hasher) }

    static func areEqual(_ one: JSON, _ other: JSON) -> Bool {
        switch (one, other) {
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.number(let left), .number(let right)): return left == right
        case (.string(let left), .string(let right)): return areEqual(left, right)
        case (.array(let left), .array(let right)):
            guard left.count == right.count else { return false }
            for index in left.indices where !areEqual(left[index], right[index]) { return false }
            return true
        case (.object(let left), .object(let right)):
            guard left == right else { return false }
            // Kernel says so up to canonical equivalence; the keys' bytes decide.
            var keys: Set<[UInt8]> = []
            for key in left.keys { keys.insert(Array(key.utf8)) }
            for (key, value) in right {
                guard keys.contains(Array(key.utf8)), let twin = left[key], areEqual(twin, value) else { return false }
            }
            return true
        default: return false
        }
    }

    static func areEqual(_ one: String, _ other: String) -> Bool {
        one == other && one.utf8.elementsEqual(other.utf8)
    }
}
