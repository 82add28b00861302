package import Audit
package import Gate
package import Kernel
package import Storage

/// "Who used my data": a page of the entries about the reader, newest first.
///
/// Reading it is itself an access and leaves an entry, which the next reading shows.
package struct ReadHistory: UseCase {
    package static let action = Action.reads("audit.read-own")
    package static let pageSize = 50

    private let person: String
    private let before: Int?

    /// - Parameter before: only entries numbered below it; nil begins with the newest.
    package init(person: String, before: Int? = nil) {
        self.person = person
        self.before = before
    }

    package var resource: Resource { Resource("log", person: person) }
    package var purpose: Purpose { Purpose("own-data") }

    package struct Page: Sendable {
        package let records: [AuditRecord]
        /// How many entries there are about the reader in all.
        package let count: Int
        package let person: String
        /// When the first of all was written.
        package let since: Instant?
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Page {
        Page(
            records: try AuditLog.history(about: person, before: before, limit: Self.pageSize, in: transaction),
            count: try AuditLog.lastNumber(about: person, in: transaction), person: person,
            since: try AuditLog.record(about: person, number: 1, in: transaction)?.at)
    }
}
