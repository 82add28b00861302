/// An error meant for the outside: what was asked is not done, and this is why.
///
/// **Shape** `code` is the key of a page text, such as `case.not-found`; `parameters` fill its blanks. `reasons` name the policies or
/// rules that decided. Nothing in it may be secret.
public struct Refusal: Error, Hashable, Sendable {
    /// What sort of answer this is, whatever the protocol at the door.
    public enum Kind: String, Hashable, Sendable {
        case invalid, unauthenticated, forbidden, notFound, conflict, gone, tooLarge, tooMany, unavailable
    }

    public var kind: Kind
    public var code: String
    public var parameters: [String: String]
    public var faults: [Fault]
    public var reasons: [String]

    public init(
        _ kind: Kind, _ code: String, parameters: [String: String] = [:], faults: [Fault] = [], reasons: [String] = []
    ) {
        self.kind = kind
        self.code = code
        self.parameters = parameters
        self.faults = faults
        self.reasons = reasons
    }
}

/// One thing that is wrong with one field of what was sent.
///
/// **Shape** `pointer` is a JSON pointer (RFC 6901) to the field, empty for the whole; `message` is for the citizen, in each language.
public struct Fault: Hashable, Sendable {
    public var pointer: String
    public var code: String
    public var parameters: [String: String]
    public var message: LocalText

    public init(pointer: String, code: String, parameters: [String: String] = [:], message: LocalText) {
        self.pointer = pointer
        self.code = code
        self.parameters = parameters
        self.message = message
    }
}
