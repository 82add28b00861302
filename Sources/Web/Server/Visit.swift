internal import Gate
internal import Hummingbird
package import Identity
package import Kernel
internal import Messages
internal import NIOCore
internal import NIOHTTP1

/// One request, read and identified, as a route's handler gets it.
package struct Visit: Sendable {
    let request: Request
    let parameters: Parameters
    let portal: Portal
    /// Who is signed in, if anybody.
    package let session: Session?
    package let language: String
    let isSecure: Bool
    /// From where the request came, as far as limits are concerned.
    let sender: AddressKey
    let place: Place?
    /// Ends the body that is being read.
    let breakOff: @Sendable () -> Void
    let traffic: TrafficControl

    var now: Instant { portal.platform.clock.now() }
    var path: String { request.uri.path }
    /// Path and query, for coming back: only of what pages are asked for by, so that no address can have a page say what it does not know.
    /// An address that nobody could come back to is the home page's.
    var address: String { Address.local(pathAndQuery) ?? Address.home }

    private var pathAndQuery: String {
        guard let query = request.uri.query else { return request.uri.path }
        let known = query.utf8.split(separator: UInt8(ascii: "&")).filter { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            return pair.count <= Self.parameterLengthMax && Self.parameters.contains { name.elementsEqual($0.utf8) }
        }
        return known.isEmpty ? request.uri.path : request.uri.path + "?" + known.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "&")
    }
    var isAPI: Bool { path.utf8.starts(with: Self.programs.utf8) }
    /// What programs ask for.
    static let programs = "/api/"
    /// Whether the page has to say that cookies are not bound to a secure connection. This machine's own name goes over no network.
    var isPlainAddress: Bool { !isSecure && !Portal.isThisMachine(request.head.authority) }

    /// A parameter of the route's path. The router only calls a handler whose path matched.
    func parameter(_ name: String) throws -> String {
        guard let value = parameters.get(name), value.utf8.count <= Self.parameterLengthMax else {
            throw Refusal(.notFound, "page.not-found")
        }
        return value
    }

    /// A value of the address; nil where it stands more than once, or is no text.
    func query(_ name: ByteString) -> String? { request.uri.query.flatMap { URLEncodedForm.value(name, inQuery: $0) } }

    /// A choice of ours in the address.
    func word(_ name: ByteString) -> ByteString? {
        guard let value = query(name), value.utf8.count <= FormFields.wordBytesMax else { return nil }
        return ByteString(value)
    }

    /// What somebody looks for; "" where she looks for nothing.
    func search() throws -> String {
        let text = query("q") ?? ""
        if let fault = PeopleText.fault(in: text, scalarsMax: Self.searchScalarsMax) {
            throw Refusal(.invalid, "search.text", faults: [Fault(pointer: "/q", code: fault.code, message: fault.message)])
        }
        return text
    }

    /// What was looked for, as far as a page may show it: to be put right where it was refused.
    var searched: String {
        var shown = String.UnicodeScalarView()
        var marks = 0
        for scalar in (query("q") ?? "").unicodeScalars.prefix(Self.searchScalarsMax) where PeopleText.isVisible(scalar) {
            marks = PeopleText.isMark(scalar) ? marks + 1 : 0
            if marks <= PeopleText.marksMax { shown.append(scalar) }
        }
        return String(shown)
    }

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
    static let searchScalarsMax = 200
    /// The names in the queries of pages.
    static let parameters = ["before", "next", "page", "q", "return", "show"]
    static let formBytesMax = 256 * 1_024
    /// So many pieces may be small; the others have so many bytes on the average.
    static let piecesMax = 1_000, pieceBytesMin = 64

    /// The fields of a posted form. Whether it comes from a page of ours is settled first: by the sender's headers before anything is read, by
    /// the session's token before the form is taken apart, and before a file is taken in.
    ///
    /// - Parameter isList: names that may stand more than once. Any other that does makes the form none: one reader would take the first of
    ///   two decisions, another the last.
    func form(upTo limit: Int = Visit.formBytesMax, isList: (ByteString) -> Bool = { _ in false }) async throws -> FormFields {
        guard
            OriginField.isOwn(
                origin: request.headers[.origin], site: request.headers[.init("Sec-Fetch-Site")!], host: request.head.authority, isSecure: isSecure)
        else { throw Refusal(.forbidden, "form.foreign") }
        let tooLarge = Refusal(.tooLarge, "form.too-large", parameters: ["kilobytes": String(limit / 1_024)])
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limit { throw tooLarge }
        let type = request.headers[.contentType] ?? ""
        var parts: MultipartForm?
        if ContentType(type)?.isMultipartForm == true {
            parts = MultipartForm(contentType: type)
            guard parts != nil else { throw Refusal(.invalid, "form.malformed") }
        }
        let body = traffic.bodies.open(holders, at: .now, end: breakOff)
        defer { traffic.bodies.close(body) }
        var (bytes, held) = ([UInt8](), 0)
        var isVouched = session == nil
        var pieces = 0
        var chunks = request.body.makeAsyncIterator()
        while true {
            let next: ByteBuffer?
            // A body that breaks HTTP's own rules is the server's to answer; one that breaks off has nobody left to answer.
            // Nobody waits for this client's body but herself.
            place?.give()
            do { next = try await chunks.next() } catch let error as HTTPParserError { throw error } catch {
                throw Refusal(.invalid, "form.malformed")
            }
            try await place?.takeAgain()
            guard let chunk = next else { break }
            guard held + chunk.readableBytes <= limit else { throw tooLarge }
            // Pieces of some bytes cost as much as pieces of thousands.
            pieces += 1
            guard pieces <= Self.piecesMax + held / Self.pieceBytesMin else { throw Refusal(.invalid, "form.malformed") }
            try traffic.bodies.take(chunk.readableBytes, for: body, at: .now)
            held += chunk.readableBytes
            if parts == nil { bytes.append(contentsOf: chunk.readableBytesView) }
            do { try parts?.feed(chunk.readableBytesView) } catch { throw error.refusal }
            guard !isVouched, let arrival = parts?.arrival(of: Self.tokenField) else { continue }
            switch arrival {
            case .notYet: break
            case .here(let token): isVouched = try vouched(token)
            case .missing: throw Refusal(.forbidden, "form.foreign")
            }
        }
        // What breaks off is no form, whatever it looks like so far.
        if let length = request.headers[.contentLength], Int(length) != held { throw Refusal(.invalid, "form.malformed") }
        guard traffic.bodies.holds(body) else { throw Refusal(.invalid, "form.malformed") }
        if !isVouched { _ = try vouched(URLEncodedForm.bareValue(Self.tokenField, in: bytes)) }
        do {
            let fields = try parts?.finish() ?? URLEncodedForm.read(bytes)
            guard !fields.repeats(except: isList) else { throw Refusal(.invalid, "form.repeated") }
            return fields
        } catch let fault as FormFault { throw fault.refusal }
    }

    /// Who answers for the memory that a body takes.
    private var holders: [BodyMemory.Holder] {
        guard let session else { return [.address(sender)] }
        return [.session(ByteString(session.principal.session ?? "")), .person(ByteString(session.principal.key)), .address(sender)]
    }

    /// The field that carries the session's token; every form of ours begins with it.
    static let tokenField: ByteString = "csrf"

    private func vouched(_ token: String?) throws(Refusal) -> Bool {
        guard let session, let token, session.vouches(for: token) else { throw Refusal(.forbidden, "form.foreign") }
        return true
    }
}

extension FormFault {
    fileprivate var refusal: Refusal {
        switch self {
        case .malformed: Refusal(.invalid, "form.malformed")
        case .tooManyFields: Refusal(.invalid, "form.too-many-fields")
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
    func next(_ name: ByteString = "next", else fallback: String) -> String { Address.local(self[name]?.text) ?? fallback }
}

extension Address {
    private static let localBytesMax = 2_048

    /// A path within this site; `nil` for anything that could lead elsewhere.
    static func local(_ path: String?) -> String? {
        guard let bytes = path?.utf8, bytes.count <= localBytesMax, bytes.first == UInt8(ascii: "/"), bytes.dropFirst().first != UInt8(ascii: "/"),
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") })
        else { return nil }
        return path
    }
}
