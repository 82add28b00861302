internal import Kernel
package import Templates

/// The state's front door for a reader who has not signed in.
package struct WelcomeView: PageView {
    package static let template = "welcome"
    package var services: [RowView]
    /// Whether signing in means choosing a made-up person.
    package var isDemo: Bool

    package init(services: [RowView], isDemo: Bool) {
        self.services = services
        self.isDemo = isDemo
    }

    package func title(_ words: Words) -> String { words("welcome.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "heading": drawing.stateName, "signIn": Address.signIn, "isDemo": isDemo, "search": Address.services,
            "services": services.map { $0.fields(words) }, "hasServices": !services.isEmpty, "all": Address.services,
            "doors": [
                RowView(title: words("welcome.verify"), meta: words("welcome.verifyMeta"), shape: .ball, address: Address.verify),
                RowView(title: words("welcome.log"), meta: words("welcome.logMeta"), shape: .ring, address: Address.log),
            ].map { $0.fields(words) },
        ]
    }
}

/// The demo's sign-in: a made-up person, officer or overseer is chosen, and nobody is asked to prove anything.
package struct SignInView: PageView {
    package static let template = "signin"
    package var people: [Person]
    /// What was searched for, by name or identity number.
    package var query: String
    /// How many people match; more than are shown when the list was cut.
    package var total: Int
    package var officers: [Person]
    package var overseers: [Person]
    /// Where to go after signing in.
    package var next: String?

    package struct Person: Sendable, Hashable {
        /// The value that the form sends as `person`, `officer` or `overseer`.
        package var id: String
        package var name: String
        /// Identity number, or role and body.
        package var detail: String

        package init(id: String, name: String, detail: String) {
            self.id = id
            self.name = name
            self.detail = detail
        }
    }

    package init(people: [Person], query: String, total: Int, officers: [Person], overseers: [Person], next: String? = nil) {
        self.people = people
        self.query = query
        self.total = total
        self.officers = officers
        self.overseers = overseers
        self.next = next
    }

    package func title(_ words: Words) -> String { words("signin.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        func group(_ people: [Person], _ kind: String) -> [Fields] {
            people.map { ["id": $0.id, "name": $0.name, "detail": $0.detail, "kind": kind, "next": next, "action": Address.signIn] }
        }
        let found: String? =
            people.isEmpty ? words("signin.nobody", ["query": query])
            : total > people.count ? words("signin.cut", ["shown": words.number(people.count), "total": words.number(total)]) : nil
        return [
            "action": Address.signIn, "query": query, "next": next, "people": group(people, "person"), "found": found,
            "officers": group(officers, "officer"), "hasOfficers": !officers.isEmpty,
            "overseers": group(overseers, "overseer"), "hasOverseers": !overseers.isEmpty, "mark": Drawing.shape(.ring),
        ]
    }
}
