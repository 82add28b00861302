internal import Foundation
package import NIOCore

/// What a limit counts as one sender.
package struct AddressKey: Hashable, Sendable {
    private enum Kind: UInt8 { case none, v4, v6 }
    private let kind: Kind
    /// All of an IPv4 address. Of an IPv6 address as many bits as its networks give a household or a company.
    private let bits: UInt64

    package init(_ address: SocketAddress?) {
        switch address {
        case .v4(let address): (kind, bits) = (.v4, UInt64(address.address.sin_addr.s_addr))
        case .v6(let address): (kind, bits) = withUnsafeBytes(of: address.address.sin6_addr) { Self.key($0) }
        default: (kind, bits) = (.none, 0)
        }
    }

    /// The last address that a trusted proxy wrote; nil where it is none.
    package init?(forwarded field: String) {
        let last = field.utf8.suffix(64).split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).last ?? []
        let text = String(decoding: last.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "[") && $0 != UInt8(ascii: "]") }, as: UTF8.self)
        guard let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
        self.init(address)
    }

    /// An IPv4 address written as an IPv6 one is itself.
    private static func key(_ bytes: UnsafeRawBufferPointer) -> (Kind, UInt64) {
        let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
        return isMapped ? (.v4, UInt64(bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self))) : (.v6, bytes.loadUnaligned(as: UInt64.self))
    }
}
