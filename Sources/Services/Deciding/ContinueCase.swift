package import Gate
package import Kernel
import Processes
package import Storage

/// Lets a case go on after something outside was done for it: its document is signed and stored.
package struct ContinueCase: UseCase {
    package static let action = Action.changes("case.continue")
    private let id: String
    private let element: String
    private let services: ServiceCatalogue
    private let errand: String

    init(_ id: String, element: String, services: ServiceCatalogue, errand: String) {
        self.id = id
        self.element = element
        self.services = services
        self.errand = errand
    }

    /// What the errand `documents.refresh` reports when a case ordered it.
    package static func afterDocuments(
        _ errand: Errand, services: ServiceCatalogue, on platform: Platform, as principal: Principal
    ) async throws {
        guard let id = errand.payload["case"]?.string, let element = errand.payload["element"]?.string else { return }
        _ = try await platform.perform(
            ContinueCase(id, element: element, services: services, errand: errand.id), as: principal)
    }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("document-issue") }
    package var repetition: Repetition? { Repetition(key: errand, request: ["case": .string(id), "element": .string(element)]) }
    package static func remember(_ output: String) -> JSON? { .string(output) }
    package static func recall(_ json: JSON) -> String? { json.string }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String {
        var record = try CaseRecord.find(id, under: grant, in: transaction)
        try CaseEvent.append(.issued, to: record, under: grant, in: transaction)
        try CaseProgress(service: services.service(of: record), registers: services.registers)
            .carryOn(.serviceCompleted(element: element, outputs: [:]), &record, under: grant, in: transaction)
        return record.reference
    }
}
