import Foundation
import HouseTesting
import StateTesting
import Testing
import Web

@Suite("The door of the real program", .serialized, .enabled(if: Server.program != nil, "the program dovira is not built"))
struct DoorTests {
    private static let citizen = "8-2000-101"

    private func with(_ flags: [String] = Server.withoutQuotas, _ body: (Server) async throws -> Void) async throws {
        try await Server.with { server in
            try await server.start(flags)
            try await body(server)
            #expect(server.isRunning, "\(server.complaint)")
        }
    }

    // MARK: Requests

    @Test func `HEAD says what GET says and nothing more, and every path names its methods`() async throws {
        try await with { server in
            await onThread {
                let client = server.client
                for path in ["/", "/services", "/hello", "/verify", "/rules", "/no-such-page", "/api/me/documents", "/log/checkpoint"] {
                    let get = client.request("GET", path, nil), head = client.request("HEAD", path, nil)
                    #expect(head?.status == get?.status && head?.body == "", "\(path)")
                    #expect(head?.header("content-type") == get?.header("content-type") && head?.header("content-length") != nil, "\(path)")
                }
                for method in ["PUT", "DELETE", "PATCH"] {
                    let refused = client.request(method, "/services", nil)
                    #expect(refused?.status == 405 && refused?.header("allow") == "GET, HEAD, OPTIONS", "\(method)")
                }
                #expect(client.request("POST", "/services", "")?.status == 405)
                #expect(client.request("GET", "/sign-out", nil)?.header("allow") == "POST, OPTIONS")
                #expect(client.request("DELETE", "/no-such-page", nil)?.status == 404)
                let options = client.request("OPTIONS", "/sign-in", nil)
                #expect(options?.status == 204 && options?.header("allow") == "GET, HEAD, POST, OPTIONS")
                #expect(client.request("OPTIONS", "/cases/x", nil)?.header("allow") == "GET, HEAD, OPTIONS")
                #expect(client.request("OPTIONS", "*", nil)?.status == 204)
                #expect(client.request("PROPFIND", "/", nil)?.status == 501)
            }
        }
    }

    @Test func `a request that can be understood in two ways is refused`() async throws {
        try await with { server in
            await onThread {
                func status(_ head: String) -> Int? { server.client.raw(head + "\r\nConnection: close\r\n\r\n")?.status }
                #expect(status("GET /hello HTTP/1.1\r\nHost: a") == 200 && status("GET /hello HTTP/1.0") == 200)
                #expect(status("GET /hello HTTP/1.1\r\nX: a") == 400)
                #expect(status("GET /hello HTTP/1.1\r\nHost: a\r\nHost: a") == 400)
                #expect(status("GET /hello HTTP/1.1\r\nHost: a b<>") == 400)
                #expect(status("GET /hello HTTP/1.1\r\nHost: ") == 400)
                #expect(status("GET /" + String(repeating: "x", count: 9_000) + " HTTP/1.1\r\nHost: a") == 414)
                let chunks = "POST /verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"
                #expect(server.client.raw(chunks)?.status == 400)
                let long = "POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 9000000000\r\n\r\n"
                #expect(server.client.raw(long)?.status == 413)
                let first = server.client.exchange(Array("POST /verify HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 10\r\nConnection: close\r\n\r\ndocument=x".utf8))
                #expect(String(decoding: first ?? [], as: UTF8.self).hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 "))
                #expect(status("GET /hello HTTP/1.1\r\nHost: a\r\nExpect: tea") == 417)
                // A refusal stands after the answers of what came before it.
                let both = server.client.exchange(Array("GET /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /hello HTTP/1.1\r\n\r\n".utf8))
                let text = String(decoding: both ?? [], as: UTF8.self)
                #expect(text.hasPrefix("HTTP/1.1 200 ") && text.contains("helloHTTP/1.1 400 "), "\(text)")
            }
        }
    }

    @Test func `every answer carries what browsers are to be told`() async throws {
        try await with { server in
            let client = try #require(await onThread { server.client.signedIn(as: Self.citizen) })
            await onThread {
                var answers: [(String, HTTPClient.Answer?)] = []
                for route in Route.all {
                    let path = route.path.replacing(#/\{[a-z]+\}|\*\*/#) { _ in "x" }
                    answers.append(("\(route.method.rawValue) \(path)", client.request(route.method.rawValue, path, route.method == .get ? nil : "")))
                    answers.append(("anonymous \(path)", server.client.request(route.method.rawValue, path, route.method == .get ? nil : "")))
                }
                let page = client.get("/")?.body ?? ""
                for asset in page.matches(of: #/(?:href|src)="(\/[^"]+\.(?:css|js|svg|woff2)[^"]*)"/#) { answers.append((String(asset.1), client.get(String(asset.1)))) }
                for path in ["/hello", "/nowhere", "/api/nowhere", "/log/key", "/.well-known/dovira-trust.json"] { answers.append((path, client.get(path))) }
                answers.append(("no host", client.raw("GET / HTTP/1.1\r\n\r\n")))
                answers.append(("bad chunk", client.raw("POST /verify HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")))
                answers.append(("no HTTP", client.raw("\u{16}\u{3}\u{1}\r\n\r\n")))
                answers.append(("PUT", client.request("PUT", "/", "")))
                #expect(answers.count > 80)
                for (name, answer) in answers {
                    #expect(answer?.header("x-content-type-options") == "nosniff", "\(name)")
                    #expect(answer?.header("content-security-policy")?.contains("default-src 'none'") == true, "\(name)")
                    #expect(answer?.header("referrer-policy") == "same-origin" && answer?.header("cross-origin-opener-policy") == "same-origin", "\(name)")
                    #expect(answer?.header("strict-transport-security") == nil, "\(name): a plain connection cannot say so")
                }
            }
        }
    }

    // MARK: Forms

    @Test func `a form from elsewhere is refused before it is read, with a session or without`() async throws {
        try await with { server in
            let client = try #require(await onThread { server.client.signedIn(as: Self.citizen) })
            await onThread {
                let host = "127.0.0.1:\(server.port)"
                func signIn(_ headers: String) -> Int? {
                    var visitor = server.client
                    visitor.headers = headers
                    return visitor.post("/sign-in", [("person", "8-2000-102")])?.status
                }
                for headers in ["", "Origin: http://\(host)\r\n", "Origin: null\r\nSec-Fetch-Site: same-origin\r\n", "Sec-Fetch-Site: none\r\n"] {
                    #expect(signIn(headers) == 303, "\(headers)")
                }
                for headers in [
                    "Origin: null\r\n", "Origin: https://\(host)\r\n", "Origin: http://evil.example\r\n", "Sec-Fetch-Site: cross-site\r\n",
                    "Sec-Fetch-Site: same-site\r\n", "Origin: http://127.0.0.1\r\n",
                ] { #expect(signIn(headers) == 403, "\(headers)") }
                var foreign = client
                foreign.headers = "Origin: https://evil.example\r\nSec-Fetch-Site: cross-site\r\n"
                #expect(foreign.post("/services/sole-proprietor/start")?.status == 403)
                // Nothing of a body has come, and it is refused.
                let early = "POST /sign-in HTTP/1.1\r\nHost: \(host)\r\nOrigin: null\r\nContent-Length: 100000\r\n\r\n"
                #expect(server.client.raw(early)?.status == 403)
            }
        }
    }

    @Test func `a session's form is believed by its token alone, which comes before any file`() async throws {
        try await with { server in
            let client = try #require(await onThread { server.client.signedIn(as: Self.citizen) })
            await onThread {
                let token = client.csrf ?? ""
                func part(_ name: String, _ value: String, file: Bool = false) -> String {
                    "--b\r\nContent-Disposition: form-data; name=\"\(name)\"\(file ? "; filename=\"x.pdf\"" : "")\r\n\r\n\(value)\r\n"
                }
                func papers(_ parts: String) -> Int? { client.post("/cases/x/papers", parts: Array((parts + "--b--\r\n").utf8))?.status }
                // Past the token there is no such case.
                #expect(papers(part("csrf", token) + part("paper", "%PDF-1.7", file: true)) == 404)
                #expect(papers(part("answer", "1") + part("csrf", token) + part("paper", "%PDF-1.7", file: true)) == 404)
                #expect(papers(part("paper", "%PDF-1.7", file: true) + part("csrf", token)) == 403)
                #expect(papers(part("csrf", "x")) == 403 && papers(part("answer", "1")) == 403)
                #expect(papers(part("csrf", token) + part("csrf", token)) == 403)
                // The rest of five megabytes is not waited for.
                let head = "POST /cases/x/papers HTTP/1.1\r\nHost: a\r\nCookie: \(client.cookie ?? "")\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000000\r\n\r\n"
                #expect(client.raw(head + part("csrf", "x") + "--b\r\n")?.status == 403)
                func start(_ body: String) -> Int? { client.request("POST", "/services/sole-proprietor/start", body)?.status }
                #expect(start("csrf=x&csrf=\(token)") == 403 && start("csrf=\(token)&csrf=\(token)") == 403 && start("%63srf=\(token)") == 403)
                #expect(start("x=1&csrf=\(token)") == 303)
            }
        }
    }

    @Test func `what decides stands once`() async throws {
        try await with { server in
            let officer = try #require(await onThread { server.client.signedIn("officer", as: "commerce-1") })
            let client = try #require(await onThread { server.client.signedIn(as: Self.citizen) })
            await onThread {
                let token = officer.csrf ?? ""
                let doubled = officer.request("POST", "/work/tasks/x", "csrf=\(token)&decision=grant&decision=refuse&reason=abcdefghijkl")
                #expect(doubled?.status == 422 && doubled?.body.contains("stands twice") == true)
                let started = client.post("/services/sole-proprietor/start")
                let id = started?.header("location")?.split(separator: "/").dropFirst().first.map(String.init) ?? ""
                func answer(_ page: String, _ body: String) -> Int? {
                    client.request("POST", "/cases/\(id)/pages/\(page)", "csrf=\(client.csrf ?? "")&\(body)")?.status
                }
                #expect(answer("name", "%2Ftrade_name=One&%2Ftrade_name=Two") == 422)
                #expect(client.request("POST", "/cases/\(id)/submit", "csrf=\(client.csrf ?? "")&key=a&key=b")?.status == 422)
                #expect(answer("name", "%2Ftrade_name=One") == 303)
                // What nobody sees is refused at its field, and shown again.
                let hidden = client.request("POST", "/cases/\(id)/pages/name", "csrf=\(client.csrf ?? "")&%2Ftrade_name=A%D8%80%3Cb%3E")
                #expect(hidden?.status == 422 && hidden?.body.contains("U+0600") == true)
                let stacked = String(repeating: "%CC%81", count: 40_000)
                #expect(answer("name", "%2Ftrade_name=a\(stacked)") == 422)
                #expect(client.get("/services?q=a%E2%80%AE")?.status == 422)
            }
        }
    }

    // MARK: Quotas

    @Test func `who asks for too much is told to wait, and the others are not`() async throws {
        try await with(["--quota-session", "1", "--quota-sign-ins", "1"]) { server in
            let client = try #require(await onThread { server.client.signedIn(as: Self.citizen) })
            let other = try #require(await onThread { server.client.signedIn(as: "8-2000-102") })
            await onThread {
                var statuses: [Int: Int] = [:]
                while (statuses[429] ?? 0) < 10, statuses.values.reduce(0, +) < 2_000 {
                    statuses[client.get("/api/me/documents")?.status ?? 0, default: 0] += 1
                }
                #expect((statuses[200] ?? 0) >= 100 && statuses[429] == 10 && statuses.count == 2, "\(statuses)")
                let refused = client.get("/api/me/documents")
                #expect(refused?.header("retry-after") == "1" && refused?.header("content-type") == "application/problem+json")
                #expect(refused?.body.contains("quota.spent") == true)
                let page = client.get("/documents")
                #expect(page?.status == 429 && page?.body.contains("Wait 1 seconds") == true && page?.header("retry-after") == "1")
                #expect(other.get("/api/me/documents")?.status == 200 && client.get("/hello")?.status == 200)
                var signIns: [Int: Int] = [:]
                for _ in 0..<140 { signIns[server.client.post("/sign-in", [("person", "8-2000-103")])?.status ?? 0, default: 0] += 1 }
                #expect((signIns[303] ?? 0) >= 10 && (signIns[429] ?? 0) >= 1 && signIns.count == 2, "\(signIns)")
                let metrics = server.operations.get("/metrics")?.body ?? ""
                #expect(metrics.contains("dovira_quota_refused_session ") && !metrics.contains("dovira_quota_refused_session 0\n"))
            }
        }
    }

    // MARK: Connections

    @Test(arguments: ["", "GET /hello HTTP/1.1\r\nHost: a\r\nX: ", "POST /verify HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx", "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"])
    func `a crowd that says nothing, or little, keeps nobody out and is gone soon`(words: String) async throws {
        let flags = ["--connections-max", "60", "--connections-per-address", "20", "--head-seconds", "3", "--body-seconds", "3", "--keep-alive-seconds", "3"]
        try await with(flags + Server.withoutQuotas) { server in
            let crowd = HeldConnections(port: server.port)
            await onThread { crowd.open(200, addresses: 50, saying: words) }
            for _ in 0..<20 {
                #expect(await onThread { server.client.get("/hello") }?.status == 200)
                if !words.isEmpty, !words.hasSuffix("\r\n\r\n") { crowd.drip() }
            }
            let metrics = try #require(await onThread { server.operations.get("/metrics") }?.body)
            let evicted = metrics.firstMatch(of: #/\ndovira_connections_evicted (\d+)/#).flatMap { Int($0.1) } ?? 0
            #expect(evicted >= 20, "\(evicted)")
            #expect(try await eventually(within: 2) { crowd.open <= 60 })
            #expect(try await eventually(within: 30) { crowd.open == 0 })
            // One address has its share.
            crowd.closeAll()
            await onThread { crowd.open(40, addresses: 1, saying: words) }
            #expect(
                try await eventually {
                    let after = await onThread { server.operations.get("/metrics") }?.body ?? ""
                    return after.firstMatch(of: #/\ndovira_connections_refused (\d+)/#).flatMap { Int($0.1) } ?? 0 > 0
                })
            #expect(await onThread { server.client.get("/hello") }?.status == 200)
        }
    }

    @Test func `sixteen forms of five megabytes at once keep nobody waiting`() async throws {
        try await with { server in
            let client = try #require(await onThread { server.client.signedIn(as: Self.citizen) })
            let big = Array("--b\r\na".utf8) + [UInt8](repeating: 0x0D, count: 5_000_000) + Array("\r\n--b--".utf8)
            await withTaskGroup(of: Int?.self) { group in
                for _ in 0..<16 { group.addTask { await onThread { client.post("/cases/x/papers", parts: big)?.status } } }
                for _ in 0..<10 { #expect(await onThread { server.client.get("/hello") }?.status == 200) }
                for await status in group { #expect(status == 403 || status == 422 || status == 503 || status == nil) }
            }
            let metrics = try #require(await onThread { server.operations.get("/metrics") }?.body)
            #expect(metrics.contains("\ndovira_body_bytes 0\n"))
        }
    }

    // MARK: TLS

    @Test func `behind a proxy only what it calls secure is served`() async throws {
        try await with(["--behind-tls-proxy", "--origin", "https://istmo.example"] + Server.withoutQuotas) { server in
            await onThread {
                let plain = server.client.get("/services?q=a")
                #expect(plain?.status == 308 && plain?.header("location") == "https://istmo.example/services?q=a")
                #expect(server.client.post("/sign-in", [("person", Self.citizen)])?.status == 403)
                #expect(server.client.get("/hello")?.status == 200)
                var secure = server.client
                secure.headers = "X-Forwarded-Proto: https\r\n"
                #expect(secure.get("/services")?.header("strict-transport-security")?.hasPrefix("max-age=") == true)
                let signedIn = secure.post("/sign-in", [("person", Self.citizen)])
                #expect(signedIn?.header("set-cookie")?.hasPrefix("__Host-session=") == true && signedIn?.header("set-cookie")?.hasSuffix("; Secure") == true)
                #expect(secure.get("/language?to=uk")?.header("set-cookie")?.hasPrefix("__Host-language=uk") == true)
            }
        }
        try await with { server in
            await onThread {
                // What a request calls its host makes no connection secure.
                let raw = "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 17\r\n\r\nperson=8-2000-101"
                let answer = server.client.raw(raw)
                #expect(answer?.status == 303 && answer?.header("set-cookie")?.hasPrefix("session=") == true)
                #expect(answer?.header("set-cookie")?.contains("Secure") == false)
                var client = server.client.signedIn(as: Self.citizen) ?? server.client
                client.headers = "X-Forwarded-Proto: https\r\n"
                let out = client.post("/sign-out")
                #expect(out?.header("clear-site-data") == "\"cache\"" && out?.header("strict-transport-security") == nil)
            }
        }
    }

    @Test(.enabled(if: Programs.find("openssl") != nil, "no openssl here"))
    func `TLS is 1.2 with forward secrecy at least`() async throws {
        let openssl = try #require(Programs.find("openssl"))
        try await Server.with { server in
            let (certificate, key) = (server.root + "/certificate.pem", server.root + "/key.pem")
            let made = try await Programs.run(
                openssl,
                ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate])
            try #require(made.status == 0, "\(made.complaint)")
            try await server.start(
                ["--tls-certificate", certificate, "--tls-key", key, "--head-seconds", "3"] + Server.withoutQuotas, isTLS: true)
            func speaks(_ flags: [String]) async throws -> (Bool, String) {
                let answer = try await Programs.run(
                    openssl, ["s_client", "-connect", "127.0.0.1:\(server.port)", "-ign_eof"] + flags,
                    input: "GET /services HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                return (answer.output.contains("HTTP/1.1 200"), answer.output)
            }
            let modern = try await speaks([])
            #expect(modern.0 && modern.1.contains("TLSv1.3") && modern.1.contains("Strict-Transport-Security: max-age="))
            #expect(try await speaks(["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]).0)
            #expect(try await speaks(["-tls1_2", "-cipher", "ECDHE-RSA-CHACHA20-POLY1305"]).0)
            for flags in [
                ["-tls1", "-cipher", "ALL:@SECLEVEL=0"], ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"],
                ["-tls1_2", "-cipher", "AES256-SHA:AES128-GCM-SHA256:AES256-GCM-SHA384:@SECLEVEL=0"],
                ["-tls1_2", "-cipher", "ECDHE-RSA-AES256-SHA:ECDHE-RSA-AES128-SHA256:@SECLEVEL=0"],
            ] { #expect(try await !speaks(flags).0, "\(flags)") }
            // A handshake that does not come is waited for no longer than a head.
            let silent = HeldConnections(port: server.port)
            await onThread { silent.open(5, addresses: 5) }
            #expect(try await eventually(within: 20) { silent.open == 0 })
            #expect(try await speaks([]).0)
        }
    }
}
