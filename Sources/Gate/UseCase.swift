package import Kernel
package import Storage

/// One thing that somebody may do to people's data, and the only shape in which it can be done.
///
/// A use case is a value: what is asked, about what, and why. ``Platform/perform(_:as:)`` runs it under a ``Grant`` in one
/// durable transaction. It may run twice when the store loses a batch (Storage-2), so it changes nothing but the
/// transaction; parsing, signing and rendering happen before or after.
package protocol UseCase: Sendable {
    associatedtype Output: Sendable
    static var action: Action { get }
    /// What it is about; the policy looks up the resource's facts in the same transaction.
    var resource: Resource { get }
    /// Why, as the citizen will read it in her log.
    var purpose: Purpose { get }
    /// Set where a repeated request must give the first one's answer.
    var repetition: Repetition? { get }
    /// **Throws** a `Refusal` for what the outside may know; any other error becomes a reference.
    func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Output
    /// The answer as it is kept for repetitions. Needed where ``repetition`` is set.
    static func remember(_ output: Output) -> JSON?
    static func recall(_ json: JSON) -> Output?
}

extension UseCase {
    package var repetition: Repetition? { nil }
    package static func remember(_ output: Output) -> JSON? { nil }
    package static func recall(_ json: JSON) -> Output? { nil }
}

/// A use case's name in policies and in the log, and whether it changes anything.
package struct Action: Hashable, Sendable {
    package enum Effect: Sendable { case reads, changes }
    /// Dotted, lower case: `case.submit`.
    package let name: String
    package let effect: Effect

    package static func reads(_ name: String) -> Action { Action(name: name, effect: .reads) }
    package static func changes(_ name: String) -> Action { Action(name: name, effect: .changes) }
}

/// What a use case is about: a kind, and where there is one its identifier.
package struct Resource: Hashable, Sendable {
    /// `register/person`, `document`, `case`, `task`, `service`, `log`, `session` …
    package let kind: String
    package let id: String?
    /// The person concerned, where the caller knows her and no fact source has to look her up.
    package let person: String?

    package init(_ kind: String, id: String? = nil, person: String? = nil) {
        self.kind = kind
        self.id = id
        self.person = person
    }
}

/// Why somebody wants to see or change data: an identifier of `policies.yaml`, and the case it serves.
package struct Purpose: Hashable, Sendable {
    package let id: String
    package let caseReference: String?

    package init(_ id: String, case caseReference: String? = nil) {
        self.id = id
        self.caseReference = caseReference
    }
}

/// A request's identity for repetitions.
///
/// **Shape** `key`: 1…128 characters chosen by the caller; `requestHash`: the hash of everything that the request asks.
package struct Repetition: Hashable, Sendable {
    package let key: String
    package let requestHash: Digest

    package init(key: String, requestHash: Digest) {
        self.key = key
        self.requestHash = requestHash
    }

    /// Hashes the request's canonical JSON.
    package init(key: String, request: JSON) {
        self.init(key: key, requestHash: SHA256.hash(Array(request.canonical.utf8)))
    }
}
