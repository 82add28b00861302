package import Gate
package import Kernel
package import Storage

/// Keeps the answers of one page of a draft; the page checked them against the schema before.
package struct AnswerPage: UseCase {
    package static let action = Action.changes("case.answer")
    /// An application larger than this is not one that a person typed.
    static let applicationBytesMax = 64 * 1_024

    private let id: String
    private let page: String
    private let answers: [(pointer: JSONPointer, value: JSON?)]

    /// - Parameters:
    ///   - page: the form's page that was sent.
    ///   - answers: per control its value; `nil` takes an answer away.
    package init(_ id: String, page: String, answers: [(pointer: JSONPointer, value: JSON?)]) {
        self.id = id
        self.page = page
        self.answers = answers
    }

    package var resource: Resource { Resource("case", id: id) }
    package var purpose: Purpose { Purpose("apply") }

    package func perform(under grant: borrowing Grant, in transaction: borrowing Transaction) throws -> CaseRecord {
        var record = try CaseRecord.find(id, under: grant, in: transaction)
        guard record.state == .draft else { throw Refusal(.conflict, "case.already-submitted") }
        var application = JSON.object(record.application)
        for (pointer, value) in answers {
            if application.value(at: pointer) != value { record.sources[pointer.text] = nil }
            application.replace(at: pointer, with: value)
        }
        record.application = application.object ?? JSONObject()
        if !record.answered.contains(page) { record.answered.append(page) }
        guard application.canonical.utf8.count <= Self.applicationBytesMax else { throw Refusal(.tooLarge, "case.too-large") }
        try record.save(under: grant, in: transaction)
        return record
    }
}

extension JSON {
    /// Sets or removes the value at a pointer, making the objects on the way.
    package mutating func replace(at pointer: JSONPointer, with value: JSON?) {
        self = replaced(pointer.tokens[...], value)
    }

    private func replaced(_ tokens: ArraySlice<String>, _ value: JSON?) -> JSON {
        guard let key = tokens.first else { return value ?? .null }
        var object = self.object ?? JSONObject()
        let rest = tokens.dropFirst()
        if rest.isEmpty {
            object[key] = value
        } else if value != nil || object[key] != nil {
            let child = (object[key] ?? .object(JSONObject())).replaced(rest, value)
            object[key] = child.object?.isEmpty == true ? nil : child
        }
        return .object(object)
    }
}
