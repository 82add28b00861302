internal import Audit
internal import Foundation
internal import Gate
internal import Identity
internal import Kernel
internal import Messages
internal import Oversight
internal import StateFolder

extension Route {
    /// Those who watch over the house, and what everybody may read of the log.
    static let oversight: [Route] = [
        .get("/oversight", .overseer, [OverseeLog.action]) { visit in try await visit.portal.overseerPage(visit) }
    ]

    /// The log in public: checkpoint, tiles and bundles (C2SP tlog-tiles), and the key that signs it.
    static let log: [Route] = [
        .get("/log/checkpoint", .everyone) { visit in
            guard let note = try await visit.portal.publicLog.checkpoint() else { throw Refusal(.notFound, "log.empty") }
            return .text(note)
        },
        .get("/log/key", .everyone) { visit in .text(visit.portal.log.verificationKey + "\n", maxAge: 300) },
        .get("/log/consistency/**", .everyone) { visit in
            // `/log/consistency/OLD/NEW`: that the tree of NEW leaves begins with that of OLD; anybody with the tiles can make it too.
            let sizes = visit.path.dropFirst("/log/consistency/".count).split(separator: "/", omittingEmptySubsequences: false)
            guard sizes.count == 2, let old = UInt64(sizes[0]), let new = UInt64(sizes[1]),
                let proof = try await visit.portal.publicLog.consistencyProof(from: old, to: new)
            else { throw Refusal(.notFound, "log.no-tile") }
            return .json(["proof": .array(proof.map { .string(Base64.encode($0.bytes)) })])
        },
        .get("/log/tile/**", .everyone) { visit in
            guard let path = TilePath(String(visit.path.dropFirst("/log/".count))),
                let bytes = try await visit.portal.publicLog.resource(at: path)
            else { throw Refusal(.notFound, "log.no-tile") }
            return .file(bytes, type: "application/octet-stream", name: nil, isPublic: true)
        },
    ]
}

extension Portal {
    fileprivate func overseerPage(_ visit: Visit) async throws -> Reply {
        let session = try visit.signedIn()
        let overview = try await platform.perform(OverseeLog(), as: session.principal)
        let note = try await publicLog.checkpoint()
        let checkpoint = note.flatMap { SignedNote($0) }.flatMap { Checkpoint(noteText: $0.text) }
        let words = pages.words(chrome(visit, workspace: nil))
        let deed = { (action: String) in words.text("deed.\(action)") ?? action }
        let actions = Dictionary(grouping: overview.newest, by: \.action).map { action, entries in
            OversightView.Action(
                title: deed(action), done: entries.count { $0.outcome == .done }, refused: entries.count { $0.outcome == .refused },
                failed: entries.count { $0.outcome == .failed })
        }.sorted { ($1.done + $1.refused + $1.failed, $0.title) < ($0.done + $0.refused + $0.failed, $1.title) }
        let troubles = overview.newest.filter { $0.outcome != .done }.prefix(50).map { entry in
            OversightView.Entry(
                at: entry.at, deed: deed(entry.action), who: who(entry, visit.language, words), isRefusal: entry.outcome == .refused,
                reference: entry.outcome == .failed ? entry.reference : nil)
        }
        return .page(
            OversightView(
                size: Int(checkpoint?.size ?? 0), waiting: overview.waiting, root: checkpoint.map { Base64.encode($0.root.bytes) } ?? "",
                signedAt: try await publicLog.signedAt(), origin: log.origin, logKey: log.verificationKey, actions: actions,
                troubles: Array(troubles), since: overview.newest.last.map { zone.date(at: $0.at) }),
            Chrome.Workspace(
                body: state.bodyName(session.principal.body, visit.language) ?? "", room: words("oversight.title"),
                items: [.init(title: words("oversight.title"), address: Address.oversight, isCurrent: true)]))
    }

    /// Body and role; never a citizen's name.
    private func who(_ entry: AuditEntry, _ language: String, _ words: Words) -> String {
        switch entry.actor.kind {
        case .citizen: return words("oversight.citizen")
        case .system, .assistant: return words("access.machine")
        case .officer, .overseer, .body:
            let body = state.bodyName(entry.actor.body, language) ?? ""
            let role = entry.actor.body.flatMap { body in entry.actor.role.flatMap { state.roleName("\(body)/\($0)", language) } }
            return [role ?? "", body].filter { !$0.isEmpty }.joined(separator: ", ")
        }
    }
}
