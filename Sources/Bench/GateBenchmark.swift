import Definitions
import Foundation
import Gate
import Identity
import Issuance
import Kernel
import Registry
import Services
import StateFolder
import Storage
import Wiring

/// The whole house without HTTP: citizens who read a document of theirs, and who answer a page of an application, each through
/// the gate with its entry, while errands and the log's sequencer work beside them as they do in the server.
struct GateBenchmark {
    let folder: String
    let data: String
    let clients: Int
    let seconds: Int

    /// Somebody who is signed in, with a document and a draft.
    private struct Citizen: Sendable {
        let principal: Principal
        let document: String
        let draft: String
    }

    func run() async throws -> JSONObject {
        let open = try await openState(folder: folder, data: data)
        try await RegisterLoad(open, folder: folder) { _, _ in }.run()
        let citizens = try await citizens(of: open)
        let work = Task { await open.work() }
        let reads = try await measure(open, citizens) { citizen, _ in
            _ = try await open.platform.perform(ReadDocument(citizen.document), as: citizen.principal)
        }
        guard let page = JSONPointer("/trade_name") else { throw Unfit(text: "no pointer") }
        let changes = try await measure(open, citizens) { citizen, round in
            let answer = AnswerPage(citizen.draft, page: "name", answers: [(page, .string("Comercio \(round)"))])
            _ = try await open.platform.perform(answer, as: citizen.principal)
        }
        work.cancel()
        await work.value
        await open.platform.store.close()
        return ["clients": .figure(clients), "reads": .object(reads), "changes": .object(changes)]
    }

    private func measure(
        _ open: OpenState, _ citizens: [Citizen], _ body: @escaping @Sendable (Citizen, Int) async throws -> Void
    ) async throws -> JSONObject {
        let computed = computedSeconds()
        let start = ContinuousClock.now
        let end = start + .seconds(seconds)
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for citizen in citizens {
                group.addTask {
                    var count = 0
                    while ContinuousClock.now < end {
                        try await body(citizen, count)
                        count += 1
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        let took = start.duration(to: .now).inSeconds
        return [
            "perSecond": .figure(Double(count) / took),
            "computedMicroseconds": .figure((computedSeconds() - computed) / Double(count) * 1e6),
        ]
    }

    /// Signs in as many people as there are clients: the first of the register who have a document.
    private func citizens(of open: OpenState) async throws -> [Citizen] {
        let people = try open.registers[Registers.personRegister]
        guard let service = open.state.services.first else { throw Unfit(text: "\(folder) has no service") }
        var citizens: [Citizen] = []
        for key in try keys() {
            let identified = try await open.platform.perform(
                SignInAsPerson(key: key, people: people, nameFields: people.definition.title), as: SystemPrincipals.signIn)
            let principal = identified.principal(session: nil)
            while try await open.errands.performDue() > 0 {}
            guard let document = try await open.platform.perform(ListDocuments(person: identified.id), as: principal).first else { continue }
            let draft = try await open.platform.perform(
                StartCase(service, person: identified.id, registers: open.registers), as: principal)
            citizens.append(Citizen(principal: principal, document: document.id, draft: draft))
            if citizens.count == clients { return citizens }
        }
        throw Unfit(text: "only \(citizens.count) people with a document were found for \(clients) clients")
    }

    /// The keys of the first people of the register.
    private func keys() throws -> [String] {
        let file = try FileChunks("\(folder)/registries/person/records.csv")
        defer { file.close() }
        let head = String(decoding: try file.next() ?? [], as: UTF8.self)
        return head.split(separator: "\n").dropFirst().prefix(clients * 10).compactMap { $0.split(separator: ",").first.map(String.init) }
    }
}

/// Opens a state as the server does.
func openState(folder: String, data: String) async throws -> OpenState {
    let files = try StateFiles.read(folder)
    var diagnostics = Diagnostics()
    guard let state = StateDefinition.read(files, zones: ZoneFile.all, into: &diagnostics), !diagnostics.hasErrors else {
        throw Unfit(text: "\(folder) has errors: dovira check lists them")
    }
    return try await OpenState.open(
        state, files: files,
        OpenState.Settings(dataFolder: data, origin: "http://localhost") { reference, what, error in
            FileHandle.standardError.write(Data("failure \(reference) in \(what): \(error)\n".utf8))
        })
}
