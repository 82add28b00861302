package import Gate
import Kernel
package import Storage

/// An officer's queue: the open tasks of her roles, the nearest deadline first.
package struct ListTasks: UseCase {
    package static let action = Action.reads("task.list")
    private let roles: [String]

    package init(roles: [String]) { self.roles = roles }

    package var resource: Resource { Resource("task") }
    package var purpose: Purpose { Purpose("case-review") }

    package struct Entry: Sendable {
        package let task: CaseTask
        package let record: CaseRecord
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> [Entry] {
        // Only roles that she holds: what a page asks for is no authority.
        let held = roles.filter { grant.principal.roles.contains($0) }.sorted()
        return try CaseTask.open(for: held, in: transaction).map { task in
            Entry(task: task, record: try CaseRecord.find(task.caseID, under: grant, in: transaction))
        }
    }
}
