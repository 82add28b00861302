package import Kernel

/// One row of an answer: its values with the names of their columns.
///
/// **Shape** columns count from 0. The typed readers throw `RowMismatch` where the column holds something else, so that a
/// surprise in the data fails one use case and not the process.
package struct Row: Sendable {
    package let values: [SQLValue]
    let columns: ColumnNames

    /// The number of columns.
    package var count: Int { values.count }

    /// The names of the columns, in order.
    package var names: [String] { columns.names }

    /// The value of a column, counted from 0; the column must exist.
    package subscript(_ column: Int) -> SQLValue { values[column] }

    /// The value of a column by name; `.null` where there is no such column.
    package subscript(_ column: String) -> SQLValue { columns.index[column].map { values[$0] } ?? .null }

    // MARK: By position

    package func text(_ column: Int) throws -> String {
        guard case .text(let value) = values[column] else { throw mismatch(column, "text") }
        return value
    }

    package func int(_ column: Int) throws -> Int {
        guard case .integer(let value) = values[column] else { throw mismatch(column, "an integer") }
        return Int(value)
    }

    package func blob(_ column: Int) throws -> [UInt8] {
        guard case .blob(let value) = values[column] else { throw mismatch(column, "bytes") }
        return value
    }

    package func instant(_ column: Int) throws -> Instant {
        guard case .integer(let value) = values[column] else { throw mismatch(column, "an instant") }
        return Instant(milliseconds: value)
    }

    package func bool(_ column: Int) throws -> Bool { try int(column) != 0 }

    package func identifier(_ column: Int) throws -> Identifier {
        guard let value = Identifier(try text(column)) else { throw mismatch(column, "an identifier") }
        return value
    }

    package func optionalText(_ column: Int) throws -> String? { values[column].isNull ? nil : try text(column) }
    package func optionalInt(_ column: Int) throws -> Int? { values[column].isNull ? nil : try int(column) }
    package func optionalBlob(_ column: Int) throws -> [UInt8]? { values[column].isNull ? nil : try blob(column) }
    package func optionalInstant(_ column: Int) throws -> Instant? { values[column].isNull ? nil : try instant(column) }

    // MARK: By name

    package func text(_ column: String) throws -> String { try text(position(column)) }
    package func int(_ column: String) throws -> Int { try int(position(column)) }
    package func blob(_ column: String) throws -> [UInt8] { try blob(position(column)) }
    package func instant(_ column: String) throws -> Instant { try instant(position(column)) }
    package func bool(_ column: String) throws -> Bool { try bool(position(column)) }
    package func identifier(_ column: String) throws -> Identifier { try identifier(position(column)) }
    package func optionalText(_ column: String) throws -> String? { try optionalText(position(column)) }
    package func optionalInt(_ column: String) throws -> Int? { try optionalInt(position(column)) }
    package func optionalBlob(_ column: String) throws -> [UInt8]? { try optionalBlob(position(column)) }
    package func optionalInstant(_ column: String) throws -> Instant? { try optionalInstant(position(column)) }

    private func position(_ column: String) throws -> Int {
        guard let position = columns.index[column] else {
            throw RowMismatch(column: column, expected: "a column of that name")
        }
        return position
    }

    private func mismatch(_ column: Int, _ expected: String) -> RowMismatch {
        RowMismatch(column: columns.names[column], expected: expected)
    }
}

/// A column held something other than what was read from it. It names the column and never the value.
package struct RowMismatch: Error, Hashable, Sendable {
    package let column: String
    package let expected: String

    package init(column: String, expected: String) {
        self.column = column
        self.expected = expected
    }
}

/// The column names of a statement, shared by its rows.
final class ColumnNames: Sendable {
    let names: [String]
    /// The names in UTF-8.
    let bytes: [[UInt8]]
    let index: [String: Int]

    init(_ names: [String]) {
        self.names = names
        self.bytes = names.map { Array($0.utf8) }
        self.index = Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }
}
