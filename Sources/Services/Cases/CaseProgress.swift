import Decisions
import FEEL
import Gate
import Kernel
import Processes
import Registry
import StateFolder
import Storage

/// Carries out what a case's process commands, in the transaction of the use case that moved it.
///
/// Events and errands commit together, so after a crash the case stands before the step or after it, never inside.
struct CaseProgress {
    let service: ServiceDefinition
    let registers: Registers

    /// Begins the process of a submitted case.
    func begin(
        _ record: inout CaseRecord, under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws {
        var machine = ProcessMachine(service.process)
        try carryOut(machine.receive(.started(variables: record.application)), &machine, &record, grant, transaction)
    }

    /// Goes on with something that happened to the case.
    func carryOn(
        _ event: ProcessEvent, _ record: inout CaseRecord, under grant: borrowing Grant,
        in transaction: borrowing Transaction
    ) throws {
        guard var machine = ProcessMachine(service.process, state: record.process) else {
            throw CaseFault.unreadable(case: record.id)
        }
        try carryOut(machine.receive(event), &machine, &record, grant, transaction)
    }

    private func carryOut(
        _ commands: [ProcessCommand], _ machine: inout ProcessMachine, _ record: inout CaseRecord, _ grant: borrowing Grant,
        _ transaction: borrowing Transaction
    ) throws {
        var waiting = commands[...]
        while let command = waiting.popFirst() {
            switch command {
            case .decide(let element, let decision):
                record.state = .submitted
                try grant.order(
                    DecideCase.errand, subject: record.id,
                    payload: ["case": .string(record.id), "element": .string(element), "decision": .string(decision)],
                    in: transaction)
            case .createTask(let element, let name, let group, _):
                try open(element, name, group, &record, grant, transaction)
            case .callService(let element, let operation, _):
                if try call(operation, element, &record, grant, transaction) {
                    waiting += machine.receive(.serviceCompleted(element: element, outputs: [:]))
                }
            case .complete(let end, _):
                try close(record: &record, at: end, grant, transaction)
            case .refused(let element, let refusal):
                throw CaseFault.processRefused(case: record.id, reason: "\(element): \(refusal.rawValue)")
            case .incident(let element, let reason):
                record.state = .stuck
                try CaseEvent.append(
                    .stuck, to: record, details: ["element": .string(element), "reason": .string(reason)], under: grant,
                    in: transaction)
            }
        }
        record.process = machine.state
        try record.save(under: grant, in: transaction)
    }

    private func open(
        _ element: String, _ name: String, _ holder: String, _ record: inout CaseRecord, _ grant: borrowing Grant,
        _ transaction: borrowing Transaction
    ) throws {
        record.state = holder == CaseTask.applicant ? .waiting : .review
        try CaseTask.open(element, named: name, for: holder, of: record, of: service, under: grant, in: transaction)
        if record.state == .review { try CaseEvent.append(.referred, to: record, under: grant, in: transaction) }
    }

    /// Performs an operation; returns whether it is done already, or waits for an errand.
    private func call(
        _ operation: String, _ element: String, _ record: inout CaseRecord, _ grant: borrowing Grant,
        _ transaction: borrowing Transaction
    ) throws -> Bool {
        switch operation {
        case ServiceOperation.createRow.rawValue:
            let made = try OutcomeRow(service: service, registers: registers).create(for: record, under: grant, in: transaction)
            try CaseEvent.append(.registered, to: record, details: ["number": .string(made.number), "record": .string(made.record)], under: grant,
                in: transaction)
            return true
        case ServiceOperation.issueDocument.rawValue:
            try grant.order(
                "documents.refresh", subject: record.id,
                payload: [
                    "person": .string(record.person), "case": .string(record.id), "element": .string(element),
                    "document": service.document.map { .string($0) } ?? .null,
                ],
                in: transaction)
            return false
        default:
            throw CaseFault.processRefused(case: record.id, reason: operation)
        }
    }

    private func close(
        record: inout CaseRecord, at end: String, _ grant: borrowing Grant, _ transaction: borrowing Transaction
    ) throws {
        let isGranted = end == "granted"
        record.state = isGranted ? .granted : .refused
        record.closedAt = grant.now
        try CaseEvent.append(isGranted ? .granted : .refused, to: record, under: grant, in: transaction)
    }
}

/// What a service task of a process may ask for.
package enum ServiceOperation: String, Sendable, CaseIterable {
    case createRow = "register.create"
    case issueDocument = "document.issue"
}
