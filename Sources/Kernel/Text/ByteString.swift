/// A name, key or identifier: equal to another only when its UTF-8 bytes are.
///
/// Swift's `String` compares and hashes by canonical equivalence. That is not what RFC 8259, 7515 and 7519 ask of names, and it costs time that
/// grows with the square of a run of combining marks, so a stranger's text never becomes a `String` key. This does, in linear time.
///
/// **Shape** any UTF-8, also empty; whoever takes one from outside bounds its length first.
public struct ByteString: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The same bytes as a text, for showing and writing.
    public let text: String

    public init(_ text: String) {
        var text = text
        text.makeContiguousUTF8()
        self.text = text
    }

    public init(_ text: Substring) { self.init(String(text)) }

    public init(stringLiteral value: String) { self.init(value) }

    public var description: String { text }

    public static func == (left: ByteString, right: ByteString) -> Bool { left.text.hasSameBytes(as: right.text) }

    /// By bytes, which for UTF-8 is the order of scalars.
    public static func < (left: ByteString, right: ByteString) -> Bool { left.text.precedesByBytes(right.text) }

    public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}

extension String {
    /// Whether both are the same bytes, in time that grows with their length alone.
    public func hasSameBytes(as other: String) -> Bool {
        let count = utf8.count
        guard count == other.utf8.count else { return false }
        let isSame = utf8.withContiguousStorageIfAvailable { left in
            other.utf8.withContiguousStorageIfAvailable { right in
                guard count > 0, let a = UnsafeRawPointer(left.baseAddress), let b = UnsafeRawPointer(right.baseAddress) else { return true }
                var index = 0
                while index &+ 8 <= count {
                    guard (a + index).loadUnaligned(as: UInt64.self) == (b + index).loadUnaligned(as: UInt64.self) else { return false }
                    index &+= 8
                }
                while index < count {
                    guard left[index] == right[index] else { return false }
                    index &+= 1
                }
                return true
            }
        }
        if let isSame, let isSame { return isSame }
        return utf8.elementsEqual(other.utf8)
    }

    /// Takes the bytes into a hash, as ``ByteString`` does.
    func hashBytes(into hasher: inout Hasher) {
        let isHashed: Void? = utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        if isHashed == nil { for byte in utf8 { hasher.combine(byte) } }
        // Ends the text: 0xFF is no byte of UTF-8.
        hasher.combine(0xFF as UInt8)
    }
}

extension StringProtocol {
    /// Whether both are the same bytes, in time that grows with their length alone.
    public func hasSameBytes(as other: some StringProtocol) -> Bool {
        utf8.elementsEqual(other.utf8)
    }

    /// Whether this comes before the other when their bytes are compared.
    public func precedesByBytes(_ other: some StringProtocol) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }
}
