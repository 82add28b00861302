import Kernel
package import Storage
import Synchronization

/// A table whose rows the log seals: the entry for a change carries the hash of each row as it was written.
package struct SealedTable: Sendable {
    package let name: String
    /// The columns that name a row for ever.
    package let key: [String]
    /// Columns that upkeep changes without an entry, and why nobody gains by changing them stands where the table is declared.
    let loose: Set<String>
    /// The beginning of the names of columns that repeat others; `check` holds them to those.
    let derivedPrefix: String?
    /// How long a row is kept at least; later it may be gone without an entry. Nil: for ever, unless an entry says that it is gone.
    let keptSeconds: Int64?
    /// `name` is the beginning of many tables' names.
    let isFamily: Bool
    /// The table's rows began to be sealed when the log sealed others already: they were taken over then, once.
    let isSealedLater: Bool
    /// What else must hold of a table; gives back what does not, in words.
    let check: (@Sendable (_ table: String, _ transaction: borrowing Transaction) throws -> [String])?

    package init(
        _ name: String, key: [String], loose: Set<String> = [], derivedPrefix: String? = nil, keptSeconds: Int64? = nil, isFamily: Bool = false,
        isSealedLater: Bool = false, check: (@Sendable (_ table: String, _ transaction: borrowing Transaction) throws -> [String])? = nil
    ) {
        self.name = name
        self.key = key
        self.loose = loose
        self.derivedPrefix = derivedPrefix
        self.keptSeconds = keptSeconds
        self.isFamily = isFamily
        self.isSealedLater = isSealedLater
        self.check = check
    }
}

/// Every table of the house: sealed, or named as one that is not.
///
/// - *Sealed-1* A use case that changes a row of a table which is neither sealed nor named here fails: what the log does not prove is a
///   decision, not an oversight.
/// - *Sealed-2* The store notes changed rows, so no room can forget one.
package final class SealedTables: Sendable {
    private let tables: [SealedTable]
    private let unsealed: Set<String>
    /// Those that began to be sealed when the log sealed others already.
    var sealedLater: [String] { tables.filter(\.isSealedLater).map(\.name) }
    private let columns = Mutex<[String: [String]]>([:])

    /// - Parameter unsealed: tables whose rows have no authority: marks of progress, descriptions of columns.
    package init(_ tables: [SealedTable], unsealed: Set<String> = []) {
        self.tables = tables
        self.unsealed = unsealed
    }

    /// How a table is sealed; nil where it is not.
    package func table(_ name: String) -> SealedTable? {
        guard !isUnsealed(name) else { return nil }
        return tables.first { $0.name == name && !$0.isFamily } ?? tables.first { $0.isFamily && name.hasPrefix($0.name) }
    }

    /// The log itself, which its tree proves, the store's own tables, and those named so.
    package func isUnsealed(_ name: String) -> Bool {
        unsealed.contains(name) || name.hasPrefix("audit_") || name.hasPrefix("storage_")
    }

    /// The columns of a table that are sealed beside its key, in the order of their names' bytes.
    func columns(of name: String, _ table: SealedTable, in transaction: borrowing Transaction) throws -> [String] {
        if let known = columns.withLock({ $0[name] }) { return known }
        let found = try transaction.columns(of: name).filter { column in
            !table.key.contains(column) && !table.loose.contains(column) && !(table.derivedPrefix.map { column.hasPrefix($0) } ?? false)
        }.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        columns.withLock { $0[name] = found }
        return found
    }
}

/// One row of a sealed table.
package struct SealedRow: Hashable, Sendable {
    package let table: String
    /// Its key, as `RowBytes` writes it.
    package let key: [UInt8]

    package init(_ table: String, _ key: [SQLValue]) {
        self.table = table
        self.key = RowBytes.key(key)
    }

    init(table: String, key: [UInt8]) {
        self.table = table
        self.key = key
    }

    /// Its key as a message may show it: numbers and identifiers of records; of a token's hash the beginning. What stands in the row is not shown.
    var words: String { RowWords.of(RowBytes.values(key) ?? []) }
}

/// A use case changed rows of a table that no room has declared: declare it sealed, or name it unsealed and say why.
package struct UndeclaredTable: Error, Hashable, Sendable, CustomStringConvertible {
    package let table: String
    package var description: String {
        "\(table) is neither sealed nor named as unsealed: declare it beside its migration, so that the log proves what is written there"
    }
}

/// Rows of a sealed table were deleted and no entry can name them: give the row a state, or let upkeep say which it removes.
package struct UnnamedDeletion: Error, Hashable, Sendable, CustomStringConvertible {
    package let table: String
    package var description: String { "rows of \(table) were deleted and the entry does not say which" }
}
