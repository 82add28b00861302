package import Gate
import Kernel
package import Storage

/// Throws a draft away: what was typed goes, the entry that it was there stays.
package struct DiscardCase: UseCase {
    package static let action = Action.changes("case.discard")
    private let id: String

    package init(_ id: String) { self.id = id }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("apply") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws {
        var record = try CaseRecord.find(id, under: grant, in: transaction)
        guard record.state == .draft else { throw Refusal(.conflict, "case.already-submitted") }
        record.state = .discarded
        record.application = [:]
        record.sources = [:]
        record.closedAt = grant.now
        try CaseEvent.append(.discarded, to: record, under: grant, in: transaction)
        try record.save(under: grant, in: transaction)
    }
}
