internal import HTTPTypes

/// What browsers are told on every answer, whoever made it.
enum SecurityHeaders {
    static let noSniffing = HTTPField.Name("X-Content-Type-Options")!
    static let strictTransport = HTTPField.Name("Strict-Transport-Security")!
    /// A year, as browsers' lists ask for.
    static let strictTransportValue = "max-age=31536000"
    static let clearSiteData = HTTPField.Name("Clear-Site-Data")!

    /// Pages: nothing from elsewhere, nothing inline, nobody's frame; WebAssembly of our own may run.
    static let pagePolicy =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

    /// Whatever is no page: it is data, and as a document it may do nothing.
    static let others: [(HTTPField.Name, String)] = [
        (.contentSecurityPolicy, "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
        (noSniffing, "nosniff"),
        (.init("Referrer-Policy")!, "same-origin"),
        (.init("Cross-Origin-Opener-Policy")!, "same-origin"),
        (.init("Cross-Origin-Resource-Policy")!, "same-origin"),
        (.init("Permissions-Policy")!, "camera=(), microphone=(), geolocation=()"),
    ]

    /// Adds what an answer does not say yet.
    static func complete(_ fields: inout HTTPFields) {
        // Most have been completed already by the door.
        if fields.contains(noSniffing), fields.contains(.contentSecurityPolicy) { return }
        for (name, value) in others where !fields.contains(name) { fields[name] = value }
    }
}
