/// The actions that the house has, for policies to name. A use case's action stands here or no policy can permit it.
package enum KnownActions {
    package enum Effect: Hashable, Sendable { case reads, changes }

    package static let all: [(name: String, effect: Effect)] = [
        ("audit.read-own", .reads),
        ("case.answer", .changes),
        ("case.decide", .changes),
        ("case.discard", .changes),
        ("case.read-own", .reads),
        ("case.review", .reads),
        ("case.start", .changes),
        ("case.submit", .changes),
        ("case.supply-paper", .changes),
        ("decision.record", .changes),
        ("document.issue", .changes),
        ("document.list-own", .reads),
        ("document.prepare", .reads),
        ("document.read-own", .reads),
        ("identity.sign-in", .changes),
        ("log.oversee", .reads),
        ("person.read-own", .reads),
        ("public.none", .reads),
        ("register.import", .changes),
        ("register.row-create", .changes),
        ("service.dry-run", .reads),
        ("task.ask-paper", .changes),
        ("task.decide", .changes),
        ("task.list", .reads),
    ]

    package static let names: Set<String> = Set(all.map { $0.name })

    /// The kinds of things that a rule can be about, apart from `register/<name>`.
    package static let resources: Set<String> = ["case", "document", "log", "person", "service", "session", "task"]

    /// What a service task of a process can ask for.
    package static let operations: Set<String> = ["register.create", "document.issue"]
}
