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
        let (facts, today) = try now(record, under: grant, in: transaction)
        try askAgain(record, facts, at: grant.now)
        var data = service.newRow(facts.known)
        try register.checkOnce(data, under: grant, in: transaction)
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

    /// What the registers say now about the applicant, and the day that it is.
    private func now(
        _ record: CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> (facts: FactsSnapshot, today: CalendarDate) {
        let today = service.today(at: grant.now)
        let facts = try FactsSnapshot.read(
            for: record.person, application: record.application, service: service, registers: registers, today: today, under: grant,
            in: transaction)
        return (facts, today)
    }

    /// The rule decided on what the registers said then. Where they say something else when the row is made, it is asked again, as of the
    /// day on which it was asked first; what it now refuses is not entered.
    ///
    /// Here, in the transaction, so that nothing can change in between. The same facts give the same answer and are not decided again.
    ///
    /// **Throws** `conflict` with the rule's own sentence.
    private func askAgain(_ record: CaseRecord, _ facts: FactsSnapshot, at now: Instant) throws {
        guard let ruling = try Ruling.again(record.decision, facts, service, at: now, law: record.submittedAt), ruling.outcome == .refuse else { return }
        throw Refusal(.conflict, "case.rule-refuses-now", faults: ruling.sentence.map { [Fault(pointer: "", code: "rule", message: $0)] } ?? [])
    }

    /// What a rule's grant is worth at the moment of its recording: the ruling itself, the one that the registers lead to by now, or a referral
    /// where the register holds already what it may hold once.
    func present(
        _ ruling: Ruling, for record: CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> Ruling {
        guard ruling.outcome == .grant else { return ruling }
        let (facts, _) = try now(record, under: grant, in: transaction)
        let present = try Ruling.again(ruling.json, facts, service, at: grant.now, law: record.submittedAt) ?? ruling
        guard present.outcome == .grant else { return present }
        do {
            try registers[service.register].checkOnce(service.newRow(facts.known), under: grant, in: transaction)
            return present
        } catch let refusal as Refusal { return present.referred(because: refusal.code) }
    }
}
