package import Gate
import StateFolder

/// Somebody whose identity was established: what a sign-in brings, and what a session is begun with.
package struct Identified: Hashable, Sendable {
    let kind: Principal.Kind
    /// The person's record, or the officer's identifier.
    package let id: String
    package let displayName: String
    let body: String?
    let roles: Set<String>
    /// Whether a demonstration vouches for her, where anybody may be anybody: a live state takes no such word.
    let isDemo: Bool

    /// A citizen: the person's record.
    static func citizen(record: String, name: String, isDemo: Bool) -> Identified {
        Identified(kind: .citizen, id: record, displayName: name, body: nil, roles: [], isDemo: isDemo)
    }

    /// An officer of the state folder; overseers are officers of a body that oversees.
    static func officer(_ officer: OfficerDefinition, of body: BodyDefinition, isDemo: Bool) -> Identified {
        let kind: Principal.Kind = body.oversees ? .overseer : .officer
        return Identified(
            kind: kind, id: officer.id, displayName: officer.name, body: body.id, roles: ["\(body.id)/\(officer.role)"], isDemo: isDemo)
    }

    package func principal(session: String?) -> Principal {
        Principal(
            kind: kind, id: id, name: kind == .citizen ? "" : displayName, body: body, roles: roles, session: session)
    }
}

/// The platform's own principals: rules, imports and errands act under a name, for a body, and under the same policy.
package enum SystemPrincipals {
    package static let signIn = system("sign-in")
    package static let imports = system("imports")
    package static let rules = system("rules")
    package static let issuance = system("issuance")

    private static func system(_ name: String) -> Principal {
        Principal(kind: .system, id: name, name: name, body: nil, roles: [], session: nil)
    }
}
