import Kernel
package import Storage
import Synchronization

/// Reads rows of sealed tables for one access, and hands out none that is not what the log says was written there.
///
/// - *Sealed-3* Whoever acts on a row reads it here: the store lends a use case such rows in no other way, save as a list (`Transaction.list`).
/// - *Sealed-4* A row that was there before is changed only by an access that has read it here: what somebody wrote behind the program's back is
///   not made true by the next entry about it.
/// - *Sealed-5* Whoever acts on what is *not* there (that there is no row, no other row, so many rows) asks here too, and every such question asks
///   first whether the tables are whole: a row that was taken away, or moved out of the question's sight, is in no answer that could be proved.
///   That costs nothing while nobody else has written to the database.
/// - *Sealed-6* A row is put in only where the log knows of none: a row that was taken away is not covered up by the next one under its key.
///
/// It belongs to one run of one use case on the writer's thread.
package final class RowReader: Sendable {
    private let proof: RowProof
    private let proved = Mutex<Set<SealedRow>>([])

    init(_ proof: RowProof) { self.proof = proof }

    // MARK: What is there

    /// The rows of an answer that are there, each held to the log. That others are missing is nothing to whoever asks so: she shows them, or goes on
    /// with each for itself.
    ///
    /// - Parameters:
    ///   - sql: its answer has the table's key among its columns.
    ///   - isShown: they are only shown to whom they belong: `RowProof.requireShown` says what that saves.
    /// **Throws** ``AuditCorrupt`` for a row that is not what the log knows.
    package func present(
        _ sql: String, _ values: [SQLValue], of table: String, isShown: Bool = false, in transaction: borrowing Transaction
    ) throws -> [Row] {
        let rows = try transaction.list(sql, values)
        for row in rows { try prove(row, of: table, isShown: isShown, in: transaction) }
        return rows
    }

    /// The first row of an answer, held to the log; nil where the log knows of none either.
    ///
    /// **Throws** ``AuditCorrupt`` for a row that is not what the log knows; where there is none, what ``all(_:_:of:in:)`` throws.
    package func first(
        _ sql: String, _ values: [SQLValue], of table: String, isShown: Bool = false, in transaction: borrowing Transaction
    ) throws -> Row? {
        guard let row = try transaction.listFirst(sql, values) else {
            try requireWhole(in: transaction)
            return nil
        }
        try prove(row, of: table, isShown: isShown, in: transaction)
        return row
    }

    /// Rows of one table, each with whether it is what the log knows: for whom one bad row must not stop the others. The bad ones are not acted on.
    package func judged(
        _ sql: String, _ values: [SQLValue], of table: String, in transaction: borrowing Transaction
    ) throws -> [(row: Row, isAsLogged: Bool)] {
        try transaction.list(sql, values).map { row in
            do {
                try prove(row, of: table, isShown: false, in: transaction)
                return (row, true)
            } catch is AuditCorrupt { return (row, false) }
        }
    }

    /// All rows of one owner in a table that numbers them 1, 2, 3 …, each held to the log, and none missing: the numbers have no gap, and the log
    /// knows of no later one.
    ///
    /// - Parameter owner: the table's key without its last column, which is the number; the statement's parameters, too.
    /// **Throws** ``AuditCorrupt`` for a row that is not what the log knows, or is gone.
    package func numbered(_ sql: String, _ owner: [SQLValue], of table: String, in transaction: borrowing Transaction) throws -> [Row] {
        let rows = try present(sql, owner, of: table, in: transaction)
        guard let number = proof.key(of: table).last else { throw UnnamedRow(table: table) }
        var next = 1
        for row in rows {
            guard row[number] == .int(next) else { throw proof.missing(table, owner + [.int(next)]) }
            next += 1
        }
        guard try proof.sealedHash(of: SealedRow(table, owner + [.int(next)]), in: transaction) == nil else {
            throw proof.missing(table, owner + [.int(next)])
        }
        return rows
    }

    // MARK: What is not there, and how much there is

    /// The rows of an answer, each held to the log, and that there are no others.
    ///
    /// **Throws** a refusal while another program's writing is being looked into; ``AuditCorrupt`` where rows were found that are not what the log
    /// knows, and for each such row of the answer.
    package func all(_ sql: String, _ values: [SQLValue], of table: String, in transaction: borrowing Transaction) throws -> [Row] {
        try requireWhole(in: transaction)
        return try present(sql, values, of: table, in: transaction)
    }

    /// Whether an answer has no row. **Throws** as ``all(_:_:of:in:)``.
    package func none(_ sql: String, _ values: [SQLValue], in transaction: borrowing Transaction) throws -> Bool {
        try requireWhole(in: transaction)
        return try transaction.listFirst(sql, values) == nil
    }

    /// The number that an answer's first row begins with: a count, a sum; 0 where there is none. **Throws** as ``all(_:_:of:in:)``.
    package func count(_ sql: String, _ values: [SQLValue], in transaction: borrowing Transaction) throws -> Int {
        try requireWhole(in: transaction)
        return try transaction.listFirst(sql, values)?.int(0) ?? 0
    }

    /// The lines of an answer, held to the log with all tables and not one by one: figures, and look-ups by the thousand.
    ///
    /// **Throws** as ``all(_:_:of:in:)``.
    package func lines(_ sql: String, _ values: [SQLValue], in transaction: borrowing Transaction) throws -> [Row] {
        try requireWhole(in: transaction)
        return try transaction.list(sql, values)
    }

    /// Puts a row in where no other stands in its way, and says whether it did: one that was moved out of sight would stand in nobody's way.
    ///
    /// - Parameter sql: an `INSERT` that does nothing on a conflict.
    /// **Throws** as ``all(_:_:of:in:)``.
    package func put(_ sql: String, _ values: [SQLValue], in transaction: borrowing Transaction) throws -> Bool {
        try requireWhole(in: transaction)
        return try transaction.execute(sql, values) == 1
    }

    private func requireWhole(in transaction: borrowing Transaction) throws { try proof.wholeness.require(transaction.ground) }

    /// Holds the rows that the access has put in to *Sealed-6*.
    ///
    /// **Throws** ``AuditCorrupt`` where the log says that such a row is there already.
    package func requireNew(in transaction: borrowing Transaction) throws {
        for changed in transaction.changedRows() {
            guard let table = proof.table(changed.table), table.keptSeconds == nil else { continue }
            let inserted = changed.amended.isEmpty ? changed.places : changed.places.filter { !changed.amended.contains($0) }
            for places in inserted.ranges {
                var keys: [[UInt8]] = []
                try transaction.eachEncoded(of: changed.table, key: table.key, columns: [], places: places) { (key: [UInt8], _) in keys.append(key) }
                if keys.count >= WrittenRows.runMin, try !proof.touches(changed.table, keys, in: transaction) { continue }
                for key in keys {
                    let row = SealedRow(table: changed.table, key: key)
                    if try proof.sealedHash(of: row, in: transaction) != nil { throw proof.missing(changed.table, RowBytes.values(key) ?? []) }
                }
            }
        }
    }

    // MARK: Proving

    private func prove(_ row: Row, of table: String, isShown: Bool, in transaction: borrowing Transaction) throws {
        let names = proof.key(of: table)
        let key = names.map { row[$0] }
        guard !names.isEmpty, !key.contains(where: \.isNull) else { throw UnnamedRow(table: table) }
        if isShown { return try proof.requireShown(table, key, in: transaction) }
        let sealed = SealedRow(table, key)
        if hasProved(sealed) { return }
        // What this access has itself put in stands in no entry yet.
        if transaction.hasChanged(table) {
            let condition = names.enumerated().map { "\($1) = $\($0 + 1)" }.joined(separator: " AND ")
            if let place = try transaction.listFirst("SELECT rowid FROM \(table) WHERE \(condition)", key)?.int(0),
                transaction.hasInserted(table, Int64(place))
            {
                return
            }
        }
        try proof.require(table, key, in: transaction)
        proved.withLock { _ = $0.insert(sealed) }
    }

    /// Whether the row was held to the log in this access.
    func hasProved(_ row: SealedRow) -> Bool { proved.withLock { $0.contains(row) } }
}

/// A row was asked for without the columns that name it, so the log cannot be asked about it: add them to the statement.
package struct UnnamedRow: Error, Hashable, Sendable, CustomStringConvertible {
    package let table: String
    package var description: String { "a row of \(table) was read without its key's columns: the log cannot be asked about it" }
}

/// A use case changed a row of a sealed table that it had not read through its grant.
package struct UnprovenChange: Error, Hashable, Sendable, CustomStringConvertible {
    package let table: String
    package var description: String {
        "a row of \(table) was changed before it was held to the log: read it through the grant first, so that no edit behind the program's back is made true"
    }
}

/// A key as a message may show it: numbers and identifiers of records; of a token's hash the beginning.
enum RowWords {
    static func of(_ key: [SQLValue]) -> String {
        key.map { value in
            switch value {
            case .null: "-"
            case .integer(let number): "\(number)"
            case .text(let text): "‘\(String(String.UnicodeScalarView(text.unicodeScalars.prefix(64))))’"
            case .blob(let bytes): Hex.encode(Array(bytes.prefix(8))) + "…"
            }
        }.joined(separator: " ")
    }
}

extension [Int64] {
    /// What follows one another without a gap, as ranges: the numbers are in their order, each once.
    fileprivate var ranges: [ClosedRange<Int64>] {
        var ranges: [ClosedRange<Int64>] = []
        for number in self {
            if let last = ranges.last, last.upperBound + 1 == number { ranges[ranges.count - 1] = last.lowerBound...number } else { ranges.append(number...number) }
        }
        return ranges
    }
}
