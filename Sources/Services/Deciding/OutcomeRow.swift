import Gate
import Kernel
import Registry
import Schemas
import StateFolder
import Storage

/// The row that a granted case writes into its register: each field by the service's expression.
struct OutcomeRow {
    let service: ServiceDefinition
    let registers: Registers

    /// Returns the record's identifier and the row's key: the number that the citizen will quote.
    func create(
        for record: CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> (record: String, number: String) {
        let register = try registers[service.register]
        let today = service.today(at: grant.now)
        let facts = try FactsSnapshot.read(
            for: record.person, application: record.application, service: service, registers: registers, today: today,
            under: grant, in: transaction)
        var data = service.newRow(facts.known)
        if let numbering = register.definition.numbering {
            data[register.definition.key] = .string(
                try register.nextNumber(numbering, year: today.year, under: grant, in: transaction))
        }
        let faults = register.definition.compiled.validate(.object(data))
        guard faults.isEmpty else {
            throw CaseFault.processRefused(case: record.id, reason: "the row does not fit \(service.register): \(faults.count) faults")
        }
        let row = try register.create(data, person: record.person, validFrom: today, under: grant, in: transaction)
        return (row.record, data[register.definition.key]?.string ?? "")
    }
}
