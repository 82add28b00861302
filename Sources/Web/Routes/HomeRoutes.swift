internal import Audit
internal import Gate
internal import Identity
internal import Issuance
internal import Kernel
internal import Messages
internal import Services
internal import StateFolder

extension Route {
    static let home: [Route] = []
}

extension Portal {
    /// The citizen's home: one access, one entry.
    func home(_ visit: Visit) async throws -> Reply {
        let (session, person) = try visit.citizen()
        let midnight = zone.instant(of: zone.date(at: visit.now), hour: 0, minute: 0, second: 0)
        let home = try await platform.perform(ReadHome(person: person, since: midnight), as: session.principal)
        return .page(
            HomeView(
                firstName: session.displayName.split(separator: " ").first.map(String.init) ?? session.displayName,
                documents: covers(home.documents, visit), awaiting: home.cases.map { row($0, visit.language) },
                accessesToday: home.accessesToday, accessesAll: home.accesses))
    }

    /// A case as a line of a list.
    func row(_ record: CaseRecord, _ language: String) -> RowView {
        let title = (try? services.service(of: record))?.titles[language] ?? record.service
        let words = pages.words(for: language, zone: zone)
        return RowView(
            title: title, meta: "\(words("case.state-\(record.state.rawValue)")) · \(record.reference)", shape: record.state.shape,
            address: record.state == .draft ? "/cases/\(record.id)/resume" : "/cases/\(record.id)")
    }
}

extension CaseRecord.State {
    var shape: Shape {
        switch self {
        case .draft, .waiting: .diamond
        case .submitted, .review, .stuck: .half
        case .granted: .ball
        case .refused, .discarded: .square
        }
    }
}

extension Pages {
    /// The words of a language at no particular moment.
    func words(for language: String, zone: TimeZoneRules, now: Instant = Instant(milliseconds: 0)) -> Words {
        Words(texts, language: language, now: now, zone: zone)
    }
}
