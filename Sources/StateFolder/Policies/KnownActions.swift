/// The actions that the house has, for policies to name. A use case's action stands here or no policy can permit it.
package enum KnownActions {
    package enum Effect: Hashable, Sendable { case reads, changes }

    package static let all: [(name: String, effect: Effect)] = [
        ("audit.read-own", .reads),
        ("case.answer", .changes),
        ("case.continue", .changes),
        ("case.decide", .reads),
        ("case.discard", .changes),
        ("case.list-own", .reads),
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
        ("home.read-own", .reads),
        ("identity.sign-in", .changes),
        ("log.oversee", .reads),
        ("paper.read", .reads),
        ("register.import", .changes),
        ("service.dry-run", .reads),
        ("task.decide", .changes),
        ("task.list", .reads),
    ]

    package static let names: Set<String> = Set(all.map { $0.name })

    /// The kinds of things that a rule can be about, apart from `register/<name>`.
    package static let resources: Set<String> = ["case", "document", "home", "log", "service", "session", "task"]

    /// What a service task of a process can ask for.
    package static let operations: Set<String> = ["register.create", "document.issue"]
}
