package import Audit
package import Kernel
package import Storage

/// A signed document as it is kept for its holder.
package final class IssuedDocument: Sendable {
    package enum State: String, Sendable {
        case current
        /// A newer one, from newer data, took its place.
        case replaced
    }
    package let id: String
    /// The document's definition in the state folder.
    package let type: String
    package let person: String
    /// The record of the source register it was made from, and when the state recorded what it says.
    package let record: String
    package let sourceRecordedAt: Instant
    package let number: String
    package let issuedAt: Instant
    package let expiresAt: Instant
    package let state: State
    /// What it says, as it was written when it was issued.
    package let claimsText: JSONObjectText
    /// The SD-JWT VC in compact form.
    package let credential: String

    static let columns = """
        id, type, person, record, source_recorded_at, number, issued_at, expires_at, state, claims, credential
        """

    init(_ row: Row) throws {
        guard let state = State(rawValue: try row.text(8)), let claims = JSONObjectText(try row.text(9)) else {
            throw IssuanceFault.unreadable(document: try row.text(0))
        }
        id = try row.text(0)
        type = try row.text(1)
        person = try row.text(2)
        record = try row.text(3)
        sourceRecordedAt = try row.instant(4)
        number = try row.text(5)
        issuedAt = try row.instant(6)
        expiresAt = try row.instant(7)
        self.state = state
        claimsText = claims
        credential = try row.text(10)
    }

    /// What it says, read. Where a document is handed on as it is, or only named, nothing needs reading.
    package func claims() throws -> JSONObject {
        guard let claims = try JSON.parse(claimsText.text).object else { throw IssuanceFault.unreadable(document: id) }
        return claims
    }

    package func isExpired(at now: Instant) -> Bool { now >= expiresAt }
}

package enum IssuanceFault: Error, Sendable {
    case unreadable(document: String)
    case unknownDocument(String)
    case noPerson(String)
    /// A document that its own definition does not let sign, with the definition and the reason.
    case cannotBeSigned(document: String, reason: String)
    /// The row that a document is to be made from is not what the log says was written there: `dovira audit verify` says more.
    case changedRow(register: String, record: String)
}

package enum IssuanceTables {
    package static let migrations: [Migration] = [
        Migration(
            "issuance-1", room: "issuance",
            steps: [
                .createTable(
                    "issuance_documents",
                    columns: [
                        Column("id", .id), Column("type", .text), Column("person", .text), Column("record", .text),
                        Column("source_recorded_at", .instant), Column("number", .text), Column("issued_at", .instant),
                        Column("expires_at", .instant), Column("state", .text), Column("claims", .json),
                        Column("credential", .text), Column("access", .text),
                    ], primaryKey: ["id"]),
                .createIndex("issuance_documents_person", on: "issuance_documents", columns: ["person", "state"]),
            ]),
        Migration(
            "issuance-2", room: "issuance",
            steps: [
                .createTable(
                    "issuance_keys", columns: [Column("name", .text), Column("public_key", .text), Column("first_used_at", .instant)],
                    primaryKey: ["name"])
            ]),
    ]

    package static let sealed = [SealedTable("issuance_documents", key: ["id"])]
}
