package import Kernel

/// One way in which an instance does not fit its schema.
package struct SchemaFault: Hashable, Sendable {
    /// The value that was judged.
    package var instance: JSONPointer
    /// The value to mend: as `instance`, but for a member that is missing or not allowed, where it is that member.
    package var field: JSONPointer
    /// The keyword that refused; `false` for a schema that is the word `false`, `limit` for a named limit.
    package var keyword: String
    /// The keyword's place in the schema: a JSON pointer, behind `URI#` when it is in another document.
    package var schema: String
    /// What the message needs, such as `limit`, `property`, `expected`.
    package var parameters: [String: String]
    /// The schema's own words for it (`x-message`), where it has some.
    package var ownMessage: LocalText?

    package init(
        instance: JSONPointer, field: JSONPointer? = nil, keyword: String, schema: String,
        parameters: [String: String] = [:], ownMessage: LocalText? = nil
    ) {
        self.instance = instance
        self.field = field ?? instance
        self.keyword = keyword
        self.schema = schema
        self.parameters = parameters
        self.ownMessage = ownMessage
    }

    /// The fault as pages and interfaces show it.
    package var fault: Fault {
        Fault(
            pointer: field.text, code: "schema." + keyword, parameters: parameters,
            message: SchemaTexts.message(for: self))
    }
}
