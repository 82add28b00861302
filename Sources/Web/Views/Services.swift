package import Kernel
package import Templates

/// The catalogue: all services, or those that a search finds.
package struct ServicesView: PageView {
    package static let template = "services"
    package var query: String
    package var services: [RowView]
    /// Applications that were begun and not sent.
    package var begun: [RowView]
    package var cases: [RowView]
    /// Where cases sent before these are listed.
    package var older: String?

    package init(query: String = "", services: [RowView], begun: [RowView] = [], cases: [RowView] = [], older: String? = nil) {
        self.query = query
        self.services = services
        self.begun = begun
        self.cases = cases
        self.older = older
    }

    package var tab: Tab? { .services }
    package func title(_ words: Words) -> String { words("services.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "query": query, "search": Address.services, "services": services.map { $0.fields(words) }, "none": services.isEmpty, "all": Address.services,
            "noneText": query.isEmpty ? words("services.empty") : words("services.notFound", ["query": query]), "searched": !query.isEmpty,
            "begun": begun.map { $0.fields(words) }, "hasBegun": !begun.isEmpty, "cases": cases.map { $0.fields(words) }, "hasCases": !cases.isEmpty,
            "older": older,
        ]
    }
}

/// Where a service begins: what for, the facts, start, who may, what is needed, the rule.
package struct ServiceStartView: PageView {
    package static let template = "start"
    package var title: String
    package var purpose: String
    package var body: String
    package var minutes: Int
    /// "Al instante"; nil says that an officer answers.
    package var answer: String
    package var fee: Money?
    /// Where the first question is, or the sign-in that leads to it.
    package var start: String
    /// An application was begun: the last time it was kept.
    package var begunAt: Instant?
    /// Whether the start button is a form that makes an application (POST) or a plain link.
    package var startIsForm: Bool
    package var who: [Condition]
    package var needs: [String]
    package var rule: Rule
    /// The public page with all its tables.
    package var wholeRule: String
    /// Where the dry run is asked for (POST); nil for a reader who has not signed in.
    package var dryRun: String?
    package var isSignedIn: Bool

    package init(
        title: String, purpose: String, body: String, minutes: Int, answer: String, fee: Money?, start: String, startIsForm: Bool, begunAt: Instant? = nil,
        who: [Condition], needs: [String], rule: Rule, wholeRule: String, dryRun: String?, isSignedIn: Bool
    ) {
        self.title = title
        self.purpose = purpose
        self.body = body
        self.minutes = minutes
        self.answer = answer
        self.fee = fee
        self.start = start
        self.startIsForm = startIsForm
        self.begunAt = begunAt
        self.who = who
        self.needs = needs
        self.rule = rule
        self.wholeRule = wholeRule
        self.dryRun = dryRun
        self.isSignedIn = isSignedIn
    }

    package var tab: Tab? { .services }
    package func title(_ words: Words) -> String { title }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        let known = who.count { $0.met != nil }
        return [
            "back": Address.services, "backLabel": words("tab.services"), "title": title, "purpose": purpose,
            "strip": [
                ["label": words("start.takes"), "value": words.count("word.minutes", minutes)],
                ["label": words("start.answer"), "value": answer],
                ["label": words("start.costs"), "value": words.price(fee)],
            ] as [Fields],
            "start": start, "startIsForm": startIsForm, "startIsLink": !startIsForm,
            "startLabel": words(!isSignedIn ? "start.signIn" : begunAt == nil ? "start.begin" : "start.resume"),
            "begun": begunAt.map { words("start.begun", ["moment": words.moment($0)]) },
            "who": who.map { $0.fields(words) }, "hasWho": !who.isEmpty,
            "known": known == 0 ? nil : words.count("start.known", known), "needs": needs, "hasNeeds": !needs.isEmpty,
            "rule": rule.fields(words), "wholeRule": wholeRule, "dryRun": dryRun, "body": body,
        ]
    }
}

/// What a register holds, who keeps it, and how to have it put right: the way behind a prefilled value.
package struct RegisterView: PageView {
    package static let template = "register"
    package var title: String
    package var body: String
    package var fields: [String]
    package var isPublic: Bool

    package init(title: String, body: String, fields: [String], isPublic: Bool) {
        self.title = title
        self.body = body
        self.fields = fields
        self.isPublic = isPublic
    }

    package func title(_ words: Words) -> String { title }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "title": title, "body": body, "fields": fields, "access": words(isPublic ? "register.public" : "register.private"),
            "contest": words("register.contestText", ["body": body]),
        ]
    }
}
