package import Storage

/// The log's tables. Tiles and checkpoints are public; entries are nobody's but the people's whom they concern.
package enum AuditTables {
    package static let migrations: [Migration] = [
        Migration(
            "audit-1", room: "audit",
            steps: [
                // A chunk's secret and people come last, so that reading a payload does not walk over them.
                .createTable(
                    "audit_entries",
                    columns: [
                        Column("id", .serial), Column("at", .instant), Column("payload", .blob), Column("nonce", .blob),
                        Column("line_secret", .blob, nullable: true), Column("line_people", .blob, nullable: true),
                    ]),
                .createTable(
                    "audit_lines",
                    columns: [
                        Column("person", .text), Column("n", .integer), Column("entry", .integer), Column("position", .integer, nullable: true),
                    ], primaryKey: ["person", "n"], clustered: true),
                // Runs of entries with consecutive ids that stand in consecutive places: one row where no id was ever skipped.
                .createTable(
                    "audit_tree",
                    columns: [Column("first_entry", .integer), Column("first_index", .integer), Column("count", .integer)],
                    primaryKey: ["first_entry"], unique: [["first_index"]]),
                // Level -1 holds the bundles of entries.
                .createTable(
                    "audit_tiles", columns: [Column("level", .integer), Column("tile", .integer), Column("bytes", .blob)],
                    primaryKey: ["level", "tile"], isPublic: true),
                .createTable(
                    "audit_checkpoints", columns: [Column("size", .integer), Column("at", .instant), Column("note", .text)],
                    primaryKey: ["size"], isPublic: true),
            ]),
        Migration(
            "audit-2", room: "audit",
            steps: [
                // The process's mark, and the rows that the use case wrote with their hashes.
                .addColumn(Column("mark", .blob, nullable: true), to: "audit_entries"),
                .addColumn(Column("written", .blob, nullable: true), to: "audit_entries"),
                // Which entry wrote a row last. A run is many rows that were inserted together, under keys that follow one another.
                .createTable(
                    "audit_written",
                    columns: [
                        Column("name", .text), Column("run", .integer), Column("first", .blob), Column("last", .blob), Column("entry", .integer),
                    ], primaryKey: ["name", "run", "first"], clustered: true),
                // One row: how many checkpoints were signed, and how large the tree was the last time.
                .createTable(
                    "audit_signings", columns: [Column("id", .integer), Column("number", .integer), Column("size", .integer)], primaryKey: ["id"]),
            ]),
    ]
}
