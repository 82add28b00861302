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

        package init(key: NoteKey? = nil, checkpoints: [String] = []) {
            self.key = key
            self.checkpoints = checkpoints
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
        let headBytes = try HeadFile(path: HeadKeeper.defaultPath(of: dataFolder)).read()
        let head = headBytes.flatMap { SignedNote($0) }
        let snapshot = try StoreSnapshot(folder: dataFolder)
        defer { snapshot.close() }
        let seed: [UInt8]?
        do { seed = try KeyFolder.existing(dataFolder, "log") } catch {
            guard known.key != nil else { throw error }
            seed = nil
        }
        let origin = try known.key?.name ?? PublicLog.origin(in: snapshot) ?? ""
        let own = seed.flatMap { LogKey(origin: origin, seed: $0) }
        let keys = [known.key ?? own?.noteKey].compactMap { $0 }
        let trust = AuditVerification.Trust(
            keys: keys, mark: own?.mark, checkpoints: known.checkpoints, head: head.flatMap { HeadKeeper.logHead(of: $0, signedWith: keys) },
            now: clock.now())
        var report = try AuditVerification(trust, sealed: OpenState.sealed()).run(snapshot, progress: progress)
        if headBytes != nil, trust.head == nil { report.add(fault: "the head beside the folder is not signed with the log's key") }
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
}

/// A path that is no data folder.
package struct NoDataFolder: Error, CustomStringConvertible {
    let path: String
    package var description: String { "\(path) is no data folder: it holds no state.db; name the folder that `dovira serve --data` was given" }
}
