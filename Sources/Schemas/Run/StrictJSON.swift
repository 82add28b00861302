import Kernel

/// Equality as JSON Schema has it: numbers by value, objects whatever their order, strings by their code points. It is Kernel's.
///
/// **Standard**: JSON Schema 2020-12 core, section 4.2.2.
struct StrictJSON: Hashable {
    let value: JSON

    static func areEqual(_ one: JSON, _ other: JSON) -> Bool { one == other }

    static func areEqual(_ one: String, _ other: String) -> Bool { one.hasSameBytes(as: other) }
}
