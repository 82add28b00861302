internal import Gate
internal import Identity
internal import Kernel
internal import Messages
internal import Schemas
internal import Services
internal import StateFolder

extension Route {
    /// An application: one question a page, check answers, send, confirmation.
    static let applications: [Route] = [
        .get("/cases/{id}/resume", .citizen, [ReadCase.action]) { visit in
            let draft = try await Draft(visit)
            // To the first page that is not answered yet; to the check of answers when none is left.
            return .redirect(draft.next(after: nil))
        },
        .get("/cases/{id}/pages/{page}", .citizen, [ReadCase.action]) { visit in
            let draft = try await Draft(visit)
            return .page(try draft.question(visit.parameter("page")))
        },
        .post("/cases/{id}/pages/{page}", .citizen, [ReadCase.action, AnswerPage.action]) { visit in
            let form = try await visit.form(isList: PageForm.isList)
            let draft = try await Draft(visit)
            let page = try draft.page(visit.parameter("page"))
            let words = visit.portal.pages.words(visit.portal.chrome(visit, workspace: nil))
            let sent = try PageForm(page, form, application: draft.record.application, service: draft.service, words)
            guard sent.faults.isEmpty else { return .page(draft.question(page, sent), status: 422) }
            let record = try await visit.portal.platform.perform(
                AnswerPage(draft.record.id, page: page.id, answers: sent.answers), as: visit.signedIn().principal)
            let answered = Draft(record, draft.service, visit)
            return .redirect(form["return"] == "check" ? answered.afterChange() : answered.next(after: page))
        },
        .get("/cases/{id}/check", .citizen, [ReadCase.action]) { visit in .page(try await Draft(visit).check()) },
        .post("/cases/{id}/submit", .citizen, [SubmitCase.action]) { visit in try await visit.portal.submit(visit) },
        .post("/cases/{id}/discard", .citizen, [DiscardCase.action]) { visit in
            _ = try await visit.form()
            try await visit.portal.platform.perform(DiscardCase(visit.parameter("id")), as: visit.signedIn().principal)
            return .redirect(Address.services)
        },
        .get("/cases/{id}/sent", .citizen, [ReadCase.action]) { visit in try await visit.portal.confirmation(visit) },
    ]
}

/// A draft with its service, and the pages it still asks.
private struct Draft {
    let record: CaseRecord
    let service: ServiceDefinition
    private let visit: Visit

    init(_ visit: Visit) async throws {
        let file = try await visit.portal.platform.perform(ReadCase(visit.parameter("id")), as: visit.signedIn().principal)
        guard file.record.state == .draft else { throw Refusal(.conflict, "case.already-submitted") }
        self.init(file.record, try visit.portal.services.service(of: file.record), visit)
    }

    init(_ record: CaseRecord, _ service: ServiceDefinition, _ visit: Visit) {
        self.record = record
        self.service = service
        self.visit = visit
    }

    private var base: String { "/cases/\(record.id)" }
    private var route: [PageDefinition] { service.form.route(record.application) }
    private var words: Words { visit.portal.pages.words(visit.portal.chrome(visit, workspace: nil)) }

    func page(_ id: String) throws -> PageDefinition {
        // A page that the answers no longer ask is not found: the route follows from the answers.
        guard let page = route.first(where: { $0.id == id }) else { throw Refusal(.notFound, "page.not-found") }
        return page
    }

    /// A page stands as answered when she has sent it, what it must hold is there, and nothing on it is wrong. So a page
    /// with prefilled values is shown too: she has to see what the state would say for her.
    private func isAnswered(_ page: PageDefinition) -> Bool {
        guard record.answered.contains(page.id) else { return false }
        let application = JSON.object(record.application)
        guard page.controls.allSatisfy({ !$0.isRequired || application.value(at: $0.pointer) != nil }) else { return false }
        return !service.compiled.validate(application).contains { fault in
            page.controls.contains { fault.field.text == $0.pointer.text }
        }
    }

    /// Where to go on: the next page of the route; after the last, or on coming back, the first that is not answered.
    func next(after page: PageDefinition?) -> String {
        let route = self.route
        guard let page, let index = route.firstIndex(where: { $0.id == page.id }), index + 1 < route.count else { return afterChange() }
        return "\(base)/pages/\(route[index + 1].id)"
    }

    /// The check of answers, unless a page is not answered yet.
    func afterChange() -> String {
        guard let open = route.first(where: { !isAnswered($0) }) else { return "\(base)/check" }
        return "\(base)/pages/\(open.id)"
    }

    func question(_ id: String) throws -> QuestionView { question(try page(id), nil) }

    func question(_ page: PageDefinition, _ sent: PageForm?) -> QuestionView {
        let route = self.route
        let index = route.firstIndex { $0.id == page.id } ?? 0
        let isChange = visit.word("return") == "check"
        return QuestionView(
            service: service.titles[visit.language], question: page.title[visit.language], hint: page.hint?[visit.language],
            controls: page.controls.map {
                $0.view(
                    record.application, sources: record.sources, typed: sent?.typed, state: visit.portal.state,
                    zone: visit.portal.zone, visit.language)
            },
            faults: sent?.faults ?? [], action: "\(base)/pages/\(page.id)\(isChange ? "?return=check" : "")",
            back: isChange ? "\(base)/check" : index == 0 ? "/services/\(service.id)" : "\(base)/pages/\(route[index - 1].id)",
            backLabel: isChange ? words("check.title") : index == 0 ? service.titles[visit.language] : nil,
            position: index + 1, of: route.count, hidden: isChange ? ["return": "check"] : [:], leave: Address.home)
    }

    func check(faults: [FieldFault] = []) -> CheckAnswersView {
        let application = JSON.object(record.application)
        let sections = route.map { page in
            CheckAnswersView.Section(
                title: page.title[visit.language],
                rows: page.controls.map { control in
                    let value = application.value(at: control.pointer) ?? .null
                    let source = record.sources[control.pointer.text]
                    return ValueRow(
                        label: control.label[visit.language],
                        value: value.isNull ? .text(words("check.noAnswer")) : control.shown(value, visit.language),
                        source: source?["register"]?.string.flatMap { visit.portal.state.register($0)?.names[visit.language] },
                        asOf: source?["recorded"]?.string.flatMap { Instant(rfc3339: $0) },
                        change: "\(base)/pages/\(page.id)?return=check")
                })
        }
        return CheckAnswersView(
            service: service.titles[visit.language], sections: sections, faults: faults, action: "\(base)/submit",
            back: route.last.map { "\(base)/pages/\($0.id)" }, hidden: ["key": SubmitCase.key(of: record)],
            submit: service.text("submit", visit.language), declaration: words("check.declaration"))
    }
}

extension Portal {
    fileprivate func submit(_ visit: Visit) async throws -> Reply {
        let form = try await visit.form()
        let id = try visit.parameter("id")
        let principal = try visit.signedIn().principal
        do {
            _ = try await platform.perform(SubmitCase(id, services: services, key: form.word("key") ?? ""), as: principal)
        } catch let refusal as Refusal where refusal.code == "case.incomplete" {
            // Something was passed over: back to the check of answers, which says what.
            let draft = try await Draft(visit)
            let labels = refusal.faults.map { fault -> FieldFault in
                let control = JSONPointer(fault.pointer).flatMap { draft.service.form.control($0)?.control }
                return FieldFault(field: control?.label[visit.language], message: fault.message[visit.language])
            }
            return .page(draft.check(faults: labels), status: 422)
        } catch let refusal as Refusal where refusal.code == "case.page-open" {
            // A page was passed over: the check of answers names it, and leads to each page.
            let draft = try await Draft(visit)
            let words = pages.words(chrome(visit, workspace: nil))
            let page = refusal.parameters["page"].flatMap { draft.service.form.page($0) }
            return .page(draft.check(faults: [FieldFault(field: page?.title[visit.language], message: words("refusal.case.page-open"))]), status: 422)
        }
        await settled(id, visit)
        return .redirect("/cases/\(id)/sent")
    }

    fileprivate func confirmation(_ visit: Visit) async throws -> Reply {
        let file = try await platform.perform(ReadCase(visit.parameter("id")), as: visit.signedIn().principal)
        let record = file.record
        guard let sentAt = record.submittedAt else { return .redirect("/cases/\(record.id)/resume") }
        // Sent, and the rule has not spoken yet: the case's own page says so.
        guard !record.decision.isNull else { return .redirect("/cases/\(record.id)") }
        let service = try services.service(of: record)
        let page = CasePage(file, service, self, visit)
        return .page(
            ConfirmationView(
                service: service.titles[visit.language], reference: record.reference, sentAt: sentAt, decision: page.decision,
                document: page.cover, next: page.next,
                caseAddress: "/cases/\(record.id)", contact: service.text("contact", visit.language)))
    }
}
