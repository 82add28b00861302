import Audit
package import Kernel
package import StateFolder
import Storage

/// A state folder that is opened on a data folder: its mode, its version, and the version of its policies.
package struct Opening: Hashable, Sendable {
    package let mode: StateDefinition.Mode
    package let folder: Digest
    package let policies: Digest

    package init(mode: StateDefinition.Mode, folder: Digest, policies: Digest) {
        self.mode = mode
        self.folder = folder
        self.policies = policies
    }

    /// - Parameter files: the folder's, by path.
    package init(_ state: StateDefinition, files: [String: [UInt8]]) {
        self.init(mode: state.mode, folder: StateDefinition.version(of: files), policies: SHA256.hash(files["policies.yaml"] ?? []))
    }
}

/// A data folder of the other mode: synthetic people among real ones, or real ones whom anybody may be.
package struct WrongMode: Error, Hashable, Sendable, CustomStringConvertible {
    package let mode: StateDefinition.Mode

    package var description: String {
        switch mode {
        case .live:
            "state.yaml says mode: live, and the data folder holds a demonstration: made-up people, and what was done in their names. "
                + "Give a live state a data folder of its own (--data)"
        case .demo:
            "state.yaml says mode: demo, and the data folder holds the data of a live state: in a demonstration anybody may sign in as anybody. "
                + "Write mode: live, or give the demonstration a data folder of its own (--data)"
        }
    }
}

extension Platform {
    /// Marks the data folder with the state's mode, and tells the house journal when folder or policies are others than at the last opening:
    /// what everybody may do does not change without a trace.
    ///
    /// **Throws** ``WrongMode`` for a data folder of the other mode. One that has entries and no mark is from before there were marks, when
    /// people could sign in to demonstrations only, and counts as one.
    package func open(_ opening: Opening) async throws {
        let (clock, journal) = (clock, journal)
        let isRight = try await store.write { (transaction: borrowing Transaction) throws -> Bool in
            let known = try Dictionary(
                transaction.query("SELECT name, value FROM gate_state").map { try ($0.text(0), $0.text(1)) }, uniquingKeysWith: { first, _ in first })
            var mode = known["mode"]
            if mode == nil, try AuditLog.size(in: transaction).entries > 0 { mode = StateDefinition.Mode.demo.rawValue }
            guard mode ?? opening.mode.rawValue == opening.mode.rawValue else { return false }
            let marks = ["mode": opening.mode.rawValue, "folder": opening.folder.hex, "policies": opening.policies.hex]
            guard marks != known else { return true }
            for (name, value) in marks {
                try transaction.execute(
                    "INSERT INTO gate_state (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2", [.text(name), .text(value)])
            }
            let now = clock.now()
            let entry = AuditEntry.ofHouse(
                "state.open", by: "platform", at: now, purpose: "house",
                records: marks.sorted { $0.key < $1.key }.map { AuditEntry.Record(register: "state/\($0.key)", record: $0.value, fields: []) },
                reference: Identifier.make(at: now, random: journal.pen.random).text)
            let written = try WrittenRows(changedIn: transaction, of: journal.sealed, random: journal.pen.random)
            try AuditLog.append(entry, about: AuditLog.house, written: written, pen: journal.pen, in: transaction)
            return true
        }
        guard isRight else { throw WrongMode(mode: opening.mode) }
    }
}
