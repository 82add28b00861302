package import Gate
import Kernel
package import Registry
import StateFolder
package import Storage

/// An officer's queue: the open tasks of her roles, the nearest deadline first, a page at a time.
///
/// A search looks through the whole queue: by the beginning of a case's number, or by an applicant's number or one of her names, exactly as the
/// register of people has it. Who is found is listed only where a case of hers waits for one of the officer's roles.
package struct ListTasks: UseCase {
    package static let action = Action.reads("task.list")
    package static let pageSize = 50
    /// Deeper into a queue than this nobody leafs: a search is quicker.
    static let pagesMax = 400
    static let searchBytesMax = 200

    private let roles: [String]
    private let search: String
    private let number: Int
    private let registers: Registers?

    /// - Parameters:
    ///   - search: what the officer typed; empty for the whole queue.
    ///   - page: from 1.
    ///   - registers: where applicants are searched; without them only case numbers are.
    package init(roles: [String], search: String = "", page: Int = 1, registers: Registers? = nil) {
        self.roles = roles
        self.search = search.utf8.count > Self.searchBytesMax ? "" : search
        number = min(max(page, 1), Self.pagesMax)
        self.registers = registers
    }

    package var resource: Resource { Resource("task") }
    package var purpose: Purpose { Purpose("case-review") }

    package struct Entry: Sendable {
        package let task: CaseTask
        package let record: CaseRecord
    }

    /// One page of a queue.
    package struct Page: RandomAccessCollection, Sendable {
        private let entries: [Entry]
        /// Of the whole queue, as far as the search fits.
        package let total: Int
        package let number: Int

        fileprivate init(_ entries: [Entry], total: Int, number: Int) {
            self.entries = entries
            self.total = total
            self.number = number
        }

        package var startIndex: Int { entries.startIndex }
        package var endIndex: Int { entries.endIndex }
        package subscript(index: Int) -> Entry { entries[index] }
        /// Whether more follow on the next page.
        package var hasMore: Bool { number * ListTasks.pageSize < total && number < ListTasks.pagesMax }
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Page {
        // Only roles that she holds: what a page asks for is no authority.
        let held = roles.filter { grant.principal.roles.contains($0) }.sorted()
        var found: TaskQueue?
        var searched: [String] = []
        if search.isEmpty {
            found = TaskQueue(holders: held, search: .all)
        } else {
            let reference = String(search.uppercased().filter { !$0.isWhitespace })
            let byReference = TaskQueue(holders: held, search: .reference(reference))
            let hasReference = try !reference.isEmpty && byReference.count(in: transaction) > 0
            if hasReference || reference.isEmpty {
                found = byReference
            } else if let registers {
                let people = try registers[Registers.personRegister]
                searched = [people.definition.key] + people.definition.title
                found = TaskQueue(holders: held, search: .people(try people.owners(of: searched, equal: search, under: grant, in: transaction)))
            }
        }
        guard let found else { return Page([], total: 0, number: 1) }
        let tasks = try found.first(number * Self.pageSize, in: transaction).dropFirst((number - 1) * Self.pageSize)
        let entries = try tasks.map { task in
            let record = try CaseRecord.listed(task.caseID, under: grant, in: transaction)
            if !searched.isEmpty {
                grant.note(person: record.person, register: Registers.personRegister, record: record.person, fields: searched)
            }
            return Entry(task: task, record: record)
        }
        return Page(entries, total: try found.count(in: transaction), number: number)
    }
}
