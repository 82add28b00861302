internal import FEEL
internal import Foundation
internal import Gate
internal import Identity
internal import Kernel
internal import Messages
internal import Registry
internal import Services
internal import StateFolder

extension Route {
    /// The catalogue, and each service's start page with its dry run.
    static let services: [Route] = [
        .get("/services", .everyone, [ListCases.action]) { visit in try await visit.portal.catalogue(visit) },
        .get("/services/{id}", .everyone, [ListCases.action]) { visit in
            try await visit.portal.startPage(visit)
        },
        .post("/services/{id}/start", .citizen, [StartCase.action]) { visit in
            let (session, person) = try visit.citizen()
            _ = try await visit.form()
            let portal = visit.portal
            let service = try portal.services.service(visit.parameter("id"))
            let id = try await portal.platform.perform(
                StartCase(service, person: person, registers: portal.registers), as: session.principal)
            // To the draft, or to the case that she has open already.
            return .redirect("/cases/\(id)")
        },
        .get("/services/{id}/dry-run", .citizen) { visit in
            let service = try visit.portal.services.service(visit.parameter("id"))
            return .page(visit.portal.dryRunQuestion(service, visit))
        },
        .post("/services/{id}/dry-run", .citizen, [DryRun.action]) { visit in try await visit.portal.dryRun(visit) },
        .get("/registers/{id}", .everyone) { visit in try visit.portal.registerPage(visit) },
    ]
}

extension Portal {
    fileprivate func catalogue(_ visit: Visit) async throws -> Reply {
        let query = try visit.search()
        let found = services.current.filter { service in
            query.isEmpty || service.titles[visit.language].localizedCaseInsensitiveContains(query)
                || service.text("summary", visit.language).localizedCaseInsensitiveContains(query)
        }
        var cases: ListCases.Page?
        if let session = visit.session, let person = session.principal.person {
            cases = try await platform.perform(ListCases(person: person, before: visit.query("before")), as: session.principal)
        }
        return .page(
            ServicesView(
                query: query, services: found.map { row($0, visit.language) },
                begun: cases?.begun.map { row($0, visit.language) } ?? [], cases: cases?.sent.map { row($0, visit.language) } ?? [],
                older: cases.flatMap { $0.hasMore ? $0.sent.last?.id : nil }.map { "\(Address.services)?before=\(Address.escaped($0))" }))
    }

    fileprivate func startPage(_ visit: Visit) async throws -> Reply {
        let service = try services.service(visit.parameter("id"))
        let language = visit.language
        var draft: CaseRecord?
        if let session = visit.session, let person = session.principal.person {
            draft = try await platform.perform(ListCases(person: person), as: session.principal).begun
                .first { $0.service == service.id }
        }
        let isCitizen = visit.session?.principal.person != nil
        let address = "/services/\(service.id)"
        return .page(
            ServiceStartView(
                title: service.titles[language], purpose: service.text("summary", language),
                body: state.bodyName(service.body, language) ?? service.body, minutes: service.durationMinutes,
                answer: service.text("answer", language), fee: service.fee,
                start: isCitizen ? "\(address)/start" : "\(Address.signIn)?next=\(Address.escaped(address))", startIsForm: isCitizen,
                begunAt: draft?.createdAt,
                who: service.who.map { Condition(met: nil, text: service.text("condition.\($0.id).who", language)) },
                needs: (service.needs.map { "needs.\($0)" } + ["known"]).map { service.text($0, language) }.filter { !$0.isEmpty },
                rule: rule(service.law, quote: nil, language), wholeRule: Address.rule(of: service.id), dryRun: isCitizen ? "\(address)/dry-run" : nil,
                isSignedIn: isCitizen))
    }

    /// A law with its text where the state folder has it, behind the wave mark.
    func rule(_ law: String, quote: String?, _ language: String) -> Rule {
        let definition = state.law(law)
        return Rule(quote: quote ?? definition?.text?[language], law: definition?.names[language] ?? law, address: definition?.url)
    }

    // MARK: Dry run

    /// The answers that the rule looks at, on one page, none of them obligatory: what is not said stays unknown.
    fileprivate func dryRunQuestion(_ service: ServiceDefinition, _ visit: Visit) -> QuestionView {
        let words = pages.words(chrome(visit, workspace: nil))
        let controls = service.controlsOfFacts.map { control in
            var view = control.view([:], sources: [:], typed: nil, state: state, zone: zone, visit.language)
            view.isOptional = true
            return view
        }
        return QuestionView(
            service: service.titles[visit.language], question: words("dryrun.question"), hint: words("dryrun.hint"), controls: controls,
            action: "/services/\(service.id)/dry-run", back: "/services/\(service.id)", backLabel: service.titles[visit.language],
            submit: words("dryrun.submit"))
    }

    fileprivate func dryRun(_ visit: Visit) async throws -> Reply {
        let (session, person) = try visit.citizen()
        let service = try services.service(visit.parameter("id"))
        let form = try await visit.form(isList: PageForm.isList)
        guard form["asked"] != nil || service.controlsOfFacts.isEmpty || form.hasAny(of: service.controlsOfFacts.map(\.pointer.text)) else {
            return .page(dryRunQuestion(service, visit))
        }
        let words = pages.words(chrome(visit, workspace: nil))
        let page = PageDefinition(asking: service.controlsOfFacts)
        var application = JSON.object(JSONObject())
        for (pointer, value) in try PageForm(page, form, application: [:], service: service, words).answers {
            application.replace(at: pointer, with: value)
        }
        let facts = try await platform.perform(
            DryRun(
                service, person: person, application: application.object ?? [:], registers: registers, today: zone.date(at: visit.now)),
            as: session.principal)
        let ruling = Ruling(service.decision, facts, service, at: visit.now)
        return .page(
            DryRunView(
                service: service.titles[visit.language],
                decision: DecisionPage(service, ruling.json, self, visit.language).view(
                    appeal: nil, isDry: true, places: ["deadline": words.date(service.answerBy(from: visit.now))]),
                start: "/services/\(service.id)/start", startIsForm: true, back: "/services/\(service.id)"))
    }

    // MARK: Registers

    /// What a register is and how to contest what it says: the way behind each prefilled value.
    fileprivate func registerPage(_ visit: Visit) throws -> Reply {
        guard let register = state.register(try visit.parameter("id")) else { throw Refusal(.notFound, "page.not-found") }
        let language = visit.language
        return .page(
            RegisterView(
                title: register.names[language], body: state.bodyName(register.body, language) ?? register.body,
                fields: register.fields.map { $0.names[language] }, isPublic: register.isPublic))
    }
}

extension ServiceDefinition {
    /// The controls of the form that the rule's facts look at.
    var controlsOfFacts: [ControlDefinition] {
        let wanted = facts.filter { $0.source == .application }.map(\.value.text)
        return form.pages.flatMap(\.controls).filter { control in
            wanted.contains { $0.contains("application.\(control.name)") }
        }
    }
}

extension FormFields {
    func hasAny(of names: [String]) -> Bool { names.contains { !all(ByteString($0)).isEmpty } }
}
