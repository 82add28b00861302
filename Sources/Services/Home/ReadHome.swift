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
        /// Those that are not at their end.
        package let cases: [CaseRecord]
        /// Entries about her before this one: all, and since the given time.
        package let accesses: Int
        package let accessesToday: Int
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Home {
        Home(
            documents: try HeldDocuments.current(of: person, under: grant, in: transaction),
            cases: try CaseRecord.list(of: person, in: CaseRecord.State.allCases.filter(\.isOpen), under: grant, in: transaction),
            accesses: try AuditLog.lastNumber(about: person, in: transaction),
            accessesToday: try AuditLog.count(about: person, since: since, in: transaction))
    }
}

/// A citizen's cases: those begun and not sent, and a page of those sent.
package struct ListCases: UseCase {
    package static let action = Action.reads("case.list-own")
    private let person: String
    private let before: String?

    /// - Parameter before: the last case of the page before; nil for the latest.
    package init(person: String, before: String? = nil) {
        self.person = person
        self.before = before
    }

    package var resource: Resource { Resource("case", person: person) }
    package var purpose: Purpose { Purpose("own-data") }

    package struct Page: Sendable {
        package let begun: [CaseRecord]
        package let sent: [CaseRecord]
        /// Whether older ones were sent.
        package let hasMore: Bool

        package var isEmpty: Bool { begun.isEmpty && sent.isEmpty }
    }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Page {
        let begun = try CaseRecord.list(of: person, in: [.draft], under: grant, in: transaction)
        let (sent, hasMore) = try CaseRecord.sent(by: person, before: before, under: grant, in: transaction)
        return Page(begun: begun, sent: sent, hasMore: hasMore)
    }
}
