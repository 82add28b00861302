package import Kernel
package import Storage

extension AuditLog {
    /// How many entries about a person were written since a time.
    ///
    /// Her entries are numbered without a gap, in the order of time, so that the first of them is found by halving: some twenty looks where
    /// there are a hundred thousand. Where the clock once went back, or a number is missing, what was seen contradicts the order; then the newest
    /// `walkMax` are looked at one by one, and those of the time are counted.
    package static func count(about person: String, since: Instant, in transaction: borrowing Transaction) throws -> Int {
        let last = try lastNumber(about: person, in: transaction)
        var seen = SeenTimes()
        // All entries from `high` on are of the time, none below `low`: from the newest back in doubling steps, then by halving.
        var low = 1, high = last + 1, step = 1
        while high > low {
            let number = max(low, high - step)
            guard let at = try time(of: number, about: person, in: transaction), seen.take(number, at) else {
                return try walk(about: person, since: since, last: last, in: transaction)
            }
            if at < since {
                low = number + 1
                break
            }
            high = number
            step *= 2
        }
        while low < high {
            let middle = low + (high - low) / 2
            guard let at = try time(of: middle, about: person, in: transaction), seen.take(middle, at) else {
                return try walk(about: person, since: since, last: last, in: transaction)
            }
            if at < since { low = middle + 1 } else { high = middle }
        }
        return last + 1 - high
    }

    /// How far back `count` looks where numbers and times contradict each other.
    static let walkMax = 1_000

    private static func walk(about person: String, since: Instant, last: Int, in transaction: borrowing Transaction) throws -> Int {
        try transaction.query(
            "SELECT at FROM audit_lines JOIN audit_entries ON id = entry WHERE person = $1 AND n > $2", [.text(person), .int(last - walkMax)]
        ).count { try $0.instant(0) >= since }
    }

    private static func time(of number: Int, about person: String, in transaction: borrowing Transaction) throws -> Instant? {
        try transaction.first("SELECT at FROM audit_lines JOIN audit_entries ON id = entry WHERE person = $1 AND n = $2", [.text(person), .int(number)])?
            .instant(0)
    }

    /// The times of the entries that were looked at: does any contradict the order of the numbers?
    private struct SeenTimes {
        private var times: [(number: Int, at: Instant)] = []

        mutating func take(_ number: Int, _ at: Instant) -> Bool {
            let place = times.firstIndex { $0.number >= number } ?? times.count
            if place > 0, times[place - 1].at > at { return false }
            if place < times.count, times[place].at < at { return false }
            times.insert((number, at), at: place)
            return true
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
