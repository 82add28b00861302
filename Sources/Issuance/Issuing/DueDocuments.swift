import FEEL
package import Gate
package import Kernel
package import Registry
package import StateFolder
package import Storage

/// Finds the documents that a person should hold and does not: from each source register's current rows.
package struct DueDocuments: UseCase {
    package static let action = Action.reads("document.prepare")
    private let person: String
    private let definitions: [DocumentDefinition]
    private let registers: Registers
    private let zone: TimeZoneRules

    /// - Parameter zone: the state's, in which the last day of a document ends.
    package init(person: String, definitions: [DocumentDefinition], registers: Registers, zone: TimeZoneRules) {
        self.person = person
        self.definitions = definitions
        self.registers = registers
        self.zone = zone
    }

    package var resource: Resource { Resource("document", person: person) }
    package var purpose: Purpose { Purpose("document-issue") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> [DraftDocument] {
        var drafts: [DraftDocument] = []
        for definition in definitions {
            let needed = definition.fields
            let rows = try registers[definition.register].judged(ofPerson: person, fields: needed.ofRow, under: grant, in: transaction)
            for row in rows {
                if let condition = definition.when {
                    guard condition.evaluate(row.scope).value == .boolean(true) else { continue }
                }
                let holder = try holder(needed.ofHolder, under: grant, in: transaction)
                var draft = try DraftDocument(definition, row, holder: holder?.data ?? JSONObject(), at: grant.now, in: zone)
                guard try isNeeded(draft, at: grant.now, in: transaction) else { continue }
                // A document says what rows say: a turned bit of the disk or another hand would be signed as the state's word.
                for source in [row, holder].compactMap({ $0 }) where !source.isAsLogged {
                    draft.fault = .changedRow(register: source.register, record: source.record)
                }
                drafts.append(draft)
            }
        }
        return drafts
    }

    /// Whether there is no document yet from exactly this state of the record, or one that ran out and would now last longer.
    private func isNeeded(_ draft: DraftDocument, at now: Instant, in transaction: borrowing Transaction) throws -> Bool {
        // Storing asks once more, and of the whole.
        let held = try transaction.listFirst(
            """
            SELECT expires_at FROM issuance_documents WHERE person = $1 AND type = $2 AND record = $3 AND source_recorded_at = $4
            AND state = 'current'
            """,
            [.text(person), .text(draft.type), .text(draft.record), .integer(draft.sourceRecordedAt.milliseconds)])
        guard let expires = try held?.instant(0) else { return true }
        // A record that has itself run out gives one expired document, not a new one at each look.
        return expires <= now && draft.expiresAt > now
    }

    private func holder(
        _ fields: [String], under grant: borrowing Grant, in transaction: borrowing Transaction
    ) throws -> RegisterRow? {
        guard !fields.isEmpty else { return nil }
        guard
            let row = try registers[Registers.personRegister].judged(person, fields: fields, under: grant, in: transaction)
        else { throw IssuanceFault.noPerson(person) }
        return row
    }
}

/// A document before it is signed: what it will say and for how long.
package struct DraftDocument: Sendable {
    package let type: String
    package let record: String
    package let sourceRecordedAt: Instant
    package let number: String
    package let expiresAt: Instant
    package let claims: JSONObject
    /// Why it is not to be signed.
    var fault: IssuanceFault?

    init(_ definition: DocumentDefinition, _ row: RegisterRow, holder: JSONObject, at now: Instant, in zone: TimeZoneRules) throws {
        type = definition.id
        record = row.record
        sourceRecordedAt = row.recordedAt
        number = row.data[definition.number]?.string ?? row.record
        var claims = JSONObject()
        for claim in definition.claims {
            if let value = claim.isOfHolder ? holder[claim.fieldName] : row.data[claim.fieldName] { claims[claim.name] = value }
        }
        self.claims = claims
        let byRule = zone.date(at: now).adding(months: definition.validityMonths)
        // A document outlives neither its rule nor the record's own end, and lives its last day to the end.
        let byRecord = definition.expiryField.flatMap { row.data[$0]?.string }.flatMap { CalendarDate($0) }
        expiresAt = zone.instant(of: min(byRule, byRecord?.adding(days: 1) ?? byRule))
    }
}

extension RegisterRow {
    /// The row's fields as names of a condition.
    fileprivate var scope: Scope {
        var values: [String: Value] = [:]
        for (field, value) in data { values[field] = Value(json: value) }
        return Scope(values)
    }
}
