import Gate
import Kernel
import Services
import StateFolder
import StateTesting
import Storage
import Web
import Wiring

extension TestState {
    var service: ServiceDefinition { get throws { try services.service("sole-proprietor") } }

    func start(_ citizen: (principal: Principal, person: String)) async throws -> String {
        try await platform.perform(StartCase(service, person: citizen.person, registers: registers), as: citizen.principal)
    }

    /// Answers everything that the form asks and no register knows.
    func answer(_ id: String, activity: String = "carpentry", as citizen: Principal, but changes: [String: JSON?] = [:]) async throws {
        var answers: [String: JSON?] = [
            "/trade_name": "Ebanistería Quintero", "/activity": .string(activity), "/start_date": "2026-08-01", "/email": "maria@istmo.example",
        ]
        for (pointer, value) in changes { answers[pointer] = value }
        let given = answers.sorted { $0.key < $1.key }.map { (pointer: JSONPointer($0.key)!, value: $0.value) }
        let record = try await platform.perform(AnswerPage(id, page: "name", answers: given), as: citizen)
        // The other pages are sent as they stand: what the registers say on them has been seen.
        for page in try services.service(of: record).form.route(record.application) where page.id != "name" {
            _ = try await platform.perform(AnswerPage(id, page: page.id, answers: []), as: citizen)
        }
    }

    func submit(_ id: String, key: String? = nil, as citizen: Principal) async throws -> String {
        try await platform.perform(SubmitCase(id, services: services, key: key ?? "submit-\(id)"), as: citizen)
    }

    func file(_ id: String, as citizen: Principal) async throws -> CaseFile {
        try await platform.perform(ReadCase(id), as: citizen)
    }

    /// From the first answer to the end of what happens by itself.
    func apply(_ citizen: (principal: Principal, person: String), activity: String = "carpentry") async throws -> CaseFile {
        let id = try await start(citizen)
        try await answer(id, activity: activity, as: citizen.principal)
        _ = try await submit(id, as: citizen.principal)
        try await performErrands()
        return try await file(id, as: citizen.principal)
    }

    /// The one open task of the registrars.
    func task(_ officer: Principal) async throws -> CaseTask? {
        try await platform.perform(ListTasks(roles: Array(officer.roles)), as: officer).first?.task
    }

    func decide(_ task: CaseTask, _ outcome: DecideTask.Outcome, reason: String = "The permit MP-2026-0418 is valid.", as officer: Principal) async throws {
        _ = try await platform.perform(DecideTask(task.id, outcome: outcome, reason: reason, services: services), as: officer)
        try await performErrands()
    }
}

extension CaseFile {
    var kinds: [Services.CaseEvent.Kind] { events.map(\.kind) }
    var rule: String? { record.decision["trace"]?["matched"]?[0]?.string }
}

func refusal<T>(of body: () async throws -> T) async throws -> Refusal? {
    do {
        _ = try await body()
        return nil
    } catch let refusal as Refusal { return refusal }
}
