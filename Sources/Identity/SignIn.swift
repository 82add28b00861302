package import Gate
import Kernel
package import Registry
package import StateFolder
package import Storage

/// Demo sign-in as a synthetic person: finds her by the key of the person register (a cédula).
///
/// It exists only where `state.yaml` says `mode: demo`; the door does not even route to it elsewhere.
package struct SignInAsPerson: UseCase {
    package static let action = Action.changes("identity.sign-in")

    private let key: String
    private let people: RegisterTable
    private let nameFields: [String]

    package init(key: String, people: RegisterTable, nameFields: [String]) {
        self.key = key
        self.people = people
        self.nameFields = nameFields
    }

    package var resource: Resource { Resource("session") }
    package var purpose: Purpose { Purpose("demo-sign-in") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Identified {
        let rows = try people.find(
            people.definition.key, equals: key, fields: nameFields, under: grant, in: transaction)
        guard let row = rows.first else { throw Refusal(.notFound, "sign-in.nobody", parameters: ["key": key]) }
        let name = nameFields.compactMap { row.data[$0]?.string }.joined(separator: " ")
        // Documents of hers that are due are issued while she reads the first page.
        try grant.order("documents.refresh", subject: row.record, payload: ["person": .string(row.record)], in: transaction)
        return .citizen(record: row.record, name: name, isDemo: true)
    }
}

/// Demo sign-in as one of the officers or overseers of `bodies.yaml`; the house journal keeps it.
package struct SignInAsOfficer: UseCase {
    package static let action = Action.changes("identity.sign-in")

    private let id: String
    private let bodies: [BodyDefinition]

    package init(id: String, bodies: [BodyDefinition]) {
        self.id = id
        self.bodies = bodies
    }

    package var resource: Resource { Resource("session") }
    package var purpose: Purpose { Purpose("demo-sign-in") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Identified {
        for body in bodies {
            if let officer = body.officers.first(where: { $0.id == id }) { return .officer(officer, of: body, isDemo: true) }
        }
        throw Refusal(.notFound, "sign-in.nobody", parameters: ["key": id])
    }
}
