internal import HTTPTypes
internal import Messages
package import NIOCore
package import NIOHTTP1
internal import NIOHTTPTypesHTTP1

/// Refuses heads that could be understood in two ways, before anything else looks at them.
///
/// **Standard** RFC 9112, section 3.2: one valid `Host`, where the version asks for it; section 6.1: a coding that is not known is not skipped.
/// RFC 9110, section 7.1: the target is ASCII; section 10.1.1: an expectation of HTTP/1.0 is none.
package final class HeadCheck: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPServerRequestPart
    package typealias InboundOut = HTTPServerRequestPart
    package typealias OutboundIn = HTTPServerResponsePart
    package typealias OutboundOut = HTTPServerResponsePart

    /// Bytes of a request's target: our longest address with a query that a person typed.
    package static let targetBytesMax = 8 * 1_024
    /// Bytes and number of a request's header fields.
    package static let headerBytesMax = 32 * 1_024
    package static let headersMax = 100

    /// Requests that were let through and are not answered yet: a refusal stands after their answers.
    private var unanswered = 0
    private var refusal: HTTPResponseStatus?

    package init() {}

    /// Puts the check before the translation to the newer types, which keeps only the first of two hosts.
    package static func add(to pipeline: ChannelPipeline) throws {
        let operations = pipeline.syncOperations
        try operations.addHandler(HeadCheck(), position: .before(operations.handler(type: HTTP1ToHTTPServerCodec.self)))
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        if case .head(var head) = unwrapInboundIn(data) {
            if let status = Self.fault(of: head) {
                refusal = status
                if unanswered == 0 { refuse(status, context) }
                return
            }
            unanswered += 1
            let isLast = Self.isLast(head), isOld = head.version == .http1_0
            if isLast { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            if isOld { head.headers.remove(name: "Expect") }
            if isLast || isOld { return context.fireChannelRead(wrapInboundOut(.head(head))) }
        }
        context.fireChannelRead(data)
    }

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard case .end = unwrapOutboundIn(data) else { return }
        unanswered = max(0, unanswered - 1)
        if unanswered == 0, let refusal { refuse(refusal, context) }
    }

    package static func fault(of head: HTTPRequestHead) -> HTTPResponseStatus? {
        if head.uri.utf8.count > targetBytesMax { return .uriTooLong }
        guard head.uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return .badRequest }
        let codings = head.headers["Transfer-Encoding"]
        if !codings.isEmpty, codings.count > 1 || !codings[0].lowercased().utf8.elementsEqual("chunked".utf8) { return .notImplemented }
        let hosts = head.headers["Host"]
        switch hosts.count {
        case 0: return head.version != .http1_0 ? .badRequest : nil
        case 1: return HostField.isValid(hosts[0]) ? nil : .badRequest
        default: return .badRequest
        }
    }

    /// Whether the client waits for the connection's end, whichever way it says so.
    ///
    /// **Standard** RFC 9112, section 9.3: options are compared without case, and a client of HTTP/1.0 keeps no connection unless told that it may,
    /// which it is not. Section 7.8 of RFC 9110: who offers another protocol is answered in this one, and what follows is read as neither.
    package static func isLast(_ head: HTTPRequestHead) -> Bool {
        head.version != .http1_1 || !head.isKeepAlive || head.method == .CONNECT || head.headers.contains(name: "Upgrade")
    }

    private func refuse(_ status: HTTPResponseStatus, _ context: ChannelHandlerContext) {
        let text = ByteBuffer(string: "\(status.reasonPhrase)\n")
        var headers = HTTPHeaders([
            ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", String(text.readableBytes)), ("Connection", "close"),
            ("Cache-Control", "no-store"),
        ])
        for (name, value) in SecurityHeaders.others { headers.add(name: name.rawName, value: value) }
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(text))), promise: nil)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
    }
}
