internal import Kernel

/// Typed reading of a mapping. Every key that is asked for is known; `finish` reports the others, with the nearest known one.
///
/// A wrong value is reported where it stands and read as nil, so that one pass finds all mistakes of a file.
package struct MappingReader: Sendable {
    package let node: Node
    /// What this mapping is, for messages: "the register", "a role".
    package let what: String
    private let values: [ByteString: Node]
    private var asked: Set<ByteString> = []

    /// Reports and returns nil when the node is not a mapping.
    package init?(_ node: Node, _ what: String, into diagnostics: inout Diagnostics) {
        guard let entries = node.entries else {
            diagnostics.error("\(what) must be a mapping (key: value), not \(node.kindInWords)", at: node)
            return nil
        }
        self.node = node
        self.what = what
        var values: [ByteString: Node] = [:]
        for entry in entries { if case .scalar(let key, _) = entry.key.content { values[ByteString(key)] = entry.value } }
        self.values = values
    }

    package var path: String { node.path }

    /// Whether the key stands there with a value.
    package func has(_ key: String) -> Bool { values[ByteString(key)].map { !$0.isNull } ?? false }

    /// The value of a key, or nil when it is absent or nothing.
    package mutating func optionalNode(_ key: String) -> Node? {
        asked.insert(ByteString(key))
        guard let value = values[ByteString(key)], !value.isNull else { return nil }
        return value
    }

    /// The value of a key that must be there.
    package mutating func node(_ key: String, into diagnostics: inout Diagnostics) -> Node? {
        if let value = optionalNode(key) { return value }
        if let empty = values[ByteString(key)] { diagnostics.error("‘\(key)’ has no value; write it behind the colon", at: empty) }
        else {
            let near = Nearest.name(to: key, among: values.keys.filter { !asked.contains($0) }.map(\.text))
            diagnostics.error("\(what) lacks ‘\(key)’; " + (near.map { "did you mean it by ‘\($0)’?" } ?? "add it"), at: node)
            // The misspelt key is reported here already.
            if let near { asked.insert(ByteString(near)) }
        }
        return nil
    }

    package mutating func text(_ key: String, into diagnostics: inout Diagnostics) -> String? {
        node(key, into: &diagnostics).flatMap { Self.text($0, key, into: &diagnostics) }
    }

    package mutating func optionalText(_ key: String, into diagnostics: inout Diagnostics) -> String? {
        optionalNode(key).flatMap { Self.text($0, key, into: &diagnostics) }
    }

    /// A text that is not empty.
    package static func text(_ node: Node, _ what: String, into diagnostics: inout Diagnostics) -> String? {
        guard let text = node.text else {
            if case .scalar(let written, _) = node.content, !node.isNull {
                diagnostics.error("‘\(what)’ must be text; put it in quotes: \"\(written)\"", at: node)
            } else { diagnostics.error("‘\(what)’ must be text, not \(node.kindInWords)", at: node) }
            return nil
        }
        guard text.contains(where: { !$0.isWhitespace }) else {
            diagnostics.error("‘\(what)’ is empty; write its text", at: node)
            return nil
        }
        // Signs alone may be an expression's text; what cannot be seen is nobody's.
        if let fault = PeopleText.fault(in: text, as: .paragraphs), fault.kind != .meaningless {
            diagnostics.error("‘\(what)’: \(fault.message["en"])", at: node.position(ofCharacter: fault.position), in: node.path)
            return nil
        }
        return text
    }

    package mutating func flag(_ key: String, default value: Bool, into diagnostics: inout Diagnostics) -> Bool {
        guard let node = optionalNode(key) else { return value }
        if case .scalar(let text, .bool) = node.content { return text.utf8.count == 4 }
        diagnostics.error("‘\(key)’ must be true or false", at: node)
        return value
    }

    package mutating func integer(_ key: String, in range: ClosedRange<Int>, into diagnostics: inout Diagnostics) -> Int? {
        node(key, into: &diagnostics).flatMap { Self.integer($0, key, in: range, into: &diagnostics) }
    }

    package mutating func optionalInteger(_ key: String, in range: ClosedRange<Int>, into diagnostics: inout Diagnostics) -> Int? {
        optionalNode(key).flatMap { Self.integer($0, key, in: range, into: &diagnostics) }
    }

    private static func integer(_ node: Node, _ key: String, in range: ClosedRange<Int>, into diagnostics: inout Diagnostics) -> Int? {
        if case .scalar(let text, .number) = node.content, let number = Int(text), range.contains(number) { return number }
        diagnostics.error("‘\(key)’ must be a whole number from \(range.lowerBound) to \(range.upperBound)", at: node)
        return nil
    }

    /// One of the words of an enumeration.
    package mutating func choice<Choice>(_ key: String, of type: Choice.Type, into diagnostics: inout Diagnostics) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        node(key, into: &diagnostics).flatMap { Self.choice($0, key, of: type, into: &diagnostics) }
    }

    package mutating func optionalChoice<Choice>(_ key: String, of type: Choice.Type, into diagnostics: inout Diagnostics) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        optionalNode(key).flatMap { Self.choice($0, key, of: type, into: &diagnostics) }
    }

    package static func choice<Choice>(_ node: Node, _ key: String, of type: Choice.Type, into diagnostics: inout Diagnostics) -> Choice?
    where Choice: RawRepresentable & CaseIterable, Choice.RawValue == String {
        let words = Choice.allCases.map { $0.rawValue }
        guard let text = node.text else {
            diagnostics.error("‘\(key)’ must be text" + Nearest.advice(for: "", among: words), at: node)
            return nil
        }
        if let choice = Choice(rawValue: text) { return choice }
        diagnostics.error("‘\(key)’ cannot be ‘\(text)’" + Nearest.advice(for: text, among: words), at: node)
        return nil
    }

    /// The entries of a list; an absent one is empty.
    package mutating func list(_ key: String, into diagnostics: inout Diagnostics) -> [Node] {
        guard let node = optionalNode(key) else { return [] }
        guard let items = node.items else {
            diagnostics.error("‘\(key)’ must be a list; write its entries under it, each after ‘- ’", at: node)
            return []
        }
        return items
    }

    /// A list of texts with their places; an absent one is empty.
    package mutating func texts(_ key: String, into diagnostics: inout Diagnostics) -> [(text: String, node: Node)] {
        list(key, into: &diagnostics).compactMap { item in
            Self.text(item, key, into: &diagnostics).map { ($0, item) }
        }
    }

    /// Reports the keys that nobody asked for.
    package func finish(into diagnostics: inout Diagnostics) {
        for entry in node.entries ?? [] {
            guard case .scalar(let key, _) = entry.key.content, !asked.contains(ByteString(key)) else { continue }
            // A key that is already there is no candidate: two would then be one too many.
            let free = asked.filter { values[$0] == nil }
            if let near = Nearest.name(to: key, among: free.map(\.text)) {
                diagnostics.error("unknown key ‘\(key)’; did you mean ‘\(near)’?", at: entry.key)
            } else {
                diagnostics.error("unknown key ‘\(key)’ in \(what); it may hold " + asked.sorted().map { "‘\($0.text)’" }.joined(separator: ", "), at: entry.key)
            }
        }
    }
}
