/// What a reason code of a malformed document is about, for words to people.
public enum MalformedReason: String, Hashable, Sendable, CaseIterable {
    /// Not of the form of a signed document.
    case form
    /// Larger, or more deeply nested, than any document.
    case size
    /// Signed, but something else than a document.
    case kind
    /// A method of signing that is not accepted.
    case method
    /// The holder's proof at its end.
    case holder
    /// A part is missing or spoilt.
    case damaged

    /// - Parameter code: the reason of ``Verdict/malformed(_:)``.
    public init(code: String) {
        if code.utf8.starts(with: "key-binding-".utf8) {
            self = .holder
            return
        }
        switch code {
        case "not-sd-jwt", "header-unreadable": self = .form
        case "too-large", "too-deep", "issuer-too-long", "type-too-long": self = .size
        case "header-type", "issuer-missing", "type-missing": self = .kind
        case "algorithm-not-allowed", "header-critical", "hash-not-allowed": self = .method
        default: self = .damaged
        }
    }
}
