/// Whom a use case read or changed: people, records, fields. The gate turns it into one entry for each person.
///
/// It belongs to one run of one use case on the writer's thread.
package final class Touched {
    package struct Record: Hashable {
        package let register: String
        package let record: String
        package var fields: [String]
    }

    /// People in the order in which they were touched.
    package private(set) var people: [String] = []
    private var records: [String: [Record]] = [:]
    /// Per person the references of her cases that were touched: nobody's entry names another's case.
    private var cases: [String: [String]] = [:]
    /// The legal basis of the permitting rule; none when it was refused.
    package private(set) var law: String?
    /// People of a bulk import, in row order: one entry holds a line for each.
    package private(set) var lines: [String] = []
    package private(set) var lineRegister = ""
    /// Set when an errand was written, so that the runner is woken after commit.
    package private(set) var errands: [(id: String, subject: String)] = []

    package init() {}

    /// Notes a person, without a record: she was asked about.
    package func note(person: String) {
        guard records[person] == nil else { return }
        people.append(person)
        records[person] = []
    }

    /// Notes fields of a record about a person. Noted twice, the fields are joined.
    package func note(person: String, register: String, record: String, fields: [String]) {
        note(person: person)
        records[person, default: []].join(Record(register: register, record: record, fields: fields))
    }

    package func note(law: String) { self.law = law }

    package func noteLine(person: String, register: String) {
        lines.append(person)
        lineRegister = register
    }

    package func note(case reference: String, of person: String) {
        if !cases[person, default: []].contains(reference) { cases[person, default: []].append(reference) }
    }

    package func note(errand id: String, subject: String) { errands.append((id, subject)) }

    package func records(of person: String) -> [Record] { records[person] ?? [] }

    /// The one case of the person that was touched; none where it was more than one, for then no one of them is what it was about.
    package func caseReference(of person: String) -> String? { cases[person].flatMap { $0.count == 1 ? $0[0] : nil } }
}

extension [Touched.Record] {
    /// Adds a record, or its fields where it is there already.
    fileprivate mutating func join(_ record: Touched.Record) {
        guard let index = firstIndex(where: { $0.record == record.record && $0.register == record.register }) else {
            append(record)
            return
        }
        for field in record.fields where !self[index].fields.contains(field) { self[index].fields.append(field) }
    }
}
