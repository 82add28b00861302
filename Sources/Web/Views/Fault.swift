internal import Audit
internal import Kernel
package import Templates

/// A page that cannot be shown: what happened, what to do, and the reference that the log knows.
package struct FaultView: PageView {
    package static let template = "fault"
    /// 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500 or 503; any other is written as 500.
    package var status: Int
    /// Too much comes at once: the portal is well, and whoever waits is served.
    package var isCrowded: Bool
    /// What the refusal itself says, in the page's language.
    package var message: String?
    /// The reasons a policy gave, or the faults of the request.
    package var reasons: [String]
    package var reference: String?
    /// Whether the log has the attempt: what the door turns away never reaches the gate.
    package var isOnRecord: Bool
    /// What was looked for, where that was the fault: it is there to be put right.
    package var search: Search?

    /// A form that looks for something, as it was sent.
    package struct Search: Hashable, Sendable {
        package var address: String
        package var query: String
        /// Where the page leads on, where it was told.
        package var next: String?

        package init(address: String, query: String, next: String? = nil) {
            self.address = address
            self.query = query
            self.next = next
        }
    }

    /// The code of what is not as the log knows it; nil for any other fault.
    package var contradiction: String?

    package init(
        status: Int, isCrowded: Bool = false, message: String? = nil, reasons: [String] = [], reference: String? = nil, isOnRecord: Bool = true,
        search: Search? = nil, contradiction: String? = nil
    ) {
        self.contradiction = contradiction
        self.status = FaultView.statuses.contains(status) ? status : 500
        self.isCrowded = isCrowded
        self.message = message
        self.reasons = reasons
        self.reference = reference
        self.isOnRecord = isOnRecord
        self.search = search
    }

    package static let statuses = [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 500, 503]

    package func title(_ words: Words) -> String {
        switch contradiction {
        case nil: words("fault.title\(kind)")
        case Self.doubt: words("fault.titleDoubt")
        case .some: words("fault.titleLogged")
        }
    }
    /// A crowd is not the same as a store that takes no changes, though both are 503.
    private var kind: String { status == 503 && isCrowded ? "Crowd" : String(status) }

    /// The code while all rows are held to the log.
    package static let doubt = Refusal.doubt

    private func advice(_ words: Words) -> String {
        switch contradiction {
        case "data.paper-not-as-logged": words("fault.advicePaper")
        case Self.doubt: words("fault.adviceDoubt")
        case .some: words("fault.adviceLogged")
        case nil where search != nil: words("fault.adviceSearch")
        case nil: words(status == 403 && !isOnRecord ? "fault.advice403Door" : "fault.advice\(kind)")
        }
    }

    package func fields(_ words: Words, _ drawing: Drawing) -> Fields {
        [
            "title": title(words), "mark": status == 503 ? Drawing.large(nil) : Drawing.large(.refused), "text": message ?? words("fault.text\(kind)"), "reasons": reasons, "hasReasons": !reasons.isEmpty,
            "advice": advice(words), "status": String(status),
            "reference": reference, "home": Address.home, "signIn": status == 401 ? Address.signIn : nil,
            "isSearch": search != nil, "search": search?.address, "query": search?.query, "next": search?.next,
        ]
    }
}
