import Foundation
import HTTPTypes
import Hummingbird
import Gate
import Identity
import Kernel
import NIOCore
import Registry
import Services
import StateFolder
import StateTesting
import Storage
import Testing
import Web
import Wiring

@Suite("Bodies and documents as strangers give them")
struct StrangeBodyTests {
    private func post(_ trial: PortalTrial, _ token: String, bytes: Int, inPiecesOf size: Int) async throws -> Int {
        let text = [UInt8](("note=" + String(repeating: "a", count: bytes)).utf8)
        let pieces = stride(from: 0, to: text.count, by: size).map { ByteBuffer(bytes: text[$0..<min($0 + size, text.count)]) }
        let stream = AsyncStream<ByteBuffer> { continuation in
            for piece in pieces { continuation.yield(piece) }
            continuation.finish()
        }
        let headers: HTTPFields = [
            .contentType: "application/x-www-form-urlencoded", .cookie: "session=\(token)", .origin: "http://istmo.example", .init("Sec-Fetch-Site")!: "same-origin",
        ]
        return try await trial.ask(
            Request(
                head: HTTPRequest(method: .post, scheme: "http", authority: "istmo.example", path: "/sign-out", headerFields: headers),
                body: RequestBody(asyncSequence: stream))
        ).status
    }

    @Test func `a body in pieces of one byte is refused before it is whole, and the same body in larger ones is read`() async throws {
        try await TestState.with { (state) async throws in
            let trial = PortalTrial(state)
            let (token, _) = try await trial.signIn(TestState.adult)
            #expect(try await post(trial, token, bytes: 20_000, inPiecesOf: 1) == 422)
            // Read to its end, it is refused for want of the session's own token.
            #expect(try await post(trial, token, bytes: 20_000, inPiecesOf: 1_000) == 403)
            #expect(try await post(trial, token, bytes: 500, inPiecesOf: 1) == 403)
        }
    }

    @Test func `a note that is far too long is refused for that, and not looked through`() async throws {
        try await TestState.with { (state) async throws in
            let trial = PortalTrial(state)
            let (token, session) = try await trial.signIn(TestState.adult)
            let person = session.principal.id
            let id = try await state.platform.perform(
                StartCase(state.services.service("sole-proprietor"), person: person, registers: state.registers), as: session.principal)
            func send(_ note: String) async throws -> PortalTrial.Answer {
                let fields = [("csrf", session.formToken(state.platform.randomness)), ("answer", note)]
                let text = fields.map { "\($0)=\(Address.escaped($1))" }.joined(separator: "&")
                let headers: HTTPFields = [
                    .contentType: "application/x-www-form-urlencoded", .cookie: "session=\(token)", .origin: "http://istmo.example",
                    .init("Sec-Fetch-Site")!: "same-origin", .acceptLanguage: "en",
                ]
                return try await trial.ask(
                    Request(
                        head: HTTPRequest(method: .post, scheme: "http", authority: "istmo.example", path: "/cases/\(id)/papers", headerFields: headers),
                        body: RequestBody(buffer: ByteBuffer(string: text))))
            }
            // A sign that reverses the text is what a short note is refused for.
            let short = try await send("a\u{202E}b")
            #expect(short.status == 422 && !short.text.contains("longer than 2000"), "\(short.status)")
            let long = try await send("\u{202E}" + String(repeating: "a", count: SupplyPaper.noteLengthMax * 4 + 1))
            #expect(long.status == 413 && long.text.contains("longer than 2000"), "\(long.status)")
        }
    }

    @Test(arguments: ["es", "en", "uk"]) func `an issuer that nobody vouched for is called so, and written out`(language: String) throws {
        let fixtures = Fixtures(language: language)
        let pages = try Pages(look: Fixtures.look)
        for hidden in ["\u{202E}", "\u{200B}", "\u{7}", "\u{FEFF}"] {
            let html = pages.render(fixtures.verify(.unknownIssuer("https://transit\(hidden).example/<blink>")), chrome: fixtures.chrome())
            #expect(!html.unicodeScalars.contains(hidden.unicodeScalars.first!), "\(hidden.unicodeScalars.map(\.value))")
            #expect(html.contains("https://transit") && !html.contains("<blink") && html.contains("&lt;blink"))
            let words = ["es": "Dice ser de", "en": "Says it is from", "uk": "Називає видавцем"]
            #expect(html.contains(try #require(words[language])))
        }
        let long = pages.render(fixtures.verify(.unknownIssuer("https://" + String(repeating: "x", count: 5_000))), chrome: fixtures.chrome())
        #expect(!long.contains(String(repeating: "x", count: 400)))
    }

    // MARK: What is not as the log knows it

    @Test(arguments: ["es", "en", "uk"]) func `a row that is not what the log knows is said to be so, with what helps`(language: String) async throws {
        try await TestState.with { (state) async throws in
            let trial = PortalTrial(state)
            let (token, _) = try await trial.signIn(TestState.adult)
            try await state.performErrands()
            let held = try #require(try await state.rows("SELECT id FROM issuance_documents LIMIT 1").first).text(0)
            try await state.store.maintain(.migrations) { (transaction: borrowing Transaction) in
                _ = try transaction.execute("UPDATE issuance_documents SET claims = '{}'")
            }
            let answer = try await trial.get("/documents/\(held)", cookie: token, ["Accept-Language": language])
            #expect(answer.status == 500)
            let title = ["es": "Esto no es lo que dice la bitácora", "en": "This is not as the log knows it", "uk": "Це не те, що знає журнал"]
            #expect(answer.text.contains(try #require(title[language])), "\(answer.text)")
            // The number by which the operator finds it, and not a word of what stands there.
            let told = try #require(state.failures.last { $0.error.contains("issuance_documents") })
            #expect(answer.text.contains(told.reference))
        }
    }
}
