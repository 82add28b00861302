internal import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Watches one connection: nobody is waited for without an end, and nobody who is served is cut off.
///
/// - *Connection-1* A head is complete `head` after the connection opened, or `keepAlive` after the last answer.
/// - *Connection-2* A body is complete `body` after its head, and so much later as what has come of it takes at the least rate.
/// - *Connection-3* An answer that its reader does not take is given up `reader` after it began to wait, and so much later as its size takes.
/// - *Connection-4* Of the connections that wait for their client, and of no others, the longest waiting makes room for a new one.
/// - *Connection-5* Who is turned away is told so by a complete answer, where there is room to tell it.
package final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = HTTPRequestPart
    package typealias InboundOut = HTTPRequestPart
    package typealias OutboundIn = HTTPResponsePart
    package typealias OutboundOut = HTTPResponsePart

    private let connections: Connections
    private var limits: ConnectionLimits { connections.limits }
    private var id: ObjectIdentifier { ObjectIdentifier(self) }
    /// Nil before the connection opened and after it closed.
    private var address: AddressKey?
    /// What comes in is dropped: the connection is being closed.
    private var isLeaving = false
    /// A request's head has come, its end has not.
    private var isReading = false
    /// The wait for a body has begun.
    private var isBodyAwaited = false
    private var isAnswerBegun = false
    private var unanswered = 0
    private var bodyBytes = 0
    private var bodyBegan = NIODeadline.uptimeNanoseconds(0)
    private var answerBytes = 0
    /// When the wait that is going on ends; the timer may ring before it, and looks again then. A request without a body moves no timer.
    private var due: NIODeadline?
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var readerDeadline: Scheduled<Void>?

    package init(_ connections: Connections) { self.connections = connections }

    // MARK: Opening and closing

    package func handlerAdded(context: ChannelHandlerContext) {
        // Where requests are not translated, there is no head of the older kind to check.
        try? HeadCheck.add(to: context.pipeline)
        if context.channel.isActive { begin(context) }
    }

    package func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        guard address == nil else { return }
        let address = AddressKey(context.remoteAddress)
        self.address = address
        switch connections.opened(address) {
        case .admitted(let evict):
            evict?.close(promise: nil)
            connections.waits(id, context.channel, since: context.eventLoop.now)
            wait(limits.head, context)
        case .refused:
            turnAway(.serviceUnavailable, retryAfter: ConnectionLimits.retrySeconds, context)
        case .closed:
            isLeaving = true
            context.close(promise: nil)
        }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        due = nil
        timer?.task.cancel()
        timer = nil
        readerDeadline?.cancel()
        if let address { connections.closed(address, id) }
        address = nil
        isLeaving = true
        context.fireChannelInactive()
    }

    // MARK: Requests

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLeaving else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            isReading = true
            isBodyAwaited = false
            unanswered += 1
            bodyBytes = 0
            bodyBegan = context.eventLoop.now
            if let expectation = head.headerFields[.expect], !answer(expectation, context) { return }
        case .body(let bytes): bodyBytes += bytes.readableBytes
        case .end:
            isReading = false
            due = nil
            // An answer that came before the request's end leaves nothing to work on.
            if unanswered > 0 { connections.works(id) } else { awaitNext(context) }
        }
        context.fireChannelRead(data)
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        // Only now is it known that a body has not come with its head.
        if isReading, !isLeaving, due == nil || !isBodyAwaited {
            isBodyAwaited = true
            connections.waits(id, context.channel, since: context.eventLoop.now)
            wait(limits.body, context)
        }
        context.fireChannelReadComplete()
    }

    /// **Standard** RFC 9110, section 10.1.1. False where the expectation is none that is known, and the connection is given up.
    private func answer(_ expectation: String, _ context: ChannelHandlerContext) -> Bool {
        guard expectation.utf8.count == 12, expectation.lowercased().utf8.elementsEqual("100-continue".utf8) else {
            turnAway(.expectationFailed, retryAfter: nil, context)
            return false
        }
        // Another answer may still be on its way; then the client sends without one, as it must be able to.
        if unanswered == 1 {
            context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        }
        return true
    }

    private func awaitNext(_ context: ChannelHandlerContext) {
        connections.waits(id, context.channel, since: context.eventLoop.now)
        wait(limits.keepAlive, context)
    }

    // MARK: Answers

    package func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isLeaving else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        var part = unwrapOutboundIn(data)
        switch part {
        case .head(var head):
            isAnswerBegun = head.status.kind != .informational
            answerBytes = head.headerFields[.contentLength].flatMap { Int($0) } ?? 0
            SecurityHeaders.complete(&head.headerFields)
            // A body that nobody waits for is not read to its end: the connection ends with the answer.
            if isReading, isAnswerBegun { head.headerFields[.connection] = "close" }
            part = .head(head)
        case .body: break
        case .end:
            isAnswerBegun = false
            unanswered = max(0, unanswered - 1)
            if isReading {
                isBodyAwaited = true
                wait(limits.farewell, context)
            } else if unanswered == 0 {
                awaitNext(context)
            }
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        readerDeadline?.cancel()
        readerDeadline = nil
        if !context.channel.isWritable, !isLeaving {
            readerDeadline = schedule(in: limits.reader + .atRate(answerBytes, limits.bytesPerSecondMin), context) { handler, context in
                handler.connections.timedOut()
                handler.isLeaving = true
                context.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Deadlines

    private func wait(_ time: Duration, _ context: ChannelHandlerContext) {
        let due = context.eventLoop.now + TimeAmount(time)
        self.due = due
        if let timer {
            guard timer.at > due else { return }
            timer.task.cancel()
        }
        timer = (due, schedule(in: time, context) { $0.rang($1) })
    }

    private func rang(_ context: ChannelHandlerContext) {
        timer = nil
        guard let due else { return }
        let now = context.eventLoop.now
        if due > now {
            timer = (due, schedule(in: .nanoseconds((due - now).nanoseconds), context) { $0.rang($1) })
        } else {
            ended(context)
        }
    }

    private func ended(_ context: ChannelHandlerContext) {
        due = nil
        guard !isLeaving else { return context.close(promise: nil) }
        if isReading, unanswered == 1, !isAnswerBegun {
            // What has come of a body gives it its time.
            let allowed = min(limits.bodyMax, limits.body + .atRate(bodyBytes, limits.bytesPerSecondMin))
            let left = bodyBegan + TimeAmount(allowed) - context.eventLoop.now
            if left > .zero { return wait(.nanoseconds(left.nanoseconds), context) }
            connections.timedOut()
            return turnAway(.requestTimeout, retryAfter: nil, context)
        }
        connections.timedOut()
        isLeaving = true
        context.close(promise: nil)
    }

    private func schedule(
        in time: Duration, _ context: ChannelHandlerContext, _ body: @escaping (ConnectionHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { body(self, context) }
    }

    /// A small whole answer, then the end.
    private func turnAway(_ status: HTTPResponse.Status, retryAfter: Int?, _ context: ChannelHandlerContext) {
        isLeaving = true
        connections.works(id)
        // Into an answer that has begun no other can be written.
        guard unanswered <= 1, !isAnswerBegun else { return context.close(promise: nil) }
        let text = ByteBuffer(string: "\(status.reasonPhrase)\n")
        var head = HTTPResponse(
            status: status,
            headerFields: [
                .contentType: "text/plain; charset=utf-8", .contentLength: String(text.readableBytes), .connection: "close", .cacheControl: "no-store",
            ])
        if let retryAfter { head.headerFields[.retryAfter] = String(retryAfter) }
        SecurityHeaders.complete(&head.headerFields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(text)), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        // Closed at once, what the client still sends would take the answer away from it.
        wait(limits.farewell, context)
    }
}

extension Duration {
    /// How long so many bytes take.
    fileprivate static func atRate(_ bytes: Int, _ perSecond: Int) -> Duration {
        .milliseconds(Int64(bytes) * 1_000 / Int64(max(1, perSecond)))
    }
}
