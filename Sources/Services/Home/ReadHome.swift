import Audit
package import Gate
package import Issuance
package import Kernel
package import Storage

/// A citizen's home page: her documents, her open cases, and how often her data were used. One access, one entry.
package struct ReadHome: UseCase {
    package static let action = Action.reads("home.read-own")
    private let person: String
    private let since: Instant

    package init(person: String, since: Instant) {
        self.person = person
        self.since = since
    }

    package var resource: Resource { Resource("home", person: person) }
    package var purpose: Purpose { Purpose("own-data") }

    package struct Home: Sendable {
        package let documents: [IssuedDocument]
        package let cases: [CaseRecord]
        /// Entries about her before this one: all, and since the given time.
        package let accesses: Int
        package let accessesToday: Int
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Home {
        Home(
            documents: try HeldDocuments.current(of: person, under: grant, in: transaction),
            cases: try CaseRecord.list(of: person, under: grant, in: transaction),
            accesses: try AuditLog.lastNumber(about: person, in: transaction),
            accessesToday: try AuditLog.count(about: person, since: since, in: transaction))
    }
}

/// All cases of a citizen.
package struct ListCases: UseCase {
    package static let action = Action.reads("case.list-own")
    private let person: String

    package init(person: String) { self.person = person }

    package var resource: Resource { Resource("case", person: person) }
    package var purpose: Purpose { Purpose("own-data") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> [CaseRecord] {
        try CaseRecord.list(of: person, under: grant, in: transaction)
    }
}
