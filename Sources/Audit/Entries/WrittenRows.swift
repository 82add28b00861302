package import Kernel
package import Storage
import Synchronization

/// The rows that a use case wrote, each with the hash of what it says now: kept beside the entry, whose payload carries their common hash.
///
/// **Shape** of the bytes: 32 random ones, so that the common hash tells nothing to who sees the payload alone; then for each table its name's
/// length in one byte, the name, and the number of its rows in four; for each row a byte (1: it is there, 0: it is gone), its key's length in
/// two bytes, the key (`RowBytes`), and where it is there the 32 bytes of its hash. Big-endian.
package struct WrittenRows: Sendable {
    struct Item: Sendable {
        let row: SealedRow
        /// Nil where the row is gone.
        let hash: Digest?
    }

    let bytes: [UInt8]
    let items: [Item]
    /// Tables all of whose rows were inserted just now under numbers that follow one another: the index keeps one line for each.
    let runs: Set<String>

    private static let blindBytes = 32
    /// So many rows make a run worth a line of its own.
    static let runMin = 16

    /// What the payload says of them.
    func hash() throws -> Digest { try fastHash(bytes) }

    /// The rows that the transaction has changed so far; nil where it changed none.
    ///
    /// - Parameter gone: the rows that it deleted.
    /// **Throws** ``UndeclaredTable``, ``UnnamedDeletion``, the store's errors.
    package init?(
        changedIn transaction: borrowing Transaction, gone: [SealedRow] = [], of sealed: SealedTables, random: Randomness
    ) throws {
        var items: [Item] = []
        var runs: Set<String> = []
        for changed in transaction.changedRows() {
            guard let table = sealed.table(changed.table) else {
                if sealed.isUnsealed(changed.table) { continue }
                throw UndeclaredTable(table: changed.table)
            }
            let removed = gone.filter { $0.table == changed.table }
            guard removed.count == changed.deleted else { throw UnnamedDeletion(table: changed.table) }
            items += removed.map { Item(row: $0, hash: nil) }
            let columns = try sealed.columns(of: changed.table, table, in: transaction)
            var first = 0
            while first < changed.places.count {
                var last = first
                while last + 1 < changed.places.count, changed.places[last + 1] == changed.places[last] + 1 { last += 1 }
                try transaction.eachEncoded(
                    of: changed.table, key: table.key, columns: columns, places: changed.places[first]...changed.places[last]
                ) { (key: [UInt8], row: [UInt8]) in
                    items.append(Item(row: SealedRow(table: changed.table, key: key), hash: try Self.hash(changed.table, key, row)))
                }
                if changed.areNew, removed.isEmpty, first == 0, last == changed.places.count - 1, changed.places.count >= Self.runMin,
                    items.suffix(changed.places.count).map(\.row.key) == changed.places.map({ RowBytes.key([.integer($0)]) })
                {
                    runs.insert(changed.table)
                }
                first = last + 1
            }
        }
        guard !items.isEmpty else { return nil }
        self.init(items, runs: runs, random: random)
    }

    init(_ items: [Item], runs: Set<String> = [], random: Randomness) {
        var bytes = random.bytes(Self.blindBytes)
        bytes.reserveCapacity(items.count * 48 + 64)
        var first = 0
        while first < items.count {
            let table = items[first].row.table
            let end = items[first...].firstIndex { $0.row.table != table } ?? items.count
            bytes.append(UInt8(truncatingIfNeeded: table.utf8.count))
            bytes.append(contentsOf: table.utf8)
            for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: (end - first) >> shift)) }
            for item in items[first..<end] {
                bytes.append(item.hash == nil ? 0 : 1)
                bytes.append(UInt8(truncatingIfNeeded: item.row.key.count >> 8))
                bytes.append(UInt8(truncatingIfNeeded: item.row.key.count))
                bytes.append(contentsOf: item.row.key)
                if let hash = item.hash { bytes.append(contentsOf: hash.bytes) }
            }
            first = end
        }
        self.bytes = bytes
        self.items = items
        self.runs = runs
    }

    /// Reads what an entry keeps. **Shape** nil when the bytes are not what is written above.
    static func items(_ bytes: [UInt8]) -> [Item]? {
        var offset = blindBytes
        func take(_ count: Int) -> ArraySlice<UInt8>? {
            guard offset + count <= bytes.count else { return nil }
            defer { offset += count }
            return bytes[offset..<offset + count]
        }
        func number(_ count: Int) -> Int? { take(count).map { $0.reduce(0) { $0 << 8 | Int($1) } } }
        guard bytes.count >= blindBytes else { return nil }
        var items: [Item] = []
        while offset < bytes.count {
            guard let length = number(1), let name = take(length), let count = number(4) else { return nil }
            let table = String(decoding: name, as: UTF8.self)
            for _ in 0..<count {
                guard let flag = number(1), flag <= 1, let length = number(2), let key = take(length) else { return nil }
                var hash: Digest?
                if flag == 1 {
                    guard let found = take(Digest.byteCount).flatMap({ Digest(Array($0)) }) else { return nil }
                    hash = found
                }
                items.append(Item(row: SealedRow(table: table, key: Array(key)), hash: hash))
            }
        }
        return items
    }

    /// The hash of a row: of its table, its key and its other columns with their names.
    static func hash(_ table: String, _ key: [UInt8], _ row: [UInt8]) throws -> Digest {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 + table.utf8.count + key.count + row.count)
        bytes.append(contentsOf: "dovira-row-v1".utf8)
        bytes.append(UInt8(truncatingIfNeeded: table.utf8.count))
        bytes.append(contentsOf: table.utf8)
        bytes.append(UInt8(truncatingIfNeeded: key.count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: key.count))
        bytes.append(contentsOf: key)
        bytes.append(contentsOf: row)
        return try fastHash(bytes)
    }

    // MARK: The index: which entry wrote a row last

    /// Notes the entry under each row. A run has one line, and a single row's later line counts more.
    func index(under entry: Int64, in transaction: borrowing Transaction) throws {
        for table in runs {
            let keys = items.lazy.filter { $0.row.table == table }.map(\.row.key)
            guard let first = keys.first, let last = Array(keys).last else { continue }
            try transaction.execute(
                "INSERT INTO audit_written (name, run, first, last, entry) VALUES ($1, 1, $2, $3, $4)",
                [.text(table), .blob(first), .blob(last), .integer(entry)])
        }
        try transaction.executeEach(
            """
            INSERT INTO audit_written (name, run, first, last, entry) VALUES ($1, 0, $2, $2, $3)
            ON CONFLICT (name, run, first) DO UPDATE SET entry = excluded.entry
            """,
            items.lazy.filter { !runs.contains($0.row.table) }.map { [.text($0.row.table), .blob($0.row.key), .integer(entry)] })
    }
}

extension WrittenRows {
    /// What a list says of one row: nil where it does not name it, `gone` where it says that it is gone. Nothing is copied, for lists are long.
    static func find(_ row: SealedRow, in bytes: [UInt8]) -> Found? {
        bytes.withUnsafeBufferPointer { bytes in
            var offset = blindBytes
            func number(_ count: Int) -> Int? {
                guard offset + count <= bytes.count else { return nil }
                defer { offset += count }
                return bytes[offset..<offset + count].reduce(0) { $0 << 8 | Int($1) }
            }
            func skip(_ count: Int) -> Slice<UnsafeBufferPointer<UInt8>>? {
                guard offset + count <= bytes.count else { return nil }
                defer { offset += count }
                return bytes[offset..<offset + count]
            }
            while offset < bytes.count {
                guard let length = number(1), let name = skip(length), let count = number(4) else { return nil }
                let isTable = name.elementsEqual(row.table.utf8)
                for _ in 0..<count {
                    guard let flag = number(1), let length = number(2), let key = skip(length) else { return nil }
                    let isRow = isTable && key.elementsEqual(row.key)
                    guard flag == 1 else {
                        if isRow { return .gone }
                        continue
                    }
                    guard let hash = skip(Digest.byteCount) else { return nil }
                    if isRow { return Digest(Array(hash)).map { .there($0) } }
                }
            }
            return nil
        }
    }

    enum Found {
        case gone
        case there(Digest)
    }
}

/// Asks the log whether rows are as it knows them, before something is signed or decided on them.
package final class RowProof: Sendable {
    private let sealed: SealedTables
    private let mark: EntryMark
    /// Lists that were held to their entries: a bulk load's is long, and its people come one after another.
    private let lists = Mutex<[Int: (nonce: [UInt8], bytes: [UInt8])]>([:])
    private static let listsMax = 16

    init(sealed: SealedTables, mark: EntryMark) {
        self.sealed = sealed
        self.mark = mark
    }

    /// Whether the row of that key is what the newest entry about it wrote.
    ///
    /// **Throws** ``AuditCorrupt`` where index, list, payload and mark contradict each other.
    package func holds(_ table: String, _ key: [SQLValue], in transaction: borrowing Transaction) throws -> Bool {
        guard let description = sealed.table(table) else { return true }
        guard let expected = try sealedHash(of: SealedRow(table, key), in: transaction) else { return false }
        var isSame = false
        try transaction.encoded(
            of: table, key: description.key, columns: sealed.columns(of: table, description, in: transaction), at: key
        ) { (key: [UInt8], row: [UInt8]) in isSame = try WrittenRows.hash(table, key, row) == expected }
        return isSame
    }

    /// The hash that the log has of a row; nil where the row is gone or no entry wrote it.
    func sealedHash(of row: SealedRow, in transaction: borrowing Transaction) throws -> Digest? {
        let own = try transaction.first(
            "SELECT entry FROM audit_written WHERE name = $1 AND run = 0 AND first = $2", [.text(row.table), .blob(row.key)])
        let run = try transaction.first(
            "SELECT entry, last FROM audit_written WHERE name = $1 AND run = 1 AND first <= $2 ORDER BY first DESC LIMIT 1",
            [.text(row.table), .blob(row.key)])
        var entry = try own?.int(0)
        if let run, try !run.blob(1).lexicographicallyPrecedes(row.key) { entry = max(entry ?? 0, try run.int(0)) }
        guard let entry else { return nil }
        switch WrittenRows.find(row, in: try list(of: entry, in: transaction)) {
        case .there(let hash)?: return hash
        case .gone?: return nil
        case nil: throw AuditCorrupt("the index names entry \(entry) for a row that it did not write")
        }
    }

    /// The list of rows that an entry wrote, held to the entry's payload, and that to its mark.
    private func list(of entry: Int, in transaction: borrowing Transaction) throws -> [UInt8] {
        // The nonce tells whether it is the same entry: one whose commit failed leaves its id to another.
        if let known = lists.withLock({ $0[entry] }),
            try transaction.first("SELECT nonce FROM audit_entries WHERE id = $1", [.int(entry)])?.blob(0) == known.nonce
        {
            return known.bytes
        }
        let stored = try transaction.first("SELECT payload, nonce, mark, written FROM audit_entries WHERE id = $1", [.int(entry)])
        guard let stored, let bytes = try stored.optionalBlob(3), let own = try stored.optionalBlob(2),
            try JSON.parse(stored.blob(0))["written"]?.string == Base64.encode(fastHash(bytes).bytes),
            mark.isOf(payload: try stored.blob(0), nonce: try stored.blob(1), own)
        else { throw AuditCorrupt("entry \(entry) and the list of rows that it wrote contradict each other") }
        let nonce = try stored.blob(1)
        lists.withLock { lists in
            if lists.count >= Self.listsMax { lists.removeAll() }
            lists[entry] = (nonce, bytes)
        }
        return bytes
    }
}
