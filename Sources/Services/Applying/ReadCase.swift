package import Gate
package import Issuance
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
        var file = try CaseFile.read(id, under: grant, in: transaction)
        if let row = file.registeredRecord {
            file.documents = try HeldDocuments.current(of: file.record.person, from: row, under: grant, in: transaction)
        }
        return file
    }
}

/// Everything about one case that its page shows.
package struct CaseFile: Sendable {
    package let record: CaseRecord
    package let events: [CaseEvent]
    package let openTasks: [CaseTask]
    package let papers: [CasePaper]
    /// The documents made from the row that the case brought about; read for the applicant alone.
    package fileprivate(set) var documents: [IssuedDocument] = []

    /// Whether what was granted stands in its register already; its document may still be on the way.
    package var isRegistered: Bool { registeredRecord != nil }

    /// The record that the grant entered in the register.
    fileprivate var registeredRecord: String? { events.last { $0.kind == .registered }?.details["record"]?.string }

    /// - Parameter isActedOn: whoever reads it decides on the case.
    static func read(
        _ id: String, isActedOn: Bool = false, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> CaseFile {
        let record = try CaseRecord.find(id, under: grant, in: transaction)
        return CaseFile(
            record: record, events: try CaseEvent.all(of: record, under: grant, in: transaction),
            openTasks: try CaseTask.open(of: record, under: grant, in: transaction), papers: try CasePaper.all(of: record, isActedOn: isActedOn, under: grant, in: transaction))
    }
}
