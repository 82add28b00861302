package import Audit
internal import Crypto
package import Gate
package import Identity
internal import Issuance
package import Kernel
package import Registry
internal import Services
package import StateFolder
package import Storage
package import Web

/// A state that is open: its folder read, its data folder taken, its rooms wired. Main and tests share it.
package struct OpenState: Sendable {
    package let state: StateDefinition
    package let platform: Platform
    package let registers: Registers
    package let sessions: Sessions
    package let portal: Portal
    package let errands: ErrandRunner
    package let sequencer: Sequencer
    /// For the operators' address.
    package let health: OperationsHealth
    private let store: SQLiteStore
    private let watch: ClockWatch
    private let errandDesk: ErrandDesk
    private let onNotice: @Sendable (String) -> Void
    private let onFailure: @Sendable (String, String, String) -> Void

    package struct Settings: Sendable {
        package var dataFolder: String
        package var origin: String
        package var trustsProxy: Bool
        package var endsTLS: Bool
        package var clock: Clock
        package var randomness: Randomness
        /// Told of failures, with a reference; never of a person's data.
        package var onFailure: @Sendable (_ reference: String, _ what: String, _ error: String) -> Void

        /// The store's limits.
        package var limits = StorageLimits()
        /// Where the log's head is kept: nil for beside the data folder, "none" for nowhere.
        package var head: String?
        /// Goes on with a data folder that is behind its head. It is recorded.
        package var acceptsRestored = false
        /// Goes on with a clock that is behind the log. It is recorded.
        package var acceptsClock = false
        /// Told what an operator should know and need not do anything about.
        package var onNotice: @Sendable (String) -> Void = { _ in }
        /// Told of each change of the store's state: read-only with its reason, ready again, closed.
        package var onStore: @Sendable (StoreState) -> Void = { _ in }

        package init(
            dataFolder: String, origin: String, trustsProxy: Bool = false, endsTLS: Bool = false, clock: Clock = .system,
            randomness: Randomness = .system, onFailure: @escaping @Sendable (String, String, String) -> Void
        ) {
            self.dataFolder = dataFolder
            self.origin = origin
            self.trustsProxy = trustsProxy
            self.endsTLS = endsTLS
            self.clock = clock
            self.randomness = randomness
            self.onFailure = onFailure
        }
    }

    /// Every room's tables.
    package static let migrations: [Migration] =
        AuditTables.migrations + GateTables.migrations + Registers.migrations + Sessions.migrations + IssuanceTables.migrations
        + CaseTables.migrations

    /// Every table of the house, as the log seals it.
    package static func sealed() -> SealedTables {
        SealedTables(
            GateTables.sealed + Registers.sealed + Sessions.sealed + IssuanceTables.sealed + KnownKeys.sealed + CaseTables.sealed)
    }

    /// The schema that a data folder may have: what the migrations make, and what the program wrote down that it made for the registers.
    package static let schema = ExpectedSchema(migrations) { (transaction: borrowing Transaction) in try RegisterShape.recorded(in: transaction) }

    /// Opens the state: takes the data folder's lock, migrates, makes the registers' tables and the missing keys.
    ///
    /// **Throws** what a start may meet, each with advice in its description: a taken folder, a newer store, a lost key.
    package static func open(_ state: StateDefinition, files: [String: [UInt8]], _ settings: Settings) async throws -> OpenState {
        let headPath = settings.head == "none" ? nil : settings.head ?? HeadKeeper.defaultPath(of: settings.dataFolder)
        if !settings.acceptsRestored { try HeadKeeper.refuseEmptyFolder(settings.dataFolder, path: headPath) }
        let store = try SQLiteStore(
            folder: settings.dataFolder,
            migrations: migrations, clock: settings.clock, limits: settings.limits,
            announce: { settings.onStore($0) })
        // Whatever stops the start leaves the folder closed in order.
        do { return try await open(state, files: files, settings, store, headPath: headPath) } catch {
            await store.close()
            throw error
        }
    }

    private static func open(
        _ state: StateDefinition, files: [String: [UInt8]], _ settings: Settings, _ store: SQLiteStore, headPath: String?
    ) async throws -> OpenState {
        let logName = "\(state.code.lowercased()).dovira/log"
        if let known = try await PublicLog(store.publicView).origin(), known != logName { throw LogRenamed(known: known, now: logName) }
        try await compareOrigin(store, settings)
        let (keys, known) = try await keyFolder(state, store, settings)
        let seed = try keys.secret("log") { Array(Curve25519.Signing.PrivateKey().rawRepresentation) }
        guard let logKey = LogKey(origin: logName, seed: seed) else { throw KeyFileFault(path: settings.dataFolder + "/keys/log.key", .unreadable) }
        // Before anything of the log is looked at, which another key would call corrupt.
        if case let before?? = known["log"] { try keys.checkUnexchanged("log", Base64.encode(logKey.noteKey.publicKey), known: before) }
        let onFailure = settings.onFailure
        let platform = Platform(
            store: store, policy: Policy(state.policies, sources: [DocumentFacts(), CaseFacts(), TaskFacts()]),
            clock: settings.clock, randomness: settings.randomness, sealed: sealed(), mark: logKey.mark,
            holdTold: .milliseconds(settings.limits.holdMillisecondsTold),
            onFailure: { reference, action, error in onFailure(reference.text, action.name, "\(error)") })
        try await checkClock(store, settings, pen: platform.journal.pen)
        let registers = Registers(state.registers)
        let opening = Opening(state, files: files)
        // What an earlier version wrote is sealed before anything new is.
        try await platform.journal.takeOver(store)
        try await RegisterShape.check(migrations, store, journal: platform.journal)
        // Before anything else is written: a folder with entries and without a mode is from before there were modes.
        try await platform.open(opening)
        for twice in try await registers.prepare(store, journal: platform.journal) { settings.onFailure("-", "registers", "\(twice)") }
        let issuerKeys = try IssuerKeys(bodies: state.issuingBodies.map(\.id), origin: settings.origin, store: keys)
        let issuer = DocumentIssuer(keys: issuerKeys, definitions: state.documents)
        let services = try await ServiceCatalogue.open(state, files: files, registers: registers, store: store, journal: platform.journal)
        var used = try issuerKeys.thumbprints
        used["log"] = Base64.encode(logKey.noteKey.publicKey)
        for (name, publicKey) in used {
            if case let before?? = known[name] { try keys.checkUnexchanged(name, publicKey, known: before) }
        }
        try await KnownKeys.remember(used, at: settings.clock.now(), in: store, journal: platform.journal)
        let zone = try ZoneFile.rules(of: state.timeZone)
        let sessions = Sessions(
            store: store, clock: settings.clock, randomness: settings.randomness, ground: SessionGround(state, folder: opening.folder),
            journal: platform.journal)
        let portal = Portal(
            state: state, platform: platform, sessions: sessions, registers: registers, services: services, issuer: issuer,
            trust: try TrustPage(state: state, keys: issuerKeys),
            log: LogIdentity(origin: logName, verificationKey: logKey.noteKey.vkey),
            pages: try Pages(look: Look(a: state.colours.a, b: state.colours.b, emblem: state.emblem)), zone: zone,
            origin: settings.origin, trustsProxy: settings.trustsProxy, endsTLS: settings.endsTLS)
        let decider = DecideCase(services: services, zone: zone, principal: SystemPrincipals.rules)
        let issuing = IssueDueDocuments(
            issuer: issuer, definitions: state.documents, registers: registers, zone: zone, as: SystemPrincipals.issuance,
            onStored: { errand, platform in
                try await ContinueCase.afterDocuments(errand, services: services, on: platform, as: SystemPrincipals.issuance)
            })
        let keeper = try await HeadKeeper.begin(
            path: headPath, store: store, key: logKey, isAccepted: settings.acceptsRestored, clock: settings.clock, journal: platform.journal,
            onNotice: settings.onNotice)
        // The folder's lock is held, so nobody else is at work on what was claimed.
        let now = settings.clock.now()
        try await store.maintain(.errands) { (transaction: borrowing Transaction) in try ErrandList.release(at: now, in: transaction) }
        let errands = ErrandRunner(
            platform: platform, handlers: [decider, issuing],
            onFailure: { errand, error in onFailure(errand.id, "errand \(errand.kind)", "\(error)") })
        let sequencer = Sequencer(store: store, key: logKey, clock: settings.clock) { head in try await keeper?.write(head) }
        let watch = ClockWatch(clock: settings.clock)
        platform.journal.proof.wholeness.onDoubt {
            try await RowInspection.faults(of: settings.dataFolder, key: logKey, clock: settings.clock)
        } tell: { onFailure("-", "rows of the database", $0) }
        try await comeToKnow(store, keeper, platform.journal.proof.wholeness)
        return OpenState(
            state: state, platform: platform, registers: registers, sessions: sessions, portal: portal, errands: errands, sequencer: sequencer,
            health: StateHealth(store: store, sequencer: sequencer, clock: settings.clock, watch: watch, proof: platform.journal.proof).operations, store: store, watch: watch,
            errandDesk: ErrandDesk(folder: settings.dataFolder, store: store, clock: settings.clock), onNotice: settings.onNotice,
            onFailure: onFailure)
    }

    /// A log of so many entries is looked at before the doors open, a longer one beside what is done.
    private static let lookedAtFirstMax = 20_000

    /// Whether somebody wrote to the database while no server had it: then nobody knows what is missing until all was looked at. Left in order and found
    /// as it was left, nothing is looked at; after a crash, a move or a restoring it is, and so where no head is kept that could tell.
    private static func comeToKnow(_ store: SQLiteStore, _ keeper: HeadKeeper?, _ wholeness: Wholeness) async throws {
        if let keeper {
            store.onClosed { [weak keeper, weak wholeness] (trace, foreignWrites) in
                if wholeness?.isProved(upTo: foreignWrites) == true { keeper?.leave(trace) }
            }
        }
        if store.isNew { return }
        if let found = store.foundTrace, found == keeper?.leftTrace { return }
        wholeness.doubtStart()
        let entries = try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in try AuditLog.size(in: transaction).entries }
        if entries <= lookedAtFirstMax { await wholeness.lookAtStart() } else { wholeness.beginAtStart() }
    }

    /// Holds the clock to the newest thing in the log.
    private static func checkClock(_ store: SQLiteStore, _ settings: Settings, pen: AuditPen) async throws {
        let newest = try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in try AuditLog.newestMoment(in: transaction) }
        let now = settings.clock.now()
        guard let words = try ClockWatch.check(now, newest: newest, isAccepted: settings.acceptsClock) else { return }
        settings.onNotice(words)
        guard let newest, now < newest else { return }
        try await store.maintain(.sequencer) { (transaction: borrowing Transaction) in
            try AuditLog.recordAcceptance(
                "log.accept-clock", [AuditEntry.Record(register: "log", record: newest.rfc3339, fields: ["at"])], at: now, pen: pen,
                in: transaction)
        }
    }

    /// Tells of a portal that has another address than before: documents name their issuers by it.
    private static func compareOrigin(_ store: SQLiteStore, _ settings: Settings) async throws {
        let known = try await StoreMarks.value("origin", in: store)
        if let known, known != settings.origin {
            settings.onNotice(
                "the portal's address was \(known) and is \(settings.origin) now: documents issued before name issuers that are not found here; "
                    + "start with --origin \(known) if that was not meant")
        }
        if known != settings.origin { try await StoreMarks.set("origin", settings.origin, in: store) }
    }

    /// The folder of the keys, knowing which of them were used before: those are not made anew when they are gone.
    private static func keyFolder(
        _ state: StateDefinition, _ store: any Store, _ settings: Settings
    ) async throws -> (folder: KeyFolder, known: [String: String?]) {
        let bodies = Dictionary(state.documents.map { ($0.id, $0.body) }, uniquingKeysWith: { first, _ in first })
        var known = try await KnownKeys.read(store) { bodies[$0] }
        if known["log"] == nil, try await PublicLog(store.publicView).checkpoint() != nil { known.updateValue(nil, forKey: "log") }
        return (try KeyFolder(settings.dataFolder, known: Set(known.keys)), known)
    }

    /// Runs what works beside the requests: errands, the log's sequencer, the sweeping of sessions. Ends when cancelled.
    package func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await errands.run() }
            group.addTask { await sequencer.run { onFailure("-", "sequencer", "\($0)") } }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(1))
                    if let jump = watch.jump() { onNotice(jump) }
                    do { try await errandDesk.serve() } catch { onFailure("-", "errands", "\(error)") }
                }
            }
            group.addTask { await scrub() }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(300))
                    // A sweep that fails is done at the next turn; a session that is over is refused without it.
                    try? await sessions.sweep()
                }
            }
        }
    }

    /// Seconds between two readings of all pages.
    private static let scrubSeconds: Int64 = 86_400

    /// Reads all pages for damage: soon after a start that followed no orderly close, and once a day.
    private func scrub() async {
        var isDue = !store.wasClosedInOrder
        while !Task.isCancelled {
            if isDue {
                do {
                    // The store announces damage itself, and takes no more writes.
                    for fault in try await store.scrub() { onFailure("-", "pages of the database", fault) }
                } catch where Task.isCancelled {
                    return
                } catch { onFailure("-", "pages of the database", "\(error)") }
            }
            isDue = true
            try? await Task.sleep(for: .seconds(Self.scrubSeconds))
        }
    }
}

/// The state's code was changed, by which its log is named.
package struct LogRenamed: Error, CustomStringConvertible {
    let known: String
    let now: String
    package var description: String {
        "state.yaml's code makes the log \(now), and the data folder holds \(known): checkpoints under two names prove nothing of each other. "
            + "Put the code back, or begin with an empty data folder"
    }
}
