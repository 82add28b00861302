import Credentials
import Foundation
import Gate
import HTTPTypes
import Identity
import Kernel
import Services
import StateFolder
import StateTesting
import Storage
import Templates
import Testing
import Web
import Wiring

@Suite("How answers go out") struct AnswerTests {
    @Test func `a page is packed where its length tells nothing`() async throws {
        try await TestState.with { (state) in
            let portal = PortalTrial(state)
            let plain = try await portal.get("/services")
            #expect(plain.headers[.contentEncoding] == nil && plain.headers[.vary]?.contains("Accept-Encoding") == true)
            let packed = try await portal.get("/services", ["Accept-Encoding": "br, GZIP;q=0.5"])
            #expect(packed.headers[.contentEncoding] == "gzip" && packed.body.count < plain.body.count / 2)
            #expect(try unpacked(packed.body) == plain.body)
            for refused in ["br", "gzip;q=0", "gzip; q=0.00", "", "xgzip", "*;q=0"] {
                #expect(try await portal.get("/services", ["Accept-Encoding": refused]).headers[.contentEncoding] == nil, "\(refused)")
            }
            // A reader's own page: only when a page of ours or she herself asked for it.
            let (cookie, _) = try await portal.signIn(TestState.owner)
            for (site, isPacked) in [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("same-origin\u{301}", false), (nil, false)] as [(String?, Bool)] {
                var fields = ["Accept-Encoding": "gzip"]
                fields["Sec-Fetch-Site"] = site
                let answer = try await portal.get("/", cookie: cookie, fields)
                #expect((answer.headers[.contentEncoding] == "gzip") == isPacked, "\(site ?? "-")")
            }
            // One packet is not worth the work.
            #expect(try await portal.get("/language?to=en", ["Accept-Encoding": "gzip"]).headers[.contentEncoding] == nil)
        }
    }

    @Test func `files that pages load are packed once`() async throws {
        try await TestState.with(isLoaded: false) { (state) in
            let portal = PortalTrial(state), assets = state.open.portal.pages.assets
            for asset in assets.all {
                let plain = try await portal.get(asset.address), packed = try await portal.get(asset.address, ["Accept-Encoding": "gzip"])
                #expect(plain.body == asset.bytes && plain.headers[.contentEncoding] == nil, "\(asset.name)")
                guard asset.packed != nil else {
                    #expect(packed.headers[.contentEncoding] == nil, "\(asset.name)")
                    continue
                }
                #expect(packed.headers[.contentEncoding] == "gzip" && packed.headers[.vary] == "Accept-Encoding" && plain.headers[.vary] == "Accept-Encoding", "\(asset.name)")
                #expect(try unpacked(packed.body) == asset.bytes, "\(asset.name)")
            }
            #expect(assets.all.count { $0.packed != nil } > 5 && assets.file("inter.woff2")?.packed == nil && assets.file("core/core.wasm")?.packed != nil)
        }
    }

    @Test func `the lines of a cover are a picture that is kept, at an address that tells no number`() async throws {
        try await TestState.with { (state) in
            let portal = PortalTrial(state)
            let (cookie, session) = try await portal.signIn(TestState.owner)
            try await state.performErrands()
            let home = try await portal.get("/", cookie: cookie).text
            let keys = home.matches(of: #/<use href="(\/lines\/[^"#]+)#l"\/>/#).map { String($0.1) }
            let numbers = home.matches(of: #/class="number">([^<]+)</#).map { String($0.1) }
            #expect(!keys.isEmpty && keys.count == numbers.count && Set(keys).count == keys.count)
            // The same document has the same address in the next page, and the browser asks for it once.
            #expect(keys.allSatisfy { home.ranges(of: $0).count == 1 })
            let again = try await portal.get("/documents", cookie: cookie).text
            for (key, number) in zip(keys, numbers) {
                #expect(again.contains(key) && !key.contains(number))
                let picture = try await portal.get(key)
                #expect(picture.headers[.contentType] == "image/svg+xml" && picture.headers[.cacheControl] == "private, max-age=31536000, immutable")
                #expect(picture.text.contains("<g id=\"l\">") && picture.text.contains(LinePattern(number: number).svg(class: "x").text.suffix(400).prefix(300)))
                #expect(!picture.text.contains(number))
            }
            // Nobody makes an address up, and another process draws nothing from it.
            var changed = Array(keys[0].utf8)
            changed[changed.count - 3] = changed[changed.count - 3] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            for key in [String(decoding: changed, as: UTF8.self), "/lines/x", "/lines/" + String(repeating: "A", count: 36)] {
                #expect(try await portal.get(key).status == 404, "\(key)")
            }
            #expect(try Pages(look: Fixtures.look).lines(String(keys[0].dropFirst(7))) == nil)
            #expect(try await state.entries(about: try #require(session.principal.person)).isEmpty == false)
        }
    }

    @Test(arguments: ["es", "en", "uk"]) func `the home page with three documents is small`(language: String) throws {
        let fixture = Fixtures(language: language)
        var view = fixture.home
        view.documents = Array((view.documents + view.documents + view.documents).prefix(3))
        let bytes = try Pages(look: Fixtures.look).bytes(view, chrome: fixture.chrome())
        #expect(bytes.count < 8_000, "\(bytes.count) bytes")
    }

    @Test func `a page carries the token anew each time, and gives back no query that it does not know`() async throws {
        try await TestState.with { (state) in
            let portal = PortalTrial(state)
            let (cookie, session) = try await portal.signIn(TestState.owner)
            var tokens: Set<String> = []
            for _ in 0..<3 {
                let page = try await portal.get("/services?q=x&guess=SECRET&show=all", cookie: cookie).text
                let found = page.matches(of: #/name="csrf" value="([^"]+)"/#).map { String($0.1) }
                #expect(Set(found).count == 1 && session.vouches(for: found[0]))
                tokens.insert(found[0])
                #expect(!page.contains("SECRET") && !page.contains("guess"))
                #expect(page.contains("back=%2Fservices%3Fq%3Dx%26show%3Dall"))
            }
            #expect(tokens.count == 3)
        }
    }

    private func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("answer-\(UUID().uuidString).gz")
        try Data(bytes).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process(), output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["gzip", "-dc", file.path]
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return [UInt8](data)
    }

    @Test func `a foreign verifier's page reads the trust list and the state's key, and nothing else of ours`() async throws {
        try await TestState.with { (state) in
            let portal = PortalTrial(state)
            let origin = HTTPField.Name("Access-Control-Allow-Origin")!, credentials = HTTPField.Name("Access-Control-Allow-Credentials")!
            let open = ["/.well-known/dovira-trust.json", "/.well-known/dovira-state-key.json"]
            let (cookie, _) = try await portal.signIn(TestState.owner)
            for path in open {
                for method in [HTTPRequest.Method.get, .head, .options] {
                    let answer = try await portal.ask(method, path, cookie: cookie, ["Origin": "https://verifier.example", "Access-Control-Request-Method": "GET"])
                    #expect(answer.status == (method == .options ? 204 : 200) && answer.headers[origin] == "*" && answer.headers[credentials] == nil, "\(method) \(path)")
                    #expect(answer.headers[.init("Cross-Origin-Resource-Policy")!] == "cross-origin" && answer.headers[.setCookie] == nil)
                    #expect((answer.headers[.init("Access-Control-Allow-Methods")!] != nil) == (method == .options))
                    #expect(answer.body.isEmpty == (method != .get))
                }
            }
            let key = try await #require(PublicJWK(JSON.parse(portal.get(open[1]).body)))
            #expect(key.thumbprint == state.open.portal.trust.stateKey && key.keyID == key.thumbprint)
            let list = try await JSON.parse(portal.get(open[0]).body)
            #expect(try SignedTrustList(json: list, list: TrustList(json: list), stateKey: key.thumbprint).stateKey == key.thumbprint)
            for route in Route.all where route.method == .get && !open.contains(route.path) && !route.path.contains("{") {
                for method in [HTTPRequest.Method.get, .options] {
                    let answer = try await portal.ask(method, route.path, cookie: cookie, ["Origin": "https://verifier.example"])
                    #expect(answer.headers[origin] == nil, "\(method) \(route.path)")
                }
            }
            for path in ["/.well-known/", "/.well-known/dovira-trust.json/x", "/.well-known/other", "/hello"] {
                #expect(try await portal.get(path, ["Origin": "https://verifier.example"]).headers[origin] == nil, "\(path)")
            }
        }
    }

    @Test(arguments: ["/sign-in", "/services"]) func `what was looked for and cannot be is there to be put right`(path: String) async throws {
        try await TestState.with { (state) in
            let portal = PortalTrial(state)
            let answer = try await portal.get(path + "?q=Ana%20%E2%80%AE%3Cb%3EMar%C3%ADa&next=/my-data")
            #expect(answer.status == 422)
            #expect(answer.text.contains(#"<form class="find" action="\#(path)""#) && answer.text.contains(#"name="q" type="search" value="Ana &lt;b&gt;María""#), "\(answer.text)")
            #expect(answer.text.contains(#"name="next" value="/my-data""#))
            let long = try await portal.get(path + "?q=" + String(repeating: "%CC%81", count: 300))
            #expect(long.status == 422 && !long.text.contains(String(repeating: "\u{301}", count: 5)))
        }
    }

    @Test func `a crowd is not told that the portal only reads`() async throws {
        try await TestState.with(isLoaded: false) { (state) in
            var limits = QuotaLimits()
            limits.opensPerAddress = QuotaLimits.Rate(perSecond: 1, secondsSaved: 2)
            let portal = PortalTrial(state, limits)
            var answers: [PortalTrial.Answer] = []
            for path in ["/verify", "/nothing", "/hello", state.open.portal.pages.assets.all[0].address] + Array(repeating: "/hello", count: 80) {
                answers.append(try await portal.get(path, ["Accept-Language": "en"]))
            }
            #expect(answers[0].status == 200 && answers[1].status == 429, "a page that is not there costs as one that is")
            #expect(answers[1].headers[.retryAfter] != nil && answers[1].text.contains("Too many requests"))
            #expect(answers.last?.status == 429 && answers.last?.text == "Too Many Requests\n" && answers.last?.headers[.connection] == "close")
            #expect(try await portal.ask(.head, "/hello").body.isEmpty)
            #expect(try await portal.ask(.put, "/hello").status == 429)
        }
    }

    @Test func `nothing is told as done once the data folder is gone, however long the answer waited`() async throws {
        try await TestState.with { (state) in
            let portal = PortalTrial(state)
            let (token, session) = try await portal.signIn(TestState.adult)
            let citizen = session.principal
            let service = try state.services.service("sole-proprietor")
            let draft = try await state.platform.perform(
                StartCase(service, person: #require(citizen.person), registers: state.registers), as: citizen)
            let answers = [("/trade_name", "Ebanistería Quintero"), ("/activity", "carpentry"), ("/start_date", "2026-08-01"), ("/email", "m@istmo.example")]
            let given = answers.map { (pointer: JSONPointer($0.0)!, value: JSON.string($0.1) as JSON?) }
            let record = try await state.platform.perform(AnswerPage(draft, page: "name", answers: given), as: citizen)
            for page in try state.services.service(of: record).form.route(record.application) where page.id != "name" {
                _ = try await state.platform.perform(AnswerPage(draft, page: page.id, answers: []), as: citizen)
            }
            let store = try #require(state.store as? SQLiteStore)
            let commits = store.figures.commits
            // Nobody performs errands here: the answer waits for the rule after its commit.
            async let waiting = portal.post("/cases/\(draft)/submit", "csrf=\(session.formToken(.seeded(3)))&key=once", cookie: token)
            while store.figures.commits == commits { try await Task.sleep(for: .milliseconds(5)) }
            try FileManager.default.removeItem(atPath: state.data + "/state.db")
            #expect(try await waiting.status == 503)
        }
    }

    @Test func `who tried to look into a case is not called by the name of whom it belongs to`() async throws {
        try await TestState.with { (state) in
            let portal = PortalTrial(state)
            let (owner, session) = try await portal.signIn(TestState.owner), (intruder, _) = try await portal.signIn(TestState.adult)
            let service = try state.services.service("sole-proprietor")
            let draft = try await state.platform.perform(
                StartCase(service, person: #require(session.principal.person), registers: state.registers), as: session.principal)
            let english = ["Accept-Language": "en"]
            #expect(try await !portal.get("/my-data", cookie: owner, english).text.contains("Another person, not you"))
            for path in ["/cases/\(draft)", "/cases/\(draft)/check"] {
                #expect(try await [403, 404].contains(portal.get(path, cookie: intruder, english).status))
            }
            let page = try await portal.get("/my-data", cookie: owner, english).text
            #expect(page.contains("Another person, not you"))
            #expect(try await !portal.get("/my-data", cookie: intruder, english).text.contains("Another person, not you"))
        }
    }
}
