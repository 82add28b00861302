import Foundation
import Gate
import HTTPTypes
import Identity
import Kernel
import StateTesting
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
}
