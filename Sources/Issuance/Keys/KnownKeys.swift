package import Kernel
package import Storage

/// The keys that this state has used, by name: what was signed with them is out in the world, so a start that finds one of them missing or
/// exchanged is no start.
package enum KnownKeys {
    /// A start refuses where these and the key files differ; nothing else rests on them.
    package static let unsealed: Set<String> = ["issuance_keys"]

    /// What may be known of each key, by its name. Of a state that never wrote them down, the names of those that its documents need.
    package static func read(_ store: any Store, bodyOfDocument: @escaping @Sendable (String) -> String?) async throws -> [String: String?] {
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in
            var known: [String: String?] = [:]
            for row in try transaction.query("SELECT DISTINCT type FROM issuance_documents") {
                if let body = bodyOfDocument(try row.text(0)) { known.updateValue(nil, forKey: IssuerKeys.name(ofBody: body)) }
            }
            for row in try transaction.query("SELECT name, public_key FROM issuance_keys") { known[try row.text(0)] = try row.text(1) }
            return known
        }
    }

    /// Writes down those that are new.
    package static func remember(_ keys: [String: String], at now: Instant, in store: any Store) async throws {
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in
            for (name, publicKey) in keys {
                try transaction.execute(
                    "INSERT INTO issuance_keys (name, public_key, first_used_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    [.text(name), .text(publicKey), .integer(now.milliseconds)])
            }
        }
    }
}
