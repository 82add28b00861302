import Gate
package import Kernel
import Registry
package import StateFolder
import Storage

/// What the state knows about an applicant when a rule is asked, and since when.
package struct FactsSnapshot: Sendable {
    package let known: ApplicationFacts
    /// Per register when its newest row was recorded.
    package let recordedAt: [String: Instant]

    /// Where a fact comes from, as the account of the decision says it: `{"register","recorded"?}` or `{"application": true}`.
    func origin(of fact: FactDefinition) -> JSON {
        switch fact.source {
        case .application: return ["application": true]
        case .register(let register):
            var origin: JSONObject = ["register": .string(register)]
            if let at = recordedAt[register] { origin["recorded"] = .string(at.rfc3339) }
            return .object(origin)
        }
    }

    /// Reads the rows and the fields that the service says it reads, and nothing else.
    static func read(
        for person: String, application: JSONObject, service: ServiceDefinition, registers: Registers, today: CalendarDate,
        under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> FactsSnapshot {
        var known = ApplicationFacts(applicant: [:], registers: [:], application: application, today: today)
        var recordedAt: [String: Instant] = [:]
        for (register, fields) in service.reads {
            if register == Registers.personRegister {
                guard let row = try registers[register].current(person, fields: fields, under: grant, in: transaction) else {
                    throw Refusal(.notFound, "case.no-person")
                }
                known.applicant = row.data
                recordedAt[register] = row.recordedAt
            } else {
                let rows = try registers[register].current(ofPerson: person, fields: fields, under: grant, in: transaction)
                known.registers[register] = rows.map(\.data)
                recordedAt[register] = rows.map(\.recordedAt).max()
            }
        }
        return FactsSnapshot(known: known, recordedAt: recordedAt)
    }
}
