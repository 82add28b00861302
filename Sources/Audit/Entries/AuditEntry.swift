package import Kernel

/// What is written down about one use of one person's data: who did what, to which fields, for which purpose, on which law.
package struct AuditEntry: Hashable, Sendable {
    /// Who acted, as the person concerned may read it.
    package struct Actor: Hashable, Sendable {
        package enum Kind: String, Hashable, Sendable {
            case citizen, officer, overseer, assistant, body, system
        }

        package var kind: Kind
        /// An officer's pseudonymous id, a system's name; a citizen's own id only in entries about herself.
        package var id: String
        package var name: String
        package var body: String?
        package var role: String?

        package init(kind: Kind, id: String, name: String, body: String?, role: String?) {
            self.kind = kind
            self.id = id
            self.name = name
            self.body = body
            self.role = role
        }
    }

    /// A record that was read or changed, and which of its fields.
    package struct Record: Hashable, Sendable {
        package var register: String
        package var record: String
        package var fields: [String]

        package init(register: String, record: String, fields: [String]) {
            self.register = register
            self.record = record
            self.fields = fields
        }
    }

    package enum Outcome: String, Hashable, Sendable {
        case done, refused, failed
    }

    package var at: Instant
    package var actor: Actor
    package var action: String
    package var purpose: String
    /// The legal basis; none where nothing permitted the act.
    package var law: String?
    package var records: [Record]
    package var caseReference: String?
    package var outcome: Outcome
    /// What the caller got to ask about it later: the reference of a failure or of the access.
    package var reference: String?

    package init(
        at: Instant, actor: Actor, action: String, purpose: String, law: String?, records: [Record], caseReference: String? = nil,
        outcome: Outcome, reference: String? = nil
    ) {
        self.at = at
        self.actor = actor
        self.action = action
        self.purpose = purpose
        self.law = law
        self.records = records
        self.caseReference = caseReference
        self.outcome = outcome
        self.reference = reference
    }

    /// What one of the house's own systems did, to nobody and on no law: an entry for the house journal.
    package static func ofHouse(
        _ action: String, by system: String, called name: String? = nil, at moment: Instant, purpose: String, records: [Record] = [], reference: String? = nil
    ) -> AuditEntry {
        AuditEntry(
            at: moment, actor: Actor(kind: .system, id: system, name: name ?? system, body: nil, role: nil), action: action, purpose: purpose, law: nil,
            records: records, outcome: .done, reference: reference)
    }
}

/// The lines of an entry about many people: how many, and the root of their own tree.
struct LineSummary {
    let count: Int
    let root: Digest
}

extension AuditEntry {
    /// The entry as it is hashed and shown: canonical JSON, written straight in key order because every use case pays for it. // Audit-6
    func payload(about person: String, number: Int, lines: LineSummary? = nil, written: Digest? = nil) -> [UInt8] {
        var out = PayloadWriter()
        out.open()
        out.member("action", action)
        out.key("actor")
        out.open()
        out.member("body", actor.body)
        out.member("id", actor.id)
        out.member("kind", actor.kind.rawValue)
        out.member("name", actor.name)
        out.member("role", actor.role)
        out.close()
        out.member("at", at.rfc3339)
        out.member("case", caseReference)
        out.member("law", law)
        if let lines {
            out.member("lines", lines.count)
            out.member("linesRoot", Base64.encode(lines.root.bytes))
        }
        out.member("n", number)
        out.member("outcome", outcome.rawValue)
        out.member("person", person)
        out.member("purpose", purpose)
        out.key("records")
        out.openList()
        for record in records {
            out.item()
            out.open()
            out.key("fields")
            out.openList()
            for field in record.fields {
                out.item()
                out.quote(field)
            }
            out.closeList()
            out.member("record", record.record)
            out.member("register", record.register)
            out.close()
        }
        out.closeList()
        out.member("reference", reference)
        out.member("v", 2)
        // What the use case wrote: the hash of the rows' list that is kept beside the entry.
        if let written { out.member("written", Base64.encode(written.bytes)) }
        out.close()
        return out.bytes
    }

    /// Whether a payload says that its use case wrote the rows with this hash: it is the last member, as the order of names has it.
    static func isWritten(_ hash: Digest, in payload: [UInt8]) -> Bool {
        // A text that ended so inside another member would bear a backslash before its quote.
        let end = ",\"written\":\"\(Base64.encode(hash.bytes))\"}".utf8
        return payload.count > end.count && payload.suffix(end.count).elementsEqual(end)
    }
}

/// Writes canonical JSON for callers that name members in key order; absent members are left out.
private struct PayloadWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    init() { bytes.reserveCapacity(512) }

    mutating func open() {
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    mutating func close() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    mutating func openList() {
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    mutating func closeList() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// Before each item of a list.
    mutating func item() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    mutating func key(_ name: StaticString) {
        item()
        bytes.append(UInt8(ascii: "\""))
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
    }

    mutating func quote(_ text: String) { JSONWriter.appendQuoted(text, to: &bytes) }

    mutating func member(_ name: StaticString, _ text: String?) {
        guard let text else { return }
        key(name)
        quote(text)
    }

    mutating func member(_ name: StaticString, _ value: Int) {
        key(name)
        bytes.append(contentsOf: String(value).utf8)
    }
}
