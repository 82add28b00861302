internal import Foundation
internal import Gate
internal import Hummingbird
package import Identity
package import Kernel
internal import NIOCore

/// One request, read and identified, as a route's handler gets it.
package struct Visit: Sendable {
    let request: Request
    let parameters: Parameters
    let portal: Portal
    /// Who is signed in, if anybody.
    package let session: Session?
    package let language: String
    let isSecure: Bool
    let isPlainAddress: Bool

    var now: Instant { portal.platform.clock.now() }
    var path: String { request.uri.path }
    /// Path and query, for coming back: only of what pages are asked for by, so that no address can have a page say what it does not know.
    var address: String {
        guard let query = request.uri.query else { return request.uri.path }
        let known = query.utf8.split(separator: UInt8(ascii: "&")).filter { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return pair.count <= Self.parameterLengthMax && Self.parameters.contains { name.elementsEqual($0.utf8) }
        }
        return known.isEmpty ? request.uri.path : request.uri.path + "?" + known.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
    }
    var isAPI: Bool { path.hasPrefix("/api/") }

    /// A parameter of the route's path. The router only calls a handler whose path matched.
    func parameter(_ name: String) throws -> String {
        guard let value = parameters.get(name), value.utf8.count <= Self.parameterLengthMax else {
            throw Refusal(.notFound, "page.not-found")
        }
        return value
    }

    func query(_ name: String) -> String? { request.uri.queryParameters[Substring(name)].map(String.init) }

    /// The session, or the way to the sign-in page.
    func signedIn() throws -> Session {
        guard let session else { throw Refusal(.unauthenticated, "session.needed") }
        return session
    }

    /// The signed-in citizen's person record.
    func citizen() throws -> (session: Session, person: String) {
        let session = try signedIn()
        guard let person = session.principal.person else { throw Refusal(.forbidden, "session.not-citizen") }
        return (session, person)
    }

    // MARK: Forms

    static let parameterLengthMax = 200
    /// The names in the queries of pages.
    static let parameters = ["before", "next", "q", "return", "show"]
    static let formBytesMax = 256 * 1_024

    /// The fields of a posted form, its CSRF token checked.
    func form(upTo limit: Int = Visit.formBytesMax) async throws -> FormFields {
        var request = request
        let buffer: ByteBuffer
        do { buffer = try await request.collectBody(upTo: limit) } catch {
            throw Refusal(.tooLarge, "form.too-large", parameters: ["kilobytes": String(limit / 1_024)])
        }
        let bytes = [UInt8](buffer: buffer)
        let type = request.headers[.contentType] ?? ""
        let fields: FormFields
        if type.hasPrefix("multipart/form-data") {
            fields = try FormFields(multipart: bytes, contentType: type)
        } else {
            fields = try FormFields(urlEncoded: bytes)
        }
        try checkOrigin(fields)
        return fields
    }

    /// A form of a session carries its token; one without a session must come from our own pages.
    private func checkOrigin(_ fields: FormFields) throws {
        if let session {
            guard session.vouches(for: fields["csrf"] ?? "") else { throw Refusal(.forbidden, "form.foreign") }
            return
        }
        if let site = request.headers[.init("Sec-Fetch-Site")!], site != "same-origin", site != "none" {
            throw Refusal(.forbidden, "form.foreign")
        }
        if let origin = request.headers[.origin], origin != "null", let host = request.head.authority,
            URL(string: origin).map({ url in url.port.map { "\(url.host() ?? ""):\($0)" } ?? url.host() ?? "" }) != host
        {
            throw Refusal(.forbidden, "form.foreign")
        }
    }
}

/// What a handler answers; the door turns it into HTTP.
package enum Reply: Sendable {
    /// A page. Pages with a person's data are not kept by anybody.
    case page(any PageView, status: Int = 200, Chrome.Workspace? = nil)
    case redirect(String)
    case json(JSON, status: Int = 200)
    case file([UInt8], type: String, name: String?, isPublic: Bool = false)
    /// A picture of the reader's own pages, whose address never means another.
    case picture([UInt8], type: String)
    case text(String, type: String = "text/plain; charset=utf-8", maxAge: Int = 0)
    /// Sends the browser away with a new session, or without its old one.
    case signedIn(token: String, to: String)
    case signedOut(to: String)
    case language(String, to: String)
}

extension FormFields {
    /// A path of our own to go to after a form; anything else leads home.
    func next(_ name: String = "next", else fallback: String) -> String { Address.local(self[name]) ?? fallback }
}

extension Address {
    /// A path within this site; `nil` for anything that could lead elsewhere.
    static func local(_ path: String?) -> String? {
        guard let path, path.hasPrefix("/"), !path.hasPrefix("//"), !path.contains("\\"),
            path.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value < 0x7F })
        else { return nil }
        return path
    }
}
