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
/// - *Storage-5* One process per folder, by a lock on the folder itself.
/// - *Storage-6* Nothing is acknowledged that cannot be found again: a folder, database or log that was moved or removed while it was in use
///   makes the store read-only at once, and an empty state is never begun beside what an earlier one left.
/// - *Storage-7* The tables of the migrations that ran are what these make: a store whose schema somebody altered does not start. No value is
///   larger than the store writes; one that is, is not read.
package final class SQLiteStore: Store {
    private let writer: SQLiteWriter
    private let readers: ReaderPool
    private let running: RunningThreads
    private let folder: String
    private let scrubStop = Scrub.Stop()

    /// Whether the store was closed in order before it was opened now, or is new.
    package let wasClosedInOrder: Bool

    /// How the file lay there before it was opened now.
    package let foundTrace: StoreTrace?
    /// Whether the store is new.
    package let isNew: Bool

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
        try DataFolder.refuseLeavings(folder)
        let path = folder + "/state.db"
        // Nobody else of ours has it, and nothing of ours has touched it yet.
        let trace = StoreTrace(path: path)
        try DataFolder.secure(folder)
        let connection = try SQLiteConnection(path: path, folder: folder, use: .writer, pagesMax: limits.databasePagesMax)
        // From here on other programs' commits are counted; what one wrote between the trace and this line has changed the trace.
        do { try connection.lookForOthers() } catch { throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(error)")) }
        foundTrace = StoreTrace(path: path) == trace ? trace : nil
        let isNew = try MigrationRunner.run(migrations, at: clock.now(), folder: folder, on: connection)
        let isMarkedClosed: Bool
        do {
            isMarkedClosed = try !connection.rows("SELECT value FROM storage_marks WHERE name = $1", [.text(SQLiteStore.closedMark)]).isEmpty
        } catch { throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(error)")) }
        self.isNew = isNew
        wasClosedInOrder = isNew || isMarkedClosed
        let altered = try SQLiteSchema.faults(migrations, on: connection, folder: folder)
        guard altered.isEmpty else {
            throw StoreRefusesToStart(
                folder: folder, reason: .cannotOpen("\(altered.prefix(5).joined(separator: "; ")): find out who did that, and restore the backup"))
        }
        // Statistics can turn the program's questions to a slow way; it asks none that needs them.
        do { for name in SchemaImage.statistics { try connection.run("DROP TABLE IF EXISTS \(name)") } } catch {
            throw StoreRefusesToStart(folder: folder, reason: .cannotOpen("\(error)"))
        }
        try DataFolder.sync(folder)
        let tables = try SQLiteSchema.publicTables(on: connection)
        let running = RunningThreads()
        let readers = try ReaderPool(path: path, folder: folder, publicTables: tables, limits: limits, running: running)
        self.readers = readers
        self.running = running
        self.folder = folder
        publicView = PublicView(readers: readers)
        do {
            writer = try SQLiteWriter(
                connection: connection, path: path, folder: folder, lock: lock, limits: limits, clock: clock, running: running,
                isMarkedClosed: isMarkedClosed, announce: announce, publish: { readers.declare(publicTables: $0) })
        } catch {
            readers.stop()
            throw error
        }
    }

    /// Has the trace told that the file is left with at an orderly close, and up to how many foreign writes it is known; it is not told where another
    /// program wrote meanwhile.
    package func onClosed(_ tell: @escaping @Sendable (StoreTrace, _ foreignWrites: Int) -> Void) { writer.onClosed(tell) }

    /// Stands in `storage_marks` from an orderly close until the next commit.
    static let closedMark = "closed"

    package var state: StoreState { writer.state }
    package var isInPlace: Bool { writer.isInPlace }

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
        scrubStop.stop()
        readers.stop()
        writer.stop()
        await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
            // The last thread to end tells; none is made for it.
            running.whenAllEnded { continuation.resume() }
        }
    }

    /// Reads every page of every table and index, beside the writer, and says what is damaged; the store then only reads.
    ///
    /// **Shape** the writer goes on meanwhile. Each table is read in a transaction of its own, so that the log can be copied in between.
    /// **Throws** `StorageUnavailable` where it cannot be begun.
    package func scrub() async throws -> [String] {
        let path = folder + "/state.db"
        let folder = folder
        let running = running
        let stop = scrubStop
        let faults = try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<[String], any Error>) in
            running.began()
            do {
                try StoreThread.start("dovira-scrub", folder: folder) {
                    let faults = Result { try Scrub.run(path: path, folder: folder, stop: stop) }
                    running.ended()
                    continuation.resume(with: faults)
                }
            } catch {
                running.ended()
                continuation.resume(throwing: error)
            }
        }
        if let first = faults.first { writer.condemn("the database is damaged (\(first)): stop the server and restore the backup") }
        return faults
    }

    deinit {
        // Threads hold what they need; they end after what was accepted.
        scrubStop.stop()
        writer.stop()
        readers.stop()
    }
}

/// Carries a value from the writer's thread to the caller, who reads it only after the writer has answered.
private final class Box<T>: @unchecked Sendable {
    var value: T?
}
