package import Kernel
package import Templates

/// Something that happened in a case.
package struct CaseEvent: Hashable, Sendable {
    package var at: Instant
    /// "Solicitud recibida"
    package var title: String
    /// Who did it, and what was said.
    package var detail: String?
    package var shape: Shape

    package init(at: Instant, title: String, detail: String? = nil, shape: Shape) {
        self.at = at
        self.title = title
        self.detail = detail
        self.shape = shape
    }

    func fields(_ words: Words) -> Fields {
        ["title": title, "detail": detail, "moment": words.moment(at), "stamp": at.rfc3339, "mark": Drawing.shape(shape)]
    }
}

/// A citizen's case: how it stands, what is asked of her, what was decided and why, and everything that happened.
package struct CaseView: PageView {
    package static let template = "case"

    /// An officer asks for one thing more. Answered by a text field named `answer`, a file named `paper`, or both; the form is multipart.
    package struct Request: Hashable, Sendable {
        package var wanted: String
        package var reason: String?
        package var until: CalendarDate?
        package var action: String
        package var typed: String
        package var hidden: [String: String]
        package init(wanted: String, reason: String?, until: CalendarDate?, action: String, typed: String = "", hidden: [String: String] = [:]) {
            self.wanted = wanted
            self.reason = reason
            self.until = until
            self.action = action
            self.typed = typed
            self.hidden = hidden
        }
    }

    /// An appeal being written. One text field named `grounds`.
    package struct AppealForm: Hashable, Sendable {
        package var action: String
        package var typed: String
        package var hidden: [String: String]
        package init(action: String, typed: String = "", hidden: [String: String] = [:]) {
            self.action = action
            self.typed = typed
            self.hidden = hidden
        }
    }

    package var service: String
    package var reference: String
    package var shape: Shape
    /// "En revisión"
    package var status: String
    /// What that means for the citizen, and by when.
    package var lead: String?
    package var decision: Decision?
    package var document: Cover?
    package var request: Request?
    package var appealForm: AppealForm?
    package var faults: [FieldFault]
    package var answers: [ValueRow]
    /// Newest first.
    package var history: [CaseEvent]

    package init(
        service: String, reference: String, shape: Shape, status: String, lead: String? = nil, decision: Decision? = nil, document: Cover? = nil,
        request: Request? = nil, appealForm: AppealForm? = nil, faults: [FieldFault] = [], answers: [ValueRow], history: [CaseEvent]
    ) {
        self.service = service
        self.reference = reference
        self.shape = shape
        self.status = status
        self.lead = lead
        self.decision = decision
        self.document = document
        self.request = request
        self.appealForm = appealForm
        self.faults = faults
        self.answers = answers
        self.history = history
    }

    package var tab: Tab? { .services }
    package var hasFaults: Bool { !faults.isEmpty }
    package func title(_ words: Words) -> String { service + ", " + reference }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        let fields = [request == nil ? nil : "answer", appealForm == nil ? nil : "grounds"].compactMap { $0 }
        return [
            "back": Address.services, "backLabel": words("tab.services"), "service": service, "reference": reference, "status": status, "lead": lead,
            "mark": Drawing.shape(shape), "hasDecision": decision != nil, "open": decision == nil, "decision": decision?.fields(words),
            "document": document?.fields(words, drawing, isWhole: false),
            "summary": faultFields(faults, anchors: Dictionary(uniqueKeysWithValues: fields.map { ($0, $0) }), words),
            "request": request.map { request -> Fields in
                [
                    "wanted": request.wanted, "reason": request.reason, "action": request.action, "typed": request.typed, "mark": Drawing.shape(.diamond),
                    "until": request.until.map { words("case.requestUntil", ["date": words.date($0)]) },
                    "fault": faults.first { $0.field == "answer" }?.message, "faultMark": Drawing.shape(.square), "hidden": hidden(request.hidden),
                ]
            },
            "appealForm": appealForm.map { form -> Fields in
                [
                    "action": form.action, "typed": form.typed, "fault": faults.first { $0.field == "grounds" }?.message, "faultMark": Drawing.shape(.square),
                    "hidden": hidden(form.hidden),
                ]
            },
            "answers": answers.map { $0.fields(words) }, "hasAnswers": !answers.isEmpty,
            "history": history.map { $0.fields(words) },
        ]
    }

    private func hidden(_ fields: [String: String]) -> [Fields] { fields.sorted { $0.key < $1.key }.map { ["name": $0.key, "value": $0.value] } }
}
