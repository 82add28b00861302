import Crypto
package import Kernel
package import Storage

/// The mark of the process that wrote an entry: a code over nonce and payload under a secret of the log's key file, so that an entry put in by
/// another hand is known before it is signed.
///
/// **Standard** HMAC with SHA-256, RFC 2104. The two states that the secret gives are made once, for every use case pays for a mark.
package struct EntryMark: Sendable {
    private let inner: Crypto.SHA256
    private let outer: Crypto.SHA256

    /// **Shape** any bytes that nobody else knows.
    package init(secret: [UInt8]) {
        let secret = Array("dovira-entry-mark-v1".utf8) + secret
        var key = secret.count > Crypto.SHA256.blockByteCount ? Array(Crypto.SHA256.hash(data: secret)) : secret
        key += [UInt8](repeating: 0, count: Crypto.SHA256.blockByteCount - key.count)
        func state(_ pad: UInt8) -> Crypto.SHA256 {
            var state = Crypto.SHA256()
            state.update(data: key.map { $0 ^ pad })
            return state
        }
        (inner, outer) = (state(0x36), state(0x5c))
    }

    package func code(payload: [UInt8], nonce: [UInt8]) -> [UInt8] {
        var (inner, outer) = (inner, outer)
        nonce.withUnsafeBytes { inner.update(bufferPointer: $0) }
        payload.withUnsafeBytes { inner.update(bufferPointer: $0) }
        inner.finalize().withUnsafeBytes { outer.update(bufferPointer: $0) }
        return outer.finalize().withUnsafeBytes { [UInt8]($0) }
    }

    /// Whether a stored mark is this one's for the entry.
    func isOf(payload: [UInt8], nonce: [UInt8], _ stored: [UInt8]) -> Bool {
        constantTimeEquals(code(payload: payload, nonce: nonce), stored)
    }
}

/// What writing an entry takes beside the entry: chance for nonces, and the process's mark.
package struct AuditPen: Sendable {
    package let random: Randomness
    package let mark: EntryMark
    /// The lists of the entries that it wrote.
    let lists = WrittenLists()

    package init(random: Randomness, mark: EntryMark) {
        self.random = random
        self.mark = mark
    }
}

/// Where upkeep says what it did to sealed rows: sessions begun and ended, errands done, versions kept.
package struct HouseJournal: Sendable {
    package let pen: AuditPen
    package let sealed: SealedTables
    /// For what is to be read only as the log knows it.
    package let proof: RowProof
    private let clock: Clock

    package init(pen: AuditPen, sealed: SealedTables, clock: Clock) {
        self.pen = pen
        self.sealed = sealed
        self.clock = clock
        proof = RowProof(sealed: sealed, mark: pen.mark, lists: pen.lists)
    }

    /// Writes an entry with the rows that the transaction has changed so far, in the same transaction; none where it changed none.
    ///
    /// - Parameter gone: the sealed rows that it deleted.
    package func note(_ action: String, gone: [SealedRow] = [], in transaction: borrowing Transaction) throws {
        guard let written = try WrittenRows(changedIn: transaction, gone: gone, of: sealed, random: pen.random) else { return }
        try append(action, written, in: transaction)
    }

    /// The same inside `maintain(.migrations)`, where the store notes no changes: the rows that were written, and those that are gone, are named.
    package func note(_ action: String, written: [SealedRow], gone: [SealedRow], in transaction: borrowing Transaction) throws {
        guard !written.isEmpty || !gone.isEmpty else { return }
        var items = gone.map { WrittenRows.Item(row: $0, hash: nil) }
        for row in written {
            guard let table = sealed.table(row.table) else { throw UndeclaredTable(table: row.table) }
            try transaction.encoded(
                of: row.table, key: table.key, columns: sealed.columns(of: row.table, table, in: transaction), at: RowBytes.values(row.key) ?? []
            ) { (key: [UInt8], bytes: [UInt8]) in items.append(WrittenRows.Item(row: row, hash: try WrittenRows.hash(row.table, key, bytes))) }
        }
        items.sort { ($0.row.table, Hex.encode($0.row.key)) < ($1.row.table, Hex.encode($1.row.key)) }
        try append(action, WrittenRows(items, random: pen.random), in: transaction)
    }

    private func append(_ action: String, _ written: WrittenRows, in transaction: borrowing Transaction) throws {
        let entry = AuditEntry.ofHouse(action, by: "upkeep", at: clock.now(), purpose: "upkeep")
        try AuditLog.append(entry, about: AuditLog.house, written: written, pen: pen, in: transaction)
    }

    // MARK: Rows from before

    /// The action of an entry that takes over rows which were there when the log began to seal rows.
    static let takeover = "log.seal"
    private static let rowsPerEntry = 5_000

    /// Takes the rows into the log that an earlier version wrote without sealing them: once, before the first sealed row of another kind, and
    /// once more for tables that began to be sealed later.
    ///
    /// **Shape** one transaction, so that a crash leaves nothing taken over. What they said before this nobody can prove.
    /// **Throws** ``AuditCorrupt`` where the log has sealed rows and the index of them is empty: an older folder has no entry that did.
    package func takeOver(_ store: any Store) async throws {
        try await store.maintain(.migrations) { (transaction: borrowing Transaction) in
            if try transaction.first("SELECT 1 FROM audit_written LIMIT 1") == nil {
                if let entry = try transaction.first("SELECT id FROM audit_entries WHERE written IS NOT NULL ORDER BY id LIMIT 1") {
                    throw AuditCorrupt(
                        "audit_written is empty, and entry \(try entry.int(0)) has sealed rows: somebody emptied it behind the program's back; restore the backup")
                }
                for name in try transaction.tables() where sealed.table(name) != nil { try takeOver(name, in: transaction) }
            } else {
                // Together: once one of them is sealed, a row in another that no entry wrote was put in past the program.
                let known = try transaction.tables()
                for name in sealed.sealedLater where try transaction.first("SELECT 1 FROM audit_written WHERE name = $1 LIMIT 1", [.text(name)]) != nil { return }
                for name in sealed.sealedLater where known.contains(name) { try takeOver(name, in: transaction) }
            }
        }
    }

    /// Takes one table's rows over. A log that has sealed rows of it already says so in its verification for ever.
    package func takeOver(_ name: String, in transaction: borrowing Transaction) throws {
        guard let table = sealed.table(name) else { throw UndeclaredTable(table: name) }
        var items: [WrittenRows.Item] = []
        try transaction.eachEncoded(of: name, key: table.key, columns: sealed.columns(of: name, table, in: transaction)) {
            (key: [UInt8], row: [UInt8]) in
            items.append(WrittenRows.Item(row: SealedRow(table: name, key: key), hash: try WrittenRows.hash(name, key, row)))
            guard items.count == Self.rowsPerEntry else { return }
            try append(Self.takeover, WrittenRows(items, random: pen.random), in: transaction)
            items.removeAll(keepingCapacity: true)
        }
        if !items.isEmpty { try append(Self.takeover, WrittenRows(items, random: pen.random), in: transaction) }
    }
}
