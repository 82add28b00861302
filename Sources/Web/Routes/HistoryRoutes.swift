internal import Audit
internal import Gate
internal import Identity
internal import Kernel
internal import Messages
internal import Oversight
internal import Services
internal import StateFolder
internal import Storage

extension Route {
    /// "Who used my data".
    static let history: [Route] = [
        .get("/my-data", .citizen, [ReadHistory.action]) { visit in
            let (session, person) = try visit.citizen()
            let portal = visit.portal
            let page = try await portal.platform.perform(
                ReadHistory(person: person, before: visit.word("before").flatMap { Int($0.text) }), as: session.principal)
            // Proofs are made of public tiles, outside the transaction.
            let proof = try await portal.publicLog.proof(of: page.records, about: person, count: page.count)
            return .page(portal.historyPage(page, proof, signedAt: try await portal.publicLog.signedAt(), visit))
        }
    ]
}

extension Portal {
    var publicLog: PublicLog { PublicLog(platform.store.publicView) }

    fileprivate func historyPage(_ page: ReadHistory.Page, _ proof: HistoryProof, signedAt: Instant?, _ visit: Visit) -> AccessView {
        let filter = visit.word("show").flatMap { AccessView.Filter(rawValue: $0.text) } ?? .all
        let words = pages.words(chrome(visit, workspace: nil))
        let entries = page.records.compactMap { record -> AccessView.Entry? in
            record.entry.flatMap { AuditEntry(payload: $0) }.map { entry($0, record, visit, words) }
        }.filter { entry in
            switch filter {
            case .all: true
            case .people: entry.actor == .person || entry.actor == .another
            case .machines: entry.actor == .machine
            }
        }
        let oldest = page.records.last?.number ?? 1
        return AccessView(
            entries: entries, filter: filter, total: page.count, since: page.since.map { zone.date(at: $0) },
            newer: visit.query("before") == nil ? nil : Address.myData,
            older: oldest > 1 ? "\(Address.myData)?before=\(oldest)\(filter == .all ? "" : "&show=\(filter.rawValue)")" : nil,
            proof: proof, checkpointAt: signedAt, logKeys: [log.verificationKey])
    }

    private func entry(
        _ entry: AuditEntry, _ record: AuditRecord, _ visit: Visit, _ words: Words
    ) -> AccessView.Entry {
        let language = visit.language
        let actor: AccessView.Entry.Actor =
            switch entry.actor.kind {
            // Another citizen's identifier is hers: the entry leaves it out, and so it is nobody whom the reader could take for herself.
            case .citizen: entry.actor.id == visit.session?.principal.person ? .you : .another
            case .officer, .overseer, .body: .person
            case .system, .assistant: .machine
            }
        let role = entry.actor.body.flatMap { body in entry.actor.role.flatMap { state.roleName("\(body)/\($0)", language) } }
        let law = entry.law.flatMap { state.law($0) }
        return AccessView.Entry(
            n: record.number, at: entry.at, actor: actor, body: state.bodyName(entry.actor.body, language),
            who: actor == .person ? [entry.actor.name, role ?? ""].filter { !$0.isEmpty }.joined(separator: ", ") : nil,
            deed: words.text("deed.\(entry.action)") ?? entry.action, outcome: outcome(entry), reads: entry.records.map { read($0, language) },
            purpose: state.purpose(entry.purpose)?.names[language] ?? words.text("deed.purpose-\(entry.purpose)") ?? entry.purpose,
            law: law?.names[language] ?? words("access.noLaw"), lawAddress: law?.url, caseReference: entry.caseReference,
            reference: entry.outcome == .failed ? entry.reference : nil)
    }

    private func outcome(_ entry: AuditEntry) -> AccessView.Entry.Outcome {
        switch entry.outcome {
        case .done: .done
        case .refused: .refused
        case .failed: .failed
        }
    }

    /// Register and fields in the reader's language; a document's claims and a case's answers are named by their own definitions.
    private func read(_ record: AuditEntry.Record, _ language: String) -> AccessView.Entry.Read {
        if let register = state.register(record.register) {
            let fields = record.fields == ["*"] ? register.fields.map { $0.names[language] } : record.fields.map { field in
                register.fields.first { $0.name == field }?.names[language] ?? field
            }
            return AccessView.Entry.Read(register: register.names[language], fields: fields)
        }
        if let document = state.document(record.register) {
            return AccessView.Entry.Read(
                register: document.names[language],
                fields: record.fields.map { name in document.claim(name)?.names[language] ?? name })
        }
        let words = pages.words(for: language, zone: zone)
        let labels = Dictionary(
            services.current.flatMap { $0.form.pages.flatMap(\.controls) }.map { ($0.name, $0.label[language]) },
            uniquingKeysWith: { first, _ in first })
        return AccessView.Entry.Read(
            register: words.text("deed.register-\(record.register)") ?? record.register,
            fields: record.fields.map { labels[$0] ?? words.text("deed.field-\($0)") ?? $0 })
    }
}
