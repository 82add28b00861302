import Audit
package import Gate
package import Kernel
import StateFolder
package import Storage

/// Imports one chunk of a register's records: one entry, with a line for each person.
///
/// The chunk also moves the import's mark, in the same transaction: after a crash it goes on with the next chunk.
package struct ImportRows: UseCase {
    package static let action = Action.changes("register.import")
    /// DESIGN section 3: "a bulk import one per chunk of 5,000 rows".
    package static let chunk = 5_000

    package struct Source: Sendable {
        /// The file's hash, so that another file is another import.
        package let hash: Digest
        /// The number of this chunk's first row, from 0.
        package let firstRow: Int
        package init(hash: Digest, firstRow: Int) {
            self.hash = hash
            self.firstRow = firstRow
        }
    }
    /// A row and the key of the person it is about, where it is about one.
    package struct ImportedRow: Sendable {
        package let row: PreparedRow
        package let personKey: String?
        package let validFrom: String
        package init(row: PreparedRow, personKey: String?, validFrom: String) {
            self.row = row
            self.personKey = personKey
            self.validFrom = validFrom
        }
    }

    let register: RegisterTable
    let people: RegisterTable
    let rows: [ImportedRow]
    let source: Source

    package init(_ rows: [ImportedRow], into register: RegisterTable, people: RegisterTable, source: Source) {
        self.rows = rows
        self.register = register
        self.people = people
        self.source = source
    }

    package var resource: Resource { Resource("register/" + register.definition.id) }
    package var purpose: Purpose { Purpose("register-import") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> Int {
        for (index, imported) in rows.enumerated() {
            let record = grant.newIdentifier().text
            let person: String?
            switch register.definition.person {
            case .none: person = nil
            case .isPerson: person = record
            case .field:
                guard let key = imported.personKey, let owner = try people.owner(key: .text(key), under: grant, in: transaction) else {
                    throw Refusal(.invalid, "import.unknown-person", parameters: place(index))
                }
                person = owner
            }
            guard
                try register.write(record, imported.row, person: person, validFrom: imported.validFrom, grant, transaction)
            else {
                let isOnce = try register.once.map { try $0.isTaken(imported.row, under: grant, in: transaction) } == true
                throw Refusal(.conflict, isOnce ? "import.once-taken" : "import.key-taken", parameters: place(index))
            }
            if let person { grant.noteLine(person: person, register: register.definition.id) }
        }
        try mark(under: grant, in: transaction)
        return rows.count
    }

    /// Which row it was: the number of a record in its file, from 0.
    private func place(_ index: Int) -> [String: String] {
        ["register": register.definition.id, "row": String(source.firstRow + index)]
    }

    private func mark(under grant: borrowing Grant, in transaction: borrowing Transaction) throws {
        _ = try grant.rows.first(
            "SELECT register FROM registry_imports WHERE register = $1", [.text(register.definition.id)], of: "registry_imports", in: transaction)
        _ = try transaction.execute(
            """
            INSERT INTO registry_imports (register, source, rows, finished_at) VALUES ($1, $2, $3, NULL)
            ON CONFLICT (register) DO UPDATE SET source = $2, rows = $3
            """,
            [.text(register.definition.id), .blob(source.hash.bytes), .integer(Int64(source.firstRow + rows.count))])
    }
}

/// How far a register's import has come: public, for it says nothing about anybody.
package struct ImportMark: Sendable {
    package let source: [UInt8]
    package let rows: Int
    package let isFinished: Bool

    private static let query = PublicQuery(
        "registry-import", tables: ["registry_imports"],
        sql: "SELECT source, rows, finished_at FROM registry_imports WHERE register = $1")
    package static let queries = [query]

    package static func of(_ register: String, _ view: PublicView) async throws -> ImportMark? {
        try await view.query(query, [.text(register)]).first.map { row in
            try ImportMark(source: row.blob(0), rows: row.int(1), isFinished: row.optionalInt(2) != nil)
        }
    }

    static func isFinished(_ register: String, in transaction: borrowing Transaction) throws -> Bool {
        try transaction.first("SELECT finished_at FROM registry_imports WHERE register = $1", [.text(register)])?.optionalInt(0) != nil
    }

    static func finish(_ register: String, at now: Instant, in transaction: borrowing Transaction) throws {
        try transaction.execute(
            "UPDATE registry_imports SET finished_at = $2 WHERE register = $1", [.text(register), .integer(now.milliseconds)])
    }
}
