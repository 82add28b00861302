/// Who acts. Made by Identity alone (`Tests/HouseTests` holds the house to it).
package struct Principal: Hashable, Sendable {
    package enum Kind: String, Sendable {
        case citizen, officer, overseer
        /// A rule, an errand or an import of the platform itself.
        case system
    }
    package let kind: Kind
    /// Stable and unique within its kind: the person's record for a citizen, the officer's identifier, a system's name.
    package let id: String
    /// How the log names her: an officer's name; empty for a citizen.
    package let name: String
    /// The body for which an officer, an overseer or a system acts.
    package let body: String?
    /// `body/role` of each role held.
    package let roles: Set<String>
    /// The session that vouches for her, so that ending it ends her authority.
    package let session: String?

    package init(kind: Kind, id: String, name: String, body: String?, roles: Set<String>, session: String?) {
        self.kind = kind
        self.id = id
        self.name = name
        self.body = body
        self.roles = roles
        self.session = session
    }

    /// The person who acts, when a citizen does.
    package var person: String? { kind == .citizen ? id : nil }

    /// Unique over all kinds; keys of idempotency belong to it.
    package var key: String { kind.rawValue + ":" + id }
}
