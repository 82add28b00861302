package import Kernel

/// What surrounds every page: who is reading, in which language, and what must be announced.
package struct Chrome: Sendable {
    package var language: String
    /// The state's languages in its own order.
    package var languages: [String]
    package var stateName: String
    /// Path and query of the present page, to come back to after a change of language.
    package var path: String
    package var now: Instant
    package var zone: TimeZoneRules
    package var account: Account?
    /// The token every form of the page sends back; nil for a reader without a session.
    package var csrf: String?
    package var workspace: Workspace?
    package var notices: [Notice]

    package init(
        language: String, languages: [String], stateName: String, path: String, now: Instant, zone: TimeZoneRules,
        account: Account? = nil, csrf: String? = nil, workspace: Workspace? = nil, notices: [Notice] = []
    ) {
        self.language = language
        self.languages = languages
        self.stateName = stateName
        self.path = path
        self.now = now
        self.zone = zone
        self.account = account
        self.csrf = csrf
        self.workspace = workspace
        self.notices = notices
    }

    package struct Account: Sendable, Hashable {
        package enum Kind: Sendable, Hashable { case citizen, officer, overseer }
        package var kind: Kind
        package var name: String
        /// What is said beside the name: a citizen's identity number, an officer's role.
        package var detail: String

        package init(kind: Kind, name: String, detail: String) {
            self.kind = kind
            self.name = name
            self.detail = detail
        }

        /// First letters of the first and the last name.
        package var initials: String {
            let words = name.split(separator: " ")
            guard let first = words.first?.first else { return "·" }
            let last = words.count > 1 ? words[words.count - 1].first.map(String.init) ?? "" : ""
            return (String(first) + last).uppercased()
        }
    }

    /// The room of an officer or an overseer: beside the state's name in the masthead, and the list at the side.
    package struct Workspace: Sendable, Hashable {
        package var body: String
        package var room: String
        package var items: [Item]

        package init(body: String, room: String, items: [Item]) {
            self.body = body
            self.room = room
            self.items = items
        }

        package struct Item: Sendable, Hashable {
            package var title: String
            package var count: Int?
            package var address: String
            package var isCurrent: Bool

            package init(title: String, count: Int? = nil, address: String, isCurrent: Bool = false) {
                self.title = title
                self.count = count
                self.address = address
                self.isCurrent = isCurrent
            }
        }
    }

    package enum Notice: Sendable, Hashable {
        /// Everyone here is made up, and anyone can sign in as anyone.
        case demo
        /// The page came over a plain address: cookies are not bound to a secure connection.
        case plainAddress
        /// Nothing can be changed at present; reading goes on.
        case readOnly
    }
}
