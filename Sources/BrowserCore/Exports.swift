import BrowserRuntime
import Kernel

// The module's whole surface: room for bytes, and one question with one reply. Questions and replies are JSON (`Question.swift`).
// The module imports nothing and keeps nothing between two calls.

/// Room for so many bytes of a question; 0 when there is none.
@_expose(wasm, "dovira_allocate")
@_cdecl("dovira_allocate")
public func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
    count < 0 ? nil : malloc(max(count, 1))
}

/// Gives back a question's or a reply's room.
@_expose(wasm, "dovira_free")
@_cdecl("dovira_free")
public func release(_ pointer: UnsafeMutableRawPointer?) {
    free(pointer)
}

/// Answers the question of `count` bytes: the reply's length in four bytes, little-endian, then the reply.
@_expose(wasm, "dovira_check")
@_cdecl("dovira_check")
public func check(_ question: UnsafePointer<UInt8>?, _ count: Int) -> UnsafeMutableRawPointer? {
    let bytes = Array(UnsafeBufferPointer(start: question, count: question == nil ? 0 : count))
    let reply = Array(Question.reply(to: bytes).text.utf8)
    guard let room = malloc(4 + reply.count) else { return nil }
    room.storeBytes(of: UInt32(reply.count).littleEndian, as: UInt32.self)
    (room + 4).copyMemory(from: reply, byteCount: reply.count)
    return room
}
