package import Gate
package import Kernel
import Schemas
package import StateFolder
package import Storage

/// Sends an application off: from here on the rule or an officer has it, and the answers stand.
package struct SubmitCase: UseCase {
    package static let action = Action.changes("case.submit")
    /// More than these in a day are sent by one person to keep rules and officers busy.
    package static let perDayMax = 600
    private let id: String
    private let services: ServiceCatalogue
    private let key: String

    /// - Parameter key: the form's own key, so that a double press submits once.
    package init(_ id: String, services: ServiceCatalogue, key: String) {
        self.id = id
        self.services = services
        self.key = key
    }

    /// The key for sending a draft as it stands: a double press has the same, a second try after a mend another one, for the
    /// first one's refusal is kept.
    package static func key(of record: CaseRecord) -> String {
        "submit-\(record.id)-\(SHA256.hash(Array(JSON.object(record.application).canonical.utf8)).hex)-\(record.answered.count)"
    }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("apply") }
    package var repetition: Repetition? { Repetition(key: key, request: ["case": .string(id)]) }
    package static func remember(_ output: String) -> JSON? { .string(output) }
    package static func recall(_ json: JSON) -> String? { json.string }

    /// Returns the case's reference.
    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String {
        var record = try CaseRecord.find(id, under: grant, in: transaction)
        guard record.state == .draft else { throw Refusal(.conflict, "case.already-submitted") }
        guard try CaseRecord.sent(by: record.person, since: grant.now.adding(seconds: -86_400), under: grant, in: transaction) < Self.perDayMax else {
            throw Refusal(.tooMany, "case.too-many-sent", parameters: ["max": String(Self.perDayMax)])
        }
        let service = try services.service(of: record)
        // The stored answers are checked once more: a page may have been passed over.
        let faults = service.compiled.validate(.object(record.application)).map(\.fault)
        guard faults.isEmpty else { throw Refusal(.invalid, "case.incomplete", faults: faults) }
        // What a register says for her counts as hers once she has seen it.
        if let page = record.openPage(of: service) {
            throw Refusal(.invalid, "case.page-open", parameters: ["page": page.id])
        }
        record.submittedAt = grant.now
        try CaseEvent.append(.submitted, to: record, under: grant, in: transaction)
        try CaseProgress(service: service, registers: services.registers).begin(&record, under: grant, in: transaction)
        return record.reference
    }
}

extension CaseRecord {
    /// The first page that the answers ask and that she has not sent yet, be it that the registers filled it.
    package func openPage(of service: ServiceDefinition) -> PageDefinition? {
        service.form.route(application).first { !answered.contains($0.id) }
    }
}
