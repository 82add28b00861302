import Kernel
package import Storage
import Synchronization

/// Reads rows of sealed tables for one access, and hands out none that is not what the log says was written there.
///
/// - *Sealed-3* Whoever acts on a row reads it here: the store lends a use case such rows in no other way, save as a list (`Transaction.list`).
/// - *Sealed-4* A row that was there before is changed only by an access that has read it here: what somebody wrote behind the program's back is
///   not made true by the next entry about it.
///
/// It belongs to one run of one use case on the writer's thread.
package final class RowReader: Sendable {
    private let proof: RowProof
    private let proved = Mutex<Set<SealedRow>>([])

    init(_ proof: RowProof) { self.proof = proof }

    /// Rows of one table, each held to the log.
    ///
    /// - Parameters:
    ///   - sql: its answer has the table's key among its columns.
    ///   - isShown: they are only shown to whom they belong: `RowProof.requireShown` says what that saves.
    /// **Throws** ``AuditCorrupt`` for a row that is not what the log knows.
    package func rows(
        _ sql: String, _ values: [SQLValue], of table: String, isShown: Bool = false, in transaction: borrowing Transaction
    ) throws -> [Row] {
        let rows = try transaction.list(sql, values)
        for row in rows { try prove(row, of: table, isShown: isShown, in: transaction) }
        return rows
    }

    /// The first of such rows.
    package func first(
        _ sql: String, _ values: [SQLValue], of table: String, isShown: Bool = false, in transaction: borrowing Transaction
    ) throws -> Row? {
        guard let row = try transaction.listFirst(sql, values) else { return nil }
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

    /// Holds the tables to the log as a whole, for who acts on what is *not* there: a row that was taken away, or moved out of the question's
    /// sight, is in no answer that could be proved. Costs nothing while nobody else has written to the database.
    ///
    /// **Throws** a refusal while that is being looked into, ``AuditCorrupt`` where it was found that rows are not what the log knows.
    package func requireWhole(in transaction: borrowing Transaction) throws { try proof.wholeness.require(transaction.ground) }
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
