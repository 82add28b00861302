import Audit
import Kernel
import Storage

/// Turns what a use case touched into the log's entries: one for each person, or one in the house journal.
enum AuditTrail {
    static func append(
        _ principal: Principal, _ action: Action, _ purpose: Purpose, _ touched: Touched, _ ending: Ending, access: Access,
        sealed: SealedTables, in transaction: borrowing Transaction
    ) throws {
        // What was written, as it stands now: undone work has left no change. // Audit-8
        var written = try WrittenRows(changedIn: transaction, of: sealed, read: access.rows, random: access.pen.random)
        func entry(_ records: [Touched.Record], about person: String) -> AuditEntry {
            AuditEntry(
                at: access.at, actor: actor(principal, toldTo: person), action: action.name, purpose: purpose.id, law: touched.law,
                records: records.map { AuditEntry.Record(register: $0.register, record: $0.record, fields: $0.fields) },
                caseReference: touched.caseReference(of: person) ?? (touched.people.count > 1 ? nil : purpose.caseReference),
                outcome: ending.outcome, reference: access.id.text)
        }
        if !touched.lines.isEmpty, ending.isDone {
            let about = AuditEntry.Record(register: touched.lineRegister, record: "", fields: ["*"])
            var chunk = entry([], about: AuditLog.house)
            chunk.records = [about]
            try AuditLog.appendChunk(chunk, about: touched.lines, written: written, pen: access.pen, in: transaction)
            return
        }
        // A citizen who touched nobody, or was refused, has at least asked: her own log says so.
        let people = touched.people.isEmpty ? [principal.person ?? AuditLog.house] : touched.people
        for person in people {
            try AuditLog.append(
                entry(touched.records(of: person), about: person), about: person, written: written, pen: access.pen, in: transaction)
            // One use case, one list: it stands with the first of its entries.
            written = nil
        }
    }

    /// Who stood at the door; somebody without a session is nobody known.
    static func actor(_ principal: Principal?) -> AuditEntry.Actor {
        principal.map { actor($0, toldTo: $0.person ?? AuditLog.house) }
            ?? AuditEntry.Actor(kind: .citizen, id: "", name: "", body: nil, role: nil)
    }

    /// Who acted, as the person concerned may know it: another citizen's identifier is that citizen's own.
    private static func actor(_ principal: Principal, toldTo person: String) -> AuditEntry.Actor {
        let isHidden = principal.person != nil && principal.person != person
        let role = principal.roles.min()?.split(separator: "/").last.map(String.init)
        return AuditEntry.Actor(
            kind: AuditEntry.Actor.Kind(rawValue: principal.kind.rawValue) ?? .system, id: isHidden ? "" : principal.id, name: principal.name,
            body: principal.body, role: role)
    }
}

extension Ending {
    var outcome: AuditEntry.Outcome {
        switch self {
        case .done: .done
        case .refused: .refused
        case .failed: .failed
        }
    }
}
