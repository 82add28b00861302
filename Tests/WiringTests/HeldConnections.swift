import Foundation

#if canImport(Glibc)
import Glibc
#endif

/// Connections that somebody holds open, from as many addresses of this machine as wanted.
final class HeldConnections: @unchecked Sendable {
    private(set) var sockets: [Int32] = []
    private let port: Int

    init(port: Int) { self.port = port }

    deinit { closeAll() }

    /// Opens so many, each with the same first words.
    func open(_ count: Int, addresses: Int, saying words: String = "") {
        for number in 0..<count {
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard socket >= 0 else { return }
            var own = sockaddr_in()
            own.sin_family = sa_family_t(AF_INET)
            own.sin_addr.s_addr = UInt32(0x7F00_0100 + UInt32(number % addresses)).bigEndian
            let size = socklen_t(MemoryLayout<sockaddr_in>.size)
            _ = withUnsafePointer(to: &own) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) }
            }
            var address = FreePort.loopback(port)
            let isConnected = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(socket, $0, size) == 0 }
            }
            guard isConnected else {
                close(socket)
                continue
            }
            sockets.append(socket)
            say(words, on: socket)
        }
    }

    private func say(_ words: String, on socket: Int32) {
        let bytes = Array(words.utf8)
        if !bytes.isEmpty { _ = send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)) }
    }

    /// One more byte on each.
    func drip() { for socket in sockets { say("x", on: socket) } }

    /// How many the server has not closed.
    var open: Int {
        sockets.count { socket in
            var byte: UInt8 = 0
            while true {
                let count = recv(socket, &byte, 1, Int32(MSG_DONTWAIT))
                if count == 0 { return false }
                if count < 0 { return errno == EAGAIN || errno == EWOULDBLOCK }
            }
        }
    }

    func closeAll() {
        for socket in sockets { close(socket) }
        sockets = []
    }
}
