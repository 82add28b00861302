package import Audit
package import Kernel
package import Storage

/// The keys that this state has used, by name: what was signed with them is out in the world, so a start that finds one of them missing or
/// exchanged is no start.
package enum KnownKeys {
    package static let sealed = [SealedTable("issuance_keys", key: ["name"], isSealedLater: true)]

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
    ///
    /// **Throws** ``KeysAltered`` where what is written is not what the log knows.
    package static func remember(_ keys: [String: String], at now: Instant, in store: any Store, journal: HouseJournal) async throws {
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in
            let faults = try journal.faults(of: "issuance_keys", in: transaction)
            guard faults.isEmpty else { throw KeysAltered(faults: faults) }
            var written: [SealedRow] = []
            for (name, publicKey) in keys {
                let count = try transaction.execute(
                    "INSERT INTO issuance_keys (name, public_key, first_used_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                    [.text(name), .text(publicKey), .integer(now.milliseconds)])
                if count == 1 { written.append(SealedRow("issuance_keys", [.text(name)])) }
            }
            try journal.note("key.remember", written: written, gone: [], in: transaction)
        }
    }
}

/// The record of the keys that were used is not what the log knows of it.
package struct KeysAltered: Error, Hashable, Sendable, CustomStringConvertible {
    package let faults: [String]

    package var description: String {
        "\(faults.prefix(5).joined(separator: "; ")): find out who did that (`dovira audit verify` says more), and restore the backup"
    }
}
