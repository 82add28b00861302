package import Gate
package import Kernel
import Processes
package import Storage

/// Writes what the rule decided into the case, and lets its process go on.
package struct RecordDecision: UseCase {
    package static let action = Action.changes("decision.record")
    private let id: String
    private let element: String
    private let ruling: Ruling
    private let services: ServiceCatalogue
    private let errand: String

    package init(_ id: String, element: String, ruling: Ruling, services: ServiceCatalogue, errand: String) {
        self.id = id
        self.element = element
        self.ruling = ruling
        self.services = services
        self.errand = errand
    }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("decision") }
    package var repetition: Repetition? { Repetition(key: errand, request: ["case": .string(id), "element": .string(element)]) }
    package static func remember(_ output: String) -> JSON? { .string(output) }
    package static func recall(_ json: JSON) -> String? { json.string }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String {
        var record = try CaseRecord.find(id, under: grant, in: transaction)
        guard record.state == .submitted else { throw Refusal(.conflict, "case.not-waiting") }
        let service = try services.service(of: record)
        // Between the look and this line another case of hers may have made its row.
        let ruling = try OutcomeRow(service: service, registers: services.registers).present(ruling, for: record, under: grant, in: transaction)
        record.decision = ruling.json
        var details: JSONObject = ["outcome": .string(ruling.outcome.rawValue)]
        if let held = ruling.json["held"] { details["held"] = held }
        try CaseEvent.append(.decided, to: record, details: .object(details), under: grant, in: transaction)
        try CaseProgress(service: service, registers: services.registers)
            .carryOn(.decided(element: element, outputs: ruling.outputs), &record, under: grant, in: transaction)
        return record.reference
    }
}
