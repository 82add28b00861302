package import Audit
internal import Crypto
internal import Kernel
internal import Storage

/// Reads the log of a data folder whose server is stopped, and proves it.
package enum LogInspection {
    /// **Throws** `StoreRefusesToStart` where the folder is in use or no data folder.
    package static func verify(_ dataFolder: String, progress: @escaping @Sendable (Int) -> Void) async throws -> AuditReport {
        let store = try SQLiteStore(folder: dataFolder, migrations: OpenState.migrations)
        let seed = try KeyFolder(dataFolder).secret("log") { [] }
        let keys = LogKey(origin: try await PublicLog(store.publicView).origin() ?? "", seed: seed).map { [$0.noteKey] } ?? []
        let report = try await AuditVerification(store: store, keys: keys).run(progress: progress)
        await store.close()
        return report
    }
}
