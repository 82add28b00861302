internal import Mustache

/// What a template may name: the only values that reach a page.
///
/// **Shape** A template that names a slot which was not given renders `⟦name⟧`, so that a misspelt name is seen in the first test and
/// never climbs to a slot of the same name further out. Only the root's `t` (texts), `icon` and `chrome` are found from everywhere.
package struct Slots: MustacheParent, ExpressibleByDictionaryLiteral {
    private var values: [String: Any]

    static let everywhere: Set<String> = ["t", "icon", "chrome"]

    package init(dictionaryLiteral elements: (String, Any?)...) {
        values = [:]
        for (name, value) in elements { self[name] = value }
    }

    /// An absent value and an empty text are the same to a template: a section over them is skipped.
    subscript(name: String) -> Any? {
        get { values[name] }
        set {
            switch newValue {
            case nil: values[name] = Nothing()
            case let text as String where text.isEmpty: values[name] = Nothing()
            case let number as Int: values[name] = String(number)
            case .some(let value): values[name] = value
            }
        }
    }

    package func child(named name: String) -> Any? {
        if let value = values[name] { return value }
        return Slots.everywhere.contains(name) ? nil : Unknown(name: name)
    }

    func merging(_ other: Slots) -> Slots {
        var merged = self
        merged.values.merge(other.values) { _, new in new }
        return merged
    }
}

private struct Nothing: MustacheCustomRenderable {
    var renderText: String { "" }
    var isNull: Bool { true }
}

private struct Unknown: MustacheCustomRenderable {
    let name: String
    var renderText: String { "⟦\(name)⟧" }
    var isNull: Bool { false }
}

/// The interface's texts as a template sees them: `{{t.home.title}}`.
struct TextSlots: MustacheParent {
    let words: Words

    func child(named group: String) -> Any? { Group(words: words, group: group) }

    struct Group: MustacheParent {
        let words: Words
        let group: String
        func child(named key: String) -> Any? { words("\(group).\(key)") }
    }
}

/// The drawn marks as a template sees them: `{{{icon.arrow}}}`.
struct IconSlots: MustacheParent {
    func child(named name: String) -> Any? { Drawing.icon(name) ?? Unknown(name: "icon.\(name)") }
}
