package import Kernel
package import Storage

extension AuditLog {
    /// How many entries about a person were written since a time, counted up to `limit`.
    package static func count(about person: String, since: Instant, limit: Int = 1_000, in transaction: borrowing Transaction) throws -> Int {
        // In small pages, newest first: most people have a handful since this morning, and thousands before.
        let page = 32
        var found = 0
        var before = Int64.max
        while true {
            let rows = try transaction.query(
                "SELECT n, at FROM audit_lines JOIN audit_entries ON id = entry WHERE person = $1 AND n < $2 ORDER BY n DESC LIMIT $3",
                [.text(person), .integer(before), .int(page)])
            for row in rows {
                guard try row.instant(1) >= since, found < limit else { return found }
                found += 1
                before = Int64(try row.int(0))
            }
            if rows.count < page { return found }
        }
    }

    /// The newest entries of the whole log, newest first, as overseers read them: whose data they are stays out of it.
    package static func newest(_ limit: Int, in transaction: borrowing Transaction) throws -> [AuditEntry] {
        try transaction.query("SELECT payload FROM audit_entries ORDER BY id DESC LIMIT $1", [.int(limit)]).map { row in
            guard let entry = AuditEntry(payload: try JSON.parse(row.blob(0))) else { throw AuditCorrupt("an entry cannot be read") }
            return entry
        }
    }

    /// How many entries there are, and how many of them wait for their place in the tree.
    package static func size(in transaction: borrowing Transaction) throws -> (entries: Int, waiting: Int) {
        let last = try transaction.first("SELECT id FROM audit_entries ORDER BY id DESC LIMIT 1")?.int(0) ?? 0
        let end = try TreeEnd.read(in: transaction)
        return (Int(end.size) + max(0, last - Int(end.lastEntry)), max(0, last - Int(end.lastEntry)))
    }
}

extension PublicLog {
    static let newestSigning = PublicQuery(
        "audit.newest-signing", tables: ["audit_checkpoints"], sql: "SELECT at FROM audit_checkpoints ORDER BY size DESC LIMIT 1")

    /// The log's name, as its newest checkpoint says it.
    package func origin() async throws -> String? {
        try await checkpoint().flatMap { SignedNote($0) }.flatMap { Checkpoint(noteText: $0.text) }?.origin
    }

    /// The log's name, as the newest checkpoint of a snapshot says it.
    package static func origin(in snapshot: StoreSnapshot) throws -> String? {
        try snapshot.read { (transaction: borrowing Transaction) in try transaction.first(newestCheckpoint.sql)?.text(0) }
            .flatMap { SignedNote($0) }.flatMap { Checkpoint(noteText: $0.text) }?.origin
    }

    /// When the newest checkpoint was signed.
    package func signedAt() async throws -> Instant? {
        try await view.query(PublicLog.newestSigning).first?.instant(0)
    }
}

extension AuditEntry {
    /// An entry read back from its payload.
    package init?(payload: JSON) {
        guard let at = payload["at"]?.string.flatMap({ Instant(rfc3339: $0) }), let actor = payload["actor"],
            let kind = actor["kind"]?.string.flatMap(Actor.Kind.init(rawValue:)), let action = payload["action"]?.string,
            let purpose = payload["purpose"]?.string, let outcome = payload["outcome"]?.string.flatMap(Outcome.init(rawValue:))
        else { return nil }
        self.init(
            at: at,
            actor: Actor(
                kind: kind, id: actor["id"]?.string ?? "", name: actor["name"]?.string ?? "", body: actor["body"]?.string,
                role: actor["role"]?.string),
            action: action, purpose: purpose, law: payload["law"]?.string,
            records: (payload["records"]?.array ?? []).map { record in
                Record(
                    register: record["register"]?.string ?? "", record: record["record"]?.string ?? "",
                    fields: (record["fields"]?.array ?? []).compactMap(\.string))
            },
            caseReference: payload["case"]?.string, outcome: outcome, reference: payload["reference"]?.string)
    }
}
