internal import Foundation
internal import Gate
internal import Identity
internal import Kernel
internal import Messages
internal import Registry
internal import Services
internal import StateFolder

extension Route {
    /// The officers' workspace: the queue, and each case with its decision form.
    static let work: [Route] = [
        .get("/work", .officer, [ListTasks.action]) { visit in try await visit.portal.queue(visit) },
        .get("/work/tasks/{id}", .officer, [ReadTask.action]) { visit in
            try await visit.portal.review(visit)
        },
        .post("/work/tasks/{id}", .officer, [DecideTask.action, ReadTask.action]) { visit in
            try await visit.portal.decide(visit)
        },
        .get("/work/tasks/{id}/papers/{paper}", .officer, [ReadPaper.action]) { visit in
            let paper = try await visit.portal.platform.perform(
                ReadPaper(visit.parameter("paper"), of: visit.parameter("id")), as: visit.signedIn().principal)
            return .file(paper.bytes, type: paper.type, name: paper.name)
        },
    ]
}

extension Portal {
    private func workspace(_ visit: Visit, open: Int?) throws -> Chrome.Workspace {
        let words = pages.words(chrome(visit, workspace: nil))
        let session = try visit.signedIn()
        return Chrome.Workspace(
            body: state.bodyName(session.principal.body, visit.language) ?? "", room: words("queue.title"),
            items: [.init(title: words("queue.title"), count: open, address: Address.work, isCurrent: visit.path == Address.work)])
    }

    fileprivate func queue(_ visit: Visit) async throws -> Reply {
        let session = try visit.signedIn()
        let query = try visit.search()
        let page = try await platform.perform(
            ListTasks(
                roles: Array(session.principal.roles), search: query, page: visit.query("page").flatMap { Int($0) } ?? 1, registers: registers),
            as: session.principal)
        let words = pages.words(chrome(visit, workspace: nil))
        let items = page.map { entry -> QueueView.Item in
            let service = try? services.service(of: entry.record)
            return QueueView.Item(
                reference: entry.record.reference, address: "/work/tasks/\(entry.task.id)",
                service: service?.titles[visit.language] ?? entry.record.service,
                question: service.map { question($0, entry.task, visit.language) } ?? entry.task.name, deadline: deadline(entry.task),
                shape: .half, status: words("case.state-\(entry.record.state.rawValue)"))
        }
        return .page(
            QueueView(
                heading: words("queue.title"), lead: words.count("queue.lead", page.total), items: items, total: page.total, query: query,
                next: page.hasMore
                    ? "\(Address.work)?page=\(page.number + 1)" + (query.isEmpty ? "" : "&q=\(Address.escaped(query))") : nil),
            try workspace(visit, open: query.isEmpty ? page.total : nil))
    }

    /// The last moment of the last day.
    private func deadline(_ task: CaseTask) -> Instant { state.calendar.end(of: task.dueOn).adding(seconds: -1) }

    /// What there is to be done, in the service's words.
    private func question(_ service: ServiceDefinition, _ task: CaseTask, _ language: String) -> String {
        let text = service.text("task.\(task.element)", language)
        return text.isEmpty ? task.name : text
    }

    fileprivate func review(
        _ visit: Visit, faults: [FieldFault] = [], chosen: String? = nil, reason: String = "", status: Int = 200
    ) async throws -> Reply {
        let session = try visit.signedIn()
        let id = try visit.parameter("id")
        let opened = try await platform.perform(ReadTask(id, registers: registers), as: session.principal)
        let record = opened.file.record
        let service = try services.service(of: record)
        let words = pages.words(chrome(visit, workspace: nil))
        let page = DecisionPage(service, record.decision, self, visit.language)
        let decision = page.view(appeal: nil, places: ["reference": record.reference])
        let person = state.register(Registers.personRegister)
        let applicant = [
            ValueRow(
                label: words("review.who"), value: .text(opened.name), source: person?.names[visit.language], asOf: opened.recordedAt),
            ValueRow(
                label: person?.fields.first { $0.name == person?.key }?.names[visit.language] ?? "", value: .text(opened.number),
                source: person?.names[visit.language], asOf: opened.recordedAt),
        ]
        let facts = service.form.pages.flatMap(\.controls).compactMap { control -> ValueRow? in
            JSON.object(record.application).value(at: control.pointer).map { value in
                let source = record.sources[control.pointer.text]
                return ValueRow(
                    label: control.label[visit.language], value: control.shown(value, visit.language),
                    source: source?["register"]?.string.flatMap { state.register($0)?.names[visit.language] } ?? words("review.applicantSays"),
                    asOf: source?["recorded"]?.string.flatMap { Instant(rfc3339: $0) })
            }
        }
        let papers = opened.file.papers.map { paper in
            ValueRow(
                label: words("review.paper"), value: .text(paper.name), source: words("review.applicantSays"), asOf: paper.createdAt,
                change: "/work/tasks/\(id)/papers/\(paper.id)")
        }
        return .page(
            ReviewView(
                reference: record.reference, service: service.titles[visit.language],
                question: question(service, opened.task, visit.language), applicant: opened.name, back: Address.work,
                deadline: deadline(opened.task), rule: decision.rule, conditions: page.conditions, facts: applicant + facts + papers,
                history: CaseEvents.view(opened.file.events, self, words, isApplicants: false),
                form: ReviewView.Form(
                    action: "/work/tasks/\(id)",
                    options: DecideTask.Outcome.allCases.map { outcome in
                        Control.Option(value: outcome.rawValue, label: words("review.\(outcome.rawValue)"))
                    },
                    chosen: chosen, reason: reason), faults: faults),
            status: status, try workspace(visit, open: nil))
    }

    /// What may stand between a grant and the row that it would make.
    private static let refusesRow: Set<String> = ["case.rule-refuses-now", "register.once-taken", "register.key-taken"]

    fileprivate func decide(_ visit: Visit) async throws -> Reply {
        let form = try await visit.form()
        let id = try visit.parameter("id")
        let words = pages.words(chrome(visit, workspace: nil))
        let reason = form.trimmed("reason")
        var faults: [FieldFault] = []
        let outcome = form.word("decision").flatMap(DecideTask.Outcome.init(rawValue:))
        if outcome == nil { faults.append(FieldFault(field: "decision", message: words("refusal.task.no-decision"))) }
        if reason.utf8.count <= DecideTask.reasonLengthMax * 4, let fault = PeopleText.fault(in: reason, as: .paragraphs) { faults.append(FieldFault(field: "reason", message: fault.message[visit.language])) }
        do {
            let decided = try DecideTask(id, outcome: outcome ?? .ask, reason: reason, services: services)
            if faults.isEmpty {
                let record = try await platform.perform(decided, as: visit.signedIn().principal)
                // A grant issues its document beside the answer: who looks next should find both.
                await settled(record, visit)
                return .redirect(Address.work)
            }
        } catch let refusal as Refusal where refusal.code.hasPrefix("task.reason") {
            let message = words.text("refusal.\(refusal.code)", refusal.parameters) ?? refusal.code
            faults.append(FieldFault(field: "reason", message: message))
        } catch let refusal as Refusal where Self.refusesRow.contains(refusal.code) {
            // The registers no longer allow the grant: in words, and what she wrote stays.
            let message = words.text("refusal.\(refusal.code)", refusal.parameters) ?? refusal.code
            let sentence = refusal.faults.first.map { $0.message[visit.language] } ?? ""
            faults.append(FieldFault(field: "decision", message: [message, sentence].filter { !$0.isEmpty }.joined(separator: " ")))
            return try await review(visit, faults: faults, chosen: form.word("decision"), reason: reason, status: refusal.status)
        }
        return try await review(visit, faults: faults, chosen: form.word("decision"), reason: reason, status: 422)
    }
}
