import Kernel
import Storage

/// The open tasks of some roles, in the order of their deadlines, a page at a time: read from an index, however long the queue is.
struct TaskQueue {
    /// What narrows a queue.
    enum Search {
        case all
        /// Cases whose reference begins so.
        case reference(String)
        case people([String])
    }

    let holders: [String]
    let search: Search

    private static let order = "ORDER BY t.due_on, t.created_at, t.id"

    /// The first `limit` tasks.
    func first(_ limit: Int, in transaction: borrowing Transaction) throws -> [CaseTask] {
        var found: [CaseTask] = []
        try each { sql, values in
            let rows = try transaction.list("SELECT \(CaseTask.columns(of: "t")) \(sql) \(Self.order) LIMIT \(limit)", values)
            found += try rows.map { try CaseTask($0) }
        }
        if holders.count > 1 || isOfPeople { found.sort { ($0.dueOn, $0.createdAt, $0.id) < ($1.dueOn, $1.createdAt, $1.id) } }
        return Array(found.prefix(limit))
    }

    func count(in transaction: borrowing Transaction) throws -> Int {
        var count = 0
        try each { sql, values in count += try transaction.listFirst("SELECT COUNT(*) \(sql)", values)?.int(0) ?? 0 }
        return count
    }

    private var isOfPeople: Bool { if case .people = search { true } else { false } }

    /// One question for each role, and for each person that is searched.
    private func each(_ ask: (_ sql: String, _ values: [SQLValue]) throws -> Void) throws {
        for holder in holders {
            let held = "t.state = 'open' AND t.holder = $1"
            switch search {
            case .all: try ask("FROM services_tasks t WHERE \(held)", [.text(holder)])
            case .reference(let text):
                // From the text itself to before the first that no longer begins with it: the index of references finds both ends.
                try ask(
                    "FROM services_cases c JOIN services_tasks t ON t.case_id = c.id WHERE \(held) AND c.reference >= $2 AND c.reference < $3",
                    [.text(holder), .text(text), .text(text + "\u{10FFFF}")])
            case .people(let people):
                for person in people {
                    try ask(
                        "FROM services_cases c JOIN services_tasks t ON t.case_id = c.id WHERE \(held) AND c.person = $2",
                        [.text(holder), .text(person)])
                }
            }
        }
    }
}
