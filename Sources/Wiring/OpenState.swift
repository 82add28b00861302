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
            GateTables.sealed + Registers.sealed + Sessions.sealed + IssuanceTables.sealed + CaseTables.sealed, unsealed: Registers.unsealed)
    }

    /// Opens the state: takes the data folder's lock, migrates, makes the registers' tables and the missing keys.
    ///
    /// **Throws** what a start may meet, each with advice in its description: a taken folder, a newer store, a lost key.
    package static func open(_ state: StateDefinition, files: [String: [UInt8]], _ settings: Settings) async throws -> OpenState {
        let store = try SQLiteStore(
            folder: settings.dataFolder,
            migrations: migrations, clock: settings.clock,
            announce: { settings.onStore($0) })
        let registers = Registers(state.registers)
        try await registers.prepare(store)
        let keys = try KeyFolder(settings.dataFolder)
        let issuerKeys = try IssuerKeys(bodies: state.issuingBodies.map(\.id), origin: settings.origin, store: keys)
        let issuer = DocumentIssuer(keys: issuerKeys, definitions: state.documents)
        let logName = "\(state.code.lowercased()).dovira/log"
        let seed = try keys.secret("log") { Array(Curve25519.Signing.PrivateKey().rawRepresentation) }
        guard let logKey = LogKey(origin: logName, seed: seed) else { throw KeyFileFault(path: settings.dataFolder + "/keys/log.key") }
        let onFailure = settings.onFailure
        let platform = Platform(
            store: store, policy: Policy(state.policies, sources: [DocumentFacts(), CaseFacts(), TaskFacts()]),
            clock: settings.clock, randomness: settings.randomness, sealed: sealed(), mark: logKey.mark,
            onFailure: { reference, action, error in onFailure(reference.text, action.name, "\(error)") })
        try await platform.journal.takeOver(store)
        let services = try await ServiceCatalogue.open(state, files: files, registers: registers, store: store, journal: platform.journal)
        let zone = try ZoneFile.rules(of: state.timeZone)
        let sessions = Sessions(
            store: store, clock: settings.clock, randomness: settings.randomness, journal: platform.journal)
        let portal = Portal(
            state: state, platform: platform, sessions: sessions, registers: registers, services: services, issuer: issuer,
            trust: try TrustPage(state: state, keys: issuerKeys),
            log: LogIdentity(origin: logName, verificationKey: logKey.noteKey.vkey),
            pages: try Pages(look: Look(a: state.colours.a, b: state.colours.b, emblem: state.emblem)), zone: zone,
            origin: settings.origin, trustsProxy: settings.trustsProxy, endsTLS: settings.endsTLS)
        let decider = DecideCase(services: services, zone: zone, principal: SystemPrincipals.rules)
        let issuing = IssueDueDocuments(
            issuer: issuer, definitions: state.documents, registers: registers, as: SystemPrincipals.issuance,
            onStored: { errand, platform in
                try await ContinueCase.afterDocuments(errand, services: services, on: platform, as: SystemPrincipals.issuance)
            })
        let errands = ErrandRunner(
            platform: platform, handlers: [decider, issuing],
            onFailure: { errand, error in onFailure(errand.id, "errand \(errand.kind)", "\(error)") })
        return OpenState(
            state: state, platform: platform, registers: registers, sessions: sessions, portal: portal, errands: errands,
            sequencer: Sequencer(store: store, key: logKey, clock: settings.clock), onFailure: onFailure)
    }

    /// Runs what works beside the requests: errands, the log's sequencer, the sweeping of sessions. Ends when cancelled.
    package func work() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await errands.run() }
            group.addTask { await sequencer.run { onFailure("-", "sequencer", "\($0)") } }
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .seconds(300))
                    // A sweep that fails is done at the next turn; a session that is over is refused without it.
                    try? await sessions.sweep()
                }
            }
        }
    }
}
