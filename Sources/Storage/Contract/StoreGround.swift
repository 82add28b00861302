/// How sure it is that nobody but the program wrote to the database. The store looks at the beginning of each transaction, within which nobody
/// else can write.
///
/// **Standard** SQLite, `PRAGMA data_version`: it differs where another connection has committed.
package struct StoreGround: Hashable, Sendable {
    /// How often other programs' commits were noticed since the store was opened.
    package let foreignWrites: Int
    /// Grows too where the store opened its file anew, or where upkeep that may alter any table ran: what was known of rows counts no more.
    package let turns: Int

    package init(foreignWrites: Int = 0, turns: Int = 0) {
        self.foreignWrites = foreignWrites
        self.turns = turns
    }
}
