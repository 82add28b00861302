package import Gate
package import Kernel
import Processes
import StateFolder
package import Storage

/// Hands in the paper that an officer asked for; the case goes back to her.
package struct SupplyPaper: UseCase {
    package static let action = Action.changes("case.supply-paper")
    /// A note to the officer is a paragraph, not a book.
    package static let noteLengthMax = 2_000

    private let id: String
    private let paper: SuppliedPaper?
    private let note: String
    private let services: ServiceCatalogue

    package init(_ id: String, paper: SuppliedPaper?, note: String, services: ServiceCatalogue) throws(Refusal) {
        guard paper != nil || !note.isEmpty else { throw Refusal(.invalid, "paper.nothing") }
        guard note.unicodeScalars.count <= Self.noteLengthMax else {
            throw Refusal(.tooLarge, "paper.note-too-long", parameters: ["max": String(Self.noteLengthMax)])
        }
        self.id = id
        self.paper = paper
        self.note = note
        self.services = services
    }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("apply") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String {
        var record = try CaseRecord.find(id, under: grant, in: transaction)
        let tasks = try CaseTask.open(of: record, under: grant, in: transaction)
        guard let task = tasks.first(where: { $0.holder == CaseTask.applicant }) else {
            throw Refusal(.conflict, "case.nothing-asked")
        }
        var details: JSONObject = ["note": .string(note)]
        if let paper { details["paper"] = .string(try keep(paper, of: record, under: grant, in: transaction)) }
        try CaseEvent.append(.paperSupplied, to: record, details: .object(details), under: grant, in: transaction)
        try task.close(at: grant.now, in: transaction)
        try CaseProgress(service: services.service(of: record), registers: services.registers)
            .carryOn(.taskCompleted(element: task.element, outputs: [:]), &record, under: grant, in: transaction)
        return record.reference
    }

    /// Returns the name that the paper bears from now on.
    private func keep(
        _ paper: SuppliedPaper, of record: CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> String {
        let (count, bytes) = try CasePaper.amount(of: record, under: grant, in: transaction)
        guard count < CasePaper.perCaseMax else {
            throw Refusal(.tooMany, "paper.too-many", parameters: ["max": String(CasePaper.perCaseMax)])
        }
        guard bytes + paper.bytes.count <= CasePaper.bytesPerCaseMax else {
            throw Refusal(.tooMany, "paper.case-full", parameters: ["megabytes": String(CasePaper.bytesPerCaseMax >> 20)])
        }
        guard try CasePaper.bytes(of: record.person, under: grant, in: transaction) + paper.bytes.count <= CasePaper.bytesPerPersonMax else {
            throw Refusal(.tooMany, "paper.person-full", parameters: ["megabytes": String(CasePaper.bytesPerPersonMax >> 20)])
        }
        let name = CasePaper.name(count + 1, paper.type)
        try transaction.execute(
            "INSERT INTO services_papers (id, case_id, name, type, bytes, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
            [
                .text(grant.newIdentifier().text), .text(record.id), .text(name), .text(paper.type), .blob(paper.bytes),
                .integer(grant.now.milliseconds),
            ])
        return name
    }
}
