package import Kernel
package import Templates

/// A rule in plain words and the law it stands in.
package struct Rule: Hashable, Sendable {
    /// In the citizen's words; nil names the law alone.
    package var quote: String?
    package var law: String
    package var address: String?
    /// What the officer has to judge, in a word or two.
    package var note: String?

    package init(quote: String?, law: String, address: String? = nil, note: String? = nil) {
        self.quote = quote
        self.law = law
        self.address = address
        self.note = note
    }

    func fields(_ words: Words) -> Fields {
        ["quote": quote.map { words("rule.quote", ["text": $0]) }, "law": law, "address": address, "plain": address == nil, "note": note]
    }
}

/// One condition of a rule, the person's own fact, and its source.
package struct Condition: Hashable, Sendable {
    /// nil: not known yet, or not the rule's to decide.
    package var met: Bool?
    /// "Tienes 34 años", or before anyone asked, "Tener 18 años o más".
    package var text: String
    package var source: String?
    package var asOf: Instant?

    package init(met: Bool?, text: String, source: String? = nil, asOf: Instant? = nil) {
        self.met = met
        self.text = text
        self.source = source
        self.asOf = asOf
    }

    func fields(_ words: Words) -> Fields {
        let origin = source.map { source in asOf.map { words("source.asOf", ["source": source, "moment": words.moment($0)]) } ?? source }
        let mark = switch met {
        case true?: Drawing.tick
        case false?: Drawing.cross
        case nil: Drawing.shape(.ring)
        }
        return [
            "text": text, "source": origin, "failed": met == false,
            "mark": mark,
            "spoken": words(met == nil ? "condition.open" : met == true ? "condition.met" : "condition.failed"),
        ]
    }
}

/// What was decided, why, by whom, and what can be done about it.
package struct Decision: Hashable, Sendable {
    package enum Outcome: Hashable, Sendable { case granted, refused, referred }
    package enum Decider: Hashable, Sendable {
        /// The rule alone.
        case rule(at: Instant)
        case officer(String, body: String, at: Instant)
    }
    package struct Remedy: Hashable, Sendable {
        package var text: String
        package var label: String
        package var address: String
        package init(text: String, label: String, address: String) {
            self.text = text
            self.label = label
            self.address = address
        }
    }
    package struct Appeal: Hashable, Sendable {
        package var until: CalendarDate
        package var body: String
        /// Where the appeal is made; nil once the last day has passed.
        package var address: String?
        package init(until: CalendarDate, body: String, address: String?) {
            self.until = until
            self.body = body
            self.address = address
        }
    }

    package var outcome: Outcome
    /// "Tu empresa individual está inscrita"
    package var title: String
    /// Effect and date.
    package var lead: String?
    package var rule: Rule?
    /// A refusal shows the failing ones first, whatever their order here.
    package var conditions: [Condition]
    /// The officer's own reason, as the citizen reads it.
    package var reason: String?
    package var decider: Decider?
    package var remedy: Remedy?
    package var appeal: Appeal?
    /// Where a person is asked to look at what a rule decided.
    package var review: String?
    /// The public page with the rule's tables.
    package var wholeRule: String?
    /// What the rule that would have granted asks for, where a refusal is the rule's.
    package var missing: [Missing]
    /// The account of the decision as a file: what anybody recomputes.
    package var account: String?

    /// A cell that kept the granting rule from matching.
    package struct Missing: Sendable, Hashable {
        package var label: String
        /// "18 or more"
        package var wanted: String
        package var value: String

        package init(label: String, wanted: String, value: String) {
            self.label = label
            self.wanted = wanted
            self.value = value
        }
    }

    package init(
        outcome: Outcome, title: String, lead: String? = nil, rule: Rule?, conditions: [Condition], reason: String? = nil, decider: Decider?,
        remedy: Remedy? = nil, appeal: Appeal? = nil, review: String? = nil, wholeRule: String? = nil, missing: [Missing] = [],
        account: String? = nil
    ) {
        self.outcome = outcome
        self.title = title
        self.lead = lead
        self.rule = rule
        self.conditions = conditions
        self.reason = reason
        self.decider = decider
        self.remedy = remedy
        self.appeal = appeal
        self.review = review
        self.wholeRule = wholeRule
        self.missing = missing
        self.account = account
    }

    func fields(_ words: Words) -> Fields {
        let ordered = outcome == .refused ? conditions.filter { $0.met == false } + conditions.filter { $0.met != false } : conditions
        let who: String? = switch decider {
        case .rule(let at): words("decision.byRule", ["time": words.exactTime(at), "date": words.date(words.zone.date(at: at))])
        case .officer(let name, let body, let at): words("decision.byOfficer", ["name": name, "body": body, "moment": words.moment(at)])
        case nil: nil
        }
        let ruleFields = rule?.fields(words)
        return [
            "title": title, "lead": lead, "reason": reason, "mark": Drawing.outcome(outcome), "spoken": words("outcome.\(outcome)"),
            // A refusal leads with what failed; a grant leads with the rule that gives the right.
            "ruleFirst": outcome == .refused ? nil : ruleFields, "ruleLast": outcome == .refused ? ruleFields : nil,
            "conditions": ordered.map { $0.fields(words) }, "hasConditions": !ordered.isEmpty,
            "who": who, "review": review, "wholeRule": wholeRule, "account": account, "hasMissing": !missing.isEmpty,
            "missing": missing.map { ["label": $0.label, "wanted": $0.wanted, "here": words("decision.here", ["value": $0.value])] as Fields },
            "remedy": remedy.map { ["text": $0.text, "label": $0.label, "address": $0.address] as Fields },
            "canDo": remedy != nil || appeal != nil,
            "appeal": appeal.map { appeal -> Fields in
                ["address": appeal.address, "until": words("decision.appealUntil", ["date": words.date(appeal.until), "body": appeal.body])]
            },
        ]
    }
}

/// What the rule would say, asked before applying.
package struct DryRunView: PageView {
    package static let template = "dryrun"
    package var service: String
    package var decision: Decision
    package var start: String
    package var startIsForm: Bool
    package var back: String

    package init(service: String, decision: Decision, start: String, startIsForm: Bool, back: String) {
        self.service = service
        self.decision = decision
        self.start = start
        self.startIsForm = startIsForm
        self.back = back
    }

    package func title(_ words: Words) -> String { decision.title }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "back": back, "backLabel": service, "decision": decision.fields(words), "start": start, "startIsForm": startIsForm, "startIsLink": !startIsForm,
            "mayStart": decision.outcome != .refused, "data": Address.myData,
        ]
    }
}

/// What was sent, its number, and what happens next. Stays true when the page is opened again.
package struct ConfirmationView: PageView {
    package static let template = "confirmation"
    package var service: String
    package var reference: String
    package var sentAt: Instant
    package var decision: Decision
    package var document: Cover?
    /// What happens next, in order, each with its time.
    package var next: [String]
    package var caseAddress: String
    package var contact: String?

    package init(
        service: String, reference: String, sentAt: Instant, decision: Decision, document: Cover?, next: [String], caseAddress: String, contact: String? = nil
    ) {
        self.service = service
        self.reference = reference
        self.sentAt = sentAt
        self.decision = decision
        self.document = document
        self.next = next
        self.caseAddress = caseAddress
        self.contact = contact
    }

    package func title(_ words: Words) -> String { decision.title }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "decision": decision.fields(words), "document": document?.fields(words, drawing, isWhole: false), "service": service,
            "reference": reference, "sent": words("confirmation.sent", ["moment": words.moment(sentAt)]),
            "next": next, "hasNext": !next.isEmpty, "case": caseAddress, "contact": contact, "home": Address.home,
        ]
    }
}
