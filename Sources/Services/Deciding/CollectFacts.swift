package import Gate
package import Kernel
package import Registry
package import StateFolder
package import Storage

/// Reads what the rule needs about a submitted case: the machine's look, which stands in the citizen's log as such.
package struct CollectFacts: UseCase {
    package static let action = Action.reads("case.decide")
    private let id: String
    private let services: ServiceCatalogue
    private let today: CalendarDate

    package init(_ id: String, services: ServiceCatalogue, today: CalendarDate) {
        self.id = id
        self.services = services
        self.today = today
    }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("decision") }

    package func perform(
        under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> (facts: FactsSnapshot, service: ServiceDefinition, law: CalendarDate?) {
        let record = try CaseRecord.find(id, under: grant, in: transaction)
        let service = try services.service(of: record)
        let facts = try FactsSnapshot.read(
            for: record.person, application: record.application, service: service, registers: services.registers,
            today: today, under: grant, in: transaction)
        return (facts, service, record.submittedAt.map { service.today(at: $0) })
    }
}

/// "Would I get it?": reads the same facts for somebody who has not applied. Stores nothing but its entry.
package struct DryRun: UseCase {
    package static let action = Action.reads("service.dry-run")
    private let service: ServiceDefinition
    private let person: String
    private let application: JSONObject
    private let registers: Registers
    private let today: CalendarDate

    package init(
        _ service: ServiceDefinition, person: String, application: JSONObject, registers: Registers, today: CalendarDate
    ) {
        self.service = service
        self.person = person
        self.application = application
        self.registers = registers
        self.today = today
    }

    package var resource: Resource { Resource("service", id: nil, person: person) }
    package var purpose: Purpose { Purpose("dry-run") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> FactsSnapshot {
        try FactsSnapshot.read(
            for: person, application: application, service: service, registers: registers, today: today, under: grant,
            in: transaction)
    }
}
