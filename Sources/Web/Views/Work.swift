package import Kernel
package import Templates

/// An officer's queue: what the rule could not decide.
package struct QueueView: PageView {
    package static let template = "queue"
    package struct Item: Hashable, Sendable {
        package var reference: String
        package var address: String
        package var service: String
        /// What has to be decided, as a question.
        package var question: String
        package var deadline: Instant?
        package var shape: Shape
        package var status: String
        package init(reference: String, address: String, service: String, question: String, deadline: Instant?, shape: Shape, status: String) {
            self.reference = reference
            self.address = address
            self.service = service
            self.question = question
            self.deadline = deadline
            self.shape = shape
            self.status = status
        }
    }

    package var heading: String
    package var lead: String
    /// In order of deadline.
    package var items: [Item]
    package var total: Int
    package var query: String
    package var search: String
    package var next: String?

    package init(heading: String, lead: String, items: [Item], total: Int, query: String = "", search: String = Address.work, next: String? = nil) {
        self.heading = heading
        self.lead = lead
        self.items = items
        self.total = total
        self.query = query
        self.search = search
        self.next = next
    }

    package var frame: Frame { .workspace }
    package func title(_ words: Words) -> String { heading }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "heading": heading, "lead": lead, "query": query, "search": search, "isEmpty": items.isEmpty, "hasItems": !items.isEmpty, "work": Address.work,
            "emptyText": query.isEmpty ? words("queue.empty") : words("queue.notFound", ["query": query]), "searched": !query.isEmpty,
            "items": items.map { item -> Fields in
                [
                    "reference": item.reference, "address": item.address, "service": item.service, "question": item.question,
                    "deadline": item.deadline.map(words.deadline) ?? words("queue.noDeadline"), "status": item.status, "mark": Drawing.shape(item.shape),
                ]
            },
            "shown": words("queue.shown", ["shown": words.number(items.count), "total": words.number(total)]), "next": next,
        ]
    }
}

/// A case before the officer: the rule, the facts and their sources, and the decision form.
package struct ReviewView: PageView {
    package static let template = "review"

    package struct Form: Hashable, Sendable {
        package var action: String
        /// Sent as `decision`.
        package var options: [Control.Option]
        package var chosen: String?
        /// Sent as `reason`.
        package var reason: String
        package var hidden: [String: String]
        package init(action: String, options: [Control.Option], chosen: String? = nil, reason: String = "", hidden: [String: String] = [:]) {
            self.action = action
            self.options = options
            self.chosen = chosen
            self.reason = reason
            self.hidden = hidden
        }
    }

    package struct Earlier: Hashable, Sendable {
        package var reference: String
        package var address: String
        package var text: String
        package var outcome: String
        package init(reference: String, address: String, text: String, outcome: String) {
            self.reference = reference
            self.address = address
            self.text = text
            self.outcome = outcome
        }
    }

    package var reference: String
    package var service: String
    package var question: String
    package var applicant: String
    package var back: String
    package var deadline: Instant?
    /// Why the rule left it to a person.
    package var rule: Rule?
    package var conditions: [Condition]
    /// A fact with an address in `change` is a paper, and opens there.
    package var facts: [ValueRow]
    package var earlier: [Earlier]
    package var history: [CaseEvent]
    /// nil once it is decided.
    package var form: Form?
    package var decision: Decision?
    package var faults: [FieldFault]

    package init(
        reference: String, service: String, question: String, applicant: String, back: String, deadline: Instant?, rule: Rule?, conditions: [Condition] = [],
        facts: [ValueRow], earlier: [Earlier] = [], history: [CaseEvent], form: Form?, decision: Decision? = nil, faults: [FieldFault] = []
    ) {
        self.reference = reference
        self.service = service
        self.question = question
        self.applicant = applicant
        self.back = back
        self.deadline = deadline
        self.rule = rule
        self.conditions = conditions
        self.facts = facts
        self.earlier = earlier
        self.history = history
        self.form = form
        self.decision = decision
        self.faults = faults
    }

    package var frame: Frame { .workspace }
    package var hasFaults: Bool { !faults.isEmpty }
    package func title(_ words: Words) -> String { words("review.case", ["reference": reference, "service": service]) }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "back": back, "backLabel": words("queue.title"), "case": title(words), "question": question,
            "deadline": deadline.map { words("review.before", ["date": words.deadline($0)]) }, "deadlineMark": Drawing.shape(.diamond),
            "rule": rule?.fields(words), "conditions": conditions.map { $0.fields(words) }, "hasConditions": !conditions.isEmpty,
            "facts": facts.map { $0.fields(words) }, "seen": words.count("review.seen", facts.count, ["name": applicant]),
            "earlier": earlier.map { ["reference": $0.reference, "address": $0.address, "text": $0.text, "outcome": $0.outcome] as Fields }, "hasEarlier": !earlier.isEmpty,
            "history": history.map { $0.fields(words) }, "hasHistory": !history.isEmpty,
            "summary": faultFields(faults, anchors: ["decision": "decision-0", "reason": "reason"], words),
            "decision": decision?.fields(words),
            "form": form.map { form -> Fields in
                [
                    "action": form.action,
                    "options": form.options.enumerated().map { index, option in
                        ["id": "decision-\(index)", "value": option.value, "label": option.label, "hint": option.hint, "checked": option.value == form.chosen] as Fields
                    },
                    "decisionFault": faults.first { $0.field == "decision" }?.message, "reasonFault": faults.first { $0.field == "reason" }?.message, "faultMark": Drawing.shape(.square),
                    "reason": form.reason, "reasonLabel": words("review.reason", ["name": applicant]),
                    "hidden": form.hidden.sorted { $0.key < $1.key }.map { ["name": $0.key, "value": $0.value] as Fields },
                ]
            },
        ]
    }
}

/// What the log says of the whole house, for those who watch over it and for everyone.
package struct OversightView: PageView {
    package static let template = "oversight"
    package struct Action: Hashable, Sendable {
        package var title: String
        package var done: Int
        package var refused: Int
        package var failed: Int
        package init(title: String, done: Int, refused: Int, failed: Int) {
            self.title = title
            self.done = done
            self.refused = refused
            self.failed = failed
        }
    }
    /// An entry that did not end well.
    package struct Entry: Hashable, Sendable {
        package var at: Instant
        package var deed: String
        /// Body and role; never a citizen's name.
        package var who: String
        package var isRefusal: Bool
        package var reference: String?
        package init(at: Instant, deed: String, who: String, isRefusal: Bool, reference: String?) {
            self.at = at
            self.deed = deed
            self.who = who
            self.isRefusal = isRefusal
            self.reference = reference
        }
    }

    package var size: Int
    /// Committed entries that the log has not numbered yet.
    package var waiting: Int
    package var root: String
    package var signedAt: Instant?
    package var origin: String
    package var logKey: String
    package var actions: [Action]
    /// Newest first.
    package var troubles: [Entry]
    package var since: CalendarDate?

    package init(
        size: Int, waiting: Int, root: String, signedAt: Instant?, origin: String, logKey: String, actions: [Action], troubles: [Entry], since: CalendarDate?
    ) {
        self.size = size
        self.waiting = waiting
        self.root = root
        self.signedAt = signedAt
        self.origin = origin
        self.logKey = logKey
        self.actions = actions
        self.troubles = troubles
        self.since = since
    }

    package var frame: Frame { .workspace }
    package func title(_ words: Words) -> String { words("oversight.title") }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        let most = actions.map { $0.done + $0.refused + $0.failed }.max() ?? 1
        return [
            "mark": Drawing.large(signedAt == nil ? nil : .granted), "heading": words(signedAt == nil ? "oversight.unsigned" : "oversight.runs"),
            "lead": [signedAt.map { words("oversight.signed", ["moment": words.moment($0)]) }, since.map { words("oversight.since", ["date": words.date($0)]) }].compactMap { $0 }.joined(separator: " "),
            "strip": [
                ["label": words("oversight.entries"), "value": words.number(size)],
                ["label": words("oversight.waiting"), "value": words.number(waiting)],
                ["label": words("oversight.refused"), "value": words.number(actions.reduce(0) { $0 + $1.refused })],
                ["label": words("oversight.failed"), "value": words.number(actions.reduce(0) { $0 + $1.failed })],
            ] as [Fields],
            "actions": actions.map { action -> Fields in
                [
                    "title": action.title, "done": words.number(action.done), "refused": words.number(action.refused), "failed": words.number(action.failed),
                    "bar": Drawing.bar(done: action.done, stopped: action.refused + action.failed, of: max(most, 1)),
                ]
            },
            "hasActions": !actions.isEmpty,
            "troubles": troubles.map { entry -> Fields in
                [
                    "moment": words.moment(entry.at), "stamp": entry.at.rfc3339, "deed": entry.deed, "who": entry.who, "reference": entry.reference, "mark": Drawing.shape(.square),
                    "word": words(entry.isRefusal ? "oversight.refusedOne" : "oversight.failedOne"),
                ]
            },
            "hasTroubles": !troubles.isEmpty,
            "rows": [
                ValueRow(label: words("oversight.origin"), value: .text(origin)), ValueRow(label: words("oversight.root"), value: .text(root)),
                ValueRow(label: words("oversight.key"), value: .text(logKey)),
            ].map { $0.fields(words) },
        ]
    }
}
