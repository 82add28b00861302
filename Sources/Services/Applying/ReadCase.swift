package import Gate
import Kernel
package import Storage

/// A case with its history, as its applicant reads it.
package struct ReadCase: UseCase {
    package static let action = Action.reads("case.read-own")
    private let id: String

    package init(_ id: String) { self.id = id }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("own-data") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> CaseFile {
        try CaseFile.read(id, under: grant, in: transaction)
    }
}

/// Everything about one case that its page shows.
package struct CaseFile: Sendable {
    package let record: CaseRecord
    package let events: [CaseEvent]
    package let openTasks: [CaseTask]
    package let papers: [CasePaper]

    static func read(
        _ id: String, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> CaseFile {
        let record = try CaseRecord.find(id, under: grant, in: transaction)
        return CaseFile(
            record: record, events: try CaseEvent.all(of: record, in: transaction),
            openTasks: try CaseTask.open(of: record, in: transaction), papers: try CasePaper.all(of: record, in: transaction))
    }
}
