package import Gate
internal import Hummingbird
internal import Identity
internal import Kernel

/// One door of the portal: a method, a path, who may come in, and the use cases that it leads to.
///
/// `Tests/HouseTests` reads this list: a route without an action is public and reads no person's data; every action of a
/// route is one that some policy speaks of.
package struct Route: Sendable {
    package enum Method: String, Sendable { case get = "GET", post = "POST" }
    package enum Entrance: Sendable, Hashable {
        /// Anybody; the handler performs no use case that touches a person, or the sign-in alone.
        case everyone
        case citizen, officer, overseer
    }

    package let method: Method
    /// Hummingbird's path, with `{name}` for a parameter.
    package let path: String
    package let entrance: Entrance
    package let actions: [Action]
    /// Exists only where `state.yaml` says `mode: demo`.
    package let isDemoOnly: Bool
    let handle: @Sendable (Visit) async throws -> Reply

    /// Whether people ask for it, and a page is made.
    var isPage: Bool { !path.utf8.starts(with: Visit.programs.utf8) }

    /// What a request of this route takes of its sender's quota.
    var meter: Quotas.Meter {
        if method == .post, path == Address.signIn { return .signIn }
        if !actions.isEmpty { return .personal }
        return method == .post ? .openForm : .open
    }

    static func get(
        _ path: String, _ entrance: Entrance, _ actions: [Action] = [], demoOnly: Bool = false,
        _ handle: @escaping @Sendable (Visit) async throws -> Reply
    ) -> Route {
        Route(method: .get, path: path, entrance: entrance, actions: actions, isDemoOnly: demoOnly, handle: handle)
    }

    static func post(
        _ path: String, _ entrance: Entrance, _ actions: [Action] = [], demoOnly: Bool = false,
        _ handle: @escaping @Sendable (Visit) async throws -> Reply
    ) -> Route {
        Route(method: .post, path: path, entrance: entrance, actions: actions, isDemoOnly: demoOnly, handle: handle)
    }

    /// The whole portal.
    package static var all: [Route] {
        // The router compares a path with its first parts in this order; programs ask oftener than people.
        api + welcome + signIn + home + documents + services + rules + applications + cases + history + verification + work + oversight + log
    }

    /// Lets in whom the route is for.
    func admit(_ visit: Visit) throws {
        let kind: Principal.Kind
        switch entrance {
        case .everyone: return
        case .citizen: kind = .citizen
        case .officer: kind = .officer
        case .overseer: kind = .overseer
        }
        guard try visit.signedIn().principal.kind == kind else {
            throw Refusal(.forbidden, "session.wrong-kind")
        }
    }
}
