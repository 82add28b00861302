package import NIOCore
internal import NIOHTTP1

/// Lets one request at a time to the parser: what a client sends after it stays bytes, and no more of it is read, until it is answered. // Connection-6
///
/// A parser takes whatever it is given: a crowd that sends hundreds of requests at once would have all of them parsed before anybody else's first.
/// Where a request ends is only guessed here, by the empty line after its head; the connection's handler holds back what came through too early.
package final class RequestGate: ChannelDuplexHandler, RemovableChannelHandler {
    package typealias InboundIn = ByteBuffer
    package typealias InboundOut = ByteBuffer
    package typealias OutboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    /// So much of a body is given to the parser at once: what follows it may be the next requests.
    private static let pieceBytes = 8 * 1_024

    private var isShut = false
    private var isDropping = false
    /// Whether what comes next is a body, of which no line is looked for.
    var isInBody = false
    private var pending: ByteBuffer?
    private var isInputClosed = false
    private var isReadHeld = false
    private var isFeeding = false
    private var context: ChannelHandlerContext?

    package init() {}

    /// Puts the gate before the parser; nil where requests are not parsed.
    static func added(to pipeline: ChannelPipeline) -> RequestGate? {
        let operations = pipeline.syncOperations
        let gate = RequestGate()
        do {
            try operations.addHandler(gate, position: .before(operations.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)))
        } catch { return nil }
        return gate
    }

    package func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    package func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    /// Something has come and was not let through.
    var isHolding: Bool { pending != nil }

    /// A whole request has come.
    func shut() { isShut = true }

    /// It is answered.
    func open() {
        guard isShut else { return }
        isShut = false
        guard let context, pending != nil || isInputClosed else { return }
        feed(context)
        context.fireChannelReadComplete()
        if isReadHeld, pending == nil {
            isReadHeld = false
            context.read()
        }
    }

    /// What comes from now on is nothing to anybody.
    func drop() {
        isDropping = true
        pending = nil
        guard isReadHeld, let context else { return }
        isReadHeld = false
        context.read()
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDropping else { return }
        var bytes = unwrapInboundIn(data)
        if pending == nil { pending = bytes } else { pending?.writeBuffer(&bytes) }
        feed(context)
    }

    private func feed(_ context: ChannelHandlerContext) {
        guard !isFeeding else { return }
        isFeeding = true
        while !isShut, !isDropping, var bytes = pending {
            let count = isInBody ? min(bytes.readableBytes, Self.pieceBytes) : Self.headBytes(bytes.readableBytesView)
            let piece = bytes.readSlice(length: count)
            pending = bytes.readableBytes > 0 ? bytes : nil
            // What is given on may bring an answer at once, and the end of everything.
            if let piece { context.fireChannelRead(wrapInboundOut(piece)) }
        }
        isFeeding = false
        if isInputClosed, pending == nil {
            isInputClosed = false
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        }
    }

    /// To the end of the first empty line, or all where there is none.
    private static func headBytes(_ bytes: ByteBufferView) -> Int {
        bytes.withUnsafeBytes { bytes in
            var isLineEmpty = false
            for index in bytes.indices {
                switch bytes[index] {
                case UInt8(ascii: "\n"):
                    if isLineEmpty { return index + 1 }
                    isLineEmpty = true
                case UInt8(ascii: "\r"): break
                default: isLineEmpty = false
                }
            }
            return bytes.count
        }
    }

    package func read(context: ChannelHandlerContext) {
        if pending == nil { context.read() } else { isReadHeld = true }
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        // What the client sent before is still given on first; that it sends no more is told at once.
        context.fireUserInboundEventTriggered(InputEnded())
        if pending != nil { isInputClosed = true } else { context.fireUserInboundEventTriggered(event) }
    }

    package func channelInactive(context: ChannelHandlerContext) {
        pending = nil
        context.fireChannelInactive()
    }
}
