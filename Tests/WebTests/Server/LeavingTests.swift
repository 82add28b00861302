import Foundation
import Hummingbird
import HouseTesting
import Kernel
import Logging
import NIOCore
import StateTesting
import Synchronization
import Testing
import Web
import Wiring

#if canImport(Glibc)
import Glibc
#endif

/// A client's own end of a real connection.
private final class Client {
    private let socket: Int32

    init(port: Int) throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        try #require(isConnected)
    }

    deinit { close(socket) }

    func ask(_ path: String) {
        let bytes = Array("GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Closed with a reset, as of a process that died with something unread.
    func reset() {
        var linger = Glibc.linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// Nothing more is sent.
    func finish() { shutdown(socket, Int32(SHUT_WR)) }

    /// The first line of what has come.
    var firstLine: String {
        var buffer = [UInt8](repeating: 0, count: 1_024)
        let count = max(0, recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)))
        return String(decoding: buffer[..<count].prefix { $0 != 0x0D }, as: UTF8.self)
    }
}

@Suite("Who leaves a real server while she waits")
struct LeavingTests {
    /// A server with so many places, and one of them taken until the body ends.
    private static func with(places: Int = 1, _ body: (_ port: Int, _ turns: Turns) async throws -> Void) async throws {
        try await TestState.with { (state) async throws in
            var work = WorkLimits()
            (work.wholeMax, work.adriftMax, work.waitMax) = (places, 0, .seconds(3_600))
            let traffic = TrafficControl(ConnectionLimits(descriptors: 1_024), QuotaLimits(), work)
            let port = Mutex(0)
            let application = try PortalServer.application(
                state.open.portal, ServerConfiguration(host: "127.0.0.1", port: 0, operationsHost: "127.0.0.1", operationsPort: nil, certificate: nil, key: nil),
                traffic: traffic, metrics: Metrics(), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            ) { found in port.withLock { $0 = found } }
            let running = Task { try await application.run() }
            defer { running.cancel() }
            try #require(try await eventually { port.withLock { $0 } > 0 })
            let held = try await traffic.turns.take(AddressKey(try SocketAddress(ipAddress: "192.0.2.1", port: 1)))
            try await body(port.withLock { $0 }, traffic.turns)
            traffic.turns.give(held)
            #expect(try await eventually { traffic.turns.figures.working == 0 && traffic.turns.figures.waiting == 0 })
        }
    }

    @Test(arguments: [true, false]) func `her place in the line is free at once, however she goes`(isReset: Bool) async throws {
        try await Self.with { (port, turns) async throws in
            for round in 1...3 {
                var client: Client? = try Client(port: port)
                client?.ask("/")
                #expect(try await eventually { turns.figures.waiting == 1 })
                if isReset { client?.reset() }
                client = nil
                #expect(try await eventually { turns.figures.waiting == 0 })
                #expect(turns.figures.left == round && turns.figures.refused == 0)
            }
        }
    }

    @Test func `who only says no more is told to come again, and answered where her turn has come`() async throws {
        try await Self.with { (port, turns) async throws in
            let waiting = try Client(port: port)
            waiting.ask("/")
            #expect(try await eventually { turns.figures.waiting == 1 })
            waiting.finish()
            #expect(try await eventually { turns.figures.left == 1 })
            #expect(try await eventually { waiting.firstLine == "HTTP/1.1 503 Service Unavailable" })
        }
        try await Self.with(places: 2) { (port, _) async throws in
            let served = try Client(port: port)
            served.ask("/")
            served.finish()
            #expect(try await eventually { served.firstLine == "HTTP/1.1 200 OK" })
        }
    }

    @Test func `what lies ready and what programs ask waits behind no page`() async throws {
        try await Self.with { (port, turns) async throws in
            let page = try Client(port: port)
            page.ask("/")
            #expect(try await eventually { turns.figures.waiting == 1 })
            for (path, line) in [
                ("/hello", "HTTP/1.1 200 OK"), ("/api/me/documents", "HTTP/1.1 401 Unauthorized"), ("/.well-known/dovira-trust.json", "HTTP/1.1 200 OK"),
            ] {
                let client = try Client(port: port)
                client.ask(path)
                #expect(try await eventually { client.firstLine == line }, "\(path): \(client.firstLine)")
            }
            #expect(turns.figures.waiting == 1 && page.firstLine.isEmpty)
            // Where there is nothing, a page says so.
            let missing = try Client(port: port)
            missing.ask("/hello/there")
            #expect(try await eventually { turns.figures.waiting == 2 })
        }
    }
}
