/// Which keywords hold subschemas, and which the standard knows at all.
enum SchemaKeywords {
    enum Shape {
        /// One subschema.
        case one
        /// A list of subschemas.
        case list
        /// An object of subschemas.
        case map
        /// An object of subschemas or lists of names: `dependencies` of older drafts.
        case dependencies
    }

    static func shape(_ keyword: String) -> Shape? {
        switch keyword {
        case "additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames", "unevaluatedItems",
            "unevaluatedProperties", "contentSchema": .one
        case "allOf", "anyOf", "oneOf", "prefixItems": .list
        case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas": .map
        case "dependencies": .dependencies
        default: nil
        }
    }

    /// Every keyword of 2020-12.
    static let all = [
        "$schema", "$id", "$ref", "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary", "$comment", "$defs",
        "type", "enum", "const", "title", "description", "default", "deprecated", "readOnly", "writeOnly", "examples",
        "properties", "patternProperties", "additionalProperties", "unevaluatedProperties", "propertyNames", "required",
        "minProperties", "maxProperties", "dependentRequired", "dependentSchemas",
        "items", "prefixItems", "unevaluatedItems", "contains", "minContains", "maxContains", "minItems", "maxItems",
        "uniqueItems", "minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType", "contentSchema",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
        "allOf", "anyOf", "oneOf", "not", "if", "then", "else", "definitions", "dependencies",
    ]

    /// The known word that a misspelt one is nearest to, if one is near.
    static func nearest(to word: String, among words: [String]) -> String? {
        var best: (word: String, distance: Int)?
        for candidate in words {
            let distance = distance(word, candidate)
            if distance <= max(1, (candidate.utf8.count + 1) / 3), distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.word
    }

    /// Insertions, removals and changes of a byte, whatever its case.
    private static func distance(_ one: String, _ other: String) -> Int {
        let left = Array(one.lowercased().utf8.prefix(64))
        let right = Array(other.lowercased().utf8)
        var row = Array(0...right.count)
        for (index, byte) in left.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let cost = min(diagonal + (right[column] == byte ? 0 : 1), row[column] + 1, row[column + 1] + 1)
                diagonal = row[column + 1]
                row[column + 1] = cost
            }
        }
        return row[right.count]
    }
}

/// The parts of the standard that a schema's metaschema switches on.
///
/// **Standard**: JSON Schema 2020-12 core, section 8.1.2.
struct SchemaDialect: Hashable, Sendable {
    var hasApplicators = true
    var hasUnevaluated = true
    var hasValidation = true
    var assertsFormats = false
    /// `prefixItems` came with 2020-12; a schema of an older draft that holds the word means nothing by it.
    var hasPrefixItems = true

    static let standard = SchemaDialect()

    static let uri = "https://json-schema.org/draft/2020-12/schema"

    /// The dialect of a metaschema that the standard's authors published.
    static func published(_ uri: String) -> SchemaDialect? {
        switch uri {
        case Self.uri: .standard
        case "https://json-schema.org/draft/2019-09/schema", "http://json-schema.org/draft-07/schema",
            "http://json-schema.org/draft-06/schema", "http://json-schema.org/draft-04/schema":
            SchemaDialect(hasPrefixItems: false)
        default: nil
        }
    }

    /// Switches a vocabulary on; false for one that is not known here.
    mutating func insert(_ vocabulary: String) -> Bool {
        let prefix = "https://json-schema.org/draft/2020-12/vocab/"
        guard vocabulary.utf8.starts(with: prefix.utf8) else { return false }
        switch String(vocabulary.dropFirst(prefix.count)) {
        case "core", "meta-data", "format-annotation", "content": break
        case "applicator": hasApplicators = true
        case "unevaluated": hasUnevaluated = true
        case "validation": hasValidation = true
        case "format-assertion": assertsFormats = true
        default: return false
        }
        return true
    }
}
