package import Foundation

/// The words of the interface itself in every language it speaks. What a state says about its own services comes from its folder.
package struct Texts: Sendable {
    /// One text, or its plural forms by CLDR category.
    enum Entry: Sendable, Hashable {
        case plain(String)
        case plural([String: String])
    }

    /// `group.key` → entry, per language.
    let entries: [String: [String: Entry]]

    /// - Parameter files: language code → JSON of two levels: group, key, and a text or an object of plural forms.
    /// - Throws: `PagesFault.texts` when a file is not of that shape.
    package init(files: [String: Data]) throws(PagesFault) {
        var entries: [String: [String: Entry]] = [:]
        for (language, data) in files {
            guard let groups = try? JSONDecoder().decode([String: [String: Wire]].self, from: data) else { throw .texts(language) }
            for (group, texts) in groups {
                for (key, wire) in texts { entries[language, default: [:]]["\(group).\(key)"] = wire.entry }
            }
        }
        self.entries = entries
    }

    package var languages: [String] { entries.keys.sorted() }

    package func keys(_ language: String) -> Set<String> { Set(entries[language, default: [:]].keys) }

    /// The plural forms given for a key; nil when the key holds one plain text.
    package func pluralForms(_ key: String, _ language: String) -> Set<String>? {
        if case .plural(let forms) = entries[language]?[key] { Set(forms.keys) } else { nil }
    }

    /// Every text of a language with its key, plural forms apart; for tests that read them all.
    package func all(_ language: String) -> [(key: String, text: String)] {
        entries[language, default: [:]].flatMap { key, entry in
            switch entry {
            case .plain(let text): [(key, text)]
            case .plural(let forms): forms.map { ("\(key)#\($0.key)", $0.value) }
            }
        }.sorted { $0.0 < $1.0 }
    }

    private struct Wire: Decodable {
        let entry: Entry
        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let text = try? container.decode(String.self) { entry = .plain(text) } else { entry = .plural(try container.decode([String: String].self)) }
        }
    }
}

/// CLDR's cardinal plural categories for whole numbers, for the languages of the interface.
package enum Plural {
    package static func category(_ count: Int, _ language: String) -> String {
        switch language {
        case "uk":
            let last = abs(count) % 10, lastTwo = abs(count) % 100
            if last == 1 && lastTwo != 11 { return "one" }
            if (2...4).contains(last) && !(12...14).contains(lastTwo) { return "few" }
            return "many"
        default: return count == 1 ? "one" : "other"
        }
    }

    package static func categories(_ language: String) -> Set<String> { language == "uk" ? ["one", "few", "many"] : ["one", "other"] }
}
