package import Gate
package import Kernel
import Processes
import StateFolder
package import Storage

/// An officer's decision on a referred case: grant, refuse, or ask for one more paper. Always with a reason that the
/// citizen reads.
package struct DecideTask: UseCase {
    package static let action = Action.changes("task.decide")
    package static let reasonLengthMin = 10
    package static let reasonLengthMax = 2_000

    package enum Outcome: String, Sendable, CaseIterable { case grant, refuse, ask }

    private let id: String
    private let outcome: Outcome
    private let reason: String
    private let services: ServiceCatalogue

    package init(_ id: String, outcome: Outcome, reason: String, services: ServiceCatalogue) throws(Refusal) {
        guard reason.unicodeScalars.count >= Self.reasonLengthMin else {
            throw Refusal(.invalid, "task.reason-too-short", parameters: ["min": String(Self.reasonLengthMin)])
        }
        guard reason.unicodeScalars.count <= Self.reasonLengthMax else {
            throw Refusal(.tooLarge, "task.reason-too-long", parameters: ["max": String(Self.reasonLengthMax)])
        }
        self.id = id
        self.outcome = outcome
        self.reason = reason
        self.services = services
    }

    package var resource: Resource { Resource("task", id: id) }
    package var purpose: Purpose { Purpose("case-review") }

    /// Returns the case's identifier.
    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> String {
        let task = try CaseTask.find(id, under: grant, in: transaction)
        var record = try CaseRecord.find(task.caseID, under: grant, in: transaction)
        try task.close(at: grant.now, in: transaction)
        if outcome == .ask {
            try CaseEvent.append(
                .paperAsked, to: record, details: ["reason": .string(reason)], under: grant, in: transaction)
        } else {
            record.keepOfficer(outcome, reason: reason, under: grant)
            try CaseEvent.append(
                .decided, to: record, details: ["outcome": .string(outcome.rawValue), "reason": .string(reason)], under: grant,
                in: transaction)
        }
        try CaseProgress(service: services.service(of: record), registers: services.registers)
            .carryOn(
                .taskCompleted(
                    element: task.element, outputs: ["outcome": .string(outcome.rawValue), "reason": .string(reason)]),
                &record, under: grant, in: transaction)
        return record.id
    }
}

extension CaseRecord {
    /// The officer's decision beside the rule's, which stays.
    fileprivate mutating func keepOfficer(
        _ outcome: DecideTask.Outcome, reason: String, under grant: borrowing Grant
    ) {
        var kept = decision.object ?? JSONObject()
        kept["officer"] = [
            "outcome": .string(outcome.rawValue), "reason": .string(reason), "name": .string(grant.principal.name),
            "body": grant.principal.body.map { .string($0) } ?? .null, "at": .string(grant.now.rfc3339),
        ]
        decision = .object(kept)
    }
}
