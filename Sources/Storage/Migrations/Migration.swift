/// One step of a room's schema through time. It runs once, in order, in one transaction with the others that are due.
///
/// **Shape** `id` is `<room>-<number>` and never changes once released, nor do the steps: a checksum is recorded. Tables are
/// named `<room>_…`.
package struct Migration: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        /// A table. A public table may be read by `PublicView`. A clustered one is laid out by its primary key.
        case createTable(
            _ name: String, columns: [Column], primaryKey: [String] = [], unique: [[String]] = [], isPublic: Bool = false,
            clustered: Bool = false)
        /// An index; `where` makes it partial.
        case createIndex(_ name: String, on: String, columns: [String], unique: Bool = false, where: String? = nil)
        /// A column for a table that may hold rows: nullable or with a default.
        case addColumn(_ column: Column, to: String)
        case dropIndex(_ name: String)
        case dropTable(_ name: String)
        /// One statement in the shared dialect.
        case sql(_ statement: String)
    }

    package let id: String
    package let room: String
    package let steps: [Step]

    package init(_ id: String, room: String, steps: [Step]) {
        self.id = id
        self.room = room
        self.steps = steps
    }
}

/// A column in words that each store spells in its own types. Columns refuse null unless they say otherwise.
package struct Column: Hashable, Sendable {
    package enum Word: String, Hashable, Sendable {
        /// The 26 characters of an identifier, or another short key, as text.
        case id
        case text
        /// 64 bits; also truth, as 0 or 1.
        case integer
        case blob
        /// Milliseconds since 1970.
        case instant
        /// Canonical JSON, as text.
        case json
        /// A number that the store counts up and never gives twice; it is the table's primary key.
        case serial
    }

    package let name: String
    package let word: Word
    package let isNullable: Bool
    /// `table(column)` that must hold the value.
    package let references: String?
    /// The only texts allowed.
    package let oneOf: [String]
    package let defaultValue: SQLValue?

    package init(
        _ name: String, _ word: Word, nullable: Bool = false, references: String? = nil, oneOf: [String] = [],
        default defaultValue: SQLValue? = nil
    ) {
        self.name = name
        self.word = word
        self.isNullable = nullable
        self.references = references
        self.oneOf = oneOf
        self.defaultValue = defaultValue
    }
}
