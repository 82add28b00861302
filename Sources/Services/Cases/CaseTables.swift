package import Audit
package import Storage

package enum CaseTables {
    package static let migrations: [Migration] = [
        Migration(
            "services-1", room: "services",
            steps: [
                .createTable(
                    "services_cases",
                    columns: [
                        Column("id", .id), Column("reference", .text), Column("service", .text), Column("version", .text),
                        Column("person", .text), Column("state", .text), Column("application", .json), Column("sources", .json),
                        Column("process", .json, nullable: true), Column("decision", .json, nullable: true),
                        Column("created_at", .instant), Column("updated_at", .instant),
                        Column("submitted_at", .instant, nullable: true), Column("closed_at", .instant, nullable: true),
                        Column("answered", .json),
                    ], primaryKey: ["id"], unique: [["reference"]]),
                .createIndex("services_cases_person", on: "services_cases", columns: ["person", "state"]),
                .createTable(
                    "services_events",
                    columns: [
                        Column("case_id", .id), Column("n", .integer), Column("at", .instant), Column("kind", .text),
                        Column("actor", .json), Column("details", .json),
                    ], primaryKey: ["case_id", "n"]),
                .createTable(
                    "services_tasks",
                    columns: [
                        Column("id", .id), Column("case_id", .id), Column("element", .text), Column("name", .text),
                        Column("holder", .text), Column("state", .text), Column("created_at", .instant), Column("due_on", .text),
                        Column("closed_at", .instant, nullable: true),
                    ], primaryKey: ["id"]),
                .createIndex("services_tasks_open", on: "services_tasks", columns: ["state", "holder", "due_on"]),
                .createIndex("services_tasks_case", on: "services_tasks", columns: ["case_id"]),
                .createTable(
                    "services_papers",
                    columns: [
                        Column("id", .id), Column("case_id", .id), Column("name", .text), Column("type", .text),
                        Column("bytes", .blob), Column("created_at", .instant),
                    ], primaryKey: ["id"]),
                .createIndex("services_papers_case", on: "services_papers", columns: ["case_id"]),
                // The files of every version that a case was begun on, so that a running case stays on it.
                .createTable(
                    "services_versions",
                    columns: [
                        Column("version", .text), Column("service", .text), Column("path", .text), Column("bytes", .blob),
                    ], primaryKey: ["version", "path"], isPublic: true),
            ]),
        // The queue in the order in which it is shown, and a person's cases by their beginning.
        Migration(
            "services-2", room: "services",
            steps: [
                .dropIndex("services_tasks_open"),
                .createIndex("services_tasks_queue", on: "services_tasks", columns: ["state", "holder", "due_on", "created_at", "id"]),
                .createIndex("services_cases_begun", on: "services_cases", columns: ["person", "created_at"]),
                .createIndex("services_cases_sent", on: "services_cases", columns: ["person", "submitted_at", "id"]),
                .createIndex("services_cases_state", on: "services_cases", columns: ["person", "state", "created_at"]),
            ]),
    ]

    package static let sealed: [SealedTable] = [
        SealedTable("services_cases", key: ["id"]), SealedTable("services_events", key: ["case_id", "n"]),
        SealedTable("services_tasks", key: ["id"]), SealedTable("services_papers", key: ["id"]),
        SealedTable("services_versions", key: ["version", "path"]),
    ]
}
