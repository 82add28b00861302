import Foundation
import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Testing
import Web

/// One connection on a loop whose time the test moves.
private final class Line {
    let channel: EmbeddedChannel

    init(_ connections: Connections, _ loop: EmbeddedEventLoop, from address: String = "192.0.2.1") throws {
        channel = EmbeddedChannel(handler: ConnectionHandler(connections), loop: loop)
        try channel.connect(to: SocketAddress(ipAddress: address, port: 40_000)).wait()
    }

    var isOpen: Bool { channel.isActive }

    func head(_ method: HTTPRequest.Method = .get, _ fields: HTTPFields = [:]) throws {
        try channel.writeInbound(HTTPRequestPart.head(HTTPRequest(method: method, scheme: "http", authority: "a", path: "/", headerFields: fields)))
    }
    func body(_ count: Int) throws { try channel.writeInbound(HTTPRequestPart.body(ByteBuffer(repeating: 0, count: count))) }
    func end() throws { try channel.writeInbound(HTTPRequestPart.end(nil)) }

    func answer(_ status: HTTPResponse.Status = .ok, length: Int = 2) throws {
        let fields: HTTPFields = [.contentLength: String(length)]
        try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: status, headerFields: fields)))
        try channel.writeOutbound(HTTPResponsePart.body(ByteBuffer(repeating: 0, count: length)))
        try channel.writeOutbound(HTTPResponsePart.end(nil))
    }

    /// The heads that the client got.
    func answers() throws -> [HTTPResponse] {
        var heads: [HTTPResponse] = []
        while let part = try channel.readOutbound(as: HTTPResponsePart.self) { if case .head(let head) = part { heads.append(head) } }
        return heads
    }
}

@Suite("Connections have their limits")
struct ConnectionTests {
    private let loop = EmbeddedEventLoop()

    private func limits(openMax: Int = 10, perAddress: Int? = 4) -> ConnectionLimits {
        var limits = ConnectionLimits(descriptors: 1_024)
        limits.openMax = openMax
        limits.perAddressMax = perAddress
        return limits
    }

    @Test func `who opens a connection and says nothing is gone after the time for a head`() throws {
        let connections = Connections(limits())
        let line = try Line(connections, loop)
        loop.advanceTime(by: .seconds(9))
        #expect(line.isOpen && connections.open == 1 && connections.waiting == 1)
        loop.advanceTime(by: .seconds(2))
        #expect(!line.isOpen && connections.open == 0 && connections.waiting == 0 && connections.figures.timedOut == 1)
        #expect(try line.answers().isEmpty)
    }

    @Test func `who is being served is not cut off, however long that takes`() throws {
        let connections = Connections(limits())
        let line = try Line(connections, loop)
        try line.head()
        try line.end()
        loop.advanceTime(by: .seconds(1_000))
        #expect(line.isOpen && connections.waiting == 0)
        try line.answer()
        loop.advanceTime(by: .seconds(29))
        #expect(line.isOpen && connections.waiting == 1)
        // Another request begins the time anew.
        try line.head()
        try line.end()
        try line.answer()
        loop.advanceTime(by: .seconds(29))
        #expect(line.isOpen)
        loop.advanceTime(by: .seconds(2))
        #expect(!line.isOpen && connections.open == 0)
    }

    @Test func `a body that does not come is answered, and one that comes at its pace is waited for`() throws {
        let connections = Connections(limits())
        let slow = try Line(connections, loop)
        try slow.head(.post, [.contentLength: "100000"])
        for _ in 0..<19 {
            loop.advanceTime(by: .seconds(1))
            try slow.body(1)
        }
        #expect(slow.isOpen)
        loop.advanceTime(by: .seconds(2))
        #expect(try slow.answers().map(\.status) == [.requestTimeout])
        loop.advanceTime(by: .seconds(3))
        #expect(!slow.isOpen)

        let steady = try Line(connections, loop)
        try steady.head(.post, [.contentLength: "5000000"])
        for _ in 0..<100 {
            loop.advanceTime(by: .seconds(1))
            try steady.body(10_000)
        }
        #expect(steady.isOpen, "10 kB a second is a telephone's pace")
        for _ in 0..<210 {
            loop.advanceTime(by: .seconds(1))
            if steady.isOpen { try steady.body(10_000) }
        }
        #expect(!steady.isOpen, "and five minutes are enough for anybody")
        #expect(connections.open == 0 && connections.waiting == 0)
    }

    @Test func `an answer before the end of a body ends the connection, and says so`() throws {
        let connections = Connections(limits())
        let line = try Line(connections, loop)
        try line.head(.post, [.contentLength: "9000000000"])
        try line.body(10)
        try line.answer(.forbidden)
        #expect(try line.answers().first?.headerFields[.connection] == "close")
        for _ in 0..<3 {
            loop.advanceTime(by: .seconds(1))
            if line.isOpen { try line.body(100_000) }
        }
        #expect(!line.isOpen && connections.open == 0 && connections.waiting == 0)
    }

    @Test func `a reader who does not take her answer is given up`() throws {
        let connections = Connections(limits())
        let line = try Line(connections, loop)
        try line.head()
        try line.end()
        // Nothing is taken from the channel from here on.
        line.channel.isWritable = false
        line.channel.pipeline.fireChannelWritabilityChanged()
        loop.advanceTime(by: .seconds(19))
        #expect(line.isOpen)
        line.channel.isWritable = true
        line.channel.pipeline.fireChannelWritabilityChanged()
        loop.advanceTime(by: .seconds(100))
        #expect(line.isOpen)
        line.channel.isWritable = false
        line.channel.pipeline.fireChannelWritabilityChanged()
        loop.advanceTime(by: .seconds(21))
        #expect(!line.isOpen && connections.figures.timedOut == 1 && connections.open == 0)
    }

    /// Between the server and the network: what is written waits there until the test lets it go.
    private final class Network: ChannelOutboundHandler {
        typealias OutboundIn = HTTPResponsePart
        var promises: [EventLoopPromise<Void>] = []
        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) { if let promise { promises.append(promise) } }
    }

    @Test func `while an answer is being read nothing else is waited for, and it makes room for who holds less alone`() throws {
        let connections = Connections(limits(openMax: 2, perAddress: nil))
        let lines = try (0..<2).map { _ in try Line(connections, loop) }
        let network = Network()
        try lines[0].channel.pipeline.syncOperations.addHandler(network, position: .first)
        for line in lines {
            try line.head()
            try line.end()
        }
        lines[0].channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: [.contentLength: "348000"])), promise: nil)
        lines[0].channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        loop.advanceTime(by: .seconds(100))
        #expect(lines[0].isOpen && network.promises.count == 1)
        // The other is worked on.
        #expect(try Line(connections, loop).answers().map(\.status) == [.serviceUnavailable])
        loop.advanceTime(by: .seconds(3))
        for promise in network.promises { promise.succeed() }
        loop.advanceTime(by: .seconds(29))
        #expect(lines[0].isOpen)
        loop.advanceTime(by: .seconds(2))
        #expect(!lines[0].isOpen, "and from then on the next request is waited for")

        let reader = try Line(connections, loop)
        let slow = Network()
        try reader.channel.pipeline.syncOperations.addHandler(slow, position: .first)
        try reader.head()
        try reader.end()
        reader.channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        #expect(try Line(connections, loop, from: "192.0.2.2").isOpen && !reader.isOpen)
        for promise in slow.promises { promise.fail(ChannelError.ioOnClosedChannel) }
    }

    @Test func `a server that stops waits for no body as long as it otherwise would`() throws {
        let line = try Line(Connections(limits()), loop)
        try line.head(.post, [.contentLength: "2000000"])
        line.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        for _ in 0..<9 {
            try line.body(20_000)
            loop.advanceTime(by: .seconds(1))
        }
        #expect(line.isOpen)
        for _ in 0..<5 {
            loop.advanceTime(by: .seconds(1))
            if line.isOpen { try line.body(20_000) }
        }
        #expect(!line.isOpen)
    }

    @Test func `one address has its share, and who is above it is told when to come again`() throws {
        let connections = Connections(limits(perAddress: 2))
        let first = try (0..<2).map { _ in try Line(connections, loop) }
        let third = try Line(connections, loop)
        let other = try Line(connections, loop, from: "192.0.2.2")
        let answers = try third.answers()
        #expect(answers.map(\.status) == [.serviceUnavailable])
        #expect(answers.first?.headerFields[.retryAfter] != nil && answers.first?.headerFields[.connection] == "close")
        #expect(answers.first?.headerFields[.contentSecurityPolicy] != nil)
        loop.advanceTime(by: .seconds(3))
        #expect(!third.isOpen && other.isOpen && first.allSatisfy(\.isOpen))
        #expect(connections.open == 3 && connections.figures.refused == 1)
        try first[0].channel.close().wait()
        #expect(try Line(connections, loop).isOpen && connections.figures.refused == 1)
    }

    @Test func `a network of IPv6 is one address, and IPv4 written as IPv6 is itself`() throws {
        func key(_ address: String) throws -> AddressKey { AddressKey(try SocketAddress(ipAddress: address, port: 1)) }
        #expect(try key("2001:db8:1:2:3::1") == key("2001:db8:1:2:ffff::9") && key("2001:db8:1:2::1") != key("2001:db8:1:3::1"))
        #expect(try key("::ffff:192.0.2.1") == key("192.0.2.1") && key("192.0.2.1") != key("192.0.2.2"))
        #expect(try AddressKey(forwarded: "evil, 203.0.113.9, 192.0.2.1") == key("192.0.2.1"))
        #expect(AddressKey(forwarded: "unknown") == nil && AddressKey(forwarded: "") == nil && AddressKey(forwarded: "192.0.2.1, ") == nil)
    }

    @Test func `when all places are taken the one that is waited for longest makes room, and nobody who is served`() throws {
        let connections = Connections(limits(openMax: 3, perAddress: nil))
        let served = try Line(connections, loop)
        try served.head()
        try served.end()
        loop.advanceTime(by: .seconds(1))
        let idle = try Line(connections, loop)
        loop.advanceTime(by: .seconds(1))
        // The slow body came later than the idle one, and is waited for too.
        let slow = try Line(connections, loop)
        try slow.head(.post, [.contentLength: "10"])
        loop.advanceTime(by: .milliseconds(100))
        let fourth = try Line(connections, loop)
        #expect(served.isOpen && !idle.isOpen && slow.isOpen && fourth.isOpen)
        loop.advanceTime(by: .seconds(1))
        let fifth = try Line(connections, loop)
        #expect(served.isOpen && !slow.isOpen && fourth.isOpen && fifth.isOpen && connections.figures.evicted == 2)
        for line in [fourth, fifth] {
            try line.head()
            try line.end()
        }
        let sixth = try Line(connections, loop)
        #expect(try sixth.answers().map(\.status) == [.serviceUnavailable])
        #expect(served.isOpen && fourth.isOpen && fifth.isOpen && connections.figures.refused == 1)
    }

    @Test func `a crowd makes room before anybody who holds less`() throws {
        let connections = Connections(limits(openMax: 6, perAddress: nil))
        let alone = try Line(connections, loop, from: "192.0.2.9")
        var crowd: [Line] = []
        for _ in 0..<5 {
            loop.advanceTime(by: .milliseconds(10))
            crowd.append(try Line(connections, loop))
        }
        let others = try (20..<23).map { number in
            loop.advanceTime(by: .milliseconds(10))
            return try Line(connections, loop, from: "192.0.2.\(number)")
        }
        #expect(alone.isOpen && others.allSatisfy(\.isOpen) && connections.figures.evicted == 3 && connections.figures.refused == 0)
        #expect(crowd.map(\.isOpen) == [false, false, false, true, true], "and of them those that have waited longest")
        // Where nobody holds more than another, who has waited longest goes.
        let last = try (30..<33).map { number in
            loop.advanceTime(by: .milliseconds(10))
            return try Line(connections, loop, from: "192.0.2.\(number)")
        }
        #expect(last.allSatisfy(\.isOpen) && !crowd[3].isOpen && !alone.isOpen && connections.open == 6)
    }

    @Test func `a body that flows is not what is waited for longest`() throws {
        let connections = Connections(limits(openMax: 2, perAddress: nil))
        let upload = try Line(connections, loop)
        try upload.head(.post, [.contentLength: "2000000"])
        for second in 0..<8 {
            let other = try Line(connections, loop, from: "192.0.2.\(2 + second)")
            loop.advanceTime(by: .seconds(1))
            try upload.body(200_000)
            #expect(upload.isOpen && other.isOpen)
        }
        #expect(connections.figures.evicted == 7)
    }

    @Test func `who waits for her turn makes room for whose address holds less, and for nobody once it has come`() async throws {
        var work = WorkLimits()
        (work.wholeMax, work.slice) = (1, .seconds(3_600))
        let turns = Turns(work)
        let place = try await turns.take(AddressKey(nil))
        let connections = Connections(limits(openMax: 2, perAddress: nil))
        let lines = try (0..<2).map { _ in try Line(connections, loop) }
        let (waits, awaited) = AsyncStream<Turns.Wait>.makeStream()
        let requests = (0..<2).map { _ in Task { try await turns.take(AddressKey(nil)) { awaited.yield($0) } } }
        var iterator = waits.makeAsyncIterator()
        for line in lines {
            try line.head()
            try line.end()
            line.channel.pipeline.fireUserInboundEventTriggered(TurnAwaited(wait: try #require(await iterator.next())))
            loop.advanceTime(by: .milliseconds(10))
        }
        #expect(connections.waiting == 2)
        // The crowd's own third makes none go.
        #expect(try Line(connections, loop).answers().map(\.status) == [.serviceUnavailable])
        loop.advanceTime(by: .seconds(3))
        let other = try Line(connections, loop, from: "192.0.2.2")
        #expect(!lines[0].isOpen && lines[1].isOpen && other.isOpen)
        // The second's turn comes: from now on it is worked on.
        turns.give(place)
        for request in requests { if let turn = try? await request.value { #expect(turns.figures.working == 1); _ = turn } }
        try other.head()
        try other.end()
        #expect(try Line(connections, loop, from: "192.0.2.3").answers().map(\.status) == [.serviceUnavailable])
        #expect(lines[1].isOpen && other.isOpen)
    }

    @Test func `a crowd is closed without a word once there is no room for words`() throws {
        let connections = Connections(limits(openMax: 2, perAddress: 1))
        let lines = try (0..<100).map { _ in try Line(connections, loop) }
        #expect(lines.count(where: \.isOpen) <= 2 + 64)
        #expect(connections.open == lines.count(where: \.isOpen))
        loop.advanceTime(by: .seconds(30))
        #expect(connections.open == 0 && connections.waiting == 0)
    }

    @Test func `whoever asks whether to go on is told to, once nothing else is being answered`() throws {
        let connections = Connections(limits())
        let line = try Line(connections, loop)
        try line.head(.post, [.contentLength: "2", .expect: "100-Continue"])
        #expect(try line.answers().map(\.status) == [.continue])
        try line.body(2)
        try line.end()
        try line.answer()
        #expect(try line.answers().map(\.status) == [.ok])
        let odd = try Line(connections, loop)
        try odd.head(.post, [.contentLength: "2", .expect: "200-maybe"])
        #expect(try odd.answers().map(\.status) == [.expectationFailed])
    }

    @Test func `there are never so many connections that descriptors run out`() {
        for descriptors in [300, 1_024, 4_096, 1_048_576, Int.max] {
            let limits = ConnectionLimits(descriptors: descriptors)
            #expect(limits.openMax <= descriptors - 200 && limits.openMax >= 1 && limits.openMax <= 4_096)
        }
        #expect(ConnectionLimits.openMax(100_000, of: 1_024) <= 824)
        #expect(ConnectionLimits(descriptors: 10).openMax == 1)
    }

    @Test func `a head says whom it is for, once and legibly`() {
        func fault(_ hosts: [String], version: HTTPVersion = .http1_1, uri: String = "/") -> HTTPResponseStatus? {
            HeadCheck.fault(of: HTTPRequestHead(version: version, method: .GET, uri: uri, headers: HTTPHeaders(hosts.map { ("Host", $0) })))
        }
        #expect(fault(["a.example"]) == nil && fault([], version: .http1_0) == nil)
        #expect(fault([]) == .badRequest && fault(["a", "a"]) == .badRequest && fault(["a b<>"]) == .badRequest && fault([""]) == .badRequest)
        #expect(fault(["a", "b"], version: .http1_0) == .badRequest)
        #expect(fault(["a"], uri: "/\u{F1}") == .badRequest && fault(["a"], uri: "/" + String(repeating: "x", count: 9_000)) == .uriTooLong)
    }

    @Test func `a body that is coded otherwise than in chunks is not taken for one that is not`() {
        func fault(_ codings: [String]) -> HTTPResponseStatus? {
            HeadCheck.fault(
                of: HTTPRequestHead(version: .http1_1, method: .POST, uri: "/", headers: HTTPHeaders([("Host", "a")] + codings.map { ("Transfer-Encoding", $0) })))
        }
        #expect(fault([]) == nil && fault(["chunked"]) == nil && fault(["Chunked"]) == nil)
        for codings in [["gzip, chunked"], ["identity, chunked"], ["chunked, chunked"], ["chunked", "chunked"], ["identity"], ["chunked;x=1"], [""]] {
            #expect(fault(codings) == .notImplemented, "\(codings)")
        }
    }

    @Test(arguments: [
        ("GET", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
        ("GET", "Connection: Upgrade\r\nUpgrade: websocket\r\n"), ("POST", "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n"),
        ("CONNECT", ""),
    ]) func `who offers another protocol is answered in this one, and told that nothing follows`(_ method: String, _ fields: String) throws {
        let channel = EmbeddedChannel(loop: loop)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(ConnectionHandler(Connections(limits())))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).wait()
        let target = method == "CONNECT" ? "a:80" : "/"
        try channel.writeInbound(ByteBuffer(string: "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\(fields)\r\n"))
        channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: [.contentLength: "2"])), promise: nil)
        channel.write(HTTPResponsePart.body(ByteBuffer(string: "ok")), promise: nil)
        channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        #expect(text.lowercased().contains("connection: close"))
        loop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive, "and nobody waits for half a minute")
    }

    @Test func `a client of the old version expects nothing`() throws {
        let channel = EmbeddedChannel(loop: loop)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(ConnectionHandler(Connections(limits())))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).wait()
        try channel.writeInbound(ByteBuffer(string: "POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"))
        #expect(try channel.readOutbound(as: ByteBuffer.self) == nil)
    }
}

@Suite("What is sent ahead of an answer waits")
struct SentAheadTests {
    private let loop = EmbeddedEventLoop()
    private let connections = Connections(ConnectionLimits(descriptors: 1_024))

    /// A connection with the server's parser in front.
    private func channel() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel(loop: loop)
        let pipeline = channel.pipeline.syncOperations
        try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
        try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try pipeline.addHandler(ConnectionHandler(connections))
        try channel.connect(to: SocketAddress(ipAddress: "192.0.2.1", port: 40_000)).wait()
        return channel
    }

    private func send(_ text: String, to channel: EmbeddedChannel) throws { try channel.writeInbound(ByteBuffer(string: text)) }
    private func request(_ path: String, _ more: String = "") -> String { "GET \(path) HTTP/1.1\r\nHost: a\r\n\(more)\r\n" }

    /// The paths of the requests that came through.
    private func paths(_ channel: EmbeddedChannel) throws -> [String] {
        var paths: [String] = []
        while let part = try channel.readInbound(as: HTTPRequestPart.self) { if case .head(let head) = part { paths.append(head.path ?? "") } }
        return paths
    }

    private func answer(_ channel: EmbeddedChannel, _ fields: HTTPFields = [:]) throws {
        var fields = fields
        fields[.contentLength] = "2"
        channel.write(HTTPResponsePart.head(HTTPResponse(status: .ok, headerFields: fields)), promise: nil)
        channel.write(HTTPResponsePart.body(ByteBuffer(string: "ok")), promise: nil)
        channel.writeAndFlush(HTTPResponsePart.end(nil), promise: nil)
        loop.advanceTime(by: .milliseconds(5))
    }

    private func written(_ channel: EmbeddedChannel) throws -> String {
        var text = ""
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) { text += String(buffer: bytes) }
        return text
    }

    @Test func `one request at a time comes through, in order, with its body`() throws {
        let channel = try channel()
        try send(request("/1") + request("/2") + "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody" + request("/4") + request("/5"), to: channel)
        for number in 1...5 {
            #expect(try paths(channel) == ["/\(number)"])
            loop.advanceTime(by: .seconds(1))
            #expect(try paths(channel).isEmpty, "nobody answered yet")
            try answer(channel)
        }
        #expect(try paths(channel).isEmpty && channel.isActive && connections.waiting == 1)
        try send(request("/6"), to: channel)
        #expect(try paths(channel) == ["/6"])
    }

    @Test(arguments: [1, 2, 3, 7, 30]) func `whichever way the bytes are cut`(size: Int) throws {
        let channel = try channel()
        let all = Array((request("/1") + "POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 8\r\n\r\n\r\n\r\n\n\n\n\n" + request("/3")).utf8)
        for start in stride(from: 0, to: all.count, by: size) { try channel.writeInbound(ByteBuffer(bytes: all[start..<min(all.count, start + size)])) }
        var seen: [String] = []
        for _ in 0..<3 {
            seen += try paths(channel)
            try answer(channel)
        }
        #expect(seen == ["/1", "/2", "/3"])
    }

    @Test func `a fault is answered after the good requests before it, and nothing after it is worked on`() throws {
        let channel = try channel()
        try send(request("/1") + request("/2") + "GET /3 HTTP/1.1\r\nHost: a b<>\r\n\r\n" + request("/4"), to: channel)
        for number in 1...2 {
            #expect(try paths(channel) == ["/\(number)"] && !written(channel).contains("400"))
            try answer(channel)
        }
        loop.advanceTime(by: .seconds(1))
        #expect(try paths(channel).isEmpty && written(channel).contains("HTTP/1.1 400") && !channel.isActive)
    }

    @Test func `the client's last word waits behind what it sent before`() throws {
        let channel = try channel()
        try send(request("/1") + request("/2"), to: channel)
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        #expect(try paths(channel) == ["/1"])
        try answer(channel)
        #expect(try paths(channel) == ["/2"])
        try answer(channel)
        #expect(try written(channel).components(separatedBy: "HTTP/1.1 200").count == 3)
    }

    /// A connection whose request waits for its turn, to its end.
    fileprivate func serve(_ awaited: TurnAwaited, _ how: String) throws {
        let channel = try channel()
        try send(request("/1") + (how.hasSuffix("before it") ? request("/2") : ""), to: channel)
        #expect(try paths(channel) == ["/1"])
        // As one that is turned away while it waits.
        if how == "gone before" { try answer(channel, [.connection: "close"]) }
        channel.pipeline.fireUserInboundEventTriggered(awaited)
        switch how {
        case "gone": channel.close(promise: nil)
        case "gone before": break
        case "answered":
            try answer(channel)
            channel.close(promise: nil)
        default: channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
        loop.run()
    }

    @Test func `after an answer that says close nothing is worked on, whoever said it first`() throws {
        for (fields, more) in [([.connection: "close"], ""), ([:], "Connection: TE, Close\r\n")] as [(HTTPFields, String)] {
            let channel = try channel()
            try send(request("/1", more) + request("/2") + request("/3"), to: channel)
            #expect(try paths(channel) == ["/1"])
            try answer(channel, fields)
            try send(request("/4"), to: channel)
            loop.advanceTime(by: .seconds(1))
            #expect(try paths(channel).isEmpty)
            #expect(try written(channel).lowercased().contains("connection: close"))
            loop.advanceTime(by: .seconds(2))
            #expect(!channel.isActive)
        }
    }

    @Test func `when the server stops, what is worked on is answered, and nothing that was sent ahead`() throws {
        let channel = try channel()
        try send(request("/1") + request("/2"), to: channel)
        #expect(try paths(channel) == ["/1"])
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
        #expect(channel.isActive)
        try answer(channel)
        let text = try written(channel)
        #expect(text.contains("HTTP/1.1 200") && text.lowercased().contains("connection: close"))
        loop.advanceTime(by: .seconds(3))
        #expect(try paths(channel).isEmpty && !channel.isActive)
    }

    @Test func `a client of HTTP/1.0 waits for the end, and gets it`() throws {
        let channel = try channel()
        try send("GET /1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", to: channel)
        #expect(try paths(channel) == ["/1"])
        try answer(channel)
        #expect(try written(channel).lowercased().contains("connection: close"))
        loop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }

    @Test func `a loop works on a few that were sent ahead at once, and all come to their turn`() throws {
        let channels = try (0..<20).map { _ in try self.channel() }
        for channel in channels {
            try send(request("/1") + request("/2") + request("/3"), to: channel)
            #expect(try paths(channel) == ["/1"])
        }
        for channel in channels { try answer(channel) }
        var served = 0
        for _ in 0..<100 {
            loop.advanceTime(by: .milliseconds(50))
            let ready = try channels.filter { try !paths($0).isEmpty }
            #expect(ready.count <= 4)
            served += ready.count
            for channel in ready { try answer(channel) }
        }
        #expect(served == 40)
    }

    @Test func `a part of a request that is sent ahead is waited for no longer than any`() throws {
        let channel = try channel()
        try send(request("/1") + "GET /2 HTTP/1.1\r\nHo", to: channel)
        try answer(channel)
        loop.advanceTime(by: .seconds(29))
        #expect(try paths(channel) == ["/1"] && channel.isActive && connections.waiting == 1)
        loop.advanceTime(by: .seconds(2))
        #expect(!channel.isActive && connections.figures.timedOut == 1)
    }

    @Test func `who leaves gives back what was begun for her`() throws {
        for _ in 0..<50 {
            let channel = try channel()
            try send(request("/1") + request("/2"), to: channel)
            try answer(channel)
            try channel.close().wait()
            _ = try? channel.finish(acceptAlreadyClosed: true)
        }
        let last = try channel()
        try send(request("/1") + request("/2"), to: last)
        _ = try paths(last)
        try answer(last)
        loop.advanceTime(by: .seconds(1))
        #expect(try paths(last) == ["/2"])
    }

    @Test func `a body that was fast at first and stops is not waited for longer than one that never came`() throws {
        let channel = try channel()
        try send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n" + String(repeating: "x", count: 2_000_000), to: channel)
        for _ in 0..<19 {
            loop.advanceTime(by: .seconds(1))
            try send("x", to: channel)
        }
        #expect(channel.isActive)
        loop.advanceTime(by: .seconds(5))
        #expect(try written(channel).contains("HTTP/1.1 408"))
    }

    @Test func `a body that makes room for others is told so, and whoever reads it is stopped`() throws {
        let channel = try channel()
        try send("POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\nx", to: channel)
        channel.pipeline.fireUserInboundEventTriggered(BodyGivenUp())
        #expect(throws: BodyGivenUp.self) { try channel.throwIfErrorCaught() }
        let text = try written(channel)
        #expect(text.contains("HTTP/1.1 503") && text.lowercased().contains("retry-after"))
        loop.advanceTime(by: .seconds(3))
        #expect(!channel.isActive)
    }
}

@Suite("A request waits for its turn")
struct TurnAwaitedTests {
    @Test(arguments: ["gone", "gone before", "says no more", "says no more, with words before it", "answered"])
    func `as long as its client is there`(how: String) async throws {
        var limits = WorkLimits()
        limits.wholeMax = 1
        let turns = Turns(limits, now: { [moment = ContinuousClock.now] in moment })
        let address = AddressKey(try SocketAddress(ipAddress: "192.0.2.1", port: 1))
        let held = try await turns.take(address)
        let waits = AsyncStream<Turns.Wait>.makeStream()
        let asking = Task { try await turns.take(address) { waits.continuation.yield($0) } }
        let first = await waits.stream.first { _ in true }
        let awaited = TurnAwaited(wait: try #require(first))
        // A loop of this moment's own thread.
        try SentAheadTests().serve(awaited, how)
        let isAnswered = how == "answered"
        #expect(turns.figures.waiting == (isAnswered ? 1 : 0) && turns.figures.left == (isAnswered ? 0 : 1))
        turns.give(held)
        if let turn = try? await asking.value {
            #expect(isAnswered, "who waits on the connection by then is another")
            turns.give(turn)
        }
        #expect(turns.figures.working == 0 && turns.figures.waiting == 0)
    }
}
