package import Audit
internal import Foundation
internal import Kernel
internal import Storage

/// Reads the log of a data folder whose server is stopped, and proves it.
package enum LogInspection {
    /// **Throws** ``NoDataFolder``; `StoreRefusesToStart` where the folder is in use; `KeyFileFault` where its key is gone.
    package static func verify(_ dataFolder: String, progress: @escaping @Sendable (Int) -> Void) async throws -> AuditReport {
        // Opening would make what is missing, and an empty log is always whole.
        guard FileManager.default.fileExists(atPath: dataFolder + "/state.db") else { throw NoDataFolder(path: dataFolder) }
        let seed = try KeyFolder(dataFolder).existingSecret("log")
        let store = try SQLiteStore(folder: dataFolder, migrations: OpenState.migrations)
        let keys = LogKey(origin: try await PublicLog(store.publicView).origin() ?? "", seed: seed).map { [$0.noteKey] } ?? []
        let report = try await AuditVerification(store: store, keys: keys).run(progress: progress)
        await store.close()
        return report
    }
}

/// A path that is no data folder.
package struct NoDataFolder: Error, CustomStringConvertible {
    let path: String
    package var description: String { "\(path) is no data folder: it holds no state.db; name the folder that `dovira serve --data` was given" }
}
