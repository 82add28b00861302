import Kernel

/// Holds every text of an instance to the rule for what people write, whatever else its schema says of it.
///
/// A text has one line, unless the subschema of its place says `"x-paragraphs": true`.
struct PeopleTextRule: Sendable {
    /// The keyword of its faults.
    static let keyword = "text"
    private static let manyLines = "x-paragraphs"
    /// Stands for every index of an array.
    private static let anyItem = "*"

    /// The places of texts with paragraphs.
    private let paragraphs: Set<JSONPointer>

    init(_ schema: JSON) {
        var found: Set<JSONPointer> = []
        Self.find(schema, at: .root, into: &found)
        paragraphs = found
    }

    private static func find(_ schema: JSON, at place: JSONPointer, into found: inout Set<JSONPointer>) {
        if schema[manyLines] == true { found.insert(place) }
        for (name, member) in schema["properties"]?.object ?? [:] { find(member, at: place.appending(name), into: &found) }
        if let items = schema["items"] { find(items, at: place.appending(anyItem), into: &found) }
    }

    func holds(_ value: JSON) -> Bool {
        // Almost every text is one line of letters: no place is worked out for it.
        if Self.isPlain(value) { return true }
        var faults: [SchemaFault] = []
        walk(value, at: .root, place: .root, limit: 1, into: &faults)
        return faults.isEmpty
    }

    private static func isPlain(_ value: JSON) -> Bool {
        switch value {
        case .string(let text): return PeopleText.fault(in: text) == nil
        case .array(let items):
            for item in items where !isPlain(item) { return false }
            return true
        case .object(let members):
            for (_, member) in members where !isPlain(member) { return false }
            return true
        default: return true
        }
    }

    func collect(_ value: JSON, into faults: inout [SchemaFault]) {
        walk(value, at: .root, place: .root, limit: CompiledSchema.faultLimit, into: &faults)
    }

    /// - Parameter place: the pointer with `*` for every index.
    private func walk(_ value: JSON, at pointer: JSONPointer, place: JSONPointer, limit: Int, into faults: inout [SchemaFault]) {
        guard faults.count < limit else { return }
        switch value {
        case .string(let text):
            guard let fault = PeopleText.fault(in: text, as: paragraphs.contains(place) ? .paragraphs : .line), fault.kind != .meaningless || isName(text)
            else { return }
            faults.append(SchemaFault(instance: pointer, keyword: Self.keyword, schema: "", ownMessage: fault.message))
        case .array(let items):
            for (index, item) in items.enumerated() {
                walk(item, at: pointer.appending(index), place: place.appending(Self.anyItem), limit: limit, into: &faults)
            }
        case .object(let members):
            for (name, member) in members { walk(member, at: pointer.appending(name), place: place.appending(name), limit: limit, into: &faults) }
        default: return
        }
    }

    /// A single sign may be a code or stand for "none"; more signs without a letter or a digit are no text.
    private func isName(_ text: String) -> Bool { text.unicodeScalars.count > 1 }
}
