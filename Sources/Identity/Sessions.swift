package import Audit
package import Gate
package import Kernel
import StateFolder
package import Storage
import Synchronization

/// Who is signed in. The browser holds a random token; the store holds its hash, so a copied disk opens no session.
package final class Sessions: Sendable {
    /// A session ends after this long without a request, and in any case at the second limit.
    package static let idleSeconds: Int64 = 30 * 60
    package static let lifeSeconds: Int64 = 12 * 60 * 60
    /// A clock that is put right goes back by no more than this. A session from further ahead was begun under a wrong clock, and is over.
    static let slackSeconds: Int64 = 5 * 60
    static let tokenBytes = 32
    private static let cacheMax = 10_000
    /// How long a request may trust the memory without touching the store: it bounds how stale "last seen" is.
    private static let touchSeconds: Int64 = 60

    package static let migrations: [Migration] = [
        Migration(
            "identity-1", room: "identity",
            steps: [
                .createTable(
                    "identity_sessions",
                    columns: [
                        Column("token_hash", .blob), Column("kind", .text), Column("holder", .text), Column("name", .text),
                        Column("body", .text, nullable: true), Column("roles", .json), Column("csrf", .blob),
                        Column("created_at", .instant), Column("seen_at", .instant),
                    ], primaryKey: ["token_hash"]),
                .createIndex("identity_sessions_seen", on: "identity_sessions", columns: ["seen_at"]),
            ]),
        // Sessions from before have no ground that could be looked at, and end.
        Migration(
            "identity-2", room: "identity",
            steps: [
                .addColumn(Column("mode", .text, nullable: true), to: "identity_sessions"),
                .addColumn(Column("folder", .text, nullable: true), to: "identity_sessions"),
            ]),
    ]

    /// When a session was last seen is upkeep's: moving it ends a session or keeps one alive until its second limit. A session may be gone once
    /// it could be over.
    package static let sealed = [SealedTable("identity_sessions", key: ["token_hash"], loose: ["seen_at"], keptSeconds: idleSeconds)]

    private let store: any Store
    private let clock: Clock
    private let randomness: Randomness
    private let ground: SessionGround
    private let journal: HouseJournal
    private let cache = Mutex<[Digest: Session]>([:])

    package init(store: any Store, clock: Clock, randomness: Randomness, ground: SessionGround, journal: HouseJournal) {
        self.ground = ground
        self.store = store
        self.journal = journal
        self.clock = clock
        self.randomness = randomness
    }

    /// Begins a session and returns the token for the cookie.
    ///
    /// **Throws** `forbidden` where the word of a demonstration is brought to a live state.
    package func begin(_ identified: Identified) async throws -> (token: String, session: Session) {
        guard ground.mode == .demo || !identified.isDemo else { throw Refusal(.forbidden, "sign-in.demo-only") }
        let token = randomness.bytes(Self.tokenBytes)
        let now = clock.now()
        let session = Session(
            hash: SHA256.hash(token), principal: identified.principal(session: SHA256.hash(token).hex), displayName: identified.displayName,
            csrf: Base64URL.encode(randomness.bytes(Self.tokenBytes)), createdAt: now, seenAt: now)
        try await store.maintain(.sessions) { [ground, journal] (transaction: borrowing Transaction) in
            try session.insert(on: ground, in: transaction)
            try journal.note("session.begin", in: transaction)
        }
        remember(session)
        return (Base64URL.encode(token), session)
    }

    /// The session of a cookie's token; `nil` when there is none, or it is over.
    package func session(token: String) async throws -> Session? {
        guard let bytes = Base64URL.decode(token), bytes.count == Self.tokenBytes else { return nil }
        let hash = SHA256.hash(bytes)
        let now = clock.now()
        if let known = cache.withLock({ $0[hash] }), known.isOpen(at: now),
            now.seconds - known.seenAt.seconds < Self.touchSeconds
        {
            return known
        }
        let found: Session?
        do {
            found = try await store.maintain(.sessions) { [ground, journal] (transaction: borrowing Transaction) in
                try Session.find(hash, on: ground, seenAt: now, journal: journal, in: transaction)
            }
        } catch let down as StorageUnavailable {
            // While nothing can be written, who is signed in stays so, as far as this process knows; her pages say read-only.
            guard let known = cache.withLock({ $0[hash] }), known.isOpen(at: now) else { throw down }
            return known
        }
        guard let found, found.isOpen(at: now) else {
            cache.withLock { $0[hash] = nil }
            return nil
        }
        let seen = found.seen(at: now)
        remember(seen)
        return seen
    }

    package func end(_ session: Session) async throws {
        cache.withLock { $0[session.hash] = nil }
        let (hash, journal) = (session.hash, journal)
        _ = try await store.maintain(.sessions) { (transaction: borrowing Transaction) in
            try Session.remove("WHERE token_hash = $1", [.blob(hash.bytes)], journal: journal, in: transaction)
        }
    }

    /// Housekeeping: removes the sessions that are over.
    package func sweep() async throws {
        let now = clock.now()
        cache.withLock { sessions in sessions = sessions.filter { $0.value.isOpen(at: now) } }
        _ = try await store.maintain(.sessions) { [journal] (transaction: borrowing Transaction) in
            try Session.remove(
                "WHERE seen_at < $1 OR created_at < $2 OR seen_at > $3 OR created_at > $3 OR mode IS NULL",
                [
                    .integer(now.adding(seconds: -Self.idleSeconds).milliseconds),
                    .integer(now.adding(seconds: -Self.lifeSeconds).milliseconds),
                    .integer(now.adding(seconds: Self.slackSeconds).milliseconds),
                ], journal: journal, in: transaction)
        }
    }

    private func remember(_ session: Session) {
        cache.withLock { sessions in
            if sessions.count >= Self.cacheMax { sessions.removeAll() }
            sessions[session.hash] = session
        }
    }
}

/// One signed-in browser. Shared by the requests that it makes.
package final class Session: Sendable {
    let hash: Digest
    package let principal: Principal
    /// For the greeting: the citizen's or officer's own name.
    package let displayName: String
    /// The token that each form of this session carries, hidden anew in every page.
    private let csrf: String
    let createdAt: Instant
    let seenAt: Instant

    init(hash: Digest, principal: Principal, displayName: String, csrf: String, createdAt: Instant, seenAt: Instant) {
        self.hash = hash
        self.principal = principal
        self.displayName = displayName
        self.csrf = csrf
        self.createdAt = createdAt
        self.seenAt = seenAt
    }

    func isOpen(at now: Instant) -> Bool {
        let (idle, life) = (now.seconds - seenAt.seconds, now.seconds - createdAt.seconds)
        return idle < Sessions.idleSeconds && life < Sessions.lifeSeconds && idle >= -Sessions.slackSeconds && life >= -Sessions.slackSeconds
    }

    fileprivate func seen(at now: Instant) -> Session {
        Session(hash: hash, principal: principal, displayName: displayName, csrf: csrf, createdAt: createdAt, seenAt: now)
    }

    /// The token as one page carries it: 32 bytes of chance, and the token mixed with them. No two pages hold the same text, so that the length of
    /// pages that are packed tells nothing of it.
    package func formToken(_ randomness: Randomness) -> String {
        let token = Base64URL.decode(csrf) ?? []
        let pad = randomness.bytes(token.count)
        return Base64URL.encode(pad + zip(pad, token).map { $0 ^ $1 })
    }

    /// Whether a form carries this session's token, as some page carried it. Compares in constant time.
    package func vouches(for formToken: String) -> Bool {
        guard let token = Base64URL.decode(csrf), !token.isEmpty, formToken.utf8.count == Base64URL.length(of: token.count * 2),
            let bytes = Base64URL.decode(formToken), bytes.count == token.count * 2
        else { return false }
        return constantTimeEquals(zip(bytes.prefix(token.count), bytes.suffix(token.count)).map { $0 ^ $1 }, token)
    }

    fileprivate func insert(on ground: SessionGround, in transaction: borrowing Transaction) throws {
        let roles = JSON.array(principal.roles.sorted().map { .string($0) })
        try transaction.execute(
            """
            INSERT INTO identity_sessions (token_hash, kind, holder, name, body, roles, csrf, created_at, seen_at, mode, folder)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10)
            """,
            [
                .blob(hash.bytes), .text(principal.kind.rawValue), .text(principal.id), .text(displayName),
                principal.body.map { .text($0) } ?? .null, .text(roles.canonical), .blob(Array(csrf.utf8)),
                .integer(createdAt.milliseconds), .text(ground.mode.rawValue), .text(ground.folder),
            ])
    }

    /// Ends the sessions of which a condition holds; the house journal names each.
    fileprivate static func remove(
        _ condition: String, _ values: [SQLValue], journal: HouseJournal, in transaction: borrowing Transaction
    ) throws {
        let removed = try transaction.query("DELETE FROM identity_sessions \(condition) RETURNING token_hash", values)
        guard !removed.isEmpty else { return }
        try journal.note("session.end", gone: removed.map { SealedRow("identity_sessions", [$0[0]]) }, in: transaction)
    }

    fileprivate static func find(
        _ hash: Digest, on ground: SessionGround, seenAt now: Instant, journal: HouseJournal, in transaction: borrowing Transaction
    ) throws -> Session? {
        let row = try transaction.first(
            "SELECT kind, holder, name, body, roles, csrf, created_at, seen_at, mode, folder FROM identity_sessions WHERE token_hash = $1",
            [.blob(hash.bytes)])
        guard let row, let kind = Principal.Kind(rawValue: try row.text(0)) else { return nil }
        // A session that the program did not begin, or not so, is none, and stays for whoever looks into it.
        do { guard try journal.proof.holds("identity_sessions", [.blob(hash.bytes)], in: transaction) else { return nil } } catch is AuditCorrupt { return nil }
        let roles = try JSON.parse(row.text(4)).array?.compactMap(\.string) ?? []
        let name = try row.text(2)
        let session = try Session(
            hash: hash,
            principal: Principal(
                kind: kind, id: row.text(1), name: kind == .citizen ? "" : name, body: row.optionalText(3), roles: Set(roles),
                session: hash.hex),
            displayName: name, csrf: String(decoding: row.blob(5), as: UTF8.self), createdAt: row.instant(6),
            seenAt: row.instant(7))
        guard try ground.bears(session.principal, mode: row.optionalText(8) ?? "", folder: row.optionalText(9) ?? "") else {
            try remove("WHERE token_hash = $1", [.blob(hash.bytes)], journal: journal, in: transaction)
            return nil
        }
        if session.isOpen(at: now) {
            try transaction.execute(
                "UPDATE identity_sessions SET seen_at = $2, folder = $3 WHERE token_hash = $1",
                [.blob(hash.bytes), .integer(now.milliseconds), .text(ground.folder)])
            // Only where the folder is another one is anything changed that the log seals.
            if try row.optionalText(9) != ground.folder { try journal.note("session.keep", in: transaction) }
        }
        return session
    }
}
