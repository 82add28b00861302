internal import HTTPTypes
package import NIOCore
package import NIOHTTPTypes

/// Watches one connection: nobody is waited for without an end, and nobody who is served is cut off.
///
/// - *Connection-1* A head is complete `head` after the connection opened, or `keepAlive` after the last answer.
/// - *Connection-2* A body keeps us waiting for `body` at most: what comes of it buys the time that it takes at the least rate, and saves up no more.
/// - *Connection-3* An answer that its reader does not take is given up `reader` after it began to wait, and so much later as its size takes.
/// - *Connection-4* Of the connections that we wait for, and those that wait for their turn, one makes room for a new one: of the address that
///   has most of them, the longest waiting. Who is worked on is left alone, and of who waits for her turn only she whose address holds more.
/// - *Connection-5* Who is turned away is told so by a complete answer, where there is room to tell it.
/// - *Connection-6* What a client sends after a request waits here until that request is answered: one at a time, and none more is read meanwhile.
///   The loop looks after the other connections in between.
/// - *Connection-7* After an answer that says `close` no request is worked on.
/// - *Connection-8* A request waits for its turn as long as its client is there. Who leaves and who only has said her last word look alike: either
///   is answered where her turn has come, and does not wait for it.
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
    /// How far the connection's request is: there is one at a time. // Connection-6
    private enum Progress: Equatable {
        /// Every request that was taken on is answered.
        case idle
        /// A request's head has come, its end has not; and whether the wait for its body has begun.
        case reading(isBodyAwaited: Bool)
        /// A whole request has come and is not answered.
        case answering
        /// What comes in is dropped: the connection is being closed.
        case leaving
    }
    private var progress = Progress.idle
    private var isReading: Bool { if case .reading = progress { true } else { false } }
    private var isLeaving: Bool { progress == .leaving }
    /// The head of an answer is written, its end is not.
    private var isAnswerBegun = false
    /// The answer that is being written is the connection's last.
    private var isLast = false
    private var answerBytes = 0
    /// How many answers were written to their end.
    private var answers = 0
    /// When the wait for a body ends, as far as what has come of it allows, and at the latest.
    private var bodyDue = NIODeadline.uptimeNanoseconds(0)
    private var bodyEnd = NIODeadline.uptimeNanoseconds(0)
    private var gate: RequestGate?
    /// What came through the gate after the request that is being answered, and what was wrong after that.
    private var held: [HTTPRequestPart] = []
    private var heldFault: (any Error)?
    /// How far the connection is with what was sent ahead.
    private enum Ahead {
        case nothing
        /// Its turn on the loop comes.
        case due
        /// It is one of those that the loop works on.
        case worked
    }
    private var ahead = Ahead.nothing
    private var isPumping = false
    /// The request waits for its turn, and for nothing once nobody is there to be answered.
    private var turnAwaited: Turns.Wait?
    private var isInputEnded = false
    /// When the wait that is going on ends; the timer may ring before it, and looks again then. A request without a body moves no timer.
    private var due: NIODeadline?
    private var timer: (at: NIODeadline, task: Scheduled<Void>)?
    private var readerDeadline: Scheduled<Void>?

    package init(_ connections: Connections) { self.connections = connections }

    // MARK: Opening and closing

    package func handlerAdded(context: ChannelHandlerContext) {
        // Where requests are not translated, there is no head of the older kind to check.
        try? HeadCheck.add(to: context.pipeline)
        gate = RequestGate.added(to: context.pipeline)
        // One look at a connection before the others get theirs: a crowd that sends much at once is not read to its end first.
        try? context.channel.syncOptions?.setOption(.maxMessagesPerRead, value: 1)
        try? context.channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 512, initial: 2_048, maximum: ConnectionLimits.readBytesMax))
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
            waits(context)
            wait(limits.head, context)
        case .refused:
            turnAway(.serviceUnavailable, retryAfter: ConnectionLimits.retrySeconds, context)
        case .closed:
            progress = .leaving
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
        leave()
        gate = nil
        endAhead(context)
        context.fireChannelInactive()
    }

    // MARK: Requests

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isLeaving else { return }
        let part = unwrapInboundIn(data)
        // Connection-6
        if progress == .answering || !held.isEmpty { held.append(part) } else { take(part, context) }
    }

    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head):
            progress = .reading(isBodyAwaited: false)
            gate?.isInBody = true
            bodyDue = context.eventLoop.now + TimeAmount(limits.body)
            bodyEnd = context.eventLoop.now + TimeAmount(limits.bodyMax)
            isLast = head.headerFields[.connection].map { $0.utf8.elementsEqual("close".utf8) } ?? false
            if let expectation = head.headerFields[.expect], !answer(expectation, context) { return }
        case .body(let bytes):
            let bought = bodyDue + TimeAmount(.atRate(bytes.readableBytes, limits.bytesPerSecondMin))
            bodyDue = min(bought, context.eventLoop.now + TimeAmount(limits.body), bodyEnd)
            if progress == .reading(isBodyAwaited: true) {
                due = bodyDue
                // What comes is not what is waited for.
                waits(context)
            }
        case .end:
            progress = .answering
            gate?.isInBody = false
            due = nil
            gate?.shut()
            works(context)
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        awaitBody(context)
        context.fireChannelReadComplete()
    }

    /// Only when nothing more is there is it known that a body has not come with its head.
    private func awaitBody(_ context: ChannelHandlerContext) {
        guard case .reading(let isBodyAwaited) = progress, due == nil || !isBodyAwaited else { return }
        progress = .reading(isBodyAwaited: true)
        endAhead(context)
        waits(context)
        wait(until: bodyDue, context)
    }

    /// Something was sent before the answer to what came before it.
    private var isAhead: Bool { !held.isEmpty || heldFault != nil || gate?.isHolding == true }

    /// The next request, once the one before it is answered; one that was sent ahead when its turn comes.
    private func goOn(_ context: ChannelHandlerContext) {
        guard !isPumping, ahead != .due, mayTakeOn else { return }
        guard isAhead else {
            gate?.open()
            return
        }
        let now = context.eventLoop.now
        ahead = .due
        // Not at once even where nobody is before it: the loop listens to the network first.
        _ = schedule(in: .nanoseconds((connections.ahead(on: context.eventLoop, at: now) - now).nanoseconds), context) { handler, context in
            handler.ahead = .nothing
            guard !handler.isLeaving else { return }
            guard handler.connections.beginsAhead(on: context.eventLoop) else { return handler.goOn(context) }
            handler.ahead = .worked
            handler.pump(context)
        }
    }

    /// The request that was sent ahead is answered, or waits for the rest of itself.
    private func endAhead(_ context: ChannelHandlerContext) {
        guard ahead == .worked else { return }
        ahead = .nothing
        connections.endsAhead(on: context.eventLoop)
    }

    /// Whether what has come may be given on.
    private var mayTakeOn: Bool { progress != .leaving && progress != .answering }

    private func pump(_ context: ChannelHandlerContext) {
        guard !isPumping, mayTakeOn else { return }
        isPumping = true
        defer { isPumping = false }
        if !held.isEmpty || heldFault != nil {
            var taken = 0
            while mayTakeOn, taken < held.count {
                taken += 1
                take(held[taken - 1], context)
            }
            held.removeFirst(min(taken, held.count))
            awaitBody(context)
            context.fireChannelReadComplete()
            if mayTakeOn, held.isEmpty, let fault = heldFault {
                heldFault = nil
                context.fireErrorCaught(fault)
            }
        }
        if mayTakeOn, held.isEmpty { gate?.open() }
        guard progress == .idle else { return }
        // Nothing whole came of it, and its rest is waited for as any.
        endAhead(context)
        awaitNext(context)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent where isReading || progress == .answering:
            // The server stops: this answer is the last, and says so. Closed with it, what was sent ahead would take it away from its reader.
            isLast = true
            // And no body holds the stop up for as long as it otherwise may take.
            bodyEnd = min(bodyEnd, context.eventLoop.now + TimeAmount(limits.stop))
            bodyDue = min(bodyDue, bodyEnd)
            if progress == .reading(isBodyAwaited: true) { wait(until: bodyDue, context) }
        case is BodyGivenUp:
            guard isReading, !isAnswerBegun else { return }
            connections.timedOut()
            turnAway(.serviceUnavailable, retryAfter: ConnectionLimits.retrySeconds, context)
            // Whoever reads the body is told that there is no more of it.
            context.fireErrorCaught(BodyGivenUp())
        case let awaited as TurnAwaited:
            turnAwaited = awaited.wait
            if isLeaving || isInputEnded { return endTurn() }
            if progress == .answering, let address {
                connections.waits(id, of: address, context.channel, since: context.eventLoop.now, turn: awaited.wait)
            }
        case is InputEnded:
            isInputEnded = true
            endTurn()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // What came before the fault is answered first.
        if progress == .answering || !held.isEmpty {
            if heldFault == nil { heldFault = error }
        } else {
            context.fireErrorCaught(error)
        }
    }

    /// Connection-8
    private func endTurn() {
        turnAwaited?.end()
        turnAwaited = nil
    }

    /// **Standard** RFC 9110, section 10.1.1. False where the expectation is none that is known, and the connection is given up.
    private func answer(_ expectation: String, _ context: ChannelHandlerContext) -> Bool {
        guard expectation.utf8.count == 12, expectation.lowercased().utf8.elementsEqual("100-continue".utf8) else {
            turnAway(.expectationFailed, retryAfter: nil, context)
            return false
        }
        context.writeAndFlush(wrapOutboundOut(.head(HTTPResponse(status: .continue))), promise: nil)
        return true
    }

    private func waits(_ context: ChannelHandlerContext) {
        if let address { connections.waits(id, of: address, context.channel, since: context.eventLoop.now) }
    }
    private func works(_ context: ChannelHandlerContext) { if let address { connections.works(id, of: address) } }

    private func awaitNext(_ context: ChannelHandlerContext) {
        waits(context)
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
            if isReading || isLast, isAnswerBegun { head.headerFields[.connection] = "close" }
            if isAnswerBegun, head.headerFields[.connection]?.utf8.elementsEqual("close".utf8) == true { isLast = true }
            part = .head(head)
        case .body: break
        case .end:
            isAnswerBegun = false
            turnAwaited = nil
            let isFarewell = isLast || isReading
            if isFarewell { leave() } else { progress = .idle }
            // Only from when its reader has taken the answer is anything waited for but that; meanwhile it makes room for who holds less.
            answers += 1
            let answer = answers, promise = promise ?? context.eventLoop.makePromise(of: Void.self)
            if let address { connections.waits(id, of: address, context.channel, since: context.eventLoop.now, takesAnswer: true) }
            context.write(wrapOutboundOut(part), promise: promise)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            promise.futureResult.whenSuccess { bound.value.0.isTaken(answer, isFarewell: isFarewell, bound.value.1) }
            return
        }
        context.write(wrapOutboundOut(part), promise: promise)
    }

    /// The reader has taken an answer. Connection-7: closed at once, what the client still sends would take a last one away from it.
    private func isTaken(_ answer: Int, isFarewell: Bool, _ context: ChannelHandlerContext) {
        guard answer == answers, address != nil else { return }
        if isFarewell {
            waits(context)
            wait(limits.farewell, context)
        } else if progress == .idle, !isAhead {
            awaitNext(context)
        }
    }

    package func flush(context: ChannelHandlerContext) {
        context.flush()
        guard progress == .idle || progress == .leaving else { return }
        endAhead(context)
        goOn(context)
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        readerDeadline?.cancel()
        readerDeadline = nil
        if !context.channel.isWritable, !isLeaving {
            readerDeadline = schedule(in: limits.reader + .atRate(answerBytes, limits.bytesPerSecondMin), context) { handler, context in
                handler.connections.timedOut()
                handler.progress = .leaving
                context.close(promise: nil)
            }
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Deadlines

    private func wait(_ time: Duration, _ context: ChannelHandlerContext) { wait(until: context.eventLoop.now + TimeAmount(time), context) }

    private func wait(until due: NIODeadline, _ context: ChannelHandlerContext) {
        self.due = due
        if let timer {
            guard timer.at > due else { return }
            timer.task.cancel()
        }
        timer = (due, schedule(in: .nanoseconds((due - context.eventLoop.now).nanoseconds), context) { $0.rang($1) })
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
        connections.timedOut()
        if isReading, !isAnswerBegun { return turnAway(.requestTimeout, retryAfter: nil, context) }
        progress = .leaving
        context.close(promise: nil)
    }

    private func schedule(
        in time: Duration, _ context: ChannelHandlerContext, _ body: @escaping (ConnectionHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { body(self, context) }
    }

    /// Nothing more is worked on.
    private func leave() {
        progress = .leaving
        endTurn()
        held = []
        heldFault = nil
        gate?.drop()
    }

    /// A small whole answer, then the end.
    private func turnAway(_ status: HTTPResponse.Status, retryAfter: Int?, _ context: ChannelHandlerContext) {
        leave()
        works(context)
        // Into an answer that has begun no other can be written.
        guard !isAnswerBegun else { return context.close(promise: nil) }
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

/// A request on this connection waits for its turn.
package struct TurnAwaited: Sendable {
    let wait: Turns.Wait

    package init(wait: Turns.Wait) { self.wait = wait }
}

/// The client sends nothing more: told at once, though what it sent before may still be held back.
struct InputEnded: Sendable {}

/// The memory that a body takes is needed for others, and it comes slowest of all.
package struct BodyGivenUp: Error, Sendable {
    package init() {}
}

extension Duration {
    /// How long so many bytes take.
    fileprivate static func atRate(_ bytes: Int, _ perSecond: Int) -> Duration {
        .milliseconds(Int64(bytes) * 1_000 / Int64(max(1, perSecond)))
    }
}
