internal import Foundation
package import Kernel

/// The store in one SQLite file, `<folder>/state.db`.
///
/// - *Storage-1* The log is written with `synchronous=FULL`, set after GRDB has opened the connection and read back; the
///   store refuses to start unless it is 2.
/// - *Storage-2* SQLite may end the whole transaction by itself. Before each statement the session checks that it stands,
///   else it throws `TransactionLost`. The use case that ran gets the error; the others of the batch, none acknowledged,
///   run again one by one.
/// - *Storage-3* A failed COMMIT runs nothing again. Every caller of the batch gets `OutcomeUnknown`; the store empties
///   its log, opens anew, or stays read-only and tries again.
/// - *Storage-4* No deferred constraint, no `ON CONFLICT ROLLBACK`, no interrupt. The writer's connection alone writes
///   and makes checkpoints.
/// - *Storage-5* One process per folder, by a lock file.
package final class SQLiteStore: Store {
    private let writer: SQLiteWriter
    private let readers: ReaderPool

    package let publicView: PublicView

    /// Opens the store, making the folder where it is missing, and brings it up to `migrations`.
    ///
    /// **Shape** migrations run in the order given; those of one room are only ever added at its end. `announce` is
    /// called on the writer's thread with each change of state; it must be quick.
    /// **Throws** `StoreRefusesToStart`.
    package init(
        folder: String, migrations: [Migration], clock: Clock = .system, limits: StorageLimits = StorageLimits(),
        announce: @escaping @Sendable (StoreState) -> Void = { _ in }
    ) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(error)"))
        }
        let lock = try FolderLock(folder: folder)
        let path = folder + "/state.db"
        let connection = try SQLiteConnection(path: path, folder: folder, use: .writer, pagesMax: limits.databasePagesMax)
        try MigrationRunner.run(migrations, at: clock.now(), folder: folder, on: connection)
        try DataFolder.sync(folder)
        let tables = try SQLiteSchema.publicTables(on: connection)
        let readers = try ReaderPool(path: path, folder: folder, publicTables: tables, limits: limits)
        self.readers = readers
        publicView = PublicView(readers: readers)
        writer = SQLiteWriter(
            connection: connection, path: path, folder: folder, lock: lock, limits: limits, clock: clock, announce: announce,
            publish: { readers.declare(publicTables: $0) })
    }

    package var state: StoreState { writer.state }

    /// What the store has done since it was opened.
    package var figures: StorageFigures { writer.figures }

    @discardableResult
    package func write<T: Sendable>(_ body: @escaping @Sendable (borrowing Transaction) throws -> T) async throws -> T {
        try await lend(nil, body)
    }

    @discardableResult
    package func writeTogether<T: Sendable>(_ body: @escaping @Sendable (borrowing Transaction) throws -> T) async throws -> T {
        try await lend(nil, undoneTogether: true, body)
    }

    @discardableResult
    package func maintain<T: Sendable>(_ task: Housekeeping, _ body: @escaping @Sendable (borrowing Transaction) throws -> T)
        async throws -> T
    {
        try await lend(task, body)
    }

    private func lend<T: Sendable>(
        _ task: Housekeeping?, undoneTogether: Bool = false, _ body: @escaping @Sendable (borrowing Transaction) throws -> T
    ) async throws -> T {
        // The value goes through a box: a generic core would abort the release optimiser of Swift 6.3.
        let box = Box<T>()
        try await writer.perform(task, undoneTogether: undoneTogether) { (transaction: borrowing Transaction) in box.value = try body(transaction) }
        return box.value!
    }

    package func close() async {
        let writer = writer
        let readers = readers
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            // Closing waits for threads, which no task may do.
            let thread = Thread {
                readers.close()
                writer.close()
                continuation.resume()
            }
            thread.start()
        }
    }

    deinit {
        // Threads hold what they need; they end after what was accepted.
        writer.stop()
        readers.stop()
    }
}

/// Carries a value from the writer's thread to the caller, who reads it only after the writer has answered.
private final class Box<T>: @unchecked Sendable {
    var value: T?
}
