/// What a store remembers of how it is kept: a few names with a text each.
package enum StoreMarks {
    /// The text under a name; nil where there is none.
    package static func value(_ name: String, in store: any Store) async throws -> String? {
        try await store.maintain(.marks) { (transaction: borrowing Transaction) in
            try transaction.first("SELECT value FROM storage_marks WHERE name = $1", [.text(name)])?.text(0)
        }
    }

    /// The same of a folder that is only read; nil also where an older program left no marks.
    package static func value(_ name: String, in transaction: borrowing Transaction) throws -> String? {
        guard try transaction.tables().contains("storage_marks") else { return nil }
        return try transaction.first("SELECT value FROM storage_marks WHERE name = $1", [.text(name)])?.text(0)
    }

    /// Sets or, with nil, removes the text under a name.
    package static func set(_ name: String, _ value: String?, in store: any Store) async throws {
        _ = try await store.maintain(.marks) { (transaction: borrowing Transaction) in
            if let value {
                try transaction.execute(
                    "INSERT INTO storage_marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    [.text(name), .text(value)])
            } else {
                try transaction.execute("DELETE FROM storage_marks WHERE name = $1", [.text(name)])
            }
        }
    }
}
