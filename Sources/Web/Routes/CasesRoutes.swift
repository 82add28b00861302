internal import Gate
internal import Identity
internal import Issuance
internal import Kernel
internal import Messages
internal import Services
internal import StateFolder

extension Route {
    /// A case after it was sent: how it stands, what is asked, what was decided and why.
    static let cases: [Route] = [
        .get("/cases/{id}", .citizen, [ReadCase.action]) { visit in
            let file = try await visit.portal.platform.perform(ReadCase(visit.parameter("id")), as: visit.signedIn().principal)
            if file.record.state == .draft { return .redirect("/cases/\(file.record.id)/resume") }
            let service = try visit.portal.services.service(of: file.record)
            return .page(CasePage(file, service, visit.portal, visit).view())
        },
        // The account of the rule's decision, for whoever wants to recompute it.
        .get("/cases/{id}/decision.json", .citizen, [ReadCase.action]) { visit in
            let record = try await visit.portal.platform.perform(ReadCase(visit.parameter("id")), as: visit.signedIn().principal).record
            guard let account = record.account else { throw Refusal(.notFound, "page.not-found") }
            return .file(account.canonicalBytes, type: "application/json", name: "\(record.reference).json")
        },
        .post("/cases/{id}/papers", .citizen, [SupplyPaper.action, ReadCase.action]) { visit in
            try await visit.portal.supplyPaper(visit)
        },
    ]
}

extension Portal {
    private static let paperFormBytesMax = CasePaper.bytesMax + 64 * 1_024

    fileprivate func supplyPaper(_ visit: Visit) async throws -> Reply {
        let form = try await visit.form(upTo: Self.paperFormBytesMax)
        let id = try visit.parameter("id")
        let principal = try visit.signedIn().principal
        let note = form.trimmed("answer")
        do {
            // What is too long is refused for that, and not read.
            if note.utf8.count <= SupplyPaper.noteLengthMax * 4, let fault = PeopleText.fault(in: note, as: .paragraphs) { throw Refusal(.invalid, "paper.note", faults: [Fault(pointer: "/answer", code: fault.code, message: fault.message)]) }
            let file = form.file("paper").flatMap { $0.bytes.isEmpty ? nil : $0 }
            let paper = try file.map { try SuppliedPaper(bytes: $0.bytes) }
            _ = try await platform.perform(
                SupplyPaper(id, paper: paper, note: note, services: services), as: principal)
            return .redirect("/cases/\(id)")
        } catch let refusal as Refusal where refusal.code.hasPrefix("paper.") {
            let words = pages.words(chrome(visit, workspace: nil))
            let file = try await platform.perform(ReadCase(id), as: principal)
            let page = CasePage(file, try services.service(of: file.record), self, visit)
            let message = refusal.faults.first?.message[visit.language] ?? words.text("refusal.\(refusal.code)", refusal.parameters) ?? refusal.code
            return .page(
                page.view(faults: [FieldFault(field: "answer", message: message)], typed: note),
                status: refusal.status)
        }
    }
}

/// A case's page for its applicant.
struct CasePage {
    private let file: CaseFile
    private let service: ServiceDefinition
    private let portal: Portal
    private let visit: Visit
    private let words: Words

    init(_ file: CaseFile, _ service: ServiceDefinition, _ portal: Portal, _ visit: Visit) {
        self.file = file
        self.service = service
        self.portal = portal
        self.visit = visit
        words = portal.pages.words(portal.chrome(visit, workspace: nil))
    }

    private var record: CaseRecord { file.record }
    private var language: String { visit.language }

    /// The decision that stands, or that the case is with somebody.
    var decision: Decision {
        DecisionPage(service, record.decision, portal, language, account: record.account == nil ? nil : "/cases/\(record.id)/decision.json")
            .view(appeal: appeal, places: places)
    }

    /// What the service's texts may name: the case's number, the day on which an officer has to have answered, the appeal.
    private var places: [String: String] {
        var places = ["reference": record.reference, "days": words.number(service.appeal.days)]
        places["body"] = portal.state.bodyName(service.appeal.body, language)
        if let task = file.openTasks.first { places["deadline"] = words.date(task.dueOn) }
        if let number = file.events.last(where: { $0.kind == .registered })?.details["number"]?.string { places["number"] = number }
        return places
    }

    /// The document that the case brought about.
    var cover: Cover? {
        service.document.flatMap { type in file.documents.first { $0.type == type } }.flatMap { portal.cover($0, visit) }
    }

    /// What happens next: after a grant in the service's own words; a refusal says below what can be done.
    var next: [String] {
        switch decision.outcome {
        case .granted: [service.text("next", language)]
        case .referred: [words("confirmation.nextReferred"), words("confirmation.nextAsked")]
        case .refused: []
        }
    }

    private var isDecided: Bool { record.state == .granted || record.state == .refused }

    /// Until when and with whom the decision can be contested; the way itself is on paper and in person at that body.
    private var appeal: Decision.Appeal? {
        guard record.state == .refused, let closedAt = record.closedAt else { return nil }
        let until = service.appealBy(from: closedAt)
        return Decision.Appeal(
            until: until, body: portal.state.bodyName(service.appeal.body, language) ?? service.appeal.body, address: nil)
    }

    func view(faults: [FieldFault] = [], typed: String = "") -> CaseView {
        CaseView(
            service: service.titles[language], reference: record.reference, shape: record.state.shape,
            status: words("case.state-\(stateWord)"), lead: isDecided ? nil : words("case.lead-\(stateWord)", places),
            decision: isDecided ? decision : nil, document: cover, request: request(typed), faults: faults, answers: answers,
            history: CaseEvents.view(file.events, portal, words, isApplicants: true))
    }

    /// Granted and entered, while its document is not there yet: neither "received" nor "under review" would be true.
    private var stateWord: String {
        !isDecided && record.state != .stuck && file.isRegistered ? "registered" : record.state.rawValue
    }

    private func request(_ typed: String) -> CaseView.Request? {
        guard let task = file.openTasks.first(where: { $0.holder == CaseTask.applicant }) else { return nil }
        let asked = file.events.last { $0.kind == .paperAsked }?.details["reason"]?.string ?? task.name
        return CaseView.Request(
            wanted: asked, reason: nil, until: task.dueOn, action: "/cases/\(record.id)/papers", typed: typed)
    }

    private var answers: [ValueRow] {
        service.form.pages.flatMap(\.controls).compactMap { control in
            JSON.object(record.application).value(at: control.pointer).map { value in
                ValueRow(label: control.label[language], value: control.shown(value, language))
            }
        }
    }
}

/// A case's history in words, for its applicant and for the officer.
enum CaseEvents {
    /// Newest first.
    static func view(_ events: [Services.CaseEvent], _ portal: Portal, _ words: Words, isApplicants: Bool) -> [CaseEvent] {
        let referral = events.firstIndex { $0.kind == .referred }
        return events.enumerated().reversed().map { index, event in
            let kind = kind(event, isAgain: referral.map { index > $0 } ?? false)
            // An officer reads what the applicant did as hers, not as her own.
            let title = (isApplicants ? nil : words.text("review.event-\(kind)")) ?? words("case.event-\(kind)")
            return view(event, title, portal, words)
        }
    }

    private static func kind(_ event: Services.CaseEvent, isAgain: Bool) -> String {
        switch event.kind {
        case .decided where event.actor["kind"]?.string != "officer": "applied"
        case .referred where isAgain: "returned"
        default: event.kind.rawValue
        }
    }

    private static func view(_ event: Services.CaseEvent, _ title: String, _ portal: Portal, _ words: Words) -> CaseEvent {
        let actor = event.actor
        var detail: [String] = []
        if actor["kind"]?.string == "officer" {
            let body = portal.state.bodyName(actor["body"]?.string, words.language) ?? ""
            detail.append([actor["name"]?.string ?? "", body].filter { !$0.isEmpty }.joined(separator: ", "))
        }
        for key in ["reason", "note", "paper"] {
            if let text = event.details[key]?.string, !text.isEmpty { detail.append(text) }
        }
        if let held = event.details["held"]?.string { detail.append(words.text("refusal.\(held)") ?? held) }
        let shape: Shape =
            switch event.kind {
            case .started: .ring
            case .submitted, .paperSupplied, .registered, .issued, .granted: .ball
            case .decided: actor["kind"]?.string == "officer" ? .ball : .ring
            case .referred: .half
            case .paperAsked: .diamond
            case .refused, .stuck, .discarded: .square
            }
        return CaseEvent(
            at: event.at, title: title,
            detail: detail.isEmpty ? nil : detail.joined(separator: " · "), shape: shape)
    }
}
