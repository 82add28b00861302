import Audit
package import Gate
package import Kernel
package import Registry
import StateFolder
package import Storage

/// A referred case, whole, for the officer who has to decide it.
package struct ReadTask: UseCase {
    package static let action = Action.reads("case.review")
    private let id: String
    private let registers: Registers

    package init(_ id: String, registers: Registers) {
        self.id = id
        self.registers = registers
    }

    package var resource: Resource { Resource("task", id: id) }
    package var purpose: Purpose { Purpose("case-review") }

    package struct Opened: Sendable {
        package let task: CaseTask
        package let file: CaseFile
        /// Who applies: her name and her number in the person register, and since when it says so.
        package let name: String
        package let number: String
        package let recordedAt: Instant
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Opened {
        let task = try CaseTask.find(id, under: grant, in: transaction)
        let file = try CaseFile.read(task.caseID, isActedOn: true, under: grant, in: transaction)
        let people = try registers[Registers.personRegister]
        let names = people.definition.title, key = people.definition.key
        guard let row = try people.current(file.record.person, fields: names + [key], under: grant, in: transaction) else {
            throw Refusal(.notFound, "case.no-person")
        }
        return Opened(
            task: task, file: file, name: names.compactMap { row.data[$0]?.string }.joined(separator: " "),
            number: row.data[key]?.string ?? "", recordedAt: row.recordedAt)
    }
}

/// One paper of a referred case, as it was supplied: an access of its own, which names the paper and nothing else.
package struct ReadPaper: UseCase {
    package static let action = Action.reads("paper.read")
    private let task: String
    private let paper: String

    package init(_ paper: String, of task: String) {
        self.task = task
        self.paper = paper
    }

    package var resource: Resource { Resource("task", id: task) }
    package var purpose: Purpose { Purpose("case-review") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> (
        name: String, type: String, bytes: [UInt8]
    ) {
        let opened = try CaseTask.find(task, under: grant, in: transaction)
        // What an officer opens is what the applicant handed in, or nothing: the paper's bytes are part of its row.
        let found = try grant.rows.first(
            "SELECT name, type, bytes, id FROM services_papers WHERE id = $1 AND case_id = $2", [.text(paper), .text(opened.caseID)],
            of: "services_papers", in: transaction)
        let owner = try grant.rows.first(
            "SELECT person, reference, id FROM services_cases WHERE id = $1", [.text(opened.caseID)], of: "services_cases", in: transaction)
        guard let row = found, let owner else { throw Refusal(.notFound, "paper.not-found") }
        let person = try owner.text(0)
        let type = try row.text(1)
        let name = CasePaper.offeredName(try row.text(0), type)
        grant.note(person: person, register: "paper", record: paper, fields: [name])
        grant.note(case: try owner.text(1), of: person)
        return try (name, type, row.blob(2))
    }
}
