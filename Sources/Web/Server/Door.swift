internal import Audit
internal import Foundation
internal import Gate
internal import HTTPTypes
package import Hummingbird
internal import Identity
internal import Kernel
internal import Logging
internal import Messages
internal import NIOCore
internal import NIOHTTP1
internal import Storage

/// The request's context: what Hummingbird needs, and where the connection comes from; who asks is found once, by the door.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let address: SocketAddress?
    /// The request's place among those that are worked on, where it may wait for its client meanwhile.
    var place: Place?
    private let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
        address = channel.remoteAddress
    }

    /// Whether there still is somebody to answer.
    var isListenedTo: Bool { channel.isActive }

    /// Ends the request's waiting for its turn as soon as nobody is there to be answered. // Connection-8
    @Sendable func endWhenGone(_ wait: Turns.Wait) {
        channel.eventLoop.execute { [channel] in
            // Where the connection is closed already, no handler of it is left to be told.
            guard channel.isActive else { return wait.end() }
            channel.pipeline.fireUserInboundEventTriggered(TurnAwaited(wait: wait))
        }
    }

    /// Ends the request's body, which others' need room.
    var breakOff: @Sendable () -> Void {
        { [channel] in channel.pipeline.fireUserInboundEventTriggered(BodyGivenUp()) }
    }
}

/// Turns requests into visits and replies into responses; the one map from refusals to status codes.
struct Door: Sendable {
    let portal: Portal
    let metrics: Metrics
    let traffic: TrafficControl
    let logger: Logger

    /// **Throws** what breaks HTTP's own rules, which the server answers.
    func respond(to request: Request, _ context: WebContext, _ route: Route) async throws -> Response {
        let began = ContinuousClock.now
        let language = portal.language(of: request)
        var response: Response
        do {
            let visit = try await visit(request, context, language)
            do {
                try traffic.quotas.take(route.meter, session: visit.session, address: visit.sender, at: visit.now)
                try route.admit(visit)
                let reply = try await route.handle(visit)
                // It may have waited since the commit, for an errand or its turn: "done" is told of what can still be found. // Storage-6
                if route.method == .post, !route.actions.isEmpty, !portal.platform.store.isInPlace { throw OutcomeUnknown(detail: "the data folder is gone") }
                response = try write(reply, visit)
            } catch let error as HTTPParserError {
                throw error
            } catch {
                if let deed = DoorDeed(error) { await portal.platform.note(deed, at: route.path, as: visit.session?.principal) }
                response = write(error, visit)
            }
        } catch let error as HTTPParserError {
            throw error
        } catch {
            // The session could not be looked up: the store answers nothing.
            response = write(error, anonymous(request, context, language))
        }
        metrics.count(route: route.path, method: route.method.rawValue, status: response.status.code, took: began.duration(to: .now))
        return response
    }

    private func visit(_ request: Request, _ context: WebContext, _ language: String) async throws -> Visit {
        let isSecure = portal.isSecure(request)
        let token = Cookies.value(Cookies.session(secure: isSecure), in: request)
        let session: Session? = if let token { try await portal.sessions.session(token: token) } else { nil }
        return Visit(
            request: request, parameters: context.parameters, portal: portal, session: session, language: language,
            isSecure: isSecure, sender: portal.sender(of: request, context), place: context.place, breakOff: context.breakOff, traffic: traffic)
    }

    func anonymous(_ request: Request, _ context: WebContext, _ language: String) -> Visit {
        let isSecure = portal.isSecure(request)
        return Visit(
            request: request, parameters: context.parameters, portal: portal, session: nil, language: language,
            isSecure: isSecure, sender: portal.sender(of: request, context), place: nil, breakOff: {}, traffic: traffic)
    }

    // MARK: Replies

    private func write(_ reply: Reply, _ visit: Visit) throws -> Response {
        switch reply {
        case .page(let view, let status, let workspace):
            return page(view, status: status, workspace: workspace, visit)
        case .redirect(let address):
            return Response(status: .seeOther, headers: [.location: Address.inHeader(address), .cacheControl: "no-store"])
        case .json(let json, let status):
            return body(json.bytes, type: "application/json", status: status, cache: "no-store", visit)
        case .file(let bytes, let type, let name, let isPublic):
            var response = body(bytes, type: type, status: 200, cache: isPublic ? "public, max-age=3600" : "no-store", visit)
            if let name { response.headers[.contentDisposition] = "attachment; filename*=UTF-8''\(Address.escaped(name))" }
            return response
        case .picture(let bytes, let type):
            return body(bytes, type: type, status: 200, cache: "private, max-age=31536000, immutable", visit)
        case .text(let text, let type, let maxAge):
            return body(Array(text.utf8), type: type, status: 200, cache: maxAge > 0 ? "public, max-age=\(maxAge)" : "no-store", visit)
        case .signedIn(let token, let address):
            var response = Response(status: .seeOther, headers: [.location: Address.inHeader(address), .cacheControl: "no-store"])
            response.headers[.setCookie] = Cookies.set(
                Cookies.session(secure: visit.isSecure), token, seconds: Int(Sessions.lifeSeconds), secure: visit.isSecure)
            return response
        case .signedOut(let address):
            var response = Response(status: .seeOther, headers: [.location: Address.inHeader(address), .cacheControl: "no-store"])
            response.headers[.setCookie] = Cookies.set(Cookies.session(secure: visit.isSecure), "", seconds: 0, secure: visit.isSecure)
            // Of pages that the browser kept for going back. What it remembers of the log stays: it is what a shorter log is found by.
            response.headers[SecurityHeaders.clearSiteData] = "\"cache\""
            return response
        case .language(let code, let address):
            var response = Response(status: .seeOther, headers: [.location: Address.inHeader(address), .cacheControl: "no-store"])
            response.headers[.setCookie] = Cookies.set(Cookies.language(secure: visit.isSecure), code, seconds: 365 * 86_400, secure: visit.isSecure)
            return response
        }
    }

    private func page(_ view: some PageView, status: Int, workspace: Chrome.Workspace?, _ visit: Visit) -> Response {
        let html = portal.pages.bytes(view, chrome: portal.chrome(visit, workspace: workspace))
        var response = body(html, type: "text/html; charset=utf-8", status: status, cache: "no-store", visit)
        response.headers[.contentLanguage] = visit.language
        response.headers[.contentSecurityPolicy] = SecurityHeaders.pagePolicy
        return response
    }

    /// Packed where the reader's program takes it and nobody can learn anything from the length.
    private func body(_ bytes: [UInt8], type: String, status: Int, cache: String, _ visit: Visit) -> Response {
        var headers: HTTPFields = [.contentType: type, .cacheControl: cache]
        var bytes = bytes
        if bytes.count > Gzip.bytesMin, Gzip.isWorthwhile(type) {
            headers[.vary] = "Accept-Encoding, Sec-Fetch-Site"
            if visit.request.takesGzip, visit.session == nil || visit.request.isAskedFromHere, let packed = Gzip.packed(bytes, level: Gzip.quick) {
                bytes = packed
                headers[.contentEncoding] = "gzip"
            }
        }
        return Response(status: .init(code: status), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    // MARK: Errors: the one map

    /// **Standard** RFC 9110, section 15.5.6.
    func notAllowed(_ methods: [String], _ visit: Visit) -> Response {
        var response = page(FaultView(status: 405, isOnRecord: false), status: 405, workspace: nil, visit)
        response.headers[.allow] = KnownPaths.list(methods)
        return response
    }

    func write(_ error: any Error, _ visit: Visit) -> Response {
        let refusal: Refusal
        var reference: String?
        switch error {
        case let known as Refusal: refusal = known
        case let down as StorageUnavailable: refusal = down.refusal
        case let unknown as OutcomeUnknown: refusal = unknown.refusal
        case let lost as TransactionLost: refusal = lost.refusal
        case let failure as Failure:
            // Logged with its reference by the platform already.
            reference = failure.reference.text
            refusal = Refusal(.unavailable, (failure.cause as? AuditCorrupt).map(Self.code) ?? "failure")
        default:
            let made = Identifier.make(at: visit.now, random: portal.platform.randomness).text
            reference = made
            logger.error("failure", metadata: ["reference": "\(made)", "error": "\(String(reflecting: type(of: error)))", "detail": "\(error)"])
            refusal = Refusal(.unavailable, "failure")
        }
        if refusal.kind == .unauthenticated, !visit.isAPI {
            let next = visit.request.method == .get ? visit.address : Address.home
            return Response(
                status: .seeOther, headers: [.location: "\(Address.signIn)?next=\(Address.escaped(next))", .cacheControl: "no-store"])
        }
        if refusal.isOfTraffic, !traffic.quotas.explains(to: visit.sender, at: visit.now) { return Self.line(refusal) }
        var response = answer(refusal, reference: reference, visit)
        // How long to wait, where the refusal says so.
        if refusal.kind == .tooMany || refusal.kind == .unavailable, let seconds = refusal.parameters["seconds"] {
            response.headers[.retryAfter] = seconds
        }
        return response
    }

    /// Who was told before why she has to wait, and asks on, is told in a line and hung up on.
    static func line(_ refusal: Refusal) -> Response {
        let status: HTTPResponse.Status = refusal.kind == .tooMany ? .tooManyRequests : .serviceUnavailable
        var response = Response(
            status: status, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store", .connection: "close"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: status.reasonPhrase + "\n")))
        if let seconds = refusal.parameters["seconds"] { response.headers[.retryAfter] = seconds }
        return response
    }

    /// What somebody is told of a row that is not what the log knows. A paper can be handed in anew, everything else has to be restored.
    private static func code(_ corrupt: AuditCorrupt) -> String {
        corrupt.table == "services_papers" ? "data.paper-not-as-logged" : "data.not-as-logged"
    }

    private func answer(_ refusal: Refusal, reference: String?, _ visit: Visit) -> Response {
        let status = reference == nil ? refusal.status : 500
        let words = portal.pages.words(portal.chrome(visit, workspace: nil))
        let isKnown = reference == nil || refusal.code != "failure"
        let message = isKnown ? words.text("refusal.\(refusal.code)", refusal.parameters) : nil
        if visit.isAPI { return problem(refusal, status: status, message: message, reference: reference, visit) }
        return page(
            FaultView(
                status: status, isCrowded: refusal.isOfCrowd, message: message, reasons: refusal.faults.map { $0.message[visit.language] }, reference: reference,
                isOnRecord: refusal.code == "access.denied",
                search: refusal.code == "search.text"
                    ? FaultView.Search(address: visit.path, query: visit.searched, next: Address.local(visit.query("next"))) : nil,
                contradiction: reference != nil && isKnown || refusal.code == FaultView.doubt ? refusal.code : nil),
            status: status, workspace: nil, visit)
    }

    /// **Standard** RFC 9457, problem+json.
    private func problem(_ refusal: Refusal, status: Int, message: String?, reference: String?, _ visit: Visit) -> Response {
        var problem: JSONObject = ["type": .string("urn:dovira:refusal:\(refusal.code)")]
        problem["title"] = .string(message ?? portal.pages.words(portal.chrome(visit, workspace: nil))("fault.title\(status)"))
        problem["status"] = .number(Decimal128(status))
        if let reference { problem["reference"] = .string(reference) }
        if !refusal.faults.isEmpty {
            problem["faults"] = .array(
                refusal.faults.map { ["pointer": .string($0.pointer), "code": .string($0.code), "message": .string($0.message[visit.language])] })
        }
        return body(Array(JSON.object(problem).text.utf8), type: "application/problem+json", status: status, cache: "no-store", visit)
    }
}

extension DoorDeed {
    /// What the door itself turns away; everything else is the gate's to record.
    fileprivate init?(_ error: any Error) {
        switch (error as? Refusal)?.code {
        case "session.wrong-kind", "session.not-citizen": self = .wrongEntrance
        case "form.foreign": self = .foreignForm
        default: return nil
        }
    }
}

extension Refusal {
    /// Whether it says only that too much comes at once.
    var isOfTraffic: Bool { code == "quota.spent" || code == "work.queue" }

    /// Whether a moment mends it, for the store is well.
    var isOfCrowd: Bool { isOfTraffic || code == "form.no-room" || code == "storage.busy" || code == "storage.waited-too-long" }

    /// **Standard** RFC 9110, section 15.
    var status: Int {
        switch kind {
        case .invalid: 422
        case .unauthenticated: 401
        case .forbidden: 403
        case .notFound: 404
        case .conflict: 409
        case .gone: 410
        case .tooLarge: 413
        case .tooMany: 429
        case .unavailable: 503
        }
    }
}

/// The portal's cookies.
enum Cookies {
    /// `__Host-` binds the cookie to this host and to a secure connection; a plain address of a demo cannot have it.
    static func session(secure: Bool) -> String { secure ? "__Host-session" : "session" }
    static func language(secure: Bool) -> String { secure ? "__Host-language" : "language" }

    static func value(_ name: String, in request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            if let value = CookieField.value(name, in: header) { return value }
        }
        return nil
    }

    static func set(_ name: String, _ value: String, seconds: Int, secure: Bool) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
    }
}
