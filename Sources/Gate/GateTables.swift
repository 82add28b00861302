package import Audit
package import Storage

/// The gate's own tables: kept answers and work to be done outside.
package enum GateTables {
    package static let migrations: [Migration] = [
        Migration(
            "gate-1", room: "gate",
            steps: [
                .createTable(
                    "gate_idempotency",
                    columns: [
                        Column("principal", .text), Column("action", .text), Column("key", .text),
                        Column("request_hash", .blob), Column("kept_at", .instant), Column("outcome", .json),
                    ], primaryKey: ["principal", "action", "key"]),
                .createIndex("gate_idempotency_age", on: "gate_idempotency", columns: ["kept_at"]),
                .createTable(
                    "gate_errands",
                    columns: [
                        Column("id", .id), Column("kind", .text), Column("subject", .text), Column("payload", .json),
                        Column("created_at", .instant), Column("due_at", .instant), Column("attempts", .integer),
                        Column("state", .text), Column("last_error", .text, nullable: true),
                    ], primaryKey: ["id"]),
                .createIndex("gate_errands_due", on: "gate_errands", columns: ["state", "due_at"]),
                .createIndex("gate_errands_subject", on: "gate_errands", columns: ["subject"]),
            ]),
        // What the data folder remembers of the state that it was opened for.
        Migration(
            "gate-2", room: "gate",
            steps: [
                .createTable("gate_state", columns: [Column("name", .text), Column("value", .text)], primaryKey: ["name"])
            ]),
    ]

    package static let sealed: [SealedTable] = [
        SealedTable("gate_state", key: ["name"]),
        SealedTable("gate_idempotency", key: ["principal", "action", "key"], keptSeconds: Int64(Answers.keptDays) * 86_400),
        // When an errand is due and how often it was tried is the runner's; what it is to do is not.
        SealedTable("gate_errands", key: ["id"], loose: ["due_at", "attempts", "state", "last_error"]),
    ]
}
