package import Gate
import Kernel
package import Registry
package import StateFolder
package import Storage

/// Begins an application: a draft, filled from the registers as far as the form says, each value with its source.
///
/// Who has an open case of the service already is led to it: a draft goes on where it was left, and of what was sent one at a time is
/// enough to be answered.
package struct StartCase: UseCase {
    package static let action = Action.changes("case.start")
    /// More than these in a day are begun by one person to fill the store, not to apply.
    package static let perDayMax = 5_000
    private let service: ServiceDefinition
    private let person: String
    private let registers: Registers

    package init(_ service: ServiceDefinition, person: String, registers: Registers) {
        self.service = service
        self.person = person
        self.registers = registers
    }

    package var resource: Resource { Resource("service", id: nil, person: person) }
    package var purpose: Purpose { Purpose("apply") }

    /// Returns the open case's identifier.
    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String {
        if let open = try CaseRecord.open(of: service.id, by: person, under: grant, in: transaction) { return open.id }
        guard try CaseRecord.begun(by: person, since: grant.now.adding(seconds: -86_400), under: grant, in: transaction) < Self.perDayMax else {
            throw Refusal(.tooMany, "case.too-many-begun", parameters: ["max": String(Self.perDayMax)])
        }
        var application = JSON.object(JSONObject())
        var sources = JSONObject()
        for (register, controls) in Dictionary(grouping: prefilled, by: \.prefill.register).sorted(by: { $0.key < $1.key }) {
            let fields = controls.map(\.prefill.field)
            guard let row = try row(register, fields, under: grant, in: transaction) else { continue }
            for control in controls {
                guard let value = row.data[control.prefill.field] else { continue }
                application.replace(at: control.pointer, with: value)
                sources[control.pointer.text] = ["register": .string(register), "recorded": .string(row.recordedAt.rfc3339)]
            }
        }
        let record = CaseRecord(
            id: grant.newIdentifier().text, reference: CaseReference.make(prefix: service.initials, grant.randomBytes(8)),
            service: service.id, version: service.version.hex, person: person, application: application.object ?? JSONObject(),
            sources: sources, createdAt: grant.now)
        try record.insert(under: grant, in: transaction)
        try CaseEvent.append(.started, to: record, under: grant, in: transaction)
        return record.id
    }

    private var prefilled: [(pointer: JSONPointer, prefill: Prefill)] {
        service.form.pages.flatMap(\.controls).compactMap { control in
            control.prefill.map { (control.pointer, $0) }
        }
    }

    private func row(
        _ register: String, _ fields: [String], under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> RegisterRow? {
        let table = try registers[register]
        return register == Registers.personRegister
            ? try table.current(person, fields: fields, under: grant, in: transaction)
            : try table.current(ofPerson: person, fields: fields, under: grant, in: transaction).first
    }
}
