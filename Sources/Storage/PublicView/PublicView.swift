/// A named query that everyone may make. It reads tables that were declared public, and no other; the store checks both.
package struct PublicQuery: Hashable, Sendable {
    package let name: String
    package let tables: [String]
    package let sql: String

    package init(_ name: String, tables: [String], sql: String) {
        self.name = name
        self.tables = tables
        self.sql = sql
    }
}

/// Reads that need no gate: named queries on public tables, on connections that can only read and never wait for the writer.
package struct PublicView: Sendable {
    let readers: ReaderPool

    /// All rows of the answer, as of the last commit.
    ///
    /// **Throws** `StatementForbidden` where the query reads a table that is not declared public, `StorageUnavailable`
    /// where too many wait or the store is closed, `StatementFailure`.
    package func query(_ query: PublicQuery, _ values: [SQLValue] = []) async throws -> [Row] {
        try await readers.query(query, values)
    }
}
