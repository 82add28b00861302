/// What a template may be given.
package enum Value: Sendable {
    /// Absent, or an empty text: prints nothing, and a section over it is left out.
    case nothing
    case flag(Bool)
    case text(String)
    case markup(Markup)
    case fields(Fields)
    case list([Value])

    /// Whether a section over it is written.
    var isShown: Bool {
        switch self {
        case .nothing, .flag(false): false
        case .list(let items): !items.isEmpty
        case .flag, .text, .markup, .fields: true
        }
    }
}

/// Named values, in the order in which they were given.
package struct Fields: Sendable, ExpressibleByDictionaryLiteral {
    private var entries: ContiguousArray<(name: Name, value: Templates.Value)> = []

    package init(dictionaryLiteral elements: (Name, (any ValueConvertible)?)...) {
        entries.reserveCapacity(elements.count)
        for (name, value) in elements { entries.append((name, value?.value ?? .nothing)) }
    }

    package init(_ pairs: some Sequence<(Name, Templates.Value)>) {
        for (name, value) in pairs { self[name] = value }
    }

    /// Nil for a name that was not given.
    package subscript(_ name: Name) -> Templates.Value? {
        get {
            for entry in entries where entry.name == name { return entry.value }
            return nil
        }
        set {
            if let place = entries.firstIndex(where: { $0.name == name }) {
                if let newValue { entries[place].value = newValue } else { entries.remove(at: place) }
            } else if let newValue {
                entries.append((name, newValue))
            }
        }
    }

    /// These and the others; of a name that both have, the other's value.
    package func merging(_ other: Fields) -> Fields {
        var merged = self
        for entry in other.entries { merged[entry.name] = entry.value }
        return merged
    }
}

/// What can stand in `Fields` as it is.
package protocol ValueConvertible {
    var value: Value { get }
}

extension Value: ValueConvertible {
    package var value: Value { self }
}
extension Fields: ValueConvertible {
    package var value: Templates.Value { .fields(self) }
}
extension Markup: ValueConvertible {
    package var value: Value { .markup(self) }
}
extension String: ValueConvertible {
    package var value: Value { isEmpty ? .nothing : .text(self) }
}
extension Bool: ValueConvertible {
    package var value: Value { .flag(self) }
}
extension Int: ValueConvertible {
    package var value: Value { .text(String(self)) }
}
extension Array: ValueConvertible where Element: ValueConvertible {
    package var value: Value { .list(map { $0.value }) }
}
