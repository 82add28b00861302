internal import Audit
internal import Foundation
internal import Kernel
internal import Storage

/// Holds all rows of an open data folder to its log, beside the writer: after another program has written to the database.
enum RowInspection {
    /// What is not as the log knows it, in words; empty where all is.
    ///
    /// **Shape** on a thread of its own, for it reads the whole folder; the tasks' threads go on with the requests.
    static func faults(of dataFolder: String, key: LogKey, clock: Clock) async throws -> [String] {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<[String], any Error>) in
            let thread = Thread {
                continuation.resume(with: Result { try look(dataFolder, key, at: clock.now()) })
            }
            thread.stackSize = 8 * 1_024 * 1_024
            thread.start()
        }
    }

    private static func look(_ dataFolder: String, _ key: LogKey, at now: Instant) throws -> [String] {
        let snapshot = try StoreSnapshot(folder: dataFolder)
        defer { snapshot.close() }
        let trust = AuditVerification.Trust(keys: [key.noteKey], mark: key.mark, checkpoints: [], head: nil, now: now)
        return try AuditVerification(trust, sealed: OpenState.sealed(), schema: OpenState.schema).run(snapshot).faults
    }
}
