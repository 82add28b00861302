internal import Gate
internal import HTTPTypes
internal import Hummingbird
internal import Kernel

/// What holds for every request, whatever its path: methods, and whether it may come over a plain connection.
struct Doorway<Inner: HTTPResponder>: HTTPResponder where Inner.Context == WebContext {
    let inner: Inner
    let door: Door
    let paths: KnownPaths

    func respond(to request: Request, context: WebContext) async throws -> Response {
        let sender = door.portal.sender(of: request, context)
        do {
            try door.traffic.quotas.takeLight(address: sender, at: door.portal.platform.clock.now())
            let turns = isLight(request) ? door.traffic.lightTurns : door.traffic.turns
            let turn = try await turns.take(sender, onWait: context.endWhenGone)
            // Whoever has gone while she waited leaves her place to others.
            guard context.isListenedTo else {
                turns.give(turn)
                return Response(status: .requestTimeout)
            }
            if request.method == .get || request.method == .head {
                defer { turns.give(turn) }
                return try await answer(request, context)
            }
            let place = Place(turn, of: sender, in: turns, onWait: context.endWhenGone)
            defer { place.give() }
            var context = context
            context.place = place
            return try await answer(request, context)
        } catch let refusal as Refusal {
            guard context.isListenedTo else { return Response(status: .requestTimeout) }
            let response = door.write(refusal, door.anonymous(request, context, door.portal.language(of: request)))
            return request.method == .head ? response.createHeadResponse() : response
        }
    }

    /// Whether no page is made for it: for programs, and what lies ready.
    private func isLight(_ request: Request) -> Bool {
        let path = request.uri.path
        return request.method == .options || path.utf8.starts(with: Visit.programs.utf8) || path.hasSameBytes(as: KnownPaths.hello)
            || OpenFiles.contains(path) || door.portal.pages.assets.contains(path)
    }

    private func answer(_ request: Request, _ context: WebContext) async throws -> Response {
        let isSecure = door.portal.isSecure(request)
        var response: Response
        if let turned = turnedAway(request, context, isSecure: isSecure) {
            response = turned
        } else if request.method == .head {
            // What GET would say, without saying it.
            var head = request.head
            head.method = .get
            response = try await inner.respond(to: Request(head: head, body: request.body), context: context).createHeadResponse()
        } else {
            response = try await inner.respond(to: request, context: context)
        }
        if OpenFiles.contains(request.uri.path) { OpenFiles.permit(&response, isAsked: request.method == .options) }
        if isSecure { response.headers[SecurityHeaders.strictTransport] = SecurityHeaders.strictTransportValue }
        return response
    }

    private func turnedAway(_ request: Request, _ context: WebContext, isSecure: Bool) -> Response? {
        if door.portal.trustsProxy, !isSecure, request.uri.path != KnownPaths.hello {
            guard request.method == .get || request.method == .head else {
                return door.write(Refusal(.forbidden, "connection.plain"), door.anonymous(request, context, door.portal.language(of: request)))
            }
            return Response(status: .permanentRedirect, headers: [.location: Address.inHeader(door.portal.origin + request.uri.string), .cacheControl: "no-store"])
        }
        switch request.method {
        case .get, .head, .post, .put, .delete, .patch, .trace, .connect: return nil
        case .options:
            let allowed = request.uri.string == "*" ? KnownPaths.methods : paths.methods(of: request.uri.path)
            return allowed.isEmpty ? nil : Response(status: .noContent, headers: [.allow: KnownPaths.list(allowed), .cacheControl: "no-store"])
        default: return Response(status: .notImplemented, headers: [.cacheControl: "no-store"])
        }
    }
}

/// Signed or public files that another's page may read, without knowing who reads: a foreign verifier checks our documents by them.
///
/// **Standard** Fetch, section 3.2 (CORS): `*` is never given together with credentials.
enum OpenFiles {
    static let trustList = "/.well-known/dovira-trust.json", stateKey = "/.well-known/dovira-state-key.json"
    private static let prefix = "/.well-known/"
    private static let allowOrigin = HTTPField.Name("Access-Control-Allow-Origin")!
    private static let allowMethods = HTTPField.Name("Access-Control-Allow-Methods")!
    private static let maxAge = HTTPField.Name("Access-Control-Max-Age")!
    private static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy")!

    static func contains(_ path: String) -> Bool {
        path.utf8.starts(with: prefix.utf8) && (path.hasSameBytes(as: trustList) || path.hasSameBytes(as: stateKey))
    }

    /// - Parameter isAsked: whether a browser asks beforehand.
    static func permit(_ response: inout Response, isAsked: Bool) {
        response.headers[allowOrigin] = "*"
        response.headers[resourcePolicy] = "cross-origin"
        guard isAsked else { return }
        response.headers[allowMethods] = "GET, HEAD"
        response.headers[maxAge] = "86400"
    }
}

/// Every path that is served, with its methods: asked only where the router found nothing.
struct KnownPaths: Sendable {
    static let hello = "/hello"
    /// All that any path has.
    static let methods = ["GET", "POST"]

    private enum Segment: Sendable {
        case word(ByteString)
        case any
        /// This one and all that follow.
        case rest
    }
    private var known: [(segments: [Segment], method: String)] = []

    init(_ paths: [(path: String, method: String)]) {
        known = paths.map { path, method in
            let segments = Self.split(path).map { segment -> Segment in
                if segment.text.utf8.first == UInt8(ascii: "{") { return .any }
                return segment == "**" ? .rest : .word(segment)
            }
            return (segments, method)
        }
    }

    /// The methods of a path; none where nothing is served there.
    func methods(of path: String) -> [String] {
        let segments = Self.split(path)
        let found = known.filter { Self.matches($0.segments, segments) }.map(\.method)
        return Self.methods.filter { found.contains($0) }
    }

    /// As `Allow` says them: whatever can be read can be asked for without its body.
    static func list(_ methods: [String]) -> String {
        (methods.flatMap { $0 == "GET" ? ["GET", "HEAD"] : [$0] } + ["OPTIONS"]).joined(separator: ", ")
    }

    private static func split(_ path: String) -> [ByteString] {
        path.utf8.split(separator: UInt8(ascii: "/")).map { ByteString(Substring($0)) }
    }

    private static func matches(_ pattern: [Segment], _ path: [ByteString]) -> Bool {
        for (index, segment) in pattern.enumerated() {
            switch segment {
            case .rest: return index < path.count
            case .any: guard index < path.count else { return false }
            case .word(let word): guard index < path.count, path[index] == word else { return false }
            }
        }
        return pattern.count == path.count
    }
}
