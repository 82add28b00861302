import Audit
import Gate
package import Kernel
import StateFolder
import Storage

/// Something that a person has to do before a case goes on.
package struct CaseTask: Sendable {
    /// Who holds a task that the applicant herself must do.
    package static let applicant = "applicant"
    package let id: String
    package let caseID: String
    package let element: String
    package let name: String
    /// `body/role`, or ``applicant``.
    package let holder: String
    package let createdAt: Instant
    package let dueOn: CalendarDate

    private static let columns = "id, case_id, element, name, holder, created_at, due_on"

    static func columns(of table: String) -> String {
        "\(table).id, \(table).case_id, \(table).element, \(table).name, \(table).holder, \(table).created_at, \(table).due_on"
    }

    init(_ row: Row) throws {
        guard let due = CalendarDate(try row.text(6)) else { throw CaseFault.unreadable(case: try row.text(1)) }
        id = try row.text(0)
        caseID = try row.text(1)
        element = try row.text(2)
        name = try row.text(3)
        holder = try row.text(4)
        createdAt = try row.instant(5)
        dueOn = due
    }

    static func open(
        _ element: String, named name: String, for holder: String, of record: CaseRecord, of service: ServiceDefinition,
        under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws {
        let due = service.answerBy(from: grant.now)
        try transaction.execute(
            """
            INSERT INTO services_tasks (\(columns), state) VALUES ($1, $2, $3, $4, $5, $6, $7, 'open')
            """,
            [
                .text(grant.newIdentifier().text), .text(record.id), .text(element), .text(name), .text(holder),
                .integer(grant.now.milliseconds), .text(due.text),
            ])
    }

    /// The open task of that identifier; a task that was done meanwhile is refused in words.
    static func find(_ id: String, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> CaseTask {
        let row = try grant.rows.first(
            "SELECT \(columns) FROM services_tasks WHERE id = $1 AND state = 'open'", [.text(id)], of: "services_tasks", in: transaction)
        guard let row else { throw Refusal(.gone, "task.done") }
        return try CaseTask(row)
    }

    static func open(of record: CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> [CaseTask] {
        try grant.rows.present(
            "SELECT \(columns) FROM services_tasks WHERE case_id = $1 AND state = 'open' ORDER BY created_at, id",
            [.text(record.id)], of: "services_tasks", in: transaction
        ).map { try CaseTask($0) }
    }

    func close(at now: Instant, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "UPDATE services_tasks SET state = 'done', closed_at = $2 WHERE id = $1",
            [.text(id), .integer(now.milliseconds)])
    }
}
