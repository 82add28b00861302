package import Audit
internal import Foundation
package import Kernel
internal import Storage

/// Proves the log of a data folder and holds its rows to it, whether a server works on the folder or not.
package enum LogInspection {
    /// What the caller knows from elsewhere.
    package struct Known: Sendable {
        /// The log's key as the caller has it; without one the folder's own word is taken.
        package var key: NoteKey?
        /// Checkpoints kept from earlier, as signed notes.
        package var checkpoints: [String]
        /// Where the log's head lies: nil for beside the folder, "none" for one that is not to be asked for.
        package var head: String?

        package init(key: NoteKey? = nil, checkpoints: [String] = [], head: String? = nil) {
            self.key = key
            self.checkpoints = checkpoints
            self.head = head
        }
    }

    /// **Throws** ``NoDataFolder``; `StoreRefusesToStart` where the store cannot be read; `KeyFileFault` where neither the folder nor the caller
    /// has the log's key.
    package static func verify(
        _ dataFolder: String, knowing known: Known = Known(), clock: Clock = .system, progress: (Int) -> Void
    ) async throws -> AuditReport {
        // Opening would make what is missing, and an empty log is always whole.
        guard FileManager.default.fileExists(atPath: dataFolder + "/state.db") else { throw NoDataFolder(path: dataFolder) }
        // Before the snapshot: the serving process moves the head on.
        let headPath = known.head ?? HeadKeeper.defaultPath(of: dataFolder)
        let headBytes = headPath == "none" ? nil : try HeadFile(path: headPath).read()
        let head = headBytes.flatMap { SignedNote($0) }
        let snapshot = try StoreSnapshot(folder: dataFolder)
        defer { snapshot.close() }
        let seed: [UInt8]?
        do { seed = try KeyFolder.existing(dataFolder, "log") } catch {
            guard known.key != nil else { throw error }
            seed = nil
        }
        // A log that has signed nothing yet is named by its head alone.
        let origin = try known.key?.name ?? PublicLog.origin(in: snapshot) ?? head.flatMap { HeadKeeper.origin(of: $0) } ?? ""
        let own = seed.flatMap { LogKey(origin: origin, seed: $0) }
        let keys = [known.key ?? own?.noteKey].compactMap { $0 }
        let trust = AuditVerification.Trust(
            keys: keys, mark: own?.mark, checkpoints: known.checkpoints, head: head.flatMap { HeadKeeper.logHead(of: $0, signedWith: keys) },
            now: clock.now())
        var report = try AuditVerification(trust, sealed: OpenState.sealed(), schema: OpenState.schema).run(snapshot, progress: progress)
        if headBytes != nil, trust.head == nil { report.add(fault: "the head at \(headPath) is not signed with the log's key") }
        if headBytes == nil, headPath != "none" {
            tellOfMissingHead(
                headPath, isNamed: known.head != nil,
                kept: try snapshot.read { (transaction: borrowing Transaction) in try StoreMarks.value(HeadKeeper.mark, in: transaction) }, &report)
        }
        if let key = known.key, let own, own.noteKey != key {
            report.add(fault: "keys/log.key is not the key that you trust: the folder's log is signed by somebody else")
        }
        if known.key == nil { report.add(notice: "the key is the folder's own: whoever holds the folder can have changed it; --key names one that you trust") }
        if known.checkpoints.isEmpty {
            report.add(notice: "no earlier checkpoint was given: whoever holds the log's key can have written the whole log anew; --since finds that")
        }
        if own == nil { report.add(notice: "the folder's log key is not at hand, so entries' marks were not checked") }
        return report
    }

    /// A head that was kept here and is gone is a fault. Of a folder that was kept elsewhere, a copy, the reader is told where its head was.
    private static func tellOfMissingHead(_ path: String, isNamed: Bool, kept: String?, _ report: inout AuditReport) {
        if isNamed {
            report.add(fault: "there is no head at \(path): name where the log's head is kept, or none")
        } else if kept == path {
            report.add(fault: "the log's head is gone: it was kept at \(path), and without it nothing tells that the folder was put back or shortened")
        } else if let kept {
            report.add(notice: "no head lies beside the folder, and its own was kept at \(kept): --head names it; a copy that was made earlier is behind it")
        } else {
            report.add(notice: "no head of the log is kept outside the folder: that an older folder was put back is not noticed")
        }
    }
}

/// A checkpoint as somebody has kept it: what the way of keeping may have changed without changing what was signed is put right.
package enum KeptCheckpoint {
    /// Why a file is no checkpoint, in words.
    package struct Fault: Error, Hashable, CustomStringConvertible {
        package let description: String
    }

    /// **Shape** line ends of either kind, a byte order mark, a last line without its end or empty lines after it are taken; anything else is not.
    package static func text(_ bytes: [UInt8]) throws(Fault) -> String {
        var rest = bytes[...]
        if rest.starts(with: [0xEF, 0xBB, 0xBF]) { rest = rest.dropFirst(3) }
        let newline = UInt8(ascii: "\n"), carriageReturn = UInt8(ascii: "\r")
        var lines: [UInt8] = []
        lines.reserveCapacity(rest.count + 1)
        var plain = 0, paired = 0
        for (place, byte) in zip(rest.indices, rest) {
            if byte == newline {
                if place > rest.startIndex, rest[place - 1] == carriageReturn { paired += 1 } else { plain += 1 }
            } else if byte == carriageReturn {
                guard place + 1 < rest.endIndex, rest[place + 1] == newline else { throw Fault(description: "a carriage return stands alone in it") }
                continue
            }
            lines.append(byte)
        }
        guard plain == 0 || paired == 0 else { throw Fault(description: "some of its lines end in CR LF and some in LF: get it again, byte for byte") }
        while lines.last == newline { lines.removeLast() }
        lines.append(newline)
        guard let text = String(validating: lines, as: UTF8.self) else { throw Fault(description: "it is not UTF-8") }
        guard text.contains("\n\n") else { throw Fault(description: "the empty line between what is signed and the signatures is missing") }
        guard let note = SignedNote(text) else { throw Fault(description: "after the empty line it has no lines of signatures, or one that is none") }
        guard Checkpoint(noteText: note.text) != nil else { throw Fault(description: "what is signed in it is no checkpoint") }
        return text
    }
}

/// A path that is no data folder.
package struct NoDataFolder: Error, CustomStringConvertible {
    let path: String
    package var description: String { "\(path) is no data folder: it holds no state.db; name the folder that `dovira serve --data` was given" }
}
