internal import Glibc
internal import Kernel
internal import Synchronization

/// The one thread that writes. It takes the waiting use cases into one durable commit.
///
/// States: *ready* → *read-only* when a commit, a checkpoint or the disk fails (`fail`) → *ready* again when it is mended
/// (`recover`); *closed* after the last accepted work (`run`).
final class SQLiteWriter: @unchecked Sendable {
    final class Work: Sendable {
        let task: Housekeeping?
        /// It has no savepoint: where it throws, its batch is undone.
        let isUndoneTogether: Bool
        let body: @Sendable (borrowing Transaction) throws -> Void
        let done: @Sendable (Result<Void, any Error>) -> Void
        let since = ContinuousClock.now

        init(
            task: Housekeeping?, isUndoneTogether: Bool, body: @escaping @Sendable (borrowing Transaction) throws -> Void,
            done: @escaping @Sendable (Result<Void, any Error>) -> Void
        ) {
            self.task = task
            self.isUndoneTogether = isUndoneTogether
            self.body = body
            self.done = done
        }
    }

    private let path: String
    private let folder: String
    /// Held until the file is closed, however the store ends.
    private let lock: FolderLock
    private let limits: StorageLimits
    private let clock: Clock
    private let line: WaitingLine<Work>
    private let stateBox = Mutex<StoreState>(.ready)
    private let figuresBox = Mutex(StorageFigures())
    private let announce: @Sendable (StoreState) -> Void
    /// What the file was found to be damaged by; once said, no write is taken.
    private let damage = Mutex<String?>(nil)
    /// Told how the file is left.
    private let closed = Mutex<(@Sendable (StoreTrace, Int) -> Void)?>(nil)
    /// Told the public tables after a commit that changed them.
    private let publish: @Sendable (Set<String>) -> Void

    /// What a close waits for: the threads, and answers that are being given.
    private let running: RunningThreads

    private let watch: FolderWatch

    // Only the writer's thread touches what follows.
    private var connection: SQLiteConnection?
    private var schemaChanged = false
    private var spaceCheckedAt: ContinuousClock.Instant?
    private var recoveryTriedAt: ContinuousClock.Instant?
    /// Whether the file says that it was closed in order: the first commit takes that back.
    private var isMarkedClosed: Bool
    /// What the connection had changed when the transaction began.
    private var changesBefore: Int32 = 0
    /// What the last transaction began with.
    private var ground = StoreGround()
    /// The latest moment at which something was written, by the wall clock.
    private var newest: Instant?
    private static let spaceInterval = Duration.milliseconds(100)
    /// Answers from which on the writer lets another thread give them.
    private static let answeredApartMin = 4

    init(
        connection: SQLiteConnection, path: String, folder: String, lock: FolderLock, limits: StorageLimits, clock: Clock,
        running: RunningThreads, isMarkedClosed: Bool, announce: @escaping @Sendable (StoreState) -> Void, publish: @escaping @Sendable (Set<String>) -> Void
    ) throws {
        self.connection = connection
        self.path = path
        self.folder = folder
        self.lock = lock
        self.limits = limits
        self.clock = clock
        self.line = WaitingLine(lengthMax: limits.queueMax)
        self.running = running
        self.announce = announce
        self.publish = publish
        self.isMarkedClosed = isMarkedClosed
        self.watch = try FolderWatch(folder: folder)
        figuresBox.withLock { $0.synchronous = connection.synchronous }
        running.began()
        do {
            try StoreThread.start("dovira-writer", folder: folder) { [self] in
                run()
                running.ended()
            }
        } catch {
            running.ended()
            throw error
        }
    }

    var figures: StorageFigures {
        var figures = figuresBox.withLock { $0 }
        figures.waiting = line.count
        figures.freeBytes = freeBytes()
        return figures
    }

    /// Looked at beside the writer: it may be busy, or asleep.
    var isInPlace: Bool { watch.fault() == nil }
    var state: StoreState { stateBox.withLock { $0 } }

    /// Runs `body` in a batch and returns when the batch is durable. It is not generic; `SQLiteStore.lend` says why.
    func perform(
        _ task: Housekeeping?, undoneTogether: Bool, _ body: @escaping @Sendable (borrowing Transaction) throws -> Void
    ) async throws {
        try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
            let work = Work(task: task, isUndoneTogether: undoneTogether, body: body) { continuation.resume(with: $0) }
            switch line.put(work) {
            case .taken: break
            case .full: continuation.resume(throwing: StorageUnavailable(.busy))
            case .closed: continuation.resume(throwing: StorageUnavailable(.closed))
            }
        }
    }

    func onClosed(_ tell: @escaping @Sendable (StoreTrace, Int) -> Void) { closed.withLock { $0 = tell } }

    /// Refuses new work and lets the thread end after what was accepted.
    func stop() { line.close() }

    /// The file is damaged: from here on it is only read.
    func condemn(_ reason: String) { damage.withLock { $0 = $0 ?? reason } }

    // MARK: The thread

    private func run() {
        while let batch = line.take(
            upTo: limits.batchMax, waitingMilliseconds: isReady ? limits.watchMilliseconds : limits.recoveryMilliseconds)
        {
            if !isReady,
                recoveryTriedAt.map({ ContinuousClock.now - $0 >= .milliseconds(limits.recoveryMilliseconds) }) ?? true
            {
                recover()
            }
            // With nothing to write, too: who asks whether the store is ready is told the truth.
            guard isReady, checkGround(), checkSpace() else {
                refuse(batch)
                continue
            }
            guard !batch.isEmpty else { continue }
            let now = ContinuousClock.now
            process(
                batch.filter { work in
                    if now - work.since < .milliseconds(limits.waitMillisecondsMax) { return true }
                    work.done(.failure(StorageUnavailable(.waitedTooLong)))
                    return false
                })
            if isReady { checkpointIfDue() }
        }
        if let connection {
            // All is durable already; this only leaves the folder tidy. A store that failed says nothing of order.
            if !isMarkedClosed, checkGround() {
                try? connection.run(
                    "INSERT INTO storage_marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                    [.text(SQLiteStore.closedMark), .text(clock.now().rfc3339)])
            }
            _ = try? connection.checkpoint(isWhole: true)
            closeTraced(connection)
        }
        connection = nil
        lock.release()
        change(to: .closed)
    }

    /// Closes the file and tells its trace, if nobody else has written to it up to the moment that the trace is of. // Wholeness rests on it
    private func closeTraced(_ connection: SQLiteConnection) {
        let isOrderly = isReady
        let trace = StoreTrace.lasting(path: path)
        // After the trace: what another program commits before this line is noticed here, what it commits later leaves another trace.
        let isOurs = (try? connection.lookForOthers()) != nil
        let foreignWrites = connection.ground.foreignWrites
        connection.close()
        guard isOrderly, isOurs, let trace, trace == StoreTrace(path: path) else { return }
        closed.withLock { $0 }?(trace, foreignWrites)
    }

    private var isReady: Bool { state == .ready }

    private func refuse(_ batch: [Work]) {
        var reason = "the store recovers"
        if case .readOnly(let announced) = state { reason = announced }
        for work in batch { work.done(.failure(StorageUnavailable(.readOnly(reason)))) }
    }

    private func change(to state: StoreState) {
        let changed = stateBox.withLock { current in
            defer { current = state }
            return current != state
        }
        if changed { announce(state) }
    }

    // MARK: One batch

    /// Gives each work its own answer. Work that makes tables has a commit of its own, in which sorting uses the disk.
    private func process(_ works: [Work]) {
        var rest = works[...]
        while let first = rest.first {
            guard isReady, let connection else { return refuse(Array(rest)) }
            if first.task == .migrations {
                rest.removeFirst()
                connection.sortsOnDisk = true
                processTogether([first])
                self.connection?.sortsOnDisk = false
                self.connection?.turnGround()
            } else {
                let end = rest.firstIndex { $0.task == .migrations } ?? rest.endIndex
                let batch = Array(rest[..<end])
                rest = rest[end...]
                processTogether(batch)
            }
        }
    }

    /// Runs a batch in one commit. It takes in nobody who comes meanwhile: their requests are read and their answers sent while the disk works
    /// for this one, and no core is idle.
    private func processTogether(_ batch: [Work]) {
        guard let connection else { return refuse(batch) }
        var answers: [Result<Void, any Error>] = []
        answers.reserveCapacity(batch.count)
        guard begin(connection, batch) else { return }
        for (index, work) in batch.enumerated() {
            let (answer, isLost) = run(work, on: connection)
            if isLost {
                // Nothing of the batch remains and none was acknowledged. // Storage-2
                work.done(answer)
                for (place, other) in batch.enumerated() where place != index { runAlone(other) }
                return
            }
            answers.append(answer)
        }
        commit(connection, batch, answers)
    }

    /// Runs one work in a transaction of its own, after its batch was lost.
    private func runAlone(_ work: Work) {
        guard isReady, let connection else { return refuse([work]) }
        guard begin(connection, [work]) else { return }
        let (answer, isLost) = run(work, on: connection)
        if isLost { work.done(answer) } else { commit(connection, [work], [answer]) }
    }

    private func begin(_ connection: SQLiteConnection, _ batch: [Work]) -> Bool {
        do {
            try connection.step(connection.own("BEGIN IMMEDIATE"))
            changesBefore = connection.totalChanges
            try connection.lookForOthers()
            if watch.isTouched() { connection.noteForeignWrite() }
            let foreignWrites = connection.ground.foreignWrites
            if foreignWrites != ground.foreignWrites { figuresBox.withLock { $0.foreignWrites = foreignWrites } }
            ground = connection.ground
            return true
        } catch {
            if connection.isInTransaction { try? connection.run("ROLLBACK") }
            // Nothing has begun, so nothing is in doubt.
            fail("a transaction cannot begin: \(Self.words(error))")
            refuse(batch)
            recover()
            return false
        }
    }

    /// Runs a body in its savepoint.
    private func run(_ work: Work, on connection: SQLiteConnection) -> (answer: Result<Void, any Error>, isLost: Bool) {
        let session = SQLiteSession(connection: connection, task: work.task, holdMillisecondsMax: limits.holdMillisecondsMax) { [self] in
            schemaChanged = true
        }
        let began = ContinuousClock.now
        defer {
            session.finish()
            noteHold(ContinuousClock.now - began, work.task)
            if session.isDamaged { condemn("the database is damaged: stop the server and restore the backup") }
        }
        var answer: Result<Void, any Error>
        do {
            if work.isUndoneTogether {
                try work.body(Transaction(session: session))
                answer = .success(())
            } else {
                try session.openSavepoint()
                do {
                    try work.body(Transaction(session: session))
                    try session.releaseSavepoint()
                    answer = .success(())
                } catch {
                    answer = .failure(error)
                    try session.undoSavepoint()
                }
            }
        } catch {
            answer = .failure(error)
            // A savepoint that is not there, or cannot be opened or undone, leaves no firm ground: the transaction ends here.
            if connection.isInTransaction {
                try? connection.run("ROLLBACK")
                lose(session)
                return (.failure(work.isUndoneTogether ? error : TransactionLost(detail: Self.words(error))), true)
            }
        }
        // A body may have caught the loss; it is lost all the same.
        if connection.isInTransaction { return (answer, false) }
        lose(session)
        return (.failure(session.loss ?? TransactionLost(detail: "the database ended the transaction")), true)
    }

    /// Counts who kept the others waiting.
    private func noteHold(_ duration: Duration, _ task: Housekeeping?) {
        guard task != .migrations, duration >= .milliseconds(limits.holdMillisecondsTold) else { return }
        let milliseconds = Int(duration.components.seconds) * 1_000 + Int(duration.components.attoseconds / 1_000_000_000_000_000)
        figuresBox.withLock {
            $0.heldLong += 1
            $0.heldMillisecondsLongest = max($0.heldMillisecondsLongest, milliseconds)
        }
    }

    /// Takes note of a lost transaction.
    private func lose(_ session: SQLiteSession) {
        figuresBox.withLock { $0.lost += 1 }
        if schemaChanged { connection?.forgetStatements() }
        schemaChanged = false
        spaceCheckedAt = nil
        guard session.isDiskFailing else { return }
        // What the connection holds in memory is not to be trusted after that.
        fail("the disk fails: \(session.loss?.detail ?? "")")
        recover()
    }

    private func commit(_ connection: SQLiteConnection, _ batch: [Work], _ answers: [Result<Void, any Error>]) {
        let tables = schemaChanged ? try? SQLiteSchema.publicTables(on: connection) : nil
        schemaChanged = false
        // What changes nothing writes nothing, and leaves the mark of the orderly close.
        let isUnmarking = isMarkedClosed && connection.totalChanges != changesBefore
        do {
            if isUnmarking { try connection.step(connection.own("DELETE FROM storage_marks WHERE name = '\(SQLiteStore.closedMark)'")) }
            // A crash before this line loses the batch, and nobody was told that it was done; after it nothing is lost.
            try connection.step(connection.own("COMMIT"))
        } catch {
            let unknown = OutcomeUnknown(detail: Self.words(error))
            // Nothing is run again: what reached the disk is unknown. // Storage-3
            for work in batch { work.done(.failure(unknown)) }
            figuresBox.withLock { $0.unknown += batch.count }
            fail("a commit failed: \(unknown.detail)")
            recover()
            return
        }
        // What was written into a file that has lost its name is gone with the process. // Storage-6
        guard checkFolder() else {
            var reason = "the data folder is gone"
            if case .readOnly(let announced) = state { reason = announced }
            for work in batch { work.done(.failure(OutcomeUnknown(detail: reason))) }
            figuresBox.withLock { $0.unknown += batch.count }
            return
        }
        if isUnmarking { isMarkedClosed = false }
        figuresBox.withLock {
            $0.commits += 1
            $0.done += batch.count
        }
        if let tables { publish(tables) }
        // Each answer wakes its task, which may push this thread aside; many are given by another thread while this one goes on.
        guard batch.count >= Self.answeredApartMin else {
            for (work, answer) in zip(batch, answers) { work.done(answer) }
            return
        }
        let running = running
        running.began()
        Task.detached {
            for (work, answer) in zip(batch, answers) { work.done(answer) }
            running.ended()
        }
    }

    // MARK: The ground that a commit stands on

    /// Whether the folder is there, the file is sound and the clock goes forward.
    private func checkGround() -> Bool {
        guard checkFolder() else { return false }
        if let reason = damage.withLock({ $0 }) {
            fail(reason)
            return false
        }
        return checkClock()
    }

    // Storage-6
    private func checkFolder() -> Bool {
        guard let fault = watch.fault() else { return true }
        // The commits are still held open here, and a copy of them is all that will be left.
        if case .logRemoved = fault, isReady { _ = try? connection?.checkpoint(isWhole: true) }
        figuresBox.withLock { $0.isFolderInPlace = false }
        fail(fault.description)
        return false
    }

    /// A clock that went back would date new entries before old ones, and open what had ended.
    private func checkClock() -> Bool {
        guard let back = limits.clockBackMillisecondsMax else { return true }
        let now = clock.now()
        if let newest, now.milliseconds < newest.milliseconds - back {
            fail(
                "the clock went back: it says \(now.rfc3339), and something was written at \(newest.rfc3339): "
                    + "mend the clock, or, if it is right now, start again with --accept-clock")
            return false
        }
        newest = max(newest ?? now, now)
        return true
    }

    // MARK: Checkpoints and space

    private func checkpointIfDue() {
        guard let connection, connection.uncopiedFrames >= limits.logFramesMax else { return }
        do {
            // What somebody else wrote into the file before it is not taken for ours.
            if watch.isTouched() { connection.noteForeignWrite() }
            defer { watch.noteOwnWrite() }
            let result = try connection.checkpoint(isWhole: false)
            if result.frames >= limits.logFramesHard { try connection.checkpoint(isWhole: true) }
        } catch {
            // Every commit is durable in the log; only its copying failed.
            fail("a checkpoint failed: \(Self.words(error))")
            recover()
        }
    }

    /// Looks at the free space now and then; too little of it announces the read-only state before a commit fails.
    private func checkSpace() -> Bool {
        let now = ContinuousClock.now
        if let spaceCheckedAt, now - spaceCheckedAt < Self.spaceInterval { return true }
        spaceCheckedAt = now
        guard isSpaceShort else { return true }
        // The log may be what fills the disk.
        recover()
        return isReady
    }

    private var isSpaceShort: Bool { freeBytes().map { $0 < limits.freeBytesMin } ?? false }

    /// The bytes that the folder's file system has left.
    private func freeBytes() -> Int? {
        var answer = statvfs()
        guard statvfs(folder, &answer) == 0 else { return nil }
        return Int(answer.f_bavail) * Int(answer.f_frsize)
    }

    // MARK: Failure and recovery

    private func fail(_ reason: String) {
        change(to: .readOnly(reason: reason))
    }

    /// Tries to leave the read-only state: what was committed is copied into the database file and the log emptied, so
    /// that no doubtful frame can come to life; then the connection is opened anew and proves that it can write.
    /// It is how *Storage-3* goes on after a failed commit.
    private func recover() {
        recoveryTriedAt = .now
        // Opening what lies at the path now could begin another state. // Storage-6
        guard checkGround() else { return }
        figuresBox.withLock {
            $0.recoveries += 1
            $0.isFolderInPlace = true
        }
        do {
            if let connection {
                if connection.isInTransaction { try connection.run("ROLLBACK") }
                if watch.isTouched() { connection.noteForeignWrite() }
                defer { watch.noteOwnWrite() }
                guard try !connection.checkpoint(isWhole: true).isBusy else {
                    return fail("public reads hold the log; it is tried again")
                }
                guard !isSpaceShort else {
                    return fail("the disk is nearly full: fewer than \(limits.freeBytesMin / 1_048_576) MB are free")
                }
            }
            let fresh = try SQLiteConnection(path: path, folder: folder, use: .writer, pagesMax: limits.databasePagesMax)
            if let connection {
                // Nobody commits between the old connection's last look and the new one's first.
                try fresh.run("BEGIN IMMEDIATE")
                try connection.lookForOthers()
                try fresh.lookForOthers()
                try fresh.run("ROLLBACK")
                fresh.succeed(connection.ground)
                connection.close()
            }
            connection = fresh
            watch.openedAnew()
            figuresBox.withLock { $0.synchronous = fresh.synchronous }
            try fresh.beat(clock.now().milliseconds)
            try DataFolder.sync(folder)
            change(to: .ready)
        } catch {
            fail(Self.words(error))
        }
    }

    private static func words(_ error: any Error) -> String {
        (error as? StatementFailure).map { "\($0.message) (code \($0.code))" } ?? "\(error)"
    }
}
