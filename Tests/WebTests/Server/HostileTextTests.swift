import Gate
import HTTPTypes
import Hummingbird
import Identity
import Kernel
import NIOCore
import Registry
import Services
import StateFolder
import StateTesting
import Testing
import Web
import Wiring

/// What a stranger can put into a request, wherever there is room for it, comes back as text or not at all.
@Suite("Texts of a request in every route") struct HostileTextTests {
    /// One of each kind that joins with a sign of markup into one character: prepended, combining, joiner, variation, direction, and beyond the BMP.
    static let joining: [Unicode.Scalar] = ["\u{600}", "\u{301}", "\u{200D}", "\u{FE0F}", "\u{202E}", "\u{110BD}"]
    static let signs: [Unicode.Scalar] = ["<", ">", "&", "\"", "'"]

    /// The signs, each between two of the scalar; a letter at either end keeps the scalar from the page's own signs.
    static func text(_ scalar: Unicode.Scalar) -> String {
        var text = "x"
        for sign in signs { for part in [scalar, sign, scalar] { text.unicodeScalars.append(part) } }
        return text + "x"
    }

    /// A sign of the text that stands in a page as itself; nil where there is none.
    static func raw(_ body: [UInt8], _ scalar: Unicode.Scalar) -> String? {
        let joint = Array(String(Character(scalar)).utf8)
        for sign in signs {
            // Between two of the scalar: a page's own sign may stand beside one, where a text is cut or begins.
            let pattern = joint + [UInt8(sign.value)] + joint
            if !body.ranges(of: pattern).isEmpty { return String(decoding: pattern, as: UTF8.self) }
        }
        return nil
    }

    static let queries = ["q", "next", "to", "back", "show", "before", "return", "after"]
    static let fields = [
        "decision", "reason", "answer", "grounds", "document", "person", "officer", "overseer", "next", "q", "key", "return", "/activity", "/businessName",
        "/activity-day", "name", "confirm",
    ]

    @Test(arguments: joining) func `no route gives one back raw, nor writes it into a header`(scalar: Unicode.Scalar) async throws {
        let text = Self.text(scalar)
        try await TestState.with { (state) in
            let portal = state.open.portal
            let trial = PortalTrial(state)
            let citizen = try await trial.signIn(TestState.adult)
            let visitors: [Route.Entrance: (token: String, session: Session)] = [
                .citizen: citizen, .officer: try await Self.official(.officer, state), .overseer: try await Self.official(.overseer, state),
            ].compactMapValues { $0 }
            let service = try portal.services.service("sole-proprietor")
            let draft = try await state.platform.perform(
                StartCase(service, person: try #require(citizen.session.principal.person), registers: portal.registers), as: citizen.session.principal)
            var pages = 0
            for route in Route.all {
                for (token, session) in (route.entrance == .everyone ? [nil, citizen] : [visitors[route.entrance]]).map({ ($0?.token, $0?.session) }) {
                    for known in [nil, "sole-proprietor", "person", draft] as [String?] where known == nil || route.path.contains("{") {
                        for shape in route.method == .post ? ["urlencoded", "multipart", "foreign"] : ["none"] {
                            let request = Self.request(route, text, known: known, shape: shape, token: token, csrf: session?.formToken(.seeded(3)) ?? "")
                            let answer = try await trial.ask(request)
                            let name = "\(route.method.rawValue) \(route.path) \(known ?? "") \(shape): \(answer.status)"
                            for field in answer.headers {
                                #expect(field.value.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "\(name): \(field.name)")
                            }
                            if answer.headers[.contentType]?.contains("json") == true {
                                #expect(throws: Never.self, "\(name)") { try JSON.parse(answer.body) }
                            } else {
                                pages += 1
                                let found = Self.raw(answer.body, scalar)
                                #expect(found == nil, "\(name): \(found ?? "")")
                            }
                            #expect(answer.status != 500, "\(name): \(state.failures.last.map { $0.what + $0.error } ?? "")")
                        }
                    }
                }
            }
            #expect(pages > 100)
        }
    }

    @Test(arguments: joining) func `no page gives one back raw, whichever of its values it is`(scalar: Unicode.Scalar) throws {
        let pages = try Pages(look: Fixtures.look)
        for (name, html) in Fixtures(language: "es", ending: Self.text(scalar)).pages(pages) {
            let found = Self.raw(Array(html.utf8), scalar)
            #expect(found == nil, "\(name): \(found ?? "")")
        }
        // The text is there, escaped.
        let home = Fixtures(language: "es", ending: Self.text(scalar)).pages(pages).first { $0.name == "home" }
        #expect(home?.html.unicodeScalars.contains(scalar) == true && home?.html.utf8.contains("&lt;".utf8) == true)
    }

    private static func official(_ kind: Principal.Kind, _ state: TestState) async throws -> (token: String, session: Session)? {
        let bodies = state.open.state.bodies
        for official in bodies.flatMap({ $0.officers }) {
            let identified = try await state.platform.perform(SignInAsOfficer(id: official.id, bodies: bodies), as: SystemPrincipals.signIn)
            if identified.principal(session: nil).kind == kind { return try await state.open.portal.sessions.begin(identified) }
        }
        return nil
    }

    /// A request that carries the text in its path, its query, each of its headers and each of its fields.
    private static func request(_ route: Route, _ text: String, known: String?, shape: String, token: String?, csrf: String) -> Request {
        let escaped = Address.escaped(text)
        var path = route.path.replacing(#/\{[^}]*\}/#, with: known ?? escaped)
        path += "?" + (queries.map { "\($0)=\(escaped)" } + ["\(escaped)=\(escaped)", "show=all\(escaped)"]).joined(separator: "&")
        var headers: HTTPFields = [
            .referer: "https://\(text)", .userAgent: text, .acceptLanguage: "\(text), en;q=\(text)", .acceptEncoding: text,
            .init("X-Forwarded-Proto")!: text, .init("X-Forwarded-For")!: text, .init("Range")!: text,
        ]
        // Where it says so, a form is not read at all.
        if shape == "none" || shape == "foreign" {
            headers[.origin] = text
            headers[.init("Sec-Fetch-Site")!] = text
        }
        headers[.cookie] = (token.map { "session=\($0); " } ?? "") + "language=\(text); \(text)=\(text)"
        var body = ""
        switch shape {
        case "urlencoded", "foreign":
            headers[.contentType] = "application/x-www-form-urlencoded"
            body = (["csrf=\(csrf)"] + fields.map { "\(Address.escaped($0))=\(escaped)" } + ["\(escaped)=\(escaped)"]).joined(separator: "&")
        case "multipart":
            headers[.contentType] = "multipart/form-data; boundary=xx"
            let quoted = text.replacing("\"", with: "%22")
            let parts = [("csrf", csrf)] + fields.map { ($0, text) }
            for (name, value) in parts { body += "--xx\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n" }
            for name in ["paper", "file", quoted] { body += "--xx\r\nContent-Disposition: form-data; name=\"\(name)\"; filename=\"\(quoted).pdf\"\r\n\r\n%PDF-1.4 \(text)\r\n" }
            body += "--xx--\r\n"
        default: break
        }
        var head = HTTPRequest(method: .init(rawValue: route.method.rawValue)!, scheme: "http", authority: token == nil ? text : "istmo.example", path: path, headerFields: headers)
        head.headerFields[.contentLength] = String(body.utf8.count)
        return Request(head: head, body: RequestBody(buffer: ByteBuffer(string: body)))
    }
}
