/// One text in several languages.
///
/// **Shape** keys are language codes (BCP 47), such as `es`.
public struct LocalText: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    /// The text of each language.
    public var values: [String: String]

    public init(_ values: [String: String]) {
        self.values = values
    }

    public init(dictionaryLiteral elements: (String, String)...) {
        values = [:]
        for (language, text) in elements { values[language] = text }
    }

    /// The text in `language`; where it is missing or empty, the first of Spanish, English, Ukrainian and then the other languages by
    /// code. Empty only when no language has a text.
    public subscript(_ language: String) -> String {
        if let text = values[language], !text.isEmpty { return text }
        for fallback in ["es", "en", "uk"] {
            if let text = values[fallback], !text.isEmpty { return text }
        }
        for fallback in values.keys.sorted() {
            if let text = values[fallback], !text.isEmpty { return text }
        }
        return ""
    }

    /// Whether no language has a text.
    public var isEmpty: Bool {
        values.allSatisfy { $0.value.isEmpty }
    }
}
