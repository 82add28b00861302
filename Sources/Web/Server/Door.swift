internal import Audit
internal import Foundation
internal import Gate
internal import HTTPTypes
package import Hummingbird
internal import Identity
internal import Kernel
internal import Logging
internal import Storage

/// The request's context: nothing but what Hummingbird needs; who asks is found once, by the door.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    package init(source: ApplicationRequestContextSource) { coreContext = CoreRequestContextStorage(source: source) }
}

/// Turns requests into visits and replies into responses; the one map from refusals to status codes.
struct Door: Sendable {
    let portal: Portal
    let metrics: Metrics
    let logger: Logger

    func respond(to request: Request, _ context: WebContext, _ route: Route) async -> Response {
        let began = ContinuousClock.now
        let language = portal.language(of: request)
        var response: Response
        do {
            let visit = try await visit(request, context, language)
            do {
                try route.admit(visit)
                response = try await write(route.handle(visit), visit)
            } catch {
                if let deed = DoorDeed(error) { await portal.platform.note(deed, at: route.path, as: visit.session?.principal) }
                response = write(error, visit)
            }
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
            isSecure: isSecure, isPlainAddress: !isSecure)
    }

    func anonymous(_ request: Request, _ context: WebContext, _ language: String) -> Visit {
        let isSecure = portal.isSecure(request)
        return Visit(
            request: request, parameters: context.parameters, portal: portal, session: nil, language: language,
            isSecure: isSecure, isPlainAddress: !isSecure)
    }

    // MARK: Replies

    private func write(_ reply: Reply, _ visit: Visit) throws -> Response {
        switch reply {
        case .page(let view, let status, let workspace):
            return page(view, status: status, workspace: workspace, visit)
        case .redirect(let address):
            return Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
        case .json(let json, let status):
            return body(json.bytes, type: "application/json", status: status, cache: "no-store")
        case .file(let bytes, let type, let name, let isPublic):
            var response = body(bytes, type: type, status: 200, cache: isPublic ? "public, max-age=3600" : "no-store")
            if let name { response.headers[.contentDisposition] = "attachment; filename*=UTF-8''\(Address.escaped(name))" }
            response.headers[Self.noSniffing] = "nosniff"
            return response
        case .text(let text, let type, let maxAge):
            return body(text, type: type, status: 200, cache: maxAge > 0 ? "public, max-age=\(maxAge)" : "no-store")
        case .signedIn(let token, let address):
            var response = Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
            response.headers[.setCookie] = Cookies.set(
                Cookies.session(secure: visit.isSecure), token, seconds: Int(Sessions.lifeSeconds), secure: visit.isSecure)
            return response
        case .signedOut(let address):
            var response = Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
            response.headers[.setCookie] = Cookies.set(Cookies.session(secure: visit.isSecure), "", seconds: 0, secure: visit.isSecure)
            return response
        case .language(let code, let address):
            var response = Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
            response.headers[.setCookie] = Cookies.set(Cookies.language, code, seconds: 365 * 86_400, secure: visit.isSecure)
            return response
        }
    }

    private func page(_ view: some PageView, status: Int, workspace: Chrome.Workspace?, _ visit: Visit) -> Response {
        let html = portal.pages.bytes(view, chrome: portal.chrome(visit, workspace: workspace))
        var response = body(html, type: "text/html; charset=utf-8", status: status, cache: "no-store")
        response.headers[.contentLanguage] = visit.language
        for (name, value) in Self.pageHeaders { response.headers[name] = value }
        return response
    }

    private func body(_ text: String, type: String, status: Int, cache: String) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: type, .cacheControl: cache],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    private func body(_ bytes: [UInt8], type: String, status: Int, cache: String) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: type, .cacheControl: cache],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    private static let noSniffing = HTTPField.Name("X-Content-Type-Options")!

    /// Nothing from elsewhere, nothing inline, nobody's frame; WebAssembly of our own may run.
    static let pageHeaders: [(HTTPField.Name, String)] = [
        (
            .contentSecurityPolicy,
            "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
                + "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        (noSniffing, "nosniff"),
        (.init("Referrer-Policy")!, "same-origin"),
        (.init("Cross-Origin-Opener-Policy")!, "same-origin"),
        (.init("Permissions-Policy")!, "camera=(), microphone=(), geolocation=()"),
    ]

    // MARK: Errors: the one map

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
            refusal = Refusal(.unavailable, "failure")
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
        let status = reference == nil ? refusal.status : 500
        let words = portal.pages.words(portal.chrome(visit, workspace: nil))
        let message = reference == nil ? words.text("refusal.\(refusal.code)", refusal.parameters) : nil
        if visit.isAPI { return problem(refusal, status: status, message: message, reference: reference, visit) }
        return page(
            FaultView(
                status: status, message: message, reasons: refusal.faults.map { $0.message[visit.language] }, reference: reference,
                isOnRecord: refusal.code == "access.denied"),
            status: status, workspace: nil, visit)
    }

    /// **Standard** RFC 9457, problem+json.
    private func problem(_ refusal: Refusal, status: Int, message: String?, reference: String?, _ visit: Visit) -> Response {
        var problem: JSONObject = ["type": .string("urn:dovira:refusal:\(reference == nil ? refusal.code : "failure")")]
        problem["title"] = .string(message ?? portal.pages.words(portal.chrome(visit, workspace: nil))("fault.title\(status)"))
        problem["status"] = .number(Decimal128(status))
        if let reference { problem["reference"] = .string(reference) }
        if !refusal.faults.isEmpty {
            problem["faults"] = .array(
                refusal.faults.map { ["pointer": .string($0.pointer), "code": .string($0.code), "message": .string($0.message[visit.language])] })
        }
        return body(JSON.object(problem).text, type: "application/problem+json", status: status, cache: "no-store")
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
    static let language = "language"

    /// `__Host-` binds the cookie to this host and to a secure connection; a plain address of a demo cannot have it.
    static func session(secure: Bool) -> String { secure ? "__Host-session" : "session" }

    static func value(_ name: String, in request: Request) -> String? {
        for header in request.headers[values: .cookie] {
            if let value = value(name, in: header) { return value }
        }
        return nil
    }

    /// Looks at bytes: every request comes by here.
    private static func value(_ name: String, in header: String) -> String? {
        var header = header
        return header.withUTF8 { bytes in
            var start = 0
            while start < bytes.count {
                var end = start
                while end < bytes.count, bytes[end] != UInt8(ascii: ";") { end += 1 }
                while start < end, bytes[start] == UInt8(ascii: " ") { start += 1 }
                let pair = UnsafeBufferPointer(rebasing: bytes[start..<end])
                let length = name.utf8.count
                if pair.count > length, pair[length] == UInt8(ascii: "="), pair.starts(with: name.utf8) {
                    return String(decoding: pair[(length + 1)...], as: UTF8.self)
                }
                start = end + 1
            }
            return nil
        }
    }

    static func set(_ name: String, _ value: String, seconds: Int, secure: Bool) -> String {
        "\(name)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Lax" + (secure ? "; Secure" : "")
    }
}
