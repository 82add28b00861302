package import Audit
package import Gate
package import Kernel
import Decisions
import FEEL
import StateFolder
package import Storage

/// One application of a service, from its first answer to its end.
package struct CaseRecord: Sendable {
    package enum State: String, Sendable, CaseIterable {
        /// The citizen is still answering.
        case draft
        /// The rule has not spoken yet.
        case submitted
        /// An officer has it.
        case review
        /// The applicant owes a paper.
        case waiting
        case granted, refused
        /// The process could not go on; the platform's operators see why.
        case stuck
        case discarded

        package var isOpen: Bool {
            switch self {
            case .draft, .submitted, .review, .waiting, .stuck: true
            case .granted, .refused, .discarded: false
            }
        }
    }

    package let id: String
    /// What the citizen quotes: short, unpredictable, without letters that look alike.
    package let reference: String
    package let service: String
    /// The hash of the service's files on which this case runs to its end.
    package let version: String
    package let person: String
    package var state: State
    package var application: JSONObject
    /// Per JSON pointer of a prefilled answer: the register it came from and when that was recorded.
    package var sources: JSONObject
    var process: JSON
    /// The rule's decision with its trace, or the officer's with her reason; null before.
    package var decision: JSON
    /// The form's pages that the citizen has sent: a page whose values were only prefilled is still to be shown.
    package var answered: [String] = []
    package let createdAt: Instant
    package var submittedAt: Instant?

    /// The account of what the rule decided, as ``DecisionTrace`` recomputes it; nil where no rule has decided yet, or before accounts were kept whole.
    package var account: JSON? {
        guard let trace = decision["trace"], trace["format"]?.string == DecisionTrace.format else { return nil }
        return trace
    }
    package var closedAt: Instant?

    private static let columns = """
        id, reference, service, version, person, state, application, sources, process, decision, created_at, submitted_at, closed_at,
        answered
        """

    init(
        id: String, reference: String, service: String, version: String, person: String, application: JSONObject,
        sources: JSONObject, createdAt: Instant
    ) {
        self.id = id
        self.reference = reference
        self.service = service
        self.version = version
        self.person = person
        state = .draft
        self.application = application
        self.sources = sources
        process = .null
        decision = .null
        self.createdAt = createdAt
    }

    private init(_ row: Row) throws {
        guard let state = State(rawValue: try row.text(5)) else { throw CaseFault.unreadable(case: try row.text(0)) }
        id = try row.text(0)
        reference = try row.text(1)
        service = try row.text(2)
        version = try row.text(3)
        person = try row.text(4)
        self.state = state
        application = try JSON.parse(row.text(6)).object ?? JSONObject()
        sources = try JSON.parse(row.text(7)).object ?? JSONObject()
        process = try row.optionalText(8).map { try JSON.parse($0) } ?? .null
        decision = try row.optionalText(9).map { try JSON.parse($0) } ?? .null
        createdAt = try row.instant(10)
        submittedAt = try row.optionalInstant(11)
        closedAt = try row.optionalInstant(12)
        answered = try JSON.parse(row.text(13)).array?.compactMap(\.string) ?? []
    }

    // MARK: Reading: every function notes whom it shows

    static func find(
        _ id: String, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> CaseRecord {
        guard
            let row = try grant.rows.first(
                "SELECT \(columns) FROM services_cases WHERE id = $1", [.text(id)], of: "services_cases", in: transaction)
        else { throw Refusal(.notFound, "case.not-found") }
        return try noted(CaseRecord(row), grant)
    }

    /// What a list of cases shows of each.
    private static let listed = ["reference", "service", "state"]

    /// A case as an officers' queue shows it: without its answers.
    static func listed(
        _ id: String, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> CaseRecord {
        guard let row = try transaction.listFirst("SELECT \(columns) FROM services_cases WHERE id = $1", [.text(id)]) else {
            throw Refusal(.notFound, "case.not-found")
        }
        return try noted(CaseRecord(row), grant, fields: listed)
    }

    /// The person's cases in some states, the newest first, as far as a page shows them.
    static func list(
        of person: String, in states: [State], under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> [CaseRecord] {
        let names = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        return try transaction.list(
            """
            SELECT \(columns) FROM services_cases WHERE person = $1 AND state IN (\(names)) ORDER BY created_at DESC, id DESC
            LIMIT \(pageSize)
            """, [.text(person)]
        ).map { try noted(CaseRecord($0), grant, fields: listed) }
    }

    /// A page of the cases that the person has sent, the latest first, and whether older ones follow.
    ///
    /// - Parameter before: the last case of the page before this one.
    static func sent(
        by person: String, before: String?, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> (cases: [CaseRecord], hasMore: Bool) {
        let mark = before == nil ? "" : "AND (submitted_at, id) < ((SELECT submitted_at FROM services_cases WHERE id = $2 AND person = $1), $2)"
        let rows = try transaction.list(
            """
            SELECT \(columns) FROM services_cases WHERE person = $1 AND submitted_at IS NOT NULL \(mark) ORDER BY submitted_at DESC, id DESC
            LIMIT \(pageSize + 1)
            """, [.text(person)] + (before.map { [.text($0)] } ?? []))
        return (try rows.prefix(pageSize).map { try noted(CaseRecord($0), grant, fields: listed) }, rows.count > pageSize)
    }

    /// The person's case of the service that is not at its end: a draft before one that was sent. One that is stuck holds nobody up.
    static func open(
        of service: String, by person: String, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> CaseRecord? {
        try grant.rows.first(
            """
            SELECT \(columns) FROM services_cases WHERE person = $1 AND state IN ('draft', 'submitted', 'review', 'waiting') AND service = $2
            ORDER BY CASE state WHEN 'draft' THEN 0 ELSE 1 END, created_at DESC, id LIMIT 1
            """, [.text(person), .text(service)], of: "services_cases", in: transaction
        ).map { try noted(CaseRecord($0), grant, fields: listed) }
    }

    /// How many cases the person has begun since a moment, whatever became of them.
    static func begun(by person: String, since: Instant, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int {
        try grant.rows.count(
            "SELECT COUNT(*) FROM services_cases WHERE person = $1 AND created_at > $2", [.text(person), .integer(since.milliseconds)], in: transaction)
    }

    /// How many cases the person has sent since a moment.
    static func sent(by person: String, since: Instant, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int {
        try grant.rows.count(
            "SELECT COUNT(*) FROM services_cases WHERE person = $1 AND submitted_at > $2", [.text(person), .integer(since.milliseconds)], in: transaction)
    }

    private static func noted(_ record: CaseRecord, _ grant: borrowing Grant, fields: [String]? = nil) throws -> CaseRecord {
        grant.note(person: record.person, register: "case", record: record.id, fields: fields ?? record.application.keys)
        grant.note(case: record.reference, of: record.person)
        return record
    }

    /// As many cases as a page lists.
    static let pageSize = 20

    // MARK: Writing

    func insert(under grant: borrowing Grant, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            """
            INSERT INTO services_cases (\(Self.columns), updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
            """, values + [.integer(grant.now.milliseconds)])
        _ = try Self.noted(self, grant)
    }

    func save(under grant: borrowing Grant, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            """
            UPDATE services_cases SET state = $6, application = $7, sources = $8, process = $9, decision = $10,
            submitted_at = $12, closed_at = $13, answered = $14, updated_at = $15 WHERE id = $1
            AND reference = $2 AND service = $3 AND version = $4 AND person = $5 AND created_at = $11
            """, values + [.integer(grant.now.milliseconds)])
    }

    private var values: [SQLValue] {
        [
            .text(id), .text(reference), .text(service), .text(version), .text(person), .text(state.rawValue),
            .text(JSON.object(application).canonical), .text(JSON.object(sources).canonical),
            process.isNull ? .null : .text(process.canonical), decision.isNull ? .null : .text(decision.canonical),
            .integer(createdAt.milliseconds), submittedAt.map { .integer($0.milliseconds) } ?? .null,
            closedAt.map { .integer($0.milliseconds) } ?? .null, .text(JSON.array(answered.map { .string($0) }).canonical),
        ]
    }
}

package enum CaseFault: Error, Sendable {
    case unreadable(case: String)
    case unknownService(String)
    case unknownVersion(service: String, version: String)
    case noDecision(case: String)
    case processRefused(case: String, reason: String)
}

/// A case's number: `SP-` and eight characters of Crockford's alphabet, without letters that look alike.
enum CaseReference {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".uppercased())

    static func make(prefix: String, _ bytes: [UInt8]) -> String {
        let characters = bytes.prefix(8).map { alphabet[Int($0) % alphabet.count] }
        return "\(prefix)-\(String(characters[0..<4]))-\(String(characters[4..<8]))"
    }
}

/// Whose a case is, and in what state.
package struct CaseFacts: FactLookup {
    package let kind = "case"
    package init() {}

    package func facts(of id: String, by rows: RowReader, in transaction: borrowing Transaction) throws -> ResourceFacts? {
        try rows.first(
            "SELECT person, state, service, id FROM services_cases WHERE id = $1", [.text(id)], of: "services_cases", in: transaction
        ).map { row in
            ResourceFacts(
                person: try row.text(0), values: ["state": .string(try row.text(1)), "service": .string(try row.text(2))])
        }
    }
}

/// Whose case a task belongs to, and which role may take it.
package struct TaskFacts: FactLookup {
    package let kind = "task"
    package init() {}

    package func facts(of id: String, by rows: RowReader, in transaction: borrowing Transaction) throws -> ResourceFacts? {
        let task = try rows.first(
            "SELECT case_id, holder, state, id FROM services_tasks WHERE id = $1", [.text(id)], of: "services_tasks", in: transaction)
        guard let task else { return nil }
        let record = try rows.first("SELECT person, id FROM services_cases WHERE id = $1", [task[0]], of: "services_cases", in: transaction)
        guard let record else { return nil }
        let holder = try task.text(1)
        let body = holder.split(separator: "/").first.map(String.init) ?? holder
        return ResourceFacts(
            person: try record.text(0), values: ["role": .string(holder), "body": .string(body), "state": .string(try task.text(2))])
    }
}

extension ServiceDefinition {
    /// The initials of its identifier, for the references of its cases: `sole-proprietor` gives `SP`.
    var initials: String { String(id.split(separator: "-").prefix(3).compactMap(\.first)).uppercased() }
}
